"""Directives that show what the doc has: fields, rows, formulas, tests, the whole schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from codaform.diagnostics.rules import UNKNOWN_DIRECTIVE
from codaform.markup.filling import fill
from codaform.model.notation import notate
from codaform.model.schema import Column, Table, views
from codaform.model.values import Error, Row
from codaform.project import loading, yaml_tree
from codaform.project.cells import BadCell
from codaform.project.expectation import mismatch
from codaform.project.validation import expected_as
from codaform.prose.sentences import says_itself
from codaform.semantics.program import FormulaSite
from codaform.site.guides.changing import directive_yaml
from codaform.site.guides.reading import Directive, DirectiveText
from codaform.site.guides.run import DocumentError, DocumentRun, ShownRows, shown_otherwise, split_text
from codaform.site.markdown import block
from codaform.site.tables import blocks, expectations, grids
from codaform.site.tables.doc_index import example_row, formula_value
from codaform.site.tables.grids import grid, shown_columns
from codaform.site.tables.places import column_link, column_place, formula_place, table_link
from codaform.site.tables.worked import live_block, worked_line
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, nearest

_MOST_ROWS = 50
"""The most rows where a document sets no limit."""


def fields(run: DocumentRun, directive: Directive) -> str:
    """The columns of a table: what they are, who fills them, what they hold."""
    table = run.table(directive.argument)
    columns = _columns(table, directive) or list(table.columns.values())
    return str(_field_table(run, table, columns))


def _field_table(run: DocumentRun, table: Table, columns: Sequence[Column]) -> Markup:
    lines = [
        blocks.row(
            [
                fill(
                    "{}{}",
                    column_link(run.doc, run.page, table.name, column.name, short=True),
                    grids.column_marks(table, column),
                ),
                grids.type_of(run.doc, run.page, column) + grids.needed(column, run.index.tests.get(table.name, ())),
                grids.filled_by(run.doc, run.page, table, column),
                column.about,
            ]
        )
        for column in columns
    ]
    return blocks.facts(["Field", "Type", "Filled by", "What it holds"], lines, f"Fields of {table.name}")


def schema(run: DocumentRun, directive: Directive) -> str:
    """All tables, each with its columns."""
    if directive.argument.text:
        raise DocumentError("{schema} shows all tables and takes no name", directive.argument.span, UNKNOWN_DIRECTIVE)
    parts = []
    for table in run.doc.tables.values():
        about = f" — {table.about}" if table.about else ""
        leads = blocks.paragraph(table_link(run.doc, run.page, table.name), "coda-from")
        inside = leads + _field_table(run, table, list(table.columns.values()))
        parts.append(blocks.fold(blocks.code(table.name) + about, inside, "coda-schema"))
    return "\n\n".join(parts)


# ------------------------------------------------------------ rows


def rows(run: DocumentRun, directive: Directive) -> str:
    """Rows of a table or a view as in Coda, checked against the expectations in the body."""
    view = next((one for one in views(run.doc) if one.name == directive.argument.text), None)
    if view is None and directive.argument.text not in run.doc.tables:
        known = [*run.doc.tables, *(one.name for one in views(run.doc))]
        close = nearest(directive.argument.text, known)
        message = f"there is no table and no view {directive.argument.text}"
        raise DocumentError(message, directive.argument.span, help=did_you_mean(close))
    table = run.doc.tables[view.table if view is not None else directive.argument.text]
    try:
        chosen = _rows(run, directive, table)
        columns = _columns(table, directive) or shown_columns(table, view.columns if view is not None else ())
    except DocumentError:
        for wrong in _false(run, directive, table, None):  # lines of their own, which may be false as well
            run.say(wrong)
        raise
    for wrong in _false(run, directive, table, chosen):
        run.say(wrong)
    most = _limit(directive)
    shown = chosen[:most]
    run.shown.append(_noted(run, table, shown, columns))
    if not shown:
        return str(blocks.paragraph("No row.", "coda-small"))
    made = str(grid(run.look, table, shown, columns, page=run.page))
    if len(chosen) > len(shown):
        more = blocks.paragraph(f"The first {len(shown)} of {len(chosen):,} rows.", "coda-small")
        return f"{made}\n\n{more}"
    return made


def _limit(directive: Directive) -> int:
    limit = directive.options.get("limit")
    if limit is None:
        return _MOST_ROWS
    if not limit.text.isdecimal() or len(limit.text) > 6:
        raise DocumentError(":limit: is a number of rows", limit.span, UNKNOWN_DIRECTIVE)
    return int(limit.text)


def _noted(run: DocumentRun, table: Table, rows: Sequence[Row], columns: Sequence[Column]) -> ShownRows:
    names = tuple(column.name for column in columns if column.kind != "button")
    cells = tuple(tuple(notate(run.book.value(row, name), run.book) for name in names) for row in rows)
    displays = tuple(loading.display(run.book, row) for row in rows)
    return ShownRows(table.name, names, displays, cells, run.step, run.book.now)


def _rows(run: DocumentRun, directive: Directive, table: Table) -> list[Row]:
    found = run.book.rows(directive.argument.text)
    if "rows" in directive.options:
        return [run.row(table, name) for name in split_text(directive.options["rows"], ";")]
    if "where" in directive.options:
        text = directive.options["where"]
        before = f"{_spelled(directive.argument.text)}.Filter("
        bound, said = run.session.bind(Source(run.source.name, f"{before}{text.text})"))
        wrong = next((one for one in said if one.rule.severity == "error"), None)
        if wrong is not None:
            start, end = (min(max(at - len(before), 0), len(text.text)) for at in (wrong.span.start, wrong.span.end))
            place = Span(text.span.start + start, text.span.start + end) if start < end else text.span
            raise DocumentError(f"{text.text}: {wrong.message}", place, help=wrong.help)
        value = run.book.evaluate(bound)
        if isinstance(value, Error):
            raise DocumentError(f"{text.text}: {value.message}", text.span)
        return [row for row in value or [] if isinstance(row, Row)] if isinstance(value, list) else []
    return found


def _spelled(name: str) -> str:
    return "[" + name.replace("]", "\\]") + "]"


def _columns(table: Table, directive: Directive) -> list[Column]:
    named = split_text(directive.options["columns"], ",") if "columns" in directive.options else []
    for name in named:
        if name.text not in table.columns:
            close = nearest(name.text, table.columns)
            help = did_you_mean(close)
            raise DocumentError(f"table {table.name} has no column {name.text}", name.span, help=help)
    return [table.columns[name.text] for name in named]


def _false(
    run: DocumentRun, directive: Directive, table: Table, chosen: Sequence[Row] | None
) -> Iterator[DocumentError]:
    """The false expectations in the body: about the rows, if they are known, or about cells."""
    tree = directive_yaml(run, directive)
    if tree is None:
        return
    yield from _misread(tree)
    if isinstance(tree, yaml_tree.Sequence):
        if chosen is None:
            return
        wanted = [item.text for item in tree.items if isinstance(item, yaml_tree.Scalar)]
        found = [loading.display(run.book, row) for row in chosen]
        if wanted != found and [loading.as_displayed(run.book, table.name, text) for text in wanted] != found:
            shown = f"[{', '.join(found[:20])}{', …' if len(found) > 20 else ''}]"
            message = f"{directive.argument.text}: [{', '.join(wanted)}] is expected, it shows {shown}"
            yield DocumentError(message, directive.body.span)
        return
    for key, cells in yaml_tree.entries(tree):
        try:
            row = run.row(table, DirectiveText(key.text, key.span))
        except DocumentError as wrong:
            yield wrong
            continue
        for name, expected in yaml_tree.entries(cells):
            if name.text not in table.columns:
                close = nearest(name.text, table.columns)
                help = did_you_mean(close)
                yield DocumentError(f"table {table.name} has no column {name.text}", name.span, help=help)
                continue
            value, column = run.book.value(row, name.text), table.columns[name.text]
            told = expected.text if isinstance(expected, yaml_tree.Scalar) else ""
            try:
                said = mismatch(expected, value, column, run.book) or shown_otherwise(column, value, told)
            except BadCell as problem:
                said = str(problem)
            if said:
                yield DocumentError(f"{table.name} {key.text}, {name.text}: {said}", expected.span)


def _misread(tree: yaml_tree.Node) -> Iterator[DocumentError]:
    """Parts of the body that are no expectation, so that nothing would be checked."""
    if isinstance(tree, yaml_tree.Scalar):
        message = "rows with their cells, or a list of rows, have to follow {rows}"
        yield DocumentError(message, tree.span, UNKNOWN_DIRECTIVE)
    if isinstance(tree, yaml_tree.Sequence):
        for item in tree.items:
            if not isinstance(item, yaml_tree.Scalar):
                yield DocumentError("a list below {rows} names rows alone", item.span, UNKNOWN_DIRECTIVE)
    for key, cells in yaml_tree.entries(tree):
        if not isinstance(cells, yaml_tree.Mapping) or not cells.entries:
            yield DocumentError(f"columns and their values have to follow {key.text}", key.span, UNKNOWN_DIRECTIVE)


# ------------------------------------------------------------ formulas


def formula(run: DocumentRun, directive: Directive) -> str:
    """A formula of the doc; for a row also its value worked through."""
    place, source, where = _formula(run, directive.argument)
    told = blocks.paragraph(fill("{}", blocks.link(run.page, where, blocks.code(directive.argument.text))), "coda-from")
    parts = [block(source.text.strip("\n"), "coda"), str(told)]
    bound = run.session.program.formulas[place]
    row = run.row(run.doc.tables[place.table], directive.options["row"]) if "row" in directive.options else None
    if (row is not None or not place.table) and not says_itself(bound):
        value = formula_value(run.look.book, place, bound, row)
        parts.append(str(worked_line(run.look, bound, row, value, expected_as(run.doc, place))))
    if row is None and place.table and place.role == "formula":
        row = example_row(run.index, place, bound)
    parts.append(str(live_block(run.session, place, source, row, run.look)))
    return "\n\n".join(parts)


def _formula(run: DocumentRun, name: DirectiveText) -> tuple[FormulaSite, Source, str]:
    if name.text in run.doc.formulas:
        return (
            FormulaSite("named", "", name.text),
            run.doc.formulas[name.text].formula,
            formula_place(run.doc, name.text),
        )
    if "." not in name.text:
        close = nearest(name.text, run.doc.formulas)
        help = did_you_mean(close)
        raise DocumentError(f"there is no named formula {name.text}", name.span, help=help)
    table, column = run.column(name)
    where = column_place(run.doc, table.name, column.name)
    if column.formula is not None:
        return FormulaSite("formula", table.name, column.name), column.formula, where
    if column.action is not None:
        return FormulaSite("action", table.name, column.name), column.action, where
    raise DocumentError(f"{name.text} has no formula", name.span)


def tests(run: DocumentRun, directive: Directive) -> str:
    """The data tests of a table, or the cases of one of its columns."""
    if directive.argument.text in run.doc.tables:
        name = directive.argument.text
        found = run.index.tests.get(name, ())
        if not found:
            return str(blocks.paragraph("No data tests.", "coda-small"))
        places = expectations.test_places(run.doc, name, found)
        return str(expectations.test_table(run.index, run.page, found, places))
    place, _, _ = _formula(run, directive.argument)
    told = expectations.case_blocks(run.index, run.page, place)
    return "\n\n".join(map(str, told)) or str(blocks.paragraph("No cases.", "coda-small"))
