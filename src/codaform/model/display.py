"""A value as its column's format shows it: the one place that writes formatted numbers, moments and durations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from codaform.model.formats import CURRENCIES, NO_FORMAT, WHOLE_CURRENCIES, Format
from codaform.model.moment import moment_text
from codaform.model.number_text import number_text
from codaform.model.schema import Column
from codaform.model.value_texts import duration_text
from codaform.model.values import EvaluationError

_DECIMALS = 4
"""The most decimals of a number whose column names no precision."""

_LARGE = 1e15


@dataclass(frozen=True, slots=True)
class Usual:
    """The Moment patterns for the parts that a column's format leaves open, and the text between a date and a time."""

    date: str
    time: str
    between: str


# ------------------------------------------------------------ numbers


def number_shown(value: float, column: Column | None = None) -> str:
    """A number as its column shows it: `1,200.00`, `13 %` as `13%`, `€9.50`, `3 of 5`.

    Without a precision a number has up to four decimals, and an amount those of its currency.
    """
    kind, format = (column.kind, column.format) if column is not None else ("number", NO_FORMAT)
    if not abs(value) < _LARGE:
        return number_text(value)
    if kind == "currency":
        return _amount(value, format)
    if kind == "percent":
        return f"{_digits(Decimal(repr(value)).scaleb(2), format.precision, format.thousands is True)}%"
    text = _digits(Decimal(repr(value)), format.precision, format.thousands is True)
    return f"{text}{_bounds(kind, format)}"


def _amount(value: float, format: Format) -> str:
    """An amount of money; Coda always separates its thousands."""
    code = format.currency or "USD"
    decimals = format.precision if format.precision is not None else 0 if code in WHOLE_CURRENCIES else 2
    digits = _digits(Decimal(repr(value)), decimals, True)
    sign = "" if format.style == "financial" else CURRENCIES.get(code, f"{code} ")
    if not digits.startswith("-"):
        return f"{sign}{digits}"
    if format.style in ("accounting", "financial"):
        return f"{sign}({digits[1:]})"
    return f"-{sign}{digits[1:]}"


def _bounds(kind: str, format: Format) -> str:
    """The upper limit of a slider, a progress bar or a scale, if its format has one."""
    if kind not in ("slider", "progress", "scale") or not isinstance(format.maximum, float | int):
        return ""
    most = number_text(float(format.maximum))
    least = format.minimum
    return f" of {number_text(float(least))} to {most}" if isinstance(least, float | int) and least else f" of {most}"


def _digits(value: Decimal, decimals: int | None, grouped: bool) -> str:
    """The digits of a number; half of a last decimal goes up, as people round."""
    rounded = value.quantize(Decimal(1).scaleb(-(_DECIMALS if decimals is None else decimals)), ROUND_HALF_UP)
    if decimals is not None:
        text = f"{rounded:{',' if grouped else ''}f}"
    else:
        whole = rounded == rounded.to_integral_value()
        text = f"{rounded.to_integral_value() if whole else rounded.normalize():{',' if grouped else ''}f}"
    return text if re.search("[1-9]", text) else text.removeprefix("-")


# ------------------------------------------------------------ moments and durations


def moment_shown(value: date | datetime | time, column: Column, usual: Usual) -> str:
    """A date, a time or both by the patterns of the column, else by the usual ones."""
    format = column.format
    day = usual.date if format.date is None else format.date
    clock = usual.time if format.time is None else format.time
    between = " " if format.date is not None or format.time is not None else usual.between
    match value:
        case datetime() if column.kind == "date" and format.date is not None:
            pattern = day
        case datetime() if column.kind == "time" and format.time is not None:
            pattern = clock
        case datetime():
            pattern = between.join(part for part in (day, clock) if part)
        case date():
            pattern = day
        case _:
            pattern = clock
    if not pattern:
        return ""
    try:
        return moment_text(value, pattern)
    except EvaluationError:
        return value.isoformat()


_UNITS = {
    "days": (timedelta(days=1), "day"),
    "hours": (timedelta(hours=1), "hr"),
    "minutes": (timedelta(minutes=1), "min"),
    "seconds": (timedelta(seconds=1), "sec"),
}


def duration_shown(value: timedelta, column: Column) -> str:
    """A duration, rounded to the smallest unit of its column: `3 days`, `3.25 days` with two decimals, `3 days ago`."""
    if column.format.unit not in _UNITS:
        return duration_text(value)
    unit, name = _UNITS[column.format.unit]
    decimals = column.format.precision or 0
    microseconds = timedelta(microseconds=1)
    amount = Decimal(value // microseconds) / Decimal(unit // microseconds)
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if decimals or not rounded:
        shown = f"{_digits(abs(rounded), decimals, False)} {name}{'' if abs(rounded) == 1 else 's'}"
        return f"{shown} ago" if rounded < 0 else shown
    try:
        return duration_text(int(rounded) * unit)
    except OverflowError:
        return duration_text(value)


# ------------------------------------------------------------ any value


def formatted(value: object, column: Column, usual: Usual) -> str | None:
    """A single value as its column's format shows it; None for a value that no format has a say in."""
    match value:
        case bool():
            return None
        case float() | int():
            return number_shown(float(value), column)
        case date() | time():
            return moment_shown(value, column, usual)
        case timedelta():
            return duration_shown(value, column)
    return None
