"""SQLite, from 3.38: dates are numbers of days, lists are JSON, and the changes of the clocks are written out.

Its mathematical functions are there from 3.35 where they are compiled in; arithmetic and rounding do without them.
Aggregates have an order only from 3.44, so what depends on an order is computed in a window.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from math import isqrt
from zoneinfo import ZoneInfo

from sqlglot import exp

from codaform.sql.dialects.dialect import EXTREMES, Dialect, as_they_are, placed, written
from codaform.sql.dialects.globs import globs
from codaform.sql.trees import CannotLower, Order

_FIRST_DAY = date(1970, 1, 1)
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SAFE_MOMENTS = range(2_145_830_400_000_000 + 1)
"""From 1970 to 2038: other moments are flagged wherever a clock is asked."""

_INFINITY = "9e999"
_DEEPEST = 900
"""SQLite reads no expression that is nested more deeply than 1,000."""

_MOST_READ = 600
"""So many steps are read for one column at most."""

_MOST_KEPT = 100
"""The most words and signs that SQLite's parser keeps, in its usual build."""

_DAY = "86400000000"
_WHOLE = "4503599627370496.0"
"""From here on, every number is a whole one."""

_JULIAN = "(a + 2440587.5)"
_WEEKDAY = "(((a + 3) % 7 + 7) % 7)"
_THURSDAY = f"(a - {_WEEKDAY} + 3 + 2440587.5)"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _part(mark: str, of: str = _JULIAN) -> str:
    return f"CAST(strftime('%{mark}', {of}) AS INTEGER)"


def _named(number: str, names: tuple[str, ...]) -> str:
    cases = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(names))
    return f"CASE {number} {cases} END"


def _first_of_month(months: str) -> str:
    """The first day of a month so many months later, a text such as `+1 month`."""
    return f"CAST(julianday({_JULIAN}, 'start of month', {months}) - 2440587.5 AS INTEGER)"


_NEXT_MONTH = _first_of_month("'+1 month'")
_BEYOND = "2932897"
"""The day after 9999-12-31."""

_TOTAL_MONTHS = f"({_part('Y')} * 12 + {_part('m')} - 1 + b)"
_LATER = _first_of_month("printf('%+d months', b)")
_NEXT = _first_of_month("printf('%+d months', b + 1)")
_AFTER_LATER = f"coalesce({_NEXT}, {_BEYOND})"

_DIGITS = "printf('%!.15g', a)"
_DOT = f"instr({_DIGITS}, '.')"
_FRACTION = f"substr({_DIGITS}, {_DOT} + 1)"


def _rounded(more: str) -> str:
    """A number without a sign to `b` decimals by its digits. more: Whether the last place becomes one larger."""
    places = f"CAST(substr({_DIGITS}, 1, {_DOT} - 1) || substr({_FRACTION}, 1, b) AS INTEGER)"
    shift = "CAST('1' || substr('000000000', 1, b) AS INTEGER)"
    return f"CASE WHEN length({_FRACTION}) <= b THEN a ELSE ({places} + ({more})) / CAST({shift} AS REAL) END"


def _filled(before: str, after: str) -> str:
    padding = "substr(replace(hex(zeroblob(b)), '00', c), 1, b - length(a))"
    return f"{before}{padding}{after}"


_JSON = (
    "CASE typeof({0}) WHEN 'real' THEN json(CASE WHEN abs({0}) < 1e300 THEN printf('%!.17g', {0}) ELSE 'null' END) "
    "ELSE {0} END"
)
"""An item of a list: all digits of a number, of which JSON would keep 15."""

_PLACES = "json_each('[' || substr(replace(hex(zeroblob({0})), '00', ',0'), 2) || ']')"
"""A row for each whole number from 0 to one less, as `key`."""

_CHARACTER = "substr(a, key + 1, 1)"
_IN_WORD = "substr(rtrim(substr(a, 1, key), char(39)), -1) GLOB '[A-Za-z0-9]'"


def _folded(start: str, step: str) -> str:
    """What becomes of a start with each item of a list; `found` is what is known so far, `item` the next one."""
    step = step.replace("item", "json_extract(a, '$[' || at || ']')")
    return (
        f"(WITH RECURSIVE steps(at, found) AS (SELECT 0, {start} UNION ALL SELECT at + 1, {step} FROM steps "
        "WHERE at < json_array_length(a)) SELECT found FROM steps ORDER BY at DESC LIMIT 1)"
    )


_NEXT_ITEM = "abs(json_extract(a, '$[' || at || ']'))"
_MULTIPLE = "(CASE WHEN found = 0 THEN 0 ELSE total / found * item END)"
"""The least multiple of a number and an item, of which the greatest divisor is found."""


def _in_list(item: str, of: str = "json_each(a)") -> str:
    """The items of a list in an order: a window has one in all versions, an aggregate from 3.44."""
    return (
        f"coalesce((SELECT json_group_array({_JSON.format('value')}) OVER (ORDER BY {item} "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM {of} LIMIT 1), json_array())"
    )


_WORDS = as_they_are("""
    abs(a) sqrt(a) pi() exp(a) ln(a) log10(a) log2(a) pow(a, b)
    sin(a) cos(a) tan(a) asin(a) acos(a) atan(a) atan2(a, b)
    sinh(a) cosh(a) tanh(a) asinh(a) acosh(a) atanh(a)
    length(a) lower(a) upper(a) replace(a, b, c) unicode(a)
""") | {
    "/": "CAST(a AS REAL) / b",
    "//": "a / b",
    "%": "a % b",
    "plus": "a + b",
    "minus": "a - b",
    "times": "a * b",
    "divided": "CAST(a AS REAL) / b",
    "remainder": "mod(a, b)",
    "greatest": "coalesce(max(a, b), a, b)",
    "least": "coalesce(min(a, b), a, b)",
    "isfinite": f"a < {_INFINITY} AND a > -{_INFINITY}",
    "trunc": f"CASE WHEN abs(a) < {_WHOLE} THEN CAST(CAST(a AS INTEGER) AS REAL) ELSE a END",
    "floor": (
        f"CASE WHEN abs(a) < {_WHOLE} THEN CAST(CAST(a AS INTEGER) - (a < CAST(a AS INTEGER)) AS REAL) ELSE a END"
    ),
    "ceil": f"CASE WHEN abs(a) < {_WHOLE} THEN CAST(CAST(a AS INTEGER) + (a > CAST(a AS INTEGER)) AS REAL) ELSE a END",
    # Half of the doubles between 2^52 and 2^53 are even numbers: adding 1.5 * 2^52 rounds half to even.
    "to_even": "CASE WHEN abs(a) < 2251799813685248 THEN (a + 6755399441055744.0) - 6755399441055744.0 END",
    "few_digits": (
        "abs(a) < 1e15 AND (a = CAST(a AS INTEGER) OR abs(a) >= 0.0001 AND CAST(printf('%!.15g', a) AS REAL) = a)"
    ),
    "rounded_half": _rounded(f"substr({_FRACTION}, b + 1, 1) >= '5'"),
    "rounded_down": _rounded("0"),
    "rounded_up": _rounded(f"rtrim(substr({_FRACTION}, b + 1), '0') <> ''"),
    "number_text": f"CASE WHEN a IS NOT NULL THEN {_DIGITS} END",
    "number_of_text": (
        "CAST(replace(a, '.', '') AS INTEGER) / CAST('1' || substr('000000000000000', 1, "
        "CASE WHEN instr(a, '.') > 0 THEN length(a) - instr(a, '.') ELSE 0 END) AS REAL)"
    ),
    "text_order": "a",
    "chr": "CASE WHEN a IS NOT NULL THEN char(a) END",
    "strlen": "length(CAST(a AS BLOB))",
    "trim": "trim(a, ' ')",
    "repeat": "replace(hex(zeroblob(b)), '00', a)",
    "substring": "substr(a, b, c)",
    "lpad": _filled("", " || a"),
    "rpad": _filled("a || ", ""),
    "contains": "instr(a, b) > 0",
    "strpos": "instr(a, b)",
    "starts_with": "substr(a, 1, length(b)) = b",
    "suffix": "substr(a, length(a) - length(b) + 1) = b",
    "year": _part("Y"),
    "quarter": f"({_part('m')} + 2) / 3",
    "month": _part("m"),
    "day": _part("d"),
    "dayofyear": _part("j"),
    "isodow": f"{_WEEKDAY} + 1",
    "isoyear": _part("Y", _THURSDAY),
    "weekofyear": f"({_part('j', _THURSDAY)} - 1) / 7 + 1",
    "make_date": (
        "CASE WHEN a BETWEEN 0 AND 9999 THEN "
        "CAST(julianday(printf('%04d-%02d-%02d', a, b, c)) - 2440587.5 AS INTEGER) END"
    ),
    "monthname": _named(f"{_part('m')} - 1", _MONTHS),
    "dayname": _named(_WEEKDAY, _WEEKDAYS),
    "date_of_text": "CASE WHEN date(julianday(a)) = a THEN CAST(julianday(a) - 2440587.5 AS INTEGER) END",
    "days_later": "a + b",
    "days_between": "b - a",
    "months_later": (
        f"CASE WHEN {_TOTAL_MONTHS} BETWEEN 12 AND 119999 THEN min({_LATER} + {_part('d')} - 1, {_AFTER_LATER} - 1) "
        f"WHEN {_TOTAL_MONTHS} IS NOT NULL THEN {_BEYOND} END"
    ),
    "day_start": "a",
    "month_start": f"a - {_part('d')} + 1",
    "quarter_start": _first_of_month(f"'-' || (({_part('m')} - 1) % 3) || ' months'"),
    "year_start": f"a - {_part('j')} + 1",
    "month_end": (
        f"CASE WHEN a < 2932866 THEN {_NEXT_MONTH} - 1 "
        f"WHEN a < {_BEYOND} THEN {_BEYOND} - 1 ELSE a END"
    ),
    "day_of_clock": f"(a - ((a % {_DAY}) + {_DAY}) % {_DAY}) / {_DAY}",
    "clock_of_day": f"a * {_DAY}",
    "len": "json_array_length(a)",
    "list_concat": (
        "CASE WHEN a = '[]' THEN b WHEN b = '[]' THEN a ELSE substr(a, 1, length(a) - 1) || ',' || substr(b, 2) END"
    ),
    "list_extract": "CASE WHEN b > 0 THEN json_extract(a, '$[' || (b - 1) || ']') END",
    "list_last": "json_extract(a, '$[#-1]')",
    "list_position": "(SELECT min(key) + 1 FROM json_each(a) WHERE value IS b)",
    "list_sum": _folded("0.0", "found + item"),
    "list_product": _folded("1.0", "found * item"),
    # Each step divides, until nothing is left: then comes the next item.
    "list_gcd": (
        "(WITH RECURSIVE steps(at, found, rest) AS (SELECT 1, abs(json_extract(a, '$[0]')), 0 UNION ALL "
        "SELECT at + (rest = 0), CASE WHEN rest = 0 THEN found ELSE rest END, "
        f"CASE WHEN rest = 0 THEN {_NEXT_ITEM} ELSE found % rest END FROM steps "
        "WHERE rest <> 0 OR at < json_array_length(a)) "
        "SELECT found FROM steps WHERE rest = 0 AND at = json_array_length(a) LIMIT 1)"
    ),
    "list_lcm": (
        "(WITH RECURSIVE steps(at, total, item, found, rest) AS (SELECT 0, 1, 1, 1, 0 UNION ALL "
        f"SELECT at + (rest = 0), CASE WHEN rest = 0 THEN {_MULTIPLE} ELSE total END, "
        f"CASE WHEN rest = 0 THEN {_NEXT_ITEM} ELSE item END, CASE WHEN rest = 0 THEN {_NEXT_ITEM} ELSE rest END, "
        f"CASE WHEN rest = 0 THEN {_MULTIPLE} ELSE found % rest END FROM steps "
        "WHERE rest <> 0 OR at < json_array_length(a)) "
        f"SELECT {_MULTIPLE} FROM steps WHERE rest = 0 AND at = json_array_length(a) LIMIT 1)"
    ),
    "string_split": (
        "(WITH RECURSIVE parts(at, part, rest) AS (SELECT 0, NULL, a || b UNION ALL "
        "SELECT at + 1, substr(rest, 1, instr(rest, b) - 1), substr(rest, instr(rest, b) + length(b)) FROM parts "
        "WHERE rest <> '') SELECT json_group_array(part) OVER (ORDER BY at "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM parts WHERE at > 0 LIMIT 1)"
    ),
    "proper": (
        f"(SELECT group_concat(CASE WHEN {_IN_WORD} THEN lower({_CHARACTER}) ELSE upper({_CHARACTER}) END, '') "
        "OVER (ORDER BY key ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) "
        f"FROM {_PLACES.format('length(a)')} LIMIT 1)"
    ),
    "list_reverse": _in_list("key DESC"),
    "list_slice": _in_list("key", "json_each(a) WHERE key BETWEEN b - 1 AND c - 1"),
}  # fmt: skip

_ENDS = "substr(a, 1, 1) {0} OR substr(a, -1) {0}"
_UNSIGNED = "ltrim(substr(a, 1, 1), '+-') || substr(a, 2)"
_PATTERNS = {
    ("regexp_matches", "[0-9]"): "a GLOB '*[0-9]*'",
    ("regexp_matches", "^[[:cntrl:] ]|[[:cntrl:] ]$"): _ENDS.format("NOT BETWEEN '!' AND '~'"),
    ("regexp_matches", "^[^!-~]|[^!-~]$"): _ENDS.format("NOT BETWEEN '!' AND '~'"),
    ("regexp_full_match", "[-+]?[0-9]{1,200}([.][0-9]{1,200})?"): (
        # So few digits are exact.
        f"length(a) <= 16 AND {_UNSIGNED} GLOB '[0-9]*' AND {_UNSIGNED} NOT GLOB '*[^0-9.]*' "
        f"AND {_UNSIGNED} NOT GLOB '*.*.*' AND a NOT GLOB '*.'"
    ),
    ("regexp_full_match", "[0-9]{4}-[0-9]{2}-[0-9]{2}"): ("a GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'"),
}
"""The patterns of forms: SQLite has no regular expressions."""


class _Sqlite(Dialect):
    def sql(self, tree: exp.Expr, pretty: bool = False) -> str:
        """A statement as text. Raises CannotLower for one that SQLite is too small for."""
        made = tree.transform(_represented)
        if not _fits(made):
            raise CannotLower("the formula is nested too deeply")
        statement = made.expression if isinstance(made, exp.Create) else made
        steps = statement.ctes if isinstance(statement, exp.Select) else []
        if _times_read([(step.alias, step.this) for step in steps]) > _MOST_READ:
            raise CannotLower("the formula has too many totals for one statement")
        text: str = made.sql(dialect=self.name, pretty=pretty, copy=False)
        return text

    def check_size(self, tree: exp.Expr) -> None:
        """Write the statement."""
        self.sql(tree)

    def word(self, name: str, *arguments: exp.Expr) -> exp.Expr:
        """A word; patterns only of forms, and clocks only in a zone that is known."""
        last = arguments[-1] if arguments else None
        if isinstance(last, exp.Literal) and last.is_string:
            test = _PATTERNS.get((name, last.name))
            if test is not None:
                return placed(written(self.name, test), {"a": arguments[0]})
            patterns = globs(last.name) if name == "regexp_matches" else None
            if patterns is not None:
                tests = (exp.Glob(this=arguments[0].copy(), expression=exp.Literal.string(one)) for one in patterns)
                return exp.or_(*tests)
            if name in ("clock_of_moment", "moment_of_clock"):
                return _shifted(arguments[0], last.name, name == "clock_of_moment")
        return super().word(name, *arguments)

    def total(self, name: str, item: exp.Expr, order: Order = ()) -> exp.Expr:  # noqa: ARG002 - it has none here
        """An aggregate without an order. A sum beyond all numbers is infinite, and no error."""
        match name:
            case "list":
                item = placed(written(self.name, _JSON.format("a")), {"a": item})
                return super().total("json_group_array", item)
            case "sum":
                shape = f"CASE WHEN max(abs(a)) < 1e290 THEN sum(a) WHEN max(abs(a)) >= 1e290 THEN {_INFINITY} END"
            case "sum of whole numbers":
                seconds, rest = "sum(a / 1000000)", "sum(a % 1000000)"
                shape = (
                    f"CASE WHEN abs({seconds}) < 9000000000000 THEN {seconds} * 1000000 + {rest} "
                    f"WHEN {seconds} IS NOT NULL THEN 9223372036854775807 END"
                )
            case "count_if":
                shape = "count(CASE WHEN a THEN 1 END)"
            case "first" | "last":
                shape = f"{name}_value(a)"
            case _:
                return super().total(EXTREMES.get(name, name), item)
        return placed(written(self.name, shape), {"a": item})

    def joined(self, item: exp.Expr, delimiter: exp.Expr, order: Order) -> exp.Expr:  # noqa: ARG002 - as above
        """The texts of the rows of a group, in the order of their window."""
        return exp.Anonymous(this="group_concat", expressions=[item, delimiter])

    def counted(self, rows: exp.Table, last: exp.Expr, number: str) -> exp.Select:
        """All columns of some rows, with a row for each number from 0 to a last one."""
        places = placed(written(self.name, _PLACES.format("max(a + 1, 0)")), {"a": last})
        return self._beside(rows, places, ("key", number))

    def opened(self, rows: exp.Table, items: exp.Expr, item: str, place: str) -> exp.Select:
        """All columns of some rows, with a row for each item of a list in JSON."""
        each = exp.Anonymous(this="json_each", expressions=[items])
        return self._beside(rows, each, ("value", item), ("key", place))

    def _beside(self, rows: exp.Table, each: exp.Expr, *parts: tuple[str, str]) -> exp.Select:
        """All columns of some rows, with a row for each item of an array, of which parts get names."""
        found, many = rows.copy(), exp.Table(this=each)
        found.set("alias", exp.TableAlias(this=exp.to_identifier("f", quoted=True)))
        many.set("alias", exp.TableAlias(this=exp.to_identifier("each", quoted=True)))
        named = (
            exp.alias_(exp.column(exp.to_identifier(part), "each", quoted=True), name, quoted=True)
            for part, name in parts
        )
        every = exp.Column(this=exp.Star(), table=exp.to_identifier("f", quoted=True))
        return exp.select(every, *named).from_(found).join(many, join_type="cross", copy=False)


def _represented(node: exp.Expr) -> exp.Expr:
    """A node as SQLite has it: days as numbers, lists as JSON, numbers by digits that are read exactly."""
    if isinstance(node, exp.Cast):
        value = node.this
        if node.to.is_type(exp.DataType.Type.ARRAY):
            items: exp.Expr = value.transform(_represented)
            return items
        if isinstance(value, exp.Literal) and value.is_string:
            match node.to.this:
                case exp.DataType.Type.DATE:
                    return _integer((date.fromisoformat(value.name) - _FIRST_DAY).days)
                case exp.DataType.Type.BIGINT:
                    return _integer(int(value.name))
                case exp.DataType.Type.DOUBLE:
                    return _double(float(value.name))
    if isinstance(node, exp.Array):
        held = [placed(written("sqlite", _JSON.format("a")), {"a": one.copy()}) for one in node.expressions]
        return exp.Anonymous(this="json_array", expressions=[item.transform(_represented) for item in held])
    if isinstance(node, exp.DataType):
        if node.this == exp.DataType.Type.DATE:
            return exp.DataType.build("BIGINT")
        if node.this == exp.DataType.Type.ARRAY:
            return exp.DataType.build("TEXT")
    return node


def _integer(number: int) -> exp.Expr:
    """A whole number as it is written."""
    literal = exp.Literal.number(abs(number))
    return exp.Neg(this=literal) if number < 0 else literal


def _double(number: float) -> exp.Expr:
    """A number as text that all versions read exactly: few digits, or a whole number times a power of two."""
    text = repr(abs(number))
    digits, _, power = text.partition("e")
    if len(digits.replace(".", "")) <= 16 and abs(int(power or 0)) <= 15:
        found: exp.Expr = exp.Literal.number(text)
    else:
        top, below = abs(number).as_integer_ratio()
        found = exp.Paren(this=_scaled(top, below))
    return exp.Neg(this=found) if number < 0 else found


def _scaled(top: int, below: int) -> exp.Expr:
    """A quotient of whole numbers, one of which is a power of two, in steps that are exact."""
    power = 0
    while top >= 1 << 53:
        top, power = top >> 1, power + 1
    found: exp.Expr = exp.Literal.number(f"{top}.0")
    power -= below.bit_length() - 1
    while power:
        step = min(abs(power), 50)
        made = exp.Mul if power > 0 else exp.Div
        found = made(this=found, expression=exp.Literal.number(f"{1 << step}.0"))
        power += -step if power > 0 else step
    return found


def _fits(tree: exp.Expr) -> bool:
    """Whether SQLite reads a tree: nested not too deeply, with as many signs before each part as the parser keeps."""
    waiting = [(tree, 1, 1)]
    while waiting:
        node, level, kept = waiting.pop()
        if level > _DEEPEST or kept > _MOST_KEPT:
            return False
        for name, held in node.args.items():
            parts = held if isinstance(held, list) else [held]
            for place, part in enumerate(parts):
                if isinstance(part, exp.Expr):
                    waiting.append((part, level + 1, kept + _kept(node, name, place)))
    return True


def _kept(node: exp.Expr, name: str, place: int) -> int:
    """How many words and signs the parser keeps while it reads a part of something."""
    match node:
        case exp.If():
            return 3 if name == "this" else 5
        case exp.Case():
            return 4 if name == "default" else 0
        case exp.Paren() | exp.Unary() | exp.Alias() | exp.Table() | exp.Subquery():
            return 1
        case exp.Cast():
            return 2
        case exp.Binary() | exp.Between():
            return {"this": 0, "high": 4}.get(name, 2)
        case exp.Func():
            return 5 if place or (name != "expressions" and name != "this") else 3
    return 4


def _times_read(steps: list[tuple[str, exp.Expr]]) -> int:
    """How often SQLite reads steps, of which the last is read once: a step is read again for each that reads it."""
    times = {steps[-1][0]: 1} if steps else {}
    for name, select in reversed(steps):
        for place in select.find_all(exp.Table):
            times[place.name] = times.get(place.name, 0) + times.get(name, 0)
    return sum(times.values())


Changes = tuple[tuple[int, int], ...]
"""Times from which on something has a value, and that value."""


def _shifted(moment: exp.Expr, zone: str, to_clock: bool) -> exp.Expr:
    """A moment as a clock shows it, or back: plus or minus what is between the two at that time."""
    sign = exp.Add if to_clock else exp.Sub
    return sign(this=moment, expression=_choice_of(moment, _changes(zone, to_clock)))


def _choice_of(moment: exp.Expr, changes: Changes) -> exp.Expr:
    """The value from the last change on; found in two steps, since SQLite reads nothing that is nested deeply."""
    size = isqrt(len(changes))
    parts = [changes[start : start + size] for start in range(0, len(changes), size)]
    found = [_among(moment, [(start, _integer(value)) for start, value in part]) for part in parts]
    return exp.Paren(this=_among(moment, [(part[0][0], one) for part, one in zip(parts, found, strict=True)]))


def _among(moment: exp.Expr, parts: list[tuple[int, exp.Expr]]) -> exp.Expr:
    *before, (_, last) = parts
    ends = [exp.LT(this=moment.copy(), expression=_integer(start)) for start, _ in parts[1:]]
    ifs = [exp.If(this=end, true=value) for end, (_, value) in zip(ends, before, strict=True)]
    return exp.Case(ifs=ifs, default=last) if ifs else last


@cache
def _changes(name: str, to_clock: bool) -> Changes:
    """When the clocks of a zone change from 1970 to 2038, and how far they are ahead of UTC from then on.

    to_clock: Whether the times are moments, and not what the clock shows then. All in microseconds.
    """
    zone = ZoneInfo(name)

    def ahead(moment: int) -> int:
        offset = (_UNIX + moment * _MICROSECOND).astimezone(zone).utcoffset()
        assert offset is not None
        return offset // _MICROSECOND

    week = 7 * int(_DAY)
    found = [(_SAFE_MOMENTS.start, ahead(_SAFE_MOMENTS.start))]
    for early, late in pairwise(range(_SAFE_MOMENTS.start, _SAFE_MOMENTS.stop + week, week)):
        before, after = ahead(early), ahead(late)
        if before == after:
            continue
        while late - early > 1_000_000:
            middle = (early + late) // 2_000_000 * 1_000_000
            early, late = (middle, late) if ahead(middle) == before else (early, middle)
        found.append((late if to_clock else late + min(before, after), after))
    return tuple(found)


SQLITE = _Sqlite(
    "sqlite",
    "SQLite",
    words=_WORDS,
    casts={
        "DOUBLE": "CAST(a AS REAL)",
        "BIGINT": "CASE WHEN abs(a) < 9000000000000000000 THEN CAST(a AS INTEGER) END",
        "INT": "CASE WHEN abs(a) < 2000000000 THEN CAST(a AS INTEGER) END",
        "TEXT": "CAST(a AS TEXT)",
        "DATE": "a",
        "TEXT[]": "a",
        "BIGINT[]": "a",
        "DOUBLE[]": "a",
    },
    listed=(1e-30, 1e60),
    loose=frozenset(("Sum", "SumIf", "Average", "AverageIf")),
    along=frozenset(("list", "first", "last", "text")),
    nested=False,
    by_day=False,
    inlines=True,
    heaviest=25,
    asked_from=None,
    references="with the table",
    unfit="\0",
    versions="3.40",
    shapes={"boolean": "0 or 1", "date": "days since 1970 began", "list": "JSON; no list of lists"},
)
