"""Files of lines that one process at a time may append to, and that a crash leaves whole but for the last line."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from codaform.files import open_file
from codaform.project.files import CannotRead
from codaform.project.locate import reason
from codaform.project.own_folder import own_folder


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


def append_line(file: IO[bytes], line: bytes) -> None:
    """Add a line; it is on the disk afterwards."""
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
