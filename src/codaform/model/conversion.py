"""A value of one type as a value of another.

Sources: language.md sections 4.1 to 4.4, as told in docs/language.md. A blank stays blank in every conversion.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from codaform.model.budget import STEPS_A_CONVERSION, STEPS_A_LIST, STEPS_A_TIME
from codaform.model.context import Context
from codaform.model.number_text import json_text, number_text
from codaform.model.value_texts import (
    clock_text,
    date_text,
    days_long,
    duration_text,
    read_datetime,
    read_duration,
    read_number,
)
from codaform.model.values import DAY, EPOCH, Action, Error, EvaluationError, Person, Row, is_blank
from codaform.text import shorten

Converted = TypeVar("Converted")

_STEPS_A_LOOSE_DATE = 250
_TIMES_AS_LONG = 16
"""Reading a letter of a duration costs so many times as much as reading a letter of a number."""
_DEEPEST = 100
"""Rows that may be displayed as rows, one behind the other."""


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
            return _from_days(value, context)
        case timedelta():
            return _from_days(value / DAY, context)
        case str():
            context.budget.charge_converted(value)
            return read_datetime(value, context.zone, lambda: context.budget.charge(_STEPS_A_LOOSE_DATE))
        case list():
            return to_datetime(single(value), context)
        case Row():
            return to_datetime(single(context.display(value)), context)
    raise EvaluationError("wrong-value", f"{_told(value, context)} is not a date")


def _from_days(days: float, context: Context) -> datetime:
    """The wall-clock moment so many days after day 0."""
    try:
        naive = datetime.combine(EPOCH, time()) + timedelta(microseconds=round(days * 86_400_000_000))
    except (OverflowError, ValueError):
        raise EvaluationError("out-of-range", f"{number_text(days)} days lie outside the calendar") from None
    return naive.replace(tzinfo=context.zone)


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


def _told(value: object, context: Context) -> str:
    return shorten(to_text(value, context) or "blank")
