"""Addresses in the HTML that pages hold: MkDocs leads Markdown links to built pages, and leaves HTML as it is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from html import unescape
from urllib.parse import quote, unquote

from markupsafe import escape

from codaform.site.build.folders import Settings
from codaform.site.build.published import address, built_file

_LINK = re.compile(r'(<a\b[^>]*?\s(?:xlink:)?href=")([^"#:?]+)\.(?:md|html)((?:#[^"]*)?")')
_LOAD = re.compile(r'(<(?:script|img|link|source|object)\b[^>]*?\s(?:src|href|data)=")([^"#:?]+)(["#?])')
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)


def led_to_built(text: str, page: str, files: Collection[str], settings: Settings) -> str:
    """The Markdown of a page in which HTML leads to where MkDocs puts pages and other files; blocks of code stay.

    page: Its path below the docs. files: The paths of all files there.
    """
    if '="' not in text:
        return text
    plain = Settings(tidy=settings.tidy)
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
