"""Writing the files of a site: those that differ are written, those that are not made any more are removed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from codaform.files import check_path, read_file, read_file_text, remove_empty, remove_file, write_file
from codaform.project import own_folder
from codaform.project.locate import CannotRead
from codaform.site.build.settings import Folders
from codaform.site.build.site_files import ASSETS, SiteFiles, markdown_files
from codaform.site.pages import MARK_TEXT, is_generated

_MARKED = (".md", ".txt", ".css", ".js", ".mjs")
"""The kinds of files that bear the mark; pictures cannot, and belong to codaform in its own folder."""


@dataclass(frozen=True, slots=True)
class PageDifferences:
    """Paths below the folder of the pages.

    missing: Not there. changed: There with another text. foreign: There, and not generated. left_over:
    Generated once, and not any more. settings: Whether mkdocs.yml is another one.
    """

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    foreign: tuple[str, ...]
    left_over: tuple[str, ...]
    settings: bool

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.missing or self.changed or self.foreign or self.left_over or self.settings)


def compare(made: SiteFiles) -> PageDifferences:
    """The files to write and to remove, and the files in the way. Raises OSError."""
    missing: list[str] = []
    changed: list[str] = []
    foreign: list[str] = []
    for name, data in made.files.items():
        path = made.folders.docs / name
        try:
            there = read_file(path).replace(b"\r\n", b"\n")
        except (FileNotFoundError, NotADirectoryError):
            missing.append(name)
            continue
        if there == data.replace(b"\r\n", b"\n"):
            continue
        marked = path.suffix not in _MARKED or is_generated(there.decode("utf-8", "replace"))
        (changed if marked else foreign).append(name)
    try:
        settings = read_file(made.folders.settings) != made.settings.encode()
    except FileNotFoundError:
        settings = True
    return PageDifferences(tuple(missing), tuple(changed), tuple(foreign), tuple(_left_over(made)), settings)


def _left_over(made: SiteFiles) -> list[str]:
    docs = made.folders.docs
    known = [*markdown_files(docs)]
    known += [
        (path.relative_to(docs).as_posix(), path)
        for path in sorted((docs / ASSETS).rglob("*"))
        if path.is_file() and path.suffix in _MARKED
    ]
    return [name for name, path in known if name not in made.files and _bears_mark(path)]


def _bears_mark(path: Path) -> bool:
    with path.open("rb") as file:
        return is_generated(file.readline(200).decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class WriteCount:
    """How many files were written, were so already, and were removed.

    unignored: Whether git would keep the built site of a new mkdocs.yml.
    """

    written: int
    same: int
    removed: int
    unignored: bool = False


def write_site(made: SiteFiles) -> WriteCount:
    """Write the files of a site into its folder.

    Raises CannotRead before anything is written where a file that is not generated is in the way, and OSError.
    """
    differences = compare(made)
    docs, root = made.folders.docs, made.folders.root
    if differences.foreign:
        rest = len(differences.foreign) - 1
        more = f" (and {rest} more)" if rest else ""
        raise CannotRead(
            f"{docs / differences.foreign[0]}{more} would be overwritten: its first line does not say "
            f"“{MARK_TEXT}”; nothing was written"
        )
    todo = [*differences.missing, *differences.changed]
    for name in (*todo, *differences.left_over):
        check_path(docs / name, root)
    check_path(made.folders.settings, root)
    unignored = not made.folders.settings.exists() and not _ignore_built(made.folders)
    if differences.settings:
        write_file(made.folders.settings, made.settings, root)
    for name in todo:
        write_file(docs / name, made.files[name], root)
    for name in differences.left_over:
        remove_file(docs / name, root)
        remove_empty([one for one in reversed((docs / name).parents) if one.is_relative_to(docs) and one != docs])
    written, removed = len(todo) + differences.settings, len(differences.left_over)
    return WriteCount(written, len(made.files) - len(todo), removed, unignored)


def _ignore_built(folders: Folders) -> bool:
    """Let git ignore the site beside a new mkdocs.yml; False if a .gitignore is there, which stays, and does not."""
    if folders.root.parent.name == own_folder.NAME:
        own_folder.own_folder(folders.root.parents[1])
        return True
    ignored = folders.root / ".gitignore"
    if not ignored.exists():
        write_file(ignored, f"/{folders.built.name}/\n", folders.root)
        return True
    return any(line.strip().strip("/") == folders.built.name for line in read_file_text(ignored, "replace").split("\n"))


def copy_site(made: SiteFiles, docs: Path) -> None:
    """A copy of the folder of the pages as it will be once everything is written."""
    if made.folders.docs.is_dir():
        shutil.copytree(made.folders.docs, docs, ignore_dangling_symlinks=True)
    for name in compare(made).left_over:
        (docs / name).unlink()
    for name, data in made.files.items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
