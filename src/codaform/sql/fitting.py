"""Which values of cells a dialect can hold, and how large they are."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from math import inf, isfinite
from typing import Any

from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Person, Row
from codaform.sql.dialects.dialect import Dialect
from codaform.sql.kinds import encoded


def fits(value: Any, kind: Type, dialect: Dialect) -> bool:
    """Whether a dialect has a value, and it is of the type that its column declares."""
    if value is None or value == "":
        return True
    match kind:
        case ListOf(item):
            return isinstance(value, list) and all(fits(one, item, dialect) and dialect.holds(one) for one in value)
        case RowOf(name):
            return isinstance(value, Row) and value.table == name
        case types.TEXT:
            return isinstance(value, str) and dialect.fits(value)
        case types.NUMBER:
            return isinstance(value, float) and isfinite(value)
        case types.DATE:
            return isinstance(value, date) and not isinstance(value, datetime)
        case types.DATETIME:
            # In the first and the last year, the day in UTC may be none of the calendar.
            return isinstance(value, datetime) and MINYEAR < value.year < MAXYEAR and _is_shown(value)
        case types.DURATION:
            return isinstance(value, timedelta) and abs(value) < _LONGEST
    return isinstance(value, _PYTHON.get(kind, ()))


def largest(values: list[Any], kind: Type) -> float:
    """The largest of numbers or times without its sign, as SQL has them; infinite for other values."""
    if kind not in (types.NUMBER, types.DURATION, types.TIME, types.DATETIME):
        return inf
    return float(max((abs(encoded(value)) for value in (max(values), min(values))), default=0)) if values else 0.0


def _is_shown(moment: datetime) -> bool:
    """Whether the clocks of its zone ever show a moment: when they are put forward, they leave an hour out."""
    shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return shown.replace(tzinfo=None) == moment.replace(tzinfo=None)


_LONGEST = timedelta(days=100_000)
_PYTHON: dict[Type, type] = {
    types.BOOLEAN: bool,
    types.TIME: time,
    types.PERSON: Person,
}
