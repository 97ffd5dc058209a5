"""Comparing what codaform computes with what Coda computed, from the command line."""

from __future__ import annotations

from pathlib import Path

from codaform.cli.input.opening import open_project
from codaform.coda.snapshot.records import InvalidSnapshot, Snapshot, snapshot_from_json
from codaform.deploy.comparing.parity import CannotCompare, Executed, Parity, Settings, parity
from codaform.files import read_file_text
from codaform.project.files import CannotRead
from codaform.project.project import Project
from codaform.project.root import reason

Outcome = tuple[Parity, tuple[Executed, ...]]


def compared(snapshot: Path | None, environment: str, mcp: bool, project: Path | None) -> Outcome:
    """What came of a snapshot's file, or else of an environment's doc. Raises CannotRead, in one line.

    mcp: Whether Coda shall compute expressions. project: Whose time zone the doc has; None for the current folder's,
    where that is a project.
    """
    if snapshot is not None:
        told = _snapshot(snapshot)
        return _parity(told, _project_of(told, project), str(snapshot)), ()
    from codaform.cli.connect import connection
    from codaform.coda.snapshot.fetching import fetch_snapshot
    from codaform.deploy.comparing.expressions import executed, expressions

    known = open_project(project or Path())
    with connection(known, environment, mcp) as opening:
        doc = opening.environment.doc
        found = _parity(fetch_snapshot(opening.rest, opening.tools, doc, rows=True), known, environment)
        if not mcp or opening.tools is None:
            return found, ()
        used = frozenset[str]().union(*(column.functions for column in found.columns))
        settings = Settings(known.doc.time_zone, known.doc.first_day_of_week)
        return found, tuple(executed(expressions(used), opening.tools, doc, settings))


def _project_of(snapshot: Snapshot, path: Path | None) -> Project | None:
    """The project that a snapshot is of: the one that is named, or the current folder's if that knows the doc."""
    if path is not None:
        return open_project(path)
    try:
        project = open_project(Path())
    except CannotRead:
        return None
    known = {environment.doc for environment in project.environments.values()}
    return project if snapshot.doc.id in known or snapshot.doc.name == project.doc.name else None


def _parity(snapshot: Snapshot, project: Project | None, what: str) -> Parity:
    settings = Settings(project.doc.time_zone, project.doc.first_day_of_week) if project is not None else None
    try:
        return parity(snapshot, settings)
    except CannotCompare as problem:
        raise CannotRead(f"{what}: {problem}") from None


def _snapshot(path: Path) -> Snapshot:
    try:
        return snapshot_from_json(read_file_text(path))
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        raise CannotRead(f"{path}: it is no snapshot of a doc: it is not a text in UTF-8") from None
    except InvalidSnapshot as problem:
        raise CannotRead(f"{path}: {problem}") from None
