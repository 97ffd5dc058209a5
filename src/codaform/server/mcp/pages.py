"""The tools for pages: create, describe, change, delete."""

from __future__ import annotations

from codaform.server.mcp.places import ONLY_URI, URI
from codaform.server.mcp.schema import Schema, boolean, choice, number, or_null, record, some_text, text
from codaform.server.mcp.tool import Tool, adds, changes, reads

_LOOKS: dict[str, Schema] = {
    "title": some_text(255),
    "subtitle": text(),
    "icon": text(),
    "coverPhoto": record({"url": text(), "width": number(), "height": number()}, required=("url",)),
    "pageWidth": choice("narrow", "wide", "full"),
    "position": number(),
    "showAuthor": boolean(),
    "showCoverPhoto": boolean(),
    "showIcon": boolean(),
    "showLastEdited": boolean(),
    "showSubtitle": boolean(),
}

TOOLS = (
    Tool(
        "page_create",
        "Adds an empty page to a doc, or below another page when the address is a page's.",
        record({"uri": URI} | _LOOKS, required=("uri", "title")),
        adds(),
    ),
    Tool("page_describe", "Tells what a page is: title, subtitle, icon, parent.", ONLY_URI, reads()),
    Tool(
        "page_update",
        "Changes a page's title or looks, or moves it below another page; null as the parent moves it to the top.",
        record(
            {"uri": URI, "updateFields": record(_LOOKS | {"parentPageUri": or_null(text())})},
            required=("uri", "updateFields"),
        ),
        changes(),
    ),
    Tool(
        "page_delete",
        "Deletes a page with what is written on it, and its subpages if so asked.",
        record({"uri": URI, "shouldDeleteChildren": boolean()}, required=("uri",)),
        changes(),
    ),
)
