"""The tools for tables, their columns and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codaform.coda.wire import ids
from codaform.coda.wire.cells import cell_from_tool
from codaform.coda.wire.texts import InvalidValue
from codaform.model.values import Row
from codaform.server.commands.tables import build_column
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, Json, RowRecord, TableRecord, ViewRecord
from codaform.server.mcp.arguments import COLUMN_FORMAT, ONLY_URI, POSITION, ROW, URI, VALUE
from codaform.server.mcp.caller import Caller, ToolRefused, bind_condition, table_uri
from codaform.server.mcp.describing import cell, column_shape, place, table_shape, thread_shape, writable
from codaform.server.mcp.schema import (
    Schema,
    boolean,
    choice,
    either,
    exactly,
    integer,
    listed,
    or_null,
    record,
    some_text,
    text,
)
from codaform.server.mcp.tool import adds, changes, reads, tool

_COLUMN: dict[str, Schema] = {
    "name": text(),
    "format": COLUMN_FORMAT,
    "formula": text(),
    "description": or_null(text()),
    "isDisplayColumn": boolean(),
}

_NEW_COLUMNS = listed(record(_COLUMN, required=("name",)), least=1, most=20)

_CHANGED_COLUMN = record(
    {"columnId": some_text(), "updatedFields": record(_COLUMN)}, required=("columnId", "updatedFields")
)


@tool(
    record(
        {
            "uri": URI,
            "name": text(),
            "columns": _NEW_COLUMNS,
            "rows": listed(listed(VALUE)),
            "insertPosition": POSITION,
            "viewLayout": choice("default grid", "card", "calendar"),
        },
        required=("uri", "name", "columns"),
    ),
    adds(),
)
def table_create(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Creates a table on a page, with its columns and the first rows; a formula given for a column computes it."""
    doc, page = caller.page(arguments["uri"])
    columns = [{**column, "id": ids.new("column")} for column in arguments["columns"]]
    for column in columns if caller.selects else ():
        if column.get("format", {}).get("type") in ("num", "per", "curr"):
            column["format"] = {"type": "sl"}
    rows: Sequence[Sequence[Json]] = arguments.get("rows", ())
    _check_rows(doc, columns, rows)
    settings = {name: arguments[name] for name in ("viewLayout", "insertPosition") if name in arguments}
    change = {
        "id": ids.new("table"),
        "page": page.id,
        "name": arguments["name"],
        "columns": columns,
        "rows": rows,
        "row_ids": [ids.new("row") for _ in rows],
        "settings": settings,
    }
    caller.do(doc, "add table", change)
    table = next(table for table in doc.record.tables if table.id == change["id"])
    return {**table_shape(doc, table, None, views=False), "rowIds": change["row_ids"]}


def _check_rows(doc: LocalDoc, columns: Sequence[Mapping[str, Json]], rows: Sequence[Sequence[Json]]) -> None:
    made = [_checked_column(doc, None, spec) for spec in columns]
    for number, row in enumerate(rows, 1):
        if len(row) != len(made):
            raise ToolRefused(f"Row {number} has {len(row)} values for {len(made)} columns.")
        for column, value in zip(made, row, strict=True):
            if column.column.computed:
                continue
            try:
                cell_from_tool(value, column.column, doc)
            except InvalidValue as problem:
                if column.column.kind != "person":
                    raise ToolRefused(_value_problem(column, problem, number)) from None


def _value_problem(column: ColumnRecord, problem: InvalidValue, row: int) -> str:
    """The reason to refuse a value. row: The number of its row in the call, from 1."""
    wanted = {"relation": "the id of a row of its table", "select": "one of its options in its exact spelling"}
    kind = wanted.get(column.column.kind, f"a value of type {column.column.kind}")
    return f"Row {row}: {problem.text[:200]!r} does not fit the column {column.column.name}, which holds {kind}."


@tool(ONLY_URI, changes())
def table_delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Deletes a table with its rows and views."""
    doc, table, view = caller.table(arguments["uri"])
    if view is not None:
        raise ToolRefused(f"{view.view.name} is a view; table_view_delete deletes it.")
    caller.whole_doc(arguments["uri"])
    uri = table_uri(table)
    caller.do(doc, "delete table", {"table": table.id})
    return {"tableUri": uri, "deleted": True}


@tool(record({"uri": URI, "include": listed(choice("formats", "views"))}, required=("uri",)), reads())
def table_columns_read(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Lists a table's columns with their formats and formulas, and its views."""
    doc, table, view = caller.table(arguments["uri"])
    include = arguments.get("include", ["formats", "views"])
    return table_shape(doc, table, view, formats="formats" in include, views="views" in include)


@tool(
    record(
        {
            "uri": URI,
            "data": either(
                record(
                    {"action": exactly("add"), "columns": _NEW_COLUMNS, "position": integer(0)},
                    required=("action", "columns"),
                ),
                record(
                    {"action": exactly("update"), "columns": listed(_CHANGED_COLUMN, least=1, most=20)},
                    required=("action", "columns"),
                ),
            ),
        },
        required=("uri", "data"),
    ),
    changes(),
)
def table_columns_manage(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Adds columns to a table, or changes the name, format, formula or description of its columns."""
    doc, table = caller.base_table(arguments["uri"])
    data = arguments["data"]
    specs: list[dict[str, Json]]
    if data["action"] == "add":
        specs = [{**column, "id": ids.new("column")} for column in data["columns"]]
        for spec in specs:
            _checked_column(doc, table, spec)
        change = {"table": table.id, "columns": specs, "position": data.get("position")}
        caller.do(doc, "add columns", change)
    else:
        specs = [{**column["updatedFields"], "id": column["columnId"]} for column in data["columns"]]
        for spec in specs:
            _checked_column(doc, table, spec, caller.column(table, spec["id"]))
            if "name" in spec and not spec["name"]:
                raise ToolRefused(f"The column {spec['id']} cannot be left without a name.")
        caller.do(doc, "update columns", {"table": table.id, "columns": specs})
    changed = [caller.column(table, spec["id"]) for spec in specs]
    shapes = [column_shape(doc, table, column) for column in changed]
    return {**place(table.page), "tableUri": table_uri(table), "columns": shapes}


@tool(record({"uri": URI, "columnIds": listed(some_text(), least=1)}, required=("uri", "columnIds")), changes())
def table_columns_delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Deletes columns of a table with their values."""
    doc, table = caller.base_table(arguments["uri"])
    gone = [caller.column(table, id).id for id in arguments["columnIds"]]
    if len(set(gone)) == len(table.columns):
        raise ToolRefused(f"The table {table.name} cannot be left without a column.")
    caller.do(doc, "delete columns", {"table": table.id, "columns": gone})
    return {"tableUri": table_uri(table), "deletedColumnIds": gone}


def _checked_column(
    doc: LocalDoc, table: TableRecord | None, spec: Mapping[str, Json], old: ColumnRecord | None = None
) -> ColumnRecord:
    try:
        return ColumnRecord("", *build_column(doc.record, table, spec, old))
    except ValueError as problem:
        name = spec.get("name") or (old.column.name if old is not None else "")
        raise ToolRefused(f"The column {name}: {problem}.") from None


# ------------------------------------------------------------ rows


_CELL = record({"columnId": some_text(), "value": VALUE}, required=("columnId", "value"))

_CHANGED_ROW = record({"rowNumberOrId": ROW, "updateCells": listed(_CELL)}, required=("rowNumberOrId", "updateCells"))

_USUAL_ROWS = 50


@tool(
    record(
        {
            "uri": URI,
            "columnsToInclude": listed(some_text()),
            "filterFormula": text(),
            "rowNumbersOrIds": listed(ROW),
            "rowLimit": integer(1, 100, default=50),
            "rowOffset": integer(0, default=0),
            "includeComments": boolean(),
        },
        required=("uri",),
    ),
    reads(),
)
def table_rows_read(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Reads rows of a table or view, part by part; a formula can filter them."""
    doc, table, view = caller.table(arguments["uri"])
    columns = [caller.column(table, id) for id in arguments.get("columnsToInclude", ())] or table.columns
    rows = doc.shown(view or table)
    wanted = arguments.get("rowNumbersOrIds")
    if wanted is not None:
        rows = _picked(doc, table, view, wanted)
    text = arguments.get("filterFormula")
    if text:
        bound = bind_condition(doc, text, table.name)
        # A row whose condition is an error is not shown, as in a view.
        rows = [row for row in rows if doc.book.evaluate(bound, Row(table.name, row.number)) is True]
    offset, limit = arguments.get("rowOffset", 0), arguments.get("rowLimit", _USUAL_ROWS)
    part = rows[offset : offset + limit]
    shapes: list[dict[str, Json]] = [
        {"rowId": row.id, "values": {column.id: {"value": cell(doc, table, row, column)} for column in columns}}
        for row in part
    ]
    if arguments.get("includeComments"):
        threads = [thread for thread in doc.record.threads if thread.table == table.id]
        for shape in shapes:
            own = [thread_shape(thread, caller.user) for thread in threads if thread.row == shape["rowId"]]
            shape["commentThreads"] = own
    return {"rows": shapes, "hasMore": offset + len(part) < len(rows), "totalRows": len(rows)}


@tool(
    record(
        {
            "uri": URI,
            "data": either(
                record(
                    {
                        "action": exactly("add"),
                        "columnIds": listed(some_text(), least=1, most=20),
                        "rows": listed(listed(VALUE), least=1, most=100),
                    },
                    required=("action", "columnIds", "rows"),
                ),
                record(
                    {"action": exactly("update"), "rows": listed(_CHANGED_ROW, least=1, most=100)},
                    required=("action", "rows"),
                ),
            ),
        },
        required=("uri", "data"),
    ),
    changes(),
)
def table_rows_manage(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Adds rows to a table, or changes cells of its rows. Computed columns and buttons cannot be written."""
    doc, table, view = caller.table(arguments["uri"])
    data = arguments["data"]
    if data["action"] == "add":
        columns = [_writable(caller, table, id) for id in data["columnIds"]]
        if len({column.id for column in columns}) < len(columns):
            raise ToolRefused("columnIds names a column twice.")
        cells: list[dict[str, Json]] = []
        for number, values in enumerate(data["rows"], 1):
            if len(values) != len(columns):
                raise ToolRefused(f"Row {number} has {len(values)} values for {len(columns)} columns.")
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


@tool(
    record(
        {
            "uri": URI,
            "data": either(
                record({"action": exactly("delete_all")}, required=("action",)),
                record(
                    {"action": exactly("delete_specific"), "rowNumbersOrIds": listed(ROW, least=1, most=500)},
                    required=("action", "rowNumbersOrIds"),
                ),
            ),
        },
        required=("uri", "data"),
    ),
    changes(),
)
def table_rows_delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Deletes rows of a table by number or id, or all rows."""
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
    """The rows with these ids, or these numbers, which count from 1 in the visible order."""
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
            raise ToolRefused(f"There is no row {str(one)[:200]} in {name}, which has {len(shown)} rows.")
        found.append(row)
    return found


def _writable(caller: Caller, table: TableRecord, id: str) -> ColumnRecord:
    column = caller.column(table, id)
    if not writable(column.column):
        raise ToolRefused(f"The column {column.column.name} is computed; its cells cannot be written.")
    return column


def _fitting(doc: LocalDoc, column: ColumnRecord, value: Json, number: int) -> Json:
    """The value, if it fits its column; that others are refused is assumed. What names no person stays a text."""
    try:
        cell_from_tool(value, column.column, doc)
    except InvalidValue as problem:
        if column.column.kind == "person":
            return value
        raise ToolRefused(_value_problem(column, problem, number)) from None
    return value
