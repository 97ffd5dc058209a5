"""Who may call the local Coda: tokens, rate limits, and the requests that a page without tokens refuses."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codaform.coda.door.hosts import is_this_machine


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the things that it opens. An empty doc or table means every one.

    api: Coda has tokens for its REST API and others for MCP; neither opens the other.
    """

    name: str
    api: Literal["rest", "mcp"]
    doc: str = ""
    table: str = ""
    reads: bool = True
    writes: bool = True

    @property
    def scoped(self) -> bool:
        """Whether it opens only a part."""
        return bool(self.doc or self.table) or not (self.reads and self.writes)


class Tokens:
    """The known tokens, kept as hashes."""

    def __init__(self) -> None:
        self._known: dict[bytes, Token] = {}

    def add(self, token: Token, secret: str = "") -> str:
        """Add a token; returns its secret, a new one if `secret` is empty."""
        secret = secret or secrets.token_urlsafe(24)
        self._known[_hash(secret)] = token
        return secret

    def find(self, header: str | None, api: Literal["rest", "mcp"]) -> Token | None:
        """The token of an Authorization header, if it is known and for this API."""
        scheme, _, secret = (header or "").partition(" ")
        found = self._known.get(_hash(secret.strip())) if scheme.lower() == "bearer" else None
        return found if found is not None and found.api == api else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


CODA_LIMITS: Mapping[str, tuple[int, float]] = {
    "read": (100, 6.0),
    "write": (10, 6.0),
    "content": (3, 10.0),
    "docs": (4, 6.0),
}
"""The calls that Coda accepts, and in how many seconds, by kind; for page content the smaller of Coda's two numbers."""


class Limits:
    """A counter of calls. limits: Calls and seconds by kind; a kind without an entry has no limit."""

    def __init__(
        self, limits: Mapping[str, tuple[int, float]] | None = None, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits or {}
        self._seconds = seconds
        self._calls: dict[str, deque[float]] = {}

    def admits(self, kind: str) -> bool:
        """Count a call; returns False for a call above the limit, which does not count."""
        if kind not in self.limits:
            return True
        most, window = self.limits[kind]
        calls, now = self._calls.setdefault(kind, deque()), self._seconds()
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= most:
            return False
        calls.append(now)
        return True


LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")
"""The names by which this machine calls itself."""


class PublicUrl:
    """An application that is known by another address, as behind a reverse proxy or a mapped port.

    A request that names this address, or this machine with the server's port, counts as one to this address: links in
    replies begin with it, and pages may come from it. Any other request stays as it is, and pages refuse it. So one
    address decides about links and about hosts. url: A scheme, a host, and a port if it is not the usual one.
    """

    def __init__(self, app: ASGIApp, url: str) -> None:
        self.app = app
        self.scheme, _, self.host = url.partition("://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection as one to the address."""
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            server = scope.get("server")
            own = (
                is_this_machine(hosts[0], server[1] if server else None, scope["scheme"]) if len(hosts) == 1 else False
            )
            if own or [host.lower() for host in hosts] == [self.host]:
                others = [(name, value) for name, value in scope["headers"] if name != b"host"]
                headers = [(b"host", self.host.encode()), *others]
                scope = {**scope, "scheme": self.scheme, "headers": headers, _PUBLIC: self.host}
        await self.app(scope, receive, send)


_PUBLIC = "codaform.public"
"""The key of the public host in the scope of a request to it."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: browsers would send the origin `null` with every form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Safety:
    """An application that refuses requests from anywhere but this machine's own page.

    A request must name a loopback address and the port of this server, or the address of PublicUrl. If it names its
    origin, as every browser does, the origin must be the same; only a link may lead here from elsewhere. A refusal is
    a 403.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = _refusal(scope)
        if refused is not None:
            await PlainTextResponse(f"{refused}\n", 403)(scope, receive, guarded)
        else:
            await self.app(scope, receive, guarded)


def _refusal(scope: Scope) -> str | None:
    """The reason to refuse a request, in a sentence, or None."""
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    server = scope.get("server")
    port, scheme = server[1] if server else None, scope.get("scheme", "http")
    if len(hosts) != 1 or not (hosts[0] == scope.get(_PUBLIC) or is_this_machine(hosts[0], port, scheme)):
        return "The local Coda answers only to 127.0.0.1, localhost and [::1], with its port, or to its --public-url."
    if scope["method"] in _READING and headers.get("sec-fetch-mode") == "navigate":
        return None  # a link from another site is a way to the page, and shows that site nothing
    if any(origin != f"{scheme}://{hosts[0]}" for origin in headers.getlist("origin")):
        return "The local Coda answers to its own page only."
    if any(site != "same-origin" for site in headers.getlist("sec-fetch-site")):
        return "The local Coda answers to its own page only."
    return None
