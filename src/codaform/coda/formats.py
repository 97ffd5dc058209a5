"""The `format` of a column as the REST API describes it, and a column's facts read from such a description.

What a model column cannot say stands in its *settings*, by the API's own member names: `precision`, `currencyCode`,
`maxUnit`, `displayType` … The MCP tools' formats (`tool_formats`) share them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from codaform.model.schema import COLUMN_TYPES, Column
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

DATE_PATTERN = "M/D/YYYY"
TIME_PATTERN = "h:mm A"
"""How a date and a time are written where their column names no format. Assumed: Coda goes by the doc's locale."""

_NUMBER_FORMAT = re.compile(r"#?(,?)#*0(?:\.(0+))?(%?)")
_TIME_PART = re.compile(r"[,\s]*(?:[Hhk]+[:.\s]|LTS?).*$", re.DOTALL)
_MOST_DECIMALS = 10

_OWN_MEMBERS = frozenset({"type", "isArray", "table", "options", "label", "disableIf", "action"})


def to_rest(
    column: Column,
    settings: Mapping[str, object],
    table: Callable[[str], Mapping[str, object]],
    formula: Callable[[str], str] = str,
) -> dict[str, object]:
    """The format object of a column; it has `type` and `isArray` always, and whatever else its type requires.

    settings: Members by the API's names; they win over `column.format`.
    table: The TableReference of the table of a name: of a relation's target, and of PEOPLE for a person.
    formula: How the text of a button's formulas is given back.
    """
    kind = rest_type(column, settings)
    # Assumed for reactions: their value is a list, so they say so.
    shape: dict[str, object] = {"type": kind, "isArray": column.many or kind == "reaction"}
    match kind:
        case "lookup":
            shape["table"] = dict(table(column.to))
        case "person":
            shape["table"] = dict(table(PEOPLE))
        case "number" | "percent":
            shape |= _precision(column, settings)
            shape["useThousandsSeparator"] = _flag(settings, "useThousandsSeparator", _grouped(column.format))
        case "currency":
            shape["currencyCode"] = _text(settings, "currencyCode", "USD")
            shape |= _precision(column, settings)
            shape["format"] = _one_of(settings, "format", ("currency", "accounting", "financial"))
        case "date":
            shape["format"] = _text(settings, "format", column.format or DATE_PATTERN)
        case "time":
            shape["format"] = _text(settings, "format", column.format or TIME_PATTERN)
        case "dateTime":
            day, clock = split_pattern(column.format)
            shape["dateFormat"] = _text(settings, "dateFormat", day or DATE_PATTERN)
            shape["timeFormat"] = _text(settings, "timeFormat", clock or TIME_PATTERN)
        case "duration":
            shape["precision"] = _whole(settings, "precision", 0)
            shape["maxUnit"] = _one_of(settings, "maxUnit", ("days", "hours", "minutes", "seconds"))
        case "email":
            shape["display"] = _one_of(settings, "display", ("iconAndEmail", "iconOnly", "emailOnly"))
            shape["autocomplete"] = _flag(settings, "autocomplete", True)
        case "link":
            shape["display"] = _one_of(settings, "display", ("title", "iconOnly", "url", "card", "embed"))
            shape["force"] = _flag(settings, "force", False)
        case "slider":
            for name, value in (("minimum", 0), ("maximum", 100), ("step", 1)):
                shape[name] = _number_or_formula(settings, name, value)
            shape["displayType"] = "progress" if column.kind == "progress" else "slider"
            shape["showValue"] = _flag(settings, "showValue", True)
        case "scale":
            shape["maximum"] = _number(settings, "maximum", 5)
            shape["icon"] = _one_of(settings, "icon", ICONS)
        case "imageReference":
            shape["width"] = _number_or_formula(settings, "width", 0)
            shape["height"] = _number_or_formula(settings, "height", 0)
            shape["style"] = _one_of(settings, "style", ("auto", "circle"))
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


def rest_type(column: Column, settings: Mapping[str, object]) -> str:
    """The API's type of a column; a relation that names no table is `other`, since a lookup needs one."""
    if column.kind == "relation" and not column.to:
        return "other"
    if column.kind == "image" and settings.keys() & {"width", "height", "style"}:
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
        "format": "",
    }
    settings = {name: value for name, value in format.items() if name not in _OWN_MEMBERS}
    match kind:
        case "lookup":
            fields["to"] = table_name(_id(format.get("table")))
        case "number" | "percent" | "currency":
            fields["format"] = number_pattern(settings, "%" if kind == "percent" else "")
        case "date" | "time":
            # An empty pattern hides the value; as a column's format it would mean the usual one.
            pattern = settings.get("format")
            if isinstance(pattern, str) and pattern:
                fields["format"] = settings.pop("format")
        case "dateTime":
            fields["format"] = joined_pattern(settings)
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


def number_pattern(settings: dict[str, object], ending: str = "") -> str:
    """Takes precision and grouping out of the settings where a number's format can say them: `#,##0.00`, `0.0%`."""
    decimals = settings.get("precision")
    if not isinstance(decimals, int) or isinstance(decimals, bool) or not 0 <= decimals <= _MOST_DECIMALS:
        return ""
    del settings["precision"]
    whole = "#,##0" if settings.pop("useThousandsSeparator", False) is True else "0"
    return whole + ("." + "0" * decimals if decimals else "") + ending


def joined_pattern(settings: dict[str, object]) -> str:
    """Takes `dateFormat` and `timeFormat` out of the settings where one pattern can say both."""
    day, clock = settings.get("dateFormat"), settings.get("timeFormat")
    if not isinstance(day, str) or not isinstance(clock, str) or not day or not clock:
        return ""
    joined = f"{day} {clock}"
    if split_pattern(joined) != (day, clock):
        return ""
    del settings["dateFormat"], settings["timeFormat"]
    return joined


def split_pattern(pattern: str) -> tuple[str, str]:
    """A Moment pattern of a date and time as its two parts; a part that is not there is empty."""
    found = _TIME_PART.search(pattern)
    return (pattern[: found.start()], found[0].lstrip(", \t")) if found else (pattern, "")


ICONS = (
    "star",
    "circle",
    "fire",
    "bug",
    "diamond",
    "bell",
    "thumbsup",
    "heart",
    "chili",
    "smiley",
    "lightning",
    "currency",
    "coffee",
    "person",
    "battery",
    "cocktail",
    "cloud",
    "sun",
    "checkmark",
    "lightbulb",
)
"""What a scale can be drawn with."""

_TYPES = frozenset(REST_TYPES.get(kind, kind) for kind in COLUMN_TYPES) | {"imageReference"}


def _precision(column: Column, settings: Mapping[str, object]) -> dict[str, object]:
    """Decimals where they are named; a number without shows as many as it has."""
    found = _NUMBER_FORMAT.fullmatch(column.format)
    named = None if found is None else len(found[2] or "")
    decimals = settings.get("precision", named)
    if not isinstance(decimals, int | float) or isinstance(decimals, bool):
        return {}
    return {"precision": min(max(int(decimals), 0), _MOST_DECIMALS)}


def _grouped(pattern: str) -> bool:
    found = _NUMBER_FORMAT.fullmatch(pattern)
    return found is not None and bool(found[1])


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


def _whole(settings: Mapping[str, object], name: str, usual: int) -> int:
    value = settings.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else usual


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
