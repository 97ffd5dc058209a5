"""What a change is called, and what a person has to enter in Coda to make it."""

from __future__ import annotations

from codaform.deploy.planning.changes import (
    AddColumn,
    AddControl,
    AddFormula,
    AddTable,
    AddView,
    Change,
    DropColumn,
    DropControl,
    DropFormula,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
    SetAction,
    SetControl,
    SetDefault,
    SetDescription,
    SetDisplay,
    SetFormat,
    SetFormula,
    SetNamedFormula,
    SetOptions,
    SetOrder,
    SetView,
)
from codaform.deploy.remote.columns import Shape, made_by, shape_of
from codaform.model.formats import format_text
from codaform.model.schema import CONTROL_TYPES, Column, Control, Doc, Table, View


def title(change: Change) -> str:
    """A change in a few words, beginning with a verb."""
    match change:
        case AddTable(table):
            return f"add table {table.name}"
        case DropTable(name):
            return f"drop table {name}"
        case RenameTable(before, after):
            return f"rename table {before} to {after}"
        case AddColumn(table, column):
            return f"add column {table}.{column.name}"
        case DropColumn(table, name):
            return f"drop column {table}.{name}"
        case RenameColumn(table, before, after):
            return f"rename column {table}.{before} to {after}"
        case SetFormula(table, name, _, None):
            return f"clear formula of {table}.{name}"
        case SetFormula(table, name):
            return f"set formula of {table}.{name}"
        case SetDefault(table, name, _, None):
            return f"clear default of {table}.{name}"
        case SetDefault(table, name):
            return f"set default of {table}.{name}"
        case SetAction(table, name):
            return f"set button {table}.{name}"
        case SetFormat(table, name):
            return f"set format of {table}.{name}"
        case SetOptions(table, name):
            return f"set options of {table}.{name}"
        case SetDescription(table, name):
            return f"describe {table}.{name}"
        case SetDisplay(table, _, after):
            return f"show rows of {table} by {after}"
        case SetOrder(table):
            return f"order columns of {table}"
        case AddView(view):
            return f"add view {view.name} of {view.table}"
        case SetView(_, after_view):
            return f"set view {after_view.name} of {after_view.table}"
        case DropView(table, name):
            return f"drop view {name} of {table}"
        case AddFormula(formula):
            return f"add named formula {formula.name}"
        case SetNamedFormula(_, after_formula):
            return f"set named formula {after_formula.name}"
        case DropFormula(name):
            return f"drop named formula {name}"
        case AddControl(control):
            return f"add control {control.name}"
        case SetControl(_, control):
            return f"set control {control.name}"
        case DropControl(name):
            return f"drop control {name}"


def text_to_enter(change: Change, wanted: Doc) -> str:
    """What is to be entered: of a formula its text as Coda's editor takes it, of all else a line a setting."""
    match change:
        case AddTable(table):
            return "\n".join(_column_line(column) for column in table.columns.values())
        case AddColumn(table, column) if column.kind == "button":
            return _lines(
                ("type", "button"),
                ("label", column.label or column.name),
                ("action", _source(column.action)),
                ("disable if", _source(column.disable_if)),
            )
        case AddColumn(table, column):
            return _made(column, wanted.tables.get(table), wanted) or _column_line(column)
        case SetFormula(_, _, _, after):
            return after or ""
        case SetDefault(_, _, _, after):
            return after or ""
        case SetAction(_, _, _, button):
            return _lines(("label", button.label), ("action", button.action), ("disable if", button.disable_if))
        case SetFormat(_, _, _, shape):
            return _format_line(shape)
        case SetOptions(_, _, _, options):
            return "\n".join(options)
        case SetOrder(_, _, order):
            return "\n".join(order)
        case SetDescription(_, _, _, about):
            return about
        case RenameTable(_, name) | RenameColumn(_, _, name) | SetDisplay(_, _, name):
            return name
        case AddView(view) | SetView(_, view):
            return _view_lines(view)
        case AddFormula(formula) | SetNamedFormula(_, formula):
            return formula.formula.text.strip()
        case AddControl(control, first):
            return _control_lines(control, first)
        case SetControl(_, control):
            return _control_lines(control, ())
    return ""


def _control_lines(control: Control, first: tuple[str, ...]) -> str:
    """What a person sets up of a control."""
    several = "several values" if control.many else None
    return _lines(
        ("name", control.name),
        ("type", CONTROLS.get(control.kind, control.kind)),
        ("table", control.to or None),
        ("values", several),
        ("label", (control.label or control.name) if control.kind == "button" else None),
        ("options", ", ".join(control.options) or _source(control.choices)),
        ("format", format_text(CONTROL_TYPES[control.kind], control.format) or None),
        ("action", _source(control.action)),
        ("disable if", _source(control.disable_if)),
        ("set to", ", ".join(first) or None),
    )


CONTROLS = {
    "text": "text box",
    "date": "date picker",
    "datetime": "date and time picker",
    "time": "time picker",
    "date_range": "date range picker",
    "select": "select list",
    "relation": "lookup",
    "person": "lookup of people",
    "ai_block": "AI block",
}
"""What Coda's editor calls a type of control, where it has another name for it."""


def _made(column: Column, table: Table | None, doc: Doc) -> str | None:
    return made_by(column, table, doc) if table is not None else _source(column.formula)


def _source(source: object) -> str | None:
    text = getattr(source, "text", None)
    return text.strip() if isinstance(text, str) else None


def _column_line(column: Column) -> str:
    shape = _format_line(shape_of(column))
    options = f": {', '.join(column.options)}" if column.options else ""
    display = ", shows the row" if column.display else ""
    return f"{column.name}: {shape}{options}{display}"


def _format_line(shape: Shape) -> str:
    kind = shape.kind.replace("_", " ")
    shown_as = format_text(shape.kind, shape.format)
    parts = (f"to {shape.to}" if shape.to else "", "several values" if shape.many else "", shown_as)
    told = ", ".join(part for part in parts if part)
    return f"{kind} ({told})" if told else kind


def _view_lines(view: View) -> str:
    order = f"{view.sort}, {'descending' if view.descending else 'ascending'}" if view.sort else None
    return _lines(
        ("table", view.table),
        ("filter", _source(view.filter)),
        ("sort", order),
        ("rows at most", str(view.limit) if view.limit is not None else None),
        ("columns", ", ".join(view.columns) or None),
    )


def _lines(*settings: tuple[str, str | None]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in settings if value is not None)
