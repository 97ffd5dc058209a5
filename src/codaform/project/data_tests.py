"""Data tests: what must hold for the rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.workbook import Workbook
from codaform.model.conversion import to_list, to_text
from codaform.model.notation import notate
from codaform.model.values import Error, EvaluationError, Row, identity, is_blank
from codaform.project.cells import BadCell, read_cell
from codaform.project.project import DataTest
from codaform.semantics.bind import Bound

MOST_NAMED = 5
"""How many rows that break a test are named in its message."""


def run_data_test(test: DataTest, book: Workbook, bound: Bound | None) -> list[Diagnostic]:
    """That rows break a test, and which; empty where none does."""
    match test.kind:
        case "unique":
            broken = _repeated(test, book)
        case "not_null":
            broken = [row for row in book.rows(test.table) if is_blank(book.value(row, test.column))]
        case "accepted_values":
            broken = _outside(test, book, _accepted(test, book))
        case "relationships" if test.to:
            known = {text for row in book.rows(test.to) for text in _texts(book.value(row, test.to_column), book)}
            broken = _outside(test, book, known)
        case "relationships":
            broken = _dangling(test, book)
        case _:
            assert bound is not None
            run = book.formula(bound)
            broken = [row for row in book.rows(test.table) if book.run(run, row) is not True]
    if not broken:
        return []
    named = ", ".join(_name(row, test, book) for row in broken[:MOST_NAMED])
    more = f" and {len(broken) - MOST_NAMED} more" if len(broken) > MOST_NAMED else ""
    what = f"{test.table}.{test.column}" if test.column else test.table
    many = "row breaks" if len(broken) == 1 else "rows break"
    message = f"{len(broken)} {many} the test {test.name} of {what}: {named}{more}"
    return [Diagnostic(rules.FAILED_TEST, message, test.source, test.span)]


def _name(row: Row, test: DataTest, book: Workbook) -> str:
    shown = notate(row, book).removeprefix("@")
    if not test.column or test.kind == "not_null":
        return shown
    display = book.doc.tables[test.table].display
    value = notate(book.value(row, test.column), book)
    return value if display is not None and display.name == test.column else f"{shown} ({value})"


def _repeated(test: DataTest, book: Workbook) -> list[Row]:
    seen: set[object] = set()
    found = []
    for row in book.rows(test.table):
        value = book.value(row, test.column)
        if is_blank(value):
            continue
        key = identity(value)
        if key in seen:
            found.append(row)
        seen.add(key)
    return found


def _outside(test: DataTest, book: Workbook, known: set[str]) -> list[Row]:
    rows = book.rows(test.table)
    return [row for row in rows if any(text not in known for text in _texts(book.value(row, test.column), book))]


def _accepted(test: DataTest, book: Workbook) -> set[str]:
    """The values that are accepted, as texts of values like those of the column: 1.0 is 1."""
    column = replace(book.doc.tables[test.table].columns[test.column], many=False)
    known: set[str] = set()
    for text in test.values:
        with suppress(BadCell):
            known.update(_texts(read_cell(text, column, book.zone), book))
    return known


def _dangling(test: DataTest, book: Workbook) -> list[Row]:
    """Rows whose relation holds something else than a row that is there."""
    existing = {row for table in book.doc.tables for row in book.rows(table)}
    rows = book.rows(test.table)
    return [row for row in rows if any(item not in existing for item in to_list(book.value(row, test.column)))]


def _texts(value: object, book: Workbook) -> Iterable[str]:
    if isinstance(value, Error):
        return (f"error: {value.rule}",)
    try:
        return [text for item in to_list(value) if (text := to_text(item, book)) is not None]
    except EvaluationError as fault:
        return (f"error: {fault.rule}",)
