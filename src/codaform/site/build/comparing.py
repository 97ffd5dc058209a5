"""What the folder of a site holds against what a project gives it now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codaform.files import read_file
from codaform.site.build.making import ASSETS, Made, markdown_files
from codaform.site.build.mark import is_generated

_MARKED = (".md", ".txt", ".css", ".js", ".mjs")
"""The kinds of files that bear the mark; pictures cannot, and belong to codaform in its own folder."""


@dataclass(frozen=True, slots=True)
class Differences:
    """Paths below the folder of the pages.

    missing: Not there. changed: There with another text. foreign: There, and written by somebody else. left_over:
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


def compare(made: Made) -> Differences:
    """What has to be written and removed, and what stands in the way. Raises OSError."""
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
    return Differences(tuple(missing), tuple(changed), tuple(foreign), tuple(_left_over(made)), settings)


def _left_over(made: Made) -> list[str]:
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
