"""Numbers: powers, divisions, logarithms, even and odd, chance."""

import math
from collections.abc import Callable
from datetime import timedelta

from codaform.library.function import function
from codaform.model.number_text import number_text
from codaform.model.value_texts import read_duration, read_number
from codaform.model.values import EvaluationError


def not_zero(divisor: object, given: object = None) -> None:
    """EvaluationError for a divisor that is zero or blank."""
    if not divisor:
        raise EvaluationError("division-by-zero", "a number is divided by zero")


def reckoned(value: object, given: object = None) -> None:
    """EvaluationError for a text that is neither a number nor a duration, so that no sign computes with it."""
    if isinstance(value, str):
        try:
            read_number(value)
        except EvaluationError as fault:
            try:
                read_duration(value)
            except EvaluationError:
                raise fault from None


def divides(value: object, given: object = None) -> None:
    """EvaluationError for what nothing can be divided by: a zero, a blank, a text that is no number."""
    not_zero(value)
    reckoned(value)


@function("Abs", also=("AbsoluteValue",), certainty="recalled")
def absolute(value: float) -> float:
    """A number without its sign.

    value: The number.

    >>> Abs(-2.5)
    2.5
    >>> Abs("")
    blank
    >>> List(-1, 1).Abs()
    [1, 1]
    """
    return abs(value)


@function("Abs", also=("AbsoluteValue",), certainty="recalled")
def absolute_duration(value: timedelta) -> timedelta:
    """A duration without its sign: how far two dates lie apart, whichever is first.

    value: The duration.

    Assumed: the result is a duration too, as that of Round is.

    >>> Abs(Date(2025, 12, 8) - Date(2025, 12, 10))
    2 days
    >>> Abs(Days(""))
    blank
    """
    try:
        return abs(value)
    except OverflowError:
        raise EvaluationError("out-of-range", "the duration is too long") from None


@function("Sign", certainty="recalled")
def sign(value: float) -> float:
    """1 for a number above zero, -1 below zero, 0 for zero.

    value: The number.

    >>> Sign(-2.5)
    -1
    >>> Sign("")
    blank
    >>> List(7, 0).Sign()
    [1, 0]
    """
    return float((value > 0) - (value < 0))


@function("Quotient", certainty="recalled", literals={"divisor": not_zero})
def quotient(dividend: float, divisor: float) -> float:
    """How many whole times the divisor goes into the dividend.

    dividend: The number to divide.
    divisor: The number to divide by.

    Assumed: the decimals are cut off, so that a negative result is rounded towards zero.

    >>> Quotient(17, 5)
    3
    >>> Quotient(-17, 5)
    -3
    >>> Quotient(17, "")
    blank
    >>> Quotient(17, 0)
    error: division-by-zero
    >>> List(17, 20).Quotient(5)
    [3, 4]
    """
    not_zero(divisor)
    return float(math.trunc(finite(dividend / divisor)))


@function("Remainder", certainty="seen", literals={"divisor": not_zero})
def remainder(dividend: float, divisor: float) -> float:
    """The remainder of a division into whole parts.

    dividend: The number to divide.
    divisor: The number to divide by.

    Assumed: it has the sign of the dividend, so that it fits Quotient: dividend = divisor * quotient + remainder.

    >>> Remainder(17, 5)
    2
    >>> Remainder(-17, 5)
    -2
    >>> Remainder("", 5)
    blank
    >>> Remainder(17, 0)
    error: division-by-zero
    >>> List(17, 20).Remainder(5)
    [2, 0]
    """
    not_zero(divisor)
    return math.fmod(dividend, divisor) + 0.0


@function("Modulo", also=("Mod",), certainty="recalled", literals={"divisor": not_zero})
def modulo(dividend: float, divisor: float) -> float:
    """The distance from the multiple of the divisor below a number to that number.

    dividend: The number to divide.
    divisor: The number to divide by.

    Assumed: it has the sign of the divisor, as in spreadsheets.

    >>> Modulo(17, 5)
    2
    >>> Modulo(-17, 5)
    3
    >>> Modulo("", 5)
    blank
    >>> Modulo(17, 0)
    error: division-by-zero
    >>> List(17, 20).Modulo(5)
    [2, 0]
    """
    not_zero(divisor)
    return dividend % divisor + 0.0


@function("Power", certainty="seen")
def power(base: float, exponent: float) -> float:
    """A number multiplied by itself so many times; the same as `base ^ exponent`.

    base: The number to raise.
    exponent: The power to raise it to; 0.5 gives the square root.

    >>> Power(2, 10)
    1024
    >>> Power(2, "")
    blank
    >>> Power(-8, 0.5)
    error: wrong-value
    >>> List(1, 2, 3).Power(2)
    [1, 4, 9]
    """
    if base == 0 and exponent < 0:
        raise EvaluationError("division-by-zero", "zero has no negative power")
    return real(math.pow, base, exponent)


@function("SquareRoot", also=("Sqrt",), certainty="recalled")
def square_root(value: float) -> float:
    """The number whose square is the given one.

    value: A number that is not negative.

    >>> SquareRoot(9)
    3
    >>> SquareRoot("")
    blank
    >>> SquareRoot(-9)
    error: wrong-value
    >>> List(4, 16).SquareRoot()
    [2, 4]
    """
    return real(math.sqrt, value)


@function("Exp", certainty="recalled-weak")
def exponential(exponent: float) -> float:
    """Euler's number e raised to a power.

    exponent: The power.

    >>> Exp(0)
    1
    >>> Exp("")
    blank
    >>> Exp(1000)
    error: out-of-range
    >>> List(1, 2).Exp().Round(3)
    [2.718, 7.389]
    """
    return real(math.exp, exponent)


@function("Ln", certainty="recalled")
def natural_logarithm(value: float) -> float:
    """The natural logarithm of a number.

    value: A number above zero.

    >>> Ln(1)
    0
    >>> Ln("")
    blank
    >>> Ln(0)
    error: wrong-value
    >>> List(2, 10).Ln().Round(3)
    [0.693, 2.303]
    """
    return real(math.log, value)


@function("Log", certainty="recalled")
def logarithm(value: float, base: float = 10.0) -> float:
    """The power to which the base is raised to give a number.

    value: A number above zero.
    base: A number above zero other than 1; ten if left out.

    >>> Log(100)
    2
    >>> Log(8, 2)
    3
    >>> Log("")
    blank
    >>> Log(8, 1)
    error: wrong-value
    >>> List(10, 1000).Log()
    [1, 3]
    """
    if base == 10:
        return real(math.log10, value)
    if base == 2:
        return real(math.log2, value)
    if base == 1:
        raise EvaluationError("wrong-value", "no logarithm has the base 1")
    return real(lambda number, root: math.log(number) / math.log(root), value, base)


@function("Log10", certainty="recalled")
def decimal_logarithm(value: float) -> float:
    """The logarithm of a number to the base ten.

    value: A number above zero.

    >>> Log10(1000)
    3
    >>> Log10("")
    blank
    >>> List(0.1, 10).Log10()
    [-1, 1]
    """
    return real(math.log10, value)


@function("IsEven", certainty="recalled")
def is_even(value: float) -> bool:
    """Whether a number is a multiple of two.

    value: The number.

    Assumed: a number with decimals is neither even nor odd.

    >>> IsEven(4)
    true
    >>> IsEven(4.5)
    false
    >>> IsEven("")
    blank
    >>> List(1, 2, 3).Filter(CurrentValue.IsEven())
    [2]
    """
    return value % 2 == 0


@function("IsOdd", certainty="recalled")
def is_odd(value: float) -> bool:
    """Whether a number is whole and no multiple of two.

    value: The number.

    Assumed: a number with decimals is neither even nor odd.

    >>> IsOdd(-3)
    true
    >>> IsOdd(4.5)
    false
    >>> IsOdd("")
    blank
    >>> List(1, 2, 3).Filter(CurrentValue.IsOdd())
    [1, 3]
    """
    return value % 2 == 1


@function("Factorial", also=("Fact",), certainty="recalled-weak")
def factorial(value: float) -> float:
    """The product of all whole numbers from 1 to the given one.

    value: A number from 0 to 170; its decimals are cut off.

    >>> Factorial(5)
    120
    >>> Factorial("")
    blank
    >>> Factorial(-1)
    error: wrong-value
    >>> Factorial(171)
    error: out-of-range
    >>> List(0, 3).Factorial()
    [1, 6]
    """
    if value > 170:
        raise EvaluationError("out-of-range", f"the factorial of {number_text(value)} is too large")
    return real(lambda number: float(math.factorial(int(number))), value)


@function("Combinations", also=("Combin",), certainty="recalled-weak")
def combinations(n: float, k: float) -> float:
    """In how many ways some things can be picked from many, whatever their order.

    n: How many there are to pick from; decimals are cut off.
    k: How many are picked; decimals are cut off.

    >>> Combinations(49, 6)
    13983816
    >>> Combinations(2, 3)
    0
    >>> Combinations(4, "")
    blank
    >>> Combinations(-1, 1)
    error: wrong-value
    >>> List(4, 5).Combinations(2)
    [6, 10]
    """
    many, few = int(n), int(k)
    # The result is at least 2 to the power of the smaller part, more than a number can be from here on.
    if min(few, many - few) > 1024:
        raise EvaluationError("out-of-range", "the combinations are too many")
    return real(lambda: float(math.comb(many, min(few, many - few) if few <= many else few)))


@function("Gcd", certainty="recalled")
def greatest_divisor(*numbers: list[float | None]) -> float | None:
    """The largest whole number that divides all the given ones.

    numbers: Numbers and lists of numbers; blanks are skipped, decimals are cut off.

    >>> Gcd(12, 18)
    6
    >>> Gcd(List(8, "", 20), 6)
    2
    >>> Gcd("")
    blank
    """
    found = [int(number) for group in numbers for number in group if number is not None]
    return float(math.gcd(*found)) if found else None


@function("Lcm", certainty="recalled")
def least_multiple(*numbers: list[float | None]) -> float | None:
    """The smallest whole number that all the given ones divide.

    numbers: Numbers and lists of numbers; blanks are skipped, decimals are cut off.

    >>> Lcm(4, 6)
    12
    >>> Lcm(List(2, "", 3), 5)
    30
    >>> Lcm("")
    blank
    """
    multiple: int | None = None
    for group in numbers:
        for number in group:
            if number is not None:
                multiple = math.lcm(1 if multiple is None else multiple, int(number))
                if multiple.bit_length() > 1023:
                    raise EvaluationError("out-of-range", "the least common multiple is too large for a number")
    return None if multiple is None else float(multiple)


@function("Random", volatile=True, certainty="recalled")
def random_number() -> float:
    """A random number from 0 up to, but not including, 1; another one each time.

    >>> Random() < 1
    true
    >>> Random() >= 0
    true
    """
    import random

    return random.random()


@function("RandomInteger", volatile=True, certainty="recalled-weak")
def random_integer(from_: float, to: float) -> float:
    """A random whole number between two bounds, which can both come up.

    from_: The lower bound.
    to: The upper bound.

    >>> RandomInteger(3, 3)
    3
    >>> RandomInteger("", 6)
    blank
    >>> RandomInteger(6, 1)
    error: wrong-value
    >>> List(1, 2).RandomInteger(2).Last()
    2
    """
    import random

    lowest, highest = math.ceil(from_), math.floor(to)
    if lowest > highest:
        raise EvaluationError("wrong-value", f"no whole number lies from {number_text(from_)} to {number_text(to)}")
    return float(random.randint(lowest, highest))


@function("Pi", certainty="recalled")
def pi() -> float:
    """The ratio of a circle's circumference to its diameter.

    >>> Pi()
    3.141592653589793
    >>> Round(Pi(), 2)
    3.14
    """
    return math.pi


def real(compute: Callable[..., float], *arguments: float) -> float:
    """The result of a real function. Raises EvaluationError where it has none or is too large."""
    try:
        return finite(compute(*arguments)) + 0.0
    except ValueError:
        given = " and ".join(number_text(argument) for argument in arguments)
        raise EvaluationError(
            "wrong-value", f"there is no result for {given}" if given else "there is no result"
        ) from None
    except OverflowError:
        raise EvaluationError("out-of-range", "the result is too large for a number") from None


def finite(number: float) -> float:
    """The number itself. Raises EvaluationError for an infinity, when the result does not fit a float."""
    if not math.isfinite(number):
        raise EvaluationError("out-of-range", "the result is too large for a number")
    return number
