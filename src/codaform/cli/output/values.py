"""Converts values for output: to a cell of a table, to JSON's types, to CSV, to a Coda formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from codaform.cli.output.drawing import DrawnCell
from codaform.evaluation.workbook import Workbook
from codaform.model import display
from codaform.model.conversion import to_text
from codaform.model.notation import literal, notate
from codaform.model.number_text import number_text
from codaform.model.schema import Column
from codaform.model.value_texts import duration_text
from codaform.model.values import Action, Error, EvaluationError, Person, Row
from codaform.project.files import CannotRead
from codaform.syntax.names import bracketed

_NO_COLUMN = Column("", "other")
"""The column of a value without one."""

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?")


def row_text(row: Row, book: Workbook) -> str:
    """The display text of a row."""
    try:
        return to_text(book.display(row), book) or ""
    except EvaluationError as fault:
        return f"error: {fault.rule}"


def table_cell(value: object, book: Workbook, column: Column | None = None) -> DrawnCell:
    """A value in a table: numbers by the column's format, relations by display text, lists with commas."""
    match value:
        case Error():
            return DrawnCell(f"error: {value.rule}", "error")
        case list():
            return DrawnCell(", ".join(table_cell(item, book, column).text for item in value))
        case dict() | Action():
            return DrawnCell(notate(value, book))
    formatted = _formatted(value, column)
    return DrawnCell(formatted if formatted is not None else _text(value, book, " "))


def has_format(column: Column) -> bool:
    """Whether a column has its own format for values."""
    return bool(column.format) or column.kind in ("currency", "percent")


def _formatted(value: object, column: Column | None) -> str | None:
    """A value in the format of its column."""
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    return display.formatted(value, column if column is not None else _NO_COLUMN, _usual(value))


def _usual(value: object) -> display.Usual:
    """Dates and times by ISO 8601, with seconds if there are any."""
    precise = "HH:mm"
    if isinstance(value, datetime | time) and (value.second or value.microsecond):
        precise = "HH:mm:ss.SSSSSS" if value.microsecond and isinstance(value, datetime) else "HH:mm:ss"
    return display.Usual("YYYY-MM-DD", precise, " ")


def _text(value: object, book: Workbook, between: str) -> str:
    """A single value in the form of rows.csv; `between` separates date and time."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() | int():
            return number_text(float(value))
        case datetime():
            precise = "auto" if value.microsecond else "seconds" if value.second else "minutes"
            return value.replace(tzinfo=None).isoformat(between, precise)
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("seconds" if value.second else "minutes")
        case timedelta():
            return duration_text(value)
        case Person():
            return value.name
        case Row():
            return row_text(value, book)
        case Error():
            return f"error: {value.rule}"
    return notate(value, book)


# ------------------------------------------------------------ JSON


def json_value(value: object, book: Workbook) -> object:
    """A value in JSON's types: dates and times by ISO 8601, rows by display text, people by name."""
    match value:
        case None | "":
            return None
        case str() | bool():
            return value
        case float() | int():
            return int(value) if value == int(value) and abs(value) < 2**53 else value
        case datetime():
            return value.isoformat()
        case list():
            return [json_value(item, book) for item in value]
        case dict():
            return {str(key): json_value(item, book) for key, item in value.items()}
        case Error():
            return {"error": value.rule, "message": value.message}
        case Action():
            return {"action": value.name, "arguments": [json_value(argument, book) for argument in value.arguments]}
    return _text(value, book, "T")


# ------------------------------------------------------------ CSV


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[object]], book: Workbook) -> str:
    """CSV in the form of rows.csv, in full precision.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers never do.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([_defused(heading) for heading in headings])
    for row in rows:
        writer.writerow([csv_cell(value, book) for value in row])
    return file.getvalue().removesuffix("\n")


def csv_cell(value: object, book: Workbook) -> str:
    """A value as a cell of CSV; several values are separated by semicolons."""
    if isinstance(value, list):
        return _defused("; ".join(_quoted(_text(item, book, "T")) for item in value))
    text = _text(value, book, "T")
    return text if isinstance(value, float) else _defused(text)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if ";" in text or text.startswith('"') else text


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) and not _PLAIN_NUMBER.fullmatch(text) else text


# ------------------------------------------------------------ Coda


def coda_formula(value: object, book: Workbook) -> str:
    """A formula that gives the value. Raises CannotRead for a value without one."""
    match value:
        case list():
            return f"List({', '.join(coda_formula(item, book) for item in value)})"
        case Row():
            name = bracketed(row_text(value, book))
            return f"[@{name[1:]}" if name.startswith("[") else f"@{name}"
    try:
        return literal(value)
    except ValueError:
        raise CannotRead(f"no formula spells {notate(value, book)}; --format json can show it") from None
