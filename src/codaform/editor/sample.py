"""Values for a sample row, within a second."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from codaform.editor.formulas import WrittenFormula
from codaform.editor.opened import OpenedProject
from codaform.evaluation.explain import ExplainedStep, explain
from codaform.evaluation.workbook import Workbook
from codaform.model.budget import OutOfTime, watch
from codaform.model.notation import notate
from codaform.model.values import EvaluationError, Row
from codaform.project.files import CannotRead
from codaform.project.loading import display
from codaform.semantics.bind import Bound
from codaform.text import harmless, shorten

SECONDS = 1.0
"""How long a value may take."""

_LONGEST = 80

Value = TypeVar("Value")


def within_time(compute: Callable[[], Value]) -> Value | None:
    """The result of a computation; None where it takes longer than a second."""
    end = monotonic() + SECONDS

    def stop(_: int) -> None:
        if monotonic() > end:
            raise OutOfTime

    token = watch.set(stop)
    try:
        return compute()
    except (OutOfTime, EvaluationError):
        return None
    finally:
        watch.reset(token)


def sample_row(book: Workbook, table: str) -> Row | None:
    """The row that values are shown for: the first one of the table."""
    return next(iter(book.rows(table)), None) if table else None


def explained(opened: OpenedProject, formula: WrittenFormula, bound: Bound) -> tuple[ExplainedStep, str] | None:
    """The value of every part of a formula, and for which row it is; None where it has none for now."""
    if formula.site.role in ("action", "default") or not formula.text.text.strip():
        return None
    try:
        book = opened.book
    except CannotRead:
        return None
    row = sample_row(book, formula.site.table)
    if formula.site.table and row is None:
        return None
    step = within_time(lambda: explain(formula.text, bound, book, row))
    return None if step is None else (step, display(book, row) if row is not None else "")


def shown(opened: OpenedProject, value: object) -> str:
    """A value in the notation of pages, shortened."""
    return shorten(harmless(notate(value, opened.book)), _LONGEST)
