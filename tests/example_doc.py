"""The small doc that the examples of functions and rules speak of, and a workbook with its rows."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, Control, Doc, Table, value_type
from codaform.model.types import RowOf
from codaform.model.values import Person
from codaform.semantics.program import program_of

_PROJECTS = Table(
    name="Projects",
    about="The projects of the tasks.",
    columns={
        column.name: column
        for column in (
            Column("Name", "text", display=True, about="What the project is called."),
            Column("Budget", "number", about="Hours that were sold."),
            Column("Tasks", "relation", to="Tasks", reverse="Project", many=True, about="The tasks of the project."),
        )
    },
)

_TASKS = Table(
    name="Tasks",
    about="What there is to do.",
    columns={
        column.name: column
        for column in (
            Column("Name", "text", display=True, about="The tasks."),
            Column("Hours", "number", about="Estimated hours."),
            Column("Status", "select", options=("Open", "Done"), about="How far it is."),
            Column("Due", "date", about="The day it has to be done by."),
            Column("Project", "relation", to="Projects", about="The project it belongs to."),
            Column("Tags", "select", many=True, options=("a", "b"), about="Marks to find it by."),
        )
    },
)

_LIMIT = Control("Limit", "slider", about="How many hours a task may take.", value=5.0)

DOC = Doc(
    name="Examples",
    about="Two projects, their three tasks, and a slider.",
    tables={table.name: table for table in (_PROJECTS, _TASKS)},
    controls={_LIMIT.name: _LIMIT},
)

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
