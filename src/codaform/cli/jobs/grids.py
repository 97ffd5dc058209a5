"""The rows of a table or a view, with their computed columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codaform.cli.input.naming import pick
from codaform.cli.output.drawing import Heading, put_table
from codaform.cli.output.json_text import as_json
from codaform.cli.output.terminal import put, say
from codaform.cli.output.values import as_csv, plain, shown
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, value_type, views
from codaform.model.types import NUMBER, ListOf
from codaform.model.values import Error
from codaform.project.session import Session


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns, and the values of some rows in them. `rows_in_all` counts also those that are left out."""

    book: Workbook
    columns: Sequence[Column]
    display: str
    values: Sequence[Sequence[object]]
    rows_in_all: int


def grid(session: Session, name: str, columns: Sequence[str] | None, limit: int | None) -> Grid:
    """What a table or a view shows. Raises CannotRead for a name that is not there."""
    doc, book = session.project.doc, session.book
    by_name = {view.name: view for view in views(doc)}
    name = pick("table or view", name, [*doc.tables, *by_name])
    view = by_name.get(name)
    table = doc.tables[view.table] if view is not None else doc.tables[name]
    if columns is not None:
        columns = [pick("column", column, table.columns, f" in {table.name}") for column in columns]
    elif view is not None and view.columns:
        columns = [column for column in view.columns if column in table.columns]
    chosen = [table.columns[column] for column in columns] if columns else list(table.columns.values())
    rows = book.rows(name)
    values = [[book.value(row, column.name) for column in chosen] for row in (rows if limit is None else rows[:limit])]
    return Grid(book, chosen, table.display.name if table.display is not None else "", values, len(rows))


def put_grid(grid: Grid, form: str) -> None:
    """Write it in one of the formats of `codaform show`."""
    book, names = grid.book, [column.name for column in grid.columns]
    if form == "json":
        put(
            as_json([{name: plain(value, book) for name, value in zip(names, row, strict=True)} for row in grid.values])
        )
        return
    if form == "csv":
        put(as_csv(names, grid.values, book))
        return
    headings = [
        Heading(column.name, value_type(column) == NUMBER, column.computed, _rank(column, grid.display))
        for column in grid.columns
    ]
    cells = [[shown(value, book, one) for value, one in zip(row, grid.columns, strict=True)] for row in grid.values]
    hidden = put_table(headings, cells)
    if hidden:
        say(f"no room for {len(hidden)} more column{'' if len(hidden) == 1 else 's'}: {', '.join(hidden)}")
    if len(grid.values) < grid.rows_in_all:
        say(f"{len(grid.values)} of {grid.rows_in_all} rows")
    errors = sum(isinstance(value, Error) for row in grid.values for value in row)
    if errors:
        cells_told = f"{errors} cell{'' if errors == 1 else 's'} with an error"
        say(f"{cells_told}; codaform eval --column T.C --row R --explain tells why")


def _rank(column: Column, display: str) -> int:
    """Where there is no room for all: the display column stays, then what is computed; lists of rows go first."""
    if column.name == display:
        return 0
    lists = isinstance(value_type(column), ListOf)
    return (3 if lists else 1) if column.formula is not None else (4 if lists else 2)
