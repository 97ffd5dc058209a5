"""Apache Spark: arithmetic stops the query instead of wrapping around, lists count from 0, patterns are Java's."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlglot import exp

from codaform.sql.dialects.dialect import Dialect, as_they_are, placed, written
from codaform.sql.trees import Order

_DAY = "86400000000"
_EVEN = "9007199254740992"
"""From here on each double is a whole number."""

_JAVA_TEXT = "CAST(abs(a) AS STRING)"
_FEW_DIGITS = rf"length(regexp_replace({_JAVA_TEXT}, '^0[.]0*|[.]|E.*', '')) <= 15"
"""Whether Java writes a number in the only way of so few digits; before Java 19, more need not be the shortest."""


def _whole(function: str) -> str:
    return f"CASE WHEN abs(a) < {_EVEN} THEN CAST({function}(a) AS DOUBLE) ELSE a END"


_GCD = (
    "aggregate(sequence(1, 90), named_struct('m', abs(x), 'n', abs(y)), (s, i) -> CASE WHEN s.n = 0 THEN s "
    "ELSE named_struct('m', s.n, 'n', s.m % s.n) END, s -> s.m)"
)
"""The greatest divisor of `x` and `y` below 2^53, for which Euclid takes fewer steps."""

_WORDS = as_they_are("""
    abs(a) sqrt(a) pi() greatest(a, b) least(a, b) exp(a) ln(a) log10(a) log2(a) pow(a, b)
    sin(a) cos(a) tan(a) asin(a) acos(a) atan(a) atan2(a, b) sinh(a) cosh(a) tanh(a) acosh(a) atanh(a) round(a, b)
    length(a) lower(a) upper(a) replace(a, b, c) contains(a, b)
    year(a) quarter(a) month(a) day(a) dayofyear(a) weekofyear(a)
""") | {
    "/": "a / b",
    "//": "div(a, nullif(b, 0))",
    "%": "a % nullif(b, 0)",
    "plus": "a + b",
    "minus": "a - b",
    "times": "a * b",
    "divided": "a / b",
    "remainder": "a % b",
    "ceil": _whole("ceil"),
    "floor": _whole("floor"),
    "trunc": "a - a % 1",
    "isfinite": "abs(a) < CAST('Infinity' AS DOUBLE)",
    "to_even": "rint(a)",
    "decimal": "TRY_CAST(a AS DECIMAL(38, 22))",
    "asinh": "signum(a) * log1p(abs(a) + a * a / (1 + sqrt(a * a + 1)))",
    "number_text": (
        f"CASE WHEN {_FEW_DIGITS} THEN regexp_replace(CAST(TRY_CAST(a AS DECIMAL(38, 22)) AS STRING), '0+$', '') END"
    ),
    "number_of_text": "TRY_CAST(a AS DOUBLE)",
    "text_order": "a",
    "chr": "decode(unhex(lpad(hex(a), 4, '0')), 'UTF-16BE')",
    "unicode": "ascii(a)",
    "strlen": "octet_length(a)",
    "trim": "trim(a)",
    "repeat": "repeat(a, CAST(b AS INT))",
    "substring": "substring(a, CAST(b AS INT), CAST(c AS INT))",
    "lpad": "lpad(a, CAST(b AS INT), c)",
    "rpad": "rpad(a, CAST(b AS INT), c)",
    "starts_with": "startswith(a, b)",
    "suffix": "endswith(a, b)",
    "strpos": "instr(a, b)",
    "string_split": r"split(a, '\\Q' || replace(b, '\\E', '\\E\\\\E\\Q') || '\\E', -1)",
    "regexp_matches": "regexp_like(a, b)",
    "regexp_full_match": r"regexp_like(a, '\\A(?:' || b || ')\\z')",
    "regexp_replace": "regexp_replace(a, b, c)",
    "isodow": "weekday(a) + 1",
    "isoyear": "date_part('YEAROFWEEK', a)",
    "make_date": "make_date(CAST(a AS INT), CAST(b AS INT), CAST(c AS INT))",
    "monthname": "date_format(a, 'MMMM')",
    "dayname": "date_format(a, 'EEEE')",
    "date_of_text": "TRY_CAST(a AS DATE)",
    "days_later": "date_add(a, CAST(b AS INT))",
    "days_between": "datediff(b, a)",
    "months_later": "add_months(a, CAST(b AS INT))",
    "day_start": "a",
    "month_start": "trunc(a, 'MM')",
    "quarter_start": "trunc(a, 'QUARTER')",
    "year_start": "trunc(a, 'YEAR')",
    "month_end": "last_day(a)",
    "day_of_clock": f"date_from_unix_date(CAST(div(a - pmod(a, {_DAY}), {_DAY}) AS INT))",
    "clock_of_day": f"CAST(unix_date(a) AS BIGINT) * {_DAY}",
    "clock_of_moment": "unix_micros(from_utc_timestamp(timestamp_micros(a), b))",
    "moment_of_clock": "unix_micros(to_utc_timestamp(timestamp_micros(a), b))",
    "len": "array_size(a)",
    "list_concat": "concat(a, b)",
    "list_extract": "get(a, CAST(b AS INT) - 1)",
    "list_last": "get(a, array_size(a) - 1)",
    "list_position": (
        "CASE WHEN b IS NULL THEN array_position(transform(a, one -> one IS NULL), TRUE) ELSE array_position(a, b) END"
    ),
    "list_reverse": "reverse(a)",
    "list_slice": "slice(a, CAST(b AS INT), CAST(c - b + 1 AS INT))",
    "list_gcd": f"aggregate(a, CAST(0 AS BIGINT), (x, y) -> {_GCD})",
    "list_lcm": (
        "aggregate(a, CAST(1 AS BIGINT), (x, y) -> CASE WHEN x = 0 OR y = 0 THEN CAST(0 AS BIGINT) "
        f"WHEN abs(CAST(x AS DOUBLE) / {_GCD} * y) < {_EVEN} THEN abs(div(x, {_GCD}) * y) END)"
    ),
    "regexp_extract_all": "regexp_extract_all(a, b, 0)",
    "proper": (
        "array_join(transform(regexp_extract_all(a, '[A-Za-z0-9][A-Za-z0-9' || chr(39) || ']*|[^A-Za-z0-9]', 0), "
        "one -> upper(substring(one, 1, 1)) || lower(substring(one, 2, length(one)))), '')"
    ),
}  # fmt: skip

_WITH_PATTERN = frozenset({"regexp_matches", "regexp_full_match", "regexp_replace", "regexp_extract_all"})
_END = re.compile(r"(?<!\\)((?:\\\\)*)\$")

_SORTED = "sort_array(collect_list(a))"
_FOLDS = {
    "sum": f"aggregate({_SORTED}, CAST(0 AS DOUBLE), (total, one) -> total + one.x)",
    "product": (
        f"CASE WHEN count(a) > 0 THEN aggregate({_SORTED}, CAST(1 AS DOUBLE), (total, one) -> total * one.x) END"
    ),
    "list": f"transform({_SORTED}, one -> one.x)",
    "first": f"get({_SORTED}, 0).x",
    "last": f"get(reverse({_SORTED}), 0).x",
}  # fmt: skip
"""The totals over the rows of a group in their order. `a` is a row: a struct of its order keys and its item `x`."""


class _Spark(Dialect):
    def word(self, name: str, *arguments: exp.Expr) -> exp.Expr:
        """A word with arguments; a pattern among them is written as Java reads it."""
        if name in _WITH_PATTERN and isinstance(arguments[1], exp.Literal):
            pattern = exp.Literal.string(self.pattern(arguments[1].name))
            arguments = (arguments[0], pattern, *arguments[2:])
        return super().word(name, *arguments)

    def pattern(self, plain: str) -> str:
        """A pattern for Java, where `$` would also fit before a last line break, and classes have other names."""
        return _END.sub(r"\1\\z", plain.replace("[:cntrl:]", r"\p{Cntrl}"))

    def total(self, name: str, item: exp.Expr, order: Order = ()) -> exp.Expr:
        """An aggregate; what depends on the order folds the sorted rows, so numbers are added from first to last."""
        if name == "sum of whole numbers":
            return placed(written(self.name, "sum(CAST(a AS DECIMAL(20, 0)))"), {"a": item})
        fold = _FOLDS.get(name)
        if fold is None:
            return super().total(name, item, order)
        row = _row(item, order)
        if name in ("sum", "product"):
            # Rows without a number are NULL as a whole: collect_list leaves them out.
            row = placed(written(self.name, "CASE WHEN a IS NOT NULL THEN b END"), {"a": item, "b": row})
        if name in ("first", "last") and not any(down for _, down in order):
            least = "min(a).x" if name == "first" else "max(a).x"
            return placed(written(self.name, least), {"a": row})
        return self._along(fold, row, order)

    def joined(self, item: exp.Expr, delimiter: exp.Expr, order: Order) -> exp.Expr:
        """The texts of the rows of a group, one after the other."""
        texts = self._along(_FOLDS["list"], _row(item, order), order)
        return exp.Anonymous(this="array_join", expressions=[texts, delimiter])

    def _along(self, fold: str, row: exp.Expr, order: Order) -> exp.Expr:
        """A fold over the rows of a group in an order."""
        if any(down for _, down in order):
            fold = fold.replace(_SORTED, f"array_sort(collect_list(a), (l, r) -> {_before(order)})")
        return placed(written(self.name, fold), {"a": row})

    def opened(self, rows: exp.Table, items: exp.Expr, item: str, place: str) -> exp.Select:
        """All columns of some rows, with a row for each item of a list, and the item's place, in order."""
        names = [exp.to_identifier(name, quoted=True) for name in (place, item)]
        each = exp.Anonymous(this="posexplode", expressions=[items])
        return exp.select("*", exp.Aliases(this=each, expressions=names)).from_(rows)

    def counted(self, rows: exp.Table, last: exp.Expr, number: str) -> exp.Select:
        """All columns of some rows, with a row for each number from 0 to a last one."""
        series = placed(written(self.name, "explode(sequence(0, greatest(a, 0)))"), {"a": last})
        return exp.select("*", exp.alias_(series, number, quoted=True)).from_(rows)


def _row(item: exp.Expr, order: Order) -> exp.Expr:
    """A row of a group: its keys of order, then its item."""
    parts: list[exp.Expr] = []
    for number, (key, _) in enumerate(order):
        parts += [exp.Literal.string(f"k{number}"), key.copy()]
    return exp.Anonymous(this="named_struct", expressions=[*parts, exp.Literal.string("x"), item.copy()])


def _before(order: Order) -> str:
    """How two rows `l` and `r` compare: below 0, 0 or above; a blank is smallest."""
    cases = []
    for number, (_, down) in enumerate(order):
        left, right = (f"{side}.k{number}" for side in ("rl" if down else "lr"))
        cases.append(f"WHEN {left} < {right} OR ({left} IS NULL AND {right} IS NOT NULL) THEN -1")
        cases.append(f"WHEN {left} > {right} OR ({right} IS NULL AND {left} IS NOT NULL) THEN 1")
    return f"CASE {' '.join(cases)} ELSE 0 END"


SPARK = _Spark(
    "spark",
    "Spark",
    words=_WORDS,
    heaviest=16,
    asked_from=100_000,  # a question takes longer than few rows
    temporary=True,
    versions="4.3",
)  # fmt: skip

DATABRICKS = replace(SPARK, name="databricks", title="Databricks", versions="")
"""Databricks has the functions of Spark."""
