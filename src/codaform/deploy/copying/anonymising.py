"""Sample rows with fakes in place of entered values, such that formulas still work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from codaform.coda.snapshot.records import RemoteControl, RemoteFormula, Snapshot
from codaform.coda.wire.formats import control_from_rest
from codaform.coda.wire.json_data import Json
from codaform.deploy.copying.fakes import Mask
from codaform.deploy.copying.sample_rows import SampleRows, Values
from codaform.model.schema import SYSTEM_TYPES, Column, Doc
from codaform.model.types import ANY, BOOLEAN, TEXT, ListOf, RowOf, Type
from codaform.model.values import Person
from codaform.project.cell_texts import is_text
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, Program, program_of

__all__ = ["LOOKS_IN", "OPAQUE", "Mask", "masked", "masked_controls", "masked_values", "read_by_form"]

OPAQUE = frozenset({
    "Concatenate", "Upper", "Lower", "Proper", "LeftPad", "RightPad", "Trim", "Repeat", "Exact", "Character",
    "LineBreak",
})  # fmt: skip
"""Functions of texts that do not care what a text says."""

LOOKS_IN = frozenset({
    "ToNumber", "Length", "Left", "Right", "Middle", "Substitute", "SubstituteAll", "Replace", "StartsWith", "EndsWith",
    "ContainsText", "Find", "CharacterCode", "Split", "RegexMatch", "RegexExtract", "RegexReplace",
    "EncodeForUrl", "DecodeFromUrl", "ParseJSON",
})  # fmt: skip
"""Functions whose result depends on what a text is made of."""

_STAYS = frozenset({"select", "checkbox", "toggle", "relation", "scale", "slider", "progress", "time", *SYSTEM_TYPES})
"""Kinds of columns whose values stay: they are choices out of a few, or say nothing by themselves."""


def masked(
    rows: SampleRows, doc: Doc, mask: Mask, extra: Iterable[Bound] = (), said: Iterable[str] = ()
) -> tuple[SampleRows, tuple[str, ...]]:
    """The rows with fakes for texts, people, addresses, numbers and dates, and sentences about the values that stay.

    The same value gets the same fake everywhere, so that what belonged together still does. Texts stay where a formula
    looks into them by their form (a week as `2025-W50`), and so does a text that a formula itself spells out. Dates all
    move by the same number of whole weeks; they stay where texts of such a form do, which may be dates themselves.

    extra: Formulas beside those of the doc that look at its rows, such as tests. said: Further texts that stay, since
    the folder spells them out.
    """
    program = program_of(doc)
    bounds = [*program.formulas.values(), *extra]
    formed = read_by_form(bounds, program)
    spelled = _spelled(bounds) | {*said}
    has_rows = {(table, name) for table, columns in rows.values.items() for name, of in columns.items() if of}
    stay = sorted(key for key in formed if key in has_rows and is_text(doc.tables[key[0]].columns[key[1]]))
    shift = mask.offset if not stay else timedelta()
    values: Values = {}
    used: set[str] = set()
    for table, columns in rows.values.items():
        made = values[table] = {}
        for name, of in columns.items():
            column = doc.tables[table].columns[name]
            if (table, name) in stay or column.kind in _STAYS:
                made[name] = of
            else:
                made[name] = {row: _faked(value, column, mask, shift, spelled, used) for row, value in of.items()}
    kept = [f"{table}.{name} stays: a formula goes by the form of its texts" for table, name in stay]
    if stay and any(column.kind in ("date", "datetime") for column in _columns(doc)):
        kept.append("dates stay, since those texts may say the same; without them dates would all move alike")
    if used:
        kept.append(f"{len(used)} texts that formulas or tests spell out stay in their cells")
    kept.append("options, check marks, scales, sliders and times of day stay, and so do all names of the schema")
    return replace(rows, values=values), tuple(kept)


def masked_values(snapshot: Snapshot, mask: Mask) -> tuple[RemoteFormula, ...]:
    """The named formulas with fakes for values that replace an unknown text."""
    return tuple(
        formula if formula.text is not None else replace(formula, value=_faked_json(formula.value, mask))
        for formula in snapshot.formulas
    )


def masked_controls(snapshot: Snapshot, mask: Mask) -> tuple[RemoteControl, ...]:
    """The controls with fakes for what people wrote into them; a date has none that formulas would still work with."""

    def value(control: RemoteControl) -> Json:
        kind, _ = control_from_rest(control.kind)
        if kind in _STAYS:
            return _faked_json(control.value, mask) if kind == "relation" else control.value
        return "" if kind in ("date", "datetime", "date_range") else _faked_json(control.value, mask)

    return tuple(replace(control, value=value(control)) for control in snapshot.controls)


def _faked_json(value: Json, mask: Mask) -> Json:
    match value:
        case str() if value:
            return mask.text(value)
        case list():
            return [_faked_json(item, mask) for item in value]
        case dict():
            return {name: _faked_json(item, mask) for name, item in value.items()}
        case bool() | None | str():
            return value
    return mask.number(float(value))


def _columns(doc: Doc) -> Iterator[Column]:
    for table in doc.tables.values():
        yield from table.columns.values()


def _faked(
    value: object, column: Column, mask: Mask, shift: timedelta, spelled: frozenset[str], used: set[str]
) -> object:
    match value:
        case list():
            return [_faked(item, column, mask, shift, spelled, used) for item in value]
        case str() if value in spelled:
            used.add(value)
            return value
        case str():
            return mask.address(value) if column.kind == "link" else mask.text(value)
        case Person():
            return mask.person(value)
        case bool():
            return value
        case float() | int():
            return mask.number(float(value))
        case datetime():
            return mask.moment(value) if shift else value
        case date():
            return mask.day(value) if shift else value
        case timedelta():
            return timedelta(seconds=mask.number(value.total_seconds()))
        case dict():
            url = mask.address(str(value.get("Url") or ""))
            return {"Name": url.rsplit("/", 1)[-1], "Url": url}
    return value


# ------------------------------------------------------------ what formulas look at


def _spelled(bounds: Iterable[Bound]) -> frozenset[str]:
    """The texts in formulas: in quotes, or as the name of a row."""
    found: set[str] = set()
    for bound in bounds:
        for node in ir.parts(bound.body):
            match node:
                case ir.Constant(str(said)) if said:
                    found.add(said)
                case ir.RowNamed(said):
                    found.add(said)
    return frozenset(found)


def read_by_form(bounds: Iterable[Bound], program: Program) -> set[tuple[str, str]]:
    """The columns, as table and name, whose texts some formula takes apart or makes something else of.

    That is: a text of the column gets, by whatever way, into a function such as `Left` or `RegexMatch`, or is converted
    into a number or a date. Named formulas and computed columns on the way are followed.
    """
    wanted: set[tuple[str, str]] = set()
    for bound in bounds:
        sources = _slots(bound.body)
        for node in ir.parts(bound.body):
            match node:
                case ir.Call(function, args) if function.name in LOOKS_IN:
                    for argument in args:
                        wanted |= _texts_of(argument, sources) if argument is not None else set()
                case ir.Convert(value, type) if _is_text(value.type) and not _is_text(type):
                    wanted |= _texts_of(value, sources)
    # A computed column that is taken apart has its text from others.
    waiting = list(wanted)
    for table, name in waiting:
        bound_column = program.formulas.get(FormulaSite("formula", table, name))
        if bound_column is None:
            continue
        for found in _texts_of(bound_column.body, _slots(bound_column.body)) - wanted:
            wanted.add(found)
            waiting.append(found)
    return wanted


def _slots(body: ir.Node) -> dict[int, ir.Node]:
    """What the values in slots are items of."""
    found: dict[int, ir.Node] = {}
    for node in ir.parts(body):
        match node:
            case ir.Map(items, slot):
                found[slot] = items
            case ir.Call(_, args):
                first = next((argument for argument in args if argument is not None), None)
                for argument in args:
                    if isinstance(argument, ir.Lambda) and argument.slot is not None and first is not None:
                        found[argument.slot] = first
    return found


def _texts_of(node: ir.Node, slots: Mapping[int, ir.Node]) -> set[tuple[str, str]]:
    """The columns that texts of a value come from."""
    found: set[tuple[str, str]] = set()
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        match part:
            case ir.Field(_, table, column, type) if _is_text(type):
                found.add((table, column))
            case ir.Local(slot) if slot in slots and slot not in seen:
                seen.add(slot)
                waiting.append(slots[slot])
        # A condition chooses among values; its own texts are in no value.
        waiting.extend(inner for inner in ir.children(part) if not _is_condition(inner))
    return found


def _is_condition(node: ir.Node) -> bool:
    return isinstance(node, ir.Lambda) and node.body.type == BOOLEAN


def _is_text(kind: Type) -> bool:
    inner = kind.item if isinstance(kind, ListOf) else kind
    return inner in (TEXT, ANY) and not isinstance(inner, RowOf)
