"""Runners of scenarios: they carry out the steps and show the results, here with a workbook, elsewhere a service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation import actions
from codaform.evaluation.actions import Performed
from codaform.evaluation.workbook import Workbook
from codaform.model.values import Error, Row
from codaform.project import loading
from codaform.project.rows import RawRow
from codaform.project.validation import Given
from codaform.semantics.program import FormulaSite


class ScenarioRunner(Protocol):
    """A doc at work. Rows are known by the numbers that they have in its book."""

    @property
    def book(self) -> Workbook:
        """What the tables show by now, to be looked at and not to be changed."""

    def move_clock(self, now: datetime) -> None:
        """Set the doc's clock to another moment."""

    def add(self, rows: Given) -> list[Diagnostic]:
        """Add rows, which may refer to each other; what is wrong with them. Defaults fill what is not named."""

    def change(self, row: Row, written: RawRow) -> list[Diagnostic]:
        """Change cells of a row; what is wrong with what is written."""

    def remove(self, row: Row) -> None:
        """Remove a row."""

    def press(self, table: str, button: str, row: Row | None) -> Performed:
        """Press the button of a row, or one on a page (no table, no row). Unknown outcomes are not in
        it."""

    def set_control(self, control: str, value: object, /) -> str:
        """Set a control to a value of its type; why that cannot be done, or an empty text."""

    def is_disabled(self, table: str, button: str, row: Row | None) -> bool | Error:
        """Whether a button cannot be pressed, in a row or on a page; an Error where its condition is one."""

    def rows(self, name: str) -> list[Row]:
        """The rows that a table or a view shows, in order."""

    def cell(self, row: Row, column: str) -> object:
        """The value of a cell; an Error where it has none."""

    def named(self, name: str) -> object:
        """The value of a named formula or a control; an Error where it has none."""


MakeRunner = Callable[[Workbook], ScenarioRunner]
"""Makes a runner that starts with the rows and the clock of a workbook."""


@dataclass(frozen=True, slots=True)
class WorkbookRunner:
    """The runner that computes here: a workbook."""

    book: Workbook

    def move_clock(self, now: datetime) -> None:
        """Set the workbook's clock to another moment."""
        self.book.move_clock(now)

    def add(self, rows: Given) -> list[Diagnostic]:
        """Add rows to the workbook."""
        return loading.load(self.book, rows, defaults=True)[1]

    def change(self, row: Row, written: RawRow) -> list[Diagnostic]:
        """Change cells of the workbook."""
        return loading.change(self.book, row, written)

    def remove(self, row: Row) -> None:
        """Remove a row of the workbook."""
        self.book.remove(row)

    def press(self, table: str, button: str, row: Row | None) -> Performed:
        """Carry out the button's action on the workbook."""
        return actions.press(self.book, table, button, row)

    def set_control(self, control: str, value: object) -> str:
        """Set a control of the workbook."""
        self.book.set_control(control, value)
        return ""

    def is_disabled(self, table: str, button: str, row: Row | None) -> bool | Error:
        """Compute the button's `disable_if`."""
        return actions.is_disabled(
            self.book, self.book.program.formulas.get(FormulaSite("disable_if", table, button)), row
        )

    def rows(self, name: str) -> list[Row]:
        """The rows that the workbook shows."""
        return self.book.rows(name)

    def cell(self, row: Row, column: str) -> object:
        """The value that the workbook computes."""
        return self.book.value(row, column)

    def named(self, name: str) -> object:
        """The value that the workbook computes, or that the control is set to."""
        return self.book.named_value(name)
