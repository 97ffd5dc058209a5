"""When two values are equal, and which of two comes first.

Sources: language.md sections 4.2 to 4.4, as told in docs/language.md.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from codaform.model.budget import SHORT, STEPS_A_COMPARISON, STEPS_A_LIST
from codaform.model.context import Context
from codaform.model.conversion import single, to_date, to_datetime, to_duration, to_number, to_text
from codaform.model.values import EvaluationError, Person, Row, instant, is_blank


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
