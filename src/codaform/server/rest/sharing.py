"""Who may do what with a doc."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Discriminator

from codaform.coda.wire import ids
from codaform.model.values import Person
from codaform.server.doc.records import Json
from codaform.server.rest.account import address_of
from codaform.server.rest.call import ApiError, Call, Reply, chosen
from codaform.server.rest.docs import whole_doc
from codaform.server.rest.paging import page, unpacked

SETTINGS = ("allowEditorsToChangePermissions", "allowCopying", "allowViewersToRequestEditing")
"""What can be allowed; all of it is, until somebody says otherwise. That is assumed."""

MOST_FOUND = 20
"""How many people a search gives at most."""


@dataclass(frozen=True, slots=True)
class EmailPrincipal:
    """Somebody, by their address."""

    type: Literal["email"]
    email: str


@dataclass(frozen=True, slots=True)
class GroupPrincipal:
    """A group of people."""

    type: Literal["group"]
    groupId: str


@dataclass(frozen=True, slots=True)
class DomainPrincipal:
    """Everybody whose address is of a domain."""

    type: Literal["domain"]
    domain: str


@dataclass(frozen=True, slots=True)
class WorkspacePrincipal:
    """Everybody in a workspace."""

    type: Literal["workspace"]
    workspaceId: str


@dataclass(frozen=True, slots=True)
class AnyonePrincipal:
    """Everybody."""

    type: Literal["anyone"]


Principal = EmailPrincipal | GroupPrincipal | DomainPrincipal | WorkspacePrincipal | AnyonePrincipal


@dataclass(frozen=True, slots=True)
class PermissionAdd:
    """The body that lets somebody in."""

    access: Literal["readonly", "write", "comment"]
    principal: Annotated[Principal, Discriminator("type")]
    suppressEmail: bool = False


@dataclass(frozen=True, slots=True)
class SettingsUpdate:
    """The body that changes what is allowed; what is left out of it stays."""

    allowEditorsToChangePermissions: bool = True
    allowCopying: bool = True
    allowViewersToRequestEditing: bool = True


def get_metadata(call: Call) -> Reply:
    """What the token's user may do with a doc: all that can be done without an organization."""
    whole_doc(call)
    return Reply({"canShare": True, "canShareWithWorkspace": True, "canShareWithOrg": False, "canCopy": True})


def list_permissions(call: Call) -> Reply:
    """Who was let in. The owner, who never was, is not among them: that is assumed."""
    query, start = unpacked(call)
    call = replace(call, query=query)
    known = whole_doc(call).record.permissions
    return Reply(page(call, known, _permission, start))


def _permission(kept: dict[str, Json]) -> dict[str, Json]:
    return {"principal": kept["principal"], "id": kept["id"], "access": kept["access"]}


def add_permission(call: Call) -> Reply:
    """Let somebody in."""
    whole_doc(call)
    body = call.read_body(PermissionAdd)
    permission = {"id": ids.new("permission"), "principal": _kept(body.principal), "access": body.access}
    call.accept("add permission", {"permission": permission})
    return Reply({})


def _kept(principal: Principal) -> dict[str, Json]:
    match principal:
        case EmailPrincipal(kind, email):
            if "@" not in email.strip("@"):
                raise ApiError(400, "principal.email is no e-mail address.")
            return {"type": kind, "email": email}
        case GroupPrincipal(kind, group):
            # There are no groups here, so nothing but the id tells what this one is called.
            return {"type": kind, "groupId": group, "groupName": group}
        case DomainPrincipal(kind, domain):
            return {"type": kind, "domain": domain}
        case WorkspacePrincipal(kind, workspace):
            return {"type": kind, "workspaceId": workspace}
        case AnyonePrincipal(kind):
            return {"type": kind}


def delete_permission(call: Call) -> Reply:
    """Let somebody in no longer."""
    doc, wanted = whole_doc(call), call.path["permissionId"]
    if all(kept["id"] != wanted for kept in doc.record.permissions):
        raise ApiError(404, "Could not find a permission with the given ID.")
    call.accept("delete permission", {"id": wanted})
    return Reply({})


def search_principals(call: Call) -> Reply:
    """The people whose name or address holds what is searched for; nothing asked, nobody found."""
    doc, text = whole_doc(call), (call.text("query") or "").casefold()
    people = [call.workspace.user]
    for kept in doc.record.permissions:
        if kept["principal"]["type"] == "email":
            person = doc.person(kept["principal"]["email"])
            people += [person] if person != call.workspace.user else []
    found = [person for person in people if text and text in f"{person.name}\n{address_of(person)}".casefold()]
    return Reply({"users": [_user(person) for person in found[:MOST_FOUND]], "groups": []})


def _user(person: Person) -> dict[str, Json]:
    return {"name": person.name, "loginId": address_of(person), "type": "user"}


def get_settings(call: Call) -> Reply:
    """What is allowed."""
    return Reply(_settings(whole_doc(call).record.sharing))


def update_settings(call: Call) -> Reply:
    """Change what is allowed; the reply says what it will be once the change is done."""
    doc = whole_doc(call)
    call.read_body(SettingsUpdate)
    settings = chosen(call.body, SETTINGS)
    after = _settings({**doc.record.sharing, **settings})
    call.accept("set sharing", {"settings": settings})
    return Reply(after)


def _settings(kept: dict[str, bool]) -> dict[str, Json]:
    return {name: kept.get(name, True) for name in SETTINGS}
