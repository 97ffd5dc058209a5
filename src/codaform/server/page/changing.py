"""The page's changes: cells, rows, buttons, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from codaform.server.commands.rows import kept
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import RowRecord, TableRecord
from codaform.server.page.cell_diff import CellDiff, clock_readers, everything, observe, rows_of
from codaform.server.page.change_report import change_report, describe_change, line
from codaform.server.page.explaining import try_formula
from codaform.server.page.page_context import PageContext, answer, text_of

_LONGEST_ID = 40

_MOST_REMOVED = 1000
"""The most deleted rows that can be brought back; those that were deleted first are forgotten first."""

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
    _keep(context, doc, table, [row])
    diff = _do(context, doc, "delete rows", arguments, rows_of(doc, table.name))
    return change_report(context.templates, doc, diff, f"{name} was deleted from {table.name}", [])


def step(context: PageContext, request: Request, data: Mapping[str, Any]) -> Response:
    """Carry out several changes of a table at once: a paste, or what takes a step back or does it again.

    added, restored, removed: Ids of rows. cells: Each as the id of its row, the id of its column, and a value.
    """
    doc = context.doc(request.path_params["doc"])
    table, _ = context.owner(doc, text_of(data, "table"))
    added, restored, removed = (_row_ids(data, name) for name in ("added", "restored", "removed"))
    if any(doc.row_by_id(id, table.name) is not None for id in added):
        raise HTTPException(409, "There is a row with this id already.")
    back = [row for id in restored if (row := context.removed.pop((doc.record.id, id), None)) is not None]
    there = {row.id for row in doc.rows[table.id].values()} | {*added, *(row["id"] for row in back)}
    cells = _cells_of(table, data)
    writes = {id: values for id, values in cells.items() if id in there}
    written = {id: writes.get(id, {}) for id in (*added, *writes)}
    gone = [row for id in removed if (row := doc.row_of_id(table, id)) is not None]

    def carry_out() -> None:
        for row in back:
            context.workspace.do(doc.record.id, "restore row", {"table": table.id, "row": row})
        if written:
            arguments = {"table": table.id, "rows": [*written.values()], "row_ids": [*written]}
            context.workspace.do(doc.record.id, "upsert rows", arguments)
        if gone:
            _keep(context, doc, table, gone)
            context.workspace.do(doc.record.id, "delete rows", {"table": table.id, "rows": [row.id for row in gone]})

    diff = observe(doc, carry_out, rows_of(doc, table.name), lambda: context.doc(doc.record.id))
    counts = {"came": len(added) + len(back), "went": len(gone)}
    told = [f"{count} {'row' if count == 1 else 'rows'} {verb}" for verb, count in counts.items() if count]
    number = sum(map(len, writes.values()))
    told += [f"{number} {'cell was' if number == 1 else 'cells were'} written"] if number else []
    title = f"{table.name}: {', '.join(told) or 'nothing changed'}"
    lost = [f"A row that is gone takes no values: {len(cells) - len(writes)}."] if len(cells) > len(writes) else []
    lost += ["A row that was deleted longer ago cannot be brought back."] if len(back) < len(restored) else []
    now = context.doc(doc.record.id)
    return change_report(context.templates, now, diff, title, [], happened=[*map(Markup.escape, lost)])


def _row_ids(data: Mapping[str, Any], name: str) -> list[str]:
    """The ids of rows in a request. Raises HTTPException (400)."""
    found = [text_of({name: id}, name) for id in _list_of(data, name)]
    if any(ids.kind_of(id) != "row" or len(id) > _LONGEST_ID for id in found):
        raise HTTPException(400, "That is no id of a row.")
    return list(dict.fromkeys(found))


def _list_of(data: Mapping[str, Any], name: str) -> list[Any]:
    """A list of a request, by default an empty one. Raises HTTPException (400)."""
    given = data.get(name, [])
    if not isinstance(given, list):
        raise HTTPException(400, f"{name} is no list.")
    return given


def _cells_of(table: TableRecord, data: Mapping[str, Any]) -> dict[str, dict[str, object]]:
    """The values of a request by the ids of their rows and columns; computed cells keep theirs.

    Raises HTTPException (400).
    """
    entered = {column.id for column in table.columns if not column.column.computed}
    found: dict[str, dict[str, object]] = {}
    for cell in _list_of(data, "cells"):
        match cell:
            case [str(row), str(column), value]:
                if column in entered:
                    found.setdefault(row, {})[column] = _value(value)
            case _:
                raise HTTPException(400, "A cell is a row, a column and a value.")
    return found


def _keep(context: PageContext, doc: LocalDoc, table: TableRecord, rows: Sequence[RowRecord]) -> None:
    """Keep rows that are about to be deleted."""
    for row in rows:
        context.removed[doc.record.id, row.id] = kept(doc, table, row)
    while len(context.removed) > _MOST_REMOVED:
        del context.removed[next(iter(context.removed))]


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
