"""The MCP endpoint: tools listed and called over streamable HTTP, behind a token."""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from typing import Any, Protocol

import mcp_types as wire
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import DEFAULT_MAX_REQUEST_BODY_SIZE, StreamableHTTPSessionManager
from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codaform import __version__
from codaform.model.budget import OutOfTime
from codaform.model.number_text import json_text
from codaform.server.access import Token, Tokens
from codaform.server.doc.records import Json
from codaform.server.mcp.caller import Caller, ToolRefused
from codaform.server.mcp.catalogue import TOOLS, served, variants
from codaform.server.mcp.schema import misfit, with_integers
from codaform.server.mcp.tool import Tool
from codaform.server.turns import run_in_turn
from codaform.server.workspace import Workspace

log = logging.getLogger(__name__)

Call = Callable[[str, dict[str, Any]], Awaitable[object] | object]
"""Carries a tool out by its listed name and its arguments, which fit the schema; returns JSON."""


def endpoint(
    tools: Callable[[], Sequence[Tool]],
    call: Call,
    allowed: Callable[[str | None], bool],
    *,
    version: str = "",
) -> tuple[ASGIApp, Callable[[], AbstractAsyncContextManager[None]]]:
    """An ASGI app that serves tools by MCP, and the context in which it runs.

    tools: Returns the tools of now, at every listing and call. call: Carries a tool out; without a coroutine it blocks
    the server's loop. It raises `Refused` with the message for the client; other exceptions are logged, and the client
    reads "internal error". allowed: Whether a bearer token (None without one) has access. version: Of the server.

    The app works at any path: give it to a `Route`, since a `Mount` would redirect clients to the path with a slash.
    Enter the context in the lifespan of the app around it, at every start.
    """

    async def list_tools(
        context: ServerRequestContext[Any], params: wire.PaginatedRequestParams | None
    ) -> wire.ListToolsResult:
        del context, params
        return wire.ListToolsResult(tools=[_listed(tool) for tool in tools()])

    async def call_tool(context: ServerRequestContext[Any], params: wire.CallToolRequestParams) -> wire.CallToolResult:
        del context
        tool = next((tool for tool in tools() if tool.name == params.name), None)
        if tool is None:
            return _failure(params.name, f"There is no tool {params.name}.")
        arguments = params.arguments or {}
        try:
            if problem := misfit(arguments, tool.input):
                return _failure(tool.name, problem)
            result = call(tool.name, with_integers(arguments))
            if inspect.isawaitable(result):
                result = await result
            return _reply({"toolName": tool.name, "result": result})
        except ToolRefused as refused:
            return _failure(tool.name, str(refused))
        except Exception:
            log.exception("the tool %s failed", tool.name)
            return _failure(tool.name, "internal error")

    def schema_of(name: str) -> dict[str, Any] | None:
        return next((tool.input for tool in tools() if tool.name == name), None)

    server: Server[Any] = Server(
        "codaform",
        version=version,
        instructions="A local Coda: it proves what codaform does, not what Coda does.",
        get_tool_input_schema=schema_of,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    served = _Endpoint(server, allowed)
    return served, served.open


class _Endpoint:
    """Passes on the requests with a valid token, while it is open.

    An object and not a function, because a route of Starlette expects a function to return a response.
    """

    def __init__(self, server: Server[Any], allowed: Callable[[str | None], bool]) -> None:
        self._server = server
        self._allowed = allowed
        self._sessions: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve until the end of the block, with a new manager each time, since a manager cannot start twice."""
        # Stateless: a call needs no handshake, and no session that a restart would lose. Replies are events, like the
        # vendor's.
        sessions = StreamableHTTPSessionManager(self._server, stateless=True)
        async with sessions.run():
            self._sessions = sessions
            try:
                yield
            finally:
                self._sessions = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 401 without a valid token, 405 unless it is a POST, 400 for an unknown version."""
        if scope["type"] != "http":
            raise ValueError(f"the MCP endpoint speaks http, not {scope['type']}")
        if not self._allowed(_token(Headers(scope=scope))):
            await _refusal(401, "Unauthorized", {"WWW-Authenticate": "Bearer"})(scope, receive, send)
        elif scope["method"] != "POST":
            # Without sessions there is no stream to GET and nothing to DELETE.
            await _refusal(405, "Method Not Allowed", {"Allow": "POST"})(scope, receive, send)
        elif (version := Headers(scope=scope).get(MCP_PROTOCOL_VERSION_HEADER)) not in (None, *KNOWN_PROTOCOL_VERSIONS):
            known = ", ".join(KNOWN_PROTOCOL_VERSIONS)
            problem = f"Bad Request: Unsupported protocol version: {str(version)[:100]} (supported versions: {known})"
            error = {"jsonrpc": "2.0", "id": None, "error": {"code": wire.INVALID_REQUEST, "message": problem}}
            await JSONResponse(error, 400)(scope, receive, send)
        elif self._sessions is None:
            await _refusal(503, "Service Unavailable", {})(scope, receive, send)
        elif (body := await _received(receive)) is not None:
            await self._sessions.handle_request(scope, _from(body, receive), send)


async def _received(receive: Receive) -> list[Message] | None:
    """The messages of a body; None if the sender left before its end, which the SDK would log as an error.

    A body above the SDK's limit is cut off; the SDK refuses it.
    """
    messages, size = [await receive()], 0
    while messages[-1]["type"] == "http.request":
        size += len(messages[-1].get("body", b""))
        if not messages[-1].get("more_body") or size > DEFAULT_MAX_REQUEST_BODY_SIZE:
            return messages
        messages.append(await receive())
    return None


def _from(messages: Iterable[Message], receive: Receive) -> Receive:
    """A `receive` that repeats received messages before it goes on."""
    waiting = iter(messages)

    async def again() -> Message:
        return next(waiting, None) or await receive()

    return again


def _token(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _refusal(status: int, message: str, headers: dict[str, str]) -> JSONResponse:
    body = {"statusCode": status, "statusMessage": message, "message": message}
    return JSONResponse(body, status_code=status, headers=headers)


def _listed(tool: Tool) -> wire.Tool:
    return wire.Tool(
        name=tool.name,
        description=tool.about,
        input_schema=tool.input,
        annotations=wire.ToolAnnotations.model_validate(dict(tool.annotations)),
    )


def _failure(name: str, message: str) -> wire.CallToolResult:
    # Both known marks of a failure: the flag outside, `error` inside. That they come together is assumed.
    return _reply({"toolName": name, "error": {"message": message}}, failed=True)


def _reply(content: dict[str, object], *, failed: bool = False) -> wire.CallToolResult:
    text = json_text(content)
    return wire.CallToolResult(content=[wire.TextContent(text=text)], is_error=failed)


# ------------------------------------------------------------ the tools of a local Coda


class _Variations(Protocol):
    """The present variations of the tools, read at every listing and call."""

    @property
    def renamed(self) -> Mapping[str, str]:
        """The new names of tools by their own."""

    @property
    def without(self) -> Mapping[str, Collection[str]]:
        """The missing arguments of tools by their own names."""

    @property
    def selects(self) -> bool:
        """Whether columns of numbers in a new table become select lists."""


_current: ContextVar[Token | None] = ContextVar("current", default=None)
"""The token of the present call."""


def mcp_endpoint(
    workspace: Workspace, tokens: Tokens, faults: _Variations
) -> tuple[ASGIApp, Callable[[], AbstractAsyncContextManager[None]]]:
    """The application that serves the tools, and the context in which it runs.

    Tools that may write refuse a token without the right to write, the others one without the right to read.
    """

    def tools() -> list[Tool]:
        renamed, without = _possible(faults)
        return variants(served(), renamed, without)

    async def call(name: str, arguments: dict[str, Any]) -> Json:
        renamed, without = _possible(faults)
        own = TOOLS[next((old for old, new in renamed.items() if new == name), name)]
        token = _current.get()
        if token is None:
            raise ToolRefused("Unauthorized")
        if not (token.writes if own.writes else token.reads):
            raise ToolRefused(f"The token does not allow {name}.")
        given = _without(arguments, without[own.name]) if own.name in without else arguments
        try:
            return await run_in_turn(
                workspace.turns, lambda: own.handler(Caller(workspace, token, faults.selects), given), writes=own.writes
            )
        except OutOfTime as ended:
            raise ToolRefused(str(ended)) from None
        except KeyError as missing:
            if own.name not in without:
                raise
            raise ToolRefused(f"{name} can do nothing without its argument {missing}.") from None

    app, lifespan = endpoint(tools, call, lambda _: _current.get() is not None, version=__version__)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        header = Headers(scope=scope).get("authorization") if scope["type"] == "http" else None
        before = _current.set(tokens.find(header, "mcp"))
        try:
            await app(scope, receive, send)
        finally:
            _current.reset(before)

    return serve, lifespan


def _possible(faults: _Variations) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The possible ones among the variations: they may be meant for another version of the tools."""
    known = {tool.name: tool for tool in served()}
    renamed: dict[str, str] = {}
    for old, new in faults.renamed.items():
        if old in known and new not in known and new not in renamed.values():
            renamed[old] = new
    without: dict[str, list[str]] = {}
    for name in known.keys() & faults.without.keys():
        without[name] = [argument for argument in faults.without[name] if _takes(known[name], argument)]
    return renamed, without


def _takes(tool: Tool, argument: str) -> bool:
    try:
        variants([tool], {}, {tool.name: [argument]})
    except ValueError:
        return False
    return True


def _without(given: Any, without: Collection[str]) -> Any:
    """The arguments without the missing ones, at any depth."""
    match given:
        case dict():
            return {name: _without(value, without) for name, value in given.items() if name not in without}
        case list():
            return [_without(value, without) for value in given]
    return given
