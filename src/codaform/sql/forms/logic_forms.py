"""Conditions and choices in SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from codaform.library import comparison, logic
from codaform.library.function import Function
from codaform.model import types
from codaform.model.types import ListOf
from codaform.semantics import ir
from codaform.sql.comparing import blank_list, compared
from codaform.sql.conversions import converted_value
from codaform.sql.forms.form import SqlForm, Template, as_typed, common
from codaform.sql.frames import SqlFrame
from codaform.sql.kinds import literal
from codaform.sql.trees import choice, coalesce, either, is_null
from codaform.sql.values import Lowered, SqlWriting, Stream, Value, truth


@dataclass(frozen=True)
class Special:
    """A function whose SQL is made by a Python function."""

    make: Callable[[SqlWriting, SqlFrame, ir.Apply], Lowered]
    exact: bool = True

    def lower(self, lowering: SqlWriting, frame: SqlFrame, node: ir.Apply, tests: tuple[int, ...]) -> Lowered:
        """What the Python function makes; blank where a tested argument is."""
        found = self.make(lowering, frame, node)
        if not tests:
            return found
        given = [lowering.value(node.args[number], frame) for number in tests]
        if isinstance(found, Stream):
            found = lowering.listed(found)
        absent = [is_null(frame.compute(value.tree)) for value in given if not value.sure]
        if not absent:
            return found
        missing = exp.or_(*absent)
        blank = literal([], found.kind) if isinstance(found.kind, ListOf) else exp.Null()
        flags = [value.flag for value in given]
        flag = None if found.flag is None else exp.and_(exp.Not(this=exp.Paren(this=missing.copy())), found.flag)
        return Value(choice(missing, blank, found.tree), found.kind, either(flag, *flags))


def body(node: ir.Node) -> ir.Node:
    """The body of a formula argument; any other node itself."""
    return node.body if isinstance(node, ir.Lambda) else node


def _if(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    condition = converted_value(lowering, frame, lowering.value(node.args[0], frame), types.BOOLEAN)
    then = lowering.value(body(node.args[1]), frame)
    has_other = len(node.args) > 2 and isinstance(node.args[2], ir.Lambda)
    otherwise = lowering.value(body(node.args[2]), frame) if has_other else Value(exp.Null(), types.BLANK)
    return chosen(frame, [(condition, then)], otherwise)


def chosen(frame: SqlFrame, cases: list[tuple[Value, Value]], otherwise: Value) -> Value:
    """The value behind the first condition that holds."""
    kind = common([*(value for _, value in cases), otherwise])
    typed = [(condition, as_typed(value, kind)) for condition, value in cases]
    rest = as_typed(otherwise, kind)
    tests = [frame.compute(truth(condition)) for condition, _ in typed]
    tree = exp.Case(
        ifs=[exp.If(this=test, true=value.tree) for test, (_, value) in zip(tests, typed, strict=True)],
        default=rest.tree,
    )
    flag = rest.flag
    for test, (condition, value) in reversed(list(zip(tests, typed, strict=True))):
        if value.flag is not None or flag is not None:
            flag = choice(test.copy(), value.flag or exp.false(), flag or exp.false())
        flag = either(condition.flag, flag)
    if flag is not None:
        flag = frame.compute(flag)
    sure = rest.sure and all(value.sure for _, value in typed)
    return Value(frame.compute(tree), kind, flag, sure, max(value.most for _, value in [*typed, (rest, rest)]))


def _switch(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """The result behind the first equal case. All cases are computed, so a flag of a later one counts, too."""
    value = lowering.value(node.args[0], frame)
    cases, flags = [], []
    for group in node.args[1:]:
        if isinstance(group, ir.Group):
            case, result = group.parts
            test = compared(lowering, frame, "=", value, lowering.value(case, frame))
            flags.append(test.flag)
            cases.append((replace(test, flag=None), lowering.value(body(result), frame)))
    found = chosen(frame, cases, _default(lowering, frame, node))
    return replace(found, flag=either(*flags, found.flag))


def _switch_if(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    cases = []
    for group in node.args:
        if isinstance(group, ir.Group):
            condition, result = group.parts
            test = converted_value(lowering, frame, lowering.value(body(condition), frame), types.BOOLEAN)
            cases.append((test, lowering.value(body(result), frame)))
    return chosen(frame, cases, _default(lowering, frame, node))


def _default(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Value:
    last = node.args[-1]
    return lowering.value(last.body, frame) if isinstance(last, ir.Lambda) else Value(exp.Null(), types.BLANK)


def _all_hold(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    return _connected(lowering, frame, node, every=True)


def _one_holds(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    return _connected(lowering, frame, node, every=False)


def _connected(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply, every: bool) -> Value:
    """Conditions from left to right; one that decides hides the flags behind it."""
    found: exp.Expr | None = None
    flag: exp.Expr | None = None
    for part in node.args:
        value = lowering.value(body(part), frame)
        if isinstance(value.kind, ListOf):
            value = _of_list(lowering, frame, value, every)
        value = converted_value(lowering, frame, value, types.BOOLEAN)
        test = truth(value)
        if found is None:
            found, flag = test, value.flag
            continue
        if value.flag is not None:
            before = frame.compute(found)
            reached = before if every else exp.Not(this=before)
            flag = either(flag, exp.Paren(this=exp.and_(reached.copy(), value.flag)))
        found = exp.and_(found, test) if every else exp.or_(found, test)
    assert found is not None
    return Value(found, types.BOOLEAN, None if flag is None else frame.compute(flag), sure=True)


def _of_list(lowering: SqlWriting, frame: SqlFrame, value: Value, every: bool) -> Value:
    """A list of conditions: it needs items, all of which hold, or one."""
    stream = lowering.stream(value, frame)
    item = converted_value(lowering, stream.frame, stream.item, types.BOOLEAN)
    stream = replace(stream, item=item)
    name = "bool_and" if every else "bool_or"
    some = frame.total(stream.frame, frame.dialect.total(name, stream.frame.compute(truth(item))))
    return Value(coalesce(some, exp.false()), types.BOOLEAN, lowering.total_flag(stream), sure=True)


def _not(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    value = converted_value(lowering, frame, lowering.value(node.args[0], frame), types.BOOLEAN)
    return Value(exp.Not(this=exp.Paren(this=truth(value))), types.BOOLEAN, value.flag, sure=True)


def _is_blank(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    found = lowering.part(node.args[0], frame)
    if isinstance(found, Stream):
        some = frame.total(found.frame, exp.Count(this=exp.Star()))
        return Value(is_null(some), types.BOOLEAN, lowering.total_flag(found), sure=True)
    return Value(blank_test(frame, found), types.BOOLEAN, found.flag, sure=True)


def blank_test(frame: SqlFrame, value: Value) -> exp.Expr:
    """The test whether a value is blank."""
    if value.kind == types.BLANK:
        return exp.true()
    if isinstance(value.kind, ListOf):
        return blank_list(frame, frame.compute(value.tree))
    return exp.false() if value.sure else is_null(value.tree)


def _is_not_blank(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    found = _is_blank(lowering, frame, node)
    assert isinstance(found, Value)
    return replace(found, tree=exp.Not(this=exp.Paren(this=found.tree)))


def _if_blank(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    value = lowering.value(node.args[0], frame)
    fallback = lowering.value(body(node.args[1]), frame)
    held = replace(value, tree=frame.compute(value.tree))
    blank = Value(blank_test(frame, held), types.BOOLEAN, value.flag, sure=True)
    return chosen(frame, [(blank, fallback)], replace(held, flag=None))


def _with_name(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    value, _, formula = node.args
    assert isinstance(formula, ir.Lambda)
    found = lowering.value(value, frame)
    held = replace(found, tree=frame.compute(found.tree))
    with lowering.slot(formula.slot, held):
        return lowering.part(formula.body, frame)


def _compares(sign: str) -> Special:
    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        left, right = (lowering.value(part, frame) for part in node.args)
        return compared(lowering, frame, sign, left, right)

    return Special(make)


def _is_of(*kinds: types.Type) -> Special:
    """The test whether a value is of one of some types, and there."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        value = lowering.value(node.args[0], frame)
        there = value.kind in kinds
        tree = exp.Not(this=is_null(value.tree)) if there and not value.sure else exp.Boolean(this=there)
        return Value(tree, types.BOOLEAN, value.flag, sure=True)

    return Special(make)


FORMS: dict[Function, SqlForm] = {
    logic.if_: Special(_if),
    logic.if_blank: Special(_if_blank),
    logic.switch: Special(_switch),
    logic.switch_if: Special(_switch_if),
    logic.and_: Special(_all_hold),
    logic.or_: Special(_one_holds),
    logic.not_: Special(_not),
    logic.true: Template("TRUE", types.BOOLEAN, sure=True),
    logic.false: Template("FALSE", types.BOOLEAN, sure=True),
    logic.is_blank_: Special(_is_blank),
    logic.is_not_blank: Special(_is_not_blank),
    logic.is_number: _is_of(types.NUMBER),
    logic.is_text: _is_of(types.TEXT),
    logic.is_logical: _is_of(types.BOOLEAN),
    logic.is_date: _is_of(types.DATE, types.DATETIME),
    logic.with_name: Special(_with_name),
    comparison.equals: _compares("="),
    comparison.differs: _compares("!="),
    comparison.less: _compares("<"),
    comparison.at_most: _compares("<="),
    comparison.greater: _compares(">"),
    comparison.at_least: _compares(">="),
    comparison.join_texts: Template("nullif(coalesce(a, '') || coalesce(b, ''), '')", types.TEXT),
}
