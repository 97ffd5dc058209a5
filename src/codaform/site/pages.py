"""Pages of the site as data, the links between them, and the mark that every generated file has."""

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


MARK_TEXT = "Written by codaform docs build; do not edit."

MARK = f"<!-- {MARK_TEXT} -->"
"""The first line of every generated page."""

_FIRST = {".css": f"/* {MARK_TEXT} */", ".js": f"// {MARK_TEXT}", ".mjs": f"// {MARK_TEXT}"}

_SHOWN_BEFORE = 2
"""The number of lines in a page's file before its own text."""


def page_text(page: Page) -> str:
    """The whole file of a page."""
    return f"{MARK}\n\n{page.text.rstrip(chr(10))}\n"


def asset_text(name: str, text: str) -> str:
    """The whole file of a style sheet or a script; files of other kinds bear no mark."""
    first = _FIRST.get(name[name.rfind(".") :])
    return text if first is None else f"{first}\n{text}"


def is_generated(text: str) -> bool:
    """Whether a file bears the mark: a page, a style sheet or a script as its first line, any other file as a line."""
    return any(MARK_TEXT in line for line in text.splitlines()[:1]) or MARK in text.splitlines()


def own_text(text: str) -> str:
    """The text of a page without the mark."""
    first, _, rest = text.partition("\n")
    return rest.removeprefix("\n") if MARK_TEXT in first else text


def own_line(line: int) -> int:
    """The line of a page's own text that is the line of its file, both counted from 1; below 1 for the mark."""
    return line - _SHOWN_BEFORE
