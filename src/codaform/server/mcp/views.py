"""The tools for views: add, configure, delete."""

from __future__ import annotations

from codaform.server.mcp.formats import COLOR
from codaform.server.mcp.places import ONLY_URI, URI
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
from codaform.server.mcp.tool import Tool, changes

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

TOOLS = (
    Tool(
        "table_view_manage",
        "Adds a view of a table to a page, or changes what a view shows: filter, order, groups, columns, layout.",
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
    ),
    Tool("table_view_delete", "Deletes a view; the table keeps its rows.", ONLY_URI, changes()),
)
