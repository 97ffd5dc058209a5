"""Opening the project that a path lies in."""

from __future__ import annotations

import os
from pathlib import Path

from codaform.project.project import Project
from codaform.project.reader import find_root, read_project


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
