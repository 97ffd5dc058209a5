"""Coda formulas for Pygments: whatever colours code blocks by it, MkDocs among them, colours ```coda."""

from __future__ import annotations

from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String, Whitespace, _TokenType

from codaform.library import catalogue
from codaform.syntax.tokens import Kind, Piece, pieces

_TOKENS: dict[Kind, _TokenType] = {
    "comment": Comment,
    "text": String,
    "number": Number,
    "name": Name,
    "bracketed": Name,
    "keyword": Keyword,
    "operator": Operator,
    "punctuation": Punctuation,
    "blank": Whitespace,
    "stray": Error,
}


class CodaLexer(Lexer):
    """The formula language of Coda docs, cut by the terminals of codaform's own grammar."""

    name = "Coda formula"
    url = "https://coda.io/formulas"
    aliases = ("coda",)
    filenames = ("*.coda",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """The offset, kind and text of each piece."""
        for piece in pieces(text):
            yield piece.start, _token(text, piece), text[piece.start : piece.end]


def _token(text: str, piece: Piece) -> _TokenType:
    """A name that is called is a function, one behind a dot a column, any other one a table, a view or a local name."""
    if piece.kind == "name" and text[piece.end :].lstrip()[:1] == "(":
        return Name.Function if catalogue.find(text[piece.start : piece.end]) else Name
    if piece.kind in ("name", "bracketed") and text[: piece.start].rstrip()[-1:] == ".":
        return Name.Attribute
    return _TOKENS[piece.kind]
