"""The parts of a project, by kind and name."""

from __future__ import annotations

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
