"""The tools of a local Coda, called by the client of the official SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp_types import TextContent

from codaform.testing import RunningCoda

T = TypeVar("T")


class Tools:
    """The tools as one token finds them, by default the one that opens everything."""

    def __init__(self, coda: RunningCoda, token: str = "") -> None:
        self.coda = coda
        self.token = token or coda.mcp_token

    def names(self) -> list[str]:
        """The names of the tools that are listed."""

        async def ask(client: Client) -> list[str]:
            return [tool.name for tool in (await client.list_tools()).tools]

        return self.ask(ask)

    def __call__(self, tool: str, **arguments: Any) -> Any:
        """The answer of a tool."""
        reply, failed = self._call(tool, arguments)
        assert not failed, reply
        assert reply["toolName"] == tool
        return reply["result"]

    def refused(self, tool: str, **arguments: Any) -> str:
        """Why a tool refuses."""
        reply, failed = self._call(tool, arguments)
        assert failed, reply
        return str(reply["error"]["message"])

    def _call(self, tool: str, arguments: dict[str, Any]) -> tuple[Any, bool]:
        result = self.ask(lambda client: client.call_tool(tool, arguments))
        (content,) = result.content
        assert isinstance(content, TextContent)
        return json.loads(content.text), result.is_error

    def ask(self, ask: Callable[[Client], Awaitable[T]]) -> T:
        """The answer to a connected client."""

        async def run() -> T:
            headers = {"Authorization": f"Bearer {self.token}"}
            async with create_mcp_http_client(headers=headers) as http_client:
                transport = streamable_http_client(self.coda.mcp, http_client=http_client)
                async with Client(transport, mode="legacy", read_timeout_seconds=20) as client:
                    return await ask(client)

        return asyncio.run(run())


class Doc:
    """A doc as the tools see it: calls with addresses within it."""

    def __init__(self, tools: Tools, title: str = "Works") -> None:
        self.tools = tools
        made = tools("document_create", title=title)
        self.uri = made["docUri"]
        self.id = self.uri.removeprefix("superhuman://docs/")
        self.page = self.at(made["pages"][0]["pageUri"])

    def at(self, place: str) -> str:
        """The whole address of a place within the doc."""
        return f"coda://docs/{self.id}/{place}"

    def table(self, name: str, columns: list[dict[str, Any]], rows: list[list[Any]] | None = None) -> Table:
        """Create a table on the doc's first page."""
        given = {"rows": rows} if rows is not None else {}
        return Table(self, self.tools("table_create", uri=self.page, name=name, columns=columns, **given))

    def value(self, formula: str) -> Any:
        """The value of a formula in the doc."""
        return self.tools("formula_execute", uri=self.uri, formula=formula)["value"]


class Table:
    """A table as the tools see it."""

    def __init__(self, doc: Doc, made: dict[str, Any]) -> None:
        self.doc, self.tools = doc, doc.tools
        self.uri = doc.at(made["tableUri"])
        self.id = made["tableUri"].removeprefix("tables/")
        self.rows: list[str] = made["rowIds"]

    def read(self) -> dict[str, Any]:
        """Everything that the tools say about the table."""
        shape: dict[str, Any] = self.tools("table_columns_read", uri=self.uri)
        return shape

    def columns(self) -> dict[str, Any]:
        """The columns by name."""
        return {column["name"]: column for column in self.read()["columns"]}

    def ids(self) -> dict[str, str]:
        """The ids of the columns by name."""
        return {name: column["columnId"] for name, column in self.columns().items()}

    def add_columns(self, *columns: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """Add columns."""
        data = {"action": "add", "columns": list(columns), **more}
        added: list[dict[str, Any]] = self.tools("table_columns_manage", uri=self.uri, data=data)["columns"]
        return added

    def update(self, column: str, /, **fields: Any) -> dict[str, Any]:
        """Change a column."""
        changed = [{"columnId": self.ids()[column], "updatedFields": fields}]
        data = {"action": "update", "columns": changed}
        found: dict[str, Any] = self.tools("table_columns_manage", uri=self.uri, data=data)["columns"][0]
        return found

    def add_rows(self, names: list[str], *rows: list[Any]) -> list[str]:
        """Add rows; gives their ids."""
        ids = self.ids()
        data = {"action": "add", "columnIds": [ids[name] for name in names], "rows": list(rows)}
        added: list[str] = self.tools("table_rows_manage", uri=self.uri, data=data)["rowIds"]
        return added

    def values(self, name: str, **asked: Any) -> list[Any]:
        """What the rows show in a column."""
        id = self.ids()[name]
        rows = self.tools("table_rows_read", uri=self.uri, **asked)["rows"]
        return [row["values"][id]["value"] for row in rows]
