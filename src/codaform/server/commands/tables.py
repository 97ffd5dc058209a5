"""Commands for tables and their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from codaform.coda.wire.tool_formats import format_from_tool, format_to_tool
from codaform.model.schema import Column
from codaform.semantics.renaming import Renaming
from codaform.server.commands import rows as row_changes
from codaform.server.commands.column_types import CHECKS, INFERRED, convert_cells, infer_types
from codaform.server.commands.names import free, numbered, rename, taken
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, DocRecord, Json, TableRecord
from codaform.source import Source

Spec = Mapping[str, Json]
"""A column in the tools' form: `id`, and optionally `name`, `format`, `formula`, `description`,
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
    """Add a table to a page; skip a page that is gone.

    rows: A value for each column; values for computed columns are skipped. settings: The table's looks, as for a view.
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
            # One author reports that a check column of a new table becomes a select of true and false.
            column.column, column.settings = replace(column.column, kind="select", options=("true", "false")), {}
    infer_types(doc)
    doc.rebuild()
    cells = [{column["id"]: value for column, value in zip(columns, row, strict=False)} for row in rows]
    row_changes.upsert(doc, id, cells, row_ids)


def delete_table(doc: LocalDoc, table: str) -> None:
    """Delete a table with its rows and views, and clear the relations to it."""
    drop_table(doc, table)
    infer_types(doc)
    doc.rebuild()


def add_columns(doc: LocalDoc, table: str, columns: Sequence[Spec], position: int | None = None) -> None:
    """Add columns to a table, at a position counted from 0 or at the end."""
    owner = finding.table(doc.record, table)
    if owner is None:
        return
    start = len(owner.columns) if position is None else min(position, len(owner.columns))
    for place, spec in enumerate(columns, start):
        _add(doc, owner, spec, place)
    owner.updated = doc.now
    infer_types(doc)
    doc.rebuild()


def update_columns(doc: LocalDoc, table: str, columns: Sequence[Spec]) -> None:
    """Change columns of a table; skip columns that are gone, and keep every setting that a description leaves out.

    A new name is written into the formulas. An empty formula removes the formula, and the cells keep its values: that
    is assumed, as the tools have no other word for it.
    """
    owner = finding.table(doc.record, table)
    if owner is None:
        return
    found = [(column, spec) for spec in columns if (column := finding.column(owner, spec["id"])) is not None]
    for column, spec in found:
        if spec.get("name") and spec["name"] != column.column.name:
            others = {other.column.name.casefold() for other in owner.columns if other is not column}
            rename(doc, Renaming("column", column.column.name, free(spec["name"], others), owner.name))
    if any("name" in spec for _, spec in found):
        doc.rebuild()  # the next loop reads cells by the new names
    for column, spec in found:
        if "format" in spec or "formula" in spec:
            changed, settings = build_column(doc.record, owner, spec, column)
            convert_cells(doc, owner, column, changed)
            column.column, column.settings = changed, settings
        if "description" in spec:
            column.column = replace(column.column, about=spec["description"] or "")
        if spec.get("isDisplayColumn") is not None:
            _display(owner, column, spec["isDisplayColumn"])
    owner.updated = doc.now
    infer_types(doc)
    doc.rebuild()


def delete_columns(doc: LocalDoc, table: str, columns: Sequence[str]) -> None:
    """Delete columns with their values; formulas that read them become errors."""
    owner = finding.table(doc.record, table)
    if owner is None:
        return
    gone = {column.id: column.column.name for column in owner.columns if column.id in columns}
    owner.columns = [column for column in owner.columns if column.id not in gone]
    for row in doc.rows[owner.id].values():
        held = [id for id in gone if id in row.entered or id in row.invalid_text]
        for id in held:
            row.entered.pop(id, None)
            row.invalid_text.pop(id, None)
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
    infer_types(doc)
    doc.rebuild()


# ------------------------------------------------------------ one column


def build_column(
    doc: DocRecord, table: TableRecord | None, spec: Spec, old: ColumnRecord | None = None
) -> tuple[Column, dict[str, Json]]:
    """The column of a description, and its settings.

    old: The column before the change; with a format of the same type, the description's missing members stay (assumed).
    table: The column's table; None for a new table. Raises ValueError for an impossible format, such as a relation to
    no table.
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
    if column.kind == "canvas" and column.formula is not None:
        raise ValueError("a canvas column cannot hold a formula")
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
        column, settings = build_column(doc.record, table, spec)
    except ValueError:
        # The caller checked the format; the table of a relation has gone since.
        column, settings = build_column(doc.record, table, {**spec, "format": {"type": "none"}})
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


def drop_table(doc: LocalDoc, table: str) -> None:
    """Remove a table with its rows and views from the records; the caller rebuilds the doc.

    Relations to it become text and keep the texts that they showed. That is assumed: no source says what Coda does.
    table: An id.
    """
    gone = next((known for known in doc.record.tables if known.id == table), None)
    if gone is None:
        return
    doc.record.tables.remove(gone)
    for owner in doc.record.tables:
        for column in owner.columns:
            if column.column.to == gone.name:
                _detach(doc, owner, column)
    for named in doc.record.formulas:
        if named.formula.to == gone.name:
            named.formula = replace(named.formula, kind="other", to="")
    for number in doc.rows.pop(table, {}):
        doc.touched.discard((table, number))
        doc.gone.add((table, number))


def _detach(doc: LocalDoc, owner: TableRecord, column: ColumnRecord) -> None:
    if column.column.formula is not None:
        column.column = replace(column.column, kind="other", to="")
        return
    alone = replace(column.column, kind="text", to="", reverse="", many=False)
    if not column.column.reverse:
        convert_cells(doc, owner, column, alone)
    column.column = alone
