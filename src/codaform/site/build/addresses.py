"""Where an address on a built page leads: to a file of the site and a place in it, or out of the site."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_INSIDE = ("data:", "blob:", "about:", "javascript:")


@dataclass(frozen=True, slots=True)
class Target:
    """A file below the top of the site, and an anchor in it or an empty text."""

    file: str
    anchor: str


def is_outside(address: str) -> bool:
    """Whether a browser that loads the address asks another host."""
    address = address.strip()
    if address.startswith(("//", "\\\\")):
        return True
    return bool(_SCHEME.match(address)) and not address.lower().startswith(_INSIDE)


def target(page: str, address: str, top: str = "/") -> Target | None:
    """Where an address on a page leads within the site; None for an address that leads out of it.

    page: The page's file below the top of the site. top: The path under which the site is published.
    """
    address = address.strip()
    if address.startswith(("//", "\\\\")) or _SCHEME.match(address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return Target(address, "")
    path = unquote(parts.path)
    if not path:
        file = page
    elif path.startswith("/"):
        file = posixpath.normpath(path.removeprefix(top.rstrip("/"))).lstrip("/")
    else:
        file = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    if path.endswith("/") or file in ("", "."):
        file = posixpath.normpath(posixpath.join(file, "index.html"))
    anchor = unquote(parts.fragment).partition(":~:")[0]
    return Target(file, anchor)
