"""The permissions of a doc."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Discriminator

from codaform.coda.wire import ids
from codaform.model.values import Person
from codaform.server.doc.records import Json
from codaform.server.rest.account import address_of
from codaform.server.rest.call import ApiError, Reply, RestCall, list_page, not_found, pick_members, unpack_query

_SETTINGS = ("allowEditorsToChangePermissions", "allowCopying", "allowViewersToRequestEditing")
"""The settings of sharing; all are allowed by default, which is assumed."""

_MOST_FOUND = 20
"""The most people in the result of a search."""


@dataclass(frozen=True, slots=True)
class _EmailPrincipal:
    """A person, by the e-mail address."""

    type: Literal["email"]
    email: str


@dataclass(frozen=True, slots=True)
class _GroupPrincipal:
    """A group of people."""

    type: Literal["group"]
    groupId: str


@dataclass(frozen=True, slots=True)
class _DomainPrincipal:
    """Everybody with an address in a domain."""

    type: Literal["domain"]
    domain: str


@dataclass(frozen=True, slots=True)
class _WorkspacePrincipal:
    """Everybody in a workspace."""

    type: Literal["workspace"]
    workspaceId: str


@dataclass(frozen=True, slots=True)
class _AnyonePrincipal:
    """Everybody."""

    type: Literal["anyone"]


_Principal = _EmailPrincipal | _GroupPrincipal | _DomainPrincipal | _WorkspacePrincipal | _AnyonePrincipal


@dataclass(frozen=True, slots=True)
class _PermissionAdd:
    """The body that grants a permission."""

    access: Literal["readonly", "write", "comment"]
    principal: Annotated[_Principal, Discriminator("type")]
    suppressEmail: bool = False


@dataclass(frozen=True, slots=True)
class _SettingsUpdate:
    """The body that changes the settings of sharing; missing members change nothing."""

    allowEditorsToChangePermissions: bool = True
    allowCopying: bool = True
    allowViewersToRequestEditing: bool = True


def get_metadata(call: RestCall) -> Reply:
    """The rights of the token's user on a doc: all that need no organization."""
    call.shared_doc()
    return Reply({"canShare": True, "canShareWithWorkspace": True, "canShareWithOrg": False, "canCopy": True})


def list_permissions(call: RestCall) -> Reply:
    """The permissions, without the owner's, which is assumed."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    known = call.shared_doc().record.permissions
    return Reply(list_page(call, known, _permission, start))


def _permission(kept: dict[str, Json]) -> dict[str, Json]:
    return {"principal": kept["principal"], "id": kept["id"], "access": kept["access"]}


def add_permission(call: RestCall) -> Reply:
    """Grant a permission."""
    call.shared_doc()
    body = call.read_body(_PermissionAdd)
    permission = {"id": ids.new("permission"), "principal": _kept(body.principal), "access": body.access}
    call.do("add permission", {"permission": permission})
    return Reply({})


def _kept(principal: _Principal) -> dict[str, Json]:
    match principal:
        case _EmailPrincipal(kind, email):
            if "@" not in email.strip("@"):
                raise ApiError(400, "principal.email is no e-mail address.")
            return {"type": kind, "email": email}
        case _GroupPrincipal(kind, group):
            # There are no groups here, so the id is the name.
            return {"type": kind, "groupId": group, "groupName": group}
        case _DomainPrincipal(kind, domain):
            return {"type": kind, "domain": domain}
        case _WorkspacePrincipal(kind, workspace):
            return {"type": kind, "workspaceId": workspace}
        case _AnyonePrincipal(kind):
            return {"type": kind}


def delete_permission(call: RestCall) -> Reply:
    """Revoke a permission."""
    doc, wanted = call.shared_doc(), call.path["permissionId"]
    if all(kept["id"] != wanted for kept in doc.record.permissions):
        raise not_found("permission")
    call.do("delete permission", {"id": wanted})
    return Reply({})


def search_principals(call: RestCall) -> Reply:
    """The people whose name or address contains the query; none for an empty query."""
    doc, text = call.shared_doc(), (call.text("query") or "").casefold()
    user = call.workspace.user
    people = [user, *(person for person in doc.invited if person.email.casefold() != user.email.casefold())]
    found = [person for person in people if text and text in f"{person.name}\n{address_of(person)}".casefold()]
    return Reply({"users": [_user(person) for person in found[:_MOST_FOUND]], "groups": []})


def _user(person: Person) -> dict[str, Json]:
    return {"name": person.name, "loginId": address_of(person), "type": "user"}


def get_settings(call: RestCall) -> Reply:
    """The settings of sharing."""
    return Reply(_settings(call.shared_doc().record.sharing))


def update_settings(call: RestCall) -> Reply:
    """Change the settings of sharing; the reply shows them after the change."""
    doc = call.shared_doc()
    call.read_body(_SettingsUpdate)
    settings = pick_members(call.body, _SETTINGS)
    after = _settings({**doc.record.sharing, **settings})
    call.do("set sharing", {"settings": settings})
    return Reply(after)


def _settings(kept: dict[str, bool]) -> dict[str, Json]:
    return {name: kept.get(name, True) for name in _SETTINGS}
