"""Rounding: to decimals, to multiples, up, down and to the nearest, of numbers and of durations."""

import math
from datetime import timedelta

from codaform.library.function import function
from codaform.library.numbers import finite
from codaform.model.value_texts import days_long
from codaform.model.values import DAY, EvaluationError


@function("Round", certainty="seen")
def round_number(value: float, decimals: float = 0) -> float:
    """A number rounded to so many decimals, a half away from zero.

    value: The number.
    decimals: How many decimals stay; none if left out. -2 rounds to hundreds.

    The decimal digits count: 2.675 is halfway, although the nearest binary fraction is a little less.

    >>> Round(2.5)
    3
    >>> Round(-2.5)
    -3
    >>> Round(2.675, 2)
    2.68
    >>> Round(1250, -2)
    1300
    >>> Round("")
    blank
    >>> List(1.4, "", 1.5).Round()
    [1, blank, 2]
    """
    return _to_decimals(value, decimals, "ROUND_HALF_UP")


@function("RoundUp", certainty="recalled")
def round_number_up(value: float, decimals: float = 0) -> float:
    """A number rounded away from zero to so many decimals.

    value: The number.
    decimals: How many decimals stay; none if left out.

    >>> RoundUp(2.1)
    3
    >>> RoundUp(-2.1)
    -3
    >>> RoundUp(1.1, 1)
    1.1
    >>> RoundUp("")
    blank
    >>> List(1, 1.01).RoundUp()
    [1, 2]
    """
    return _to_decimals(value, decimals, "ROUND_UP")


@function("RoundDown", certainty="seen")
def round_number_down(value: float, decimals: float = 0) -> float:
    """A number rounded towards zero to so many decimals.

    value: The number.
    decimals: How many decimals stay; none if left out.

    >>> RoundDown(2.9)
    2
    >>> RoundDown(-2.9)
    -2
    >>> RoundDown("")
    blank
    >>> List(1.99, 0.5).RoundDown()
    [1, 0]
    """
    return _to_decimals(value, decimals, "ROUND_DOWN")


@function("Truncate", also=("Trunc",), certainty="recalled")
def truncate(value: float, decimals: float = 0) -> float:
    """A number whose further decimals are cut off.

    value: The number.
    decimals: How many decimals stay; none if left out.

    >>> Truncate(2.987, 2)
    2.98
    >>> Truncate(-2.9)
    -2
    >>> Truncate("")
    blank
    >>> List(1.99, 0.5).Truncate()
    [1, 0]
    """
    return _to_decimals(value, decimals, "ROUND_DOWN")


@function("Int", certainty="recalled-weak")
def integer(value: float) -> float:
    """The largest whole number that is not above the given one.

    value: The number.

    >>> Int(2.9)
    2
    >>> Int(-2.1)
    -3
    >>> Int("")
    blank
    >>> List(1.5, 3).Int()
    [1, 3]
    """
    return float(math.floor(value))


@function("Even", certainty="recalled")
def even(value: float) -> float:
    """A number rounded away from zero to an even whole number.

    value: The number.

    >>> Even(2.1)
    4
    >>> Even(-1)
    -2
    >>> Even("")
    blank
    >>> List(0, 1, 2).Even()
    [0, 2, 2]
    """
    return finite(math.copysign(math.ceil(abs(value) / 2) * 2.0, value)) + 0.0


@function("Odd", certainty="recalled")
def odd(value: float) -> float:
    """A number rounded away from zero to an odd whole number.

    value: The number.

    >>> Odd(1.1)
    3
    >>> Odd(-2)
    -3
    >>> Odd("")
    blank
    >>> List(0, 1, 2).Odd()
    [1, 1, 3]
    """
    magnitude = math.ceil((abs(value) - 1) / 2) * 2.0 + 1
    return finite(-magnitude if value < 0 else magnitude)


@function("RoundTo", certainty="seen")
def round_number_to(value: float, factor: float) -> float:
    """The multiple of a factor nearest to a number; from halfway on, the one further from zero.

    value: The number.
    factor: What the result is a multiple of.

    Assumed: halfway below zero the lower multiple is taken, as Round does.

    >>> RoundTo(50, 100)
    100
    >>> RoundTo(49, 100)
    0
    >>> RoundTo(1.13, 0.05)
    1.15
    >>> RoundTo("", 5)
    blank
    >>> RoundTo(12, 0)
    error: division-by-zero
    >>> List(12, 13).RoundTo(5)
    [10, 15]
    """
    return _to_multiple(value, factor, "nearest")


@function("RoundTo", certainty="seen")
def round_duration_to(value: timedelta, factor: timedelta) -> timedelta:
    """The multiple of a duration nearest to another one.

    value: The duration.
    factor: What the result is a multiple of; a number counts days.

    >>> RoundTo(Minutes(50), Minutes(15))
    45 mins
    >>> RoundTo(Days(""), Hours(1))
    blank
    >>> RoundTo(Hours(40), 1)
    2 days
    """
    return _to_multiple_duration(value, factor, "nearest")


@function("Ceiling", certainty="recalled")
def ceiling(value: float, factor: float = 1) -> float:
    """The smallest multiple of a factor that is not below a number.

    value: The number.
    factor: What the result is a multiple of; one if left out.

    >>> Ceiling(2.1)
    3
    >>> Ceiling(-2.1)
    -2
    >>> Ceiling(0.31, 0.1)
    0.4
    >>> Ceiling("")
    blank
    >>> List(12, 15).Ceiling(5)
    [15, 15]
    """
    return _to_multiple(value, factor, "up")


@function("Ceiling", certainty="recalled")
def ceiling_of_duration(value: timedelta, factor: timedelta = DAY) -> timedelta:
    """The shortest multiple of a duration that is not below another one.

    value: The duration.
    factor: What the result is a multiple of; one day if left out.

    >>> Ceiling(Minutes(50), Minutes(15))
    1 hr
    >>> Ceiling(Hours(25))
    2 days
    >>> Ceiling(Days(""))
    blank
    """
    return _to_multiple_duration(value, factor, "up")


@function("Floor", certainty="recalled")
def floor(value: float, factor: float = 1) -> float:
    """The largest multiple of a factor that is not above a number.

    value: The number.
    factor: What the result is a multiple of; one if left out.

    >>> Floor(2.9)
    2
    >>> Floor(-2.1)
    -3
    >>> Floor(0.39, 0.1)
    0.3
    >>> Floor("")
    blank
    >>> List(12, 15).Floor(5)
    [10, 15]
    """
    return _to_multiple(value, factor, "down")


@function("Floor", certainty="recalled")
def floor_of_duration(value: timedelta, factor: timedelta = DAY) -> timedelta:
    """The longest multiple of a duration that is not above another one.

    value: The duration.
    factor: What the result is a multiple of; one day if left out.

    >>> Floor(Minutes(50), Minutes(15))
    45 mins
    >>> Floor(Hours(47))
    1 day
    >>> Floor(Days(""))
    blank
    """
    return _to_multiple_duration(value, factor, "down")


def _to_decimals(value: float, decimals: float, rounding: str) -> float:
    """Round the decimal number that a float is written as, not the binary fraction that it is."""
    places = int(max(-400.0, min(400.0, decimals)))
    if places == 0:
        magnitude = abs(value)
        whole = math.floor(magnitude)
        rest = magnitude - whole
        if (rounding == "ROUND_HALF_UP" and rest >= 0.5) or (rounding == "ROUND_UP" and rest > 0):
            whole += 1
        return -float(whole) if value < 0 and whole else float(whole)
    from decimal import Context, Decimal

    # A float has at most 309 digits before the point; with 400 places they fit the precision.
    exact = Decimal(repr(value)).quantize(Decimal((0, (1,), -places)), rounding, Context(prec=800))
    return finite(float(exact)) + 0.0


def _to_multiple(value: float, factor: float, direction: str) -> float:
    """The multiple of the factor in a direction, computed with the decimals that both are written with."""
    if factor == 0:
        raise EvaluationError("division-by-zero", "zero has no multiples to round to")
    if factor == 1 and direction != "nearest":
        return float(math.ceil(value) if direction == "up" else math.floor(value))
    from decimal import Context, Decimal

    exact, step = Decimal(repr(value)), abs(Decimal(repr(factor)))
    # The quotient of the largest float and the smallest has 632 digits.
    context = Context(prec=800)
    times, rest = context.divmod(exact, step)
    if direction == "nearest":
        away = 2 * abs(rest) >= step
        times += (1 if rest > 0 else -1) if away else 0
    elif rest != 0 and (rest > 0) == (direction == "up"):
        times += 1 if rest > 0 else -1
    return finite(float(context.multiply(times, step))) + 0.0


def _days(value: timedelta, decimals: float, rounding: str) -> timedelta:
    # Round on a duration rounds its count of days (seen in formulas of users).
    return days_long(_to_decimals(value / DAY, decimals, rounding))


def _to_multiple_duration(value: timedelta, factor: timedelta, direction: str) -> timedelta:
    if not factor:
        raise EvaluationError("division-by-zero", "no time has no multiples to round to")
    step = abs(factor)
    try:
        if direction == "down":
            return value // step * step
        if direction == "up":
            return -(-value // step * step)
        nearest = (2 * abs(value) + step) // (2 * step) * step
        return -nearest if value < timedelta(0) else nearest
    except OverflowError:
        raise EvaluationError("out-of-range", "the duration is too long") from None
