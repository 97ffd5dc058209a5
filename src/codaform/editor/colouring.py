"""The words and signs of formulas by what they are, for an editor that colours them by meaning."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from codaform.editor.file_context import FileContext
from codaform.editor.formulas import WrittenFormula
from codaform.library import catalogue
from codaform.semantics.bind_state import Reference
from codaform.source import Span
from codaform.syntax.tokens import Kind, Piece, pieces

TYPES = (
    "comment",
    "string",
    "number",
    "keyword",
    "operator",
    "function",
    "property",
    "class",
    "variable",
    "enumMember",
)
"""The legend: a token names its type by the place in it."""

_OF_KINDS: dict[Kind, str] = {
    "comment": "comment",
    "text": "string",
    "number": "number",
    "keyword": "keyword",
    "operator": "operator",
}


def semantic_tokens(file: FileContext) -> lsp.SemanticTokens:
    """The tokens of all formulas of a text, as the protocol encodes them: each by its distance from the one before."""
    data: list[int] = []
    line = column = 0
    for span, kind in (one for formula in file.formulas() for one in _tokens(file, formula)):
        range_ = file.range(span)
        start = range_.start
        delta = start.line - line, start.character - (column if start.line == line else 0)
        data += (*delta, range_.end.character - start.character, TYPES.index(kind), 0)
        line, column = start.line, start.character
    return lsp.SemanticTokens(data)


def _tokens(file: FileContext, formula: WrittenFormula) -> Iterator[tuple[Span, str]]:
    text = formula.text.text
    bound, _ = formula.bound(file.opened.sound.project)
    meant = {one.span: one for one in bound.references}
    for piece in pieces(text):
        kind = _kind(file, text, piece, meant.get(Span(piece.start, piece.end)))
        if kind is None:
            continue
        at = formula.located(Span(piece.start, piece.end))
        written = file.source.text[at.start : at.end]
        start = at.start
        for part in written.split("\n"):  # a token has one line: not every client takes more
            if part.strip():
                yield Span(start, start + len(part)), kind
            start += len(part) + 1


def _kind(file: FileContext, text: str, piece: Piece, reference: Reference | None) -> str | None:
    known = _OF_KINDS.get(piece.kind)
    if known is not None or piece.kind not in ("name", "bracketed"):
        return known
    if reference is not None:
        if reference.how in ("option", "row"):
            return "enumMember"
        if reference.table:
            return "property"
        return "class" if reference.name in file.doc.tables else "variable"
    is_called = text[piece.end :].lstrip().startswith("(") and catalogue.find(text[piece.start : piece.end])
    return "function" if is_called else None
