"""The small doc that the examples of functions and rules speak of, with its rows, its clock and its user."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from codaform.model.schema import Column, Control, Doc, Table
from codaform.model.values import Person

_PROJECTS = Table(
    name="Projects",
    about="What the tasks belong to.",
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
    about="Work with estimated hours and a date.",
    columns={
        column.name: column
        for column in (
            Column("Name", "text", display=True, about="What the task is called."),
            Column("Hours", "number", about="Estimated hours."),
            Column("Status", "select", options=("Open", "Done"), about="Whether it is done."),
            Column("Due", "date", about="The last day for it."),
            Column("Project", "relation", to="Projects", about="The project it belongs to."),
            Column("Tags", "select", many=True, options=("a", "b"), about="Labels."),
        )
    },
)

_LIMIT = Control("Limit", "slider", about="The most hours of a task.", value=5.0)

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
