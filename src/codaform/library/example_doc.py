"""The small doc that the examples of functions and rules speak of."""

from __future__ import annotations

from codaform.model.schema import Column, Control, Doc, Table

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
