"""Single values in the words of Coda's wire: numbers, moments, rows, errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from codaform.coda.wire.world import Cells
from codaform.model.conversion import duration_text
from codaform.model.number_text import json_text, number_text
from codaform.model.schema import Column
from codaform.model.values import EPOCH, Action, Error, Person, Row

_LARGEST_WHOLE = 2**53


def number(value: float) -> int | float | str:
    """A number of JSON: whole numbers without a point; what JSON cannot spell as a text."""
    if not math.isfinite(value):
        return number_text(value)
    return int(value) if value == int(value) and abs(value) <= _LARGEST_WHOLE else float(value)


def plain_text(value: object, column: Column, cells: Cells) -> str:
    """A value as the text by which the API shows it alone and in a list joined by commas."""
    match value:
        case None | "":
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() | int():
            return number_text(value)
        case datetime():
            return moment_text(value if value.tzinfo else value.replace(tzinfo=cells.zone), cells.zone)
        case date():
            return wall_text(datetime.combine(value, time()), cells.zone)
        case time():
            # Assumed: a time of day is that time on day 0, as it is in Coda when it is made a date and time.
            return wall_text(datetime.combine(EPOCH, value.replace(tzinfo=None)), cells.zone)
        case timedelta():
            # Assumed: a duration is shown as the text that its cell shows.
            return duration_text(value)
        case Row():
            return cells.display(value)
        case Person():
            return value.name
        case list():
            return ",".join(plain_text(item, column, cells) for item in value)
        case Action():
            # Assumed: a button shows what stands on it.
            return column.label or (column.name if column.kind == "button" else value.name)
        case Error():
            return error_text(value)
        case dict() if column.kind in ("image", "file"):
            return address(value)
        case dict():
            members = {str(name): plain_text(item, column, cells) for name, item in value.items()}
            return json_text(members)
    return str(value)


def error_text(error: Error) -> str:
    """What is read of a cell that shows an error. Assumed: no source tells what Coda gives, and a text is seen."""
    return f"#ERROR: {error.message}"


def address(value: Mapping[str, object]) -> str:
    """The address of a picture or a file."""
    return str(value.get("Url") or "")


def moment_text(value: datetime, zone: tzinfo) -> str:
    """A moment by the clocks of the zone, with milliseconds and offset: `2026-03-04T09:30:00.000-05:00`."""
    try:
        local = value.astimezone(zone)
    except (OverflowError, ValueError):  # the first and the last hours of the calendar
        local = value
    offset = _whole_minutes(local)
    try:
        return local.astimezone(offset).isoformat(timespec="milliseconds")
    except OverflowError:
        return local.replace(tzinfo=offset).isoformat(timespec="milliseconds")


def wall_text(wall: datetime, zone: tzinfo) -> str:
    """A reading of the zone's clocks in the same form."""
    return wall.replace(tzinfo=_whole_minutes(wall.replace(tzinfo=zone))).isoformat(timespec="milliseconds")


def _whole_minutes(moment: datetime) -> timezone:
    """The moment's offset. Long ago zones were apart by seconds, which the text has no place for: it is rounded down,
    so that a midnight read back never falls on the day before."""
    minute = timedelta(minutes=1)
    return timezone((moment.utcoffset() or timedelta()) // minute * minute)
