"""BigQuery and Snowflake, written from their documentation. No test runs them: their texts are only parsed.

Neither adds numbers in a given order, so sums may differ in their last digit. Arithmetic beyond all numbers, or beyond
the calendar, is an error there, so each word asks first. BigQuery keeps no list with a NULL, so it has lists of
references only; the items of Snowflake's arrays have no type, and it has no lists here.
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp

from codaform.model.types import ListOf, RowOf, Type
from codaform.sql.dialects.dialect import Dialect, as_they_are, placed, written
from codaform.sql.trees import CannotLower, Order, in_order

_DAY = "86400000000"
_FIRST, _LAST = -719162, 2932896
"""The days of the calendar, counted from 1970 on."""

_SUMS = frozenset(("Sum", "SumIf", "Average", "AverageIf"))

_MODEST = "abs({0}) BETWEEN 1e-150 AND 1e150"
_BOTH_MODEST = f"({_MODEST.format('a')} AND {_MODEST.format('b')})"
_BOTH_SMALL = "abs(a) < 8e307 AND abs(b) < 8e307"
_EVEN = (
    "floor(a) + (CASE WHEN a - floor(a) > 0.5 OR (a - floor(a) = 0.5 AND floor(a / 2) * 2 <> floor(a)) "
    "THEN 1 ELSE 0 END)"
)


def _arithmetic(double: str) -> dict[str, str]:
    """Signs that give NaN where the result may be no number."""
    beyond = f"WHEN a IS NOT NULL AND b IS NOT NULL THEN CAST('NaN' AS {double}) END"
    divided = f"CASE WHEN a = 0 OR {_BOTH_MODEST} THEN a / b {beyond}"
    return {
        "/": divided,
        "divided": divided,
        "plus": f"CASE WHEN {_BOTH_SMALL} THEN a + b {beyond}",
        "minus": f"CASE WHEN {_BOTH_SMALL} THEN a - b {beyond}",
        "times": f"CASE WHEN a = 0 OR b = 0 OR {_BOTH_MODEST} THEN a * b {beyond}",
        "exp": "CASE WHEN abs(a) < 700 THEN exp(a) END",
        "pow": (
            "CASE WHEN (b = 0 OR abs(b) BETWEEN 1e-290 AND 1e290) "
            "AND coalesce(abs(b * ln(nullif(abs(a), 0))), 0) < 700 THEN power(a, b) END"
        ),
        "to_even": _EVEN,
        "text_order": "a",
        "trim": "trim(a, ' ')",
        "substring": "substr(a, b, c)",
        "chr": "chr(a)",
        "day_start": "a",
    }


_CURVES = as_they_are("""
    sin(a) cos(a) tan(a) asin(a) acos(a) atan(a) atan2(a, b) sinh(a) cosh(a) tanh(a) asinh(a) acosh(a) atanh(a) ln(a)
""")


class _Warehouse(Dialect):
    """A dialect whose aggregates have names of their own. totals: These names."""

    totals: ClassVar[dict[str, str]]
    beyond: ClassVar[str]

    def total(self, name: str, item: exp.Expr, order: Order = ()) -> exp.Expr:
        """An aggregate; a sum with a number that could take it beyond all numbers is not given."""
        if name == "product":
            raise CannotLower(f"{self.title} has no product of many numbers")
        if name == "sum":
            bounded = written(self.name, f"CASE WHEN abs(a) >= 1e290 THEN {self.beyond} ELSE a END")
            item = placed(bounded, {"a": item})
        return super().total(self.totals.get(name, name), item, order if name == "list" else ())


# ------------------------------------------------------------ BigQuery


class _BigQuery(_Warehouse):
    totals: ClassVar[dict[str, str]] = {
        "list": "array_agg",
        "first": "first_value",
        "last": "last_value",
        "bool_or": "logical_or",
        "bool_and": "logical_and",
        "max of truths": "logical_or",
        "min of truths": "logical_and",
        "count_if": "countif",
    }
    beyond = "CAST('NaN' AS FLOAT64)"

    def check(self, kind: Type) -> None:
        """Raises CannotLower for lists whose items may be NULL."""
        if isinstance(kind, ListOf) and not isinstance(kind.item, RowOf):
            raise CannotLower(f"{self.title} has lists of references only")

    def opened(self, rows: exp.Table, items: exp.Expr, item: str, place: str) -> exp.Select:
        """All columns of some rows, with a row for each item of a list, and its offset."""
        each = exp.Unnest(
            expressions=[items],
            alias=exp.TableAlias(columns=[exp.to_identifier(item, quoted=True)]),
            offset=exp.to_identifier(place, quoted=True),
        )
        return exp.select("*").from_(rows).join(each, join_type="cross", copy=False)


_DIGITS = "format('%.15g', a)"
_FRACTION = f"coalesce(regexp_extract({_DIGITS}, '[.]([0-9]+)'), '')"


def _rounded(more: str) -> str:
    """A number without a sign to `b` decimals by its digits. more: Whether the last place becomes one larger."""
    places = f"SAFE_CAST(regexp_extract({_DIGITS}, '^[0-9]+') || substr({_FRACTION}, 1, b) AS INT64)"
    larger = f"(CASE WHEN {more} THEN 1 ELSE 0 END)"
    shift = "SAFE_CAST('1' || repeat('0', b) AS FLOAT64)"
    return f"CASE WHEN length({_FRACTION}) <= b THEN a ELSE ({places} + {larger}) / {shift} END"


def _bigquery_part(name: str) -> str:
    return f"EXTRACT({name} FROM a)"


BIGQUERY = _BigQuery(
    "bigquery",
    "BigQuery",
    words=_arithmetic("FLOAT64")
    | _CURVES
    | as_they_are("""
        abs(a) ceil(a) floor(a) trunc(a) sqrt(a) log10(a)
        length(a) lower(a) upper(a) repeat(a, b) replace(a, b, c) unicode(a) lpad(a, b, c) rpad(a, b, c)
        starts_with(a, b) strpos(a, b)
    """)
    | {
        "//": "div(a, b)",
        "%": "mod(a, b)",
        "remainder": (
            "CASE WHEN a = trunc(a) AND b = trunc(b) AND abs(a) < 9007199254740992 AND abs(b) < 9007199254740992 "
            "THEN SAFE_CAST(mod(SAFE_CAST(a AS INT64), SAFE_CAST(b AS INT64)) AS FLOAT64) END"
        ),
        "greatest": "coalesce(greatest(a, b), a, b)",
        "least": "coalesce(least(a, b), a, b)",
        "isfinite": "NOT (is_nan(a) OR is_inf(a))",
        "log2": "log(a, 2)",
        "pi": "acos(-1)",
        "few_digits": (
            "abs(a) < 1e15 AND (a = trunc(a) OR abs(a) >= 0.0001) AND SAFE_CAST(format('%.15g', a) AS FLOAT64) = a"
        ),
        "number_text": _DIGITS,
        "number_of_text": "SAFE_CAST(a AS FLOAT64)",
        "rounded_half": _rounded(f"substr({_FRACTION}, b + 1, 1) >= '5'"),
        "rounded_down": _rounded("FALSE"),
        "rounded_up": _rounded(f"rtrim(substr({_FRACTION}, b + 1), '0') <> ''"),
        "strlen": "byte_length(a)",
        "contains": "strpos(a, b) > 0",
        "suffix": "ends_with(a, b)",
        "regexp_matches": "regexp_contains(a, b)",
        "pattern_found": "regexp_contains(a, b)",
        "regexp_full_match": "regexp_contains(a, '^(?:' || b || ')$')",
        "regexp_replace": "regexp_replace(a, b, c)",
        "pattern_replaced": "regexp_replace(a, b, c)",
        "year": _bigquery_part("YEAR"),
        "quarter": _bigquery_part("QUARTER"),
        "month": _bigquery_part("MONTH"),
        "day": _bigquery_part("DAY"),
        "dayofyear": _bigquery_part("DAYOFYEAR"),
        "isodow": f"mod({_bigquery_part('DAYOFWEEK')} + 5, 7) + 1",
        "isoyear": _bigquery_part("ISOYEAR"),
        "weekofyear": _bigquery_part("ISOWEEK"),
        "make_date": "date(a, b, c)",
        "monthname": "format_date('%B', a)",
        "dayname": "format_date('%A', a)",
        "date_of_text": "SAFE_CAST(a AS DATE)",
        "days_later": (
            f"CASE WHEN unix_date(a) + b BETWEEN {_FIRST} AND {_LAST} THEN date_from_unix_date(unix_date(a) + b) END"
        ),
        "days_between": "unix_date(b) - unix_date(a)",
        "months_later": (
            f"CASE WHEN {_bigquery_part('YEAR')} * 12 + {_bigquery_part('MONTH')} + b BETWEEN 13 AND 120000 "
            "THEN date_add(a, INTERVAL (b) MONTH) END"
        ),
        "month_start": "date_trunc(a, MONTH)",
        "quarter_start": "date_trunc(a, QUARTER)",
        "year_start": "date_trunc(a, YEAR)",
        "month_end": "last_day(a, MONTH)",
        "len": "array_length(a)",
        "list_concat": "array_concat(a, b)",
        "list_extract": "a[SAFE_OFFSET(b - 1)]",
        "list_last": "a[SAFE_OFFSET(array_length(a) - 1)]",
        "list_reverse": "array_reverse(a)",
        "day_of_clock": f"date_from_unix_date(div(a - mod(mod(a, {_DAY}) + {_DAY}, {_DAY}), {_DAY}))",
        "clock_of_day": f"unix_date(a) * {_DAY}",
        "clock_of_moment": "unix_micros(timestamp(datetime(timestamp_micros(a), b)))",
        "moment_of_clock": "unix_micros(timestamp(datetime(timestamp_micros(a)), b))",
    },
    loose=_SUMS,
    along=frozenset(("first", "last")),
    by_day=False,
    fails=True,
    unfit="\0",
    shapes={"list": "no list of anything else"},
)

# ------------------------------------------------------------ Snowflake


class _Snowflake(_Warehouse):
    totals: ClassVar[dict[str, str]] = {
        "first": "first_value",
        "last": "last_value",
        "bool_or": "boolor_agg",
        "bool_and": "booland_agg",
        "max of truths": "boolor_agg",
        "min of truths": "booland_agg",
        "count_if": "count_if",
    }
    beyond = "CAST('NaN' AS DOUBLE)"

    def joined(self, item: exp.Expr, delimiter: exp.Expr, order: Order) -> exp.Expr:
        """The texts of the rows of a group, one after the other."""
        texts = exp.Anonymous(this="listagg", expressions=[item, delimiter])
        return exp.WithinGroup(this=texts, expression=in_order(None, order))


_FLOORED = f"(a - mod(mod(a, {_DAY}) + {_DAY}, {_DAY})) / {_DAY}"
_EPOCH = "CAST('1970-01-01' AS DATE)"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAY = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(_WEEKDAYS, 1))

SNOWFLAKE = _Snowflake(
    "snowflake",
    "Snowflake",
    words=_arithmetic("DOUBLE")
    | _CURVES
    | as_they_are("""
        abs(a) ceil(a) floor(a) trunc(a) sqrt(a) pi()
        length(a) lower(a) upper(a) repeat(a, b) replace(a, b, c) unicode(a) lpad(a, b, c) rpad(a, b, c) contains(a, b)
        year(a) quarter(a) month(a) day(a) dayofyear(a)
    """)
    | {
        "//": "CAST((a - mod(a, b)) / b AS BIGINT)",
        "%": "mod(a, b)",
        "remainder": (
            "CASE WHEN a = trunc(a) AND b = trunc(b) AND abs(a) < 9007199254740992 AND abs(b) < 9007199254740992 "
            "THEN CAST(mod(CAST(a AS BIGINT), CAST(b AS BIGINT)) AS DOUBLE) END"
        ),
        "greatest": "greatest_ignore_nulls(a, b)",
        "least": "least_ignore_nulls(a, b)",
        "isfinite": "a < CAST('inf' AS DOUBLE) AND a > CAST('-inf' AS DOUBLE)",
        "log10": "log(10, a)",
        "log2": "log(2, a)",
        "number_of_text": "try_to_double(a)",
        "strlen": "octet_length(a)",
        "starts_with": "startswith(a, b)",
        "suffix": "endswith(a, b)",
        "strpos": "charindex(b, a)",
        "regexp_matches": "regexp_instr(a, b) > 0",
        "regexp_full_match": "regexp_like(a, b)",
        "regexp_replace": "regexp_replace(a, b, c)",
        "isodow": "dayofweekiso(a)",
        "isoyear": "yearofweekiso(a)",
        "weekofyear": "weekiso(a)",
        "make_date": "date_from_parts(a, b, c)",
        "monthname": "to_char(a, 'MMMM')",
        "dayname": f"CASE dayofweekiso(a) {_WEEKDAY} END",
        "date_of_text": "try_to_date(a, 'YYYY-MM-DD')",
        "days_later": (
            f"CASE WHEN datediff(day, {_EPOCH}, a) + b BETWEEN {_FIRST} AND {_LAST} THEN dateadd(day, b, a) END"
        ),
        "days_between": "datediff(day, a, b)",
        "months_later": (
            "CASE WHEN year(a) * 12 + month(a) + b BETWEEN 13 AND 120000 THEN dateadd(month, b, a) END"
        ),
        "month_start": "date_trunc('month', a)",
        "quarter_start": "date_trunc('quarter', a)",
        "year_start": "date_trunc('year', a)",
        "month_end": "last_day(a)",
        "day_of_clock": f"dateadd(day, {_FLOORED}, {_EPOCH})",
        "clock_of_day": f"datediff(day, {_EPOCH}, a) * {_DAY}",
        "clock_of_moment": "date_part(epoch_microsecond, convert_timezone('UTC', b, to_timestamp_ntz(a, 6)))",
        "moment_of_clock": "date_part(epoch_microsecond, convert_timezone(b, 'UTC', to_timestamp_ntz(a, 6)))",
    },
    casts={
        "DOUBLE": "CAST(a AS DOUBLE)",
        "BIGINT": "CASE WHEN abs(a) < 9000000000000000000 THEN CAST(a AS BIGINT) END",
        "INT": "CASE WHEN abs(a) < 2000000000 THEN CAST(a AS INTEGER) END",
        "TEXT": "CAST(a AS VARCHAR)",
        "DATE": "CAST(a AS DATE)",
    },
    loose=_SUMS,
    along=frozenset(("first", "last")),
    nested=None,
    by_day=False,
    fails=True,
    unfit="\0",
)  # fmt: skip
