"""A value of one type as one of another, as `model.conversion` converts it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from codaform.model import types
from codaform.model.types import ListOf, OneOf, RowOf, Type, describe
from codaform.sql.frames import SqlFrame
from codaform.sql.kinds import cast
from codaform.sql.templates import computed, quoted
from codaform.sql.trees import CannotLower, coalesce, either
from codaform.sql.values import Lowered, SqlWriting, Stream, Value

ASCII = "strlen(a) = length(a)"
"""The test that a text has letters of ASCII only: of these, all engines know the same cases and spaces."""

WHOLE_TEXT = "CAST(CAST(a AS BIGINT) AS VARCHAR)"


@dataclass(frozen=True)
class Conversion:
    """How a value becomes one of another type. `a` is the value, `it` the result.

    sql: Blank for blank. flag: Where the result is not given; empty if nowhere.
    """

    sql: str
    flag: str = ""
    sure: bool = False


_NUMBER = "'[-+]?[0-9]{1,200}([.][0-9]{1,200})?'"

CONVERSIONS: dict[tuple[Type, Type], Conversion] = {
    (types.NUMBER, types.TEXT): Conversion(
        f"CASE WHEN abs(a) < 1e15 AND a = trunc(a) THEN {WHOLE_TEXT} ELSE number_text(a) END",
        "NOT few_digits(a) OR (a IS NOT NULL AND it IS NULL)",
    ),
    (types.BOOLEAN, types.TEXT): Conversion("CASE WHEN a THEN 'true' WHEN NOT a THEN 'false' END"),
    (types.DATE, types.TEXT): Conversion(
        "CAST(month(a) AS VARCHAR) || '/' || CAST(day(a) AS VARCHAR) || '/' || CAST(year(a) AS VARCHAR)"
    ),
    (types.PERSON, types.TEXT): Conversion("a"),
    (types.TEXT, types.PERSON): Conversion("a"),
    (types.TEXT, types.NUMBER): Conversion(
        f"number_of_text(CASE WHEN regexp_full_match(a, {_NUMBER}) THEN a END)",
        f"a IS NOT NULL AND NOT regexp_full_match(a, {_NUMBER})",
    ),
    (types.BOOLEAN, types.NUMBER): Conversion(
        "CASE WHEN a THEN CAST(1 AS DOUBLE) WHEN NOT a THEN CAST(0 AS DOUBLE) END"
    ),
    (types.DATE, types.NUMBER): Conversion("CAST(days_between(DATE '1899-12-30', a) AS DOUBLE)"),
    (types.DURATION, types.NUMBER): Conversion(
        "CAST(a AS DOUBLE) / CAST(86400000000 AS DOUBLE)", "abs(a) > 9007199254740992"
    ),
    (types.TIME, types.NUMBER): Conversion("CAST(a AS DOUBLE) / CAST(86400000000 AS DOUBLE)"),
    (types.TEXT, types.DATE): Conversion(
        "date_of_text(CASE WHEN regexp_full_match(a, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN a END)",
        "a IS NOT NULL AND (it IS NULL OR year(it) < 1)",
    ),
    (types.NUMBER, types.DURATION): Conversion(
        "CAST(CASE WHEN abs(a) < 10000 THEN to_even(a * CAST(86400000000 AS DOUBLE)) END AS BIGINT)",
        "NOT abs(a) < 10000",
    ),
    (types.TIME, types.DURATION): Conversion("a"),
    (types.DURATION, types.TIME): Conversion("(a % 86400000000 + 86400000000) % 86400000000"),
    (types.NUMBER, types.BOOLEAN): Conversion("coalesce(a <> 0, FALSE)", sure=True),
    (types.DURATION, types.BOOLEAN): Conversion("coalesce(a <> 0, FALSE)", sure=True),
    (types.BOOLEAN, types.BOOLEAN): Conversion("coalesce(a, FALSE)", sure=True),
    (types.TEXT, types.BOOLEAN): Conversion(
        "coalesce(lower(a) <> 'false', FALSE)",
        f"a IS NOT NULL AND (NOT {ASCII} OR regexp_matches(a, '^[[:cntrl:] ]|[[:cntrl:] ]$'))",
        sure=True,
    ),
}

_THERE = frozenset({types.DATE, types.DATETIME, types.TIME, types.PERSON})


def converted(lowering: SqlWriting, frame: SqlFrame, value: Lowered, kind: Type) -> Lowered:
    """A value as one of another type. Raises CannotLower."""
    if isinstance(kind, ListOf):
        if value.kind == kind:
            return value
        listed = lowering.items(value, frame, flat=not isinstance(kind.item, ListOf))
        return lowering.converted_items(listed, frame, kind.item, keeps_blank=kind.item == types.BOOLEAN)
    if isinstance(value, Stream):
        value = lowering.listed(value)
    return converted_value(lowering, frame, value, kind)


def converted_value(lowering: SqlWriting, frame: SqlFrame, value: Value, kind: Type) -> Value:
    """A single value as one of another type."""
    known = CONVERSIONS.get((value.kind, kind))
    if known is not None and not (value.kind == types.BOOLEAN == kind and value.sure):
        return _by(known, frame, value, kind)
    if value.kind == types.BLANK:
        if kind == types.BOOLEAN:
            return Value(exp.false(), kind, value.flag, sure=True)
        return replace(value, kind=kind, tree=cast(exp.Null(), kind))
    if value.kind == kind or kind == types.ANY:
        return value
    if isinstance(kind, OneOf):
        return value
    if isinstance(value.kind, ListOf):
        return _of_list(lowering, frame, value, kind)
    if isinstance(value.kind, RowOf):
        return _of_row(lowering, frame, value, kind)
    if kind == types.BOOLEAN and value.kind in _THERE:
        return _by(Conversion("a IS NOT NULL", sure=True), frame, value, kind)
    if types.DATETIME in (value.kind, kind):
        return _of_moment(lowering, frame, value, kind)
    if kind == types.DURATION:
        return converted_value(lowering, frame, converted_value(lowering, frame, value, types.NUMBER), kind)
    raise CannotLower(f"{describe(value.kind)} as {describe(kind)} has no SQL yet")


def _by(conversion: Conversion, frame: SqlFrame, value: Value, kind: Type) -> Value:
    again = 1 if conversion.flag else 0
    a = frame.compute(value.tree) if again else value.tree
    tree = computed(frame, conversion.sql, {"a": a})
    flag = None
    if conversion.flag:
        tree = frame.compute(tree)
        flag = frame.compute(
            coalesce(exp.Paren(this=computed(frame, conversion.flag, {"a": a, "it": tree})), exp.false())
        )
    return Value(tree, kind, either(value.flag, flag), conversion.sure or (value.sure and not conversion.flag))


def _of_list(lowering: SqlWriting, frame: SqlFrame, value: Value, kind: Type) -> Value:
    """The only item of a list; a list of several has no single value."""
    assert isinstance(value.kind, ListOf)
    items = frame.compute(value.tree)
    if kind == types.BOOLEAN:
        one = converted_value(lowering, frame, Value(_first(frame, items), value.kind.item), kind)
        many = computed(frame, "coalesce(len(a), 0) > 1", {"a": items})
        single = computed(frame, "coalesce(len(a), 0) = 1", {"a": items})
        flag = None if one.flag is None else exp.and_(single.copy(), one.flag)
        return Value(exp.or_(many, exp.and_(single, one.tree)), kind, either(value.flag, flag), sure=True)
    if kind == types.TEXT:
        stream = lowering.stream(value, frame)
        text = converted_value(lowering, stream.frame, stream.item, types.TEXT)
        return joined(lowering, replace(stream, item=text), exp.Literal.string(", "))
    several = computed(frame, "coalesce(len(a), 0) > 1", {"a": items})
    only = Value(_first(frame, items), value.kind.item, either(value.flag, several))
    return converted_value(lowering, frame, only, kind)


def joined(lowering: SqlWriting, stream: Stream, delimiter: exp.Expr) -> Value:
    """The texts of items one after the other; blank if there is none."""
    text = stream.frame.compute(coalesce(stream.item.tree, exp.Literal.string("")))
    whole = stream.owner.folded(stream.frame, "text", text, stream.order, delimiter)
    blank = exp.Nullif(this=whole, expression=exp.Literal.string(""))
    return Value(blank, types.TEXT, lowering.total_flag(stream))


def _first(frame: SqlFrame, items: exp.Expr) -> exp.Expr:
    return frame.dialect.word("list_extract", items.copy(), exp.Literal.number(1))


def _of_row(lowering: SqlWriting, frame: SqlFrame, value: Value, kind: Type) -> Value:
    """The display value of a row."""
    assert isinstance(value.kind, RowOf)
    if kind == types.BOOLEAN:
        return _by(Conversion("a IS NOT NULL", sure=True), frame, value, kind)
    if isinstance(kind, RowOf):
        if not kind.table:
            return value
        raise CannotLower(f"{describe(value.kind)} as {describe(kind)}")
    display = lowering.relations.doc.tables[value.kind.table].display
    if display is None or kind not in (types.TEXT, types.NUMBER, types.DATE, types.DATETIME, types.DURATION):
        raise CannotLower(f"{describe(value.kind)} as {describe(kind)} has no SQL")
    return converted_value(lowering, frame, lowering.cell(value, value.kind.table, display.name, frame), kind)


# ------------------------------------------------------------ moments

DAY = "86400000000"
_CLOCK = f"(((a % {DAY}) + {DAY}) % {DAY})"
_MOMENT_TEXT = (
    "CAST(month(day_of_clock(a)) AS VARCHAR) || '/' || CAST(day(day_of_clock(a)) AS VARCHAR) || '/' || "
    "CAST(year(day_of_clock(a)) AS VARCHAR) || ' ' || "
    f"CAST(({_CLOCK} // 3600000000 + 11) % 12 + 1 AS VARCHAR) || ':' || "
    f"lpad(CAST({_CLOCK} // 60000000 % 60 AS VARCHAR), 2, '0') || ':' || "
    f"lpad(CAST({_CLOCK} // 1000000 % 60 AS VARCHAR), 2, '0') || "
    f"CASE WHEN {_CLOCK} // 3600000000 < 12 THEN ' AM' ELSE ' PM' END"
)
_SAFE = "a < 0 OR a >= 2145830400000000"
"""Where zones are not the same in all engines: before 1970 and from 2038 on."""


def wall(lowering: SqlWriting, frame: SqlFrame, value: Value) -> Value:
    """The clock's time of a moment, as microseconds since 1970 began by that clock."""
    if value.kind != types.DATETIME:
        raise CannotLower(f"{describe(value.kind)} is no moment")
    zone = lowering.relations.doc.time_zone
    if _is_utc(zone):
        return value
    a = frame.compute(value.tree)
    shown = computed(frame, f"clock_of_moment(a, {quoted(zone)})", {"a": a})
    flag = coalesce(exp.Paren(this=computed(frame, _SAFE, {"a": a})), exp.false())
    return Value(frame.compute(shown), types.DATETIME, either(value.flag, frame.compute(flag)))


def from_wall(lowering: SqlWriting, frame: SqlFrame, clock: Value) -> Value:
    """The moment at which a clock shows a time, given as microseconds; flagged near a change of the clocks."""
    zone = lowering.relations.doc.time_zone
    if _is_utc(zone):
        return replace(clock, kind=types.DATETIME)
    a = frame.compute(clock.tree)
    z = quoted(zone)
    moment = frame.compute(computed(frame, f"moment_of_clock(a, {z})", {"a": a}))
    around = f"moment_of_clock(a + {DAY}, {z}) - moment_of_clock(a - {DAY}, {z})"
    flag = computed(frame, f"({_SAFE} OR {around} <> 2 * {DAY})", {"a": a})
    return Value(moment, types.DATETIME, either(clock.flag, frame.compute(coalesce(flag, exp.false()))))


def _of_moment(lowering: SqlWriting, frame: SqlFrame, value: Value, kind: Type) -> Value:
    """From a date and time, or to one."""
    if value.kind == types.DATETIME:
        clock = wall(lowering, frame, value)
        match kind:
            case types.DATE:
                return _by(Conversion("day_of_clock(a)"), frame, clock, kind)
            case types.TIME:
                return _by(Conversion(f"((a % {DAY}) + {DAY}) % {DAY}"), frame, clock, kind)
            case types.NUMBER:
                days = "days_between(DATE '1899-12-30', day_of_clock(a))"
                part = f"CAST(((a % {DAY}) + {DAY}) % {DAY} AS DOUBLE) / CAST({DAY} AS DOUBLE)"
                return _by(Conversion(f"CAST({days} AS DOUBLE) + {part}"), frame, clock, kind)
            case types.TEXT:
                return _by(Conversion(_MOMENT_TEXT), frame, clock, kind)
    if kind == types.DATETIME and value.kind == types.DATE:
        midnight = _by(Conversion("clock_of_day(a)"), frame, value, types.DATETIME)
        return from_wall(lowering, frame, midnight)
    raise CannotLower(f"{describe(value.kind)} as {describe(kind)} has no SQL yet")


def _is_utc(zone: str) -> bool:
    return ZoneInfo(zone).utcoffset(None) == timedelta(0) or zone in ("UTC", "Etc/UTC")
