"""Edits of a file's text: new text at places, in the form of the old text."""

from __future__ import annotations

import re
from bisect import bisect_left
from codecs import BOM_UTF8
from collections.abc import Mapping

from codaform.project import yaml_text, yaml_tree
from codaform.project.cell_texts import csv_field
from codaform.source import Passage, Source, Span

Edits = Mapping[Span, str]
"""By the places of a text, what is written there."""


def edited(text: str, edits: Edits) -> str:
    """A text after edits that do not overlap."""
    parts: list[str] = []
    at = 0
    for span in sorted(edits, key=lambda span: (span.start, span.end)):
        parts += (text[at : span.start], edits[span])
        at = span.end
    return "".join((*parts, text[at:]))


def edited_bytes(data: bytes, edits: Edits) -> bytes:
    """A file after edits of its text; its byte-order mark and all its line ends stay."""
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    text = data.removeprefix(mark).decode("utf-8")
    ends = [found.start() - number for number, found in enumerate(re.finditer("\r\n", text))]

    def place(at: int) -> int:
        return at + bisect_left(ends, at)

    return mark + edited(text, {Span(place(span.start), place(span.end)): new for span, new in edits.items()}).encode()


def respelled(text: str, node: yaml_tree.Scalar, new: str) -> str:
    """Another text in place of a scalar of YAML, in the same quotes.

    A text that gets quotes because it needs some gets single ones, and loses them again where it needs none, so that a
    renaming and renaming back leave a file unchanged.
    """
    raw = text[node.span.start : node.span.end]
    end = "\n" if raw.endswith("\n") else ""
    if raw.startswith('"') or not yaml_text.is_printable(new):
        return yaml_text.quoted(new) + end
    plain = yaml_text.scalar(new) == new
    if plain and not (raw.startswith("'") and yaml_text.scalar(node.text) == node.text):
        return new + end
    return "'" + new.replace("'", "''") + "'" + end


def respelled_formula(passage: Passage, edits: Edits) -> str:
    """A formula in YAML after edits, in its quotes by the same rule."""
    raw = passage.whole.text[passage.span.start : passage.span.end]
    spelled = passage.edited(list(edits.items()))
    read = yaml_tree.compose(Source("", spelled))
    before = yaml_tree.compose(Source("", raw))
    if not isinstance(read, yaml_tree.Scalar) or not isinstance(before, yaml_tree.Scalar) or raw[:1] in ('"', "|", ">"):
        return spelled
    if raw.startswith("'") and not yaml_text.is_plain(before.text) and yaml_text.is_plain(read.text):
        return read.text
    if spelled.startswith('"') and yaml_text.is_printable(read.text):
        return "'" + read.text.replace("'", "''") + "'"
    return spelled


def respelled_csv(text: str, span: Span, old: str, new: str) -> tuple[Span, str]:
    """Another text in place of a field of CSV, in quotes that the old one did not need too; and its whole place.

    span: The place of the old text, inside of its quotes if it has any.
    """
    if not text.startswith('"', span.start - 1) or span.start == 0:
        return span, csv_field(new)
    needless = csv_field(old) == old
    whole = Span(span.start - 1, span.end + 1)
    return whole, '"' + new.replace('"', '""') + '"' if needless else csv_field(new)
