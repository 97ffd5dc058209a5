"""Reading a doc of Coda's into a snapshot, with as few calls as its APIs allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import TypeVar

from codaform.coda.door.claims import is_claim
from codaform.coda.door.failures import ToolFailed, Unreadable
from codaform.coda.door.rest import Record, Rest
from codaform.coda.door.tools import Tools
from codaform.coda.snapshot.reading import HIDDEN
from codaform.coda.snapshot.records import (
    RemoteColumn,
    RemoteControl,
    RemoteDoc,
    RemoteFormula,
    RemotePage,
    RemoteRow,
    RemoteTable,
    RemoteView,
    Snapshot,
    Sort,
    Way,
)
from codaform.coda.wire.json_data import Json

WORKERS = 8
"""How many calls are under way at a time; the limits are kept by all of them together."""

Progress = Callable[[int, int], None]
"""Told how many parts of a doc are read and how many there are, from several threads."""

T = TypeVar("T")
R = TypeVar("R")


def read(
    rest: Rest,
    tools: Tools | None,
    doc_id: str,
    *,
    rows: bool = False,
    counts: bool = False,
    view_columns: bool = False,
    progress: Progress | None = None,
) -> Snapshot:
    """Read a doc. Raises Failure; a snapshot is whole or it is not there.

    Calls by REST, where a page of a list holds 500 things, of columns 100: 1 for the doc, 1 a page of its pages, of its
    tables and views, of its formulas, of its controls; 1 a table and page of its columns; 1 a view, 1 a named formula
    and 1 a control, since their lists do not say what they are. That is 5 + tables + views + formulas + controls in a
    doc of usual size. With `counts` 1 more a table, with `view_columns` 1 more a view, with `rows` 1 a table and page
    of its rows.

    With tools, 1 call of theirs a table, which tells descriptions, errors and counts of rows, and columns and filters
    of views; and 1 a page that has named formulas, which tells their texts. A tool that is missing is done without, and
    so is what a tool cannot tell of one table or page; `Snapshot.ways` says whether the tools were there.

    tools: None for REST alone. rows: Whether to read the rows. counts: Whether to ask how many rows each table has.
    view_columns: Whether to ask which columns each view shows.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    tally = _Tally(progress)
    by_columns = tools is not None and tools.has("table_columns_read", "uri", "include")
    by_pages = tools is not None and tools.has("content_read", "uri", "contentTypesToInclude")
    with ThreadPoolExecutor(WORKERS) as pool:

        def each(things: Iterable[T], do: Callable[[T], R]) -> list[R]:
            """What is done with each, several at a time and in their order; the first failure ends it all."""
            waiting = [pool.submit(do, thing) for thing in things]
            try:
                return [tally.count(done.result()) for done in waiting]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

        doc = read_doc(rest.doc(doc_id))
        lists: list[Callable[[str], list[Record]]] = [rest.pages, rest.tables, rest.formulas, rest.controls]
        pages, listed, formulas, controls = each(lists, lambda ask: ask(doc_id))
        pages = [page for page in pages if not is_claim(page)]
        bases = [table for table in listed if table.get("tableType") != "view"]
        named = [formula for formula in formulas if not str(formula.get("name")).startswith(HIDDEN)]
        set_by_hand = [control for control in controls if not str(control.get("name")).startswith(HIDDEN)]
        tally.expect(len(listed) + len(named) + len(set_by_hand) + len(bases) * (by_columns + rows))

        def table(told: Record) -> RemoteTable:
            id = str(told.get("id"))
            whole = rest.table(doc_id, id) if counts and not rows and not by_columns else told
            return read_table(whole, rest.columns(doc_id, id))

        def view(told: Record) -> RemoteView:
            id = str(told.get("id"))
            shown = rest.columns(doc_id, id) if view_columns and not by_columns else None
            return read_view(rest.table(doc_id, id), shown)

        tables = each(bases, table)
        views = each((told for told in listed if told.get("tableType") == "view"), view)
        values = each(named, lambda told: read_formula(rest.formula(doc_id, str(told.get("id")))))
        settings = each(set_by_hand, lambda told: read_control(rest.control(doc_id, str(told.get("id")))))
        if tools is not None and by_columns:
            wanted: dict[str, Json] = {"include": ["formats", "views"]}
            told = each(tables, lambda table: _asked(tools, "table_columns_read", doc_id, "tables", table.id, wanted))
            by_id = {table.id: of for table, of in zip(tables, told, strict=True)}
            order = {table.id: tuple(column.id for column in table.columns) for table in tables}
            tables = [with_columns_read(table, by_id[table.id]) for table in tables]
            views = [with_view_read(view, by_id.get(view.table, {}), order.get(view.table, ())) for view in views]
        if tools is not None and by_pages:
            wanted = {"contentTypesToInclude": ["formulas"]}
            owners = dict.fromkeys(formula.page for formula in values if formula.page)
            found = each(owners, lambda page: _asked(tools, "content_read", doc_id, "canvases", page, wanted))
            texts = {id: text for told in found for id, text in formula_texts(told).items()}
            values = [replace(formula, text=texts.get(formula.id)) for formula in values]
        kept = None
        if rows:
            of = each(tables, lambda table: tuple(map(read_row, rest.rows(doc_id, table.id))))
            kept = {table.id: found for table, found in zip(tables, of, strict=True)}
            tables = [replace(table, rows=len(kept[table.id])) for table in tables]
    ways: tuple[Way, ...] = ("rest", "mcp") if by_columns and by_pages else ("rest",)
    return Snapshot(
        doc,
        started,
        ways,
        tuple(map(read_page, pages)),
        tuple(tables),
        tuple(views),
        tuple(values),
        tuple(settings),
        kept,
    )


class _Tally:
    """Counts the parts that are read, and tells whoever wants to know."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._lock = Lock()
        self._read, self._all = 0, 4

    def expect(self, more: int) -> None:
        """So many parts more are to be read."""
        with self._lock:
            self._all += more

    def count(self, part: R) -> R:
        """A part that was read."""
        with self._lock:
            self._read += 1
            read, known = self._read, max(self._all, self._read)
        if self._progress is not None:
            self._progress(read, known)
        return part


def _asked(tools: Tools, tool: str, doc: str, kind: str, id: str, arguments: Mapping[str, Json]) -> Mapping[str, Json]:
    """What a tool tells of a table or a page; nothing where it fails at just this one."""
    try:
        told = tools.call(tool, {"uri": f"coda://docs/{doc}/{kind}/{id}", **arguments})
    except ToolFailed:
        return {}
    return told if isinstance(told, dict) else {}


# ------------------------------------------------------------ what the two APIs tell, as records

Told = Mapping[str, Json]


def read_doc(told: Told) -> RemoteDoc:
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


def read_page(told: Told) -> RemotePage:
    """A page, as REST tells it."""
    return RemotePage(
        _text(told, "id"),
        _text(told, "name"),
        _maybe(told, "contentType") or "canvas",
        _parent(told),
        _maybe(told, "subtitle"),
        told.get("isHidden") is True,
    )


def read_table(told: Told, columns: list[dict[str, Json]]) -> RemoteTable:
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


def read_view(told: Told, columns: list[dict[str, Json]] | None) -> RemoteView:
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


def read_formula(told: Told) -> RemoteFormula:
    """A named formula, as REST tells it."""
    return RemoteFormula(_text(told, "id"), _text(told, "name"), _parent(told), told.get("value"))


def read_control(told: Told) -> RemoteControl:
    """A control, as REST tells it."""
    return RemoteControl(
        _text(told, "id"), _text(told, "name"), _parent(told), _maybe(told, "controlType"), told.get("value")
    )


def read_row(told: Told) -> RemoteRow:
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
