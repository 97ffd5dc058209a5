"""The rows that a database is given: their entered cells, from wherever they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Protocol

from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, value_type
from codaform.sql.dialects.dialect import Dialect
from codaform.sql.fitting import fits, largest
from codaform.sql.kinds import encoded

GivenValues = Any
"""Values as `kinds.encoded` gives them, in the order of rows: a list, or an array of pyarrow."""


@dataclass
class GivenCells:
    """The cells of an entered column.

    values: None where a dialect does not have the value. misfits: Where that is so; None for nowhere.
    sure: Whether there is a value everywhere. most: The largest number among them, or of microseconds, without its
        sign; infinite where that is not known.
    """

    values: GivenValues
    misfits: list[bool] | None = None
    sure: bool = False
    most: float = inf


class EnteredRows(Protocol):
    """The rows of a doc."""

    @property
    def book(self) -> Workbook:
        """The workbook of the doc, with the rows or without."""

    @property
    def filled(self) -> Workbook:
        """The workbook with the rows, for what only the row-wise engine computes."""

    def count(self, table: str) -> int:
        """How many rows a table has."""

    def numbers(self, table: str) -> GivenValues:
        """The numbers of a table's rows."""

    def cells(self, table: str, declared: Column, dialect: Dialect) -> GivenCells:
        """The cells of a column."""


@dataclass(frozen=True)
class WorkbookRows:
    """The rows of a workbook."""

    book: Workbook

    @property
    def filled(self) -> Workbook:
        """The workbook."""
        return self.book

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return len(self.filled.rows(table))

    def numbers(self, table: str) -> list[int]:
        """The numbers of a table's rows."""
        return [row.id for row in self.filled.rows(table)]

    def cells(self, table: str, declared: Column, dialect: Dialect) -> GivenCells:
        """The cells of a column."""
        held = self.filled.cells(table, declared.name).values
        return given_cells([held[row.id] for row in self.filled.rows(table)], declared, dialect)


def given_cells(values: Sequence[Any], declared: Column, dialect: Dialect) -> GivenCells:
    """Cells of a column, from values of the language."""
    kind = value_type(declared)
    sound = [fits(value, kind, dialect) for value in values]
    if not all(sound):
        plain = [encoded(value) if fit else None for value, fit in zip(values, sound, strict=True)]
        return GivenCells(plain, [not fit for fit in sound])
    there = [value for value in values if value is not None and value != ""]
    return GivenCells([encoded(value) for value in values], None, len(there) == len(values), largest(there, kind))
