"""How SQL represents the values of formulas. An engine never sees a value of another form.

| value | DuckDB |
| --- | --- |
| blank | `NULL`, also for the empty text |
| number | `DOUBLE`, never an infinity or NaN |
| text | `VARCHAR`, never empty |
| boolean | `BOOLEAN` |
| date | `DATE` of the years 1 to 9999 |
| date and time | `BIGINT`: microseconds since 1970 began in UTC |
| time | `BIGINT`: microseconds since midnight |
| duration | `BIGINT`: microseconds |
| person | `VARCHAR`: the name |
| reference | `BIGINT`: the number of the row in its table |
| list | a `LIST` of these |

There is no SQL value for an error. A column whose formula may fail has a *flag* beside it: true where SQL does not
give the cell. Either the cell is an error, or its value lies where SQL would differ from the row-wise engine: a sum
beyond all numbers, a letter whose upper case differs. Its value is NULL there, whoever reads it is flagged as well, and
the row-wise engine computes the flagged cells. So a form only has to be right where it does not raise the flag.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlglot import exp

from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Person, Row, instant
from codaform.sql.trees import NOTATION, CannotLower

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = _UNIX.date()
_MICROSECOND = timedelta(microseconds=1)

_TYPES: dict[Type, str] = {
    types.NUMBER: "DOUBLE",
    types.TEXT: "VARCHAR",
    types.BOOLEAN: "BOOLEAN",
    types.DATE: "DATE",
    types.DATETIME: "BIGINT",
    types.TIME: "BIGINT",
    types.DURATION: "BIGINT",
    types.PERSON: "VARCHAR",
    types.BLANK: "VARCHAR",
}


def type_name(kind: Type) -> str:
    """The SQL type of values of a type. Raises CannotLower for a type that has none."""
    if isinstance(kind, ListOf):
        return f"{type_name(kind.item)}[]"
    if isinstance(kind, RowOf):
        if not kind.table:
            raise CannotLower("SQL has no reference to rows of any table")
        return "BIGINT"
    known = _TYPES.get(kind)
    if known is None:
        raise CannotLower(f"SQL has no value for {types.describe(kind)}")
    return known


def cast(tree: exp.Expr, kind: Type | str) -> exp.Expr:
    """A tree as a value of a type, which is one of the language, or one of SQL by its name."""
    name = kind if isinstance(kind, str) else type_name(kind)
    made, wanted = exp.cast(tree, name, dialect=NOTATION), exp.DataType.build(name, dialect=NOTATION)
    # sqlglot takes a cast to a list of anything for one to a list of anything else.
    return made if made.to == wanted else exp.Cast(this=made, to=wanted)


def encoded(value: Any) -> Any:
    """A value as what an engine is given for it: None, a float, text, boolean, date, int, or a list of these."""
    match value:
        case "":
            return None
        case datetime():
            return (instant(value) - _UNIX) // _MICROSECOND
        case time():
            return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
        case timedelta():
            return value // _MICROSECOND
        case Person():
            return value.name
        case Row():
            return value.id
        case list():
            return [encoded(item) for item in value]
    return value


AS_HELD = frozenset((types.NUMBER, types.TEXT))
"""The types whose values an engine gives as they are."""


def decoded(value: Any, kind: Type, zone: tzinfo) -> Any:
    """What an engine gives, as a value of a type."""
    if value is None:
        return None
    match kind:
        case ListOf(item):
            return [decoded(inner, item, zone) for inner in (json.loads(value) if isinstance(value, str) else value)]
        case RowOf(table):
            return Row(table, int(value))
        case types.DATETIME:
            return (_UNIX + value * _MICROSECOND).astimezone(zone)
        case types.TIME:
            return (datetime.min + value * _MICROSECOND).time()
        case types.DURATION:
            return value * _MICROSECOND
        case types.PERSON:
            return Person(value)
        case types.BOOLEAN:
            return bool(value)
        case types.DATE if isinstance(value, int):
            return _FIRST_DAY + timedelta(days=value)
    return value


def literal(value: Any, kind: Type) -> exp.Expr:
    """A value as a literal of its SQL type."""
    plain = encoded(value)
    if plain is None or plain == "":
        return cast(exp.Null(), kind)
    match plain:
        case bool():
            return exp.Boolean(this=plain)
        case float():
            return cast(exp.Literal.string(repr(plain)), "DOUBLE")
        case int():
            return cast(exp.Literal.string(str(plain)), "BIGINT")
        case date():
            return cast(exp.Literal.string(plain.isoformat()), "DATE")
        case str():
            return exp.Literal.string(plain)
        case list():
            item = kind.item if isinstance(kind, ListOf) else types.BLANK
            return cast(exp.Array(expressions=[literal(one, item) for one in value]), kind)
    raise CannotLower(f"SQL has no literal for {value!r}")
