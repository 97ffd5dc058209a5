"""Changing files of a project: all of a change or nothing of it."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from codaform.files import check_path, create_file, make_folders, read_file, write_file
from codaform.project.files import CannotRead
from codaform.project.root import base_of


def rewrite(path: Path, before: str, after: str) -> None:
    """Write a file's new text in place of the one it was made from; byte-order mark, line ends and permissions stay.

    Raises CannotRead where the file does not hold the text before any more.
    """
    root = base_of(path)
    check_path(path, root)
    data = read_file(path)
    try:
        same = data.decode("utf-8-sig").replace("\r\n", "\n") == before
    except UnicodeDecodeError:
        same = False
    if not same:
        raise CannotRead(f"{path} is being changed by something else; nothing was written to it")
    first = data.find(b"\n")
    newline = "\r\n" if first > 0 and data[first - 1 : first] == b"\r" else "\n"
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    write_file(path, mark + after.replace("\n", newline).encode(), root)


def write_new(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write files where none of them is yet: all of them or none. Raises CannotRead where one is there."""
    paths = {folder / name: text for name, text in files.items()}
    for path in paths:
        if path.exists() or path.is_symlink():
            raise CannotRead(f"{path} is there already; nothing was written")
    root = base_of(folder / "doc.yml")
    made: list[Path] = []
    try:
        for path, text in paths.items():
            made += make_folders(path.parent, root)
            create_file(path, text, root)
            made.append(path)
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise
    return list(paths)
