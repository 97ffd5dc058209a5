"""A workbook with rows of the small doc that the examples of functions and rules speak of."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from codaform.evaluation.workbook import Workbook
from codaform.library.example_doc import DOC
from codaform.model.schema import Doc, value_type
from codaform.model.types import RowOf
from codaform.model.values import Person
from codaform.semantics.program import program_of

ROWS: dict[str, tuple[dict[str, object], ...]] = {
    "Projects": (
        {"Name": "Website", "Budget": 40.0},
        {"Name": "Audit", "Budget": 12.0},
    ),
    "Tasks": (
        {
            "Name": "Plan",
            "Hours": 3.0,
            "Status": "Done",
            "Due": date(2025, 12, 8),
            "Project": "Website",
            "Tags": ["a"],
        },
        {
            "Name": "Build",
            "Hours": 8.0,
            "Status": "Open",
            "Due": date(2025, 12, 15),
            "Project": "Website",
            "Tags": ["a", "b"],
        },
        {"Name": "Check", "Hours": None, "Status": "Open", "Due": None, "Project": "Audit", "Tags": None},
    ),
}
"""The rows of each table by column name; a relation is given by the display text of its row."""

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


__all__ = ["DOC", "NOW", "ROWS", "USER", "example_workbook"]
