"""The rows of a table or a view, with their computed columns, and how `codaform show` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codaform.cli.names import pick
from codaform.cli.output.drawing import Heading, put_table
from codaform.cli.output.findings import put_findings
from codaform.cli.output.values import csv_text, json_value, table_cell
from codaform.cli.terminal import counted, put, put_json, say
from codaform.diagnostics.diagnostic import errors_in
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, Doc, value_type, views
from codaform.model.types import BOOLEAN, NUMBER, ListOf
from codaform.model.values import Error, Row
from codaform.project.session import Session
from codaform.source import Source


@dataclass(frozen=True, slots=True)
class TextGrid:
    """Columns, and the values of some rows in them. `all_rows` also counts the rows that are left out."""

    book: Workbook
    columns: Sequence[Column]
    display: str
    values: Sequence[Sequence[object]]
    all_rows: int


SCREEN_ROWS = 60
"""The most rows that a screen shows by default."""

_KINDS = "table, view, named formula or control"


def has_rows(doc: Doc, name: str) -> bool:
    """Whether a name is that of a table or a view, and not of a named formula or a control. Raises CannotRead for no
    known name."""
    with_rows = [*doc.tables, *(view.name for view in views(doc))]
    return pick(_KINDS, name, [*with_rows, *doc.formulas, *doc.controls]) in with_rows


def grid(
    session: Session, name: str, columns: Sequence[str] | None, limit: int | None, where: str | None = None
) -> TextGrid | None:
    """The rows of a table or a view; None, with findings on stderr, if the condition has errors.

    limit: The most rows. where: A formula that is true for the rows to show. Raises CannotRead for an unknown name.
    """
    doc, book = session.project.doc, session.book
    by_name = {view.name: view for view in views(doc)}
    name = pick(_KINDS, name, [*doc.tables, *by_name])
    view = by_name.get(name)
    table = doc.tables[view.table] if view is not None else doc.tables[name]
    if columns is not None:
        columns = [pick("column", column, table.columns, f" in {table.name}") for column in columns]
    elif view is not None and view.columns:
        columns = [column for column in view.columns if column in table.columns]
    chosen = [table.columns[column] for column in columns] if columns else list(table.columns.values())
    rows = book.rows(name) if where is None else _filtered(session, table.name, book.rows(name), where)
    if rows is None:
        return None
    values = [[book.value(row, column.name) for column in chosen] for row in (rows if limit is None else rows[:limit])]
    return TextGrid(book, chosen, table.display.name if table.display is not None else "", values, len(rows))


def _filtered(session: Session, table: str, rows: Sequence[Row], condition: str) -> Sequence[Row] | None:
    """The rows for which a formula is true, as in a view's filter; None if it has errors."""
    bound, found = session.bind(Source("--where", condition), table, BOOLEAN)
    put_findings(found, err=True)
    if errors_in(found):
        return None
    run = session.book.formula(bound)
    values = [session.book.run(run, row) for row in rows]
    errors = [value for value in values if isinstance(value, Error)]
    if errors:
        say(f"--where is an error for {counted(len(errors), 'row')}, left out here: {errors[0].message}")
    return [row for row, value in zip(rows, values, strict=True) if value is True]


def put_grid(grid: TextGrid, format_: str) -> None:
    """Write a grid in one of the formats of `codaform show`."""
    book, names = grid.book, [column.name for column in grid.columns]
    left_out = grid.all_rows - len(grid.values)
    if left_out and format_ != "table":
        say(f"{len(grid.values):,} of {grid.all_rows:,} rows")
    if format_ == "json":
        put_json(
            [{name: json_value(value, book) for name, value in zip(names, row, strict=True)} for row in grid.values]
        )
        return
    if format_ == "csv":
        put(csv_text(names, grid.values, book))
        return
    headings = [
        Heading(column.name, value_type(column) == NUMBER, column.computed, _rank(column, grid.display))
        for column in grid.columns
    ]
    cells = [
        [table_cell(value, book, one) for value, one in zip(row, grid.columns, strict=True)] for row in grid.values
    ]
    hidden = put_table(headings, cells)
    if left_out:
        put(f"… and {left_out:,} more")
        say(f"{len(grid.values):,} of {grid.all_rows:,} rows; --all shows all")
    if hidden:
        say(f"no room for {counted(len(hidden), 'more column')}: {', '.join(hidden)}")
    errors = sum(isinstance(value, Error) for row in grid.values for value in row)
    if errors:
        say(f"{counted(errors, 'cell')} with an error; codaform eval --column T.C --row R --explain says why")


def _rank(column: Column, display: str) -> int:
    """The order in which columns get room: the display column, computed ones, entered ones; lists of rows last."""
    if column.name == display:
        return 0
    lists = isinstance(value_type(column), ListOf)
    return (3 if lists else 1) if column.formula is not None else (4 if lists else 2)
