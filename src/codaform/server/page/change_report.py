"""The report of a change, for the page: the written cells, and the cells whose values differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment
from markupsafe import Markup
from starlette.responses import Response

from codaform.evaluation.actions import Change, ControlSet, Outside, RowAdded, RowChanged, RowRemoved
from codaform.evaluation.cell_changes import CellChange
from codaform.markup.values import value_html
from codaform.model.notation import notate
from codaform.model.schema import column_of
from codaform.model.values import is_blank
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.page.cell_diff import CellDiff, difference
from codaform.server.page.page_context import answer
from codaform.server.page.values import chip, doc_address, look, owner_address

_MOST_LINES = 6
"""The most changed cells of a table in the report; the page counts and marks all."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A changed cell with both values as HTML; for a list, the new items and those that are gone."""

    row: Markup
    column: str
    before: Markup
    after: Markup
    came: Sequence[Markup]
    went: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class _Group:
    """The changed cells of a table."""

    table: str
    address: str
    count: int
    lines: Sequence[ReportLine]


def change_report(
    templates: Environment,
    doc: LocalDoc,
    diff: CellDiff,
    title: str,
    own: Sequence[ReportLine],
    more: dict[str, object] | None = None,
    happened: Sequence[Markup] = (),
) -> Response:
    """The changes: as HTML, as a sentence for a screen reader, and as a list of cells to mark.

    title: The change in words. own: The written cells. happened: Other effects. more: Further members of the answer.
    """
    by_table: defaultdict[str, list[CellChange]] = defaultdict(list)
    for each in diff.cells:
        by_table[each.row.table if each.row is not None else ""].append(each)
    groups = [
        _Group(
            name or doc.record.name,
            owner_address(doc, doc.table_id(name)) if name else doc_address(doc),
            len(changed),
            [line(doc, each) for each in changed[:_MOST_LINES]],
        )
        for name, changed in by_table.items()
    ]
    facts = {"title": title, "own": own, "happened": happened, "groups": groups, "complete": diff.complete}
    html = templates.get_template("change_report.html").render(**facts)
    counts = ", ".join(f"{group.count} computed {_cells(group.count)} changed in {group.table}" for group in groups)
    sentence = f"{title}. {counts or 'No computed cell changed'}."
    cells = ((each.row, each.column) for each in diff.cells[:5000] if each.row is not None)
    marks = [[doc.row_id(row), _column_id(doc, row.table, column)] for row, column in cells]
    return answer({"html": html, "sentence": sentence, "marks": marks, "version": doc.record.version, **(more or {})})


def _cells(count: int) -> str:
    return "cell" if count == 1 else "cells"


def _column_id(doc: LocalDoc, table: str, name: str) -> str:
    owner = finding.table(doc.record, table)
    found = next((column for column in owner.columns if column.column.name == name), None) if owner else None
    return found.id if found is not None else ""


def line(doc: LocalDoc, change: CellChange | RowChanged) -> ReportLine:
    """A changed cell with its values before and after."""
    row = change.row
    schema, name = doc.book.doc, change.column
    column = schema.tables[row.table].columns[name] if row is not None else column_of(schema, name)
    came: list[object] = []
    went: list[object] = []
    if isinstance(change.before, list) or isinstance(change.after, list):
        came, went = difference(_items(change.before), _items(change.after))
    values = [
        value_html(look(doc), value, column) if not is_blank(value) else Markup('<span class="blank">blank</span>')
        for value in (change.before, change.after)
    ]
    where = chip(doc, row) if row is not None else Markup()
    lists = [[value_html(look(doc), item, column) for item in items] for items in (came, went)]
    return ReportLine(where, change.column, values[0], values[1], lists[0], lists[1])


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if is_blank(value) else [value]


def describe_change(doc: LocalDoc, change: Change) -> Markup:
    """An effect of a button, in a sentence."""
    match change:
        case RowAdded(row, _):
            return Markup("{} was added to <b>{}</b>").format(chip(doc, row), row.table)
        case RowChanged(row, column, _, _):
            changed = line(doc, change)
            return Markup("{} · <b>{}</b>: {} → {}").format(chip(doc, row), column, changed.before, changed.after)
        case RowRemoved(row, display):
            return Markup("<b>{}</b> was deleted from <b>{}</b>").format(display or f"row {row.id}", row.table)
        case ControlSet(control, before, after):
            changed = line(doc, CellChange(None, control, before, after))
            return Markup("<b>{}</b>: {} → {}").format(control, changed.before, changed.after)
        case Outside(name, arguments):
            given = ", ".join(notate(argument, doc.book) for argument in arguments)
            return Markup("<code>{}({})</code> — only Coda itself can do this").format(name, given)
