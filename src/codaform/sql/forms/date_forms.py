"""Dates and times in SQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlglot import exp

from codaform.library import date_parts, dates, durations
from codaform.library.function import Function
from codaform.model import moment, types
from codaform.model.types import ListOf
from codaform.semantics import ir
from codaform.sql.conversions import DAY, converted_value, from_wall, wall
from codaform.sql.forms.form import SqlForm, Template, as_typed
from codaform.sql.forms.logic_forms import Special
from codaform.sql.forms.total_forms import folded
from codaform.sql.frames import SqlFrame
from codaform.sql.kinds import literal
from codaform.sql.selecting import filtered
from codaform.sql.templates import computed
from codaform.sql.trees import CannotLower, coalesce, either, in_order
from codaform.sql.values import Lowered, SqlWriting, Stream, Value

NUMBER, DATE, DATETIME, TEXT = types.NUMBER, types.DATE, types.DATETIME, types.TEXT

_NO_DAY = date(1899, 12, 30)
"""The day of a time that has none."""


def _part(sql: str) -> Template:
    return Template(f"CAST({sql} AS DOUBLE)", NUMBER)


def _today(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    dialect = lowering.statement.dialect
    zone = exp.Literal.string(lowering.relations.doc.time_zone)
    here = dialect.word("today", zone) if dialect.live else literal(lowering.book.now.date(), DATE)
    return Value(here, DATE, sure=True)


def _now(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    dialect = lowering.statement.dialect
    return Value(dialect.word("now") if dialect.live else literal(lowering.book.now, DATETIME), DATETIME, sure=True)


def _to(kind: types.Type) -> Special:
    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        value = lowering.value(node.args[0], frame)
        if isinstance(value.kind, types.ListOf):
            raise CannotLower("a list as a date")
        return converted_value(lowering, frame, value, kind)

    return Special(make)


def _by_week(sql: str) -> Special:
    """A number that counts by weeks; `b` is the doc's first day of the week, from 1 for Monday to 7."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        first = exp.Literal.number(lowering.book.first_day_of_week)
        return _part(sql).apply(frame, [lowering.value(node.args[0], frame), Value(first, NUMBER, sure=True)])

    return Special(make)


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
    "HH": "lpad(CAST(b // 3600000000 AS VARCHAR), 2, '0')",
    "H": "CAST(b // 3600000000 AS VARCHAR)",
    "mm": "lpad(CAST(b // 60000000 % 60 AS VARCHAR), 2, '0')",
    "m": "CAST(b // 60000000 % 60 AS VARCHAR)",
    "ss": "lpad(CAST(b // 1000000 % 60 AS VARCHAR), 2, '0')",
    "A": "CASE WHEN b // 3600000000 < 12 THEN 'AM' ELSE 'PM' END",
    "h": "CAST((b // 3600000000 + 11) % 12 + 1 AS VARCHAR)",
}
"""The tokens of a moment's format with their SQL: `a` is the day, `b` the microseconds since midnight by the clock."""


def formatted(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """A moment by a format that is written in the formula."""
    value = lowering.value(node.args[0], frame)
    pattern = node.args[1]
    if isinstance(pattern, ir.Default):
        pattern = ir.Constant(pattern.default, TEXT) if pattern.value == ir.Constant(None, types.ANY) else pattern.value
    if not isinstance(pattern, ir.Constant) or not isinstance(pattern.value, str):
        raise CannotLower("a format that is computed", pattern.span)
    return moment_text(lowering, frame, value, pattern.value)


def moment_text(lowering: SqlWriting, frame: SqlFrame, value: Value, pattern: str) -> Value:
    """A date, a moment or a time by a format."""
    day: exp.Expr
    match value.kind:
        case types.DATETIME:
            value = wall(lowering, frame, value)
            held = frame.compute(value.tree)
            day = frame.compute(computed(frame, "day_of_clock(a)", {"a": held}))
            clock = frame.compute(computed(frame, f"((a % {DAY}) + {DAY}) % {DAY}", {"a": held}))
        case types.DATE:
            held = day = frame.compute(value.tree)
            clock = literal(timedelta(0), types.DURATION)
        case types.TIME:
            day, clock = literal(_NO_DAY, DATE), frame.compute(value.tree)
            held = clock
        case _:
            raise CannotLower(f"a format of {types.describe(value.kind)} has no SQL yet")
    tree: exp.Expr = exp.Literal.string("")
    for kind, piece in moment.pieces(pattern):
        if kind == "token" and piece not in _TOKENS:
            raise CannotLower(f"the token {piece} of a format has no SQL yet")
        if kind == "text":
            part: exp.Expr = exp.Literal.string(piece)
        else:
            part = exp.Paren(this=computed(frame, _TOKENS[piece], {"a": day, "b": clock}))
        tree = exp.DPipe(this=tree, expression=part)
    blank = computed(frame, "CASE WHEN a IS NULL THEN NULL ELSE nullif(b, '') END", {"a": held, "b": tree})
    return Value(blank, TEXT, value.flag)


def _datetime_of(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """A moment of whole parts by the doc's clock."""
    given = [lowering.value(part, frame) for part in node.args]
    given += [Value(literal(0.0, NUMBER), NUMBER, sure=True)] * (6 - len(given))
    day = MADE_DATE.apply(frame, given[:3])
    held = Value(frame.compute(day.tree), DATE, day.flag)
    clock = Template(
        "clock_of_day(a) + CAST(((trunc(b) * 60 + trunc(c)) * 60 + trunc(d)) * 1000000 AS BIGINT)",
        DATETIME,
        "NOT (abs(b) < 1e5 AND abs(c) < 1e6 AND abs(d) < 1e7)",
    )
    return from_wall(lowering, frame, clock.apply(frame, [held, *given[3:6]]))


def _truncated(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """A moment cut to a unit that is written in the formula."""
    unit = node.args[1].value if isinstance(node.args[1], ir.Constant) else None
    if not isinstance(unit, str) or unit.lower() not in dates.UNITS:
        raise CannotLower("a unit that is computed", node.args[1].span)
    value = lowering.value(node.args[0], frame)
    clock = wall(lowering, frame, value)
    if unit.lower() in ("second", "minute", "hour"):
        # A whole hour by the clock is a whole hour that passes: where clocks change, they change by whole minutes.
        raise CannotLower(f"a moment cut to the {unit.lower()} has no SQL yet")
    first = lowering.book.first_day_of_week
    start = {
        "week": f"days_later(day_of_clock(a), -CAST((isodow(day_of_clock(a)) - {first} + 7) % 7 AS INTEGER))",
    }.get(unit.lower(), f"{unit.lower()}_start(day_of_clock(a))")
    midnight = Template(f"clock_of_day({start})", DATETIME).apply(frame, [clock])
    return from_wall(lowering, frame, midnight)


_ORDINAL = "(days_between(DATE '0001-01-01', {0}) + 1)"
_WORKING_DAYS_UNTIL = f"(5 * ({_ORDINAL} // 7) + least({_ORDINAL} % 7, 5))"


def _net_working_days(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """The days from Monday to Friday between two days, both included; without holidays."""

    def between(first: str, last: str) -> str:
        before = f"{_WORKING_DAYS_UNTIL.format(first)} - (CASE WHEN isodow({first}) < 6 THEN 1 ELSE 0 END)"
        return f"({_WORKING_DAYS_UNTIL.format(last)} - ({before}))"

    given = [lowering.value(part, frame) for part in node.args[:2]]
    start, end = (replace(value, tree=frame.compute(as_typed(value, DATE).tree)) for value in given)
    holidays = _holidays(lowering, frame, node)
    off: exp.Expr = exp.Literal.number(0)
    flag = None
    if holidays is not None:
        inside, day, flag = holidays.frame, holidays.item.tree, lowering.total_flag(holidays)
        test = "coalesce(c BETWEEN a AND b OR c BETWEEN b AND a, FALSE)"
        within = inside.compute(computed(inside, test, {"a": start.tree, "b": end.tree, "c": day}))
        off = frame.compute(coalesce(folded(holidays, "count_if", within), off))
    sql = f"CAST(CASE WHEN b < a THEN c - {between('b', 'a')} ELSE {between('a', 'b')} - c END AS DOUBLE)"
    found = Template(sql, NUMBER).apply(frame, [start, end, Value(off, NUMBER, sure=True)], (0, 1))
    return replace(found, flag=either(found.flag, flag))


def _workday(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """The day so many days from Monday to Friday after another; holidays are no such days.

    The working days are numbered. Holidays behind the start, in order, are passed as long as each comes before the
    number that is reached with those before it.
    """
    given = [lowering.value(part, frame) for part in node.args[:2]]
    start = frame.compute(as_typed(given[0], DATE).tree)
    cut = "CAST(trunc(least(greatest(a, CAST(-1e7 AS DOUBLE)), CAST(1e7 AS DOUBLE))) AS BIGINT)"
    steps = frame.compute(computed(frame, cut, {"a": as_typed(given[1], NUMBER).tree}))
    own = "(CASE WHEN b < 0 AND isodow(a) < 6 THEN 1 ELSE 0 END)"
    sql = f"{_WORKING_DAYS_UNTIL.format('a')} + b - {own} + (CASE WHEN b < 0 THEN 1 ELSE 0 END)"
    number = frame.compute(computed(frame, sql, {"a": start, "b": steps}))
    holidays = _holidays(lowering, frame, node)
    flags = [value.flag for value in given]
    if holidays is not None:
        inside, day = holidays.frame, holidays.item.tree
        flags.append(lowering.total_flag(holidays))
        beyond = "coalesce(CASE WHEN b > 0 THEN c > a WHEN b < 0 THEN c < a END, FALSE)"
        test = inside.compute(computed(inside, beyond, {"a": start, "b": steps, "c": day}))
        behind = filtered(lowering, replace(holidays, flag=None), Value(test, types.BOOLEAN, None, sure=True))
        inside = behind.frame
        far = inside.compute(computed(inside, "abs(days_between(a, c))", {"a": start, "c": day}))
        keys = [key.copy() for key in frame.keys]
        place = inside.compute(
            exp.Window(this=exp.RowNumber(), partition_by=keys, order=in_order(None, ((far, False),)))
        )
        passes = (
            f"CASE WHEN b > 0 THEN {_WORKING_DAYS_UNTIL.format('c')} <= a + d - 1 "
            f"ELSE {_WORKING_DAYS_UNTIL.format('c')} >= a - (d - 1) END"
        )
        passed = inside.compute(computed(inside, passes, {"a": number, "b": steps, "c": day, "d": place}))
        count = frame.compute(coalesce(folded(behind, "count_if", passed), exp.Literal.number(0)))
        moved = "a + (CASE WHEN b < 0 THEN -1 ELSE 1 END) * c"
        number = frame.compute(computed(frame, moved, {"a": number, "b": steps, "c": count}))
    day_of = "days_later(DATE '0001-01-01', CAST(7 * ((c - 1) // 5) + (c - 1) % 5 AS INTEGER))"
    template = Template(
        f"CASE WHEN b = 0 THEN a ELSE {day_of} END",
        DATE,
        "it IS NULL OR c < 1 OR NOT it BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'",
    )
    parts = [Value(start, DATE), Value(steps, NUMBER), Value(number, NUMBER)]
    found = template.apply(frame, parts, (0, 1))
    return replace(found, flag=either(found.flag, *flags))


def _holidays(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Stream | None:
    """The different days from Monday to Friday among the holidays of a call; None if it names none."""
    if len(node.args) < 3:
        return None
    found = lowering.part(node.args[2], frame)
    if found.kind == types.BLANK or found.kind == ListOf(types.BLANK):
        return None
    stream = lowering.stream(found, frame)
    if stream.item.kind != DATE:
        raise CannotLower(f"{types.describe(stream.item.kind)} as a holiday")
    inside, flag = stream.frame, lowering.total_flag(stream)
    day = inside.compute(stream.item.tree)
    keys = [*(key.copy() for key in frame.keys), day.copy()]
    number = exp.Window(this=exp.RowNumber(), partition_by=keys, order=in_order(None, stream.order))
    first = inside.compute(number)
    test = inside.compute(computed(inside, "coalesce(isodow(a) < 6, FALSE) AND b = 1", {"a": day, "b": first}))
    once = replace(stream, item=Value(day, DATE), flag=flag)
    return filtered(lowering, once, Value(test, types.BOOLEAN, None, sure=True))


def _epoch_to_date(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    seconds = "CAST(trunc(least(greatest(a, -1e10), 1e10)) AS BIGINT) * 1000000"
    template = Template(seconds, DATETIME, "a <> trunc(a) OR abs(a) > 1e10")
    return template.apply(frame, [lowering.value(node.args[0], frame)])


_BEYOND = "NOT it BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
"""Some engines give such a day, others NULL."""

_MADE_DATE = (
    "days_later(make_date(CAST(greatest(least(trunc(a) + floor((trunc(b) - 1) / 12), 9999), 1) AS BIGINT), "
    "CAST(greatest(least(trunc(b) - 1 - 12 * floor((trunc(b) - 1) / 12) + 1, 12), 1) AS BIGINT), 1) "
    ", CAST(greatest(least(trunc(c), 1e6), -1e6) - 1 AS INTEGER))"
)

MADE_DATE = Template(
    _MADE_DATE,
    DATE,
    "NOT (abs(c) < 1e6 AND abs(b) < 1e5 AND trunc(a) BETWEEN 1 AND 9999 AND "
    "trunc(a) + floor((trunc(b) - 1) / 12) BETWEEN 1 AND 9999) "
    f"OR {_BEYOND} OR (it IS NULL AND a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL)",
)


def _to_days(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    return converted_value(lowering, frame, lowering.value(node.args[0], frame), NUMBER)


FORMS: dict[Function, SqlForm] = {
    dates.today: Special(_today),
    dates.now: Special(_now),
    dates.date_of: MADE_DATE,
    dates.datetime_of: Special(_datetime_of),
    dates.time_of: Template(
        "CAST(remainder(remainder((trunc(a) * 60 + trunc(b)) * 60 + trunc(c), 86400) + 86400, 86400) AS BIGINT) "
        "* 1000000",
        types.TIME,
        "NOT (abs(a) < 1e5 AND abs(b) < 1e6 AND abs(c) < 1e7)",
    ),
    dates.truncate_moment: Special(_truncated),
    dates.net_working_days: Special(_net_working_days),
    dates.workday: Special(_workday),
    dates.epoch_to_date: Special(_epoch_to_date),
    dates.format_time: Special(formatted),
    durations.to_days_of_moment: Special(_to_days),
    dates.end_of_month: Template(
        "month_end(months_later(month_start(a), CAST(greatest(least(trunc(b), 1e5), -1e5) AS INTEGER)))",
        DATE,
        f"abs(b) > 1e5 OR {_BEYOND} OR (it IS NULL AND a IS NOT NULL AND b IS NOT NULL)",
    ),
    dates.relative_date: Template(
        "months_later(a, CAST(greatest(least(trunc(b), 1e5), -1e5) AS INTEGER))",
        DATE,
        f"abs(b) > 1e5 OR {_BEYOND} OR (it IS NULL AND a IS NOT NULL AND b IS NOT NULL)",
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
    date_parts.weekday: _by_week("(isodow(a) - b + 7) % 7 + 1"),
    date_parts.iso_weekday: _part("isodow(a)"),
    date_parts.iso_week_number: _part("weekofyear(a)"),
    date_parts.week_number: _by_week("(dayofyear(a) - 1 + (isodow(make_date(year(a), 1, 1)) - b + 7) % 7) // 7 + 1"),
    date_parts.month_name: Special(formatted),
    date_parts.weekday_name: Special(formatted),
    date_parts.hour: _part("a // 3600000000"),
    date_parts.minute: _part("a // 60000000 % 60"),
    date_parts.second: _part("a // 1000000 % 60"),
}
