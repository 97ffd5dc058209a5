"""Files of lines that one process at a time may append to, and that a crash leaves whole but for the last line."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, TypeVar

from codaform.coda.wire.json_data import read_json
from codaform.files import open_file
from codaform.project.files import CannotRead
from codaform.project.locate import reason
from codaform.project.own_folder import NAME, own_folder

T = TypeVar("T")


def line_file(root: Path, name: str) -> Path:
    """The path of a journal in the folder of a project. name: Of what it is about, in any signs."""
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in name)
    return root / NAME / f"{safe}.jsonl"


def opened_alone(path: Path, root: Path) -> IO[bytes] | None:
    """The file of a journal, closed to other runs; None if another run has it open. Raises CannotRead."""
    while True:
        try:
            own_folder(root)
            file = open_file(path, root)
        except OSError as error:
            raise CannotRead(f"{path} cannot be written: {reason(error)}") from None
        if not lock(file):
            file.close()
            return None
        # Another run may just have put a shorter one in its place.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()


LOCKS = find_spec("fcntl") is not None
"""Whether the system keeps a second run out. On Windows an appended line is complete or missing, and the user has to
avoid a second run."""


def lock(file: IO[bytes]) -> bool:
    """Lock a file; False if another run holds it. The system unlocks it when the process ends, even by a kill."""
    if not LOCKS:
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def whole_lines(file: IO[bytes]) -> list[bytes]:
    """The lines of a file from its beginning; a last one that a crash cut off is dropped."""
    file.seek(0)
    content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        file.truncate(len(whole))
    return whole.splitlines()


def entries(file: IO[bytes], path: Path, entry: Callable[[Any], T], advice: str) -> list[T]:
    """The entries of a journal. Raises CannotRead for a damaged line.

    entry: Makes one of the JSON of a line; a ValueError or TypeError tells damage. advice: What helps then.
    """
    found: list[T] = []
    for number, line in enumerate(whole_lines(file), 1):
        try:
            found.append(entry(read_json(line)))
        except (ValueError, TypeError):
            raise CannotRead(f"line {number} of {path} is damaged; {advice}") from None
    return found


def append_line(file: IO[bytes], line: bytes) -> None:
    """Add a line; it is on the disk afterwards."""
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
