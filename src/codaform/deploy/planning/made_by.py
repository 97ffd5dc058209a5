"""What makes the cells of a column, as the formula that Coda's own editor takes."""

from __future__ import annotations

from collections.abc import Iterator

from codaform.model.schema import Column, Doc, Table
from codaform.semantics.program import Place, formulas
from codaform.syntax.names import bracketed

SYSTEM_FORMULAS = {
    "created_on": "thisRow.Created()",
    "created_by": "thisRow.CreatedBy()",
    "modified_on": "thisRow.Modified()",
    "modified_by": "thisRow.ModifiedBy()",
    "row_id": "thisRow.RowId()",
}
"""Columns that Coda fills by itself; neither API has a format for them, a formula gives the same."""

SHOWN_AS = {
    "created_on": "datetime",
    "created_by": "person",
    "modified_on": "datetime",
    "modified_by": "person",
    "row_id": "number",
}
"""The kind that such a column is for whoever looks at its format alone."""


def made_by(column: Column, table: Table, doc: Doc) -> str | None:
    """The formula that computes a column, None where a person enters its cells.

    The other side of a relation has one too: no API makes such a column, and a filter gives the same rows.
    """
    if column.formula is not None:
        return column.formula.text.strip()
    if column.reverse:
        return _mirror(column, table, doc)
    return SYSTEM_FORMULAS.get(column.kind)


def written_formulas(doc: Doc) -> Iterator[tuple[Place, str]]:
    """Every formula that Coda is to have, by its place; also those of columns that a formula stands in for."""
    for place, source, _ in formulas(doc):
        yield place, source.text.strip()
    for table in doc.tables.values():
        for column in table.columns.values():
            text = made_by(column, table, doc) if column.formula is None else None
            if text is not None:
                yield Place("formula", table.name, column.name), text


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
