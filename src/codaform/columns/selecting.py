"""Selections: the rows of a table found by equal values and by a range, for all elements at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from codaform.columns.column import Array, ArrayColumn, Lists, either, odds
from codaform.columns.combining import of_kind, ranges
from codaform.columns.frames import Evaluating, Frame, Groups, NoKernel
from codaform.model import types
from codaform.model.budget import MOST_STEPS_A_COLUMN
from codaform.model.types import ListOf, RowOf, describe, item_of
from codaform.semantics import ir

_IN_ORDER = frozenset({types.NUMBER, types.BOOLEAN, types.DATE, types.DATETIME, types.DURATION, types.TEXT})

_DAYS_A_ROW = 8
"""A table by days has at most so many entries for each row."""


def select(evaluation: Evaluating, node: ir.Select, frame: Frame) -> ArrayColumn:
    """The rows that a selection finds. Raises NoKernel."""
    if not node.equal and not node.ranged:
        return evaluation.value(node.scan, frame)
    kind = ListOf(RowOf(node.table))
    world = evaluation.world
    given = [evaluation.value(value, frame) for _, value in node.equal]
    limits = [evaluation.value(bound.value, frame) for bound in node.bounds]
    keys = [world.key(node.table, key) for key, _ in node.equal]
    ordered = world.key(node.table, node.ranged) if node.ranged else None
    if any(key.odd is not None for key in (*keys, *([] if ordered is None else [ordered]))):
        return odds(frame.size, kind)  # then every row is asked
    many = any(key.lists is not None for key in keys)
    if many and node.ranged:
        raise NoKernel("a range of rows with several values in a cell is looked up row by row")
    given = [of_kind(value, item_of(key.kind), world) for value, key in zip(given, keys, strict=True)]
    groups = world.groups(node.table, tuple(key for key, _ in node.equal)) if keys else None
    odd = either(*(value.odd for value in given))
    if many and given[0].filled is not None:
        odd = either(odd, ~given[0].filled)  # for a blank, all rows are asked
    if ordered is None:
        assert groups is not None
        found = ArrayColumn(kind, _codes(groups, given, odd), None, odd, groups.lists)
    else:
        limits = [of_kind(limit, ordered.kind, world) for limit in limits]
        odd = either(odd, *(limit.odd for limit in limits))
        bounds = list(zip((bound.sign for bound in node.bounds), limits, strict=True))
        lists = _in_days(ordered, bounds, node.table, frame.size) if groups is None else None
        if lists is None:
            codes = None if groups is None else _codes(groups, given, odd)
            lists = _in_ranges(groups, codes, ordered, bounds, node.table, frame.size)
        found = ArrayColumn(kind, np.arange(frame.size), None, odd, lists)
    if node.rest is None:
        return found
    frame.spend_items(found, evaluation.weight(node.rest))
    return evaluation.filtered(found, node.slot, node.rest, frame)


def _codes(groups: Groups, given: list[ArrayColumn], odd: Array | None) -> Array:
    found = groups.codes(given)
    return found if odd is None else np.where(odd, groups.lists.count - 1, found)


@dataclass(slots=True)
class _Places:
    """A range for each element: from a place up to before another, in the order of the values, blanks first."""

    start: Array
    end: Array


def _narrowed(
    bounds: list[tuple[str, ArrayColumn]], size: int, below: Callable[[ArrayColumn], tuple[Array, Array]], last: int
) -> _Places:
    """The range of each element. Place 0 is that of blanks.

    below: By a column of limits, how many values are smaller, and how many are not greater.
    """
    start, end = np.zeros(size, np.int64), np.full(size, last + 1, np.int64)
    for sign, limit in bounds:
        smaller, reached = below(limit)
        there = limit.present
        if sign[0] == ">":
            least = (smaller if sign == ">=" else reached) + 1
            start = np.maximum(start, np.where(there, least, 0 if sign == ">=" else 1))
        else:
            most = (reached if sign == "<=" else smaller) + 1
            end = np.minimum(end, np.where(there, most, 1 if sign == "<=" else 0))
    return _Places(start, np.maximum(end, start))


def _in_days(ordered: ArrayColumn, bounds: list[tuple[str, ArrayColumn]], table: str, size: int) -> Lists | None:
    """Days as places: by day, the elements that look for it. Nothing where there are too many days."""
    if ordered.kind != types.DATE or not len(ordered) or not size:
        return None
    days = ordered.values if ordered.valid is None else ordered.values[ordered.valid]
    if not len(days):
        return None
    base, last = int(days.min()), int(days.max())
    count = last - base + 1
    if count > _DAYS_A_ROW * (len(ordered) + size):
        return None

    def below(limit: ArrayColumn) -> tuple[Array, Array]:
        at = np.clip(limit.values.astype(np.int64) - base, -1, count)
        return np.maximum(at, 0), np.minimum(at + 1, count)

    places = _narrowed(bounds, size, below, count)
    if not places.start.all():
        return None  # blanks are looked for, too
    lengths = places.end - places.start
    if int(lengths.sum()) > _DAYS_A_ROW * (len(ordered) + size):
        return None
    day, who = ranges(places.start - 1, lengths)
    order = np.argsort(day if count >= 1 << 16 else day.astype(np.uint16), kind="stable")
    who = who[order].astype(np.int32)
    asked = np.bincount(day, minlength=count + 1).astype(np.int32)
    first = (np.cumsum(asked) - asked).astype(np.int32)
    mine = ordered.values - np.int32(base)
    if ordered.valid is not None:
        mine = np.where(ordered.valid, mine, np.int32(count))
    times = asked[mine]
    rows = np.repeat(np.arange(len(ordered), dtype=np.int32), times)
    _limited(len(rows))
    ends = np.cumsum(times, dtype=np.int32)
    offsets = first[mine] - (ends - times)
    owners = who[np.arange(len(rows), dtype=np.int32) + offsets[rows]]
    return Lists(ArrayColumn(RowOf(table), rows), owners, size)


def _in_ranges(
    groups: Groups | None,
    codes: Array | None,
    ordered: ArrayColumn,
    bounds: list[tuple[str, ArrayColumn]],
    table: str,
    size: int,
) -> Lists:
    """The rows in order of group and value; those of a range stand together."""
    if ordered.kind not in _IN_ORDER and not isinstance(ordered.kind, RowOf):
        raise NoKernel(f"a range of values of the type {describe(ordered.kind)} is looked up row by row")
    there = ordered.filled
    known, rank = np.unique(ordered.values if there is None else ordered.values[there], return_inverse=True)
    places = np.zeros(len(ordered), np.int64)
    places[slice(None) if there is None else there] = rank + 1
    width = len(known) + 1

    def below(limit: ArrayColumn) -> tuple[Array, Array]:
        values = limit.values
        if ordered.kind == types.TEXT:
            filled = limit.filled
            values = values if filled is None else np.where(filled, values, "")
        return np.searchsorted(known, values, "left"), np.searchsorted(known, values, "right")

    bounds = [(sign, limit.where(valid=limit.filled)) for sign, limit in bounds]
    wanted = _narrowed(bounds, size, below, len(known))
    if groups is not None and codes is not None:
        places = groups.lists.owners * np.int64(width) + places
        wanted = _Places(codes * np.int64(width) + wanted.start, codes * np.int64(width) + wanted.end)
    order = np.argsort(places, kind="stable")
    in_order = places[order]
    starts = np.searchsorted(in_order, wanted.start, "left")
    lengths = np.searchsorted(in_order, wanted.end, "left") - starts
    _limited(int(lengths.sum()))
    found, owners = ranges(starts, lengths)
    rows = order[found]
    # The rows of a range are in the order of their values: they are put into that of the table.
    again = np.argsort(owners * np.int64(len(ordered)) + rows)
    return Lists(ArrayColumn(RowOf(table), rows[again].astype(np.int32)), owners, size, True, lengths)


def _limited(rows: int) -> None:
    if rows > MOST_STEPS_A_COLUMN:
        raise NoKernel(f"the selections find {rows:,} rows together")
