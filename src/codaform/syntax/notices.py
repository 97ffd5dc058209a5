"""Warnings on syntax that no source shows Coda to accept, with a safe spelling if there is one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.source import Source, Span
from codaform.syntax import ast


def notices(doubts: Iterable[ast.Expression], source: Source) -> list[Diagnostic]:
    """The warnings about the spelling of nodes in doubt, in the order of the text.

    doubts: Nodes from the root down, as far as they begin at one place.
    """
    found: list[Diagnostic] = []
    for node in doubts:
        found.extend(_NOTICES[type(node)](node, source))
    return sorted(found, key=lambda diagnostic: diagnostic.span.start)


def _notice_literal(node: ast.Literal, source: Source) -> list[Diagnostic]:
    written = source.text[node.span.start : node.span.end]
    if isinstance(node.value, str):
        inner = written[1:-1]
        if re.search(r"\\[\\\"'n]", inner) or written[0] * 2 in inner:
            message = "an escape in a text: Coda documents none"
            help = "use the other kind of quote, or Character(34)"
            return [Diagnostic(rules.ESCAPE_IN_TEXT, message, source, node.span, help)]
        return []
    if isinstance(node.value, bool):
        return []
    if written.startswith("$"):
        fix = Fix("leave the currency to the column's format", (Edit(node.span, _apart(node, source) + node.text),))
        return [
            Diagnostic(rules.ODD_NUMBER, "a number with a currency sign", source, node.span, "write the number", fix)
        ]
    if written.startswith(".") or "e" in written.lower():
        plain = f"{node.value:.17f}".rstrip("0").rstrip(".") if abs(node.value) < 1e15 else ""
        exact = plain != "" and float(plain) == node.value
        fixed = Fix(f"write {plain}", (Edit(node.span, _apart(node, source) + plain),)) if exact else None
        message = f"{written} is a way to write a number that Coda does not document"
        return [Diagnostic(rules.ODD_NUMBER, message, source, node.span, "write all digits", fixed)]
    return []


def _apart(node: ast.Literal, source: Source) -> str:
    """A blank where digits at the place of the literal would join the word before it, as in `Not$7`."""
    return " " if re.match(r"\w", source.text[node.span.start - 1 : node.span.start]) else ""


def _notice_keyword(node: ast.Keyword, source: Source) -> list[Diagnostic]:
    following = source.text[node.span.end : node.span.end + 1]
    if not following.isalpha():
        return []
    fix = Fix("put a space between them", (Edit(Span(node.span.end, node.span.end), " "),))
    message = f"{node.name} and the word behind it are written as one"
    return [Diagnostic(rules.GLUED_WORDS, message, source, node.span, "", fix)]


def _notice_name(node: ast.Name, source: Source) -> list[Diagnostic]:
    written = source.text[node.span.start : node.span.end]
    if node.at or written.startswith("[") or (written.isascii() and written.isidentifier()):
        return []
    bracketed = "[" + node.text.replace("]", "\\]") + "]"
    fix = Fix(f"write {bracketed}", (Edit(node.span, bracketed),))
    message = f"the name {node.text} is written without brackets"
    help = "a name needs brackets unless it is made of ASCII letters, digits and _"
    return [Diagnostic(rules.BARE_NAME, message, source, node.span, help, fix)]


def _notice_operation(node: ast.Operation, source: Source) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    first, last = node.operands[0], node.operands[-1]
    conditions = ("AND", "OR")
    if (
        isinstance(first, ast.Operation)
        and first.sign in conditions
        and node.sign in conditions
        and first.sign != node.sign
    ):
        message = f"{first.sign} and {node.sign} are mixed without parentheses"
        help = "Coda reads them from left to right, other languages do not; write the parentheses"
        found.append(Diagnostic(rules.MIXED_CONDITIONS, message, source, node.span, help, _grouped(first)))
    if node.sign == "^" and isinstance(first, ast.Operation):
        message = "a signed number to a power without parentheses: Coda does not say which comes first"
        help = "here the sign comes first, as in spreadsheets; write the parentheses"
        found.append(Diagnostic(rules.UNCLEAR_POWER, message, source, node.span, help, _grouped(first)))
    if node.sign == "^" and isinstance(last, ast.Operation) and last.sign == "^":
        message = "a power of a power without parentheses: Coda does not say which comes first"
        help = "here the right one comes first; write the parentheses"
        found.append(Diagnostic(rules.UNCLEAR_POWER, message, source, node.span, help, _grouped(last)))
    return found


def _grouped(node: ast.Operation) -> Fix:
    opening, closing = Span(node.span.start, node.span.start), Span(node.span.end, node.span.end)
    return Fix("put what comes first in parentheses", (Edit(opening, "("), Edit(closing, ")")))


_NOTICES: dict[type, Callable[[Any, Source], list[Diagnostic]]] = {
    ast.Literal: _notice_literal,
    ast.Keyword: _notice_keyword,
    ast.Name: _notice_name,
    ast.Operation: _notice_operation,
}
