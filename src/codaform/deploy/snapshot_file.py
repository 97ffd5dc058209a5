"""Reads the snapshot of a file, without any of the packages that reach Coda."""

from __future__ import annotations

from pathlib import Path

from codaform.coda.snapshot.records import InvalidSnapshot, Snapshot, snapshot_from_json
from codaform.files import read_file_text
from codaform.project.files import CannotRead
from codaform.project.locate import reason


def load_snapshot(path: Path) -> Snapshot:
    """The snapshot of a file. Raises CannotRead, in one line: also for a file that is cut off or damaged."""
    try:
        return snapshot_from_json(read_file_text(path))
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        raise CannotRead(f"{path} is not a snapshot of a doc: it is not a text in UTF-8") from None
    except InvalidSnapshot as problem:
        raise CannotRead(f"{path} cannot be used: {problem}") from None
