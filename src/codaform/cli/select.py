"""Which files are to be checked, and their findings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from codaform.cli.input.opening import label, open_project
from codaform.cli.input.stdin import read_stdin
from codaform.cli.names import pick
from codaform.cli.output.reporting import is_error
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project.check import check_formula, check_project
from codaform.project.files import CannotRead, read_alone
from codaform.project.project import Project
from codaform.project.reader import find_root, read_project


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked about a project: all of it, or only some of its files and folders.

    root: The project's folder; None for formula files outside of any project.
    paths: The files and folders that are asked about; empty for all.
    """

    root: Path | None
    paths: tuple[Path, ...]


def select(paths: Sequence[Path]) -> list[Selection]:
    """The projects that paths lie in; without paths, all of the current folder's.

    Raises CannotRead for a path that is not there, and for one that is in no project and no formula.
    """
    if not paths:
        return [Selection(find_root(Path()), ())]
    asked: dict[Path | None, list[Path]] = {}
    whole: set[Path | None] = set()
    for path in paths:
        root = _root(path)
        key = next((known for known in asked if known and root and _absolute(known) == _absolute(root)), root)
        asked.setdefault(key, []).append(path)
        if root is not None and not _inside(path, root):
            whole.add(key)
    return [Selection(root, () if root in whole else tuple(dict.fromkeys(inside))) for root, inside in asked.items()]


def _root(path: Path) -> Path | None:
    """The project that a path lies in or that lies in it; None for a formula file in none. Raises CannotRead."""
    if not path.is_file():
        return find_root(path)
    try:
        root = find_root(path)
        if _inside(path, root):
            return root
        problem = CannotRead(f"{path} is no part of the project {root}")
    except CannotRead as error:
        problem = error
    if path.suffix == ".coda":
        return None
    raise problem


def check_selected(selections: Sequence[Selection]) -> tuple[list[Diagnostic], list[str]]:
    """The findings, and the names of the files that were checked."""
    found: list[Diagnostic] = []
    checked: list[str] = []
    for selection in selections:
        if selection.root is None:
            for path in selection.paths:
                found.extend(_check_alone(path, None))
                checked.append(path.as_posix())
            continue
        project = read_project(selection.root, label(selection.root))
        names, alone = _asked_files(project, selection)
        found.extend(diagnostic for diagnostic in check_project(project) if diagnostic.source.name in names)
        for path in alone:
            found.extend(_check_alone(path, project))
        checked.extend((*sorted(names), *(path.as_posix() for path in alone)))
    return found, checked


def check_stdin(table: str, column: str, folder: Path | None) -> tuple[list[Diagnostic], list[str]]:
    """The findings of the formula on stdin, at its place in a project; None for that of the current folder."""
    project: Project | None
    try:
        project = open_project(folder or Path())
    except CannotRead:
        if table or folder is not None:
            raise
        project = None
    if project is not None and table:
        table = pick("table", table, project.doc.tables)
        if column:
            column = pick("column", column, project.doc.tables[table].columns, f" in {table}")
    source = read_stdin()
    return check_formula(source, project, table, column), [source.name]


def _asked_files(project: Project, selection: Selection) -> tuple[set[str], list[Path]]:
    """The names of a project's files that are asked about, and the formula files in it that it does not name."""
    assert selection.root is not None
    if not selection.paths:
        return set(project.files), []
    names: set[str] = set()
    alone: list[Path] = []
    for path in selection.paths:
        inside = _absolute(path).relative_to(_absolute(selection.root)).as_posix()
        name = (PurePath(label(selection.root)) / inside).as_posix()
        found = {file for file in project.files if file == name or file.startswith(f"{name}/")}
        names |= found
        if not found:
            if path.suffix != ".coda" or not path.is_file():
                raise CannotRead(f"{path} is no part of the project {selection.root}")
            alone.append(path)
    return names, alone


def _check_alone(path: Path, project: Project | None) -> list[Diagnostic]:
    source, problems = read_alone(path)
    return [*problems, *(check_formula(source, project) if not problems else ())]


def _inside(path: Path, root: Path) -> bool:
    """Whether a path is a part of a project and not all of it."""
    return _absolute(root) in _absolute(path).parents


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they are, `..` goes


def sound(path: Path) -> Project:
    """The project that a path lies in. Raises CannotRead, also for one with errors."""
    project = open_project(path)
    wrong = next((finding for finding in check_project(project) if is_error(finding)), None)
    if wrong is not None:
        raise CannotRead(
            f"the project has errors, and no plan is made of those: codaform check tells them ({wrong.message})"
        )
    return project
