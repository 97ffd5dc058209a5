"""What the Python of a formula calls beside the library's functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from codaform.evaluation.rows.code import EvaluationContext
from codaform.model.budget import ITEMS_A_LOOK, look_up
from codaform.model.conversion import to_datetime
from codaform.model.types import Type
from codaform.model.values import EvaluationError, Person, Row, instant
from codaform.source import Span


def moment(world: EvaluationContext, value: Any) -> Any:
    """A moment in the form in which Python compares moments of any zone; a blank stays one."""
    found = to_datetime(value, world)
    return None if found is None else instant(found)


def fail(rule: str, message: str, span: Span) -> None:
    """Raise an error."""
    raise EvaluationError(rule, message, span)


def looking(items: Any) -> Iterator[Any]:
    """The items of a long list, with a checkpoint now and then."""
    for start in range(0, len(items), ITEMS_A_LOOK):
        if start:
            look_up()
        yield from items[start : start + ITEMS_A_LOOK]


def asked_looking(ask: Callable[[Any], Any], budget: Any) -> Callable[[Any], Any]:
    """A function that is asked for many items, with a checkpoint now and then."""
    budget.bulk = False
    asked = 0

    def checked(item: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked % ITEMS_A_LOOK == 0:
            look_up()
        return ask(item)

    return checked


def row_named(world: EvaluationContext, text: str, table: str) -> Row:
    """The row that is displayed as a text."""
    row = world.find(text, table)
    if row is None:
        raise EvaluationError("unknown-row", f'no row of {table or "the doc"} is displayed as "{text}"')
    return row


def property_of(world: EvaluationContext, name: str, owner: Any) -> Any:
    """A named part of an object, a person or a row; blank where there is none."""
    match owner:
        case dict():
            folded = name.casefold()
            return owner.get(name, next((item for key, item in owner.items() if key.casefold() == folded), None))
        case Person():
            return {"name": owner.name, "email": owner.email}.get(name.casefold()) or None
        case Row():
            return world.read(owner, name)
        case list():
            return [property_of(world, name, item) for item in owner]
    return None


def acting(
    meaning: Callable[..., Any], wants_context: bool, kind: Type, world: EvaluationContext
) -> Callable[..., Any]:
    """A function that describes an action, which is carried out at once where something does that."""
    meaning = partial(meaning, world) if wants_context else meaning
    act = world.act
    if act is None:
        return meaning
    return lambda *values, **named: act(meaning(*values, **named), kind)
