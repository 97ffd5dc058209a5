"""The small doc that the examples of table functions speak of."""

from __future__ import annotations

from datetime import date

from codaform.model.schema import Column, Control, Doc, Table

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
