"""Drives the two MCP servers that call Coda's REST API, over their standard input and output."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
from mcp import ClientSession, StdioServerParameters, stdio_client

from clients.walk import SECONDS, Brief, Report, plain_environment


def drive_coda_mcp_server(python: Path, brief: Brief) -> Report:
    """Take coda-mcp-server through the walk. python: The interpreter of its place."""
    launcher = Path(__file__).with_name("launch_coda_mcp_server.py")
    environment = {"CODA_HOST": brief.api, "CODA_API_KEY": brief.token}
    return _driven(python, [str(launcher)], environment, brief, _through_coda_mcp_server)


def drive_mcp_coda(program: Path, brief: Brief) -> Report:
    """Take mcp-coda through the walk. program: Its own command."""
    environment = {"CODA_BASE_URL": brief.api, "CODA_API_TOKEN": brief.token}
    return _driven(program, [], environment, brief, _through_mcp_coda)


class _Tools:
    """The tools of a server, called by name."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def call(self, tool: str, **arguments: object) -> Any:
        """What a tool says, read as JSON. Raises AssertionError when it says that it failed."""
        result = await self._session.call_tool(tool, {**arguments})
        text = "".join(getattr(part, "text", "") for part in result.content)
        assert not result.is_error, f"{tool}: {text}"
        return result.structured_content if result.structured_content is not None else json.loads(text)

    async def refused(self, tool: str, **arguments: object) -> str:
        """What a tool says that must fail."""
        result = await self._session.call_tool(tool, {**arguments})
        assert result.is_error, f"{tool} did not fail"
        return "".join(getattr(part, "text", "") for part in result.content)


def _driven(program: Path, arguments: Sequence[str], environment: Mapping[str, str], brief: Brief, way: Any) -> Report:
    async def run() -> Report | AssertionError:
        server = StdioServerParameters(
            command=str(program), args=[*arguments], env={**plain_environment(), **environment}
        )
        with anyio.fail_after(SECONDS):
            async with (
                stdio_client(server, errlog=sys.__stderr__ or sys.stderr) as (read, write),
                ClientSession(read, write) as session,
            ):
                await session.initialize()
                try:
                    report: Report = await way(_Tools(session), brief)
                    return report
                except AssertionError as wrong:  # carried out by hand: task groups would wrap it twice
                    return wrong

    came = anyio.run(run)
    if isinstance(came, AssertionError):
        raise came
    return came


async def _pages(tools: _Tools, tool: str, token: str, given: str, **arguments: object) -> list[Any]:
    """The items of all pages. token: Where a reply holds the next page's token. given: The argument that takes it."""
    items: list[Any] = []
    page = await tools.call(tool, **arguments)
    while True:
        items += page["items"]
        if not page.get(token):
            return items
        page = await tools.call(tool, **arguments, **{given: page[token]})


# --------------------------------------------------------------------------- coda-mcp-server


async def _through_coda_mcp_server(tools: _Tools, brief: Brief) -> Report:
    assert (await tools.call("whoami"))["type"] == "user"
    docs = await _pages(tools, "list_docs", "next_page_token", "page_token", is_owner=True)
    tables = await _pages(
        tools, "list_tables", "next_page_token", "page_token", doc_id=brief.doc, table_types=["table"]
    )
    at = {"doc_id": brief.doc, "table_id_or_name": next(one["id"] for one in tables if one["name"] == brief.table)}
    assert (await tools.call("get_table", **at))["name"] == brief.table
    columns = await _pages(tools, "list_columns", "next_page_token", "page_token", **at, limit=3)
    ids = {column["name"]: column["id"] for column in columns}
    assert (await tools.call("get_column", **at, column_id_or_name=ids[brief.key]))["name"] == brief.key

    async def rows() -> list[Any]:
        return await _pages(tools, "list_rows", "next_page_token", "page_token", **at, use_column_names=True, limit=10)

    def shown(found: Sequence[Any]) -> list[list[object]]:
        return [[row["values"][name] for name in (brief.key, brief.text, brief.number)] for row in found]

    before = await rows()
    cells = [{"cells": [{"column": ids[name], "value": value} for name, value in row.items()]} for row in brief.rows()]
    await tools.call("upsert_rows", **at, rows_data=cells, key_columns=[ids[brief.key]])
    between = await _shows(rows, lambda found: len(found) == len(before) + 1)

    (added,) = [row for row in between if row["values"][brief.key] == brief.new]
    one = await tools.call("get_row", **at, row_id_or_name=added["id"], use_column_names=True)
    assert one["values"] == added["values"]
    await tools.call("delete_row", **at, row_id_or_name=added["id"])
    after = await _shows(rows, lambda found: len(found) == len(before))
    assert "404" in await tools.refused("get_row", **at, row_id_or_name=added["id"])
    return Report(
        [doc["id"] for doc in docs],
        [one["name"] for one in tables],
        [*ids],
        shown(before),
        shown(between),
        shown(after),
    )


async def _shows(rows: Any, change: Any) -> list[Any]:
    """The rows once a write shows: coda-mcp-server has no tool that tells the status of one."""
    end = time.monotonic() + SECONDS / 3
    while not change(await rows()):
        assert time.monotonic() < end, "the write never showed"
        await anyio.sleep(0.1)
    return list(await rows())  # the pages seen before may be of two states


# --------------------------------------------------------------------------- mcp-coda


async def _through_mcp_coda(tools: _Tools, brief: Brief) -> Report:
    assert (await tools.call("coda_whoami"))["type"] == "user"
    docs = await _pages(tools, "coda_list_docs", "next_cursor", "cursor")
    tables = await _pages(tools, "coda_list_tables", "next_cursor", "cursor", doc_id=brief.doc, table_types="table")
    at = {"doc_id": brief.doc, "table_id_or_name": brief.table}
    assert (await tools.call("coda_get_table", **at))["name"] == brief.table
    columns = await _pages(tools, "coda_list_columns", "next_cursor", "cursor", **at, limit=3)

    async def rows() -> list[Any]:
        return await _pages(tools, "coda_list_rows", "next_cursor", "cursor", **at, limit=10)

    async def completed(accepted: Mapping[str, str]) -> None:
        end = time.monotonic() + SECONDS / 3
        while not (await tools.call("coda_get_mutation_status", request_id=accepted["requestId"]))["completed"]:
            assert time.monotonic() < end, "the write was never completed"
            await anyio.sleep(0.1)

    def shown(found: Sequence[Any]) -> list[list[object]]:
        return [[row["values"][name] for name in (brief.key, brief.text, brief.number)] for row in found]

    before = await rows()
    cells = [{"cells": [{"column": name, "value": value} for name, value in row.items()]} for row in brief.rows()]
    await completed(await tools.call("coda_insert_rows", **at, rows=cells, key_columns=[brief.key]))
    between = await rows()
    (added,) = [row for row in between if row["values"][brief.key] == brief.new]
    change = [{"column": brief.text, "value": "Changed by its id"}]
    await completed(await tools.call("coda_update_row", **at, row_id_or_name=added["id"], cells=change))
    one = await tools.call("coda_get_row", **at, row_id_or_name=added["id"])
    assert one["values"][brief.text] == "Changed by its id"
    await completed(await tools.call("coda_delete_rows", **at, row_ids=[added["id"]]))
    after = await rows()
    await tools.refused("coda_get_row", **at, row_id_or_name=added["id"])
    return Report(
        [doc["id"] for doc in docs],
        [one["name"] for one in tables],
        [column["name"] for column in columns],
        shown(before),
        shown(between),
        shown(after),
    )
