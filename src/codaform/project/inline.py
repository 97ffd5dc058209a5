"""Formulas of one line inside YAML: their text, the place of each character, and new text in the same spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.library import catalogue
from codaform.project import shape_checks, shapes, yaml_text, yaml_tree
from codaform.source import Passage, QuotedSource, Source, Span, frozen
from codaform.syntax.parser import parse

FORMULA = shapes.FORMULA

WIDE = 1_000_000
"""More columns than any formula has in one line."""

_FILE = re.compile(r"(?is).*\.coda\s*")
_NEWLINE = re.compile(r"[ \t]*\n\s*")
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\n[ \t]*|[\s\S])")


def is_file_name(text: str) -> bool:
    """Whether a text at a key for formulas names a file. Everything that does not end in .coda is a formula."""
    return _FILE.fullmatch(text) is not None


def inline_formula(node: yaml_tree.Scalar, source: Source) -> Source:
    """The formula that a scalar of a YAML file holds, as a text that knows its place in the file."""
    text = node.text.rstrip("\n")
    return QuotedSource(source.name, text, YamlPassage(source, node.span, text))


def inline_formulas(
    node: yaml_tree.Node, shape: shapes.Shape
) -> Iterator[tuple[yaml_tree.Mapping, str, yaml_tree.Scalar]]:
    """The inline formulas of a YAML tree: the mapping, the key and the scalar of each."""
    match shape, node:
        case shapes.Fields(fields), yaml_tree.Mapping(entries):
            for key, value in entries:
                field = fields.get(key.text)
                if field is None:
                    continue
                if field.shape == FORMULA:
                    if _holds_formula(value):
                        yield node, key.text, value
                else:
                    yield from inline_formulas(value, field.shape)
        case shapes.Each(item), yaml_tree.Sequence(items):
            for part in items:
                yield from inline_formulas(part, item)
        case shapes.Entries(value_shape), yaml_tree.Mapping(entries):
            for key, value in entries:
                if value_shape == FORMULA:
                    if _holds_formula(value):
                        yield node, key.text, value
                else:
                    yield from inline_formulas(value, value_shape)
        case shapes.Either(options), _:
            for option in options:
                if shape_checks.same_kind(option, node):
                    yield from inline_formulas(node, option)
                    return


def _holds_formula(node: yaml_tree.Node) -> TypeGuard[yaml_tree.Scalar]:
    """Whether a node at a key for formulas holds one itself, and is no file's name."""
    return isinstance(node, yaml_tree.Scalar) and bool(node.text.strip()) and not is_file_name(node.text)


def one_line(text: str) -> str | None:
    """A formula in the canonical layout of one line, unchanged if it does not parse; None if it needs several lines."""
    from codaform.syntax.printer import show

    tree, _ = parse(Source("inline", text))
    laid = text.strip() if tree is None else show(tree, WIDE, catalogue.spelling())
    return laid if "\n" not in laid and yaml_text.is_printable(laid) else None


def same_formula(text: str, other: str) -> bool:
    """Whether two texts at a key are the same formula in different layouts."""
    if is_file_name(text) or is_file_name(other):
        return text == other
    return text == other or one_line(text) == one_line(other) is not None


@frozen
class YamlPassage(Passage):
    """The place of a text that is a scalar of a YAML file."""

    whole: Source
    span: Span
    text: str

    def located(self, span: Span) -> Span:
        """The place in the file of a part of the formula; the whole scalar if the spelling is unusual."""
        places = _places(self.whole.text[self.span.start : self.span.end], self.text)
        if places is None:
            return self.span
        start, end = (max(0, min(at, len(self.text))) for at in (span.start, span.end))
        first = places[start].start
        return Span(self.span.start + first, self.span.start + (places[end - 1].end if end > start else first))

    def edited(self, edits: Sequence[tuple[Span, str]]) -> str:
        """The scalar after edits to the formula."""
        parts: list[str] = []
        at = 0
        for span, text in sorted(edits, key=lambda edit: (edit[0].start, edit[0].end)):
            parts += self.text[at : span.start], text
            at = max(at, span.end)
        return self.respelled("".join((*parts, self.text[at:])))

    def respelled(self, text: str) -> str:
        """Another text in the spelling of this one: in the same quotes, or without any where YAML allows that."""
        written = self.whole.text[self.span.start : self.span.end]
        end = "\n" if written.endswith("\n") else ""  # a block scalar ends with its line
        style = written[:1]
        if style == "'" and yaml_text.is_printable(text):
            return "'" + text.replace("'", "''") + "'" + end
        if style not in ("'", '"', "|", ">") and yaml_text.is_plain(text):
            return text + end
        return (yaml_text.quoted(text) if style == '"' else yaml_text.formula(text)) + end


def _places(written: str, text: str) -> list[Span] | None:
    """The place in the spelling of each character of a text, and of its end; None if the spelling is unusual."""
    match written[:1]:
        case '"' | "'" as quote:
            found = list(_quoted(written, quote))
        case "|" | ">":
            found = list(_block(written))
        case _:
            found = list(_folded(written, 0, len(written)))
    read = "".join(character for character, _ in found)
    if read[: len(text)] != text or read[len(text) :].strip("\n"):
        return None
    places = [span for _, span in found[: len(text)]]
    end = places[-1].end if places else 0
    return [*places, Span(end, end)]


_Piece = tuple[str, Span]
"""A character as YAML reads it, and its place in the spelling."""


def _folded(written: str, start: int, end: int) -> Iterator[_Piece]:
    """The characters of lines that YAML joins: one line end becomes a blank, several become one fewer."""
    at = start
    while at < end:
        lines = _NEWLINE.match(written, at, end)
        if lines is None:
            yield written[at], Span(at, at + 1)
            at += 1
            continue
        count = lines[0].count("\n")
        for character in " " if count == 1 else "\n" * (count - 1):
            yield character, Span(*lines.span())
        at = lines.end()


def _quoted(written: str, quote: str) -> Iterator[_Piece]:
    at, end = 1, len(written) - 1
    plain = at
    while at < end:
        if quote == '"' and written[at] == "\\":
            yield from _folded(written, plain, at)
            escape = _ESCAPE.match(written, at)
            assert escape is not None
            read = yaml_tree.compose(Source("", f'"{escape[0]}"'))
            if isinstance(read, yaml_tree.Scalar):
                yield from ((character, Span(*escape.span())) for character in read.text)
            at = plain = escape.end()
        elif quote == "'" and written.startswith("''", at):
            yield from _folded(written, plain, at)
            yield "'", Span(at, at + 2)
            at = plain = at + 2
        else:
            at += 1
    yield from _folded(written, plain, end)


def _block(written: str) -> Iterator[_Piece]:
    """The characters of a block scalar: without the indentation; a folded one has blanks for single line ends."""
    head, _, body = written.partition("\n")
    lines = body.split("\n")
    filled = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    indent = filled[0] if filled else 0
    at = len(head) + 1
    for number, line in enumerate(lines):
        yield from ((line[column], Span(at + column, at + column + 1)) for column in range(indent, len(line)))
        at += len(line) + 1
        if number + 1 < len(lines):
            more = head.startswith(">") and any(rest.strip() for rest in lines[number + 1 :])
            yield " " if more else "\n", Span(at - 1, at)


def passages(source: Source, shape: shapes.Shape) -> list[Source] | Diagnostic:
    """The inline formulas of a YAML file, each as a text that knows its place; or why the file is no YAML."""
    tree = yaml_tree.compose(source)
    if isinstance(tree, Diagnostic):
        return tree
    return [inline_formula(scalar, source) for _, _, scalar in inline_formulas(tree, shape)]
