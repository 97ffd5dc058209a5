"""Where things of a doc are shown on the page."""

from __future__ import annotations

from urllib.parse import urlencode

from codaform.model.values import Row
from codaform.semantics.dependencies import Thing
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc


def of_doc(doc: LocalDoc) -> str:
    """The doc's front."""
    return f"/d/{doc.record.id}"


def of_owner(doc: LocalDoc, owner: str, **settings: str | int) -> str:
    """A table or a view, by its id. settings: Parts of the query, as `first` for the row that it begins with."""
    query = urlencode({name: value for name, value in settings.items() if value != ""})
    return f"{of_doc(doc)}/t/{owner}" + (f"?{query}" if query else "")


def of_row(doc: LocalDoc, row: Row) -> str:
    """A row on a page of its own; empty for one that is gone."""
    id = doc.row_id(row)
    return f"{of_doc(doc)}/t/{doc.table_id(row.table)}/r/{id}" if id else ""


def of_formula(doc: LocalDoc, name: str) -> str:
    """A named formula; a control that is read as one is shown on the doc's front."""
    found = finding.formula(doc.record, name)
    return f"{of_doc(doc)}/f/{found.id}" if found is not None else of_doc(doc)


def of_thing(doc: LocalDoc, thing: Thing) -> str:
    """Whatever a formula can read."""
    match thing.kind:
        case "named":
            return of_formula(doc, thing.name)
        case "view":
            found = finding.view(doc.record, thing.name)
            return of_owner(doc, found[1].id) if found is not None else of_doc(doc)
        case "cells":
            owner = finding.table(doc.record, thing.table)
            column = finding.column(owner, thing.name) if owner is not None else None
            if owner is not None and column is not None:
                return f"{of_owner(doc, owner.id)}#{column.id}"
    return of_owner(doc, doc.table_id(thing.table))
