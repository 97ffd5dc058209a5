"""The computed values of sample rows that differ between two states of a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.model.values import Row
from codaform.project.session import Session


@dataclass(frozen=True, slots=True)
class MovedValue:
    """A value before and after, as text. row: The text of its row; empty for a named formula."""

    row: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MovedColumn:
    """The values of a computed column that differ. table: Empty for a named formula. rows: How many were compared."""

    table: str
    column: str
    rows: int
    moved: tuple[MovedValue, ...]


Former = Callable[[str, str], tuple[str, str] | None]
"""The table and the name that a column had before, by those it has now, a named formula in no table; None if new."""


def moved_values(old: Session, new: Session, former: Former) -> Iterator[MovedColumn]:
    """The columns and named formulas with values that differ, in the order of the new doc.

    Rows are the same if they are displayed as the same text. Where a project has no clock of its own, both are computed
    at the same moment.
    """
    if not old.project.clock and not new.project.clock:
        old.now = new.now
    doc = new.project.doc
    for table in doc.tables.values():
        before = former(table.name, "")
        if before is None or before[0] not in old.project.doc.tables:
            continue
        pairs = _pairs(old.book, before[0], new.book, table.name)
        for column in table.columns.values():
            was = former(table.name, column.name)
            if column.formula is None or was is None or was[1] not in old.project.doc.tables[was[0]].columns:
                continue
            moved = [
                MovedValue(text, *values)
                for text, one, other in pairs
                if (values := _values(old.book, one, was[1], new.book, other, column.name)) is not None
            ]
            if moved:
                yield MovedColumn(table.name, column.name, len(pairs), tuple(moved))
    for name in doc.formulas:
        was = former("", name)
        if was is not None and was[1] in old.project.doc.formulas:
            one, other = notate(old.book.named_value(was[1]), old.book), notate(new.book.named_value(name), new.book)
            if one != other:
                yield MovedColumn("", name, 1, (MovedValue("", one, other),))


def _values(old: Workbook, one: Row, was: str, new: Workbook, other: Row, column: str) -> tuple[str, str] | None:
    before, after = notate(old.value(one, was), old), notate(new.value(other, column), new)
    return None if before == after else (before, after)


def _pairs(old: Workbook, before: str, new: Workbook, table: str) -> Sequence[tuple[str, Row, Row]]:
    """The rows that both have, by the text that displays them; of equal texts the first with the first."""
    known: dict[tuple[str, int], Row] = {}
    seen: dict[str, int] = {}
    for row in old.rows(before):
        text = notate(row, old).removeprefix("@")
        seen[text] = seen.get(text, 0) + 1
        known[text, seen[text]] = row
    found = []
    seen = {}
    for row in new.rows(table):
        text = notate(row, new).removeprefix("@")
        seen[text] = seen.get(text, 0) + 1
        match = known.get((text, seen[text]))
        if match is not None:
            found.append((text, match, row))
    return found
