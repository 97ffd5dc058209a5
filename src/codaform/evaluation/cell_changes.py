"""What the formulas of a doc show differently after its rows or controls have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codaform.evaluation.workbook import Workbook
from codaform.model.schema import views
from codaform.model.values import Row, identity, is_blank

Shown = Mapping[tuple[Row | None, str], object]
"""Computed values: of cells by row and column, of the whole doc (then there is no row) by name."""


@dataclass(frozen=True, slots=True)
class CellChange:
    """What shows something else than before; `before` is blank in a row that is new.

    row: Of a computed cell; of a named formula or a view there is none, and `column` is its name.
    """

    row: Row | None
    column: str
    before: object
    after: object


def computed(book: Workbook) -> Shown:
    """What everything that is computed shows now: cells, named formulas, and which rows are in each view."""
    doc = book.doc
    whole: dict[tuple[Row | None, str], object] = {(None, name): book.named_value(name) for name in doc.formulas}
    whole |= {(None, view.name): list(book.rows(view.name)) for view in views(doc)}
    return {**computed_cells(book), **whole}


def computed_cells(book: Workbook) -> Shown:
    """What every computed cell of the doc shows now; buttons show nothing."""
    return {
        (row, column.name): book.value(row, column.name)
        for table in book.doc.tables.values()
        for column in table.columns.values()
        if column.computed and column.kind != "button"
        for row in book.rows(table.name)
    }


def cell_changes(before: Shown, after: Shown) -> list[CellChange]:
    """What shows something else, in the order of the doc; cells of rows that are gone are left out."""
    return [
        CellChange(row, name, before.get((row, name)), value)
        for (row, name), value in after.items()
        if _differ(before.get((row, name)), value)
    ]


def _differ(before: object, after: object) -> bool:
    if is_blank(before) and is_blank(after):
        return False
    return identity(before) != identity(after)
