"""The doc of the examples with its rows, as a workbook."""

from __future__ import annotations

from codaform.evaluation.workbook import Workbook
from codaform.library.example_doc import DOC, NOW, ROWS, USER
from codaform.model.schema import Doc, value_type
from codaform.model.types import RowOf
from codaform.semantics.program import program_of


def example_workbook(doc: Doc = DOC) -> Workbook:
    """A workbook over the example rows, its clock standing at NOW."""
    book = Workbook(program_of(doc), NOW, USER)
    for table, rows in ROWS.items():
        for values in rows:
            entered = {}
            for name, value in values.items():
                kind = value_type(doc.tables[table].columns[name])
                if isinstance(kind, RowOf) and isinstance(value, str):
                    value = book.find(value, kind.table)
                entered[name] = value
            book.add(table, entered)
    return book
