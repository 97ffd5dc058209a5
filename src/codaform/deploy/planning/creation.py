"""The changes that make what a doc does not have, and those that give a column its type and format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from codaform.coda.wire.filling import column_formula
from codaform.coda.wire.tool_formats import has_tool_format
from codaform.deploy.kinds.change import SchemaChange
from codaform.deploy.kinds.column_settings import SetAction, SetDefault, SetFormat, SetFormula
from codaform.deploy.kinds.columns import AddColumn
from codaform.deploy.kinds.tables import AddTable
from codaform.deploy.kinds.views import AddView
from codaform.deploy.remote.columns import (
    button_of,
    displayed_by,
    has_one_value,
    is_plain,
    returned_type,
    shape_of,
    type_text,
    writable,
)
from codaform.model.formats import NO_FORMAT, format_text, same_format
from codaform.model.schema import Column, Doc, Table


def new_table(table: Table, wanted: Doc) -> Iterator[tuple[SchemaChange, str]]:
    """The changes that make a table, each with its reason.

    The new table has the columns without needs. The tools make no table without a column: if every column has needs,
    the table begins with one as a plain text, whose type follows later.
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
    """A column without the settings that later changes make."""
    return replace(writable(column), default=None, display=False)


def _begun_with(table: Table) -> Column | None:
    """The column that a table begins with if none is plain; the display column if possible."""
    shown = table.display
    candidates = [*([shown] if shown is not None else []), *table.columns.values()]
    return next((column for column in candidates if has_tool_format(column)), shown)


def _completed(table: Table, column: Column, wanted: Doc) -> Iterator[tuple[SchemaChange, str]]:
    """The changes that turn a plain text into a column."""
    because = "the table had to begin with a column, and this one needed another thing first"
    plain = Column(column.name, "text")
    for change, _ in reshaped(table.name, column, plain):
        yield change, because
    if column.kind == "button":
        yield SetAction(table.name, column.name, button_of(plain), button_of(column)), because
    elif (text := column_formula(column, table, wanted)) is not None:
        yield SetFormula(table.name, column.name, None, text), because


def reshaped(table: str, column: Column, before: Column) -> Iterator[tuple[SchemaChange, str]]:
    """The changes of a column's type and format, each with its reason.

    The part that the tools can write comes first; the part for a person follows.
    """
    what = f"{table}.{column.name}"
    if has_one_value(column):
        column = replace(column, many=before.many)
    same_kind = returned_type(before) == returned_type(column)
    known = before.format if same_kind else NO_FORMAT
    first, now = writable(column), shape_of(before)
    if not same_kind or not same_format(column.kind, first.format, known):
        because = f"{what} is {type_text(before)}, and should be {type_text(column)}"
        if same_kind:
            there = format_text(column.kind, known) or "as Coda does by default"
            because = f"{what} is shown {there}, and should be {format_text(column.kind, column.format)}"
        yield SetFormat(table, column.name, now, shape_of(first)), because
        now = shape_of(first)
    if not same_format(column.kind, column.format, known):
        yield from _by_hand(table, column, replace(column, kind=now.kind, format=now.format))


def shown_by_hand(table: str, column: Column) -> Iterator[tuple[SchemaChange, str]]:
    """The manual change for the rest of the format of a column that the tools make."""
    yield from _by_hand(table, column, writable(column))


def _by_hand(table: str, column: Column, made: Column) -> Iterator[tuple[SchemaChange, str]]:
    if writable(column).format != column.format:
        because = f"{table}.{column.name} should be shown {format_text(column.kind, column.format)}"
        yield SetFormat(table, column.name, shape_of(made), shape_of(column)), because
