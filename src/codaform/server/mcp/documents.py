"""The tools for whole docs: create, outline, share, move, delete, copy."""

from __future__ import annotations

from codaform.server.mcp.places import ONLY_URI, URI
from codaform.server.mcp.schema import Schema, boolean, either, exactly, record, some_text, text, whole
from codaform.server.mcp.tool import Tool, changes, reads

# The vendor takes only addresses and ids of these forms; a looser check would let a client pass here and fail there.
_EMAIL = r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"
_HEX = "[0-9a-fA-F]"
_UUID = (
    rf"^({_HEX}{{8}}-{_HEX}{{4}}-[1-8]{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}"
    "|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
)

_ACCESS = either(*(exactly(level) for level in ("view", "comment", "edit", "manager")))
_PERMISSION = text(kind="uuid", pattern=_UUID)


def _principal(kind: str, **by: Schema) -> Schema:
    return record({"type": exactly(kind)} | by, required=("type", *by))


_PRINCIPAL = either(
    _principal("user", email=text(kind="email", pattern=_EMAIL)),
    _principal("group", groupId=text()),
    _principal("domain", domain=text()),
    _principal("workspace", workspaceId=text()),
    _principal("anyone"),
)

_OPERATION = either(
    record(
        {
            "action": exactly("add_permission"),
            "principal": _PRINCIPAL,
            "accessLevel": _ACCESS,
            "message": text(),
            "suppressEmail": boolean(),
        },
        required=("action", "principal", "accessLevel"),
    ),
    record(
        {"action": exactly("update_permission"), "permissionId": _PERMISSION, "accessLevel": _ACCESS},
        required=("action", "permissionId", "accessLevel"),
    ),
    record(
        {"action": exactly("revoke_permission"), "permissionId": _PERMISSION},
        required=("action", "permissionId"),
    ),
    record({"action": exactly("move_to_folder"), "folderId": some_text()}, required=("action", "folderId")),
)


def _copy(kind: str, *sources: str) -> Schema:
    """What is copied and where to; both kinds take the same destinations."""
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


TOOLS = (
    Tool(
        "document_create",
        "Creates a doc with one empty page and gives the addresses of both.",
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
    ),
    Tool(
        "document_outline",
        "Shows how a doc is made up: its pages as a tree, part by part, and on request who may see it.",
        record(
            {
                "uri": URI,
                "pageOffset": whole(0, default=0),
                "pageLimit": whole(1, 50, default=25),
                "includePermissions": boolean(),
            },
            required=("uri",),
        ),
        reads(),
    ),
    Tool("document_delete", "Deletes a doc with everything in it.", ONLY_URI, changes()),
    Tool(
        "document_manage",
        "Changes who may see or edit a doc, or moves it to a folder.",
        record({"uri": URI, "operation": _OPERATION}, required=("uri", "operation")),
        changes(),
    ),
    Tool(
        "content_duplicate",
        "Copies a page or a whole doc, with or without the rows of its tables.",
        record(
            {"copy": either(_copy("copyPage", "sourceDocUri", "sourcePageUri"), _copy("copyDocument", "sourceDocUri"))},
            required=("copy",),
        ),
        changes(),
    ),
)
