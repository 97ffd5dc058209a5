"""Opens the project of a command, and finds its files, a column or a button in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from codaform.cli.asked import Selecting
from codaform.cli.names import pick
from codaform.cli.progress import patient_progress
from codaform.cli.terminal import say
from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, errors_in
from codaform.diagnostics.render.text import summary
from codaform.model.schema import Column, Doc, Table, control_column
from codaform.project.check import check_formula, check_project
from codaform.project.check_cache import FileStates
from codaform.project.files import CannotRead, read_alone, read_stdin, rewrite, text_of_stdin
from codaform.project.locate import find_root
from codaform.project.locate import label as label
from codaform.project.memory import Memory
from codaform.project.parts import ProjectPart, find_part, parts_by_name
from codaform.project.project import Project
from codaform.project.reader import read_project
from codaform.project.rows_file import RowsInFiles
from codaform.source import Source, frozen
from codaform.spelling import did_you_mean, nearest

PATIENCE = 1.0
"""Seconds until the progress of reading rows is drawn."""

# ------------------------------------------------------------ a project


def open_project(path: Path | None = None) -> Project:
    """The project that contains a path, by default the current folder. Raises CannotRead if there is none."""
    return _read(find_root(path or Path()))


def _read(root: Path) -> Project:
    with patient_progress("reading rows", None, PATIENCE) as on_rows:
        return read_project(root, label(root), on_rows)


def _recall(root: Path, states: FileStates | None = None, with_rows: bool = True) -> Memory:
    with patient_progress("reading rows", None, PATIENCE) as on_rows:
        memory = Memory(root, label(root), on_rows, states)
        if with_rows and isinstance(memory.project.rows, RowsInFiles):
            memory.project.rows.read(on_rows)
        return memory


def recall_with_note(path: Path | None = None, with_rows: bool = True) -> Memory:
    """The same, with what an earlier command found of it. If its files have errors, a note on stderr counts them: they
    may be why values are missing.

    with_rows: Whether the rows are read by now.
    """
    memory = _recall(find_root(path or Path()), with_rows=with_rows)
    errors = errors_in(memory.project.diagnostics)
    if errors:
        say(f"{summary(errors, len(memory.project.files))}; codaform check lists them")
    return memory


def recall_sound(path: Path | None = None) -> Memory:
    """The same. Raises CannotRead also for a project with errors."""
    memory = _recall(find_root(path or Path()))
    errors = errors_in(check_project(memory.project, memory))
    if errors:
        raise CannotRead(f"no plan is made of a project with errors: codaform check lists them ({errors[0].message})")
    return memory


def open_readable_project(path: Path | None = None) -> Project:
    """The same, for a command that changes its files. Raises CannotRead also if a whole file cannot be read."""
    project = open_project(path)
    if project.lost:
        first = next(one for one in project.diagnostics if one.source in project.lost)
        raise CannotRead(f"{first.source.name}: {first.message}; a project that cannot be read is not changed")
    return project


# ------------------------------------------------------------ a column, a button


def pick_column(doc: Doc, path: str) -> tuple[Table, Column]:
    """The column of `table.column`. Raises CannotRead."""
    for at, character in enumerate(path):
        if character == ".":
            table = doc.tables.get(next((name for name in doc.tables if name.casefold() == path[:at].casefold()), ""))
            if table is not None:
                return table, table.columns[pick("column", path[at + 1 :], table.columns, f" in {table.name}")]
    if "." in path:
        pick("table", path.partition(".")[0], doc.tables)
    raise CannotRead(f"{path} is no column: name it as table.column")


def pick_part(doc: Doc, what: str) -> ProjectPart:
    """The table, view, named formula or control of a name, or the column of `table.column`. Raises CannotRead."""
    found = find_part(doc, what)
    if found is not None:
        return found
    for at, letter in enumerate(what):
        table = next((name for name in doc.tables if name.casefold() == what[:at].casefold()), None)
        if letter == "." and table is not None:
            pick("column", what[at + 1 :], doc.tables[table].columns, f" in {table}")
    known = parts_by_name(doc)
    return known[pick("table, view, named formula or control", what, known)]


def pick_button(doc: Doc, path: str) -> tuple[Table | None, Column]:
    """The button of `table.button`, or a button on a page, which has no table, by its name. Raises CannotRead."""
    on_pages = {name: control for name, control in doc.controls.items() if control.kind == "button"}
    folded = path.casefold()
    known = next((control for name, control in on_pages.items() if name.casefold() == folded), None)
    if known is not None:
        return None, control_column(known)
    owners = [table for table in doc.tables.values() if folded.startswith(f"{table.name.casefold()}.")]
    if owners:
        table = max(owners, key=lambda owner: len(owner.name))
        buttons = [column.name for column in table.columns.values() if column.kind == "button"]
        return table, table.columns[pick("button", path[len(table.name) + 1 :], buttons, f" in {table.name}")]
    if "." in path:
        pick("table", path.partition(".")[0], doc.tables)
    close = nearest(path, on_pages)
    more = ", or a button on a page by its name" if on_pages else ""
    hint = f"; {did_you_mean(close)}" if close else ""
    raise CannotRead(f"{path} is no button: name it as table.button{more}{hint}")


# ------------------------------------------------------------ files to check


@frozen
class Selection:
    """A project to check, or some of its files and folders.

    root: The project's folder; None for formula files outside of any project.
    paths: The files and folders to check; empty for all.
    """

    root: Path | None
    paths: tuple[Path, ...]


def select(paths: Sequence[Path]) -> list[Selection]:
    """The projects that contain the paths; without paths, all of the current folder's project.

    Raises CannotRead for a path that does not exist, and for one that is in no project and no formula.
    """
    if not paths:
        return [Selection(find_root(Path()), ())]
    chosen: dict[Path | None, list[Path]] = {}
    whole: set[Path | None] = set()
    for path in paths:
        root = _root(path)
        key = next((known for known in chosen if known and root and _absolute(known) == _absolute(root)), root)
        chosen.setdefault(key, []).append(path)
        if root is not None and not _inside(path, root):
            whole.add(key)
    return [Selection(root, () if root in whole else tuple(dict.fromkeys(inside))) for root, inside in chosen.items()]


def _root(path: Path) -> Path | None:
    """The project that a path is in, or that is in the path; None for a formula file in none. Raises CannotRead."""
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


def check_selected(
    selections: Sequence[Selection],
    states: FileStates | None = None,
    advice: bool = False,
    selecting: Selecting | None = None,
    quiet: bool = False,
) -> tuple[list[Diagnostic], list[str]]:
    """The findings, and the names of the checked files.

    states: Of the files of the only project, if they were looked at. advice: Whether infos of advice are given, too.
    selecting: Which parts the findings may be about. quiet: Whether no note counts them. Raises CannotRead for a
    selector that means nothing.
    """
    found: list[Diagnostic] = []
    checked: list[str] = []
    for selection in selections:
        if selection.root is None:
            for path in selection.paths:
                found.extend(_check_alone(path, None))
                checked.append(path.as_posix())
            continue
        memory = _recall(selection.root, states, with_rows=False)
        project = memory.project
        names, alone = _chosen_files(project, selection)
        said = (one for one in check_project(project, memory, advice) if one.source.name in names)
        if selecting is not None:
            from codaform.cli.selecting import parts_selected
            from codaform.project.session import Session

            chosen = parts_selected(Session.recalled(memory), selecting, quiet)
            said = (one for one in said if chosen.is_about(one))
        found.extend(said)
        for path in alone:
            found.extend(_check_alone(path, project))
        checked.extend((*sorted(names), *(path.as_posix() for path in alone)))
    return found, checked


def fix_selected(
    selections: Sequence[Selection],
    unsafe: bool,
    advice: bool = False,
    selecting: Selecting | None = None,
    rounds: int = 10,
) -> Iterator[tuple[str, Diagnostic]]:
    """Write fixes until no fix applies any more; yields each fixed finding, with the name of its file.

    advice: Whether advice is followed alone. rounds: How often a fix may make room for another one.
    """
    from codaform.diagnostics.fixes import apply_fixes

    for _ in range(rounds):
        found, _checked = check_selected(selections, advice=advice, selecting=selecting, quiet=True)
        found = [one for one in found if not advice or one.rule.code.startswith("CF9")]
        unreadable = {diagnostic.source.name for diagnostic in found if diagnostic.rule == rules.BAD_ENCODING}
        by_name: dict[str, list[Diagnostic]] = {}
        for diagnostic in found:
            if diagnostic.fix is not None and diagnostic.source.name not in unreadable:
                by_name.setdefault(diagnostic.source.name, []).append(diagnostic)
        changed = False
        for name, diagnostics in by_name.items():
            text = diagnostics[0].source.text
            after, applied = apply_fixes(text, diagnostics, unsafe)
            if after != text:
                rewrite(Path(name), text, after)
                changed = True
                yield from ((name, diagnostic) for diagnostic in applied)
        if not changed:
            return


def check_stdin(
    table: str, column: str, folder: Path | None, data: bytes | None = None
) -> tuple[list[Diagnostic], list[str]]:
    """The findings of the formula on stdin, at its place in a project; None for the current folder's project.

    data: What stdin had, if it was read.
    """
    project: Project | None
    try:
        project = _recall(find_root(folder or Path()), with_rows=False).project
    except CannotRead:
        if table or folder is not None:
            raise
        project = None
    source = read_stdin() if data is None else text_of_stdin(data)
    return check_at(source, project, table, column), [source.name]


def check_at(source: Source, project: Project | None, table: str, column: str) -> list[Diagnostic]:
    """The findings of a formula at its place in a project, by the names as a person wrote them. Raises CannotRead."""
    if project is not None and table:
        table = pick("table", table, project.doc.tables)
        if column:
            column = pick("column", column, project.doc.tables[table].columns, f" in {table}")
    return check_formula(source, project, table, column)


def _chosen_files(project: Project, selection: Selection) -> tuple[set[str], list[Path]]:
    """The names of a project's selected files, and the selected formula files in its folder that it does not use."""
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
    return Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they are, `..` is resolved
