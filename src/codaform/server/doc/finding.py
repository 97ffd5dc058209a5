"""Finding things of a doc by id or by name, as the API does."""

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


class _Named(Protocol):
    """A thing with an id and a name."""

    @property
    def id(self) -> str:
        """The id."""

    @property
    def name(self) -> str:
        """The name."""


_N = TypeVar("_N", bound=_Named)


def page(doc: DocRecord, wanted: str) -> PageRecord | None:
    """The page with an id or a name."""
    return _pick(doc.pages, page_id(wanted))


def page_id(wanted: str) -> str:
    """The id of a page, from the id or from MCP's second id (`section-…`), which differs in the prefix alone."""
    return "canvas-" + wanted.removeprefix("section-") if wanted.startswith("section-") else wanted


def table(doc: DocRecord, wanted: str) -> TableRecord | None:
    """The table with an id or a name."""
    return _pick(doc.tables, wanted)


def view(doc: DocRecord, wanted: str) -> tuple[TableRecord, ViewRecord] | None:
    """The view with an id or a name, and its table."""
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
    """The column with an id or a name."""
    for found in owner.columns:
        if found.id == wanted:
            return found
    folded = wanted.casefold()
    exact = next((found for found in owner.columns if found.column.name == wanted), None)
    return exact or next((found for found in owner.columns if found.column.name.casefold() == folded), None)


def formula(doc: DocRecord, wanted: str) -> FormulaRecord | None:
    """The named formula with an id or a name."""
    for found in doc.formulas:
        if wanted in (found.id, found.formula.name):
            return found
    return None


def control(doc: DocRecord, wanted: str) -> ControlRecord | None:
    """The control with an id or a name."""
    return _pick(doc.controls, wanted)


def _pick(things: Iterable[_N], wanted: str) -> _N | None:
    """The thing with an id; else with exactly this name; else with the name in another case."""
    things = list(things)
    for found in things:
        if found.id == wanted:
            return found
    folded = wanted.casefold()
    exact = next((found for found in things if found.name == wanted), None)
    return exact or next((found for found in things if found.name.casefold() == folded), None)
