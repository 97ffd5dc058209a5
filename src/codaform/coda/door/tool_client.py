"""HTTP for the MCP server: adds the token, repeats calls refused for their pace, and turns failures into answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator
from typing import Any

import anyio
import httpx2

from codaform.coda.door.hosts import is_loopback
from codaform.coda.door.pace import Pace
from codaform.coda.door.tokens import Secret, redact
from codaform.coda.door.transport import MOST_BYTES
from codaform.coda.wire.json_data import InvalidJson, read_json

NO_ANSWER = -32050
"""The code of errors that come from this module and not from the server; their data hold the `status`, 0 without an
answer, and `uncertain`, whether the server may have carried out the call."""

_KINDS = ("application/json", "text/event-stream")
"""The content types of MCP's answers."""

_LONGEST_MESSAGE = 500


class _Bearer(httpx2.Auth):
    """Adds the token to a call at the last moment."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Add the token to a call; there are no calls to other hosts."""
        request.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        yield request


class _Limited(httpx2.AsyncByteStream):
    """An answer that breaks off at the maximum size."""

    def __init__(self, stream: object) -> None:
        assert isinstance(stream, httpx2.AsyncByteStream)
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for part in self._stream:
            taken += len(part)
            if taken > MOST_BYTES:
                raise httpx2.ReadError(f"the answer is larger than {MOST_BYTES >> 20} MiB")
            yield part

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()


class ToolHttpClient(httpx2.AsyncClient):
    """The HTTP client of the SDK.

    The SDK reports a failed call without its status, and a broken connection ends its session: so this client turns
    both into an answer with a JSON-RPC error. pace: For the pauses; the server states no limits.
    """

    def __init__(self, secret: Secret, url: str, pace: Pace, timeout: float) -> None:
        super().__init__(
            auth=_Bearer(secret),
            timeout=httpx2.Timeout(timeout, connect=10.0),
            trust_env=not is_loopback(url),
            headers={"User-Agent": "codaform", "Accept-Encoding": "identity"},
        )
        self._pace = pace
        self._secret = secret

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a message; repeat it if the server refused it for its pace, or if it cannot have arrived."""
        attempts = self._pace.patience.attempts
        for attempt in range(1, attempts + 1):
            sent = self._pace.seconds()
            try:
                answer = await super().send(request, **options)
            except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
                if attempt == attempts:
                    return _error_answer(request, 0, "could not be reached", uncertain=False)
            except httpx2.TimeoutException:
                return _error_answer(request, 0, "did not answer in time", uncertain=True)
            except httpx2.TransportError:
                return _error_answer(request, 0, "broke the connection before its answer was complete", uncertain=True)
            else:
                status = answer.status_code
                kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                    await answer.aclose()
                    return _error_answer(request, 0, "compresses its answer, which was not requested", uncertain=True)
                answer.stream = _Limited(answer.stream)
                if status < 400 and (kind in _KINDS or status != 200):
                    self._pace.passed(sent)
                    return answer
                if status < 400:
                    await answer.aclose()
                    return _error_answer(request, 0, "answers with something that is not MCP", uncertain=True)
                body = await _text(answer)
                if status != 429 or attempt == attempts:
                    return _error_answer(
                        request, status, redact(body, [self._secret])[:_LONGEST_MESSAGE], uncertain=status >= 500
                    )
            self._pace.refused(sent)
            await anyio.sleep(self._pace.left())
        raise AssertionError("every last attempt returns")


async def _text(answer: httpx2.Response) -> str:
    """The message of a refusal; this reads its stream to the end."""
    try:
        content = await answer.aread()
    except httpx2.TransportError:
        content = b""
    finally:
        await answer.aclose()
    try:
        reply = read_json(content)
    except InvalidJson:
        reply = None
    if isinstance(reply, dict):
        error = reply.get("error")
        message = error.get("message") if isinstance(error, dict) else reply.get("message")
        if isinstance(message, str) and message:
            return message
    return answer.reason_phrase or "no reason is given"


def _error_answer(request: httpx2.Request, status: int, message: str, uncertain: bool) -> httpx2.Response:
    """An answer that says why there is no real answer."""
    try:
        asked = json.loads(request.content)
    except (ValueError, httpx2.RequestNotRead):
        asked = None
    error = {"code": NO_ANSWER, "message": message, "data": {"status": status, "uncertain": uncertain}}
    body = {"jsonrpc": "2.0", "id": asked.get("id") if isinstance(asked, dict) else None, "error": error}
    return httpx2.Response(status or 599, json=body, request=request)
