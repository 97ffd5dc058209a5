"""Copying a page with everything on it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from codaform.coda.wire import ids
from codaform.model.values import Row
from codaform.server.commands.column_types import infer_types
from codaform.server.commands.names import free, taken
from codaform.server.commands.pages import line_ids
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import PageRecord, RowRecord, TableRecord, ViewRecord


def copy_page(doc: LocalDoc, page: str, id: str, name: str, parent: str = "", rows: bool = True) -> None:
    """Copy a page with its text, tables, views, formulas and controls, without the pages below it.

    Tables, views, formulas and controls get new names. The text of formulas stays the same, so a formula that names a
    table still means the original (assumed). id: The id of the copy. rows: Whether to copy the rows of tables.
    """
    original = finding.page(doc.record, page)
    if original is None:
        return
    above = finding.page(doc.record, parent) if parent else None
    copy = deepcopy(original)
    copy.id, copy.name, copy.parent = id, name, above.id if above is not None else ""
    copy.created = copy.updated = doc.now
    doc.record.pages.append(copy)
    make_id = line_ids(doc, copy)
    copy.lines = [replace(line, id=make_id()) for line in original.lines]
    for table in [table for table in doc.record.tables if table.page == original.id]:
        _copy_table(doc, table, copy, rows)
    for table in doc.record.tables:
        for view in [view for view in table.views if view.page == original.id and table.page != original.id]:
            shown = replace(view.view, name=free(view.view.name, taken(doc.record)))
            own = ids.stable("view", id, view.id)
            table.views.append(ViewRecord(own, shown, id, doc.now, doc.now, deepcopy(view.settings)))
    for known in [known for known in doc.record.formulas if known.page == original.id]:
        named = replace(known.formula, name=free(known.formula.name, taken(doc.record)))
        settings = deepcopy(known.settings)
        made = replace(known, id=ids.stable("formula", id, known.id), formula=named, page=id, settings=settings)
        doc.record.formulas.append(made)
    for control in [control for control in doc.record.controls if control.page == original.id]:
        own = free(control.name, taken(doc.record))
        doc.record.controls.append(
            replace(deepcopy(control), id=ids.stable("control", id, control.id), name=own, page=id)
        )
    infer_types(doc)
    doc.rebuild()


def _copy_table(doc: LocalDoc, table: TableRecord, page: PageRecord, rows: bool) -> None:
    name = free(table.name, taken(doc.record))
    copy = deepcopy(table)
    copy.id, copy.name, copy.page = ids.stable("table", page.id, table.id), name, page.id
    copy.created = copy.updated = doc.now
    new_ids = {column.id: ids.stable("column", page.id, column.id) for column in table.columns}
    for column in copy.columns:
        column.id = new_ids[column.id]
        if column.column.to == table.name:
            column.column = replace(column.column, to=name)
        elif column.column.reverse:
            # The other side of the relation belongs to the original table.
            column.column = replace(column.column, reverse="")
    copy.settings = _with_ids(copy.settings, new_ids)
    doc.record.tables.append(copy)
    copy.views = [view for view in copy.views if view.page == table.page]
    for view in copy.views:
        shown = replace(view.view, table=name, name=free(view.view.name, taken(doc.record) | {name.casefold()}))
        view.id, view.page, view.view = ids.stable("view", page.id, view.id), page.id, shown
        view.settings = _with_ids(view.settings, new_ids)
    kept = doc.rows[table.id] if rows else {}
    doc.rows[copy.id] = {number: _copied_row(doc, row, page, table.name, name, new_ids) for number, row in kept.items()}
    doc.touched.update((copy.id, number) for number in kept)


def _copied_row(
    doc: LocalDoc, row: RowRecord, page: PageRecord, old: str, new: str, new_ids: dict[str, str]
) -> RowRecord:
    def moved(value: object) -> object:
        if isinstance(value, list):
            return [moved(item) for item in value]
        return Row(new, value.id) if isinstance(value, Row) and value.table == old else value

    entered = {new_ids[id]: moved(value) for id, value in row.entered.items() if id in new_ids}
    invalid_text = {new_ids[id]: text for id, text in row.invalid_text.items() if id in new_ids}
    id = ids.stable("row", page.id, row.id)
    return RowRecord(id, row.number, doc.now, doc.now, entered, invalid_text, doc.record.version)


def _with_ids(kept: dict[str, object], new_ids: dict[str, str]) -> dict[str, object]:
    """The settings with the ids of the copied columns."""

    def moved(value: object) -> object:
        match value:
            case str():
                return new_ids.get(value, value)
            case list():
                return [moved(item) for item in value]
            case dict():
                return {name: moved(item) for name, item in value.items()}
        return value

    return {name: moved(value) for name, value in kept.items()}
