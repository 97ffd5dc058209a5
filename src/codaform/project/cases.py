"""Cases: what a formula gives, given a few rows."""

from __future__ import annotations

from collections.abc import Iterator

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, Doc
from codaform.model.values import Row
from codaform.project import loading, yaml_tree
from codaform.project.cells import BadCell, shown
from codaform.project.computed import computed_among, fill
from codaform.project.expectation import mismatch
from codaform.project.project import CaseFile
from codaform.project.rows import parse_cell
from codaform.project.runners import MakeRunner, WorkbookRunner
from codaform.project.session import Session
from codaform.project.validation import expected_as, nothing_expected, unsettable, written_tables
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import GraphNode, dependencies_of
from codaform.semantics.program import FormulaSite
from codaform.source import Source
from codaform.spelling import did_you_mean, nearest


def run_case(
    session: Session, bound: Bound, file: CaseFile, node: yaml_tree.Node, make: MakeRunner = WorkbookRunner
) -> list[Diagnostic]:
    """Where a formula gives something else than a case expects; empty where the case passes.

    The session's engine computes the columns that the formula reads, and its own.

    make: What computes the cells of columns; all other formulas are computed here.
    """
    book, found = _given(session, file, node)
    expect = yaml_tree.get(node, "expect")
    if book is None or found or expect is None:
        return found
    empty = nothing_expected(expect, file.source)
    if empty is not None:
        return [empty]
    column = expected_as(session.project.doc, file.place)
    fill(book, session.engine, computed_among(book, _asked(session.project.doc, file.place, bound)))
    if file.place.role == "named":
        return _compare(expect, book.named_value(file.place.name), column, book, file.source, file.place.name)
    if not file.place.table:
        return _compare(expect, book.evaluate(bound), column, book, file.source, file.place.name)
    runner = make(book) if file.place.role == "formula" else WorkbookRunner(book)
    book = runner.book
    for key, expected in yaml_tree.entries(expect):
        row = find_row(book, file.place.table, key.text)
        if row is None:
            found.append(unknown_row(book, file.place.table, key, file.source))
            continue
        value = runner.cell(row, file.place.name) if file.place.role == "formula" else book.evaluate(bound, row)
        found.extend(_compare(expected, value, column, book, file.source, f"{key.text or 'the blank row'}"))
    return found


def _asked(doc: Doc, place: FormulaSite, bound: Bound) -> Iterator[GraphNode]:
    """The things that a case asks for: its own, what its formula reads, and the texts of rows."""
    yield from dependencies_of(doc, bound.body).things
    if place.role in ("formula", "named"):
        yield GraphNode("cells" if place.table else "named", place.table, place.name)
    if place.table and (display := doc.tables[place.table].display) is not None:
        yield GraphNode("cells", place.table, display.name)


def only_entered(doc: Doc, file: CaseFile, node: yaml_tree.Node) -> bool:
    """Whether a case asks for cells of a column, given rows that a person can enter: then a service can show them."""
    given, _ = written_tables(doc, yaml_tree.get(node, "given"), file.source)
    cells = ((table, name) for table, rows in given.items() for row in rows for name in row.cells)
    asked = file.place.role == "formula" and bool(file.place.table) and yaml_tree.get(node, "set") is None
    return asked and not any(doc.tables[table].columns[name].computed for table, name in cells)


def _compare(
    expected: yaml_tree.Node, value: object, column: Column, book: Workbook, source: Source, what: str
) -> list[Diagnostic]:
    try:
        wrong = mismatch(expected, value, column, book)
    except BadCell as problem:
        return [Diagnostic(rules.BAD_CELL, str(problem), source, expected.span)]
    return [] if wrong is None else [Diagnostic(rules.FAILED_CASE, f"{what}: {wrong}", source, expected.span)]


def _given(session: Session, file: CaseFile, node: yaml_tree.Node) -> tuple[Workbook | None, list[Diagnostic]]:
    """A workbook with the rows of a case."""
    try:
        book = session.workbook(yaml_tree.text_at(node, "clock"))
    except BadCell as problem:
        clock = yaml_tree.get(node, "clock")
        assert clock is not None
        return None, [Diagnostic(rules.BAD_CELL, str(problem), file.source, clock.span)]
    given, found = written_tables(session.project.doc, yaml_tree.get(node, "given"), file.source)
    _, problems = loading.load(book, given)
    found.extend(problems)
    for key, value in yaml_tree.entries(yaml_tree.get(node, "set")):
        unknown = unsettable(session.project.doc, key, file.source)
        if unknown is not None:
            found.append(unknown)
            continue
        read, problems = loading.set_control(book, key.text, parse_cell(value), file.source)
        found.extend(problems)
        book.set_control(key.text, read)
    return book, found


def find_row(book: Workbook, table: str, text: str) -> Row | None:
    """The row that is displayed as a text; for the empty text, the first row without a display value."""
    if text:
        return loading.find_row(book, table, text)
    return next((row for row in book.rows(table) if not loading.display(book, row)), None)


def unknown_row(book: Workbook, table: str, key: yaml_tree.Scalar, source: Source) -> Diagnostic:
    """That no row of a table is displayed as a text."""
    close = nearest(key.text, loading.displays(book, table))
    help = did_you_mean(close)
    return Diagnostic(rules.UNKNOWN_ROW, f"no row of {table} is displayed as {shown(key.text)}", source, key.span, help)
