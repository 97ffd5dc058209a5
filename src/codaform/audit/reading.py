"""A snapshot's file, read up to its first damage."""

from __future__ import annotations

from pathlib import Path

from codaform.coda.snapshot.records import InvalidSnapshot, Snapshot, snapshot_from_json
from codaform.coda.snapshot.salvaging import salvaged_snapshot
from codaform.files import read_file_text
from codaform.project.files import CannotRead
from codaform.project.locate import reason


def read_snapshot_file(path: Path) -> tuple[Snapshot, list[str]]:
    """The snapshot of a file as far as it can be read, and what is missing, in sentences. Raises CannotRead."""
    try:
        text = read_file_text(path)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        raise CannotRead(f"{path} is not a snapshot of a doc: it is not a text in UTF-8") from None
    try:
        return snapshot_from_json(text), []
    except InvalidSnapshot:
        try:
            snapshot, wrong = salvaged_snapshot(text)
        except InvalidSnapshot as problem:
            raise CannotRead(f"{path} cannot be used: {problem}") from None
        return snapshot, [wrong]
