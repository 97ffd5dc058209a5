"""SQL with places for arguments: parsed once for each dialect, then filled with trees."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sqlglot
from sqlglot import exp

from codaform.sql.frames import SqlFrame
from codaform.sql.trees import grouped


@cache
def _parsed(text: str) -> exp.Expr:
    """A template, its casts without errors: engines compute what is common to cases before they choose one."""
    whole = exp.Paren(this=sqlglot.parse_one(text, dialect="duckdb"))
    for cast in reversed(list(whole.find_all(exp.Cast))):
        if type(cast) is exp.Cast and not isinstance(cast.this, exp.Literal):
            cast.replace(exp.TryCast(**cast.args))
    found: exp.Expr = whole.this
    return found


@cache
def uses(text: str) -> Mapping[str, int]:
    """How often a template reads each of its places."""
    found: dict[str, int] = {}
    for place in _parsed(text).find_all(exp.Column):
        found[place.name] = found.get(place.name, 0) + 1
    return found


def filled(text: str, places: Mapping[str, exp.Expr]) -> exp.Expr:
    """A template with trees in its places, which are the names of columns in it."""

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in places:
            return grouped(places[node.name].copy())
        return node

    return _parsed(text).transform(replaced)


def computed(frame: SqlFrame, text: str, places: Mapping[str, exp.Expr], *, again: int = 0) -> exp.Expr:
    """A template over a frame: what it reads more than once is a column first.

    again: How often the places are read beside the template.
    """
    times = uses(text)
    bound = {name: frame.compute(tree) if times.get(name, 0) + again > 1 else tree for name, tree in places.items()}
    return filled(text, bound)
