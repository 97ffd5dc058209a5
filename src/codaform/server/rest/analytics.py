"""Analytics: the docs and pages that there are, with nothing counted, as nobody else reads them here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from codaform.coda.wire.texts import moment_stamp
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json
from codaform.server.rest.account import WORKSPACE, doc_reference
from codaform.server.rest.call import ApiError, Reply, RestCall, bad_query, list_page, unpack_query
from codaform.server.rest.references import icon

_USUAL, _MOST = 1000, 5000
"""The default and the largest number of items on a page."""

_DIRECTIONS = ("ascending", "descending")
_SCALES = ("daily", "cumulative")
_SESSIONS = ("sessionsDesktop", "sessionsMobile", "sessionsOther", "totalSessions")
_CREDITS = tuple(f"aiCredits{kind}" for kind in ("Chat", "Block", "Column", "Assistant", "Reviewer", ""))
_DOC_ORDERS = (
    *("date", "docId", "title", "createdAt", "publishedAt", "likes", "copies", "views"),
    *_SESSIONS,
    *_CREDITS,
)


def list_doc_analytics(call: RestCall) -> Reply:
    """The docs, by default in the order of their ids, each with no days on which anything was counted."""
    call.unlimited(401)
    call, start = _unpacked(call)
    wanted, text, order = (
        call.texts("docIds"),
        (call.text("query") or "").casefold(),
        call.choice("orderBy", _DOC_ORDERS),
    )
    published, workspace = call.flag("isPublished"), call.text("workspaceId")
    found = [
        doc
        for doc in call.workspace.docs()
        if (not wanted or doc.record.id in wanted)
        and text in doc.record.name.casefold()
        and published in (None, doc.record.published is not None)
        and workspace in (None, doc.record.workspace or WORKSPACE)
    ]
    keys = {"title": lambda doc: doc.record.name.casefold(), "createdAt": lambda doc: doc.record.created}
    found.sort(key=keys.get(order or "", lambda doc: doc.record.id), reverse=call.text("direction") == "descending")
    return _listed(call, found, start, lambda doc: {"doc": _doc(call, doc), "metrics": []})


def _doc(call: RestCall, doc: LocalDoc) -> dict[str, Json]:
    record = doc.record
    shown = doc_reference(call, doc)
    shown["title"] = shown.pop("name")
    shown["createdAt"] = moment_stamp(record.created)
    return {**shown, "icon": icon(record.icon)} if record.icon else shown


def list_page_analytics(call: RestCall) -> Reply:
    """The pages of a doc, each with no days on which anything was counted."""
    call.unlimited(401)
    call, start = _unpacked(call)
    try:
        pages = call.doc.record.pages
    except ApiError as refused:  # the description has no 404 here: a doc that a token does not see needs another token
        raise ApiError(401, refused.message) from None
    return _listed(call, pages, start, lambda page: {"page": {"id": page.id, "name": page.name}, "metrics": []})


def summarize_docs(call: RestCall) -> Reply:
    """How often all docs were opened by others: never."""
    call.unlimited(401)
    _check(call)
    call.flag("isPublished")
    return Reply({"totalSessions": 0})


_USERS = tuple(
    f"{who}ActivelyUsing{when}" for who in ("docs", "workspaces") for when in ("", "7Day", "30Day", "90Day", "AllTime")
)
_PACK_ORDERS = (
    *("date", "packId", "name", "createdAt", "docInstalls", "workspaceInstalls", "revenueUsd"),
    *(f"num{kind}Invocations" for kind in ("Formula", "Action", "Sync", "Metadata")),
    *(f"workspacesWith{what}" for what in ("ActiveSubscriptions", "SuccessfulTrials")),
    *_USERS,
)
_FORMULA_ORDERS = (
    *("date", "formulaName", "formulaType", "formulaInvocations", "medianLatencyMs", "medianResponseSizeBytes"),
    *("errors", *_USERS),
)


def list_pack_analytics(call: RestCall) -> Reply:
    """No Packs."""
    return _no_packs(call, _PACK_ORDERS)


def list_pack_formula_analytics(call: RestCall) -> Reply:
    """No formulas of Packs."""
    return _no_packs(call, _FORMULA_ORDERS)


def _no_packs(call: RestCall, orders: Sequence[str]) -> Reply:
    call.unlimited(401)
    call, start = _unpacked(call)
    call.choice("orderBy", orders)
    call.numbers("packIds")
    call.choices("packFormulaTypes", ("action", "formula", "sync", "metadata"))
    call.flag("isPublished")
    return _listed(call, (), start, lambda _: {})


def summarize_packs(call: RestCall) -> Reply:
    """How often all Packs were used."""
    call.unlimited(401)
    _check(call)
    call.numbers("packIds")
    call.flag("isPublished")
    return Reply({"totalDocInstalls": 0, "totalWorkspaceInstalls": 0, "totalInvocations": 0})


def last_updated(call: RestCall) -> Reply:
    """The day up to which everything is counted: today."""
    today = call.workspace.now.date().isoformat()
    names = ("docAnalyticsLastUpdated", "packAnalyticsLastUpdated", "packFormulaAnalyticsLastUpdated")
    return Reply(dict.fromkeys(names, today))


def _unpacked(call: RestCall) -> tuple[RestCall, int]:
    """The call with the parameters of its list, which fit, and the start of its page. Raises ApiError."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    _check(call)
    call.choice("scale", _SCALES)
    call.choice("direction", _DIRECTIONS)
    return call, start


def _check(call: RestCall) -> None:
    for name in ("sinceDate", "untilDate"):
        text = call.text(name)
        try:
            date.fromisoformat(text or "2000-01-01")
        except ValueError:
            raise bad_query(name, "must be a date, such as 2026-03-04") from None


def _listed(call: RestCall, found: Sequence[Any], start: int, show: Any) -> Reply:
    body = list_page(call, found, show, start, usual=_USUAL, most=_MOST)
    return Reply({name: value for name, value in body.items() if name != "href"})
