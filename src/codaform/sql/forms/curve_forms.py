"""Powers, logarithms and trigonometry in SQL.

Their last digit is up to the mathematical library of the system, which is DuckDB's and Python's alike where both use
the same one. So they are not called exact.
"""

from __future__ import annotations

from codaform.library import numbers, products, trigonometry
from codaform.library.function import Function
from codaform.model import types
from codaform.sql.forms.form import SqlForm, Template

_FAILS = "it IS NULL OR NOT isfinite(it)"


def _curve(sql: str, flag: str = _FAILS) -> Template:
    return Template(f"{sql} + CAST(0 AS DOUBLE)", types.NUMBER, flag, exact=False)


_TO_THE_POWER = "CASE WHEN NOT ({0} < 0 AND {1} <> trunc({1})) AND NOT ({0} = 0 AND {1} < 0) THEN pow({0}, {1}) END"
_OR_ZERO = ("coalesce(a, CAST(0 AS DOUBLE))", "coalesce(b, CAST(0 AS DOUBLE))")

FORMS: dict[Function, SqlForm] = {
    products.power: _curve(f"({_TO_THE_POWER.format(*_OR_ZERO)})"),
    numbers.power: _curve(f"({_TO_THE_POWER.format('a', 'b')})"),
    numbers.exponential: _curve("exp(a)"),
    numbers.natural_logarithm: _curve("ln(CASE WHEN a > 0 THEN a END)"),
    numbers.decimal_logarithm: _curve("log10(CASE WHEN a > 0 THEN a END)"),
    numbers.logarithm: _curve(
        "(CASE WHEN b = 10 THEN log10(CASE WHEN a > 0 THEN a END) WHEN b = 2 THEN log2(CASE WHEN a > 0 THEN a END) "
        "ELSE ln(CASE WHEN a > 0 THEN a END) / nullif(ln(CASE WHEN b > 0 THEN b END), 0) END)"
    ),
    trigonometry.sine: _curve("sin(a)", "abs(a) > 1e15 OR NOT isfinite(it)"),
    trigonometry.cosine: _curve("cos(a)", "abs(a) > 1e15 OR NOT isfinite(it)"),
    trigonometry.tangent: _curve("tan(a)", "abs(a) > 1e15 OR NOT isfinite(it)"),
    trigonometry.cotangent: _curve("1 / nullif(tan(a), 0)"),
    trigonometry.secant: _curve("1 / nullif(cos(a), 0)"),
    trigonometry.cosecant: _curve("1 / nullif(sin(a), 0)"),
    trigonometry.arc_sine: _curve("asin(CASE WHEN abs(a) <= 1 THEN a END)"),
    trigonometry.arc_cosine: _curve("acos(CASE WHEN abs(a) <= 1 THEN a END)"),
    trigonometry.arc_tangent: _curve("atan(a)"),
    trigonometry.arc_cotangent: _curve("pi() / 2 - atan(a)"),
    trigonometry.angle_of_point: _curve("atan2(b + CAST(0 AS DOUBLE), a + CAST(0 AS DOUBLE))"),
    trigonometry.hyperbolic_sine: _curve("sinh(CASE WHEN abs(a) < 700 THEN a END)"),
    trigonometry.hyperbolic_cosine: _curve("cosh(CASE WHEN abs(a) < 700 THEN a END)"),
    trigonometry.hyperbolic_tangent: _curve("tanh(a)"),
    trigonometry.hyperbolic_cotangent: _curve("1 / nullif(tanh(a), 0)"),
    trigonometry.hyperbolic_secant: _curve("1 / cosh(CASE WHEN abs(a) < 700 THEN a END)"),
    trigonometry.hyperbolic_cosecant: _curve("1 / nullif(sinh(CASE WHEN abs(a) < 700 THEN a END), 0)"),
    trigonometry.inverse_hyperbolic_sine: _curve("asinh(a)"),
    trigonometry.inverse_hyperbolic_cosine: _curve("acosh(CASE WHEN a >= 1 THEN a END)"),
    trigonometry.inverse_hyperbolic_tangent: _curve("atanh(CASE WHEN abs(a) < 1 THEN a END)"),
    trigonometry.inverse_hyperbolic_cotangent: _curve("atanh(CASE WHEN abs(a) > 1 THEN 1 / a END)"),
    trigonometry.degrees: _curve("times(a, 180 / pi())"),
    trigonometry.radians_of_degrees: _curve("times(a, pi() / 180)"),
}
