"""Giving a thing of a project another name, from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codaform.cli.input.opening import label, open_project
from codaform.cli.names import pick
from codaform.cli.output.terminal import put, put_diff, say
from codaform.deploy.renamed_lock import renamed_locks
from codaform.extras import require
from codaform.files import read_file
from codaform.model.schema import Doc, views
from codaform.project.files import CannotRead
from codaform.project.project import Project
from codaform.project.renaming import Renamed, check_name, renamed_project, steps_of
from codaform.project.root import reason
from codaform.project.transaction import Move, Step, Write, carry_out, origin
from codaform.semantics.renaming import Renaming
from codaform.site.guides.reading import find_documents as documents_of
from codaform.source import Span
from codaform.text import harmless


def run(what: str, new: str, path: Path, apply: bool) -> None:
    """Rename a thing, or show what would change. Raises CannotRead; then nothing was written."""
    project = open_project(path)
    if project.lost:
        first = project.diagnostics[0]
        raise CannotRead(f"{first.source.name}: {first.message}; a project that cannot be read is not changed")
    renaming = find(project.doc, what, new)
    check_name(project.doc, renaming)
    try:
        steps = steps_for(project, renaming)
        _show(project.root, steps)
        if apply:
            carry_out(project.root, steps)
    except OSError as error:
        raise CannotRead(f"{error.filename or project.root}: {reason(error)}; nothing was renamed") from None
    count = sum(isinstance(step, Write) for step in steps)
    files = "1 file" if count == 1 else f"{count} files"
    say(f"{_called(renaming)} is {new} now, in {files}" if apply else "nothing was written; --apply renames it")


def find(doc: Doc, what: str, new: str) -> Renaming:
    """What a person means: a table, a view, a named formula or a control by its name, a column as `table.column`.

    Raises CannotRead.
    """
    known = {view.name: "view" for view in views(doc)} | dict.fromkeys(doc.formulas, "formula")
    known |= dict.fromkeys(doc.controls, "control")
    known |= dict.fromkeys(doc.tables, "table")
    exact = what if what in known else next((name for name in known if name.casefold() == what.casefold()), None)
    if exact is not None:
        return Renaming(known[exact], exact, new)  # type: ignore[arg-type]
    for at, letter in enumerate(what):
        table = next((name for name in doc.tables if name.casefold() == what[:at].casefold()), None)
        if letter == "." and table is not None:
            column = pick("column", what[at + 1 :], doc.tables[table].columns, f" in {table}")
            if new.casefold().startswith(f"{table.casefold()}."):
                raise CannotRead(f"the new name stands alone, without its table: {new[len(table) + 1 :]}")
            return Renaming("column", column, new, table)
    pick("table, view, named formula or control", what, known)
    raise AssertionError("pick raises for what is not known")


def steps_for(project: Project, renaming: Renaming, documents: bool = True) -> list[Step]:
    """Everything that a renaming changes in a project's folder: its files, its documents, its locks.

    documents: Whether those too. Raises CannotRead and OSError.
    """
    found = renamed_project(project, renaming)
    edits = {**found.edits, **(_in_documents(project, renaming) if documents else {})}
    texts: Mapping[Path, str] = renamed_locks(project.root, project.doc, renaming, found.formulas)
    return steps_of(project.root, Renamed(edits, found.moves), texts)


def _in_documents(project: Project, renaming: Renaming) -> Mapping[Path, Mapping[Span, str]]:
    if not documents_of(project):
        return {}
    require("docs")
    from codaform.site.guides.renaming import renamed_documents

    return renamed_documents(project, renaming)


def _called(renaming: Renaming) -> str:
    return f"{renaming.table}.{renaming.old}" if renaming.kind == "column" else renaming.old


# ------------------------------------------------------------ what is shown


def _show(root: Path, steps: list[Step]) -> None:
    for step in steps:
        match step:
            case Move(old, new):
                put(harmless(f"rename {_name(root, old)} to {_name(root, new)}"))
            case Write(path, data):
                old = origin(path, steps)
                before = read_file(root / old).decode("utf-8-sig")
                put_diff(before, data.decode("utf-8-sig"), _name(root, old), _name(root, path), around=0)


def _name(root: Path, path: Path) -> str:
    return (Path(label(root)) / path).as_posix()
