"""From what stands on the command line to projects, tables and texts."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import click

from codaform.cli.reporting import say_findings
from codaform.model.schema import Column, Table
from codaform.project.files import MAX_BYTES, CannotRead
from codaform.project.project import Project
from codaform.project.reader import find_root, read_project
from codaform.project.session import Session
from codaform.semantics.scope import nearest
from codaform.source import Source


def label(root: Path) -> str:
    """How a project's folder is called in the names of its files: so that the names are paths from the current folder."""
    try:
        return Path(os.path.relpath(root)).as_posix()
    except ValueError:  # another drive
        return root.as_posix()


def open_project(path: Path) -> Project:
    """The project that a path lies in. Raises CannotRead where there is none."""
    root = find_root(path)
    return read_project(root, label(root))


def open_session(path: Path | None) -> Session:
    """The session of the project of a path; without a path, of the current folder, where there is none without a doc."""
    if path is None:
        try:
            find_root(Path())
        except CannotRead:
            return Session.empty()
    project = open_project(path or Path())
    say_findings(project)
    return Session(project)


def pick(kind: str, name: str, known: Collection[str]) -> str:
    """The known name that is meant, spelled exactly so or in other case. Raises CannotRead."""
    if name in known:
        return name
    folded = name.casefold()
    found = next((candidate for candidate in known if candidate.casefold() == folded), None)
    if found is not None:
        return found
    close = nearest(name, known)
    help = f"did you mean {close}?" if close else f"there are {', '.join(known)}" if known else "there are none"
    raise CannotRead(f"there is no {kind} {name}; {help}")


def pick_column(session: Session, path: str) -> tuple[Table, Column]:
    """The column of `table.column`. Raises CannotRead."""
    tables = session.project.doc.tables
    for at, character in enumerate(path):
        if character == ".":
            table = next((table for table in tables.values() if table.name.casefold() == path[:at].casefold()), None)
            if table is not None:
                return table, table.columns[pick(f"column in {table.name}", path[at + 1 :], table.columns)]
    pick("column", path, [f"{table.name}.{column}" for table in tables.values() for column in table.columns])
    raise CannotRead(f"{path} is no column: it is given as table.column")


def read_stdin() -> Source:
    """The text on stdin. Raises CannotRead."""
    data = click.get_binary_stream("stdin").read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise CannotRead(f"the text on stdin has more than {MAX_BYTES:,} bytes")
    try:
        return Source("<stdin>", data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise CannotRead("the text on stdin is not UTF-8") from None
