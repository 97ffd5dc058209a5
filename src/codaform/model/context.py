"""The facts from outside that a formula may read."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Protocol

from codaform.model.budget import Budget
from codaform.model.values import Person, Row


class Context(Protocol):
    """The doc, its settings and the clock, as a running formula sees them."""

    @property
    def now(self) -> datetime:
        """The moment of the run, in the doc's time zone."""

    @property
    def zone(self) -> tzinfo:
        """The doc's time zone."""

    @property
    def first_day_of_week(self) -> int:
        """The doc's setting, as `date.isoweekday` counts: Monday is 1, Sunday 7."""

    @property
    def user(self) -> Person | None:
        """The person who views the doc; blank without one, as through the API."""

    @property
    def budget(self) -> Budget:
        """What the running formula may still spend: a function that loops or grows beyond its arguments charges it."""

    def rows(self, table: str) -> list[Row]:
        """The rows of a table or of a view, in order."""

    def read(self, row: Row, column: str) -> object:
        """The value of a cell; blank for a row that is gone. Raises EvaluationError when the cell holds an error."""

    def display(self, row: Row) -> object:
        """The value of the row's display column."""

    def find(self, text: str, table: str) -> Row | None:
        """The first row whose display text is this one; with an empty table, of any table."""
