"""The addresses of the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from codaform.model.budget import OutOfTime
from codaform.server.page import changing, controls, showing
from codaform.server.page.page_context import PageContext, answer, page_context, sent
from codaform.server.turns import run_in_turn
from codaform.server.workspace import Workspace

_Reader = Callable[[PageContext, Request], Response]
_Changer = Callable[[PageContext, Request, Mapping[str, Any]], Response]

_STATIC = Path(__file__).parent / "static"

_LOOKED_AT: dict[str, _Reader] = {
    "/": showing.home,
    "/d/{doc}": showing.front,
    "/d/{doc}/p/{page}": showing.canvas,
    "/d/{doc}/t/{owner}": showing.table,
    "/d/{doc}/t/{owner}/r/{row}": showing.row,
    "/d/{doc}/f/{formula}": showing.formula,
    "/d/{doc}/map": showing.relations_of_tables,
    "/picture.css": showing.picture_style,
    "/d/{doc}/explain": showing.explained,
    "/d/{doc}/plan": showing.plan,
    "/d/{doc}/names": showing.completions,
    "/d/{doc}/choices": showing.choices,
    "/d/{doc}/entered": showing.entered,
    "/d/{doc}/people": showing.people,
    "/d/{doc}/version": showing.version,
}

_CHANGED: dict[str, _Changer] = {
    "/d/{doc}/cells": changing.cells,
    "/d/{doc}/rows": changing.add_row,
    "/d/{doc}/rows/delete": changing.delete_row,
    "/d/{doc}/step": changing.step,
    "/d/{doc}/push": changing.push,
    "/d/{doc}/controls": controls.set_control,
    "/d/{doc}/controls/press": controls.press_control,
    "/d/{doc}/clock": changing.set_clock,
}

_TRIED: dict[str, _Changer] = {"/d/{doc}/evaluate": changing.evaluate}
"""The requests with a body that change nothing."""


def routes(workspace: Workspace) -> list[BaseRoute]:
    """All addresses below `/`. Put them behind `Safety`, since the page needs no token."""
    context = page_context(workspace)
    return [
        *(Route(path, _showing(context, handler), methods=["GET"]) for path, handler in _LOOKED_AT.items()),
        *(Route(path, _changing(context, handler, True), methods=["POST"]) for path, handler in _CHANGED.items()),
        *(Route(path, _changing(context, handler, False), methods=["POST"]) for path, handler in _TRIED.items()),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]


def _showing(context: PageContext, handler: _Reader) -> Callable[[Request], Awaitable[Response]]:
    async def showing(request: Request) -> Response:
        try:
            return await run_in_turn(context.workspace.turns, lambda: handler(context, request))
        except OutOfTime as ended:
            refusal = HTTPException(503, str(ended))
        except HTTPException as refused:
            refusal = refused
        return context.html("missing.html", {"message": refusal.detail}, refusal.status_code)

    return showing


def _changing(context: PageContext, handler: _Changer, writes: bool) -> Callable[[Request], Awaitable[Response]]:
    async def changing(request: Request) -> Response:
        try:
            data = await sent(request)
            return await run_in_turn(context.workspace.turns, lambda: handler(context, request, data), writes=writes)
        except OutOfTime as ended:
            refusal = HTTPException(503, str(ended))
        except HTTPException as refused:
            refusal = refused
        return answer({"refused": refusal.detail}, refusal.status_code)

    return changing
