"""The ids of a doc in Coda and of its parts."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from codaform.model.schema import Doc, views

IdKind = Literal["table", "column", "view", "formula", "control"]
"""The kinds of things that have an id."""
_N = TypeVar("_N")


@dataclass(slots=True)
class Ids:
    """The ids of a doc and of its parts, by names. pages: The pages that codaform made."""

    doc: str = ""
    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)
    controls: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)

    def columns_of(self, table: str) -> dict[str, str]:
        """The ids of a table's columns."""
        return {name: id for (owner, name), id in self.columns.items() if owner == table}

    def rename(self, kind: IdKind, before: str, after: str, table: str = "") -> None:
        """Give a thing another name; nothing changes if it has no id here. table: The table of a column."""
        if kind == "column":
            if (table, before) in self.columns:
                self.columns[table, after] = self.columns.pop((table, before))
            return
        names = self._of(kind)
        if before in names:
            names[after] = names.pop(before)
        if kind == "table":
            self.columns = {
                (after if owner == before else owner, name): id for (owner, name), id in self.columns.items()
            }

    def forget(self, kind: IdKind, name: str, table: str = "") -> None:
        """Remove a thing; with a table its columns. table: The table of a column."""
        if kind == "column":
            self.columns.pop((table, name), None)
            return
        self._of(kind).pop(name, None)
        if kind == "table":
            self.columns = {key: id for key, id in self.columns.items() if key[0] != name}

    def within(self, doc: Doc) -> Ids:
        """A copy with the tables, columns, views, formulas and controls that a doc has, and with all pages."""
        columns = {(table.name, name) for table in doc.tables.values() for name in table.columns}
        return Ids(
            self.doc,
            _those(self.tables, doc.tables),
            _those(self.columns, columns),
            _those(self.views, {view.name for view in views(doc)}),
            _those(self.formulas, doc.formulas),
            _those(self.controls, doc.controls),
            dict(self.pages),
        )

    def _of(self, kind: Literal["table", "view", "formula", "control"]) -> dict[str, str]:
        return {"table": self.tables, "view": self.views, "formula": self.formulas, "control": self.controls}[kind]


def _those(ids: Mapping[_N, str], names: Container[_N]) -> dict[_N, str]:
    return {name: id for name, id in ids.items() if name in names}
