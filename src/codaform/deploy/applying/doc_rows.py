"""The rows of a workbook by their ids in a doc, as values on the wire name them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from zoneinfo import ZoneInfo

from codaform.evaluation.workbook import Workbook
from codaform.model.values import Person, Row
from codaform.project import loading


class DocRows:
    """Which row of a workbook is which in a doc. tables: The ids of tables, by their names."""

    def __init__(self, book: Workbook, tables: Mapping[str, str]) -> None:
        self._book = book
        self._table_ids = tables
        self._by_row: dict[Row, str] = {}
        self.by_id: dict[str, Row] = {}
        self.zone: tzinfo = ZoneInfo(book.doc.time_zone)

    def know(self, row: Row, id: str) -> None:
        """Note the id of a row."""
        self._by_row[row], self.by_id[id] = id, row

    def display(self, row: Row) -> str:
        """The text that a row is displayed as."""
        return loading.display(self._book, row)

    def row_id(self, row: Row) -> str:
        """The id of a row; empty for one that is not there."""
        return self._by_row.get(row, "")

    def table_id(self, name: str) -> str:
        """The id of a table."""
        return self._table_ids.get(name, "")

    def row_link(self, row: Row) -> str:
        """Rows are written by their ids."""
        return self.row_id(row)

    def table_link(self, name: str) -> str:
        """Tables are written by their ids."""
        return self.table_id(name)

    def row_by_id(self, id: str, table: str) -> Row | None:
        """The row of an id."""
        found = self.by_id.get(id)
        return found if found is not None and found.table == table else None

    def find(self, text: str, table: str) -> Row | None:
        """The first row that is displayed as a text."""
        return self._book.find(text, table)

    def person(self, text: str) -> Person:
        """A person of an address or a name."""
        return Person(text.partition("@")[0], text) if "@" in text else Person(text)
