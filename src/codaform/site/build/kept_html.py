"""Long lines of HTML that pass by Markdown, whose parsers would read each of their tags three times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_LONG = 1_000
"""Shorter lines are read as quickly as they are kept."""

_BLOCK = re.compile(r"<(?P<tag>div|details)\b(?![^>]*\bmarkdown=)[^>]*>.*</(?P=tag)>")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ID = re.compile(r'\bid="([^"]*)"')


class KeptHtml:
    """A plugin of MkDocs that takes each long line of HTML out of a page's Markdown, and puts it back behind it.

    The places in a line stay, as MkDocs knows by them which links lead somewhere.
    """

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def on_page_markdown(self, markdown: str, *, page: Any, **_: Any) -> str:
        """Take the lines out."""
        kept: list[str] = []
        self._lines[page.file.src_uri] = kept
        return "\n".join(_taken_out(markdown.split("\n"), kept))

    def on_page_content(self, html: str, *, page: Any, **_: Any) -> str:
        """Put them back."""
        for number, line in enumerate(self._lines.pop(page.file.src_uri, ())):
            html = html.replace(_standing_in(number, line), line, 1)
        return html


def _taken_out(lines: list[str], kept: list[str]) -> Iterator[str]:
    fence = ""
    for line in lines:
        marks = _FENCE.match(line)
        if marks is not None and (not fence or marks[1].startswith(fence)):
            fence = "" if fence else marks[1]
        if fence or len(line) < _LONG or line[0] != "<" or not _BLOCK.fullmatch(line):
            yield line
        else:
            yield _standing_in(len(kept), line)
            kept.append(line)


def _standing_in(number: int, line: str) -> str:
    """The element that stands for a kept line, with its places."""
    tag = "details" if line.startswith("<details") else "div"
    places = "".join(f'<a id="{place}"></a>' for place in _ID.findall(line))
    return f'<{tag} data-kept="{number}">{places}</{tag}>'
