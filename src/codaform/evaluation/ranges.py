"""Ranges of values: rows in the order of a value, the limits of a range, and who asked for which range."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from math import frexp, inf
from typing import Any

from codaform.model.values import Row

FEW_ROWS = 32
"""Up to so many rows are asked one by one."""

_PART = 1_000
"""So many rows in order are kept together; a part of twice as many becomes two."""

Bounds = tuple[Any, bool, Any, bool, bool, bool]
"""A range of keys: the lower limit, whether it is left out, the upper limit, whether it is left out, whether a blank is
in the range, and whether nothing else is. A limit that is None is none. A plain tuple, as each look-up makes one."""

ALL: Bounds = (None, False, None, False, True, False)


def narrowed(bounds: Bounds, sign: str, key: Any) -> Bounds:
    """A range with a comparison taken into account: what is in it is on this side of the key."""
    low, low_open, high, high_open, blank, nothing = bounds
    match sign, key:
        case ">=", None:
            pass
        case ">", None:
            blank = False
        case "<=", None:
            nothing = True
        case "<", None:
            nothing, blank = True, False
        case ((">=" | ">"), _):
            blank = False
            if low is None or key > low or (key == low and sign == ">"):
                low, low_open = key, sign == ">"
        case _:
            if high is None or key < high or (key == high and sign == "<"):
                high, high_open = key, sign == "<"
    return low, low_open, high, high_open, blank, nothing


def has(bounds: Bounds, key: Any) -> bool:
    """Whether a key is in a range."""
    low, low_open, high, high_open, blank, nothing = bounds
    if key is None:
        return blank
    if nothing:
        return False
    if low is not None and (key < low or (low_open and key == low)):
        return False
    return high is None or key < high or (key == high and not high_open)


class Ordered:
    """Rows by a value that has an order. They are kept in parts, so that a new one moves few others.

    rows: In any order. keys: Their values, by the numbers of rows; a blank is smaller than everything.
    parts: The values in order, with their rows. firsts: The first value of each part. blanks: By number, rows without.
    """

    __slots__ = ("blanks", "firsts", "parts")

    def __init__(self, rows: list[Row], keys: list[Any]) -> None:
        self.blanks = {row.id: row for row in rows if keys[row.id] is None}
        known = [row for row in rows if keys[row.id] is not None] if self.blanks else [*rows]
        known.sort(key=lambda row: keys[row.id])
        values = [keys[row.id] for row in known]
        starts = range(0, len(known), _PART)
        self.parts = [(values[at : at + _PART], known[at : at + _PART]) for at in starts]
        self.firsts = [values[at] for at in starts]

    def put(self, value: Any, row: Row) -> None:
        """Add a row."""
        if value is None:
            self.blanks[row.id] = row
            return
        if not self.parts:
            self.parts.append(([], []))
            self.firsts.append(value)
        part = max(bisect_right(self.firsts, value) - 1, 0)
        values, rows = self.parts[part]
        at = bisect_right(values, value)
        values.insert(at, value)
        rows.insert(at, row)
        self.firsts[part] = values[0]
        if len(values) > 2 * _PART:
            self.parts[part : part + 1] = [(values[:_PART], rows[:_PART]), (values[_PART:], rows[_PART:])]
            self.firsts.insert(part + 1, values[_PART])

    def drop(self, value: Any, row: Row) -> None:
        """Remove a row."""
        if value is None:
            del self.blanks[row.id]
            return
        for part in range(max(bisect_left(self.firsts, value) - 1, 0), len(self.parts)):
            values, rows = self.parts[part]
            for at in range(bisect_left(values, value), bisect_right(values, value)):
                if rows[at].id == row.id:
                    del values[at], rows[at]
                    if values:
                        self.firsts[part] = values[0]
                    else:
                        del self.parts[part], self.firsts[part]
                    return

    def within(self, bounds: Bounds) -> list[Row]:
        """The rows whose value is in a range, in any order."""
        low, low_open, high, high_open, blank, nothing = bounds
        found = [*self.blanks.values()] if blank else []
        if nothing:
            return found
        first = 0 if low is None else max(bisect_left(self.firsts, low) - 1, 0)
        end = len(self.parts) if high is None else bisect_right(self.firsts, high)
        for values, rows in self.parts[first:end]:
            start = 0 if low is None else (bisect_right if low_open else bisect_left)(values, low)
            stop = len(rows) if high is None else (bisect_left if high_open else bisect_right)(values, high)
            found += rows[start:stop]
        return found


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
        low, _, high, _, blank, nothing = bounds
        if nothing:
            if blank:
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
        if low is not None and high is not None:
            length = high - low
            if of_length not in self.longest or self.longest[of_length] < length:
                self.longest[of_length] = length

    def drop(self, who: Any) -> None:
        """Remove a range."""
        bounds = self.known.pop(who)
        self.unmeasured.discard(who)
        if bounds[-1]:
            return
        of_length, key = self._where(bounds)
        if of_length is not None:
            self.lengths[of_length].remove((key, who))

    def around(self, value: Any) -> Iterator[Any]:
        """Who asked for a range that a value is in."""
        for who in self.unmeasured:
            if has(self.known[who], value):
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
                if has(self.known[who], value):
                    yield who

    def _near(self, value: Any, of_length: Any) -> tuple[Any, Any]:
        try:
            return (value - self.longest[of_length], ()), (value, (inf,))
        except OverflowError:
            return None, (value, (inf,))

    def _where(self, bounds: Bounds) -> tuple[Any, Any]:
        """With which ranges one is kept, and by what; None where lengths cannot be compared."""
        low, _, high, *_ = bounds
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
