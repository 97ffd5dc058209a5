"""Columns as columns of another type, where the language converts without a word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from codaform.columns.calling import for_each
from codaform.columns.column import ArrayColumn, blanks, either, is_utc
from codaform.columns.combining import of_kind
from codaform.columns.frames import ByValue, Frame
from codaform.columns.scalars import days_told, truth
from codaform.evaluation.rows.converting import converter
from codaform.model import types
from codaform.model.types import ListOf, OneOf, RowOf, Type, describe
from codaform.model.values import EPOCH

_DAY = 86_400_000_000
_EPOCH_DAYS = EPOCH.toordinal() - 719_163
"""Day 0 of dates as numbers, as days since 1970."""

_SAME = frozenset({types.NUMBER, types.TEXT, types.DATE, types.DATETIME, types.DURATION})
"""The types whose values, blanks too, are their own conversion."""


def converted(evaluation: ByValue, column: ArrayColumn, kind: Type, frame: Frame) -> ArrayColumn:
    """The values as values of a type. Where there is none, odd."""
    world = evaluation.world
    if column.kind == kind and (kind in _SAME or isinstance(kind, RowOf)):
        return column
    if isinstance(kind, OneOf) or kind == types.BLANK:
        return column
    if column.kind == types.BLANK and not isinstance(kind, ListOf) and kind != types.BOOLEAN:
        return of_kind(column, kind, world)
    plain = _plainly(column, kind, is_utc(world.zone))
    if plain is not None:
        return plain
    evaluation.by_value.append(f"{describe(column.kind)} as {describe(kind)}")
    made = for_each(evaluation, converter(kind, world.context([column.kind, kind])), [column], None, kind, frame)
    return made.where(odd=either(column.odd, made.odd))


def _plainly(column: ArrayColumn, kind: Type, utc: bool) -> ArrayColumn | None:
    """The conversions that are reckoned."""
    values = column.values
    match column.kind, kind:
        case types.BLANK, types.BOOLEAN:
            return replace(blanks(len(column), kind), valid=None, odd=column.odd)
        case types.BOOLEAN, types.BOOLEAN:
            return ArrayColumn(kind, truth(column), None, column.odd)
        case types.NUMBER | types.DURATION, types.BOOLEAN:
            return ArrayColumn(kind, truth(replace(column, values=values != 0)), None, column.odd)
        case RowOf() | types.DATE | types.DATETIME, types.BOOLEAN if values.dtype != object:
            return ArrayColumn(kind, column.present, None, column.odd)
        case types.BOOLEAN, types.NUMBER:
            return replace(column, kind=kind, values=values.astype(np.float64))
        case types.DATE, types.NUMBER:
            return replace(column, kind=kind, values=(values - np.int64(_EPOCH_DAYS)).astype(np.float64))
        case types.DURATION, types.NUMBER:
            return days_told(column).where(odd=column.odd)
        case types.DATE, types.DATETIME if utc:
            return replace(column, kind=kind, values=values.astype(np.int64) * _DAY)
        case types.DATETIME, types.DATE if utc:
            return replace(column, kind=kind, values=(values // _DAY).astype(np.int32))
    return None
