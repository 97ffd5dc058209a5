"""Where a migration happens: the rows of a folder, or a doc in Coda."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, Doc
from codaform.model.values import Row
from codaform.project.migration_file import Part
from codaform.project.migrations.canonical import Labels

Progress = Callable[[str, int, int], None]
"""Told what is at work, how many rows are done, and of how many."""


@dataclass
class Loaded:
    """The rows of a place in a workbook. names: A text for each row by which the place finds it again. unread: By table
    and column, how many cells could not be read."""

    book: Workbook
    names: dict[Row, str]
    unread: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.labels = Labels(self.book, self.name)
        self._rows = {(row.table, name): row for row, name in self.names.items()}

    def name(self, row: Row) -> str:
        """The text for a row; of a new one its number."""
        return self.names.get(row, f"#{row.id}")

    def know(self, row: Row, name: str) -> None:
        """Note the name of a row."""
        self.names[row] = name
        self._rows[row.table, name] = row

    def row(self, table: str, name: str) -> Row | None:
        """The row of a table that has a name."""
        return self._rows.get((table, name))


@dataclass(frozen=True, slots=True)
class RowWrite:
    """A row to write. row: In the workbook, which has the cells already. new: Whether the place does not have it yet.
    cells: The cells to write, by column."""

    row: Row
    new: bool
    cells: Mapping[str, object]


class Place(ABC):
    """Where a migration happens. Every method raises CannotRead or Failure, in one line, for what goes wrong.

    name: `files`, or the environment. ended: What was done besides, in sentences.
    """

    name: str
    ended: list[str]

    @property
    @abstractmethod
    def now(self) -> datetime:
        """The moment that counts for days of grace."""

    @property
    @abstractmethod
    def doc(self) -> Doc:
        """The doc as the folder has it."""

    @abstractmethod
    def load(self) -> Loaded:
        """The rows as they are now, with all accepted writes."""

    @abstractmethod
    def lacks(self, parts: Sequence[Part]) -> list[str]:
        """Which tables and columns are not there."""

    @abstractmethod
    def create(self, parts: Sequence[Part]) -> None:
        """Make tables and columns."""

    @abstractmethod
    def drop(self, parts: Sequence[Part]) -> None:
        """Remove tables and columns, after a backup."""

    @abstractmethod
    def fits(self, column: Column, value: object) -> str:
        """Why the place cannot hold a value; empty where it can."""

    @abstractmethod
    def batches(self, writes: Sequence[RowWrite]) -> Iterator[Sequence[RowWrite]]:
        """Rows of one table, as many at once as go in one write."""

    @abstractmethod
    def write(self, loaded: Loaded, batch: Sequence[RowWrite]) -> None:
        """Write a batch, and wait until it is done; links to new rows may be left to `write_links`."""

    @abstractmethod
    def write_links(self, loaded: Loaded, writes: Sequence[RowWrite]) -> None:
        """Write the relations that waited for new rows."""

    @abstractmethod
    def delete(self, loaded: Loaded, rows: Sequence[Row]) -> None:
        """Delete rows."""

    @abstractmethod
    def marked(self, table: str) -> str | None:
        """What stands where the place says that a table is old; None where it cannot say that."""

    @abstractmethod
    def mark(self, table: str, text: str) -> None:
        """Say of a table that it is old, or take that back; its rows do not change."""

    @abstractmethod
    def broken(self) -> Iterator[str]:
        """The formulas that have errors there now, in sentences."""

    @abstractmethod
    def blind_spots(self) -> list[str]:
        """What no rollback takes back here, in sentences."""
