"""Packs: a local Coda has none, and lists none."""

from __future__ import annotations

from dataclasses import replace

from codaform.server.rest.call import ApiError, Reply, RestCall, list_page, not_found, unpack_query

_ACCESS = ("none", "view", "test", "edit", "admin")
_DIRECTIONS = ("ascending", "descending")
_CONTEXTS = ("workspace", "doc")
_ORDERS = ("packId", "name", "packVersion", "packVersionModifiedAt", "agentDirectorySort")


def list_packs(call: RestCall) -> Reply:
    """No Packs."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    call.choice("accessType", _ACCESS)
    call.choices("accessTypes", _ACCESS)
    call.choice("sortBy", ("title", "createdAt", "updatedAt"))
    for name in ("excludeNomosOrganizationAcls", "excludeGrammarlyInstitutionAcls"):
        call.flag(name)
    return _none(call, start)


def list_listings(call: RestCall) -> Reply:
    """No Packs in the gallery."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    call.choice("installContext", _CONTEXTS)
    call.choices("packAccessTypes", _ACCESS)
    call.choices("packCategories", ("connector", "agent", "customAgent"))
    call.numbers("packIds")
    call.flag("certifiedAgentsOnly")
    for name in ("sortBy", "orderBy"):
        call.choice(name, _ORDERS)
    return _none(call, start)


def _none(call: RestCall, start: int) -> Reply:
    call.choice("direction", _DIRECTIONS)
    call.choice("packEntrypoint", ("go", "docs"))
    for name in ("excludePublicPacks", "excludeIndividualAcls", "excludeWorkspaceAcls"):
        call.flag(name)
    body = list_page(call, (), dict, start)
    return Reply({"items": body["items"]})


def get_pack(call: RestCall) -> Reply:
    """Not found. Raises ApiError, always."""
    if not call.path["packId"].isdigit():
        raise ApiError(400, "packId must be a whole number.")
    call.choice("installContext", _CONTEXTS)
    call.choice("releaseChannel", ("LIVE", "LATEST"))
    raise not_found("Pack")
