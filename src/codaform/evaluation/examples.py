"""The library's example doc with its rows: where the examples of functions and rules are computed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from codaform.evaluation.workbook import Workbook
from codaform.library.example_doc import DOC, ROWS
from codaform.model.schema import Doc, value_type
from codaform.model.types import RowOf
from codaform.model.values import Person
from codaform.semantics.program import program_of

NOW = datetime(2025, 12, 10, 9, 0, tzinfo=ZoneInfo("UTC"))
"""The clock of every example: a Wednesday."""

USER = Person("Ada Ruiz", "ada@example.com")


def example_workbook(doc: Doc = DOC) -> Workbook:
    """A workbook over the example rows, its clock standing at NOW."""
    program = program_of(doc)
    book = Workbook(program, NOW, USER)
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
