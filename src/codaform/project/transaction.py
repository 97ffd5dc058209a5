"""Changing several files of a folder as one change: all of it or nothing of it, also where the process is killed.

Before the first file changes, a log in the folder says how the change is undone. A process that is killed leaves the
log behind, and `recover` undoes the change at the next chance.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from codaform.files import check_path, make_folders, open_file, read_file, remove_empty, write_file
from codaform.project.own_folder import NAME
from codaform.source import frozen

FOLDER = ".codaform-undo"
_LOG = "log.json"


@frozen
class Move:
    """A file or a folder gets another name."""

    old: Path
    new: Path


@frozen
class Write:
    """A file gets this content; it is made where there is none."""

    path: Path
    data: bytes


@frozen
class Remove:
    """A file goes."""

    path: Path


Step = Move | Write | Remove


class Busy(OSError):
    """Another process is changing the folder."""

    def __init__(self, root: Path) -> None:
        super().__init__(None, "another codaform is changing the files there", str(root))


def carry_out(root: Path, steps: Sequence[Step]) -> None:
    """Carry out a change of a folder's files. Where that fails, the folder holds what it held before. Raises OSError.

    steps: Paths are within the folder, valid at the time of their step.
    """
    with _alone(root):
        _recover(root)
        made: list[Path] = []
        for number, step in enumerate(steps):
            _check(root, step)
            if isinstance(step, Write):
                _stage(root, number, step, steps)
        log = {"steps": [_logged(root, step, steps) for step in steps]}
        write_file(root / FOLDER / _LOG, json.dumps(log), root)
        try:
            for number, step in enumerate(steps):
                made += _do(root, number, step)
        except BaseException:
            _undo(root)
            remove_empty(made)
            raise
        (root / FOLDER / _LOG).unlink()  # from here on the change holds
        for folder in {step.path.parent for step in steps if isinstance(step, Remove)} - {Path()}:
            with suppress(OSError):
                (root / folder).rmdir()


def recover(root: Path) -> None:
    """Undo what a killed process left half done in a folder; nothing where there is no such thing. Raises OSError."""
    if not (root / FOLDER).is_dir():
        return
    with suppress(Busy), _alone(root):
        _recover(root)


def origin(path: Path, steps: Sequence[Step]) -> Path:
    """Where a file is before the moves of a change."""
    for step in reversed(steps):
        if isinstance(step, Move) and path.is_relative_to(step.new):
            path = step.old / path.relative_to(step.new)
    return path


# ------------------------------------------------------------ one step


def _check(root: Path, step: Step) -> None:
    for path in (step.old, step.new) if isinstance(step, Move) else (step.path,):
        check_path(root / path, root)


def _stage(root: Path, number: int, step: Write, steps: Sequence[Step]) -> None:
    before = root / origin(step.path, steps[:number])
    fresh = root / FOLDER / f"new-{number}"
    write_file(fresh, step.data, root)
    if before.exists():
        if not os.access(before, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(before))
        shutil.copymode(before, fresh)


def _do(root: Path, number: int, step: Step) -> list[Path]:
    """Carry a step out; gives the folders that were made for it."""
    kept = root / FOLDER / f"old-{number}"
    match step:
        case Move(old, new):
            if (root / new).exists() and not (root / new).samefile(root / old):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(root / new))
            (root / old).rename(root / new)
        case Write(path):
            made = make_folders((root / path).parent, root)
            _keep(root / path, kept)
            (root / FOLDER / f"new-{number}").replace(root / path)
            return made
        case Remove(path):
            _keep(root / path, kept)
            (root / path).unlink()
    return []


def _keep(target: Path, kept: Path) -> None:
    """A second name for what is there; the file itself stays until another takes its place."""
    if target.exists():
        try:
            os.link(target, kept)
        except OSError:  # a file system without links
            shutil.copy2(target, kept)


# ------------------------------------------------------------ the log


def _logged(root: Path, step: Step, steps: Sequence[Step]) -> dict[str, str | bool]:
    match step:
        case Move(old, new):
            return {"move": old.as_posix(), "to": new.as_posix()}
        case Write(path):
            return {"write": path.as_posix(), "existed": (root / origin(path, steps)).exists()}
        case Remove(path):
            return {"remove": path.as_posix()}


def _recover(root: Path) -> None:
    if (root / FOLDER / _LOG).is_file():
        _undo(root)


def _undo(root: Path) -> None:
    """Undo the finished steps of the log."""
    try:
        steps = json.loads(read_file(root / FOLDER / _LOG))["steps"]
        paths = [Path(step[key]) for step in steps for key in ("move", "to", "write", "remove") if key in step]
    except (ValueError, KeyError, TypeError):
        return  # it was not written to its end, so nothing was done
    for path in paths:
        _refuse_hidden(path)
        check_path(root / path, root)
    for number, step in reversed([*enumerate(steps)]):
        kept = root / FOLDER / f"old-{number}"
        if "move" in step:
            if (root / step["to"]).exists() and not (root / step["move"]).exists():
                (root / step["to"]).rename(root / step["move"])
            continue
        target = root / step.get("write", step.get("remove"))
        if kept.is_file() and not kept.is_symlink():
            kept.replace(target)
        elif step.get("existed") is False:
            target.unlink(missing_ok=True)
            remove_empty([target.parent])
    (root / FOLDER / _LOG).unlink()


def _refuse_hidden(path: Path) -> None:
    """A log may come from another author, like the project: it must not reach files that other programs run."""
    own = path.parts[:1] == (NAME,) and len(path.parts) == 2 and path.suffix == ".yml"
    if not own and any(part.startswith(".") for part in path.parts):
        raise OSError(None, f"{FOLDER} is damaged; remove it", str(path))


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """The folder of the log, kept from other processes; it is gone afterwards. Raises Busy."""
    folder = root / FOLDER
    make_folders(folder, root)
    with open_file(folder / "lock", root) as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows, where a second run is the user's to avoid
            pass
        except OSError:
            raise Busy(root) from None
        try:
            yield
        finally:
            if not (folder / _LOG).exists():  # else the next run undoes what this one could not
                shutil.rmtree(folder, ignore_errors=True)
