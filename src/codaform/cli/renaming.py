"""The changes of a renaming in a project's folder: in its files, its documents, its lock file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codaform.cli.names import pick
from codaform.cli.select import label
from codaform.cli.terminal import put, put_diff
from codaform.deploy.lock import renamed_locks
from codaform.extras import require
from codaform.files import read_file
from codaform.model.schema import Doc, views
from codaform.project.files import CannotRead
from codaform.project.project import Project
from codaform.project.renaming import Renamed, renamed_project, steps_of
from codaform.project.transaction import Move, Step, Write, origin
from codaform.semantics.renaming import Renaming
from codaform.site.guides.reading import find_documents as documents_of
from codaform.source import Span
from codaform.text import harmless


def find_renaming(doc: Doc, what: str, new: str) -> Renaming:
    """The renaming of a table, a view, a named formula or a control by its name, or of a column as `table.column`.

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
                raise CannotRead(f"give the new name without its table: {new[len(table) + 1 :]}")
            return Renaming("column", column, new, table)
    pick("table, view, named formula or control", what, known)
    raise AssertionError("pick raises for what is not known")


def steps_for(project: Project, renaming: Renaming, documents: bool = True) -> list[Step]:
    """Everything that a renaming changes in a project's folder: its files, its documents, its lock files.

    documents: Whether to change the documents. Raises CannotRead and OSError.
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


def put_steps(root: Path, steps: list[Step]) -> None:
    """Write what would change: each move, and the lines of each file that differ."""
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
