"""Reading a doc in Coda into a snapshot, with as few calls as its APIs allow."""

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
from codaform.coda.snapshot.reading import HIDDEN_PREFIX
from codaform.coda.snapshot.records import (
    RemoteColumn,
    RemoteControl,
    RemoteDoc,
    RemoteFormula,
    RemotePage,
    RemoteRow,
    RemoteSort,
    RemoteTable,
    RemoteView,
    Snapshot,
    Way,
)
from codaform.coda.wire.json_data import Json

_WORKERS = 8
"""The number of calls at a time; all workers share the limits."""

Progress = Callable[[int, int], None]
"""Receives how many parts of a doc are read and how many there are; called from several threads."""

_T = TypeVar("_T")
_R = TypeVar("_R")


def fetch_snapshot(
    rest: Rest,
    tools: Tools | None,
    doc_id: str,
    *,
    rows: bool = False,
    counts: bool = False,
    view_columns: bool = False,
    progress: Progress | None = None,
) -> Snapshot:
    """Read a doc into a complete snapshot. Raises Failure.

    A page of a REST list holds 500 things, or 100 columns. The calls are: 1 for the doc; 1 for each page of the lists
    of pages, of tables and views, of formulas and of controls; 1 for each table and page of its columns; and 1 for each
    view, named formula and control, since the lists lack their details. For a doc of usual size these are
    5 + tables + views + formulas + controls. `counts` adds 1 for each table, `view_columns` 1 for each view, and `rows`
    1 for each table and page of its rows.

    With tools, 1 more call for each table reads the descriptions, the errors, the number of rows, and the columns and
    filters of its views; and 1 for each page with named formulas reads their texts. If a tool is missing, or fails at
    one table or page, the snapshot lacks these details; `Snapshot.ways` says whether the tools were available.

    tools: None for REST alone. rows: Whether to read the rows. counts: Whether to read how many rows each table has.
    view_columns: Whether to read which columns each view shows.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    tally = _Tally(progress)
    by_columns = tools is not None and tools.has("table_columns_read", "uri", "include")
    by_pages = tools is not None and tools.has("content_read", "uri", "contentTypesToInclude")
    with ThreadPoolExecutor(_WORKERS) as pool:

        def each(things: Iterable[_T], do: Callable[[_T], _R]) -> list[_R]:
            """The results of `do` in order, computed several at a time; the first failure stops all."""
            waiting = [pool.submit(do, thing) for thing in things]
            try:
                return [tally.count(done.result()) for done in waiting]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

        doc = _doc(rest.doc(doc_id))
        lists: list[Callable[[str], list[Record]]] = [rest.pages, rest.tables, rest.formulas, rest.controls]
        pages, listed, formulas, controls = each(lists, lambda ask: ask(doc_id))
        pages = [page for page in pages if not is_claim(page)]
        bases = [table for table in listed if table.get("tableType") != "view"]
        named = [formula for formula in formulas if not str(formula.get("name")).startswith(HIDDEN_PREFIX)]
        set_by_hand = [control for control in controls if not str(control.get("name")).startswith(HIDDEN_PREFIX)]
        tally.expect(len(listed) + len(named) + len(set_by_hand) + len(bases) * (by_columns + rows))

        def table(reply: Record) -> RemoteTable:
            id = str(reply.get("id"))
            details = rest.table(doc_id, id) if counts and not rows and not by_columns else reply
            return _table(details, rest.columns(doc_id, id))

        def view(reply: Record) -> RemoteView:
            id = str(reply.get("id"))
            shown = rest.columns(doc_id, id) if view_columns and not by_columns else None
            return _view(rest.table(doc_id, id), shown)

        tables = each(bases, table)
        views = each((reply for reply in listed if reply.get("tableType") == "view"), view)
        values = each(named, lambda reply: _formula(rest.formula(doc_id, str(reply.get("id")))))
        settings = each(set_by_hand, lambda reply: _control(rest.control(doc_id, str(reply.get("id")))))
        if tools is not None and by_columns:
            wanted: dict[str, Json] = {"include": ["formats", "views"]}
            reply = each(
                tables, lambda table: _tool_reply(tools, "table_columns_read", doc_id, "tables", table.id, wanted)
            )
            by_id = {table.id: of for table, of in zip(tables, reply, strict=True)}
            order = {table.id: tuple(column.id for column in table.columns) for table in tables}
            tables = [_with_columns_read(table, by_id[table.id]) for table in tables]
            views = [_with_view_read(view, by_id.get(view.table, {}), order.get(view.table, ())) for view in views]
        if tools is not None and by_pages:
            wanted = {"contentTypesToInclude": ["formulas"]}
            owners = dict.fromkeys(formula.page for formula in values if formula.page)
            found = each(owners, lambda page: _tool_reply(tools, "content_read", doc_id, "canvases", page, wanted))
            texts = {id: text for reply in found for id, text in _formula_texts(reply).items()}
            values = [replace(formula, text=texts.get(formula.id)) for formula in values]
        kept = None
        if rows:
            of = each(tables, lambda table: tuple(map(_row, rest.rows(doc_id, table.id))))
            kept = {table.id: found for table, found in zip(tables, of, strict=True)}
            tables = [replace(table, rows=len(kept[table.id])) for table in tables]
    ways: tuple[Way, ...] = ("rest", "mcp") if by_columns and by_pages else ("rest",)
    return Snapshot(
        doc,
        started,
        ways,
        tuple(map(_page, pages)),
        tuple(tables),
        tuple(views),
        tuple(values),
        tuple(settings),
        kept,
    )


class _Tally:
    """Counts the parts that are read, and reports the progress."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._lock = Lock()
        self._read, self._all = 0, 4

    def expect(self, more: int) -> None:
        """Add parts to the number of parts to read."""
        with self._lock:
            self._all += more

    def count(self, part: _R) -> _R:
        """Count a part, and return it."""
        with self._lock:
            self._read += 1
            fetch_snapshot, known = self._read, max(self._all, self._read)
        if self._progress is not None:
            self._progress(fetch_snapshot, known)
        return part


def _tool_reply(
    tools: Tools, tool: str, doc: str, kind: str, id: str, arguments: Mapping[str, Json]
) -> Mapping[str, Json]:
    """A tool's reply about a table or a page; empty if the tool fails at this one."""
    try:
        reply = tools.call(tool, {"uri": f"coda://docs/{doc}/{kind}/{id}", **arguments})
    except ToolFailed:
        return {}
    return reply if isinstance(reply, dict) else {}


# ------------------------------------------------------------ replies of the two APIs as records

Reply = Mapping[str, Json]


def _doc(reply: Reply) -> RemoteDoc:
    """The doc in a reply of REST."""
    size = _inner(reply, "docSize")
    rows = size.get("totalRowCount")
    return RemoteDoc(
        _text(reply, "id"),
        _text(reply, "name"),
        _maybe(reply, "browserLink"),
        rows=rows if isinstance(rows, int) else None,
        too_large=size.get("overApiSizeLimit") is True,
    )


def _page(reply: Reply) -> RemotePage:
    """The page in a reply of REST."""
    return RemotePage(
        _text(reply, "id"),
        _text(reply, "name"),
        _maybe(reply, "contentType") or "canvas",
        _parent(reply),
        _maybe(reply, "subtitle"),
        reply.get("isHidden") is True,
    )


def _table(reply: Reply, columns: list[dict[str, Json]]) -> RemoteTable:
    """The table in a reply of REST, for which a reference is enough, and its columns."""
    rows = reply.get("rowCount")
    return RemoteTable(
        _text(reply, "id"),
        _text(reply, "name"),
        _parent(reply),
        _maybe(reply, "tableType") or "table",
        rows if isinstance(rows, int) else None,
        tuple(map(_column, columns)),
    )


def _column(reply: Reply) -> RemoteColumn:
    format = reply.get("format")
    if not isinstance(format, dict):
        raise Unreadable(f"Coda gives no format for the column {reply.get('name')!r}")
    return RemoteColumn(
        _text(reply, "id"),
        _text(reply, "name"),
        # The table of a relation comes with addresses and pages; only its id matters.
        {
            name: {"id": value.get("id")} if name == "table" and isinstance(value, dict) else value
            for name, value in format.items()
        },
        _maybe(reply, "formula") or None,
        _maybe(reply, "defaultValue") or None,
        reply.get("display") is True,
        reply.get("calculated") is True,
    )


def _view(reply: Reply, columns: list[dict[str, Json]] | None) -> RemoteView:
    """The view in a reply of REST. columns: The columns that it shows; None if they were not read."""
    sorts = reply.get("sorts")
    return RemoteView(
        _text(reply, "id"),
        _text(reply, "name"),
        _text(_inner(reply, "parentTable"), "id"),
        _parent(reply),
        _maybe(reply, "layout"),
        tuple(_sort(_text(_inner(sort, "column"), "id"), sort) for sort in _records(sorts)),
        _inner(reply, "filter"),
        columns=None if columns is None else tuple(_text(column, "id") for column in columns),
    )


def _formula(reply: Reply) -> RemoteFormula:
    """The named formula in a reply of REST."""
    return RemoteFormula(_text(reply, "id"), _text(reply, "name"), _parent(reply), reply.get("value"))


def _control(reply: Reply) -> RemoteControl:
    """The control in a reply of REST."""
    return RemoteControl(
        _text(reply, "id"), _text(reply, "name"), _parent(reply), _maybe(reply, "controlType"), reply.get("value")
    )


def _row(reply: Reply) -> RemoteRow:
    """The row in a reply of REST."""
    return RemoteRow(
        _text(reply, "id"),
        _maybe(reply, "name"),
        _inner(reply, "values"),
        _maybe(reply, "createdAt"),
        _maybe(reply, "updatedAt"),
    )


# ------------------------------------------------------------ details that only the tools have


def _with_columns_read(known: RemoteTable, reply: Reply) -> RemoteTable:
    """A table with the details of `table_columns_read`: descriptions, errors and the number of rows."""
    by_id = {column.get("columnId"): column for column in _records(reply.get("columns"))}
    columns = []
    for column in known.columns:
        found = by_id.get(column.id)
        if found is not None:
            error = found.get("error")
            message = error.get("message") if isinstance(error, dict) else error
            column = replace(column, about=_maybe(found, "description"), error=str(message) if message else None)
        columns.append(column)
    rows = reply.get("rowCount")
    return replace(known, rows=rows if isinstance(rows, int) else known.rows, columns=tuple(columns))


def _with_view_read(known: RemoteView, reply: Reply, order: tuple[str, ...]) -> RemoteView:
    """A view with the details of `table_columns_read`: the text of its filter, and the columns that it shows.

    reply: For the view's table. order: The ids of the table's columns.
    """
    for view in _records(reply.get("views")):
        if _maybe(view, "viewUri").rpartition("/")[2] != known.id:
            continue
        hidden = view.get("hiddenColumnIds")
        ordered = view.get("orderedColumnIds")
        ids = [str(id) for id in ordered] if isinstance(ordered, list) and ordered else [*order]
        gone = hidden if isinstance(hidden, list) else []
        shown = tuple(id for id in ids if id not in gone)
        return replace(known, filter_text=_maybe(view, "filterFormula"), columns=shown)
    return known


def _formula_texts(reply: Reply) -> dict[str, str]:
    """The texts of a page's formulas by id, from a reply of `content_read`."""
    return {
        _maybe(found, "formulaUri").rpartition("/")[2]: _maybe(found, "formula")
        for found in _records(reply.get("formulas"))
        if _maybe(found, "formula")
    }


# ------------------------------------------------------------ members


def _text(reply: Reply, name: str) -> str:
    value = reply.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"Coda gives no {name} for {reply.get('name') or reply.get('id') or 'a part of the doc'}")
    return value


def _maybe(reply: Reply, name: str) -> str:
    value = reply.get(name)
    return value if isinstance(value, str) else ""


def _inner(reply: Reply, name: str) -> dict[str, Json]:
    value = reply.get(name)
    return value if isinstance(value, dict) else {}


def _parent(reply: Reply) -> str:
    return _maybe(_inner(reply, "parent"), "id")


def _records(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _sort(column: str, reply: Reply) -> RemoteSort:
    return RemoteSort(column, reply.get("direction") == "descending")
