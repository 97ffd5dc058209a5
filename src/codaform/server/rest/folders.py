"""Folders of docs: listing, making, changing and deleting them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from codaform.coda.wire.links import HOST
from codaform.coda.wire.texts import moment_stamp
from codaform.server.doc.records import Json
from codaform.server.rest.account import WORKSPACE, workspace_reference
from codaform.server.rest.call import ApiError, Reply, RestCall, list_page, not_found, unpack_query
from codaform.server.storage.folders import MY_DOCS, FolderRecord


def folder_reference(call: RestCall, id: str) -> dict[str, Json]:
    """The reference to a folder. A folder that is not known, as of a snapshot, has its id for a name."""
    known = call.workspace.folders.find(id)
    name = known.name if known is not None else id
    return {"id": id, "type": "folder", "browserLink": f"{HOST}/folders/{id}", "name": name}


def list_folders(call: RestCall) -> Reply:
    """The folders, `My docs` first. None has a star."""
    call.unlimited()
    query, start = unpack_query(call)
    call = replace(call, query=query)
    starred, workspace = call.flag("isStarred"), call.text("workspaceId")
    found = call.workspace.folders.all() if not starred and workspace in (None, WORKSPACE) else []
    return Reply(list_page(call, found, lambda folder: _show(call, folder), start))


def get_folder(call: RestCall) -> Reply:
    """One folder."""
    call.unlimited()
    return Reply(_show(call, _folder(call)))


@dataclass(frozen=True, slots=True)
class _FolderCreate:
    """The body that makes a folder."""

    name: str
    workspaceId: str
    description: str = ""


def create_folder(call: RestCall) -> Reply:
    """Make a folder in the only workspace."""
    call.unlimited()
    body = call.read_body(_FolderCreate)
    if not body.name.strip():
        raise ApiError(400, "A folder needs a name.")
    if body.workspaceId != WORKSPACE:
        raise ApiError(400, "Could not find a workspace with the specified ID or name.")
    return Reply(_show(call, call.workspace.folders.add(body.name, body.description, call.workspace.now)), 201)


@dataclass(frozen=True, slots=True)
class _FolderUpdate:
    """The body that changes a folder; missing members change nothing."""

    name: str = ""
    description: str = ""


def update_folder(call: RestCall) -> Reply:
    """Change the name or the description of a folder."""
    folder = _changeable(call)
    body = call.read_body(_FolderUpdate)
    if "name" in call.body and not body.name.strip():
        raise ApiError(400, "A folder needs a name.")
    about = body.description if "description" in call.body else folder.about
    changed = replace(folder, name=body.name or folder.name, about=about)
    call.workspace.folders.change(changed)
    return Reply(_show(call, changed))


def delete_folder(call: RestCall) -> Reply:
    """Delete a folder without docs."""
    folder = _changeable(call)
    if any(doc.record.folder == folder.id for doc in call.workspace.docs()):
        raise ApiError(400, "The folder must be empty.")
    call.workspace.folders.remove(folder.id)
    return Reply({})


def _folder(call: RestCall) -> FolderRecord:
    """The folder of the path. Raises ApiError."""
    found = call.workspace.folders.find(call.path["folderId"])
    if found is None:
        raise not_found("folder")
    return found


def _changeable(call: RestCall) -> FolderRecord:
    call.unlimited()
    found = _folder(call)
    if found.id == MY_DOCS:
        raise ApiError(403, "The folder My docs cannot be changed.")
    return found


def _show(call: RestCall, folder: FolderRecord) -> dict[str, Json]:
    shown = folder_reference(call, folder.id)
    shown |= {"workspace": workspace_reference(WORKSPACE), "canEdit": folder.id != MY_DOCS}
    if folder.about:
        shown["description"] = folder.about
    if folder.created is not None:
        shown["createdAt"] = moment_stamp(folder.created)
    return shown
