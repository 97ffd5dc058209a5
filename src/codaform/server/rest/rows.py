"""Rows: reading, upsert, update, delete, and pushing their buttons."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from codaform.coda.wire import ids
from codaform.coda.wire.cells import ValueForm, cell_to_rest
from codaform.coda.wire.texts import moment_stamp
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc, cell_key
from codaform.server.doc.records import ColumnRecord, Json, RowRecord, TableRecord, ViewRecord
from codaform.server.rest.call import ApiError, Reply, RestCall, list_page, unpack_query
from codaform.server.rest.references import table_reference
from codaform.server.rest.tables import visible_columns

_FORMS: tuple[ValueForm, ...] = ("simple", "simpleWithArrays", "rich")

_SYNC = "version-"
"""The start of a sync token; the doc's version follows."""

_MOST_ROW_BYTES = 85 * 1024
"""The largest size of a written row. Refusals tell sizes in units of 1,024 bytes, so the limit is taken to be one."""

_NATURAL = (
    "Natural sorting is only available for visible rows. When using sortBy=natural, pass visibleOnly=true or omit "
    "visibleOnly."
)


# ---------------------------------------------------------------- reading


def list_rows(call: RestCall) -> Reply:
    """The rows of a table or a view."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    doc = call.doc
    base, view = call.table_or_view
    sort = call.choice("sortBy", ("createdAt", "natural", "updatedAt"))
    only_visible = call.flag("visibleOnly")
    if sort == "natural" and only_visible is False:
        raise ApiError(400, _NATURAL)
    shown = _Shown(call, doc, base, view)
    since = _since(call)
    asked = call.text("query")
    if asked is None:
        rows = doc.shown(view or base)
    else:
        rows = _asked(doc, base, view, asked)
    if since is not None:
        rows = [row for row in rows if row.version > since]
    if sort == "updatedAt":
        rows = sorted(rows, key=lambda row: (row.updated, row.number))
    elif sort == "createdAt" or (sort is None and view is not None):
        rows = sorted(rows, key=lambda row: (row.created, row.number))
    body = list_page(call, rows, shown.row, start)
    if "nextPageToken" not in body:
        body["nextSyncToken"] = f"{_SYNC}{doc.record.version}"
    return Reply(body)


def get_row(call: RestCall) -> Reply:
    """One row, by its id or its display text."""
    doc = call.doc
    base, view = call.table_or_view
    shown = _Shown(call, doc, base, view)
    return Reply({**shown.row(call.row), "parent": table_reference(call, doc, view or base)})


class _Shown:
    """The form of rows in the reply to a call."""

    def __init__(self, call: RestCall, doc: LocalDoc, base: TableRecord, view: ViewRecord | None) -> None:
        self.doc = doc
        self.table = base
        self.columns = visible_columns(base, view)
        self.value_format: ValueForm = call.choice("valueFormat", _FORMS) or "simple"
        self.by_name = call.flag("useColumnNames") or False
        self.href = call.href("docs", doc.record.id, "tables", (view or base).id, "rows")

    def row(self, row: RowRecord) -> dict[str, Json]:
        """A row in the API's form."""
        from codaform.model.values import Row

        reference = Row(self.table.name, row.number)
        return {
            "id": row.id,
            "type": "row",
            "href": f"{self.href}/{row.id}",
            "name": self.doc.display(reference),
            "index": row.number - 1,
            "browserLink": self.doc.row_link(reference),
            "createdAt": moment_stamp(row.created),
            "updatedAt": moment_stamp(row.updated),
            "values": {
                column.column.name if self.by_name else column.id: self.cell(row, column) for column in self.columns
            },
        }

    def cell(self, row: RowRecord, column: ColumnRecord) -> Json:
        """A cell in the API's form."""
        if column.column.kind == "button":
            return ""  # its label and action are in the column's format
        value = self.doc.value(self.table, row, column)
        return cell_to_rest(value, column.column, self.value_format, self.doc)


def _since(call: RestCall) -> int | None:
    token = call.text("syncToken")
    if token is None:
        return None
    version = token.removeprefix(_SYNC)
    if version == token or not (version.isascii() and version.isdigit()) or len(version) > 15:
        raise ApiError(400, "Invalid pageToken.")  # Coda's words for this token too
    return int(version)


def _asked(doc: LocalDoc, table: TableRecord, view: ViewRecord | None, asked: str) -> list[RowRecord]:
    """The rows that match `column:"value"`, with the column's id, or its name in quotes."""
    if asked.startswith('"'):
        try:
            name, end = json.JSONDecoder().raw_decode(asked)
        except ValueError:
            raise ApiError(400, "The query is not valid: its column name has no closing quote.") from None
        rest = asked[end:]
        column = finding.column(table, str(name))
    else:
        id, _, rest = asked.partition(":")
        rest = f":{rest}"
        column = finding.column(table, id)
    try:
        wanted = json.loads(rest.removeprefix(":")) if rest.startswith(":") else None
    except (ValueError, RecursionError):
        wanted = None
    if column is None:
        raise ApiError(400, "The query names a column that the table does not have.")
    if wanted is None or isinstance(wanted, (list, dict)):
        raise ApiError(400, 'The query is not valid: it has the form column:value, as in "Name":"Apple".')
    found = _looked_up(doc, table, column, wanted) if view is None else None
    rows = doc.shown(view or table) if found is None else found
    return [row for row in rows if _equals(_seen(doc, table, row, column), wanted)]


def _looked_up(doc: LocalDoc, table: TableRecord, column: ColumnRecord, wanted: Json) -> list[RowRecord] | None:
    """The rows that may show a value, from the index of entered cells; None where a reply's form is another one."""
    kind = column.column.kind
    if column.column.computed or column.column.many:
        return None
    simple = (
        (isinstance(wanted, str) and kind in ("text", "select"))
        or (isinstance(wanted, bool) and kind == "checkbox")
        or (isinstance(wanted, int | float) and not isinstance(wanted, bool) and kind == "number")
    )
    if not simple:
        return None
    value = float(wanted) if isinstance(wanted, int | float) and not isinstance(wanted, bool) else wanted
    return doc.matching(table, {column.id: cell_key({column.id: value}, {}, column.id)})


def _seen(doc: LocalDoc, table: TableRecord, row: RowRecord, column: ColumnRecord) -> Json:
    return cell_to_rest(doc.value(table, row, column), column.column, "simple", doc)


def _equals(seen: Json, wanted: Json) -> bool:
    if isinstance(seen, bool) or isinstance(wanted, bool):
        return seen is wanted
    return bool(seen == wanted)


# ---------------------------------------------------------------- writing


_Single = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class _CellEdit:
    """A cell that is written."""

    column: str
    value: _Single | list[_Single | list[_Single]]


@dataclass(frozen=True, slots=True)
class _RowEdit:
    """The cells of a row that are written."""

    cells: list[_CellEdit]


@dataclass(frozen=True, slots=True)
class _RowsUpsert:
    """The body of an upsert. rowIds: The ids of inserted rows, so that a repeated insert changes nothing."""

    rows: list[_RowEdit]
    keyColumns: list[str] = field(default_factory=list)
    rowIds: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _RowUpdate:
    """The body of an update."""

    row: _RowEdit


@dataclass(frozen=True, slots=True)
class _RowsDelete:
    """The body of a deletion of several rows."""

    rowIds: list[str]


def upsert_rows(call: RestCall) -> Reply:
    """Insert rows, or update the rows with the same values in the key columns."""
    doc, table = call.doc, call.table
    parsing = not call.flag("disableParsing")
    body = call.read_body(_RowsUpsert)
    rows = [_cells(table, edit) for edit in body.rows]
    keys = [_column(table, name).id for name in body.keyColumns]
    for key in keys:
        column = finding.column(table, key)
        if column is not None and column.column.computed:
            raise ApiError(400, f"{column.column.name} is computed and cannot be a key column.")
        if not all(key in cells for cells in rows):
            raise ApiError(400, "Every row must have a value for every key column.")
    if body.rowIds and (len(body.rowIds) != len(rows) or len(set(body.rowIds)) != len(rows)):
        raise ApiError(400, "rowIds must hold one id for each row, none of them twice.")
    if any(ids.kind_of(id) != "row" for id in body.rowIds):
        raise ApiError(400, "A row id has the form i- and then letters and digits.")
    if any(_elsewhere(doc, table, id) for id in body.rowIds):
        raise ApiError(400, "A row of another table has one of these ids.")
    row_ids = body.rowIds or [ids.new("row") for _ in rows]
    arguments = {"table": table.id, "rows": rows, "row_ids": row_ids, "keys": keys, "parsing": parsing}
    request = call.accept("upsert rows", arguments)
    return Reply({"requestId": request} if keys else {"requestId": request, "addedRowIds": row_ids}, 202)


def _elsewhere(doc: LocalDoc, table: TableRecord, id: str) -> bool:
    return any(owner.id != table.id and doc.row_by_id(id, owner.name) is not None for owner in doc.record.tables)


def update_row(call: RestCall) -> Reply:
    """Change cells of a row."""
    table = call.table_or_view[0]
    row = call.row
    parsing = not call.flag("disableParsing")
    cells = _cells(table, call.read_body(_RowUpdate).row)
    request = call.accept("update row", {"table": table.id, "row": row.id, "cells": cells, "parsing": parsing})
    return Reply({"requestId": request, "id": row.id}, 202)


def delete_row(call: RestCall) -> Reply:
    """Delete a row."""
    table, row = call.table_or_view[0], call.row
    request = call.accept("delete rows", {"table": table.id, "rows": [row.id]})
    return Reply({"requestId": request, "id": row.id}, 202)


def delete_rows(call: RestCall) -> Reply:
    """Delete several rows; unknown ids are skipped."""
    table = call.table_or_view[0]
    wanted = call.read_body(_RowsDelete).rowIds
    if not wanted:
        raise ApiError(400, "rowIds must name at least one row.")
    request = call.accept("delete rows", {"table": table.id, "rows": wanted})
    return Reply({"requestId": request, "rowIds": wanted}, 202)


def push_button(call: RestCall) -> Reply:
    """Push a button of a row."""
    table, row, column = call.table_or_view[0], call.row, call.column
    if column.column.kind != "button":
        raise ApiError(400, f"{column.column.name} is not a button.")
    request = call.accept("push button", {"table": table.id, "row": row.id, "button": column.id})
    return Reply({"requestId": request, "rowId": row.id, "columnId": column.id}, 202)


def _cells(table: TableRecord, edit: _RowEdit) -> dict[str, Json]:
    """The written values by column id. Raises ApiError."""
    size = sum(len(json.dumps(cell.value, ensure_ascii=False).encode("utf-8", "replace")) for cell in edit.cells)
    if size > _MOST_ROW_BYTES:
        message = f"Row edit of size {round(size / 1024)} KB exceeds maximum size of {_MOST_ROW_BYTES // 1024} KB."
        raise ApiError(400, message)
    found: dict[str, Json] = {}
    for cell in edit.cells:
        column = _column(table, cell.column)
        if column.column.computed:
            raise ApiError(400, f"{column.column.name} is computed and cannot be written.")
        found[column.id] = cell.value
    return found


def _column(table: TableRecord, wanted: str) -> ColumnRecord:
    column = finding.column(table, wanted)
    if column is None:
        raise ApiError(400, f"The table has no column {wanted[:100]}.")
    return column
