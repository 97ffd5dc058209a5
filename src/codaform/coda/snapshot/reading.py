"""A snapshot of a doc as the compiler's doc."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from codaform.coda.snapshot.records import (
    RemoteColumn,
    RemoteControl,
    RemoteFormula,
    RemoteTable,
    RemoteView,
    Snapshot,
)
from codaform.coda.wire.formats import control_from_rest, format_from_rest
from codaform.coda.wire.formula_text import spell_out
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.rich import read_shown
from codaform.coda.wire.texts import InvalidValue
from codaform.model import notation, types
from codaform.model.kinds import kind_of
from codaform.model.schema import (
    CONTROL_TYPES,
    UNSETTABLE,
    Column,
    Control,
    Doc,
    NamedFormula,
    Table,
    View,
    control_column,
    control_type,
)
from codaform.model.values import Person
from codaform.semantics.program import FormulaSite, Role, bind_site
from codaform.source import Source

HIDDEN_PREFIX = "##_hidden_control_##"
"""The beginning of the names of chips within page text, which Coda lists as formulas and controls."""


def doc_from_snapshot(snapshot: Snapshot) -> tuple[Doc, dict[FormulaSite, list[str]]]:
    """The schema of a snapshot as the compiler's doc, and by place the doubts about it, in sentences.

    Formulas are spelled out as far as the returned text shows their meaning. A column with an unknown format has the
    kind `other`. Without tools a view has no filter, and a named formula is its present value. A second thing of the
    same name gets a number, such as `Tasks 2`.
    """
    doubts: dict[FormulaSite, list[str]] = {}
    names = _unique([(table.id, table.name) for table in snapshot.tables])
    tables: dict[str, Table] = {}
    for table in snapshot.tables:
        called = _unique([(column.id, column.name) for column in table.columns])
        columns = {}
        for column in table.columns:
            made, doubt = _column(column, called[column.id], names)
            columns[made.name] = made
            if doubt:
                doubts.setdefault(FormulaSite("formula", names[table.id], made.name), []).append(doubt)
        tables[names[table.id]] = Table(names[table.id], columns)
    view_names = _unique([(view.id, view.name) for view in snapshot.views], {*tables})
    for view in snapshot.views:
        owner = next((table for table in snapshot.tables if table.id == view.table), None)
        if owner is None:
            continue  # this token cannot see its table
        base = tables[names[owner.id]]
        made_view = _view(view, view_names[view.id], base, owner)
        tables[base.name] = replace(base, views=(*base.views, made_view))
        if view.filter and view.filter_text is None:
            doubt = "REST says that there is a filter, but not its formula"
            doubts.setdefault(FormulaSite("filter", base.name, made_view.name), []).append(doubt)
    formulas: dict[str, NamedFormula] = {}
    for thing in snapshot.formulas:
        if thing.name in formulas:
            continue
        formulas[thing.name] = _named(thing)
        if thing.text is None:
            doubt = "REST gives the value of a named formula, not its text: the value replaces it"
            doubts.setdefault(FormulaSite("named", "", thing.name), []).append(doubt)
    zone = snapshot.doc.time_zone or "UTC"
    controls: dict[str, Control] = {}
    for id, name in _control_names(snapshot, {*tables, *view_names.values(), *formulas}).items():
        control, doubt = _control(next(known for known in snapshot.controls if known.id == id), name, zone)
        controls[name] = control
        doubt = doubt or _unknown_of(control)
        if doubt:
            role: Role = "action" if control.kind == "button" else "choices"
            doubts.setdefault(FormulaSite(role, "", name), []).append(doubt)
    raw = Doc(snapshot.doc.name, tables, formulas, controls, time_zone=zone)
    raw = _with_types(raw, [formula.name for formula in snapshot.formulas if formula.text is not None])
    return _spelled_out(raw, doubts), doubts


def _control_names(snapshot: Snapshot, taken: Iterable[str]) -> dict[str, str]:
    """The name of each control by its id. taken: The names of everything else in the doc."""
    return _unique([(control.id, control.name) for control in snapshot.controls], taken)


def _unknown_of(control: Control) -> str:
    """The property of a control that no API gives and a folder would set; empty if there is none."""
    match control.kind:
        case "button":
            return "no API gives the action of a button on a page: set it with action:"
        case "select":
            return "no API gives the options of a select list on a page: set them with options: or choices:"
        case "relation":
            return "no API gives the table of its rows: set it with to:"
        case "slider" | "scale":
            return "no API gives its limits: set them with format:"
    return ""


def _unique(named: list[tuple[str, str]], taken: Iterable[str] = ()) -> dict[str, str]:
    """A unique name for each id."""
    used = set(taken)
    found: dict[str, str] = {}
    for id, name in named:
        own, number = name, 2
        while own in used:
            own, number = f"{name} {number}", number + 1
        used.add(own)
        found[id] = own
    return found


def _column(column: RemoteColumn, name: str, tables: Mapping[str, str]) -> tuple[Column, str]:
    """A column, and a doubt if its format cannot be read."""
    texts: dict[str, Any] = {
        "about": column.about or "",
        "display": column.display,
        "formula": Source(name, column.formula) if column.formula else None,
        "default": Source(name, column.default) if column.default else None,
    }
    try:
        fields, _ = format_from_rest(column.format, tables.__getitem__)
    except KeyError:
        return Column(name, "other", **texts), "it links rows of a table that this token cannot see"
    except ValueError as error:
        return Column(name, "other", **texts), str(error)
    return Column(name, **cast("dict[str, Any]", fields), **texts), ""


def _view(view: RemoteView, name: str, base: Table, owner: RemoteTable) -> View:
    columns = dict(zip((column.id for column in owner.columns), base.columns, strict=True))
    first = next(iter(view.sorts), None)
    shown = tuple(columns[id] for id in view.columns or () if id in columns)
    return View(
        name,
        base.name,
        filter=Source(name, view.filter_text) if view.filter_text else None,
        sort=columns.get(first.column, "") if first else "",
        descending=bool(first and first.descending),
        # A view without columns of its own shows all columns in their order.
        columns=() if shown == tuple(base.columns) else shown,
    )


def _named(thing: RemoteFormula) -> NamedFormula:
    """A named formula; if its text is unknown, its value replaces it."""
    many = isinstance(thing.value, list)
    first = next(iter(cast("list[Json]", thing.value)), None) if many else thing.value
    match first:
        case bool():
            kind = "checkbox"
        case int() | float():
            kind = "number"
        case str():
            kind = "text"
        case _:
            kind = "other"
    source = Source(thing.name, thing.text) if thing.text is not None else _literal(thing.name, thing.value)
    return NamedFormula(thing.name, kind, source, many=many)


def _literal(name: str, value: Json) -> Source:
    """A formula for a value; a value without a literal is blank."""
    items = [notation.literal(_plain(item)) for item in value] if isinstance(value, list) else None
    return Source(name, f"List({', '.join(items)})" if items is not None else notation.literal(_plain(value)))


def _plain(value: Json) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, bool | float | str) else None


_ROUNDS = 5
"""How many named formulas in a row may take their types from the next one."""


def _with_types(raw: Doc, named: Sequence[str]) -> Doc:
    """The doc with the types of named formulas from their texts: no API gives them, and the present value may be blank.

    named: The names of the formulas whose text is known."""
    for _ in range(_ROUNDS):
        formulas = dict(raw.formulas)
        for name in named:
            bound, _ = bind_site(raw, FormulaSite("named", "", name), formulas[name].formula, None)
            kind, many, to = kind_of(bound.body.type)
            if kind != "other" and bound.body.type not in (types.BLANK, types.ACTION):
                formulas[name] = replace(formulas[name], kind=kind, to=to, many=many)
        if formulas == raw.formulas:
            break
        raw = replace(raw, formulas=formulas)
    return raw


def _spelled_out(raw: Doc, doubts: dict[FormulaSite, list[str]]) -> Doc:
    """The doc with every formula spelled out; each is read in the doc that Coda returned."""

    def spelled(role: Role, table: str, name: str, source: Source | None) -> Source | None:
        if source is None:
            return None
        text, doubt = spell_out(source.text, raw, table, name if role == "formula" else "")
        if doubt:
            doubts.setdefault(FormulaSite(role, table, name), []).extend(doubt)
        return Source(source.name, text)

    tables: dict[str, Table] = {}
    for table in raw.tables.values():
        columns = {
            column.name: replace(
                column,
                formula=spelled("formula", table.name, column.name, column.formula),
                default=spelled("default", table.name, column.name, column.default),
                action=spelled("action", table.name, column.name, column.action),
                disable_if=spelled("disable_if", table.name, column.name, column.disable_if),
            )
            for column in table.columns.values()
        }
        views = tuple(
            replace(view, filter=spelled("filter", table.name, view.name, view.filter)) for view in table.views
        )
        tables[table.name] = replace(table, columns=columns, views=views)
    formulas = {
        named.name: replace(named, formula=spelled("named", "", named.name, named.formula) or named.formula)
        for named in raw.formulas.values()
    }
    return replace(raw, tables=tables, formulas=formulas)


# ------------------------------------------------------------ controls


def _control(record: RemoteControl, name: str, zone: str) -> tuple[Control, str]:
    """A control with its present value as its initial one, and a doubt if the value is lost.

    No API gives the options, the limits, the table and the formulas of a control. zone: The doc's time zone.
    """
    kind, many = control_from_rest(record.kind)
    control = Control(name, kind, many=many or (kind == "relation" and isinstance(record.value, list)))
    if kind in UNSETTABLE:
        label = record.value if kind == "button" and isinstance(record.value, str) and record.value != name else ""
        return Control(name, kind, label=label), ""
    try:
        # The API gives a text without a fence, and it may look like any other value.
        is_text = CONTROL_TYPES[kind] in ("text", "select", "relation")
        value = (
            record.value or None
            if is_text
            else read_shown(record.value, control_column(control), ZoneInfo(zone), _no_row)
        )
    except InvalidValue as problem:
        return control, f"its value cannot be read: {problem.text}"
    kept = _initial(value, control)
    if kept is None and value not in (None, "", [], False):
        return control, "its value is not of its type"
    return replace(control, value=kept), ""


def _no_row(_: str, __: str) -> None:
    """None: a control keeps the text of a row."""


def _initial(value: object, control: Control) -> object:
    """The initial value of a control for a value; None for a value of another type."""
    wanted = control_type(control)
    if isinstance(wanted, types.ListOf):
        items = value if isinstance(value, list) else [] if value is None else [value]
        found = tuple(item for item in items if _is_of(item, wanted.item))
        if len(found) < len(items) or (control.kind == "date_range" and len(found) != 2):
            return None
        return found or None
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    return value if _is_of(value, wanted) and value is not False else None


def _is_of(value: object, wanted: types.Type) -> bool:
    match wanted:
        case types.NUMBER:
            return isinstance(value, float)
        case types.BOOLEAN:
            return isinstance(value, bool)
        case types.DATETIME:
            return isinstance(value, datetime)
        case types.DATE:
            return isinstance(value, date) and not isinstance(value, datetime)
        case types.TIME:
            return isinstance(value, time)
        case types.PERSON:
            return isinstance(value, Person)
    return isinstance(value, str) and bool(value)
