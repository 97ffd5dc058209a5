"""Single values as texts on the wire, and texts that were typed into cells as values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Protocol

from codaform.coda.wire.json_data import Json
from codaform.model.formats import CURRENCIES
from codaform.model.number_text import json_text, number_text
from codaform.model.schema import Column
from codaform.model.value_texts import duration_text, read_datetime, read_duration, read_number
from codaform.model.values import EPOCH, Action, Error, EvaluationError, Person, Row, instant


class DocLookup(Protocol):
    """The lookups in a doc that its cells' values need."""

    @property
    def zone(self) -> tzinfo:
        """The doc's time zone."""

    def display(self, row: Row) -> str:
        """The display text of a row; empty for a row without a text and for a deleted row."""

    def row_id(self, row: Row) -> str:
        """The id of a row, `i-…`."""

    def table_id(self, name: str) -> str:
        """The id of a table, `grid-…`."""

    def row_link(self, row: Row) -> str:
        """The address of a row for a browser."""

    def table_link(self, name: str) -> str:
        """The address of a table for a browser."""

    def row_by_id(self, id: str, table: str) -> Row | None:
        """The row of a table with this id."""

    def find(self, text: str, table: str) -> Row | None:
        """The first row of a table with exactly this display text."""

    def person(self, text: str) -> Person | None:
        """The person with exactly this e-mail address or name."""


def moment_stamp(moment: datetime) -> str:
    """The moment of a change as the REST API gives it, in UTC with milliseconds: `2026-09-14T09:21:36.118Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_LARGEST_WHOLE = 2**53


def json_number(value: float) -> int | float | str:
    """A number as JSON: whole numbers without a point, infinite numbers and NaN as a text."""
    if not math.isfinite(value):
        return number_text(value)
    return int(value) if value == int(value) and abs(value) <= _LARGEST_WHOLE else float(value)


def plain_value(value: object, column: Column, lookup: DocLookup) -> Json:
    """A single value as plain JSON: a truth value, a number, or the text of the value."""
    match value:
        case bool():
            return value
        case float() | int():
            return json_number(value)
    return plain_text(value, column, lookup)


def plain_text(value: object, column: Column, lookup: DocLookup) -> str:
    """The text of a value in the API, on its own or in a list joined by commas."""
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
            return _moment_text(value if value.tzinfo else value.replace(tzinfo=lookup.zone), lookup.zone)
        case date():
            return _local_text(datetime.combine(value, time()), lookup.zone)
        case time():
            # Assumed: a time of day is that time on day 0, which is how Coda converts it to a date and time.
            return _local_text(datetime.combine(EPOCH, value.replace(tzinfo=None)), lookup.zone)
        case timedelta():
            # Assumed: the text of a duration is the text in its cell.
            return duration_text(value)
        case Row():
            return lookup.display(value)
        case Person():
            return value.name
        case list():
            return ",".join(plain_text(item, column, lookup) for item in value)
        case Action():
            # Assumed: the text of a button is its label.
            return column.label or (column.name if column.kind == "button" else value.name)
        case Error():
            return _error_text(value)
        case dict() if column.kind in ("image", "file"):
            return file_address(value)
        case dict():
            members = {str(name): plain_text(item, column, lookup) for name, item in value.items()}
            return json_text(members)
    return str(value)


def _error_text(error: Error) -> str:
    """The text of a cell that shows an error. Assumed: a text was seen, but no source documents its form."""
    return f"#ERROR: {error.message}"


def file_address(value: Mapping[str, object]) -> str:
    """The address of a picture or a file."""
    return str(value.get("Url") or "")


def _moment_text(value: datetime, zone: tzinfo) -> str:
    """A moment in the zone's time, with milliseconds and offset: `2026-03-04T09:30:00.000-05:00`."""
    try:
        local = value.astimezone(zone)
    except (OverflowError, ValueError):  # the first and the last hours of the calendar
        local = value
    offset = _whole_minutes(local)
    try:
        return local.astimezone(offset).isoformat(timespec="milliseconds")
    except OverflowError:
        return local.replace(tzinfo=offset).isoformat(timespec="milliseconds")


def _local_text(wall: datetime, zone: tzinfo) -> str:
    """A local time of the zone in the same form."""
    return wall.replace(tzinfo=_whole_minutes(wall.replace(tzinfo=zone))).isoformat(timespec="milliseconds")


def _whole_minutes(moment: datetime) -> timezone:
    """The moment's offset. Before standard time offsets had seconds, which the text cannot hold: they are rounded down,
    so that a midnight never moves to the day before."""
    minute = timedelta(minutes=1)
    return timezone((moment.utcoffset() or timedelta()) // minute * minute)


# ------------------------------------------------------------ texts that were typed


class InvalidValue(Exception):
    """A value that a column cannot hold.

    text: The text that Coda shows in the cell. kept: What Coda keeps there: the text, or the number that was sent.
    """

    def __init__(self, text: str, kept: str | float | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.kept = text if kept is None else kept


_SIGNS = "|".join(sorted({re.escape(sign.strip()) for sign in CURRENCIES.values()}, key=len, reverse=True))
_CURRENCY = re.compile(rf"(?:[A-Z]{{3}}|[A-Z]{{0,3}}[$€£¥₹₩₽₺₪฿₫₴₱₿]|{_SIGNS})\.?(?![^\W\d_])")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?(?::(\d\d)(?:\.\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?")
_MONTH_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)(?:[,T\s]\s*(.+))?")
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?(?!\d)")
_WORDS = re.compile(
    r"(?=.*\d{4})(?:[A-Za-z]{3,9},?\s+)?(?:[A-Za-z]{3,9}\.?\s+\d|\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{3,9})"
)


def number_from_text(text: str) -> float:
    """A number as people write it: `1,234.5`, `75 %`, `kr 1,200`, `-$3`, `€(3.00)`, `(€3.00)`. Raises InvalidValue."""
    plain = _CURRENCY.sub("", text.strip(), count=1).strip()
    # Accounting writes negative numbers in parentheses.
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1] if negative else plain
    plain = re.sub(r"^([-+]?)\s+|\s+(?=%$)", r"\1", plain.strip()).replace("−", "-")
    try:
        value = read_number(plain) if plain.isascii() else None
    except EvaluationError:
        value = None
    if value is None:
        raise InvalidValue(text)
    return -value if negative else value


def boolean_from_text(text: str) -> bool:
    """`true` or `false` in upper or lower case. Raises InvalidValue."""
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise InvalidValue(text)
    return word == "true"


def moment_from_text(text: str, zone: tzinfo) -> datetime:
    """A moment in ISO 8601, month first, or in English words; without an offset, in the zone's time.

    Raises InvalidValue, also for a bare number: Coda was seen to leave seconds since 1970 a number.
    """
    plain = text.strip()
    found = _MONTH_FIRST.fullmatch(plain)
    try:
        if found is not None:
            clock = time_from_text(found[4], zone) if found[4] else time()
            year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
            moment: datetime | None = datetime.combine(date(year, int(found[1]), int(found[2])), clock, zone)
        elif _ISO.match(plain) or _WORDS.match(plain):
            moment = read_datetime(plain, zone)
        else:
            moment = None
        if moment is None:
            raise InvalidValue(text)
        instant(moment)  # at both ends of the calendar some local times have no instant
    except (ValueError, OverflowError, EvaluationError):
        raise InvalidValue(text) from None
    return moment


def date_from_text(text: str, zone: tzinfo) -> date:
    """The date of a moment, in the zone's time. Raises InvalidValue."""
    return moment_from_text(text, zone).date()


def time_from_text(text: str, zone: tzinfo) -> time:
    """A time of day: `9:30`, `09:30:15`, `9:30 PM`, `9 pm`, or the time in a moment. Raises InvalidValue."""
    plain = text.strip()
    found = _CLOCK.fullmatch(plain)
    if found is None:
        if _ISO.match(plain):
            try:
                # In the text's own zone: a time of day has no zone, whatever the zone's offset on day 0 was.
                return datetime.fromisoformat(plain).replace(tzinfo=None).time()
            except ValueError:
                pass
        return moment_from_text(text, zone).timetz().replace(tzinfo=None)
    half = (found[4] or "").lower()
    if not half and found[2] is None:
        raise InvalidValue(text)
    hour = int(found[1])
    if half:
        if not 1 <= hour <= 12:
            raise InvalidValue(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found[2] or 0), int(found[3] or 0))
    except ValueError:
        raise InvalidValue(text) from None


def duration_from_text(text: str) -> timedelta:
    """A duration: `2 hrs 30 mins`, `0.25 days`; a bare number counts days. Raises InvalidValue."""
    try:
        value = read_duration(text)
    except EvaluationError:
        value = None
    if value is None:
        raise InvalidValue(text)
    return value
