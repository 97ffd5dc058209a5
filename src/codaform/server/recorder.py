"""A recorder on loopback: passes the calls of a client on to Coda, and keeps each request with its reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from codaform.coda.door.hosts import is_loopback, trusted_origin
from codaform.coda.recording.exchanges import Exchange
from codaform.coda.wire.json_data import InvalidJson, Json, read_json

Keep = Callable[[Exchange], None]

_REST, _MCP = "/apis/v1", "/apis/mcp"
_SECONDS = 120.0
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

_PASSED_ON = frozenset(
    ["authorization", "content-type", "accept", "user-agent", "mcp-session-id", "mcp-protocol-version", "last-event-id"]
)
"""The headers of a request that go on to Coda."""

_PASSED_BACK = frozenset(["content-type", "retry-after", "location", "mcp-session-id"])
"""The headers of a reply that go back to the client."""


class Recorder:
    """Passes calls on to a host, and hands each exchange to `keep`; headers, and the token among them, are not kept.

    host: Of Coda's REST API. mcp_host: Of its MCP server. Raises ValueError for a host that may get no token.
    """

    def __init__(self, host: str, mcp_host: str, keep: Keep) -> None:
        self._hosts = {_REST: trusted_origin(host), _MCP: trusted_origin(mcp_host)}
        self._keep = keep
        self._lines = 0

    def application(self) -> Starlette:
        """The application to serve."""
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=_METHODS)])

    async def _answer(self, request: Request) -> Response:
        if not is_loopback(f"http://{request.headers.get('host', '')}"):
            return PlainTextResponse("The recorder answers on this machine alone.", 403)
        path = _sent_path(request)
        room = next((one for one in self._hosts if path == one or path.startswith(f"{one}/")), None)
        if room is None:
            return PlainTextResponse("The recorder passes on calls below /apis/v1 and /apis/mcp.", 404)
        if room == _MCP and request.method == "GET":
            return PlainTextResponse("The recorder passes on no stream of events.", 405)
        body = await request.body()
        return await run_in_threadpool(self._passed_on, request, room, body)

    def _passed_on(self, request: Request, room: str, body: bytes) -> Response:
        import requests

        host = self._hosts[room]
        query = f"?{request.url.query}" if request.url.query else ""
        headers = {name: value for name, value in request.headers.items() if name in _PASSED_ON}
        try:
            found = requests.request(
                request.method,
                f"{host}{_sent_path(request)}{query}",
                headers={**headers, "accept-encoding": "identity"},
                data=body,
                timeout=_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as problem:
            return PlainTextResponse(f"{urlsplit(host).hostname} does not answer: {type(problem).__name__}", 502)
        for exchange in self._exchanges(request, room, body, found.status_code, found.content):
            self._keep(exchange)
        # A link that leads on has to lead through the recorder, or its page would be missing.
        content = found.content.replace(
            f"{host}{_REST}".encode(), f"{str(request.base_url).rstrip('/')}{_REST}".encode()
        )
        back = {name: value for name, value in found.headers.items() if name.lower() in _PASSED_BACK}
        return Response(content, found.status_code, back)

    def _exchanges(self, request: Request, room: str, body: bytes, status: int, content: bytes) -> Iterator[Exchange]:
        self._lines += 1
        where = f"call {self._lines}"
        sent, reply = _loose(body), _loose(content)
        if room == _REST:
            path = _sent_path(request).removeprefix(_REST) or "/"
            query = tuple(parse_qsl(request.url.query, keep_blank_values=True))
            yield Exchange(where, request.method, path, query, sent, "", status, reply)
            return
        call: Any = sent
        match call:
            case {"method": "tools/call", "id": id, "params": {"name": str() as tool, **others}}:
                outcome = next(_answers(content, id), None)
                if outcome is not None:
                    failed, value = _value(outcome)
                    arguments: Any = others.get("arguments") or {}
                    yield Exchange(where, "", "", (), arguments, tool, 0 if failed else 200, value)


def _sent_path(request: Request) -> str:
    """The path as the client sent it: a slash inside of a name is `%2F`."""
    return str(request.scope["raw_path"], "ascii", "replace")


def _answers(content: bytes, id: Json) -> Iterator[Mapping[str, Any]]:
    """The reply to a call of MCP: the body itself, or in it an event of a stream."""
    for text in (content, *(line[5:] for line in content.splitlines() if line.startswith(b"data:"))):
        told = _loose(text)
        if isinstance(told, dict) and told.get("id") == id and ("result" in told or "error" in told):
            yield told


def _value(outcome: Mapping[str, Any]) -> tuple[bool, Json]:
    """Whether a tool failed, and what it gave: its structured content, else its text, as JSON where it is one."""
    result = outcome.get("result")
    if not isinstance(result, dict):
        return True, outcome.get("error")
    failed = bool(result.get("isError"))
    if isinstance(result.get("structuredContent"), dict):
        return failed, _unwrapped(result["structuredContent"])
    texts = [part.get("text", "") for part in result.get("content", ()) if isinstance(part, dict)]
    text = "".join(one for one in texts if isinstance(one, str))
    told = _loose(text.encode("utf-8", "surrogatepass"))
    return failed, text if told is None else _unwrapped(told)


def _unwrapped(told: Json) -> Json:
    """What a tool gave, out of the record with its name."""
    if isinstance(told, dict) and "result" in told and told.keys() <= {"toolName", "result", "error"}:
        return told["result"]
    return told


def _loose(body: bytes) -> Json:
    """A body as JSON; None where it is none."""
    try:
        return read_json(body) if body.strip() else None
    except (InvalidJson, ValueError):
        return None


def line_of(one: Mapping[str, Json]) -> bytes:
    """A line of a recording."""
    return json.dumps(one, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
