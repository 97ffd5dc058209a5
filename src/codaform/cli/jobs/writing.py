"""Changing files of a project: all of a change or nothing of it."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from codecs import BOM_UTF8
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from codaform.project.files import CannotRead


def rewrite(path: Path, before: str, after: str) -> None:
    """Write a file's new text in place of the one it was made from; byte-order mark, line ends and permissions stay.

    Raises CannotRead where the file does not hold the text before any more.
    """
    path = path.resolve()  # a link stays a link
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    data = path.read_bytes()
    try:
        same = data.decode("utf-8-sig").replace("\r\n", "\n") == before
    except UnicodeDecodeError:
        same = False
    if not same:
        raise CannotRead(f"{path} is being changed by something else; nothing was written to it")
    first = data.find(b"\n")
    newline = "\r\n" if first > 0 and data[first - 1 : first] == b"\r" else "\n"
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    _replace(path, mark + after.replace("\n", newline).encode())


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, name)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def write_new(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write files where none of them is yet: all of them or none. Raises CannotRead where one is there."""
    paths = {folder / name: text for name, text in files.items()}
    for path in paths:
        if path.exists() or path.is_symlink():
            raise CannotRead(f"{path} is there already; nothing was written")
    made: list[Path] = []
    try:
        for path, text in paths.items():
            missing = [parent for parent in path.parents if not parent.exists()]
            for parent in reversed(missing):
                parent.mkdir()
                made.append(parent)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(text)
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise
    return list(paths)
