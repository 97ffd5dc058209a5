"""Domains of one's own for a published doc: they are kept, and never connected."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codaform.server.doc.records import Json
from codaform.server.rest.call import ApiError, Reply, RestCall, not_found

_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _DomainAdd:
    """The body that adds a domain."""

    customDocDomain: str


def list_domains(call: RestCall) -> Reply:
    """The domains of a doc. Their setup stays pending, as no name server is asked."""
    return Reply({"customDocDomains": [_domain(name) for name in call.shared_doc().record.domains]})


def _domain(name: str) -> dict[str, Json]:
    return {
        "customDocDomain": name,
        "hasCertificate": False,
        "hasDnsDocId": False,
        "setupStatus": "pending",
        "domainStatus": "notConnected",
    }


def add_domain(call: RestCall) -> Reply:
    """Add a domain to a doc."""
    call.shared_doc()
    name = call.read_body(_DomainAdd).customDocDomain
    if _DOMAIN.fullmatch(name) is None:
        raise ApiError(400, "customDocDomain is no name of a domain.")
    call.accept("add domain", {"name": name.lower()})
    return Reply({}, 202)


def update_domain(call: RestCall) -> Reply:
    """Check the setup of a domain again: it stays pending."""
    _known(call)
    return Reply({})


def delete_domain(call: RestCall) -> Reply:
    """Take a domain from a doc."""
    call.do("delete domain", {"name": _known(call)})
    return Reply({})


def _known(call: RestCall) -> str:
    name = call.path["customDocDomain"].lower()
    if name not in call.shared_doc().record.domains:
        raise not_found("domain")
    return name


def get_provider(call: RestCall) -> Reply:
    """Who sells a domain: nobody is asked, so it is another one."""
    if _DOMAIN.fullmatch(call.path["customDocDomain"]) is None:
        raise not_found("domain")
    return Reply({"provider": "Other"})
