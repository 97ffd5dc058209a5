"""Columns made of columns: one of two values as a condition says, values as another kind, lists of each row apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from codaform.columns.column import (
    Array,
    ArrayColumn,
    Lists,
    Mask,
    RowPlaces,
    blanks,
    both,
    decode,
    either,
    encode,
    is_native,
    objects,
    odds,
    some,
)
from codaform.model import types
from codaform.model.types import ListOf, Type


def choose(condition: Mask, first: ArrayColumn, second: ArrayColumn, rows: RowPlaces) -> ArrayColumn:
    """The first value where the condition holds, else the second one."""
    odd = either(
        None if first.odd is None else some(first.odd & condition),
        None if second.odd is None else some(second.odd & ~condition),
    )
    if second.kind == types.BLANK:
        valid = both(first.valid, condition)
        return ArrayColumn(first.kind, first.values, valid, odd, first.lists, False, first.longest)
    if first.kind == types.BLANK:
        valid = both(second.valid, ~condition)
        return ArrayColumn(second.kind, second.values, valid, odd, second.lists, False, second.longest)
    if first.kind != second.kind and (first.lists is None or second.lists is None):
        first, second = as_objects(first, rows), as_objects(second, rows)
    valid = None
    if first.valid is not None or second.valid is not None:
        valid = np.where(condition, first.present, second.present)
    longest = max(first.longest, second.longest)
    if first.lists is None or second.lists is None:
        return ArrayColumn(first.kind, np.where(condition, first.values, second.values), valid, odd, longest=longest)
    lists = _chained(first.lists, second.lists, rows)
    values = np.where(condition, first.values, second.values + first.lists.count)
    return ArrayColumn(ListOf(lists.items.kind), values, valid, odd, lists)


def _chained(first: Lists, second: Lists, rows: RowPlaces) -> Lists:
    """Lists, and others behind them."""
    count = first.count + second.count
    owners = first.owners
    if not first.sorted:
        owners = np.where(owners == first.count, count, owners)
    owners = np.concatenate((owners, second.owners + first.count))
    lengths = np.concatenate((first.lengths, second.lengths))
    return Lists(chained(first.items, second.items, rows), owners, count, first.sorted and second.sorted, lengths)


def chained(first: ArrayColumn, second: ArrayColumn, rows: RowPlaces) -> ArrayColumn:
    """Values, and others behind them."""
    if first.kind != second.kind and (first.lists is None or second.lists is None):
        if types.BLANK in (first.kind, second.kind):
            known = second.kind if first.kind == types.BLANK else first.kind
            first, second = of_kind(first, known, rows), of_kind(second, known, rows)
        else:
            first, second = as_objects(first, rows), as_objects(second, rows)
    if first.lists is not None and second.lists is not None:
        values = np.concatenate((first.values, second.values + first.lists.count))
        lists: Lists | None = _chained(first.lists, second.lists, rows)
        kind: Type = ListOf(lists.items.kind)  # type: ignore[union-attr]
    else:
        values, lists, kind = np.concatenate((first.values, second.values)), None, first.kind
    valid = odd = None
    if first.valid is not None or second.valid is not None:
        valid = np.concatenate((first.present, second.present))
    if first.odd is not None or second.odd is not None:
        odd = np.concatenate([_filled_in(column) for column in (first, second)])
    return ArrayColumn(kind, values, valid, odd, lists, longest=max(first.longest, second.longest))


def _filled_in(column: ArrayColumn) -> Mask:
    return np.zeros(len(column), np.bool_) if column.odd is None else column.odd


def as_objects(column: ArrayColumn, rows: RowPlaces) -> ArrayColumn:
    """The same values as values of the language."""
    if column.lists is None and column.values.dtype == object:
        return replace(column, kind=types.ANY)
    return ArrayColumn(types.ANY, objects(decode(column, rows)), column.valid, column.odd, longest=column.longest)


def of_kind(column: ArrayColumn, kind: Type, rows: RowPlaces) -> ArrayColumn:
    """A column as one of a type that its values have; what has another type is odd."""
    if column.kind == kind:
        return column
    if column.kind == types.BLANK:
        return replace(blanks(len(column), kind), odd=column.odd)
    if not is_native(kind) and not isinstance(kind, ListOf):
        return as_objects(column, rows)
    if column.kind == types.ANY:
        return encode(decode(column, rows), kind, rows).where(odd=column.odd)
    if isinstance(column.kind, ListOf) and isinstance(kind, ListOf) and column.lists is not None:
        lists = column.lists.of_items(of_kind(column.lists.items, kind.item, rows))
        return with_lists(column, kind, lists)
    return odds(len(column), kind)


def with_lists(column: ArrayColumn, kind: Type, lists: Lists) -> ArrayColumn:
    """A column of the same lists with other items. A row whose list has an odd item is odd."""
    return replace(column, kind=kind, lists=lists, odd=either(column.odd, of_lists(lists.odd(), column.values)))


def of_lists(mask: Mask | None, which: Array) -> Mask | None:
    """What holds of lists, by the rows that have them."""
    return None if mask is None else mask[which]


def apart(column: ArrayColumn) -> ArrayColumn:
    """The same lists, each row with one of its own, one behind the other; a blank has an empty one."""
    assert column.lists is not None
    lists, size = column.lists, len(column)
    own = lists.count == size and column.valid is None and bool((column.values == np.arange(size)).all())
    lists = lists.together()
    if own:
        return replace(column, lists=lists)
    lengths = lists.lengths[column.values]
    if column.valid is not None:
        lengths = np.where(column.valid, lengths, 0)
    places, owners = ranges((np.cumsum(lists.lengths) - lists.lengths)[column.values], lengths)
    made = Lists(lists.items.take(places), owners, size, True, lengths)
    return replace(column, values=np.arange(size), lists=made)


def ranges(starts: Array, lengths: Array) -> tuple[Array, Array]:
    """The whole numbers of ranges, one range behind the other, and by each the number of its range."""
    ends = np.cumsum(lengths)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + (starts - (ends - lengths))[owners], owners
