"""Packs: a local Coda has none, and lists none."""

from __future__ import annotations

from dataclasses import replace

from codaform.server.rest.call import ApiError, Reply, RestCall, list_page, not_found, unpack_query

_ACCESS = ("none", "view", "test", "edit", "admin")
_DIRECTIONS = ("ascending", "descending")


def list_packs(call: RestCall) -> Reply:
    """No Packs."""
    call.choice("accessType", _ACCESS)
    call.choice("sortBy", ("title", "createdAt", "updatedAt"))
    return _none(call)


def list_listings(call: RestCall) -> Reply:
    """No Packs in the gallery."""
    call.choice("installContext", ("workspace", "doc"))
    return _none(call)


def _none(call: RestCall) -> Reply:
    query, start = unpack_query(call)
    call = replace(call, query=query)
    call.choice("direction", _DIRECTIONS)
    call.choice("packEntrypoint", ("go", "docs"))
    body = list_page(call, (), dict, start)
    return Reply({"items": body["items"]})


def get_pack(call: RestCall) -> Reply:
    """Not found. Raises ApiError, always."""
    if not call.path["packId"].isdigit():
        raise ApiError(400, "packId must be a whole number.")
    raise not_found("Pack")
