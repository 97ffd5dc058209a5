"""Reads the snapshot of a file, without any of the packages that reach Coda; and what no snapshot holds."""

from __future__ import annotations

from collections.abc import Iterator
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


def lacks(snapshot: Snapshot) -> Iterator[str]:
    """The things that a snapshot does not hold, in sentences: no API returns them."""
    yield "text on pages, comments, automations, permissions, publishing and the doc's settings"
    yield "pictures and files themselves: their addresses are kept, and Coda lets those end"
    yield "how controls are set up: their types and values are kept, and no API tells options, limits and actions"
    yield "the looks of views: their layouts, groups, colours and conditional formats"
    if "mcp" not in snapshot.ways:
        yield "filters of views, texts of named formulas and descriptions: MCP tells them (--via mcp)"
    if snapshot.doc.too_large:
        yield "whatever Coda leaves out: the doc is larger than its API takes"
