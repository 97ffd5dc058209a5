"""Opens the mirror of a project: PostgreSQL on one side, the doc of an environment on the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codaform.cli.connect import Connection, connect
from codaform.cli.select import recall_sound
from codaform.deploy.ids import Ids
from codaform.deploy.lock import NOTHING_KNOWN, read_lock
from codaform.mirror.database import alone, connected
from codaform.mirror.layout import schema_name
from codaform.mirror.pull import Puller
from codaform.mirror.setup import Marker, current
from codaform.project.session import Session


@dataclass(frozen=True, slots=True)
class OpenMirror:
    """A mirror that may be written. coda: The connection to the doc."""

    session: Session
    database: Any
    marker: Marker
    coda: Connection
    puller: Puller


def ids_of(root: Path, environment: str, doc: str = "") -> Ids:
    """The ids that the lock has of an environment; none if it is about another doc."""
    entry = read_lock(root).get(environment, NOTHING_KNOWN)
    return (entry.of(doc) if doc else entry).ids


@contextmanager
def open_mirror(
    project: Path | None, environment: str, schema: str | None, mcp: bool = False, whole: bool = False
) -> Iterator[OpenMirror]:
    """The mirror of a project, until the block ends. Raises CannotRead, in one line, for whatever either side refuses.

    mcp: Whether to open the MCP tools. whole: Whether the doc may be older than what the mirror has.
    """
    session = Session.recalled(recall_sound(project))
    opened = session.project
    name = schema or schema_name(opened.doc)
    with (
        connected() as database,
        alone(database, name),
        connect(opened, environment, mcp) as coda,
    ):
        doc = coda.environment.doc
        marker = current(database, opened.doc, name, ids_of(opened.root, environment, doc))
        puller = Puller(database, coda.rest, opened.doc, marker, doc)
        puller.begin(marker, environment, whole)
        yield OpenMirror(session, database, marker, coda, puller)
