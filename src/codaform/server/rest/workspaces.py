"""The only workspace: its one member, and the roles in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from codaform.coda.wire.texts import moment_stamp
from codaform.server.doc.records import Json
from codaform.server.rest.account import WORKSPACE, address_of
from codaform.server.rest.call import ApiError, Reply, RestCall, not_found, unpack_query

_ROLES = ("Admin", "DocMaker", "Editor")


def list_members(call: RestCall) -> Reply:
    """The user, who is an admin."""
    _check(call)
    query, start = unpack_query(call)
    call = replace(call, query=query)
    roles = call.choices("includedRoles", _ROLES)
    return Reply({"items": [_member(call)] if start == 0 and (not roles or "Admin" in roles) else []})


def _member(call: RestCall) -> dict[str, Json]:
    docs = call.workspace.docs()
    today = call.workspace.now.date().isoformat()
    return {
        "email": address_of(call.workspace.user),
        "name": call.workspace.user.name,
        "role": "Admin",
        "registeredAt": moment_stamp(min((doc.record.created for doc in docs), default=call.workspace.now)),
        "lastActiveAt": today,
        "ownedDocs": len(docs),
        "totalDocs": len(docs),
        "docCollaboratorCount": 0,
    }


@dataclass(frozen=True, slots=True)
class _ChangeRole:
    """The body that changes a member's role."""

    email: str
    newRole: Literal["Admin", "DocMaker", "Editor"]


def change_role(call: RestCall) -> Reply:
    """Change the role of a member. Refused for the only one, which is assumed: a workspace needs an admin."""
    _check(call)
    body = call.read_body(_ChangeRole)
    if body.email.casefold() != address_of(call.workspace.user).casefold():
        raise not_found("user")
    if body.newRole != "Admin":
        raise ApiError(403, "The only admin of a workspace keeps this role.")
    return Reply({"roleChangedAt": moment_stamp(call.workspace.now)})


def list_role_activity(call: RestCall) -> Reply:
    """The activity of the present month: one active admin."""
    _check(call)
    counts = {f"{state}{role}Count": 0 for state in ("active", "inactive") for role in _ROLES}
    return Reply({"items": [{"month": f"{call.workspace.now:%Y-%m}", **counts, "activeAdminCount": 1}]})


def _check(call: RestCall) -> None:
    """Raise ApiError for another workspace, or a token for one doc."""
    call.unlimited()
    if call.path["workspaceId"] != WORKSPACE:
        raise not_found("workspace")
