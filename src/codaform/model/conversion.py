"""A value of one type as a value of another, and how values compare.

Sources: language.md sections 4.1 to 4.4, as told in docs/language.md. A blank stays blank in every conversion.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from typing import TypeVar

from codaform.model.budget import SHORT, STEPS_A_COMPARISON, STEPS_A_CONVERSION, STEPS_A_LIST, STEPS_A_TIME
from codaform.model.context import Context
from codaform.model.number_text import json_text, number_text
from codaform.model.values import DAY, EPOCH, Action, Error, EvaluationError, Person, Row, instant, is_blank
from codaform.text import shorten

Converted = TypeVar("Converted")

# Compiled when first used, as only some formulas read a number or a duration from a text.
_NUMBER = r"[-+]?\$?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?(?:[eE][-+]?\d+)?%?"
_AMOUNT = (
    r"(-?\d+(?:\.\d+)?)\s*(weeks?|wks?|w|days?|d|hours?|hrs?|hr|h|minutes?|mins?|m|seconds?|secs?|s)\b[,\s]*(?:and\s+)?"
)
_CLOCK = r"(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?"
_UNSAID, _UNSAID_ELSE = datetime(1904, 2, 27), datetime(1908, 3, 28)
_STEPS_A_LOOSE_DATE = 250
_TIMES_AS_LONG = 16
"""What a letter costs of a text that is read as a duration, beside one that is read as a number."""
_DEEPEST = 100
"""Rows that may be displayed as rows, one behind the other."""
_UNITS = {"w": 7 * DAY, "d": DAY, "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}


def single(value: object) -> object:
    """A list of one as its item, an empty list as blank; several items have no single value."""
    if not isinstance(value, list):
        return value
    if len(value) > 1:
        raise EvaluationError("list-as-one", f"a list of {len(value)} items stands where one value is needed")
    return single(value[0]) if value else None


def shown(value: object, context: Context) -> object:
    """A value as a cell holds it: the item of a list of one, the display value of a row."""
    for _ in range(_DEEPEST):
        value = single(value)
        if not isinstance(value, Row):
            return value
        value = context.display(value)
    raise EvaluationError("too-deep", "a row is displayed as rows that are displayed as it")


def to_list(value: object) -> list[object]:
    """A single value as a list of one, blank as the empty list."""
    if isinstance(value, list):
        return value
    return [] if is_blank(value) else [value]


def to_text(value: object, context: Context) -> str | None:  # noqa: C901 - a case for each type of value
    """A value as Coda shows it in a text: `None` for blank."""
    match value:
        case None | "":
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() | int():
            return number_text(value)
        case datetime():
            return f"{date_text(value)} {clock_text(value.time())}"
        case date():
            return date_text(value)
        case time():
            return clock_text(value)
        case timedelta():
            return duration_text(value)
        case Row():
            context.budget.charge(STEPS_A_CONVERSION)
            try:
                return to_text(single(context.display(value)), context)
            except RecursionError:
                raise EvaluationError("too-deep", "a row is displayed as rows that are displayed as it") from None
        case Person():
            return value.name
        case list():
            context.budget.charge(STEPS_A_LIST + len(value))
            text = ", ".join(to_text(item, context) or "" for item in value)
            context.budget.charge_made(text)
            return text or None
        case dict():
            text = json_text(_in_json(value, context))
            context.budget.charge_made(text)
            return text
        case Action():
            return value.name
        case Error():
            raise EvaluationError(value.rule, value.message, value.span)
    raise EvaluationError("wrong-value", f"{value!r} has no text")


def _in_json(value: object, context: Context) -> object:
    """A value in JSON; a value without a JSON form becomes its text."""
    match value:
        case "":
            return None
        case dict():
            context.budget.charge(STEPS_A_CONVERSION + STEPS_A_CONVERSION * len(value))
            return {key: _in_json(item, context) for key, item in value.items()}
        case list():
            context.budget.charge(STEPS_A_LIST + len(value))
            return [_in_json(item, context) for item in value]
        case None | bool() | float() | int():
            return value
    return to_text(value, context)


def date_text(value: date) -> str:
    """Month/day/year, the order that Coda also reads."""
    return f"{value.month}/{value.day}/{value.year}"


def clock_text(value: time) -> str:
    """Hours on the twelve-hour clock: 9:05:00 AM."""
    return f"{(value.hour + 11) % 12 + 1}:{value.minute:02}:{value.second:02} {'AM' if value.hour < 12 else 'PM'}"


def duration_text(value: timedelta) -> str:
    """Days, hours, minutes and seconds, each only where there are any: 1 day 2 hrs."""
    if value < timedelta(0):
        return "-" + duration_text(-value)
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


def to_number(value: object, context: Context) -> float | None:
    """A value as a number: dates and durations count days, a percentage is its fraction."""
    match value:
        case None:
            return None
        case bool():
            return 1.0 if value else 0.0
        case float():
            return value
        case int():
            return float(value)
        case str():
            context.budget.charge_converted(value)
            return read_number(value)
        case datetime():
            context.budget.charge(STEPS_A_TIME)
            wall = timedelta(
                hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond
            )
            return (value.date() - EPOCH).days + wall / DAY
        case date():
            return float((value - EPOCH).days)
        case timedelta():
            return value / DAY
        case time():
            context.budget.charge(STEPS_A_TIME)
            return (datetime.combine(EPOCH, value) - datetime.combine(EPOCH, time())) / DAY
        case list():
            return to_number(single(value), context)
        case Row():
            return to_number(single(context.display(value)), context)
    raise EvaluationError("wrong-value", f"{_told(value, context)} is not a number")


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


def to_boolean(value: object) -> bool:
    """A value as a condition: blank, 0, false and the empty list are false (section 4.3)."""
    if isinstance(value, Error):
        raise EvaluationError(value.rule, value.message, value.span)
    if isinstance(value, list):
        return bool(value) if len(value) != 1 else to_boolean(value[0])
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false")
    return not (value is None or value is False or value == 0 or value == timedelta() or value == [])


def to_date(value: object, context: Context) -> date | None:
    """A value as a calendar day; a date and time loses its time."""
    if isinstance(value, datetime):
        return value.astimezone(context.zone).date()
    if isinstance(value, date):
        return value
    moment = to_datetime(value, context)
    return None if moment is None else moment.date()


def to_datetime(value: object, context: Context) -> datetime | None:
    """A value as a moment in the doc's time zone; a date is its midnight, a time of day is on day 0."""
    match value:
        case None:
            return None
        case datetime():
            return value.astimezone(context.zone) if value.tzinfo else value.replace(tzinfo=context.zone)
        case date():
            return datetime.combine(value, time(), context.zone)
        case time():
            return datetime.combine(EPOCH, value, context.zone)
        case bool():
            pass
        case float() | int():
            return from_days(value, context)
        case timedelta():
            return from_days(value / DAY, context)
        case str():
            context.budget.charge_converted(value)
            return read_datetime(value, context.zone, lambda: context.budget.charge(_STEPS_A_LOOSE_DATE))
        case list():
            return to_datetime(single(value), context)
        case Row():
            return to_datetime(single(context.display(value)), context)
    raise EvaluationError("wrong-value", f"{_told(value, context)} is not a date")


def from_days(days: float, context: Context) -> datetime:
    """The wall-clock moment so many days after day 0."""
    try:
        naive = datetime.combine(EPOCH, time()) + timedelta(microseconds=round(days * 86_400_000_000))
    except (OverflowError, ValueError):
        raise EvaluationError("out-of-range", f"{number_text(days)} days lie outside the calendar") from None
    return naive.replace(tzinfo=context.zone)


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


def to_time(value: object, context: Context) -> time | None:
    """A value as a time of day."""
    match value:
        case None:
            return None
        case datetime():
            return value.astimezone(context.zone).time()
        case time():
            return value
        case timedelta():
            return (datetime.combine(EPOCH, time()) + value % DAY).time()
    moment = to_datetime(value, context)
    return None if moment is None else moment.time()


def attempted(
    convert: Callable[[object, Context], Converted | None], value: object, context: Context
) -> Converted | None:
    """A value converted on request of a formula: blank if the value has no such form."""
    plain = shown(value, context)
    try:
        return convert(plain, context)
    except EvaluationError as fault:
        if fault.rule != "wrong-value":
            raise
        return None


def to_duration(value: object, context: Context) -> timedelta | None:
    """A value as a span of time; a number counts days."""
    match value:
        case None:
            return None
        case timedelta():
            return value
        case str():
            context.budget.charge_converted(value, _TIMES_AS_LONG)
            return read_duration(value)
        case time():
            return datetime.combine(EPOCH, value) - datetime.combine(EPOCH, time())
        case list():
            return to_duration(single(value), context)
    days = to_number(value, context)
    return None if days is None else days_long(days)


def days_long(days: float) -> timedelta:
    """A duration of so many days."""
    try:
        return timedelta(microseconds=round(days * 86_400_000_000))
    except (OverflowError, ValueError):
        raise EvaluationError("out-of-range", f"a duration of {number_text(days)} days is too long") from None


def read_duration(text: str) -> timedelta | None:
    """A text like `2 hrs 30 mins` or `2:30` (hours and minutes) as a duration; a bare number counts days."""
    text = text.strip()
    if not text:
        return None
    negative = text.startswith("-")
    rest = text[1:].lstrip() if negative else text
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


def to_person(value: object, context: Context) -> Person | None:
    """A value as a person: a text is taken for a name or an e-mail address."""
    match value:
        case None | "":
            return None
        case Person():
            return value
        case str():
            return Person(value, value) if "@" in value else Person(value)
        case list():
            return to_person(single(value), context)
    raise EvaluationError("wrong-value", f"{_told(value, context)} is not a person")


def to_row(value: object, table: str, context: Context) -> Row | None:
    """A value as a row of a table: a text names the row it is displayed as."""
    match value:
        case None | "":
            return None
        case Row() if not table or value.table == table:
            return value
        case Action():
            return None  # the row that AddRow would give is not there before it is carried out
        case list():
            return to_row(single(value), table, context)
    text = to_text(value, context)
    row = None if text is None else context.find(text, table)
    if row is None and text is not None:
        raise EvaluationError("unknown-row", f'no row of {table or "the doc"} is displayed as "{shorten(text)}"')
    return row


def equal(left: object, right: object, context: Context) -> bool:
    """Whether `left = right` (sections 4.2 to 4.4): blank equals only blank, a row equals its display text."""
    kind = type(left)
    if kind is type(right) and kind in (str, float, Row, Person, bool, timedelta, date):
        if kind is str and len(left) > SHORT:  # type: ignore[arg-type]
            context.budget.charge_read(left)
        return left == right
    if is_blank(left) or is_blank(right):
        return is_blank(left) and is_blank(right)
    if isinstance(left, list) and isinstance(right, list):
        context.budget.charge(STEPS_A_LIST + len(left))
        return len(left) == len(right) and all(equal(a, b, context) for a, b in zip(left, right, strict=True))
    if isinstance(left, list) or isinstance(right, list):
        one, other = (left, right) if isinstance(left, list) else (right, left)
        return isinstance(one, list) and len(one) == 1 and equal(one[0], other, context)
    context.budget.charge(STEPS_A_COMPARISON)
    if isinstance(left, dict) or isinstance(right, dict):
        context.budget.charge_whole((left, right))
        return left == right
    if isinstance(left, str) or isinstance(right, str):
        return _equals_text(*((left, right) if isinstance(left, str) else (right, left)), context)
    try:
        return _order(left, right, context) == 0
    except EvaluationError:
        return False


def _equals_text(text: object, other: object, context: Context) -> bool:
    if isinstance(other, Person):
        return text in (other.name, other.email)
    if isinstance(other, bool | Row):
        return text == to_text(other, context)
    try:
        return _order(text, other, context) == 0
    except EvaluationError:
        return False


def order(left: object, right: object, context: Context) -> int:
    """-1, 0 or 1; blank is smaller than everything. Raises EvaluationError for values that have no common order."""
    kind = type(left)
    if kind is type(right) and kind in (float, date, timedelta, str):
        if kind is str and len(left) > SHORT:  # type: ignore[arg-type]
            context.budget.charge_read(left)
        return int(left > right) - int(left < right)  # type: ignore[operator]
    left, right = single(left), single(right)
    if is_blank(left) or is_blank(right):
        return is_blank(right) - is_blank(left)
    context.budget.charge(STEPS_A_COMPARISON)
    return _order(left, right, context)


def _order(left: object, right: object, context: Context) -> int:
    if isinstance(left, Row | Person) or isinstance(right, Row | Person):
        left, right = to_text(left, context) or "", to_text(right, context) or ""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        first, second = to_datetime(left, context), to_datetime(right, context)
        if first is None or second is None:
            return (second is None) - (first is None)
        a, b = instant(first), instant(second)
        return (a > b) - (a < b)
    if isinstance(left, date) and isinstance(right, str):
        right = to_date(right, context)
    elif isinstance(right, date) and isinstance(left, str):
        left = to_date(left, context)
    elif isinstance(left, timedelta) and isinstance(right, str):
        right = to_duration(right, context)
    elif isinstance(right, timedelta) and isinstance(left, str):
        left = to_duration(left, context)
    x, y = to_number(left, context), to_number(right, context)
    if x is None or y is None:
        return (y is None) - (x is None)
    return (x > y) - (x < y)


@cache
def _is_fixed(zone: tzinfo) -> bool:
    """Whether the clocks of a zone never change."""
    return zone.utcoffset(None) is not None


def elapsed(end: datetime, start: datetime) -> timedelta:
    """The time that passes between two moments, also across a change of the clocks."""
    zone = end.tzinfo
    if zone is start.tzinfo and zone is not None and (_is_fixed(zone) or end.utcoffset() == start.utcoffset()):
        return end - start
    return end.astimezone(UTC) - start.astimezone(UTC)


def later(moment: datetime, span: timedelta) -> datetime:
    """The moment so much time after another, in the same zone."""
    try:
        return (moment.astimezone(UTC) + span).astimezone(moment.tzinfo)
    except OverflowError:
        raise EvaluationError("out-of-range", "the date lies outside the calendar") from None


def _told(value: object, context: Context) -> str:
    return shorten(to_text(value, context) or "blank")
