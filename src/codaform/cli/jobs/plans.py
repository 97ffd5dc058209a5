"""Making plans from the command line."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from codaform.cli.connect import connection
from codaform.cli.select import sound
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.deploy.lock import NOTHING_KNOWN, read_lock
from codaform.deploy.planning.doubles import doubled_rows
from codaform.deploy.planning.plan import Plan, Wishes, plan
from codaform.deploy.planning.routes import Capabilities
from codaform.project.session import Session


def make(path: Path, environment: str, mcp: bool, prune: bool) -> Plan:
    """The plan that brings an environment's doc to what a project says. Raises CannotRead, in one line.

    mcp: Whether the schema may be changed by MCP. prune: Whether what the folder does not have is dropped.
    """
    project = sound(path)
    lock = read_lock(project.root)
    with connection(project, environment, mcp, if_there=True) as opened:
        entry = lock.get(environment, NOTHING_KNOWN).of(opened.environment.doc)
        snapshot = fetch_snapshot(opened.rest, opened.tools, opened.environment.doc, view_columns=True)
        wishes = Wishes(Capabilities(opened.tools is not None, opened.tools), prune)
        made = plan(environment, snapshot, Session(project), entry, wishes)
        twice, untold = doubled_rows(
            snapshot, project.doc, partial(opened.rest.rows, opened.environment.doc, form="simpleWithArrays")
        )
        return replace(made, doubled=(*made.doubled, *twice), notes=(*made.notes, *untold))
