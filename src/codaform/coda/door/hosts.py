"""Addresses of hosts: what a token may be sent to."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

HOST = "https://coda.io"
"""Where Coda is. Its new name leads to the same service, and one user saw that host hang."""

VENDOR_HOSTS = frozenset({HOST, "https://docs.superhuman.com"})
"""The vendor's own hosts."""

ALLOWED = "CODAFORM_HOSTS"
"""The environment variable that names further hosts, with spaces or commas between them."""

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})

_PORTS = {"http": 80, "https": 443}


def origin(address: str) -> str:
    """Scheme, host and port of an address, in one form. Raises ValueError for what is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ValueError(f"{address} is no address; one looks like {HOST}") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{address} is no address; one looks like {HOST}")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{name}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")


def trusted(address: str) -> str:
    """The origin of an address to which a token may be sent. Raises ValueError, which says what would allow it.

    The vendor's hosts may have one and this machine; any other host only where CODAFORM_HOSTS names it, since `host:`
    in doc.yml is what a pull request can change, and the environment is not.
    """
    found = origin(address)
    if found in VENDOR_HOSTS or is_loopback(found):
        return found
    if not found.startswith("https://"):
        raise ValueError(f"{found} would be told the token in clear text: https is needed")
    if found not in _allowed():
        known = " and ".join(sorted(VENDOR_HOSTS))
        raise ValueError(
            f"{found} gets no token: it is none of the vendor's hosts ({known}); where it is meant, set "
            f"{ALLOWED}={found} in the environment, outside of the project"
        )
    return found


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine. Of names only localhost is: any other could be looked up elsewhere."""
    name = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def is_here(host: str, port: int | None) -> bool:
    """Whether a Host header names this machine and, where one is given, this port.

    Another name that leads here may belong to a page elsewhere that found its way in.
    """
    try:
        named = urlsplit(f"//{host}")
        named_port = named.port if named.port is not None else 80
    except ValueError:
        return False
    plain = named.netloc == host and named.username is None
    return plain and named.hostname in _HERE and (port is None or named_port == port)


def _allowed() -> set[str]:
    """The origins that the environment names. Raises ValueError for one that is none."""
    return {origin(word) for word in os.environ.get(ALLOWED, "").replace(",", " ").split()}
