"""What keeps the page to the one who sits at the machine: it has no token, so no other site may reach it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The names of this machine. Another name that leads here may belong to a page elsewhere that found its way in."""

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
    """An application that refuses what does not come from this machine's own page.

    A request must name a loopback address and the port that it came to; one that writes must come from the same origin
    where its sender says from where it comes, as every browser does. What is refused is answered with 403.
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

        refused = refusal(scope)
        if refused is not None:
            await PlainTextResponse(f"{refused}\n", 403)(scope, receive, guarded)
        else:
            await self.app(scope, receive, guarded)


def refusal(scope: Scope) -> str | None:
    """Why a request is refused, in a sentence, or None for one that is welcome."""
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    server = scope.get("server")
    if len(hosts) != 1 or not _is_here(hosts[0], server[1] if server else None):
        return "The local Coda answers only to 127.0.0.1, localhost and [::1], with its port."
    if scope["method"] in _READING:
        return None
    if any(origin != f"{scope.get('scheme', 'http')}://{hosts[0]}" for origin in headers.getlist("origin")):
        return "The local Coda takes changes from its own page only."
    if any(site != "same-origin" for site in headers.getlist("sec-fetch-site")):
        return "The local Coda takes changes from its own page only."
    return None


def _is_here(host: str, port: int | None) -> bool:
    """Whether a Host header names this machine and this port."""
    try:
        named = urlsplit(f"//{host}")
        named_port = named.port if named.port is not None else 80
    except ValueError:
        return False
    plain = named.netloc == host and named.username is None
    return plain and named.hostname in LOOPBACK and (port is None or named_port == port)
