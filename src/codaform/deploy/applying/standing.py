"""How a change stands against the doc as it is at this moment: still to be made, made already, or overtaken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from codaform.coda.wire.formats import control_to_rest
from codaform.coda.wire.formula_text import compare_formulas
from codaform.coda.wire.tool_formats import format_to_tool, has_tool_format, tool_format_members
from codaform.deploy.ids import Ids
from codaform.deploy.planning.changes import (
    AddColumn,
    AddTable,
    AddView,
    DropColumn,
    DropView,
    RenameColumn,
    SetAction,
    SetDescription,
    SetDisplay,
    SetFormat,
    SetFormula,
    SetOptions,
    SetView,
)
from codaform.deploy.remote.columns import Button, Shape, made_by, shaped
from codaform.deploy.remote.inspector import SeenColumn, SeenControl, SeenFormula, SeenTable, SeenView
from codaform.model.formats import NO_FORMAT
from codaform.model.schema import Column, Control, Doc, View

TableChange = (
    AddColumn
    | DropColumn
    | RenameColumn
    | SetFormula
    | SetAction
    | SetFormat
    | SetOptions
    | SetDescription
    | SetDisplay
    | AddView
    | SetView
    | DropView
)
"""Changes of what belongs to one table."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a change stands. why: What was seen, of one that is overtaken."""

    state: Literal["to do", "done", "overtaken"]
    why: str = ""


TO_DO, DONE = Standing("to do"), Standing("done")


def standing_of_table(change: AddTable, seen: SeenTable | None, wanted: Doc) -> Standing:
    """Of a new table. One that is there by now is ours where it has no column but ours; what it lacks is added."""
    if seen is None:
        return TO_DO
    ours = {name.casefold() for name in wanted.tables[change.table.name].columns}
    strange = [column.name for column in seen.columns.values() if column.name.casefold() not in ours]
    if strange:
        return Standing("overtaken", f"a table {seen.name} is there by now, and it has a column {strange[0]}")
    there = {column.name.casefold(): column for column in seen.columns.values()}
    complete = all(
        name.casefold() in there and _type(there[name.casefold()]) == _wanted_type(column)
        for name, column in change.table.columns.items()
    )
    return DONE if complete else TO_DO


def standing(change: TableChange, seen: SeenTable, ids: Ids, wanted: Doc) -> Standing:
    """Of a change of what belongs to a table."""
    match change:
        case AddColumn(table, column):
            return _new_column(table, column, seen.column(column.name), wanted)
        case AddView(view):
            there_view = seen.views.get(view.name)
            return TO_DO if there_view is None else _view(view, there_view, seen, "a view of that name is there")
        case SetView(before, after):
            there_view = _view_by(seen, ids.views.get(before.name), before.name, after.name)
            if there_view is None:
                return Standing("overtaken", f"the view {before.name} is gone")
            return DONE if _view(after, there_view, seen, "").state == "done" else TO_DO
        case DropView(_, name):
            return DONE if _view_by(seen, ids.views.get(name), name) is None else TO_DO
        case DropColumn(table, name):
            return DONE if seen.column(name, ids.columns.get((table, name))) is None else TO_DO
        case RenameColumn(table, before, after):
            found = seen.column(before, ids.columns.get((table, before)))
            if found is None:
                gone = Standing("overtaken", f"the column {before} is gone")
                return DONE if seen.column(after) is not None else gone
            return DONE if found.name == after else TO_DO
        case SetDisplay(table, before, name):
            found = seen.column(name, ids.columns.get((table, name)))
            return _missing(name) if found is None else DONE if found.display else TO_DO
    return _of_column(change, seen, ids)


def _of_column(
    change: SetFormula | SetAction | SetFormat | SetOptions | SetDescription, seen: SeenTable, ids: Ids
) -> Standing:
    column_now = seen.column(change.column, ids.columns.get((change.table, change.column)))
    if column_now is None:
        return _missing(change.column)
    match change:
        case SetFormula(_, _, before, after):
            return _text(column_now.formula, before, after, f"the formula of {change.column}")
        case SetDescription(_, _, about, wanted_about):
            return _value(column_now.about, about, wanted_about, f"the description of {change.column}")
        case SetOptions(_, _, options, wanted_options):
            return _value(_options(column_now), options, wanted_options, f"the options of {change.column}")
        case SetFormat(_, _, shape, wanted_shape):
            if _type(column_now) not in (_type_of(shape), _type_of(wanted_shape)):
                return Standing("overtaken", f"the column {change.column} is of another kind by now")
            # Of other values than before it is said once more, which changes nothing.
            alike = (shape.kind, shape.many, shape.to) == (wanted_shape.kind, wanted_shape.many, wanted_shape.to)
            said = tool_format_members(shaped("", wanted_shape))
            return DONE if alike and said and said.items() <= column_now.format.items() else TO_DO
        case SetAction(_, _, button, wanted_button):
            return _button(column_now, button, wanted_button, change.column)


def shortfall(change: TableChange, seen: SeenTable, ids: Ids, wanted: Doc) -> str:
    """After a change was made: what of it cannot be seen; empty where all of it can."""
    match change:
        case SetFormula(table, name, _, after) | SetAction(table, name, _, Button(action=after)):
            column = seen.column(name, ids.columns.get((table, name)))
            if column is None:
                return f"there is no column {name}"
            now = column.formula if isinstance(change, SetFormula) else _action(column)
            if bool(now) == bool(after) and (not now or compare_formulas(now, after or "") != "different"):
                return ""
            return f"{table}.{name} says {_short(now) or 'nothing'}"
        case SetFormat(table, name, _, shape):
            column = seen.column(name, ids.columns.get((table, name)))
            kind = _type(column) if column is not None else "nothing"
            if column is None or kind != _type_of(shape):
                return f"{table}.{name} is of the type {kind}"
            unlike = _unlike(column, shape)
            return f"{table}.{name} still has the {unlike}" if unlike else ""
        case AddColumn(table, column_wanted):
            column = seen.column(column_wanted.name)
            told = column is not None and bool(column.format) and has_tool_format(column_wanted)
            if column is not None and told and _type(column) != _wanted_type(column_wanted):
                return f"{table}.{column_wanted.name} is of the type {_type(column)}"
    found = standing(change, seen, ids, wanted)
    return "" if found.state == "done" else found.why or "the read does not show it"


def standing_of_formula(before: str | None, after: str, seen: SeenFormula | None, name: str) -> Standing:
    """Of a named formula. before: Its text when the plan was made, None where there was none."""
    if seen is None:
        return TO_DO if before is None else Standing("overtaken", f"the named formula {name} is gone")
    if seen.text is None:
        return Standing("overtaken", f"the text of {name} is not told")
    if before is None:
        answer = compare_formulas(seen.text, after)
        return DONE if answer != "different" else Standing("overtaken", f"a named formula {name} is there by now")
    return _text(seen.text, before, after, f"the named formula {name}")


def standing_of_control(control: Control, seen: SeenControl | None) -> Standing:
    """Of a new control."""
    if seen is None:
        return TO_DO
    return (
        DONE
        if seen.kind == control_to_rest(control)
        else Standing("overtaken", f"a control {control.name} is there by now")
    )


# ------------------------------------------------------------ parts


def _new_column(table: str, column: Column, there: SeenColumn | None, wanted: Doc) -> Standing:
    if there is None:
        return TO_DO
    text = made_by(column, wanted.tables[table], wanted) or ""
    if bool(text) == bool(there.formula) and (not text or compare_formulas(there.formula, text) != "different"):
        return DONE if _type(there) == _wanted_type(column) or text else TO_DO
    return Standing("overtaken", f"a column {there.name} is there by now, and it is another")


def _missing(name: str) -> Standing:
    return Standing("overtaken", f"the column {name} is gone")


def _text(now: str, before: str | None, after: str | None, what: str) -> Standing:
    """Of a formula's text. Where texts cannot tell old from new, it is said once more, which changes nothing."""
    as_before = not now if before is None else bool(now) and compare_formulas(now, before) != "different"
    as_after = not now if after is None else bool(now) and compare_formulas(now, after) == "same"
    if as_after and not as_before:
        return DONE
    return TO_DO if as_before or as_after else Standing("overtaken", f"{what} was changed since: {_short(now)}")


def _value(now: object, before: object, after: object, what: str) -> Standing:
    if now == after:
        return DONE
    return TO_DO if now == before else Standing("overtaken", f"{what} was changed since")


def _button(now: SeenColumn, before: Button, after: Button, name: str) -> Standing:
    state = _text(_action(now), before.action, after.action, f"the action of {name}")
    # The label and the condition are said along with the action; saying them once more changes nothing.
    return state if state.state == "overtaken" else TO_DO


def _view(wanted: View, there: SeenView, seen: SeenTable, said: str) -> Standing:
    text = wanted.filter.text.strip() if wanted.filter is not None else ""
    filtered = bool(text) == bool(there.filter) and (not text or compare_formulas(there.filter, text) != "different")
    first = there.sorts[0] if there.sorts else ("", False)
    sort = seen.columns[first[0]].name if first[0] in seen.columns else ""
    sorted_alike = (sort, first[1]) == (wanted.sort, wanted.descending if wanted.sort else False)
    shown = [seen.columns[id].name for id in there.order if id in seen.columns and id not in there.hidden]
    every = not there.hidden and shown in ([], [column.name for column in seen.columns.values()])
    columns = shown == [*wanted.columns] if wanted.columns else bool(said) or every
    if there.name == wanted.name and filtered and sorted_alike and columns:
        return DONE
    return Standing("overtaken", f"{said}, and it is another") if said else TO_DO


def _view_by(seen: SeenTable, id: str | None, *names: str) -> SeenView | None:
    found = next((view for view in seen.views.values() if view.id == id), None)
    return found or next((seen.views[name] for name in names if name in seen.views), None)


def _options(column: SeenColumn) -> tuple[str, ...]:
    options = column.format.get("selectOptions")
    names = (option.get("name") if isinstance(option, dict) else option for option in _listed(options))
    return tuple(str(name) for name in names)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _action(column: SeenColumn) -> str:
    action = column.format.get("actionFormula")
    return action if isinstance(action, str) else ""


def _type_of(shape: Shape) -> str:
    return _wanted_type(shaped("", replace(shape, format=NO_FORMAT)))


def _unlike(column: SeenColumn, shape: Shape) -> str:
    """A member of the column's format that is told and is another one than the shape says; empty where none is."""
    for member, value in tool_format_members(shaped("", shape)).items():
        if member in column.format and column.format[member] != value:
            return f"{member} {column.format[member]}"
    return ""


def _type(column: SeenColumn) -> str:
    return str(column.format.get("type", ""))


def _wanted_type(column: Column) -> str:
    return str(format_to_tool(column, {}, str)["type"])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
