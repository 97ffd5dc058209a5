"""How a value is written down: as a reader is shown it, and as a Coda formula that gives it back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from codaform.model.context import Context
from codaform.model.conversion import to_text
from codaform.model.number_text import number_text
from codaform.model.value_texts import duration_text
from codaform.model.values import Action, Error, EvaluationError, Person, Row


def notate(value: object, context: Context) -> str:
    """A value as pages, trees and tests show it: `"text"`, `3`, `2025-12-08`, `2 hrs`, `["a", blank]`."""
    match value:
        case None | "":
            return "blank"
        case str():
            return quoted(value)
        case bool():
            return "true" if value else "false"
        case float() | int():
            return number_text(value)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S") if value.second else value.strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("seconds" if value.second else "minutes")
        case timedelta():
            return duration_text(value)
        case Row():
            return f"@{_display(value, context)}"
        case Person():
            return f"@{value.name}"
        case list():
            return f"[{', '.join(notate(item, context) for item in value)}]"
        case dict():
            return "{" + ", ".join(f"{key}: {notate(item, context)}" for key, item in value.items()) + "}"
        case Error():
            return f"error: {value.rule}"
        case Action():
            return f"{value.name}({', '.join(notate(argument, context) for argument in value.arguments)})"
    return str(value)


def _display(row: Row, context: Context) -> str:
    try:
        return to_text(context.display(row), context) or f"row {row.id}"
    except EvaluationError as fault:
        return f"error: {fault.rule}"


def quoted(text: str) -> str:
    """A text as a literal in double quotes; backslash, quote and line ends are escaped."""
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'"{escaped}"'


def literal(value: object) -> str:
    """A value as a Coda formula that gives it back. Raises ValueError for a row, a person or an error."""
    match value:
        case None:
            return '""'
        case str():
            # Only the escapes that the parser reads; a tab or a carriage return is copied.
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case bool():
            return "true" if value else "false"
        case float() | int():
            text = number_text(value)
            return text if "e" not in text else format(Decimal(text), "f")
        case datetime():
            parts = [value.year, value.month, value.day, value.hour, value.minute, value.second]
            whole = f"DateTime({', '.join(str(part) for part in parts)})"
            rest = literal(timedelta(microseconds=value.microsecond))
            return f"{whole} + {rest}" if value.microsecond else whole
        case date():
            return f"Date({value.year}, {value.month}, {value.day})"
        case time():
            return f"Time({value.hour}, {value.minute}, {value.second})"
        case timedelta():
            seconds = value.seconds + value.microseconds / 1_000_000
            return f"Duration({value.days}, 0, 0, {number_text(seconds)})"
        case list() | tuple():
            return f"List({', '.join(literal(item) for item in value)})"
        case dict():
            pairs = (f"{literal(key)}, {literal(item)}" for key, item in value.items())
            return f"Object({', '.join(pairs)})"
    raise ValueError(f"no formula spells {value!r}")
