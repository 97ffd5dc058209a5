"""PostgreSQL: arithmetic beyond all numbers is an error there, so each sign asks first; lists hold single values."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from codaform.model.types import Type
from codaform.sql.dialects.dialect import Dialect, as_they_are, placed, written
from codaform.sql.kinds import type_name
from codaform.sql.trees import CannotLower, Order, coalesce, in_order

_DOUBLE = "DOUBLE PRECISION"
_BEYOND = f"CAST('NaN' AS {_DOUBLE})"
"""The mark for a number that SQL does not give; `isfinite` is false for it."""

_ELSE_BEYOND = f"WHEN a IS NOT NULL AND b IS NOT NULL THEN {_BEYOND} END"


def _modest(place: str) -> str:
    return f"abs({place}) BETWEEN 1e-150 AND 1e150"


_DIVIDED = f"CASE WHEN a = 0 OR ({_modest('a')} AND {_modest('b')}) THEN a / b {_ELSE_BEYOND}"
_STAMP = (
    "(TIMESTAMP '1970-01-01' + CAST(a / 86400000000 AS INTEGER) * INTERVAL '1 day' "
    f"+ CAST(a % 86400000000 AS {_DOUBLE}) * INTERVAL '1 microsecond')"
)


def _microseconds(moment: str) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {moment}) * 1000000 AS BIGINT)"


def _part(name: str) -> str:
    return f"CAST(date_part('{name}', a) AS INTEGER)"


def _within_calendar(condition: str, then: str) -> str:
    """A date, or one outside the calendar: PostgreSQL's own calendar ends, too, and passing its end is an error."""
    return f"CASE WHEN {condition} THEN {then} WHEN NOT ({condition}) THEN DATE '10000-01-01' END"


def _start(unit: str) -> str:
    return f"CAST(date_trunc('{unit}', CAST(a AS TIMESTAMP)) AS DATE)"


_ITEM = "(a)[at + 1]"


def _fold(start: str, step: str) -> str:
    """What becomes of the first item of a list with each further one; `found` is what is known so far."""
    return (
        f"(WITH RECURSIVE steps(at, found) AS (SELECT 1, {start} UNION ALL SELECT at + 1, {step} FROM steps "
        "WHERE at < cardinality(a)) SELECT found FROM steps ORDER BY at DESC LIMIT 1)"
    )


_WORDS = as_they_are("""
    abs(a) ceil(a) floor(a) trunc(a) sqrt(a) pi() greatest(a, b) least(a, b)
    sin(a) cos(a) tan(a) asin(a) acos(a) atan(a) atan2(a, b)
    sinh(a) cosh(a) tanh(a) asinh(a) acosh(a) atanh(a) ln(a)
    length(a) lower(a) upper(a) replace(a, b, c) starts_with(a, b) strpos(a, b)
""") | {
    "/": _DIVIDED,
    "//": "a / b",
    "quotient": "a / b",
    "%": "a % b",
    "plus": f"CASE WHEN abs(a) < 8e307 AND abs(b) < 8e307 THEN a + b {_ELSE_BEYOND}",
    "minus": f"CASE WHEN abs(a) < 8e307 AND abs(b) < 8e307 THEN a - b {_ELSE_BEYOND}",
    "times": f"CASE WHEN a = 0 OR b = 0 OR ({_modest('a')} AND {_modest('b')}) THEN a * b {_ELSE_BEYOND}",
    "divided": _DIVIDED,
    "remainder": (
        "CASE WHEN a = trunc(a) AND b = trunc(b) AND abs(a) < 9007199254740992 AND abs(b) < 9007199254740992 "
        f"THEN CAST(CAST(a AS BIGINT) % CAST(b AS BIGINT) AS {_DOUBLE}) END"
    ),
    "isfinite": f"a < CAST('Infinity' AS {_DOUBLE}) AND a > CAST('-Infinity' AS {_DOUBLE})",
    "to_even": "round(a)",
    "round": "round(a, b)",
    "decimal": "CAST(CAST(a AS TEXT) AS NUMERIC)",
    "exp": "CASE WHEN abs(a) < 700 THEN exp(a) END",
    "log10": "log(a)",
    "log2": f"ln(a) / ln(CAST(2 AS {_DOUBLE}))",
    "pow": (
        "CASE WHEN (b = 0 OR abs(b) BETWEEN 1e-290 AND 1e290) "
        "AND coalesce(abs(b * ln(nullif(abs(a), 0))), 0) < 700 THEN power(a, b) END"
    ),
    "number_text": "CAST(a AS TEXT)",
    "number_of_text": f"CAST(a AS {_DOUBLE})",
    "text_order": 'a COLLATE "C"',
    "chr": "chr(a)",
    "unicode": "ascii(a)",
    "strlen": "octet_length(a)",
    "trim": "btrim(a, ' ')",
    "repeat": "repeat(a, CAST(b AS INTEGER))",
    "substring": "substring(a, CAST(b AS INTEGER), CAST(c AS INTEGER))",
    "lpad": "lpad(a, CAST(b AS INTEGER), c)",
    "rpad": "rpad(a, CAST(b AS INTEGER), c)",
    "contains": "strpos(a, b) > 0",
    "suffix": "right(a, length(b)) = b",
    "string_split": "string_to_array(a, b)",
    "regexp_matches": "a ~ b",
    "regexp_replace": "regexp_replace(a, b, c, 'g')",
    "regexp_full_match": "a ~ ('^(?:' || b || ')$')",
    "year": _part("year"),
    "quarter": _part("quarter"),
    "month": _part("month"),
    "day": _part("day"),
    "dayofyear": _part("doy"),
    "isodow": _part("isodow"),
    "isoyear": _part("isoyear"),
    "weekofyear": _part("week"),
    "make_date": "make_date(CAST(a AS INTEGER), CAST(b AS INTEGER), CAST(c AS INTEGER))",
    "monthname": "to_char(a, 'FMMonth')",
    "dayname": "to_char(a, 'FMDay')",
    "date_of_text": (
        "CASE WHEN CAST(substring(a, 1, 4) AS INTEGER) BETWEEN 1 AND 9999 "
        "AND CAST(substring(a, 6, 2) AS INTEGER) BETWEEN 1 AND 12 "
        "AND CAST(substring(a, 9, 2) AS INTEGER) BETWEEN 1 AND "
        "date_part('day', make_date(CAST(substring(a, 1, 4) AS INTEGER), CAST(substring(a, 6, 2) AS INTEGER), 1) "
        "+ INTERVAL '1 month' - INTERVAL '1 day') THEN CAST(a AS DATE) END"
    ),
    "days_later": _within_calendar(
        "(a - DATE '0001-01-01') + CAST(b AS BIGINT) BETWEEN 0 AND 3652058", "a + CAST(b AS INTEGER)"
    ),
    "days_between": "b - a",
    "months_later": _within_calendar(
        "date_part('year', a) * 12 + date_part('month', a) + b BETWEEN 13 AND 120000",
        "CAST(a + CAST(b AS INTEGER) * INTERVAL '1 month' AS DATE)",
    ),
    "day_start": "a",
    "month_start": _start("month"),
    "quarter_start": _start("quarter"),
    "year_start": _start("year"),
    "month_end": "CAST(date_trunc('month', CAST(a AS TIMESTAMP)) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)",
    "day_of_clock": "DATE '1970-01-01' + CAST(floor(CAST(a AS NUMERIC) / 86400000000) AS INTEGER)",
    "clock_of_day": "CAST(a - DATE '1970-01-01' AS BIGINT) * 86400000000",
    "now": _microseconds("now()"),
    "today": "CAST(now() AT TIME ZONE a AS DATE)",
    "clock_of_moment": _microseconds(f"({_STAMP} AT TIME ZONE 'UTC' AT TIME ZONE b)"),
    "moment_of_clock": _microseconds(f"({_STAMP} AT TIME ZONE b AT TIME ZONE 'UTC')"),
    "len": "cardinality(a)",
    "list_concat": "array_cat(a, b)",
    "list_extract": "(a)[CAST(b AS INTEGER)]",
    "list_last": "(a)[cardinality(a)]",
    "list_position": "array_position(a, b)",
    "list_reverse": (
        "(SELECT coalesce(array_agg(each.item ORDER BY each.place DESC), a) "
        "FROM unnest(a) WITH ORDINALITY AS each(item, place))"
    ),
    "list_slice": "(a)[CAST(b AS INTEGER):CAST(c AS INTEGER)]",
    "range": "ARRAY(SELECT generate_series(a, b - 1))",
    "list_product": _fold("(a)[1]", f"CASE WHEN found = 0 OR {_ITEM} = 0 OR "
                          f"({_modest('found')} AND {_modest(_ITEM)}) THEN found * {_ITEM} ELSE {_BEYOND} END"),
    "list_gcd": _fold("abs((a)[1])", f"gcd(found, {_ITEM})"),
    "list_lcm": _fold(
        "CAST(abs((a)[1]) AS NUMERIC)", f"CASE WHEN found < 9007199254740992 THEN lcm(found, {_ITEM}) ELSE found END"
    ),
    "regexp_extract_all": "ARRAY(SELECT (regexp_matches(a, b, 'g'))[1])",
    "proper": (
        "(SELECT string_agg(upper(left(each.item[1], 1)) || lower(substr(each.item[1], 2)), '' ORDER BY each.place) "
        "FROM regexp_matches(a, '[A-Za-z0-9][A-Za-z0-9'']*|[^A-Za-z0-9]', 'g') WITH ORDINALITY AS each(item, place))"
    ),
}  # fmt: skip

_TOTALS = {
    "list": "array_agg",
    "max of texts": "max",
    "min of texts": "min",
    "max of truths": "bool_or",
    "min of truths": "bool_and",
}


_NO_VALUE: dict[str, str] = {
    "DOUBLE": _BEYOND,
    "VARCHAR": "''",
    "DATE": "CAST('infinity' AS DATE)",
    "BIGINT": "CAST('-9223372036854775808' AS BIGINT)",
}
"""By type in DuckDB's notation, a value that no cell has."""


class _Postgres(Dialect):
    def same(self, left: exp.Expr, right: exp.Expr, kind: Type) -> exp.Expr:
        """PostgreSQL compares each pair for IS NOT DISTINCT FROM: a value that no cell has is in the place of blank."""
        none = _NO_VALUE.get(type_name(kind))
        if none is None:
            return super().same(left, right, kind)
        sides = (coalesce(side, written(self.name, none).copy()) for side in (left, right))
        return exp.EQ(this=next(sides), expression=next(sides))

    def total(self, name: str, item: exp.Expr, order: Order = ()) -> exp.Expr:
        """An aggregate; a sum with a number that could take it beyond all numbers is not given."""
        if isinstance(item, exp.Null) or item.is_string:  # of a constant it asks for the type
            item = exp.cast(item.copy(), "TEXT")
        match name:
            case "product":
                raise CannotLower(f"{self.title} has no product of many numbers")
            case "sum":
                bounded = written(self.name, f"CASE WHEN abs(a) >= 1e290 THEN {_BEYOND} ELSE a END")
                item = placed(bounded, {"a": item})
                order = () if self.live else order  # to sort the rows would take longer than everything else
            case "count_if":
                return exp.Count(this=placed(written(self.name, "CASE WHEN a THEN 1 END"), {"a": item}))
            case "first" | "last":
                along = tuple((key, down if name == "first" else not down) for key, down in order)
                items = exp.Anonymous(this="array_agg", expressions=[in_order(item, along)])
                return placed(written(self.name, "(a)[1]"), {"a": items})
            case "max of texts" | "min of texts":
                item = self.word("text_order", item)
        return super().total(_TOTALS.get(name, name), item, order)


POSTGRES = _Postgres(
    "postgres",
    "PostgreSQL",
    words=_WORDS,
    casts={
        "DOUBLE": f"CAST(a AS {_DOUBLE})",
        "DOUBLE[]": f"CAST(a AS {_DOUBLE}[])",
        "BIGINT": "CASE WHEN abs(a) < 9000000000000000000 THEN CAST(a AS BIGINT) END",
        "INT": "CASE WHEN abs(a) < 2000000000 THEN CAST(a AS INTEGER) END",
        "BIGINT[]": "CAST(a AS BIGINT[])",
        "TEXT[]": "CAST(a AS TEXT[])",
        "TEXT": "CAST(a AS TEXT)",
        "DATE": "CAST(a AS DATE)",
    },
    nested=False,
    by_day=False,
    fails=True,
    inlines=True,
    references="after the rows",
    unfit="\0",
    longest=63,
    versions="18.4",
    shapes={"list": "no list of lists"},
)

LIVE_POSTGRES = replace(POSTGRES, live=True)
"""The same for views that stay, and are read at any time."""
