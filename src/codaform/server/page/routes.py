"""The addresses of the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from codaform.model.budget import OutOfTime
from codaform.server.page import changing, controls, showing
from codaform.server.page.desk import Desk, answer, desk
from codaform.server.waiting import TOO_SLOW, waiting
from codaform.server.workspace import Workspace

Handler = Callable[[Desk, Request], Awaitable[Response]]

STATIC = Path(__file__).parent / "static"

_LOOKED_AT: dict[str, Handler] = {
    "/": showing.home,
    "/d/{doc}": showing.front,
    "/d/{doc}/p/{page}": showing.canvas,
    "/d/{doc}/t/{owner}": showing.table,
    "/d/{doc}/t/{owner}/r/{row}": showing.row,
    "/d/{doc}/f/{formula}": showing.formula,
    "/d/{doc}/map": showing.relations_of_tables,
    "/picture.css": showing.picture_style,
    "/d/{doc}/explain": showing.explained,
    "/d/{doc}/names": showing.completions,
    "/d/{doc}/choices": showing.choices,
    "/d/{doc}/entered": showing.entered,
    "/d/{doc}/people": showing.people,
    "/d/{doc}/version": showing.version,
}

_CHANGED: dict[str, Handler] = {
    "/d/{doc}/cells": changing.cells,
    "/d/{doc}/rows": changing.add_row,
    "/d/{doc}/rows/delete": changing.delete_row,
    "/d/{doc}/push": changing.push,
    "/d/{doc}/controls": controls.set_control,
    "/d/{doc}/controls/press": controls.press_control,
    "/d/{doc}/clock": changing.set_clock,
    "/d/{doc}/evaluate": changing.evaluate,
}


def routes(workspace: Workspace) -> list[BaseRoute]:
    """All addresses below `/`. They are to stand behind `Safety`: the page asks for no token."""
    at = desk(workspace)
    return [
        *(Route(path, _answering(at, handler), methods=["GET"]) for path, handler in _LOOKED_AT.items()),
        *(Route(path, _answering(at, handler), methods=["POST"]) for path, handler in _CHANGED.items()),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _answering(at: Desk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def answering(request: Request) -> Response:
        try:
            try:
                with waiting():
                    return await handler(at, request)
            except OutOfTime:
                raise HTTPException(503, TOO_SLOW) from None
        except HTTPException as refusal:
            if request.method != "GET":
                return answer({"refused": refusal.detail}, refusal.status_code)
            return at.html("missing.html", {"message": refusal.detail}, refusal.status_code)

    return answering
