"""Pages: their tree, what is written on them, and exporting it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from codaform.coda.page.html import to_html
from codaform.coda.page.lines import content_items
from codaform.coda.page.markdown import to_markdown
from codaform.coda.wire import ids
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, PageRecord
from codaform.server.rest.account import address_of
from codaform.server.rest.call import ApiError, Call, Reply, chosen
from codaform.server.rest.docs import icon, whole_doc
from codaform.server.rest.page_bodies import CREATED, UPDATED, ContentDelete, ExportBegin, PageCreate, PageUpdate
from codaform.server.rest.paging import page, unpacked
from codaform.server.rest.references import page_link, page_reference

USUAL_LINES = 50
"""How many elements of a page a list holds where nothing is asked."""

DOWNLOADS = "/blobs/"
"""Below which address exports are fetched; without a token, as the key in the address is one."""

# ---------------------------------------------------------------- reading


def list_pages(call: Call) -> Reply:
    """The pages of a doc."""
    query, start = unpacked(call)
    call = replace(call, query=query)
    doc = whole_doc(call)
    below = _by_parent(doc)
    return Reply(page(call, doc.record.pages, lambda record: _page(call, doc, record, below), start))


def get_page(call: Call) -> Reply:
    """One page."""
    doc = whole_doc(call)
    return Reply(_page(call, doc, call.page, _by_parent(doc)))


def _by_parent(doc: LocalDoc) -> dict[str, list[PageRecord]]:
    found: dict[str, list[PageRecord]] = {}
    for record in doc.record.pages:
        found.setdefault(record.parent, []).append(record)
    return found


def _page(call: Call, doc: LocalDoc, record: PageRecord, below: Mapping[str, Sequence[PageRecord]]) -> dict[str, Json]:
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
        "browserLink": page_link(doc, record),
        "name": record.name,
        "contentType": record.kind,
        "isHidden": record.hidden,
        "isEffectivelyHidden": _is_hidden(doc, record),
        "children": [page_reference(call, doc, child.id) for child in below.get(record.id, ())],
        "authors": [author],
        "createdAt": record.created.isoformat(),
        "createdBy": author,
        "updatedAt": record.updated.isoformat(),
        "updatedBy": author,
    }
    if record.subtitle:
        body["subtitle"] = record.subtitle
    if record.icon:
        body["icon"] = icon(record.icon)
    if record.image:
        body["image"] = {"browserLink": record.image}
    parent = page_reference(call, doc, record.parent) if record.parent else None
    return {**body, "parent": parent} if parent is not None else body


def _is_hidden(doc: LocalDoc, record: PageRecord) -> bool:
    """Whether a page is hidden, or one that it lies below."""
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


def create_page(call: Call) -> Reply:
    """Make a page. Raises ApiError, also for a parent that was accepted a moment ago and is not there yet."""
    doc = whole_doc(call)
    body = call.read_body(PageCreate)
    if body.parentPageId and all(known.id != body.parentPageId for known in doc.record.pages):
        raise ApiError(400, "Invalid parentPageId")
    arguments = {"id": ids.new("page"), "page": chosen(call.body, CREATED), "parent": body.parentPageId}
    return Reply({"requestId": call.accept("add page", arguments), "id": arguments["id"]}, 202)


def update_page(call: Call) -> Reply:
    """Change a page, or what is written on it.

    An element that is not there is refused, and so is a text for a page that holds none: that is assumed.
    """
    record = _changeable(call)
    body = call.read_body(PageUpdate)
    fields = chosen(call.body, UPDATED)
    if "contentUpdate" in fields:
        element = body.contentUpdate.elementId
        if record.kind != "canvas":
            raise ApiError(400, "The page holds no text that could be changed.")
        if element and all(line.id != element for line in record.lines):
            raise ApiError(400, "Could not find an element with the given ID on the page.")
    request = call.accept("update page", {"page": record.id, "fields": fields})
    return Reply({"requestId": request, "id": record.id}, 202)


def delete_page(call: Call) -> Reply:
    """Delete a page with those below it and the tables on them; the last page of a doc stays, which is assumed."""
    record = _changeable(call)
    if len(whole_doc(call).record.pages) == 1:
        raise ApiError(400, "The only page of a doc cannot be deleted.")
    request = call.accept("delete page", {"page": record.id})
    return Reply({"requestId": request, "id": record.id}, 202)


def _changeable(call: Call) -> PageRecord:
    """The page of the path. Raises ApiError: for a deleted one 404, as Coda is said to answer 410 to reads only."""
    whole_doc(call)
    try:
        return call.page
    except ApiError as refusal:
        raise ApiError(404, refusal.message) if refusal.status == 410 else refusal from None


# ---------------------------------------------------------------- content


def list_content(call: Call) -> Reply:
    """What is written on a page, line by line. Tables are not part of it."""
    query, start = unpacked(call)
    call = replace(call, query=query)
    whole_doc(call)
    call.choice("contentFormat", ("plainText",))
    items = content_items(call.page.lines)
    return Reply(page(call, items, dict, start, usual=USUAL_LINES))


def delete_content(call: Call) -> Reply:
    """Delete elements of a page, or all of them; those that are not there are passed over."""
    record = _changeable(call)
    # No body at all is a body that names no element.
    elements = call.read_body(ContentDelete).elementIds if call.body is not None else ()
    request = call.accept("delete content", {"page": record.id, "elements": list(elements)})
    return Reply({"requestId": request, "id": record.id}, 202)


# ---------------------------------------------------------------- exporting


def begin_export(call: Call) -> Reply:
    """Begin to export what is written on a page, as it is read now. A page that holds no text cannot be: assumed."""
    whole_doc(call)
    record = call.page
    format = call.read_body(ExportBegin).outputFormat
    write = to_html if format == "html" else to_markdown
    error = "" if record.kind == "canvas" else "Only the text of a page can be exported; this page holds none."
    timing = call.workspace.timing
    delay = math.inf if timing.stuck else timing.delay
    export = call.workspace.exports.begin(
        call.path["docId"], record.id, format, "" if error else write(record.lines), error, delay
    )
    return Reply({"id": export.id, "status": "inProgress", "href": _export_link(call, record, export.id)}, 202)


def export_status(call: Call) -> Reply:
    """How far an export is. Once it is done there is a link to it, a new one with each call."""
    whole_doc(call)
    record = call.page
    export = call.workspace.exports.find(call.path["requestId"])
    if export is None or (export.doc, export.page) != (call.path["docId"], record.id):
        raise ApiError(404, "Could not find an export with the given ID.")
    body = {"id": export.id, "status": "inProgress", "href": _export_link(call, record, export.id)}
    if not call.workspace.exports.done(export):
        return Reply(body)
    if export.error:
        return Reply({**body, "status": "failed", "error": export.error})
    here = urlsplit(call.base)
    link = f"{here.scheme}://{here.netloc}{DOWNLOADS}{call.workspace.exports.link(export)}"
    return Reply({**body, "status": "complete", "downloadLink": link})


def _export_link(call: Call, record: PageRecord, export: str) -> str:
    return call.href("docs", call.path["docId"], "pages", record.id, "export", export)
