"""Values, icons and addresses on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from urllib.parse import urlencode

from markupsafe import Markup

from codaform.markup.values import Look, shortened
from codaform.model.display import number_shown
from codaform.model.notation import notate
from codaform.model.schema import Column
from codaform.model.value_texts import duration_text
from codaform.model.values import Person, Row, is_blank
from codaform.semantics.dependencies import GraphNode
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc

_PATHS: Mapping[str, str] = {
    "text": "M3 4h10M8 4v9M6 13h4",
    "number": "M6.5 2.5 5 13.5M11 2.5 9.5 13.5M3 6h10.5M2.5 10H13",
    "percent": "M12.5 3.5 3.5 12.5M3.5 3.5h3v3h-3zM9.5 9.5h3v3h-3z",
    "currency": "M11 4.8C9.5 2.6 5 2.9 5 5.5c0 3.2 6.2 1.6 6.2 4.8 0 2.9-5 3.3-6.5 1M8 1.5v13",
    "date": "M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2v3M10.5 2v3",
    "time": "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M8 5v3.2l2.2 1.3",
    "checkbox": "M3 3h10v10H3zM5.5 8l2 2 3.5-4",
    "select": "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M5.8 7l2.2 2.3L10.2 7",
    "relation": "M2.5 5.5h7a2.5 2.5 0 0 1 0 5H6M8 8l-2.2 2.5L8 13",
    "person": "M8 2.5a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4M2.8 13.5c.6-2.7 2.6-4 5.2-4s4.6 1.3 5.2 4",
    "link": "M6.5 9.5l3-3M7 4.5l1.3-1.3a3 3 0 0 1 4.3 4.3L11.3 9M9 11.5l-1.3 1.3a3 3 0 0 1-4.3-4.3L4.7 7",
    "email": "M2 4h12v8.5H2zM2 4.5l6 4.5 6-4.5",
    "file": "M4 2h5l3 3v9H4zM9 2v3h3",
    "image": "M2.5 3h11v10h-11zM2.5 11l3.5-3.5 3 3 1.5-1.5 3 3M10.5 6h.01",
    "button": "M2.5 5h11v6h-11zM6 8h4",
    "slider": "M2 8h12M6 5.5v5",
    "formula": "M11.5 3.2c-2-.8-3 .2-3.3 1.8L6.7 12c-.3 1.5-1.2 2.2-2.7 1.5M5 7h6",
    "table": "M2 3h12v10H2zM2 6.3h12M2 9.6h12M6.3 6.3V13",
    "view": "M2 3.5h12L9.5 8.5v4.5l-3-1.5v-3z",
    "page": "M4 2h5l3 3v9H4zM6 8h4M6 10.5h4",
    "map": "M2 3h4.5v3.5H2zM9.5 9.5H14V13H9.5zM4.2 6.5v4.7h5.3",
    "week": "M2 3h3.4v10H2zM6.3 3h3.4v7H6.3zM10.6 3H14v8.5h-3.4z",
    "add": "M8 3v10M3 8h10",
    "remove": "M3 4.5h10M6 4.5V3h4v1.5M4.2 4.5l.6 9h6.4l.6-9",
    "open": "M9 3h4v4M13 3 8.5 7.5M7 9l-4 4M7 13H3V9",
    "close": "M4 4l8 8M12 4l-8 8",
    "before": "M10 3 5 8l5 5",
    "after": "M6 3l5 5-5 5",
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "theme": "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11v11M8 5.3h4.6M8 8h5.4M8 10.7h4.6",
    "doc": "M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
    "expand": "M5 6l3 3 3-3",
}

_OF_KIND: Mapping[str, str] = {
    "canvas": "text",
    "scale": "slider",
    "progress": "slider",
    "datetime": "date",
    "duration": "time",
    "toggle": "checkbox",
    "reaction": "person",
    "created_on": "date",
    "modified_on": "date",
    "created_by": "person",
    "modified_by": "person",
    "row_id": "number",
    "pack_object": "file",
    "other": "text",
}


def icon(name: str) -> Markup:
    """An icon by its name or by a kind of column, hidden from screen readers."""
    path = _PATHS.get(_OF_KIND.get(name, name), _PATHS["text"])
    return Markup('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>').format(path)


def doc_address(doc: LocalDoc) -> str:
    """The doc's front."""
    return f"/d/{doc.record.id}"


def owner_address(doc: LocalDoc, owner: str, **settings: str | int) -> str:
    """A table or a view, by its id. settings: Parts of the query, such as `first` for the first row."""
    query = urlencode({name: value for name, value in settings.items() if value != ""})
    return f"{doc_address(doc)}/t/{owner}" + (f"?{query}" if query else "")


def row_address(doc: LocalDoc, row: Row) -> str:
    """The page of a row; empty for a row that is gone."""
    id = doc.row_id(row)
    return f"{doc_address(doc)}/t/{doc.table_id(row.table)}/r/{id}" if id else ""


def _formula_address(doc: LocalDoc, name: str) -> str:
    """A named formula, or the doc's front for a control."""
    found = finding.formula(doc.record, name)
    return f"{doc_address(doc)}/f/{found.id}" if found is not None else doc_address(doc)


def thing_address(doc: LocalDoc, thing: GraphNode) -> str:
    """Anything that a formula can read."""
    match thing.kind:
        case "named":
            return _formula_address(doc, thing.name)
        case "view":
            found = finding.view(doc.record, thing.name)
            return owner_address(doc, found[1].id) if found is not None else doc_address(doc)
        case "cells":
            owner = finding.table(doc.record, thing.table)
            column = finding.column(owner, thing.name) if owner is not None else None
            if owner is not None and column is not None:
                return f"{owner_address(doc, owner.id)}#{column.id}"
    return owner_address(doc, doc.table_id(thing.table))


def look(doc: LocalDoc) -> Look:
    """How the doc's values look."""
    return Look(doc.book, partial(chip, doc))


_LINK = re.compile(r'<a (class="[^"]*")[^>]*>(.*?)</a>', re.DOTALL)


def unlinked(html: Markup) -> Markup:
    """The HTML of a value without its links, for a place that is itself a link."""
    return Markup(_LINK.sub(r"<span \1>\2</span>", str(html)))


def chip(doc: LocalDoc, row: Row) -> Markup:
    """A row as a chip with a link to it."""
    address = row_address(doc, row)
    if not address:
        return Markup('<span class="chip gone">a row that is gone</span>')
    text = doc.display(row) or f"row {row.id}"
    return Markup('<a class="chip" tabindex="-1" href="{}" data-row-id="{}">{}</a>').format(
        address, doc.row_id(row), shortened(text, False)
    )


def raw(doc: LocalDoc, value: object, column: Column) -> object:
    """A cell's value as JSON for its control: rows as id and text, dates by ISO 8601."""
    if column.many or isinstance(value, list):
        items = value if isinstance(value, list) else [] if is_blank(value) else [value]
        return [_raw(doc, item, column) for item in items]
    return _raw(doc, value, column)


def _raw(doc: LocalDoc, value: object, column: Column) -> object:
    match value:
        case None:
            return ""
        case str() | bool():
            return value
        case float() | int():
            if column.kind == "percent":
                return number_shown(float(value), Column("", "percent"))
            return int(value) if value == int(value) and abs(value) < 2**53 else value
        case datetime():
            local = value.astimezone(doc.zone).replace(tzinfo=None) if value.tzinfo else value
            return local.isoformat(timespec="seconds" if local.second else "minutes")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return duration_text(value)
        case Row():
            return [doc.row_id(value), doc.display(value)]
        case Person():
            return value.email or value.name
        case dict() if column.kind in ("image", "file"):
            return str(value.get("Url") or "")
    return notate(value, doc.book)
