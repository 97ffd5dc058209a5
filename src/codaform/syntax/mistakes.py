"""Syntax errors: the parser's complaint as a diagnostic with a place and a help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix, Rule
from codaform.source import Source, Span, position
from codaform.syntax.tables import END
from codaform.text import shorten

_CURLY = dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‘’‚‛", "'")
_STRAIGHTENED = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(?P<pair>[“”„‟«»][^“”„‟«»"]*[“”„‟«»]|[‘’‚‛][^‘’‚‛']*[‘’‚‛])"""
    r"""|"[^"]*"|'[^']*'|(?P<one>[“”„‟«»‘’‚‛])""",
    re.DOTALL,
)
"""The typographic quotes around texts, past comments and past what stands between straight quotes."""

_MATHS = {"≤": "<=", "≥": ">=", "≠": "!=", "×": "*", "÷": "/", "−": "-", "–": "-", "²": "^2"}
_VALUES = frozenset(
    {"NUMBER", "TEXT", "KEYWORD", "WORD", "BRACKETED", "AT_NAME", "CODED", "AT", "DOLLAR", "LPAR", "NOT"}
)
_SIGNS = frozenset(
    {"EQUALS", "COMPARISON", "AND", "OR", "PLUS", "MINUS", "STAR", "SLASH", "CARET", "AMPERSAND", "PERCENT", "DOT"}
)
_BETWEEN = {
    "mod": "the remainder is computed by Modulo(5, 2)",
    "div": "whole parts are computed by Quotient(5, 2)",
    "in": "what a list holds is asked by list.Contains(value)",
    "contains": "what a list holds is asked by list.Contains(value)",
    "is": "values are compared with =",
    "like": "a part of a text is found by text.ContainsText(part)",
    "then": "If is a function: If(condition, then, otherwise)",
}
"""Words between two values that are operators elsewhere, with what is written instead."""

_CLOSERS = {'"': "text", "'": "text", "[": "name"}


@dataclass(eq=False)
class Refusal(Exception):
    """The first place of a text at which no formula can go on: at a terminal, or at a character that begins none."""

    terminal: str
    """Its name; empty at a character that begins none."""
    start: int
    end: int
    accepts: frozenset[str]
    """The terminals with which a formula could go on there."""


def explain(refusal: Refusal, source: Source) -> Diagnostic:
    """The one diagnostic that helps most with a text that the parser refused."""
    if not refusal.terminal:
        return _explain_character(source, refusal.start)
    return _explain_end(source) if refusal.terminal == END else _explain_terminal(source, refusal)


def _found(
    rule: Rule, message: str, source: Source, start: int, end: int, help: str = "", fix: Fix | None = None
) -> Diagnostic:
    return Diagnostic(rule, message, source, Span(start, end), help, fix)


def _straightened(text: str) -> Iterator[Edit]:
    for found in _STRAIGHTENED.finditer(text):
        ends = {found.start(), found.end() - 1} if found["pair"] or found["one"] else ()
        for end in sorted(ends):
            yield Edit(Span(end, end + 1), _CURLY[text[end]])


def _explain_character(source: Source, at: int) -> Diagnostic:
    text = source.text
    character = text[at]
    if character in _CURLY:
        fix = Fix("write straight quotes", tuple(_straightened(text)))
        return _found(
            rules.TYPOGRAPHIC_QUOTE,
            f"a typographic quote {character}",
            source,
            at,
            at + 1,
            "texts stand between straight quotes",
            fix,
        )
    if character in _CLOSERS:
        kind = _CLOSERS[character]
        help = f"close it with {']' if character == '[' else character}"
        if character == "'" and text[at - 1 : at].isalpha():
            help += "; outside of a text there is no apostrophe"
        return _found(rules.UNCLOSED, f"the {kind} that begins here is never closed", source, at, at + 1, help)
    if character in _MATHS:
        sign = _MATHS[character]
        fix = Fix(f"write {sign}", (Edit(Span(at, at + 1), sign),))
        return _found(
            rules.UNEXPECTED,
            f"the sign {character} is no operator of the formula language",
            source,
            at,
            at + 1,
            f"write {sign}",
            fix,
        )
    if character == "]" and (opening := _open_parenthesis(text[:at])) is not None:
        fix = Fix("write )", (Edit(Span(at, at + 1), ")"),), safe=False)
        place = position(source, opening)
        help = f"the parenthesis that opens at {place.line}:{place.column} closes with )"
        return _found(rules.UNEXPECTED, "] closes no parenthesis", source, at, at + 1, help, fix)
    help = {
        "]": "a name opens with [",
        ";": "arguments are separated by commas",
        "{": "objects come from Object(…), lists from List(…)",
        "}": "objects come from Object(…), lists from List(…)",
        "!": "not equal is !=, the opposite of a condition is Not(…)",
        ":": "an argument is named inside the parentheses of a call: Function(name: value)",
        "\\": "a line break needs no sign",
        "?": "a choice is written If(condition, then, otherwise)",
        **dict.fromkeys("€£¥", "a currency is the format of a column, not a part of the number"),
    }.get(character, "put a name with such a character in brackets: [name]" if character.isprintable() else "remove it")
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return _found(rules.UNEXPECTED, f"the character {shown} has no meaning here", source, at, at + 1, help)


def _explain_end(source: Source) -> Diagnostic:
    text = source.text
    opening = _open_parenthesis(text)
    if opening is not None:
        help = "each ( needs its )"
        return _found(
            rules.UNCLOSED, "the parenthesis that opens here is never closed", source, opening, opening + 1, help
        )
    if not any(not character.isspace() for character in _without_comments(text)):
        return _found(rules.NO_FORMULA, "there is no formula, only a comment", source, 0, len(text))
    end = len(text.rstrip())
    if colons := re.search(r"::(?=\s*\w+\s*$)", text):
        help = "a column follows a point; two colons separate a Pack from its formula, which has parentheses"
        return _found(rules.UNEXPECTED, ":: has no meaning here", source, *colons.span(), help)
    help = "behind the point stands a column or a function" if text[end - 1] == "." else ""
    return _found(rules.UNEXPECTED, "the formula ends where a value is expected", source, max(end - 1, 0), end, help)


def _explain_terminal(source: Source, refusal: Refusal) -> Diagnostic:  # noqa: C901 - a branch for each mistake
    text = source.text
    terminal, start, end, accepts = refusal.terminal, refusal.start, refusal.end, refusal.accepts
    written = text[start:end]
    before = _last_visible(text, start)
    previous = text[before] if before is not None else ""
    comment = start if terminal == "SLASH" else start - 1
    if terminal in ("SLASH", "STAR") and text.startswith("/*", max(comment, 0)):
        message = "the comment that begins here is never closed"
        return _found(rules.UNCLOSED, message, source, comment, comment + 2, "close it with */")
    if terminal in ("EQUALS", "COMPARISON"):
        if written == "=" and previous == "=" and before == start - 1:
            fix = Fix("write one equals sign", (Edit(Span(start, end), ""),))
            return _found(
                rules.DOUBLE_EQUALS, "two equals signs", source, start - 1, end, "Coda compares with one", fix
            )
        if previous in "<>=!" and previous and before == start - 1:
            both = previous + written
            if both == "=>" and re.search(r"[(,]\s*\w+\s*$", text[:before]):
                help = "the item of a loop is CurrentValue, and no name stands before it"
                return _found(rules.UNEXPECTED, "=> has no meaning here", source, start - 1, end, help)
            sign = {"=<": "<=", "=>": ">=", "><": "!="}.get(both, "")
            mended = Fix(f"write {sign}", (Edit(Span(start - 1, end), sign),), safe=sign == "<=") if sign else None
            help = f"write {sign}" if sign else "the comparisons are = != < <= > >="
            return _found(rules.UNEXPECTED, f"{both} is no comparison", source, start - 1, end, help, mended)
        if "AND" in accepts:
            help = "compare each pair and join them with AND"
            return _found(rules.CHAINED_COMPARISON, "a comparison follows a comparison", source, start, end, help)
    if terminal in ("COMMA", "RPAR") and previous in ("(", ","):
        if terminal == "COMMA" or previous == ",":
            help = "an optional argument is left out at the end, or given by name"
            return _found(rules.EMPTY_ARGUMENT, "an argument is missing before this comma", source, start, end, help)
        return _found(rules.UNEXPECTED, "the parentheses hold nothing", source, before or 0, end)
    if terminal == "RPAR" and _open_parenthesis(text[:start]) is None:
        return _found(rules.UNEXPECTED, "this ) closes nothing", source, start, end, "remove it, or open a ( before it")
    if terminal == "COMMA" and (grouped := re.match(r"\d{1,3}(,\d{3})+\b", text[_number_start(text, start) :])):
        number, whole = grouped[0].replace(",", ""), _number_start(text, start)
        edit = Edit(Span(whole, whole + len(grouped[0])), number)
        fix = Fix(f"write {number}", (edit,), safe=False)
        return _found(rules.UNEXPECTED, "a comma in a number", source, start, end, "digits are not grouped", fix)
    if terminal == "COMMA":
        help = "only arguments of a function are separated by commas; several values make List(…)"
        return _found(rules.UNEXPECTED, "a comma outside of a function's arguments", source, start, end, help)
    if written == ">" and text[start - 1 : start] == "-":
        fix = Fix("write a point", (Edit(Span(start - 1, end), "."),), safe=False)
        help = "a column, or a function, follows a point"
        return _found(rules.UNEXPECTED, "-> has no meaning here", source, start - 1, end, help, fix)
    if text.startswith(":=", start):
        help = "a value gets a name by WithName(value, name, formula)"
        return _found(rules.UNEXPECTED, ":= has no meaning here", source, start, start + 2, help)
    if terminal in _SIGNS and "AND" not in accepts:
        message = f"{written} stands where a value is expected"
        return _found(
            rules.UNEXPECTED, message, source, start, end, "something is missing before it, or the sign is one too many"
        )
    if terminal in _VALUES and "AND" in accepts:
        help = _BETWEEN.get(written.lower(), "an operator or a comma is missing between them")
        if terminal == "BRACKETED" and written[1:-1].strip().lstrip("-").isdigit():
            help = f"an item is taken by its place, which counts from 1: .Nth({written[1:-1].strip()})"
        message = f"{shorten(written, 30)} follows a value without an operator"
        return _found(rules.UNEXPECTED, message, source, start, end, help)
    return _found(rules.UNEXPECTED, f"{shorten(written, 30)} has no place here", source, start, end)


def _number_start(text: str, before: int) -> int:
    """Where the digits begin that end before an offset."""
    return before - len(text[:before]) + len(text[:before].rstrip("0123456789"))


def _last_visible(text: str, before: int) -> int | None:
    at = before - 1
    while at >= 0 and text[at].isspace():
        at -= 1
    return at if at >= 0 else None


def _open_parenthesis(text: str) -> int | None:
    """The innermost ( that is not closed; texts, names and comments are passed over."""
    stack: list[int] = []
    visible = _without_comments(text)
    for at, character in enumerate(visible):
        if character == "(":
            stack.append(at)
        elif character == ")" and stack:
            stack.pop()
    return stack[-1] if stack else None


def _without_comments(text: str) -> str:
    """The text with comments, texts and bracketed names blotted out, every offset kept."""
    shown = list(text)
    at = 0
    while at < len(text):
        character = text[at]
        end = at + 1
        if text.startswith("//", at):
            newline = text.find("\n", at)
            end = len(text) if newline < 0 else newline
        elif text.startswith("/*", at):
            close = text.find("*/", at + 2)
            end = len(text) if close < 0 else close + 2
        elif character in "\"'[":
            closer = "]" if character == "[" else character
            end = at + 1
            while end < len(text) and text[end] != closer:
                end += 2 if text[end] == "\\" else 1
            end = min(end + 1, len(text))
            shown[at:end] = "x" * (end - at)
            at = end
            continue
        else:
            at = end
            continue
        shown[at:end] = " " * (end - at)
        at = end
    return "".join(shown)
