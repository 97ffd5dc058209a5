"""Small sqlglot trees that all of SQL is made of, and what is raised where there is none."""

from __future__ import annotations

from sqlglot import exp

from codaform.source import NOWHERE, Span


class CannotLower(Exception):
    """A part of a formula has no SQL. The message says why; the span is the place of the part."""

    def __init__(self, why: str, span: Span = NOWHERE) -> None:
        super().__init__(why)
        self.why = why
        self.span = span


NOTATION = "duckdb"
"""The dialect whose grammar forms and names of types are written in."""

Order = tuple[tuple[exp.Expr, bool], ...]
"""Values that rows are sorted by, and whether the largest comes first."""


def either(*flags: exp.Expr | None) -> exp.Expr | None:
    """The flag that is raised where one of several is."""
    raised: list[exp.Expr] = []
    for flag in flags:
        if flag is not None and flag not in raised:
            raised.append(flag)
    if not raised:
        return None
    found = raised[0]
    for flag in raised[1:]:
        found = exp.or_(found, flag)
    return found


def is_null(tree: exp.Expr) -> exp.Expr:
    """The test whether a value is NULL."""
    return exp.Is(this=grouped(tree), expression=exp.Null())


def not_null(tree: exp.Expr) -> exp.Expr:
    """The test whether a value is there."""
    return exp.Not(this=is_null(tree))


def coalesce(tree: exp.Expr, other: exp.Expr) -> exp.Expr:
    """A value, or another one where it is NULL."""
    return exp.Coalesce(this=tree, expressions=[other])


def choice(condition: exp.Expr, then: exp.Expr, otherwise: exp.Expr | None = None) -> exp.Case:
    """One of two values; NULL without the second."""
    return exp.Case(ifs=[exp.If(this=condition, true=then)], default=otherwise)


def grouped(tree: exp.Expr) -> exp.Expr:
    """A tree that can stand under any operator."""
    return exp.Paren(this=tree) if isinstance(tree, exp.Binary | exp.Connector | exp.Unary | exp.Between) else tree


def is_leaf(tree: exp.Expr) -> bool:
    """Whether a tree costs nothing to repeat."""
    if isinstance(tree, exp.Column | exp.Literal | exp.Boolean | exp.Null):
        return True
    return isinstance(tree, exp.Cast) and isinstance(tree.this, exp.Literal | exp.Null)


def in_order(tree: exp.Expr | None, order: Order) -> exp.Order:
    """The argument of an aggregate, given in an order."""
    by = [exp.Ordered(this=one.copy(), desc=down, nulls_first=not down) for one, down in order]
    return exp.Order(this=tree, expressions=by)
