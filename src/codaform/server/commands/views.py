"""Commands for views, and for the looks of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from codaform.model.schema import View
from codaform.semantics.renaming import Renaming
from codaform.server.commands.names import free, numbered, rename, taken
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, TableRecord, ViewRecord
from codaform.source import Source

_KEPT = ("viewLayout", "sorts", "groups", "conditionalFormats", "chartOptions", "titleHidden")
"""The settings that are kept unchanged."""


def add(doc: LocalDoc, id: str, table: str, page: str, settings: Mapping[str, Json]) -> None:
    """Add a view of a table. settings: Members in the tools' form, with `name`."""
    owner = finding.table(doc.record, table)
    if owner is None:
        return
    others, name = taken(doc.record), settings.get("name") or ""
    name = free(name, others) if name else numbered("View", others)
    place = finding.page(doc.record, page)
    record = ViewRecord(id, View(name, owner.name), place.id if place is not None else owner.page, doc.now, doc.now)
    owner.views.append(record)
    _configure(owner, record, settings)
    doc.rebuild()


def configure(doc: LocalDoc, view: str, settings: Mapping[str, Json]) -> None:
    """Change a view, or the looks of a table; other settings stay.

    view: The id of a view or of a table. A table's own filter hides rows on the page only; it has no effect on
    formulas and APIs, and so none here.
    """
    owner = next((table for table in doc.record.tables if table.id == view), None)
    found = finding.view(doc.record, view)
    if owner is not None:
        _keep(owner, settings)
        name = settings.get("name")
        if name and name != owner.name:  # one author saw that the name of a table's own view is the table's
            rename(doc, Renaming("table", owner.name, free(name, taken(doc.record) - {owner.name.casefold()})))
        if "sharedFilter" in settings:
            owner.settings["filterFormula"] = settings["sharedFilter"] or None
        owner.updated = doc.now
    elif found is not None:
        table, record = found
        name = settings.get("name")
        if name and name != record.view.name:
            others = taken(doc.record) - {record.view.name.casefold()}
            rename(doc, Renaming("view", record.view.name, free(name, others)))
        _configure(table, record, settings)
        record.updated = doc.now
    doc.rebuild()


def delete(doc: LocalDoc, view: str) -> None:
    """Delete a view; its table keeps its rows."""
    for table in doc.record.tables:
        table.views = [known for known in table.views if known.id != view]
    doc.rebuild()


def _configure(table: TableRecord, record: ViewRecord, settings: Mapping[str, Json]) -> None:
    _keep(record, settings)
    view = record.view
    if "sharedFilter" in settings:
        text = settings["sharedFilter"] or ""
        view = replace(view, filter=Source(view.name, text) if text else None)
    if "sorts" in settings:
        # One column sorts the rows; the other sorts are only kept and returned.
        first = settings["sorts"][0] if settings["sorts"] else {"columnId": "", "direction": ""}
        column = finding.column(table, first["columnId"])
        sort = column.column.name if column is not None else ""
        view = replace(view, sort=sort, descending=bool(sort) and first["direction"] == "descending")
    if "columnVisibility" in settings or "columnOrder" in settings:
        view = replace(view, columns=_shown(table, record))
    record.view = view


def _keep(owner: TableRecord | ViewRecord, settings: Mapping[str, Json]) -> None:
    kept = owner.settings
    for member in _KEPT:
        if member in settings:
            kept[member] = settings[member]
    if "conditionalFormats" in settings:
        kept["conditionalFormats"] = [
            {"ruleId": f"rule-{number}", **rule} for number, rule in enumerate(settings["conditionalFormats"], 1)
        ]
    if "columnVisibility" in settings:
        kept["hiddenColumnIds"] = list(settings["columnVisibility"]["hideColumnIds"])
    if "columnOrder" in settings:
        kept["orderedColumnIds"] = list(settings["columnOrder"])
    if "personalFilter" in settings:
        kept["personalFilterColumns"] = settings["personalFilter"] or []


def _shown(table: TableRecord, record: ViewRecord) -> tuple[str, ...]:
    """The names of the columns that a view shows, in its order; columns outside the order come last."""
    hidden = record.settings.get("hiddenColumnIds", ())
    order = record.settings.get("orderedColumnIds", ())
    ids = [id for id in order if any(column.id == id for column in table.columns)]
    ids += [column.id for column in table.columns if column.id not in ids]
    names = {column.id: column.column.name for column in table.columns}
    shown = tuple(names[id] for id in ids if id not in hidden)
    # An empty list would mean all columns; Coda shows at least the display column.
    return shown or (table.columns[0].column.name,)
