"""A page of the site as data, and how pages lead to each other."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is written.

    path: Below the folder of the docs, with `/`. title: Plain text. text: Markdown. about: One plain sentence.
    """

    path: str
    title: str
    text: str
    about: str = ""


def relative(page: str, place: str) -> str:
    """The link from a page to a place, both below the folder of the docs; a place may end with an anchor."""
    path, sign, anchor = place.partition("#")
    if path == page and anchor:
        return f"#{anchor}"
    return posixpath.relpath(path, posixpath.dirname(page) or ".") + sign + anchor
