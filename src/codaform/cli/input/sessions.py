"""Projects at work: their sample rows, and the columns that are asked about."""

from __future__ import annotations

from pathlib import Path

from codaform.cli.input.opening import open_project
from codaform.cli.names import pick
from codaform.cli.output.reporting import is_error
from codaform.cli.output.terminal import say
from codaform.diagnostics.render.text import summary
from codaform.model.schema import Column, Table, control_column
from codaform.project.files import CannotRead
from codaform.project.reader import find_root
from codaform.project.session import Session
from codaform.semantics.scope import nearest


def open_session(path: Path | None) -> Session:
    """The project of a path; without a path, of the current folder, and where there is none, a doc without tables.

    Errors in its files are mentioned on stderr, because they may be why something is missing from what follows.
    """
    if path is None:
        try:
            find_root(Path())
        except CannotRead:
            return Session.empty()
    project = open_project(path or Path())
    errors = [diagnostic for diagnostic in project.diagnostics if is_error(diagnostic)]
    if errors:
        say(f"{summary(errors, len(project.files))}; codaform check tells them")
    return Session(project)


def pick_column(session: Session, path: str) -> tuple[Table, Column]:
    """The column of `table.column`. Raises CannotRead."""
    tables = session.project.doc.tables
    for at, character in enumerate(path):
        if character == ".":
            table = next((table for table in tables.values() if table.name.casefold() == path[:at].casefold()), None)
            if table is not None:
                return table, table.columns[pick("column", path[at + 1 :], table.columns, f" in {table.name}")]
    if "." in path:
        pick("table", path.partition(".")[0], tables)
    raise CannotRead(f"{path} is no column: it is given as table.column")


def pick_button(session: Session, path: str) -> tuple[Table | None, Column]:
    """The button of `table.button`, or one on a page by its name; that has no table. Raises CannotRead."""
    on_pages = {name: control for name, control in session.project.doc.controls.items() if control.kind == "button"}
    known = next((control for name, control in on_pages.items() if name.casefold() == path.casefold()), None)
    if known is not None:
        return None, control_column(known)
    tables = session.project.doc.tables
    folded = path.casefold()
    owners = [table for table in tables.values() if folded.startswith(f"{table.name.casefold()}.")]
    for table in sorted(owners, key=lambda owner: len(owner.name), reverse=True)[:1]:
        buttons = [column.name for column in table.columns.values() if column.kind == "button"]
        return table, table.columns[pick("button", path[len(table.name) + 1 :], buttons, f" in {table.name}")]
    if "." in path:
        pick("table", path.partition(".")[0], tables)
    close = nearest(path, on_pages)
    more = ", or by its name on a page" if on_pages else ""
    hint = f"; did you mean {close}?" if close else ""
    raise CannotRead(f"{path} is no button: it is given as table.button{more}{hint}")
