"""A text cut into the grammar's terminals, for syntax colouring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from codaform.syntax.parser import terminals

Kind = Literal["comment", "text", "number", "name", "bracketed", "keyword", "operator", "punctuation", "blank", "stray"]

_KINDS: dict[str, Kind] = {
    "LINE_COMMENT": "comment",
    "BLOCK_COMMENT": "comment",
    "TEXT": "text",
    "NUMBER": "number",
    "WORD": "name",
    "BRACKETED": "bracketed",
    "AT_NAME": "bracketed",
    "CODED": "bracketed",
    "KEYWORD": "keyword",
    "AND": "keyword",
    "OR": "keyword",
    "NOT": "keyword",
    "DOT": "punctuation",
    "COMMA": "punctuation",
    "COLON": "punctuation",
    "COLONS": "punctuation",
    "LPAR": "punctuation",
    "RPAR": "punctuation",
}
"""The class of each terminal for colouring; another named terminal is a sign, the grammar drops unnamed ones."""

_VALUES = frozenset({"TEXT", "NUMBER", "WORD", "BRACKETED", "AT_NAME", "CODED", "KEYWORD", "RPAR", "PERCENT"})
"""The terminals that a value can end with."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, as half-open offsets. A stray one is what no formula can hold at its place."""

    start: int
    end: int
    kind: Kind


def pieces(text: str) -> Iterator[Piece]:
    """The pieces from first to last; every character of any text is in exactly one piece."""
    at, joins = 0, False
    while at < len(text):
        found = _scanner().match(text, at)
        terminal = (found.lastgroup or "") if found else ""
        end = found.end() if found else at + 1
        kind: Kind = kind_of_terminal(terminal) if found else "stray"
        if terminal in ("AND", "OR") and not joins:
            # Only behind a value do they join; elsewhere they are the functions of these names.
            terminal, kind = "WORD", "name"
        if found is None and text[at] in "\"'":
            # A text that is not closed runs to the end: so it looks while it is typed.
            end, kind = len(text), "text"
        yield Piece(at, end, kind)
        if kind not in ("blank", "comment"):
            joins = terminal in _VALUES
        at = end


def kind_of_terminal(terminal: str) -> Kind:
    """The kind of a terminal of the grammar."""
    return _KINDS.get(terminal, "blank" if terminal.startswith("__IGNORE") else "operator")


@cache
def _scanner() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in terminals().items()))
