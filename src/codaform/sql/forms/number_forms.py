"""Arithmetic, rounding, durations in SQL."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from operator import add, mul

from codaform.library import durations, numbers, products, rounding, sums
from codaform.library.function import Function
from codaform.model import types
from codaform.semantics import ir
from codaform.sql.forms.form import ByType, SqlForm, Template, as_typed
from codaform.sql.forms.logic_forms import Special
from codaform.sql.frames import SqlFrame
from codaform.sql.templates import computed
from codaform.sql.trees import CannotLower, either
from codaform.sql.values import Lowered, SqlWriting, Value

NUMBER, DURATION, DATE, DATETIME, TEXT = types.NUMBER, types.DURATION, types.DATE, types.DATETIME, types.TEXT

_TOO_LARGE = "NOT isfinite(it)"


def _short(sql: str) -> str:
    """A duration, NULL beyond 285 years: so no integer overflows, and all are exact as doubles."""
    return f"CASE WHEN abs({sql}) <= 9000000000000000 THEN {sql} END"


_DAY = "86400000000"


def _reckoned(word: str) -> Template:
    a, b = "coalesce(a, CAST(0 AS DOUBLE))", "coalesce(b, CAST(0 AS DOUBLE))"
    sql = f"{word}({a}, {b})"
    if word == "times":
        return Template(sql, NUMBER, _TOO_LARGE, sure=True, bound=mul, tiny=True)
    plain = f"{a} {'+' if word == 'plus' else '-'} {b}"
    return Template(sql, NUMBER, _TOO_LARGE, sure=True, bound=add, plain=plain)


_DIVIDED = Template(
    "divided(coalesce(a, CAST(0 AS DOUBLE)), nullif(b, CAST(0 AS DOUBLE)))", NUMBER, "it IS NULL OR NOT isfinite(it)"
)


def _short_sum(sql: str) -> Template:
    return Template(_short(sql), DURATION, "it IS NULL", bound=add, plain=sql, limit=9e15)


_ADDED_DURATIONS = _short_sum("coalesce(a, 0) + coalesce(b, 0)")
_LESS_DURATION = _short_sum("coalesce(a, 0) - coalesce(b, 0)")
_JOINED = Template("nullif(coalesce(a, '') || coalesce(b, ''), '')", TEXT)

_WHOLE_DAYS = "CAST(CASE WHEN abs({days}) < 4000000 THEN {days} END AS INTEGER)"
_IN_CALENDAR = "it IS NULL OR NOT it BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"


def _day_later(sign: str) -> Template:
    """A date and some days; a part of a day gives a date and time, which is left to the row-wise engine."""
    days = _WHOLE_DAYS.format(days="coalesce(b, CAST(0 AS DOUBLE))")
    return Template(
        f"days_later(a, {sign}{days})",
        DATE,
        f"(a IS NULL AND b IS NOT NULL) OR (b IS NOT NULL AND b <> trunc(b)) OR (a IS NOT NULL AND ({_IN_CALENDAR}))",
    )


def _time_later(sign: str) -> Template:
    """A date and a duration of whole days."""
    days = _WHOLE_DAYS.format(days=f"coalesce(b // {_DAY}, 0)")
    return Template(
        f"days_later(a, {sign}{days})",
        DATE,
        f"(a IS NULL AND b IS NOT NULL) OR (b IS NOT NULL AND b % {_DAY} <> 0) OR (a IS NOT NULL AND ({_IN_CALENDAR}))",
    )


_DATE_AND_TIME, _DATE_LESS_TIME = _time_later("+"), _time_later("-")
_DATE_AND_DAYS, _DATE_LESS_DAYS = _day_later("+"), _day_later("-")


def _moment(sql: str) -> Template:
    """A moment, NULL outside the calendar."""
    within = f"CASE WHEN {sql} BETWEEN -62135500000000000 AND 253402200000000000 THEN {sql} END"
    return Template(within, DATETIME, "it IS NULL AND a IS NOT NULL")


_MOMENT_AND_TIME, _MOMENT_LESS_TIME = _moment("a + coalesce(b, 0)"), _moment("a - coalesce(b, 0)")


def _given_first(template: Template) -> Template:
    """A template for values whose types are known only when computed: where the first is blank, so is its type."""
    return replace(template, flag=f"a IS NULL OR {template.flag}")


def _swapped(template: Template) -> Template:
    """A template with its first two arguments the other way round."""
    marks = {"a": "\0", "b": "a"}
    texts = []
    for text in (template.sql, template.flag):
        words = "".join(marks.get(word, word) for word in _words(text))
        texts.append(words.replace("\0", "b"))
    return Template(texts[0], template.kind, texts[1], template.sure, template.exact)


def _words(text: str) -> list[str]:
    import re

    return re.split(r"(\W+)", text)


def _moment_and_days(sign: str) -> Template:
    """A moment and some days, each 24 hours."""
    days = "CAST(CASE WHEN abs(coalesce(b, CAST(0 AS DOUBLE))) < 10000 THEN {us} END AS BIGINT)"
    us = f"to_even(coalesce(b, CAST(0 AS DOUBLE)) * CAST({_DAY} AS DOUBLE))"
    return _moment(f"a {sign} {days.format(us=us)}")


def _long(microseconds: int) -> Template:
    """A duration of so many units, as Python's timedelta rounds it."""
    most = 9_000_000_000_000_000 // microseconds
    a = f"least(greatest(a, CAST({-most} AS DOUBLE)), CAST({most} AS DOUBLE))"
    rest = f"({a} - trunc({a})) * CAST('{microseconds}' AS DOUBLE)"
    parts = (
        f"CAST(trunc({a}) AS BIGINT) * {microseconds} + CAST(trunc({rest}) AS BIGINT) "
        f"+ CAST(to_even({rest} - trunc({rest})) AS BIGINT)"
    )
    return Template(parts, DURATION, f"abs(a) >= {most} OR abs({rest} - trunc({rest})) = 0.5")


def _in_units(microseconds: int) -> Template:
    sql = f"CAST(a AS DOUBLE) / CAST({microseconds} AS DOUBLE)"
    plain = f"quotient(CAST(a AS DOUBLE), CAST({microseconds} AS DOUBLE))"
    return Template(
        sql,
        NUMBER,
        "abs(a) > 9007199254740992",
        bound=lambda most: most / microseconds,
        plain=plain,
        limit=9007199254740992 / microseconds,
    )


def _scalar(sql: str, flag: str = _TOO_LARGE) -> Template:
    return Template(sql, NUMBER, flag)


_WHOLE = {
    "half": "floor(abs(a)) + CAST(CASE WHEN abs(a) - floor(abs(a)) >= 0.5 THEN 1 ELSE 0 END AS DOUBLE)",
    "up": "ceil(abs(a))",
    "down": "floor(abs(a))",
}
_MOST_DECIMALS = 9


@dataclass(frozen=True)
class _Rounding:
    """Rounding to decimals, whose number is written in the formula. way: half, up or down."""

    way: str
    exact: bool = True

    def lower(self, lowering: SqlWriting, frame: SqlFrame, node: ir.Apply, tests: tuple[int, ...]) -> Lowered:
        """A template for so many decimals."""
        value = lowering.value(node.args[0], frame)
        decimals = lowering.value(node.args[1], frame) if len(node.args) > 1 else None
        places = 0 if decimals is None else written_number(node.args[1])
        template = rounded(self.way, places)
        return template.apply(frame, [value], (0,) if 0 in tests else ())


def rounded(way: str, places: int) -> Template:
    """A number rounded to some decimals."""
    if places == 0:
        return Template(f"(CASE WHEN a < 0 THEN -1 ELSE 1 END) * ({_WHOLE[way]}) + CAST(0 AS DOUBLE)", NUMBER)
    if not 0 < places <= _MOST_DECIMALS:
        raise CannotLower(f"rounding to {places} decimals has no SQL")
    step = f"CAST('{10.0**-places:.{places}f}' AS DECIMAL(38, {places}))"
    # A number is rounded by its shortest digits, as Python writes it.
    found = f"rounded_{way}(abs(a), {places}, {step})"
    sql = f"(CASE WHEN a < 0 THEN -1 ELSE 1 END) * {found} + CAST(0 AS DOUBLE)"
    return Template(sql, NUMBER, "NOT few_digits(a)")


def written_number(node: ir.Node) -> int:
    """A whole number that is written in the formula. Raises CannotLower for one that is computed."""
    if isinstance(node, ir.Default):
        blank = isinstance(node.value, ir.Constant) and node.value.value is None
        node = ir.Constant(node.default, NUMBER) if blank else node.value
    if isinstance(node, ir.Constant) and isinstance(node.value, int | float):
        return int(node.value)
    raise CannotLower("a number of decimals that is computed", node.span)


def _multiple(value: str) -> str:
    """The largest multiple of `b` that is not above a duration."""
    return f"({value} - (({value} % nullif(abs(b), 0)) + abs(b)) % nullif(abs(b), 0))"


_SO_LONG = "times(CAST(coalesce(a, 0) AS DOUBLE), coalesce(b, 0))"
_TIMES = Template(
    f"CASE WHEN coalesce(b, 0) = trunc(coalesce(b, 0)) AND abs({_SO_LONG}) <= 9000000000000000 "
    f"THEN CAST({_SO_LONG} AS BIGINT) END",
    DURATION,
    "it IS NULL",
)
"""Whole times as long; what Python rounds from a fraction is left to the row-wise engine."""

_ALL_EVEN = "9007199254740992"
_REST_OF_TWO = f"remainder(CASE WHEN abs(a) < {_ALL_EVEN} THEN a END, 2)"

_MOST_FACTORS = 22
"""The largest whole number whose factorial is a double without a loss."""


def _factorial() -> Template:
    cases = " ".join(f"WHEN {n} THEN CAST({math.factorial(n)} AS DOUBLE)" for n in range(_MOST_FACTORS + 1))
    place = f"CAST(CASE WHEN a > -1 AND a < {_MOST_FACTORS + 1} THEN trunc(a) END AS INTEGER)"
    return Template(f"CASE {place} {cases} END", NUMBER, "it IS NULL")


_MOST_PICKED = 11
"""More are picked from 22 or fewer things in fewer: the others are."""


def _combinations(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """In how many ways some are picked; exact as long as the product of the largest factors is."""
    given = [as_typed(lowering.value(part, frame), NUMBER) for part in node.args]
    cut = "CAST(CASE WHEN abs(a) < 1e6 THEN trunc(a) END AS DOUBLE)"
    many, few = (frame.compute(computed(frame, cut, {"a": value.tree})) for value in given)
    picked = frame.compute(computed(frame, "least(b, a - b)", {"a": many, "b": few}))
    cases = " ".join(f"WHEN {n} THEN {_falling(n)}" for n in range(1, _MOST_PICKED + 1))
    falling = f"CASE CAST(c AS INTEGER) WHEN 0 THEN CAST(1 AS DOUBLE) {cases} END"
    product = frame.compute(computed(frame, falling, {"a": many, "c": picked}))
    divisors = " ".join(f"WHEN {n} THEN {math.factorial(n)}" for n in range(_MOST_PICKED + 1))
    template = Template(
        f"CASE WHEN a < 0 OR b < 0 THEN CAST(NULL AS DOUBLE) WHEN b > a THEN CAST(0 AS DOUBLE) "
        f"WHEN d < {_ALL_EVEN} THEN d / (CASE CAST(c AS INTEGER) {divisors} END) END",
        NUMBER,
    )
    values = [Value(tree, NUMBER) for tree in (many, few, picked, product)]
    found = template.apply(frame, values)
    tree = frame.compute(found.tree)
    odd = computed(
        frame, "a IS NULL AND b IS NOT NULL AND c IS NOT NULL", {"a": tree, "b": given[0].tree, "c": given[1].tree}
    )
    return Value(tree, NUMBER, either(*[value.flag for value in given], frame.compute(odd)))


def _falling(count: int) -> str:
    """The product of so many whole numbers from `a` down."""
    return " * ".join(f"(a - {number})" for number in range(count))


FORMS: dict[Function, SqlForm] = {
    sums.add_numbers: _reckoned("plus"),
    sums.subtract_numbers: _reckoned("minus"),
    products.multiply_numbers: _reckoned("times"),
    products.divide_numbers: _DIVIDED,
    products.divide_durations: Template(
        "CAST(coalesce(a, 0) AS DOUBLE) / CAST(nullif(b, 0) AS DOUBLE)",
        NUMBER,
        "it IS NULL OR abs(a) > 9007199254740992 OR abs(b) > 9007199254740992",
    ),
    products.multiply_duration: _TIMES,
    products.multiply_by_duration: _swapped(_TIMES),
    products.divide_duration: Template(
        "CASE WHEN b = trunc(b) AND b <> 0 AND coalesce(a, 0) % CAST(b AS BIGINT) = 0 "
        "THEN coalesce(a, 0) // CAST(b AS BIGINT) END",
        DURATION,
        "it IS NULL",
    ),
    sums.add_durations: _ADDED_DURATIONS,
    sums.subtract_durations: _LESS_DURATION,
    sums.add_duration_to_date: _DATE_AND_TIME,
    sums.add_date_to_duration: _swapped(_DATE_AND_TIME),
    sums.add_days_to_date: _DATE_AND_DAYS,
    sums.add_date_to_days: _swapped(_DATE_AND_DAYS),
    sums.subtract_duration_from_date: _DATE_LESS_TIME,
    sums.subtract_days_from_date: _DATE_LESS_DAYS,
    sums.add_duration_to_datetime: _MOMENT_AND_TIME,
    sums.add_datetime_to_duration: _swapped(_MOMENT_AND_TIME),
    sums.add_days_to_datetime: _moment_and_days("+"),
    sums.subtract_duration_from_datetime: _MOMENT_LESS_TIME,
    sums.subtract_days_from_datetime: _moment_and_days("-"),
    sums.subtract_dates: Template(f"CAST(days_between(b, a) AS BIGINT) * {_DAY}", DURATION),
    sums.subtract_datetimes: Template("a - b", DURATION, bound=add),
    sums.subtract_times: Template("a - b", DURATION, bound=add),
    sums.negate_number: Template("CAST(0 AS DOUBLE) - coalesce(a, CAST(0 AS DOUBLE))", NUMBER, sure=True),
    sums.negate_duration: Template("-a", DURATION),
    sums.add_texts: _JOINED,
    sums.add: ByType(
        (
            ((DATE, DURATION), _given_first(_DATE_AND_TIME)),
            ((DURATION, DURATION), Template(_ADDED_DURATIONS.sql, DURATION, "it IS NULL OR (a IS NULL AND b IS NULL)")),
            ((NUMBER, NUMBER), _reckoned("plus")),
            ((DATE, NUMBER), _given_first(_DATE_AND_DAYS)),
            ((DATETIME, DURATION), _given_first(_MOMENT_AND_TIME)),
            ((DATETIME, NUMBER), _given_first(_moment_and_days("+"))),
            ((TEXT, TEXT), replace(_JOINED, flag="it IS NULL")),
        )
    ),
    sums.subtract: ByType(
        (
            ((DATE, DURATION), _given_first(_DATE_LESS_TIME)),
            (
                (DATE, DATE),
                Template(f"CAST(days_between(b, a) AS BIGINT) * {_DAY}", DURATION, "a IS NULL OR b IS NULL"),
            ),
            ((DATETIME, DATETIME), Template("a - b", DURATION, "a IS NULL OR b IS NULL")),
            ((DURATION, DURATION), Template(_short("a - b"), DURATION, "it IS NULL")),
            ((NUMBER, NUMBER), _reckoned("minus")),
            ((DATE, NUMBER), _given_first(_DATE_LESS_DAYS)),
        )
    ),
    products.multiply: ByType((((NUMBER, NUMBER), _reckoned("times")),)),
    products.divide: ByType((((NUMBER, NUMBER), _DIVIDED),)),
    numbers.absolute: _scalar("abs(a)", ""),
    numbers.absolute_duration: Template("abs(a)", DURATION),
    numbers.sign: _scalar("CAST(CASE WHEN a > 0 THEN 1 WHEN a < 0 THEN -1 ELSE 0 END AS DOUBLE)", ""),
    numbers.quotient: _scalar("trunc(divided(a, nullif(b, 0))) + CAST(0 AS DOUBLE)", "it IS NULL OR NOT isfinite(it)"),
    numbers.remainder: _scalar("remainder(a, nullif(b, 0)) + CAST(0 AS DOUBLE)", "it IS NULL OR NOT isfinite(it)"),
    numbers.modulo: _scalar(
        "CASE WHEN remainder(a, nullif(b, 0)) <> 0 AND (remainder(a, nullif(b, 0)) < 0) <> (b < 0) "
        "THEN remainder(a, nullif(b, 0)) + b ELSE remainder(a, nullif(b, 0)) + CAST(0 AS DOUBLE) END",
        "it IS NULL OR NOT isfinite(it)",
    ),
    numbers.square_root: _scalar("sqrt(CASE WHEN a >= 0 THEN a END) + CAST(0 AS DOUBLE)", "it IS NULL"),
    numbers.is_even: Template(f"a = trunc(a) AND (abs(a) >= {_ALL_EVEN} OR {_REST_OF_TWO} = 0)", types.BOOLEAN),
    numbers.is_odd: Template(f"a = trunc(a) AND abs(a) < {_ALL_EVEN} AND abs({_REST_OF_TWO}) = 1", types.BOOLEAN),
    numbers.factorial: _factorial(),
    numbers.combinations: Special(_combinations),
    numbers.pi: Template("CAST('3.141592653589793' AS DOUBLE)", NUMBER, sure=True),
    rounding.integer: _scalar("floor(a) + CAST(0 AS DOUBLE)", ""),
    rounding.round_number: _Rounding("half"),
    rounding.round_number_up: _Rounding("up"),
    rounding.round_number_down: _Rounding("down"),
    rounding.truncate: _Rounding("down"),
    rounding.even: _scalar("(CASE WHEN a < 0 THEN -1 ELSE 1 END) * ceil(abs(a) / 2) * 2 + CAST(0 AS DOUBLE)"),
    rounding.odd: _scalar("(CASE WHEN a < 0 THEN -1 ELSE 1 END) * (ceil((abs(a) - 1) / 2) * 2 + 1)"),
    rounding.ceiling: _scalar("ceil(a) + CAST(0 AS DOUBLE)", "b <> 1"),
    rounding.floor: _scalar("floor(a) + CAST(0 AS DOUBLE)", "b <> 1"),
    rounding.round_number_to: _scalar(
        "(CASE WHEN a < 0 THEN -1 ELSE 1 END) * (floor(abs(a) / abs(b)) "
        "+ (CASE WHEN 2 * remainder(abs(a), nullif(abs(b), 0)) >= abs(b) THEN 1 ELSE 0 END)) * abs(b) "
        "+ CAST(0 AS DOUBLE)",
        "b = 0 OR a <> trunc(a) OR b <> trunc(b) OR abs(a) > 1e15 OR abs(b) > 1e15",
    ),
    durations.weeks_long: _long(604_800_000_000),
    durations.days_long: _long(86_400_000_000),
    durations.hours_long: _long(3_600_000_000),
    durations.minutes_long: _long(60_000_000),
    durations.seconds_long: _long(1_000_000),
    durations.duration: Template(
        "CAST((((trunc(a) * 24 + trunc(b)) * 60 + trunc(c)) * 60 + trunc(d)) * 1000000 AS BIGINT)",
        DURATION,
        "NOT (abs(a) < 1e5 AND abs(b) < 1e6 AND abs(c) < 1e8 AND abs(d) < 1e9 AND a = trunc(a) AND b = trunc(b) "
        "AND c = trunc(c) AND d = trunc(d))",
    ),
    durations.to_days: _in_units(86_400_000_000),
    durations.to_hours: _in_units(3_600_000_000),
    durations.to_minutes: _in_units(60_000_000),
    durations.to_seconds: _in_units(1_000_000),
    rounding.round_duration_to: Template(
        "(CASE WHEN a < 0 THEN -1 ELSE 1 END) * ((2 * abs(a) + abs(b)) // nullif(2 * abs(b), 0)) * abs(b)",
        DURATION,
        "it IS NULL",
    ),
    rounding.floor_of_duration: Template(_multiple("a"), DURATION, "it IS NULL"),
    rounding.ceiling_of_duration: Template(f"-({_multiple('(-a)')})", DURATION, "it IS NULL"),
    durations.to_days_of_date: Template("CAST(days_between(DATE '1899-12-30', a) AS DOUBLE)", NUMBER),
}
