"""Diagnostics in order, with the lines and columns of their spans."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.source import Source, line_starts


@dataclass(frozen=True, slots=True)
class Point:
    """Line and column count from 1, the offset from 0; all count characters."""

    line: int
    column: int
    offset: int


@dataclass(frozen=True, slots=True)
class Located:
    """A diagnostic, with the places of its span and of its fix's edits."""

    diagnostic: Diagnostic
    start: Point
    end: Point
    edits: tuple[tuple[Point, Point, str], ...]


def located(diagnostics: Iterable[Diagnostic]) -> list[Located]:
    """Return the diagnostics by file and place, each with its lines and columns."""
    starts = cache(lambda source: line_starts(source.text))  # for this run only: a source has many findings

    def place(source: Source, offset: int) -> Point:
        offset = max(0, min(offset, len(source.text)))
        line = bisect_right(starts(source), offset)
        return Point(line, offset - starts(source)[line - 1] + 1, offset)

    def order(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
        span = diagnostic.span
        return diagnostic.source.name, span.start, span.end, diagnostic.rule.code, diagnostic.message

    found = []
    for diagnostic in sorted(diagnostics, key=order):
        source, span, fix = diagnostic.source, diagnostic.span, diagnostic.fix
        edits = [(place(source, e.span.start), place(source, e.span.end), e.text) for e in fix.edits] if fix else []
        found.append(Located(diagnostic, place(source, span.start), place(source, span.end), tuple(edits)))
    return found
