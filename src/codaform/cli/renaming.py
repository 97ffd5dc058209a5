"""The changes of a renaming in a project's folder: in its files, its documents, its lock file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codaform.cli.select import label, pick_part
from codaform.cli.terminal import put, put_diff
from codaform.deploy.lock import renamed_locks
from codaform.extras import require
from codaform.files import read_file
from codaform.model.schema import Doc
from codaform.project.files import CannotRead
from codaform.project.project import Project
from codaform.project.renaming import Renamed, renamed_project, steps_of
from codaform.project.transaction import Move, Step, Write, origin
from codaform.semantics.renaming import Renaming
from codaform.site.guides.reading import find_documents as documents_of
from codaform.source import Span
from codaform.text import harmless


def find_renaming(doc: Doc, what: str, new: str) -> Renaming:
    """The renaming of a part of the doc. Raises CannotRead."""
    part = pick_part(doc, what)
    if part.kind == "column" and new.casefold().startswith(f"{part.table.casefold()}."):
        raise CannotRead(f"give the new name without its table: {new[len(part.table) + 1 :]}")
    table = part.table if part.kind == "column" else ""
    return Renaming(part.kind, part.name, new, table)  # type: ignore[arg-type]


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
