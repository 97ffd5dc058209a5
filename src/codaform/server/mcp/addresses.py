"""The addresses by which tools know docs, pages, tables and whatever else lies in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from codaform.server.doc.records import ControlRecord, DocRecord, FormulaRecord, PageRecord, TableRecord, ViewRecord
from codaform.server.mcp.endpoint import Refused

SCHEME = "superhuman"
"""How addresses of docs begin in replies; both this and `coda` are taken."""

OWN_VIEW = "default"
"""What stands in the place of a view's id for the look of a table, or of a view, itself."""

_WHOLE = re.compile(r"(?:coda|superhuman)://docs/([^/#?]+)(.*)", re.DOTALL)
_KINDS = frozenset({"pages", "canvases", "tables", "views", "rows", "columns", "formulas", "controls"})


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart. doc: Its id. steps: By kind, as `pages` or `tables`, the id."""

    text: str
    doc: str
    steps: Mapping[str, str]


def parsed(text: str, doc: str = "") -> Address:
    """An address taken apart. Raises Refused.

    doc: The id of the doc that an address means which begins within a doc, as those in replies do. Without it the
    address has to name its doc. The name behind a `#` is there for people and means nothing.
    """
    found = _WHOLE.fullmatch(text)
    if found is None and (not doc or "://" in text):
        raise Refused(f"{text[:200]!r} is not an address of a doc: it begins with coda://docs/ or superhuman://docs/.")
    within = found[2] if found is not None else text
    parts = [step.partition("#")[0] for step in re.sub(r"[#?][^/]*", "", within).split("/") if step]
    if len(parts) % 2 or any(kind not in _KINDS for kind in parts[::2]):
        raise Refused(f"{text[:200]!r} is not an address: its steps are {', '.join(sorted(_KINDS))}, each with an id.")
    return Address(text, found[1] if found is not None else doc, dict(zip(parts[::2], parts[1::2], strict=True)))


def doc_uri(doc: DocRecord) -> str:
    """The address of a doc."""
    return f"{SCHEME}://docs/{doc.id}"


def page_uri(page: str) -> str:
    """The address of a page within its doc. page: Its canvas's id."""
    return f"pages/section-{page.removeprefix('canvas-')}"


def canvas_uri(page: str) -> str:
    """The address of what is written on a page. page: The canvas's id."""
    return f"canvases/{page}"


def table_uri(table: TableRecord | ViewRecord) -> str:
    """The address of a table within its doc; a view on a page is a table as well, and has its page in the address."""
    if isinstance(table, ViewRecord):
        return f"{page_uri(table.page)}/tables/{table.id}"
    return f"tables/{table.id}"


def formula_uri(formula: FormulaRecord) -> str:
    """The address of a formula on a page."""
    return f"{canvas_uri(formula.page)}/formulas/{formula.id}"


def control_uri(control: ControlRecord) -> str:
    """The address of a control on a page."""
    return f"{canvas_uri(control.page)}/controls/{control.id}"


def page_addresses(page: PageRecord) -> dict[str, str]:
    """Both addresses of a page, as replies name them."""
    return {"pageUri": page_uri(page.id), "canvasUri": canvas_uri(page.id)}
