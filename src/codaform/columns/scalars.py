"""Kernels of functions that compute with one value of each argument. Each gives what the library's function gives.

A kernel is asked for all elements at once; where the function would give an error, or something that the arrays cannot
hold, its result is odd.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import isfinite

import numpy as np

from codaform.columns.column import Array, ArrayColumn, Mask, both, either, some
from codaform.columns.combining import of_kind
from codaform.columns.frames import ColumnWorld
from codaform.library import date_parts, durations, logic, numbers, products, sums
from codaform.library.function import Function
from codaform.model import types
from codaform.model.types import Type

Kernel = Callable[[ColumnWorld, list[ArrayColumn]], ArrayColumn]

_EXACT = 1 << 53
"""Whole numbers below it are floats without a loss."""

_DAY = 86_400_000_000
_MOST_DURATION = 1 << 61
"""Durations from here on are computed by Python, which says when one is too long."""


def or_zero(column: ArrayColumn) -> Array:
    """Numbers, with 0 for a blank. There is one zero."""
    if column.valid is None:
        return np.asarray(column.values + 0.0)
    values = np.where(column.valid, column.values, 0.0)
    values += 0.0
    return values


def number(values: Array, valid: Mask | None = None, odd: Mask | None = None) -> ArrayColumn:
    """Numbers; one that is not finite is odd, for there the function gives an error."""
    if isfinite(np.add.reduce(values)):  # which is not, if one of them is not
        return ArrayColumn(types.NUMBER, values, valid, odd)
    finite = np.isfinite(values)
    if finite.all():
        return ArrayColumn(types.NUMBER, values, valid, odd)
    return ArrayColumn(types.NUMBER, values, valid, either(odd, some(~finite if valid is None else valid & ~finite)))


def _reckoned(operation: Callable[..., Array], _: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    """Two numbers added, subtracted or multiplied.

    All values first; then again those with a blank, and products of zero, as such a zero may have a sign.
    """
    left, right = given
    values = operation(left.values, right.values)
    there = both(left.valid, right.valid)
    if operation is np.multiply:
        odd = values == 0.0 if there is None else (values == 0.0) | ~there
        again = np.flatnonzero(odd)
    else:
        values += 0.0  # a sum of zeros has no sign
        again = np.zeros(0, np.intp) if there is None else np.flatnonzero(~there)
    if len(again):
        values[again] = operation(or_zero(left.take(again)), or_zero(right.take(again)))
    return number(values)


def _divided(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    left, right = given
    zero = right.values == 0.0
    if right.valid is not None:
        zero |= ~right.valid
    values = left.values / right.values
    again = np.flatnonzero((values == 0.0) | zero if left.valid is None else (values == 0.0) | zero | ~left.valid)
    if len(again):
        values[again] = or_zero(left.take(again)) / np.where(zero[again], 1.0, right.values[again])
    return number(values, None, some(zero))


def _negated(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    return ArrayColumn(types.NUMBER, 0.0 - or_zero(given[0]))


def _absolute(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    return replace(given[0], values=np.abs(given[0].values))


def _sign(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    values = given[0].values
    return replace(given[0], values=(values > 0).astype(np.float64) - (values < 0))


def _moments_apart(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    left, right = given
    return ArrayColumn(types.DURATION, left.values - right.values, both(left.valid, right.valid))


def _dates_apart(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    left, right = given
    days = left.values.astype(np.int64) - right.values
    return ArrayColumn(types.DURATION, days * _DAY, both(left.valid, right.valid))


def _told_in(unit: int, value: ArrayColumn) -> ArrayColumn:
    """How often a unit goes into a duration. Python divides whole numbers, which is the same for small ones."""
    odd = None
    if len(value) and (int(value.values.max()) >= _EXACT or int(value.values.min()) <= -_EXACT):
        odd = some(both(value.valid, np.abs(value.values) >= _EXACT))  # type: ignore[arg-type]
    values = value.values.astype(np.float64)
    values /= unit  # in place: half of the time
    return ArrayColumn(types.NUMBER, values, value.valid, odd)


def _lasting(unit: int, _: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    """A duration of whole units. Python rounds parts of a microsecond in its own way."""
    (value,) = given
    whole = (np.floor(value.values) == value.values) & (np.abs(value.values) < _MOST_DURATION / unit)
    micros = np.where(whole, value.values, 0.0).astype(np.int64) * unit
    return ArrayColumn(types.DURATION, micros, value.valid, some(both(value.valid, ~whole)))  # type: ignore[arg-type]


def _lengths(operation: Callable[[Array, Array], Array], _: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    """Two durations added or subtracted; a blank counts as no time."""
    left, right = (each.values if each.valid is None else np.where(each.valid, each.values, 0) for each in given)
    values = operation(left, right)
    far = (np.abs(left) >= _MOST_DURATION // 2) | (np.abs(right) >= _MOST_DURATION // 2)
    return ArrayColumn(types.DURATION, values, None, some(far))


def _days_later(sign: int, _: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    """A date some whole days later; where a part of a day makes it a moment, or the calendar ends, it is odd.

    Without a date the sum is the length, which is of another type; the difference is blank.
    """
    day, length = given
    days = length.values / np.float64(_DAY) if length.kind == types.DURATION else length.values
    odd = (np.floor(days) != days) | (np.abs(days) > _FAR)
    values = day.values + np.where(length.present & ~odd, days, 0).astype(np.int64) * sign
    odd |= (values < _FIRST) | (values > _LAST)
    odd &= length.present
    if day.valid is not None:
        odd = odd | (length.present & ~day.valid) if sign > 0 else odd & day.valid
    return ArrayColumn(types.DATE, values.astype(np.int32), day.valid, some(odd))


_FAR = 4_000_000
_FIRST, _LAST = -719_162, 2_932_896
"""The first and the last day of Python's calendar, as days since 1970."""


def _is_blank(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    filled = given[0].filled
    return ArrayColumn(types.BOOLEAN, np.zeros(len(given[0]), np.bool_) if filled is None else ~filled)


def _is_filled(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    filled = given[0].filled
    return ArrayColumn(types.BOOLEAN, np.ones(len(given[0]), np.bool_) if filled is None else filled)


def truth(column: ArrayColumn) -> Mask:
    """Where a condition holds; where it is blank it does not."""
    return column.values if column.valid is None else column.values & column.valid


def _not(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    return ArrayColumn(types.BOOLEAN, ~truth(given[0]))


def _date_part(part: Callable[[Array], Array], _: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
    (day,) = given
    days = day.values if day.valid is None else np.where(day.valid, day.values, 0)
    return ArrayColumn(types.NUMBER, part(days.astype("datetime64[D]")).astype(np.float64), day.valid)


def _year(days: Array) -> Array:
    return np.asarray(days.astype("datetime64[Y]").astype(np.int64) + 1970)


def _month(days: Array) -> Array:
    return days.astype("datetime64[M]").astype(np.int64) % 12 + 1


def _day(days: Array) -> Array:
    return np.asarray((days - days.astype("datetime64[M]")).astype(np.int64) + 1)


def _iso_weekday(days: Array) -> Array:
    return (days.astype(np.int64) + 3) % 7 + 1


def compared(sign: str, left: ArrayColumn, right: ArrayColumn) -> ArrayColumn:
    """Two columns of one plain type compared: a blank equals a blank, and is smaller than everything else."""
    there, other = left.valid, right.valid
    if left.values.dtype == object:
        there, other = left.filled, right.filled
    if there is None and other is None:
        return ArrayColumn(types.BOOLEAN, np.asarray(_SIGNS[sign](left.values, right.values), np.bool_))
    if left.values.dtype == object:
        left, right = _some_text(left, there), _some_text(right, other)
    found = np.asarray(_SIGNS[sign](left.values, right.values), np.bool_)
    first = np.ones(len(left), np.bool_) if there is None else there
    second = np.ones(len(left), np.bool_) if other is None else other
    match sign:
        case "=" | "!=":
            same = (found if sign == "=" else ~found) & first & second | ~(first | second)
            return ArrayColumn(types.BOOLEAN, same if sign == "=" else ~same)
        case "<":
            blank = second & ~first
        case "<=":
            blank = ~first
        case ">":
            blank = first & ~second
        case _:
            blank = ~second
    return ArrayColumn(types.BOOLEAN, np.where(first & second, found, blank))


def _some_text(column: ArrayColumn, there: Mask | None) -> ArrayColumn:
    """Texts, with one in the place of blanks: those are compared apart."""
    return column if there is None else replace(column, values=np.where(there, column.values, ""))


_SIGNS: dict[str, Callable[[Array, Array], Array]] = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


_NUMBERS = (types.NUMBER, types.NUMBER)

KERNELS: dict[Function, tuple[tuple[Type | None, ...], Kernel]] = {
    sums.add_numbers: (_NUMBERS, partial(_reckoned, np.add)),
    sums.subtract_numbers: (_NUMBERS, partial(_reckoned, np.subtract)),
    products.multiply_numbers: (_NUMBERS, partial(_reckoned, np.multiply)),
    products.divide_numbers: (_NUMBERS, _divided),
    sums.negate_number: ((types.NUMBER,), _negated),
    numbers.absolute: ((types.NUMBER,), _absolute),
    numbers.sign: ((types.NUMBER,), _sign),
    sums.subtract_datetimes: ((types.DATETIME, types.DATETIME), _moments_apart),
    sums.subtract_dates: ((types.DATE, types.DATE), _dates_apart),
    sums.add_durations: ((types.DURATION, types.DURATION), partial(_lengths, np.add)),
    sums.subtract_durations: ((types.DURATION, types.DURATION), partial(_lengths, np.subtract)),
    sums.add_duration_to_date: ((types.DATE, types.DURATION), partial(_days_later, 1)),
    sums.subtract_duration_from_date: ((types.DATE, types.DURATION), partial(_days_later, -1)),
    sums.add_days_to_date: ((types.DATE, types.NUMBER), partial(_days_later, 1)),
    sums.subtract_days_from_date: ((types.DATE, types.NUMBER), partial(_days_later, -1)),
    durations.to_days: ((types.DURATION,), lambda _, given: _told_in(_DAY, given[0])),
    durations.to_hours: ((types.DURATION,), lambda _, given: _told_in(3_600_000_000, given[0])),
    durations.days_long: ((types.NUMBER,), partial(_lasting, _DAY)),
    durations.hours_long: ((types.NUMBER,), partial(_lasting, 3_600_000_000)),
    durations.minutes_long: ((types.NUMBER,), partial(_lasting, 60_000_000)),
    date_parts.year: ((types.DATE,), partial(_date_part, _year)),
    date_parts.month: ((types.DATE,), partial(_date_part, _month)),
    date_parts.day: ((types.DATE,), partial(_date_part, _day)),
    date_parts.iso_weekday: ((types.DATE,), partial(_date_part, _iso_weekday)),
    logic.is_blank_: ((None,), _is_blank),
    logic.is_not_blank: ((None,), _is_filled),
    logic.not_: ((types.BOOLEAN,), _not),
}
"""By function, the types that the kernel takes, None for any, and the kernel."""


RECKONED = frozenset({sums.add_numbers, sums.subtract_numbers, products.multiply_numbers, products.divide_numbers})
"""Functions that reckon with 0 for a blank: where one is, they reckon twice."""


def kernel_of(function: Function) -> Kernel | None:
    """The kernel of a function, if it has one."""
    found = KERNELS.get(function)
    if found is None:
        return None
    kinds, kernel = found

    def fitted(world: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn:
        columns, odd = [], None
        for kind, column in zip(kinds, given, strict=True):
            fits = column if kind is None or column.kind is kind else of_kind(column, kind, world)
            columns.append(fits)
            if fits.odd is not None:
                odd = either(odd, fits.odd)
        found = kernel(world, columns)
        return found if odd is None else found.where(odd=odd)

    return fitted


def days_told(length: ArrayColumn) -> ArrayColumn:
    """Durations as numbers of days."""
    return _told_in(_DAY, length)
