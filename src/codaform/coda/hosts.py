"""Addresses of hosts: what a token may be sent to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

HOST = "https://coda.io"
"""Where Coda is. Its new name leads to the same service, and one user saw that host hang."""

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
    """The origin of an address to which a token may be sent: encrypted, or on this machine. Raises ValueError."""
    found = origin(address)
    if not found.startswith("https://") and not is_loopback(found):
        raise ValueError(f"{found} would be told the token in clear text: https is needed")
    return found


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine."""
    name = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
