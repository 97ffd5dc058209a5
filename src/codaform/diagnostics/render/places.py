"""Diagnostics in order, with the lines and columns of their spans."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.source import Source, frozen, line_starts

_MOST_OF_GROUP = 10
"""So many diagnostics of a group are shown, each at its place; one more says how many others there are."""


@frozen
class Point:
    """Line and column count from 1, the offset from 0; all count characters."""

    line: int
    column: int
    offset: int


@frozen
class Located:
    """A diagnostic, with the places of its span and of its fix's edits."""

    diagnostic: Diagnostic
    start: Point
    end: Point
    edits: tuple[tuple[Point, Point, str], ...]


def located(diagnostics: Iterable[Diagnostic]) -> list[Located]:
    """Return the diagnostics by file and place, each with its lines and columns; of a group the first ones."""
    starts = cache(lambda source: line_starts(source.text))  # for this run only: a source has many findings

    def place(source: Source, offset: int) -> Point:
        offset = max(0, min(offset, len(source.text)))
        line = bisect_right(starts(source), offset)
        return Point(line, offset - starts(source)[line - 1] + 1, offset)

    def order(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
        span = diagnostic.span
        return diagnostic.source.name, span.start, span.end, diagnostic.rule.code, diagnostic.message

    found = []
    for diagnostic in _without_masses(sorted(diagnostics, key=order)):
        source, span, fix = diagnostic.source, diagnostic.span, diagnostic.fix
        edits = [(place(source, e.span.start), place(source, e.span.end), e.text) for e in fix.edits] if fix else []
        found.append(Located(diagnostic, place(source, span.start), place(source, span.end), tuple(edits)))
    return found


def _without_masses(diagnostics: list[Diagnostic]) -> Iterator[Diagnostic]:
    """The diagnostics with the first ones of each group, and how many more there are at the place of the next one."""
    groups = [(each.rule, each.source.name, each.group) for each in diagnostics]
    sizes, met = Counter(groups), Counter[object]()
    for diagnostic, group in zip(diagnostics, groups, strict=True):
        met[group] += 1
        if not diagnostic.group or met[group] <= _MOST_OF_GROUP or sizes[group] == _MOST_OF_GROUP + 1:
            yield diagnostic
        elif met[group] == _MOST_OF_GROUP + 1:
            count = sizes[group] - _MOST_OF_GROUP
            message = f"{count:,} more {diagnostic.group} have this finding; the first of them is here"
            yield replace(diagnostic, message=message, help="", fix=None, group="", count=count)
