"""Calls of library functions that have no kernel: value by value, between parts that are computed as columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from codaform.columns.column import ArrayColumn, Mask, decode, encode, some, spread
from codaform.columns.frames import ByValue, Frame, NoKernel
from codaform.library import dates
from codaform.model import types
from codaform.model.budget import ITEMS_A_LOOK, MOST_STEPS, OutOfTime, look_up
from codaform.model.types import ListOf, RowOf, Type
from codaform.semantics import ir

_STANDING_STILL = (dates.now, dates.today)
"""Functions that the clock changes, though it stands still while a doc is computed."""


def called(
    evaluation: ByValue, node: ir.Apply, given: list[ArrayColumn], there: Mask | None, frame: Frame
) -> ArrayColumn:
    """A function given its arguments, for each element where it is not blank anyway."""
    function = node.function
    name = function.name or function.operator
    if function.action or (function.volatile and function not in _STANDING_STILL):
        raise NoKernel(f"{name} gives another value each time")
    if node.keyword:
        raise NoKernel(f"{name} has no form for whole columns")
    book = evaluation.world.context(column.kind for column in given)
    meaning = function.rowwise
    if function.wants_context:
        rowwise = meaning
        meaning = lambda *values: rowwise(book, *values)  # noqa: E731 - the function with its context
    if not given:
        try:
            value = meaning()
        except Exception:
            raise NoKernel(f"{name} has no value") from None
        return spread(encode([value], node.type, evaluation.world), frame.size)
    evaluation.by_value.append(name)
    return for_each(evaluation, meaning, given, there, node.type, frame)


def for_each(
    evaluation: ByValue,
    meaning: Callable[..., Any],
    given: list[ArrayColumn],
    there: Mask | None,
    kind: Type,
    frame: Frame,
) -> ArrayColumn:
    """The values of a Python function; where it raises an error, odd. The steps that it takes are counted."""
    world = evaluation.world
    budget = world.book.budget
    asked = np.ones(frame.size, np.bool_) if there is None else there.copy()
    for column in given:
        if column.odd is not None:
            asked &= ~column.odd
    arguments = [decode(column, world) for column in given]
    values: list[Any] = [None] * frame.size
    odd = np.zeros(frame.size, np.bool_)
    most = 0
    left, next_look = budget.left, budget.next_look
    try:
        for number, place in enumerate(np.flatnonzero(asked).tolist()):
            if number % ITEMS_A_LOOK == 0:
                look_up()
            budget.left, budget.next_look = MOST_STEPS, -1
            try:
                values[place] = meaning(*(argument[place] for argument in arguments))
            except OutOfTime:
                raise
            except Exception:
                odd[place] = True  # the row-wise engine says what it is
            spent = MOST_STEPS - budget.left
            frame.total += spent
            most = max(most, spent)
    finally:
        budget.left, budget.next_look = left, next_look
    frame.most += most
    return encode(values, kind if _is_told(kind) else types.ANY, world).where(odd=some(odd))


def _is_told(kind: Type) -> bool:
    """Whether a type says how its values are kept."""
    return isinstance(kind, ListOf | RowOf) or kind in (
        types.NUMBER,
        types.TEXT,
        types.BOOLEAN,
        types.DATE,
        types.DATETIME,
        types.DURATION,
    )
