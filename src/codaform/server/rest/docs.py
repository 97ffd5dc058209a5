"""Docs: listing, making, copying, changing, deleting and publishing them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal
from zoneinfo import available_timezones

from codaform.coda.wire import ids
from codaform.server.doc.local_doc import HOST, LocalDoc
from codaform.server.doc.records import DocRecord, Json, PageRecord, Rows
from codaform.server.rest.account import WORKSPACE, address_of, doc_reference, workspace_reference
from codaform.server.rest.call import ApiError, Call, Reply, chosen
from codaform.server.rest.page_bodies import CREATED, PageCreate
from codaform.server.rest.paging import page, unpacked

FOLDER = ids.stable("folder", "local")
"""The one folder that there is, where no doc says that it lies in another."""

CATEGORIES = (
    "Design",
    "Education",
    "Engineering",
    "Finance",
    "Marketing",
    "Operations",
    "Personal",
    "Product",
    "Project management",
    "Sales",
)
"""What a published doc can be filed under. Coda's own list is longer."""


def whole_doc(call: Call) -> LocalDoc:
    """The doc of the path, for what concerns more of it than one table. Raises ApiError."""
    if call.token.table:
        raise ApiError(403, "The API token gives access to one table only.")
    return call.doc


# ---------------------------------------------------------------- reading


def list_docs(call: Call) -> Reply:
    """The docs that fit all filters, the one that was changed last first."""
    query, start = unpacked(call)
    call = replace(call, query=query)
    found = sorted(call.workspace.docs(), key=lambda doc: doc.record.updated, reverse=True)
    fitting = [doc for doc in found if call.token.doc in ("", doc.record.id)]
    text = (call.text("query") or "").casefold()
    source, workspace, folder = call.text("sourceDoc"), call.text("workspaceId"), call.text("folderId")
    # `false` asks for nothing with these three: all docs are the user's own.
    call.flag("isOwner")
    published, gallery = call.flag("isPublished"), call.flag("inGallery")
    starred = call.flag("isStarred")  # nothing here can put a star on a doc
    fitting = [
        doc
        for doc in fitting
        if text in doc.record.name.casefold()
        and source in (None, doc.record.source)
        and workspace in (None, _workspace(doc.record))
        and folder in (None, _folder(doc.record))
        and (not published or doc.record.published is not None)
        and (not gallery or bool((doc.record.published or {}).get("discoverable")))
        and not starred
    ]
    return Reply(page(call, fitting, lambda doc: shown(call, doc), start))


def get_doc(call: Call) -> Reply:
    """One doc."""
    return Reply(shown(call, call.doc))


def shown(call: Call, doc: LocalDoc) -> dict[str, Json]:
    """A doc as the API shows it."""
    record, owner = doc.record, call.workspace.user
    folder, workspace = _folder(record), _workspace(record)
    body = doc_reference(call, doc) | {
        "owner": address_of(owner),
        "ownerName": owner.name,
        "docSize": {
            "totalRowCount": sum(len(rows) for rows in doc.rows.values()),
            "tableAndViewCount": sum(1 + len(table.views) for table in record.tables),
            "pageCount": len(record.pages),
            "overApiSizeLimit": False,  # Coda's limit is 125 MB; no doc is that large here
        },
        "createdAt": record.created.isoformat(),
        "updatedAt": record.updated.isoformat(),
        "folder": {"id": folder, "type": "folder", "browserLink": f"{HOST}/folders/{folder}", "name": "My docs"},
        "workspace": workspace_reference(workspace),
        "workspaceId": workspace,
        "folderId": folder,
    }
    if record.icon:
        body["icon"] = icon(record.icon)
    if record.source:
        href, link = call.href("docs", record.source), f"{HOST}/d/_d{record.source}"
        body["sourceDoc"] = {"id": record.source, "type": "doc", "href": href, "browserLink": link}
    if record.published is not None:
        body["published"] = _published(record, record.published)
    return body


def icon(name: str) -> dict[str, Json]:
    """An icon as the API shows it."""
    from urllib.parse import quote

    link = f"https://cdn.coda.io/icons/png/color/{quote(name, safe='')}-32.png"
    return {"name": name, "type": "image/png", "browserLink": link}


def _folder(record: DocRecord) -> str:
    return record.folder or FOLDER


def _workspace(record: DocRecord) -> str:
    return record.workspace or WORKSPACE


def _published(record: DocRecord, settings: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "browserLink": f"{HOST}/@local/{settings.get('slug') or _slug(record.name)}",
        "discoverable": settings.get("discoverable", False),
        "earnCredit": settings.get("earnCredit", False),
        "mode": settings.get("mode", "view"),
        "categories": [{"name": name} for name in settings.get("categoryNames", ())],
    }


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "doc"


# ---------------------------------------------------------------- making


@dataclass(frozen=True, slots=True)
class DocCreate:
    """The body that makes a doc."""

    title: str = ""
    sourceDoc: str = ""
    timezone: str = ""
    folderId: str = ""
    initialPage: PageCreate = field(default_factory=PageCreate)


def create_doc(call: Call) -> Reply:
    """Make a doc: an empty one with one page, or a copy of another.

    The doc is there at once; its first page, where the body describes one, comes as any other write. The reply always
    has a `requestId`: Coda is said to give one only where there is such a page, but some clients cannot do without.
    """
    if call.token.doc or call.token.table:
        raise ApiError(403, "The API token gives access to one doc only.")
    body = call.read_body(DocCreate)
    if body.timezone and body.timezone not in _time_zones():
        raise ApiError(400, "timezone is not a known time zone.")
    known = {FOLDER, *(_folder(doc.record) for doc in call.workspace.docs())}
    if body.folderId and body.folderId not in known:
        raise ApiError(400, "Could not find the folder with the given ID.")
    if body.initialPage.parentPageId:
        raise ApiError(400, "Invalid parentPageId")
    record, rows = _copy(call, body.sourceDoc) if body.sourceDoc else (_empty(call), {})
    record.name = body.title or "Untitled"
    record.folder = body.folderId
    record.time_zone = body.timezone or record.time_zone
    described = "initialPage" in call.body
    if not body.sourceDoc and not described:
        record.pages = [PageRecord(ids.new("page"), record.name, record.created, record.created)]
    doc = call.workspace.add(record, rows)
    if described:
        arguments = {"id": ids.new("page"), "page": chosen(call.body["initialPage"], CREATED)}
        request = call.workspace.accept(record.id, "add page", arguments)
    else:
        request = call.workspace.accept(record.id, "rename doc", {"name": record.name})
    return Reply({**shown(call, doc), "requestId": request}, 201)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _empty(call: Call) -> DocRecord:
    now = call.workspace.now
    return DocRecord(ids.new("doc"), "", now, now)


def _copy(call: Call, source: str) -> tuple[DocRecord, Rows]:
    """A doc with everything in it under a new id. Pages, tables, columns and rows keep theirs: that is assumed.

    Who was let in to the one is not let in to the other, and it is not published. Raises ApiError.
    """
    if source not in call.workspace:
        raise ApiError(400, "Could not find the source doc with the given ID.")
    original, now = call.workspace.live(source), call.workspace.now
    record, rows = deepcopy(original.record), deepcopy(original.rows)
    record.id, record.source = ids.new("doc"), source
    record.created = record.updated = now
    record.permissions, record.sharing, record.published, record.deleted = [], {}, None, []
    return record, rows


# ---------------------------------------------------------------- changing


@dataclass(frozen=True, slots=True)
class DocUpdate:
    """The body that changes a doc."""

    title: str = ""
    iconName: str = ""


def update_doc(call: Call) -> Reply:
    """Rename a doc, or give it another icon."""
    whole_doc(call)
    body = call.read_body(DocUpdate)
    call.accept("rename doc", {"name": body.title, "icon": body.iconName})
    return Reply({})


def delete_doc(call: Call) -> Reply:
    """Delete a doc."""
    call.workspace.remove(whole_doc(call).record.id)
    return Reply({}, 202)


@dataclass(frozen=True, slots=True)
class DocPublish:
    """The body that publishes a doc, or changes how it is published; what is left out of it stays."""

    slug: str = ""
    discoverable: bool = False
    earnCredit: bool = False
    categoryNames: tuple[str, ...] = ()
    mode: Literal["view", "play", "edit"] = "view"


def publish_doc(call: Call) -> Reply:
    """Publish a doc. A slug that cannot stand in an address, or that another doc has, is refused: that is assumed."""
    doc, body = whole_doc(call), call.read_body(DocPublish)
    if body.slug and re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?", body.slug) is None:
        raise ApiError(400, "slug may hold letters, digits and hyphens only.")
    others = (other.record for other in call.workspace.docs() if other.record.id != doc.record.id)
    if body.slug and any((other.published or {}).get("slug") == body.slug for other in others):
        raise ApiError(400, "Another doc has this slug.")
    unknown = [name for name in body.categoryNames if name not in CATEGORIES]
    if unknown:
        raise ApiError(400, f"There is no category {unknown[0][:100]}.")
    settings = chosen(call.body, ("slug", "discoverable", "earnCredit", "categoryNames", "mode"))
    return Reply({"requestId": call.accept("publish", {"settings": settings})}, 202)


def unpublish_doc(call: Call) -> Reply:
    """Take a doc off again; one that is not published stays as it is."""
    whole_doc(call)
    call.accept("unpublish", {})
    return Reply({})


def list_categories(call: Call) -> Reply:  # noqa: ARG001
    """The categories of published docs."""
    return Reply({"items": [{"name": name} for name in CATEGORIES]})
