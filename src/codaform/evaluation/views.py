"""The rows of a view, kept up while rows and cells change."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from functools import cmp_to_key
from typing import Any

from codaform.model.values import EvaluationError, Row

Order = Callable[[Any, Any], int]
"""Which of two values comes first. It raises EvaluationError where none does."""


class ViewRows:
    """The rows that a view shows, in its order.

    shows: Whether a row fulfils the view's condition.
    sorted_by: The value that its rows are sorted by, as `order` says; by their place in the table without it, and where
        two are equal.
    """

    def __init__(
        self,
        place: Callable[[Row], int],
        shows: Callable[[Row], bool],
        sorted_by: Callable[[Row], Any] | None,
        order: Order,
        descending: bool,
        limit: int | None,
    ) -> None:
        self._place = place
        self._shows = shows
        self._sorted_by = sorted_by
        self._order = order
        self._keyed = cmp_to_key(self._comparison)
        self._descending = descending
        self._limit = limit
        self._keys: list[Any] = []
        self._key_of: dict[int, Any] = {}
        self._disordered = False
        self.rows: list[Row] = []
        self.stale: set[int] | None = None

    def mark(self, rows: Iterable[int] | None) -> None:
        """These rows may have changed, or all."""
        if rows is None:
            self.stale = None
        elif self.stale is not None:
            self.stale.update(rows)

    def refresh(self, all_rows: Callable[[], list[Row]], there: Callable[[int], Row | None]) -> bool:
        """Look at the rows that may have changed; whether other rows are shown, or in another order."""
        before = self.rows
        while self.stale and not self._disordered:
            id = next(iter(self.stale))
            self._renew(id, there(id))
            self.stale.discard(id)
        if self.stale is None or self._disordered:
            self._build(all_rows())
        self.rows = [row for _, row in self._keys[: self._limit]]
        return self.rows != before

    def _build(self, rows: list[Row]) -> None:
        self._disordered = False
        shown = [(self._key(row), row) for row in rows if self._shows(row)]
        shown.sort(key=_first)
        self._keys = shown
        self._key_of = {row.id: key for key, row in shown}
        self.stale = set()

    def _renew(self, id: int, row: Row | None) -> None:
        known = self._key_of.pop(id, None)
        if known is not None:
            at = bisect_left(self._keys, known, key=_first)
            if at >= len(self._keys) or self._keys[at][1].id != id:
                self._disordered = True
                return
            del self._keys[at]
        if row is not None and self._shows(row):
            key = self._key_of[id] = self._key(row)
            insort(self._keys, (key, row), key=_first)

    def _key(self, row: Row) -> Any:
        place = self._place(row)
        return place if self._sorted_by is None else (self._keyed(self._sorted_by(row)), place)

    def _comparison(self, first: Any, second: Any) -> int:
        try:
            result = self._order(first, second)
        except EvaluationError:
            self._disordered = True
            return 0
        return -result if self._descending else result


def _first(pair: tuple[Any, Row]) -> Any:
    return pair[0]
