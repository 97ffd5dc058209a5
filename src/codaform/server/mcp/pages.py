"""The tools for pages: create, describe, change, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codaform.coda.wire import ids
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, PageRecord
from codaform.server.mcp.arguments import ONLY_URI, URI
from codaform.server.mcp.caller import Caller, ToolRefused, page_addresses, parse_address
from codaform.server.mcp.describing import page_shape
from codaform.server.mcp.schema import Schema, boolean, choice, number, or_null, record, some_text, text
from codaform.server.mcp.tool import adds, changes, reads, tool

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

_SAID = {"title": "name", "subtitle": "subtitle", "icon": "iconName"}
"""The tools' members of a page, and the REST API's names for them."""

_KEPT = (
    "coverPhoto",
    "pageWidth",
    "position",
    "showAuthor",
    "showCoverPhoto",
    "showIcon",
    "showLastEdited",
    "showSubtitle",
)
"""The members that are kept without further effect; one author reports that `position` has none in Coda either."""


@tool(record({"uri": URI} | _LOOKS, required=("uri", "title")), adds())
def page_create(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Adds an empty page to a doc, or below another page when the address is a page's."""
    doc, address = caller.whole_doc(arguments["uri"])
    parent = caller.page_of(doc, address).id if address.steps else ""
    id = ids.new("page")
    caller.do(doc, "add page", {"id": id, "page": _fields(arguments), "parent": parent})
    caller.do(doc, "arrange page", {"page": id, "settings": _settings(arguments)})
    return page_addresses(next(page for page in doc.record.pages if page.id == id))


@tool(ONLY_URI, reads())
def page_describe(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Describes a page: title, subtitle, icon, parent."""
    doc, page = caller.page(arguments["uri"])
    looks = {name: page.settings[name] for name in _KEPT if name in page.settings and name != "position"}
    return {**page_shape(doc, page, caller.user), **looks}


@tool(
    record(
        {"uri": URI, "updateFields": record(_LOOKS | {"parentPageUri": or_null(text())})},
        required=("uri", "updateFields"),
    ),
    changes(),
)
def page_update(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Changes a page's title or looks, or moves it below another page; null as the parent moves it to the top."""
    doc, page = caller.page(arguments["uri"])
    given = arguments["updateFields"]
    parent: str | None = None
    if "parentPageUri" in given:
        to = given["parentPageUri"]
        parent = caller.page_of(doc, parse_address(to, doc.record.id)).id if to else ""
        if parent and _lies_below(doc, parent, page):
            raise ToolRefused("A page cannot lie below itself.")
    caller.do(doc, "update page", {"page": page.id, "fields": _fields(given)})
    caller.do(doc, "arrange page", {"page": page.id, "settings": _settings(given), "parent": parent})
    return page_shape(doc, page, caller.user)


def _lies_below(doc: LocalDoc, id: str, page: PageRecord) -> bool:
    pages = {known.id: known for known in doc.record.pages}
    seen: set[str] = set()
    while id in pages and id not in seen:
        if id == page.id:
            return True
        seen.add(id)
        id = pages[id].parent
    return False


@tool(record({"uri": URI, "shouldDeleteChildren": boolean()}, required=("uri",)), changes())
def page_delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Deletes a page with its content, and its subpages on request."""
    doc, page = caller.page(arguments["uri"])
    children = bool(arguments.get("shouldDeleteChildren"))
    if len(doc.record.pages) == 1 or (children and all(_lies_below(doc, each.id, page) for each in doc.record.pages)):
        raise ToolRefused("A doc cannot be left without a page.")
    addresses = page_addresses(page)
    caller.do(doc, "delete page", {"page": page.id, "children": children})
    return {**addresses, "deleted": True}


def _fields(given: Mapping[str, Json]) -> dict[str, Json]:
    return {_SAID[name]: given[name] for name in _SAID if name in given}


def _settings(given: Mapping[str, Json]) -> dict[str, Json]:
    return {name: given[name] for name in _KEPT if name in given}
