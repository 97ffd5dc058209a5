"""The builders of the grammar's rules: each makes a node, with its span, from the parts that the rule took.

A terminal is the match of its regular expression, in a group of its own behind what is ignored; parts that the grammar
repeats come as one list. The builders of frequent nodes look at the group themselves, which is a little faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from codaform.source import Span
from codaform.syntax import ast
from codaform.syntax.names import KEYWORDS

Doubts = list[ast.Expression]
"""The nodes of which there may be something to say though they were read; `notices` judges them."""
Build = Callable[..., Any]
"""Takes the doubts, then the parts of the rule."""

Called = tuple[str, str, Span]
"""A function, the Pack that owns it, and the place of both."""

_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\'": "'", "\\n": "\n"}
_SIGNS = {sign: sign for sign in ("=", "!=", "<", "<=", ">", ">=", "&", "+", "-", "*", "/", "^")}
_SIGNS |= {"<>": "!=", "&&": "AND", "||": "OR"}
_DOUBTFUL_SIGNS = frozenset(("AND", "OR", "^"))


def text_of(terminal: Any) -> str:
    """How a terminal is written."""
    return terminal[terminal.lastindex]  # type: ignore[no-any-return]


def _start_of(terminal: Any) -> int:
    """Where a terminal begins."""
    return terminal.start(terminal.lastindex)  # type: ignore[no-any-return]


def _span_of(terminal: Any) -> Span:
    """The place of a terminal."""
    return Span(*terminal.span(terminal.lastindex))


def _sign_of(terminal: Any) -> str:
    """The canonical sign of an operator."""
    written = text_of(terminal)
    return _SIGNS.get(written) or written.upper()


def builders(escapes: bool) -> Mapping[str, Build]:
    """What builds a rule, by the rule's name or alias in the grammar.

    escapes: Whether a backslash in a text is the sign of an escape.
    """
    return _BUILDERS if escapes else {**_BUILDERS, "text": _plain_text}


def gather(_: Doubts, first: Any, *more: Any) -> list[Any]:
    """The list of what the grammar repeats, so far."""
    if type(first) is list:
        first.extend(more)
        return first
    return [first, *more]


def last(_: Doubts, *parts: Any) -> Any:
    """The last part, for a rule that hands it on."""
    return parts[-1]


def _operation(doubts: Doubts, left: Any, terminal: Any, right: Any) -> ast.Operation:
    index = terminal.lastindex
    start, end = terminal.span(index)
    written = terminal[index]
    sign = _SIGNS.get(written) or written.upper()
    node = ast.Operation(sign, (left, right), Span(left.span.start, right.span.end), Span(start, end))
    if sign in _DOUBTFUL_SIGNS:
        doubts.append(node)
    return node


def _prefix(_: Doubts, terminal: Any, operand: Any) -> ast.Operation:
    sign = _span_of(terminal)
    return ast.Operation(_sign_of(terminal), (operand,), Span(sign.start, operand.span.end), sign)


def _member(_: Doubts, target: Any, _point: Any, name: ast.Name) -> ast.Member:
    return ast.Member(target, name, Span(target.span.start, name.span.end))


def _method(_: Doubts, target: Any, _point: Any, called: Called, _open: Any, args: Any, close: Any) -> ast.Call:
    name, pack, span = called
    return ast.Call(name, target, args, pack, Span(target.span.start, close.end()), span)


def _call(_: Doubts, called: Called, _open: Any, args: Any, close: Any) -> ast.Call:
    name, pack, span = called
    return ast.Call(name, None, args, pack, Span(span.start, close.end()), span)


def _called(_: Doubts, first: Any, *more: Any) -> Called:
    index = first.lastindex
    start, end = first.span(index)
    if not more:
        return first[index], "", Span(start, end)
    return text_of(more[-1]), _unbracketed(first[index]), Span(start, more[-1].end())


def _arguments(_: Doubts, *parts: Any) -> tuple[Any, ...]:
    if len(parts) > 1 and type(parts[1]) is list:
        return (parts[0], *parts[1][1::2])
    return parts[:1]


def _named(_: Doubts, name: ast.Name, value: Any) -> ast.Argument:
    return ast.Argument(name, value, Span(name.span.start, value.span.end))


def _label(doubts: Doubts, name: ast.Name, _colon: Any) -> ast.Name:
    return _without_doubt(doubts, name)


def _group(_: Doubts, opening: Any, inner: Any, close: Any) -> ast.Group:
    return ast.Group(inner, Span(_start_of(opening), close.end()))


def _word(doubts: Doubts, first: Any, more: Sequence[Any] = ()) -> ast.Name:
    index = first.lastindex
    start, end = first.span(index)
    written = first[index]
    if written[0] == "[":
        return ast.Name(_unescaped_name(written[1:-1]), False, Span(start, end))
    if more:
        node = ast.Name(" ".join(map(text_of, (first, *more))), False, Span(start, more[-1].end()))
    else:
        node = ast.Name(written, False, Span(start, end))
    if more or not written.isascii():
        doubts.append(node)
    return node


def _reference(doubts: Doubts, at: Any, name: ast.Name | None = None) -> ast.Name:
    if name is None:
        return ast.Name(_unescaped_name(text_of(at)[2:-1]), True, _span_of(at))
    return ast.Name(_without_doubt(doubts, name).text, True, Span(_start_of(at), name.span.end))


def _without_doubt(doubts: Doubts, name: ast.Name) -> ast.Name:
    """A word just read, in a place where it may be written as one likes."""
    if doubts and doubts[-1] is name:
        doubts.pop()
    return name


def _keyword(doubts: Doubts, terminal: Any) -> ast.Keyword | ast.Literal:
    index = terminal.lastindex
    start, end = terminal.span(index)
    word = terminal[index].lower()
    if word not in KEYWORDS:
        return ast.Literal(word == "true", word, Span(start, end))
    node = ast.Keyword(KEYWORDS[word], Span(start, end))
    if terminal.string[end : end + 1].isalpha():
        doubts.append(node)
    return node


def _number(doubts: Doubts, number: Any, percent: Any = None) -> ast.Literal:
    index = number.lastindex
    start, end = number.span(index)
    written = number[index]
    if percent is None:
        node = ast.Literal(float(written), written, Span(start, end))
    else:
        node = ast.Literal(float(written) / 100, written + text_of(percent), Span(start, percent.end()))
    if not written.isdigit():
        doubts.append(node)
    return node


def _dollars(doubts: Doubts, sign: Any, amount: Any) -> ast.Literal:
    written = text_of(amount)
    node = ast.Literal(float(written), written, Span(_start_of(sign), amount.end()))
    doubts.append(node)
    return node


def _text(doubts: Doubts, terminal: Any) -> ast.Literal:
    index = terminal.lastindex
    start, end = terminal.span(index)
    written = terminal[index]
    quote, inner = written[0], written[1:-1]
    if "\\" not in inner and quote not in inner:
        return ast.Literal(inner, written, Span(start, end))
    value = re.sub(r"\\[\s\S]", lambda found: _ESCAPES.get(found[0], found[0]), inner)
    node = ast.Literal(value.replace(quote * 2, quote) if quote * 2 in inner else value, written, Span(start, end))
    doubts.append(node)
    return node


def _plain_text(doubts: Doubts, terminal: Any) -> ast.Literal:
    written = text_of(terminal)
    node = ast.Literal(written[1:-1], written, _span_of(terminal))
    doubts.append(node)
    return node


def _unbracketed(written: str) -> str:
    return _unescaped_name(written[1:-1]) if written.startswith("[") else written


def _unescaped_name(text: str) -> str:
    return text.replace("\\]", "]").replace("\\[", "[") if "\\" in text else text


_BUILDERS: Mapping[str, Build] = {
    "start": last,
    "operation": _operation,
    "prefix": _prefix,
    "member": _member,
    "method": _method,
    "call": _call,
    "called": _called,
    "arguments": _arguments,
    "label": _label,
    "named": _named,
    "group": _group,
    "word": _word,
    "reference": _reference,
    "keyword": _keyword,
    "number": _number,
    "dollars": _dollars,
    "text": _text,
}
