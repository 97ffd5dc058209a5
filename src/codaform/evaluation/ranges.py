"""Ranges of values: rows in the order of a value, the limits of a range, and who asked for which range."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from math import frexp, inf
from typing import Any

from codaform.model.values import Row

FEW_ROWS = 32
"""Up to so many rows are asked one by one."""

_MANY_VALUES = 1_000
"""From so many different values on they are kept in parts, so that a new one moves few others."""


@dataclass(slots=True)
class Bounds:
    """A range of keys. A limit that is None is none.

    blank: Whether a blank is in it. nothing: Whether nothing else is.
    """

    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False
    blank: bool = True
    nothing: bool = False

    def narrow(self, sign: str, key: Any) -> None:
        """Take a comparison into account: what is in the range is on this side of the key."""
        match sign, key:
            case ">=", None:
                pass
            case ">", None:
                self.blank = False
            case "<=", None:
                self.nothing = True
            case "<", None:
                self.nothing, self.blank = True, False
            case ((">=" | ">"), _):
                self.blank = False
                if self.low is None or key > self.low or (key == self.low and sign == ">"):
                    self.low, self.low_open = key, sign == ">"
            case _:
                if self.high is None or key < self.high or (key == self.high and sign == "<"):
                    self.high, self.high_open = key, sign == "<"
        if self.low is not None and self.high is not None and self.low > self.high:
            self.nothing = True

    def has(self, key: Any) -> bool:
        """Whether a key is in the range."""
        if key is None:
            return self.blank
        if self.nothing:
            return False
        if self.low is not None and (key < self.low or (self.low_open and key == self.low)):
            return False
        return self.high is None or key < self.high or (key == self.high and not self.high_open)


class Few:
    """A few rows with their values, in the table's order: each is asked whether it is in a range."""

    __slots__ = ("items",)

    def __init__(self) -> None:
        self.items: list[tuple[Any, Row]] = []

    def put(self, value: Any, row: Row, place: Callable[[Row], int]) -> None:
        """Add a row."""
        insort(self.items, (value, row), key=lambda item: place(item[1]))

    def drop(self, value: Any, row: Row) -> None:  # noqa: ARG002 - as Ordered drops one
        """Remove a row."""
        self.items = [item for item in self.items if item[1].id != row.id]

    def within(self, bounds: Bounds) -> Iterator[list[Row]]:
        """The rows whose value is in a range."""
        yield [row for value, row in self.items if bounds.has(value)]

    def ordered(self, place: Callable[[Row], int]) -> Ordered:
        """The same rows, for when they have become many."""
        found = Ordered()
        for value, row in self.items:
            found.put(value, row, place)
        return found


class Ordered:
    """Rows by a value that has an order. Blank is smaller than everything."""

    __slots__ = ("blanks", "buckets", "values")

    def __init__(self) -> None:
        self.buckets: dict[Any, list[Row]] = {}
        self.values: Any = None
        self.blanks: list[Row] = []

    def put(self, value: Any, row: Row, place: Callable[[Row], int]) -> None:
        """Add a row."""
        if value is None:
            insort(self.blanks, row, key=place)
            return
        bucket = self.buckets.get(value)
        if bucket is not None:
            if place(bucket[-1]) < place(row):
                bucket.append(row)
            else:
                insort(bucket, row, key=place)
            return
        self.buckets[value] = [row]
        if self.values is None:
            return  # the values are put in order when they are first asked for
        if isinstance(self.values, list):
            insort(self.values, value)
        else:
            self.values.add(value)

    def drop(self, value: Any, row: Row) -> None:
        """Remove a row."""
        bucket = self.blanks if value is None else self.buckets[value]
        del bucket[next(at for at, other in enumerate(bucket) if other.id == row.id)]
        if value is None:
            return
        if not bucket:
            del self.buckets[value]
            if isinstance(self.values, list):
                del self.values[bisect_left(self.values, value)]
            elif self.values is not None:
                self.values.remove(value)

    def within(self, bounds: Bounds) -> Iterator[list[Row]]:
        """The rows whose value is in a range, some at a time."""
        if bounds.blank:
            yield self.blanks
        if bounds.nothing:
            return
        values = self._sorted()
        low, high = bounds.low, bounds.high
        if isinstance(values, list):
            start = 0 if low is None else (bisect_right if bounds.low_open else bisect_left)(values, low)
            end = len(values) if high is None else (bisect_left if bounds.high_open else bisect_right)(values, high)
            chosen: Iterable[Any] = values[start:end]
        else:
            chosen = values.irange(low, high, (not bounds.low_open, not bounds.high_open))
        buckets = self.buckets
        for value in chosen:
            yield buckets[value]

    def _sorted(self) -> Any:
        if self.values is None:
            self.values = sorted(self.buckets)
        if isinstance(self.values, list) and len(self.values) > _MANY_VALUES:
            from sortedcontainers import SortedList

            self.values = SortedList(self.values)
        return self.values


@dataclass(slots=True)
class Intervals:
    """Who asked for which range: the other way round, a value finds the ranges that it is in.

    Ranges of about one length are kept together in the order of their beginnings, so that only those near a value are
    looked at; those without a beginning or an end, in the order of the other one.
    """

    known: dict[Any, Bounds] = field(default_factory=dict)
    lengths: dict[Any, Any] = field(default_factory=dict)
    longest: dict[Any, Any] = field(default_factory=dict)
    unmeasured: set[Any] = field(default_factory=set)

    def put(self, who: Any, bounds: Bounds) -> None:
        """Add a range."""
        self.known[who] = bounds
        if bounds.nothing:
            if bounds.blank:
                self.unmeasured.add(who)
            return
        of_length, key = self._where(bounds)
        if of_length is None:
            self.unmeasured.add(who)
            return
        if of_length not in self.lengths:
            from sortedcontainers import SortedList

            self.lengths[of_length] = SortedList()
        self.lengths[of_length].add((key, who))
        if bounds.low is not None and bounds.high is not None:
            length = bounds.high - bounds.low
            if of_length not in self.longest or self.longest[of_length] < length:
                self.longest[of_length] = length

    def drop(self, who: Any) -> None:
        """Remove a range."""
        bounds = self.known.pop(who)
        self.unmeasured.discard(who)
        if bounds.nothing:
            return
        of_length, key = self._where(bounds)
        if of_length is not None:
            self.lengths[of_length].remove((key, who))

    def around(self, value: Any) -> Iterator[Any]:
        """Who asked for a range that a value is in."""
        for who in self.unmeasured:
            if self.known[who].has(value):
                yield who
        for of_length, ranges in self.lengths.items():
            if value is None:
                candidates: Iterable[Any] = ranges if of_length == _NO_LOW else ()
            elif of_length == _NO_LOW:
                candidates = ranges.irange(minimum=(value, ()))
            elif of_length == _NO_HIGH:
                candidates = ranges.irange(maximum=(value, (inf,)))
            else:
                candidates = ranges.irange(*self._near(value, of_length))
            for _, who in candidates:
                if self.known[who].has(value):
                    yield who

    def _near(self, value: Any, of_length: Any) -> tuple[Any, Any]:
        try:
            return (value - self.longest[of_length], ()), (value, (inf,))
        except OverflowError:
            return None, (value, (inf,))

    def _where(self, bounds: Bounds) -> tuple[Any, Any]:
        """With which ranges one is kept, and by what; None where lengths cannot be compared."""
        low, high = bounds.low, bounds.high
        if low is None and high is None:
            return None, None
        if low is None:
            return _NO_LOW, high
        if high is None:
            return _NO_HIGH, low
        try:
            length = high - low
        except TypeError:
            return None, None
        seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
        return frexp(seconds)[1], low


_NO_LOW, _NO_HIGH = "no beginning", "no end"
