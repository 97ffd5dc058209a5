"""What passes by Markdown: long lines of HTML, whose tags its parsers would read three times, and formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from pygments import highlight
from pygments.formatters.html import HtmlFormatter

from codaform.site.lexer import CodaLexer

_LONG = 1_000
"""Shorter lines are read as quickly as they are kept."""

_BLOCK = re.compile(r"<(?P<tag>div|details)\b(?![^>]*\bmarkdown=)[^>]*>.*</(?P=tag)>")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_COLOURS = {"pygments_lang_class": True}
"""The settings of pymdownx.highlight by which a formula looks as it does here."""
_ID = re.compile(r'\bid="([^"]*)"')


class KeptHtml:
    """A plugin of MkDocs that takes each long line of HTML and each formula out of a page's Markdown, and puts it back.

    The places in a line stay, as MkDocs knows by them which links lead somewhere.
    """

    def __init__(self) -> None:
        self._blocks: dict[str, list[str]] = {}

    def on_page_markdown(self, markdown: str, *, page: Any, config: Any, **_: Any) -> str:
        """Take the blocks out; formulas only where their colours are not set otherwise."""
        kept: list[str] = []
        self._blocks[page.file.src_uri] = kept
        formulas = config.mdx_configs.get("pymdownx.highlight") == _COLOURS
        formulas = formulas and "pymdownx.superfences" not in config.mdx_configs
        return "\n".join(_taken_out(iter(markdown.split("\n")), kept, formulas))

    def on_page_content(self, html: str, *, page: Any, **_: Any) -> str:
        """Put them back."""
        for number, block in enumerate(self._blocks.pop(page.file.src_uri, ())):
            html = html.replace(_standing_in(number, block), block, 1)
        return html


def _taken_out(lines: Iterator[str], kept: list[str], formulas: bool) -> Iterator[str]:
    fence = ""
    for line in lines:
        marks = _FENCE.match(line)
        if formulas and marks is not None and not fence and line == f"{marks[1]}coda":
            inner = takewhile(re.compile(rf"(?!{marks[1]}\s*$)").match, lines)
            kept.append(_coloured("\n".join(inner)))
            yield from ("", _standing_in(len(kept) - 1, kept[-1]), "")
            continue
        if marks is not None and (not fence or marks[1].startswith(fence)):
            fence = "" if fence else marks[1]
        if fence or len(line) < _LONG or line[0] != "<" or not _BLOCK.fullmatch(line):
            yield line
        else:
            yield _standing_in(len(kept), line)
            kept.append(line)


_LEXER, _FORMATTER = CodaLexer(), HtmlFormatter(cssclass="language-coda highlight", wrapcode=True)


def _coloured(formula: str) -> str:
    """A formula as pymdownx.highlight colours it, which makes a style sheet for each."""
    return str(highlight(formula, _LEXER, _FORMATTER)).rstrip("\n")


def _standing_in(number: int, line: str) -> str:
    """The element that stands for a kept block, with its places."""
    tag = "details" if line.startswith("<details") else "div"
    places = "".join(f'<a id="{place}"></a>' for place in _ID.findall(line))
    return f'<{tag} data-kept="{number}">{places}</{tag}>'
