"""References to things of a doc in replies: just enough to find the thing itself."""

from __future__ import annotations

from codaform.coda.wire import links
from codaform.coda.wire.formats import PEOPLE
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, Json, PageRecord, TableRecord, ViewRecord
from codaform.server.rest.call import RestCall


def page_reference(call: RestCall, doc: LocalDoc, id: str) -> dict[str, Json] | None:
    """The reference to a page; None for a page that is gone."""
    page = finding.page(doc.record, id) if id else None
    return _page(call, doc, page) if page is not None else None


def _page(call: RestCall, doc: LocalDoc, page: PageRecord) -> dict[str, Json]:
    return {
        "id": page.id,
        "type": "page",
        "href": call.href("docs", doc.record.id, "pages", page.id),
        "browserLink": links.page_link(doc.record.id, page.id),
        "name": page.name,
    }


def table_reference(call: RestCall, doc: LocalDoc, table: TableRecord | ViewRecord) -> dict[str, Json]:
    """The reference to a table or a view."""
    is_view = isinstance(table, ViewRecord)
    reference: dict[str, Json] = {
        "id": table.id,
        "type": "table",
        "tableType": "view" if is_view else "table",
        "href": call.href("docs", doc.record.id, "tables", table.id),
        "browserLink": links.table_link(doc.record.id, table.id),
        "name": name_of(table),
    }
    # A table without a page says so: it was left over when its page was deleted.
    return {**reference, "parent": page_reference(call, doc, table.page)}


def name_of(table: TableRecord | ViewRecord) -> str:
    """The name of a table or a view."""
    return table.view.name if isinstance(table, ViewRecord) else table.name


def named_table(call: RestCall, doc: LocalDoc, name: str) -> dict[str, Json]:
    """The reference to a table by its name, also to the hidden table of a doc's people."""
    table = next((table for table in doc.record.tables if table.name == name), None)
    if table is not None:
        return table_reference(call, doc, table)
    id = PEOPLE if name == PEOPLE else name
    return {
        "id": id,
        "type": "table",
        "tableType": "table",
        "href": call.href("docs", doc.record.id, "tables", id),
        "browserLink": links.table_link(doc.record.id, id),
        "name": "People" if name == PEOPLE else name,
    }


def column_reference(call: RestCall, doc: LocalDoc, table: TableRecord, column: ColumnRecord) -> dict[str, Json]:
    """The reference to a column."""
    href = call.href("docs", doc.record.id, "tables", table.id, "columns", column.id)
    return {"id": column.id, "type": "column", "href": href}


def icon(name: str) -> dict[str, Json]:
    """An icon in the API's form."""
    from urllib.parse import quote

    link = f"https://cdn.coda.io/icons/png/color/{quote(name, safe='')}-32.png"
    return {"name": name, "type": "image/png", "browserLink": link}
