"""The user of a token, the target of a browser link, and the state of a write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from codaform.coda.wire import ids
from codaform.coda.wire.links import HOST, HOSTS, BrowserLink, read_link
from codaform.model.values import Person, Row
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, TableRecord, ViewRecord
from codaform.server.rest.call import ApiError, Reply, RestCall, not_found
from codaform.server.rest.references import page_reference, table_reference

WORKSPACE = ids.stable("workspace", "local")
"""The only workspace."""


def whoami(call: RestCall) -> Reply:
    """The token's user, and the token's name."""
    body = {
        "name": call.workspace.user.name,
        "loginId": address_of(call.workspace.user),
        "type": "user",
        "scoped": call.token.scoped,
        "tokenName": call.token.name,
        "href": call.href("whoami"),
        "workspace": workspace_reference(WORKSPACE),
    }
    return Reply(body)


def address_of(person: Person) -> str:
    """A person's e-mail address; for a person without one, an address in a reserved domain."""
    name = ".".join("".join(letter if letter.isalnum() else " " for letter in person.name).split()).lower()
    return person.email or f"{name or 'somebody'}@localhost.example"


def workspace_reference(id: str) -> dict[str, Json]:
    """The reference to a workspace."""
    browser_link = f"{HOST}/docs?workspaceId={id}"
    return {"id": id, "type": "workspace", "browserLink": browser_link, "name": "Local workspace"}


def mutation_status(call: RestCall) -> Reply:
    """Whether an accepted write is done. Raises ApiError: 404 for an unknown request, or one that is not known yet."""
    state = call.workspace.state(call.path["requestId"])
    if state is None:
        raise not_found("mutation")
    completed, warning = state
    return Reply({"completed": completed} if warning is None else {"completed": completed, "warning": warning})


# ---------------------------------------------------------------- links


def resolve_browser_link(call: RestCall) -> Reply:
    """The target of a browser link: a doc, or a page, a table, a view or a row of it.

    The link has Coda's form, as in every reply, or is an address of the local Coda's own page.
    Raises ApiError: 400 for a link to anything but Coda, 404 for a missing target; with `degradeGracefully`, the
    nearest thing around the missing target is found instead, up to the doc.
    """
    text, gracefully = call.text("url"), call.flag("degradeGracefully")
    if text is None:
        raise ApiError(400, "url is missing.")
    link = _link(call, text)
    id = link.pick_doc([doc.record.id for doc in call.workspace.docs()])
    if id is None:
        raise ApiError(404, "Could not find the doc that the URL leads to.")
    # As any other operation finds the doc, with the checks of the token.
    doc = replace(call, path={"docId": id}).doc
    aims = _own_aims(link.steps) if link.doc == id else _aims(doc, link)
    found, complete = _resolved(call, doc, aims)
    if not complete and not gracefully:
        raise ApiError(404, "Could not find what the URL leads to.")
    resource = {name: found[name] for name in ("type", "id", "name", "href")}
    return Reply({"type": "apiLink", "href": call.address, "browserLink": found["browserLink"], "resource": resource})


def _link(call: RestCall, text: str) -> BrowserLink:
    try:
        link = read_link(text)
    except ValueError:
        raise ApiError(400, "The URL does not lead to a Coda doc.") from None
    if link.host not in (*HOSTS, urlsplit(call.base).hostname):
        raise ApiError(400, "The URL does not lead to a Coda doc.")
    return link


_Aims = Sequence[tuple[Literal["page", "table", "row"], str]]
"""The targets of a link in a doc by id, from the outer to the inner."""


def _aims(doc: LocalDoc, link: BrowserLink) -> _Aims:
    """The targets of a link in Coda's form: `Name_suPage#_tuTable/_ruRow`."""
    aims: list[tuple[Literal["page", "table", "row"], str]] = []
    if link.names_page:
        aims.append(("page", link.pick_page([page.id for page in doc.record.pages]) or ""))
    if link.names_table:
        tables = [id for table in doc.record.tables for id in (table.id, *(view.id for view in table.views))]
        aims.append(("table", link.pick_table(tables) or ""))
        aims += [("row", link.row)] if link.row is not None else []
    return aims


def _own_aims(steps: Sequence[str]) -> _Aims:
    """The targets of an address of the local Coda's page."""
    match steps:
        case ["p", page]:
            return [("page", page)]
        case ["t", table]:
            return [("table", table)]
        case ["t", table, "r", row]:
            return [("table", table), ("row", row)]
    return []


def _resolved(call: RestCall, doc: LocalDoc, aims: _Aims) -> tuple[dict[str, Json], bool]:
    """The innermost target that exists, and whether it is the last one."""
    found = doc_reference(call, doc)
    base: TableRecord | None = None
    for kind, id in aims:
        within: dict[str, Json] | None = None
        if kind == "page":
            within = page_reference(call, doc, id) if any(page.id == id for page in doc.record.pages) else None
        elif kind == "table":
            table = _table(call, doc, id)
            base = table[0] if table is not None else None
            within = table_reference(call, doc, table[1] or table[0]) if table is not None else None
        elif base is not None:
            row = doc.row_by_id(id, base.name)
            within = _row(call, doc, base, row, id) if row is not None else None
        if within is None:
            return found, False
        found = within
    return found, True


def doc_reference(call: RestCall, doc: LocalDoc) -> dict[str, Json]:
    """The reference to a doc, with its name."""
    id = doc.record.id
    return {"id": id, "type": "doc", "href": call.href("docs", id), "browserLink": doc.link, "name": doc.record.name}


def _table(call: RestCall, doc: LocalDoc, id: str) -> tuple[TableRecord, ViewRecord | None] | None:
    for base in doc.record.tables:
        if call.token.table in ("", base.id):
            if base.id == id:
                return base, None
            view = next((view for view in base.views if view.id == id), None)
            if view is not None:
                return base, view
    return None


def _row(call: RestCall, doc: LocalDoc, base: TableRecord, row: Row, id: str) -> dict[str, Json]:
    href = call.href("docs", doc.record.id, "tables", base.id, "rows", id)
    return {"id": id, "type": "row", "href": href, "browserLink": doc.row_link(row), "name": doc.display(row)}
