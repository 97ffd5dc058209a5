"""What the page changes: cells, rows, buttons, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from codaform.coda.wire import ids
from codaform.evaluation.actions import Performed
from codaform.evaluation.consequences import Consequence
from codaform.model.values import Row
from codaform.semantics.dependencies import Thing
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.page.cell_diff import Effects, everything, moved_by_the_clock, observed, rows_of
from codaform.server.page.change_report import happening, line, told
from codaform.server.page.page_context import Desk, answer, text_of
from codaform.server.page.trying import tried

_UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


def cells(desk: Desk, request: Request, data: Mapping[str, Any]) -> Response:
    """Change a cell."""
    doc = desk.doc(request.path_params["doc"])
    table, _ = desk.owner(doc, text_of(data, "table"))
    row, column = desk.row(doc, table, text_of(data, "row")), desk.column(table, text_of(data, "column"))
    if column.column.computed:
        raise HTTPException(409, f"{column.column.name} is computed; its cells cannot be written.")
    value = _value(data.get("value"))
    reference, before = Row(table.name, row.number), doc.value(table, row, column)
    arguments = {"table": table.id, "row": row.id, "cells": {column.id: value}}
    changed = [Thing("cells", table.name, column.column.name), *_modified(doc, table.name)]
    effects = _do(desk, doc, "update row", arguments, changed)
    doc = desk.doc(doc.record.id)
    after = doc.value(table, row, column)
    own = line(doc, Consequence(reference, column.column.name, before, after))
    return told(desk.templates, doc, effects, f"{table.name} · {column.column.name}", [own])


def add_row(desk: Desk, request: Request, data: Mapping[str, Any]) -> Response:
    """Add a row to a table."""
    doc = desk.doc(request.path_params["doc"])
    table, _ = desk.owner(doc, text_of(data, "table"))
    id = ids.new("row")
    arguments = {"table": table.id, "rows": [{}], "row_ids": [id]}
    effects = _do(desk, doc, "upsert rows", arguments, rows_of(doc, table.name))
    place = len(desk.doc(doc.record.id).rows[table.id]) - 1
    return told(desk.templates, doc, effects, f"A row was added to {table.name}", [], {"row": id, "place": place})


def delete_row(desk: Desk, request: Request, data: Mapping[str, Any]) -> Response:
    """Delete a row of a table."""
    doc = desk.doc(request.path_params["doc"])
    table, _ = desk.owner(doc, text_of(data, "table"))
    row = desk.row(doc, table, text_of(data, "row"))
    name = doc.display(Row(table.name, row.number)) or f"row {row.number}"
    arguments = {"table": table.id, "rows": [row.id]}
    effects = _do(desk, doc, "delete rows", arguments, rows_of(doc, table.name))
    return told(desk.templates, doc, effects, f"{name} was deleted from {table.name}", [])


def push(desk: Desk, request: Request, data: Mapping[str, Any]) -> Response:
    """Push a button; what it does to rows is done, what only Coda can do is told."""
    doc = desk.doc(request.path_params["doc"])
    table, _ = desk.owner(doc, text_of(data, "table"))
    row, column = desk.row(doc, table, text_of(data, "row")), desk.column(table, text_of(data, "column"))
    arguments = {"table": table.id, "row": row.id, "button": column.id}
    effects = _do(desk, doc, "push button", arguments, everything(doc))
    done = effects.done if isinstance(effects.done, Performed) else Performed()
    title = f"{column.column.label or column.column.name} was pressed"
    if done.disabled:
        title = f"{column.column.label or column.column.name} cannot be pressed in this row"
    said = [happening(doc, change) for change in done.changes[:50]]
    if done.error is not None:
        said.append(Markup('<span class="error">{}</span>').format(done.error.message))
    return told(desk.templates, doc, effects, title, [], happened=said)


def set_clock(desk: Desk, request: Request, data: Mapping[str, Any]) -> Response:
    """Let the clock stand at a moment, move it, or let it run again."""
    doc = desk.doc(request.path_params["doc"])
    to, by, step = text_of(data, "to"), text_of(data, "by"), data.get("step", 1)
    try:
        if by:
            moment: datetime | None = (doc.book.now + _UNITS[by] * int(step)).astimezone(UTC)
        else:
            moment = datetime.fromisoformat(to).replace(tzinfo=doc.zone).astimezone(UTC) if to else None
        if moment is not None and not 1 < moment.year < 9999:
            raise ValueError(to)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise HTTPException(400, "That is no moment.") from None

    def move() -> None:
        desk.workspace.clock = moment

    effects = observed(doc, move, moved_by_the_clock(doc), lambda: desk.doc(doc.record.id))
    title = "The clock runs again" if moment is None else "The clock was moved"
    return told(
        desk.templates, desk.doc(doc.record.id), effects, title, [], {"clock": desk.clock(desk.doc(doc.record.id))}
    )


def evaluate(desk: Desk, request: Request, data: Mapping[str, Any]) -> Response:
    """Try a formula; nothing is changed."""
    doc = desk.doc(request.path_params["doc"])
    row, text = None, text_of(data, "text")
    if text_of(data, "row"):
        table, _ = desk.owner(doc, text_of(data, "table"))
        row = Row(table.name, desk.row(doc, table, text_of(data, "row")).number)
    found = tried(doc, text, row)
    html = desk.templates.get_template("tried.html").render(tried=found)
    fixes = [
        [[edit.span.start, edit.span.end, edit.text] for edit in said.fix.edits] if said.fix is not None else []
        for said in found.diagnostics
    ]
    return answer({"marked": found.text, "html": html, "failed": found.failed, "fixes": fixes})


def _do(desk: Desk, doc: LocalDoc, name: str, arguments: dict[str, Any], changed: Iterable[Thing]) -> Effects:
    id = doc.record.id
    change: Callable[[], object] = lambda: desk.workspace.do(id, name, arguments)  # noqa: E731
    return observed(doc, change, changed, lambda: desk.doc(id))


def _modified(doc: LocalDoc, table: str) -> list[Thing]:
    """The columns that say when a row was changed change with any other."""
    columns = doc.book.doc.tables[table].columns.values()
    return [Thing("cells", table, column.name) for column in columns if column.kind == "modified_on"]


def _value(given: object) -> object:
    """What the page's controls give: a text, a yes or no, or several texts. Raises HTTPException (400)."""
    match given:
        case None | bool():
            return given
        case str():
            return text_of({"value": given}, "value")
        case list() if all(isinstance(item, str) for item in given):
            return [text_of({"value": item}, "value") for item in given]
    raise HTTPException(400, "No control gives such a value.")
