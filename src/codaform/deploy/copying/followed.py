"""A pull into a folder whose things have other names in Coda by now: first the whole folder follows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from codaform.deploy.lock import FILE, LOCAL_FILE
from codaform.files import read_file, write_file
from codaform.model.schema import Doc
from codaform.project.files import CannotRead
from codaform.project.own_folder import NAME
from codaform.project.project import Project, path_inside
from codaform.project.reader import read_project
from codaform.project.renaming import check_name
from codaform.project.transaction import Move, Remove, Step, Write, carry_out, origin
from codaform.project.written_files import Update, own_files, put
from codaform.semantics.renaming import Renaming

Rename = Callable[[Project, Renaming], Sequence[Step]]
"""Everything that a renaming changes in a project's folder. Raises CannotRead where it cannot be done."""


@dataclass(slots=True)
class Followed:
    """A copy of a folder's files in which things have their new names.

    root: The copy. project: What it holds. moves: What moved on the way there. refused: Why a renaming, or a part of
    one, was not carried out, in sentences.
    """

    root: Path
    project: Project
    moves: list[Step] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextmanager
def followed(project: Project, label: str, renamings: Sequence[Renaming], *ways: Rename) -> Iterator[Followed]:
    """A copy of a project that follows renamings, until the block is left.

    label: How the folder is called in the names of files. ways: How a renaming is carried out, the fullest one first;
    where that cannot be done, the next one is tried. Raises CannotRead and OSError.
    """
    with tempfile.TemporaryDirectory() as place:
        root = Path(place, "copy")
        for path in _files(project):
            write_file(root / path, read_file(project.root / path), root)
        found = Followed(root, read_project(root, label))
        for renaming in renamings:
            _follow(found, renaming, label, ways)
        yield found


def _follow(found: Followed, renaming: Renaming, label: str, ways: Sequence[Rename]) -> None:
    if not _has(found.project.doc, renaming):
        return
    for way in ways:
        try:
            check_name(found.project.doc, renaming)
            steps = way(found.project, renaming)
        except CannotRead as problem:
            found.refused.append(f"{renaming.old} is {renaming.new} in Coda: {problem}")
            continue
        carry_out(found.root, steps)
        found.moves += [step for step in steps if isinstance(step, Move)]
        found.project = read_project(found.root, label)
        return


def _has(doc: Doc, renaming: Renaming) -> bool:
    """Whether a thing is there; one whose own table could not be renamed is not."""
    return renaming.kind != "column" or renaming.table in doc.tables


def brought_back(found: Followed, update: Update, root: Path) -> tuple[list[Step], Update]:
    """The steps that bring a folder to the state of its updated copy, and the update in the folder's paths."""
    put(update)
    kept = [path for path in update.left if not update.pruned]
    before = {path: origin(path, found.moves) for path in (*_all(found.root), *update.left)}
    steps = list(found.moves)
    texts: dict[Path, str] = {}
    for path in sorted(_all(found.root)):
        data, old = (found.root / path).read_bytes(), root / before[path]
        if not old.is_file() or old.read_bytes() != data:
            steps.append(Write(path, data))
            texts[path] = data.decode("utf-8-sig")
    steps += [Remove(path) for path in update.left if path not in kept]
    changed = tuple(path for path in texts if (root / before[path]).is_file())
    same = tuple(path for path in update.same if path not in texts)
    moves = tuple((step.old, step.new) for step in found.moves if isinstance(step, Move))
    return steps, Update(root, texts, changed, same, update.anew, update.left, update.pruned, moves)


def _files(project: Project) -> set[Path]:
    """The files of a project, its documents and its locks."""
    paths = {path_inside(project, name) for name in project.files} | {*own_files(project.root)}
    paths |= {path.relative_to(project.root) for path in (project.root / "documents").rglob("*.md")}
    paths |= {Path(FILE), Path(NAME, LOCAL_FILE)}
    top = project.root.resolve()
    # The target of a link outside the project is no file of the project; it is not read.
    return {path for path in paths if (top / path).is_file() and (top / path).resolve().is_relative_to(top)}


def _all(root: Path) -> Iterator[Path]:
    return (path.relative_to(root) for path in root.rglob("*") if path.is_file())
