"""A doc with rows in it: cells are computed when they are read, kept, and forgotten when what they read changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

from codaform.evaluation.cells import Cells, unset
from codaform.evaluation.computing import Computing, Interrupted
from codaform.evaluation.invalidation import Forgotten, Invalidation
from codaform.evaluation.readers import Readers
from codaform.evaluation.rows.code import UNKNOWN, PythonFormula, Run, RunAhead, Watch
from codaform.evaluation.rows.converting import converter
from codaform.evaluation.selections import RowSelection
from codaform.evaluation.store import RowStore
from codaform.evaluation.views import ViewRows
from codaform.model import comparison, conversion
from codaform.model.budget import Budget
from codaform.model.schema import Column, Control, Doc, View, control_column, control_type, value_type, views
from codaform.model.types import ListOf, RowOf
from codaform.model.values import Error, EvaluationError, Person, Row
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.circles import as_assumed
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.semantics.program import FormulaSite, Program, Role


@dataclass(frozen=True, slots=True)
class Aside:
    """The state of a workbook that was set aside."""

    computing: Interrupted
    naming: set[str]
    settling: bool


class Workbook:
    """The rows of a doc and the values that its formulas give them. It is the Context that running formulas see.

    program: The doc's formulas as understood.
    now: The moment at which `Now()` and `Today()` stand still; by default the present one.
    user: Whom `User()` answers.
    needs: What everything is computed from, where that is known already.
    watch: What is given every part of a formula that is computed, with its value; that takes much longer.
    filled: Whether another engine computed the values, and nothing was changed since.
    """

    act = None

    def __init__(
        self,
        program: Program,
        now: datetime | None = None,
        user: Person | None = None,
        needs: Graph | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.doc: Doc = program.doc
        self.program = as_assumed(program)
        self.zone = ZoneInfo(self.doc.time_zone)
        moment = now or datetime.now(UTC)
        self.now: datetime = moment.astimezone(self.zone) if moment.tzinfo else moment.replace(tzinfo=self.zone)
        self.first_day_of_week: int = self.doc.first_day_of_week
        self.user: Person | None = user
        self.watch = watch
        self._readers = Readers(self.program, needs if self.program is program else None, watch)
        self._views = {view.name: view for view in views(self.doc)}
        self._empty()

    def fresh(self, now: datetime) -> Workbook:
        """A workbook without rows over the same formulas, at another moment."""
        book = copy(self)
        book.now = now.astimezone(self.zone)
        book._empty()
        return book

    def _empty(self) -> None:
        self._store = RowStore(self.doc, self._readers.circles.get, self._compute)
        self._computing = Computing(self._store, self._formula_of, self._ahead_of, self._mirrored)
        self._changes = Invalidation(self, self._store, self._readers)
        self.budget: Budget = self._computing.budget
        self._view_rows: dict[str, ViewRows] = {}
        self._named: dict[str, Any] = {}
        self._set: dict[str, Any] = {}
        self._naming: set[str] = set()
        self._asked = False
        self.filled = False
        self._version = 0
        self._texts_of: dict[str, int] = {}

    @property
    def needs(self) -> Graph:
        """What everything is computed from."""
        return self._readers.needs

    def in_circle(self, node: GraphNode) -> bool:
        """Whether a thing may need itself."""
        return node in self._readers.circles

    # ------------------------------------------------------------ what formulas ask

    def rows(self, table: str) -> list[Row]:
        """The rows of a table or of a view, in order."""
        self._settle()
        return self._store.rows(table) if table in self._store.tables else self._rows_of_view(self._views[table])

    def holds(self, row: Row) -> bool:
        """Whether a row is there, and not gone."""
        return self._store.holds(row)

    def read(self, row: Row, column: str) -> Any:
        """The value of a cell; blank for a row that is gone. Raises EvaluationError when the cell holds an error."""
        self._settle()
        return self.reader(row.table, column)(row)

    def display(self, row: Row) -> Any:
        """The value of the row's display column."""
        column = self.doc.tables[row.table].display
        return None if column is None else self.read(row, column.name)

    def find(self, text: str, table: str) -> Row | None:
        """The first row whose display text is this one; with an empty table, of any table."""
        self._settle()
        for name in (table,) if table else self.doc.tables:
            display = self.doc.tables[name].display
            if display is None:
                continue
            if self.cells(name, display.name).running:
                raise EvaluationError("circular-cell", f"the text of a row of {name} needs a lookup by this text")
            self._asked = True
            index = self._changes.index(name, ((display.name,),), key=self._text)
            if isinstance(value_type(display), ListOf | RowOf) and self._texts_of.get(name) != self._version:
                index.mark(None)  # the text of another row may have changed
                self._texts_of[name] = self._version
            found = index.found(text)
            if found:
                return found[0]
        return None

    def _text(self, value: Any) -> str | None:
        """The text by which a row is found; blank where its display value has none."""
        try:
            return conversion.to_text(value, self)
        except EvaluationError:
            return None

    def selection(self, select: ir.Select, owner: GraphNode | None) -> RowSelection:
        """What looks up the rows of a selection."""
        return self._changes.selection(select, owner)

    def cells(self, table: str, column: str) -> Cells:
        """The cells of a column. Raises EvaluationError for a column that is not there."""
        return self._store.cells(table, column)

    def reader(self, table: str, column: str) -> Callable[[Row], Any]:
        """How a cell of the column is read, by row."""
        cells = self._store.cells(table, column)
        values = cells.values

        def read(row: Row) -> Any:
            value = values[row.id] if row.id < len(values) else None
            if value is UNKNOWN:
                value = cells.compute(row)
            if type(value) is Error:
                raise EvaluationError(value.rule, value.message, value.span)
            return value

        return read

    def named(self, name: str) -> Any:
        """The value of a named formula or a control. Raises EvaluationError."""
        self._settle()
        if name not in self._named:
            if name in self._naming:
                raise EvaluationError("circular-cell", f"{name} needs its own value")
            self._asked = True
            self._naming.add(name)
            try:
                self._named[name] = self._name_anew(name)
            finally:
                self._naming.discard(name)
        value = self._named[name]
        if isinstance(value, Error):
            raise EvaluationError(value.rule, value.message, value.span)
        return value

    def _name_anew(self, name: str) -> Any:
        control = self.doc.controls.get(name)
        if control is None:
            return self.evaluate(self.program.formulas[FormulaSite("named", "", name)])
        return self._set[name] if name in self._set else self._first(control)

    # ------------------------------------------------------------ what people ask

    def value(self, row: Row, column: str) -> Any:
        """The value of a cell; an Error where it has none."""
        if self._changes.waiting and not self._computing.running:
            self._changes.settle()
        try:
            cells = self._store.cells(row.table, column)
            value = cells.values[row.id] if row.id < len(cells.values) else None
            return cells.compute(row) if value is UNKNOWN else value
        except EvaluationError as fault:
            return fault.value()

    def values(self, table: str, column: str) -> list[Any]:
        """The values of a column, row by row; an Error where a cell has none."""
        rows, cells = self.rows(table), self._store.cells(table, column)
        self._asked = self._asked or not cells.entered
        if self._computing.compute_rows(cells, rows):
            return self._store.values(table, cells)
        return [self.value(row, column) for row in rows]

    def named_value(self, name: str) -> Any:
        """The value of a named formula or a control; an Error where it has none."""
        try:
            return self.named(name)
        except EvaluationError as fault:
            return fault.value()

    def evaluate(self, bound: Bound, row: Row | None = None) -> Any:
        """The value of any formula understood against this doc; an Error where it has none."""
        return self.run(self.formula(bound), row)

    def run(self, run: Run, row: Row | None) -> Any:
        """The value that a formula gives for a row; an Error where it has none. Raises OutOfTime."""
        self._settle()
        return self._computing.run(run, row)

    def formula(self, bound: Bound, owner: GraphNode | None = None) -> Run:
        """A formula understood against this doc, ready to be computed for rows. owner: What keeps its values."""
        return self._readers.written(bound).of(self, owner)

    def lowered(self, bound: Bound) -> ir.Node:
        """A bound formula of this doc, lowered, with its selections."""
        return self._readers.lowered(bound)

    def written(self, bound: Bound) -> PythonFormula:
        """A formula understood against this doc as Python."""
        return self._readers.written(bound)

    def compute_all(self) -> int:
        """Compute every cell of the doc; returns how many there are."""
        count = 0
        for table in self.doc.tables.values():
            for column in table.columns:
                count += len(self.values(table.name, column))
        return count

    def fill(self, values: Mapping[GraphNode, Sequence[Any]]) -> None:
        """Keep the values that another engine computed, until something changes.

        Nothing is known of what they were computed from, so the first change forgets all of them.

        values: Of columns in the order of rows, of a named formula the one value.
        """
        self.forget()
        for node, found in values.items():
            if node.table:
                cells = self._store.cells(node.table, node.name)
                for row, value in zip(self._store.rows(node.table), found, strict=True):
                    cells.values[row.id] = value
            else:
                (self._named[node.name],) = found
        self._asked = self.filled = True

    # ------------------------------------------------------------ several at one time

    @property
    def at_work(self) -> bool:
        """Whether something is being computed."""
        return bool(self._computing.running or self._naming)

    def set_aside(self) -> Aside:
        """Pause the computation at a checkpoint for another question. It continues after `take_up`."""
        aside = Aside(self._computing.set_aside(), self._naming, self._changes.pause())
        self._naming = set()
        return aside

    def take_up(self, aside: Aside) -> None:
        """Have what was set aside again, to go on with it, or to give it up where something was changed."""
        self._computing.take_up(aside.computing)
        self._naming = aside.naming
        self._changes.go_on(aside.settling)

    # ------------------------------------------------------------ changes

    def add(self, table: str, values: Mapping[str, Any], defaults: bool = True, id: int | None = None) -> Row:
        """Add a row. A value for a computed column replaces its formula; defaults fill the other columns.

        id: Its number, for a row that was there before; by default one that no row had.
        """
        row = self._store.new_row(table, id)
        self._store.add(row)
        self._touch(GraphNode("rows", table), {row.id})
        columns = self.doc.tables[table].columns
        for name, value in values.items():
            self._store.enter(row, columns[name], value)
        self._changed(row, columns)
        for name, column in columns.items() if defaults else ():
            if column.default is not None and name not in values:
                default = self.evaluate(self.program.formulas[FormulaSite("default", table, name)], row)
                self._store.enter(row, column, default)
                self._changed(row, [name])
        if id is not None and self._asked:
            self.forget()  # the row may have been elsewhere before, and lists of rows are in order
        return row

    def add_rows(self, table: str, count: int) -> list[Row]:
        """Add rows without values."""
        rows = self._store.add_rows(table, count)
        self._touch(GraphNode("rows", table), None)
        return rows

    def _changed(self, row: Row, columns: Iterable[str]) -> None:
        """Cells of a row were entered."""
        for name in columns:
            self._touch(GraphNode("cells", row.table, name), {row.id})
        self._settle_inside()

    def reserve(self, table: str, id: int) -> None:
        """Give new rows of a table only numbers above this one: rows that are gone had the others."""
        self._store.reserve(table, id)

    def move_clock(self, now: datetime) -> None:
        """Set the clock to another moment; values that depend on it are computed again."""
        self.now = now.astimezone(self.zone)
        self._unfill()
        if self._asked:
            for node in self._readers.volatile:
                self._changes.forget(node)

    def change(self, row: Row, values: Mapping[str, Any]) -> None:
        """Change entered cells of a row; of one that is gone, nothing."""
        if not self.holds(row):
            return
        other = []
        for name, value in values.items():
            before = self._store.cells(row.table, name).values[row.id]
            self._store.enter(row, self.doc.tables[row.table].columns[name], value)
            if not _same(before, value):
                other.append(name)
        self._changed(row, other)

    def set_control(self, name: str, value: Any) -> None:
        """Set a control to a value of its type."""
        blank = unset(control_column(self.doc.controls[name]))
        self._set[name] = blank if value is None else value
        self._control_changed(name)

    def reset_control(self, name: str) -> None:
        """Set a control to what it is set to at first."""
        self._set.pop(name, None)
        self._control_changed(name)

    def _control_changed(self, name: str) -> None:
        self._named.pop(name, None)
        self._touch(GraphNode("control", "", name), None)
        self._settle_inside()

    def remove(self, row: Row) -> None:
        """Remove a row; relations and controls that pointed to it are blank from now on."""
        self._blank_relations(row)
        for name, value in list(self._set.items()):
            if value == row or (isinstance(value, list) and row in value):
                self._set[name] = [item for item in value if item != row] if isinstance(value, list) else None
                self._control_changed(name)
        self._store.remove(row)
        for name in self.doc.tables[row.table].columns:
            self._touch(GraphNode("cells", row.table, name), {row.id})
        self._touch(GraphNode("rows", row.table), {row.id})
        self._settle_inside()

    def _blank_relations(self, row: Row) -> None:
        """Blank what was entered that points to a row."""
        for table in self.doc.tables.values():
            for column in table.columns.values():
                if column.kind != "relation" or column.to != row.table or column.reverse:
                    continue
                cells = self._store.cells(table.name, column.name)
                if cells.entered:
                    self._asked = True
                    index = self._changes.index(table.name, ((column.name,),))
                    holders = [pointing.id for pointing in index.found(row.id)]
                else:
                    holders = [id for id, value in cells.given.items() if value == row or _lists(value, row)]
                if holders:
                    self._store.unpoint(cells, row, holders)
                    self._touch(cells.node, set(holders))

    def enter_column(self, table: str, column: str, values: Iterable[tuple[Row, Any]]) -> None:
        """Fill a column's entered cells at once, before anything was computed."""
        self._store.enter_column(self._store.cells(table, column), values)
        self._touch(GraphNode("cells", table, column), None)

    def withdraw_column(self, table: str, column: str) -> None:
        """Empty a column's entered cells; where it has a formula, that computes them again."""
        self._store.cells(table, column).withdraw(self._store.tables[table])
        self._touch(GraphNode("cells", table, column), None)

    def traced(self) -> list[Forgotten]:
        """A list to which every forgotten value is added from now on, with the reason."""
        self._changes.trace = []
        return self._changes.trace

    def _unfill(self) -> None:
        if self.filled:
            self.filled = False
            self.forget()

    def _touch(self, node: GraphNode, rows: set[int] | None) -> None:
        self._unfill()
        if self._asked:
            self._version += 1
            self._changes.mark(node, rows)

    def _settle(self) -> None:
        """Before something is asked for: find out what the last changes reached."""
        if self._changes.waiting and not self._computing.running:
            self._changes.settle()

    def _settle_inside(self) -> None:
        """After a change that a running action makes: it goes on with what it reads now."""
        if self._computing.running and self._changes.waiting:
            self._changes.settle()

    # ------------------------------------------------------------ what is kept

    def keeps_results(self) -> bool:
        """Whether a view, a named formula or a control has a known value, or is getting it."""
        return bool(self._view_rows or self._named or self._naming)

    def kept_view(self, node: GraphNode) -> ViewRows | None:
        """The rows of a view, if they were ever asked for."""
        return self._view_rows.get(node.name)

    def refresh_view(self, node: GraphNode) -> bool:
        """Look at the rows of a view that may have changed; whether it shows others now."""
        store = self._store
        return self._view_rows[node.name].refresh(lambda: store.rows(node.table), store.tables[node.table].get)

    def forget_name(self, node: GraphNode) -> bool:
        """Know the value of a named formula or a control no more; whether it was known."""
        return self._named.pop(node.name, UNKNOWN) is not UNKNOWN

    # ------------------------------------------------------------ computing

    def _compute(self, cells: Cells, row: Row) -> Any:
        self._asked = True
        return self._computing.compute(cells, row)

    def _formula_of(self, cells: Cells) -> Run:
        return self.formula(self._bound(cells.node), cells.node)

    def _ahead_of(self, cells: Cells) -> RunAhead | None:
        written = self._readers.written_ahead(self._bound(cells.node))
        return None if written is None else cast(RunAhead, written.of(self, cells.node))

    def _bound(self, node: GraphNode) -> Bound:
        role: Role = "filter" if node.kind == "filter" else "formula"
        return self.program.formulas[FormulaSite(role, node.table, node.name)]

    def _mirrored(self, cells: Cells, row: Row) -> list[Row]:
        """The cell of a reverse column: the rows of the other table that point to a row."""
        if cells.mirrored is None:
            cells.mirrored = self._changes.mirror(cells.node, cells.column.to, cells.column.reverse).found
        return cells.mirrored(row.id)

    def _first(self, control: Control) -> Any:
        """The first value of a control; a missing row is a blank."""
        if control.value is None:
            return unset(control_column(control))
        value = list(control.value) if isinstance(control.value, tuple) else control.value
        if control.kind == "relation" and isinstance(value, list):
            found = (self.find(text, control.to) for text in value)
            return [row for row in found if row is not None]
        try:
            return converter(control_type(control), self)(value)
        except EvaluationError as fault:
            return fault.value()

    def forget(self) -> None:
        """Know nothing that was computed any more, as when a doc is opened."""
        for table in self.doc.tables:
            self._changes.mark(GraphNode("rows", table), None)
        for node in self._readers.needs:
            self._changes.forget(node)
        self._changes.drop()

    def _rows_of_view(self, view: View) -> list[Row]:
        node = GraphNode("view", view.table, view.name)
        if node in self._readers.circles:
            if self._computing.running:
                raise EvaluationError("circular-cell", f"the view {view.name} needs its own rows")
            return []
        shown = self._view_rows.get(view.name)
        if shown is None:
            shown = self._view_rows[view.name] = self._view(view)
        if shown.stale is None or shown.stale:
            self.refresh_view(node)
        self._asked = True
        return shown.rows

    def _view(self, view: View) -> ViewRows:
        sorted_by: Callable[[Row], Any] | None = None
        if view.sort:
            sorted_by = partial(self._value_of, view.sort)
        shows: Callable[[Row], bool] = _always
        if view.filter is not None:
            cells = self._store.condition(view.table, view.name, Column(view.name, "checkbox", formula=view.filter))
            shows = partial(_holds, cells)
        return ViewRows(self._store.place, shows, sorted_by, partial(_order, self), view.descending, view.limit)

    def _value_of(self, column: str, row: Row) -> Any:
        return self.value(row, column)


def _always(row: Row) -> bool:  # noqa: ARG001 - a condition of rows
    return True


def _holds(cells: Cells, row: Row) -> bool:
    value = cells.values[row.id]
    return (cells.compute(row) if value is UNKNOWN else value) is True


def _order(book: Workbook, first: Any, second: Any) -> int:
    return comparison.order(first, second, book)


def _same(before: object, after: object) -> bool:
    """Whether a cell holds the same value as before; False for a type that takes long to compare."""
    return before is after or (type(before) is type(after) and type(before) in _PLAIN and before == after)


_PLAIN = frozenset({str, float, bool, date, timedelta, Row})


def _lists(value: object, row: Row) -> bool:
    return isinstance(value, list) and row in value


__all__ = ["Forgotten", "Workbook", "converter"]
