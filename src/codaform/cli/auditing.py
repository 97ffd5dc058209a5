"""Opens what is to be audited: a folder, a snapshot's file, or a doc in Coda."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from codaform.audit.reading import read_snapshot_file
from codaform.audit.subject import AuditSubject, subject_of_folder, subject_of_snapshot
from codaform.cli.options import require_extras
from codaform.cli.select import open_project
from codaform.deploy.snapshot_file import lacks
from codaform.project.files import CannotRead
from codaform.project.project import Project, empty_project
from codaform.project.session import Session


def open_subject(what: str | None, environment: str | None, project: Path | None, mcp: bool) -> AuditSubject:
    """The doc to audit. Raises CannotRead and MissingExtra.

    what: The path of a folder or a snapshot, or the id or address of a doc; None for the project. environment: Of the
    project, instead of `what`. project: None for the current folder's. mcp: Whether Coda's MCP server has to answer.
    """
    if what is None and environment is None:
        return _folder(project or Path())
    path = Path(what or "")
    if what is not None and path.is_dir():
        return _folder(path)
    if what is not None and (path.exists() or path.suffix == ".json"):
        snapshot, missing = read_snapshot_file(path)
        return subject_of_snapshot(snapshot, f"the snapshot {path.name}", missing, tuple(lacks(snapshot)))
    return _doc(environment or what or "", project, mcp)


def _folder(path: Path) -> AuditSubject:
    opened = open_project(path)
    return subject_of_folder(Session(opened), f"the folder {opened.root.resolve().name}")


def _doc(named: str, folder: Path | None, mcp: bool) -> AuditSubject:
    require_extras(named)
    from codaform.audit.forgiving import ForgivingRest
    from codaform.cli.connect import connect, find_doc
    from codaform.coda.snapshot.fetching import fetch_snapshot

    known = _project(folder)
    environment = find_doc(named, None, known)
    project = known or empty_project()
    project = replace(project, environments={**project.environments, environment.name: environment})
    with connect(project, environment.name, mcp, if_there=True) as connection:
        rest = ForgivingRest(connection.rest)
        snapshot = fetch_snapshot(rest, connection.tools, connection.environment.doc, rows=True)
    return subject_of_snapshot(snapshot, "Coda", rest.unread, tuple(lacks(snapshot)))


def _project(folder: Path | None) -> Project | None:
    """The project of a folder; None where the current folder is in none."""
    try:
        return open_project(folder)
    except CannotRead:
        if folder is not None:
            raise
        return None
