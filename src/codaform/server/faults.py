"""Faults on demand: refusals, slow replies, dropped connections and writes that take long, as one asks for them."""

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

from codaform.server.growing import growing
from codaform.server.rest.call import ApiError
from codaform.server.workspace import unusual

S = TypeVar("S")

Seconds = Annotated[float, Field(ge=0, le=86_400)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]

CONNECTION = "codaform.connection"
"""Where the scope of a request holds the connection that it came by."""


class BadFault(ValueError):
    """Why something is no description of faults, in one line. issues: Everything that is wrong with it."""

    def __init__(self, issues: list[dict[str, str]]) -> None:
        first = issues[0]
        super().__init__(f"{first['path']}: {first['message']}" if first["path"] else first["message"])
        self.issues = issues


class Dropped(ConnectionError):
    """A connection that was dropped on purpose, for clients in the same process: they have no connection to lose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with some calls.

    What goes wrong; several may be named, but `drop` and `status` not together:

    status: The reply has this status: below 500 with Coda's JSON, from 500 on with a gateway's HTML. A 429 says, as
      Coda's, nothing of when to come again.
    drop: The connection is closed without a reply.
    after: Both happen only after the call was carried out: a write takes effect, and its sender does not learn of it.
    slow: The reply comes so many seconds late; with `after`, or without the other two, the call itself is in time.
    delay, staleness, unknown, stuck: The writes of the call take so long; see Timing.
    extra: The reply has members that no description knows, where it is JSON and neither refused nor dropped.

    Which calls it meets, where not all of them:

    method: Of this method. path: Whose path begins so, as in `/apis/v1/docs`, or `/apis/mcp`.
    skip: So many calls pass before the first that it meets: the second page of a list, or the fifth write.
    times: It meets so many calls and then no more; with `window`, so many within any that many seconds.
    chance: It meets a call with this chance; which ones depends on `seed` alone.
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
    skip: Count = 0
    times: Count | None = None
    window: Annotated[float, Field(ge=0.001, le=86_400)] | None = None
    chance: Annotated[float, Field(ge=0, le=1)] = 1.0
    seed: int = 0

    @property
    def timing(self) -> dict[str, float | bool]:
        """What it says of the time that writes take, by the names of Timing."""
        named = {name: getattr(self, name) for name in ("delay", "staleness", "unknown", "stuck")}
        return {name: value for name, value in named.items() if value is not None}

    def told(self) -> dict[str, Any]:
        """The fault as it was asked for: only what is not as usual."""
        usual = asdict(Fault())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


@dataclass(frozen=True, slots=True)
class Wanted:
    """All faults that are to be.

    renamed: Names under which the MCP server lists tools instead of their own. without: Arguments that tools lack.
    """

    __pydantic_config__: ClassVar[Mapping[str, object]] = {"extra": "forbid", "allow_inf_nan": False}

    faults: Annotated[list[Fault], Field(max_length=100)] = field(default_factory=list)
    renamed: dict[str, Annotated[str, Field(min_length=1)]] = field(default_factory=dict)
    without: dict[str, list[str]] = field(default_factory=dict)


class _Watched:
    """A fault with what it has met so far."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = 0
        self.met = 0
        self._hits: list[float] = []
        self._random = random.Random(fault.seed)

    def meets(self, method: str, path: str, now: float) -> bool:
        """Whether it meets this call, of which it takes note."""
        fault = self.fault
        if (fault.method and method != fault.method.upper()) or not path.startswith(fault.path):
            return False
        self.seen += 1
        # Drawn for each call, so that which calls are met does not depend on the other limits.
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
class Met:
    """What goes wrong with one call.

    ends: The fault that puts its own end in the place of the reply. extra: Whether the reply has unknown members.
    """

    slow: float = 0.0
    timing: Mapping[str, float | bool] = field(default_factory=dict)
    ends: Fault | None = None
    extra: bool = False


class Faults:
    """The faults that a local Coda has at present; none at first.

    renamed, without: See Wanted; the MCP server asks them at every listing. seconds: A clock that only runs forward.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._watched: list[_Watched] = []
        self.renamed: Mapping[str, str] = {}
        self.without: Mapping[str, Collection[str]] = {}

    def set(self, wanted: object) -> None:
        """Have these faults and no others: an object of JSON with the members of Wanted. Raises BadFault."""
        read = _read(wanted)
        self._watched = [_Watched(fault) for fault in read.faults]
        self.renamed, self.without = read.renamed, read.without

    def add(self, **fault: object) -> None:
        """Have one fault more, by the members of Fault. Raises BadFault."""
        (added,) = _read({"faults": [fault]}).faults
        self._watched = [*self._watched, _Watched(added)]

    def clear(self) -> None:
        """Have no faults."""
        self.set({})

    def wanted(self) -> dict[str, Any]:
        """What `set` takes to have the same faults again."""
        without = {tool: list(names) for tool, names in self.without.items()}
        return {
            "faults": [known.fault.told() for known in self._watched],
            "renamed": dict(self.renamed),
            "without": without,
        }

    def met(self) -> list[int]:
        """How many calls each fault has met."""
        return [known.met for known in self._watched]

    def meet(self, method: str, path: str) -> Met:
        """What goes wrong with a call. Faults are asked in order; the first with a status or a drop is the last."""
        slow, timing, extra, now = 0.0, {}, False, self._seconds()
        for known in self._watched:
            if known.meets(method, path, now):
                slow += known.fault.slow
                timing.update(known.fault.timing)
                extra = extra or known.fault.extra
                if known.fault.drop or known.fault.status is not None:
                    return Met(slow, timing, known.fault)
        return Met(slow, timing, extra=extra)

    def __bool__(self) -> bool:
        return bool(self._watched)


def _read(wanted: object) -> Wanted:
    read = read_shape(Wanted, json.dumps(wanted).encode())
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
        before = unusual.set(met.timing)
        try:
            await _meet(app, met, scope, receive, send)
        finally:
            unusual.reset(before)

    return serve


async def _meet(app: ASGIApp, met: Met, scope: Scope, receive: Receive, send: Send) -> None:
    end, connection = met.ends, scope.get(CONNECTION)
    if end is None:
        late = _late(send, met.slow, connection)
        await app(scope, receive, growing(late) if met.extra else late)
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
        pass  # the server must know that nobody waits any more, before it misses the reply


async def _pause(seconds: float, connection: Any) -> None:
    """Wait, but for nobody: a client that went would keep the server from ending."""
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
    except ValueError:  # a number without a phrase of its own
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


def read_shape(shape: type[S], text: bytes) -> S:
    """What a text of JSON says, read as a dataclass that describes it. Raises BadFault."""
    from pydantic import ValidationError

    kind: Any = shape
    try:
        read: S = _reader_of(kind).validate_json(text, strict=True)
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
