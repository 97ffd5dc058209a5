"""The tools of Coda's MCP server, the one official way to change a schema, called only where they are as expected."""

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
from codaform.coda.door.hosts import is_loopback, trusted
from codaform.coda.door.pace import AT_HOME, Pace
from codaform.coda.door.tokens import Secret, redact
from codaform.coda.door.tool_client import FAILED, PatientClient
from codaform.coda.door.tool_schema import KNOWN, has_argument, misfit
from codaform.coda.wire.json_data import BadJson, Json, read_json

PATH = "/apis/mcp"

VENDOR = "https://docs.superhuman.com"
"""Where the vendor's server is now; at the older address it is to be retired."""

READ = 120.0
"""How many seconds a tool may take."""

_LARGEST_REPLY = 64 * 1024 * 1024
_MOST_LISTS = 50


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a call. gone: Whether the server does not know the session any more."""

    told: Json = None
    failure: Failure | None = None
    gone: bool = False


class Tools:
    """The tools of a server, listed when it is opened. Safe to use from several threads.

    Made by `open_tools`. Everything raises `failures.Failure`.
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
        """Whether the server has a tool that takes these arguments; inner ones are named as `data.columns.formula`."""
        schema = self._schemas.get(tool)
        return schema is not None and all(has_argument(schema, argument) for argument in arguments)

    def lacking(self, known: Mapping[str, tuple[str, ...]] = KNOWN) -> list[ToolMissing]:
        """What of the tools that codaform relies on is not there; arguments of a tool that is missing are not named."""
        found: list[ToolMissing] = []
        for tool, arguments in known.items():
            if tool not in self._schemas:
                found.append(ToolMissing(tool))
            else:
                found.extend(ToolMissing(tool, argument) for argument in arguments if not self.has(tool, argument))
        return found

    # ------------------------------------------------------------ calling

    def call(self, tool: str, arguments: Mapping[str, Json]) -> Json:
        """What a tool gives.

        Raises ToolMissing before anything is sent, where the tool or one of the arguments does not exist, or where the
        tool wants one more; ToolFailed where the tool says that it failed; CannotReach, with `uncertain`, where nobody
        said anything. A tool that only reads is then asked again first; no other is ever called twice.
        """
        schema = self._schemas.get(tool)
        if schema is None:
            raise ToolMissing(tool)
        if wrong := misfit(arguments, schema):
            said = f"its tool {tool} says that {wrong}" if wrong.endswith(" is needed") else ""
            raise ToolMissing(tool, wrong.removesuffix(" is needed"), said)
        if tool not in self._reads:
            self._check()
        attempts = self._pace.patience.attempts if tool in self._reads else 1
        reopened = False
        for attempt in range(1, attempts + 2):
            outcome = self._asked(tool, arguments)
            if outcome.failure is None:
                return outcome.told
            if outcome.gone and not reopened:
                # The session is over and the call with it: nothing was done.
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
        """Until the block is left, every call that may write is checked first. check: Raises what keeps it back."""
        before, self._check = self._check, check
        try:
            yield
        finally:
            self._check = before

    def _asked(self, tool: str, arguments: Mapping[str, Json]) -> _Outcome:
        """One call. Failures are returned, so that what raises them later does not carry along what was sent and said:
        a server may repeat a token."""

        async def ask() -> Any:
            try:
                return await self._connected().call_tool(tool, dict(arguments))
            except MCPError as error:
                return error
            except TimeoutError:
                return _own_error("did not answer in time")
            except Exception as error:  # whatever the SDK's tasks ended with: the connection is of no use any more
                self._client = None
                return _own_error(f"could not be asked ({type(error).__name__})")

        self._open()
        result: Any = self._portal.call(ask)
        if isinstance(result, MCPError):
            return _Outcome(failure=self._failure(tool, result), gone=_status(result) == 404)
        return self._unwrapped(tool, result)

    def _unwrapped(self, tool: str, result: Any) -> _Outcome:
        """What stands in the JSON in the text of a reply."""
        texts = [part.text for part in result.content if getattr(part, "type", "") == "text"]
        text = texts[0] if texts else ""
        try:
            told = read_json(text)
        except BadJson:
            if result.is_error:
                return _Outcome(failure=ToolFailed(tool, self._safe(text) or "no reason is given"))
            return _Outcome(failure=Unreadable(f"{tool}: the reply is not JSON"))
        failed = _error_of(told)
        if isinstance(told, dict) and "result" in told and told.keys() <= {"toolName", "result", "error"}:
            told = told["result"]
            # A record of its own may well have a member of this name; a failure has nothing beside it.
            alone = isinstance(told, dict) and told.keys() <= {"error"}
            failed = failed or (_error_of(told) if alone else "")
        if result.is_error or failed:
            return _Outcome(failure=ToolFailed(tool, self._safe(failed or text)))
        return _Outcome(told)

    def _failure(self, what: str, error: MCPError) -> Failure:
        """A failure in our words; the SDK's has the whole exchange behind it."""
        data = error.error.data if error.error.code == FAILED and isinstance(error.error.data, dict) else {}
        message, status = self._safe(error.error.message), _status(error)
        if error.error.code == FAILED and not status:
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
        """Reads which tools there are. Raises Failure."""
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
        """Connect where there is no connection, or none any more. Raises Failure."""
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
        async with PatientClient(self._secret, self.url, self._pace, self._timeout) as http:
            transport = streamable_http_client(self.url, http_client=http, max_sse_event_size=_LARGEST_REPLY)
            # The protocol with a handshake is the one that the vendor's server is known to speak.
            async with Client(transport, mode="legacy", read_timeout_seconds=self._timeout) as client:
                yield client

    def close(self) -> None:
        """Let the connection go; the next call opens another."""
        with self._opening:
            self._leave()

    def _leave(self) -> None:
        self._client = None
        # What a broken connection still has to say was told by the call that met it.
        with suppress(Exception):
            self._stack.close()


@contextmanager
def open_tools(secret: Secret, host: str = VENDOR, pace: Pace | None = None, timeout: float = READ) -> Iterator[Tools]:
    """The tools of the server at a host, until the block is left. Raises Failure, and ValueError for no host.

    secret: A token for MCP, which is another than REST's. pace: Only its pauses count, no limit is known.
    """
    url = trusted(host) + PATH
    with start_blocking_portal() as portal:
        tools = Tools(secret, url, pace or Pace({}, AT_HOME if is_loopback(url) else Pace().patience), timeout, portal)
        try:
            yield tools
        finally:
            tools.close()


def _status(error: MCPError) -> int:
    data = error.error.data
    return int(data.get("status", 0)) if error.error.code == FAILED and isinstance(data, dict) else 0


def _error_of(told: Json) -> str:
    """The message of an error within a reply; empty without one."""
    error = told.get("error") if isinstance(told, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    if isinstance(message, str):
        return message
    return json.dumps(error, ensure_ascii=False) if error else ""


def _own_error(message: str) -> MCPError:
    return MCPError(FAILED, message, {"status": 0, "uncertain": True})


def _innermost(error: BaseException) -> BaseException:
    """What a group of failures comes from."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
