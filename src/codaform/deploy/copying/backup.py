"""A doc with all its rows as a file that only its owner can read, and what such a file does not hold."""

from __future__ import annotations

from pathlib import Path

from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.coda.snapshot.fetching import Progress, fetch_snapshot
from codaform.coda.snapshot.records import Snapshot, snapshot_to_json
from codaform.deploy.snapshot_file import load_snapshot
from codaform.files import write_file
from codaform.project.files import CannotRead
from codaform.project.locate import base_of, reason
from codaform.project.own_folder import NAME

FOLDER = f"{NAME}/backups"


def backup(rest: Rest, tools: Tools | None, doc: str, path: Path, progress: Progress | None = None) -> Snapshot:
    """Read a doc with all its rows and write it to a file. Raises Failure, and CannotRead for the file."""
    snapshot = fetch_snapshot(rest, tools, doc, rows=True, progress=progress)
    save(snapshot, path)
    return snapshot


def usual_path(root: Path, environment: str, snapshot_at: str) -> Path:
    """Where the backup of a moment lies in a project's folder."""
    return root / FOLDER / f"{environment}-{snapshot_at.replace(':', '').replace('+0000', 'Z')}.json"


def save(snapshot: Snapshot, path: Path) -> None:
    """Write a snapshot whole or not at all, for its owner's eyes only. Raises CannotRead."""
    try:
        write_file(path, snapshot_to_json(snapshot), base_of(path), 0o600)
    except OSError as error:
        raise CannotRead(f"{path} cannot be written: {reason(error)}") from None


def load(path: Path) -> Snapshot:
    """The snapshot of a file, with rows. Raises CannotRead."""
    snapshot = load_snapshot(path)
    if snapshot.rows is None:
        raise CannotRead(f"{path} is a snapshot without rows; there is nothing in it to restore")
    return snapshot
