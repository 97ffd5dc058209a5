"""Functions that ask for some of their arguments: what is not chosen may be odd, and formulas are asked per item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from codaform.columns.column import ArrayColumn, Lists, Mask, blanks, either
from codaform.columns.combining import apart, choose, of_kind
from codaform.columns.frames import Evaluating, Frame, NoKernel
from codaform.columns.scalars import compared
from codaform.library import filters, logic
from codaform.library.function import Function
from codaform.model import types
from codaform.model.budget import SHORT, STEPS_A_COMPARISON
from codaform.model.types import RowOf
from codaform.semantics import ir
from codaform.semantics.lower import PLAIN

_IN_ORDER = PLAIN - {types.BOOLEAN}
"""Types whose values numpy orders as Python does."""

_MOST_COMPARISONS = 40
"""For an item of a list that is sorted: more than the logarithm of any length."""

Asking = Callable[[Evaluating, ir.Apply, Frame], ArrayColumn]


def _chosen(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    test, then, *rest = node.args
    condition = evaluation.condition(test, frame)
    first = _asked(evaluation, then, frame, where=condition.values)
    second = _asked(evaluation, rest[0] if rest else None, frame, unless=condition.values)
    return choose(condition.values, first, second, evaluation.world).where(odd=condition.odd)


def _asked(
    evaluation: Evaluating,
    node: ir.Node | None,
    frame: Frame,
    where: Mask | None = None,
    unless: Mask | None = None,
) -> ArrayColumn:
    """A result. Nobody reads it but where a mask holds, or unless one does."""
    if not isinstance(node, ir.Lambda):
        return blanks(frame.size)
    if isinstance(node.body, ir.Constant):
        return evaluation.value(node.body, frame)
    before = frame.unread
    frame.unread = either(before, unless if where is None else ~where)
    try:
        return evaluation.value(node.body, frame)
    finally:
        frame.unread = before


def _every(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    return _until(evaluation, node, frame, stops=False)


def _some_hold(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    return _until(evaluation, node, frame, stops=True)


def _until(evaluation: Evaluating, node: ir.Apply, frame: Frame, stops: bool) -> ArrayColumn:
    """Conditions from left to right, until one decides: what follows may be odd."""
    found: Mask | None = None
    odd: Mask | None = None
    for part in node.args:
        asked = evaluation.condition(part, frame)
        if found is None:
            found, odd = asked.values, asked.odd
        else:
            if asked.odd is not None:
                odd = either(odd, asked.odd & (~found if stops else found))
            found = found | asked.values if stops else found & asked.values
        if odd is not None:
            found = found & ~odd if stops else found | odd
    return ArrayColumn(types.BOOLEAN, np.full(frame.size, not stops) if found is None else found, None, odd)


def _or_else(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    value, fallback = node.args
    given = evaluation.value(value, frame)
    filled, instead = given.filled, _asked(evaluation, fallback, frame)
    if filled is None:
        return given
    made = choose(filled, replace(given, odd=None), instead, evaluation.world)
    return made.where(odd=given.odd)


def _with_name(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    value, _, formula = node.args
    assert isinstance(formula, ir.Lambda)
    given = evaluation.value(value, frame)
    frame.slots[formula.slot or 0] = given
    return evaluation.value(formula.body, frame).where(odd=given.odd)


def _filtered(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    items, condition = node.args
    assert isinstance(condition, ir.Lambda)
    assert condition.slot is not None
    given = evaluation.listed(items, frame, evaluation.weight(condition.body))
    return evaluation.filtered(given, condition.slot, condition.body, frame)


def _mapped(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    items, body = node.args
    assert isinstance(body, ir.Lambda)
    assert body.slot is not None
    given = evaluation.listed(items, frame, evaluation.weight(body.body))
    return evaluation.mapped(given, body.slot, body.body, frame)


def _counted(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    found = _filtered(evaluation, node, frame)
    assert found.lists is not None
    return ArrayColumn(types.NUMBER, found.lists.lengths.astype(np.float64)[found.values], None, found.odd)


def _switched(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    """The result after the first case that equals the value. All cases are computed, of the results the chosen one."""
    value, *cases = node.args
    given = evaluation.value(value, frame)
    frame.spend(len(cases) * STEPS_A_COMPARISON)
    made = _asked(evaluation, cases.pop() if node.keyword else None, frame)
    odd = given.odd
    for part in reversed(cases):
        assert isinstance(part, ir.Group)
        case, result = part.parts
        wanted = evaluation.value(case, frame)
        same = _equal(given, wanted, evaluation)
        made = choose(same.values, _asked(evaluation, result, frame), made, evaluation.world)
        # A case is computed before the ones behind it, whether they are chosen or not.
        odd = either(odd, wanted.odd, same.odd)
    return made.where(odd=odd)


def _equal(left: ArrayColumn, right: ArrayColumn, evaluation: Evaluating) -> ArrayColumn:
    kind = left.kind if right.kind == types.BLANK else right.kind
    if not (kind in PLAIN or isinstance(kind, RowOf)) or left.kind not in (kind, types.BLANK):
        raise NoKernel("values of two types are compared value by value")
    first, second = (of_kind(each, kind, evaluation.world) for each in (left, right))
    return compared("=", first, second)


def _switched_by_conditions(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    cases = [*node.args]
    made = _asked(evaluation, cases.pop() if node.keyword else None, frame)
    for part in reversed(cases):
        assert isinstance(part, ir.Group)
        condition = evaluation.condition(part.parts[0], frame)
        result = _asked(evaluation, part.parts[1], frame)
        made = choose(condition.values, result, made, evaluation.world).where(odd=condition.odd)
    return made


def _sorted(evaluation: Evaluating, node: ir.Apply, frame: Frame) -> ArrayColumn:
    """The items of lists in order of a value; equal ones keep their order, blanks are smallest."""
    items, direction, by = node.args
    match direction:
        case ir.Default(ir.Constant(bool() as ascending)) | ir.Constant(bool() as ascending):
            pass
        case _:
            raise NoKernel("the direction of a Sort is known only when it is computed")
    given = evaluation.listed(items, frame, 1 if not isinstance(by, ir.Lambda) else evaluation.weight(by.body))
    keys = given
    if isinstance(by, ir.Lambda) and by.slot is not None:
        given = apart(given)
        keys = evaluation.mapped(given, by.slot, by.body, frame)
    assert given.lists is not None
    assert keys.lists is not None
    values = keys.lists.items
    if values.kind not in _IN_ORDER or values.longest > SHORT:
        raise NoKernel("values of this type are sorted one by one")
    frame.spend_items(given, _MOST_COMPARISONS)
    lists, filled = given.lists, values.filled
    known, ranks = np.unique(values.values if filled is None else values.values[filled], return_inverse=True)
    ranks = ranks + 1 if ascending else len(known) - ranks
    places = np.full(len(values), 0 if ascending else len(known) + 1, np.int64)
    places[slice(None) if filled is None else filled] = ranks
    order = np.argsort(lists.owners.astype(np.int64) * (len(known) + 2) + places, kind="stable")
    order = order[: int(lists.lengths.sum())]
    made = Lists(lists.items.take(order), lists.owners[order], lists.count, True)
    return replace(given, lists=made, odd=either(given.odd, keys.odd))


ASKING: dict[Function, Asking] = {
    logic.if_: _chosen,
    logic.and_: _every,
    logic.or_: _some_hold,
    logic.if_blank: _or_else,
    logic.with_name: _with_name,
    filters.filter_items: _filtered,
    filters.formula_map: _mapped,
    filters.count_if: _counted,
    filters.sort: _sorted,
    logic.switch: _switched,
    logic.switch_if: _switched_by_conditions,
}
"""Functions that ask for some of their arguments: each computes them where it needs them."""
