"""What the tools for views do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codaform.coda.wire import ids
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, TableRecord
from codaform.server.mcp.addresses import parsed, table_uri
from codaform.server.mcp.caller import Caller
from codaform.server.mcp.describing import view_shape
from codaform.server.mcp.endpoint import Refused
from codaform.server.mcp.formula_checks import condition

_NO_SETTINGS = ("action", "pageUri")


def manage(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Add a view, or change one."""
    doc, table, view = caller.table(arguments["uri"])
    data = arguments["data"]
    settings = {name: value for name, value in data.items() if name not in _NO_SETTINGS}
    _check(caller, doc, table, settings)
    if data["action"] == "add":
        page = table.page
        if data.get("pageUri"):
            page = caller.page_of(doc, parsed(data["pageUri"], doc.record.id)).id
        id = ids.new("view")
        caller.do(doc, "add view", {"id": id, "table": table.id, "page": page, "settings": settings})
        view = next(known for known in table.views if known.id == id)
    else:
        caller.do(doc, "configure view", {"view": (view or table).id, "settings": settings})
    shape = view_shape(doc, table, view or table, table if view is not None else None)
    return {**shape, "sourceTableUri": table_uri(table)}


def delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Delete a view."""
    doc, table, view = caller.table(arguments["uri"])
    if view is None:
        raise Refused(f"This is how the table {table.name} shows itself; table_delete deletes the table.")
    caller.do(doc, "delete view", {"view": view.id})
    return {"viewUri": f"{table_uri(table)}/views/{view.id}", "deleted": True}


def _check(caller: Caller, doc: LocalDoc, table: TableRecord, settings: Mapping[str, Json]) -> None:
    """Refuses columns that the table does not have, and conditions that say nothing of its rows.

    A reply has no place for what is wrong with a filter; so one that is wrong is refused, which is assumed.
    """
    for id in _columns(settings):
        caller.column(table, id)
    if settings.get("sharedFilter"):
        condition(doc, settings["sharedFilter"], table.name)
    for rule in settings.get("conditionalFormats", ()):
        if rule.get("condition"):
            condition(doc, rule["condition"], table.name)


def _columns(settings: Mapping[str, Json]) -> Iterator[str]:
    for sort in settings.get("sorts", ()):
        yield sort["columnId"]
    for side in settings.get("groups", {}).values():
        yield from side
    yield from settings.get("columnVisibility", {}).get("hideColumnIds", ())
    yield from settings.get("columnOrder", ())
    for personal in settings.get("personalFilter") or ():
        yield personal["columnId"]
    for rule in settings.get("conditionalFormats", ()):
        yield from rule.get("scope", {}).get("columnIds", ())
    for member, value in settings.get("chartOptions", {}).items():
        if member.endswith("ColumnIds"):
            yield from value
