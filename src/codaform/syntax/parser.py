"""From text to tree, with what there is to say of the text."""

from __future__ import annotations

import re
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
MAX_DEPTH = 200
"""Levels of nesting in a formula's tree, where operators in a row are one level. Passes that recurse take three frames
a level, which leaves room below Python's limit of 1,000 for a caller that is deep itself."""
MAX_ROW = 1_000
"""Operators in a row, as in `a + b + c`."""

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
    # Each level takes at least one character.
    refused = _too_deep(expression) if len(text) > MAX_DEPTH else None
    if refused is not None:
        message, span = refused
        return None, (Diagnostic(rules.TOO_LARGE, message, source, Span(span.start, span.start + 1)),)
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
    skipped = "|".join(patterns[name] for name in ("TEXT", "AT_NAME", "CODED", "BRACKETED"))
    return re.compile(f"{skipped}|(?P<comment>{patterns['LINE_COMMENT']}|{patterns['BLOCK_COMMENT']})")


def terminals(escapes: bool = True) -> Mapping[str, str]:
    """The regular expression of each terminal of the grammar by its name, those first that are tried first."""
    known = load().terminals
    return known if escapes else {**known, "TEXT": PLAIN_TEXT}


@cache
def _automaton(escapes: bool) -> Automaton:
    return Automaton(load(), terminals(escapes), builders(escapes))


def _too_deep(expression: ast.Expression) -> tuple[str, Span] | None:
    """How a tree passes MAX_DEPTH or MAX_ROW, and where; walked without recursion, for it may be very deep."""
    level: list[Any] = [expression]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            if type(node) is ast.Operation:
                row = ast.operators_in_row(node)
                if len(row) > MAX_ROW:
                    return f"the formula has more than {MAX_ROW:,} operators in a row", row[MAX_ROW].span
                below.extend(operand for operation in row for operand in operation.operands[1:])
                below.append(row[-1].operands[0])
            elif type(node) in ast.PARTS:
                below.extend(ast.PARTS[type(node)](node))
        if not below:
            return None
        level = below
    return f"the formula is nested more than {MAX_DEPTH} levels deep", level[0].span
