"""Products: the signs * / ^ over numbers and durations."""

from datetime import timedelta

from codaform.library.function import Context, function
from codaform.library.numbers import divides, finite, not_zero, reckoned
from codaform.library.sums import within
from codaform.model import conversion
from codaform.model.values import EvaluationError


@function("", operator="*")
def multiply_numbers(left: float | None, right: float | None) -> float:
    """The product of two numbers; a blank counts as 0.

    left: The first number.
    right: The second number.

    >>> 3 * 4
    12
    >>> 3 * ""
    0
    """
    return finite((left or 0.0) * (right or 0.0))


@function("", operator="*")
def multiply_duration(left: timedelta | None, right: float | None) -> timedelta:
    """A duration several times over.

    left: The duration.
    right: How many times.

    >>> Hours(2) * 3
    6 hrs
    >>> Hours(2) * ""
    0 secs
    """
    return within(lambda: (left or timedelta()) * (right or 0.0))


@function("", operator="*")
def multiply_by_duration(left: float | None, right: timedelta | None) -> timedelta:
    """A duration several times over, with the number first.

    left: How many times.
    right: The duration.

    >>> 3 * Hours(2)
    6 hrs
    >>> "" * Hours(2)
    0 secs
    """
    return multiply_duration.rowwise(right, left)  # type: ignore[no-any-return]


@function("", operator="*", literals={"left": reckoned, "right": reckoned})
def multiply(context: Context, left: object, right: object) -> object:
    """The product of two values whose types are known only when they are computed.

    left: The first value.
    right: The second value.

    >>> ParseJSON("[5]").First() * 2
    10
    >>> If(true, "", 5) * 2
    0
    """
    left, right = conversion.single(left), conversion.single(right)
    if isinstance(left, timedelta):
        return multiply_duration.rowwise(left, conversion.to_number(right, context))
    if isinstance(right, timedelta):
        return multiply_duration.rowwise(right, conversion.to_number(left, context))
    return multiply_numbers.rowwise(conversion.to_number(left, context), conversion.to_number(right, context))


@function("", operator="/", literals={"right": not_zero})
def divide_numbers(left: float | None, right: float | None) -> float:
    """The quotient of two numbers. Dividing by 0 or by a blank is an error, never 0.

    left: The number that is divided.
    right: The number that divides it.

    >>> 7 / 2
    3.5
    >>> "" / 2
    0
    >>> 1 / 0
    error: division-by-zero
    """
    if not right:
        raise EvaluationError("division-by-zero", "division by zero")
    return finite((left or 0.0) / right)


@function("", operator="/", literals={"right": not_zero})
def divide_durations(left: timedelta | None, right: timedelta | None) -> float:
    """How many times one duration goes into another.

    left: The duration that is divided.
    right: The duration that divides it.

    >>> Hours(3) / Minutes(30)
    6
    >>> "" / Hours(1)
    0
    """
    if not right:
        raise EvaluationError("division-by-zero", "division by zero")
    return (left or timedelta()) / right


@function("", operator="/", literals={"right": not_zero})
def divide_duration(left: timedelta | None, right: float | None) -> timedelta:
    """A part of a duration.

    left: The duration.
    right: Into how many parts it is divided.

    >>> Hours(3) / 2
    1 hr 30 mins
    >>> Hours(3) / ""
    error: division-by-zero
    """
    if not right:
        raise EvaluationError("division-by-zero", "division by zero")
    return within(lambda: (left or timedelta()) / right)


@function("", operator="/", literals={"left": reckoned, "right": divides})
def divide(context: Context, left: object, right: object) -> object:
    """The quotient of two values whose types are known only when they are computed.

    left: The value that is divided.
    right: The value that divides it.

    >>> ParseJSON("[5]").First() / 2
    2.5
    >>> If(true, "", 5) / 2
    0
    """
    left, right = conversion.single(left), conversion.single(right)
    if isinstance(right, timedelta):
        return divide_durations.rowwise(conversion.to_duration(left, context), right)
    if isinstance(left, timedelta):
        return divide_duration.rowwise(left, conversion.to_number(right, context))
    return divide_numbers.rowwise(conversion.to_number(left, context), conversion.to_number(right, context))


@function("", operator="^")
def power(left: float | None, right: float | None) -> float:
    """A number to the power of another; a blank counts as 0.

    left: The base.
    right: The exponent.

    >>> 2 ^ 10
    1024
    >>> "" ^ 2
    0
    """
    try:
        result = (left or 0.0) ** (right or 0.0)
    except ZeroDivisionError:
        raise EvaluationError("division-by-zero", "0 to a negative power divides by zero") from None
    except OverflowError:
        raise EvaluationError("out-of-range", "the result is too large to be computed") from None
    if isinstance(result, complex):
        raise EvaluationError("wrong-value", "a root of a negative number is no number")
    return finite(result)
