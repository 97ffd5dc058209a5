"""The rows of a table by equal values of keys, made once for all selections that ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from codaform.columns.column import Array, ArrayColumn, Lists
from codaform.columns.combining import apart
from codaform.columns.frames import Groups, NoKernel
from codaform.model import types
from codaform.model.types import RowOf, Type, describe

_SORTED = frozenset({types.NUMBER, types.DATE, types.DATETIME, types.DURATION})


@dataclass(frozen=True, slots=True)
class Coding:
    """Values of a key as whole numbers below `count`: equal ones have the same. One that no row has is `count`."""

    count: int
    code: Callable[[ArrayColumn], Array]


def group_rows(rows: ArrayColumn, keys: list[ArrayColumn], row_counts: Callable[[str], int]) -> Groups:
    """The rows of a table by the values of keys, of which none is odd. row_counts: How many rows a table has."""
    codings = [coding(key, row_counts) for key in keys]
    first = codings[0]
    owners, count, code = first.code(keys[0]), first.count, lambda given: first.code(given[0])
    if len(keys) > 1:
        owners, count, code = _together(codings, keys)
    # The last list has no rows.
    return Groups(Lists(rows, owners.astype(np.intp, copy=False), count + 1), code)


def group_by_items(table: str, key: ArrayColumn, row_counts: Callable[[str], int]) -> Groups:
    """The rows of a table by the items of a key with several values: a row is in a list for each different one."""
    lists = apart(key).lists
    assert lists is not None
    made = coding(lists.items, row_counts)
    width = made.count + 1
    pairs = np.unique(lists.owners * np.int64(width) + made.code(lists.items))
    rows = ArrayColumn(RowOf(table), (pairs // width).astype(np.int32))
    return Groups(Lists(rows, pairs % width, width), lambda given: made.code(given[0]))


def _together(
    codings: list[Coding], keys: list[ArrayColumn]
) -> tuple[Array, int, Callable[[list[ArrayColumn]], Array]]:
    """Several keys as one. Raises NoKernel where there are too many combinations."""
    if np.prod([float(each.count + 1) for each in codings]) > 2.0**62:
        raise NoKernel("too many combinations of values")

    def mixed(given: list[ArrayColumn]) -> Array:
        found = np.zeros(len(given[0]), np.int64)
        for each, column in zip(codings, given, strict=True):
            found = found * (each.count + 1) + each.code(column)
        return found

    known, owners = np.unique(mixed(keys), return_inverse=True)
    return owners, len(known), lambda given: _found(known, mixed(given))


def _found(known: Array, values: Array) -> Array:
    """The places of values among known ones in order; behind the last one for those that are not there."""
    if not len(known):
        return np.zeros(len(values), np.int64)
    places = np.searchsorted(known, values)
    inside = np.minimum(places, len(known) - 1)
    return np.where(known[inside] == values, inside, len(known))


def coding(key: ArrayColumn, row_counts: Callable[[str], int]) -> Coding:
    """How the values of a key become numbers. Raises NoKernel for a type of which values are not compared as such."""
    match key.kind:
        case RowOf(table) if table:
            count = row_counts(table)
            return Coding(count + 1, lambda given: _or_last(given, given.index, count))
        case types.BOOLEAN:
            return Coding(3, lambda given: _or_last(given, given.values.astype(np.int64), 2))
        case types.TEXT:
            return _of_texts(key)
        case kind if kind in _SORTED:
            known = np.unique(key.values if key.valid is None else key.values[key.valid])
            # A blank comes behind the values, and what no row has behind that.
            return Coding(len(known) + 1, lambda given: _sorted_code(known, given))
    raise _uncoded(key.kind)


def _uncoded(kind: Type) -> NoKernel:
    return NoKernel(f"values of the type {describe(kind)} are looked up one by one")


def _or_last(column: ArrayColumn, codes: Array, last: int) -> Array:
    return codes if column.valid is None else np.where(column.valid, codes, last)


def _sorted_code(known: Array, given: ArrayColumn) -> Array:
    found = _found(known, given.values)
    found = np.where(found == len(known), len(known) + 1, found)
    return _or_last(given, found, len(known))


def _of_texts(key: ArrayColumn) -> Coding:
    known: dict[object, int] = {None: 0}

    def codes(given: ArrayColumn, learn: bool) -> Array:
        filled = given.filled
        values = given.values.tolist()
        if filled is not None:
            values = [value if there else None for value, there in zip(values, filled.tolist(), strict=True)]
        if learn:
            return np.array([known.setdefault(value, len(known)) for value in values], np.int64)
        return np.array([known.get(value, len(known)) for value in values], np.int64)

    codes(key, learn=True)
    return Coding(len(known), lambda given: codes(given, learn=False))
