"""Text as Markdown: nothing in it becomes markup, except the code that it marks itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CODE = re.compile(r"((?<!`)`[^`\s](?:[^`]*[^`\s])?`(?!`))")
_SIGNS = re.compile(r"[\\*_{}\[\]#|]")
_START = re.compile(r"^([-+]|\d+(?=[.)]))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "~": "&#126;"}


def escaped(text: str) -> str:
    """A paragraph of plain text on one line; text in backticks is code."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(code(part[1:-1]) if index % 2 else _plain(part, index == 0) for index, part in enumerate(parts))


def _plain(text: str, first: bool) -> str:
    text = re.sub("[&<>~]", lambda found: _ENTITIES[found[0]], text.replace("`", "\0"))
    text = _SIGNS.sub(lambda found: "\\" + found[0], text).replace("\0", "\\`")
    if not first:
        return text
    return _START.sub(lambda found: found[1] + "\\" if found[1].isdigit() else "\\" + found[1], text)


def code(text: str) -> str:
    """A text as code in a line."""
    text = " ".join(text.split())
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    marks = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{marks}{space}{text}{space}{marks}"


def block(text: str, kind: str) -> str:
    """A text as a block of code."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    marks = "`" * max(longest + 1, 3)
    return f"{marks}{kind}\n{text}\n{marks}"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def join_blocks(*parts: str) -> str:
    """The parts of a page, an empty line between them."""
    return "\n\n".join(part for part in parts if part) + "\n"


_TAG = re.compile(r"<[^<>]*>")
_IN_TEXT = re.compile(r"&#?\w+;|[\\`*_{}\[\]#|~!:^=+\-]|\n")
_IN_TAG = re.compile(r"&#?\w+;|[\\`\[\]|]|\n")
"""An entity, which stays unchanged, or a letter that Markdown would read."""


def inline_html(html: str) -> str:
    """The HTML with every letter that Markdown would read written as an entity; it shows the same."""
    parts, at = [], 0
    for tag in _TAG.finditer(html):
        parts += [_safe(html[at : tag.start()], _IN_TEXT), _safe(tag[0], _IN_TAG)]
        at = tag.end()
    return "".join(parts) + _safe(html[at:], _IN_TEXT)


def _safe(text: str, letters: re.Pattern[str]) -> str:
    return letters.sub(lambda found: found[0] if len(found[0]) > 1 else f"&#{ord(found[0])};", str(text))
