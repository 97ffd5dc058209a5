"""The REST API as an ASGI application."""

from __future__ import annotations

import json
import logging
import math
from functools import lru_cache
from urllib.parse import parse_qs

from starlette.datastructures import URL
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from codaform.model.budget import OutOfTime
from codaform.model.number_text import json_text
from codaform.server.access import Limits, Tokens
from codaform.server.doc.records import Json
from codaform.server.rest.call import ApiError, Reply, RestCall
from codaform.server.rest.operations import match
from codaform.server.turns import run_in_turn
from codaform.server.workspace import Workspace

ROOT = "/apis/v1"

_MOST_BYTES = 2_000_000
"""The largest size of a body."""

_log = logging.getLogger(__name__)


def endpoint(workspace: Workspace, tokens: Tokens, limits: Limits) -> ASGIApp:
    """The application for everything below ROOT."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            reply = await _answer(request, workspace, tokens, limits)
            response = _json(reply.body, reply.status)
        except ApiError as refusal:
            response = _json(refusal.body, refusal.status)
        except ClientDisconnect:
            return
        except Exception:
            _log.exception("%s %s", request.method, request.url.path)
            failure = ApiError(500, "The local Coda failed; its log tells why.")
            response = _json(failure.body, failure.status)
        await response(scope, receive, send)

    return serve


async def _answer(request: Request, workspace: Workspace, tokens: Tokens, limits: Limits) -> Reply:
    body = await _body(request)
    token = tokens.find(request.headers.get("authorization"), "rest")
    if token is None:
        raise ApiError(401, "Unauthorized")
    path = request.scope.get("raw_path", request.scope["path"].encode()).decode("latin-1").partition("?")[0]
    found = match(request.method, path.removeprefix(ROOT))
    if found is None:
        raise ApiError(404, "Not Found")
    operation, places = found
    if not limits.admits(operation.bucket):
        raise ApiError(429, "Too Many Requests")
    if not (token.reads if operation.bucket in ("read", "docs") else token.writes):
        raise ApiError(403, "The API token does not allow this operation.")
    queried = request.scope["query_string"].decode("latin-1")
    query = parse_qs(queried, keep_blank_values=True, errors="replace") if queried else {}
    origin = _origin(request.scope["scheme"], request.headers.get("host"), tuple(request.scope.get("server") or ()))
    place = request.scope["path"].replace("?", "%3F").replace("#", "%23").replace("\\", "%5C")
    call = RestCall(
        workspace,
        token,
        places,
        query,
        _parsed(body) if request.method != "GET" else None,
        f"{origin}{ROOT}",
        f"{origin}{place}?{queried}" if queried else f"{origin}{place}",
    )
    wanted, doc = request.headers.get("x-coda-doc-version"), places.get("docId", "")

    def work() -> Reply:
        if wanted is not None and doc in workspace and (wanted != "latest" or workspace.pending(doc)):
            raise ApiError(400, "Doc is not yet up to date.")
        return operation.handler(call)

    try:
        writes = operation.bucket not in ("read", "docs")
        return await run_in_turn(workspace.turns, work, writes=writes, accepts=operation.accepts)
    except OutOfTime as ended:
        raise ApiError(503, str(ended)) from None


@lru_cache(64)
def _origin(scheme: str, host: str | None, server: tuple[str | int | None, ...]) -> str:
    """The scheme and host of links. Each call of a client has the same ones."""
    headers = [(b"host", host.encode("latin-1"))] if host is not None else []
    url = URL(scope={"scheme": scheme, "server": server or None, "path": "", "headers": headers})
    return f"{url.scheme}://{url.netloc}"


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= _MOST_BYTES:
            parts.append(part)
    if size > _MOST_BYTES:
        raise ApiError(400, "request entity too large")
    return b"".join(parts)


def _parsed(body: bytes) -> Json:
    if not body.strip():
        return None
    try:
        text = body.decode("utf-8")
        read = json.loads(text, parse_constant=_no_number, parse_float=_number)
        if "\\ud" in text.lower():
            json.dumps(read, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair is no letter
        return read
    except (ValueError, RecursionError):
        raise ApiError(400, "The body is not valid JSON.") from None


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _no_number(text: str) -> Json:
    raise ValueError(text)


def _json(body: Json, status: int) -> Response:
    return Response(json_text(body).encode("utf-8", "replace"), status, media_type="application/json; charset=utf-8")
