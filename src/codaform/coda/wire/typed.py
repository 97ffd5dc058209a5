"""What a text means that was typed, or sent, into a cell of a number, a date, a time, or a duration."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo

from codaform.model.conversion import read_datetime, read_duration, read_number
from codaform.model.values import Fault, instant


class Unfit(Exception):
    """What a column cannot hold. `text` is what a cell keeps of it: Coda says nothing and shows the text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


_CURRENCY = re.compile(r"(?:[A-Z]{3}|[A-Z]{0,3}[$€£¥₹₩₽₺₪฿₫₴₱₿]|zł|kr\.?)")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?(?::(\d\d)(?:\.\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?")
_MONTH_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)(?:[,T\s]\s*(.+))?")
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?(?!\d)")
_WORDS = re.compile(
    r"(?=.*\d{4})(?:[A-Za-z]{3,9},?\s+)?(?:[A-Za-z]{3,9}\.?\s+\d|\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{3,9})"
)


def typed_number(text: str) -> float:
    """A number as people write it: `1,234.5`, `75 %`, `€ 12.50`, `-$3`, `(3.00)`. Raises Unfit."""
    plain = text.strip()
    # Accounting writes what is owed in parentheses.
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1] if negative else plain
    plain = _CURRENCY.sub("", plain, count=1)
    plain = re.sub(r"^([-+]?)\s+|\s+(?=%$)", r"\1", plain.strip()).replace("−", "-")
    try:
        value = read_number(plain) if plain.isascii() else None
    except Fault:
        value = None
    if value is None:
        raise Unfit(text)
    return -value if negative else value


def typed_boolean(text: str) -> bool:
    """`true` or `false`, in letters of any size. Raises Unfit."""
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise Unfit(text)
    return word == "true"


def typed_moment(text: str, zone: tzinfo) -> datetime:
    """A moment by ISO 8601, month before day, or in English words; without an offset by the zone's clocks.

    Raises Unfit, also for a bare number: seconds since 1970 were seen to stay a number.
    """
    plain = text.strip()
    found = _MONTH_FIRST.fullmatch(plain)
    try:
        if found is not None:
            clock = typed_time(found[4], zone) if found[4] else time()
            year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
            moment: datetime | None = datetime.combine(date(year, int(found[1]), int(found[2])), clock, zone)
        elif _ISO.match(plain) or _WORDS.match(plain):
            moment = read_datetime(plain, zone)
        else:
            moment = None
        if moment is None:
            raise Unfit(text)
        instant(moment)  # at both ends of the calendar there are wall clocks without an instant
    except (ValueError, OverflowError, Fault):
        raise Unfit(text) from None
    return moment


def typed_date(text: str, zone: tzinfo) -> date:
    """The calendar day of a moment, by the zone's clocks. Raises Unfit."""
    return typed_moment(text, zone).date()


def typed_time(text: str, zone: tzinfo) -> time:
    """A time of day: `9:30`, `09:30:15`, `9:30 PM`, `9 pm`, or that of a moment by its own text. Raises Unfit."""
    plain = text.strip()
    found = _CLOCK.fullmatch(plain)
    if found is None:
        if _ISO.match(plain):
            try:
                # By the text's own clocks: a time of day has no zone, whatever zone day 0 had.
                return datetime.fromisoformat(plain).replace(tzinfo=None).time()
            except ValueError:
                pass
        return typed_moment(text, zone).timetz().replace(tzinfo=None)
    half = (found[4] or "").lower()
    if not half and found[2] is None:
        raise Unfit(text)
    hour = int(found[1])
    if half:
        if not 1 <= hour <= 12:
            raise Unfit(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found[2] or 0), int(found[3] or 0))
    except ValueError:
        raise Unfit(text) from None


def typed_duration(text: str) -> timedelta:
    """A span of time: `2 hrs 30 mins`, `0.25 days`; a bare number counts days. Raises Unfit."""
    try:
        value = read_duration(text)
    except Fault:
        value = None
    if value is None:
        raise Unfit(text)
    return value
