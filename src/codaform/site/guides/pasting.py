"""Changes of rows as a reader pastes them: a table of texts, a call of the REST API, a call of an MCP tool."""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from codaform.model.schema import Column, Table, value_type
from codaform.model.types import BOOLEAN, NUMBER, ListOf
from codaform.project.cells import split_values
from codaform.project.rows import RawRow

_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so may be read as a formula where it is pasted; a quote before it makes it a text."""

_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$')

_WIDTH = 100
"""How many characters a line of a call may have before its members get lines of their own."""

_Json = str | float | bool | list["str | float | bool"]


def as_csv(table: Table, rows: Sequence[RawRow]) -> str:
    """Rows under a line with the names of their columns."""
    columns = _columns_of(rows)
    lines = [[_harmless(name) for name in columns]]
    lines += [[_field(row, name, table.columns[name]) for name in columns] for row in rows]
    return "\n".join(",".join(map(_quoted, line)) or '""' for line in lines)


def _quoted(text: str) -> str:
    """A field of CSV. Python's own writer leaves a lone carriage return bare, at which readers end the line."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _columns_of(rows: Sequence[RawRow]) -> list[str]:
    """The columns that any of the rows names, in the order in which they are named."""
    return list(dict.fromkeys(name for row in rows for name in row.cells))


def _field(row: RawRow, name: str, column: Column) -> str:
    if name not in row.cells:
        return ""
    made = _value(row.cells[name].text, column)
    if isinstance(made, list):
        return _harmless(", ".join(map(str, made)))
    text = row.cells[name].text
    whole = text if isinstance(text, str) else ", ".join(text)
    return whole if isinstance(made, int | float) else _harmless(whole)


def is_guarded(table: Table, rows: Sequence[RawRow]) -> bool:
    """Whether a cell of the lines, or a name above them, has a quote before it so that it is no formula."""
    cells = [_field(row, name, table.columns[name]) for row in rows for name in row.cells]
    return any(
        cell.startswith("'") and cell[1:].startswith(_SIGNS) for cell in [*map(_harmless, _columns_of(rows)), *cells]
    )


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_SIGNS) else text


def _value(text: str | tuple[str, ...], column: Column) -> _Json:
    """A written cell as the JSON that both APIs take: rows by the texts they are displayed as."""
    kind = value_type(column)
    if isinstance(kind, ListOf):
        texts = split_values(text) if isinstance(text, str) else list(text)
        return [one for one in texts if one]
    plain = text if isinstance(text, str) else ", ".join(text)
    if plain and kind == NUMBER:
        try:
            number = float(plain)
        except ValueError:
            return plain
        if not math.isfinite(number):
            return plain
        return int(number) if number == int(number) else number
    if plain and kind == BOOLEAN:
        return plain.lower() == "true"
    return plain


def _json(value: object, indent: str = "") -> str:
    """JSON with each object or list on one line if it fits there, and its members on lines of their own otherwise."""
    line = json.dumps(value, ensure_ascii=False)
    inner = f"{indent}  "
    match value:
        case dict() if value and len(indent) + len(line) > _WIDTH:
            members = [f"{json.dumps(key, ensure_ascii=False)}: {_json(one, inner)}" for key, one in value.items()]
            return "{\n" + ",\n".join(inner + one for one in members) + f"\n{indent}}}"
        case list() if value and len(indent) + len(line) > _WIDTH:
            return "[\n" + ",\n".join(inner + _json(one, inner) for one in value) + f"\n{indent}]"
    return line


# ------------------------------------------------------------ the REST API


def api_add(table: Table, rows: Sequence[RawRow]) -> str:
    """The call that adds rows; where the table has a key, a second time changes nothing."""
    key = next((column.name for column in table.columns.values() if column.key), "")
    named = all(key in row.cells for row in rows)
    body: dict[str, object] = {"rows": [{"cells": _cells(table, row)} for row in rows]}
    if key and named:
        body["keyColumns"] = [key]
    return _curl("POST", _rows(table), body)


def api_change(table: Table, display: str, row: RawRow) -> str:
    """The call that changes cells of a row."""
    return _curl("PUT", f"{_rows(table)}/{_part(display)}", {"row": {"cells": _cells(table, row)}})


def api_remove(table: Table, display: str) -> str:
    """The call that deletes a row."""
    return _curl("DELETE", f"{_rows(table)}/{_part(display)}", None)


def api_press(table: Table, display: str, button: str) -> str:
    """The call that presses a button."""
    return _curl("POST", f"{_rows(table)}/{_part(display)}/buttons/{_part(button)}", None)


def _cells(table: Table, row: RawRow) -> list[dict[str, object]]:
    return [{"column": name, "value": _value(cell.text, table.columns[name])} for name, cell in row.cells.items()]


def _rows(table: Table) -> str:
    return f"tables/{_part(table.name)}/rows"


def _part(name: str) -> str:
    return quote(name, safe="", errors="replace")


def _options(path: str) -> str:
    """What lets curl ask for a path in which a name is `.` or `..`, instead of for another one."""
    return " --path-as-is" if {".", ".."} & set(path.split("/")) else ""


def _curl(method: str, path: str, body: Mapping[str, object] | None) -> str:
    lines = [
        f"curl --fail-with-body --silent --show-error{_options(path)} --request {method} "
        f'"$CODA_API/docs/$DOC/"{shlex.quote(path)}',
        '  --header "Authorization: Bearer $CODA_API_TOKEN"',
    ]
    if body is None:
        return " \\\n".join(lines)
    lines.append("  --header 'Content-Type: application/json' --data-binary @- <<'JSON'")
    # No line of JSON is the word JSON alone, so nothing in a text can end it.
    return " \\\n".join(lines) + f"\n{_json(body)}\nJSON"


# ------------------------------------------------------------ MCP


def mcp_add(table: Table, rows: Sequence[RawRow]) -> str:
    """The call that adds rows. Ids are named by what they are of, between angle brackets."""
    columns = _columns_of(rows)
    cells = [
        [_tool_value(row.cells[name].text, table.columns[name]) if name in row.cells else "" for name in columns]
        for row in rows
    ]
    ids = [_id(table.name, name) for name in columns]
    return _tool("table_rows_manage", table, {"action": "add", "columnIds": ids, "rows": cells})


def mcp_change(table: Table, changed: Sequence[tuple[str, RawRow]]) -> str:
    """The call that changes cells of rows."""
    rows = [
        {
            "rowNumberOrId": _id(table.name, display),
            "updateCells": [
                {"columnId": _id(table.name, name), "value": _tool_value(cell.text, table.columns[name])}
                for name, cell in row.cells.items()
            ],
        }
        for display, row in changed
    ]
    return _tool("table_rows_manage", table, {"action": "update", "rows": rows})


def mcp_remove(table: Table, displays: Sequence[str]) -> str:
    """The call that deletes rows."""
    ids = [_id(table.name, display) for display in displays]
    return _tool("table_rows_delete", table, {"action": "delete_specific", "rowNumbersOrIds": ids})


def _tool_value(text: str | tuple[str, ...], column: Column) -> _Json:
    """A cell as the tools take it: they know rows by their ids alone."""
    made = _value(text, column)
    if column.kind != "relation":
        return made
    if isinstance(made, list):
        return [_id(column.to, str(one)) for one in made]
    return _id(column.to, str(made)) if made else ""


def _tool(name: str, table: Table, data: Mapping[str, object]) -> str:
    call = {"name": name, "arguments": {"uri": _id(table.name), "data": data}}
    return _json(call)


def _id(*names: str) -> str:
    return f"<{' / '.join(names)}>"
