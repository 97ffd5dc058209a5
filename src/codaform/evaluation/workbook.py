"""A doc with rows in it: cells are computed when they are read, kept, and forgotten when what they read changes."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from codaform.evaluation.rowwise import Frame, Run, compile_formula, converter
from codaform.model import conversion
from codaform.model.budget import MOST_STEPS, MOST_STEPS_A_COLUMN, STRIDE, Budget, look_up
from codaform.model.schema import Column, Control, Doc, View, control_column, control_type, value_type, views
from codaform.model.types import ListOf
from codaform.model.unexpected import faulted
from codaform.model.values import Error, EvaluationError, Person, Row
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import Dependencies, GraphNode, graph, order
from codaform.semantics.program import FormulaSite, Program

MAX_CHAIN = 400
"""How many cells may wait for each other at one time; a longer chain is an error value, never a crash."""

_FRAMES_A_CELL = 40
_CELLS_A_LOOK = 200


@dataclass
class _Cells:
    """The cells of one column: the known values, and the cells being computed.

    circle: Which circle of formulas the column is in, if it is in one. Its cells may end the circle from row to row.
    left: The steps left for all cells together.
    """

    column: Column
    known: dict[int, Any] = field(default_factory=dict)
    given: dict[int, Any] = field(default_factory=dict)
    running: set[int] = field(default_factory=set)
    circle: int | None = None
    run: Run | None = None
    slots: int = 1
    left: int = MOST_STEPS_A_COLUMN


@dataclass(frozen=True, slots=True)
class Aside:
    """The state of a computation that was set aside."""

    cells: list[tuple[_Cells, set[int]]]
    named: set[str]
    followed: set[int]
    chain: int
    running: int
    left: int
    next_look: int


class Workbook:
    """The rows of a doc and the values that its formulas give them. It is the Context that running formulas see.

    program: The doc's formulas as understood.
    now: The moment at which `Now()` and `Today()` stand still; by default the present one.
    user: Whom `User()` answers.
    """

    watch = None
    act = None

    def __init__(self, program: Program, now: datetime | None = None, user: Person | None = None) -> None:
        self.doc: Doc = program.doc
        self.program = program
        self.zone = ZoneInfo(self.doc.time_zone)
        moment = now or datetime.now(UTC)
        self.now: datetime = moment.astimezone(self.zone) if moment.tzinfo else moment.replace(tzinfo=self.zone)
        self.first_day_of_week: int = self.doc.first_day_of_week
        self.user: Person | None = user
        needs = graph(program)
        self._readers = _reversed(needs)
        self._circles = {
            thing: number
            for number, group in enumerate(order(needs))
            if len(group) > 1 or group[0] in needs[group[0]].things
            for thing in group
        }
        self._volatile = [thing for thing, read in needs.items() if read.volatile]
        self._views = {view.name: view for view in views(self.doc)}
        self._empty()
        sys.setrecursionlimit(max(sys.getrecursionlimit(), MAX_CHAIN * _FRAMES_A_CELL))

    def fresh(self, now: datetime) -> Workbook:
        """A workbook without rows over the same formulas, at another moment."""
        book = copy(self)
        book.now = now.astimezone(self.zone)
        book._empty()
        return book

    def _empty(self) -> None:
        self._tables: dict[str, dict[int, Row]] = {name: {} for name in self.doc.tables}
        self._next_id: dict[str, int] = dict.fromkeys(self.doc.tables, 1)
        self._lists: dict[str, list[Row]] = {}
        self._columns: dict[tuple[str, str], _Cells] = {}
        self._named: dict[str, Any] = {}
        self._set: dict[str, Any] = {}
        self._displays: dict[str, dict[str, Row]] = {}
        self._naming: set[str] = set()
        self._followed: set[int] = set()
        self._chain = 0
        self._running = 0
        self._unseen = self.spent = 0
        self.budget = Budget()
        self._asked = False

    # ------------------------------------------------------------ what formulas ask

    def rows(self, table: str) -> list[Row]:
        """The rows of a table or of a view, in order."""
        found = self._lists.get(table)
        if found is None:
            self._asked = True
            if table in self._tables:
                found = list(self._tables[table].values())
            elif GraphNode("view", self._views[table].table, table) not in self._circles:
                found = self._view_rows(self._views[table])
            elif self._running:
                raise EvaluationError("circular-cell", f"the view {table} needs its own rows")
            else:
                return []
            self._lists[table] = found
        return found

    def holds(self, row: Row) -> bool:
        """Whether a row is there, and not gone."""
        return row.id in self._tables[row.table]

    def read(self, row: Row, column: str) -> Any:
        """The value of a cell; blank for a row that is gone. Raises EvaluationError when the cell holds an error."""
        return self.reader(row.table, column)(row)

    def display(self, row: Row) -> Any:
        """The value of the row's display column."""
        column = self.doc.tables[row.table].display
        return None if column is None else self.read(row, column.name)

    def find(self, text: str, table: str) -> Row | None:
        """The first row whose display text is this one; with an empty table, of any table."""
        for name in (table,) if table else self.doc.tables:
            if name not in self._displays:
                display = self.doc.tables[name].display
                if display is not None and self._cells(name, display.name).running:
                    raise EvaluationError("circular-cell", f"the text of a row of {name} needs a lookup by this text")
                self._displays[name] = self._display_index(name)
            row = self._displays[name].get(text)
            if row is not None:
                return row
        return None

    def reader(self, table: str, column: str) -> Callable[[Row], Any]:
        """How a cell of the column is read, by row."""
        cells = self._cells(table, column)
        known, rows = cells.known, self._tables[table]

        def read(row: Row) -> Any:
            value = known.get(row.id, known)
            if value is known:
                if row.id not in rows:
                    return None
                value = self._compute(cells, row)
            if type(value) is Error:
                raise EvaluationError(value.rule, value.message, value.span)
            return value

        return read

    def named(self, name: str) -> Any:
        """The value of a named formula or a control. Raises EvaluationError."""
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
        try:
            return self.read(row, column)
        except EvaluationError as fault:
            return fault.value()

    def named_value(self, name: str) -> Any:
        """The value of a named formula or a control; an Error where it has none."""
        try:
            return self.named(name)
        except EvaluationError as fault:
            return fault.value()

    def evaluate(self, bound: Bound, row: Row | None = None) -> Any:
        """The value of any formula understood against this doc; an Error where it has none."""
        return self.run(compile_formula(bound.body, self), bound.slots, row)

    def run(self, run: Run, slots: int, row: Row | None, steps: int = MOST_STEPS) -> Any:
        """The value that a compiled formula gives for a row; an Error where it has none.

        steps: What it may spend. Raises OutOfTime.
        """
        self._unseen += 1
        if self._unseen > _CELLS_A_LOOK:
            self._unseen = 0
            look_up()
        frame: Frame = [None] * max(slots, 1)
        frame[0] = row
        budget = self.budget
        left, next_look = budget.left, budget.next_look
        budget.left, budget.next_look = steps, steps - STRIDE
        self._running += 1
        try:
            value = run(frame)
            if type(value) is list:
                budget.charge_whole(value)
            elif type(value) is dict:
                budget.charge_whole(value.values())
            return value
        except RecursionError:
            return Error("too-deep", "the formula is nested too deeply to be computed")
        except Exception as error:
            return faulted(error, None).value()
        finally:
            self._running -= 1
            self.spent = steps - budget.left
            budget.left, budget.next_look = left, next_look

    def compute_all(self) -> int:
        """Compute every cell of the doc; returns how many there are."""
        count = 0
        for table in self.doc.tables.values():
            for column in table.columns:
                for row in self.rows(table.name):
                    self.value(row, column)
                    count += 1
        return count

    # ------------------------------------------------------------ several at one time

    @property
    def at_work(self) -> bool:
        """Whether something is being computed."""
        return bool(self._running or self._naming or self._followed)

    def set_aside(self) -> Aside:
        """Pause the computation at a checkpoint for another question. It continues after `take_up`."""
        cells = [(cells, set(cells.running)) for cells in self._columns.values() if cells.running]
        budget = self.budget
        aside = Aside(cells, self._naming, self._followed, self._chain, self._running, budget.left, budget.next_look)
        for column, _ in cells:
            column.running.clear()
        self._naming, self._followed, self._chain, self._running = set(), set(), 0, 0
        budget.reset()
        return aside

    def take_up(self, aside: Aside) -> None:
        """Have what was set aside again, to go on with it, or to give it up where something was changed."""
        for column, running in aside.cells:
            column.running.update(running)
        self._naming, self._followed = aside.named, aside.followed
        self._chain, self._running = aside.chain, aside.running
        self.budget.left, self.budget.next_look = aside.left, aside.next_look

    # ------------------------------------------------------------ changes

    def add(self, table: str, values: Mapping[str, Any], defaults: bool = True, id: int | None = None) -> Row:
        """Add a row. A value for a computed column replaces its formula; defaults fill the other columns.

        id: Its number, for a row that was there before; by default one that no row had.
        """
        row = Row(table, self._next_id[table] if id is None else id)
        self._next_id[table] = max(self._next_id[table], row.id + 1)
        self._tables[table][row.id] = row
        self._forget([GraphNode("rows", table)])
        columns = self.doc.tables[table].columns
        for name, value in values.items():
            self._enter(row, columns[name], value)
        self._forget([GraphNode("cells", table, name) for name in columns])
        for name, column in columns.items() if defaults else ():
            if column.default is not None and name not in values:
                self._enter(row, column, self.evaluate(self.program.formulas[FormulaSite("default", table, name)], row))
                self._forget([GraphNode("cells", table, name)])
        return row

    def add_rows(self, table: str, count: int) -> list[Row]:
        """Add rows without values, not even defaults; their numbers follow each other."""
        rows = [Row(table, id) for id in range(self._next_id[table], self._next_id[table] + count)]
        self._next_id[table] += count
        self._tables[table].update((row.id, row) for row in rows)
        self._forget([GraphNode("rows", table)])
        return rows

    def reserve(self, table: str, id: int) -> None:
        """Give new rows of a table only numbers above this one: rows that are gone had the others."""
        self._next_id[table] = max(self._next_id[table], id + 1)

    def move_clock(self, now: datetime) -> None:
        """Set the clock to another moment; values that depend on it are computed again."""
        self.now = now.astimezone(self.zone)
        self._forget(self._volatile)

    def change(self, row: Row, values: Mapping[str, Any]) -> None:
        """Change entered cells of a row."""
        for name, value in values.items():
            self._enter(row, self.doc.tables[row.table].columns[name], value)
        self._forget([GraphNode("cells", row.table, name) for name in values])

    def set_control(self, name: str, value: Any) -> None:
        """Set a control to a value of its type."""
        blank = _unset(control_column(self.doc.controls[name]))
        self._set[name] = blank if value is None else value
        self._forget([GraphNode("control", "", name)])

    def reset_control(self, name: str) -> None:
        """Set a control to what it is set to at first."""
        self._set.pop(name, None)
        self._forget([GraphNode("control", "", name)])

    def remove(self, row: Row) -> None:
        """Remove a row; relations and controls that pointed to it are blank from now on."""
        self._tables[row.table].pop(row.id, None)
        changed = [GraphNode("rows", row.table)]
        for name, value in self._set.items():
            if value == row or (isinstance(value, list) and row in value):
                self._set[name] = [item for item in value if item != row] if isinstance(value, list) else None
                changed.append(GraphNode("control", "", name))
        for table in self.doc.tables.values():
            for column in table.columns.values():
                if column.kind == "relation" and column.to == row.table:
                    given = self._cells(table.name, column.name).given
                    for id, value in given.items():
                        if value == row:
                            given[id] = None
                        elif isinstance(value, list) and row in value:
                            given[id] = [item for item in value if item != row]
                    changed.append(GraphNode("cells", table.name, column.name))
        for name in self.doc.tables[row.table].columns:
            self._cells(row.table, name).given.pop(row.id, None)
            changed.append(GraphNode("cells", row.table, name))
        self._forget(changed)

    def enter_column(self, table: str, column: str, values: Iterable[tuple[Row, Any]]) -> None:
        """Fill a column's entered cells at once, before anything was computed."""
        target = self.doc.tables[table].columns[column]
        for row, value in values:
            self._enter(row, target, value)
        self._forget([GraphNode("cells", table, column)])

    def withdraw_column(self, table: str, column: str) -> None:
        """Empty a column's entered cells; where it has a formula, that computes them again."""
        self._cells(table, column).given.clear()
        self._forget([GraphNode("cells", table, column)])

    def _enter(self, row: Row, column: Column, value: Any) -> None:
        if column.kind in ("checkbox", "toggle") and value is None:
            value = False
        elif isinstance(value_type(column), ListOf) and value is None:
            value = []
        self._cells(row.table, column.name).given[row.id] = value

    def _forget(self, changed: Iterable[GraphNode]) -> None:
        """Forget what was computed from changed things."""
        if not self._asked:
            return
        waiting = list(changed)
        seen = set(waiting)
        for thing in waiting:
            match thing.kind:
                case "cells":
                    cells = self._columns.get((thing.table, thing.name))
                    if cells is not None:
                        cells.known.clear()
                        cells.left = MOST_STEPS_A_COLUMN
                    display = self.doc.tables[thing.table].display
                    if display is not None and display.name == thing.name:
                        self._displays.pop(thing.table, None)
                case "rows":
                    self._lists.pop(thing.table, None)
                    self._displays.pop(thing.table, None)
                case "view":
                    self._lists.pop(thing.name, None)
                case "named" | "control":
                    self._named.pop(thing.name, None)
            for reader in self._readers.get(thing, ()):
                if reader not in seen:
                    seen.add(reader)
                    waiting.append(reader)

    # ------------------------------------------------------------ computing

    def _first(self, control: Control) -> Any:
        """The first value of a control; a missing row is a blank."""
        if control.value is None:
            return _unset(control_column(control))
        value = list(control.value) if isinstance(control.value, tuple) else control.value
        if control.kind == "relation" and isinstance(value, list):
            found = (self.find(text, control.to) for text in value)
            return [row for row in found if row is not None]
        try:
            return converter(control_type(control), self)(value)
        except EvaluationError as fault:
            return fault.value()

    def _cells(self, table: str, name: str) -> _Cells:
        cells = self._columns.get((table, name))
        if cells is None:
            column = self.doc.tables[table].columns.get(name)
            if column is None:
                raise EvaluationError("unknown-column", f"table {table} has no column {name}")
            circle = self._circles.get(GraphNode("cells", table, name))
            cells = self._columns[table, name] = _Cells(column, circle=circle)
        return cells

    def _compute(self, cells: _Cells, row: Row) -> Any:
        self._asked = True
        column = cells.column
        if row.id in cells.given:
            value = cells.given[row.id]
        elif column.reverse and cells.circle is not None:
            value = Error("circular-cell", f"the cells of {row.table}.{column.name} need their own values")
        elif column.reverse:
            self._mirror(cells, row.table)
            return cells.known[row.id]
        elif column.kind == "row_id":
            value = float(row.id)
        elif column.formula is None:
            value = _unset(column)
        else:
            if cells.circle is not None and cells.circle not in self._followed:
                self._follow(cells, cells.circle, row.table)
                return cells.known[row.id]
            return self._compute_formula(cells, row)
        cells.known[row.id] = value
        return value

    def _follow(self, cells: _Cells, circle: int, table: str) -> None:
        """Compute a column from the top: so a chain from row to row, like a running total, is shortest."""
        self._followed.add(circle)
        try:
            for row in self.rows(table):
                if row.id not in cells.known and row.id not in cells.given:
                    self._compute_formula(cells, row)
        finally:
            self._followed.discard(circle)

    def _compute_formula(self, cells: _Cells, row: Row) -> Any:
        name = f"{row.table}.{cells.column.name}"
        if row.id in cells.running:
            return Error("circular-cell", f"a cell of {name} needs its own value")
        if self._chain >= MAX_CHAIN:
            raise EvaluationError("too-deep", f"more than {MAX_CHAIN} cells wait for each other")
        if cells.run is None:
            bound = self.program.formulas[FormulaSite("formula", row.table, cells.column.name)]
            cells.run, cells.slots = compile_formula(bound.body, self), bound.slots
        if cells.left <= 0:
            told = f"the cells of {name} go through more than {MOST_STEPS_A_COLUMN:,} items together"
            cells.known[row.id] = error = Error("out-of-range", told)
            return error
        cells.running.add(row.id)
        self._chain += 1
        try:
            value = self.run(cells.run, cells.slots, row, min(MOST_STEPS, cells.left))
            cells.left -= self.spent
        finally:
            self._chain -= 1
            cells.running.discard(row.id)
        cells.known[row.id] = value
        return value

    def _mirror(self, cells: _Cells, table: str) -> None:
        """Fill a reverse column: for each row, the rows of the other table that point to it."""
        column = cells.column
        pointing: defaultdict[int, list[Row]] = defaultdict(list)
        for row in self.rows(column.to):
            target = self.value(row, column.reverse)
            for item in target if isinstance(target, list) else (target,):
                if isinstance(item, Row) and item.table == table:
                    pointing[item.id].append(row)
        for row in self.rows(table):
            cells.known[row.id] = cells.given.get(row.id, pointing[row.id])

    def _view_rows(self, view: View) -> list[Row]:
        rows = self.rows(view.table)
        if view.filter is not None:
            bound = self.program.formulas[FormulaSite("filter", view.table, view.name)]
            run = compile_formula(bound.body, self)
            rows = [row for row in rows if self.run(run, bound.slots, row) is True]
        if view.sort:
            rows = self._sorted(rows, view)
        return list(rows if view.limit is None else rows[: view.limit])

    def _sorted(self, rows: list[Row], view: View) -> list[Row]:
        from functools import cmp_to_key

        def compare(first: Row, second: Row) -> int:
            try:
                return conversion.order(self.value(first, view.sort), self.value(second, view.sort), self)
            except EvaluationError:
                return 0

        return sorted(rows, key=cmp_to_key(compare), reverse=view.descending)

    def _display_index(self, table: str) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for row in self.rows(table):
            try:
                text = conversion.to_text(self.display(row), self)
            except EvaluationError:
                continue
            if text is not None:
                found.setdefault(text, row)
        return found


def _unset(column: Column) -> Any:
    if isinstance(value_type(column), ListOf):
        return []
    return False if column.kind in ("checkbox", "toggle") else None


def _reversed(graph: Mapping[GraphNode, Dependencies]) -> dict[GraphNode, list[GraphNode]]:
    readers: defaultdict[GraphNode, list[GraphNode]] = defaultdict(list)
    for thing, read in graph.items():
        for step in read.things:
            readers[step].append(thing)
    return dict(readers)
