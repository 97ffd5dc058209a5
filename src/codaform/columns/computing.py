"""The columns of a doc, computed as a whole; what they do not know is asked of the row-wise engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any, Protocol

import numpy as np

from codaform.columns.column import Array, ArrayColumn, Lists, Mask, RowPlaces, decode, encode, odds
from codaform.columns.combining import apart, chained
from codaform.columns.evaluating import Evaluation, read
from codaform.columns.frames import Frame, Groups, NoKernel
from codaform.columns.how import How
from codaform.columns.indexes import group_by_items, group_rows
from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.budget import MOST_STEPS, MOST_STEPS_A_COLUMN
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Row
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import GraphNode, computed_dependencies, dependencies_of, node_named
from codaform.semantics.program import FormulaSite

_FREED = 31 << 20
"""An array of so many bytes, freed unused, has glibc keep freed memory of such sizes for the next array.

Else it gives the memory back, and each page of the next array costs time again, as much as computing a large column.
"""


@dataclass(slots=True)
class Known:
    """A column that was computed, with the values that it has no form for.

    others: By place, the values of the rows at which the column is odd.
    """

    column: ArrayColumn
    others: dict[int, Any] = field(default_factory=dict)
    how: How = field(default_factory=How)


class EnteredArrays(Protocol):
    """The entered columns of a doc whose rows are not in its workbook yet."""

    def read(self, columns: Iterable[tuple[str, str]]) -> None:
        """Read some columns, by table and name, that will be asked for."""

    def count(self, table: str) -> int:
        """How many rows a table has. Their numbers are those from 1 on."""

    def column(self, table: str, name: str, world: RowPlaces) -> tuple[ArrayColumn, dict[int, Any]] | None:
        """A column, with the values that it has no form for by place; None where only the workbook tells."""

    def load(self) -> Workbook:
        """Enter the rows in the workbook, unless they are there; gives it."""


class ColumnBook:
    """The columns of a workbook. Each is computed when it is first asked for, and kept.

    book: The rows and formulas, and the reference: it computes what is odd, so that every value is the one that it has.
    entered: Where the entered columns are, if the workbook has no rows yet. They are loaded when only it can tell.
    """

    def __init__(self, book: Workbook, entered: EnteredArrays | None = None) -> None:
        self.book = book
        self.zone: tzinfo = book.zone
        self._arrays = entered
        self._changed: set[tuple[str, str]] = set()
        self._rows: dict[str, list[Row]] = {}
        np.empty(_FREED, np.uint8)
        self._known: dict[tuple[str, str], Known] = {}
        self._groups: dict[tuple[str, tuple[ir.Key, ...]], Groups] = {}
        self._places: dict[str, Array | None] = {}
        self._whole: dict[str, ArrayColumn] = {}
        self._evaluations: dict[tuple[str, str], Evaluation] = {}
        self._orders: dict[tuple[str, str], list[GraphNode]] = {}

    # ------------------------------------------------------------ asking

    def read_for(self, nodes: Iterable[GraphNode]) -> None:
        """Read the entered columns that some things are computed from, all at once."""
        needs, waiting, seen = self.book.needs, list(nodes), set[GraphNode]()
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting.extend(needs[node].things if node in needs else ())
        entered = sorted((node.table, node.name) for node in seen if node.kind == "cells" and node not in needs)
        if self._arrays is not None:
            self._arrays.read(entered)

    def values(self, table: str, name: str) -> list[Any]:
        """The values of a column in the order of the rows; an Error where a cell has none. Raises OutOfTime."""
        known = self._computed(table, name)
        found = decode(known.column, self)
        for place, value in known.others.items():
            found[place] = value
        return found

    def evaluate(self, bound: Bound, table: str) -> list[Any]:
        """The values of any formula for the rows of a table; an Error where it has none. Raises OutOfTime."""
        rows = self.table_rows(table)
        lowered = self.book.lowered(bound)
        self._ready(self._order(dependencies_of(self.book.doc, bound.body).things))
        try:
            column = self._by_kernels(Evaluation(self, lowered), table)
        except (NoKernel, RecursionError):
            return [self.filled.evaluate(bound, row) for row in rows]
        found = decode(column, self)
        for place in _where(column.odd):
            found[place] = self.filled.evaluate(bound, rows[place])
        return found

    def how(self, table: str, name: str) -> How:
        """How a column is computed, which this does."""
        return self._computed(table, name).how

    def known(self, table: str, name: str) -> tuple[ArrayColumn, dict[int, Any]]:
        """A column, and by place the values that it has no form for: there it is odd."""
        found = self._computed(table, name)
        return found.column, found.others

    def arrays(self, table: str, name: str) -> ArrayColumn:
        """The values of a column as arrays; odd is what they do not hold. Lists stand one behind the other."""
        column = self._computed(table, name).column
        return column if column.lists is None else apart(column)

    def forget(self, changed: Iterable[tuple[str, str]] = ()) -> None:
        """Know no computed column any more; or, with names of changed ones, none that reads them, nor them."""
        nodes = [GraphNode("cells", *each) for each in changed]
        self._changed.update((node.table, node.name) for node in nodes)
        readers = self.book.needs.followers(nodes) if nodes else list(self.book.needs)
        for node in readers:
            self._known.pop((node.table, node.name), None)
        self._groups.clear()

    # ------------------------------------------------------------ what parts of formulas ask

    @property
    def filled(self) -> Workbook:
        """The workbook with its rows."""
        return self.book if self._arrays is None else self._arrays.load()

    def context(self, kinds: Iterable[Type]) -> Workbook:
        """The workbook for functions that take values of some types: with its rows, if one of them may be a row."""
        return self.book if all(map(_is_plain, kinds)) else self.filled

    def named(self, name: str) -> Any:
        """The value of a named formula or a control. Raises EvaluationError."""
        return (self.filled if self._needs_rows(name) else self.book).named(name)

    def named_value(self, name: str) -> Any:
        """The value of a named formula or a control; an Error where it has none."""
        return (self.filled if self._needs_rows(name) else self.book).named_value(name)

    def _needs_rows(self, name: str) -> bool:
        doc = self.book.doc
        waiting, seen = [node_named(doc, name)], set[GraphNode]()
        while waiting:
            node = waiting.pop()
            if node.kind not in ("named", "control") or (node.name in doc.controls and doc.controls[node.name].to):
                return True
            if node not in seen and node in self.book.needs:
                waiting.extend(self.book.needs[node].things)
            seen.add(node)
        return False

    def table_rows(self, table: str) -> Sequence[Row]:
        """The rows of a table, in order."""
        if self._arrays is None:
            return self.book.rows(table)
        if table not in self._rows:
            self._rows[table] = [Row(table, id) for id in range(1, self._arrays.count(table) + 1)]
        return self._rows[table]

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return len(self.book.rows(table)) if self._arrays is None else self._arrays.count(table)

    def places(self, table: str) -> Array | None:
        """By the number of a row its place, -1 for one that is not there; None where it is the number less one."""
        if self._arrays is not None:
            return None
        if table not in self._places:
            ids = np.array([row.id for row in self.book.rows(table)], np.int64)
            found = None
            if not np.array_equal(ids, np.arange(1, len(ids) + 1)):
                found = np.full(int(ids.max()) + 1, -1, np.int64)
                found[ids] = np.arange(len(ids))
            self._places[table] = found
        return self._places[table]

    def rows_of(self, table: str) -> ArrayColumn:
        """The rows of a table one by one."""
        known = self._whole.get(table)
        if known is None or len(known) != self.count(table):
            known = ArrayColumn(RowOf(table), np.arange(self.count(table), dtype=np.int32), whole=True)
            self._whole[table] = known
        return known

    def column(self, table: str, name: str) -> ArrayColumn:
        """The cells of a column, by the places of the rows."""
        return self._computed(table, name).column

    def key(self, table: str, key: ir.Key) -> ArrayColumn:
        """The values of a key of a table's rows."""
        found = self.column(table, key[0])
        for step in key[1:]:
            owner = found.kind
            assert isinstance(owner, RowOf)
            found = read(found, self.column(owner.table, step))
        return found

    def groups(self, table: str, keys: tuple[ir.Key, ...]) -> Groups:
        """The rows of a table by keys, made once for all that ask. Raises NoKernel."""
        found = self._groups.get((table, keys))
        if found is None:
            columns = [self.key(table, key) for key in keys]
            if columns[0].lists is not None:
                found = group_by_items(table, columns[0], self.count)
            else:
                found = group_rows(self.rows_of(table), columns, self.count)
            self._groups[table, keys] = found
        return found

    # ------------------------------------------------------------ computing

    def _computed(self, table: str, name: str) -> Known:
        """A column, and before it all that it is computed from, so that no formula waits inside of another."""
        found = self._known.get((table, name))
        if found is None:
            order = self._orders.get((table, name))
            if order is None:
                order = self._orders[table, name] = self._order((GraphNode("cells", table, name),))
            self._ready(order)
            found = self._known[table, name]
        return found

    def _ready(self, order: Iterable[GraphNode]) -> None:
        """Compute columns one after the other."""
        for node in order:
            if (node.table, node.name) not in self._known:
                self._known[node.table, node.name] = self._compute(node)

    def _order(self, nodes: Iterable[GraphNode]) -> list[GraphNode]:
        """Columns, and before each those that it is computed from."""
        found: dict[GraphNode, None] = {}
        waiting = [(node, False) for node in nodes]
        while waiting:
            node, ready = waiting.pop()
            if node in found:
                continue
            if not ready and node in self.book.needs and not self.book.in_circle(node):
                waiting.append((node, True))
                needs = computed_dependencies(self.book.needs, node)
                waiting.extend((each, False) for each in needs if each.kind == "cells" and each != node)
            elif node.kind == "cells":
                found[node] = None
        return [*found]

    def _compute(self, node: GraphNode) -> Known:
        declared = self.book.doc.tables[node.table].columns[node.name]
        if not declared.computed:
            return self._entered(node, declared)
        why, by_value = "", tuple[str, ...]()
        try:
            column, by_value = self._as_a_whole(node, declared)
        except NoKernel as reason:
            column, why = odds(self.count(node.table), value_type(declared)), str(reason)
        except RecursionError:
            column, why = odds(self.count(node.table), value_type(declared)), "the formula is nested too deeply"
        given = self.book.cells(node.table, node.name).given
        if given:
            odd = np.array([row.id in given for row in self.table_rows(node.table)], np.bool_)
            column = column.where(odd=odd)
        asked = 0 if column.odd is None else int(column.odd.sum())
        known = self._asked(node, column)
        known.how = How(by_value, asked, why)
        return known

    def _entered(self, node: GraphNode, declared: Column) -> Known:
        if self._arrays is not None and (node.table, node.name) not in self._changed:
            found = self._arrays.column(node.table, node.name, self)
            if found is not None:
                return Known(*found)
        values = self.filled.values(node.table, node.name)
        column = encode(values, value_type(declared), self)
        places = [] if column.odd is None else np.flatnonzero(column.odd).tolist()
        return Known(column, {place: values[place] for place in places})

    def _as_a_whole(self, node: GraphNode, declared: Column) -> tuple[ArrayColumn, tuple[str, ...]]:
        """A computed column by its kernels, and the functions that were called value by value. Raises NoKernel."""
        evaluation = self._evaluations.get((node.table, node.name))
        if evaluation is None:
            if self.book.in_circle(node):
                raise NoKernel("its cells may need cells of the same column")
            if declared.reverse:
                return self._mirrored(node.table, declared), ()
            if declared.formula is None:
                raise NoKernel("its cells are made by the doc")
            bound = self.book.program.formulas[FormulaSite("formula", node.table, node.name)]
            evaluation = self._evaluations[node.table, node.name] = Evaluation(self, self.book.lowered(bound))
        found = self._by_kernels(evaluation, node.table)
        return found, tuple(dict.fromkeys(evaluation.by_value))

    def _by_kernels(self, evaluation: Evaluation, table: str) -> ArrayColumn:
        """A formula for all rows of a table. Raises NoKernel."""
        frame = Frame(self.count(table), {0: self.rows_of(table)})
        found = evaluation.all_values(frame)
        if frame.most > MOST_STEPS or frame.total > MOST_STEPS_A_COLUMN:
            raise NoKernel("the formula may take more steps than it has")
        return found

    def _mirrored(self, table: str, declared: Column) -> ArrayColumn:
        """A reverse column: the rows of the other table that point to each row."""
        pointing = self.column(declared.to, declared.reverse)
        if pointing.odd is not None:
            raise NoKernel("a relation holds what is no row of the table")
        kind = ListOf(RowOf(declared.to))
        if pointing.lists is None:
            lists = self.groups(declared.to, ((declared.reverse,),)).lists
        else:
            items = apart(pointing).lists
            assert items is not None
            size = self.count(table)
            count = max(size, 1)
            filled = items.items.present
            pairs = np.unique(items.owners[filled] * np.int64(count) + items.items.values[filled])
            rows = ArrayColumn(RowOf(declared.to), (pairs // count).astype(np.int32))
            lists = Lists(rows, pairs % count, size)
        return ArrayColumn(kind, self.rows_of(table).index, None, None, lists)

    def _asked(self, node: GraphNode, column: ArrayColumn) -> Known:
        """A column, with the values that the row-wise engine has where it is odd."""
        if column.odd is None or not column.odd.any():
            return Known(column if column.odd is None else column.masked(column.valid, None))
        rows, places = self.table_rows(node.table), np.flatnonzero(column.odd).tolist()
        if len(places) == len(rows):
            values = self.filled.values(node.table, node.name)
        else:
            values = [self.filled.value(rows[place], node.name) for place in places]
        declared = self.book.doc.tables[node.table].columns[node.name]
        answers = encode(values, value_type(declared), self)
        others = {places[at]: values[at] for at in _where(answers.odd)}
        if len(places) == len(rows):
            return Known(answers, others)
        return Known(_merged(column, places, answers, self), others)


_PLAIN = frozenset(
    {
        types.BLANK,
        types.NUMBER,
        types.TEXT,
        types.BOOLEAN,
        types.DATE,
        types.DATETIME,
        types.TIME,
        types.DURATION,
    }
)


def _is_plain(kind: Type) -> bool:
    """Whether a value of a type is no row, and has none in it."""
    return _is_plain(kind.item) if isinstance(kind, ListOf) else kind in _PLAIN


def _where(mask: Mask | None) -> list[int]:
    return [] if mask is None else np.flatnonzero(mask).tolist()


def _merged(column: ArrayColumn, places: list[int], answers: ArrayColumn, rows: ColumnBook) -> ArrayColumn:
    """A column in which some places have other values."""
    both_columns = chained(replace(column, odd=None, whole=False), answers, rows)
    order = np.arange(len(column))
    order[places] = len(column) + np.arange(len(places))
    return both_columns.take(order)
