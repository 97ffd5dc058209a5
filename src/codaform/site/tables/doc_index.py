"""The doc with everything that its pages look up in it, computed once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Doc
from codaform.model.values import Error, Row, is_blank
from codaform.project.file_names import folder_name, is_folder_of
from codaform.project.project import CaseFile, DataTest
from codaform.project.session import Session
from codaform.project.suite import Kind, Outcome
from codaform.project.validation import bind_test
from codaform.semantics.bind import Bound
from codaform.semantics.circles import circles, doubtful_circles
from codaform.semantics.dependencies import Graph, dependencies_of
from codaform.semantics.program import FormulaSite
from codaform.site.reference.functions import function_entries
from codaform.source import Source


@dataclass(frozen=True, slots=True)
class DocIndex:
    """A doc with its dependencies, tests, findings and outcomes.

    needs: The dependencies of each computed thing. cases: Of each formula.
    tests: The data tests of each table. found: The findings, by the names of their files.
    functions: For each name of a function the place of its page; empty where the site has no such pages.
    outcomes: The outcomes of data tests, cases and scenarios, by kind, file and name; empty where none was run.
    folders: The names of the folders that declare tables, in order.
    """

    session: Session
    needs: Graph
    cases: Mapping[FormulaSite, Sequence[CaseFile]]
    tests: Mapping[str, Sequence[DataTest]]
    found: Mapping[str, Sequence[Diagnostic]]
    functions: Mapping[str, str]
    outcomes: Mapping[tuple[Kind, str, str], Outcome]
    folders: Mapping[str, None]

    @property
    def doc(self) -> Doc:
        """The doc as its files say it is."""
        return self.session.project.doc

    @property
    def book(self) -> Workbook:
        """The workbook with the sample rows."""
        return self.session.book

    def about(self, source: Source) -> list[Diagnostic]:
        """The findings about a formula."""
        passage = source.passage
        if passage is None:
            return list(self.found.get(source.name, ()))
        at = passage.span
        return [one for one in self.found.get(source.name, ()) if at.start <= one.span.start and one.span.end <= at.end]

    def rows(self, owner: str) -> list[Row]:
        """The sample rows that a table or a view shows."""
        return self.book.rows(owner)


def index_doc(session: Session, functions: str = "", outcomes: Iterable[Outcome] | None = None) -> DocIndex:
    """Look at a project once. functions: The path of the folder of function pages below the docs; empty for none."""
    project = session.project
    needs = session.needs
    cases: defaultdict[FormulaSite, list[CaseFile]] = defaultdict(list)
    for file in project.cases:
        cases[file.place].append(file)
    tests: defaultdict[str, list[DataTest]] = defaultdict(list)
    said = [
        *project.diagnostics,
        *session.formula_diagnostics,
        *circles(session.program, needs),
        *doubtful_circles(session.program, needs),
    ]
    for test in project.tests:
        tests[test.table].append(test)
        said.extend(bind_test(project, test)[1])
    said.extend(session.row_diagnostics)
    found: defaultdict[str, list[Diagnostic]] = defaultdict(list)
    for one in dict.fromkeys(said):
        found[one.source.name].append(one)
    pages = (
        {name: f"{functions}/{entry.place}" for entry in function_entries() for name in entry.names}
        if functions
        else {}
    )
    known = {(one.kind, one.file, one.name): one for one in outcomes or ()}
    declaring = (PurePath(name).parts for name in project.files if name.endswith("table.yml"))
    folders = dict.fromkeys(parts[-2] for parts in declaring if len(parts) > 1)
    return DocIndex(session, needs, cases, tests, found, pages, known, folders)


def table_file(index: DocIndex, table: str) -> str:
    """The file that declares a table, below the project's folder; empty if it cannot be found."""
    exact = next((name for name in (table, folder_name(table)) if name in index.folders), None)
    found = exact or next((name for name in index.folders if is_folder_of(name, table)), None)
    return f"{found}/table.yml" if found else ""


_MOST_ROWS = 100
"""How many rows are looked at."""

_MOST_ITEMS = 6
"""A list of up to so many values tells more than a longer one."""


def formula_value(book: Workbook, place: FormulaSite, bound: Bound, row: Row | None) -> object:
    """The value of a formula of a doc for a row; that of a column is its cell, which is mostly computed already."""
    if row is not None and place.role == "formula":
        return book.value(row, place.name)
    return book.evaluate(bound, row)


def example_row(index: DocIndex, place: FormulaSite, bound: Bound, among: Sequence[Row] | None = None) -> Row | None:
    """The sample row that shows best what a formula of a table does; None for a table without rows.

    among: Those to choose from; all of the table if left out.

    A value comes before a blank and a blank before an error; then what has more to be computed from comes first, and
    of equals the row that stands first.
    """
    inputs = [
        thing.name
        for thing in sorted(dependencies_of(index.doc, bound.body).things, key=lambda thing: thing.name)
        if thing.table == place.table and thing.kind == "cells"
    ]
    best: tuple[tuple[int, int], Row] | None = None
    for row in (index.rows(place.table) if among is None else among)[:_MOST_ROWS]:
        weight = _weight(formula_value(index.book, place, bound, row)), _filled(index, row, inputs)
        if best is None or weight > best[0]:
            best = weight, row
    return None if best is None else best[1]


def _weight(value: object) -> int:
    match value:
        case Error():
            return 0
        case list() if value:
            return 4 if 1 < len(value) <= _MOST_ITEMS else 3
        case _ if is_blank(value):
            return 1
        case bool() | float() | int():
            return 3 if value else 2
    return 3


def _filled(index: DocIndex, row: Row, columns: list[str]) -> int:
    book = index.book
    values = (book.value(row, column) for column in columns)
    return sum(not is_blank(value) and not isinstance(value, Error) for value in values)
