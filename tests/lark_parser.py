"""The parser that Lark itself makes of the grammar: it says what codaform's own has to read, and where to refuse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, UnexpectedCharacters, UnexpectedToken

from codaform.source import Span, cover
from codaform.syntax import ast
from codaform.syntax.names import KEYWORDS
from codaform.syntax.tables import END

GRAMMAR = (Path(__file__).parents[1] / "grammar" / "coda.lark").read_text("utf-8")
PLAIN_TEXT = r"""TEXT.6: /"[^"]*"|'[^']*'/"""

Refused = tuple[str, int, int, frozenset[str]]
"""The terminal (none at a character that begins none), its place, and the terminals that are accepted there."""


def read(text: str, escapes: bool = True) -> ast.Expression | Refused:
    """The tree that Lark's parser makes of a text, or where and why it refuses it."""
    try:
        tree: Any = lark_parser(escapes).parse(text)
    except UnexpectedToken as problem:
        token, accepts = problem.token, frozenset(str(name).strip("$") for name in problem.accepts)
        if token.type == "$END":
            return END, len(text), len(text), accepts
        return token.type, token.start_pos or 0, token.end_pos or 0, accepts
    except UnexpectedCharacters as problem:
        stopped: Any = problem
        at = stopped.pos_in_stream
        return "", at, at + 1, frozenset(name.strip("$") for name in stopped.interactive_parser.accepts())
    expression: ast.Expression = tree
    return expression


@cache
def lark_parser(escapes: bool = True) -> Lark:
    """Lark's parser of the grammar, which builds the tree in its callbacks."""
    grammar, replaced = re.subn(r"(?m)^TEXT\.6:.*$", lambda _: PLAIN_TEXT, GRAMMAR)
    assert replaced == 1
    return Lark(
        GRAMMAR if escapes else grammar,
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
        transformer=_Callbacks(escapes),
    )


class _Callbacks:
    """One for each rule of the grammar: children in, node out. Spans are folded from the children."""

    def __init__(self, escapes: bool) -> None:
        self.escapes = escapes

    def start(self, parts: Sequence[Any]) -> Any:
        return parts[-1]

    def operation(self, parts: Sequence[Any]) -> ast.Operation:
        left, sign, right = parts
        return ast.Operation(_sign(sign), (left, right), cover(left.span, right.span), _span(sign))

    def prefix(self, parts: Sequence[Any]) -> ast.Operation:
        sign, operand = parts
        return ast.Operation(_sign(sign), (operand,), cover(_span(sign), operand.span), _span(sign))

    def member(self, parts: Sequence[Any]) -> ast.Member:
        target, _, name = parts
        return ast.Member(target, name, cover(target.span, name.span))

    def method(self, parts: Sequence[Any]) -> ast.Call:
        target, _, (name, pack, called), _, args, close = parts
        return ast.Call(name, target, args, pack, Span(target.span.start, close.end_pos), called)

    def call(self, parts: Sequence[Any]) -> ast.Call:
        (name, pack, called), _, args, close = parts
        return ast.Call(name, None, args, pack, Span(called.start, close.end_pos), called)

    def called(self, parts: Sequence[Token]) -> tuple[str, str, Span]:
        pack = "" if len(parts) == 1 else _unbracketed(parts[0])
        return str(parts[-1]), pack, _span(*parts)

    def arguments(self, parts: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(parts[::2])

    def label(self, parts: Sequence[Any]) -> Any:
        return parts[0]

    def named(self, parts: Sequence[Any]) -> ast.Argument:
        name, value = parts
        return ast.Argument(name, value, cover(name.span, value.span))

    def group(self, parts: Sequence[Any]) -> ast.Group:
        opening, inner, close = parts
        return ast.Group(inner, Span(opening.start_pos, close.end_pos))

    def word(self, parts: Sequence[Token]) -> ast.Name:
        return ast.Name(_unbracketed(parts[0]) if len(parts) == 1 else " ".join(parts), False, _span(*parts))

    def reference(self, parts: Sequence[Any]) -> ast.Name:
        if len(parts) == 1:
            return ast.Name(_unescaped(parts[0][2:-1]), True, _span(parts[0]))
        at, name = parts
        return ast.Name(name.text, True, cover(_span(at), name.span))

    def keyword(self, parts: Sequence[Token]) -> ast.Keyword | ast.Literal:
        word = parts[0].lower()
        if word in KEYWORDS:
            return ast.Keyword(KEYWORDS[word], _span(parts[0]))
        return ast.Literal(word == "true", word, _span(parts[0]))

    def number(self, parts: Sequence[Token]) -> ast.Literal:
        value = float(parts[0])
        return ast.Literal(value / 100 if len(parts) == 2 else value, "".join(parts), _span(*parts))

    def dollars(self, parts: Sequence[Token]) -> ast.Literal:
        return ast.Literal(float(parts[1]), str(parts[1]), _span(*parts))

    def text(self, parts: Sequence[Token]) -> ast.Literal:
        quote, inner = parts[0][0], str(parts[0][1:-1])
        if self.escapes:
            meant = {"\\\\": "\\", '\\"': '"', "\\'": "'", "\\n": "\n"}
            value = re.sub(r"\\[\s\S]", lambda found: meant.get(found[0], found[0]), inner)
            inner = value.replace(quote * 2, quote) if quote * 2 in inner else value
        return ast.Literal(inner, str(parts[0]), _span(parts[0]))


def _unbracketed(token: str) -> str:
    return _unescaped(token[1:-1]) if token.startswith("[") else str(token)


def _unescaped(text: str) -> str:
    return str(text).replace("\\]", "]").replace("\\[", "[")


def _sign(token: Token) -> str:
    return token.type if token.type in ("AND", "OR", "NOT") else "!=" if token == "<>" else str(token)


def _span(*tokens: Token) -> Span:
    return Span(tokens[0].start_pos or 0, tokens[-1].end_pos or 0)
