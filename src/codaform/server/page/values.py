"""Values on the page: rows as chips that lead to them, and what the control of a cell starts with."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial

from markupsafe import Markup

from codaform.markup.values import Look, shortened
from codaform.model.conversion import duration_text
from codaform.model.display import number_shown
from codaform.model.notation import notate
from codaform.model.schema import Column
from codaform.model.values import Person, Row, is_blank
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.page.addresses import of_row


def look(doc: LocalDoc) -> Look:
    """How the doc's values look."""
    return Look(doc.book, partial(chip, doc))


def chip(doc: LocalDoc, row: Row) -> Markup:
    """A row as the chip that leads to it."""
    address = of_row(doc, row)
    if not address:
        return Markup('<span class="chip gone">a row that is gone</span>')
    text = doc.display(row) or f"row {row.id}"
    return Markup('<a class="chip" tabindex="-1" href="{}" data-row-id="{}">{}</a>').format(
        address, doc.row_id(row), shortened(text, False)
    )


def raw(doc: LocalDoc, value: object, column: Column) -> object:
    """A cell's value as JSON, in the form in which its control starts: rows as id and text, dates by ISO 8601."""
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
