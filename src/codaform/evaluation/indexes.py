"""Rows found by what their cells hold, kept up while cells change: by equal values, by a range, by an interval."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Protocol

from codaform.evaluation.ranges import FEW_ROWS, Bounds, Few, Ordered
from codaform.evaluation.rows.code import UNKNOWN, KnownCells
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Error, Row, instant
from codaform.semantics.ir import Key

MISSING: Any = object()
"""The key of a row that is not in an index: it is gone, or a cell of it is an error."""


class Rows(Protocol):
    """The rows that an index is made of."""

    def rows(self, table: str) -> list[Row]:
        """The rows of a table, in order."""

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
            return _row_key
        case types.TEXT:
            return lambda value: value or None
        case types.DATETIME:
            return lambda value: (
                None if value is None else instant(value if value.tzinfo else value.replace(tzinfo=zone))
            )
        case ListOf(item):
            one = keyed(item, zone)
            return lambda value: [one(part) for part in value or ()]
    return lambda value: value


def _row_key(value: Any) -> Any:
    return None if value is None else value.id


class Index:
    """The rows of a table by the values of columns: those of `equal` are the same, those of `ranged` in order.

    keys: By the number of a row, what it is found by: the equal values, and the value in order.
    stale: The rows whose cells may have changed since; None means all rows, and then nothing is known.
    moved: The rows that are found by another key than before, with both, for who wants to know.
    faults: The rows of which a cell is an error.
    built: Whether all rows were looked at once, so that another look finds what moved.
    """

    def __init__(self, book: Rows, table: str, equal: tuple[KeyColumn, ...], ranged: KeyColumn | None) -> None:
        self.book = book
        self.table = table
        self.equal = equal
        self.ranged = ranged
        self.many = len(equal) == 1 and isinstance(equal[0].kind, ListOf)
        self.keys: dict[int, Any] = {}
        self.groups: dict[Any, Any] = {}
        self.faults: set[int] = set()
        self.stale: set[int] | None = None
        self.moved: list[tuple[int, Any, Any]] = []
        self.touched = False
        self.watched = False
        self.built = False

    # ------------------------------------------------------------ asking

    def found(self, key: Any) -> list[Row]:
        """The rows whose cells equal the key, in order. The list is never changed."""
        if self.stale is None or self.stale:
            self.refresh()
        return self.groups.get(key) or []

    def between(self, key: Any, bounds: Bounds) -> list[Row]:
        """The rows whose cells equal the key and whose value is in a range, in order."""
        if self.stale is None or self.stale:
            self.refresh()
        ordered = self.groups.get(key)
        if ordered is None:
            return []
        found: list[Row] = []
        parts = 0
        for rows in ordered.within(bounds):
            if rows:
                found.extend(rows)
                parts += 1
        if parts > 1:
            self.book.in_order(self.table, found)
        return found

    @property
    def usable(self) -> bool:
        """Whether no cell that it is made of is an error."""
        if self.stale is None or self.stale:
            self.refresh()
        return not self.faults

    # ------------------------------------------------------------ keeping up

    def mark(self, rows: Iterable[int] | None) -> None:
        """Cells of these rows may have changed; None are all."""
        self.touched = True
        if rows is None:
            self.stale = None
        elif self.stale is not None:
            self.stale.update(rows)

    def refresh(self) -> None:
        """Look at the rows that may have changed.

        A cell that is computed for it may be set aside for another question, which refreshes this index as well: so
        what was found is taken over only where nothing else has changed it since.
        """
        while self.stale or self.stale is None:
            if self.stale is None:
                self._build()
                continue
            self._renew(next(iter(self.stale)))

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
        before = self.keys.get(id, MISSING)
        if before is after or (before is not MISSING and after is not MISSING and before == after):
            if self.watched and (was_fault or id in self.faults):
                self.moved.append((id, MISSING, MISSING))  # who looks at all rows comes across it
            return
        if before is not MISSING:
            for key, value in self.places(before):
                self._drop(key, value, row)
            del self.keys[id]
        if after is not MISSING:
            self.keys[id] = after
            for key, value in self.places(after):
                self._put(key, value, row)
        if self.watched:
            self.moved.append((id, before, after))

    def _gone(self, id: int) -> Any:
        self.faults.discard(id)
        return MISSING

    def _build(self, peeking: bool = False) -> None:
        """Look at all rows. peeking: Compute nothing; a row whose cells are not known stays stale."""
        known, self.touched = self.keys, False
        columns = self._columns()
        peeking = peeking and not all(cells.entered for column in columns for cells in column.steps)
        simple = len(columns) == 1 and len(columns[0].steps) == 1 and not self.many and not peeking
        if simple:
            keys, groups, faults, unknown = self._simply()
        elif len(self.equal) == 1 and not self.many and not peeking:
            keys, groups, faults, unknown = self._by_two()
        else:
            keys, groups, faults, unknown = self._in_full(peeking)
        if self.touched:
            return  # something has changed meanwhile
        self.keys, self.groups, self.faults, self.stale = keys, groups, faults, unknown
        was_built, self.built = self.built, True
        for id in known.keys() | keys.keys() if self.watched and was_built else ():
            before, after = known.get(id, MISSING), keys.get(id, MISSING)
            if before is MISSING or after is MISSING or before != after:
                self.moved.append((id, before, after))

    def _in_full(self, peeking: bool) -> tuple[dict[int, Any], dict[Any, Any], set[int], set[int]]:
        keys: dict[int, Any] = {}
        groups: dict[Any, Any] = {}
        unknown: set[int] = set()
        self.faults = set()
        for row in self.book.rows(self.table):
            if peeking and not self._is_known(row.id):
                unknown.add(row.id)
            elif (key := self._key(row)) is not MISSING:
                keys[row.id] = key
                for group, value in self.places(key):
                    self._put(group, value, row, groups)
        return keys, groups, self.faults, unknown

    def _simply(self) -> tuple[dict[int, Any], dict[Any, Any], set[int], set[int]]:
        """The rows by one column, the usual case."""
        (column,) = self._columns()
        (cells,) = column.steps
        values, compute, key_of = cells.values, cells.compute, column.key
        keys: dict[int, Any] = {}
        groups: dict[Any, Any] = {}
        faults: set[int] = set()
        for row in self.book.rows(self.table):
            value = values[row.id]
            if value is UNKNOWN:
                value = compute(row)
            if value.__class__ is Error:
                faults.add(row.id)
                continue
            keys[row.id] = key = key_of(value)
            group = groups.get(key)
            if group is None:
                groups[key] = [row]
            else:
                group.append(row)
        if self.ranged is None:
            return keys, groups, faults, set()
        ordered = Ordered()
        ordered.blanks, ordered.buckets = groups.pop(None, []), groups
        return keys, {(): ordered}, faults, set()

    def _by_two(self) -> tuple[dict[int, Any], dict[Any, Any], set[int], set[int]]:
        """The rows by one column, and in the order of another, or by one column behind a relation."""
        (first,), second = self.equal, self.ranged
        keys: dict[int, Any] = {}
        groups: dict[Any, Any] = {}
        faults: set[int] = set()
        for row in self.book.rows(self.table):
            equal = first.read(row)
            value = None if second is None else second.read(row)
            if equal.__class__ is Error or value.__class__ is Error:
                faults.add(row.id)
                continue
            equal = first.key(equal)
            group = groups.get(equal)
            if second is None:
                keys[row.id] = equal
                if group is None:
                    groups[equal] = [row]
                else:
                    group.append(row)
                continue
            value = second.key(value)
            keys[row.id] = (equal, value)
            if group is None:
                group = groups[equal] = Few()
            group.items.append((value, row))
        if second is not None:
            for key, group in groups.items():
                if len(group.items) > FEW_ROWS:
                    groups[key] = group.ordered(self.book.place)
        return keys, groups, faults, set()

    def _columns(self) -> tuple[KeyColumn, ...]:
        return self.equal if self.ranged is None else (*self.equal, self.ranged)

    def _key(self, row: Row) -> Any:
        """The key of a row; MISSING, and a fault, where a cell is an error.

        With one column its value; with several their values, and that of the one in order apart.
        """
        self.faults.discard(row.id)
        keys = []
        for column in self._columns():
            value = column.read(row)
            if value.__class__ is Error:
                self.faults.add(row.id)
                return MISSING
            keys.append(column.key(value))
        if len(keys) == 1:
            return keys[0]
        if self.ranged is None:
            return tuple(keys)
        return (keys[0] if len(keys) == 2 else tuple(keys[:-1]), keys[-1])

    def places(self, key: Any) -> Iterable[tuple[Any, Any]]:
        """The groups that a row with a key is in, and its value in order there."""
        if self.many:
            one, value = (key, None) if self.ranged is None else key
            return [(item, value) for item in dict.fromkeys(one)]
        if self.ranged is None:
            return ((key, None),)
        return ((key if self.equal else ((), key)),)

    def _put(self, key: Any, value: Any, row: Row, building: dict[Any, Any] | None = None) -> None:
        """Add a row to a group: while building to its list, later to a new list, as the old one was lent."""
        place = self.book.place
        groups = self.groups if building is None else building
        if self.ranged is not None:
            ordered = groups.get(key)
            if ordered is None:
                ordered = groups[key] = Few() if self.equal else Ordered()
            ordered.put(value, row, place)
            if type(ordered) is Few and len(ordered.items) > FEW_ROWS:
                groups[key] = ordered.ordered(place)
            return
        group = groups.get(key)
        if group is None:
            groups[key] = [row]
        elif building is not None:
            group.append(row)
        else:
            group = [*group]
            insort(group, row, key=place)
            groups[key] = group

    def _drop(self, key: Any, value: Any, row: Row) -> None:
        if self.ranged is not None:
            self.groups[key].drop(value, row)
            return
        group = [other for other in self.groups[key] if other.id != row.id]
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
        if len(self.steps) == 1:
            value = self.steps[0].values[row.id]
            return self.steps[0].compute(row) if value is UNKNOWN else value
        value = row
        for cells in self.steps:
            if value.__class__ is not Row:
                return value
            row, value = value, cells.values[value.id]
            if value is UNKNOWN:
                value = cells.compute(row)
        return value

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
