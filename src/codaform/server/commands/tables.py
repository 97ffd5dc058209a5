"""Changes of tables and their columns, as the MCP tools ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from codaform.coda.wire.tool_formats import format_from_tool, format_to_tool
from codaform.model.schema import Column
from codaform.semantics.renaming import Renaming
from codaform.server.commands import following
from codaform.server.commands import rows as row_changes
from codaform.server.commands.column_types import CHECKS, INFERRED, read_anew, settle
from codaform.server.commands.dropping import drop_table
from codaform.server.commands.free_names import free, numbered, taken
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, DocRecord, Json, TableRecord
from codaform.source import Source

Spec = Mapping[str, Json]
"""A column as the tools describe it: `id`, and where said `name`, `format`, `formula`, `description`,
`isDisplayColumn`."""


def add_table(
    doc: LocalDoc,
    id: str,
    page: str,
    name: str,
    columns: Sequence[Spec],
    rows: Sequence[Sequence[Json]] = (),
    row_ids: Sequence[str] = (),
    settings: Mapping[str, Json] | None = None,
) -> None:
    """Add a table to a page; one that is gone by now gets none.

    rows: A value for each column; those for computed columns are passed over. settings: As of a view, for its own look.
    """
    place = finding.page(doc.record, page)
    if place is None:
        return
    others = taken(doc.record)
    table = TableRecord(id, free(name, others) if name else numbered("Table", others), place.id, doc.now, doc.now)
    table.settings = dict(settings or {})
    doc.record.tables.append(table)
    doc.rows[id] = {}
    for spec in columns:
        _add(doc, table, spec, len(table.columns))
        column = table.columns[-1]
        if column.column.kind in CHECKS and not column.column.computed:
            # Reported by one author: a check column of a new table arrives as a select of true and false.
            column.column, column.settings = replace(column.column, kind="select", options=("true", "false")), {}
    settle(doc)
    doc.rebuild()
    cells = [{column["id"]: value for column, value in zip(columns, row, strict=False)} for row in rows]
    row_changes.upsert(doc, id, cells, row_ids)


def delete_table(doc: LocalDoc, table: str) -> None:
    """Delete a table with its rows and views; relations to it let go."""
    drop_table(doc, table)
    settle(doc)
    doc.rebuild()


def add_columns(doc: LocalDoc, table: str, columns: Sequence[Spec], position: int | None = None) -> None:
    """Add columns to a table, at a position counted from 0 or behind those that it has."""
    owner = finding.table(doc.record, table)
    if owner is None:
        return
    start = len(owner.columns) if position is None else min(position, len(owner.columns))
    for place, spec in enumerate(columns, start):
        _add(doc, owner, spec, place)
    owner.updated = doc.now
    settle(doc)
    doc.rebuild()


def update_columns(doc: LocalDoc, table: str, columns: Sequence[Spec]) -> None:
    """Change columns of a table. Those that are gone by now stay gone; what is not said stays.

    Formulas follow a new name. An empty formula takes the formula away, and the cells hold what it gave: that is
    assumed, as the tools have no other word for it.
    """
    owner = finding.table(doc.record, table)
    if owner is None:
        return
    found = [(column, spec) for spec in columns if (column := finding.column(owner, spec["id"])) is not None]
    for column, spec in found:
        if spec.get("name") and spec["name"] != column.column.name:
            others = {other.column.name.casefold() for other in owner.columns if other is not column}
            following.follow(doc, Renaming("column", column.column.name, free(spec["name"], others), owner.name))
    if any("name" in spec for _, spec in found):
        doc.rebuild()  # what follows reads cells by the new names
    for column, spec in found:
        if "format" in spec or "formula" in spec:
            changed, settings = shaped(doc.record, owner, spec, column)
            read_anew(doc, owner, column, changed)
            column.column, column.settings = changed, settings
        if "description" in spec:
            column.column = replace(column.column, about=spec["description"] or "")
        if spec.get("isDisplayColumn") is not None:
            _display(owner, column, spec["isDisplayColumn"])
    owner.updated = doc.now
    settle(doc)
    doc.rebuild()


def delete_columns(doc: LocalDoc, table: str, columns: Sequence[str]) -> None:
    """Delete columns with their values; formulas that read them cannot be computed from then on."""
    owner = finding.table(doc.record, table)
    if owner is None:
        return
    gone = {column.id: column.column.name for column in owner.columns if column.id in columns}
    owner.columns = [column for column in owner.columns if column.id not in gone]
    for row in doc.rows[owner.id].values():
        held = [id for id in gone if id in row.entered or id in row.unfit]
        for id in held:
            row.entered.pop(id, None)
            row.unfit.pop(id, None)
        if held:
            row.version = doc.record.version
            doc.touched.add((owner.id, row.number))
    for view in owner.views:
        sort = "" if view.view.sort in gone.values() else view.view.sort
        left = tuple(name for name in view.view.columns if name not in gone.values())
        view.view = replace(view.view, sort=sort, columns=left)
    for other in doc.record.tables:
        for column in other.columns:
            if column.column.to == owner.name and column.column.reverse in gone.values():
                column.column = replace(column.column, reverse="")
    owner.updated = doc.now
    settle(doc)
    doc.rebuild()


# ------------------------------------------------------------ one column


def shaped(
    doc: DocRecord, table: TableRecord | None, spec: Spec, old: ColumnRecord | None = None
) -> tuple[Column, dict[str, Json]]:
    """The column that a description makes, and its settings.

    old: The column as it is; what the description does not say of a format of the same type stays, which is assumed.
    table: Whose column it is; None for one that is not there yet. Raises ValueError for a format that cannot be, such
    as a relation to no table.
    """
    column = old.column if old is not None else Column(str(spec.get("name", "")), "text")
    settings: dict[str, Json] = dict(old.settings) if old is not None else {INFERRED: True}
    given = spec.get("format")
    if given is not None:
        fields, settings = _read_format(doc, given, old)
        empty: dict[str, Any] = {"label": "", "action": None, "disable_if": None, "reverse": ""}
        column = replace(column, **{**empty, **fields})
    if "formula" in spec:
        text = spec["formula"] or ""
        column = replace(column, formula=Source(column.name, text) if text else None)
    if column.kind == "button":
        column = replace(column, formula=None)
    if table is not None and column.computed:
        column = replace(column, default=None)
    return column, settings


def _read_format(
    doc: DocRecord, given: Mapping[str, Json], old: ColumnRecord | None
) -> tuple[dict[str, Any], dict[str, Json]]:
    def name(id: str) -> str:
        found = next((table.name for table in doc.tables if table.id == id), None)
        if found is None:
            raise ValueError(f"there is no table {id}")
        return found

    if old is not None:
        ids = {table.name: table.id for table in doc.tables}
        before = format_to_tool(old.column, old.settings, lambda name: ids.get(name, ""))
        if before["type"] == given.get("type"):
            given = {**before, **given}
    return format_from_tool(given, name)


def _add(doc: LocalDoc, table: TableRecord, spec: Spec, place: int) -> None:
    others = {column.column.name.casefold() for column in table.columns}
    try:
        column, settings = shaped(doc.record, table, spec)
    except ValueError:
        # Whoever asked for it made sure; the table of a relation went since.
        column, settings = shaped(doc.record, table, {**spec, "format": {"type": "none"}})
    name = free(column.name, others) if column.name else numbered("Column", others)
    column = replace(column, name=name, about=spec.get("description") or "")
    record = ColumnRecord(spec["id"], column, settings)
    table.columns.insert(place, record)
    if spec.get("isDisplayColumn"):
        _display(table, record, True)


def _display(table: TableRecord, column: ColumnRecord, on: bool) -> None:
    for other in table.columns:
        if other.column.display and (on or other is column):
            other.column = replace(other.column, display=False)
    if on:
        column.column = replace(column.column, display=True)
