"""What the tools for rows do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codaform.coda.wire import ids
from codaform.coda.wire.cells import cell_from_tool
from codaform.coda.wire.texts import InvalidValue
from codaform.model.values import Row
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, Json, RowRecord, TableRecord, ViewRecord
from codaform.server.mcp.addresses import table_uri
from codaform.server.mcp.caller import Caller
from codaform.server.mcp.describing import cell, writable
from codaform.server.mcp.endpoint import Refused
from codaform.server.mcp.formula_checks import condition
from codaform.server.mcp.handling_tables import unfit

USUAL_ROWS = 50


def read(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Read rows of a table or a view."""
    doc, table, view = caller.table(arguments["uri"])
    columns = [caller.column(table, id) for id in arguments.get("columnsToInclude", ())] or table.columns
    rows = doc.shown(view or table)
    wanted = arguments.get("rowNumbersOrIds")
    if wanted is not None:
        rows = _picked(doc, table, view, wanted)
    text = arguments.get("filterFormula")
    if text:
        bound = condition(doc, text, table.name)
        # A row whose condition gives an error is not shown, as in a view.
        rows = [row for row in rows if doc.book.evaluate(bound, Row(table.name, row.number)) is True]
    offset, limit = arguments.get("rowOffset", 0), arguments.get("rowLimit", USUAL_ROWS)
    part = rows[offset : offset + limit]
    shapes: list[dict[str, Json]] = [
        {"rowId": row.id, "values": {column.id: {"value": cell(doc, table, row, column)} for column in columns}}
        for row in part
    ]
    if arguments.get("includeComments"):
        shapes = [{**shape, "commentThreads": []} for shape in shapes]
    return {"rows": shapes, "hasMore": offset + len(part) < len(rows), "totalRows": len(rows)}


def manage(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Add rows, or change cells."""
    doc, table, view = caller.table(arguments["uri"])
    data = arguments["data"]
    if data["action"] == "add":
        columns = [_writable(caller, table, id) for id in data["columnIds"]]
        if len({column.id for column in columns}) < len(columns):
            raise Refused("columnIds names a column twice.")
        cells: list[dict[str, Json]] = []
        for number, values in enumerate(data["rows"], 1):
            if len(values) != len(columns):
                raise Refused(f"Row {number} has {len(values)} values for {len(columns)} columns.")
            pairs = list(zip(columns, values, strict=True))
            cells.append({column.id: _fitting(doc, column, value, number) for column, value in pairs})
        row_ids = [ids.new("row") for _ in cells]
    else:
        rows = _picked(doc, table, view, [row["rowNumberOrId"] for row in data["rows"]])
        row_ids = [row.id for row in rows]
        cells = [
            {
                column.id: _fitting(doc, column, update["value"], number)
                for update in row["updateCells"]
                for column in (_writable(caller, table, update["columnId"]),)
            }
            for number, row in enumerate(data["rows"], 1)
        ]
    caller.do(doc, "upsert rows", {"table": table.id, "rows": cells, "row_ids": row_ids})
    return {"tableUri": table_uri(view or table), "rowIds": row_ids, "rowCount": len(doc.shown(view or table))}


def delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Delete rows; of a view, all that it shows."""
    doc, table, view = caller.table(arguments["uri"])
    data = arguments["data"]
    if data["action"] == "delete_all":
        gone = doc.shown(view or table)
    else:
        gone = _picked(doc, table, view, data["rowNumbersOrIds"])
    row_ids = list(dict.fromkeys(row.id for row in gone))
    caller.do(doc, "delete rows", {"table": table.id, "rows": row_ids})
    return {"tableUri": table_uri(view or table), "deletedRowIds": row_ids, "rowCount": len(doc.shown(view or table))}


def _picked(
    doc: LocalDoc, table: TableRecord, view: ViewRecord | None, wanted: Sequence[str | float]
) -> list[RowRecord]:
    """The rows that are named, by their ids or by their numbers, which count from 1 in the order that is shown."""
    shown = doc.shown(view or table)
    by_id = {row.id: row for row in shown}
    found: list[RowRecord] = []
    for one in wanted:
        if isinstance(one, str):
            row = by_id.get(one)
        else:
            row = shown[int(one) - 1] if one == int(one) and 1 <= one <= len(shown) else None
        if row is None:
            name = view.view.name if view is not None else table.name
            raise Refused(f"There is no row {str(one)[:200]} in {name}, which has {len(shown)} rows.")
        found.append(row)
    return found


def _writable(caller: Caller, table: TableRecord, id: str) -> ColumnRecord:
    column = caller.column(table, id)
    if not writable(column.column):
        raise Refused(f"The column {column.column.name} is computed; its cells cannot be written.")
    return column


def _fitting(doc: LocalDoc, column: ColumnRecord, value: Json, number: int) -> Json:
    """The value, if its column can hold it. That what does not fit is always refused is assumed."""
    try:
        cell_from_tool(value, column.column, doc)
    except InvalidValue as problem:
        raise Refused(unfit(column, problem, number)) from None
    return value
