"""Writing the files of a site: what differs is written, what is not made any more is removed, the rest stays."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from codaform.project.root import CannotRead
from codaform.site.building.comparing import compare
from codaform.site.building.making import Made
from codaform.site.building.mark import SAID


@dataclass(frozen=True, slots=True)
class Written:
    """How many files were written, were so already, and were removed."""

    written: int
    same: int
    removed: int


def write(made: Made) -> Written:
    """Bring the folder of the site to what the project gives.

    Raises CannotRead before anything is written where a file of somebody else stands in the way, and OSError.
    """
    differences = compare(made)
    docs = made.folders.docs
    if differences.foreign:
        rest = len(differences.foreign) - 1
        more = f" (and {rest} more)" if rest else ""
        raise CannotRead(
            f"{docs / differences.foreign[0]}{more} would be overwritten: its first line does not say "
            f"“{SAID}”; nothing was written"
        )
    todo = [*differences.missing, *differences.changed]
    for name in (*todo, *differences.left_over):
        if not (docs / name).resolve().is_relative_to(docs.resolve()):
            raise CannotRead(f"{docs / name} leads out of the folder {docs}; nothing was written")
    if differences.settings:
        made.folders.root.mkdir(parents=True, exist_ok=True)
        made.folders.settings.write_bytes(made.settings.encode())
    for name in todo:
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.files[name])
    for name in differences.left_over:
        _remove(docs / name, docs)
    return Written(len(todo) + differences.settings, len(made.files) - len(todo), len(differences.left_over))


def _remove(path: Path, docs: Path) -> None:
    path.unlink()
    with suppress(OSError):  # a folder that holds something else stays
        for folder in path.parents:
            if folder == docs:
                break
            folder.rmdir()
