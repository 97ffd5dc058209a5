"""What has to be made for a table that a doc does not have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from codaform.coda.wire.tool_formats import has_tool_format
from codaform.deploy.planning.changed import displayed_by
from codaform.deploy.planning.changes import (
    AddColumn,
    AddTable,
    AddView,
    Change,
    SetAction,
    SetDefault,
    SetFormula,
)
from codaform.deploy.planning.reshaping import reshaped, shown_by_hand, writable
from codaform.deploy.remote.columns import button_of, is_plain, made_by
from codaform.model.schema import Column, Doc, Table


def new_table(table: Table, wanted: Doc) -> Iterator[tuple[Change, str]]:
    """The changes that make a table, each with its reason.

    It comes with the columns that need nothing else. The tools make no table without a column: where every one needs
    something, the table begins with one of them as a plain text, which becomes what it is to be later.
    """
    because = "its table is new"
    display = table.display.name if table.display is not None else ""
    first = {name: bare(column) for name, column in table.columns.items() if is_plain(column)}
    begun = None if first else _begun_with(table)
    if begun is not None:
        first = {begun.name: Column(begun.name, "text", begun.about)}
    made = displayed_by(Table(table.name, first, table.about), display if display in first else next(iter(first), ""))
    yield AddTable(made), "the doc has no such table"
    for column in table.columns.values():
        if column is begun:
            yield from _completed(table, column, wanted)
        elif column.name not in first:
            yield AddColumn(table.name, replace(bare(column), display=column.name == display)), because
        if column is not begun:
            yield from shown_by_hand(table.name, column)
        if column.default is not None:
            yield SetDefault(table.name, column.name, None, column.default.text.strip()), "a new row starts with it"
    for view in table.views:
        yield AddView(view), because


def bare(column: Column) -> Column:
    """A column without what is said of it once it is there."""
    return replace(writable(column), default=None, display=False)


def _begun_with(table: Table) -> Column | None:
    """The column that a table begins with where none is plain; the one that its rows are known by where that can be."""
    shown = table.display
    candidates = [*([shown] if shown is not None else []), *table.columns.values()]
    return next((column for column in candidates if has_tool_format(column)), shown)


def _completed(table: Table, column: Column, wanted: Doc) -> Iterator[tuple[Change, str]]:
    """What makes a column of a plain text."""
    because = "the table had to begin with a column, and this one needed another thing first"
    plain = Column(column.name, "text")
    for change, _ in reshaped(table.name, column, plain):
        yield change, because
    if column.kind == "button":
        yield SetAction(table.name, column.name, button_of(plain), button_of(column)), because
    elif (text := made_by(column, table, wanted)) is not None:
        yield SetFormula(table.name, column.name, None, text), because
