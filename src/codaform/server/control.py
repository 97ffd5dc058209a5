"""The control endpoints, which set the faults, the clock, the timing and the limits of a running local Coda.

Coda itself has no such endpoints. They need no token and are for tests on the same machine; like the page, they refuse
other hosts and other sites. All except the snapshot and the new token answer with the state that `GET /control` shows;
bad input changes nothing and is refused with 400 in the form of the API's errors.

    GET    /control            the state: docs, clock, timing, limits, and faults with the number of calls that each met
    PUT    /control/faults     {"faults": [...], "renamed": {...}, "without": {...}, "selects": ...}: exactly these
    DELETE /control/faults     remove all faults
    PUT    /control/timing     {"delay"?, "staleness"?, "unknown"?, "stuck"?}: other members stay (Timing)
    PUT    /control/clock      "2025-12-10T09:00" stops the clock there; null lets it run. Without an offset, the
                               time is in the first doc's zone
    PUT    /control/limits     "coda" for Coda's limits, null for none, or {"read": [100, 6], ...}: calls in seconds
    POST   /control/tokens     {"api": "rest" | "mcp", "doc"?, "table"?, "reads"?, "writes"?, "name"?} → 201 {"token"}
    PUT    /control/automations {"doc", "rule", "action"}: an automation of a doc, whose webhook carries out an action
    POST   /control/finish     apply every accepted write, and show it in every read
    GET    /control/snapshot   all docs with their rows, as a file that `codaform serve` starts from, without the
                               accepted writes that are still to come
    POST   /control/restart    as after a crash: forget everything in memory and start from the file again; without a
                               file, from the docs of the start. Tokens, clock, timing, limits and faults stay
    POST   /control/reset      the docs, the clock, the timing, the limits and the faults of the start; tokens stay
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from codaform.model import types
from codaform.model.budget import OutOfTime
from codaform.semantics.program import FormulaSite, bind_site
from codaform.server.access import CODA_LIMITS, Limits, Token, Tokens
from codaform.server.faults import BadFault, Faults, Seconds, read_shape
from codaform.server.rest.call import ApiError
from codaform.server.storage.seeding import snapshot
from codaform.server.storage.store import CannotOpen
from codaform.server.turns import run_in_turn
from codaform.server.workspace import Workspace
from codaform.source import Source

YEARS = range(1900, 9999)
"""The years that the clock can show: every zone and every week has dates there."""

_MOST_BYTES = 1_000_000
"""The largest size of a body."""

_Limit = tuple[Annotated[int, Field(ge=0, le=1_000_000)], Annotated[float, Field(gt=0, le=86_400)]]


@dataclass(frozen=True, slots=True)
class _TimingChange:
    """The body of a change of the timing; None changes nothing."""

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "allow_inf_nan": False}

    delay: Seconds | None = None
    staleness: Seconds | None = None
    unknown: Seconds | None = None
    stuck: bool | None = None


@dataclass(frozen=True, slots=True)
class _OwnLimits:
    """The body that sets other limits than Coda's, by the names of CODA_LIMITS."""

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "allow_inf_nan": False}

    read: _Limit | None = None
    write: _Limit | None = None
    content: _Limit | None = None
    docs: _Limit | None = None


@dataclass(frozen=True, slots=True)
class _TokenRequest:
    """The body of a request for a token. doc, table: Existing ids; an empty text means every doc or table."""

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}

    api: Literal["rest", "mcp"]
    doc: str = ""
    table: str = ""
    reads: bool = True
    writes: bool = True
    name: Annotated[str, Field(max_length=200)] = "control"


@dataclass(frozen=True, slots=True)
class _AutomationRequest:
    """The body that makes an automation with a webhook as its trigger.

    rule: The id that triggers name. action: The formula of an action; an empty text deletes the automation.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}

    doc: str
    rule: Annotated[str, Field(min_length=1, max_length=200)]
    action: Annotated[str, Field(max_length=10_000)]


def routes(workspace: Workspace, tokens: Tokens, limits: Limits, faults: Faults) -> list[BaseRoute]:
    """The endpoints below `/control`. A reset restores the settings that are in force at this call."""
    control = _Control(workspace, tokens, limits, faults)

    def with_state(change: Callable[[bytes], None]) -> Callable[[bytes], Response]:
        def answer(body: bytes) -> Response:
            change(body)
            return JSONResponse(control.state())

        return answer

    served: list[tuple[str, str, Callable[[bytes], Response]]] = [
        ("GET", "", with_state(lambda _: None)),
        ("PUT", "/faults", with_state(control.set_faults)),
        ("DELETE", "/faults", with_state(lambda _: faults.clear())),
        ("PUT", "/timing", with_state(control.set_timing)),
        ("PUT", "/clock", with_state(control.set_clock)),
        ("PUT", "/limits", with_state(control.set_limits)),
        ("POST", "/tokens", control.new_token),
        ("PUT", "/automations", with_state(control.set_automation)),
        ("POST", "/finish", with_state(lambda _: workspace.finish())),
        ("GET", "/snapshot", control.snapshot),
        ("POST", "/restart", with_state(lambda _: workspace.restart())),
        ("POST", "/reset", with_state(lambda _: control.reset())),
    ]
    return [
        Route(f"/control{path}", _endpoint(workspace, answer, writes=method != "GET"), methods=[method])
        for method, path, answer in served
    ]


def _endpoint(workspace: Workspace, answer: Callable[[bytes], Response], writes: bool) -> Callable[[Request], Any]:
    async def serve(request: Request) -> Response:
        try:
            body = await _body(request)
            return await run_in_turn(workspace.turns, lambda: answer(body), writes=writes)
        except BadFault as problem:
            issues = {"codaType": "RequestSchemaValidationFailed", "codaDetail": {"issues": problem.issues}}
            refusal = ApiError(400, str(problem), issues)
        except CannotOpen as problem:
            refusal = ApiError(409, str(problem))
        except OutOfTime as ended:
            refusal = ApiError(503, str(ended))
        except ApiError as problem:
            refusal = problem
        return JSONResponse(refusal.body, refusal.status)

    return serve


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        parts = [*parts, part] if size <= _MOST_BYTES else []
    if size > _MOST_BYTES:
        raise ApiError(400, "request entity too large")
    return b"".join(parts)


class _Control:
    """The work of the endpoints, and the settings of the start."""

    def __init__(self, workspace: Workspace, tokens: Tokens, limits: Limits, faults: Faults) -> None:
        self.workspace, self.tokens, self.limits, self.faults = workspace, tokens, limits, faults
        self._clock, self._timing = workspace.clock, replace(workspace.timing)
        self._limits, self._faults = dict(limits.limits), faults.wanted()

    def state(self) -> dict[str, Any]:
        """All settings, as JSON."""
        workspace, path = self.workspace, self.workspace.store.path
        docs = [(doc.record, workspace.pending(doc.record.id)) for doc in workspace.docs()]
        return {
            "docs": [{"id": doc.id, "name": doc.name, "version": doc.version, "pending": late} for doc, late in docs],
            "file": str(path) if path is not None else None,
            "clock": workspace.clock.isoformat() if workspace.clock is not None else None,
            "now": workspace.now.isoformat(),
            "timing": asdict(workspace.timing),
            "limits": {kind: list(limit) for kind, limit in self.limits.limits.items()} or None,
            **self.faults.wanted(),
            "met": self.faults.met(),
        }

    def set_faults(self, body: bytes) -> None:
        self.faults.set(_parsed(body))

    def set_timing(self, body: bytes) -> None:
        for name, value in asdict(read_shape(_TimingChange, body)).items():
            if value is not None:
                setattr(self.workspace.timing, name, value)

    def set_clock(self, body: bytes) -> None:
        wanted = _parsed(body)
        self.workspace.clock = None if wanted is None else self._moment(wanted)

    def _moment(self, wanted: object) -> datetime:
        try:
            if not isinstance(wanted, str):
                raise ValueError(wanted)
            moment = datetime.fromisoformat(wanted)
            if moment.year not in YEARS:
                raise ValueError(wanted)
        except ValueError:
            raise ApiError(400, "The clock is set to a moment, such as 2025-12-10T09:00, or to null.") from None
        docs = self.workspace.docs()
        zone = ZoneInfo(docs[-1].record.time_zone) if docs else UTC
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)

    def set_limits(self, body: bytes) -> None:
        wanted = _parsed(body)
        if wanted is None or wanted == "coda":
            self.limits.limits = dict(CODA_LIMITS) if wanted else {}
            return
        own = asdict(read_shape(_OwnLimits, body))
        self.limits.limits = {kind: limit for kind, limit in own.items() if limit is not None}

    def new_token(self, body: bytes) -> Response:
        wanted = read_shape(_TokenRequest, body)
        docs = [doc.record for doc in self.workspace.docs() if wanted.doc in ("", doc.record.id)]
        if wanted.doc and not docs:
            raise ApiError(400, f"There is no doc with the id {wanted.doc[:100]}.")
        if wanted.table and all(table.id != wanted.table for doc in docs for table in doc.tables):
            raise ApiError(400, f"There is no table with the id {wanted.table[:100]}.")
        token = Token(wanted.name, wanted.api, wanted.doc, wanted.table, wanted.reads, wanted.writes)
        return JSONResponse({"token": self.tokens.add(token)}, 201)

    def set_automation(self, body: bytes) -> None:
        wanted = read_shape(_AutomationRequest, body)
        if wanted.doc not in self.workspace:
            raise ApiError(400, f"There is no doc with the id {wanted.doc[:100]}.")
        if wanted.action:
            doc = self.workspace.live(wanted.doc)
            source = Source("action", wanted.action)
            _, problems = bind_site(doc.book.doc, FormulaSite("action", "", ""), source, types.ACTION)
            wrong = next((problem for problem in problems if problem.rule.severity == "error"), None)
            if wrong is not None:
                raise ApiError(400, f"The action cannot be carried out: {wrong.message}")
        self.workspace.do(wanted.doc, "set automation", {"rule": wanted.rule, "action": wanted.action})

    def snapshot(self, _: bytes) -> Response:
        oldest_first = reversed(self.workspace.docs())
        text = snapshot([self.workspace.live(doc.record.id) for doc in oldest_first])
        return Response(text.encode(), media_type="application/json; charset=utf-8")

    def reset(self) -> None:
        self.workspace.clock = self._clock
        for name, value in asdict(self._timing).items():
            setattr(self.workspace.timing, name, value)
        self.limits.limits = dict(self._limits)
        self.faults.set(self._faults)
        self.workspace.reset()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(400, "The body is not valid JSON.") from None
