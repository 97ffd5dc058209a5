"""The rows of a doc and their cells: columns by the numbers of rows, for what is entered and what is computed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from codaform.evaluation.cells import Cells, unset
from codaform.model.schema import Column, Doc, value_type
from codaform.model.types import RowOf, item_of
from codaform.model.values import EvaluationError, Row
from codaform.semantics.dependencies import GraphNode

_NUMBER = attrgetter("id")


class RowStore:
    """The tables of a doc, each with its rows by number, and the cells of its columns.

    Numbers are given from 1 on and never again, so a list has the place of each.

    circle: In which circle of formulas the cells of a column are, if they are in one.
    compute: How a cell that is not known is computed.
    """

    def __init__(
        self, doc: Doc, circle: Callable[[GraphNode], int | None], compute: Callable[[Cells, Row], Any]
    ) -> None:
        self.doc = doc
        self._circle = circle
        self._compute = compute
        self.tables: dict[str, dict[int, Row]] = {name: {} for name in doc.tables}
        self._next_id: dict[str, int] = dict.fromkeys(doc.tables, 1)
        self._size: dict[str, int] = dict.fromkeys(doc.tables, 1)
        self._places: dict[str, dict[int, int]] = {}
        self._lists: dict[str, list[Row]] = {}
        self._columns: dict[tuple[str, str], Cells] = {}
        self.filters: dict[str, Cells] = {}
        self.keeps_computed = False
        """Whether any computed cell was ever asked for."""

    # ------------------------------------------------------------ rows

    def rows(self, table: str) -> list[Row]:
        """The rows of a table, in order. The list is never changed."""
        found = self._lists.get(table)
        if found is None:
            found = self._lists[table] = list(self.tables[table].values())
        return found

    def holds(self, row: Row) -> bool:
        """Whether a row is there, and not gone."""
        return row.id in self.tables[row.table]

    def new_row(self, table: str, id: int | None) -> Row:
        """A row that is not there yet. id: Its number; by default one that no row had."""
        return Row(table, self._next_id[table] if id is None else id)

    def add(self, row: Row) -> None:
        """Add a row without values."""
        table = row.table
        self.reserve(table, row.id)
        self.reach(table, row.id + 1)
        rows = self.tables[table]
        last = next(reversed(rows), 0)
        places = self._places.get(table)
        if places is not None:
            places[row.id] = places.get(last, 0) + 1
        elif row.id < last and row.id not in rows:
            self._places[table] = {id: number for number, id in enumerate((*rows, row.id))}
        rows[row.id] = row
        for cells in self._of(table):
            cells.values[row.id] = cells.unset
        self._lists.pop(table, None)

    def add_rows(self, table: str, count: int) -> list[Row]:
        """Add rows without values. The list is never changed."""
        first = self._next_id[table]
        self.reserve(table, first + count - 1)
        self.reach(table, first + count)
        for cells in self._of(table):
            cells.begin(range(first, first + count))
        rows = [Row(table, id) for id in range(first, first + count)]
        known = self.tables[table]
        known.update((row.id, row) for row in rows)
        self._lists.pop(table, None)
        if len(known) == count:
            self._lists[table] = rows
        return rows

    def remove(self, row: Row) -> None:
        """Remove a row; its cells are blank from now on."""
        self.tables[row.table].pop(row.id, None)
        self._lists.pop(row.table, None)
        for name in self.doc.tables[row.table].columns:
            cells = self.cells(row.table, name)
            cells.given.pop(row.id, None)
            cells.values[row.id] = None

    def reserve(self, table: str, id: int) -> None:
        """Give new rows of a table only numbers above this one."""
        if id >= self._next_id[table]:
            self._next_id[table] = id + 1

    def place(self, row: Row) -> int:
        """Where a row stands among those of its table: a number that grows from row to row."""
        places = self._places.get(row.table)
        return row.id if places is None else places.get(row.id, 0)

    def in_order(self, table: str, rows: list[Row]) -> None:
        """Put rows of a table into its order."""
        rows.sort(key=_NUMBER if table not in self._places else self.place)

    def moved(self, rows: list[Row], row: Row, there: bool) -> list[Row]:
        """Rows of a table in its order with one row among them or, if it is not `there`, without it."""
        found = [*rows]
        if row.table in self._places:  # a row that is gone has no place
            found = [other for other in rows if other.id != row.id]
            if there:
                found.append(row)
                found.sort(key=self.place)
            return found
        at = bisect_left(found, row.id, key=_NUMBER)
        is_there = at < len(found) and found[at].id == row.id
        if there and not is_there:
            found.insert(at, row)
        elif is_there and not there:
            del found[at]
        return found

    def span(self, table: str) -> slice | None:
        """Where the rows of a table are in a list by numbers, if they are in order there, with no others between."""
        rows = self.rows(table)
        first, end = (rows[0].id, rows[-1].id + 1) if rows else (0, 0)
        return slice(first, end) if end - first == len(rows) and table not in self._places else None

    def values(self, table: str, cells: Cells) -> list[Any]:
        """What the cells of a column hold, row by row."""
        span, values = self.span(table), cells.values
        return [values[row.id] for row in self.rows(table)] if span is None else values[span]

    # ------------------------------------------------------------ cells

    def cells(self, table: str, column: str) -> Cells:
        """The cells of a column. Raises EvaluationError for a column that is not there."""
        cells = self._columns.get((table, column))
        if cells is None:
            declared = self.doc.tables[table].columns.get(column)
            if declared is None:
                raise EvaluationError("unknown-column", f"table {table} has no column {column}")
            node = GraphNode("cells", table, column)
            cells = Cells(declared, node, self._size[table], self._circle(node), self._compute)
            cells.begin(self.tables[table])
            self._columns[table, column] = cells
            self.keeps_computed |= not cells.entered
        return cells

    def condition(self, table: str, view: str, column: Column) -> Cells:
        """The conditions of a view, one for each row."""
        node = GraphNode("filter", table, view)
        cells = self.filters[view] = Cells(column, node, self._size[table], None, self._compute)
        self.keeps_computed = True
        return cells

    def kept(self, node: GraphNode) -> Cells | None:
        """The cells of a column or the conditions of a view, if any cell was ever asked for."""
        return self.filters.get(node.name) if node.kind == "filter" else self._columns.get((node.table, node.name))

    def all_cells(self) -> Iterator[Cells]:
        """The cells of all columns and conditions that were ever asked for."""
        yield from self._columns.values()
        yield from self.filters.values()

    def enter(self, row: Row, column: Column, value: Any) -> None:
        """Enter a value into a cell. In a computed column it replaces the formula's value."""
        self.enter_column(self.cells(row.table, column.name), ((row, value),))

    def enter_column(self, cells: Cells, values: Iterable[tuple[Row, Any]]) -> None:
        """Enter values into cells of a column."""
        entered, given, blank = cells.values, cells.given, unset(cells.column)
        points = isinstance(item_of(value_type(cells.column)), RowOf)
        for row, value in values:
            if value is None:
                value = blank
            elif points:
                for pointed in value if isinstance(value, list) else (value,):
                    if type(pointed) is Row and pointed.table in self._size:
                        self.reach(pointed.table, pointed.id + 1)
            entered[row.id] = value
            if not cells.entered:
                given[row.id] = value

    def unpoint(self, cells: Cells, row: Row, holders: Iterable[int]) -> None:
        """Blank a row where cells hold it. holders: The rows that do."""
        for id in holders:
            value = cells.given[id] if id in cells.given else cells.values[id]
            left = [item for item in value if item != row] if isinstance(value, list) else None
            cells.values[id] = left
            if not cells.entered:
                cells.given[id] = left

    def reach(self, table: str, size: int) -> None:
        """Have room for rows with numbers below this one."""
        if size <= self._size[table]:
            return
        self._size[table] = size
        for cells in self._of(table):
            cells.reach(size)
        for view in self.doc.tables[table].views:
            if view.name in self.filters:
                self.filters[view.name].reach(size)

    def _of(self, table: str) -> list[Cells]:
        columns = self._columns
        return [columns[table, name] for name in self.doc.tables[table].columns if (table, name) in columns]
