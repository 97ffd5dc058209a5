"""The MCP endpoint, asked over HTTP by the client of the official SDK.

Nothing here has a limit of time of its own: the first test starts server and client, which may take long on a busy
machine.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from starlette.applications import Starlette
from starlette.routing import Route

from codaform.server.mcp.caller import ToolRefused
from codaform.server.mcp.catalogue import TOOLS, served, variants
from codaform.server.mcp.endpoint import endpoint
from codaform.server.mcp.schema import misfit
from codaform.server.mcp.tool import Tool

TOKEN = "a-token-for-tools"
DOC = "coda://docs/AbCDeFGHij"

shown: list[Tool] = []


async def answer(name: str, arguments: dict[str, Any]) -> object:
    """Stands for a doc: gives the call back, refuses one tool, breaks at another."""
    match name:
        case "table_delete":
            raise ToolRefused(f"There is no table at {arguments['uri']}.")
        case "page_delete":
            raise ZeroDivisionError("a secret of the inside")
        case "document_outline":
            return {"not JSON": object()}
        case _:
            return {"called": name, "with": arguments, "text": "naïve ✓"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server that runs in a thread of its own."""
    app, lifespan = endpoint(lambda: shown, answer, lambda token: token == TOKEN, version="1.2.3")

    @asynccontextmanager
    async def around(_: Starlette) -> AsyncIterator[None]:
        async with lifespan():
            yield

    starlette = Starlette(routes=[Route("/apis/mcp", app)], lifespan=around)
    server = uvicorn.Server(uvicorn.Config(starlette, host="127.0.0.1", port=0, log_level="warning", ws="none"))
    ready = threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        task = asyncio.create_task(server.serve())
        while not server.started and not task.done():
            await asyncio.sleep(0.005)
        if server.started:
            ports.append(server.servers[0].sockets[0].getsockname()[1])
            ready.set()
        await task

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        ready.wait()
        assert ports, "the server did not start"
        yield ports[0]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(autouse=True)
def all_tools() -> None:
    """Every test starts with the original tools."""
    shown[:] = served()


@asynccontextmanager
async def connected(port: int, mode: str) -> AsyncIterator[Client]:
    """The SDK's client with the token in a header."""
    async with create_mcp_http_client({"Authorization": f"Bearer {TOKEN}"}, httpx2.Timeout(None)) as http_client:
        transport = streamable_http_client(f"http://127.0.0.1:{port}/apis/mcp", http_client=http_client)
        async with Client(transport, mode=mode) as client:
            yield client


def asked(port: int, ask: Callable[[Client], Any], mode: str = "legacy") -> Any:
    """The answer to a client. mode: `legacy` is the protocol with a handshake, which the vendor speaks."""

    async def run() -> Any:
        async with connected(port, mode) as client:
            return await ask(client)

    return asyncio.run(run())


def called(port: int, name: str, arguments: dict[str, Any], mode: str = "legacy") -> tuple[Any, bool]:
    """The JSON within the text of a reply, and whether it is an error."""
    result = asked(port, lambda client: client.call_tool(name, arguments), mode)
    assert len(result.content) == 1
    return json.loads(result.content[0].text), result.is_error


def posted(port: int, body: object, headers: dict[str, str], method: str = "POST") -> tuple[int, dict[str, str], str]:
    """The answer to a client that speaks no MCP: status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
        connection.request(method, "/apis/mcp", json.dumps(body), accept | headers)
        reply = connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read().decode()
    finally:
        connection.close()


LIST = {"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {}}


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_tools_are_listed_whole(port: int, mode: str) -> None:
    listing = asked(port, lambda client: client.list_tools(), mode)
    assert [tool.name for tool in listing.tools] == [tool.name for tool in served()]
    for tool in listing.tools:
        declared = TOOLS[tool.name]
        assert tool.input_schema == declared.input
        assert tool.description == declared.about
        assert tool.annotations.model_dump(by_alias=True, exclude_none=True) == declared.annotations


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_call_is_answered_with_json_in_a_text(port: int, mode: str) -> None:
    arguments = {"uri": DOC, "formula": "1 + 1"}
    assert called(port, "formula_execute", arguments, mode) == (
        {
            "toolName": "formula_execute",
            "result": {"called": "formula_execute", "with": arguments, "text": "naïve ✓"},
        },
        False,
    )


def test_arguments_that_do_not_fit_are_refused_with_their_place(port: int) -> None:
    columns = [{"name": "Hours", "format": {"type": "num", "precision": 11}}]
    reply, failed = called(port, "table_create", {"uri": DOC, "name": "Tasks", "columns": columns})
    assert failed
    assert reply == {
        "toolName": "table_create",
        "error": {"message": "columns[0].format.precision: 11 is greater than the maximum of 10"},
    }


def test_a_refusal_is_told(port: int) -> None:
    reply, failed = called(port, "table_delete", {"uri": "grid-x"})
    assert failed
    assert reply["error"]["message"] == "There is no table at grid-x."


@pytest.mark.parametrize("name", ["page_delete", "document_outline"])
def test_an_inner_error_tells_nothing_of_the_inside(port: int, name: str) -> None:
    assert called(port, name, {"uri": DOC}) == ({"toolName": name, "error": {"message": "internal error"}}, True)


def test_an_unknown_tool_is_an_error(port: int) -> None:
    reply, failed = called(port, "comment_praise", {})
    assert failed
    assert reply["error"]["message"] == "There is no tool comment_praise."


@pytest.mark.slow
def test_a_renamed_tool_is_listed_and_called_by_its_new_name(port: int) -> None:
    shown[:] = variants(served(), {"formula_execute": "formula_run"}, {"formula_execute": ["uri"]})
    names = [tool.name for tool in asked(port, lambda client: client.list_tools()).tools]
    assert "formula_run" in names
    assert "formula_execute" not in names
    reply, failed = called(port, "formula_run", {"formula": "1"})
    assert not failed
    assert reply["toolName"] == "formula_run"
    assert called(port, "formula_execute", {"uri": DOC, "formula": "1"})[1]


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer another", f"Basic {TOKEN}", TOKEN])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_without_the_token_nobody_comes_in(port: int, header: str | None, method: str) -> None:
    status, headers, body = posted(port, LIST, {} if header is None else {"Authorization": header}, method)
    assert status == 401
    assert headers["www-authenticate"] == "Bearer"
    assert json.loads(body) == {"statusCode": 401, "statusMessage": "Unauthorized", "message": "Unauthorized"}


def test_a_plain_client_needs_no_handshake_and_reads_events(port: int) -> None:
    status, headers, body = posted(port, LIST, {"Authorization": f"bearer {TOKEN}"})
    assert status == 200
    assert headers["content-type"].startswith("text/event-stream")
    (data,) = [line.removeprefix("data:") for line in body.splitlines() if line.startswith("data:")]
    message = json.loads(data)
    assert message["id"] == 7
    by_name = {tool["name"]: tool for tool in message["result"]["tools"]}
    assert by_name["table_create"]["inputSchema"] == TOOLS["table_create"].input
    assert by_name["table_create"]["annotations"] == TOOLS["table_create"].annotations


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_only_posts_are_taken(port: int, method: str) -> None:
    status, headers, _ = posted(port, LIST, {"Authorization": f"Bearer {TOKEN}"}, method)
    assert status == 405
    assert headers["allow"] == "POST"


@pytest.mark.parametrize("body", [None, [], 1, {}, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}])
def test_what_is_no_message_is_a_client_error(port: int, body: object) -> None:
    status, _, _ = posted(port, body, {"Authorization": f"Bearer {TOKEN}"})
    assert 400 <= status < 500


def test_the_endpoint_can_be_opened_again() -> None:
    _, lifespan = endpoint(served, answer, lambda _: True)

    async def twice() -> int:
        opened = 0
        for _ in range(2):
            async with lifespan():
                opened += 1
        return opened

    assert asyncio.run(twice()) == 2


TOLD = [
    ("document_create", {}, "arguments: 'title' is a required property"),
    ("table_columns_read", {"uri": 5}, "uri: 5 is not of type 'string'"),
    (
        "table_rows_manage",
        {"uri": DOC, "data": {"action": "update", "rows": [{"updateCells": []}]}},
        "data.rows[0]: 'rowNumberOrId' is a required property",
    ),
    (
        "table_rows_delete",
        {"uri": DOC, "data": {"action": "empty"}},
        'data: {"action": "empty"} has none of the forms that are taken here',
    ),
    ("url_convert", {"action": "turn"}, 'action: "turn" is not one of encode, decode'),
]


@pytest.mark.parametrize(("name", "arguments", "problem"), TOLD)
def test_the_problem_is_told_with_its_place(name: str, arguments: dict[str, Any], problem: str) -> None:
    assert misfit(arguments, TOOLS[name].input) == problem


def test_a_long_value_is_cut_in_the_message() -> None:
    problem = misfit({"uri": ["x" * 10_000]}, TOOLS["page_describe"].input)
    assert problem is not None
    assert len(problem) < 250
