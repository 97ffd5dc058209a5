"""Who calls a tool, and what they reach by an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import (
    ColumnRecord,
    ControlRecord,
    FormulaRecord,
    Json,
    PageRecord,
    TableRecord,
    ViewRecord,
)
from codaform.server.mcp.addresses import OWN_VIEW, Address, parsed
from codaform.server.mcp.endpoint import Refused
from codaform.server.tokens import Token
from codaform.server.workspace import Workspace

Owner = TableRecord | ViewRecord


@dataclass(frozen=True, slots=True)
class Caller:
    """A token's user in a workspace. What does not lie where it should, or is closed to the token, raises Refused."""

    workspace: Workspace
    token: Token

    def doc(self, uri: str) -> tuple[LocalDoc, Address]:
        """The doc of an address, as it really is: tools see at once what they did."""
        address = parsed(uri)
        if address.doc not in self.workspace:
            raise Refused(f"There is no doc {address.doc}.")
        if self.token.doc and self.token.doc != address.doc:
            raise Refused(f"The token does not open the doc {address.doc}.")
        return self.workspace.live(address.doc), address

    def whole_doc(self, uri: str) -> tuple[LocalDoc, Address]:
        """The doc of an address, for what concerns more of it than one table."""
        if self.token.table:
            raise Refused("The token opens one table only.")
        return self.doc(uri)

    def unbound(self) -> None:
        """Refuses a token that opens one doc, or one table, only."""
        if self.token.doc or self.token.table:
            raise Refused("The token opens one doc only.")

    def page(self, uri: str) -> tuple[LocalDoc, PageRecord]:
        """The page of an address, which may name it by either of its ids."""
        doc, address = self.whole_doc(uri)
        return doc, self.page_of(doc, address)

    def page_of(self, doc: LocalDoc, address: Address) -> PageRecord:
        """The page that an address within a doc names."""
        id = address.steps.get("pages") or address.steps.get("canvases")
        if id is None:
            raise Refused(f"{address.text!r} names no page.")
        found = next((page for page in doc.record.pages if page.id == finding.page_id(id)), None)
        if found is None:
            raise Refused(f"There is no page {id} in the doc {doc.record.id}.")
        return found

    def table(self, uri: str) -> tuple[LocalDoc, TableRecord, ViewRecord | None]:
        """The table of an address; of a view, the table that it shows, and the view."""
        doc, address = self.doc(uri)
        table, view = self.table_of(doc, address)
        return doc, table, view

    def table_of(self, doc: LocalDoc, address: Address) -> tuple[TableRecord, ViewRecord | None]:
        """The table or view that an address within a doc names."""
        id, view_id = address.steps.get("tables"), address.steps.get("views", OWN_VIEW)
        wanted = id if view_id == OWN_VIEW else view_id
        if wanted is None:
            raise Refused(f"{address.text!r} names no table.")
        for table in doc.record.tables:
            view = next((view for view in table.views if view.id == wanted), None)
            if wanted == table.id or view is not None:
                if self.token.table not in ("", table.id):
                    raise Refused(f"The token does not open the table {table.id}.")
                return table, view
        kind = "table" if view_id == OWN_VIEW else "view"
        raise Refused(f"There is no {kind} {wanted} in the doc {doc.record.id}.")

    def base_table(self, uri: str) -> tuple[LocalDoc, TableRecord]:
        """The table of an address; of a view, the table that it shows, for what changes all views of it."""
        doc, table, _ = self.table(uri)
        return doc, table

    def column(self, table: TableRecord, id: str) -> ColumnRecord:
        """The column of an id."""
        found = next((column for column in table.columns if column.id == id), None)
        if found is None:
            known = ", ".join(f"{column.id} ({column.column.name})" for column in table.columns[:20])
            raise Refused(f"The table {table.name} has no column {id[:200]}; it has {known}.")
        return found

    def control(self, uri: str) -> tuple[LocalDoc, FormulaRecord | ControlRecord]:
        """The formula or the control of an address."""
        doc, address = self.whole_doc(uri)
        things: list[FormulaRecord | ControlRecord] = [*doc.record.formulas, *doc.record.controls]
        id = address.steps.get("formulas") or address.steps.get("controls")
        if id is None:
            raise Refused(f"{address.text!r} names no formula and no control.")
        found = next((thing for thing in things if thing.id == id), None)
        if found is None:
            raise Refused(f"There is no formula or control {id} in the doc {doc.record.id}.")
        return doc, found

    def do(self, doc: LocalDoc, change: str, arguments: Mapping[str, Json]) -> None:
        """Change a doc at once."""
        self.workspace.do(doc.record.id, change, arguments)
