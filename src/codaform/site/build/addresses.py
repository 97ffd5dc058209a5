"""Addresses on pages: where the HTML in Markdown has to link to, and where a link on a built page leads."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, unquote, urlsplit

from markupsafe import escape

from codaform.site.build.settings import SiteSettings, address, built_file

_LINK = re.compile(r'(<a\b[^>]*?\s(?:xlink:)?href=")([^"#:?]+)\.(?:md|html)((?:#[^"]*)?")')
_LOAD = re.compile(r'(<(?:script|img|link|source|object)\b[^>]*?\s(?:src|href|data)=")([^"#:?]+)(["#?])')
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)


def link_to_built(text: str, page: str, files: Collection[str], settings: SiteSettings) -> str:
    """The Markdown of a page in which HTML leads to where MkDocs puts pages and other files; blocks of code stay.

    page: Its path below the docs. files: The paths of all files there.
    """
    if '="' not in text:
        return text
    plain = SiteSettings(tidy=settings.tidy)
    here = posixpath.dirname(built_file(plain, page)) or "."

    def file(written: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(unescape(written))))

    def led(link: re.Match[str]) -> str:
        path = file(link[2]) + ".md"
        if path not in files:
            return link[0]
        there = address(plain, path)
        found = posixpath.relpath(there, here) + ("/" if there.endswith("/") else "")
        return f"{link[1]}{escape(found)}{link[3]}"

    def loaded(load: re.Match[str]) -> str:
        path = file(load[2])
        return f"{load[1]}{escape(quote(posixpath.relpath(path, here)))}{load[3]}" if path in files else load[0]

    return "".join(part if code else _LINK.sub(led, _LOAD.sub(loaded, part)) for part, code in _cut(text))


def _cut(text: str) -> list[tuple[str, bool]]:
    """The text in parts that are, or are no, fenced code."""
    parts: list[tuple[str, bool]] = []
    at = 0
    while opening := _FENCE.search(text, at):
        closing = re.compile(rf"^[ \t]*{opening[1][0]}{{{len(opening[1])},}}[ \t]*$", re.MULTILINE)
        end = closing.search(text, opening.end())
        stop = end.end() if end else len(text)
        parts += [(text[at : opening.start()], False), (text[opening.start() : stop], True)]
        at = stop
    return [*parts, (text[at:], False)]


_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_INSIDE = ("data:", "blob:", "about:", "javascript:")


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """A file below the top of the site, and an anchor in it or an empty text."""

    file: str
    anchor: str


def is_outside(address: str) -> bool:
    """Whether a browser that loads the address asks another host."""
    address = address.strip()
    if address.startswith(("//", "\\\\")):
        return True
    return bool(_SCHEME.match(address)) and not address.lower().startswith(_INSIDE)


def resolve_link(page: str, address: str, top: str = "/") -> LinkTarget | None:
    """Where an address on a page leads within the site; None for an address that leads out of it.

    page: The page's file below the top of the site. top: The path under which the site is published.
    """
    address = address.strip()
    if address.startswith(("//", "\\\\")) or _SCHEME.match(address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return LinkTarget(address, "")
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
    return LinkTarget(file, anchor)
