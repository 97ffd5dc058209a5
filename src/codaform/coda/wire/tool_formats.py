"""The `format` of a column in the MCP tools, written and read with the REST API's settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from codaform.coda.wire import formats
from codaform.model.formats import Format, fitting_format
from codaform.model.schema import Column
from codaform.source import Source

_TOOL_TYPES = {
    "text": "none",
    "number": "num",
    "percent": "per",
    "currency": "curr",
    "date": "dp",
    "dateTime": "dt",
    "checkbox": "check",
    "select": "sl",
}
"""The tools' names of the types that have another name in the REST API."""

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
"""The pattern for each name of a date format. Assumed: the names are the vendor's, the patterns derive from them."""

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
"""The tools' colours of options, with REST's background for each; the shades are our own."""

_SHARED = {
    "num": (("precision", "precision"), ("useThousandsSeparator", "grouping")),
    "per": (("precision", "precision"), ("useThousandsSeparator", "grouping")),
    "curr": (("precision", "precision"), ("currencyCode", "code")),
    "slider": (("minimum", "minimum"), ("maximum", "maximum"), ("step", "increment"), ("showValue", "showNumber")),
    "scale": (("maximum", "maximum"), ("icon", "iconSet")),
}
"""Members with the same meaning: the REST API's name and the tools' name."""

_DISPLAYS = {
    "email": {"iconAndEmail": "IconAndEmail", "iconOnly": "IconOnly", "emailOnly": "EmailOnly"},
    "link": {"iconOnly": "IconOnly", "url": "URL", "title": "Title", "card": "Card", "embed": "Embed"},
}


def has_tool_format(column: Column) -> bool:
    """Whether the tools have a format for the column; they lack durations, pictures, files and some more."""
    return _tool_type(formats.rest_type(column, {})) in _WRITABLE


def tool_writable_format(column: Column) -> Format:
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

    members = {name: value for name, value in format.members().items() if name in keys and writable(name, value)}
    return Format(**members)  # type: ignore[arg-type]


def tool_format_members(column: Column) -> dict[str, object]:
    """The members of the tools' format that the column's own format sets and that the tools can write."""
    kind = _tool_type(formats.rest_type(column, {}))
    format = format_to_tool(replace(column, format=tool_writable_format(column)), {}, str)
    members = tool_writable_format(column).members()
    return {member: format[member] for name, member in _KEYS.get(kind, {}).items() if name in members}


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
"""Members that may be formulas in Coda and are numbers in the tools."""


def format_to_tool(
    column: Column,
    settings: Mapping[str, object],
    table_id: Callable[[str], str],
    formula: Callable[[str], str] = str,
) -> dict[str, object]:
    """The tools' format object of a column, or the REST API's if the tools cannot express its kind.

    settings: As in `formats`.
    table_id: Returns the id of a table for its name.
    formula: Converts the text of a button's formula to the text that the API returns.
    """
    rest = formats.format_to_rest(
        column, settings, lambda name: {"id": name if name == formats.PEOPLE else table_id(name)}
    )
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


def format_from_tool(
    format: Mapping[str, object], table_name: Callable[[str], str]
) -> tuple[dict[str, object], dict[str, object]]:
    """The fields of a Column in a tool's format, and the settings, both as in `formats.format_from_rest`.

    table_name: Returns the name of a table for its id. Raises ValueError for a type that the tools lack, and for a
    relation without a table.
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
    fields, settings = formats.format_from_rest(rest, table_name)
    for member, field in (("actionFormula", "action"), ("disableIfFormula", "disable_if")):
        text = format.get(member)
        if isinstance(text, str) and text:
            fields[field] = Source(field, text)
    if kind == "link" and format.get("display") == "Button":
        settings["toolDisplay"] = "Button"  # the REST API lacks this display
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
"""Members that only the tools have; the settings hold them by the tools' names."""

_WRITABLE = {tool: rest for rest, tool in _TOOL_TYPES.items()} | {
    kind: kind
    for kind in ("time", "lookup", "person", "email", "link", "slider", "scale", "button", "reaction", "canvas")
}
"""The tools' types, with the REST API's name of each."""


def _tool_type(rest: str) -> str:
    return _TOOL_TYPES.get(rest, rest)


def _name(patterns: Mapping[str, str], pattern: object, usual: str) -> str:
    """The name of a pattern; the usual name for a pattern without one."""
    return next((name for name, known in patterns.items() if known == pattern), usual)


def _tool_options(column: Column, settings: Mapping[str, object]) -> list[object]:
    colours = settings.get("colors")
    options: list[object] = []
    for name in column.options:
        chosen = colours.get(name) if isinstance(colours, Mapping) else None
        shade = chosen.get("backgroundColor") if isinstance(chosen, Mapping) else None
        colour = next((colour for colour, known in COLOURS.items() if known == shade), None)
        options.append({"name": name, "color": colour} if colour else name)  # without a colour, only the text was seen
    return options


def _rest_options(given: object) -> list[dict[str, object]]:
    """The options in the REST API's form: a name, and a background if a colour was chosen."""
    options: list[dict[str, object]] = []
    for option in given if isinstance(given, list) else ():
        name = option.get("name") if isinstance(option, Mapping) else option
        colour = option.get("color") if isinstance(option, Mapping) else None
        shade = {"backgroundColor": COLOURS[colour]} if isinstance(colour, str) and colour in COLOURS else {}
        options.append({"name": name, **shade})
    return options
