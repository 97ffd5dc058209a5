"""Pages: their tree, their text, and its export."""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Discriminator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from codaform.coda.page.lines import content_items
from codaform.coda.wire import ids
from codaform.coda.wire.links import page_link
from codaform.coda.wire.texts import moment_stamp
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.page_text import exported
from codaform.server.doc.records import Json, PageRecord
from codaform.server.rest.account import address_of
from codaform.server.rest.call import ApiError, Reply, RestCall, list_page, not_found, pick_members, unpack_query
from codaform.server.rest.references import icon, page_reference
from codaform.server.turns import run_in_turn
from codaform.server.workspace import Workspace

_Format = Literal["html", "markdown"]


@dataclass(frozen=True, slots=True)
class _Canvas:
    """A text for a canvas."""

    format: _Format
    content: str


@dataclass(frozen=True, slots=True)
class _CanvasPage:
    """The first content of a page with text."""

    type: Literal["canvas"]
    canvasContent: _Canvas


@dataclass(frozen=True, slots=True)
class _EmbedPage:
    """A page that shows another site."""

    type: Literal["embed"]
    url: str
    renderMethod: Literal["compatibility", "standard"] = "standard"


@dataclass(frozen=True, slots=True)
class _SyncedPage:
    """A page that shows a page of another doc."""

    type: Literal["syncPage"]
    mode: Literal["page"]
    sourceDocId: str
    sourcePageId: str
    includeSubpages: bool


@dataclass(frozen=True, slots=True)
class _SyncedDoc:
    """A page that shows another doc."""

    type: Literal["syncPage"]
    mode: Literal["document"]
    sourceDocId: str


_Synced = Annotated[_SyncedPage | _SyncedDoc, Discriminator("mode")]

_Content = Annotated[_CanvasPage | _EmbedPage | _Synced, Discriminator("type")]


@dataclass(frozen=True, slots=True)
class PageCreate:
    """The body that makes a page. Optional members have defaults; null is not allowed."""

    name: str = ""
    subtitle: str = ""
    iconName: str = ""
    imageUrl: str = ""
    parentPageId: str = ""
    pageContent: _Content = _CanvasPage("canvas", _Canvas("markdown", ""))


CREATED = ("name", "subtitle", "iconName", "imageUrl", "pageContent")
"""The members of `PageCreate` except the page's place."""

_UPDATED = ("name", "subtitle", "iconName", "imageUrl", "isHidden", "contentUpdate")
"""The members of `_PageUpdate`."""


@dataclass(frozen=True, slots=True)
class _ContentUpdate:
    """A change of a page's text: of one element, or without `elementId` of all."""

    insertionMode: Literal["append", "prepend", "replace"]
    canvasContent: _Canvas
    elementId: str = ""


_NOTHING_NEW = _ContentUpdate("append", _Canvas("markdown", ""))


@dataclass(frozen=True, slots=True)
class _PageUpdate:
    """The body that changes a page; missing members change nothing."""

    name: str = ""
    subtitle: str = ""
    iconName: str = ""
    imageUrl: str = ""
    isHidden: bool = False
    contentUpdate: _ContentUpdate = _NOTHING_NEW


@dataclass(frozen=True, slots=True)
class _ContentDelete:
    """The body that deletes elements of a page; an empty list means all."""

    elementIds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _ExportBegin:
    """The body that begins an export."""

    outputFormat: _Format


_USUAL_LINES = 50
"""The default number of elements in a list of a page's content."""

DOWNLOADS = "/blobs/"
"""The path of exports; they need no token, since the key in the address is one."""

# ---------------------------------------------------------------- reading


def list_pages(call: RestCall) -> Reply:
    """The pages of a doc."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    doc = call.whole_doc()
    below = _by_parent(doc)
    return Reply(list_page(call, doc.record.pages, lambda record: _page(call, doc, record, below), start))


def get_page(call: RestCall) -> Reply:
    """One page."""
    doc = call.whole_doc()
    return Reply(_page(call, doc, call.page, _by_parent(doc)))


def _by_parent(doc: LocalDoc) -> dict[str, list[PageRecord]]:
    found: dict[str, list[PageRecord]] = {}
    for record in doc.record.pages:
        found.setdefault(record.parent, []).append(record)
    return found


def _page(
    call: RestCall, doc: LocalDoc, record: PageRecord, below: Mapping[str, Sequence[PageRecord]]
) -> dict[str, Json]:
    user = call.workspace.user
    author = {
        "@context": "http://schema.org/",
        "@type": "Person",
        "name": user.name,
        "email": address_of(user),
    }
    body: dict[str, Json] = {
        "id": record.id,
        "type": "page",
        "href": call.href("docs", doc.record.id, "pages", record.id),
        "browserLink": page_link(doc.record.id, record.id),
        "name": record.name,
        "subtitle": record.subtitle,
        "contentType": record.kind,
        "isHidden": record.hidden,
        "isEffectivelyHidden": _is_hidden(doc, record),
        "children": [page_reference(call, doc, child.id) for child in below.get(record.id, ())],
        "authors": [author],
        "createdAt": moment_stamp(record.created),
        "createdBy": author,
        "updatedAt": moment_stamp(record.updated),
        "updatedBy": author,
    }
    if record.icon:
        body["icon"] = icon(record.icon)
    if record.image:
        body["image"] = {"browserLink": record.image}
    parent = page_reference(call, doc, record.parent) if record.parent else None
    return {**body, "parent": parent} if parent is not None else body


def _is_hidden(doc: LocalDoc, record: PageRecord) -> bool:
    """Whether a page is hidden, or a page above it."""
    pages = {known.id: known for known in doc.record.pages}
    seen: set[str] = set()
    here: PageRecord | None = record
    while here is not None and here.id not in seen:
        if here.hidden:
            return True
        seen.add(here.id)
        here = pages.get(here.parent)
    return False


# ---------------------------------------------------------------- changing


def create_page(call: RestCall) -> Reply:
    """Make a page. Raises ApiError, also for a parent that is accepted but not made yet."""
    doc = call.whole_doc()
    body = call.read_body(PageCreate)
    if body.parentPageId and all(known.id != body.parentPageId for known in doc.record.pages):
        raise bad_parent(body.parentPageId)
    arguments = {"id": ids.new("page"), "page": pick_members(call.body, CREATED), "parent": body.parentPageId}
    return Reply({"requestId": call.accept("add page", arguments), "id": arguments["id"]}, 202)


def bad_parent(id: str) -> ApiError:
    """The refusal of a parent that the doc does not have, or that is accepted but not made yet."""
    return ApiError(400, f"Invalid parentPageId {id[:100]}: could not find a page with the specified ID.")


def update_page(call: RestCall) -> Reply:
    """Change a page, or its text; a new text for the whole page takes its tables with it.

    An unknown element is refused, and so is a text for a page without text: that is assumed.
    """
    record = _changeable(call)
    body = call.read_body(_PageUpdate)
    fields = pick_members(call.body, _UPDATED)
    if "contentUpdate" in fields:
        element = body.contentUpdate.elementId
        if record.kind != "canvas":
            raise ApiError(400, "The page holds no text that could be changed.")
        if element and all(line.id != element for line in record.lines):
            raise ApiError(400, "Could not find an element with the specified ID on the page.")
    request = call.accept("update page", {"page": record.id, "fields": fields})
    return Reply({"requestId": request, "id": record.id}, 202)


def delete_page(call: RestCall) -> Reply:
    """Delete a page with the pages below it; their tables stay. A doc keeps its last page, which is assumed."""
    record = _changeable(call)
    if len(call.whole_doc().record.pages) == 1:
        raise ApiError(400, "The only page of a doc cannot be deleted.")
    request = call.accept("delete page", {"page": record.id})
    return Reply({"requestId": request, "id": record.id}, 202)


def _changeable(call: RestCall) -> PageRecord:
    """The page of the path. Raises ApiError: 404 for a deleted page, since Coda answers 410 to reads alone."""
    call.whole_doc()
    try:
        return call.page
    except ApiError as refusal:
        raise ApiError(404, refusal.message) if refusal.status == 410 else refusal from None


# ---------------------------------------------------------------- content


def list_content(call: RestCall) -> Reply:
    """The text of a page, line by line, without its tables."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    call.whole_doc()
    call.choice("contentFormat", ("plainText",))
    items = content_items(call.page.lines)
    return Reply(list_page(call, items, dict, start, usual=_USUAL_LINES))


def delete_content(call: RestCall) -> Reply:
    """Delete elements of a page, or all of them with the page's tables; unknown ones are skipped."""
    record = _changeable(call)
    # Without a body, all elements are deleted.
    elements = call.read_body(_ContentDelete).elementIds if call.body is not None else ()
    request = call.accept("delete content", {"page": record.id, "elements": list(elements)})
    return Reply({"requestId": request, "id": record.id}, 202)


# ---------------------------------------------------------------- exporting


def begin_export(call: RestCall) -> Reply:
    """Begin to export a page in its present state.

    A synced page is refused. Another page without text fails, which is assumed.
    """
    doc, record = call.whole_doc(), call.page
    format = call.read_body(_ExportBegin).outputFormat
    if record.kind == "syncPage":
        raise ApiError(400, "A page of type syncPage cannot be exported.")
    error = "" if record.kind == "canvas" else "Only the text of a page can be exported; this page holds none."
    timing = call.workspace.timing
    delay = math.inf if timing.stuck else timing.delay
    export = call.workspace.exports.begin(
        call.path["docId"], record.id, format, "" if error else exported(doc, record, format), error, delay
    )
    return Reply({"id": export.id, "status": "inProgress", "href": _export_link(call, record, export.id)}, 202)


def export_status(call: RestCall) -> Reply:
    """The state of an export, with a new link at each call once it is done."""
    call.whole_doc()
    record = call.page
    export = call.workspace.exports.find(call.path["requestId"])
    if export is None or (export.doc, export.page) != (call.path["docId"], record.id):
        raise not_found("export")
    body = {"id": export.id, "status": "inProgress", "href": _export_link(call, record, export.id)}
    if not call.workspace.exports.done(export):
        return Reply(body)
    if export.error:
        return Reply({**body, "status": "failed", "error": export.error})
    here = urlsplit(call.base)
    link = f"{here.scheme}://{here.netloc}{DOWNLOADS}{call.workspace.exports.link(export)}"
    return Reply({**body, "status": "complete", "downloadLink": link})


def _export_link(call: RestCall, record: PageRecord, export: str) -> str:
    return call.href("docs", call.path["docId"], "pages", record.id, "export", export)


def _download(workspace: Workspace, key: str) -> Response:
    """The export of a link's key; a 403 for an expired or unknown key."""
    export = workspace.exports.linked(key)
    if export is None:
        refusal = ApiError(403, "The link has expired.")
        return JSONResponse(refusal.body, refusal.status)
    # Always packed, whatever the caller accepts, like the vendor's.
    packed = gzip.compress(export.text.encode("utf-8", "replace"), mtime=0)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "no-store"}
    return Response(packed, headers=headers, media_type="text/plain")


def routes(workspace: Workspace) -> list[Route]:
    """The addresses of exports."""

    async def fetched(request: Request) -> Response:
        return await run_in_turn(workspace.turns, lambda: _download(workspace, request.path_params["key"]))

    return [Route(f"{DOWNLOADS}{{key}}", fetched, methods=["GET"])]
