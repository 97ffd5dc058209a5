"""Tables, views and their columns."""

from __future__ import annotations

from dataclasses import replace

from codaform.coda.wire.formats import format_to_rest
from codaform.coda.wire.texts import moment_stamp
from codaform.semantics.dependencies import GraphNode, graph
from codaform.semantics.program import FormulaSite
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, Json, TableRecord, ViewRecord
from codaform.server.rest.call import Reply, RestCall, bad_query, list_page, unpack_query
from codaform.server.rest.references import column_reference, name_of, named_table, table_reference

_MOST_COLUMNS = 100

_LAYOUTS = {
    "area_chart": "areaChart",
    "bar_chart": "barChart",
    "bubble_chart": "bubbleChart",
    "gantt_chart": "ganttChart",
    "line_chart": "lineChart",
    "pie_chart": "pieChart",
    "scatter_chart": "scatterChart",
    "timeline": "ganttChart",
    "word_cloud": "wordCloud",
}
"""The layouts with another name in the REST API."""

_KNOWN_LAYOUTS = frozenset(
    {"default", "calendar", "card", "detail", "form", "masterDetail", "slide", *_LAYOUTS.values()}
)


def list_tables(call: RestCall) -> Reply:
    """Tables and views, by default in the doc's order."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    doc = call.doc
    kinds = call.texts("tableTypes")
    if not kinds <= {"table", "view"}:
        raise bad_query("tableTypes", "must be table, view, or both")
    found: list[TableRecord | ViewRecord] = []
    for table in doc.record.tables:
        if call.token.table and call.token.table != table.id:
            continue
        found.extend([table] if not kinds or "table" in kinds else [])
        found.extend(table.views if not kinds or "view" in kinds else [])
    if call.choice("sortBy", ("name",)):
        found.sort(key=lambda table: name_of(table).casefold())
    return Reply(list_page(call, found, lambda table: table_reference(call, doc, table), start))


def get_table(call: RestCall) -> Reply:
    """A table or a view."""
    call.flag("useUpdatedTableLayouts")
    doc = call.doc
    base, view = call.table_or_view
    owner = view or base
    display = _display(base)
    body = table_reference(call, doc, owner)
    if view is not None:
        body["parentTable"] = table_reference(call, doc, base)
    layout = str(owner.settings.get("viewLayout")).replace(" ", "_")  # the tools write `bar chart`
    layout = _LAYOUTS.get(layout, layout)
    body |= {
        "rowCount": len(doc.shown(owner)),
        "sorts": _sorts(call, doc, base, view),
        "layout": layout if layout in _KNOWN_LAYOUTS else "default",
        "createdAt": moment_stamp(owner.created),
        "updatedAt": moment_stamp(owner.updated),
        "viewId": view.id if view is not None else "table-" + base.id.removeprefix("grid-"),
    }
    if display is not None:
        body["displayColumn"] = column_reference(call, doc, base, display)
    if view is not None and view.view.filter is not None:
        body["filter"] = _filter(doc, base, view)
    return Reply(body)


def _display(table: TableRecord) -> ColumnRecord | None:
    columns = {column.column.name: column.column for column in table.columns}
    from codaform.model.schema import Table

    display = Table(table.name, columns).display
    return next(
        (column for column in table.columns if display is not None and column.column.name == display.name), None
    )


def _sorts(call: RestCall, doc: LocalDoc, base: TableRecord, view: ViewRecord | None) -> list[Json]:
    column = finding.column(base, view.view.sort) if view is not None and view.view.sort else None
    if view is None or column is None:
        return []
    direction = "descending" if view.view.descending else "ascending"
    return [{"column": column_reference(call, doc, base, column), "direction": direction}]


def _filter(doc: LocalDoc, base: TableRecord, view: ViewRecord) -> dict[str, Json]:
    """A filter in the API's form, without its text."""
    assert view.view.filter is not None
    text = view.view.filter.text.lower()
    name = view.view.name
    read = graph(doc.program).get(GraphNode("view", base.name, name))
    return {
        "valid": FormulaSite("filter", base.name, name) not in doc.errors,
        "isVolatile": bool(read and read.volatile),
        "hasUserFormula": "user()" in text,
        "hasTodayFormula": "today()" in text,
        "hasNowFormula": "now()" in text,
    }


def list_columns(call: RestCall) -> Reply:
    """The columns of a table; for a view, the visible ones, with the ids of its base table."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    call.flag("visibleOnly")
    doc = call.doc
    base, view = call.table_or_view
    display = _display(base)
    return Reply(
        list_page(
            call,
            visible_columns(base, view),
            lambda column: _column(call, doc, base, column, display),
            start,
            most=_MOST_COLUMNS,
        )
    )


def visible_columns(base: TableRecord, view: ViewRecord | None) -> list[ColumnRecord]:
    """The columns that a table or a view shows."""
    if view is None or not view.view.columns:
        return base.columns
    found = (finding.column(base, name) for name in view.view.columns)
    return [column for column in found if column is not None]


def get_column(call: RestCall) -> Reply:
    """One column."""
    doc = call.doc
    base, view = call.table_or_view
    body = _column(call, doc, base, call.column, _display(base))
    return Reply({**body, "parent": table_reference(call, doc, view or base)})


def _column(
    call: RestCall, doc: LocalDoc, table: TableRecord, record: ColumnRecord, display: ColumnRecord | None
) -> dict[str, Json]:
    column = record.column
    body: dict[str, Json] = {
        "id": record.id,
        "type": "column",
        "href": column_reference(call, doc, table, record)["href"],
        "name": column.name,
        "format": format_to_rest(
            column,
            record.settings,
            lambda name: named_table(call, doc, name),
            lambda text: doc.returned(text, table.name),
        ),
    }
    if record is display:
        body["display"] = True
    if column.computed:
        body["calculated"] = True
    if (text := doc.filling(table.name, column)) is not None:
        body["formula"] = text
    if column.default is not None:
        body["defaultValue"] = doc.returned(column.default.text, table.name)
    return body
