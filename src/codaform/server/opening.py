"""A workspace to serve: from the file of an earlier one, a project, a snapshot, or nothing."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

from codaform.coda.wire import ids
from codaform.files import read_file_text
from codaform.model.schema import Doc
from codaform.model.values import Person
from codaform.project.project import Project
from codaform.project.root import reason
from codaform.project.session import Session
from codaform.server.doc.records import DocRecord, PageRecord, Rows
from codaform.server.storage.seeding import BadSnapshot, from_project, from_snapshot
from codaform.server.storage.store import CannotOpen, Store
from codaform.server.workspace import Timing, Workspace

SOMEBODY = Person("Local Maker", "maker@localhost.example")
"""Who uses a doc that names nobody."""


def opened(start: Path | None, file: Path | None = None, timing: Timing | None = None) -> Workspace:
    """The workspace, with at least one doc.

    start: A project's folder or a snapshot; it is only looked at where the file holds nothing yet.
    Raises CannotOpen, and CannotRead for a folder that is no project.
    """
    session = Session.open(start) if start is not None and not start.is_file() else None
    project = session.project if session is not None else None
    store = Store(file)
    try:
        workspace = Workspace(store, (project.user if project is not None else None) or SOMEBODY, timing)
    except CannotOpen:
        store.close()
        raise
    if session is not None and session.project.clock:
        workspace.clock = session.now
    untitled = empty_doc("Untitled", datetime.now(UTC))  # once, so that it has the same ids whenever it is asked for

    def seed() -> list[tuple[DocRecord, Rows]]:
        if session is not None:
            return [from_project(session.book, workspace.now)]
        docs = _snapshot(start) if start is not None else []
        return docs or [(deepcopy(untitled), {})]

    workspace.seed = seed
    try:
        workspace.fill()
    except CannotOpen:
        workspace.store.close()
        raise
    return workspace


def opened_for(project: Project, file: Path, timing: Timing | None = None) -> Workspace:
    """The workspace of the environment `local` of a project: a doc that is empty at first, kept in a file.

    At every opening the doc has the settings that doc.yml has by then: name, description, time zone, first day of the
    week; and the clock and the user are those of doc.yml. Raises CannotOpen.
    """
    store = Store(file)
    try:
        workspace = Workspace(store, project.user or SOMEBODY, timing)
        if project.clock:
            workspace.clock = Session(project).now
        workspace.seed = lambda: [(empty_doc(project.doc.name, workspace.now), {})]
        workspace.fill()
        if not project.lost:
            _adopt_settings(workspace, project.doc)
    except CannotOpen:
        store.close()
        raise
    return workspace


def _adopt_settings(workspace: Workspace, wanted: Doc) -> None:
    """Give the doc that was made first the settings of a project's doc."""
    doc = workspace.live(workspace.docs()[-1].record.id)
    record = doc.record
    settings = (wanted.name, wanted.about, wanted.time_zone, wanted.first_day_of_week)
    if (record.name, record.about, record.time_zone, record.first_day_of_week) != settings:
        record.name, record.about, record.time_zone, record.first_day_of_week = settings
        doc.rebuild()
        workspace.store.save(doc)


def _snapshot(path: Path) -> list[tuple[DocRecord, Rows]]:
    try:
        return from_snapshot(read_file_text(path))
    except UnicodeDecodeError:
        raise CannotOpen(f"{path} cannot be used: it is no text in UTF-8") from None
    except OSError as error:
        raise CannotOpen(f"{path} cannot be used: {reason(error)}") from None
    except BadSnapshot as error:
        raise CannotOpen(f"{path} cannot be used: {error}") from None


def empty_doc(name: str, now: datetime) -> DocRecord:
    """A doc with one page and nothing on it."""
    record = DocRecord(ids.new("doc"), name, now, now)
    record.pages = [PageRecord(ids.new("page"), name, now, now)]
    return record
