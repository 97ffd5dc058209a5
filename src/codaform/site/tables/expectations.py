"""Cases and data tests on pages: the rows that they give and expect, and whether they pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.markup.filling import fill
from codaform.markup.values import colour
from codaform.model.schema import Column, Doc
from codaform.project import yaml_tree
from codaform.project.data_tests import run_data_test
from codaform.project.project import CaseFile, DataTest, cases
from codaform.project.suite import Kind
from codaform.project.validation import bind_test, expected_as
from codaform.semantics.program import FormulaSite
from codaform.site.tables import blocks
from codaform.site.tables.doc_index import DocIndex
from codaform.site.tables.places import column_link, slugs, table_link, table_path


def case_blocks(index: DocIndex, page: str, place: FormulaSite) -> list[Markup]:
    """Each case of a formula under its title, to be opened."""
    return [
        blocks.fold(
            outcome_title(index, "case", file.source.name, title), _case_tables(index, page, file, node), "coda-case"
        )
        for file in index.cases.get(place, ())
        for title, node in cases(file)
    ]


def outcome_title(index: DocIndex, kind: Kind, file: str, title: str) -> Markup:
    """The title of a case or a scenario, with its outcome if that is known."""
    outcome = index.outcomes.get((kind, file, title))
    if outcome is None:
        return fill("{}", title or "no title")
    return fill("{} {}", passed_mark(outcome.passed), title or "no title")


def passed_mark(passed: bool) -> Markup:
    """A sign for a passed test, and for a failed one."""
    if passed:
        return Markup('<span class="coda-good" role="img" aria-label="passed">✓</span>')
    return Markup('<span class="coda-bad" role="img" aria-label="failed">✗</span>')


def _case_tables(index: DocIndex, page: str, file: CaseFile, node: yaml_tree.Node) -> Markup:
    """The given rows and the expected values of a case, as small tables."""
    return Markup("").join(_case_parts(index, page, file, node))


def _case_parts(index: DocIndex, page: str, file: CaseFile, node: yaml_tree.Node) -> Iterator[Markup]:
    clock = yaml_tree.text_at(node, "clock")
    if clock:
        yield fill('<p class="coda-small">The clock is at {}.</p>', blocks.code(clock))
    rows = list(_written_rows(index.doc, page, yaml_tree.get(node, "given")))
    if rows:
        yield Markup('<p class="coda-label">Given</p>')
        yield from rows
    expect = yaml_tree.get(node, "expect")
    if expect is not None:
        column = expected_as(index.doc, file.place)
        heading = {"filter": "shown", "disable_if": "off", "test": "holds"}.get(file.place.role, file.place.name)
        yield Markup('<p class="coda-label">Expected</p>')
        yield _expected_values(column, heading, expect)
    outcome = index.outcomes.get(("case", file.source.name, yaml_tree.text_at(node, "case")))
    for one in outcome.diagnostics if outcome is not None else ():
        yield fill('<p class="coda-small coda-bad">{}</p>', one.message)


def _test_findings(index: DocIndex, test: DataTest) -> Sequence[Diagnostic]:
    """The findings about a data test: errors in its formula, or sample rows that break it."""
    bound, said = bind_test(index.session.project, test)
    wrong = [one for one in said if one.rule.severity == "error"]
    return wrong or run_data_test(test, index.book, bound)


def _test_meaning(doc: Doc, page: str, test: DataTest) -> Markup:
    """What must hold."""
    match test.kind:
        case "unique":
            return Markup("No two rows have the same value.")
        case "not_null":
            return Markup("It is never blank.")
        case "accepted_values":
            column = doc.tables[test.table].columns[test.column]
            pills = [
                fill('<span class="pill p{}">{}</span>', colour(value, column.options), value) for value in test.values
            ]
            return fill("It is one of {}", blocks.joined(pills, " "))
        case "relationships" if test.to:
            return fill("It is a value of {}.", column_link(doc, page, test.to, test.to_column))
        case "relationships":
            return Markup("It points to rows that are there.")
    return fill("{}", test.about or "The formula is true for every row.")


def test_places(doc: Doc, table: str, tests: Sequence[DataTest]) -> dict[str, str]:
    """Where the formulas of a table's data tests stand, by the names of the tests."""
    names = tuple(dict.fromkeys(test.name for test in tests if test.formula is not None))
    return {name: f"{table_path(doc, table)}#test-{slug}" for name, slug in slugs(names).items()}


def test_table(index: DocIndex, page: str, tests: Sequence[DataTest], test_places: Mapping[str, str]) -> Markup:
    """Data tests as a table: what is tested, what must hold, and whether it does on the sample rows.

    places: Where the formulas of tests stand, by the names of the tests.
    """
    lines = []
    for test in tests:
        name = blocks.code(test.name)
        if test.formula is not None and test.name in test_places:
            name = blocks.link(page, test_places[test.name], name)
        column = column_link(index.doc, page, test.table, test.column, short=True) if test.column else ""
        lines.append(
            blocks.row([column or "the row", name, _test_meaning(index.doc, page, test), _test_state(index, test)])
        )
    return blocks.facts(["Of", "Test", "What must hold", "On the sample rows"], lines, "Data tests")


def _test_state(index: DocIndex, test: DataTest) -> Markup:
    found = _test_findings(index, test)
    if found:
        message = blocks.joined([one.message for one in found], "; ")
        return fill('{} <span class="coda-bad">{}</span>', passed_mark(False), message)
    rows = len(index.rows(test.table))
    return fill("{} holds", passed_mark(True)) if rows else Markup('<span class="blank">no rows</span>')


BLANK = Markup('<span class="blank">blank</span>')
_NO_ROW = Markup('<span class="blank">the row without a name</span>')


def _written_rows(doc: Doc, page: str, tables: yaml_tree.Node | None) -> Iterator[Markup]:
    """The written rows of each table, with the table's name."""
    for name, rows in yaml_tree.entries(tables):
        lines = rows.items if isinstance(rows, yaml_tree.Sequence) else ()
        yield _headed(doc, page, name.text, written_rows_table(doc, page, name.text, lines))


def written_rows_table(doc: Doc, page: str, table: str, rows: Sequence[yaml_tree.Node]) -> Markup:
    """Rows as written, each a mapping of columns to cells."""
    names = _names(rows)
    if not names:
        return fill('<p class="coda-small">{}</p>', blocks.count(len(rows), "empty row"))
    lines = [
        blocks.row(_cell(yaml_tree.get(item, name), _column(doc, table, name), not_there="") for name in names)
        for item in rows
    ]
    return _table([_heading(doc, page, table, name) for name in names], lines)


def written_cells_table(doc: Doc, page: str, table: str, rows: yaml_tree.Node) -> Markup:
    """Cells by the names of their rows: what is changed, or what is expected."""
    entries = list(yaml_tree.entries(rows))
    names = _names([cells for _, cells in entries])
    lines = [
        blocks.row(
            [row_name(key.text), *(_cell(yaml_tree.get(cells, name), _column(doc, table, name), "") for name in names)]
        )
        for key, cells in entries
    ]
    return _table(["Row", *(_heading(doc, page, table, name) for name in names)], lines)


def _expected_values(column: Column, heading: str, expect: yaml_tree.Node) -> Markup:
    """The expected values of a formula in each row of a case, or one value without a row.

    column: The column of the values, or one like it. heading: The heading above them.
    """
    if not isinstance(expect, yaml_tree.Mapping) or yaml_tree.get(expect, "error") is not None:
        return fill('<p class="coda-small">{}</p>', written_cell(expect, column))
    lines = [blocks.row([row_name(key.text), written_cell(value, column)]) for key, value in yaml_tree.entries(expect)]
    return _table(["Row", heading], lines)


def row_name(text: str) -> Markup:
    """A row by the text that it is shown by, as written."""
    return fill('<span class="chip">{}</span>', text) if text else _NO_ROW


def row_names(node: yaml_tree.Node) -> list[Markup]:
    """A list of rows by the texts that they are shown by."""
    items = node.items if isinstance(node, yaml_tree.Sequence) else (node,)
    return [row_name(item.text) for item in items if isinstance(item, yaml_tree.Scalar)]


def written_cell(node: yaml_tree.Node, column: Column | None) -> Markup:
    """A written cell: rows as chips, options as pills, a text unchanged."""
    match node:
        case yaml_tree.Scalar(""):
            return BLANK
        case yaml_tree.Scalar(text):
            return _value(text, column)
        case yaml_tree.Sequence(()):
            return Markup('<span class="blank">none</span>')
        case yaml_tree.Sequence(items):
            chips = column is not None and column.kind in ("relation", "select")
            return blocks.joined([written_cell(item, column) for item in items], " " if chips else ", ")
    if error := yaml_tree.text_at(node, "error"):
        return fill('<span class="error">error: {}</span>', error)
    return Markup("")


def _value(text: str, column: Column | None) -> Markup:
    if column is not None and column.kind == "relation":
        return row_name(text)
    if column is not None and column.kind == "select":
        return fill('<span class="pill p{}">{}</span>', colour(text, column.options), text)
    if column is not None and column.kind in ("checkbox", "toggle") and text.lower() in ("true", "false"):
        on, said = (" on", "yes") if text.lower() == "true" else ("", "no")
        return fill(
            '<span class="{}{}" role="img" aria-label="{}"></span>',
            "box" if column.kind == "checkbox" else "toggle",
            on,
            said,
        )
    if column is not None and column.kind == "button":
        return blocks.code(text)
    return fill("{}", text)


def _cell(node: yaml_tree.Node | None, column: Column | None, not_there: str) -> Markup:
    return Markup(not_there) if node is None else written_cell(node, column)


def _column(doc: Doc, table: str, name: str) -> Column | None:
    owner = doc.tables.get(table)
    return owner.columns.get(name) if owner is not None else None


def _heading(doc: Doc, page: str, table: str, name: str) -> Markup:
    return column_link(doc, page, table, name, short=True)


def _names(rows: Sequence[yaml_tree.Node]) -> list[str]:
    return list(dict.fromkeys(key.text for item in rows for key, _ in yaml_tree.entries(item)))


def _headed(doc: Doc, page: str, table: str, inside: Markup) -> Markup:
    return fill('<div class="coda-given"><p class="coda-small">{}</p>{}</div>', table_link(doc, page, table), inside)


def _table(headings: Sequence[str], rows: Sequence[Markup]) -> Markup:
    return blocks.scrolled(blocks.table(headings, rows, "coda-grid coda-mini"), name="Rows")
