"""What keeps the page to the one who sits at the machine: it has no token, so no other site may reach it."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codaform.coda.door.hosts import is_this_machine

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

    A request must name a loopback address and the port that it came to. Where its sender says from where it comes, as
    every browser does, that must be the same origin; only a link may lead here from elsewhere. What is refused is
    answered with 403.
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
    if len(hosts) != 1 or not is_this_machine(hosts[0], server[1] if server else None):
        return "The local Coda answers only to 127.0.0.1, localhost and [::1], with its port."
    if scope["method"] in _READING and headers.get("sec-fetch-mode") == "navigate":
        return None  # a link from another site is a way to the page, and shows that site nothing
    if any(origin != f"{scope.get('scheme', 'http')}://{hosts[0]}" for origin in headers.getlist("origin")):
        return "The local Coda answers to its own page only."
    if any(site != "same-origin" for site in headers.getlist("sec-fetch-site")):
        return "The local Coda answers to its own page only."
    return None
