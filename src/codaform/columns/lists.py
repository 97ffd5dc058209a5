"""Kernels of functions that take a whole list.

Each gives what the library's function gives, or nothing for a case that it leaves to the function. Sums are folds in
the order of the list, as everywhere: `bincount` adds item after item.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np

from codaform.columns.column import Array, ArrayColumn, Lists, both
from codaform.columns.frames import ColumnWorld
from codaform.columns.scalars import number
from codaform.library import aggregates, lists
from codaform.library.function import Function
from codaform.model import types

_LONGEST = 1 << 61
"""The longest sum of durations that is reckoned here, in microseconds."""

Kernel = Callable[[ColumnWorld, list[ArrayColumn]], ArrayColumn | None]


def _of(given: list[ArrayColumn]) -> tuple[Lists, Array] | None:
    """The lists of the only argument, and which of them each row has."""
    if len(given) != 1 or given[0].lists is None or given[0].valid is not None:
        return None
    return given[0].lists, given[0].values


def _present(found: Lists, filled: bool = False) -> Array:
    """How many items of each list are there. filled: Leave out empty texts and lists, too."""
    items = found.items
    there = items.filled if filled else items.valid
    if there is None:
        return found.lengths
    missing = items.missing if there is items.valid else np.flatnonzero(~there)
    if len(missing) * 2 < len(there):  # the fewer of both sorts are counted
        return found.lengths - _counted(found.owners.take(missing), found)
    return _counted(found.owners[there], found)


def _counted(owners: Array, found: Lists) -> Array:
    return np.bincount(owners, minlength=found.count + 1)[: found.count]


def _sums(found: Lists) -> Array:
    items = found.items
    values = items.values.astype(np.float64, copy=len(items.missing) > 0)
    if len(items.missing):
        values[items.missing] = 0.0
    sums = np.bincount(found.owners, values, minlength=found.count + 1)[: found.count]
    return sums.astype(np.float64, copy=False)  # of nothing they are whole numbers


def _count(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn | None:
    one = _of(given)
    if one is None:
        return None
    found, which = one
    return ArrayColumn(types.NUMBER, _present(found, filled=True).astype(np.float64)[which])


def _count_all(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn | None:
    one = _of(given)
    return None if one is None else ArrayColumn(types.NUMBER, one[0].lengths.astype(np.float64)[one[1]])


def _sum(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn | None:
    one = _of(given)
    if one is None or one[0].items.kind not in (types.NUMBER, types.BLANK):
        return None
    found, which = one
    return number(_sums(found)[which])


def _average(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn | None:
    one = _of(given)
    if one is None or one[0].items.kind not in (types.NUMBER, types.BLANK):
        return None
    found, which = one
    counts = _present(found)
    means = _sums(found) / np.maximum(counts, 1)
    return number(means[which], (counts > 0)[which])


def _sum_durations(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn | None:
    one = _of(given)
    totals = None if one is None else _whole_sums(one[0])
    return None if one is None or totals is None else ArrayColumn(types.DURATION, totals[one[1]])


def _average_duration(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn | None:
    one = _of(given)
    totals = None if one is None else _whole_sums(one[0])
    if one is None or totals is None:
        return None
    found, which = one
    counts = _present(found)
    means = [
        timedelta(microseconds=total) / count // timedelta(microseconds=1) if count else 0
        for total, count in zip(totals.tolist(), counts.tolist(), strict=True)
    ]
    return ArrayColumn(types.DURATION, np.array(means, np.int64)[which], (counts > 0)[which])


def _whole_sums(found: Lists) -> Array | None:
    """Sums of durations; nothing where one may become too long."""
    values = found.items.values
    if found.items.kind != types.DURATION:
        return None
    if found.items.valid is not None:
        values = np.where(found.items.valid, values, 0)
    if len(values) and max(int(values.max()), -int(values.min())) > _LONGEST // len(values):
        return None
    totals = np.zeros(found.count + 1, np.int64)
    np.add.at(totals, found.owners, values)
    return totals[: found.count]


def _extreme(sign: int, _: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn | None:
    one = _of(given)
    if one is None or one[0].items.kind not in (types.NUMBER, types.DATE, types.DURATION, types.DATETIME):
        return None
    found, which = one
    owners, values = found.owners, found.items.values
    if found.items.valid is not None:
        owners, values = owners[found.items.valid], values[found.items.valid]
    if found.items.kind == types.NUMBER and np.signbit(values[values == 0]).any():
        return None  # of two zeros it is the first
    whole = np.iinfo(values.dtype) if values.dtype != np.float64 else np.finfo(np.float64)
    extremes = np.full(found.count + 1, whole.min if sign > 0 else whole.max, values.dtype)
    (np.maximum if sign > 0 else np.minimum).at(extremes, owners, values)
    there = _present(found) > 0
    return ArrayColumn(found.items.kind, extremes[: found.count][which], there[which])


def _first(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn | None:
    one = _of(given)
    if one is None:
        return None
    places = np.zeros(one[0].count + 1, np.int64)
    places[one[0].owners[::-1]] = np.arange(len(one[0].owners))[::-1]
    return _taken(one, places)


def _last(_: ColumnWorld, given: list[ArrayColumn]) -> ArrayColumn | None:
    one = _of(given)
    if one is None:
        return None
    places = np.zeros(one[0].count + 1, np.int64)
    places[one[0].owners] = np.arange(len(one[0].owners))
    return _taken(one, places)


def _taken(one: tuple[Lists, Array], places: Array) -> ArrayColumn:
    """The items at places, by list; of a list that has any."""
    found, which = one
    made = found.items.take(places[which])
    return replace(made, valid=both(made.valid, (found.lengths > 0)[which]))


AGGREGATES: dict[Function, Kernel] = {
    lists.count: _count,
    lists.count_all: _count_all,
    lists.first: _first,
    lists.last: _last,
    aggregates.sum_numbers: _sum,
    aggregates.average_number: _average,
    aggregates.sum_durations: _sum_durations,
    aggregates.average_duration: _average_duration,
    aggregates.largest: lambda world, given: _extreme(1, world, given),
    aggregates.smallest: lambda world, given: _extreme(-1, world, given),
}
"""By function, its kernel."""
