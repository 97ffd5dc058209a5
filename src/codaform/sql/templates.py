"""SQL with places for arguments: read once for each dialect, then filled with trees."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sqlglot import exp

from codaform.sql.dialects.dialect import Dialect, placed, written
from codaform.sql.frames import SqlFrame
from codaform.sql.trees import NOTATION


@cache
def _parsed(text: str, dialect: Dialect) -> exp.Expr:
    """A template in a dialect, its casts without errors: engines compute what is common to cases before they choose.

    Raises CannotLower for a word that the dialect has not.
    """
    whole = exp.Paren(this=dialect.expanded(exp.Paren(this=written(NOTATION, text).copy())).this)
    found: exp.Expr = whole.this
    return found


@cache
def uses(text: str, dialect: Dialect) -> Mapping[str, int]:
    """How often a template reads each of its places."""
    found: dict[str, int] = {}
    for place in _parsed(text, dialect).find_all(exp.Column):
        found[place.name] = found.get(place.name, 0) + 1
    return found


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
