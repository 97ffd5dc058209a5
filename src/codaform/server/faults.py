"""Faults on demand: refusals, slow replies, dropped connections, slow writes, replies with unknown members."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import Field
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codaform.server.rest.call import ApiError
from codaform.server.workspace import injected_timing

_S = TypeVar("_S")

Seconds = Annotated[float, Field(ge=0, le=86_400)]
_Count = Annotated[int, Field(ge=0, le=1_000_000_000)]

CONNECTION = "codaform.connection"
"""The key of a request's connection in its scope."""


class BadFault(ValueError):
    """The reason that a description of faults is invalid, in one line. issues: All problems."""

    def __init__(self, issues: list[dict[str, str]]) -> None:
        first = issues[0]
        super().__init__(f"{first['path']}: {first['message']}" if first["path"] else first["message"])
        self.issues = issues


class Dropped(ConnectionError):
    """A connection dropped on purpose, for clients in the same process, which have no connection to lose."""


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """A fault of some calls.

    The fault; several members may be set, but `drop` and `status` not together:

    status: The reply has this status: below 500 with Coda's JSON, from 500 on with a gateway's HTML. A 429 does not say
      when to call again, as Coda's does not.
    drop: The connection is closed without a reply.
    after: Both happen only after the call: a write takes effect, and its sender does not learn that.
    slow: The reply is late by this number of seconds; with `after`, or without the other two, the call itself is not.
    delay, staleness, unknown, stuck: The timing of the call's writes; see Timing.
    extra: The reply has undocumented members, if it is JSON and neither refused nor dropped.

    The calls that it meets, by default all:

    method: Calls of this method. path: Calls whose path begins so, as in `/apis/v1/docs`, or `/apis/mcp`.
    skip: This number of calls pass before the first hit: the second page of a list, or the fifth write.
    times: It meets this number of calls and then no more; with `window`, this number in any span of so many seconds.
    chance: It meets a call with this chance; the choice depends on `seed` alone.
    """

    __pydantic_config__: ClassVar[Mapping[str, object]] = {"extra": "forbid", "allow_inf_nan": False}

    status: Annotated[int, Field(ge=400, le=599)] | None = None
    drop: bool = False
    after: bool = False
    slow: Seconds = 0.0
    delay: Seconds | None = None
    staleness: Seconds | None = None
    unknown: Seconds | None = None
    stuck: bool | None = None
    extra: bool = False
    method: str = ""
    path: str = ""
    skip: _Count = 0
    times: _Count | None = None
    window: Annotated[float, Field(ge=0.001, le=86_400)] | None = None
    chance: Annotated[float, Field(ge=0, le=1)] = 1.0
    seed: int = 0

    @property
    def timing(self) -> dict[str, float | bool]:
        """Its timing of writes, by the names of Timing."""
        named = {name: getattr(self, name) for name in ("delay", "staleness", "unknown", "stuck")}
        return {name: value for name, value in named.items() if value is not None}

    def settings(self) -> dict[str, Any]:
        """Its members without the defaults."""
        usual = asdict(InjectedFault())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


@dataclass(frozen=True, slots=True)
class _FaultSettings:
    """All faults of a local Coda.

    renamed: The names under which the MCP server lists tools. without: The arguments that tools lack.
    selects: Whether `table_create` turns columns of numbers into select lists, as one author saw.
    """

    __pydantic_config__: ClassVar[Mapping[str, object]] = {"extra": "forbid", "allow_inf_nan": False}

    faults: Annotated[list[InjectedFault], Field(max_length=100)] = field(default_factory=list)
    renamed: dict[str, Annotated[str, Field(min_length=1)]] = field(default_factory=dict)
    without: dict[str, list[str]] = field(default_factory=dict)
    selects: bool = False


class _Watched:
    """A fault with its hits so far."""

    def __init__(self, fault: InjectedFault) -> None:
        self.fault = fault
        self.seen = 0
        self.met = 0
        self._hits: list[float] = []
        self._random = random.Random(fault.seed)

    def meets(self, method: str, path: str, now: float) -> bool:
        """Count a call; returns whether the fault meets it."""
        fault = self.fault
        if (fault.method and method != fault.method.upper()) or not path.startswith(fault.path):
            return False
        self.seen += 1
        # Drawn for each call, so the choice of calls does not depend on the other limits.
        drawn = self._random.random() < fault.chance
        if self.seen <= fault.skip or not drawn:
            return False
        if fault.window is not None:
            self._hits = [hit for hit in self._hits if hit > now - fault.window]
        if fault.times is not None and (len(self._hits) if fault.window is not None else self.met) >= fault.times:
            return False
        self.met += 1
        if fault.window is not None:
            self._hits.append(now)
        return True


@dataclass(frozen=True, slots=True)
class _Met:
    """The faults of one call together.

    ends: The fault that replaces the reply. extra: Whether the reply has unknown members.
    """

    slow: float = 0.0
    timing: Mapping[str, float | bool] = field(default_factory=dict)
    ends: InjectedFault | None = None
    extra: bool = False


class Faults:
    """The present faults of a local Coda; none at first.

    renamed, without, selects: As in _FaultSettings; the MCP server reads them at every call.
    seconds: A clock that only runs forward.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._watched: list[_Watched] = []
        self.renamed: Mapping[str, str] = {}
        self.without: Mapping[str, Collection[str]] = {}
        self.selects = False

    def set(self, wanted: object) -> None:
        """Set exactly these faults. wanted: A JSON object with the members of _FaultSettings. Raises BadFault."""
        read = _read(wanted)
        self._watched = [_Watched(fault) for fault in read.faults]
        self.renamed, self.without, self.selects = read.renamed, read.without, read.selects

    def add(self, **fault: object) -> None:
        """Add a fault, by the members of InjectedFault. Raises BadFault."""
        (added,) = _read({"faults": [fault]}).faults
        self._watched = [*self._watched, _Watched(added)]

    def clear(self) -> None:
        """Remove all faults."""
        self.set({})

    def wanted(self) -> dict[str, Any]:
        """The argument of `set` for the same faults."""
        without = {tool: list(names) for tool, names in self.without.items()}
        return {
            "faults": [known.fault.settings() for known in self._watched],
            "renamed": dict(self.renamed),
            "without": without,
            "selects": self.selects,
        }

    def met(self) -> list[int]:
        """The number of calls that each fault met."""
        return [known.met for known in self._watched]

    def meet(self, method: str, path: str) -> _Met:
        """The faults of a call, in their order, up to the first with a status or a drop."""
        slow, timing, extra, now = 0.0, {}, False, self._seconds()
        for known in self._watched:
            if known.meets(method, path, now):
                slow += known.fault.slow
                timing.update(known.fault.timing)
                extra = extra or known.fault.extra
                if known.fault.drop or known.fault.status is not None:
                    return _Met(slow, timing, known.fault)
        return _Met(slow, timing, extra=extra)

    def __bool__(self) -> bool:
        return bool(self._watched)


def _read(wanted: object) -> _FaultSettings:
    read = read_shape(_FaultSettings, json.dumps(wanted).encode())
    for at, fault in enumerate(read.faults):
        if fault.drop and fault.status is not None:
            raise BadFault([{"path": f"faults.{at}", "message": "a dropped connection has no status"}])
        if fault.window is not None and fault.times is None:
            raise BadFault([{"path": f"faults.{at}", "message": "a window needs to know how many times"}])
    return read


def faulty(app: ASGIApp, faults: Faults) -> ASGIApp:
    """The application with its faults."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not faults:
            await app(scope, receive, send)
            return
        met = faults.meet(scope["method"], scope["path"])
        before = injected_timing.set(met.timing)
        try:
            await _meet(app, met, scope, receive, send)
        finally:
            injected_timing.reset(before)

    return serve


async def _meet(app: ASGIApp, met: _Met, scope: Scope, receive: Receive, send: Send) -> None:
    end, connection = met.ends, scope.get(CONNECTION)
    if end is None:
        late = _late(send, met.slow, connection)
        await app(scope, receive, _unknown_members(late) if met.extra else late)
        return
    if end.after:
        await app(scope, receive, _nowhere)
    await _pause(met.slow, connection)
    if end.status is not None:
        await _refusal(end.status)(scope, receive, send)
        return
    if connection is None:
        raise Dropped("the connection was dropped on purpose")
    connection.abort()
    while (await receive())["type"] != "http.disconnect":
        pass  # the server must know that the client is gone before it misses the reply


async def _pause(seconds: float, connection: Any) -> None:
    """Wait while the client is there: one that is gone would keep the server from ending."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not (connection is not None and connection.is_closing()):
        await asyncio.sleep(min(left, 0.05))


def _late(send: Send, seconds: float, connection: Any) -> Send:
    async def late(message: Message) -> None:
        if message["type"] == "http.response.start":
            await _pause(seconds, connection)
        await send(message)

    return late if seconds else send


async def _nowhere(_: Message) -> None:
    pass


def _refusal(status: int) -> Response:
    try:
        refusal = ApiError(status, "").body
    except ValueError:  # a number without a phrase
        refusal = {"statusCode": status, "statusMessage": "Unknown", "message": ""}
    phrase = refusal["statusMessage"]
    if status < 500:
        return JSONResponse({**refusal, "message": phrase}, status)
    title = f"{status} {phrase}"
    return HTMLResponse(
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "</body>\r\n</html>\r\n",
        status,
    )


def read_shape(shape: type[_S], text: bytes) -> _S:
    """The dataclass in a JSON text. Raises BadFault."""
    from pydantic import ValidationError

    kind: Any = shape
    try:
        read: _S = _reader_of(kind).validate_json(text, strict=True)
        return read
    except ValidationError as error:
        raise BadFault(
            [
                {"path": ".".join(str(step) for step in issue["loc"]), "message": issue["msg"]}
                for issue in error.errors(include_url=False, include_input=False, include_context=False)[:20]
            ]
        ) from None


@cache
def _reader_of(shape: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(shape)


_MEMBER = "addedLater"
"""The undocumented member of every object in a reply with unknown members."""


def _unknown_members(send: Send) -> Send:
    """A `send` that adds an unknown member to a JSON reply and to each thing in it, but not to cells."""
    start: Message = {}
    parts: list[bytes] = []

    async def send_grown(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
        if not _is_json(start):
            await send(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                body = json.dumps(
                    _with_unknown_members(json.loads(b"".join(parts)), outermost=True), ensure_ascii=False
                ).encode()
                headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
                await send({**start, "headers": [*headers, (b"content-length", b"%d" % len(body))]})
                await send({"type": "http.response.body", "body": body})

    return send_grown


def _is_json(start: Message) -> bool:
    kinds = [value for name, value in start.get("headers", ()) if name.lower() == b"content-type"]
    return any(kind.startswith(b"application/json") for kind in kinds)


def _with_unknown_members(reply: Any, outermost: bool = False) -> Any:
    match reply:
        case dict():
            # The cells of a row are no members of Coda's: their names are column names.
            inner = {name: value if name == "values" else _with_unknown_members(value) for name, value in reply.items()}
            return {**inner, _MEMBER: {"since": "later"}} if outermost or "href" in reply else inner
        case list():
            return [_with_unknown_members(item) for item in reply]
    return reply
