"""A formula as HTML: its words in colours, and a wave below each finding or each place that is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from markupsafe import Markup, escape

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.library import catalogue
from codaform.markup.filling import fill
from codaform.model.schema import Doc
from codaform.semantics.scope import doc_wide
from codaform.source import Span
from codaform.syntax.tokens import Piece, pieces

_CLASSES = {
    "comment": "comment",
    "text": "text",
    "number": "number",
    "keyword": "keyword",
    "operator": "sign",
    "punctuation": "sign",
}
"""The class of each kind of piece but names, whose class depends on what they name."""


def highlight_formula(doc: Doc, text: str, found: Iterable[Diagnostic] = (), places: Iterable[Span] = ()) -> Markup:
    """The formula with its parts marked by kind; all text is kept and escaped.

    places: What gets the wave of a warning without being a finding.
    """
    waves: list[tuple[int, int, str]] = [
        (said.span.start, max(said.span.end, said.span.start + 1), said.rule.severity) for said in found
    ]
    waves.extend((place.start, place.end, "warning") for place in places)
    written = []
    for start, end, kind in _pieces(doc, text):
        for piece_start, piece_end, severity in _cut(start, end, waves):
            piece = escape(text[piece_start:piece_end])
            classes = " ".join(part for part in (f"f-{kind}" if kind else "", severity and f"wave {severity}") if part)
            written.append(fill('<span class="{}">{}</span>', classes, piece) if classes else piece)
    return Markup("").join(written)


def _pieces(doc: Doc, text: str) -> Iterator[tuple[int, int, str]]:
    for piece in pieces(text):
        yield piece.start, piece.end, _CLASSES.get(piece.kind) or _name(doc, text, piece)


def _name(doc: Doc, text: str, piece: Piece) -> str:
    """The kind of a name, as far as the text alone shows it."""
    if piece.kind in ("blank", "stray"):
        return ""
    written = text[piece.start : piece.end]
    called = text[piece.end :].lstrip()[:1] == "("
    if piece.kind == "name" and called and catalogue.find(written):
        return "function"
    name = written[1:-1] if piece.kind == "bracketed" else written
    if text[: piece.start].rstrip()[-1:] != "." and doc_wide(doc, name) is not None:
        return "table"
    return "name"


def _cut(start: int, end: int, waves: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The piece in parts that have the same wave below them; where two overlap, the first one counts."""
    edges = {start, end, *(edge for wave in waves for edge in wave[:2] if start < edge < end)}
    ordered = sorted(edges)
    for first, last in pairwise(ordered):
        severity = next((severity for left, right, severity in waves if left <= first and last <= right), "")
        yield first, last, severity
