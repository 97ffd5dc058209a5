"""The tools for rows: read, add, change, delete."""

from __future__ import annotations

from codaform.server.mcp.places import ROW, URI, VALUE
from codaform.server.mcp.schema import boolean, either, exactly, listed, record, some_text, text, whole
from codaform.server.mcp.tool import Tool, changes, reads

_CELL = record({"columnId": some_text(), "value": VALUE}, required=("columnId", "value"))

_CHANGED_ROW = record({"rowNumberOrId": ROW, "updateCells": listed(_CELL)}, required=("rowNumberOrId", "updateCells"))

TOOLS = (
    Tool(
        "table_rows_read",
        "Reads rows of a table or view, part by part; a formula may say which.",
        record(
            {
                "uri": URI,
                "columnsToInclude": listed(some_text()),
                "filterFormula": text(),
                "rowNumbersOrIds": listed(ROW),
                "rowLimit": whole(1, 100, default=50),
                "rowOffset": whole(0, default=0),
                "includeComments": boolean(),
            },
            required=("uri",),
        ),
        reads(),
    ),
    Tool(
        "table_rows_manage",
        "Adds rows to a table, or changes cells of rows it has. Computed columns and buttons cannot be written.",
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
    ),
    Tool(
        "table_rows_delete",
        "Deletes the named rows of a table, or all of them.",
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
    ),
)
