"""Remembering that the files of a project were found clean, so that a check of the same files answers at once.

The cache is one small file in the user's cache folder, named by a hash of the project's files and of codaform itself.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from codaform import __version__
from codaform.files import open_to_read
from codaform.project import user_cache
from codaform.project.locate import SKIPPED

_READ = (".yml", ".coda", "rows.csv", "rows.parquet")
"""The endings of the files of a project that are read."""

_FOLDER = "clean"

_MOST_REMEMBERED = 200
"""How many clean states are kept; the oldest go first."""


def fingerprint(root: Path) -> str:
    """What the findings of a project depend on, as a hash: all its files, this program, this Python.

    Empty where a file cannot be read, for then there is something to say.
    """
    digest = hashlib.sha256(f"{program_state()} {root.absolute()}".encode())
    try:
        for name, path, is_read in _entries(root):
            content = _content(path) if is_read else ""
            digest.update(f"{name} {content}\n".encode("utf-8", "surrogatepass"))
    except OSError:
        return ""
    return digest.hexdigest()


def _content(path: str) -> str:
    with open_to_read(Path(path)) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def program_state() -> str:
    """This program: its version, this Python, and the times of the files of its code."""
    package = Path(__file__).parents[1]
    code = [known for top in (package, package.parents[1] / "grammar") if top.is_dir() for known in _code_in(str(top))]
    times = "\n".join(f"{known.path} {known.stat().st_mtime_ns}" for known in code)
    return f"{__version__} {sys.version} {times}"


def _code_in(folder: str) -> Iterator[os.DirEntry[str]]:
    for entry in sorted(os.scandir(folder), key=lambda known: known.name):
        if entry.name.endswith((".py", ".json")):
            yield entry
        elif entry.is_dir():
            yield from _code_in(entry.path)


def _entries(root: Path) -> Iterator[tuple[str, str, bool]]:
    """All files and folders near the top, by name and path, and whether a file is read.

    There is something to say of some that nothing reads, so their names count.
    """
    for entry in _listed(root):
        is_folder = entry.is_dir()
        yield entry.name, entry.path, not is_folder and entry.name.endswith(_READ)
        for inner in _listed(entry) if is_folder else ():
            is_deep = inner.is_dir()
            yield f"{entry.name}/{inner.name}", inner.path, not is_deep and inner.name.endswith(_READ)
            if is_deep and not inner.is_symlink() and SKIPPED.isdisjoint((entry.name, inner.name)):
                for deep in _listed(inner):
                    yield f"{entry.name}/{inner.name}/{deep.name}", deep.path, False


def _listed(folder: Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)


def was_clean(state: str) -> int | None:
    """How many files were found clean in this state; None where it is not known to be clean."""
    try:
        return int(user_cache.read(_FOLDER, state) or b"") if state else None
    except ValueError:
        return None


def remember_clean(state: str, files: int) -> None:
    """Remember that a state was found clean. A cache that cannot be written is no reason to fail."""
    if state:
        user_cache.write(_FOLDER, state, str(files).encode(), _MOST_REMEMBERED)
