"""The formula language as a TextMate grammar, made from the terminals of codaform's own grammar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codaform.syntax.parser import terminals
from codaform.syntax.tokens import Kind, kind_of_terminal

SCOPE = "source.coda"

SCOPES: dict[Kind, str] = {
    "comment": "comment",
    "text": "string.quoted",
    "number": "constant.numeric",
    "name": "variable.other",
    "bracketed": "variable.other.bracketed",
    "keyword": "keyword.other",
    "operator": "keyword.operator",
    "punctuation": "punctuation",
}
"""The scope of each kind of token, without the name of the language behind it."""

FUNCTION = "entity.name.function"

_SEVERAL_LINES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "TEXT": (('"', '"', r'\\.|""'), ("'", "'", r"\\.|''")),
    "BLOCK_COMMENT": ((r"/\*", r"\*/", ""),),
    "AT_NAME": ((r"\[@", r"\]", r"\\."),),
    "BRACKETED": ((r"\[", r"\]", r"\\."),),
}
"""The terminals that may take several lines, which TextMate reads one by one: how each begins and ends, and what in it
is no end.
"""


def textmate_grammar() -> dict[str, Any]:
    """The grammar, as the JSON of a `.tmLanguage.json` file."""
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "Coda formula",
        "scopeName": SCOPE,
        "fileTypes": ["coda"],
        "patterns": list(_patterns()),
    }


def _patterns() -> Iterator[dict[str, Any]]:
    # Those that would begin like an operator come first, as the automaton prefers the longest.
    known = terminals()
    first = ("LINE_COMMENT", "BLOCK_COMMENT", "CODED", "AT_NAME")
    for terminal in (*first, *(name for name in known if name not in first)):
        kind = kind_of_terminal(terminal)
        if kind == "blank":
            continue
        name = f"{SCOPES[kind]}.coda"
        if terminal in _SEVERAL_LINES:
            for begin, end, inside in _SEVERAL_LINES[terminal]:
                patterns = {"patterns": [{"match": inside}]} if inside else {}
                yield {"name": name, "begin": begin, "end": end, **patterns}
            continue
        if terminal == "WORD":
            yield {"name": f"{FUNCTION}.coda", "match": rf"{known[terminal]}(?=\s*\()"}
        yield {"name": name, "match": known[terminal]}
