"""How a function becomes SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from sqlglot import exp

from codaform.model import types
from codaform.model.types import Scalar, Type, describe
from codaform.semantics import ir
from codaform.sql.dialects.dialect import PLACES
from codaform.sql.frames import SqlFrame
from codaform.sql.kinds import cast
from codaform.sql.templates import computed, propagates, uses, without_defaults
from codaform.sql.trees import CannotLower, choice, coalesce, either, is_null
from codaform.sql.values import Lowered, SqlWriting, Value


class SqlForm(Protocol):
    """The SQL of a function."""

    @property
    def exact(self) -> bool:
        """Whether each value that is given is the row-wise engine's, bit for bit."""

    def lower(self, lowering: SqlWriting, frame: SqlFrame, node: ir.Apply, tests: tuple[int, ...]) -> Lowered:
        """The function applied. tests: The arguments whose blank makes the result blank. Raises CannotLower."""


@dataclass(frozen=True)
class Template:
    """A function of single values as SQL.

    sql: `a`, `b` … are the arguments in order. kind: The type of the result; by default that of the first argument.
    flag: Where the result is not given; it may read `it`, the result, too. sure: Whether the result is never NULL.
    bound: The largest result without its sign, from those of the arguments. plain: The SQL where that is at most
        `limit`: then each result is given. tiny: Whether it may come out as zero only because it is tiny.
    """

    sql: str
    kind: Type | None = None
    flag: str = ""
    sure: bool = False
    exact: bool = True
    bound: Callable[..., float] | None = None
    plain: str = ""
    limit: float = 8e307
    tiny: bool = False

    def lower(self, lowering: SqlWriting, frame: SqlFrame, node: ir.Apply, tests: tuple[int, ...]) -> Lowered:
        """The template with the arguments of a call."""
        given = [_argument(lowering, frame, node, number, part) for number, part in enumerate(node.args)]
        return self.apply(frame, given, tests)

    def apply(self, frame: SqlFrame, given: list[Value], tests: tuple[int, ...] = ()) -> Value:
        """The template over values."""
        if self.bound is not None:
            most = self.bound(*[value.most for value in given])
            if most <= self.limit and not (self.tiny and frame.dialect.fails):
                plain = replace(self, sql=self.plain or self.sql, flag="", bound=None)
                return replace(plain.apply(frame, given, tests), most=most)
        flags = [value.flag for value in given]
        asked = [number for number in tests if not given[number].sure]
        there = frozenset(PLACES[number] for number, value in enumerate(given) if value.sure or number in asked)
        sql, flag = without_defaults(self.sql, there), self.flag and without_defaults(self.flag, there)
        times = uses(sql, frame.dialect)
        in_flag = uses(flag, frame.dialect) if flag else {}
        kind = self.kind or given[0].kind
        passed = {number for number in asked if propagates(sql, PLACES[number])}
        places: dict[str, exp.Expr] = {}
        for number, value in enumerate(given):
            name = PLACES[number]
            again = times.get(name, 0) + in_flag.get(name, 0) + (2 if number in asked else 0) > 1
            places[name] = frame.compute(value.tree) if again else value.tree
        tree = computed(frame, sql, places)
        absent = [is_null(places[PLACES[number]]) for number in asked]
        if len(passed) < len(asked):
            tree = choice(exp.or_(*absent), cast(exp.Null(), kind), tree)
        if flag:
            if "it" in in_flag:
                tree = frame.compute(tree)
            raised: exp.Expr = exp.Paren(this=computed(frame, flag, {**places, "it": tree}))
            if frame.dialect.fails and "it" not in in_flag:
                raised = frame.compute(coalesce(raised, exp.false()))
                tree = choice(exp.Not(this=raised.copy()), tree)
            if absent and not all(propagates(flag, "it") or propagates(flag, PLACES[number]) for number in asked):
                raised = exp.and_(exp.Not(this=exp.Paren(this=exp.or_(*absent))), raised)
            flags.append(frame.compute(coalesce(raised, exp.false())))
        return Value(tree, kind, either(*flags), self.sure and not asked)


@dataclass(frozen=True)
class ByType:
    """A function whose SQL depends on the types of its arguments, `choices` in order: the first that fits."""

    choices: tuple[tuple[tuple[Type, ...], Template], ...]
    exact: bool = True

    def lower(self, lowering: SqlWriting, frame: SqlFrame, node: ir.Apply, tests: tuple[int, ...]) -> Lowered:
        """The template that fits the types of the arguments."""
        given = [lowering.value(part, frame) for part in node.args]
        for kinds, template in self.choices:
            if all(value.kind in (kind, types.BLANK) for value, kind in zip(given, kinds, strict=False)):
                typed = [as_typed(value, kind) for value, kind in zip(given, kinds, strict=False)]
                return template.apply(frame, [*typed, *given[len(typed) :]], tests)
        told = " and ".join(describe(value.kind) for value in given)
        raise CannotLower(f"{node.function.name or node.function.operator} of {told} has no SQL yet")


@dataclass(frozen=True)
class Never:
    """A function that no SQL gives. why: The reason."""

    why: str


def as_typed(value: Value, kind: Type) -> Value:
    """A value that is always blank as a blank of a type; any other value itself."""
    if value.kind != types.BLANK:
        return value
    return Value(cast(exp.Null(), kind), kind, value.flag, most=0)


def _argument(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply, number: int, part: ir.Node) -> Value:
    value = lowering.value(part, frame)
    params = node.function.params
    wanted = params[min(number, len(params) - 1)].type
    if isinstance(wanted, Scalar) and wanted not in (types.ANY, types.OBJECT):
        if value.kind == types.BLANK:
            return as_typed(value, wanted)
        if value.kind != wanted:
            raise CannotLower(f"{describe(value.kind)} stands where {describe(wanted)} is needed", part.span)
    return value


def opened(args: tuple[ir.Node, ...]) -> Iterator[ir.Node]:
    """The arguments, the parts of groups one by one."""
    for part in args:
        if isinstance(part, ir.Group):
            yield from part.parts
        else:
            yield part


def common(values: list[Value]) -> Type:
    """The one type of several values. Raises CannotLower where there are more."""
    kinds = list(dict.fromkeys(value.kind for value in values if value.kind != types.BLANK))
    if len(kinds) > 1:
        raise CannotLower(f"a value that is {' or '.join(map(describe, kinds))} has no one SQL type")
    return kinds[0] if kinds else types.BLANK
