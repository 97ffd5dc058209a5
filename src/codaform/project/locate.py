"""Where a project lies."""

from __future__ import annotations

import os
import re
from pathlib import Path

SKIPPED = frozenset({"node_modules", "__pycache__", "schema"})
"""Folders in that of a project that hold nothing of it."""

DOCUMENTS = "documents"
"""The folder of a project's documents."""

SCENARIOS = "scenarios"
"""The folder of a project's scenarios."""

MIGRATIONS = "migrations"
"""The folder of a project's migrations."""

_NEAR_DOC = re.compile(r"(?i)docs?\.(ya?ml|ymal|yl)([.~].*)?|dco\.ya?ml|doc\.yml.+|doc")


class CannotRead(Exception):
    """A file or folder that cannot be read at all; the message says why."""


def find_root(start: Path) -> Path:
    """The folder of the project that a path lies in, or that lies in it as `formulas/`. Raises CannotRead.

    From the current folder, `formulas/` is looked for beside each folder above it too.
    """
    try:
        if not start.exists():
            raise CannotRead(f"{start} does not exist")
        folder = start if start.is_dir() else start.parent
        above = list(folder.absolute().parents)
        if start == Path():
            above = [place for parent in above for place in (parent, parent / "formulas")]
        for candidate in (folder, folder / "formulas", *above):
            if (candidate / "doc.yml").is_file():
                return candidate
    except OSError as error:
        raise CannotRead(f"{start} cannot be read: {reason(error)}") from None
    raise CannotRead(f"{start} is no codaform project: there is no doc.yml in it or above it{near_doc(folder)}")


def label(root: Path) -> str:
    """The name of a project's folder in the names of its files: they become paths from the current folder."""
    try:
        return Path(os.path.relpath(root)).as_posix()
    except ValueError:  # another drive
        return root.as_posix()


def near_doc(folder: Path) -> str:
    """A hint at a file of a folder that looks like a doc.yml of another name; empty where there is none."""
    try:
        near = next((path.name for path in sorted(folder.iterdir()) if _NEAR_DOC.fullmatch(path.name)), None)
    except OSError:
        near = None
    return f"; did you mean it by {near}?" if near else ""


def base_of(path: Path) -> Path:
    """The folder that a file which a person named belongs to: that of its project, else the one that it lies in.

    What lies between the two was not named by anybody; `files` writes through no link there.
    """
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - the links in it are what is looked for
    for candidate in (folder, *folder.parents):
        if (candidate / "doc.yml").is_file() or (candidate / ".git").exists():
            return candidate
    return folder


def reason(error: OSError) -> str:
    """Why a file or folder cannot be read, in words."""
    return (error.strerror or str(error)).lower()
