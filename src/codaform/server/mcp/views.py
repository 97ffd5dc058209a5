"""The tools for views: add, configure, delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codaform.coda.wire import ids
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, TableRecord
from codaform.server.mcp.arguments import COLOR, ONLY_URI, URI
from codaform.server.mcp.caller import Caller, ToolRefused, bind_condition, parse_address, table_uri
from codaform.server.mcp.describing import view_shape
from codaform.server.mcp.schema import (
    Schema,
    boolean,
    choice,
    either,
    exactly,
    keyed,
    listed,
    null,
    number,
    or_null,
    record,
    text,
)
from codaform.server.mcp.tool import changes, tool

_IDS = listed(text())

_CHART: dict[str, Schema] = {
    "barOrientation": choice("vertical", "horizontal"),
    "pieDisplayMode": choice("Pie", "Donut", "Semicircle"),
    "seriesColors": keyed(or_null(COLOR)),
    "seriesColumnIds": _IDS,
    "showLegend": boolean(),
    "showPoints": choice("Auto", "On", "Off"),
    "stacking": choice("none", "normal", "percent"),
    "xColumnIds": _IDS,
    "yColumnIds": _IDS,
    "zColumnIds": _IDS,
}

_AXES: dict[str, Schema] = {
    f"{axis}Axis{part}": schema
    for axis in "xy"
    for part, schema in {
        "Min": or_null(number()),
        "Max": or_null(number()),
        "Scale": choice("linear", "logarithmic"),
        "ShowTitle": boolean(),
    }.items()
}

_CONDITIONAL_FORMAT = record(
    {
        "ruleId": text(),
        "condition": text(),
        "scope": either(
            record({"type": exactly("ROW")}, required=("type",)),
            record({"type": exactly("COLUMNS"), "columnIds": _IDS}, required=("type", "columnIds")),
        ),
        "formatStyles": either(
            record(
                {
                    "backgroundColor": COLOR,
                    "textColor": COLOR,
                    "textStyles": listed(choice("bold", "italic", "strikeThrough", "underline")),
                }
            ),
            null(),
        ),
    }
)

_LAYOUTS = (
    "card",
    "calendar",
    "detail",
    "form",
    "default grid",
    "timeline",
    "area chart",
    "bar chart",
    "bubble chart",
    "line chart",
    "pie chart",
    "scatter chart",
)

_SETTINGS: dict[str, Schema] = {
    "name": text(),
    "sharedFilter": or_null(text()),
    "personalFilter": or_null(
        listed(record({"columnId": text(), "values": listed(text())}, required=("columnId", "values")))
    ),
    "viewLayout": choice(*_LAYOUTS),
    "sorts": listed(
        record({"columnId": text(), "direction": choice("ascending", "descending")}, required=("columnId", "direction"))
    ),
    "groups": record({"left": _IDS, "top": _IDS}),
    "columnVisibility": record({"hideColumnIds": _IDS}, required=("hideColumnIds",)),
    "columnOrder": _IDS,
    "conditionalFormats": listed(_CONDITIONAL_FORMAT),
    "chartOptions": record(_CHART | _AXES),
    "titleHidden": boolean(),
}

_NO_SETTINGS = ("action", "pageUri")


@tool(
    record(
        {
            "uri": URI,
            "data": either(
                record({"action": exactly("add"), "pageUri": text()} | _SETTINGS, required=("action", "name")),
                record({"action": exactly("configure")} | _SETTINGS, required=("action",)),
            ),
        },
        required=("uri", "data"),
    ),
    changes(),
)
def table_view_manage(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Adds a view of a table to a page, or changes a view: filter, order, groups, columns, layout."""
    doc, table, view = caller.table(arguments["uri"])
    data = arguments["data"]
    settings = {name: value for name, value in data.items() if name not in _NO_SETTINGS}
    _check(caller, doc, table, settings)
    if data["action"] == "add":
        page = table.page
        if data.get("pageUri"):
            page = caller.page_of(doc, parse_address(data["pageUri"], doc.record.id)).id
        id = ids.new("view")
        caller.do(doc, "add view", {"id": id, "table": table.id, "page": page, "settings": settings})
        view = next(known for known in table.views if known.id == id)
    else:
        caller.do(doc, "configure view", {"view": (view or table).id, "settings": settings})
    shape = view_shape(doc, table, view or table, table if view is not None else None)
    return {**shape, "sourceTableUri": table_uri(table)}


@tool(ONLY_URI, changes())
def table_view_delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Deletes a view; the table keeps its rows."""
    doc, table, view = caller.table(arguments["uri"])
    if view is None:
        raise ToolRefused(f"This is how the table {table.name} shows itself; table_delete deletes the table.")
    caller.do(doc, "delete view", {"view": view.id})
    return {"viewUri": f"{table_uri(table)}/views/{view.id}", "deleted": True}


def _check(caller: Caller, doc: LocalDoc, table: TableRecord, settings: Mapping[str, Json]) -> None:
    """Refuse unknown columns, and conditions with an error.

    A reply has no member for the error of a filter, so a wrong filter is refused; that is assumed.
    """
    for id in _columns(settings):
        caller.column(table, id)
    if settings.get("sharedFilter"):
        bind_condition(doc, settings["sharedFilter"], table.name)
    for rule in settings.get("conditionalFormats", ()):
        if rule.get("condition"):
            bind_condition(doc, rule["condition"], table.name)


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
