"""What a change came to, told for the page: what it wrote, and what the formulas show differently since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment
from markupsafe import Markup
from starlette.responses import Response

from codaform.evaluation.actions import Change, ControlSet, Outside, RowAdded, RowChanged, RowRemoved
from codaform.evaluation.consequences import Consequence
from codaform.markup.values import shown
from codaform.model.notation import notate
from codaform.model.schema import column_of
from codaform.model.values import is_blank
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.page.addresses import of_doc, of_owner
from codaform.server.page.cell_diff import Effects, difference
from codaform.server.page.page_context import answer
from codaform.server.page.values import chip, look

MOST_TOLD = 6
"""How many changed cells of a table are told with what they showed before; all of them are counted and marked."""


@dataclass(frozen=True, slots=True)
class Line:
    """A cell that shows something else: where, and both values as HTML; of a list, what came and what went."""

    row: Markup
    column: str
    before: Markup
    after: Markup
    came: Sequence[Markup]
    went: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Group:
    """The changed cells of a table."""

    table: str
    address: str
    count: int
    lines: Sequence[Line]


def told(
    templates: Environment,
    doc: LocalDoc,
    effects: Effects,
    title: str,
    own: Sequence[Line],
    more: dict[str, object] | None = None,
    happened: Sequence[Markup] = (),
) -> Response:
    """What changed: as HTML to read, in one sentence for a screen reader, and each cell for its mark.

    title: What was done. own: The cells that it wrote. happened: What else it did. more: Further members of the answer.
    """
    by_table: defaultdict[str, list[Consequence]] = defaultdict(list)
    for each in effects.cells:
        by_table[each.row.table if each.row is not None else ""].append(each)
    groups = [
        Group(
            name or doc.record.name,
            of_owner(doc, doc.table_id(name)) if name else of_doc(doc),
            len(changed),
            [line(doc, each) for each in changed[:MOST_TOLD]],
        )
        for name, changed in by_table.items()
    ]
    facts = {"title": title, "own": own, "happened": happened, "groups": groups, "whole": effects.whole}
    html = templates.get_template("told.html").render(**facts)
    counts = ", ".join(f"{group.count} computed {_cells(group.count)} changed in {group.table}" for group in groups)
    said = f"{title}. {counts or 'No computed cell changed'}."
    cells = ((each.row, each.column) for each in effects.cells[:5000] if each.row is not None)
    marks = [[doc.row_id(row), _column_id(doc, row.table, column)] for row, column in cells]
    return answer({"html": html, "said": said, "marks": marks, "version": doc.record.version, **(more or {})})


def _cells(count: int) -> str:
    return "cell" if count == 1 else "cells"


def _column_id(doc: LocalDoc, table: str, name: str) -> str:
    owner = finding.table(doc.record, table)
    found = next((column for column in owner.columns if column.column.name == name), None) if owner else None
    return found.id if found is not None else ""


def line(doc: LocalDoc, change: Consequence | RowChanged) -> Line:
    """A changed cell with what it showed before."""
    row = change.row
    schema, name = doc.book.doc, change.column
    column = schema.tables[row.table].columns[name] if row is not None else column_of(schema, name)
    came: list[object] = []
    went: list[object] = []
    if isinstance(change.before, list) or isinstance(change.after, list):
        came, went = difference(_items(change.before), _items(change.after))
    values = [
        shown(look(doc), value, column) if not is_blank(value) else Markup('<span class="blank">blank</span>')
        for value in (change.before, change.after)
    ]
    where = chip(doc, row) if row is not None else Markup()
    lists = [[shown(look(doc), item, column) for item in items] for items in (came, went)]
    return Line(where, change.column, values[0], values[1], lists[0], lists[1])


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if is_blank(value) else [value]


def happening(doc: LocalDoc, change: Change) -> Markup:
    """What a button did, in a sentence."""
    match change:
        case RowAdded(row, _):
            return Markup("{} was added to <b>{}</b>").format(chip(doc, row), row.table)
        case RowChanged(row, column, _, _):
            told = line(doc, change)
            return Markup("{} · <b>{}</b>: {} → {}").format(chip(doc, row), column, told.before, told.after)
        case RowRemoved(row, display):
            return Markup("<b>{}</b> was deleted from <b>{}</b>").format(display or f"row {row.id}", row.table)
        case ControlSet(control, before, after):
            told = line(doc, Consequence(None, control, before, after))
            return Markup("<b>{}</b>: {} → {}").format(control, told.before, told.after)
        case Outside(name, arguments):
            given = ", ".join(notate(argument, doc.book) for argument in arguments)
            return Markup("<code>{}({})</code> — only Coda itself can do this").format(name, given)
