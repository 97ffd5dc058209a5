"""Addresses of hosts, and the hosts that may receive a token."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

REST_HOST = "https://coda.io"
"""Coda's address. Its new name leads to the same service, but one user saw that host hang."""

_VENDOR_HOSTS = frozenset({REST_HOST, "https://docs.superhuman.com"})
"""The vendor's own hosts."""

_HOSTS_VARIABLE = "CODAFORM_HOSTS"
"""The environment variable that lists further hosts, separated by spaces or commas."""

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})

_PORTS = {"http": 80, "https": 443}


def origin(address: str) -> str:
    """The scheme, host and port of an address in one form. Raises ValueError for an invalid address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ValueError(f"{address} is no address; one looks like {REST_HOST}") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{address} is no address; one looks like {REST_HOST}")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{name}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")


def trusted_origin(address: str) -> str:
    """The origin of an address, if it may receive a token. Raises ValueError, which says how to allow it.

    The vendor's hosts and this machine may receive a token; any other host only if CODAFORM_HOSTS lists it: a pull
    request can change `host:` in doc.yml, but not the environment.
    """
    found = origin(address)
    if found in _VENDOR_HOSTS or is_loopback(found):
        return found
    if not found.startswith("https://"):
        raise ValueError(f"{found} would receive the token in clear text: https is needed")
    if found not in _allowed():
        known = " and ".join(sorted(_VENDOR_HOSTS))
        raise ValueError(
            f"{found} gets no token: it is none of the vendor's hosts ({known}); where it is meant, set "
            f"{_HOSTS_VARIABLE}={found} in the environment, outside of the project"
        )
    return found


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine. localhost is the only name that counts: others depend on a name server."""
    name = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def is_this_machine(host: str, port: int | None, scheme: str = "http") -> bool:
    """Whether a Host header names this machine, and this port if one is given.

    scheme: Of the request; it decides which port a host without one means.

    Any other name may come from a page of another site that got its own name to point to this machine.
    """
    try:
        named = urlsplit(f"//{host}")
        named_port = named.port if named.port is not None else _PORTS.get(scheme)
    except ValueError:
        return False
    plain = named.netloc == host and named.username is None
    return plain and named.hostname in _HERE and (port is None or named_port == port)


def _allowed() -> set[str]:
    """The origins that the environment lists. Raises ValueError for an invalid address."""
    return {origin(word) for word in os.environ.get(_HOSTS_VARIABLE, "").replace(",", " ").split()}
