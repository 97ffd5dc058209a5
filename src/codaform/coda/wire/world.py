"""What values on the wire need to know of the doc that they are of."""

from __future__ import annotations

from datetime import tzinfo
from typing import Literal, Protocol

from codaform.model.values import Person, Row

Form = Literal["simple", "simpleWithArrays", "rich"]
"""The three forms of a value, by the names of the API's `valueFormat`."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Cells(Protocol):
    """What values of cells need to know of the doc."""

    @property
    def zone(self) -> tzinfo:
        """The doc's time zone."""

    def display(self, row: Row) -> str:
        """What the row is displayed as; empty for a row without a text, or one that is gone."""

    def row_id(self, row: Row) -> str:
        """The id of a row, `i-…`."""

    def table_id(self, name: str) -> str:
        """The id of a table, `grid-…`."""

    def row_link(self, row: Row) -> str:
        """The address of a row for a browser."""

    def table_link(self, name: str) -> str:
        """The address of a table for a browser."""

    def row_by_id(self, id: str, table: str) -> Row | None:
        """The row of a table that has this id."""

    def find(self, text: str, table: str) -> Row | None:
        """The first row of a table that is displayed as exactly this text."""

    def person(self, text: str) -> Person:
        """The person of an e-mail address or a name; somebody new where nobody is known by it."""
