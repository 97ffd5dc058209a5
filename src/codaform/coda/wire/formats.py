"""The `format` of a column in the REST API, written and read; and the API's types of controls.

The *settings* hold the members that a model column lacks, by the API's names: `autocomplete`, `force`, `colors` … The
MCP tools' formats (`tool_formats`) share them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from codaform.model.formats import (
    DATE_PATTERN,
    FORMATS,
    ICONS,
    MOST_DECIMALS,
    NO_FORMAT,
    TIME_PATTERN,
    Flag,
    Format,
    FormatChoice,
    FormatMember,
    Number,
)
from codaform.model.schema import CODA_CONTROLS, COLUMN_TYPES, CONTROL_TYPES, Column, Control
from codaform.source import Source

PEOPLE = "Global-Document-People"
"""The name and id of the hidden table of a doc's people: the `table` of a person column's format."""

REST_TYPES = {
    "datetime": "dateTime",
    "created_on": "dateTime",
    "modified_on": "dateTime",
    "created_by": "person",
    "modified_by": "person",
    "toggle": "checkbox",
    "progress": "slider",
    "relation": "lookup",
    "file": "attachments",
    "row_id": "number",
    "pack_object": "packObject",
}
"""The API's names of the column kinds that have another name here."""

_KINDS = {
    "dateTime": "datetime",
    "lookup": "relation",
    "attachments": "file",
    "imageReference": "image",
    "packObject": "pack_object",
}

MEMBER_NAMES: Mapping[str, Mapping[str, str]] = {
    "number": {"precision": "precision", "thousands": "useThousandsSeparator"},
    "percent": {"precision": "precision", "thousands": "useThousandsSeparator"},
    "currency": {"currency": "currencyCode", "precision": "precision", "style": "format"},
    "date": {"date": "format"},
    "time": {"time": "format"},
    "dateTime": {"date": "dateFormat", "time": "timeFormat"},
    "duration": {"precision": "precision", "unit": "maxUnit"},
    "slider": {"minimum": "minimum", "maximum": "maximum", "step": "step", "show_value": "showValue"},
    "scale": {"maximum": "maximum", "icon": "icon"},
    "email": {"display": "display"},
    "link": {"display": "display"},
    "imageReference": {"width": "width", "height": "height", "style": "style"},
}
"""The API's names of a format's members, by the API's type."""

_OWN_MEMBERS = frozenset({"type", "isArray", "table", "options", "label", "disableIf", "action"})


def format_to_rest(
    column: Column,
    settings: Mapping[str, object],
    table: Callable[[str], Mapping[str, object]],
    formula: Callable[[str], str] = str,
) -> dict[str, object]:
    """The format object of a column: `type`, `isArray` and the members that its type requires.

    settings: Members by the API's names; they override the column's own format.
    table: Returns the TableReference for a table's name: a relation's target, or PEOPLE for a person.
    formula: Converts the text of a button's formula to the text that the API returns.
    """
    kind = rest_type(column, settings)
    # Assumed for reactions, since their value is a list.
    shape: dict[str, object] = {"type": kind, "isArray": column.many or kind == "reaction"}
    known = _members(column, kind, settings)
    match kind:
        case "lookup":
            shape["table"] = dict(table(column.to))
        case "person":
            shape["table"] = dict(table(PEOPLE))
        case "number" | "percent":
            shape |= _precision(known)
            shape["useThousandsSeparator"] = _flag(known, "useThousandsSeparator", False)
        case "currency":
            shape["currencyCode"] = _text(known, "currencyCode", "USD")
            shape |= _precision(known)
            shape["format"] = _one_of(known, "format", ("currency", "accounting", "financial"))
        case "date":
            shape["format"] = _text(known, "format", DATE_PATTERN)
        case "time":
            shape["format"] = _text(known, "format", TIME_PATTERN)
        case "dateTime":
            shape["dateFormat"] = _text(known, "dateFormat", DATE_PATTERN)
            shape["timeFormat"] = _text(known, "timeFormat", TIME_PATTERN)
        case "duration":
            shape |= _precision(known)
            if "maxUnit" in known:
                shape["maxUnit"] = _one_of(known, "maxUnit", ("days", "hours", "minutes", "seconds"))
        case "email":
            shape["display"] = _one_of(known, "display", ("iconAndEmail", "iconOnly", "emailOnly"))
            shape["autocomplete"] = _flag(settings, "autocomplete", True)
        case "link":
            shape["display"] = _one_of(known, "display", ("title", "iconOnly", "url", "card", "embed"))
            shape["force"] = _flag(settings, "force", False)
        case "slider":
            for name, value in (("minimum", 0), ("maximum", 100), ("step", 1)):
                shape[name] = _number_or_formula(known, name, value)
            shape["displayType"] = "progress" if column.kind == "progress" else "slider"
            shape["showValue"] = _flag(known, "showValue", True)
        case "scale":
            shape["maximum"] = _number(known, "maximum", 5)
            shape["icon"] = _one_of(known, "icon", ICONS)
        case "imageReference":
            shape["width"] = _number_or_formula(known, "width", 0)
            shape["height"] = _number_or_formula(known, "height", 0)
            shape["style"] = _one_of(known, "style", ("auto", "circle"))
        case "checkbox":
            shape["displayType"] = "toggle" if column.kind == "toggle" else "check"
        case "select":
            shape["options"] = [{"name": name, **_colours(settings, name)} for name in column.options]
        case "button":
            shape["label"] = column.label or column.name
            if column.disable_if is not None:
                shape["disableIf"] = formula(column.disable_if.text)
            if column.action is not None:
                shape["action"] = formula(column.action.text)
    return shape


def _members(column: Column, kind: str, settings: Mapping[str, object]) -> dict[str, object]:
    """The members of a format by the API's names."""
    names = MEMBER_NAMES.get(kind, {})
    known = ((name, getattr(column.format, own)) for own, name in names.items())
    members = {name: _plain(value) for name, value in known if value is not None}
    return members | {name: value for name, value in settings.items() if name in names.values()}


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value == int(value) and abs(value) < 2**53 else value


def rest_type(column: Column, settings: Mapping[str, object]) -> str:
    """The API's type of a column; a relation without a table is `other`, since a lookup needs a table."""
    if column.kind == "relation" and not column.to:
        return "other"
    sized = {"width", "height", "style"}
    if column.kind == "image" and sized & (settings.keys() | column.format.members().keys()):
        return "imageReference"
    return REST_TYPES.get(column.kind, column.kind)


def format_from_rest(
    format: Mapping[str, object], table_name: Callable[[str], str]
) -> tuple[dict[str, object], dict[str, object]]:
    """The fields of a Column in a format object, and the settings that hold its other members.

    The fields are `kind`, `many`, `to`, `options` and `format`; for a button also `label`, `disable_if` and `action`.
    A column that Coda fills has the kind of its values: `created_on` is a date and time.

    table_name: Returns the name of a table for its id. Raises ValueError for a format without a known type.
    """
    kind = format.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise ValueError(f"a column's format has a type that is not known: {kind!r}")
    fields: dict[str, object] = {
        "kind": _KINDS.get(kind, kind),
        # It was missing in one printout of a select column.
        "many": bool(format.get("isArray", False)) and kind != "reaction",
        "to": "",
        "options": (),
        "format": NO_FORMAT,
    }
    settings = {name: value for name, value in format.items() if name not in _OWN_MEMBERS}
    fields["format"] = take_format_members(kind, settings)
    match kind:
        case "lookup":
            fields["to"] = table_name(_id(format.get("table")))
        case "slider" if settings.pop("displayType", "") == "progress":
            fields["kind"] = "progress"
        case "checkbox" if settings.pop("displayType", "") == "toggle":
            fields["kind"] = "toggle"
        case "select":
            fields["options"], colours = _options(format.get("options"))
            if colours:
                settings["colors"] = colours
        case "button":
            fields["label"] = str(format.get("label") or "")
            for member, name in (("disableIf", "disable_if"), ("action", "action")):
                text = format.get(member)
                if isinstance(text, str) and text:
                    fields[name] = Source(name, text)
    return fields, settings


def take_format_members(kind: str, settings: dict[str, object]) -> Format:
    """Take the members of a column's format with valid values out of the settings."""
    declared = FORMATS.get(_KINDS.get(kind, kind), {})
    members: dict[str, object] = {}
    for name, api in MEMBER_NAMES.get(kind, {}).items():
        value = _member(declared[name], settings.get(api))
        if value is not None:
            del settings[api]
            members[name] = _SIGNS.get(str(value), value) if name == "currency" else value
    return Format(**members)  # type: ignore[arg-type]


def _member(member: FormatMember, value: object) -> object:
    """A member's value if it has the right type, whether or not a folder could express it; otherwise None."""
    match member.values:
        case Flag():
            return value if isinstance(value, bool) else None
        case Number(whole=whole, formula=formula):
            if isinstance(value, str):
                return value if formula else None
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
                return None
            return float(value) if not whole else int(value) if value == int(value) else None
        case FormatChoice(options):
            return value if isinstance(value, str) and (value in options or "USD" in options) else None
    return value if isinstance(value, str) else None


_LARGEST = 1e300

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "฿": "THB"}
"""The API names a currency by a code or, by its documentation, by a sign."""

_TYPES = frozenset(REST_TYPES.get(kind, kind) for kind in COLUMN_TYPES) | {"imageReference"}


def _precision(known: Mapping[str, object]) -> dict[str, object]:
    """The number of decimals if it is set; a number without it shows all its decimals."""
    decimals = known.get("precision")
    if not isinstance(decimals, int | float) or isinstance(decimals, bool):
        return {}
    return {"precision": min(max(int(decimals), 0), MOST_DECIMALS)}


def _flag(settings: Mapping[str, object], name: str, usual: bool) -> bool:
    value = settings.get(name)
    return value if isinstance(value, bool) else usual


def _text(settings: Mapping[str, object], name: str, usual: str) -> str:
    value = settings.get(name)
    return value if isinstance(value, str) else usual


def _one_of(settings: Mapping[str, object], name: str, choices: tuple[str, ...]) -> str:
    """The member's value if it is a choice, otherwise the first choice."""
    value = settings.get(name)
    return value if isinstance(value, str) and value in choices else choices[0]


def _number(settings: Mapping[str, object], name: str, usual: int) -> int | float:
    value = settings.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else usual


def _number_or_formula(settings: Mapping[str, object], name: str, usual: int) -> int | float | str:
    value = settings.get(name)
    return value if isinstance(value, str) else _number(settings, name, usual)


def _colours(settings: Mapping[str, object], option: str) -> dict[str, str]:
    colours = settings.get("colors")
    chosen = colours.get(option) if isinstance(colours, Mapping) else None
    if not isinstance(chosen, Mapping):
        return {}
    return {name: chosen[name] for name in ("backgroundColor", "foregroundColor") if isinstance(chosen.get(name), str)}


def _options(given: object) -> tuple[tuple[str, ...], dict[str, dict[str, object]]]:
    """The names of the options, and the colours of the options that have any."""
    names: list[str] = []
    colours: dict[str, dict[str, object]] = {}
    for option in given if isinstance(given, list | tuple) else ():
        if isinstance(option, Mapping) and isinstance(name := option.get("name"), str) and name not in names:
            names.append(name)
            rest = {member: value for member, value in option.items() if member != "name"}
            if rest:
                colours[name] = rest
    return tuple(names), colours


def _id(reference: object) -> str:
    found = reference.get("id") if isinstance(reference, Mapping) else None
    if not isinstance(found, str):
        raise ValueError("a relation's format names no table")
    return found


# ------------------------------------------------------------ controls

_CONTROL_NAMES = {own: name for name, own in CODA_CONTROLS.items()}

_TOLD_AS = {"toggle": "checkbox", "person": "relation"}
"""Types for which the API has no name, with the type that it gives instead."""


def control_to_rest(control: Control) -> str:
    """The API's name for the type of a control."""
    kind = _TOLD_AS.get(control.kind, control.kind)
    return _CONTROL_NAMES.get((kind, control.many)) or _CONTROL_NAMES[kind, False]


def control_from_rest(name: str) -> tuple[str, bool]:
    """The type of a control for the API's name, and whether it holds several values; unknown names mean a text."""
    return CODA_CONTROLS.get(name) or (name if name in CONTROL_TYPES else "text", False)
