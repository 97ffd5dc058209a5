"""A dialect of SQL: how an engine says the words that forms are written in.

A form is written once, in DuckDB's notation. Each function that it calls, and each of the signs `/`, `//` and `%`, is
a *word*. A dialect has a template of its own for each word; where it has none, the row-wise engine computes the
column. All other syntax means the same everywhere: CASE, COALESCE, NULLIF, comparisons, AND, OR, NOT, `||`, `+`, `-`.

Nothing is translated from one dialect to another: each text is read by the grammar of the engine that it is for, and
names of functions stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Literal

from sqlglot import Dialect as Grammar
from sqlglot import exp

from codaform.model.types import ListOf, Type
from codaform.sql.trees import NOTATION, CannotLower, Order, grouped, in_order

PLACES = "abcdefgh"
"""The names of arguments in a template, by their position."""

_NEAREST = "round(decimal(a), b)"
_BY_OTHERS = {
    "quotient": "a / b",
    "few_digits": "abs(a) < 1e15 AND (a = trunc(a) OR abs(a) >= 0.0001)",
    "rounded_half": f"CAST(CAST({_NEAREST} AS VARCHAR) AS DOUBLE)",
    "rounded_down": (
        f"CAST(CAST({_NEAREST} - (CASE WHEN {_NEAREST} > decimal(a) THEN c ELSE 0 END) AS VARCHAR) AS DOUBLE)"
    ),
    "rounded_up": (
        f"CAST(CAST({_NEAREST} + (CASE WHEN {_NEAREST} < decimal(a) THEN c ELSE 0 END) AS VARCHAR) AS DOUBLE)"
    ),
}
"""Words in other words, for dialects that have no own template for them.

quotient: Of numbers that are neither large nor tiny. few_digits: Whether the digits of a number are known exactly.
rounded: A number without a sign by its digits, to `b` decimals; `c` is one in the last place.
"""

_SIGNS: dict[type[exp.Expr], str] = {exp.Div: "/", exp.IntDiv: "//", exp.Mod: "%"}


@dataclass(frozen=True)
class Dialect:
    """A dialect.

    name: As users write it, and sqlglot. title: As sentences name it. words: Templates by word.
    casts: Templates of casts that never fail, by type in DuckDB's notation.
    loose: Functions whose last digit may be another than the row-wise engine's only in this dialect.
    along: Totals whose order only a window gives: list, first, last, text.
    nested: Whether a list may have lists as items; None where there are no lists.
    by_day: Whether rows within a range of days are found faster by each of its days than by comparing.
    fails: Whether arithmetic beyond all numbers is an error, so that a flag is asked before its value is computed.
    inlines: Whether a step that is read once becomes part of the step that reads it: then what it computes is written
        as often as it is read, and so is what that reads.
    heaviest: How many relations a statement of several columns reads at most, where a step is computed anew for each
        that reads it, or where a long statement is slow to plan; None where neither is so.
    asked_from: How many rows a table has at least where it pays to ask whether numbers add exactly, in any order; None
        where it never does.
    live: Whether views stay and are read later on: Today and Now are then the database's clock, and nobody is User.
    temporary: Whether the names of views are free only for those of a session, which hold given rows, too.
    references: When a script makes foreign keys: with the table, or after the rows. Where it does, it also has
        indexes, checks of options, and one transaction.
    unfit: Characters that a text cannot have. longest: The most bytes of a name.
    versions: Those that tests run it in; empty where no test runs it.
    listed: The smallest and the largest number that a list holds, but for 0; None where it holds all.
    shapes: How values are represented that the name of their type does not explain, by `date`, `list` and the like.
    """

    name: str
    title: str
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
    casts: Mapping[str, str] = field(default_factory=dict, hash=False)
    loose: frozenset[str] = frozenset()
    along: frozenset[str] = frozenset()
    nested: bool | None = True
    by_day: bool = True
    fails: bool = False
    inlines: bool = False
    heaviest: int | None = None
    asked_from: int | None = 0
    live: bool = False
    temporary: bool = False
    references: Literal["", "with the table", "after the rows"] = ""
    unfit: str = ""
    longest: int | None = None
    versions: str = ""
    listed: tuple[float, float] | None = None
    shapes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def sql(self, tree: exp.Expr, pretty: bool = False) -> str:
        """A statement as text."""
        return tree.sql(dialect=self.name, pretty=pretty)

    def check_size(self, tree: exp.Expr) -> None:
        """Raise CannotLower for a statement that the database is too small for."""

    def word(self, name: str, *arguments: exp.Expr) -> exp.Expr:
        """A word with arguments. Raises CannotLower for one that the dialect has not."""
        places = dict(zip(PLACES, arguments, strict=False))
        template = self.words.get(name)
        if template is not None:
            return placed(written(self.name, template), places)
        said = _BY_OTHERS.get(name)
        if said is None:
            raise CannotLower(f"{self.title} has no {name}")
        return placed(self.expanded(exp.Paren(this=written(NOTATION, said).copy())).this, places)

    def tried(self, cast: exp.Cast) -> exp.Expr:
        """A cast that gives NULL where it cannot be done."""
        template = self.casts.get(cast.to.sql(dialect=NOTATION))
        if template is None:
            return exp.TryCast(**{**cast.args, "safe": True})  # without the mark, sqlglot writes some as CAST
        return placed(written(self.name, template), {"a": cast.this})

    def expanded(self, tree: exp.Expr) -> exp.Expr:
        """A tree in the notation of forms, with the dialect's templates for words and casts. Raises CannotLower."""
        for node in reversed(list(tree.walk())):
            made = self._said(node)
            if made is not node:
                node.replace(grouped(made))
        return tree

    def _said(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Anonymous):
            return self.word(str(node.this).lower(), *node.expressions)
        if type(node) in _SIGNS:
            return self.word(_SIGNS[type(node)], node.this, node.expression)
        if isinstance(node, exp.Cast) and not isinstance(node.this, exp.Literal):
            return self.tried(node)
        return node

    def total(self, name: str, item: exp.Expr, order: Order = ()) -> exp.Expr:
        """An aggregate over the rows of a group, which come in an order where there is one.

        name: sum, product, list, first, last, bool_or, bool_and, count_if, max, min, and `max of texts`, `of truths`,
            `sum of whole numbers`.
        """
        given = in_order(item, order) if order else item
        return exp.Anonymous(this=name.partition(" of ")[0], expressions=[given])

    def joined(self, item: exp.Expr, delimiter: exp.Expr, order: Order) -> exp.Expr:
        """The texts of the rows of a group, one after the other."""
        return exp.Anonymous(this="string_agg", expressions=[item, in_order(delimiter, order)])

    def same(self, left: exp.Expr, right: exp.Expr, kind: Type) -> exp.Expr:  # noqa: ARG002
        """The test whether two values of a type are the same or both blank, by which rows are joined."""
        return exp.NullSafeEQ(this=left, expression=right)

    def pattern(self, plain: str) -> str:
        """A pattern of what all engines read alike, as this one writes it."""
        return plain

    def fits(self, text: str) -> bool:
        """Whether a text can be held."""
        return not any(character in text for character in self.unfit)

    def holds(self, item: object) -> bool:
        """Whether a list can hold an item: not every number."""
        if self.listed is None or not isinstance(item, float) or not item:
            return True
        return self.listed[0] <= abs(item) <= self.listed[1]

    def check(self, kind: Type) -> None:
        """Raises CannotLower for a type of lists that the dialect has not."""
        if not isinstance(kind, ListOf) or self.nested:
            return
        if self.nested is None:
            raise CannotLower(f"{self.title} has no lists")
        if isinstance(kind.item, ListOf):
            raise CannotLower(f"{self.title} has no lists of lists")

    def opened(self, rows: exp.Table, items: exp.Expr, item: str, place: str) -> exp.Select:
        """All columns of some rows, with a row for each item of a list, and the item's place, in order."""
        unnested = exp.Anonymous(this="unnest", expressions=[items])
        places = exp.Anonymous(this="generate_subscripts", expressions=[items.copy(), exp.Literal.number(1)])
        named = (exp.alias_(tree, name, quoted=True) for tree, name in ((unnested, item), (places, place)))
        return exp.select("*", *named).from_(rows)

    def counted(self, rows: exp.Table, last: exp.Expr, number: str) -> exp.Select:
        """All columns of some rows, with a row for each number from 0 to a last one."""
        series = self.word("range", exp.Literal.number(0), exp.Add(this=last, expression=exp.Literal.number(1)))
        each = exp.Anonymous(this="unnest", expressions=[series])
        return exp.select("*", exp.alias_(each, number, quoted=True)).from_(rows)


EXTREMES = {
    "max of texts": "max",
    "min of texts": "min",
    "max of truths": "max",
    "min of truths": "min",
    "bool_or": "max",
    "bool_and": "min",
}
"""Totals of a database in which a truth is a number."""


def as_they_are(calls: str) -> dict[str, str]:
    """The words that a dialect has as functions of the same name, from calls of them such as `lower(a)`."""
    return {name: f"{name}({given})" for name, given in re.findall(r"(\w+)\(([^)]*)\)", calls)}


def placed(template: exp.Expr, places: Mapping[str, exp.Expr]) -> exp.Expr:
    """A template with trees in its places, which are the names of columns in it."""

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in places:
            return grouped(places[node.name].copy())
        return node

    return template.transform(replaced)


@cache
def written(dialect: str, text: str) -> exp.Expr:
    """A text as a tree in which each function has the name that is written."""
    found: exp.Expr = exp.Paren(this=_reader(dialect)(text)).this
    return found


_KEPT = frozenset({"COALESCE", "NULLIF"})
_KEPT_SHAPES = frozenset({"CAST", "TRY_CAST", "EXTRACT"})


@cache
def _reader(dialect: str) -> Callable[[str], exp.Expr]:
    grammar = Grammar.get_or_raise(dialect)
    base = grammar.parser_class

    class AsWritten(base):  # type: ignore[misc, valid-type]
        FUNCTIONS: ClassVar = {name: make for name, make in base.FUNCTIONS.items() if name in _KEPT}
        FUNCTION_PARSERS: ClassVar = {
            name: make for name, make in base.FUNCTION_PARSERS.items() if name in _KEPT_SHAPES
        }
        NO_PAREN_FUNCTIONS: ClassVar[dict[object, object]] = {}

    def read(text: str) -> exp.Expr:
        select = f"SELECT {text}"
        found = AsWritten(dialect=grammar).parse(grammar.tokenize(select), select)[0]
        assert isinstance(found, exp.Select)
        (tree,) = found.expressions
        assert isinstance(tree, exp.Expr)
        return tree

    return read
