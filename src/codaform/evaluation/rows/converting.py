"""Values as values of another type, while a formula runs or before a cell is entered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from codaform.model import conversion, types
from codaform.model.budget import STEPS_A_LIST
from codaform.model.context import Context
from codaform.model.types import ListOf, OneOf, RowOf, Type


def converter(kind: Type, world: Context) -> Callable[[Any], Any]:
    """How a value becomes one of a type; it raises EvaluationError where it cannot."""
    match kind:
        case types.TEXT:
            return lambda value: value if type(value) is str else conversion.to_text(value, world)
        case types.NUMBER:
            return lambda value: value if type(value) is float else conversion.to_number(value, world)
        case types.BOOLEAN:
            return lambda value: value if type(value) is bool else _boolean(value, world)
        case types.DATE:
            return lambda value: conversion.to_date(conversion.single(value), world)
        case types.DATETIME:
            return lambda value: conversion.to_datetime(value, world)
        case types.TIME:
            return lambda value: conversion.to_time(conversion.single(value), world)
        case types.DURATION:
            return lambda value: conversion.to_duration(value, world)
        case types.PERSON:
            return lambda value: conversion.to_person(value, world)
        case RowOf(table):
            return lambda value: conversion.to_row(value, table, world)
        case ListOf(item):
            return _list_converter(item, world)
        case OneOf() | types.BLANK:
            return lambda value: value
    return conversion.single


def _list_converter(item: Type, world: Context) -> Callable[[Any], Any]:
    if item in (types.ANY, types.BLANK, types.FAULTY) or isinstance(item, OneOf):
        return conversion.to_list
    convert = item_converter(item, item == types.BOOLEAN, world)
    if isinstance(item, ListOf):
        return lambda value: [convert(inner) for inner in opened(value, world)]
    return lambda value: [convert(inner) for inner in flat(value, world)]


def item_converter(kind: Type, keeps_blank: bool, world: Context) -> Callable[[Any], Any]:
    """How an item of a list becomes one of a type.

    keeps_blank: Whether a blank item stays blank among conditions, where a single blank does not hold.
    """
    convert = converter(kind, world)
    return partial(_unless_blank, convert) if keeps_blank else convert


def _unless_blank(convert: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None or value == "" else convert(value)


def opened(value: Any, world: Context) -> list[Any]:
    """A value as a list, which is charged for before anything is done with its items."""
    items = conversion.to_list(value)
    world.budget.charge(STEPS_A_LIST + len(items))
    return items


def flat(value: Any, world: Context) -> list[Any]:
    """A value as a list of single items, the items of lists in it in their place."""
    found: list[Any] = []
    for inner in opened(value, world):
        if isinstance(inner, list):
            found.extend(flat(inner, world))
        else:
            found.append(inner)
    return found


def _boolean(value: Any, world: Context) -> bool:
    world.budget.charge_read(value)
    return conversion.to_boolean(value)
