"""Comparisons: a blank equals a blank, and is smaller than everything else."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type, describe
from codaform.sql.conversions import converted_value
from codaform.sql.frames import SqlFrame
from codaform.sql.trees import CannotLower, either, is_null, not_null
from codaform.sql.values import SqlWriting, Value

ORDERED = frozenset({types.NUMBER, types.TEXT, types.DATE, types.DATETIME, types.TIME, types.DURATION, types.BOOLEAN})
"""The types whose values SQL orders as codaform does."""


def in_order_of(frame: SqlFrame, value: Value) -> exp.Expr:
    """A value as rows are sorted by it: texts by their code points."""
    return frame.dialect.word("text_order", value.tree) if value.kind in (types.TEXT, types.PERSON) else value.tree


_SIGNS: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def compared(lowering: SqlWriting, frame: SqlFrame, sign: str, left: Value, right: Value) -> Value:
    """Whether two values compare as the sign says. Raises CannotLower for types without one order."""
    left, right = _alike(lowering, frame, left, right)
    if sign not in ("=", "!=") and not {left.kind, right.kind} <= ORDERED | {types.BLANK}:
        raise CannotLower(f"{describe(left.kind)} is ordered by its text")
    flag = either(left.flag, right.flag)
    a, b = frame.compute(left.tree), frame.compute(right.tree)
    if types.BLANK in (left.kind, right.kind):
        return Value(_with_blank(frame, sign, left, right, a, b), types.BOOLEAN, flag, sure=True)
    both = left.sure and right.sure
    if sign == "=":
        made: type[exp.Binary] = exp.EQ if both else exp.NullSafeEQ
        return Value(made(this=a, expression=b), types.BOOLEAN, flag, sure=True)
    if sign == "!=":
        made = exp.NEQ if both else exp.NullSafeNEQ
        return Value(made(this=a, expression=b), types.BOOLEAN, flag, sure=True)
    plain = _SIGNS[sign](this=in_order_of(frame, replace(left, tree=a)), expression=b)
    if both:
        return Value(plain, types.BOOLEAN, flag, sure=True)
    return Value(exp.Coalesce(this=plain, expressions=[_blanks(sign, a.copy(), b.copy())]), types.BOOLEAN, flag, True)


def _blanks(sign: str, a: exp.Expr, b: exp.Expr) -> exp.Expr:
    """What a comparison gives where a side is blank."""
    match sign:
        case "<":
            return exp.and_(is_null(a), not_null(b))
        case "<=":
            return is_null(a)
        case ">":
            return exp.and_(not_null(a), is_null(b))
    return is_null(b)


def _with_blank(frame: SqlFrame, sign: str, left: Value, right: Value, a: exp.Expr, b: exp.Expr) -> exp.Expr:
    """A comparison with what is always blank."""
    if left.kind == types.BLANK:
        a = exp.Null()
    if right.kind == types.BLANK:
        b = exp.Null()
    blank_a = _blank(frame, left, a)
    blank_b = _blank(frame, right, b)
    match sign:
        case "=":
            return exp.and_(blank_a, blank_b)
        case "!=":
            return exp.Not(this=exp.Paren(this=exp.and_(blank_a, blank_b)))
        case "<":
            return exp.and_(blank_a, exp.Not(this=exp.Paren(this=blank_b)))
        case "<=":
            return blank_a
        case ">":
            return exp.and_(exp.Not(this=exp.Paren(this=blank_a)), blank_b)
    return blank_b


def _blank(frame: SqlFrame, value: Value, tree: exp.Expr) -> exp.Expr:
    if value.kind == types.BLANK:
        return exp.true()
    if isinstance(value.kind, ListOf):
        return blank_list(frame, tree)
    return exp.false() if value.sure else is_null(tree)


def blank_list(frame: SqlFrame, tree: exp.Expr) -> exp.Expr:
    """The test whether a list is blank or empty."""
    length = frame.dialect.word("len", tree.copy())
    return exp.EQ(this=exp.Coalesce(this=length, expressions=[exp.Literal.number(0)]), expression=exp.Literal.number(0))


_WITH_TIME = {types.DATE, types.DATETIME}


def _alike(lowering: SqlWriting, frame: SqlFrame, left: Value, right: Value) -> tuple[Value, Value]:
    """Both sides as values of one type, or one of them blank."""
    kinds: tuple[Type, Type] = (left.kind, right.kind)
    if left.kind == right.kind or types.BLANK in kinds:
        if isinstance(left.kind, ListOf) and isinstance(right.kind, ListOf):
            raise CannotLower("two lists are compared item by item")
        return left, right
    if set(kinds) <= _WITH_TIME:
        return tuple(converted_value(lowering, frame, side, types.DATETIME) for side in (left, right))  # type: ignore[return-value]
    if isinstance(left.kind, RowOf) or isinstance(right.kind, RowOf) or any(isinstance(kind, ListOf) for kind in kinds):
        raise CannotLower(f"{describe(left.kind)} is compared with {describe(right.kind)}")
    raise CannotLower(f"{describe(left.kind)} is compared with {describe(right.kind)}")
