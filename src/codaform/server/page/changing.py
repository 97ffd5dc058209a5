"""The page's changes: cells, rows, buttons, the clock."""

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
from codaform.evaluation.cell_changes import CellChange
from codaform.model.values import Row
from codaform.semantics.dependencies import GraphNode
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.page.cell_diff import CellDiff, clock_readers, everything, observe, rows_of
from codaform.server.page.change_report import change_report, describe_change, line
from codaform.server.page.explaining import try_formula
from codaform.server.page.page_context import PageContext, answer, text_of

_LONGEST_ID = 40

_UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


def cells(context: PageContext, request: Request, data: Mapping[str, Any]) -> Response:
    """Change a cell."""
    doc = context.doc(request.path_params["doc"])
    table, _ = context.owner(doc, text_of(data, "table"))
    row, column = context.row(doc, table, text_of(data, "row")), context.column(table, text_of(data, "column"))
    if column.column.computed:
        raise HTTPException(409, f"{column.column.name} is computed; its cells cannot be written.")
    value = _value(data.get("value"))
    reference, before = Row(table.name, row.number), doc.value(table, row, column)
    arguments = {"table": table.id, "row": row.id, "cells": {column.id: value}}
    changed = [GraphNode("cells", table.name, column.column.name), *_modified(doc, table.name)]
    diff = _do(context, doc, "update row", arguments, changed)
    doc = context.doc(doc.record.id)
    after = doc.value(table, row, column)
    own = line(doc, CellChange(reference, column.column.name, before, after))
    return change_report(context.templates, doc, diff, f"{table.name} · {column.column.name}", [own])


def add_row(context: PageContext, request: Request, data: Mapping[str, Any]) -> Response:
    """Add a row to a table. The page may choose its id, so it can write into the row before the answer."""
    doc = context.doc(request.path_params["doc"])
    table, _ = context.owner(doc, text_of(data, "table"))
    id = text_of(data, "row") or ids.new("row")
    if ids.kind_of(id) != "row" or len(id) > _LONGEST_ID:
        raise HTTPException(400, "That is no id of a row.")
    if doc.row_by_id(id, table.name) is not None:
        raise HTTPException(409, "There is a row with this id already.")
    arguments = {"table": table.id, "rows": [{}], "row_ids": [id]}
    diff = _do(context, doc, "upsert rows", arguments, rows_of(doc, table.name))
    place = len(context.doc(doc.record.id).rows[table.id]) - 1
    return change_report(
        context.templates, doc, diff, f"A row was added to {table.name}", [], {"row": id, "place": place}
    )


def delete_row(context: PageContext, request: Request, data: Mapping[str, Any]) -> Response:
    """Delete a row of a table."""
    doc = context.doc(request.path_params["doc"])
    table, _ = context.owner(doc, text_of(data, "table"))
    row = context.row(doc, table, text_of(data, "row"))
    name = doc.display(Row(table.name, row.number)) or f"row {row.number}"
    arguments = {"table": table.id, "rows": [row.id]}
    diff = _do(context, doc, "delete rows", arguments, rows_of(doc, table.name))
    return change_report(context.templates, doc, diff, f"{name} was deleted from {table.name}", [])


def push(context: PageContext, request: Request, data: Mapping[str, Any]) -> Response:
    """Push a button: carry out its changes of rows, and name the actions that only Coda can do."""
    doc = context.doc(request.path_params["doc"])
    table, _ = context.owner(doc, text_of(data, "table"))
    row, column = context.row(doc, table, text_of(data, "row")), context.column(table, text_of(data, "column"))
    arguments = {"table": table.id, "row": row.id, "button": column.id}
    diff = _do(context, doc, "push button", arguments, everything(doc))
    done = diff.done if isinstance(diff.done, Performed) else Performed()
    title = f"{column.column.label or column.column.name} was pressed"
    if done.disabled:
        title = f"{column.column.label or column.column.name} cannot be pressed in this row"
    effects = [describe_change(doc, change) for change in done.changes[:50]]
    if done.error is not None:
        effects.append(Markup('<span class="error">{}</span>').format(done.error.message))
    return change_report(context.templates, doc, diff, title, [], happened=effects)


def set_clock(context: PageContext, request: Request, data: Mapping[str, Any]) -> Response:
    """Stop the clock at a moment, move it, or let it run again."""
    doc = context.doc(request.path_params["doc"])
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
        context.workspace.clock = moment

    diff = observe(doc, move, clock_readers(doc), lambda: context.doc(doc.record.id))
    title = "The clock runs again" if moment is None else "The clock was moved"
    return change_report(
        context.templates,
        context.doc(doc.record.id),
        diff,
        title,
        [],
        {"clock": context.clock(context.doc(doc.record.id))},
    )


def evaluate(context: PageContext, request: Request, data: Mapping[str, Any]) -> Response:
    """Try a formula; nothing is changed."""
    doc = context.doc(request.path_params["doc"])
    row, text = None, text_of(data, "text")
    if text_of(data, "row"):
        table, _ = context.owner(doc, text_of(data, "table"))
        row = Row(table.name, context.row(doc, table, text_of(data, "row")).number)
    trial = try_formula(doc, text, row)
    html = context.templates.get_template("trial.html").render(trial=trial)
    fixes = [
        [[edit.span.start, edit.span.end, edit.text] for edit in diagnostic.fix.edits]
        if diagnostic.fix is not None
        else []
        for diagnostic in trial.diagnostics
    ]
    return answer({"marked": trial.text, "html": html, "failed": trial.failed, "fixes": fixes})


def _do(
    context: PageContext, doc: LocalDoc, name: str, arguments: dict[str, Any], changed: Iterable[GraphNode]
) -> CellDiff:
    id = doc.record.id
    change: Callable[[], object] = lambda: context.workspace.do(id, name, arguments)  # noqa: E731
    return observe(doc, change, changed, lambda: context.doc(id))


def _modified(doc: LocalDoc, table: str) -> list[GraphNode]:
    """The columns with the time of the last change, which change with any other."""
    columns = doc.book.doc.tables[table].columns.values()
    return [GraphNode("cells", table, column.name) for column in columns if column.kind == "modified_on"]


def _value(given: object) -> object:
    """A value from the page's controls: a text, a yes or no, or several texts. Raises HTTPException (400)."""
    match given:
        case None | bool():
            return given
        case str():
            return text_of({"value": given}, "value")
        case list() if all(isinstance(item, str) for item in given):
            return [text_of({"value": item}, "value") for item in given]
    raise HTTPException(400, "No control gives such a value.")
