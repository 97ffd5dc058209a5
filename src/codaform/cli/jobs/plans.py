"""Making plans from the command line."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from codaform.cli.input.doors import door
from codaform.cli.input.opening import open_project
from codaform.cli.output.reporting import is_error
from codaform.cli.output.terminal import painted
from codaform.coda.snapshot.fetching import read
from codaform.deploy.lock import NOTHING_KNOWN, read_lock
from codaform.deploy.planning.doubles import doubled_rows
from codaform.deploy.planning.plan import Plan, Wishes, plan
from codaform.deploy.planning.reports import Tone, as_text
from codaform.deploy.planning.routes import Capabilities
from codaform.project.check import check_project
from codaform.project.files import CannotRead
from codaform.project.project import Project
from codaform.project.session import Session
from codaform.text import harmless

_STYLES: dict[Tone, dict[str, str | bool]] = {
    "plain": {},
    "title": {"bold": True},
    "loss": {"fg": "red"},
    "values": {"fg": "yellow"},
    "quiet": {"dim": True},
    "removed": {"fg": "red"},
    "added": {"fg": "green"},
}


def make(path: Path, environment: str, mcp: bool, prune: bool) -> Plan:
    """The plan that brings an environment's doc to what a project says. Raises CannotRead, in one line.

    mcp: Whether the schema may be changed by MCP. prune: Whether what the folder does not have is dropped.
    """
    project = sound(path)
    lock = read_lock(project.root)
    with door(project, environment, mcp) as opened:
        entry = lock.get(environment, NOTHING_KNOWN).of(opened.environment.doc)
        snapshot = read(opened.rest, opened.tools, opened.environment.doc, view_columns=True)
        wishes = Wishes(Capabilities(opened.tools is not None, opened.tools), prune)
        made = plan(environment, snapshot, Session(project), entry, wishes)
        twice, untold = doubled_rows(
            snapshot, project.doc, partial(opened.rest.rows, opened.environment.doc, form="simpleWithArrays")
        )
        return replace(made, doubled=(*made.doubled, *twice), notes=(*made.notes, *untold))


def sound(path: Path) -> Project:
    """The project that a path lies in. Raises CannotRead, also for one with errors."""
    project = open_project(path)
    wrong = next((finding for finding in check_project(project) if is_error(finding)), None)
    if wrong is not None:
        raise CannotRead(
            f"the project has errors, and no plan is made of those: codaform check tells them ({wrong.message})"
        )
    return project


def shown(found: Plan) -> str:
    """A plan for the terminal."""
    return as_text(found, lambda text, tone: painted(harmless(text), sys.stdout, **_STYLES[tone]))
