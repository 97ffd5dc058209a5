"""Values as the texts of cells in a `rows.csv`: what `cells.read_cell` reads as the same values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from codaform.model import types
from codaform.model.number_text import number_text
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf
from codaform.model.value_texts import duration_text
from codaform.model.values import Person, Row, instant
from codaform.project.cell_hints import is_doubtful_percent
from codaform.project.cells import protected

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c]")
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def cell_text(value: object, column: Column, zone: ZoneInfo, display: Callable[[Row], str]) -> str:
    """The text of an entered cell; a blank value is the empty text.

    value: A value of the language that fits the column. display: The display text of a row of another table.
    """
    if not isinstance(value_type(column), ListOf):
        if column.kind == "percent" and isinstance(value, int | float) and is_doubtful_percent(number_text(value)):
            return f"{number_text(value * 100)}%"
        return single_text(value, zone, display)
    items = value if isinstance(value, list) else [value]
    texts = [text for item in items if (text := single_text(item, zone, display))]
    return "; ".join(map(protected, texts))


def single_text(value: object, zone: ZoneInfo, display: Callable[[Row], str]) -> str:
    """The text of one value."""
    match value:
        case None:
            return ""
        case Row():
            return display(value)
        case Person():
            return value.email or value.name
        case dict():
            return writable(str(value.get("Url") or ""))
        case bool():
            return "true" if value else "false"
        case float() | int():
            return number_text(float(value))
        case datetime():
            return _moment(value, zone)
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("seconds" if value.second else "minutes")[:8]
        case timedelta():
            return duration_text(value)
    return writable(str(value))


def writable(text: str) -> str:
    """A text without what no text file of a project may hold: line ends become line feeds, controls a `\\ufffd`."""
    return _UNWRITABLE.sub("\ufffd", _LINE_ENDS.sub("\n", text))


def is_text(column: Column) -> bool:
    """Whether the column's entered cells hold texts that people wrote."""
    kind = value_type(column)
    return (kind.item if isinstance(kind, ListOf) else kind) == types.TEXT


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Records as CSV: a field is in quotes only where it has to be."""
    return "".join(_record(row) for row in (header, *rows))


def _record(fields: Sequence[str]) -> str:
    if list(fields) == [""]:
        return '""\n'  # an empty line is no record
    return ",".join(map(csv_field, fields)) + "\n"


def csv_field(text: str) -> str:
    """A field of CSV: in quotes only where it has to be."""
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\n]', text) or text != text.strip() else text


def _moment(value: datetime, zone: ZoneInfo) -> str:
    """A moment by the zone's clocks; with an offset where they show the same time twice."""
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    wall = aware.astimezone(zone).replace(tzinfo=None)
    spec = "microseconds" if wall.microsecond else "seconds" if wall.second else "minutes"
    if instant(wall.replace(tzinfo=zone, fold=0)) == instant(aware):
        return wall.isoformat(timespec=spec)
    utc = aware.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec=spec) + "Z"
