"""The texts of a `rows.csv` as values, in SQL: by the types of the columns, and never by what a file looks like.

SQL reads the forms that codaform writes. Any other text stops the statement with a sentence that names it, so no cell
is read as another value than the project's reader has.

The rows are in a relation of texts first, numbered, with NULL or nothing for a blank; a relation to other rows is
joined by the texts of their display column.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from codaform.evaluation.cells import unset
from codaform.model import types
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf, RowOf, Type, describe
from codaform.sql.dialects.dialect import Dialect, placed, written
from codaform.sql.engine_error import EngineError
from codaform.sql.frames import column, named, table
from codaform.sql.kinds import cast, literal
from codaform.sql.plan import SqlPlan
from codaform.sql.relations import ROW, Cell
from codaform.sql.templates import filled, quoted
from codaform.sql.trees import CannotLower, coalesce, is_null, not_null

_FIGURE = r"[-+]?\x24?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]{1,3})?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MINUTES = "([01][0-9]|2[0-3]):[0-5][0-9]"
_MOMENT = f"{_DAY}([T ]{_MINUTES}(:[0-5][0-9]([.][0-9]{{1,6}})?)?(Z|[-+]{_MINUTES})?)?"
_AMOUNTS = (
    "([0-9]{1,5} days? ?)?([0-9]{1,6} (hours?|hrs?) ?)?([0-9]{1,8} (minutes?|mins?) ?)?"
    "([0-9]{1,9}([.][0-9]{1,6})? (seconds?|secs?))?"
)
_DURATION = f"(-?{_AMOUNTS}|{_AMOUNTS} ago)"

_PLAIN = "number_of_text(replace(replace(replace(a, '$', ''), '+', ''), '%', ''))"
_DAY_LONG = 86_400_000_000
_LATEST_CLOCK = 2_145_830_400_000_000
"""2038: from then on, and before 1970, not all engines have the same clocks for a zone."""


def _whole(start: int, size: int) -> str:
    return f"CAST(substring(a, {start}, {size}) AS BIGINT)"


def _micros(hour: int) -> str:
    """The microseconds since midnight of a text, of which the hour is at a place; seconds may be missing."""
    seconds = f"CASE WHEN substring(a, {hour + 5}, 1) = ':' THEN {_whole(hour + 6, 2)} ELSE 0 END"
    digits = f"rpad(regexp_replace(substring(a, {hour + 9}, 6), '[^0-9].*', ''), 6, '0')"
    parts = f"CASE WHEN substring(a, {hour + 8}, 1) = '.' THEN CAST({digits} AS BIGINT) ELSE 0 END"
    return f"(({_whole(hour, 2)} * 60 + {_whole(hour + 3, 2)}) * 60 + {seconds}) * 1000000 + {parts}"


_CLOCK = (
    "clock_of_day(date_of_text(substring(a, 1, 10))) + "
    f"CASE WHEN length(a) = 10 THEN 0 ELSE {_micros(12)} END"
)  # fmt: skip
"""The clock of a moment, in microseconds; of one with an offset, the clock there."""

_HAS_OFFSET = "(suffix(a, 'Z') OR regexp_matches(a, '[-+][0-9]{2}:[0-9]{2}$'))"
_EAST = (
    "CASE WHEN suffix(a, 'Z') THEN 0 ELSE (CAST(substring(a, length(a) - 4, 2) AS BIGINT) * 60 + "
    "CAST(substring(a, length(a) - 1, 2) AS BIGINT)) * "
    "CASE WHEN substring(a, length(a) - 5, 1) = '-' THEN -60000000 ELSE 60000000 END END"
)
"""How far the clock is ahead at an offset."""


def _in_zone(zone: str) -> tuple[str, str]:
    """Whether a zone's clock ever shows `b`, and the moment; the first of two."""
    before = f"(moment_of_clock(b - {_DAY_LONG}, {zone}) + {_DAY_LONG})"
    after = f"(moment_of_clock(b + {_DAY_LONG}, {zone}) - {_DAY_LONG})"
    is_before, is_after = (f"clock_of_moment({moment}, {zone}) = b" for moment in (before, after))
    return f"({is_before} OR {is_after})", f"CASE WHEN {is_before} THEN {before} ELSE {after} END"


def _amount(unit: str) -> str:
    """The number before a unit in a duration; 0 where it is not there."""
    part = f"list_extract(regexp_extract_all(a, '[0-9.]+ {unit}'), 1)"
    return f"coalesce(number_of_text(list_extract(regexp_extract_all({part}, '[0-9.]+'), 1)), 0.0)"


_DURATION_LONG = " + ".join(
    f"CAST(to_even({_amount(unit)} * {size}.0) AS BIGINT)"
    for unit, size in (("d", _DAY_LONG), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000))
)

_LONGEST = 100_000 * _DAY_LONG
"""Databases have no longer durations."""

_FORMS: dict[Type, tuple[str, str]] = {
    types.TEXT: ("TRUE", "a"),
    types.PERSON: ("length(a) - length(replace(a, '@', '')) < 2", "a"),
    types.NUMBER: (f"regexp_full_match(a, '{_FIGURE}') AND isfinite({_PLAIN})", _PLAIN),
    types.BOOLEAN: ("(lower(a) = 'true' OR lower(a) = 'false')", "lower(a) = 'true'"),
    types.DATE: (f"regexp_full_match(a, '{_DAY}') AND year(date_of_text(a)) >= 1", "date_of_text(a)"),
    types.TIME: (f"regexp_full_match(a, '{_MINUTES}(:[0-5][0-9])?')", _micros(1)),
    types.DURATION: (
        f"regexp_full_match(a, '{_DURATION}') AND regexp_matches(a, '[0-9]') AND {_DURATION_LONG} < {_LONGEST}",
        f"CASE WHEN starts_with(a, '-') OR suffix(a, ' ago') THEN -1 ELSE 1 END * ({_DURATION_LONG})",
    ),
}  # fmt: skip
"""By type, whether a text is in a form that is read, and its value."""

_PERCENT = (
    f"regexp_full_match(a, '{_FIGURE}%?') AND isfinite({_PLAIN})",
    f"CASE WHEN suffix(a, '%') THEN {_PLAIN} / 100.0 ELSE {_PLAIN} END",
)
_MOMENT_FORM = (
    f"regexp_full_match(a, '{_MOMENT}') AND date_of_text(substring(a, 1, 10)) IS NOT NULL "
    "AND substring(a, 1, 4) BETWEEN '0002' AND '9998'"
)


@dataclass(frozen=True)
class CsvWords:
    """What an engine says in words of its own.

    dialect: The dialect. items: The items of a text `a` that are separated by semicolons, as texts.
    each: A list `a` with `b` for each item `one`. fails: A value that stops the statement with a sentence `a`.
    """

    dialect: Dialect
    items: str
    each: str
    fails: str

    def own(self, template: str, **places: exp.Expr) -> exp.Expr:
        """A template in the engine's own notation, with trees in its places."""
        return placed(written(self.dialect.name, template), places)


NUMBER = "codaform row"
"""The column of texts that numbers the rows."""

ITEM = r"""\s*("(?:[^"]|"")*"|[^;]*)\s*(?:;|$)"""
"""An item among several, in quotes or plain, with the semicolon that separates it from the next one."""

_PLAIN_COMMA = """regexp_matches(a, '(^|;)[^";]*[,|]')"""


@dataclass
class CsvTables:
    """Tables whose rows are in relations of texts.

    words: The engine's. plan: With the entered columns of the tables. headers: By table, the columns that its texts
    have; a table that is not among them has its entered cells in its relation already.
    """

    words: CsvWords
    plan: SqlPlan
    headers: Mapping[str, Collection[str]]
    relations: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.headers:
            self.relations[name] = self.plan.relations.relation(f"{name} as written")

    @property
    def zone(self) -> str:
        """The doc's time zone."""
        return self.plan.relations.doc.time_zone

    def entered(self, name: str) -> exp.Select:
        """The entered cells of a table as a SELECT, as the plan has them. Raises EngineError for texts without SQL."""
        try:
            return self._entered(name)
        except CannotLower as no:
            raise EngineError(f"{name}: {no.why}") from None

    def _entered(self, name: str) -> exp.Select:
        rows = exp.select("*").from_(table(self.relations[name]))
        cells = self.plan.entered[name].cells
        for declared, _ in cells:
            if self._has_clock(name, declared):
                text = self._text(column(declared.name))
                rows.select(named(self._form(_CLOCK, text), _clock_of(declared)), copy=False)
        select = exp.select(named(column(NUMBER, "w"), ROW)).from_(rows.subquery("w"))
        for number, (declared, place) in enumerate(cells):
            select.select(named(self._cell(name, declared, place, select, number), place.column), copy=False)
            if place.flag:
                select.select(named(exp.false(), place.flag), copy=False)
        return select

    # ------------------------------------------------------------ cells

    def _cell(self, name: str, declared: Column, place: Cell, select: exp.Select, number: int) -> exp.Expr:
        """A cell; a relation joins the rows that it names."""
        empty, kind = unset(declared), place.kind
        blank = literal(empty, kind)
        if declared.name not in self.headers[name]:
            return blank
        value = self._value(_Source(name, declared), kind, select, number)
        return value if empty is None else coalesce(value, blank)

    def _value(self, source: _Source, kind: Type, select: exp.Select, number: int) -> exp.Expr:
        text = self._text(column(source.declared.name, "w"))
        match kind:
            case RowOf(target):
                found = self._joined(select, self._key(text, target), self._names(target), number)
                return self._or_fail(not_null(found), found, kind, source, text)
            case ListOf(RowOf(target)):
                return self._joined(select, column(NUMBER, "w"), self._related(source, target), number)
            case ListOf(item):
                return self._list(source, text, item)
            case types.DATETIME if self._has_clock(source.table, source.declared):
                return self._moment(source, text)
        return self._single(source, text, kind)

    def _text(self, cell: exp.Expr) -> exp.Expr:
        """A cell of a file, with line feeds as line ends; NULL for the empty text."""
        return self._form(f"nullif(replace(a, {quoted(chr(13) + chr(10))}, {quoted(chr(10))}), '')", cell)

    def _form(self, template: str, text: exp.Expr) -> exp.Expr:
        return filled(template, self.words.dialect, {"a": text})

    def _or_fail(self, fits: exp.Expr, value: exp.Expr, kind: Type, source: _Source, text: exp.Expr) -> exp.Expr:
        """A value of a type where a text fits, NULL where it is blank; else the statement stops."""
        item = kind.item if isinstance(kind, ListOf) else kind
        what = f"no row of {item.table}" if isinstance(item, RowOf) else f"no {describe(item)} as codaform writes it"
        told = self._form(f"{quoted(f'{source}: ')} || substring(a, 1, 60) || {quoted(f' is {what}')}", text.copy())
        stop = cast(self.words.own(self.words.fails, a=told), kind)
        blank = exp.If(this=is_null(text.copy()), true=exp.Null())
        return exp.Case(ifs=[blank, exp.If(this=fits, true=value)], default=stop)

    def _single(self, source: _Source, text: exp.Expr, kind: Type) -> exp.Expr:
        fits, value = self._reading(source.declared, kind)
        if fits == "TRUE":
            return self._form(value, text)
        return self._or_fail(self._form(fits, text), self._form(value, text), kind, source, text)

    def _reading(self, declared: Column, kind: Type) -> tuple[str, str]:
        """Whether a text is read as a type, and its value. Raises CannotLower."""
        if kind == types.TEXT and declared.options:
            return f"a IN ({', '.join(map(quoted, declared.options))})", "a"
        if kind == types.NUMBER and declared.kind == "percent":
            return _PERCENT
        if kind == types.DATETIME and self.zone == "UTC":
            return _MOMENT_FORM, f"{_CLOCK} - CASE WHEN {_HAS_OFFSET} THEN {_EAST} ELSE 0 END"
        if kind not in _FORMS:
            raise CannotLower(f"SQL does not read {describe(kind)} from texts")
        return _FORMS[kind]

    def _list(self, source: _Source, text: exp.Expr, item: Type) -> exp.Expr:
        one = self._single(source, exp.column("one"), item)
        each = self.words.own(self.words.each, a=self._items(text))
        made = each.transform(lambda node: one.copy() if node == exp.column("b") else node)
        if item != types.PERSON:
            return made
        return self._or_fail(exp.not_(self._form(_PLAIN_COMMA, text)), made, ListOf(item), source, text)

    def _items(self, text: exp.Expr) -> exp.Expr:
        return self.words.own(self.words.items, a=text)

    # ------------------------------------------------------------ moments

    def _has_clock(self, name: str, declared: Column) -> bool:
        """Whether a column has moments whose clock is a column of its own first."""
        is_moment = value_type(declared) == types.DATETIME and declared.name in self.headers[name]
        return is_moment and self.zone != "UTC"

    def _moment(self, source: _Source, text: exp.Expr) -> exp.Expr:
        shown, moment = _in_zone(quoted(self.zone))
        known = f"({_HAS_OFFSET} OR (b BETWEEN 0 AND {_LATEST_CLOCK} AND {shown}))"
        value = f"CASE WHEN {_HAS_OFFSET} THEN b - {_EAST} ELSE {moment} END"
        dialect, places = self.words.dialect, {"a": text, "b": column(_clock_of(source.declared), "w")}
        fits = filled(f"{_MOMENT_FORM} AND {known}", dialect, places)
        return self._or_fail(fits, filled(value, dialect, places), types.DATETIME, source, text)

    # ------------------------------------------------------------ relations

    def _joined(self, select: exp.Select, key: exp.Expr, found: exp.Select, number: int) -> exp.Expr:
        """The value that a SELECT of keys and values has for a key; NULL where it has none."""
        alias = f"r{number}"
        same = exp.EQ(this=column("key", alias), expression=key)
        select.join(found.subquery(alias), on=same, join_type="left", copy=False)
        return column("found", alias)

    def _shown(self, target: str) -> tuple[Column, Type]:
        """The column that displays the rows of a table. Raises CannotLower where no text names them."""
        shown = self.plan.relations.doc.tables[target].display
        if shown is None or shown.computed or value_type(shown) not in _FORMS:
            raise CannotLower(f"the rows of {target} have no entered texts to find them by")
        return shown, value_type(shown)

    def _key(self, text: exp.Expr, target: str) -> exp.Expr:
        """A text as a value of the column that displays the rows of another table; NULL where it is none."""
        shown, kind = self._shown(target)
        fits, value = self._reading(shown, kind)
        return exp.Case(ifs=[exp.If(this=self._form(fits, text), true=self._form(value, text))])

    def _names(self, target: str) -> exp.Select:
        """The first row of a table for each value of the column that displays its rows."""
        shown, kind = self._shown(target)
        if target in self.headers:
            if shown.name not in self.headers[target]:
                return exp.select(named(literal(None, kind), "key"), named(literal(None, RowOf(target)), "found"))
            relation, row = self.relations[target], NUMBER
            key = self._key(self._text(column(shown.name)), target)
        else:
            place = next(cell for one, cell in self.plan.entered[target].cells if one.name == shown.name)
            relation, row, key = place.relation, ROW, column(place.column)
        first = self.words.dialect.total("min", column(row))
        rows = exp.select(named(key, "key"), column(row)).from_(table(relation)).subquery("n")
        return exp.select(named(column("key"), "key"), named(first, "found")).from_(rows).group_by(column("key"))

    def _related(self, source: _Source, target: str) -> exp.Select:
        """By row, the list of the rows that its cell names."""
        text = self._text(column(source.declared.name))
        items = exp.select(column(NUMBER), named(self._items(text), "items")).from_(table(self.relations[source.table]))
        opened = self.words.dialect.opened(exp.to_table("listed"), column("items"), "item", "place")
        item, row = column("item", "o"), column("found", "n")
        found = self._or_fail(not_null(row), row, RowOf(target), source, item)
        rows = exp.select(named(column(NUMBER, "o"), "key"), column("place", "o"), named(found, "found"))
        same = exp.EQ(this=column("key", "n"), expression=self._key(item, target))
        rows = rows.from_(opened.subquery("o")).join(self._names(target).subquery("n"), on=same, join_type="left")
        listed = self.words.dialect.total("list", column("found"), ((column("place"), False),))
        made = exp.select(named(column("key"), "key"), named(listed, "found")).from_(rows.subquery("m"))
        return made.group_by(column("key")).with_("listed", items)


@dataclass(frozen=True)
class _Source:
    """Where a text is from."""

    table: str
    declared: Column

    def __str__(self) -> str:
        return f"{self.table}.{self.declared.name}"


def _clock_of(declared: Column) -> str:
    return f"codaform clock of {declared.name}"
