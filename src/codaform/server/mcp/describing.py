"""The things of a doc in replies of tools: tables with their columns and views, formulas, controls, values."""

from __future__ import annotations

from datetime import datetime

from codaform.coda.wire import ids
from codaform.coda.wire.cells import cell_to_tool, formatted_text
from codaform.coda.wire.texts import plain_value
from codaform.coda.wire.tool_formats import format_to_tool
from codaform.model import types
from codaform.model.schema import Column, Table, control_column, formula_column
from codaform.model.values import Error, is_blank
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc, column_error, named_value
from codaform.server.doc.records import (
    ColumnRecord,
    ControlRecord,
    FormulaRecord,
    Json,
    PageRecord,
    RowRecord,
    TableRecord,
    ThreadRecord,
    ViewRecord,
)
from codaform.server.mcp.caller import (
    OWN_VIEW,
    canvas_uri,
    control_uri,
    formula_uri,
    page_addresses,
    page_uri,
    table_uri,
)

_USUAL_LAYOUT = "default grid"


def epoch(moment: datetime) -> float:
    """A moment in the form of replies: seconds since 1970."""
    return moment.timestamp()


def place(page: str) -> dict[str, Json]:
    """The addresses of a page by its id; null for no page."""
    return {"canvasUri": canvas_uri(page) if page else None, "pageUri": page_uri(page) if page else None}


def table_shape(
    doc: LocalDoc, table: TableRecord, view: ViewRecord | None, *, formats: bool = True, views: bool = True
) -> dict[str, Json]:
    """A table, or a view on a page.

    formats, views: Whether to include the formats of the columns, and the views of the table.
    """
    owner = view or table
    shape: dict[str, Json] = {
        **place(owner.page),
        "tableUri": table_uri(owner),
        "name": view.view.name if view is not None else table.name,
        "rowCount": len(doc.shown(owner)),
        "columns": [column_shape(doc, table, column, formats=formats) for column in table.columns],
    }
    if views:
        # A table's own looks come first. That its other views follow is assumed: all known ones are on other pages,
        # as tables with a source.
        others = [] if view is not None else table.views
        shape["views"] = [view_shape(doc, table, owner), *(view_shape(doc, table, other, table) for other in others)]
    return {**shape, "sourceTableUri": table_uri(table)} if view is not None else shape


def column_shape(doc: LocalDoc, table: TableRecord, record: ColumnRecord, *, formats: bool = True) -> dict[str, Json]:
    """A column with its formula and the error of that."""
    column = record.column
    shape: dict[str, Json] = {"columnId": record.id, "name": column.name, "description": column.about or None}
    if formats:
        shape["format"] = format_to_tool(
            column, record.settings, doc.table_id, lambda text: doc.returned(text, table.name)
        )
    return shape | {
        "formula": doc.filling(table.name, column),
        "error": column_error(doc, table, record),
        "isDisplayColumn": record is _display_column(table),
        "isWritable": writable(column),
    }


def writable(column: Column) -> bool:
    """Whether cells of a column accept values: formulas, buttons and reactions do not."""
    return not column.computed and column.kind != "reaction"


def _display_column(table: TableRecord) -> ColumnRecord | None:
    """The column whose cells are the display texts of the rows."""
    shown = Table(table.name, {column.column.name: column.column for column in table.columns}).display
    return next((column for column in table.columns if shown is not None and column.column.name == shown.name), None)


def view_shape(
    doc: LocalDoc, table: TableRecord, owner: TableRecord | ViewRecord, listed_in: TableRecord | None = None
) -> dict[str, Json]:
    """A view, or the looks of a table. listed_in: For a view in a table's list of views, the table."""
    kept, text, name = owner.settings, None, "Default"
    hidden, order, sorts = kept.get("hiddenColumnIds", []), kept.get("orderedColumnIds"), kept.get("sorts", [])
    if isinstance(owner, ViewRecord):
        view = owner.view
        name = view.name if listed_in is not None else "Default"
        text = view.filter.text if view.filter is not None else None
        if view.columns and "hiddenColumnIds" not in kept:
            hidden = [column.id for column in table.columns if column.column.name not in view.columns]
        sorted_by = finding.column(table, view.sort) if view.sort else None
        if sorted_by is not None and "sorts" not in kept:
            sorts = [{"columnId": sorted_by.id, "direction": "descending" if view.descending else "ascending"}]
    else:
        text = kept.get("filterFormula")
    within = f"{page_uri(owner.page)}/" if owner.page else ""
    uri = f"{within}tables/{(listed_in or owner).id}"
    shape: dict[str, Json] = {
        **place(owner.page),
        "tableUri": uri,
        "viewUri": f"{uri}/views/{owner.id if listed_in is not None else OWN_VIEW}",
        "name": name,
        "filterFormula": doc.returned(text, table.name) if text else None,
        "viewLayout": kept.get("viewLayout") or _USUAL_LAYOUT,
        "groups": {"left": [], "top": [], **(kept.get("groups") or {})},
        "sorts": sorts,
        "hiddenColumnIds": hidden,
        "orderedColumnIds": order if order is not None else _visible(table, owner, hidden),
        "conditionalFormats": kept.get("conditionalFormats", []),
        "personalFilterColumns": kept.get("personalFilterColumns", []),
    }
    # Never seen in a reply of the vendor's; included only if they were set.
    return shape | {name: kept[name] for name in ("chartOptions", "titleHidden") if name in kept}


def _visible(table: TableRecord, owner: TableRecord | ViewRecord, hidden: list[str]) -> list[str]:
    """The ids of the visible columns, in their order."""
    if isinstance(owner, ViewRecord) and owner.view.columns:
        found = (finding.column(table, name) for name in owner.view.columns)
        return [column.id for column in found if column is not None]
    return [column.id for column in table.columns if column.id not in hidden]


def cell(doc: LocalDoc, table: TableRecord, row: RowRecord, record: ColumnRecord) -> Json:
    """The value of a cell: for a canvas its address, and its text if there is any."""
    value = doc.value(table, row, record)
    column = record.column
    if column.kind == "canvas" and not isinstance(value, Error):
        canvas: dict[str, Json] = {"type": "canvas", "canvasUri": f"canvases/{table.id}::{row.id}::{record.id}"}
        return canvas if is_blank(value) else {**canvas, "content": plain_value(value, column, doc)}
    bound = doc.program.formulas.get(FormulaSite("formula", table.name, column.name))
    if isinstance(value, str) and value and column.kind == "text" and bound is not None and is_formatted(bound):
        return formatted_text(value)
    return cell_to_tool(value, column, doc, ids.select_list(table.id, record.id))


def is_formatted(bound: Bound) -> bool:
    """Whether a text that a formula gives holds chips or links: it joins rows, people or dates with text.

    Assumed: that Coda keeps these as chips in each such text, as it did in the texts that were seen.
    """
    if bound.type != types.TEXT:
        return False
    for part in ir.parts(bound.body):
        match part:
            case ir.Convert(value, types.TEXT) if _is_chip(value.type):
                return True
            case ir.Call(function, args, types.TEXT):
                if function.name == "Hyperlink" or any(arg is not None and _is_chip(arg.type) for arg in args):
                    return True
    return False


def _is_chip(kind: types.Type) -> bool:
    return isinstance(kind, types.RowOf) or kind == types.PERSON


def formula_shape(doc: LocalDoc, record: FormulaRecord) -> dict[str, Json]:
    """A formula on a page, with its value."""
    formula = record.formula
    column, value = formula_column(formula), named_value(doc, formula.name)
    bound = doc.program.formulas.get(FormulaSite("named", "", formula.name))
    formatted = isinstance(value, str) and value and bound is not None and is_formatted(bound)
    return {
        "formulaUri": formula_uri(record),
        "name": formula.name,
        **place(record.page),
        "value": formatted_text(str(value)) if formatted else cell_to_tool(value, column, doc),
        "formula": doc.returned(formula.formula.text),
    }


def control_shape(doc: LocalDoc, record: ControlRecord) -> dict[str, Json]:
    """A control on a page; a button without its action, as in Coda."""
    control = doc.book.doc.controls.get(record.name)
    if record.kind == "button" or control is None:
        value: Json = record.settings.get("label", "")
    else:
        value = cell_to_tool(named_value(doc, control.name), control_column(control), doc)
    return {
        "controlUri": control_uri(record),
        "name": record.name,
        **place(record.page),
        "value": value,
        "type": record.kind,
    }


def thread_shape(thread: ThreadRecord, who: dict[str, Json]) -> dict[str, Json]:
    """A thread of comments with its comments. who: The user, who is the author of everything here."""
    uri = f"threads/{thread.id}"
    on = (
        {"tableUri": f"tables/{thread.table}", "rowId": thread.row}
        if thread.table
        else {**place(thread.page), "elementId": thread.element, "text": thread.text}
    )
    comments = [
        {
            "commentUri": f"{uri}/comments/{comment.id}",
            "author": who,
            "content": comment.content,
            "createdAt": epoch(comment.created),
            "reactions": [{"reaction": name, "users": [who]} for name in comment.reactions],
        }
        for comment in thread.comments
    ]
    return {"threadUri": uri, **on, "resolved": thread.resolved, "comments": comments}


def page_shape(doc: LocalDoc, page: PageRecord, who: dict[str, Json]) -> dict[str, Json]:
    """A page in the form of an outline. who: The user, who is the author of everything here."""
    below = [child for child in doc.record.pages if child.parent == page.id]
    pages = doc.record.pages
    return {
        **_brief_page(page),
        "childPageOutlines": [_brief_page(child) for child in below],
        "docUri": f"superhuman://docs/{doc.record.id}",
        "parentPageUri": page_uri(page.parent) if page.parent else None,
        "position": next(place for place, known in enumerate(pages) if known is page),
        "icon": page.icon or None,
        "subtitle": page.subtitle,
        "authors": [{"name": who["name"]}],
        "coverPhoto": page.settings.get("coverPhoto") or ({"url": page.image} if page.image else None),
        "pageType": page.kind,
        "isHidden": page.hidden,
        "createdAt": epoch(page.created),
        "updatedAt": epoch(page.updated),
        "createdBy": who,
        "updatedBy": who,
    }


def _brief_page(page: PageRecord) -> dict[str, Json]:
    """A page by its ids, addresses and title."""
    return {
        "pageId": page_uri(page.id).removeprefix("pages/"),
        "canvasId": page.id,
        "title": page.name,
        **page_addresses(page),
    }
