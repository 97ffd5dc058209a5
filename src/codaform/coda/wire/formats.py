"""The `format` of a column as the REST API describes it, and a column's facts read from such a description.

What a model column cannot say is kept in its *settings*, by the API's own member names: `autocomplete`, `force`,
`colors` … The MCP tools' formats (`tool_formats`) share them.
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
    Choice,
    Flag,
    Format,
    Member,
    Number,
)
from codaform.model.schema import CODA_CONTROLS, COLUMN_TYPES, CONTROL_TYPES, Column, Control
from codaform.source import Source

PEOPLE = "Global-Document-People"
"""Name and id of the hidden table of a doc's people: a person column asks the `table` function for it."""

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
"""The API's name of a column's kind, where it differs from ours."""

_KINDS = {
    "dateTime": "datetime",
    "lookup": "relation",
    "attachments": "file",
    "imageReference": "image",
    "packObject": "pack_object",
}

MEMBERS: Mapping[str, Mapping[str, str]] = {
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


def to_rest(
    column: Column,
    settings: Mapping[str, object],
    table: Callable[[str], Mapping[str, object]],
    formula: Callable[[str], str] = str,
) -> dict[str, object]:
    """The format object of a column; it has `type` and `isArray` always, and whatever else its type requires.

    settings: Members by the API's names; they win over the column's own format.
    table: The TableReference of the table of a name: of a relation's target, and of PEOPLE for a person.
    formula: How the text of a button's formulas is given back.
    """
    kind = rest_type(column, settings)
    # Assumed for reactions: their value is a list, so they say so.
    shape: dict[str, object] = {"type": kind, "isArray": column.many or kind == "reaction"}
    known = _told(column, kind, settings)
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


def _told(column: Column, kind: str, settings: Mapping[str, object]) -> dict[str, object]:
    """The members of a format by the API's names."""
    names = MEMBERS.get(kind, {})
    said = {names[name]: _plain(value) for name, value in column.format.members().items() if name in names}
    return said | {name: value for name, value in settings.items() if name in names.values()}


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value == int(value) and abs(value) < 2**53 else value


def rest_type(column: Column, settings: Mapping[str, object]) -> str:
    """The API's type of a column; a relation that names no table is `other`, since a lookup needs one."""
    if column.kind == "relation" and not column.to:
        return "other"
    sized = {"width", "height", "style"}
    if column.kind == "image" and sized & (settings.keys() | column.format.members().keys()):
        return "imageReference"
    return REST_TYPES.get(column.kind, column.kind)


def from_rest(
    format: Mapping[str, object], table_name: Callable[[str], str]
) -> tuple[dict[str, object], dict[str, object]]:
    """The fields of a Column that a format object tells, and the settings that hold the rest.

    The fields are `kind`, `many`, `to`, `options` and `format`; of a button also `label`, `disable_if` and `action`.
    A kind that Coda fills by itself comes back as what it shows: `created_on` as a date and time.

    table_name: The name of the table of an id. Raises ValueError for a format without a known type.
    """
    kind = format.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise ValueError(f"a column's format has a type that is not known: {kind!r}")
    fields: dict[str, object] = {
        "kind": _KINDS.get(kind, kind),
        # Seen missing in one printout of a select column.
        "many": bool(format.get("isArray", False)) and kind != "reaction",
        "to": "",
        "options": (),
        "format": NO_FORMAT,
    }
    settings = {name: value for name, value in format.items() if name not in _OWN_MEMBERS}
    fields["format"] = taken_members(kind, settings)
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


def taken_members(kind: str, settings: dict[str, object]) -> Format:
    """Takes the members of a column's format out of the settings, as far as their values are of the right kind."""
    declared = FORMATS.get(_KINDS.get(kind, kind), {})
    members: dict[str, object] = {}
    for name, api in MEMBERS.get(kind, {}).items():
        value = _member(declared[name], settings.get(api))
        if value is not None:
            del settings[api]
            members[name] = _SIGNS.get(str(value), value) if name == "currency" else value
    return Format(**members)  # type: ignore[arg-type]


def _member(member: Member, value: object) -> object:
    """A member's value where it is of the right kind, also one that a folder could not say; None where it is not."""
    match member.values:
        case Flag():
            return value if isinstance(value, bool) else None
        case Number(whole=whole, formula=formula):
            if isinstance(value, str):
                return value if formula else None
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
                return None
            return float(value) if not whole else int(value) if value == int(value) else None
        case Choice(options):
            return value if isinstance(value, str) and (value in options or "USD" in options) else None
    return value if isinstance(value, str) else None


_LARGEST = 1e300

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "฿": "THB"}
"""The API calls a currency by a code or, says its documentation, by a sign."""

_TYPES = frozenset(REST_TYPES.get(kind, kind) for kind in COLUMN_TYPES) | {"imageReference"}


def _precision(known: Mapping[str, object]) -> dict[str, object]:
    """Decimals where they are named; a number without shows as many as it has."""
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
    """The member's value, or the first choice where it is none of them."""
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
    """The names of the options, and the colours of those that have some."""
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
"""Types for which the API has no name of their own, with the type that it tells instead."""


def api_type(control: Control) -> str:
    """What the API calls the type of a control."""
    kind = _TOLD_AS.get(control.kind, control.kind)
    return _CONTROL_NAMES.get((kind, control.many)) or _CONTROL_NAMES[kind, False]


def own_type(name: str) -> tuple[str, bool]:
    """The type of a control that the API calls so, and whether it holds several values; an unknown name is a text's."""
    return CODA_CONTROLS.get(name) or (name if name in CONTROL_TYPES else "text", False)
