"""A column of values as arrays, and its way from and to the values of the language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Error, Row

Array = NDArray[Any]
Mask = NDArray[np.bool_]

DTYPES: dict[Type, Any] = {
    types.NUMBER: np.float64,
    types.BOOLEAN: np.bool_,
    types.DATE: np.int32,
    types.DATETIME: np.int64,
    types.DURATION: np.int64,
    types.BLANK: np.bool_,
}
"""How values of a type are kept: dates as days since 1970, moments and durations in microseconds.

Rows are int32 numbers by their places in the table; values of every other type are the values of the language."""

_ORDINAL = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_MOST_DAYS = 25_000_000
"""Durations of more days are odd: they and their sums may be too long for whole numbers of microseconds."""

_MANY = 10_000
"""For fewer values, or few of many, it does not pay to look for a faster way."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PYTHON: dict[Type, type] = {
    types.NUMBER: float,
    types.BOOLEAN: bool,
    types.DATE: date,
    types.DATETIME: datetime,
    types.DURATION: timedelta,
    types.TEXT: str,
}


class RowPlaces(Protocol):
    """The rows that references point to."""

    zone: tzinfo

    def table_rows(self, table: str) -> Sequence[Row]:
        """The rows of a table, in order."""

    def count(self, table: str) -> int:
        """How many rows a table has."""

    def places(self, table: str) -> Array | None:
        """By the number of a row its place, -1 for one that is not there; None where it is the number less one."""


@dataclass(slots=True)
class ArrayColumn:
    """Values of one type.

    values: An array of the type; where a value is blank or odd, anything that fits.
    valid: Where there is a value; None for everywhere.
    odd: Where the value is an error or has another type: then the row-wise engine computes it. None for nowhere.
    lists: The lists, where the values are lists; then `values` says which of them each row has.
    whole: Whether these are the rows of a table one by one.
    longest: Of texts, how many letters the longest may have.
    """

    kind: Type
    values: Array
    valid: Mask | None = None
    odd: Mask | None = None
    lists: Lists | None = None
    whole: bool = False
    longest: int = 0
    _index: Array | None = field(default=None, init=False, repr=False)
    _holes: bool | None = field(default=None, init=False, repr=False)
    _items: int | None = field(default=None, init=False, repr=False)
    _missing: Array | None = field(default=None, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> Array:
        """The places without a value: for few of many, numpy is faster with places than with a mask."""
        if self._missing is None:
            self._missing = np.zeros(0, np.intp) if self.valid is None else np.flatnonzero(~self.valid)
        return self._missing

    @property
    def present(self) -> Mask:
        """Where there is a value."""
        return np.ones(len(self), np.bool_) if self.valid is None else self.valid

    @property
    def filled(self) -> Mask | None:
        """Where there is a value that does not count as blank: no empty text, no empty list; None for everywhere."""
        if self.lists is not None:
            return both(self.valid, self.lists.lengths[self.values] > 0)
        if self.values.dtype != object:
            return self.valid
        return both(self.valid, np.array([not (value == "" or value == []) for value in self.values], np.bool_))

    @property
    def told(self) -> Mask | None:
        """Where there is a value that is no empty text: what makes no call blank; None for everywhere."""
        if self.lists is not None or self.values.dtype != object:
            return self.valid
        return both(self.valid, np.array([value != "" for value in self.values], np.bool_))

    def count_items(self) -> int:
        """How many items the lists of all values have together."""
        assert self.lists is not None
        if self._items is None:
            self._items = int(np.add.reduce(self.lists.lengths.take(self.values)))
        return self._items

    @property
    def index(self) -> Array:
        """Rows as numpy takes places: made once, and not each time that they are looked up."""
        if self._index is None:
            self._index = self.values.astype(np.intp, copy=False)
        return self._index

    @property
    def has_holes(self) -> bool:
        """Whether just the blanks are NaN: then the values alone tell where they are."""
        if self._holes is None:
            self._holes = False
            if self.valid is not None and self.odd is None and self.values.dtype == np.float64:
                self._holes = bool((np.isnan(self.values) != self.valid).all())
        return self._holes

    def take(self, places: Array) -> ArrayColumn:
        """The values at places, which are in this column."""
        if not len(self.values):
            return blanks(len(places), self.kind)
        places = places.astype(np.intp, copy=False)  # once, and not for each array
        values = self.values.take(places)
        if self.valid is None:
            valid = None
        elif len(places) > max(_MANY, len(self) // 2) and self.has_holes:
            valid = ~np.isnan(values)  # in one go, and not here and there in the memory
        else:
            valid = self.valid[places]
        odd = None if self.odd is None else self.odd[places]
        return ArrayColumn(self.kind, values, valid, odd, self.lists, False, self.longest)

    def where(self, valid: Mask | None = None, odd: Mask | None = None) -> ArrayColumn:
        """These values, blank and odd at more places."""
        if valid is None and odd is None:
            return self
        return self.masked(both(self.valid, valid), either(self.odd, odd))

    def masked(self, valid: Mask | None, odd: Mask | None) -> ArrayColumn:
        """These values, with other masks."""
        return ArrayColumn(self.kind, self.values, valid, odd, self.lists, self.whole, self.longest)


@dataclass(slots=True)
class Lists:
    """Lists by the numbers 0 to `count` - 1: item i belongs to the list `owners[i]`; `count` is for those of none.

    The items of a list are in its order; items of other lists may be between them. So the rows of a table are
    the items of all groups of rows, and a sum of each group is one pass.

    sorted: Whether the items of a list stand together, one list behind the other.
    """

    items: ArrayColumn
    owners: Array
    count: int
    sorted: bool = False
    _lengths: Array | None = field(default=None, repr=False)
    _longest: int | None = field(default=None, init=False, repr=False)

    @property
    def longest(self) -> int:
        """How many items the longest list has. There is a list."""
        if self._longest is None:
            self._longest = int(np.maximum.reduce(self.lengths))
        return self._longest

    @property
    def lengths(self) -> Array:
        """How many items each list has."""
        if self._lengths is None:
            self._lengths = np.bincount(self.owners, minlength=self.count + 1)[: self.count]
        return self._lengths

    def of_items(self, items: ArrayColumn) -> Lists:
        """Lists with another item for each one."""
        return Lists(items, self.owners, self.count, self.sorted, self.lengths)

    def together(self) -> Lists:
        """The same lists, the items of each together."""
        if self.sorted:
            return self
        order = np.argsort(narrow(self.owners, self.count), kind="stable")[: int(self.lengths.sum())]
        return Lists(self.items.take(order), self.owners[order], self.count, True, self._lengths)

    def odd(self) -> Mask | None:
        """Which lists have an item that is odd."""
        if self.items.odd is None:
            return None
        found = np.zeros(self.count + 1, np.bool_)
        found[self.owners[self.items.odd]] = True
        return found[: self.count]


def narrow(codes: Array, most: int) -> Array:
    """Whole numbers from 0 to `most` in the fewest bytes: a stable sort of two bytes takes a fraction of the time."""
    return codes.astype(np.uint16) if most < 1 << 16 else codes


# ---------------------------------------------------------------- masks


def both(first: Mask | None, second: Mask | None) -> Mask | None:
    """Where both hold; None holds everywhere."""
    if first is None or second is None:
        return second if first is None else first
    return first & second


def either(*masks: Mask | None) -> Mask | None:
    """Where any of the masks holds; None holds nowhere."""
    found: Mask | None = None
    for mask in masks:
        if mask is not None:
            found = mask if found is None else found | mask
    return found


def some(mask: Mask) -> Mask | None:
    """A mask; None where it holds nowhere."""
    return mask if mask.any() else None


# ---------------------------------------------------------------- making columns


def dtype_of(kind: Type) -> Any:
    """How values of a type are kept."""
    if isinstance(kind, RowOf) and kind.table:
        return np.int32
    return np.int64 if isinstance(kind, ListOf) else DTYPES.get(kind, object)


def is_native(kind: Type) -> bool:
    """Whether values of a type are kept as such, and not as values of the language of any type."""
    if isinstance(kind, ListOf):
        return is_native(kind.item)
    return kind == types.TEXT or dtype_of(kind) is not object


def blanks(size: int, kind: Type = types.BLANK) -> ArrayColumn:
    """So many blanks."""
    lists = Lists(blanks(0, kind.item), np.zeros(0, np.int64), 1, True) if isinstance(kind, ListOf) else None
    values = _repeated(np.zeros(1, dtype_of(kind)), size)
    return ArrayColumn(kind, values, _repeated(np.zeros(1, np.bool_), size), lists=lists)


def _repeated(one: Array, size: int) -> Array:
    """An array of one value as one of many, without any room for them."""
    if one.dtype == object:
        return np.broadcast_to(one, size)
    found: Array = np.ndarray((size,), one.dtype, one, 0, (0,))  # a tenth of the time of broadcast_to
    found.flags.writeable = False
    return found


def odds(size: int, kind: Type = types.BLANK) -> ArrayColumn:
    """So many values that are not known here."""
    return replace(blanks(size, kind), odd=np.ones(size, np.bool_))


def repeated(value: Any, kind: Type, size: int, rows: RowPlaces) -> ArrayColumn:
    """One value so many times."""
    if value is None:
        return blanks(size, kind)
    return spread(encode([value], kind, rows), size)


def spread(one: ArrayColumn, size: int) -> ArrayColumn:
    """A column of one value as one of many."""
    valid, odd = (None if mask is None else _repeated(mask, size) for mask in (one.valid, one.odd))
    return ArrayColumn(one.kind, _repeated(one.values, size), valid, odd, one.lists, False, one.longest)


def objects(values: Sequence[Any]) -> Array:
    """Values of the language as an array."""
    made = np.empty(len(values), object)
    made[:] = values if not any(isinstance(value, list) for value in values) else [None] * len(values)
    if any(isinstance(value, list) for value in values):
        for place, value in enumerate(values):
            made[place] = value
    return made


def encode(values: Sequence[Any], kind: Type, rows: RowPlaces) -> ArrayColumn:
    """Values of the language as a column of a type: what is an error, or of another type, is odd."""
    if isinstance(kind, ListOf):
        return _encode_lists(values, kind, rows)
    found = set(map(type, values))
    blank = type(None) in found
    found.discard(type(None))
    known = Row if isinstance(kind, RowOf) and kind.table else _PYTHON.get(kind)
    if known is None:
        made = objects(values)
        valid = np.array([value is not None for value in values], np.bool_) if blank else None
        odd = np.array([type(value) is Error for value in values], np.bool_) if Error in found else None
        return ArrayColumn(types.ANY, made, valid, odd)
    odd = None
    if not found <= {known}:
        odd = np.array([value is not None and type(value) is not known for value in values], np.bool_)
        values = [None if wrong else value for wrong, value in zip(odd, values, strict=True)]
        blank = True
    valid = np.array([value is not None for value in values], np.bool_) if blank else None
    return _encoded(values, kind, valid, rows).where(odd=odd)


def _encoded(values: Sequence[Any], kind: Type, valid: Mask | None, rows: RowPlaces) -> ArrayColumn:
    """Values of one Python type, and blanks."""
    match kind:
        case types.TEXT:
            longest = max((len(value) for value in values if value), default=0)
            return ArrayColumn(kind, objects(values), valid, longest=longest)
        case types.NUMBER:
            made: Array = np.array(values, np.float64)
            odd = some(both(valid, ~np.isfinite(made))) if not np.isfinite(made).all() else None  # type: ignore[arg-type]
            return ArrayColumn(kind, made, valid, odd)
        case types.BOOLEAN:
            made = np.array([value is True for value in values], np.bool_)
        case types.DATE:
            made = np.array([0 if value is None else value.toordinal() - _ORDINAL for value in values], np.int32)
        case types.DATETIME:
            return _encode_moments(values, valid, rows.zone)
        case types.DURATION:
            far = [value is not None and abs(value.days) > _MOST_DAYS for value in values]
            if any(far):
                values = [timedelta() if beyond else value for beyond, value in zip(far, values, strict=True)]
            made = np.array([0 if value is None else value // _MICROSECOND for value in values], np.int64)
            return ArrayColumn(kind, made, valid, some(np.array(far, np.bool_)))
        case _:
            return _encode_rows(values, kind, valid, rows)
    return ArrayColumn(kind, made, valid)


def _encode_moments(values: Sequence[Any], valid: Mask | None, zone: tzinfo) -> ArrayColumn:
    """Moments of the doc's zone. One of another zone, or one that its clocks leave out, is odd.

    So is one at an end of the calendar whose day in UTC is no day.
    """
    odd = np.array([value is not None and value.tzinfo is not zone for value in values], np.bool_)
    if is_utc(zone):
        start = datetime(1970, 1, 1, tzinfo=zone)
        passed = [None if value is None or value.tzinfo is not zone else value - start for value in values]
        made = np.array([0 if moment is None else moment // _MICROSECOND for moment in passed], np.int64)
        return ArrayColumn(types.DATETIME, made, valid, some(odd))
    made = np.zeros(len(values), np.int64)
    for place in np.flatnonzero(~odd if valid is None else valid & ~odd).tolist():
        value = values[place]
        try:
            made[place] = moment = (value.astimezone(UTC) - _EPOCH) // _MICROSECOND
        except OverflowError:
            odd[place] = True
            continue
        again = (_EPOCH + timedelta(microseconds=moment)).astimezone(zone)
        odd[place] = again.replace(tzinfo=None) != value.replace(tzinfo=None) or again.fold != value.fold
    return ArrayColumn(types.DATETIME, made, valid, some(odd))


def is_utc(zone: tzinfo) -> bool:
    """Whether a zone is UTC by its name."""
    return getattr(zone, "key", "") == "UTC" or zone is UTC


def _encode_rows(values: Sequence[Any], kind: Type, valid: Mask | None, rows: RowPlaces) -> ArrayColumn:
    """References as places. One to a row of another table, or to one that is gone, is odd."""
    assert isinstance(kind, RowOf)
    odd = np.zeros(len(values), np.bool_)
    if {value.table for value in values if value is not None} - {kind.table}:
        odd = np.array([value is not None and value.table != kind.table for value in values], np.bool_)
    ids = np.array([1 if value is None else value.id for value in values], np.int64)
    places, count = rows.places(kind.table), rows.count(kind.table)
    if places is None:
        made = ids - 1
    else:
        made = np.where(ids < len(places), places[np.minimum(ids, len(places) - 1)], -1)
    gone = (made < 0) | (made >= count)
    made[gone] = 0
    if valid is not None:
        gone &= valid
    return ArrayColumn(kind, made.astype(np.int32), valid, some(odd | gone))


def _encode_lists(values: Sequence[Any], kind: ListOf, rows: RowPlaces) -> ArrayColumn:
    wrong = [value is not None and type(value) is not list for value in values]
    flat: list[Any] = []
    lengths = np.zeros(len(values), np.int64)
    for place, value in enumerate(values):
        if type(value) is list:
            flat.extend(value)
            lengths[place] = len(value)
    items = encode(flat, kind.item, rows)
    kind = ListOf(items.kind)
    count = len(values)
    valid = np.array([value is not None for value in values], np.bool_) if None in values else None
    lists = Lists(items, np.repeat(np.arange(count), lengths), count, True, lengths)
    return ArrayColumn(
        kind, np.arange(count), valid, either(some(np.array(wrong, np.bool_)), _some(lists.odd())), lists
    )


def _some(mask: Mask | None) -> Mask | None:
    return None if mask is None else some(mask)


# ---------------------------------------------------------------- values of the language


def decode(column: ArrayColumn, rows: RowPlaces) -> list[Any]:
    """The values of the language; blank where a column is odd."""
    found = _decoded(column, rows)
    valid = column.valid
    if column.odd is not None:
        valid = column.present & ~column.odd
    if valid is not None:
        for place in np.flatnonzero(~valid).tolist():
            found[place] = None
    return found


def _decoded(column: ArrayColumn, rows: RowPlaces) -> list[Any]:
    values = column.values
    if column.valid is not None and values.dtype != object:
        values = np.where(column.valid, values, np.zeros(1, values.dtype))
    match column.kind:
        case types.DATE:
            return values.astype("datetime64[D]").astype(object).tolist()  # type: ignore[no-any-return]
        case types.DURATION:
            return values.astype("timedelta64[us]").astype(object).tolist()  # type: ignore[no-any-return]
        case types.DATETIME:
            zone = rows.zone
            naive: Iterable[datetime] = values.astype("datetime64[us]").astype(object).tolist()
            if is_utc(zone):
                return [moment.replace(tzinfo=zone) for moment in naive]
            return [moment.replace(tzinfo=UTC).astimezone(zone) for moment in naive]
        case RowOf(table) if table:
            there = rows.table_rows(table)
            return [there[place] for place in values.tolist()] if there else [None] * len(values)
        case ListOf():
            return _decode_lists(column, rows)
    return values.tolist()  # type: ignore[no-any-return]


def _decode_lists(column: ArrayColumn, rows: RowPlaces) -> list[Any]:
    assert column.lists is not None
    lists = column.lists.together()
    items = decode(lists.items, rows)
    ends = np.cumsum(lists.lengths)
    starts = (ends - lists.lengths).tolist()
    last = ends.tolist()
    return [items[starts[which] : last[which]] for which in column.values.tolist()]
