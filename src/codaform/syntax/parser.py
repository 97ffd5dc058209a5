"""From text to tree, with what there is to say of the text."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.source import Source, Span
from codaform.syntax import ast
from codaform.syntax.automaton import Automaton
from codaform.syntax.building import builders
from codaform.syntax.mistakes import Refusal, explain
from codaform.syntax.notices import notices
from codaform.syntax.tables import load

MAX_LENGTH = 200_000
"""Characters in a formula. Coda states no limit; what is longer is a mistake or an attack."""
MAX_DEPTH = 400
"""Levels of nesting in a formula's tree."""
_SHALLOW = 50
"""So many levels, far more than formulas of people have, fit into the interpreter's own limit of recursion."""

PLAIN_TEXT = r""""[^"]*"|'[^']*'"""
"""The terminal TEXT where a backslash is a character like any other."""


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
        expression, doubts = _automaton(escapes).read(text)
    except Refusal as refusal:
        # Coda documents no escapes: in `Split(path, "\\")` the backslash is a character like any other.
        escapes = False
        try:
            if '\\"' not in text and "\\'" not in text:
                raise
            expression, doubts = _automaton(escapes).read(text)
        except Refusal:
            return None, (explain(refusal, source),)
    deepest = _too_deep(expression) if len(text) > _SHALLOW else None
    if deepest is not None:
        message = f"the formula is nested more than {MAX_DEPTH} levels deep"
        return None, (Diagnostic(rules.TOO_LARGE, message, source, Span(deepest.start, deepest.start + 1)),)
    return ast.Formula(expression, _comments(text, escapes), source), tuple(notices(reversed(doubts), source))


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


def terminals(escapes: bool = True) -> Mapping[str, str]:
    """The regular expression of each terminal of the grammar by its name, those first that are tried first."""
    known = load().terminals
    return known if escapes else {**known, "TEXT": PLAIN_TEXT}


@cache
def _automaton(escapes: bool) -> Automaton:
    return Automaton(load(), terminals(escapes), builders(escapes))


def _too_deep(expression: ast.Expression) -> Span | None:
    """The place where the tree passes MAX_DEPTH; walked without recursion, for the tree may be very deep."""
    level: list[Any] = [expression]
    for depth in range(MAX_DEPTH):
        level = [child for node in level if type(node) in ast.PARTS for child in ast.PARTS[type(node)](node)]
        if not level:
            if depth > _SHALLOW:
                # Passes recurse up to 7 frames a level; pure Python calls take no C stack.
                sys.setrecursionlimit(max(sys.getrecursionlimit(), 20 * MAX_DEPTH))
            return None
    span: Span = level[0].span
    return span
