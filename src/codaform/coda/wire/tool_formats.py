"""The `format` of a column as the MCP tools write and read it, in terms of the REST API's settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from codaform.coda.wire import formats
from codaform.model.formats import Format, fitting_format
from codaform.model.schema import Column
from codaform.source import Source

TOOL_TYPES = {
    "text": "none",
    "number": "num",
    "percent": "per",
    "currency": "curr",
    "date": "dp",
    "dateTime": "dt",
    "checkbox": "check",
    "select": "sl",
}
"""The tools' name of a type, where it differs from the REST API's."""

DATE_PATTERNS = {
    "HIDDEN": "",
    "DEFAULT": "M/D/YYYY",
    "NUMERIC_SHORT": "M/D/YY",
    "NUMERIC_NO_YEAR": "M/D",
    "TEXT": "MMMM D, YYYY",
    "TEXT_SHORT": "MMM D, YYYY",
    "TEXT_NO_YEAR": "MMMM D",
    "OLD_DAY_MONTH_YEAR": "DD/MM/YYYY",
    "YEAR_MONTH_DAY": "YYYY-MM-DD",
    "DOW_MONTH_DAY": "ddd, MMM D",
    "DOW_MONTH_DAY_YEAR": "ddd, MMM D, YYYY",
    "DAY_MONTH_YEAR": "D/M/YYYY",
    "MONTH_YEAR": "MMMM YYYY",
    "TEXT_DOW_ONLY": "dddd",
    "DAY_OF_MONTH_ONLY": "D",
    "MONTH_ONLY": "MMMM",
    "YEAR_ONLY": "YYYY",
    "MONTH_YEAR_SHORT": "MMM YYYY",
    "DAY_MONTH_YEAR_DOT": "D.M.YYYY",
    "DAY_MONTH_DOT": "D.M.",
    "DAY_MONTH_YEAR_DOT_SHORT": "D.M.YY",
    "DAY_MONTH_YEAR_SHORT": "D/M/YY",
    "DAY_MONTH": "D/M",
    "DOW_DAY_MONTH_YEAR": "ddd, D MMM YYYY",
    "DOW_DAY_MONTH": "ddd, D MMM",
    "DAY_MONTH_TEXT_YEAR": "D MMMM YYYY",
    "DAY_MONTH_TEXT_SHORT": "D MMM",
    "MONTH_ONLY_SHORT": "MMM",
    "TEXT_DAY_OF_WEEK_ONLY_SHORT": "ddd",
    "DAY_MONTH_TEXT_SHORT_YEAR": "D MMM YYYY",
}
"""What each name of a date's format writes. Assumed: the names are the vendor's, the patterns are read out of them."""

TIME_PATTERNS = {
    "HIDDEN": "",
    "TWELVE_HOUR_SHOW_SECONDS": "h:mm:ss A",
    "TWELVE_HOUR_HIDE_SECONDS": "h:mm A",
    "TWENTY_FOUR_HOUR_SHOW_SECONDS": "HH:mm:ss",
    "TWENTY_FOUR_HOUR_HIDE_SECONDS": "HH:mm",
}

COLOURS = {
    "Red": "#ffd7d1",
    "Orange": "#ffe0c2",
    "Yellow": "#fff0b8",
    "Green": "#d5f0d3",
    "Blue": "#d3e5fb",
    "Purple": "#e5dbfa",
    "Pink": "#fbd9ec",
    "Gray": "#e6e6e6",
}
"""The tools' colours of options, and a background that REST shows for each; the shades are our own."""

_SHARED = {
    "num": (("precision", "precision"), ("useThousandsSeparator", "grouping")),
    "per": (("precision", "precision"), ("useThousandsSeparator", "grouping")),
    "curr": (("precision", "precision"), ("currencyCode", "code")),
    "slider": (("minimum", "minimum"), ("maximum", "maximum"), ("step", "increment"), ("showValue", "showNumber")),
    "scale": (("maximum", "maximum"), ("icon", "iconSet")),
}
"""Members of one meaning: the REST API's name, and the tools'."""

_DISPLAYS = {
    "email": {"iconAndEmail": "IconAndEmail", "iconOnly": "IconOnly", "emailOnly": "EmailOnly"},
    "link": {"iconOnly": "IconOnly", "url": "URL", "title": "Title", "card": "Card", "embed": "Embed"},
}


def tool_expressible(column: Column) -> bool:
    """Whether the tools have a format for the column; they have none for durations, pictures, files and the like."""
    return _tool_type(formats.rest_type(column, {})) in _WRITABLE


def writable_format(column: Column) -> Format:
    """The part of a column's format that the tools can write."""
    kind = _tool_type(formats.rest_type(column, {}))
    keys = _KEYS.get(kind, {})
    format = fitting_format(column.kind, column.format)

    def writable(name: str, value: object) -> bool:
        match name:
            case "date":
                return value in DATE_PATTERNS.values()
            case "time":
                return value in TIME_PATTERNS.values()
        return isinstance(value, bool | int | float) or name not in _NUMBERS

    said = {name: value for name, value in format.members().items() if name in keys and writable(name, value)}
    return Format(**said)  # type: ignore[arg-type]


def said_in_tool(column: Column) -> dict[str, object]:
    """The members of the tools' format that the column's own format says something of, and that they can write."""
    kind = _tool_type(formats.rest_type(column, {}))
    whole = to_tool(replace(column, format=writable_format(column)), {}, str)
    said = writable_format(column).members()
    return {member: whole[member] for name, member in _KEYS.get(kind, {}).items() if name in said}


_KEYS: Mapping[str, Mapping[str, str]] = {
    "num": {"precision": "precision", "thousands": "grouping"},
    "per": {"precision": "precision", "thousands": "grouping"},
    "curr": {"precision": "precision", "currency": "code"},
    "dp": {"date": "format"},
    "dt": {"date": "dateFormat", "time": "timeFormat"},
    "time": {"time": "timeFormat"},
    "slider": {"minimum": "minimum", "maximum": "maximum", "step": "increment", "show_value": "showNumber"},
    "scale": {"maximum": "maximum", "icon": "iconSet"},
    "email": {"display": "display"},
    "link": {"display": "display"},
}
"""The tools' names of a format's members, by the tools' type."""

_NUMBERS = frozenset({"minimum", "maximum", "step"})
"""Members that may be formulas in Coda and are numbers to the tools."""


def to_tool(
    column: Column,
    settings: Mapping[str, object],
    table_id: Callable[[str], str],
    formula: Callable[[str], str] = str,
) -> dict[str, object]:
    """The tools' format object of a column. A kind that they cannot express reads as the REST API has it.

    settings: As `formats` has them.
    table_id: The id of the table of a name.
    formula: How the text of a button's formulas is given back.
    """
    rest = formats.to_rest(column, settings, lambda name: {"id": name if name == formats.PEOPLE else table_id(name)})
    kind = _tool_type(str(rest["type"]))
    if kind not in _WRITABLE:
        return rest
    shape: dict[str, object] = {"type": kind}
    for name, member in _SHARED.get(kind, ()):
        if name in rest:
            shape[member] = rest[name]
    match kind:
        case "dp":
            shape["format"] = _name(DATE_PATTERNS, rest["format"], "DEFAULT")
        case "dt":
            shape["dateFormat"] = _name(DATE_PATTERNS, rest["dateFormat"], "DEFAULT")
            shape["timeFormat"] = _name(TIME_PATTERNS, rest["timeFormat"], "TWELVE_HOUR_HIDE_SECONDS")
        case "time":
            shape["timeFormat"] = _name(TIME_PATTERNS, rest["format"], "TWELVE_HOUR_HIDE_SECONDS")
        case "check" | "slider":
            shape["displayType"] = str(rest["displayType"]).capitalize()
        case "email" | "link":
            shape["display"] = settings.get("toolDisplay") or _DISPLAYS[kind][str(rest["display"])]
        case "lookup":
            shape |= {"objectId": table_id(column.to), "multiple": column.many}
        case "person":
            shape["multiple"] = column.many
        case "sl":
            shape |= {"multiple": column.many, "selectOptions": _tool_options(column, settings)}
        case "button":
            shape["label"] = rest["label"]
            if column.action is not None:
                shape["actionFormula"] = formula(column.action.text)
            if column.disable_if is not None:
                shape["disableIfFormula"] = formula(column.disable_if.text)
    for name in _KEPT.get(kind, ()):
        if name in settings:
            shape[name] = settings[name]
    return shape


def from_tool(
    format: Mapping[str, object], table_name: Callable[[str], str]
) -> tuple[dict[str, object], dict[str, object]]:
    """The fields of a Column that a tool's format tells, and the settings, both as `formats.from_rest` gives them.

    table_name: The name of the table of an id. Raises ValueError for a format whose type the tools do not have, and
    for a relation that names no table.
    """
    kind = format.get("type")
    if not isinstance(kind, str) or kind not in _WRITABLE:
        raise ValueError(f"a column cannot be given a format of type {kind!r}")
    rest: dict[str, object] = {"type": _WRITABLE[kind], "isArray": format.get("multiple") is True}
    for name, member in _SHARED.get(kind, ()):
        if format.get(member) is not None:
            rest[name] = format[member]
    match kind:
        case "dp" | "time":
            patterns, member = (DATE_PATTERNS, "format") if kind == "dp" else (TIME_PATTERNS, "timeFormat")
            if format.get(member) in patterns:
                rest["format"] = patterns[str(format[member])]
        case "dt":
            for member, patterns in (("dateFormat", DATE_PATTERNS), ("timeFormat", TIME_PATTERNS)):
                if format.get(member) in patterns:
                    rest[member] = patterns[str(format[member])]
        case "check" | "slider":
            rest["displayType"] = str(format.get("displayType", "")).lower()
        case "email" | "link":
            names = {tool: name for name, tool in _DISPLAYS[kind].items()}
            if format.get("display") in names:
                rest["display"] = names[str(format["display"])]
        case "lookup":
            rest["table"] = {"id": format.get("objectId")}
        case "sl":
            rest["options"] = _rest_options(format.get("selectOptions"))
        case "button":
            rest["label"] = format.get("label")
    fields, settings = formats.from_rest(rest, table_name)
    for member, field in (("actionFormula", "action"), ("disableIfFormula", "disable_if")):
        text = format.get(member)
        if isinstance(text, str) and text:
            fields[field] = Source(field, text)
    if kind == "link" and format.get("display") == "Button":
        settings["toolDisplay"] = "Button"  # the REST API has no such display
    for name in _KEPT.get(kind, ()):
        if name in format:
            settings[name] = format[name]
    return fields, settings


_KEPT = {
    "button": ("color",),
    "slider": ("color",),
    "reaction": ("imageIcon", "reactionDisplay"),
    "canvas": ("displayPreview",),
}
"""What the tools know alone; it is kept among the settings by their names."""

_WRITABLE = {tool: rest for rest, tool in TOOL_TYPES.items()} | {
    kind: kind
    for kind in ("time", "lookup", "person", "email", "link", "slider", "scale", "button", "reaction", "canvas")
}
"""The types that the tools have, and the REST API's name of each."""


def _tool_type(rest: str) -> str:
    return TOOL_TYPES.get(rest, rest)


def _name(patterns: Mapping[str, str], pattern: object, usual: str) -> str:
    """The name of a pattern; one that has none is shown as the usual."""
    return next((name for name, known in patterns.items() if known == pattern), usual)


def _tool_options(column: Column, settings: Mapping[str, object]) -> list[object]:
    colours = settings.get("colors")
    options: list[object] = []
    for name in column.options:
        chosen = colours.get(name) if isinstance(colours, Mapping) else None
        shade = chosen.get("backgroundColor") if isinstance(chosen, Mapping) else None
        colour = next((colour for colour, known in COLOURS.items() if known == shade), None)
        options.append({"name": name, "color": colour} if colour else name)  # seen without a colour: the text alone
    return options


def _rest_options(given: object) -> list[dict[str, object]]:
    """The options as the REST API writes them: a name, and a background where a colour was chosen."""
    options: list[dict[str, object]] = []
    for option in given if isinstance(given, list) else ():
        name = option.get("name") if isinstance(option, Mapping) else option
        colour = option.get("color") if isinstance(option, Mapping) else None
        shade = {"backgroundColor": COLOURS[colour]} if isinstance(colour, str) and colour in COLOURS else {}
        options.append({"name": name, **shade})
    return options
