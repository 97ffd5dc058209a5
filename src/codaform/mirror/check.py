"""Whether PostgreSQL computes what Coda shows, or what the row-wise engine computes, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from codaform.coda.door.rest import Rest
from codaform.coda.wire.rich import read_shown
from codaform.coda.wire.texts import InvalidValue
from codaform.deploy.comparing.agreement import agree
from codaform.deploy.ids import Ids
from codaform.evaluation.workbook import Workbook
from codaform.mirror.layout import ROW_ID, MirrorLayout, StoredTable, stored_doc
from codaform.mirror.names import quoted, within
from codaform.mirror.views import NOT_GIVEN, ComputedViews, ViewColumn, given_value
from codaform.model import types
from codaform.model.notation import notate
from codaform.model.schema import Doc, value_type
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Person, Row
from codaform.semantics.dependencies import Graph, GraphNode, graph
from codaform.semantics.program import program_of

_MOST_TOLD = 3
"""How many cells of a column that differ a report shows."""


@dataclass(frozen=True, slots=True)
class DifferingCell:
    """A cell that differs: the text or number of its row, and both values."""

    row: str
    ours: str
    theirs: str


@dataclass(slots=True)
class CheckedColumn:
    """The outcome of a computed column.

    agree, differ: How many cells. not_given: How many PostgreSQL does not give. cells: The first that differ.
    skipped: Why it was not compared; empty where it was.
    """

    table: str
    column: str
    agree: int = 0
    differ: int = 0
    not_given: int = 0
    cells: list[DifferingCell] = field(default_factory=list)
    skipped: str = ""


class Checker:
    """Compares the views of a mirror. All that is read of it is of one moment, whose clock the other side gets."""

    def __init__(self, connection: Any, layout: MirrorLayout, doc: Doc, views: ComputedViews) -> None:
        self._connection = connection
        self._layout = layout
        self._doc = stored_doc(doc)
        self._views = views
        self._zone = ZoneInfo(doc.time_zone)

    def by_rows(self) -> Iterator[CheckedColumn]:
        """Compare with the row-wise engine, which gets the rows of the mirror."""
        book, _ = self._book()
        for table in self._layout.tables:
            for column, cells in self._shown(table):
                found = CheckedColumn(table.name, column.name)
                for row, value, given in cells:
                    theirs = book.value(Row(table.name, row), column.name)
                    self._compare(found, row, value if given else None, theirs, book, given)
                yield found
        yield from self._left()

    def by_coda(self, rest: Rest, doc_id: str, ids: Ids) -> Iterator[CheckedColumn]:
        """Compare with what Coda shows. Columns that move with the clock are passed over. Raises Failure."""
        book, numbers = self._book()
        needs = graph(book.program)
        by_table = {id: name for name, id in ids.tables.items()}

        def find(row: str, table: str) -> Row | None:
            name = by_table.get(table, "")
            number = numbers.get(name, {}).get(row)
            return Row(name, number) if number is not None else None

        for table in self._layout.tables:
            columns = self._views.of(table.name)
            still = [one for one in columns if not _moves(needs, GraphNode("cells", table.name, one.name))]
            for one in columns:
                if one not in still:
                    yield CheckedColumn(table.name, one.name, skipped="it moves with the clock")
            if not still:
                continue
            there = {str(record["id"]): record["values"] for record in rest.rows(doc_id, table.id)}
            by_number = {number: id for id, number in numbers[table.name].items()}
            for column, cells in self._shown(table, still):
                declared = self._doc.tables[table.name].columns[column.name]
                id = ids.columns.get((table.name, column.name), "")
                found = CheckedColumn(table.name, column.name)
                for row, value, given in cells:
                    known: Any = there.get(by_number.get(row, ""))
                    if known is None or id not in known:
                        continue  # a row that is on one side alone; the next pull or push brings it
                    try:
                        theirs = read_shown(known[id], declared, self._zone, find)
                    except InvalidValue:
                        continue
                    self._compare(found, row, value, theirs, book, given)
                yield found
        yield from self._left()

    def _left(self) -> Iterator[CheckedColumn]:
        for name, why in self._views.left:
            table, _, column = name.partition(".")
            yield CheckedColumn(table, column, skipped=f"it is not in SQL: {why}")

    def _compare(
        self, found: CheckedColumn, row: int, ours: object, theirs: object, book: Workbook, given: bool
    ) -> None:
        if not given:
            found.not_given += 1
        elif agree(ours, theirs, book):
            found.agree += 1
        else:
            found.differ += 1
            if len(found.cells) < _MOST_TOLD:
                name = notate(Row(found.table, row), book).removeprefix("@")
                found.cells.append(DifferingCell(name, notate(ours, book), notate(theirs, book)))

    # ------------------------------------------------------------ what is in the mirror

    def _shown(
        self, table: StoredTable, columns: list[ViewColumn] | None = None
    ) -> Iterator[tuple[ViewColumn, Iterator[tuple[int, object, bool]]]]:
        """Each computed column with its cells: the row's number, the value, and whether it is given."""
        wanted = list(self._views.of(table.name)) if columns is None else columns
        if not wanted:
            return
        has_flags = self._has_flags(table)
        places = ", ".join(quoted(column.place) for column in wanted)
        flags = quoted(NOT_GIVEN) if has_flags else "ARRAY[]::text[]"
        lines = self._connection.execute(
            f'SELECT "row", {flags}, {places} FROM {within(self._layout.schema, table.view)} ORDER BY "row"'.encode()
        ).fetchall()
        for number, column in enumerate(wanted):
            yield column, self._cells(lines, number + 2, column)

    def _cells(self, lines: list[Any], place: int, column: ViewColumn) -> Iterator[tuple[int, object, bool]]:
        for line in lines:
            yield line[0], self._value(line[place], column.type), column.name not in line[1]

    def _has_flags(self, table: StoredTable) -> bool:
        found = self._connection.execute(
            "SELECT 1 FROM information_schema.columns WHERE table_schema = %s AND table_name = %s AND column_name = %s",
            (self._layout.schema, table.view, NOT_GIVEN),
        ).fetchone()
        return found is not None

    def _book(self) -> tuple[Workbook, Mapping[str, Mapping[str, int]]]:
        """The rows of the mirror in a workbook, at the moment of the transaction; and their numbers by their ids."""
        # The snapshot and the clock of all further reads is that of this statement.
        self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        (now,) = self._connection.execute("SELECT now()").fetchone()
        book = Workbook(program_of(self._doc), now.astimezone(self._zone))
        numbers: dict[str, dict[str, int]] = {}
        for table in self._layout.tables:
            numbers[table.name] = self._enter(book, table)
        for name, cell in self._views.controls.items():
            view, value = within(self._layout.steps, cell.relation), given_value(quoted(cell.column), cell.kind)
            asked = f"SELECT {value}, {quoted(cell.flag)} FROM {view}"
            ((found, unknown),) = self._connection.execute(asked.encode()).fetchall()
            if not unknown:
                book.set_control(name, self._value(found, cell.kind))
        return book, numbers

    def _enter(self, book: Workbook, table: StoredTable) -> dict[str, int]:
        declared = self._doc.tables[table.name].columns
        parts = ['t."row"', f"t.{ROW_ID}"]
        for column in table.columns:
            links = within(self._layout.schema, column.place)
            parts.append(
                f'(SELECT array_agg(l."target" ORDER BY l."place") FROM {links} AS l WHERE l."row" = t."row")'
                if column.linked
                else f"t.{quoted(column.place)}"
            )
        place = within(self._layout.schema, table.place)
        lines = self._connection.execute(f"SELECT {', '.join(parts)} FROM {place} AS t ORDER BY 1".encode()).fetchall()
        numbers: dict[str, int] = {}
        for row, id, *values in lines:
            if id:
                numbers[id] = row
            pairs = zip(table.columns, values, strict=True)
            entered = {
                column.name: self._value(value, value_type(declared[column.name]))
                for column, value in pairs
                if value is not None
            }
            book.add(table.name, entered, defaults=False, id=row)
        return numbers

    def _value(self, value: Any, kind: Type) -> object:
        """What psycopg gives for a cell, as a value of the language."""
        if value is None or value == "":
            return None
        match kind:
            case ListOf(item):
                return [self._value(one, item) for one in value]
            case RowOf(name):
                return Row(name, value)
            case types.DATETIME:
                return value.astimezone(self._zone)
            case types.DURATION:
                return timedelta(microseconds=int(Decimal(value) * 1_000_000))
            case types.PERSON:
                return Person(value)
            case types.NUMBER:
                return float(value)
        return value


def _moves(needs: Graph, node: GraphNode) -> bool:
    """Whether a thing depends on the clock, by whatever it reads."""
    waiting, seen = [node], {node}
    for one in waiting:
        known = needs.get(one)
        if known is None:
            continue
        if known.volatile:
            return True
        waiting += [thing for thing in known.things if thing not in seen]
        seen |= known.things
    return False
