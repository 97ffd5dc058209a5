"""Numbers, dates, times and durations, written as texts and read from texts.

Sources: language.md sections 4.1 to 4.4, as told in docs/language.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from codaform.model.number_text import number_text
from codaform.model.values import DAY, EPOCH, EvaluationError
from codaform.text import shorten

# Compiled when first used, as only some formulas read a number or a duration from a text.
_NUMBER = r"[-+]?\$?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?(?:[eE][-+]?\d+)?%?"
_AMOUNT = (
    r"(-?\d+(?:\.\d+)?)\s*(weeks?|wks?|w|days?|d|hours?|hrs?|hr|h|minutes?|mins?|m|seconds?|secs?|s)\b[,\s]*(?:and\s+)?"
)
_CLOCK = r"(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?"
_UNSAID, _UNSAID_ELSE = datetime(1904, 2, 27), datetime(1908, 3, 28)
_UNITS = {"w": 7 * DAY, "d": DAY, "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}


def date_text(value: date) -> str:
    """Month/day/year, the order that Coda also reads."""
    return f"{value.month}/{value.day}/{value.year}"


def clock_text(value: time) -> str:
    """Hours on the twelve-hour clock: 9:05:00 AM."""
    return f"{(value.hour + 11) % 12 + 1}:{value.minute:02}:{value.second:02} {'AM' if value.hour < 12 else 'PM'}"


def duration_text(value: timedelta) -> str:
    """Days, hours, minutes and seconds, each only where there are any: 1 day 2 hrs. A negative one ends in `ago`."""
    if value < timedelta(0):
        return f"{duration_text(-value)} ago"
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        f"{number_text(float(amount))} {unit if amount == 1 else unit + 's'}"
        for amount, unit in (
            (value.days, "day"),
            (hours, "hr"),
            (minutes, "min"),
            (seconds + value.microseconds / 1_000_000, "sec"),
        )
        if amount
    ]
    return " ".join(parts) or "0 secs"


def read_number(text: str) -> float | None:
    """A text of digits as a number: `1,234.5`, `75%`, `$3`; blank for a blank text."""
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(_NUMBER, text) or not any(character.isdigit() for character in text):
        raise EvaluationError("wrong-value", f'"{shorten(text)}" is not a number')
    number = float(text.rstrip("%").replace("$", "").replace(",", ""))
    if number - number != 0.0:
        raise EvaluationError("out-of-range", f'"{shorten(text)}" is too large a number')
    return number / 100 if text.endswith("%") else number


def read_datetime(text: str, zone: tzinfo, before_loose: Callable[[], None] | None = None) -> datetime | None:
    """A text as a moment: `2025-12-08`, `12/8/2025 10:30 PM`; without an offset, by the clocks of the zone.

    before_loose: What is called before a text is read that is not in the form of ISO 8601, which takes far longer.
    """
    text = text.strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        if before_loose is not None:
            before_loose()
        moment = _read_loose_datetime(text)
    try:
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except OverflowError:
        raise EvaluationError("out-of-range", f'"{shorten(text)}" lies outside the calendar') from None


def _read_loose_datetime(text: str) -> datetime:
    from dateutil import parser

    # Month before day, as `ToDate("03/01/2020")` is the first of March (bal).
    try:
        if len(text) > 60 or not any(character.isdigit() for character in text):
            raise ValueError
        one = parser.parse(text, default=_UNSAID, dayfirst=False, tzinfos=_offset)
        if one.year != _UNSAID.year and one.month != _UNSAID.month and one.day != _UNSAID.day:
            return one
        return _completed(one, parser.parse(text, default=_UNSAID_ELSE, dayfirst=False, tzinfos=_offset))
    except (ValueError, OverflowError, TypeError, AttributeError):
        raise EvaluationError("wrong-value", f'"{shorten(text)}" is not a date') from None


def _completed(one: datetime, other: datetime) -> datetime:
    """A text read with two defaults that differ in every part: the text does not say the parts that differ.

    Month and day are the first where they are not said; a text that says only a time means day 0. Raises ValueError for
    a date without its year.
    """
    if one.date() == _UNSAID.date() and other.date() == _UNSAID_ELSE.date():
        return datetime.combine(EPOCH, one.timetz())
    if one.year != other.year:
        raise ValueError
    month = one.month if one.month == other.month else 1
    return one.replace(month=month, day=one.day if one.day == other.day else 1)


def _offset(_name: str | None, seconds: int | None) -> tzinfo | None:
    """The zone of a text with an offset. A zone's name alone says nothing: short names are not unique."""
    return None if seconds is None else timezone(timedelta(seconds=seconds))


def read_duration(text: str) -> timedelta | None:
    """A text like `2 hrs 30 mins`, `12 hrs ago` or `2:30` (hours and minutes); a bare number counts days."""
    text = text.strip()
    if not text:
        return None
    past = text[-4:].lower() == " ago"
    rest = text[:-4].rstrip() if past else text
    negative = past or rest.startswith("-")
    rest = rest[1:].lstrip() if negative and not past else rest
    total, at = timedelta(0), 0
    try:
        if clock := re.fullmatch(_CLOCK, rest):
            total = timedelta(hours=int(clock[1]), minutes=int(clock[2]), seconds=float(clock[3] or 0))
            return -total if negative else total
        amounts = re.compile(_AMOUNT, re.IGNORECASE)
        while at < len(rest):
            amount = amounts.match(rest, at)
            if amount is None:
                if at == 0:
                    return days_long(read_number(text) or 0.0)
                raise ValueError
            total += float(amount[1]) * _UNITS[amount[2][0].lower()]
            at = amount.end()
    except (ValueError, OverflowError, EvaluationError):
        raise EvaluationError("wrong-value", f'"{shorten(text)}" is not a duration') from None
    return -total if negative else total


def days_long(days: float) -> timedelta:
    """A duration of so many days."""
    try:
        return timedelta(microseconds=round(days * 86_400_000_000))
    except (OverflowError, ValueError):
        raise EvaluationError("out-of-range", f"a duration of {number_text(days)} days is too long") from None
