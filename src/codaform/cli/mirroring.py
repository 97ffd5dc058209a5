"""Opens the mirror of a project: PostgreSQL on one side, the doc of an environment on the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codaform.cli.connect import Connection, connect
from codaform.cli.output.mirrored import is_left, put_pulled, put_pushed
from codaform.cli.select import recall_sound
from codaform.cli.terminal import say
from codaform.deploy.applying.hold import Held
from codaform.deploy.finding import Finding
from codaform.deploy.ids import Ids
from codaform.deploy.lock import NOTHING_KNOWN, read_lock
from codaform.mirror import doctor
from codaform.mirror.check import Checker
from codaform.mirror.database import alone, connected
from codaform.mirror.layout import schema_name
from codaform.mirror.pull import Puller
from codaform.mirror.push import Pusher
from codaform.mirror.setup import Marker, current
from codaform.mirror.views import computed_views
from codaform.project.files import CannotRead
from codaform.project.project import Project
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


def synchronise(project: Path | None, environment: str, schema: str | None, mcp: bool) -> bool:
    """Push, then pull; returns whether something is left that is not the same in both. Raises CannotRead.

    While a deploy holds the doc, the pull is all.
    """
    left = False
    with open_mirror(project, environment, schema, mcp) as mirror:
        try:
            for pushed in Pusher(mirror.puller, mirror.coda.tools if mcp else None).push():
                put_pushed(pushed, apply=True)
                left = left or is_left(pushed)
        except Held as held:
            say(f"{environment}: {held}")
            left = True
        for pulled in mirror.puller.pull():
            if pulled.changed or pulled.deleted:
                put_pulled(pulled)
            left = left or bool(pulled.conflicts)
        mirror.puller.updated()
        mirror.puller.note(environment)
    return left


def pause(seconds: float) -> bool:
    """Wait; False if somebody interrupts it, between two rounds, when nothing is half done."""
    try:
        time.sleep(seconds)
    except KeyboardInterrupt:
        return False
    return True


def checker_of(database: Any, opened: Project, environment: str, schema: str | None) -> Checker:
    """What compares the views of a project's mirror. Raises CannotRead."""
    name = schema or schema_name(opened.doc)
    marker = current(database, opened.doc, name, ids_of(opened.root, environment))
    database.rollback()
    return Checker(database, marker.layout, opened.doc, computed_views(opened.doc, marker.layout))


def examined(opened: Project, environment: str, schema: str | None) -> Iterator[Finding]:
    """What the doctor finds; a side that does not answer is a finding, too."""
    name = schema or schema_name(opened.doc)
    try:
        with connected() as database:
            found = list(doctor.examine(database, opened.doc, name, ids_of(opened.root, environment)))
            yield from found
            if any(finding.state == "problem" and finding.what == "schema" for finding in found):
                return
            database.rollback()
            try:
                with connect(opened, environment, mcp=False) as coda:
                    doc = coda.environment.doc
                    yield from doctor.examine_doc(database, coda.rest, name, doc, environment)
            except CannotRead as problem:
                yield Finding("problem", "doc", str(problem), "codaform doctor looks at the token and the host")
    except CannotRead as problem:
        yield Finding("problem", "server", str(problem))
