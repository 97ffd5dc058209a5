"""Rows and expectations as cases and scenarios write them, as small tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from codaform.markup.values import colour
from codaform.model.schema import Column, Doc
from codaform.project import nodes
from codaform.site.tables import blocks, facts

BLANK = Markup('<span class="blank">blank</span>')
_NO_ROW = Markup('<span class="blank">the row without a name</span>')


def written_rows(doc: Doc, page: str, tables: nodes.Node | None) -> Iterator[Markup]:
    """For each table under which rows are written, its name and a table of them."""
    for name, rows in nodes.entries(tables):
        lines = rows.items if isinstance(rows, nodes.Sequence) else ()
        yield _headed(doc, page, name.text, row_table(doc, page, name.text, lines))


def row_table(doc: Doc, page: str, table: str, rows: Sequence[nodes.Node]) -> Markup:
    """Rows as written, each a mapping of columns to cells."""
    names = _names(rows)
    if not names:
        return Markup('<p class="coda-small">{}</p>').format(blocks.count(len(rows), "empty row"))
    lines = [
        blocks.row(_cell(nodes.get(item, name), _column(doc, table, name), not_there="") for name in names)
        for item in rows
    ]
    return _table([_heading(doc, page, table, name) for name in names], lines)


def changed_cells(doc: Doc, page: str, table: str, rows: nodes.Node) -> Markup:
    """Cells by the names of their rows: what is changed, or what is expected."""
    entries = list(nodes.entries(rows))
    names = _names([cells for _, cells in entries])
    lines = [
        blocks.row(
            [row_name(key.text), *(_cell(nodes.get(cells, name), _column(doc, table, name), "") for name in names)]
        )
        for key, cells in entries
    ]
    return _table(["Row", *(_heading(doc, page, table, name) for name in names)], lines)


def expected_values(column: Column, heading: str, expect: nodes.Node) -> Markup:
    """What a formula gives in each row of a case; or, without a row, alone.

    column: The column, or a stand-in for one, that the values are of. heading: What stands above them.
    """
    if not isinstance(expect, nodes.Mapping) or nodes.get(expect, "error") is not None:
        return Markup('<p class="coda-small">{}</p>').format(cell(expect, column))
    lines = [blocks.row([row_name(key.text), cell(value, column)]) for key, value in nodes.entries(expect)]
    return _table(["Row", heading], lines)


def row_name(text: str) -> Markup:
    """A row by the text that it is shown by, as written."""
    return Markup('<span class="chip">{}</span>').format(text) if text else _NO_ROW


def names_of(node: nodes.Node) -> list[Markup]:
    """A list of rows by the texts that they are shown by."""
    items = node.items if isinstance(node, nodes.Sequence) else (node,)
    return [row_name(item.text) for item in items if isinstance(item, nodes.Scalar)]


def cell(node: nodes.Node, column: Column | None) -> Markup:
    """A cell as written: rows as chips, options as pills, a text as it stands."""
    match node:
        case nodes.Scalar(""):
            return BLANK
        case nodes.Scalar(text):
            return _value(text, column)
        case nodes.Sequence(()):
            return Markup('<span class="blank">none</span>')
        case nodes.Sequence(items):
            chips = column is not None and column.kind in ("relation", "select")
            return blocks.joined([cell(item, column) for item in items], " " if chips else ", ")
    if error := nodes.text_at(node, "error"):
        return Markup('<span class="error">error: {}</span>').format(error)
    return Markup("")


def _value(text: str, column: Column | None) -> Markup:
    if column is not None and column.kind == "relation":
        return row_name(text)
    if column is not None and column.kind == "select":
        return Markup('<span class="pill p{}">{}</span>').format(colour(text, column.options), text)
    if column is not None and column.kind in ("checkbox", "toggle") and text.lower() in ("true", "false"):
        on, said = (" on", "yes") if text.lower() == "true" else ("", "no")
        return Markup('<span class="{}{}" role="img" aria-label="{}"></span>').format(
            "box" if column.kind == "checkbox" else "toggle", on, said
        )
    if column is not None and column.kind == "button":
        return blocks.code(text)
    return Markup("{}").format(text)


def _cell(node: nodes.Node | None, column: Column | None, not_there: str) -> Markup:
    return Markup(not_there) if node is None else cell(node, column)


def _column(doc: Doc, table: str, name: str) -> Column | None:
    owner = doc.tables.get(table)
    return owner.columns.get(name) if owner is not None else None


def _heading(doc: Doc, page: str, table: str, name: str) -> Markup:
    return facts.column_link(doc, page, table, name, short=True)


def _names(rows: Sequence[nodes.Node]) -> list[str]:
    return list(dict.fromkeys(key.text for item in rows for key, _ in nodes.entries(item)))


def _headed(doc: Doc, page: str, table: str, inside: Markup) -> Markup:
    return Markup('<div class="coda-given"><p class="coda-small">{}</p>{}</div>').format(
        facts.table_link(doc, page, table), inside
    )


def _table(headings: Sequence[str], rows: Sequence[Markup]) -> Markup:
    return blocks.scrolled(blocks.table(headings, rows, "coda-grid coda-mini"))
