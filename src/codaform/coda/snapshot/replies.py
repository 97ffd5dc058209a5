"""What the two APIs tell of the parts of a doc, as the records of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from codaform.coda.door.failures import Unreadable
from codaform.coda.snapshot.records import (
    RemoteColumn,
    RemoteControl,
    RemoteDoc,
    RemoteFormula,
    RemotePage,
    RemoteRow,
    RemoteTable,
    RemoteView,
    Sort,
)
from codaform.coda.wire.world import Json

Told = Mapping[str, Json]


def doc(told: Told) -> RemoteDoc:
    """A doc, as REST tells it."""
    size = _inner(told, "docSize")
    rows = size.get("totalRowCount")
    return RemoteDoc(
        _text(told, "id"),
        _text(told, "name"),
        _maybe(told, "browserLink"),
        rows=rows if isinstance(rows, int) else None,
        too_large=size.get("overApiSizeLimit") is True,
    )


def page(told: Told) -> RemotePage:
    """A page, as REST tells it."""
    return RemotePage(
        _text(told, "id"),
        _text(told, "name"),
        _maybe(told, "contentType") or "canvas",
        _parent(told),
        _maybe(told, "subtitle"),
        told.get("isHidden") is True,
    )


def table(told: Told, columns: list[dict[str, Json]]) -> RemoteTable:
    """A table, of which a reference is enough, with its columns, as REST tells them."""
    rows = told.get("rowCount")
    return RemoteTable(
        _text(told, "id"),
        _text(told, "name"),
        _parent(told),
        _maybe(told, "tableType") or "table",
        rows if isinstance(rows, int) else None,
        tuple(map(_column, columns)),
    )


def _column(told: Told) -> RemoteColumn:
    format = told.get("format")
    if not isinstance(format, dict):
        raise Unreadable(f"Coda tells no format of the column {told.get('name')!r}")
    return RemoteColumn(
        _text(told, "id"),
        _text(told, "name"),
        # The tables that a relation leads to are told with addresses and pages; their ids are what counts.
        {
            name: {"id": value.get("id")} if name == "table" and isinstance(value, dict) else value
            for name, value in format.items()
        },
        _maybe(told, "formula") or None,
        _maybe(told, "defaultValue") or None,
        told.get("display") is True,
        told.get("calculated") is True,
    )


def view(told: Told, columns: list[dict[str, Json]] | None) -> RemoteView:
    """A view, as REST tells it. columns: Those that it shows, None where they were not asked for."""
    sorts = told.get("sorts")
    return RemoteView(
        _text(told, "id"),
        _text(told, "name"),
        _text(_inner(told, "parentTable"), "id"),
        _parent(told),
        _maybe(told, "layout"),
        tuple(_sort(_text(_inner(sort, "column"), "id"), sort) for sort in _records(sorts)),
        _inner(told, "filter"),
        columns=None if columns is None else tuple(_text(column, "id") for column in columns),
    )


def formula(told: Told) -> RemoteFormula:
    """A named formula, as REST tells it."""
    return RemoteFormula(_text(told, "id"), _text(told, "name"), _parent(told), told.get("value"))


def control(told: Told) -> RemoteControl:
    """A control, as REST tells it."""
    return RemoteControl(
        _text(told, "id"), _text(told, "name"), _parent(told), _maybe(told, "controlType"), told.get("value")
    )


def row(told: Told) -> RemoteRow:
    """A row, as REST tells it."""
    return RemoteRow(
        _text(told, "id"),
        _maybe(told, "name"),
        _inner(told, "values"),
        _maybe(told, "createdAt"),
        _maybe(told, "updatedAt"),
    )


# ------------------------------------------------------------ what the tools tell beside that


def with_columns_read(known: RemoteTable, told: Told) -> RemoteTable:
    """A table with what `table_columns_read` tells of it: descriptions, errors, and how many rows there are."""
    by_id = {column.get("columnId"): column for column in _records(told.get("columns"))}
    columns = []
    for column in known.columns:
        found = by_id.get(column.id)
        if found is not None:
            error = found.get("error")
            message = error.get("message") if isinstance(error, dict) else error
            column = replace(column, about=_maybe(found, "description"), error=str(message) if message else None)
        columns.append(column)
    rows = told.get("rowCount")
    return replace(known, rows=rows if isinstance(rows, int) else known.rows, columns=tuple(columns))


def with_view_read(known: RemoteView, told: Told, order: tuple[str, ...]) -> RemoteView:
    """A view with what `table_columns_read` tells of it: the text of its filter, and which columns it shows.

    told: Of the view's table. order: The ids of the table's columns.
    """
    for view in _records(told.get("views")):
        if _maybe(view, "viewUri").rpartition("/")[2] != known.id:
            continue
        hidden = view.get("hiddenColumnIds")
        ordered = view.get("orderedColumnIds")
        ids = [str(id) for id in ordered] if isinstance(ordered, list) and ordered else [*order]
        gone = hidden if isinstance(hidden, list) else []
        shown = tuple(id for id in ids if id not in gone)
        return replace(known, filter_text=_maybe(view, "filterFormula"), columns=shown)
    return known


def formula_texts(told: Told) -> dict[str, str]:
    """The texts of the formulas on a page, by id, as `content_read` tells them."""
    return {
        _maybe(found, "formulaUri").rpartition("/")[2]: _maybe(found, "formula")
        for found in _records(told.get("formulas"))
        if _maybe(found, "formula")
    }


# ------------------------------------------------------------ members


def _text(told: Told, name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"Coda tells no {name} of {told.get('name') or told.get('id') or 'a part of the doc'}")
    return value


def _maybe(told: Told, name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _inner(told: Told, name: str) -> dict[str, Json]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}


def _parent(told: Told) -> str:
    return _maybe(_inner(told, "parent"), "id")


def _records(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _sort(column: str, told: Told) -> Sort:
    return Sort(column, told.get("direction") == "descending")
