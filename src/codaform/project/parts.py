"""The parts of a project, by kind and name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from codaform.model.schema import Doc, views

PartKind = Literal["table", "column", "view", "formula", "control"]
"""The kinds of parts of a doc itself."""


class ProjectPart(NamedTuple):
    """A part of a project: of its doc, or what is beside the doc.

    name: For a file, its path. table: Of a column, a view or a data test.
    """

    kind: PartKind | Literal["test", "cases", "scenario", "migration", "document"]
    name: str
    table: str = ""

    def __str__(self) -> str:
        return f"{self.table}.{self.name}" if self.kind == "column" else self.name

    @property
    def in_doc(self) -> bool:
        """Whether it is a part of the doc itself."""
        return self.kind in ("table", "column", "view", "formula", "control")


def parts_by_name(doc: Doc) -> dict[str, ProjectPart]:
    """The tables, controls, named formulas and views of a doc by name, columns apart."""
    known = {view.name: ProjectPart("view", view.name, view.table) for view in views(doc)}
    known |= {name: ProjectPart("formula", name) for name in doc.formulas}
    known |= {name: ProjectPart("control", name) for name in doc.controls}
    return known | {name: ProjectPart("table", name) for name in doc.tables}


def find_part(doc: Doc, what: str) -> ProjectPart | None:
    """The part of a name, or the column of `table.column`, in any case of letters; None if there is none."""
    known = parts_by_name(doc)
    exact = what if what in known else _alike(what, known)
    if exact is not None:
        return known[exact]
    for at, letter in enumerate(what):
        table = _alike(what[:at], doc.tables) if letter == "." else None
        if table is not None:
            column = what[at + 1 :]
            columns = doc.tables[table].columns
            found = column if column in columns else _alike(column, columns)
            if found is not None:
                return ProjectPart("column", found, table)
    return None


def _alike(name: str, known: Iterable[str]) -> str | None:
    return next((each for each in known if each.casefold() == name.casefold()), None)


def has_part(doc: Doc, part: ProjectPart) -> bool:
    """Whether a doc has a part of the kind and the name."""
    match part.kind:
        case "table":
            return part.name in doc.tables
        case "column":
            return part.table in doc.tables and part.name in doc.tables[part.table].columns
        case "view":
            return any(view.name == part.name for view in views(doc))
        case "formula":
            return part.name in doc.formulas
        case "control":
            return part.name in doc.controls
    return False
