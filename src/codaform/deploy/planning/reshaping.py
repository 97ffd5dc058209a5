"""What makes a column's values and their look those of the folder, as far as the folder says anything of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from codaform.coda.wire.tool_formats import has_tool_format, tool_writable_format
from codaform.deploy.planning.changes import Change, SetFormat
from codaform.deploy.remote.columns import kind_told, shape_of, told
from codaform.model.formats import NO_FORMAT, format_text, same_format
from codaform.model.schema import Column


def reshaped(table: str, column: Column, before: Column) -> Iterator[tuple[Change, str]]:
    """The changes of a column's type and format, each with its reason.

    What the tools can write comes first; what only a person can enter follows.
    """
    what = f"{table}.{column.name}"
    if one_by_one(column):
        column = replace(column, many=before.many)
    same_kind = kind_told(before) == kind_told(column)
    known = before.format if same_kind else NO_FORMAT
    first, now = writable(column), shape_of(before)
    if not same_kind or not same_format(column.kind, first.format, known):
        because = f"{what} is {told(before)}, and should be {told(column)}"
        if same_kind:
            there = format_text(column.kind, known) or "as Coda does by default"
            because = f"{what} is shown {there}, and should be {format_text(column.kind, column.format)}"
        yield SetFormat(table, column.name, now, shape_of(first)), because
        now = shape_of(first)
    if not same_format(column.kind, column.format, known):
        yield from _by_hand(table, column, replace(column, kind=now.kind, format=now.format))


def shown_by_hand(table: str, column: Column) -> Iterator[tuple[Change, str]]:
    """What is left to a person of the format of a column that the tools make."""
    yield from _by_hand(table, column, writable(column))


def _by_hand(table: str, column: Column, made: Column) -> Iterator[tuple[Change, str]]:
    if writable(column).format != column.format:
        because = f"{table}.{column.name} should be shown {format_text(column.kind, column.format)}"
        yield SetFormat(table, column.name, shape_of(made), shape_of(column)), because


def one_by_one(column: Column) -> bool:
    """Whether Coda has no columns of several values of its type: where a formula gives a list, nobody says so."""
    return has_tool_format(column) and column.kind not in _SEVERAL


_SEVERAL = frozenset({"relation", "person", "select", "reaction"})


def writable(column: Column) -> Column:
    """A column with so much of its format as the tools can write; a person makes the whole of one that they cannot."""
    return replace(column, format=tool_writable_format(column)) if has_tool_format(column) else column
