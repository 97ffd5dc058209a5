"""The tools for tables and their columns."""

from __future__ import annotations

from codaform.server.mcp.formats import COLUMN_FORMAT
from codaform.server.mcp.places import ONLY_URI, POSITION, URI, VALUE
from codaform.server.mcp.schema import (
    Schema,
    boolean,
    choice,
    either,
    exactly,
    listed,
    or_null,
    record,
    some_text,
    text,
    whole,
)
from codaform.server.mcp.tool import Tool, adds, changes, reads

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

TOOLS = (
    Tool(
        "table_create",
        "Creates a table on a page, with its columns and the first rows; a formula given for a column computes it.",
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
    ),
    Tool("table_delete", "Deletes a table with its rows and views.", ONLY_URI, changes()),
    Tool(
        "table_columns_read",
        "Lists a table's columns with their formats and formulas, and its views.",
        record({"uri": URI, "include": listed(choice("formats", "views"))}, required=("uri",)),
        reads(),
    ),
    Tool(
        "table_columns_manage",
        "Adds columns to a table, or changes name, format, formula or description of those it has.",
        record(
            {
                "uri": URI,
                "data": either(
                    record(
                        {"action": exactly("add"), "columns": _NEW_COLUMNS, "position": whole(0)},
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
    ),
    Tool(
        "table_columns_delete",
        "Deletes columns of a table with their values.",
        record({"uri": URI, "columnIds": listed(some_text(), least=1)}, required=("uri", "columnIds")),
        changes(),
    ),
)
