"""Taking a table out of a doc, with everything that pointed to it letting go."""

from __future__ import annotations

from dataclasses import replace

from codaform.server.commands.column_types import read_anew
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, TableRecord


def drop_table(doc: LocalDoc, table: str) -> None:
    """Take a table with its rows and views out of the records; the doc has to be rebuilt after it.

    Relations to it are text from now on and hold what they showed. That is assumed: no source tells what Coda leaves.
    table: An id.
    """
    gone = next((known for known in doc.record.tables if known.id == table), None)
    if gone is None:
        return
    doc.record.tables.remove(gone)
    for owner in doc.record.tables:
        for column in owner.columns:
            if column.column.to == gone.name:
                _let_go(doc, owner, column)
    for named in doc.record.formulas:
        if named.formula.to == gone.name:
            named.formula = replace(named.formula, kind="other", to="")
    for number in doc.rows.pop(table, {}):
        doc.touched.discard((table, number))
        doc.gone.add((table, number))


def _let_go(doc: LocalDoc, owner: TableRecord, column: ColumnRecord) -> None:
    if column.column.formula is not None:
        column.column = replace(column.column, kind="other", to="")
        return
    alone = replace(column.column, kind="text", to="", reverse="", many=False)
    if not column.column.reverse:
        read_anew(doc, owner, column, alone)
    column.column = alone
