"""Rows by what their cells hold, for whoever looks them up by the values of key columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from codaform.model.values import identity, is_blank
from codaform.server.doc.records import RowRecord


def cell_key(entered: Mapping[str, object], unfit: Mapping[str, str], column: str) -> object:
    """A key that two cells have in common when they hold the same. Blanks and boxes that are not ticked are one."""
    if column in unfit:
        return ("unfit", unfit[column])
    value = entered.get(column)
    return None if is_blank(value) or value is False else identity(value)


class CellKeys:
    """The numbers of rows by the keys of their cells. Each column is indexed when it is first asked for."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[object, set[int]]] = {}

    def add(self, record: RowRecord, columns: Iterable[str]) -> None:
        """Take note of what cells of a row hold now."""
        for column in columns:
            if column in self._columns:
                key = cell_key(record.entered, record.unfit, column)
                self._columns[column].setdefault(key, set()).add(record.number)

    def discard(self, record: RowRecord, columns: Iterable[str]) -> None:
        """Forget what cells of a row hold, before they change."""
        for column in columns:
            if column in self._columns:
                key = cell_key(record.entered, record.unfit, column)
                numbers = self._columns[column].get(key, set())
                numbers.discard(record.number)
                if not numbers:
                    self._columns[column].pop(key, None)

    def find(self, rows: Mapping[int, RowRecord], keys: Mapping[str, object]) -> Sequence[int]:
        """The numbers of the rows whose cells have all these keys, in order.

        rows: The rows of the table. keys: By column id, as `cell_key` makes them.
        """
        found: set[int] | None = None
        for column, key in keys.items():
            if column not in self._columns:
                self._columns[column] = {}
                for record in rows.values():
                    self.add(record, (column,))
            numbers = self._columns[column].get(key, set())
            found = numbers if found is None else found & numbers
        return sorted(found or ())
