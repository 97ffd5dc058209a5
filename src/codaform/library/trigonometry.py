"""Trigonometry: angles in radians, and the hyperbolic functions."""

import math

from codaform.library.function import function
from codaform.library.numbers import real
from codaform.model.values import EvaluationError


@function("Sin", certainty="recalled")
def sine(radians: float) -> float:
    """The sine of an angle.

    radians: The angle; Radians turns degrees into it.

    >>> Sin(Pi() / 2)
    1
    >>> Sin("")
    blank
    >>> List(0, Pi() / 6).Sin().Round(9)
    [0, 0.5]
    """
    return real(math.sin, radians)


@function("Cos", certainty="recalled")
def cosine(radians: float) -> float:
    """The cosine of an angle.

    radians: The angle; Radians turns degrees into it.

    >>> Cos(0)
    1
    >>> Cos("")
    blank
    >>> List(Pi(), Pi() / 3).Cos().Round(9)
    [-1, 0.5]
    """
    return real(math.cos, radians)


@function("Tan", certainty="recalled")
def tangent(radians: float) -> float:
    """The tangent of an angle.

    radians: The angle; Radians turns degrees into it.

    >>> Tan(0)
    0
    >>> Tan("")
    blank
    >>> List(0, Pi() / 4).Tan().Round(9)
    [0, 1]
    """
    return real(math.tan, radians)


@function("Cot", certainty="recalled-weak")
def cotangent(radians: float) -> float:
    """The cotangent of an angle: one divided by its tangent.

    radians: The angle; Radians turns degrees into it.

    >>> Round(Cot(Pi() / 4), 9)
    1
    >>> Cot("")
    blank
    >>> Cot(0)
    error: division-by-zero
    >>> List(Pi() / 4, Pi() / 2).Cot().Round(9)
    [1, 0]
    """
    return _inverse(real(math.tan, radians))


@function("Sec", certainty="recalled-weak")
def secant(radians: float) -> float:
    """The secant of an angle: one divided by its cosine.

    radians: The angle; Radians turns degrees into it.

    >>> Sec(0)
    1
    >>> Sec("")
    blank
    >>> List(0, Pi() / 3).Sec().Round(9)
    [1, 2]
    """
    return _inverse(real(math.cos, radians))


@function("Csc", certainty="recalled-weak")
def cosecant(radians: float) -> float:
    """The cosecant of an angle: one divided by its sine.

    radians: The angle; Radians turns degrees into it.

    >>> Csc(Pi() / 2)
    1
    >>> Csc("")
    blank
    >>> Csc(0)
    error: division-by-zero
    >>> List(Pi() / 2, Pi() / 6).Csc().Round(9)
    [1, 2]
    """
    return _inverse(real(math.sin, radians))


@function("Asin", certainty="recalled")
def arc_sine(value: float) -> float:
    """The angle that has a sine, from -Pi/2 to Pi/2.

    value: The sine, from -1 to 1.

    >>> Asin(0)
    0
    >>> Asin("")
    blank
    >>> Asin(2)
    error: wrong-value
    >>> List(0, 1).Asin().Degrees().Round(9)
    [0, 90]
    """
    return real(math.asin, value)


@function("Acos", certainty="recalled")
def arc_cosine(value: float) -> float:
    """The angle that has a cosine, from 0 to Pi.

    value: The cosine, from -1 to 1.

    >>> Acos(1)
    0
    >>> Acos("")
    blank
    >>> Acos(2)
    error: wrong-value
    >>> List(0, -1).Acos().Degrees().Round(9)
    [90, 180]
    """
    return real(math.acos, value)


@function("Atan", certainty="recalled")
def arc_tangent(value: float) -> float:
    """The angle that has a tangent, between -Pi/2 and Pi/2.

    value: The tangent.

    >>> Atan(0)
    0
    >>> Atan("")
    blank
    >>> List(1, -1).Atan().Degrees().Round(9)
    [45, -45]
    """
    return math.atan(value)


@function("Acot", certainty="recalled-weak")
def arc_cotangent(value: float) -> float:
    """The angle that has a cotangent, between 0 and Pi.

    value: The cotangent.

    Assumed: the angle of a negative cotangent is obtuse, as in spreadsheets.

    >>> Round(Degrees(Acot(1)), 9)
    45
    >>> Acot("")
    blank
    >>> List(0, -1).Acot().Degrees().Round(9)
    [90, 135]
    """
    return math.pi / 2 - math.atan(value)


@function("Atan2", certainty="recalled")
def angle_of_point(x: float, y: float) -> float:
    """The angle from the horizontal to a point, between -Pi and Pi.

    x: How far the point lies to the right.
    y: How far the point lies up.

    Assumed: x comes first, as in spreadsheets, and the angle of the origin is 0.

    >>> Round(Degrees(Atan2(0, 1)), 9)
    90
    >>> Atan2(1, "")
    blank
    >>> List(1, -1).Atan2(1).Degrees().Round(9)
    [45, 135]
    """
    return math.atan2(y + 0.0, x + 0.0)


@function("Sinh", certainty="recalled")
def hyperbolic_sine(value: float) -> float:
    """The hyperbolic sine of a number.

    value: The number.

    >>> Sinh(0)
    0
    >>> Sinh("")
    blank
    >>> Sinh(1000)
    error: out-of-range
    >>> List(0, 1).Sinh().Round(3)
    [0, 1.175]
    """
    return real(math.sinh, value)


@function("Cosh", certainty="recalled")
def hyperbolic_cosine(value: float) -> float:
    """The hyperbolic cosine of a number.

    value: The number.

    >>> Cosh(0)
    1
    >>> Cosh("")
    blank
    >>> Cosh(1000)
    error: out-of-range
    >>> List(0, 1).Cosh().Round(3)
    [1, 1.543]
    """
    return real(math.cosh, value)


@function("Tanh", certainty="recalled")
def hyperbolic_tangent(value: float) -> float:
    """The hyperbolic tangent of a number.

    value: The number.

    >>> Tanh(0)
    0
    >>> Tanh("")
    blank
    >>> List(0, 1).Tanh().Round(3)
    [0, 0.762]
    """
    return math.tanh(value)


@function("Coth", certainty="recalled-weak")
def hyperbolic_cotangent(value: float) -> float:
    """The hyperbolic cotangent of a number: one divided by its hyperbolic tangent.

    value: A number other than zero.

    >>> Round(Coth(1), 3)
    1.313
    >>> Coth("")
    blank
    >>> Coth(0)
    error: division-by-zero
    >>> List(-1, 1000).Coth().Round(3)
    [-1.313, 1]
    """
    return _inverse(math.tanh(value))


@function("Sech", certainty="recalled-weak")
def hyperbolic_secant(value: float) -> float:
    """The hyperbolic secant of a number: one divided by its hyperbolic cosine.

    value: The number.

    >>> Sech(0)
    1
    >>> Sech("")
    blank
    >>> List(1, 1000).Sech().Round(3)
    [0.648, 0]
    """
    return 0.0 if abs(value) > _LARGE else 1 / math.cosh(value)


@function("Csch", certainty="recalled-weak")
def hyperbolic_cosecant(value: float) -> float:
    """The hyperbolic cosecant of a number: one divided by its hyperbolic sine.

    value: A number other than zero.

    >>> Round(Csch(1), 3)
    0.851
    >>> Csch("")
    blank
    >>> Csch(0)
    error: division-by-zero
    >>> List(1, 1000).Csch().Round(3)
    [0.851, 0]
    """
    return 0.0 if abs(value) > _LARGE else _inverse(math.sinh(value))


@function("Asinh", certainty="recalled")
def inverse_hyperbolic_sine(value: float) -> float:
    """The number that has a hyperbolic sine.

    value: The hyperbolic sine.

    >>> Asinh(0)
    0
    >>> Asinh("")
    blank
    >>> List(0, 1).Asinh().Round(3)
    [0, 0.881]
    """
    return math.asinh(value)


@function("Acosh", certainty="recalled")
def inverse_hyperbolic_cosine(value: float) -> float:
    """The number, not below zero, that has a hyperbolic cosine.

    value: The hyperbolic cosine, from 1 on.

    >>> Acosh(1)
    0
    >>> Acosh("")
    blank
    >>> Acosh(0)
    error: wrong-value
    >>> List(1, 2).Acosh().Round(3)
    [0, 1.317]
    """
    return real(math.acosh, value)


@function("Atanh", certainty="recalled")
def inverse_hyperbolic_tangent(value: float) -> float:
    """The number that has a hyperbolic tangent.

    value: The hyperbolic tangent, between -1 and 1.

    >>> Atanh(0)
    0
    >>> Atanh("")
    blank
    >>> Atanh(1)
    error: wrong-value
    >>> List(0, 0.5).Atanh().Round(3)
    [0, 0.549]
    """
    return real(math.atanh, value)


@function("Acoth", certainty="recalled-weak")
def inverse_hyperbolic_cotangent(value: float) -> float:
    """The number that has a hyperbolic cotangent.

    value: The hyperbolic cotangent, below -1 or above 1.

    >>> Round(Acoth(2), 3)
    0.549
    >>> Acoth("")
    blank
    >>> Acoth(0.5)
    error: wrong-value
    >>> List(2, -2).Acoth().Round(3)
    [0.549, -0.549]
    """
    if value == 0:
        raise EvaluationError("wrong-value", "no number has the hyperbolic cotangent 0")
    return real(lambda cotangent: math.atanh(1 / cotangent), value)


@function("Degrees", certainty="recalled")
def degrees(radians: float) -> float:
    """An angle in degrees.

    radians: The angle in radians.

    >>> Degrees(Pi())
    180
    >>> Degrees("")
    blank
    >>> List(0, Pi() / 2).Degrees()
    [0, 90]
    """
    return real(math.degrees, radians)


@function("Radians", certainty="recalled")
def radians_of_degrees(degrees: float) -> float:
    """An angle in radians.

    degrees: The angle in degrees.

    >>> Round(Radians(180), 4)
    3.1416
    >>> Radians("")
    blank
    >>> List(0, 90).Radians().Round(4)
    [0, 1.5708]
    """
    return real(math.radians, degrees)


_LARGE = 710.0
"""Beyond it a hyperbolic sine is too large for a float, and one divided by it is next to nothing."""


def _inverse(number: float) -> float:
    if number == 0:
        raise EvaluationError("division-by-zero", "one is divided by zero")
    return real(lambda: 1 / number)
