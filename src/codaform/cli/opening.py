"""From what stands on the command line to projects, names and texts."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path

from codaform.project.files import MAX_BYTES, CannotRead
from codaform.project.project import Project
from codaform.project.reader import find_root, read_project
from codaform.semantics.scope import nearest
from codaform.source import Source


def label(root: Path) -> str:
    """How a project's folder is called in the names of its files: they become paths from the current folder."""
    try:
        return Path(os.path.relpath(root)).as_posix()
    except ValueError:  # another drive
        return root.as_posix()


def open_project(path: Path) -> Project:
    """The project that a path lies in. Raises CannotRead where there is none."""
    root = find_root(path)
    return read_project(root, label(root))


def pick(kind: str, name: str, known: Collection[str], where: str = "") -> str:
    """The known name that is meant, spelled exactly so or in other case. Raises CannotRead."""
    if name in known:
        return name
    folded = name.casefold()
    found = next((candidate for candidate in known if candidate.casefold() == folded), None)
    if found is not None:
        return found
    close = nearest(name, known)
    help = f"did you mean {close}?" if close else f"there are {', '.join(known)}" if known else "there are none"
    raise CannotRead(f"there is no {kind} {name}{where}; {help}")


def read_stdin() -> Source:
    """The text on stdin. Raises CannotRead."""
    data = sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin is not None else b""
    if len(data) > MAX_BYTES:
        raise CannotRead(f"the text on stdin has more than {MAX_BYTES:,} bytes")
    try:
        return Source("<stdin>", data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise CannotRead("the text on stdin is not UTF-8") from None
