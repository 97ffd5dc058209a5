"""Rows found by what their cells hold, kept up while cells change: by equal values, by a range, by an interval."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from itertools import compress, zip_longest
from typing import Any, Protocol

from codaform.evaluation.ranges import FEW_ROWS, Bounds, Ordered, has
from codaform.evaluation.rows.code import UNKNOWN, KnownCells
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Error, Row
from codaform.semantics.ir import Key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_FILLED: Bounds = (None, False, None, False, False, False)
"""The range of all values but blanks."""

MISSING: Any = object()
"""The key of a row that is not in an index: it is gone, or a cell of it is an error."""


class Rows(Protocol):
    """The rows that an index is made of."""

    def rows(self, table: str) -> list[Row]:
        """The rows of a table, in order."""

    def span(self, table: str) -> slice | None:
        """Where the rows of a table are in a list by numbers, if they are in order there, with no others between."""

    def holds(self, row: Row) -> bool:
        """Whether a row is there."""

    def place(self, row: Row) -> int:
        """Where a row stands among those of its table: a number that grows from row to row."""

    def in_order(self, table: str, rows: list[Row]) -> None:
        """Put rows of a table into its order."""


def keyed(kind: Type, zone: tzinfo) -> Callable[[Any], Any]:
    """How a value of a type becomes a key: two values are equal when their keys are.

    zone: Of moments without one.
    """
    match kind:
        case RowOf():
            return row_key
        case types.TEXT:
            return lambda value: value or None
        case types.DATE:
            return day_key
        case types.DATETIME:
            return lambda value: None if value is None else _microseconds(value, zone)
        case ListOf(item):
            one = keyed(item, zone)
            return lambda value: [one(part) for part in value or ()]
    return own_key


def _microseconds(moment: datetime, zone: tzinfo) -> int:
    """The number of a moment."""
    passed = (moment if moment.tzinfo else moment.replace(tzinfo=zone)) - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def row_key(value: Row | None) -> int | None:
    """The number of a row; blank for a blank."""
    return None if value is None else value.id


def day_key(value: date | None) -> int | None:
    """The number of a day, as Python compares whole numbers much faster than dates; blank for a blank."""
    return None if value is None else value.toordinal()


def own_key(value: Any) -> Any:
    """The value itself."""
    return value


class Index:
    """The rows of a table by the values of columns: those of `equal` are the same, those of `ranged` in order.

    same, order: By the number of a row, its equal values and its value in order; MISSING where it is not found.
    groups: The rows by their equal values: a list, or `Ordered` for many rows with a value in order.
    ready: Whether it can answer without a refresh: nothing is stale, and no cell is an error.
    stale: The rows whose cells may have changed since; None means all rows, and then nothing is known.
    moved: The rows that are found by another key than before, with both, for who wants to know.
    faults: The rows of which a cell is an error.
    kin: The index by the equal values alone, if there was one before; where it is ready, its lists of rows are taken.
    built: Whether all rows were looked at once, so that another look finds what moved.
    """

    def __init__(
        self, book: Rows, table: str, equal: tuple[KeyColumn, ...], ranged: KeyColumn | None, kin: Index | None
    ) -> None:
        self.book = book
        self.kin = kin
        self.table = table
        self.equal = equal
        self.ranged = ranged
        self.many = len(equal) == 1 and isinstance(equal[0].kind, ListOf)
        self.same: list[Any] = []
        self.order: list[Any] = []
        self.groups: dict[Any, Any] = {}
        self.faults: set[int] = set()
        self.ready = False
        self.stale: set[int] | None = None
        self.moved: list[tuple[int, Any, Any]] = []
        self.touched = False
        self.watched = False
        self.built = False

    # ------------------------------------------------------------ asking

    def found(self, key: Any) -> list[Row]:
        """The rows whose cells equal the key, in order. The list is never changed."""
        if not self.ready:
            self.refresh()
        return self.groups.get(key) or []

    def between(self, key: Any, bounds: Bounds) -> list[Row]:
        """The rows whose cells equal the key and whose value is in a range, in order."""
        if not self.ready:
            self.refresh()
        group = self.groups.get(key)
        if group is None:
            return []
        if group.__class__ is list:
            return [row for row in group if has(bounds, self.order[row.id])]
        return self.cut(group, bounds)

    def cut(self, group: Ordered, bounds: Bounds) -> list[Row]:
        """The rows of many whose value is in a range, in order."""
        if not self.equal and bounds == _FILLED:
            order = self.order  # most rows, so they are not sorted again
            return [row for row in self.book.rows(self.table) if order[row.id] is not None]
        found = group.within(bounds)
        self.book.in_order(self.table, found)
        return found

    @property
    def usable(self) -> bool:
        """Whether no cell that it is made of is an error."""
        if not self.ready:
            self.refresh()
        return self.ready

    def key(self, id: int) -> Any:
        """The key by which a row is found; MISSING for a row that is not found."""
        same = self.same[id] if id < len(self.same) else MISSING
        return same if same is MISSING or self.ranged is None else (same, self.order[id])

    # ------------------------------------------------------------ keeping up

    def mark(self, rows: Iterable[int] | None) -> None:
        """Cells of these rows may have changed; None are all."""
        self.touched, self.ready = True, False
        if rows is None:
            self.stale = None
        elif self.stale is not None:
            self.stale.update(rows)

    def refresh(self) -> None:
        """Look at the rows that may have changed.

        Computing a cell for the index may pause for another one, which refreshes this index as well: so a refresh
        stores what it found only if the index has not changed since.
        """
        while self.stale or self.stale is None:
            if self.stale is None:
                self._build()
                continue
            self._renew(next(iter(self.stale)))
        self.ready = not self.faults

    def peek(self) -> None:
        """Look at the rows that may have changed and whose cells are known; compute none."""
        if self.stale is None:
            self._build(peeking=True)
        elif self.stale:
            for id in [id for id in self.stale if self._is_known(id)]:
                self._renew(id)

    def _is_known(self, id: int) -> bool:
        return all(column.is_known(id) for column in self._columns())

    def _renew(self, id: int) -> None:
        """Find a row by what its cells hold now."""
        row = Row(self.table, id)
        was_fault = id in self.faults
        after = self._key(row) if self.book.holds(row) else self._gone(id)
        if self.stale is None or id not in self.stale:
            return
        self.stale.discard(id)
        before = self.key(id)
        if before is after or (before is not MISSING and after is not MISSING and before == after):
            if self.watched and (was_fault or id in self.faults):
                self.moved.append((id, MISSING, MISSING))  # who looks at all rows comes across it
            return
        if before is not MISSING:
            for key, value in self.places(before):
                self._drop(key, value, row)
        self._note(id, after)
        if after is not MISSING:
            for key, value in self.places(after):
                self._put(key, value, row)
        if self.watched:
            self.moved.append((id, before, after))

    def _note(self, id: int, key: Any) -> None:
        """Know what a row is found by."""
        parts = (key, MISSING) if self.ranged is None or key is MISSING else key
        for known, part in zip((self.same, self.order), parts, strict=True):
            known.extend([MISSING] * (id + 1 - len(known)))
            known[id] = part

    def _gone(self, id: int) -> Any:
        self.faults.discard(id)
        return MISSING

    def _build(self, peeking: bool = False) -> None:
        """Look at all rows. peeking: Compute nothing; a row whose cells are not known stays stale."""
        noting, self.touched = self.watched and self.built, False
        before = [self.key(id) for id in range(len(self.same))] if noting else []
        rows, span, unknown = self.book.rows(self.table), self.book.span(self.table), set[int]()
        if peeking and not all(cells.entered for column in self._columns() for cells in column.steps):
            unknown = {row.id for row in rows if not self._is_known(row.id)}
            rows, span = [row for row in rows if row.id not in unknown], None
        faults: set[int] = set()
        kin = self.kin if self.kin is not None and self.kin.ready and not peeking else None
        each = [column.keys(rows, span, faults) for column in self.equal] if kin is None else []
        order = [] if self.ranged is None else self.ranged.keys(rows, span, faults)
        if self.touched:
            return  # something has changed meanwhile
        if faults and kin is not None:
            kin, each = None, [column.keys(rows, span, faults) for column in self.equal]
        if faults:
            kept, span = [row.id not in faults for row in rows], None
            rows, order, *each = (list(compress(column, kept)) for column in (rows, order, *each))
        self.order = _by_number(rows, span, order)
        if kin is not None:
            self.same = [*kin.same]
            self.groups = {key: self._in_order(group) for key, group in kin.groups.items()}
        else:
            same = each[0] if len(each) == 1 else list(zip(*each, strict=True)) if each else [()] * len(rows)
            self.same, self.groups = _by_number(rows, span, same), self._grouped(rows, same)
        self.faults, self.stale, self.built = faults, unknown, True
        after = [self.key(id) for id in range(len(self.same))] if noting else []
        for id, (old, new) in enumerate(zip_longest(before, after, fillvalue=MISSING)):
            if old is not new and (old is MISSING or new is MISSING or old != new):
                self.moved.append((id, old, new))

    def _grouped(self, rows: list[Row], same: list[Any]) -> dict[Any, Any]:
        """Rows by their equal values. Many with a value in order are put in its order."""
        if not self.equal:
            return {(): Ordered(rows, self.order)}
        groups: defaultdict[Any, list[Row]] = defaultdict(list)
        if self.many:
            for several, row in zip(same, rows, strict=True):
                for key in dict.fromkeys(several):
                    groups[key].append(row)
        else:
            for key, row in zip(same, rows, strict=True):
                groups[key].append(row)
        if self.ranged is None:
            return dict(groups)
        return {key: self._in_order(group) for key, group in groups.items()}

    def _in_order(self, group: list[Row]) -> list[Row] | Ordered:
        """Rows of a group as they are asked: many in the order of their values, if there is one."""
        many = self.ranged is not None and (len(group) > FEW_ROWS or not self.equal)
        return Ordered(group, self.order) if many else group

    def _columns(self) -> tuple[KeyColumn, ...]:
        return self.equal if self.ranged is None else (*self.equal, self.ranged)

    def _key(self, row: Row) -> Any:
        """The key of a row; MISSING, and a fault, where a cell is an error.

        Of one equal column its value, of several a tuple; the value in order apart.
        """
        self.faults.discard(row.id)
        keys = []
        for column in self._columns():
            value = column.read(row)
            if value.__class__ is Error:
                self.faults.add(row.id)
                return MISSING
            keys.append(column.key(value))
        order = None if self.ranged is None else keys.pop()
        same = keys[0] if len(keys) == 1 else tuple(keys)
        return same if self.ranged is None else (same, order)

    def places(self, key: Any) -> Iterable[tuple[Any, Any]]:
        """The groups that a row with a key is in, and its value in order there."""
        same, value = (key, None) if self.ranged is None else key
        return [(item, value) for item in dict.fromkeys(same)] if self.many else ((same, value),)

    def _put(self, key: Any, value: Any, row: Row) -> None:
        """Add a row to a group: to a new list of rows, as the old one was lent."""
        group = self.groups.get(key)
        if isinstance(group, Ordered):
            group.put(value, row)
            return
        group = [*(group or ())]
        insort(group, row, key=self.book.place)
        self.groups[key] = self._in_order(group)

    def _drop(self, key: Any, value: Any, row: Row) -> None:
        group = self.groups[key]
        if isinstance(group, Ordered):
            group.drop(value, row)
            return
        group = [other for other in group if other.id != row.id]
        if group:
            self.groups[key] = group
        else:
            del self.groups[key]


@dataclass(frozen=True, slots=True, eq=False)
class KeyColumn:
    """A column that an index is made of: its name, the type of its values, how a value becomes a key.

    steps: The cells that are read, one behind the other: those of the row, of the row that they hold, and so on.
    """

    name: Key
    kind: Type
    steps: tuple[KnownCells, ...]
    key: Callable[[Any], Any]

    def read(self, row: Row) -> Any:
        """The value for a row; blank behind a blank, an Error where a cell on the way is one."""
        value: Any = row
        for cells in self.steps:
            if value.__class__ is not Row:
                return value
            row, value = value, cells.values[value.id]
            if value is UNKNOWN:
                value = cells.compute(row)
        return value

    def known(self, row: Row) -> Any:
        """The key for a row; MISSING where a cell on the way is not known, or an error."""
        value: Any = row
        for cells in self.steps:
            if value.__class__ is Row:
                value = cells.values[value.id]
        return MISSING if value.__class__ is Error else self.key(value)

    def keys(self, rows: list[Row], span: slice | None, faults: set[int]) -> list[Any]:
        """The keys of rows. Where a cell on the way is an error, that, and the row's number is added to the faults.

        span: Where they are in a list by numbers, if they are together there.
        """
        values, key = self.steps[0].values, self.key
        known = [values[row.id] for row in rows] if span is None else values[span]
        for cells in self.steps[1:]:
            values = cells.values
            known = [values[end.id] if end.__class__ is Row else end for end in known]

        def other(row: Row) -> Any:
            """The key of a row where a cell is not known yet, or an error."""
            found = self.read(row)
            if found.__class__ is Error:
                faults.add(row.id)
                return found
            return key(found)

        both = zip(rows, known, strict=True)
        if key is row_key:
            return [end.id if end.__class__ is Row else None if end is None else other(row) for row, end in both]
        if key is day_key:
            return [
                day.toordinal() if day.__class__ is date else None if day is None else other(row) for row, day in both
            ]
        if key is own_key:
            return [value if value.__class__ is not Error else other(row) for row, value in both]
        return [key(value) if value.__class__ is not Error else other(row) for row, value in both]

    def is_known(self, id: int) -> bool:
        """Whether the value for a row is known."""
        for cells in self.steps:
            value = cells.values[id]
            if value is UNKNOWN:
                return False
            if value.__class__ is not Row:
                return True
            id = value.id
        return True


def _by_number(rows: list[Row], span: slice | None, keys: list[Any]) -> list[Any]:
    """Keys of rows by the numbers of the rows; MISSING for other numbers."""
    if not keys:
        return []
    if span is not None:
        return [MISSING] * span.start + keys
    found = [MISSING] * (max(row.id for row in rows) + 1)
    for row, key in zip(rows, keys, strict=True):
        found[row.id] = key
    return found
