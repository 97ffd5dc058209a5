"""HTTP for the MCP server: the token in place, refusals of the pace repeated, failures told as answers."""

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
from codaform.coda.wire.json_data import BadJson, read_json

FAILED = -32050
"""The code of errors that come from here and not from the server; their data tell the `status`, 0 without an answer,
and whether the call may have been carried out (`uncertain`)."""

_KINDS = ("application/json", "text/event-stream")
"""What answers of MCP come as."""

_LONGEST_MESSAGE = 500


class _Bearer(httpx2.Auth):
    """Puts the token into a call at the last moment."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Every call has it, and no other host is ever asked."""
        request.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        yield request


class _Limited(httpx2.AsyncByteStream):
    """An answer that breaks off where it is larger than an answer may be."""

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
        """Let the connection go."""
        await self._stream.aclose()


class PatientClient(httpx2.AsyncClient):
    """What the SDK sends its messages with.

    The SDK would tell of a failed call without its status, and of a broken connection by ending everything: so both
    come to it as an answer that is an error of JSON-RPC. pace: For the pauses; the server states no limits.
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
        """Send a message, again where it was refused only because of the pace, or cannot have arrived."""
        attempts = self._pace.patience.attempts
        for attempt in range(1, attempts + 1):
            sent = self._pace.seconds()
            try:
                answer = await super().send(request, **options)
            except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
                if attempt == attempts:
                    return _failure(request, 0, "could not be reached", uncertain=False)
            except httpx2.TimeoutException:
                return _failure(request, 0, "did not answer in time", uncertain=True)
            except httpx2.TransportError:
                return _failure(request, 0, "broke the connection before its answer was complete", uncertain=True)
            else:
                status = answer.status_code
                kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                    await answer.aclose()
                    return _failure(request, 0, "packs its answer, which nobody asked for", uncertain=True)
                answer.stream = _Limited(answer.stream)
                if status < 400 and (kind in _KINDS or status != 200):
                    self._pace.passed(sent)
                    return answer
                if status < 400:
                    await answer.aclose()
                    return _failure(request, 0, "answers with something that is not MCP", uncertain=True)
                body = await _text(answer)
                if status != 429 or attempt == attempts:
                    return _failure(
                        request, status, redact(body, [self._secret])[:_LONGEST_MESSAGE], uncertain=status >= 500
                    )
            self._pace.refused(sent)
            await anyio.sleep(self._pace.left())
        raise AssertionError("every last attempt returns")


async def _text(answer: httpx2.Response) -> str:
    """The message of a refusal, read from a stream that nobody else reads then."""
    try:
        content = await answer.aread()
    except httpx2.TransportError:
        content = b""
    finally:
        await answer.aclose()
    try:
        told = read_json(content)
    except BadJson:
        told = None
    if isinstance(told, dict):
        error = told.get("error")
        message = error.get("message") if isinstance(error, dict) else told.get("message")
        if isinstance(message, str) and message:
            return message
    return answer.reason_phrase or "no reason is given"


def _failure(request: httpx2.Request, status: int, message: str, uncertain: bool) -> httpx2.Response:
    """An answer to a message that says why there is none."""
    try:
        asked = json.loads(request.content)
    except (ValueError, httpx2.RequestNotRead):
        asked = None
    error = {"code": FAILED, "message": message, "data": {"status": status, "uncertain": uncertain}}
    body = {"jsonrpc": "2.0", "id": asked.get("id") if isinstance(asked, dict) else None, "error": error}
    return httpx2.Response(status or 599, json=body, request=request)
