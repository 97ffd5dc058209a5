"""What the formulas of a doc show differently after its rows have changed, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codaform.evaluation.workbook import Workbook
from codaform.model.values import Row, identity, is_blank

Shown = Mapping[tuple[Row, str], object]
"""The values of computed cells by row and column."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """A computed cell that shows something else than before; `before` is blank in a row that is new."""

    row: Row
    column: str
    before: object
    after: object


def computed_cells(book: Workbook) -> Shown:
    """What every computed cell of the doc shows now; buttons show nothing."""
    return {
        (row, column.name): book.value(row, column.name)
        for table in book.doc.tables.values()
        for column in table.columns.values()
        if column.computed and column.kind != "button"
        for row in book.rows(table.name)
    }


def consequences(before: Shown, after: Shown) -> list[Consequence]:
    """The cells that show something else, in the order of the doc; those of rows that are gone are left out."""
    return [
        Consequence(row, column, before.get((row, column)), value)
        for (row, column), value in after.items()
        if _differ(before.get((row, column)), value)
    ]


def _differ(before: object, after: object) -> bool:
    if is_blank(before) and is_blank(after):
        return False
    return identity(before) != identity(after)
