"""The effects of a press of a button in a sample row, computed on a copy of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from codaform.evaluation.actions import Change, ControlSet, Outside, RowAdded, RowChanged, RowRemoved, press
from codaform.evaluation.cell_changes import CellChange, cell_changes, computed
from codaform.evaluation.workbook import Workbook
from codaform.markup.filling import fill
from codaform.markup.values import Look, value_html
from codaform.model.notation import notate
from codaform.model.schema import Table, column_of
from codaform.model.values import Row, identity
from codaform.project import loading
from codaform.semantics.dependencies import node_named
from codaform.semantics.program import FormulaSite
from codaform.site.tables import blocks, expectations
from codaform.site.tables.doc_index import DocIndex, example_row
from codaform.site.tables.grids import page_look
from codaform.site.tables.places import column_link, table_link, thing_link

_MOST_CHANGES = 12
"""The most changes, and the most cells that change with them."""

_MOST_COMPARED = 5_000
"""With more computed cells than this, what follows from a press is not worked out."""


def press_outcome(index: DocIndex, page: str, table: Table, button: str) -> list[Markup]:
    """The effects of a press in the row that shows most, with the computed cells that change."""
    row = _row(index, table.name, button)
    if row is None:
        why = "There is no sample row in which it can be pressed."
        return [blocks.paragraph(why, "coda-small")]
    name = fill('<span class="chip">{}</span>', loading.display(index.book, row) or f"row {row.id}")
    return _pressed(index, page, table.name, button, row, fill("Pressed in the row {}:", name))


def page_press_outcome(index: DocIndex, page: str, button: str) -> list[Markup]:
    """The effects of a press of a button on a page, with the computed cells that change."""
    off = index.session.program.formulas.get(FormulaSite("disable_if", "", button))
    if off is not None and index.book.evaluate(off) is True:
        return [blocks.paragraph("As the doc starts, it cannot be pressed.", "coda-small")]
    return _pressed(index, page, "", button, None, Markup("Pressed as the doc starts:"))


def _pressed(index: DocIndex, page: str, table: str, button: str, row: Row | None, heading: Markup) -> list[Markup]:
    book = index.session.workbook()
    loading.load(book, index.session.project.rows)
    follows = _cells(book) <= _MOST_COMPARED
    before = computed(book) if follows else {}
    done = press(book, table, button, row)
    after = cell_changes(before, computed(book)) if follows else []
    seen = page_look(book, page)
    told = [blocks.paragraph(heading, "coda-example")]
    told += [blocks.line(one) for one in _change_blocks(seen, page, done.changes)]
    if done.error is not None:
        told.append(blocks.note("failure", "It breaks off.", [done.error.message]))
    elif not done.changes:
        told.append(blocks.paragraph("Nothing happens.", "coda-small"))
    return told + _consequence_blocks(seen, page, after)


def _row(index: DocIndex, table: str, button: str) -> Row | None:
    formulas = index.session.program.formulas
    off = formulas.get(FormulaSite("disable_if", table, button))
    rows = [row for row in index.rows(table) if off is None or index.book.evaluate(off, row) is not True]
    place = FormulaSite("action", table, button)
    return example_row(index, place, formulas[place], rows)


def _cells(book: Workbook) -> int:
    return sum(
        sum(column.computed for column in table.columns.values()) * len(book.rows(table.name))
        for table in book.doc.tables.values()
    )


def _change_blocks(seen: Look, page: str, changes: Sequence[Change]) -> Iterator[Markup]:
    for change in changes[:_MOST_CHANGES]:
        match change:
            case RowAdded(row, values):
                said = fill("A row is added to {}:", table_link(seen.book.doc, page, row.table))
                yield _small(said) + _cells_of(seen, page, row, values)
            case RowChanged(row, column, before, after):
                yield _small(_change(seen, page, row, column, before, after))
            case RowRemoved(row, display):
                name = expectations.row_name(display)
                yield _small(fill("The row {} of {} is removed.", name, table_link(seen.book.doc, page, row.table)))
            case ControlSet(control, before, after):
                yield _small(_change(seen, page, None, control, before, after))
            case Outside(name, arguments):
                written = f"{name}({', '.join(notate(one, seen.book) for one in arguments)})"
                yield _small(fill("In Coda it does {}.", blocks.code(written)))
    if len(changes) > _MOST_CHANGES:
        yield _small(f"and {len(changes) - _MOST_CHANGES:,} changes more")


def _cells_of(seen: Look, page: str, row: Row, values: object) -> Markup:
    doc = seen.book.doc
    columns = doc.tables[row.table].columns
    known = [(columns[name], value) for name, value in values.items()] if isinstance(values, dict) else []
    heads = [column_link(doc, page, row.table, column.name, short=True) for column, _ in known]
    cells = [value_html(seen, value, column) or expectations.BLANK for column, value in known]
    return blocks.scrolled(
        blocks.table(heads, [blocks.row(cells)], "coda-grid coda-mini"), name=f"Cells of {row.table}"
    )


def _change(seen: Look, page: str, row: Row | None, column: str, before: object, after: object) -> Markup:
    """How a cell changes; without a row, a control, a named formula or a view."""
    doc = seen.book.doc
    if row is not None:
        held = doc.tables[row.table].columns[column]
        what = fill("{} of {}", column_link(doc, page, row.table, column), seen.chip(row))
    else:
        held, what = column_of(doc, column), thing_link(doc, page, node_named(doc, column))
    if isinstance(before, list) and isinstance(after, list):
        more, less = _without(after, before), _without(before, after)
        said = [("gains", more)] if more else []
        said += [("loses", less)] if less else []
        if said:
            parts = [fill("{} {}", word, value_html(seen, items, held)) for word, items in said]
            return fill("{} {}.", what, blocks.joined(parts, " and "))
    now, was = (value_html(seen, value, held) or expectations.BLANK for value in (after, before))
    return fill("{} becomes {} instead of {}.", what, now, was)


def _without(items: list[object], others: list[object]) -> list[object]:
    known = {identity(one) for one in others}
    return [one for one in items if identity(one) not in known]


def _consequence_blocks(seen: Look, page: str, cells: Sequence[CellChange]) -> list[Markup]:
    if not cells:
        return []
    told = [
        fill("<li>{}</li>", _change(seen, page, one.row, one.column, one.before, one.after))
        for one in cells[:_MOST_CHANGES]
    ]
    more = len(cells) - len(told)
    rest = fill("<li>and {}</li>", blocks.count(more, "cell more", "cells more")) if more else ""
    whole = fill('<ul class="coda-titles">{}{}</ul>', blocks.joined(told, ""), rest)
    return [blocks.paragraph("What follows from it:", "coda-label"), blocks.line(whole)]


def _small(inside: str) -> Markup:
    return fill('<p class="coda-small">{}</p>', inside)
