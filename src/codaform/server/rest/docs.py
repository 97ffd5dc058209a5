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
from codaform.coda.wire.links import HOST, doc_link
from codaform.coda.wire.texts import moment_stamp
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, Json, PageRecord, Rows
from codaform.server.rest.account import WORKSPACE, address_of, doc_reference, workspace_reference
from codaform.server.rest.call import ApiError, Reply, RestCall, list_page, pick_members, unpack_query
from codaform.server.rest.folders import folder_reference
from codaform.server.rest.pages import CREATED, PageCreate, bad_parent
from codaform.server.rest.references import icon
from codaform.server.storage.folders import MY_DOCS

_CATEGORIES = (
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
"""The categories of published docs. Coda's own list is longer."""


# ---------------------------------------------------------------- reading


def list_docs(call: RestCall) -> Reply:
    """The docs that fit all filters, the last changed first. A token for one doc may not list them."""
    call.unlimited()
    query, start = unpack_query(call)
    call = replace(call, query=query)
    found = sorted(call.workspace.docs(), key=lambda doc: doc.record.updated, reverse=True)
    text = (call.text("query") or "").casefold()
    source, workspace, folder = call.text("sourceDoc"), call.text("workspaceId"), call.text("folderId")
    # `false` filters nothing with these three: all docs are the user's own.
    call.flag("isOwner")
    published, gallery = call.flag("isPublished"), call.flag("inGallery")
    starred = call.flag("isStarred")  # no doc here has a star
    fitting = [
        doc
        for doc in found
        if text in doc.record.name.casefold()
        and source in (None, doc.record.source)
        and workspace in (None, _workspace(doc.record))
        and folder in (None, _folder(doc.record))
        and (not published or doc.record.published is not None)
        and (not gallery or bool((doc.record.published or {}).get("discoverable")))
        and not starred
    ]
    return Reply(list_page(call, fitting, lambda doc: _show_doc(call, doc), start))


def get_doc(call: RestCall) -> Reply:
    """One doc."""
    return Reply(_show_doc(call, call.doc))


def _show_doc(call: RestCall, doc: LocalDoc) -> dict[str, Json]:
    """A doc as the API shows it."""
    record, owner = doc.record, call.workspace.user
    folder, workspace = _folder(record), _workspace(record)
    body = doc_reference(call, doc) | {
        "owner": address_of(owner),
        "ownerName": owner.name,
        "docSize": {
            "totalRowCount": sum(len(rows) for rows in doc.rows.values()),
            "baseTableCount": len(record.tables),
            "tableAndViewCount": sum(1 + len(table.views) for table in record.tables),
            "pageCount": len(record.pages),
            "overApiSizeLimit": False,  # Coda's limit is 125 MB; no doc is that large here
        },
        "createdAt": moment_stamp(record.created),
        "updatedAt": moment_stamp(record.updated),
        "folder": folder_reference(call, folder),
        "workspace": workspace_reference(workspace),
        "workspaceId": workspace,
        "folderId": folder,
    }
    if record.icon:
        body["icon"] = icon(record.icon)
    if record.source:
        href, link = call.href("docs", record.source), doc_link(record.source)
        body["sourceDoc"] = {"id": record.source, "type": "doc", "href": href, "browserLink": link}
    if record.published is not None:
        body["published"] = _published(record, record.published)
    return body


def _folder(record: DocRecord) -> str:
    return record.folder or MY_DOCS


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
class _DocCreate:
    """The body that makes a doc."""

    title: str = ""
    sourceDoc: str = ""
    timezone: str = ""
    folderId: str = ""
    initialPage: PageCreate = field(default_factory=PageCreate)


def create_doc(call: RestCall) -> Reply:
    """Make a doc: an empty one with one page, or a copy of another.

    The doc exists at once; its first page, if the body describes one, comes like any other write. The reply always
    has a `requestId`: reports say that Coda returns one only with such a page, but some clients need it.
    """
    call.unlimited()
    body = call.read_body(_DocCreate)
    if body.timezone and body.timezone not in _time_zones():
        raise ApiError(400, "timezone is not a known time zone.")
    known = {_folder(doc.record) for doc in call.workspace.docs()}
    if body.folderId not in known and call.workspace.folders.find(body.folderId) is None:
        raise ApiError(400, "Could not find a folder with the specified ID or name.")
    if body.initialPage.parentPageId:
        raise bad_parent(body.initialPage.parentPageId)
    record, rows = _copy(call, body.sourceDoc) if body.sourceDoc else (_empty(call), {})
    record.name = body.title or "Untitled"
    record.folder = "" if body.folderId == MY_DOCS else body.folderId
    record.time_zone = body.timezone or record.time_zone
    described = "initialPage" in call.body
    if not body.sourceDoc and not described:
        record.pages = [PageRecord(ids.new("page"), record.name, record.created, record.created)]
    doc = call.workspace.add(record, rows)
    if described:
        arguments = {"id": ids.new("page"), "page": pick_members(call.body["initialPage"], CREATED)}
        request = call.workspace.accept(record.id, "add page", arguments)
    else:
        request = call.workspace.accept(record.id, "rename doc", {})
    return Reply({**_show_doc(call, doc), "requestId": request}, 201)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _empty(call: RestCall) -> DocRecord:
    now = call.workspace.now
    return DocRecord(ids.new("doc"), "", now, now)


def _copy(call: RestCall, source: str) -> tuple[DocRecord, Rows]:
    """A copy of a doc with a new id. Pages, tables, columns and rows keep their ids, which is assumed.

    The copy has no permissions and is not published. Raises ApiError.
    """
    if source not in call.workspace:
        raise ApiError(400, "Could not find a doc with the specified ID or name.")
    original, now = call.workspace.live(source), call.workspace.now
    record, rows = deepcopy(original.record), deepcopy(original.rows)
    record.id, record.source = ids.new("doc"), source
    record.created = record.updated = now
    record.permissions, record.sharing, record.published, record.deleted, record.domains = [], {}, None, [], []
    return record, rows


# ---------------------------------------------------------------- changing


@dataclass(frozen=True, slots=True)
class _DocUpdate:
    """The body that changes a doc."""

    title: str = ""
    iconName: str = ""


def update_doc(call: RestCall) -> Reply:
    """Rename a doc, or give it another icon."""
    call.whole_doc()
    body = call.read_body(_DocUpdate)
    call.do("rename doc", {"name": body.title, "icon": body.iconName})
    return Reply({})


def delete_doc(call: RestCall) -> Reply:
    """Delete a doc."""
    call.workspace.remove(call.whole_doc().record.id)
    return Reply({}, 202)


@dataclass(frozen=True, slots=True)
class _DocPublish:
    """The body that publishes a doc, or changes its publication; missing members change nothing."""

    slug: str = ""
    discoverable: bool = False
    earnCredit: bool = False
    categoryNames: tuple[str, ...] = ()
    mode: Literal["view", "play", "edit"] = "view"


def publish_doc(call: RestCall) -> Reply:
    """Publish a doc. A slug that is invalid in an address, or taken by another doc, is refused, which is assumed."""
    doc, body = call.whole_doc(), call.read_body(_DocPublish)
    if body.slug and re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?", body.slug) is None:
        raise ApiError(400, "slug may hold letters, digits and hyphens only.")
    others = (other.record for other in call.workspace.docs() if other.record.id != doc.record.id)
    if body.slug and any((other.published or {}).get("slug") == body.slug for other in others):
        raise ApiError(400, "Another doc has this slug.")
    unknown = [name for name in body.categoryNames if name not in _CATEGORIES]
    if unknown:
        raise ApiError(400, f"There is no category {unknown[0][:100]}.")
    settings = pick_members(call.body, ("slug", "discoverable", "earnCredit", "categoryNames", "mode"))
    return Reply({"requestId": call.accept("publish", {"settings": settings})}, 202)


def unpublish_doc(call: RestCall) -> Reply:
    """Unpublish a doc; without effect on a doc that is not published."""
    call.whole_doc()
    call.do("unpublish", {})
    return Reply({})


def list_categories(call: RestCall) -> Reply:  # noqa: ARG001
    """The categories of published docs."""
    return Reply({"items": [{"name": name} for name in _CATEGORIES]})
