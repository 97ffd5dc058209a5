"""The inferred type of a formula, and the conversion of a column's cells to a new type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from codaform.coda.wire.cells import cell_from_rest, cell_to_rest
from codaform.coda.wire.texts import InvalidValue
from codaform.model.formats import NO_FORMAT
from codaform.model.kinds import kind_of
from codaform.model.schema import Column
from codaform.model.types import Type
from codaform.model.values import Error, is_blank
from codaform.semantics.program import FormulaSite, bind_site
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, Misfits, TableRecord

INFERRED = "inferred"
"""The setting of a column or formula without a chosen type: the type comes from the formula."""

CHECKS = ("checkbox", "toggle")


def fields_of(kind: Type) -> dict[str, Any]:
    """The fields of a column that holds values of this type."""
    name, many, to = kind_of(kind)
    return {"kind": name, "many": many, "to": to, "options": (), "format": NO_FORMAT}


def infer_types(doc: LocalDoc) -> None:
    """Set the type of every formula without a chosen type, by the records of now.

    Such formulas may read each other in any order; each round uses the types that the last round found.
    """
    columns = [
        (table, column)
        for table in doc.record.tables
        for column in table.columns
        if column.settings.get(INFERRED) and column.column.formula is not None
    ]
    named = [known for known in doc.record.formulas if known.settings.get(INFERRED)]
    for _ in range(len(columns) + len(named) + 1):
        schema, changed = doc.schema(), False
        for table, column in columns:
            known = column.column
            if known.formula is not None:
                bound, _said = bind_site(schema, FormulaSite("formula", table.name, known.name), known.formula, None)
                column.column = replace(known, **fields_of(bound.type))
                changed |= column.column != known
        for record in named:
            formula = record.formula
            bound, _said = bind_site(schema, FormulaSite("named", "", formula.name), formula.formula, None)
            fields = fields_of(bound.type)
            record.formula = replace(
                formula, kind=fields["kind"], many=fields["many"], to=fields["to"], format=NO_FORMAT
            )
            changed |= record.formula != formula
        if not changed:
            return


def convert_cells(doc: LocalDoc, table: TableRecord, record: ColumnRecord, column: Column) -> None:
    """Convert the cells of a column to the new column's type, by the texts that they show.

    A text that does not fit stays as invalid text. A column that becomes computed drops its entered values.
    The rows and the workbook must still be those of the old column.
    """
    old = record.column
    for row in doc.rows[table.id].values():
        value, misfit = doc.value(table, row, record), record.id in row.invalid_text
        held = record.id in row.entered or record.id in row.invalid_text
        row.entered.pop(record.id, None)
        row.invalid_text.pop(record.id, None)
        if not column.computed:
            if old.kind == "select" and column.kind in CHECKS:
                # One author reports that every box is ticked after such a change.
                row.entered[record.id] = True
            elif misfit:
                _read(doc, record, column, row.entered, row.invalid_text, value)
            elif not isinstance(value, Error) and not is_blank(value):
                _enter(doc, record, column, row.entered, row.invalid_text, value)
        if held or record.id in row.entered or record.id in row.invalid_text:
            row.version = doc.record.version
            doc.touched.add((table.id, row.number))


def _enter(
    doc: LocalDoc,
    record: ColumnRecord,
    column: Column,
    entered: dict[str, object],
    invalid_text: Misfits,
    value: object,
) -> None:
    old = record.column
    if (old.kind, old.to, old.many) == (column.kind, column.to, column.many):
        entered[record.id] = value
        return
    shown = cell_to_rest(value, old, "simpleWithArrays" if column.many else "simple", doc)
    if old.kind == "relation" and column.kind == "relation" and old.to == column.to:
        # Rows keep their identity, even if two have the same display text.
        rows = value if isinstance(value, list) else [value]
        if column.many or len(rows) == 1:
            entered[record.id] = rows if column.many else rows[0]
            return
    _read(doc, record, column, entered, invalid_text, shown)


def _read(
    doc: LocalDoc,
    record: ColumnRecord,
    column: Column,
    entered: dict[str, object],
    invalid_text: Misfits,
    shown: object,
) -> None:
    try:
        found = cell_from_rest(shown, column, doc, parsing=True)
        if not is_blank(found):
            entered[record.id] = found
    except InvalidValue as problem:
        invalid_text[record.id] = problem.kept
