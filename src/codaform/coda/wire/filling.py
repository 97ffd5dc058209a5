"""The formula that fills a column in Coda, also where the folder has a word for it."""

from __future__ import annotations

from codaform.model.schema import Column, Doc, Table
from codaform.syntax.names import bracketed

SYSTEM_FORMULAS = {
    "created_on": "thisRow.Created()",
    "created_by": "thisRow.CreatedBy()",
    "modified_on": "thisRow.Modified()",
    "modified_by": "thisRow.ModifiedBy()",
    "row_id": "thisRow.RowId()",
}
"""The formulas with the values of columns that Coda fills by itself; neither API has a format for such columns."""


def column_formula(column: Column, table: Table, doc: Doc) -> str | None:
    """The formula that computes a column; None if a person enters its cells.

    The other side of a relation has one too: no API makes such a column, and a filter gives the same rows.
    """
    if column.formula is not None:
        return column.formula.text.strip()
    if column.reverse:
        return _mirror(column, table, doc)
    return SYSTEM_FORMULAS.get(column.kind)


def _mirror(column: Column, table: Table, doc: Doc) -> str:
    target = doc.tables.get(column.to)
    mirrored = target.columns.get(column.reverse) if target is not None else None
    rows = bracketed(column.to)
    # A column of the formula's own row would win over the table.
    if any(name.casefold() == column.to.casefold() and name != column.name for name in table.columns):
        rows = f"/* table */ {rows}"
    points = f"CurrentValue.{bracketed(column.reverse)}"
    many = mirrored is not None and mirrored.many
    return f"{rows}.Filter({points}.Contains(thisRow))" if many else f"{rows}.Filter({points} = thisRow)"
