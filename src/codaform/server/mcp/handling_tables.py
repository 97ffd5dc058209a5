"""What the tools for tables and their columns do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codaform.coda.wire import ids
from codaform.coda.wire.cells import cell_from_tool
from codaform.coda.wire.texts import InvalidValue
from codaform.server.commands.tables import shaped
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, Json, TableRecord
from codaform.server.mcp.addresses import table_uri
from codaform.server.mcp.caller import Caller
from codaform.server.mcp.describing import column_shape, place, table_shape
from codaform.server.mcp.endpoint import Refused


def create(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Create a table on a page."""
    doc, page = caller.page(arguments["uri"])
    columns = [{**column, "id": ids.new("column")} for column in arguments["columns"]]
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
    made = [_shaped(doc, None, spec) for spec in columns]
    for number, row in enumerate(rows, 1):
        if len(row) != len(made):
            raise Refused(f"Row {number} has {len(row)} values for {len(made)} columns.")
        for column, value in zip(made, row, strict=True):
            if column.column.computed:
                continue
            try:
                cell_from_tool(value, column.column, doc)
            except InvalidValue as problem:
                raise Refused(unfit(column, problem, number)) from None


def unfit(column: ColumnRecord, problem: InvalidValue, row: int) -> str:
    """Why a value was refused. row: Which of the given rows it stands in, counted from 1."""
    wanted = {"relation": "the id of a row of its table", "select": "one of its options, spelled as they are"}
    kind = wanted.get(column.column.kind, f"a value of type {column.column.kind}")
    return f"Row {row}: {problem.text[:200]!r} does not fit the column {column.column.name}, which holds {kind}."


def delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Delete a table."""
    doc, table, view = caller.table(arguments["uri"])
    if view is not None:
        raise Refused(f"{view.view.name} is a view; table_view_delete deletes it.")
    caller.whole_doc(arguments["uri"])
    uri = table_uri(table)
    caller.do(doc, "delete table", {"table": table.id})
    return {"tableUri": uri, "deleted": True}


def read_columns(caller: Caller, arguments: dict[str, Any]) -> Json:
    """List a table's columns and views."""
    doc, table, view = caller.table(arguments["uri"])
    include = arguments.get("include", ["formats", "views"])
    return table_shape(doc, table, view, formats="formats" in include, views="views" in include)


def manage_columns(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Add or change columns."""
    doc, table = caller.base_table(arguments["uri"])
    data = arguments["data"]
    specs: list[dict[str, Json]]
    if data["action"] == "add":
        specs = [{**column, "id": ids.new("column")} for column in data["columns"]]
        for spec in specs:
            _shaped(doc, table, spec)
        change = {"table": table.id, "columns": specs, "position": data.get("position")}
        caller.do(doc, "add columns", change)
    else:
        specs = [{**column["updatedFields"], "id": column["columnId"]} for column in data["columns"]]
        for spec in specs:
            _shaped(doc, table, spec, caller.column(table, spec["id"]))
            if "name" in spec and not spec["name"]:
                raise Refused(f"The column {spec['id']} cannot be left without a name.")
        caller.do(doc, "update columns", {"table": table.id, "columns": specs})
    changed = [caller.column(table, spec["id"]) for spec in specs]
    shapes = [column_shape(doc, table, column) for column in changed]
    return {**place(table.page), "tableUri": table_uri(table), "columns": shapes}


def delete_columns(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Delete columns."""
    doc, table = caller.base_table(arguments["uri"])
    gone = [caller.column(table, id).id for id in arguments["columnIds"]]
    if len(set(gone)) == len(table.columns):
        raise Refused(f"The table {table.name} cannot be left without a column.")
    caller.do(doc, "delete columns", {"table": table.id, "columns": gone})
    return {"tableUri": table_uri(table), "deletedColumnIds": gone}


def _shaped(
    doc: LocalDoc, table: TableRecord | None, spec: Mapping[str, Json], old: ColumnRecord | None = None
) -> ColumnRecord:
    try:
        return ColumnRecord("", *shaped(doc.record, table, spec, old))
    except ValueError as problem:
        name = spec.get("name") or (old.column.name if old is not None else "")
        raise Refused(f"The column {name}: {problem}.") from None
