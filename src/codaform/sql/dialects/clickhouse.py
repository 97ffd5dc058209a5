"""ClickHouse: dates are numbers of days, a blank list is an empty one, and each step is computed again for each reader.

Its own dates end with 2299, but its calendar repeats every 400 years: a day is moved into the years 1900 to 2299, asked
there, and moved back. Aggregates have no order, so what depends on one sorts the rows of a group as an array.
"""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from codaform.model.types import Type
from codaform.sql.dialects.dialect import EXTREMES, Dialect, as_they_are, placed, written
from codaform.sql.trees import CannotLower, Order

_FIRST_DAY = date(1970, 1, 1)
_DAY = "86400000000"
_BEYOND = "2932897"
"""The day after 9999-12-31."""

_CYCLE = "146097"
"""The days of 400 years."""

_PLACE = "(a + 1486537)"
"""A day, counted from ten times 400 years before 1900 on."""

_WITHIN = f"toDate32(toInt32({_PLACE} % {_CYCLE} - 25567))"
"""A day as the one of the years 1900 to 2299 at the same place of its 400 years."""

_YEAR = f"(toInt64(toYear({_WITHIN})) + (intDiv({_PLACE}, {_CYCLE}) - 10) * 400)"
_DAY_OF_MONTH = f"toInt64(toDayOfMonth({_WITHIN}))"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_LONGEST_TEXT = 250_000
_DEEPEST = 900
"""ClickHouse reads no statement of more than 262,144 bytes, and no expression that is nested more deeply than 1,000."""


def _part(function: str) -> str:
    return f"toInt64({function}({_WITHIN}))"


def _first_of_month(year: str, month: str) -> str:
    """The first day of a month."""
    place = f"({year} + 2100)"
    within = f"makeDate32(1900 + {place} % 400, {month}, 1)"
    return f"(toInt64(toInt32({within})) + (intDiv({place}, 400) - 10) * {_CYCLE})"


def _named(number: str, names: tuple[str, ...]) -> str:
    cases = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(names, 1))
    return f"CASE {number} {cases} END"


_TOTAL_MONTHS = f"({_YEAR} * 12 + {_part('toMonth')} - 1 + b)"
_LATER = _first_of_month(f"intDiv({_TOTAL_MONTHS}, 12)", f"{_TOTAL_MONTHS} % 12 + 1")
_AFTER_LATER = _first_of_month(f"intDiv({_TOTAL_MONTHS} + 1, 12)", f"({_TOTAL_MONTHS} + 1) % 12 + 1")
_NEXT_MONTH = _first_of_month(f"({_YEAR} + intDiv({_part('toMonth')}, 12))", f"({_part('toMonth')} % 12 + 1)")

_BYTE = "toInt64(reinterpretAsUInt8(substring(a, {0}, 1)))"
_CODE = (
    f"CASE WHEN {_BYTE.format(1)} < 128 THEN {_BYTE.format(1)} "
    f"WHEN {_BYTE.format(1)} < 224 THEN ({_BYTE.format(1)} - 192) * 64 + {_BYTE.format(2)} - 128 "
    f"WHEN {_BYTE.format(1)} < 240 THEN (({_BYTE.format(1)} - 224) * 64 + {_BYTE.format(2)} - 128) * 64 "
    f"+ {_BYTE.format(3)} - 128 ELSE ((({_BYTE.format(1)} - 240) * 64 + {_BYTE.format(2)} - 128) * 64 "
    f"+ {_BYTE.format(3)} - 128) * 64 + {_BYTE.format(4)} - 128 END"
)
"""The number of the first character of a text in UTF-8."""

_DATE_OF_TEXT = (
    _first_of_month("toInt64OrNull(substring(a, 1, 4))", "toInt64OrNull(substring(a, 6, 2))"),
    "toInt64OrNull(substring(a, 9, 2))",
)

_PADDING = "substringUTF8(repeat(c, least(b, 1000000)), 1, b - toInt64(lengthUTF8(a)))"

_GCD = "toInt64(gcd(if(found = 0, 1, found), if(one = 0, 1, one)))"
"""The greatest divisor; with 0 it is an error, also in a case that is not chosen."""

_THERE = "arrayMap(one -> assumeNotNull(one), a)"

_WORDS = as_they_are("""
    ceil(a) floor(a) trunc(a) sqrt(a) pi() greatest(a, b) least(a, b) exp(a) log10(a) log2(a) pow(a, b)
    sin(a) cos(a) tan(a) asin(a) acos(a) atan(a) atan2(a, b) sinh(a) cosh(a) asinh(a) acosh(a) atanh(a)
    repeat(a, b)
""") | {
    "/": "a / b",
    "//": "intDiv(a, nullIf(b, 0))",
    "%": "a % nullIf(b, 0)",
    "plus": "a + b",
    "minus": "a - b",
    "times": "a * b",
    "divided": "a / b",
    # Its own remainder of two fractions is inexact: 1 % 0.1 is 0.
    "remainder": (
        "CASE WHEN a = trunc(a) AND b = trunc(b) AND abs(a) < 9007199254740992 AND abs(b) < 9007199254740992 "
        "THEN toFloat64(toInt64(a) % nullIf(toInt64(b), 0)) END"
    ),
    "abs": "CASE WHEN a < 0 THEN -a ELSE a END",
    "ln": "log(a)",
    # Its own is right to nine digits.
    "tanh": "CASE WHEN abs(a) < 20 THEN sinh(a) / cosh(a) ELSE sign(a) END",
    "isfinite": "isFinite(a)",
    "to_even": "roundBankers(a, 0)",
    "round": "round(a, b)",
    "decimal": "toDecimal128OrNull(toString(a), 22)",
    "number_text": "toString(a)",
    "number_of_text": "toFloat64OrNull(a)",
    "text_order": "a",
    "chr": (
        "CASE WHEN a < 128 THEN char(a) WHEN a < 2048 THEN char(192 + intDiv(a, 64), 128 + a % 64) "
        "ELSE char(224 + intDiv(a, 4096), 128 + intDiv(a, 64) % 64, 128 + a % 64) END"
    ),
    "unicode": f"CASE WHEN a IS NOT NULL THEN {_CODE} END",
    "length": "toInt64(lengthUTF8(a))",
    "strlen": "toInt64(length(a))",
    "lower": "lowerUTF8(a)",
    "upper": "upperUTF8(a)",
    "replace": "replaceAll(a, b, c)",
    "substring": "substringUTF8(a, b, c)",
    # Its own functions pad with a text that is written only.
    "lpad": f"{_PADDING} || a",
    "rpad": f"a || {_PADDING}",
    "trim": "trimBoth(a, ' ')",
    "contains": "position(a, b) > 0",
    "starts_with": "startsWith(a, b)",
    "suffix": "endsWith(a, b)",
    "strpos": "toInt64(positionUTF8(a, b))",
    "string_split": "CAST(splitByString(b, assumeNotNull(a)) AS Array(Nullable(String)))",
    "regexp_matches": "match(a, b)",
    "pattern_found": "match(a, '(?-s)' || b)",
    "regexp_full_match": "match(a, '^(?:' || b || ')$')",
    "regexp_replace": "replaceRegexpAll(a, b, c)",
    "pattern_replaced": "replaceRegexpAll(a, '(?-s)' || b, c)",
    "year": _YEAR,
    "quarter": _part("toQuarter"),
    "month": _part("toMonth"),
    "day": _DAY_OF_MONTH,
    "dayofyear": _part("toDayOfYear"),
    "isodow": _part("toDayOfWeek"),
    "isoyear": f"toInt64(toISOYear({_WITHIN})) + (intDiv({_PLACE}, {_CYCLE}) - 10) * 400",
    "weekofyear": _part("toISOWeek"),
    "make_date": f"{_first_of_month('a', 'b')} + c - 1",
    "monthname": _named(_part("toMonth"), _MONTHS),
    "dayname": _named(_part("toDayOfWeek"), _WEEKDAYS),
    "date_of_text": (
        f"CASE WHEN toInt64OrNull(substring(a, 6, 2)) BETWEEN 1 AND 12 AND {_DATE_OF_TEXT[1]} BETWEEN 1 AND "
        "(CASE WHEN toInt64OrNull(substring(a, 6, 2)) = 2 THEN 28 + toInt64(toInt64OrNull(substring(a, 1, 4)) % 4 = 0 "
        "AND (toInt64OrNull(substring(a, 1, 4)) % 100 <> 0 OR toInt64OrNull(substring(a, 1, 4)) % 400 = 0)) "
        "WHEN toInt64OrNull(substring(a, 6, 2)) IN (4, 6, 9, 11) THEN 30 ELSE 31 END) "
        f"THEN {_DATE_OF_TEXT[0]} + {_DATE_OF_TEXT[1]} - 1 END"
    ),
    "days_later": "a + b",
    "days_between": "b - a",
    "months_later": (
        f"CASE WHEN {_TOTAL_MONTHS} BETWEEN 12 AND 119999 "
        f"THEN least({_LATER} + {_DAY_OF_MONTH}, {_AFTER_LATER}) - 1 "
        f"WHEN {_TOTAL_MONTHS} IS NOT NULL THEN {_BEYOND} END"
    ),
    "day_start": "a",
    "month_start": f"a - {_DAY_OF_MONTH} + 1",
    "quarter_start": _first_of_month(_YEAR, f"({_part('toQuarter')} * 3 - 2)"),
    "year_start": f"a - {_part('toDayOfYear')} + 1",
    "month_end": f"{_NEXT_MONTH} - 1",
    "day_of_clock": f"intDiv(a - ((a % {_DAY}) + {_DAY}) % {_DAY}, {_DAY})",
    "clock_of_day": f"a * {_DAY}",
    # Near a change of the clocks, a moment by the clock is flagged, so the shift at the same time in UTC is right.
    "clock_of_moment": "a + toInt64(timeZoneOffset(toDateTime(intDiv(a, 1000000), b))) * 1000000",
    "moment_of_clock": "a - toInt64(timeZoneOffset(toDateTime(intDiv(a, 1000000), b))) * 1000000",
    "len": "toInt64(length(a))",
    "list_concat": "arrayConcat(a, b)",
    "list_extract": "arrayElementOrNull(a, b)",
    "list_last": "arrayElementOrNull(a, -1)",
    "list_position": "toInt64(indexOf(a, b))",
    "list_reverse": "arrayReverse(a)",
    "list_slice": "arraySlice(a, b, toInt64(c - b + 1))",
    "list_gcd": (
        "arrayFold((found, one) -> multiIf(found = 0, toInt64(abs(one)), one = 0, found, "
        f"{_GCD}), {_THERE}, toInt64(0))"
    ),
    "list_lcm": (
        "arrayFold((found, one) -> multiIf(found >= 9007199254740992, found, found = 0 OR one = 0, 0, "
        f"abs(toFloat64(found) / {_GCD} * one) < 9007199254740992, toInt64(abs(intDiv(found, {_GCD}) * one)), "
        f"9007199254740992), {_THERE}, toInt64(1))"
    ),
    "regexp_extract_all": "CAST(extractAll(assumeNotNull(a), b) AS Array(Nullable(String)))",
    "pattern_extracted": "CAST(extractAll(assumeNotNull(a), '(?-s)(' || b || ')') AS Array(Nullable(String)))",
    "proper": (
        "arrayStringConcat(arrayMap(one -> upper(substring(one, 1, 1)) || lower(substring(one, 2)), "
        "extractAll(coalesce(a, ''), '[A-Za-z0-9][A-Za-z0-9'']*|[^A-Za-z0-9]')))"
    ),
}  # fmt: skip

_TOTALS = EXTREMES | {"count_if": "countIf"}
_FOLDS = {
    "sum": "0 + arrayElement(arrayCumSum(items), -1)",
    "product": "arrayFold((total, one) -> total * one, items, toFloat64(1))",
    "list": "items",
    "first": "arrayElement(items, 1)",
    "last": "arrayElement(items, -1)",
}
"""The totals over the items of a group in their order."""


class _Clickhouse(Dialect):
    def sql(self, tree: exp.Expr, pretty: bool = False) -> str:
        """A statement as text. Raises CannotLower for one that ClickHouse is too small for."""
        made = tree.transform(_represented)
        for select in [made.expression if isinstance(made, exp.Create) else made]:
            if isinstance(select, exp.Select) and not isinstance(select.parent, exp.Insert):
                nulls = exp.EQ(this=exp.column("join_use_nulls"), expression=exp.Literal.number(1))
                select.set("settings", [nulls])
        if _depth(made) > _DEEPEST:
            raise CannotLower("the formula is nested too deeply")
        text: str = made.sql(dialect=self.name, pretty=pretty, copy=False)
        if len(text.encode()) > _LONGEST_TEXT and not isinstance(made, exp.Insert):
            raise CannotLower("the formula is too long for one statement")
        return text

    def check_size(self, tree: exp.Expr) -> None:
        """Write the statement."""
        self.sql(tree)

    def check(self, kind: Type) -> None:
        """Raises CannotLower for lists of lists: a blank among them would be an empty list."""
        super().check(kind)

    def total(self, name: str, item: exp.Expr, order: Order = ()) -> exp.Expr:
        """An aggregate; what depends on the order folds the sorted rows, so numbers are added from first to last."""
        if name == "sum of whole numbers":
            return placed(written(self.name, "sum(toInt128(a))"), {"a": item})
        fold = _FOLDS.get(name)
        if fold is None:
            return super().total(_TOTALS.get(name, name), item)
        if name not in ("sum", "product"):
            return placed(written(self.name, fold), {"items": self._along(item, order, "groupArray(tuple(b))")})
        # Without an item there is no total.
        items = self._along(item, order, "groupArrayIf(tuple(b), isNotNull(a))")
        whole = f"CASE WHEN count(a) > 0 THEN {fold.replace('items', 'arrayMap(one -> assumeNotNull(one), items)')} END"
        return placed(written(self.name, whole), {"items": items, "a": item})

    def joined(self, item: exp.Expr, delimiter: exp.Expr, order: Order) -> exp.Expr:
        """The texts of the rows of a group, one after the other."""
        texts = self._along(item, order, "groupArray(tuple(b))")
        return exp.Anonymous(this="arrayStringConcat", expressions=[texts, delimiter])

    def _along(self, item: exp.Expr, order: Order, collected: str) -> exp.Expr:
        """The items of a group in an order, as an array."""
        parts = [key.copy() for key, _ in order] + [item.copy()]
        call = exp.Anonymous(this="tuple", expressions=parts)
        rows = written(self.name, collected).transform(
            lambda node: call.copy() if isinstance(node, exp.Anonymous) and node.name == "tuple" else node
        )
        rows = placed(rows, {"a": item})
        ways = [down for _, down in order]
        end = len(ways)
        while end:  # from the keys that matter least to those that matter most
            start = end - 1
            while start and ways[start - 1] == ways[start]:
                start -= 1
            keys = ", ".join(
                f"isNotNull(tupleElement(one, {n})), tupleElement(one, {n})" for n in range(start + 1, end + 1)
            )
            function, at = ("arrayReverseSort", "-at") if ways[start] else ("arraySort", "at")
            rows = placed(
                written(self.name, f"{function}((one, at) -> tuple({keys}, {at}), a, arrayEnumerate(a))"), {"a": rows}
            )
            end = start
        return placed(written(self.name, f"arrayMap(one -> tupleElement(one, {len(parts)}), a)"), {"a": rows})

    def opened(self, rows: exp.Table, items: exp.Expr, item: str, place: str) -> exp.Select:
        """All columns of some rows, with a row for each item of a list, and the item's place, in order."""
        places = exp.Anonymous(this="arrayEnumerate", expressions=[items.copy()])
        return _array_join(rows, [(items, item), (places, place)])

    def counted(self, rows: exp.Table, last: exp.Expr, number: str) -> exp.Select:
        """All columns of some rows, with a row for each number from 0 to a last one."""
        series = placed(written(self.name, "range(toInt64(0), greatest(coalesce(a, -1), -1) + 1)"), {"a": last})
        return _array_join(rows, [(series, number)])


def _array_join(rows: exp.Table, arrays: list[tuple[exp.Expr, str]]) -> exp.Select:
    named = [exp.alias_(array, name, quoted=True) for array, name in arrays]
    join = exp.Join(this=named[0], expressions=named[1:], kind="ARRAY")
    select = exp.select("*", *(exp.column(exp.to_identifier(name, quoted=True)) for _, name in arrays)).from_(rows)
    select.append("joins", join)
    return select


def _depth(tree: exp.Expr) -> int:
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        waiting += [(part, level + 1) for part in node.iter_expressions()]
    return deepest


def _represented(node: exp.Expr) -> exp.Expr:
    """A node as ClickHouse has it: days as numbers, blank lists as empty ones, a key that is never NULL."""
    if isinstance(node, exp.Cast):
        value = node.this
        if node.to.is_type(exp.DataType.Type.ARRAY) and isinstance(value, exp.Null):
            return exp.Cast(this=exp.Array(expressions=[]), to=node.to.transform(_represented))
        if isinstance(value, exp.Literal) and value.is_string:
            match node.to.this:
                case exp.DataType.Type.DATE:
                    return _integer(str((date.fromisoformat(value.name) - _FIRST_DAY).days))
                case exp.DataType.Type.BIGINT:
                    return _integer(value.name)
                case exp.DataType.Type.DOUBLE:
                    return exp.Anonymous(this="toFloat64", expressions=[_number(value.name)])
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.DATE:
        return exp.DataType.build("BIGINT")
    if isinstance(node, exp.ColumnDef) and node.kind is not None and node.find(exp.PrimaryKeyColumnConstraint):
        node.kind.set("nullable", False)
    return node


def _integer(digits: str) -> exp.Expr:
    return exp.Anonymous(this="toInt64", expressions=[_number(digits)])


def _number(digits: str) -> exp.Expr:
    literal = exp.Literal.number(digits.lstrip("-"))
    return exp.Neg(this=literal) if digits.startswith("-") else literal


CLICKHOUSE = _Clickhouse(
    "clickhouse",
    "ClickHouse",
    words=_WORDS,
    casts={
        "DOUBLE": "CAST(a AS Nullable(Float64))",
        "DOUBLE[]": "CAST(a AS Array(Nullable(Float64)))",
        "BIGINT": "CASE WHEN abs(a) < 9000000000000000000 THEN CAST(a AS Nullable(Int64)) END",
        "INT": "CASE WHEN abs(a) < 2000000000 THEN CAST(a AS Nullable(Int64)) END",
        "BIGINT[]": "CAST(a AS Array(Nullable(Int64)))",
        "TEXT[]": "CAST(a AS Array(Nullable(String)))",
        "TEXT": "toString(a)",
        "DATE": "a",
    },
    nested=False,
    heaviest=16,
    asked_from=None,
    versions="26.9",
    shapes={"date": "days since 1970 began", "list": "empty where it is blank; no list of lists"},
)
