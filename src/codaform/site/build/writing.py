"""Writing the files of a site: what differs is written, what is not made any more is removed, the rest stays."""

from __future__ import annotations

from dataclasses import dataclass

from codaform.files import check_path, remove_empty, remove_file, write_file
from codaform.project.root import CannotRead
from codaform.site.build.comparing import compare
from codaform.site.build.making import Made
from codaform.site.build.mark import SAID


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
    docs, root = made.folders.docs, made.folders.root
    if differences.foreign:
        rest = len(differences.foreign) - 1
        more = f" (and {rest} more)" if rest else ""
        raise CannotRead(
            f"{docs / differences.foreign[0]}{more} would be overwritten: its first line does not say "
            f"“{SAID}”; nothing was written"
        )
    todo = [*differences.missing, *differences.changed]
    for name in (*todo, *differences.left_over):
        check_path(docs / name, root)
    check_path(made.folders.settings, root)
    if differences.settings:
        write_file(made.folders.settings, made.settings, root)
    for name in todo:
        write_file(docs / name, made.files[name], root)
    for name in differences.left_over:
        remove_file(docs / name, root)
        remove_empty([one for one in reversed((docs / name).parents) if one.is_relative_to(docs) and one != docs])
    return Written(len(todo) + differences.settings, len(made.files) - len(todo), len(differences.left_over))
