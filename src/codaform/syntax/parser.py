"""From text to tree: Lark's LALR parser builds the tree in its callbacks."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.source import Source, Span, cover
from codaform.syntax import ast
from codaform.syntax.mistakes import explain
from codaform.syntax.notices import notices

MAX_LENGTH = 200_000
"""Characters in a formula. Coda states no limit; what is longer is a mistake or an attack."""
MAX_DEPTH = 400
"""Levels of nesting in a formula's tree."""

KEYWORDS = {name.lower(): name for name in ("thisRow", "thisTable", "thisDocument", "thisPage", "CurrentValue")}
_PLAIN_TEXT = r"""TEXT: /"[^"]*"|'[^']*'/"""
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\'": "'", "\\n": "\n"}


def parse(source: Source) -> tuple[ast.Formula | None, tuple[Diagnostic, ...]]:
    """The tree of a formula, or None where the text is no formula, and what there is to say of the text."""
    text = source.text
    if len(text) > MAX_LENGTH:
        message = f"the formula has {len(text):,} characters; {MAX_LENGTH:,} is the most that is read"
        return None, (Diagnostic(rules.TOO_LARGE, message, source, Span(0, 0)),)
    if not text.strip():
        message = "there is no formula"
        return None, (Diagnostic(rules.NO_FORMULA, message, source, Span(0, len(text))),)
    escapes = True
    try:
        expression: Any = _parser(escapes).parse(text)
    except (UnexpectedToken, UnexpectedCharacters, UnexpectedEOF) as problem:
        # Coda documents no escapes: in `Split(path, "\\")` the backslash is a character like any other.
        escapes = False
        try:
            if '\\"' not in text and "\\'" not in text:
                raise
            expression = _parser(escapes).parse(text)
        except (UnexpectedToken, UnexpectedCharacters, UnexpectedEOF):
            return None, (explain(problem, source),)
    deepest = _too_deep(expression) if len(text) > MAX_DEPTH else None
    if deepest is not None:
        message = f"the formula is nested more than {MAX_DEPTH} levels deep"
        return None, (Diagnostic(rules.TOO_LARGE, message, source, Span(deepest.start, deepest.start + 1)),)
    return ast.Formula(expression, _comments(text, escapes), source), tuple(notices(expression, source))


def _comments(text: str, escapes: bool) -> tuple[ast.Comment, ...]:
    if "//" not in text and "/*" not in text:
        return ()
    found = []
    for match in _comment_scanner(escapes).finditer(text):
        if match.lastgroup != "comment":
            continue
        before = text[: match.start()]
        line = before[before.rfind("\n") + 1 :]
        found.append(ast.Comment(match[0].rstrip(), bool(line.strip()), Span(match.start(), match.end())))
    return tuple(found)


@cache
def _comment_scanner(escapes: bool) -> re.Pattern[str]:
    patterns = terminals(escapes)
    skipped = "|".join(patterns[name] for name in ("TEXT", "AT_NAME", "BRACKETED"))
    return re.compile(f"{skipped}|(?P<comment>{patterns['LINE_COMMENT']}|{patterns['BLOCK_COMMENT']})")


def terminals(escapes: bool = True) -> dict[str, str]:
    """The regular expression of each terminal of the grammar by its name, those first that Lark tries first."""
    known = _parser(escapes).terminals
    # The order of Lark's own lexer: by priority, then the longer match, then the longer pattern.
    ordered = sorted(known, key=lambda one: (-one.priority, -one.pattern.max_width, -len(one.pattern.value), one.name))
    return {one.name: one.pattern.to_regexp() for one in ordered}


@cache
def _parser(escapes: bool) -> Lark:
    text = grammar() if escapes else re.sub(r"(?m)^TEXT:.*$", lambda _: _PLAIN_TEXT, grammar())
    return Lark(
        text,
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
        transformer=_Builder(escapes),
        cache=_cache_file("escapes" if escapes else "plain"),
    )


def grammar() -> str:
    """The text of `grammar/coda.lark`: package data first, then the checkout."""
    packaged = Path(__file__).parents[1] / "grammar" / "coda.lark"
    checkout = Path(__file__).parents[3] / "grammar" / "coda.lark"
    return (packaged if packaged.is_file() else checkout).read_text("utf-8")


def _cache_file(variant: str) -> str | bool:
    """Where Lark keeps its tables between runs; nowhere when the folder cannot be written."""
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path("codaform", ensure_exists=True)
    except OSError:
        return False
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    return str(folder / f"grammar-{variant}-{version}.lark") if folder.is_dir() else False


def _too_deep(expression: ast.Expression) -> Span | None:
    """The place where the tree passes MAX_DEPTH; walked without recursion, for the tree may be very deep."""
    level: list[Any] = [expression]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.children(node)]
        if not level:
            break
    if not level:
        # Passes recurse a few frames a level; pure Python calls take no C stack.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 20 * MAX_DEPTH))
        return None
    span: Span = level[0].span
    return span


class _Builder:
    """Lark's callbacks, one a rule of the grammar: children in, node out. Spans are folded from the children."""

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
        return str(parts[-1]), pack, Span(_start(parts[0]), _end(parts[-1]))

    def arguments(self, parts: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(parts[::2])

    def named(self, parts: Sequence[Any]) -> ast.Argument:
        name, _, value = parts
        return ast.Argument(name, value, cover(name.span, value.span))

    def group(self, parts: Sequence[Any]) -> ast.Group:
        open_, inner, close = parts
        return ast.Group(inner, Span(open_.start_pos, close.end_pos))

    def word(self, parts: Sequence[Token]) -> ast.Name:
        text = _unbracketed(parts[0]) if len(parts) == 1 else " ".join(parts)
        return ast.Name(text, False, Span(_start(parts[0]), _end(parts[-1])))

    def name(self, parts: Sequence[Any]) -> Any:
        return parts[0]

    def reference(self, parts: Sequence[Any]) -> ast.Name:
        if len(parts) == 1:
            return ast.Name(_unescaped_name(parts[0][2:-1]), True, _span(parts[0]))
        at, name = parts
        return ast.Name(name.text, True, cover(_span(at), name.span))

    def keyword(self, parts: Sequence[Token]) -> ast.Keyword | ast.Literal:
        (token,) = parts
        word = token.lower()
        if word in KEYWORDS:
            return ast.Keyword(KEYWORDS[word], _span(token))
        return ast.Literal(word == "true", word, _span(token))

    def number(self, parts: Sequence[Token]) -> ast.Literal:
        value = float(parts[0])
        text = "".join(parts)
        return ast.Literal(value / 100 if len(parts) == 2 else value, text, Span(_start(parts[0]), _end(parts[-1])))

    def dollars(self, parts: Sequence[Token]) -> ast.Literal:
        sign, amount = parts
        return ast.Literal(float(amount), str(amount), Span(_start(sign), _end(amount)))

    def text(self, parts: Sequence[Token]) -> ast.Literal:
        (token,) = parts
        return ast.Literal(_unquoted(token) if self.escapes else str(token[1:-1]), str(token), _span(token))


def _unquoted(token: str) -> str:
    quote, inner = token[0], token[1:-1]
    if "\\" in inner:
        inner = re.sub(r"\\[\s\S]", lambda found: _ESCAPES.get(found[0], found[0]), inner)
    return inner.replace(quote * 2, quote) if quote * 2 in token[1:-1] else inner


def _unbracketed(token: str) -> str:
    return _unescaped_name(token[1:-1]) if token.startswith("[") else str(token)


def _unescaped_name(text: str) -> str:
    return text.replace("\\]", "]").replace("\\[", "[") if "\\" in text else text


def _sign(token: Token) -> str:
    return {"AND": "AND", "OR": "OR", "NOT": "NOT"}.get(token.type) or ("!=" if token == "<>" else str(token))


def _start(token: Token) -> int:
    return token.start_pos or 0


def _end(token: Token) -> int:
    return token.end_pos or 0


def _span(token: Token) -> Span:
    return Span(_start(token), _end(token))
