"""Where in the Markdown of a page, or in the document that it is made from, something of the built page stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from codaform.site.build.gathering import Document
from codaform.site.build.mark import own_line
from codaform.source import NOWHERE, Source, Span, excerpt, line_starts, position


@dataclass(frozen=True, slots=True)
class Text:
    """The file of a page, and the document that it is made from, if it is."""

    source: Source
    document: Document | None = None


def locate(text: Text, wanted: Iterable[str], count: int = 0) -> tuple[Source, Span] | None:
    """The place of one of several texts, the first of them that is there at all; None where none is.

    count: How many such places are passed over, as long as there are others.
    """
    for one in wanted:
        if text.document is not None and (places := _places(text.document.source.text, one)):
            return text.document.source, places[min(count, len(places) - 1)]
        if places := _places(text.source.text, one):
            return original(text, places[min(count, len(places) - 1)])
    return None


def beginning(text: Text) -> tuple[Source, Span]:
    """The place for what concerns all of a page."""
    return (text.document.source if text.document is not None else text.source), NOWHERE


def original(text: Text, span: Span) -> tuple[Source, Span]:
    """The place in the page's file, or the line of the document that gives it."""
    if text.document is None:
        return text.source, span
    line = own_line(position(text.source, span.start).line)
    origins = text.document.rendered.origins
    if not 1 <= line <= len(origins):
        return text.document.source, NOWHERE
    return text.document.source, line_span(text.document.source, origins[line - 1])


def line_span(source: Source, line: int) -> Span:
    """All of a line, counted from 1, without the blanks around it."""
    starts = line_starts(source.text)
    if not 1 <= line <= len(starts):
        return NOWHERE
    said = excerpt(source, line)
    start = starts[line - 1] + len(said) - len(said.lstrip())
    return Span(start, max(start, starts[line - 1] + len(said.rstrip())))


def _places(text: str, wanted: str) -> list[Span]:
    if not wanted:
        return []
    before = r"(?<![\w/.#-])" if wanted[0] not in "<(" else ""
    after = r"(?![\w/#-])" if wanted[-1].isalnum() else ""
    return [Span(*found.span()) for found in re.finditer(before + re.escape(wanted) + after, text)]
