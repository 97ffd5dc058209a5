"""From tree to canonical text: the formatter."""

from __future__ import annotations

import re
from collections.abc import Mapping

from codaform.source import Source, Span
from codaform.syntax import ast
from codaform.syntax.layout import Fresh, Indent, Layout, LayoutGroup, LayoutLine, Suffix, render
from codaform.syntax.names import BARE, bracketed
from codaform.syntax.parser import parse

WIDTH = 80
"""Columns of a formula's line."""

_MOST_ROUNDS = 5

_SIGN_LEVELS = {"AND": 1, "OR": 1, "&": 4, "+": 5, "-": 5, "*": 6, "/": 6}


def show(formula: ast.Formula, width: int = WIDTH, spelling: Mapping[str, str] | None = None) -> str:
    """The formula as canonical text, without a line end; parsing it gives the same tree.

    spelling: Lower-case function name to the spelling to print; other names stay as written.
    """
    text = _Printer(formula, spelling or {}).text(width)
    for _ in range(_MOST_ROUNDS if formula.comments else 0):
        # A comment that found another line may break or join the lines around it: printed again, it comes to rest.
        again, _ = parse(Source("printed", text))
        before, text = text, _Printer(again, spelling or {}).text(width) if again is not None else text
        if text == before:
            break
    return text


def formatted(source: Source) -> str:
    """A formula as codaform formats it; other text unchanged."""
    tree, _ = parse(source)
    return show(tree).strip() if tree is not None else source.text.strip()


class _Printer:
    """Builds the layout in the order of the text, so that each comment is met exactly once."""

    def __init__(self, formula: ast.Formula, spelling: Mapping[str, str]) -> None:
        self.formula = formula
        self.spelling = spelling
        self.source = formula.source.text
        self.waiting = list(reversed(formula.comments))

    def text(self, width: int) -> str:
        parts = self.comments_before(self.formula.expression.span.start)
        parts.append(self.expression(self.formula.expression))
        while self.waiting:
            comment = self.waiting.pop()
            parts.extend(("  " if comment.trailing else Fresh(), comment.text))
            if self.waiting:
                parts.append(Fresh() if comment.text.startswith("//") else " ")
        return render(tuple(parts), width)

    def leaf(self, text: str, span: Span) -> list[Layout]:
        """A piece of text with the comments that stand around it."""
        parts = self.comments_before(span.start)
        parts.append(text)
        end = self.formula.expression.span.end
        comment = self.waiting[-1] if self.waiting else None
        if comment and comment.trailing and comment.text.startswith("//") and comment.span.start < end:
            between = self.source[span.end : comment.span.start]
            if re.fullmatch(r"[^\S\n]*[,)\s]*", between) and "\n" not in between:
                self.waiting.pop()
                parts.append(Suffix("  " + comment.text))
        return parts

    def comments_before(self, offset: int) -> list[Layout]:
        parts: list[Layout] = []
        while self.waiting and self.waiting[-1].span.start < offset:
            comment = self.waiting.pop()
            ends_line = self.source[comment.span.end :].lstrip(" \t").startswith("\n")
            if not comment.trailing:
                parts.append(Fresh())
            if comment.trailing and comment.text.startswith("//"):
                parts.append(Suffix("  " + comment.text))
            else:
                parts.append(comment.text)
            parts.append(Fresh() if ends_line else " ")
        return parts

    def expression(self, node: ast.Expression) -> Layout:
        match node:
            case ast.Literal():
                return LayoutGroup(tuple(self.leaf(_literal_text(node), node.span)))
            case ast.Keyword(name):
                return LayoutGroup(tuple(self.leaf(name, node.span)))
            case ast.Name():
                return LayoutGroup(tuple(self.leaf(_name_text(node), node.span)))
            case ast.Missing():
                return ""
            case ast.Group(inner):
                opening = self.leaf("(", Span(node.span.start, node.span.start + 1))
                body = self.expression(inner)
                closing = self.closing(node.span.end - 1)
                return LayoutGroup((*opening, Indent((LayoutLine(""), body, *closing)), LayoutLine(""), ")"))
            case ast.Operation(sign, operands) if len(operands) == 1:
                mark = self.leaf(sign + " " if sign == "NOT" else sign, node.sign_span)
                return LayoutGroup((*mark, self.expression(operands[0])))
            case ast.Operation():
                return self.operation(node)
            case ast.Member() | ast.Call():
                return self.chain(node)

    def operation(self, node: ast.Operation) -> Layout:
        level = _SIGN_LEVELS.get(node.sign)
        spine: list[ast.Operation] = [node]
        while level is not None:
            first = spine[-1].operands[0]
            if (
                not isinstance(first, ast.Operation)
                or len(first.operands) != 2
                or _SIGN_LEVELS.get(first.sign) != level
            ):
                break
            spine.append(first)
        parts: list[Layout] = [self.expression(spine[-1].operands[0])]
        rest: list[Layout] = []
        for operation in reversed(spine):
            mark = self.leaf(operation.sign, operation.sign_span)
            operand = self.expression(operation.operands[1])
            behind = [part for part in mark if isinstance(part, Suffix)]
            if len(mark) == 1 + len(behind):
                # A comment behind the sign goes to the end of the line before it.
                rest.extend((*behind, LayoutLine(), mark[0], " ", operand))
            else:
                rest.extend((LayoutLine(), *mark, Indent((Fresh(),)) if behind else " ", operand))
        return LayoutGroup((*parts, Indent(tuple(rest))))

    def chain(self, node: ast.Expression) -> Layout:
        """A call or a member with all its receivers: one line, or one call a line."""
        links: list[ast.Member | ast.Call] = []
        base = node
        while isinstance(base, ast.Member) or (isinstance(base, ast.Call) and base.receiver is not None):
            links.append(base)
            base = base.target if isinstance(base, ast.Member) else base.receiver  # type: ignore[assignment]
        links.reverse()
        head = self.call(base) if isinstance(base, ast.Call) else self.expression(base)
        calls = sum(isinstance(link, ast.Call) for link in links)
        parts: list[Layout] = []
        before = head
        for link in links:
            is_call = isinstance(link, ast.Call)
            name_span = link.name_span if isinstance(link, ast.Call) else link.name.span
            comments = self.comments_before(name_span.start)
            if comments and isinstance(comments[0], str):
                comments.insert(0, " ")
            parts.extend(comments)
            if _ends_in_suffix(before):
                parts.append(Fresh())
            elif is_call and calls > 1 and not comments:
                parts.append(LayoutLine(""))
            parts.append(".")
            if isinstance(link, ast.Call):
                before = self.call(link)
                parts.append(before)
            else:
                leaf = self.leaf(_name_text(link.name), link.name.span)
                before = LayoutGroup(tuple(leaf))
                parts.extend(leaf)
        if not parts:
            return head
        return LayoutGroup((head, Indent(tuple(parts)))) if calls > 1 else LayoutGroup((head, *parts))

    def call(self, node: ast.Call) -> Layout:
        name = self.spelling.get(node.function.lower(), node.function) if not node.pack else node.function
        pack = "[" + node.pack.replace("]", "\\]") + "]" if node.pack else ""
        opened = max(self.source.find("(", node.name_span.end) + 1, node.name_span.end)
        opening = self.leaf(f"{pack}{name}(", Span(node.name_span.start, opened))
        inner: list[Layout] = []
        for index, argument in enumerate(node.args):
            if index:
                inner.extend((",", LayoutLine()))
            if isinstance(argument, ast.Argument):
                inner.extend((*self.leaf(_name_text(argument.name), argument.name.span), ": "))
                inner.append(self.expression(argument.value))
            else:
                inner.append(self.expression(argument))
        closing = self.closing(node.span.end - 1)
        if not inner and not closing:
            return LayoutGroup((*opening, ")"))
        return LayoutGroup((*opening, Indent((LayoutLine(""), *inner, *closing)), LayoutLine(""), ")"))

    def closing(self, offset: int) -> list[Layout]:
        """The comments before a closing parenthesis, each behind what comes before it."""
        parts: list[Layout] = []
        while self.waiting and self.waiting[-1].span.start < offset:
            comment = self.waiting.pop()
            if comment.text.startswith("//"):
                parts.append(Suffix("  " + comment.text) if comment.trailing else Fresh())
                if not comment.trailing:
                    parts.append(comment.text)
            else:
                parts.extend((" " if comment.trailing else Fresh(), comment.text))
        return parts


def _ends_in_suffix(layout: Layout) -> bool:
    if isinstance(layout, LayoutGroup | Indent):
        return bool(layout.parts) and _ends_in_suffix(layout.parts[-1])
    return isinstance(layout, Suffix)


def _literal_text(node: ast.Literal) -> str:
    match node.value:
        case bool():
            return "true" if node.value else "false"
        case float():
            return "0" + node.text if node.text.startswith(".") else node.text
        case str() if "\\" in node.text or '"' in node.value or not node.text:
            # What a backslash means is not known: the text stays as written.
            return node.text
        case _:
            return f'"{node.value}"'


def _name_text(node: ast.Name) -> str:
    if not node.at:
        return bracketed(node.text)
    return f"@{node.text}" if BARE.fullmatch(node.text) else f"[@{node.text.replace(']', chr(92) + ']')}]"
