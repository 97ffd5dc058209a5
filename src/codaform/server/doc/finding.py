"""Things of a doc by id or by name, as the API takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from codaform.server.doc.records import (
    ColumnRecord,
    ControlRecord,
    DocRecord,
    FormulaRecord,
    PageRecord,
    TableRecord,
    ViewRecord,
)


class Named(Protocol):
    """What has an id and a name."""

    @property
    def id(self) -> str:
        """The id."""

    @property
    def name(self) -> str:
        """The name."""


N = TypeVar("N", bound=Named)


def page(doc: DocRecord, wanted: str) -> PageRecord | None:
    """The page of an id or a name."""
    return pick(doc.pages, page_id(wanted))


def page_id(wanted: str) -> str:
    """The id of a page, also by its second id, as MCP has it (`section-…`): that is the id with another prefix."""
    return "canvas-" + wanted.removeprefix("section-") if wanted.startswith("section-") else wanted


def table(doc: DocRecord, wanted: str) -> TableRecord | None:
    """The table of an id or a name."""
    return pick(doc.tables, wanted)


def view(doc: DocRecord, wanted: str) -> tuple[TableRecord, ViewRecord] | None:
    """The view of an id or a name, and the table that it shows."""
    views = list(every_view(doc))
    for owner, found in views:
        if found.id == wanted:
            return owner, found
    folded = wanted.casefold()
    return next((pair for pair in views if pair[1].view.name.casefold() == folded), None)


def every_view(doc: DocRecord) -> Iterator[tuple[TableRecord, ViewRecord]]:
    """All views of the doc with their tables."""
    for owner in doc.tables:
        for found in owner.views:
            yield owner, found


def column(owner: TableRecord, wanted: str) -> ColumnRecord | None:
    """The column of an id or a name."""
    for found in owner.columns:
        if found.id == wanted:
            return found
    folded = wanted.casefold()
    exact = next((found for found in owner.columns if found.column.name == wanted), None)
    return exact or next((found for found in owner.columns if found.column.name.casefold() == folded), None)


def formula(doc: DocRecord, wanted: str) -> FormulaRecord | None:
    """The named formula of an id or a name."""
    for found in doc.formulas:
        if wanted in (found.id, found.formula.name):
            return found
    return None


def control(doc: DocRecord, wanted: str) -> ControlRecord | None:
    """The control of an id or a name."""
    return pick(doc.controls, wanted)


def pick(things: Iterable[N], wanted: str) -> N | None:
    """The thing of an id; else of this very name; else of the name in another case."""
    things = list(things)
    for found in things:
        if found.id == wanted:
            return found
    folded = wanted.casefold()
    exact = next((found for found in things if found.name == wanted), None)
    return exact or next((found for found in things if found.name.casefold() == folded), None)
