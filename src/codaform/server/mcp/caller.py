"""The caller of a tool, and the things that addresses lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model import types
from codaform.model.types import Type
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_site
from codaform.server.access import Token
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import (
    ColumnRecord,
    ControlRecord,
    DocRecord,
    FormulaRecord,
    Json,
    PageRecord,
    TableRecord,
    ViewRecord,
)
from codaform.server.rest.account import address_of
from codaform.server.workspace import Workspace
from codaform.source import Source, position


class ToolRefused(Exception):
    """A call that cannot be carried out, and the reason: the client reads the text."""


_SCHEME = "superhuman"
"""The scheme of addresses in replies; arguments may use this or `coda`."""

OWN_VIEW = "default"
"""The id of a table's or a view's own looks, in place of a view's id."""

_WHOLE = re.compile(r"(?:coda|superhuman)://docs/([^/#?]+)(.*)", re.DOTALL)
_KINDS = frozenset(
    {"pages", "canvases", "tables", "views", "rows", "columns", "formulas", "controls", "threads", "comments"}
)


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address. doc: The doc's id. steps: The ids by kind, such as `pages` or `tables`."""

    text: str
    doc: str
    steps: Mapping[str, str]


def parse_address(text: str, doc: str = "") -> Address:
    """The parts of an address. Raises Refused.

    doc: The id of the doc for an address that begins within a doc, as in replies; without it, the address must name
    its doc. A name after a `#` is for people only.
    """
    found = _WHOLE.fullmatch(text)
    if found is None and (not doc or "://" in text):
        raise ToolRefused(
            f"{text[:200]!r} is not an address of a doc: it begins with coda://docs/ or superhuman://docs/."
        )
    within = found[2] if found is not None else text
    parts = [step.partition("#")[0] for step in re.sub(r"[#?][^/]*", "", within).split("/") if step]
    if len(parts) % 2 or any(kind not in _KINDS for kind in parts[::2]):
        raise ToolRefused(
            f"{text[:200]!r} is not an address: its steps are {', '.join(sorted(_KINDS))}, each with an id."
        )
    return Address(text, found[1] if found is not None else doc, dict(zip(parts[::2], parts[1::2], strict=True)))


def doc_uri(doc: DocRecord) -> str:
    """The address of a doc."""
    return f"{_SCHEME}://docs/{doc.id}"


def page_uri(page: str) -> str:
    """The address of a page within its doc. page: Its canvas's id."""
    return f"pages/section-{page.removeprefix('canvas-')}"


def canvas_uri(page: str) -> str:
    """The address of a page's text. page: The canvas's id."""
    return f"canvases/{page}"


def table_uri(table: TableRecord | ViewRecord) -> str:
    """The address of a table within its doc; a view on a page is also a table, with its page in the address."""
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
    """Both addresses of a page, by their names in replies."""
    return {"pageUri": page_uri(page.id), "canvasUri": canvas_uri(page.id)}


@dataclass(frozen=True, slots=True)
class Caller:
    """A token's user in a workspace. A thing that is missing, or closed to the token, raises Refused.

    selects: Whether columns of numbers in a new table become select lists, as a fault.
    """

    workspace: Workspace
    token: Token
    selects: bool = False

    @property
    def user(self) -> dict[str, Json]:
        """The token's user, in the form of replies."""
        person = self.workspace.user
        return {"userId": 1, "name": person.name, "email": address_of(person)}

    def doc(self, uri: str) -> tuple[LocalDoc, Address]:
        """The doc of an address, with every write so far: tools see their own writes at once."""
        address = parse_address(uri)
        if address.doc not in self.workspace:
            raise ToolRefused(f"There is no doc {address.doc}.")
        if self.token.doc and self.token.doc != address.doc:
            raise ToolRefused(f"The token does not open the doc {address.doc}.")
        return self.workspace.live(address.doc), address

    def whole_doc(self, uri: str) -> tuple[LocalDoc, Address]:
        """The doc of an address, for a call about more than one table of it."""
        if self.token.table:
            raise ToolRefused("The token opens one table only.")
        return self.doc(uri)

    def unbound(self) -> None:
        """Refuse a token for a single doc or table."""
        if self.token.doc or self.token.table:
            raise ToolRefused("The token opens one doc only.")

    def page(self, uri: str) -> tuple[LocalDoc, PageRecord]:
        """The page of an address, by either of its ids."""
        doc, address = self.whole_doc(uri)
        return doc, self.page_of(doc, address)

    def page_of(self, doc: LocalDoc, address: Address) -> PageRecord:
        """The page of an address within a doc."""
        id = address.steps.get("pages") or address.steps.get("canvases")
        if id is None:
            raise ToolRefused(f"{address.text!r} names no page.")
        found = next((page for page in doc.record.pages if page.id == finding.page_id(id)), None)
        if found is None:
            raise ToolRefused(f"There is no page {id} in the doc {doc.record.id}.")
        return found

    def table(self, uri: str) -> tuple[LocalDoc, TableRecord, ViewRecord | None]:
        """The table of an address; for a view, its table and the view."""
        doc, address = self.doc(uri)
        table, view = self.table_of(doc, address)
        return doc, table, view

    def table_of(self, doc: LocalDoc, address: Address) -> tuple[TableRecord, ViewRecord | None]:
        """The table or view of an address within a doc."""
        id, view_id = address.steps.get("tables"), address.steps.get("views", OWN_VIEW)
        wanted = id if view_id == OWN_VIEW else view_id
        if wanted is None:
            raise ToolRefused(f"{address.text!r} names no table.")
        for table in doc.record.tables:
            view = next((view for view in table.views if view.id == wanted), None)
            if wanted == table.id or view is not None:
                if self.token.table not in ("", table.id):
                    raise ToolRefused(f"The token does not open the table {table.id}.")
                return table, view
        kind = "table" if view_id == OWN_VIEW else "view"
        raise ToolRefused(f"There is no {kind} {wanted} in the doc {doc.record.id}.")

    def base_table(self, uri: str) -> tuple[LocalDoc, TableRecord]:
        """The table of an address; for a view, its table, for a change of all its views."""
        doc, table, _ = self.table(uri)
        return doc, table

    def column(self, table: TableRecord, id: str) -> ColumnRecord:
        """The column with an id."""
        found = next((column for column in table.columns if column.id == id), None)
        if found is None:
            known = ", ".join(f"{column.id} ({column.column.name})" for column in table.columns[:20])
            raise ToolRefused(f"The table {table.name} has no column {id[:200]}; it has {known}.")
        return found

    def control(self, uri: str) -> tuple[LocalDoc, FormulaRecord | ControlRecord]:
        """The formula or the control of an address."""
        doc, address = self.whole_doc(uri)
        things: list[FormulaRecord | ControlRecord] = [*doc.record.formulas, *doc.record.controls]
        id = address.steps.get("formulas") or address.steps.get("controls")
        if id is None:
            raise ToolRefused(f"{address.text!r} names no formula and no control.")
        found = next((thing for thing in things if thing.id == id), None)
        if found is None:
            raise ToolRefused(f"There is no formula or control {id} in the doc {doc.record.id}.")
        return doc, found

    def do(self, doc: LocalDoc, change: str, arguments: Mapping[str, Json]) -> None:
        """Apply a command to a doc at once."""
        self.workspace.do(doc.record.id, change, arguments)


def bind_formula(doc: LocalDoc, text: str, place: FormulaSite, expected: Type | None) -> Bound:
    """A formula, bound at its place. Raises Refused with the first error and its position."""
    bound, diagnostics = bind_site(doc.book.doc, place, Source("formula", text), expected)
    for diagnostic in diagnostics:
        if diagnostic.rule.severity == "error":
            raise ToolRefused(_explain(diagnostic))
    return bound


def bind_condition(doc: LocalDoc, text: str, table: str) -> Bound:
    """A condition on the rows of a table. Raises Refused."""
    return bind_formula(doc, text, FormulaSite("filter", table, ""), types.BOOLEAN)


def bind_action(doc: LocalDoc, text: str) -> Bound:
    """The action of a button on a page. Raises Refused."""
    return bind_formula(doc, text, FormulaSite("action", "", ""), types.ACTION)


def _explain(diagnostic: Diagnostic) -> str:
    at = position(diagnostic.source, diagnostic.span.start)
    help = f" ({diagnostic.help})" if diagnostic.help else ""
    return f"The formula cannot be computed, line {at.line}, column {at.column}: {diagnostic.message}{help}"
