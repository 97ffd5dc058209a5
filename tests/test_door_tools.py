"""The MCP tools: calls follow the server's own list, and failures have clear messages."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from codaform.coda.door.failures import (
    CannotReach,
    Failure,
    NotAllowed,
    ToolFailed,
    ToolMissing,
    TooManyCalls,
    Unreadable,
)
from codaform.coda.door.pace import Pace, Patience
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tool_schema import NEEDED_TOOLS, first_misfit, has_argument
from codaform.coda.door.tools import Tools, open_tools
from codaform.server.faults import Faults, faulty
from codaform.server.mcp.caller import ToolRefused
from codaform.server.mcp.catalogue import TOOLS, served, variants
from codaform.server.mcp.endpoint import endpoint
from codaform.server.mcp.tool import Tool
from codaform.server.start import serving
from door import CANARY, SWIFT, Answer, everything_said, json_answer, logged, scripted

pytestmark = pytest.mark.slow

DOC = "coda://docs/AbCDeFGHij"
TABLE = f"{DOC}/tables/grid-x"
VENDORS = Path(__file__).parents[2] / "shared" / "coda" / "mcp-tools.json"


@dataclass(slots=True)
class Server:
    """An MCP server whose tools do nothing but count."""

    url: str = ""
    shown: list[Tool] = field(default_factory=served)
    faults: Faults = field(default_factory=Faults)
    calls: list[str] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], object] = lambda arguments: arguments

    def call(self, name: str, arguments: dict[str, Any]) -> object:
        """Carries a tool out."""
        self.calls.append(name)
        return self.answer(arguments)


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A server in a thread of its own."""
    server = Server()
    app, lifespan = endpoint(lambda: server.shown, server.call, lambda token: token == CANARY)

    @asynccontextmanager
    async def around(_: Starlette) -> Any:
        async with lifespan():
            yield

    around_all, tools = Starlette(lifespan=around), faulty(app, server.faults)

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        await (tools if scope["type"] == "http" else around_all)(scope, receive, send)

    with serving(whole) as url:
        server.url = url
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """The server in its first state."""
    running.shown = served()
    running.faults.clear()
    running.calls.clear()
    running.answer = lambda arguments: arguments
    return running


@pytest.fixture
def tools(server: Server) -> Iterator[Tools]:
    """The tools of the server."""
    with opened(server) as found:
        yield found


def opened(server: Server, token: str = CANARY, patience: Patience = SWIFT) -> AbstractContextManager[Tools]:
    """The tools of a server."""
    return open_tools(Secret(token), server.url, Pace({}, patience), timeout=5)


def opened_at(url: str) -> AbstractContextManager[Tools]:
    """The tools of a server that this test alone uses."""
    return open_tools(Secret(CANARY), url, Pace({}, Patience(2, 0.001, 0.001)), timeout=5)


# ------------------------------------------------------------ calling


def test_a_reply_is_unwrapped(tools: Tools) -> None:
    arguments: dict[str, Any] = {"uri": DOC, "formula": "1 + 1"}
    assert tools.call("formula_execute", arguments) == arguments
    assert tools.names == tuple(tool.name for tool in served())


def test_several_threads_share_a_connection(tools: Tools, server: Server) -> None:
    def ask(number: int) -> Any:
        return tools.call("formula_execute", {"uri": DOC, "formula": str(number)})

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(ask, range(30)))
    assert [told["formula"] for told in found] == [str(number) for number in range(30)]
    assert len(server.calls) == 30


@pytest.mark.parametrize("inner", [{"error": "no such row"}, {"error": {"message": "no such row", "code": 3}}])
def test_an_error_within_a_reply_is_a_failure(tools: Tools, server: Server, inner: object) -> None:
    server.answer = lambda _: inner
    with pytest.raises(ToolFailed) as caught:
        tools.call("table_delete", {"uri": TABLE})
    assert str(caught.value) == "table_delete: no such row"


def test_a_refusal_is_a_failure(tools: Tools, server: Server) -> None:
    def refuse(arguments: dict[str, Any]) -> object:
        raise ToolRefused("There is no table\nat this place.")

    server.answer = refuse
    with pytest.raises(ToolFailed) as caught:
        tools.call("table_delete", {"uri": TABLE})
    assert caught.value.message == "There is no table at this place."
    assert server.calls == ["table_delete"]


def test_a_value_that_is_called_error_is_a_value(tools: Tools, server: Server) -> None:
    reply = {"columns": [{"columnId": "c-1", "error": "wrong"}], "error": None}
    server.answer = lambda _: reply
    assert tools.call("table_columns_read", {"uri": TABLE}) == reply


# ------------------------------------------------------------ unexpected servers


def test_the_known_tools_are_there(tools: Tools) -> None:
    assert tools.lacking() == []
    assert tools.has("table_columns_manage", "uri", "data.columns.updatedFields.formula")
    assert not tools.has("table_columns_manage", "data.columns.updatedFields.default")
    assert not tools.has("table_rename")


def test_the_known_tools_are_the_vendors() -> None:
    if not VENDORS.is_file():
        pytest.skip("the vendor's list of tools does not lie beside the checkout")
    listed = {tool["name"]: tool["inputSchema"] for tool in json.loads(VENDORS.read_text("utf-8"))["tools"]}
    lacking = [
        (tool, argument)
        for tool, arguments in NEEDED_TOOLS.items()
        for argument in arguments
        if tool not in listed or not has_argument(listed[tool], argument)
    ]
    assert lacking == []
    assert NEEDED_TOOLS.keys() <= listed.keys()


def test_a_renamed_tool_is_not_called(server: Server) -> None:
    server.shown = variants(served(), {"table_delete": "table_remove"}, {})
    with opened(server) as tools:
        with pytest.raises(ToolMissing, match="no tool table_delete") as caught:
            tools.call("table_delete", {"uri": TABLE})
        assert (caught.value.tool, caught.value.argument) == ("table_delete", "")
        assert [(said.tool, said.argument) for said in tools.lacking()] == [("table_delete", "")]
    assert server.calls == []


def test_a_missing_argument_is_found_before_the_call(server: Server) -> None:
    server.shown = variants(served(), {}, {"table_columns_manage": ["formula"], "table_create": ["description"]})
    column: dict[str, Any] = {"name": "Hours", "formula": "1"}
    with opened(server) as tools:
        with pytest.raises(ToolMissing) as caught:
            tools.call("table_columns_manage", {"uri": TABLE, "data": {"action": "add", "columns": [column]}})
        assert caught.value.argument == "data.columns.formula"
        assert "does not take data.columns.formula" in str(caught.value)
        # Without the argument the tool can still be used.
        del column["formula"]
        assert tools.call("table_columns_manage", {"uri": TABLE, "data": {"action": "add", "columns": [column]}})
        assert {(said.tool, said.argument) for said in tools.lacking()} == {
            ("table_columns_manage", "data.columns.formula"),
            ("table_columns_manage", "data.columns.updatedFields.formula"),
            ("table_create", "columns.description"),
        }
    assert server.calls == ["table_columns_manage"]


def test_a_new_argument_that_is_needed_is_found_before_the_call(server: Server) -> None:
    changed = json.loads(json.dumps(TOOLS["table_delete"].input))
    changed["properties"]["confirm"] = {"type": "boolean"}
    changed["required"].append("confirm")
    server.shown = [replace(TOOLS["table_delete"], input=changed)]
    with opened(server) as tools, pytest.raises(ToolMissing, match="confirm is needed"):
        tools.call("table_delete", {"uri": TABLE})
    assert server.calls == []


CELL = {"columnId": "c", "value": None}
COLUMN = {"columnId": "c-1", "updatedFields": {"format": {"type": "num", "precision": 1}}}


@pytest.mark.parametrize(
    ("tool", "arguments", "wrong"),
    [
        ("table_columns_manage", {"uri": TABLE, "data": {"action": "update", "columns": [COLUMN]}}, ""),
        (
            "table_columns_manage",
            {"uri": TABLE, "data": {"action": "rename", "columns": [COLUMN]}},
            "data.action = rename",
        ),
        ("table_columns_manage", {"uri": TABLE, "data": {"action": "add"}}, "data.columns is needed"),
        ("table_columns_manage", {"uri": TABLE, "data": {"action": "add", "columns": [], "where": 1}}, "data.where"),
        ("table_columns_read", {"uri": TABLE, "include": ["formats", "views"]}, ""),
        ("table_columns_read", {"uri": TABLE, "include": ["colours"]}, "include = colours"),
        ("table_columns_read", {"uri": TABLE, "fresh": True}, "fresh"),
        ("formula_execute", {"uri": DOC}, "formula is needed"),
        (
            "table_create",
            {"uri": DOC, "name": "T", "columns": [{"name": "A", "format": {"type": "duration"}}]},
            "columns.format.type = duration",
        ),
        ("table_create", {"uri": DOC, "name": "T", "columns": [{"name": "A", "format": {"type": "num"}}]}, ""),
        (
            "table_create",
            {"uri": DOC, "name": "T", "columns": [{"name": "A", "format": {"type": "num", "unit": "h"}}]},
            "columns.format.unit",
        ),
        (
            "table_rows_manage",
            {
                "uri": TABLE,
                "data": {
                    "action": "update",
                    "rows": [{"rowNumberOrId": "i-1", "updateCells": [{"columnId": "c", "value": None}]}],
                },
            },
            "",
        ),
    ],
)
def test_what_a_tool_does_not_take(tool: str, arguments: dict[str, Any], wrong: str) -> None:
    assert first_misfit(arguments, TOOLS[tool].input) == wrong


def test_schemas_may_refer_to_parts_of_themselves() -> None:
    schema: dict[str, Any] = {
        "properties": {"tree": {"$ref": "#/$defs/node"}},
        "$defs": {"node": {"properties": {"name": {"type": "string"}, "inner": {"$ref": "#/$defs/node"}}}},
    }
    assert has_argument(schema, "tree.inner.inner.name")
    assert not has_argument(schema, "tree.inner.colour")
    assert first_misfit({"tree": {"inner": {"colour": 1}}}, schema) == "tree.inner.colour"
    assert first_misfit({"tree": {"inner": {"name": "x"}}}, schema) == ""
    circle: dict[str, Any] = {"properties": {"a": {"$ref": "#/properties/a"}}}
    assert not has_argument(circle, "a.b")
    assert first_misfit({"a": {"b": 1}}, circle) == ""


# ------------------------------------------------------------ faults


@pytest.mark.parametrize("tool", ["formula_execute", "table_delete"])
def test_refusals_of_the_pace_are_sat_out(tools: Tools, server: Server, tool: str) -> None:
    server.faults.add(status=429, times=3)
    arguments = {"uri": DOC, "formula": "1"} if tool == "formula_execute" else {"uri": DOC}
    assert tools.call(tool, arguments) == arguments
    assert server.calls == [tool]


def test_refusals_without_an_end_are_reported(tools: Tools, server: Server) -> None:
    server.faults.add(status=429)
    with pytest.raises(TooManyCalls):
        tools.call("table_delete", {"uri": TABLE})
    assert server.calls == []


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 502}])
@pytest.mark.parametrize("after", [False, True])
def test_a_tool_that_reads_is_asked_again(tools: Tools, server: Server, fault: dict[str, Any], after: bool) -> None:
    server.faults.add(**fault, after=after, times=2)
    assert tools.call("formula_execute", {"uri": DOC, "formula": "1"})
    assert server.faults.met() == [2]


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 502}, {"status": 504}])
@pytest.mark.parametrize("after", [False, True])
def test_a_tool_that_writes_is_never_called_twice(
    tools: Tools, server: Server, fault: dict[str, Any], after: bool
) -> None:
    server.faults.add(**fault, after=after)
    with pytest.raises(CannotReach) as caught:
        tools.call("table_delete", {"uri": TABLE})
    assert caught.value.uncertain
    assert server.faults.met() == [1]
    assert server.calls == ["table_delete"] * after
    server.faults.clear()
    assert tools.call("table_delete", {"uri": TABLE})


def test_a_tool_that_takes_too_long_is_reported(server: Server) -> None:
    server.faults.clear()
    with open_tools(Secret(CANARY), server.url, Pace({}, SWIFT), timeout=0.8) as tools:
        server.faults.add(slow=2.0, times=1)
        with pytest.raises(CannotReach) as caught:
            tools.call("table_delete", {"uri": TABLE})
        assert caught.value.uncertain


def test_the_wrong_token_is_reported(server: Server) -> None:
    with pytest.raises(NotAllowed, match="a token of its own") as caught, opened(server, "a-token-for-rest"):
        pass
    assert caught.value.status == 401


def test_nobody_there_is_reported() -> None:
    with scripted(lambda *_: json_answer(b"{}")) as (url, _):
        pass
    with (
        pytest.raises(CannotReach, match="could not be reached"),
        open_tools(Secret(CANARY), url, Pace({}, Patience(2, 0.001, 0.001))),
    ):
        pass


def test_a_redirect_to_another_host_is_not_followed() -> None:
    with scripted(lambda *_: json_answer(b"{}")) as (elsewhere, stolen):

        def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
            return 307, {"Location": f"{elsewhere}/apis/mcp"}, b""

        with scripted(answer) as (url, _), pytest.raises(Failure), opened_at(url):
            pass
        assert stolen == []


def rpc(listed: object) -> Callable[[str, str, Mapping[str, str], bytes], Answer]:
    """A server that speaks just enough of MCP. listed: What it gives for the list of tools, and as a reply."""

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        message = json.loads(body or b"{}")
        match message.get("method"):
            case "initialize":
                result: object = {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "x", "version": "1"},
                }
            case "notifications/initialized":
                return 202, {}, b""
            case "tools/list":
                result = listed
            case _:
                result = {"content": [{"type": "text", "text": "<html>"}]}
        return json_answer(json.dumps({"jsonrpc": "2.0", "id": message.get("id"), "result": result}).encode())

    return answer


def test_a_list_of_tools_without_an_end_is_reported() -> None:
    with scripted(rpc({"tools": [], "nextCursor": "again"})) as (url, calls):
        with pytest.raises(Unreadable, match="does not come to an end"), opened_at(url):
            pass
        assert len(calls) < 8


@pytest.mark.parametrize("kind", ["large", "packed"])
def test_a_reply_that_is_too_large_or_packed_is_reported(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codaform.coda.door.tool_client.MOST_BYTES", 100_000)
    listed = {"tools": [{"name": "whoami", "inputSchema": {"type": "object"}}]}
    speak = rpc(listed)

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if b'"tools/call"' not in body:
            return speak(method, path, headers, body)
        if kind == "packed":
            return 200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, gzip.compress(b" " * 10**7)
        return json_answer(b'{"x": "' + b" " * 200_000 + b'"}')

    with scripted(answer) as (url, _), opened_at(url) as tools, pytest.raises(CannotReach) as caught:
        tools.call("whoami", {})
    assert "\n" not in str(caught.value)


def test_a_reply_that_is_no_json_is_reported() -> None:
    listed = {"tools": [{"name": "whoami", "inputSchema": {"type": "object"}}]}
    with scripted(rpc(listed)) as (url, _), opened_at(url) as tools, pytest.raises(Unreadable, match="not JSON"):
        tools.call("whoami", {})


def echo(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
    """Repeats the request once the connection is open."""
    message = json.loads(body or b"{}")
    if message.get("method") != "tools/call":
        return rpc({"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in ECHOES]})(
            method, path, headers, body
        )
    told = f"you said {headers.get('authorization') or headers.get('Authorization')}"
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
    match message["params"]["name"]:
        case "drops":
            return None
        case "fails":
            reply["result"] = {"isError": True, "content": [{"type": "text", "text": told}]}
        case "inner":
            reply["result"] = {"content": [{"type": "text", "text": json.dumps({"error": {"message": told}})}]}
        case "protocol":
            reply["error"] = {"code": -32602, "message": told, "data": {"told": told}}
        case "html":
            return 200, {"Content-Type": "text/html"}, told.encode()
        case status:
            return json_answer(json.dumps({"message": told}).encode(), int(status))
    return json_answer(json.dumps(reply).encode())


ECHOES = ("drops", "fails", "inner", "protocol", "html", "400", "401", "403", "404", "429", "500")


@pytest.mark.parametrize("tool", ECHOES)
def test_the_token_is_seen_nowhere(tool: str) -> None:
    with logged() as lines, scripted(echo) as (url, calls), opened_at(url) as tools:
        with pytest.raises(Failure) as caught:
            tools.call(tool, {})
        shown = everything_said(caught.value) + repr(tools) + repr(vars(tools))
    assert len(calls) > 3
    assert CANARY not in shown
    assert CANARY not in "".join(lines)
