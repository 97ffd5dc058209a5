"""Written rows into a workbook: cells read by their columns' types, relations resolved by display text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.workbook import Workbook
from codaform.model.conversion import to_text
from codaform.model.schema import Column, Table, control_column, value_type
from codaform.model.types import DATE, DATETIME, DURATION, TIME
from codaform.model.values import EvaluationError, Row
from codaform.project.cell_findings import bad_cell, in_row, no_such_row
from codaform.project.cells import BadCell, read_cell
from codaform.project.controls import read_control
from codaform.project.csv_file import CellsReadLater
from codaform.project.rows import RawCell, RawRow, read_raw
from codaform.project.table_rows import UNREADABLE, RelatedTexts, TableRows, located
from codaform.project.validation import MOST_HELPED
from codaform.source import Source

_SHOWN_OTHERWISE = (DATE, DATETIME, TIME, DURATION)
"""Types whose values a doc does not show as a project's files write them."""


def _read_row(row: RawRow, table: Table, book: Workbook) -> tuple[dict[str, object], list[Diagnostic]]:
    """The values of a written row by column; relations are left as texts."""
    found: list[Diagnostic] = []
    values: dict[str, object] = {}
    for name, cell in row.cells.items():
        try:
            values[name] = read_raw(cell, table.columns[name], book.zone)
        except BadCell as problem:
            found.append(in_row(bad_cell(problem, row.source, cell.span), row, name))
    return values, found


def load(
    book: Workbook, given: Mapping[str, Sequence[RawRow]], defaults: bool = False, release: bool = False
) -> tuple[dict[str, list[Row]], list[Diagnostic]]:
    """Add written rows to a workbook; rows may refer to each other in any order. Returns the rows by table.

    release: Whether columns of a large file are held by the workbook alone from now on, so that they take memory once.
    """
    found: list[Diagnostic] = []
    added: dict[str, list[Row]] = {}
    related: dict[str, dict[str, RelatedTexts]] = {}
    relating = _Relating(book)
    for name, rows in given.items():
        if isinstance(rows, TableRows) and not defaults:
            added[name], related[name] = _add_columns(book, rows, name, release, found)
            continue
        added[name] = []
        for written in rows:
            values, problems = _read_row(written, book.doc.tables[name], book)
            found.extend(problems)
            pointing = relating.relations_in(name, values)
            plain = {key: None if key in pointing else value for key, value in values.items()}
            added[name].append(book.add(name, plain, defaults))
            relating.waiting.append((added[name][-1], written, pointing))
    relating.resolve()
    for name, rows in given.items():
        if isinstance(rows, TableRows) and not defaults:
            relating.resolve_columns(added[name], rows, related[name])
    relating.enter()
    return added, [*found, *relating.found]


def _add_columns(
    book: Workbook, written: TableRows, table: str, release: bool, found: list[Diagnostic]
) -> tuple[list[Row], dict[str, RelatedTexts]]:
    """Add the rows of a file column by column. Returns them, and the columns of relations, not yet entered."""
    later = written.columns if isinstance(written.columns, CellsReadLater) else None
    if later is not None:
        later.read()  # before the rows are made, which use the memory that reading needs for a while
    rows = book.add_rows(table, len(written))
    related: dict[str, RelatedTexts] = {}
    wrong: set[int] = set()
    for name, cells in written.columns.items():
        wrong.update(cells.unreadable())
        if isinstance(cells, RelatedTexts):
            related[name] = cells
            continue
        book.enter_column(table, name, cells.entered(rows))
        if release and later is not None:
            later.release(name)
    for row in located(written, wrong).values():
        found.extend(_read_row(row, book.doc.tables[table], book)[1])
    return rows, related


def change(book: Workbook, row: Row, written: RawRow) -> list[Diagnostic]:
    """Change the cells of a row to what is written."""
    values, found = _read_row(written, book.doc.tables[row.table], book)
    relating = _Relating(book)
    related = relating.relations_in(row.table, values)
    book.change(row, {key: value for key, value in values.items() if key not in related})
    relating.waiting.append((row, written, related))
    relating.resolve()
    relating.enter()
    return [*found, *relating.found]


class _Relating:
    """The relations of written rows: texts, which point at rows as soon as all rows are there."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.found: list[Diagnostic] = []
        self.waiting: list[tuple[Row, RawRow, dict[str, object]]] = []
        self._resolved: dict[tuple[str, str], list[Iterable[tuple[Row, object]]]] = {}
        self._displays: dict[str, list[str]] = {}

    def relations_in(self, table: str, values: Mapping[str, object]) -> dict[str, object]:
        """The values of a row that are texts of other rows."""
        columns = self.book.doc.tables[table].columns
        return {name: value for name, value in values.items() if columns[name].kind == "relation" and value}

    def resolve(self) -> None:
        """Find the rows for rows that are read one by one."""
        for row, written, related in self.waiting:
            for name, value in related.items():
                target, missing = self._target(self.book.doc.tables[row.table].columns[name], value)
                self._resolved.setdefault((row.table, name), []).append([(row, target)])
                self._say(missing, self.book.doc.tables[row.table].columns[name], written)

    def resolve_columns(self, rows: list[Row], written: TableRows, related: Mapping[str, RelatedTexts]) -> None:
        """Find the rows for the rows of a file: once for each text of a column. related: The columns of relations."""
        lost: set[int] = set()
        for name, cells in related.items() if rows else ():
            found = [self._target(cells.column, value) for value in cells.texts]
            lost.update(cells.rows_of({place for place, (_, missing) in enumerate(found) if missing}))
            pairs = cells.pointing(rows, [target for target, _ in found])
            self._resolved.setdefault((rows[0].table, name), []).append(pairs)
        for row in located(written, lost).values():
            for name, cells in related.items():
                cell = row.cells.get(name)
                if cell is not None and not cell.fault:
                    value = read_raw(cell, cells.column, self.book.zone)
                    self._say(self._target(cells.column, value)[1], cells.column, row)

    def enter(self) -> None:
        """Enter the rows that were found."""
        for (table, name), pairs in self._resolved.items():
            self.book.enter_column(table, name, chain.from_iterable(pairs))

    def _target(self, column: Column, value: object) -> tuple[object, list[str]]:
        """The row, or the rows, that a value names, and the texts that name none."""
        if not value or value is UNREADABLE:
            return None, []
        texts = [str(text) for text in value] if isinstance(value, list) else [str(value)]
        found = {text: find_row(self.book, column.to, text) for text in texts}
        rows = [row for text in texts if (row := found[text]) is not None]
        missing = [text for text in texts if found[text] is None]
        return rows if isinstance(value, list) else next(iter(rows), None), missing

    def _say(self, missing: Iterable[str], column: Column, written: RawRow) -> None:
        for text in missing:
            if column.to not in self._displays:
                self._displays[column.to] = displays(self.book, column.to)
            near = self._displays[column.to] if len(self.found) < MOST_HELPED else ()
            finding = no_such_row(text, column, near, written.cells[column.name], written.source)
            self.found.append(in_row(finding, written, column.name))


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
