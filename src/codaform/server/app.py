"""The local Coda as one application: REST, _MCP, the control endpoints, and the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from codaform.server import control
from codaform.server.access import Limits, PublicUrl, Safety, Tokens
from codaform.server.faults import Faults, faulty
from codaform.server.mcp.endpoint import mcp_endpoint
from codaform.server.page.routes import routes as page_routes
from codaform.server.rest.endpoint import ROOT, endpoint
from codaform.server.rest.pages import routes as download_routes
from codaform.server.workspace import Workspace

_MCP = "/apis/mcp"


@dataclass(slots=True)
class LocalCoda:
    """Everything that a running local Coda consists of. public_url: The address by which clients know it, if it is
    another one than its own."""

    workspace: Workspace
    public_url: str = ""
    tokens: Tokens = field(default_factory=Tokens)
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)


def application(coda: LocalCoda) -> ASGIApp:
    """The application: REST below `/apis/v1`, _MCP at `/apis/mcp`, control below `/control`, the page for the rest."""
    rest = faulty(endpoint(coda.workspace, coda.tokens, coda.limits), coda.faults)
    tools, running = mcp_endpoint(coda.workspace, coda.tokens, coda.faults)
    tools = faulty(tools, coda.faults)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(running())
            yield

    page = Safety(
        Starlette(
            routes=[
                *control.routes(coda.workspace, coda.tokens, coda.limits, coda.faults),
                *download_routes(coda.workspace),
                *page_routes(coda.workspace),
            ],
            lifespan=lifespan,
        )
    )

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and (path == ROOT or path.startswith(f"{ROOT}/")):
            await rest(scope, receive, send)
        elif scope["type"] == "http" and path.rstrip("/") == _MCP:
            await tools(scope, receive, send)
        else:
            await page(scope, receive, send)

    return PublicUrl(serve, coda.public_url) if coda.public_url else serve
