"""The rows of a table or a view, with their computed columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codaform.cli.names import pick
from codaform.cli.output.drawing import Heading, put_table
from codaform.cli.output.json_text import as_json
from codaform.cli.output.reporting import is_error, put_report
from codaform.cli.output.terminal import put, say
from codaform.cli.output.values import as_csv, plain, shown
from codaform.evaluation.rowwise import compile_formula
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, value_type, views
from codaform.model.types import BOOLEAN, NUMBER, ListOf
from codaform.model.values import Error, Row
from codaform.project.session import Session
from codaform.source import Source


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns, and the values of some rows in them. `rows_in_all` counts also those that are left out."""

    book: Workbook
    columns: Sequence[Column]
    display: str
    values: Sequence[Sequence[object]]
    rows_in_all: int


USUAL_LIMIT = 60
"""How many rows are shown on screen where nobody asks for more."""


_SHOWN = "table, view, named formula or control"


def is_single(session: Session, name: str) -> bool:
    """Whether a name is that of a named formula or a control. Raises CannotRead for what is nothing of all these."""
    doc = session.project.doc
    with_rows = [*doc.tables, *(view.name for view in views(doc))]
    return pick(_SHOWN, name, [*with_rows, *doc.formulas, *doc.controls]) not in with_rows


def grid(
    session: Session, name: str, columns: Sequence[str] | None, limit: int | None, where: str | None = None
) -> Grid | None:
    """What a table or a view shows; None, and a report, where the condition has errors.

    limit: How many rows at most. where: A formula that is true for the rows that are meant. Raises CannotRead for a
    name that is not there.
    """
    doc, book = session.project.doc, session.book
    by_name = {view.name: view for view in views(doc)}
    name = pick(_SHOWN, name, [*doc.tables, *by_name])
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
    return Grid(book, chosen, table.display.name if table.display is not None else "", values, len(rows))


def _filtered(session: Session, table: str, rows: Sequence[Row], condition: str) -> Sequence[Row] | None:
    """The rows for which a formula is true, as a view's filter has it."""
    bound, found = session.bind(Source("--where", condition), table, BOOLEAN)
    put_report(found, err=True)
    if any(is_error(diagnostic) for diagnostic in found):
        return None
    run = compile_formula(bound.body, session.book)
    values = [session.book.run(run, bound.slots, row) for row in rows]
    errors = [value for value in values if isinstance(value, Error)]
    if errors:
        count = f"{len(errors)} row{'' if len(errors) == 1 else 's'}"
        say(f"--where is an error for {count}, left out here: {errors[0].message}")
    return [row for row, value in zip(rows, values, strict=True) if value is True]


def put_grid(grid: Grid, form: str) -> None:
    """Write it in one of the formats of `codaform show`."""
    book, names = grid.book, [column.name for column in grid.columns]
    left_out = grid.rows_in_all - len(grid.values)
    if left_out and form != "table":
        say(f"{len(grid.values):,} of {grid.rows_in_all:,} rows")
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
    if left_out:
        put(f"… and {left_out:,} more")
        say(f"{len(grid.values):,} of {grid.rows_in_all:,} rows; --all shows all")
    if hidden:
        say(f"no room for {len(hidden)} more column{'' if len(hidden) == 1 else 's'}: {', '.join(hidden)}")
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
