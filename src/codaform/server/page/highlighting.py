"""A formula as HTML: its words in colours, and a wave below what was found wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from markupsafe import Markup, escape

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.library import catalogue
from codaform.semantics.scope import doc_wide
from codaform.server.doc.local_doc import LocalDoc

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*[\s\S]*?\*/)
    |(?P<text>"(?:[^"\\]|\\[\s\S]|"")*"|'(?:[^'\\]|\\[\s\S]|'')*')
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?%?|\.\d+)
    |(?P<bracketed>\[(?:[^\]\\]|\\[\s\S])*\])
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>[-+*/^&=<>!%.,:()@$]+)""",
    re.VERBOSE,
)

_KEYWORDS = frozenset(
    {"thisrow", "thistable", "thisdocument", "thispage", "currentvalue", "true", "false", "and", "or", "not"}
)


def highlighted(doc: LocalDoc, text: str, found: Iterable[Diagnostic] = ()) -> Markup:
    """The formula, its parts marked by kind; no text is lost and none is trusted."""
    waves: list[tuple[int, int, str]] = [
        (said.span.start, max(said.span.end, said.span.start + 1), said.rule.severity) for said in found
    ]
    written = []
    for start, end, kind in _pieces(doc, text):
        for piece_start, piece_end, severity in _cut(start, end, waves):
            piece = escape(text[piece_start:piece_end])
            classes = " ".join(part for part in (f"f-{kind}" if kind else "", severity and f"wave {severity}") if part)
            written.append(Markup('<span class="{}">{}</span>').format(classes, piece) if classes else piece)
    return Markup("").join(written)


def _pieces(doc: LocalDoc, text: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    for token in _TOKEN.finditer(text):
        if token.start() > at:
            yield at, token.start(), ""
        yield token.start(), token.end(), _kind(doc, text, token)
        at = token.end()
    if at < len(text):
        yield at, len(text), ""


def _kind(doc: LocalDoc, text: str, token: re.Match[str]) -> str:
    kind = token.lastgroup or ""
    if kind not in ("word", "bracketed"):
        return kind
    word = token[0]
    called = text[token.end() :].lstrip()[:1] == "("
    if kind == "word" and called and catalogue.find(word):
        return "function"
    if kind == "word" and word.casefold() in _KEYWORDS:
        return "keyword"
    name = word[1:-1] if kind == "bracketed" else word
    if text[: token.start()].rstrip()[-1:] != "." and doc_wide(doc.book.doc, name) is not None:
        return "table"
    return "name"


def _cut(start: int, end: int, waves: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The piece in parts that have the same wave below them; where two overlap, the first one counts."""
    edges = {start, end, *(edge for wave in waves for edge in wave[:2] if start < edge < end)}
    ordered = sorted(edges)
    for first, last in pairwise(ordered):
        severity = next((severity for left, right, severity in waves if left <= first and last <= right), "")
        yield first, last, severity
