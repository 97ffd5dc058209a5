"""How long a deploy takes at least, by the limits of the APIs."""

from __future__ import annotations

from math import ceil

from codaform.coda.door.pace import LIMITS
from codaform.deploy.applying.row_writing import MOST_ROWS
from codaform.deploy.planning.plan import Plan
from codaform.project.session import Session

TOOL_SECONDS = 1.0
"""What a call of a tool is reckoned at; no limit of theirs is published."""


def seconds(plan: Plan, rows_of: Session | None, pages: int, local: bool) -> float:
    """Seconds. rows_of: Whose sample rows are written; None for none. pages: How many are. local: No limits hold."""
    if local:
        return 0.0
    steps = sum(step.route == "mcp" for step in plan.steps)
    calls = 0
    if rows_of is not None:
        doc = rows_of.project.doc
        calls = sum(2 * ceil(len(rows_of.book.rows(name)) / MOST_ROWS) for name in doc.tables)
    return steps * 3 * TOOL_SECONDS + calls * _pause("write") + pages * _pause("content")


def _pause(kind: str) -> float:
    most, window = LIMITS[kind]
    return window / most
