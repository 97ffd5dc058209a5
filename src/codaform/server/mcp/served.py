"""The MCP server of the local Coda: its tools, listed and carried out for whoever has a token."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from codaform import __version__
from codaform.model.budget import OutOfTime
from codaform.server.answering import answered
from codaform.server.doc.records import Json
from codaform.server.mcp import (
    handling_controls,
    handling_docs,
    handling_navigation,
    handling_pages,
    handling_rows,
    handling_tables,
    handling_views,
)
from codaform.server.mcp.caller import Caller
from codaform.server.mcp.catalogue import TOOLS, served, variants
from codaform.server.mcp.endpoint import Refused, endpoint
from codaform.server.mcp.tool import Tool
from codaform.server.tokens import Token, Tokens
from codaform.server.workspace import Workspace

Handler = Callable[[Caller, dict[str, Any]], Json]

HANDLERS: Mapping[str, Handler] = {
    "whoami": handling_navigation.whoami,
    "tool_guide": handling_navigation.guide,
    "search": handling_navigation.search,
    "name_match": handling_navigation.match_names,
    "url_convert": handling_navigation.convert_url,
    "document_create": handling_docs.create,
    "document_outline": handling_docs.outline,
    "document_delete": handling_docs.delete,
    "document_manage": handling_docs.manage,
    "content_duplicate": handling_docs.duplicate,
    "page_create": handling_pages.create,
    "page_describe": handling_pages.describe,
    "page_update": handling_pages.update,
    "page_delete": handling_pages.delete,
    "content_read": handling_pages.read_content,
    "content_modify": handling_pages.modify_content,
    "table_create": handling_tables.create,
    "table_delete": handling_tables.delete,
    "table_columns_read": handling_tables.read_columns,
    "table_columns_manage": handling_tables.manage_columns,
    "table_columns_delete": handling_tables.delete_columns,
    "table_rows_read": handling_rows.read,
    "table_rows_manage": handling_rows.manage,
    "table_rows_delete": handling_rows.delete,
    "table_view_manage": handling_views.manage,
    "table_view_delete": handling_views.delete,
    "control_manage": handling_controls.manage,
    "control_delete": handling_controls.delete,
    "formula_execute": handling_controls.execute,
}
"""What carries out each tool, by the name under which it is declared."""


class Changed(Protocol):
    """How the tools differ at present from what they are; asked at every listing and every call."""

    @property
    def renamed(self) -> Mapping[str, str]:
        """The new name of a tool by its own."""

    @property
    def without(self) -> Mapping[str, Collection[str]]:
        """The arguments that a tool does not take, by its own name."""


_token: ContextVar[Token | None] = ContextVar("token", default=None)
"""The token of the call that is being answered."""


def mcp_endpoint(
    workspace: Workspace, tokens: Tokens, faults: Changed
) -> tuple[ASGIApp, Callable[[], AbstractAsyncContextManager[None]]]:
    """The application that serves the tools, and what must be entered while it does.

    A token that may not write is refused by every tool that changes something, one that may not read by the others.
    """

    def tools() -> list[Tool]:
        renamed, without = _fitting(faults)
        return variants(served(), renamed, without)

    async def call(name: str, arguments: dict[str, Any]) -> Json:
        renamed, without = _fitting(faults)
        own = next((old for old, new in renamed.items() if new == name), name)
        token = _token.get()
        if token is None:
            raise Refused("Unauthorized")
        if not (token.reads if TOOLS[own].annotations["readOnlyHint"] else token.writes):
            raise Refused(f"The token does not allow {name}.")
        given = _bare(arguments, without[own]) if own in without else arguments
        writes = not TOOLS[own].annotations["readOnlyHint"]
        try:
            return await answered(
                workspace.turns, lambda: HANDLERS[own](Caller(workspace, token), given), writes=writes
            )
        except OutOfTime as ended:
            raise Refused(str(ended)) from None
        except KeyError as missing:
            if own not in without:
                raise
            raise Refused(f"{name} can do nothing without its argument {missing}.") from None

    app, lifespan = endpoint(tools, call, lambda _: _token.get() is not None, version=__version__)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        header = Headers(scope=scope).get("authorization") if scope["type"] == "http" else None
        before = _token.set(tokens.find(header, "mcp"))
        try:
            await app(scope, receive, send)
        finally:
            _token.reset(before)

    return serve, lifespan


def _fitting(faults: Changed) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What of the wanted changes can be: faults are set for whatever version of the tools somebody has in mind."""
    known = {tool.name: tool for tool in served()}
    renamed: dict[str, str] = {}
    for old, new in faults.renamed.items():
        if old in known and new not in known and new not in renamed.values():
            renamed[old] = new
    without: dict[str, list[str]] = {}
    for name in known.keys() & faults.without.keys():
        without[name] = [argument for argument in faults.without[name] if _takes(known[name], argument)]
    return renamed, without


def _takes(tool: Tool, argument: str) -> bool:
    try:
        variants([tool], {}, {tool.name: [argument]})
    except ValueError:
        return False
    return True


def _bare(given: Any, without: Collection[str]) -> Any:
    """Arguments without those that the tool does not take, wherever they stand."""
    match given:
        case dict():
            return {name: _bare(value, without) for name, value in given.items() if name not in without}
        case list():
            return [_bare(value, without) for value in given]
    return given
