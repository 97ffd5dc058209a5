"""The tools of Coda's MCP server, the only official way to change a schema; unexpected tools are not called."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from codaform.coda.door.failures import CannotReach, Failure, NotAllowed, ToolFailed, ToolMissing, Unreadable, refusal
from codaform.coda.door.hosts import is_loopback, trusted_origin
from codaform.coda.door.pace import LOCAL_PATIENCE, Pace
from codaform.coda.door.tokens import Secret, redact
from codaform.coda.door.tool_client import NO_ANSWER, ToolHttpClient
from codaform.coda.door.tool_schema import NEEDED_TOOLS, first_misfit, has_argument
from codaform.coda.wire.json_data import InvalidJson, Json, read_json

_PATH = "/apis/mcp"

MCP_HOST = "https://docs.superhuman.com"
"""The vendor's current server; the one at the older address will be retired."""

READ = 120.0
"""The time limit of a tool in seconds."""

_LARGEST_REPLY = 64 * 1024 * 1024
_MOST_LISTS = 50


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The outcome of a call. gone: Whether the server has forgotten the session."""

    reply: Json = None
    failure: Failure | None = None
    gone: bool = False


class Tools:
    """The tools of a server, listed when the connection opens. Safe to use from several threads.

    `open_tools` creates it. All methods raise `failures.Failure`.
    """

    def __init__(self, secret: Secret, url: str, pace: Pace, timeout: float, portal: BlockingPortal) -> None:
        self.url = url
        self._secret = secret
        self._pace = pace
        self._timeout = timeout
        self._portal = portal
        self._stack = ExitStack()
        self._client: Client | None = None
        self._opening = Lock()
        self._schemas: dict[str, Mapping[str, Json]] = {}
        self._reads: set[str] = set()
        self._check: Callable[[], None] = lambda: None
        self._list()

    def __repr__(self) -> str:
        return f"Tools({self.url})"

    # ------------------------------------------------------------ what there is

    @property
    def names(self) -> tuple[str, ...]:
        """The tools that the server lists."""
        return tuple(self._schemas)

    def has(self, tool: str, *arguments: str) -> bool:
        """Whether the server has a tool that takes these arguments; an inner one is written `data.columns.formula`."""
        schema = self._schemas.get(tool)
        return schema is not None and all(has_argument(schema, argument) for argument in arguments)

    def lacking(self, known: Mapping[str, tuple[str, ...]] = NEEDED_TOOLS) -> list[ToolMissing]:
        """The needed tools and arguments that the server lacks; a missing tool's arguments are not listed."""
        found: list[ToolMissing] = []
        for tool, arguments in known.items():
            if tool not in self._schemas:
                found.append(ToolMissing(tool))
            else:
                found.extend(ToolMissing(tool, argument) for argument in arguments if not self.has(tool, argument))
        return found

    # ------------------------------------------------------------ calling

    def call(self, tool: str, arguments: Mapping[str, Json]) -> Json:
        """The result of a tool.

        Raises ToolMissing before anything is sent if the tool or an argument does not exist, or if the tool needs
        another argument; ToolFailed if the tool reports a failure; CannotReach, with `uncertain`, if no answer came.
        A call of a tool that only reads is repeated before that; other tools are never called twice.
        """
        schema = self._schemas.get(tool)
        if schema is None:
            raise ToolMissing(tool)
        if wrong := first_misfit(arguments, schema):
            reason = f"its tool {tool} says that {wrong}" if wrong.endswith(" is needed") else ""
            raise ToolMissing(tool, wrong.removesuffix(" is needed"), reason)
        if tool not in self._reads:
            self._check()
        attempts = self._pace.patience.attempts if tool in self._reads else 1
        reopened = False
        for attempt in range(1, attempts + 2):
            outcome = self._ask(tool, arguments)
            if outcome.failure is None:
                return outcome.reply
            if outcome.gone and not reopened:
                # The session was over, so that the call did nothing.
                reopened = True
                self.close()
                continue
            if attempt >= attempts or not getattr(outcome.failure, "uncertain", False):
                raise outcome.failure
            self._pace.refused(self._pace.seconds())
            self._pace.sleep(self._pace.left())
        raise AssertionError("every last attempt returns or raises")

    @contextmanager
    def guarded(self, check: Callable[[], None]) -> Iterator[None]:
        """Within the block, check every writing call before it is sent. check: Raises an exception to stop it."""
        before, self._check = self._check, check
        try:
            yield
        finally:
            self._check = before

    def _ask(self, tool: str, arguments: Mapping[str, Json]) -> _Outcome:
        """Make one call. Failures are returned, not raised, so that no traceback keeps the request and the answer: the
        answer may repeat the token."""

        async def ask() -> Any:
            try:
                return await self._connected().call_tool(tool, dict(arguments))
            except MCPError as error:
                return error
            except TimeoutError:
                return _own_error("did not answer in time")
            except Exception as error:  # any exception of the SDK's tasks makes the connection useless
                self._client = None
                return _own_error(f"could not be asked ({type(error).__name__})")

        self._open()
        result: Any = self._portal.call(ask)
        if isinstance(result, MCPError):
            return _Outcome(failure=self._failure(tool, result), gone=_status(result) == 404)
        return self._unwrapped(tool, result)

    def _unwrapped(self, tool: str, result: Any) -> _Outcome:
        """The outcome in the JSON text of a reply."""
        texts = [part.text for part in result.content if getattr(part, "type", "") == "text"]
        text = texts[0] if texts else ""
        try:
            reply = read_json(text)
        except InvalidJson:
            if result.is_error:
                return _Outcome(failure=ToolFailed(tool, self._safe(text) or "no reason is given"))
            return _Outcome(failure=Unreadable(f"{tool}: the reply is not JSON"))
        failed = _error_of(reply)
        if isinstance(reply, dict) and "result" in reply and reply.keys() <= {"toolName", "result", "error"}:
            reply = reply["result"]
            # A record may have a member of this name; in a failure it is the only member.
            alone = isinstance(reply, dict) and reply.keys() <= {"error"}
            failed = failed or (_error_of(reply) if alone else "")
        if result.is_error or failed:
            return _Outcome(failure=ToolFailed(tool, self._safe(failed or text)))
        return _Outcome(reply)

    def _failure(self, what: str, error: MCPError) -> Failure:
        """A failure of our own; the SDK's exception keeps the whole exchange."""
        data = error.error.data if error.error.code == NO_ANSWER and isinstance(error.error.data, dict) else {}
        message, status = self._safe(error.error.message), _status(error)
        if error.error.code == NO_ANSWER and not status:
            return CannotReach(f"{what}: {self.url} {message}", uncertain=bool(data.get("uncertain")))
        if status:
            refused = refusal(status, message, what)
            if isinstance(refused, NotAllowed) and status == 401:
                return NotAllowed(401, f"{message}: MCP needs a token of its own, a REST token does not open it", what)
            if status >= 500:
                return CannotReach(f"{what}: {self.url} is down: {message} ({status})", uncertain=True)
            return refused
        if error.error.code in (-32000, -32001):  # the SDK's own: the connection closed, no answer in time
            return CannotReach(f"{what}: {self.url} gave no answer: {message}", uncertain=True)
        return ToolFailed(what, message)

    def _safe(self, text: str) -> str:
        return redact(" ".join(text.split()), [self._secret])[:1000]

    # ------------------------------------------------------------ the connection

    def _list(self) -> None:
        """Read the list of tools. Raises Failure."""
        self._open()
        found: dict[str, Mapping[str, Json]] = {}
        cursor: str | None = None
        cursors: set[str] = set()
        while cursor not in cursors and len(cursors) < _MOST_LISTS:
            if cursor:
                cursors.add(cursor)
            page = self._portal.call(self._page, cursor)
            if isinstance(page, MCPError):
                failure = self._failure("the list of tools", page)
                del page
                raise failure
            for tool in page.tools:
                found[tool.name] = tool.input_schema
                if tool.annotations is not None and tool.annotations.read_only_hint:
                    self._reads.add(tool.name)
            cursor = page.next_cursor
            if not cursor:
                self._schemas = found
                return
        raise Unreadable("the list of tools does not come to an end")

    async def _page(self, cursor: str | None) -> Any:
        try:
            return await self._connected().list_tools(cursor=cursor)
        except MCPError as error:
            return error
        except Exception as error:
            return _own_error(f"could not be asked ({type(error).__name__})")

    def _connected(self) -> Client:
        if self._client is None:
            raise RuntimeError("the connection was closed")
        return self._client

    def _open(self) -> None:
        """Connect if there is no connection. Raises Failure."""
        with self._opening:
            if self._client is not None:
                return
            self._leave()
            failure = self._connect()
        if failure is not None:
            raise failure

    def _connect(self) -> Failure | None:
        try:
            self._client = self._stack.enter_context(self._portal.wrap_async_context_manager(self._session()))
        except Exception as error:
            inner = _innermost(error)
            if isinstance(inner, MCPError):
                return self._failure("connecting", inner)
            return CannotReach(f"{self.url} could not be asked ({type(inner).__name__})")
        return None

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Client]:
        async with ToolHttpClient(self._secret, self.url, self._pace, self._timeout) as http:
            transport = streamable_http_client(self.url, http_client=http, max_sse_event_size=_LARGEST_REPLY)
            # The vendor's server is known to speak the protocol with a handshake.
            async with Client(transport, mode="legacy", read_timeout_seconds=self._timeout) as client:
                yield client

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        with self._opening:
            self._leave()

    def _leave(self) -> None:
        self._client = None
        # The call that met the broken connection has already reported it.
        with suppress(Exception):
            self._stack.close()


@contextmanager
def open_tools(
    secret: Secret, host: str = MCP_HOST, pace: Pace | None = None, timeout: float = READ
) -> Iterator[Tools]:
    """The tools of the server at a host, within the block. Raises Failure, and ValueError for an invalid host.

    secret: A token for MCP; a REST token does not work. pace: Only its pauses matter; no limit is known.
    """
    url = trusted_origin(host) + _PATH
    with start_blocking_portal() as portal:
        tools = Tools(
            secret, url, pace or Pace({}, LOCAL_PATIENCE if is_loopback(url) else Pace().patience), timeout, portal
        )
        try:
            yield tools
        finally:
            tools.close()


def _status(error: MCPError) -> int:
    data = error.error.data
    return int(data.get("status", 0)) if error.error.code == NO_ANSWER and isinstance(data, dict) else 0


def _error_of(reply: Json) -> str:
    """The message of an error within a reply; empty without an error."""
    error = reply.get("error") if isinstance(reply, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    if isinstance(message, str):
        return message
    return json.dumps(error, ensure_ascii=False) if error else ""


def _own_error(message: str) -> MCPError:
    return MCPError(NO_ANSWER, message, {"status": 0, "uncertain": True})


def _innermost(error: BaseException) -> BaseException:
    """The first cause of a group of exceptions."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
