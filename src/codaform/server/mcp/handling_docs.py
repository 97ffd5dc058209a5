"""What the tools for whole docs do: create, outline, share, move, copy, delete."""

from __future__ import annotations

import uuid
from copy import deepcopy
from datetime import datetime
from typing import Any

from codaform.coda.wire import ids
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, Json, PageRecord, Rows
from codaform.server.mcp.addresses import doc_uri, page_addresses, parsed
from codaform.server.mcp.caller import Caller
from codaform.server.mcp.describing import epoch, page_shape
from codaform.server.mcp.endpoint import Refused
from codaform.server.mcp.handling_navigation import user
from codaform.server.opening import empty_doc
from codaform.server.rest.docs import FOLDER

USUAL_PAGES = 25

_ACCESS = {"view": "readonly", "comment": "comment", "edit": "write", "manager": "write"}
"""What the REST API calls each level of access; managers may let others in besides, which here everybody may."""

_PERMISSIONS = uuid.UUID("4b2f3f3e-7d0c-5d57-9b7a-0c2f7a3f5a10")
"""Where the tools' ids of permissions begin that the REST API knows by another: the tools take UUIDs only."""


def create(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Create a doc with one page."""
    caller.unbound()
    record = empty_doc(arguments["title"], caller.workspace.now)
    folder = arguments.get("destination", {}).get("folder", "")
    _check_folder(caller, folder)
    record.folder = "" if folder == FOLDER else folder
    return _made(caller.workspace.add(record, {}))


def _made(doc: LocalDoc) -> dict[str, Json]:
    pages = [{"title": page.name, **page_addresses(page)} for page in doc.record.pages]
    return {"docUri": doc_uri(doc.record), "browserLink": doc.link, "pages": pages}


def _check_folder(caller: Caller, folder: str) -> None:
    known = {FOLDER, *(doc.record.folder for doc in caller.workspace.docs())}
    if folder and folder not in known:
        raise Refused(f"There is no folder {folder[:200]}.")


def outline(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Show a doc's pages, part by part."""
    doc, _ = caller.whole_doc(arguments["uri"])
    record, who = doc.record, user(caller)
    offset, limit = arguments.get("pageOffset", 0), arguments.get("pageLimit", USUAL_PAGES)
    about: dict[str, Json] = {
        "title": record.name,
        "totalPages": len(record.pages),
        "icon": record.icon or None,
        "createdAt": epoch(record.created),
        "updatedAt": epoch(record.updated),
        "folderId": record.folder or FOLDER,
        "owner": who,
    }
    if arguments.get("includePermissions"):
        about["permissions"] = [_permission(kept) for kept in record.permissions]
    pages = [page_shape(doc, page, who) for page in _in_order(doc)[offset : offset + limit]]
    return {"document": about, "pages": pages}


def _in_order(doc: LocalDoc) -> list[PageRecord]:
    """The pages as the doc lists them: each before those below it."""
    found: list[PageRecord] = []

    def below(parent: str) -> None:
        for page in doc.record.pages:
            if page.parent == parent and page not in found:
                found.append(page)
                below(page.id)

    below("")
    return found + [page for page in doc.record.pages if page not in found]


def delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Delete a doc."""
    doc, address = caller.whole_doc(arguments["uri"])
    if address.steps:
        raise Refused(f"{address.text!r} is the address of a part of a doc, and the whole doc would be deleted.")
    caller.workspace.remove(doc.record.id)
    return {"docUri": doc_uri(doc.record), "deleted": True}


# ------------------------------------------------------------ who may do what


def manage(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Change who may see or edit a doc, or the folder that it lies in."""
    doc, _ = caller.whole_doc(arguments["uri"])
    operation = arguments["operation"]
    if operation["action"] == "move_to_folder":
        _check_folder(caller, operation["folderId"])
        caller.do(doc, "move doc", {"folder": operation["folderId"]})
        return {"docUri": doc_uri(doc.record), "folderId": operation["folderId"]}
    if operation["action"] == "add_permission":
        id, principal = str(uuid.uuid4()), _principal(operation["principal"])
    else:
        kept = next((kept for kept in doc.record.permissions if _uuid(kept["id"]) == operation["permissionId"]), None)
        if kept is None:
            raise Refused(f"There is no permission {operation['permissionId']}.")
        id, principal = kept["id"], kept["principal"]
        if operation["action"] == "revoke_permission":
            caller.do(doc, "delete permission", {"id": id})
            return {"permissionId": operation["permissionId"], "revoked": True}
    level = operation["accessLevel"]
    permission = {"id": id, "principal": principal, "access": _ACCESS[level], "level": level}
    caller.do(doc, "add permission", {"permission": permission})
    return _permission(permission)


def _principal(given: dict[str, Json]) -> dict[str, Json]:
    """Somebody, as the REST API names them."""
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


def duplicate(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Copy a doc, or a page within a doc."""
    wanted = arguments["copy"]
    doc, _ = caller.whole_doc(wanted["sourceDocUri"])
    rows, title = wanted.get("includeTableRows", True), wanted.get("newTitle", "")
    if wanted["copyType"] == "copyDocument":
        caller.unbound()
        folder = wanted.get("destinationFolderId", "")
        _check_folder(caller, folder)
        record, kept = _copied(doc, caller.workspace.now, rows=rows)
        record.name = title or f"Copy of {doc.record.name}"
        record.folder = "" if folder == FOLDER else folder
        return _made(caller.workspace.add(record, kept))
    page = caller.page_of(doc, parsed(wanted["sourcePageUri"], doc.record.id))
    target = caller.whole_doc(wanted["destinationDocUri"])[0] if wanted.get("destinationDocUri") else doc
    if target is not doc:
        raise Refused("A page is copied within its doc only; its formulas would mean nothing in another.")
    parent = page.parent
    if wanted.get("destinationParentPageUri"):
        parent = caller.page_of(doc, parsed(wanted["destinationParentPageUri"], doc.record.id)).id
    id = ids.new("page")
    name = title or f"Copy of {page.name}"
    caller.do(doc, "copy page", {"page": page.id, "id": id, "name": name, "parent": parent, "rows": rows})
    copy = next(known for known in doc.record.pages if known.id == id)
    return {**page_addresses(copy), "title": copy.name, "docUri": doc_uri(doc.record)}


def _copied(doc: LocalDoc, now: datetime, *, rows: bool) -> tuple[DocRecord, Rows]:
    """A doc with everything in it under a new id; what lies in it keeps its ids, which is assumed.

    Whoever was let in to the one is not let in to the other. rows: Whether its tables come with their rows.
    """
    record = deepcopy(doc.record)
    record.id, record.source = ids.new("doc"), doc.record.id
    record.created = record.updated = now
    record.permissions, record.sharing, record.published = [], {}, None
    return record, deepcopy(doc.rows) if rows else {table.id: {} for table in record.tables}
