"""The docs of a new local Coda: from a project's folder, or from a snapshot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from codaform.coda.wire import ids
from codaform.coda.wire.json_data import InvalidJson, read_json
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import UNSETTABLE, Doc, Table
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import (
    ColumnRecord,
    ControlRecord,
    DocRecord,
    FormulaRecord,
    PageRecord,
    RowRecord,
    Rows,
    TableRecord,
    ViewRecord,
    control_record,
)
from codaform.server.storage.store import adapter, row_from_json, row_to_json, upgrade
from codaform.server.storage.validate import validate, validate_row

_SNAPSHOT = 1
"""The version of the snapshot's form."""


class BadSnapshot(Exception):
    """The reason that a file is no snapshot, in one line."""


def from_project(book: Workbook, now: datetime) -> tuple[DocRecord, Rows]:
    """A project's doc with its sample rows. Ids depend on names alone, so they are the same at every start.

    book: The sample rows in a workbook (`Session.book`). Each table has a page of its own.
    """
    doc = book.doc
    record = DocRecord(
        ids.stable("doc", doc.name),
        doc.name,
        now,
        now,
        about=doc.about,
        time_zone=doc.time_zone,
        first_day_of_week=doc.first_day_of_week,
        assume=doc.assume,
    )
    front = _page(doc, doc.name, now)
    record.pages = [front, *(_page(doc, table.name, now, "table") for table in doc.tables.values())]
    record.tables = [_table(doc, table, now) for table in doc.tables.values()]
    record.formulas = [
        FormulaRecord(ids.stable("formula", doc.name, name), known, front.id) for name, known in doc.formulas.items()
    ]
    record.controls = [_control(book, name, front.id) for name in doc.controls]
    rows: Rows = {table.id: _rows(book, table, now) for table in record.tables}
    return record, rows


def _control(book: Workbook, name: str, page: str) -> ControlRecord:
    doc = book.doc
    control = doc.controls[name]
    table = ids.stable("table", doc.name, control.to) if control.to else ""
    value = None if control.kind in UNSETTABLE else book.named_value(name)
    return control_record(control, ids.stable("control", doc.name, name), page, table, value)


def _page(doc: Doc, name: str, now: datetime, kind: str = "front") -> PageRecord:
    return PageRecord(ids.stable("page", doc.name, kind, name), name, now, now)


def _table(doc: Doc, table: Table, now: datetime) -> TableRecord:
    page = ids.stable("page", doc.name, "table", table.name)
    columns = [
        ColumnRecord(ids.stable("column", doc.name, table.name, name), column) for name, column in table.columns.items()
    ]
    views = [
        ViewRecord(ids.stable("view", doc.name, table.name, view.name), view, page, now, now) for view in table.views
    ]
    return TableRecord(
        ids.stable("table", doc.name, table.name), table.name, page, now, now, table.about, columns, views
    )


def _rows(book: Workbook, table: TableRecord, now: datetime) -> dict[int, RowRecord]:
    found = {}
    columns = [column for column in table.columns if not column.column.computed]
    for row in book.rows(table.name):
        entered = {column.id: book.value(row, column.column.name) for column in columns}
        kept = {id: value for id, value in entered.items() if value is not None and value != []}
        id = ids.stable("row", book.doc.name, table.name, str(row.id))
        found[row.id] = RowRecord(id, row.id, now, now, kept)
    return found


def empty_doc(name: str, now: datetime) -> DocRecord:
    """A doc with one empty page."""
    record = DocRecord(ids.new("doc"), name, now, now)
    record.pages = [PageRecord(ids.new("page"), name, now, now)]
    return record


def snapshot(docs: list[LocalDoc]) -> str:
    """Docs with their rows as the text of a snapshot."""
    kept = [
        {
            "doc": adapter(DocRecord).dump_python(doc.record, mode="json"),
            "rows": {
                table: [{"number": row.number, **row_to_json(row)} for row in known.values()]
                for table, known in doc.rows.items()
            },
        }
        for doc in docs
    ]
    return json.dumps({"codaform": "snapshot", "form": _SNAPSHOT, "docs": kept}, ensure_ascii=False, indent=1) + "\n"


def from_snapshot(text: str) -> list[tuple[DocRecord, Rows]]:
    """The docs of a snapshot. Raises BadSnapshot."""
    try:
        data: Any = read_json(text)
    except InvalidJson as error:
        raise BadSnapshot(f"it is no JSON: {error}") from None
    if not isinstance(data, dict) or data.get("codaform") != "snapshot":
        raise BadSnapshot("it is JSON, but no snapshot of docs")
    if data.get("form") != _SNAPSHOT:
        raise BadSnapshot(f"it has the form {data.get('form')}, this codaform reads form {_SNAPSHOT}")
    try:
        return [_read(kept) for kept in data["docs"]]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise BadSnapshot(f"it is damaged: {why[:200] or type(error).__name__}") from None


def _read(kept: Mapping[str, Any]) -> tuple[DocRecord, Rows]:
    record: DocRecord = adapter(DocRecord).validate_python(upgrade(kept["doc"]))
    rows: Rows = {table.id: {} for table in record.tables}
    for table, known in kept["rows"].items():
        rows[table] = {row["number"]: row_from_json(row, row["number"]) for row in sorted(known, key=_number)}
        if len(rows[table]) != len(known) or len({row.id for row in rows[table].values()}) != len(known):
            raise ValueError(f"rows of {table} are there twice")
    wrong = next(validate(record, rows), None)
    for owner in record.tables if wrong is None else ():
        found = (flaw for row in rows[owner.id].values() for flaw in validate_row(record, owner, row))
        wrong = wrong or next(found, None)
    if wrong is not None:
        raise ValueError(wrong)
    return record, rows


def _number(row: Mapping[str, Any]) -> int:
    number: int = row["number"]
    return number
