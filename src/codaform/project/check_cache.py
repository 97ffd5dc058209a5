"""The states of a project's files, and remembering that files of some states were found clean.

A check of the same files then answers at once. The cache is one small file in the user's cache folder, named by a hash
of the states of the project's files and of codaform itself.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from codaform import __version__
from codaform.project import user_cache
from codaform.project.locate import DOCUMENTS, MIGRATIONS, SCENARIOS, SKIPPED
from codaform.project.truths import truths_folder

_UNREAD = (".md", ".html", ".css", ".js", ".json", ".svg", ".png", ".py")
"""The endings of files that are read under no name; one called table.yml.txt is, since it may be meant as table.yml."""

_FOLDER = "clean"

_MOST_REMEMBERED = 200
"""How many clean states are kept; the oldest go first."""

_TICK, _COARSE_TICK = 100_000_000, 2_500_000_000
"""How many nanoseconds pass at most until a file system gives a changed file another time, with an ample margin. The
second is for file systems that keep times in whole milliseconds, or more coarsely."""

State = tuple[object, ...]
"""What changes with the contents of a file: its size, its times, its number on the disk. Only what it is for a file
that nothing reads."""

FileStates = dict[str, State | None]
"""The states of the files of a folder by their names in it; None for a file that was changed so recently that another
change would leave its times the same."""


def file_states(root: Path) -> FileStates:
    """The states of all files of a project; none if a file cannot be looked at."""
    now = time.time_ns()
    try:
        return {name: _state(entry, now) if is_read else _kind(entry) for name, entry, is_read in _entries(root)}
    except OSError:
        return {}


def file_times(root: Path) -> FileStates:
    """The same, also of files that were changed just now: for a caller who looks again soon."""
    try:
        return {name: _state(entry) if is_read else _kind(entry) for name, entry, is_read in _entries(root)}
    except OSError:
        return {}


def is_folder(state: State | None) -> bool:
    """Whether a state is that of a folder."""
    return state is not None and state[0] is True


def fingerprint(root: Path, files: FileStates) -> str:
    """What the findings of a project depend on, as a hash: the states of its files, this program, this Python.

    Empty where a state is not known.
    """
    if not files or None in files.values():
        return ""
    text = f"{program_state()} {root.absolute()} {sorted(files.items())}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _state(entry: os.DirEntry[str], now: int | None = None) -> State | None:
    known = entry.stat()
    tick = _TICK if known.st_ctime_ns % 1_000_000 else _COARSE_TICK
    if now is not None and known.st_ctime_ns > now - tick:
        return None
    # Only the system sets st_ctime, so it differs for a changed file whose modification time was set back.
    file = known.st_mode, known.st_size, known.st_mtime_ns, known.st_ctime_ns, known.st_dev, known.st_ino
    return (*file, *_kind(entry))


def _kind(entry: os.DirEntry[str]) -> State:
    """Where a link leads to: whether that is in the project is a question of its own."""
    return (entry.is_dir(), os.path.realpath(entry.path)) if entry.is_symlink() else (entry.is_dir(),)


@cache
def program_state() -> str:
    """This program: its version, this Python, and the times of the files of its code, and of what was measured."""
    return current_program_state()


def current_program_state() -> str:
    """The same, looked at anew: what a process that lives long compares with its own."""
    package = Path(__file__).parents[1]
    tops = (package, package.parents[1] / "grammar", truths_folder())
    code = [known for top in tops if top.is_dir() for known in _code_in(str(top))]
    times = "\n".join(f"{known.path} {known.stat().st_mtime_ns}" for known in code)
    return f"{__version__} {sys.version} {times}"


def _code_in(folder: str) -> Iterator[os.DirEntry[str]]:
    for entry in sorted(os.scandir(folder), key=lambda known: known.name):
        if entry.name.endswith((".py", ".json", ".yml")):
            yield entry
        elif entry.is_dir():
            yield from _code_in(entry.path)


def _entries(root: Path) -> Iterator[tuple[str, os.DirEntry[str], bool]]:
    """All files and folders near the top, by name, and whether a file is read.

    There is something to say of some that nothing reads, so their names count.
    """
    for entry in _listed(root):
        yield entry.name, entry, _is_read(entry)
        if entry.is_dir() and entry.name == DOCUMENTS:
            yield from _below(entry, entry.name)
            continue
        inside = _listed(entry) if entry.is_dir() else []
        is_own = entry.name in (SCENARIOS, MIGRATIONS) or any(inner.name == "table.yml" for inner in inside)
        for inner in inside:
            yield f"{entry.name}/{inner.name}", inner, _is_read(inner)
            is_skipped = not is_own and not SKIPPED.isdisjoint((entry.name, inner.name))
            if inner.is_dir() and not inner.is_symlink() and not is_skipped:
                for deep in _listed(inner):
                    yield f"{entry.name}/{inner.name}/{deep.name}", deep, _is_read(deep)


def _is_read(entry: os.DirEntry[str]) -> bool:
    return not entry.name.endswith(_UNREAD) and not entry.is_dir()


def _below(folder: os.DirEntry[str], name: str) -> Iterator[tuple[str, os.DirEntry[str], bool]]:
    """Everything in a folder, at any depth."""
    for entry in _listed(folder):
        yield f"{name}/{entry.name}", entry, False
        if entry.is_dir() and not entry.is_symlink():
            yield from _below(entry, f"{name}/{entry.name}")


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
