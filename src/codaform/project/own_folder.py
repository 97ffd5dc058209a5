"""The folder in which a project keeps what belongs to one machine: the journal, backups, the local Coda."""

from __future__ import annotations

from pathlib import Path

from codaform.files import make_folders, write_file

NAME = ".codaform"


def own_folder(root: Path) -> Path:
    """The folder, made if it is missing; git ignores it, even if its .gitignore was removed.

    Raises OSError, and UnsafePath if the path is a link.
    """
    folder = root / NAME
    make_folders(folder, root)
    ignored = folder / ".gitignore"
    if not ignored.is_file() or ignored.is_symlink():
        write_file(ignored, "*\n", root)
    return folder
