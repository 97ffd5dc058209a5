"""Written rows into a workbook: cells read by their columns' types, relations resolved by display text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.workbook import Workbook
from codaform.model.conversion import to_text
from codaform.model.schema import Column, Table, control_column, value_type
from codaform.model.types import DATE, DATETIME, DURATION, TIME
from codaform.model.values import EvaluationError, Row
from codaform.project.cell_findings import bad_cell, no_such_row
from codaform.project.cells import BadCell, read_cell
from codaform.project.controls import read_control
from codaform.project.rows import RawCell, RawRow
from codaform.project.validation import MOST_HELPED
from codaform.source import Source

_SHOWN_OTHERWISE = (DATE, DATETIME, TIME, DURATION)
"""Types whose values a doc does not show as a project's files write them."""


def read_row(row: RawRow, table: Table, book: Workbook) -> tuple[dict[str, object], list[Diagnostic]]:
    """The values of a written row by column; relations are left as texts."""
    found: list[Diagnostic] = []
    values: dict[str, object] = {}
    for name, cell in row.cells.items():
        try:
            values[name] = read_cell(cell.text, table.columns[name], book.zone)
        except BadCell as problem:
            found.append(bad_cell(problem, row.source, cell.span))
    return values, found


def load(
    book: Workbook, given: Mapping[str, Sequence[RawRow]], defaults: bool = False
) -> tuple[list[Row], list[Diagnostic]]:
    """Add written rows to a workbook; rows may refer to each other in any order."""
    found: list[Diagnostic] = []
    added: list[Row] = []
    open_: list[tuple[Row, Column, object, RawCell, Source]] = []
    for name, rows in given.items():
        table = book.doc.tables[name]
        for written in rows:
            values, problems = read_row(written, table, book)
            found.extend(problems)
            relations = {key for key, value in values.items() if table.columns[key].kind == "relation" and value}
            row = book.add(name, {key: None if key in relations else value for key, value in values.items()}, defaults)
            added.append(row)
            open_.extend(
                (row, table.columns[key], values[key], written.cells[key], written.source)
                for key in values
                if key in relations
            )
    found.extend(_relate(book, open_))
    return added, found


def change(book: Workbook, row: Row, written: RawRow) -> list[Diagnostic]:
    """Change the cells of a row to what is written."""
    table = book.doc.tables[row.table]
    values, found = read_row(written, table, book)
    relations = {key for key, value in values.items() if table.columns[key].kind == "relation" and value}
    book.change(row, {key: value for key, value in values.items() if key not in relations})
    cells = [(row, table.columns[key], values[key], written.cells[key], written.source) for key in relations]
    found.extend(_relate(book, cells))
    return found


def set_control(book: Workbook, name: str, written: RawCell, source: Source) -> tuple[object, list[Diagnostic]]:
    """The value that a control is to have, and what is wrong with how it is written."""
    control = book.doc.controls[name]
    try:
        value = read_control(written.text, control, book.zone)
    except BadCell as problem:
        return None, [bad_cell(problem, source, written.span)]
    if control.kind != "relation" or value is None:
        return value, []
    found: list[Diagnostic] = []
    rows: list[object] = []
    for text in value if isinstance(value, list) else [value]:
        row = find_row(book, control.to, str(text))
        if row is None:
            found.append(no_such_row(str(text), control_column(control), displays(book, control.to), written, source))
        else:
            rows.append(row)
    return rows if isinstance(value, list) else next(iter(rows), None), found


def _relate(book: Workbook, cells: Iterable[tuple[Row, Column, object, RawCell, Source]]) -> list[Diagnostic]:
    """Point relations at the rows that their texts name."""
    found: list[Diagnostic] = []
    resolved: dict[tuple[str, str], list[tuple[Row, object]]] = {}
    for row, column, value, cell, source in cells:
        texts = value if isinstance(value, list) else [value]
        targets: list[object] = []
        for text in texts:
            target = find_row(book, column.to, str(text))
            if target is None:
                near = displays(book, column.to) if len(found) < MOST_HELPED else ()
                found.append(no_such_row(str(text), column, near, cell, source))
            else:
                targets.append(target)
        many = isinstance(value, list)
        resolved.setdefault((row.table, column.name), []).append((row, targets if many else next(iter(targets), None)))
    for (table, name), pairs in resolved.items():
        book.enter_column(table, name, pairs)
    return found


def find_row(book: Workbook, table: str, text: str) -> Row | None:
    """The first row that is displayed as a text, or whose display cell is written so."""
    found = book.find(text, table)
    return book.find(as_displayed(book, table, text), table) if found is None else found


def as_displayed(book: Workbook, table: str, text: str) -> str:
    """The display text for a display cell's text: for `2025-12-08`, the date as Coda shows it."""
    column = book.doc.tables[table].display
    if column is None or value_type(column) not in _SHOWN_OTHERWISE:
        return text
    try:
        return to_text(read_cell(text, column, book.zone), book) or text
    except (BadCell, EvaluationError):
        return text


def displays(book: Workbook, table: str) -> list[str]:
    """What the rows of a table or a view are displayed as; a row without a text, or with an error, as nothing."""
    return [display(book, row) for row in book.rows(table)]


def display(book: Workbook, row: Row) -> str:
    """The display text of a row."""
    try:
        return to_text(book.display(row), book) or ""
    except EvaluationError:
        return ""
