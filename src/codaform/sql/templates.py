"""SQL with places for arguments: read once for each dialect, then filled with trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from sqlglot import exp

from codaform.model import types
from codaform.sql.dialects.dialect import Dialect, placed, written
from codaform.sql.frames import SqlFrame
from codaform.sql.trees import NOTATION, either
from codaform.sql.values import Value


@cache
def _parsed(text: str, dialect: Dialect) -> exp.Expr:
    """A template in a dialect, its casts without errors: engines compute what is common to cases before they choose.

    Raises CannotLower for a word that the dialect has not.
    """
    whole = exp.Paren(this=dialect.expanded(exp.Paren(this=written(NOTATION, text).copy())).this)
    found: exp.Expr = whole.this
    return found


_PROPAGATE = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe, exp.Paren, exp.Cast, exp.Not,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Anonymous, exp.Nullif,
)  # fmt: skip
_ANSWER_BLANKS = frozenset({"greatest", "least", "list_concat"})
"""Words that have a value although an argument has none."""


@cache
def without_defaults(text: str, places: frozenset[str]) -> str:
    """A template for places that are never NULL, without the defaults of these places."""
    tree = exp.Paren(this=written(NOTATION, text).copy())
    found = False
    for default in list(tree.find_all(exp.Coalesce)):
        if isinstance(default.this, exp.Column) and default.this.name in places:
            default.replace(default.this)
            found = True
    return str(tree.this.sql(dialect=NOTATION)) if found else text


@cache
def propagates(text: str, place: str) -> bool:
    """Whether a template is NULL wherever one of its places is."""
    return any(_is_null_with(one) for one in written(NOTATION, text).find_all(exp.Column) if one.name == place)


def _is_null_with(node: exp.Expr) -> bool:
    part, whole = node, node.parent
    while whole is not None:
        if not isinstance(whole, _PROPAGATE) or (isinstance(whole, exp.Nullif) and part is not whole.this):
            return False
        if isinstance(whole, exp.Anonymous) and str(whole.this).lower() in _ANSWER_BLANKS:
            return False
        part, whole = whole, whole.parent
    return True


@cache
def uses(text: str, dialect: Dialect) -> Mapping[str, int]:
    """How often a template reads each of its places."""
    found: dict[str, int] = {}
    for place in _parsed(text, dialect).find_all(exp.Column):
        found[place.name] = found.get(place.name, 0) + 1
    return found


def quoted(text: str) -> str:
    """A text as a template has it."""
    return exp.Literal.string(text).sql(dialect=NOTATION)


def filled(text: str, dialect: Dialect, places: Mapping[str, exp.Expr]) -> exp.Expr:
    """A template with trees in its places, which are the names of columns in it."""
    return placed(_parsed(text, dialect), places)


def computed(frame: SqlFrame, text: str, places: Mapping[str, exp.Expr], *, again: int = 0) -> exp.Expr:
    """A template over a frame: what it reads more than once is a column first.

    again: How often the places are read beside the template.
    """
    times = uses(text, frame.dialect)
    bound = {name: frame.compute(tree) if times.get(name, 0) + again > 1 else tree for name, tree in places.items()}
    return filled(text, frame.dialect, bound)


def as_item(frame: SqlFrame, value: Value) -> Value:
    """A value that becomes an item of a list: flagged where it is a number that the dialect's lists cannot hold."""
    if frame.dialect.listed is None or value.kind != types.NUMBER:
        return value
    least, most = frame.dialect.listed
    held = frame.compute(value.tree)
    sql = f"coalesce(a <> 0 AND NOT abs(a) BETWEEN CAST('{least!r}' AS DOUBLE) AND CAST('{most!r}' AS DOUBLE), FALSE)"
    return replace(value, tree=held, flag=either(value.flag, frame.compute(computed(frame, sql, {"a": held}))))
