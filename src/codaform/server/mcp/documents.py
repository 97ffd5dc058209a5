"""The tools for whole docs: create, outline, share, move, delete, copy."""

from __future__ import annotations

import uuid
from copy import deepcopy
from datetime import datetime
from typing import Any

from codaform.coda.wire import ids
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, Json, PageRecord, Rows
from codaform.server.mcp.arguments import ONLY_URI, URI
from codaform.server.mcp.caller import Caller, ToolRefused, doc_uri, page_addresses, parse_address
from codaform.server.mcp.describing import epoch, page_shape
from codaform.server.mcp.schema import Schema, boolean, either, exactly, integer, record, some_text, text
from codaform.server.mcp.tool import changes, reads, tool
from codaform.server.storage.folders import MY_DOCS
from codaform.server.storage.seeding import empty_doc

# The vendor accepts only these forms of addresses and ids; a looser check would pass a client that fails there.
_EMAIL = r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"

_HEX = "[0-9a-fA-F]"

_UUID = (
    rf"^({_HEX}{{8}}-{_HEX}{{4}}-[1-8]{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}"
    "|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
)

_LEVEL = either(*(exactly(level) for level in ("view", "comment", "edit", "manager")))

_PERMISSION = text(kind="uuid", pattern=_UUID)


def _anybody(kind: str, **by: Schema) -> Schema:
    return record({"type": exactly(kind)} | by, required=("type", *by))


_PRINCIPAL = either(
    _anybody("user", email=text(kind="email", pattern=_EMAIL)),
    _anybody("group", groupId=text()),
    _anybody("domain", domain=text()),
    _anybody("workspace", workspaceId=text()),
    _anybody("anyone"),
)

_OPERATION = either(
    record(
        {
            "action": exactly("add_permission"),
            "principal": _PRINCIPAL,
            "accessLevel": _LEVEL,
            "message": text(),
            "suppressEmail": boolean(),
        },
        required=("action", "principal", "accessLevel"),
    ),
    record(
        {"action": exactly("update_permission"), "permissionId": _PERMISSION, "accessLevel": _LEVEL},
        required=("action", "permissionId", "accessLevel"),
    ),
    record(
        {"action": exactly("revoke_permission"), "permissionId": _PERMISSION},
        required=("action", "permissionId"),
    ),
    record({"action": exactly("move_to_folder"), "folderId": some_text()}, required=("action", "folderId")),
)


def _copy(kind: str, *sources: str) -> Schema:
    """A copy of one kind; both kinds have the same destinations."""
    return record(
        {"copyType": exactly(kind)}
        | {source: text() for source in sources}
        | {
            "destinationDocUri": text(),
            "destinationParentPageUri": text(),
            "destinationWorkspaceId": text(),
            "destinationFolderId": text(),
            "newTitle": text(),
            "includeTableRows": boolean(),
        },
        required=("copyType", *sources),
    )


_USUAL_PAGES = 25

_ACCESS = {"view": "readonly", "comment": "comment", "edit": "write", "manager": "write"}
"""The REST API's name of each level of access; managers may share the doc too, as everybody may here."""

_PERMISSIONS = uuid.UUID("4b2f3f3e-7d0c-5d57-9b7a-0c2f7a3f5a10")
"""The namespace of UUIDs for permissions made by the REST API: the tools accept UUIDs only."""


@tool(
    record(
        {
            "title": some_text(255),
            "destination": record(
                {"workspaceId": some_text(), "folder": some_text()}, required=("folder", "workspaceId")
            ),
        },
        required=("title",),
    ),
    changes(),
)
def document_create(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Creates a doc with one empty page and gives the addresses of both."""
    caller.unbound()
    record = empty_doc(arguments["title"], caller.workspace.now)
    folder = arguments.get("destination", {}).get("folder", "")
    _check_folder(caller, folder)
    record.folder = "" if folder == MY_DOCS else folder
    return _made(caller.workspace.add(record, {}))


def _made(doc: LocalDoc) -> dict[str, Json]:
    pages = [{"title": page.name, **page_addresses(page)} for page in doc.record.pages]
    return {"docUri": doc_uri(doc.record), "browserLink": doc.link, "pages": pages}


def _check_folder(caller: Caller, folder: str) -> None:
    known = {doc.record.folder for doc in caller.workspace.docs()}
    if folder not in known and caller.workspace.folders.find(folder) is None:
        raise ToolRefused(f"There is no folder {folder[:200]}.")


@tool(
    record(
        {
            "uri": URI,
            "pageOffset": integer(0, default=0),
            "pageLimit": integer(1, 50, default=25),
            "includePermissions": boolean(),
        },
        required=("uri",),
    ),
    reads(),
)
def document_outline(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Shows how a doc is made up: its pages as a tree, part by part, and on request who may see it."""
    doc, _ = caller.whole_doc(arguments["uri"])
    record, who = doc.record, caller.user
    offset, limit = arguments.get("pageOffset", 0), arguments.get("pageLimit", _USUAL_PAGES)
    about: dict[str, Json] = {
        "title": record.name,
        "totalPages": len(record.pages),
        "icon": record.icon or None,
        "createdAt": epoch(record.created),
        "updatedAt": epoch(record.updated),
        "folderId": record.folder or MY_DOCS,
        "owner": who,
    }
    pages = [page_shape(doc, page, who) for page in _in_order(doc)[offset : offset + limit]]
    permissions = [_permission(kept) for kept in record.permissions] if arguments.get("includePermissions") else None
    more = offset + len(pages) < len(record.pages)
    return {
        "document": about,
        "pages": pages,
        "pagination": {
            "pageOffset": offset,
            "pageLimit": limit,
            "totalPages": len(record.pages),
            "hasMore": more,
        },
        "permissions": permissions,
    }


def _in_order(doc: LocalDoc) -> list[PageRecord]:
    """The pages in the doc's order: each before the pages below it."""
    found: list[PageRecord] = []

    def below(parent: str) -> None:
        for page in doc.record.pages:
            if page.parent == parent and page not in found:
                found.append(page)
                below(page.id)

    below("")
    return found + [page for page in doc.record.pages if page not in found]


@tool(ONLY_URI, changes())
def document_delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Deletes a doc with everything in it."""
    doc, address = caller.whole_doc(arguments["uri"])
    if address.steps:
        raise ToolRefused(f"{address.text!r} is the address of a part of a doc, and the whole doc would be deleted.")
    caller.workspace.remove(doc.record.id)
    return {"docUri": doc_uri(doc.record), "deleted": True}


# ------------------------------------------------------------ permissions


@tool(record({"uri": URI, "operation": _OPERATION}, required=("uri", "operation")), changes())
def document_manage(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Changes who may see or edit a doc, or moves it to a folder."""
    doc, _ = caller.whole_doc(arguments["uri"])
    operation = arguments["operation"]
    if operation["action"] == "move_to_folder":
        _check_folder(caller, operation["folderId"])
        caller.do(doc, "move doc", {"folder": operation["folderId"].removeprefix(MY_DOCS)})
        return {"docUri": doc_uri(doc.record), "folderId": operation["folderId"]}
    if operation["action"] == "add_permission":
        id, principal = str(uuid.uuid4()), _principal(operation["principal"])
    else:
        kept = next((kept for kept in doc.record.permissions if _uuid(kept["id"]) == operation["permissionId"]), None)
        if kept is None:
            raise ToolRefused(f"There is no permission {operation['permissionId']}.")
        id, principal = kept["id"], kept["principal"]
        if operation["action"] == "revoke_permission":
            caller.do(doc, "delete permission", {"id": id})
            return {"permissionId": operation["permissionId"], "revoked": True}
    level = operation["accessLevel"]
    permission = {"id": id, "principal": principal, "access": _ACCESS[level], "level": level}
    caller.do(doc, "add permission", {"permission": permission})
    return _permission(permission)


def _principal(given: dict[str, Json]) -> dict[str, Json]:
    """A principal in the REST API's form."""
    match given:
        case {"type": "user", "email": email}:
            return {"type": "email", "email": email}
        case {"type": "group", "groupId": group}:
            return {"type": "group", "groupId": group, "groupName": group}
        case {"type": kind, "domain": value}:
            return {"type": kind, "domain": value}
        case {"type": kind, "workspaceId": value}:
            return {"type": kind, "workspaceId": value}
    return {"type": "anyone"}


def _permission(kept: dict[str, Json]) -> dict[str, Json]:
    principal = dict(kept["principal"])
    if principal["type"] == "email":
        principal["type"] = "user"
    levels = {access: level for level, access in _ACCESS.items() if level != "manager"}
    level = kept.get("level") or levels.get(kept["access"], "view")
    return {"permissionId": _uuid(kept["id"]), "principal": principal, "accessLevel": level}


def _uuid(id: str) -> str:
    try:
        return str(uuid.UUID(id))
    except ValueError:
        return str(uuid.uuid5(_PERMISSIONS, id))


# ------------------------------------------------------------ copying


@tool(
    record(
        {"copy": either(_copy("copyPage", "sourceDocUri", "sourcePageUri"), _copy("copyDocument", "sourceDocUri"))},
        required=("copy",),
    ),
    changes(),
)
def content_duplicate(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Copies a page or a whole doc, with or without the rows of its tables."""
    wanted = arguments["copy"]
    doc, _ = caller.whole_doc(wanted["sourceDocUri"])
    rows, title = wanted.get("includeTableRows", True), wanted.get("newTitle", "")
    if wanted["copyType"] == "copyDocument":
        caller.unbound()
        folder = wanted.get("destinationFolderId", "")
        _check_folder(caller, folder)
        record, kept = _copied(doc, caller.workspace.now, rows=rows)
        record.name = title or f"Copy of {doc.record.name}"
        record.folder = "" if folder == MY_DOCS else folder
        return _made(caller.workspace.add(record, kept))
    page = caller.page_of(doc, parse_address(wanted["sourcePageUri"], doc.record.id))
    target = caller.whole_doc(wanted["destinationDocUri"])[0] if wanted.get("destinationDocUri") else doc
    if target is not doc:
        raise ToolRefused("A page is copied within its doc only; its formulas would mean nothing in another.")
    parent = page.parent
    if wanted.get("destinationParentPageUri"):
        parent = caller.page_of(doc, parse_address(wanted["destinationParentPageUri"], doc.record.id)).id
    id = ids.new("page")
    name = title or f"Copy of {page.name}"
    caller.do(doc, "copy page", {"page": page.id, "id": id, "name": name, "parent": parent, "rows": rows})
    copy = next(known for known in doc.record.pages if known.id == id)
    return {**page_addresses(copy), "title": copy.name, "docUri": doc_uri(doc.record)}


def _copied(doc: LocalDoc, now: datetime, *, rows: bool) -> tuple[DocRecord, Rows]:
    """A copy of a doc with a new id; the things in it keep their ids, which is assumed.

    The copy has no permissions. rows: Whether to copy the rows of its tables.
    """
    record = deepcopy(doc.record)
    record.id, record.source = ids.new("doc"), doc.record.id
    record.created = record.updated = now
    record.permissions, record.sharing, record.published, record.domains = [], {}, None, []
    return record, deepcopy(doc.rows) if rows else {table.id: {} for table in record.tables}
