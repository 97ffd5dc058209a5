"""Carrying out what a button would do, on a workbook, with a record of everything that happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from codaform.evaluation.rows.code import EvaluationContext, Run
from codaform.evaluation.rows.converting import converter
from codaform.evaluation.rows.generate import generate
from codaform.evaluation.workbook import Workbook
from codaform.model import conversion
from codaform.model.schema import UNSETTABLE, Column, control_type, value_type
from codaform.model.types import RowOf, Type, given_row
from codaform.model.values import Action, Error, EvaluationError, Row, identity
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite

MOST_CHANGES = 100_000
"""How many changes one press may make; one that wants more is an error value, never a hang."""

MOST_PRESSES = 150
"""How many buttons may press each other, one inside of the other."""


@dataclass(frozen=True, slots=True)
class RowAdded:
    """A row that is new. `values` are its entered cells, also those that its defaults filled."""

    row: Row
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RowChanged:
    """An entered cell that holds another value than before."""

    row: Row
    column: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class RowRemoved:
    """A row that is gone. `display` is what it was displayed as."""

    row: Row
    display: str


@dataclass(frozen=True, slots=True)
class ControlSet:
    """A control that is set to another value than before."""

    control: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Outside:
    """What happens outside of the doc's values, where only Coda can do it: a message, an opened page."""

    name: str
    arguments: tuple[object, ...]


Change = RowAdded | RowChanged | RowRemoved | ControlSet | Outside


@dataclass(frozen=True, slots=True)
class Performed:
    """The effects of an action, in order.

    error: Why the action stopped. The effects before that remain, and are in `changes`.
    disabled: Whether nothing was done because the button cannot be pressed.
    """

    changes: tuple[Change, ...] = ()
    error: Error | None = None
    disabled: bool = False


def press(book: Workbook, table: str, button: str, row: Row | None) -> Performed:
    """Press a button and change the workbook. Faults of formulas become errors, never exceptions.

    table, row: Where it stands; of a button on a page, an empty text and None.
    """
    formulas = book.program.formulas
    disabled = is_disabled(book, formulas.get(FormulaSite("disable_if", table, button)), row)
    if isinstance(disabled, Error):
        return Performed(error=disabled)
    if disabled:
        return Performed(disabled=True)
    action = formulas.get(FormulaSite("action", table, button))
    if action is None:
        return Performed(error=Error("not-computed", f"the button {_button(table, button)} has no action"))
    return perform(book, action, row)


def is_disabled(book: Workbook, condition: Bound | None, row: Row | None) -> bool | Error:
    """Whether a button cannot be pressed, in a row or on a page. condition: Its `disable_if`, if it has one."""
    value = False if condition is None else book.evaluate(condition, row)
    return value if isinstance(value, Error) else bool(value)


def perform(book: Workbook, action: Bound, row: Row | None = None) -> Performed:
    """Carry out an action's formula for a row. Never raises for what the formula does.

    Each action runs as soon as the formula comes to it; so whatever follows it in `RunActions`, or
    comes after it in a loop, sees what it did. In a doc that assumes `press: snapshot`, all actions run in their order
    when the whole formula is computed.
    """
    world = _Performing(book, [] if book.doc.assume.press == "snapshot" else None)
    compute = generate(action.body, watch=book.watch).of(cast(EvaluationContext, world))

    def run(row: Row | None) -> object:
        value = compute(row)
        world.carry_out()
        return value

    value = book.run(run, row)
    return Performed(tuple(world.changes), value if isinstance(value, Error) else None)


@dataclass
class _Performing:
    """A workbook in which actions are carried out when they are described; everything else is the workbook's.

    waiting: The actions that wait for the whole formula, with the types of their values; None where none waits.
    added: The rows that waiting actions were described with, by the action that makes each.
    """

    book: Workbook
    waiting: list[tuple[Action, Type]] | None = None
    added: dict[int, Row] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    pressing: set[tuple[str, Row | None]] = field(default_factory=set)
    buttons: dict[tuple[str, str], Run] = field(default_factory=dict)
    blamed: EvaluationError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.book, name)

    def reader(self, table: str, column: str) -> Callable[[Row], Any]:
        """How a cell is read: the cell of a button is its action, so it is carried out."""
        if self.book.doc.tables[table].columns[column].kind == "button":
            return lambda row: self.press(column, row)
        return self.book.reader(table, column)

    def named(self, name: str) -> Any:
        """The value of a named formula or a control; that of a button is its action, so it is carried out."""
        control = self.book.doc.controls.get(name)
        return self.press(name, None) if control is not None and control.kind == "button" else self.book.named(name)

    def press(self, button: str, row: Row | None) -> object:
        """Press a button that an action names; nothing where it is held back, has no action or lost its row."""
        formulas = self.book.program.formulas
        table = row.table if row is not None else ""
        told = _button(table, button)
        condition = formulas.get(FormulaSite("disable_if", table, button))
        disabled = False if condition is None else self.book.evaluate(condition, row)
        if isinstance(disabled, Error):
            raise EvaluationError(disabled.rule, f"{told} may be held back: {disabled.message}")
        action = formulas.get(FormulaSite("action", table, button))
        if disabled or action is None or (row is not None and not self.book.holds(row)):
            return None
        if (button, row) in self.pressing:
            raise EvaluationError("circular-cell", f"the button {told} presses itself")
        if len(self.pressing) == MOST_PRESSES:
            raise EvaluationError("too-deep", f"more than {MOST_PRESSES} buttons press each other, one after the other")
        if (table, button) not in self.buttons:
            written = generate(action.body, watch=self.book.watch)
            self.buttons[table, button] = written.of(cast(EvaluationContext, self))
        self.pressing.add((button, row))
        try:
            # Not a run of its own: what it goes through counts for the formula that presses it.
            return self.buttons[table, button](row)
        except EvaluationError as fault:
            # The innermost button is named, and no place: the place in this formula is the presser's.
            if fault is not self.blamed:
                fault = self.blamed = EvaluationError(fault.rule, f"{told}: {fault.message}")
            fault.span = None
            raise fault from None
        finally:
            self.pressing.discard((button, row))

    def act(self, action: Action, kind: Type) -> object:
        """Carry out an action, and give its value: of AddRow the row, of every other the action itself.

        kind: The type of that value; it names the table of a new row even if no row and no column does.
        """
        if self.waiting is None:
            return self.done(action, kind)
        self.room(len(self.waiting) + 1)
        self.waiting.append((action, kind))
        return action

    def carry_out(self) -> None:
        """Carry out the actions that waited. The row of an AddRow is put where the action stands for it."""
        for action, kind in self.waiting or ():
            row = self.done(Action(action.name, tuple(map(self.with_rows, action.arguments))), kind)
            if isinstance(row, Row):
                self.added[id(action)] = row

    def with_rows(self, value: object) -> object:
        """A value with the rows that actions have made by now in place of those actions."""
        match value:
            case Action():
                return self.added.get(id(value), value)
            case list():
                return [self.with_rows(item) for item in value]
            case dict():
                return {name: self.with_rows(item) for name, item in value.items()}
        return value

    def done(self, action: Action, kind: Type) -> object:
        """Carry out one action, and give its value."""
        match action.name, action.arguments:
            case "RunActions" | "_NoOp", _:
                pass  # what it consists of was carried out when it was described
            case "AddRow" | "AddOrModifyRows", (str() | None as table, dict() as values):
                row = self.add(table or _table_of(kind), values)
                return row if action.name == "AddRow" else action
            case "ModifyRows" | "AddOrModifyRows", changes:
                self.modify(changes)
            case "DeleteRows", rows:
                self.delete(rows)
            case "DuplicateRows", (list() as rows, float() as count):
                self.duplicate(rows, int(count))
            case "SetControlValue", (str() as control, value):
                self.set(control, lambda: self.book.set_control(control, self.setting(control, value)))
            case "ResetControl", (str() as control,):
                self.set(control, lambda: self.book.reset_control(control))
            case name, arguments:
                self.note(Outside(name, arguments))
        return action

    def set(self, control: str, change: Callable[[], None]) -> None:
        before = self.book.named_value(control)
        change()
        after = self.book.named_value(control)
        if identity(before) != identity(after):
            self.note(ControlSet(control, before, after))

    def setting(self, name: str, value: object) -> object:
        """A value as a control holds it. Raises EvaluationError."""
        control = self.book.doc.controls[name]
        if control.kind in UNSETTABLE:
            raise EvaluationError(
                "wrong-value", f"{name} is a {control.kind.replace('_', ' ')}; an action cannot set it"
            )
        try:
            return converter(control_type(control), self.book)(value)
        except EvaluationError as fault:
            raise EvaluationError(fault.rule, f"{name}: {fault.message}", fault.span) from None

    def add(self, table: str, values: Mapping[str, object]) -> Row:
        if not table:
            raise EvaluationError("wrong-value", "a table without rows is known by a column: name one in the action")
        entered = self.entered(table, values)
        self.room(1)
        row = self.book.add(table, entered)
        columns = self.book.doc.tables[table].columns
        filled = dict.fromkeys([*entered, *(name for name in columns if columns[name].default is not None)])
        self.note(RowAdded(row, {name: self.book.value(row, name) for name in filled}))
        return row

    def modify(self, changes: tuple[object, ...]) -> None:
        pairs = zip(changes[::2], changes[1::2], strict=True)
        planned = [
            (row, self.entered(row.table, values))
            for row, values in pairs
            if isinstance(row, Row) and isinstance(values, dict) and self.book.holds(row)
        ]
        for row, entered in planned:
            before = {name: self.book.value(row, name) for name in entered}
            self.book.change(row, entered)
            for name, old in before.items():
                new = self.book.value(row, name)
                if identity(old) != identity(new):
                    self.note(RowChanged(row, name, old, new))

    def delete(self, rows: Iterable[object]) -> None:
        for row in dict.fromkeys(rows):
            if isinstance(row, Row) and self.book.holds(row):
                self.room(1)
                display = display_text(self.book, row)
                self.book.remove(row)
                self.note(RowRemoved(row, display))

    def duplicate(self, rows: list[object], count: int) -> None:
        self.room(len(rows) * count)
        for row in rows:
            if not isinstance(row, Row) or not self.book.holds(row):
                continue
            columns = self.book.doc.tables[row.table].columns.values()
            values = {column.name: self.book.value(row, column.name) for column in columns if not column.computed}
            for _ in range(count):
                copy = self.book.add(row.table, values, defaults=False)
                self.note(RowAdded(copy, dict(values)))

    def entered(self, table: str, values: Mapping[str, object]) -> dict[str, object]:
        """The values as their columns hold them. Raises EvaluationError."""
        columns = self.book.doc.tables[table].columns
        return {name: self.cell(table, columns.get(name), name, value) for name, value in values.items()}

    def cell(self, table: str, column: Column | None, name: str, value: object) -> object:
        if column is None:
            raise EvaluationError("unknown-column", f"table {table} has no column {name}")
        if column.computed:
            raise EvaluationError("wrong-value", f"{table}.{name} is computed; an action cannot write into it")
        try:
            return converter(value_type(column), self.book)(value)
        except EvaluationError as fault:
            raise EvaluationError(fault.rule, f"{table}.{name}: {fault.message}", fault.span) from None

    def note(self, change: Change) -> None:
        self.room(1)
        self.changes.append(change)

    def room(self, more: int) -> None:
        """Raises EvaluationError where so many more changes would be too many."""
        if len(self.changes) + more > MOST_CHANGES:
            raise EvaluationError("out-of-range", f"the action makes more than {MOST_CHANGES:,} changes")


def _button(table: str, name: str) -> str:
    return f"{table}.{name}" if table else name


def _table_of(kind: Type) -> str:
    row = given_row(kind)
    return row.table if isinstance(row, RowOf) else ""


def display_text(book: Workbook, row: Row) -> str:
    """The display text of a row; empty if it is blank or an error."""
    try:
        return conversion.to_text(book.display(row), book) or ""
    except EvaluationError:
        return ""
