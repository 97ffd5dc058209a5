"""Where an export of a page is fetched: at a link that soon ends, without a token, as gzip."""

from __future__ import annotations

import gzip

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from codaform.server.answering import answered
from codaform.server.rest.call import ApiError
from codaform.server.rest.pages import DOWNLOADS
from codaform.server.workspace import Workspace


def download(workspace: Workspace, key: str) -> Response:
    """The export that a link's key opens; a 403 for a link that has ended, or never was one."""
    export = workspace.exports.linked(key)
    if export is None:
        refusal = ApiError(403, "The link has expired.")
        return JSONResponse(refusal.body, refusal.status)
    # Packed whatever the caller accepts: the vendor keeps it so, and leaves the unpacking to the client.
    packed = gzip.compress(export.text.encode("utf-8", "replace"), mtime=0)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "no-store"}
    return Response(packed, headers=headers, media_type=f"text/{export.format}")


def routes(workspace: Workspace) -> list[Route]:
    """The addresses of exports."""

    async def fetched(request: Request) -> Response:
        return await answered(workspace.turns, lambda: download(workspace, request.path_params["key"]))

    return [Route(f"{DOWNLOADS}{{key}}", fetched, methods=["GET"])]
