"""Dates and times in SQL."""

from __future__ import annotations

from sqlglot import exp

from codaform.library import date_parts, dates
from codaform.library.function import Function
from codaform.model import moment, types
from codaform.semantics import ir
from codaform.sql.conversions import converted_value, wall
from codaform.sql.forms.form import SqlForm, Template
from codaform.sql.forms.logic_forms import Special
from codaform.sql.frames import SqlFrame
from codaform.sql.kinds import literal
from codaform.sql.templates import computed
from codaform.sql.trees import CannotLower
from codaform.sql.values import Lowered, SqlWriting, Value

NUMBER, DATE, DATETIME, TEXT = types.NUMBER, types.DATE, types.DATETIME, types.TEXT


def _part(sql: str) -> Template:
    return Template(f"CAST({sql} AS DOUBLE)", NUMBER)


def _today(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    return Value(literal(lowering.book.now.date(), DATE), DATE, sure=True)


def _now(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    return Value(literal(lowering.book.now, DATETIME), DATETIME, sure=True)


def _to(kind: types.Type) -> Special:
    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        value = lowering.value(node.args[0], frame)
        if isinstance(value.kind, types.ListOf):
            raise CannotLower("a list as a date")
        return converted_value(lowering, frame, value, kind)

    return Special(make)


def _week_number(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """The number of a week that begins on the doc's first day."""
    first = exp.Literal.number(lowering.book.first_day_of_week)
    template = Template(
        "CAST((dayofyear(a) - 1 + (isodow(make_date(year(a), 1, 1)) - b + 7) % 7) // 7 + 1 AS DOUBLE)", NUMBER
    )
    return template.apply(frame, [lowering.value(node.args[0], frame), Value(first, NUMBER, sure=True)])


_TOKENS = {
    "YYYY": "lpad(CAST(year(a) AS VARCHAR), 4, '0')",
    "YY": "lpad(CAST(year(a) % 100 AS VARCHAR), 2, '0')",
    "MMMM": "monthname(a)",
    "MMM": "substring(monthname(a), 1, 3)",
    "MM": "lpad(CAST(month(a) AS VARCHAR), 2, '0')",
    "M": "CAST(month(a) AS VARCHAR)",
    "DD": "lpad(CAST(day(a) AS VARCHAR), 2, '0')",
    "D": "CAST(day(a) AS VARCHAR)",
    "dddd": "dayname(a)",
    "ddd": "substring(dayname(a), 1, 3)",
    "Q": "CAST(quarter(a) AS VARCHAR)",
    "GGGG": "lpad(CAST(isoyear(a) AS VARCHAR), 4, '0')",
    "WW": "lpad(CAST(weekofyear(a) AS VARCHAR), 2, '0')",
    "W": "CAST(weekofyear(a) AS VARCHAR)",
    "E": "CAST(isodow(a) AS VARCHAR)",
    "HH": "lpad(CAST(hour(a) AS VARCHAR), 2, '0')",
    "H": "CAST(hour(a) AS VARCHAR)",
    "mm": "lpad(CAST(minute(a) AS VARCHAR), 2, '0')",
    "m": "CAST(minute(a) AS VARCHAR)",
    "ss": "lpad(CAST(second(a) AS VARCHAR), 2, '0')",
    "A": "CASE WHEN hour(a) < 12 THEN 'AM' ELSE 'PM' END",
    "h": "CAST((hour(a) + 11) % 12 + 1 AS VARCHAR)",
}
"""The tokens of a moment's format with their SQL, for a TIMESTAMP by the doc's clock."""


def formatted(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """A moment by a format that is written in the formula."""
    value = lowering.value(node.args[0], frame)
    pattern = node.args[1]
    if isinstance(pattern, ir.Default):
        pattern = ir.Constant(pattern.default, TEXT) if pattern.value == ir.Constant(None, types.ANY) else pattern.value
    if not isinstance(pattern, ir.Constant) or not isinstance(pattern.value, str):
        raise CannotLower("a format that is computed", pattern.span)
    if value.kind == DATETIME:
        clock = wall(lowering, frame, value)
        stamp = computed(frame, "make_timestamp(a)", {"a": clock.tree})
    elif value.kind == DATE:
        clock = value
        stamp = computed(frame, "CAST(a AS TIMESTAMP)", {"a": value.tree})
    else:
        raise CannotLower(f"a format of {types.describe(value.kind)} has no SQL yet")
    a = frame.compute(stamp)
    pieces: list[exp.Expr] = []
    for kind, piece in moment.pieces(pattern.value):
        if kind == "text":
            pieces.append(exp.Literal.string(piece))
        elif piece in _TOKENS:
            pieces.append(exp.Paren(this=computed(frame, _TOKENS[piece], {"a": a})))
        else:
            raise CannotLower(f"the token {piece} of a format has no SQL yet", pattern.span)
    tree: exp.Expr = pieces[0] if pieces else exp.Literal.string("")
    for piece_tree in pieces[1:]:
        tree = exp.DPipe(this=tree, expression=piece_tree)
    blank = computed(frame, "CASE WHEN a IS NULL THEN NULL ELSE nullif(b, '') END", {"a": a, "b": tree})
    return Value(blank, TEXT, clock.flag)


_MADE_DATE = (
    "CAST(make_date(CAST(greatest(least(trunc(a) + floor((trunc(b) - 1) / 12), 9999), 1) AS BIGINT), "
    "CAST(greatest(least(trunc(b) - 1 - 12 * floor((trunc(b) - 1) / 12) + 1, 12), 1) AS BIGINT), 1) AS DATE) "
    "+ CAST(greatest(least(trunc(c), 1e6), -1e6) - 1 AS INTEGER)"
)

FORMS: dict[Function, SqlForm] = {
    dates.today: Special(_today),
    dates.now: Special(_now),
    dates.date_of: Template(
        _MADE_DATE,
        DATE,
        "NOT (abs(c) < 1e6 AND abs(b) < 1e5 AND trunc(a) BETWEEN 1 AND 9999 AND "
        "trunc(a) + floor((trunc(b) - 1) / 12) BETWEEN 1 AND 9999) "
        "OR NOT it BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'",
    ),
    dates.end_of_month: Template(
        "last_day(date_trunc('month', a) + to_months(CAST(greatest(least(trunc(b), 1e5), -1e5) AS INTEGER)))",
        DATE,
        "abs(b) > 1e5 OR NOT it BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'",
    ),
    dates.relative_date: Template(
        "CAST(a + to_months(CAST(greatest(least(trunc(b), 1e5), -1e5) AS INTEGER)) AS DATE)",
        DATE,
        "abs(b) > 1e5 OR NOT it BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'",
    ),
    dates.as_date: _to(DATE),
    dates.as_datetime: _to(DATETIME),
    dates.as_time: _to(types.TIME),
    dates.format_moment: Special(formatted),
    date_parts.year: _part("year(a)"),
    date_parts.quarter: _part("quarter(a)"),
    date_parts.month: _part("month(a)"),
    date_parts.day: _part("day(a)"),
    date_parts.day_of_year: _part("dayofyear(a)"),
    date_parts.weekday: _part("dayofweek(a) + 1"),
    date_parts.iso_weekday: _part("isodow(a)"),
    date_parts.iso_week_number: _part("weekofyear(a)"),
    date_parts.week_number: Special(_week_number),
    date_parts.month_name: Special(formatted),
    date_parts.weekday_name: Special(formatted),
    date_parts.hour: _part("a // 3600000000"),
    date_parts.minute: _part("a // 60000000 % 60"),
    date_parts.second: _part("a // 1000000 % 60"),
}
