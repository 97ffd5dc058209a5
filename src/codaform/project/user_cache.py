"""Small files in the user's cache folder that only the user can have written.

A file is read only if it and its folder belong to the user, nobody else may write to them, neither is a link, and its
checksum is right; otherwise it counts as missing. A file that cannot be written is left out.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from platformdirs import user_cache_path

MAX_BYTES = 100_000_000
"""The largest file that is read or written."""

_SAFE = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether the system can open a file in an open folder, and refuse links."""


def read(folder: str, name: str) -> bytes | None:
    """The content under a name in a folder of the cache; None if there is none, or none to trust."""
    with suppress(OSError), _opened(folder) as place:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if stat.S_ISREG(status.st_mode) and _is_own(status) and status.st_size <= MAX_BYTES:
                digest, data = file.read(32), file.read()
                if hashlib.sha256(data).digest() == digest:
                    return data
    return None


def write(folder: str, name: str, data: bytes, most: int) -> None:
    """Keep data under a name in a folder of the cache, whole or not at all. most: How many files are kept there."""
    if len(data) + 32 > MAX_BYTES:
        return
    fresh = f"{name}.{os.getpid()}"
    with suppress(OSError):
        place_of(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened(folder) as place:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=place)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(data).digest() + data)
                os.rename(fresh, name, src_dir_fd=place, dst_dir_fd=place)
            except OSError:
                os.unlink(fresh, dir_fd=place)
                raise
            _forget_oldest(place, most)


def place_of(folder: str) -> Path:
    """Where a folder of the cache is."""
    return user_cache_path("codaform") / folder


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    """An open folder of the cache. Raises OSError where it is not the user's own."""
    if not _SAFE:
        raise OSError("the system cannot tell whose a file is")
    place = os.open(place_of(folder), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if not _is_own(os.fstat(place)):
            raise OSError("the folder belongs to another user, or others may write there")
        yield place
    finally:
        os.close(place)


def _is_own(status: os.stat_result) -> bool:
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def _forget_oldest(place: int, most: int) -> None:
    names = os.listdir(place)
    if len(names) > most:
        times = {name: os.stat(name, dir_fd=place, follow_symlinks=False).st_mtime_ns for name in names}
        for name in sorted(names, key=lambda known: times[known])[:-most]:
            os.unlink(name, dir_fd=place)
