"""Reading a doc of Coda's, with as few calls as its APIs allow: as a snapshot, and that as the compiler's doc."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TypeVar, cast

from codaform.coda import replies
from codaform.coda.failures import ToolFailed
from codaform.coda.formats import from_rest
from codaform.coda.formula_text import repaired
from codaform.coda.rest import Record, Rest
from codaform.coda.snapshot import (
    RemoteColumn,
    RemoteControl,
    RemoteFormula,
    RemoteTable,
    RemoteView,
    Snapshot,
    Way,
)
from codaform.coda.tools import Tools
from codaform.coda.world import Json
from codaform.model import notation
from codaform.model.schema import Column, Doc, NamedFormula, Table, View
from codaform.semantics.program import Place, Role
from codaform.source import Source

WORKERS = 8
"""How many calls are under way at a time; the limits are kept by all of them together."""

Progress = Callable[[int, int], None]
"""Told how many parts of a doc are read and how many there are, from several threads."""

T = TypeVar("T")
R = TypeVar("R")

HIDDEN = "##_hidden_control_##"
"""How the names of chips within page text begin; they are no formulas or controls that anybody named."""

CONTROL_KINDS = {"checkbox": "checkbox", "slider": "slider", "scale": "scale", "select": "select", "date": "date"}
"""Controls that a formula reads, and the column type whose values they have; what else there is reads as text."""


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

        doc = replies.doc(rest.doc(doc_id))
        lists: list[Callable[[str], list[Record]]] = [rest.pages, rest.tables, rest.formulas, rest.controls]
        pages, listed, formulas, controls = each(lists, lambda ask: ask(doc_id))
        bases = [table for table in listed if table.get("tableType") != "view"]
        named = [formula for formula in formulas if not str(formula.get("name")).startswith(HIDDEN)]
        set_by_hand = [control for control in controls if not str(control.get("name")).startswith(HIDDEN)]
        tally.expect(len(listed) + len(named) + len(set_by_hand) + len(bases) * (by_columns + rows))

        def table(told: Record) -> RemoteTable:
            id = str(told.get("id"))
            whole = rest.table(doc_id, id) if counts and not rows and not by_columns else told
            return replies.table(whole, rest.columns(doc_id, id))

        def view(told: Record) -> RemoteView:
            id = str(told.get("id"))
            shown = rest.columns(doc_id, id) if view_columns and not by_columns else None
            return replies.view(rest.table(doc_id, id), shown)

        tables = each(bases, table)
        views = each((told for told in listed if told.get("tableType") == "view"), view)
        values = each(named, lambda told: replies.formula(rest.formula(doc_id, str(told.get("id")))))
        settings = each(set_by_hand, lambda told: replies.control(rest.control(doc_id, str(told.get("id")))))
        if tools is not None and by_columns:
            wanted: dict[str, Json] = {"include": ["formats", "views"]}
            told = each(tables, lambda table: _asked(tools, "table_columns_read", doc_id, "tables", table.id, wanted))
            by_id = {table.id: of for table, of in zip(tables, told, strict=True)}
            order = {table.id: tuple(column.id for column in table.columns) for table in tables}
            tables = [replies.with_columns_read(table, by_id[table.id]) for table in tables]
            views = [
                replies.with_view_read(view, by_id.get(view.table, {}), order.get(view.table, ())) for view in views
            ]
        if tools is not None and by_pages:
            wanted = {"contentTypesToInclude": ["formulas"]}
            owners = dict.fromkeys(formula.page for formula in values if formula.page)
            found = each(owners, lambda page: _asked(tools, "content_read", doc_id, "canvases", page, wanted))
            texts = {id: text for told in found for id, text in replies.formula_texts(told).items()}
            values = [replace(formula, text=texts.get(formula.id)) for formula in values]
        kept = None
        if rows:
            of = each(tables, lambda table: tuple(map(replies.row, rest.rows(doc_id, table.id))))
            kept = {table.id: found for table, found in zip(tables, of, strict=True)}
            tables = [replace(table, rows=len(kept[table.id])) for table in tables]
    ways: tuple[Way, ...] = ("rest", "mcp") if by_columns and by_pages else ("rest",)
    return Snapshot(
        doc,
        started,
        ways,
        tuple(map(replies.page, pages)),
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


# ------------------------------------------------------------ as the compiler's doc


def as_doc(snapshot: Snapshot) -> tuple[Doc, dict[Place, list[str]]]:
    """The schema of a snapshot as the compiler's doc, and by place what cannot be known of it, in sentences.

    Formulas are spelled out as far as the text that came back tells what was meant. A column whose format is not known
    is of the kind `other`. What no way told is missing: without tools, a view has no filter, and a named formula is its
    value of the moment. A second thing of one name has its number behind it, as `Tasks 2`.
    """
    doubts: dict[Place, list[str]] = {}
    names = _unique([(table.id, table.name) for table in snapshot.tables])
    tables: dict[str, Table] = {}
    for table in snapshot.tables:
        called = _unique([(column.id, column.name) for column in table.columns])
        columns = {}
        for column in table.columns:
            made, said = _column(column, called[column.id], names)
            columns[made.name] = made
            if said:
                doubts.setdefault(Place("formula", names[table.id], made.name), []).append(said)
        tables[names[table.id]] = Table(names[table.id], columns)
    view_names = _unique([(view.id, view.name) for view in snapshot.views], {*tables})
    for view in snapshot.views:
        owner = next((table for table in snapshot.tables if table.id == view.table), None)
        if owner is None:
            continue  # of a table that this token does not see
        base = tables[names[owner.id]]
        made_view = _view(view, view_names[view.id], base, owner)
        tables[base.name] = replace(base, views=(*base.views, made_view))
        if view.filter and view.filter_text is None:
            said = "REST says that there is a filter, not which"
            doubts.setdefault(Place("filter", base.name, made_view.name), []).append(said)
    formulas: dict[str, NamedFormula] = {}
    things: list[RemoteFormula | RemoteControl] = [*snapshot.formulas, *snapshot.controls]
    for thing in things:
        named = _named(thing)
        if named is None or named.name in formulas:
            continue
        formulas[named.name] = named
        if isinstance(thing, RemoteFormula) and thing.text is None:
            said = "REST tells the value of a named formula, not its text: the value stands in its place"
            doubts.setdefault(Place("named", "", named.name), []).append(said)
    raw = Doc(snapshot.doc.name, tables, formulas, time_zone=snapshot.doc.time_zone or "UTC")
    return _spelled_out(raw, doubts), doubts


def _unique(named: list[tuple[str, str]], taken: Iterable[str] = ()) -> dict[str, str]:
    """A name of its own for each id."""
    used = set(taken)
    found: dict[str, str] = {}
    for id, name in named:
        own, number = name, 2
        while own in used:
            own, number = f"{name} {number}", number + 1
        used.add(own)
        found[id] = own
    return found


def _column(column: RemoteColumn, name: str, tables: Mapping[str, str]) -> tuple[Column, str]:
    """A column, and a doubt where its format cannot be read."""
    texts: dict[str, Any] = {
        "about": column.about or "",
        "display": column.display,
        "formula": Source(name, column.formula) if column.formula else None,
        "default": Source(name, column.default) if column.default else None,
    }
    try:
        fields, _ = from_rest(column.format, tables.__getitem__)
    except KeyError:
        return Column(name, "other", **texts), "it leads to rows of a table that cannot be seen"
    except ValueError as error:
        return Column(name, "other", **texts), str(error)
    return Column(name, **cast("dict[str, Any]", fields), **texts), ""


def _view(view: RemoteView, name: str, base: Table, owner: RemoteTable) -> View:
    columns = dict(zip((column.id for column in owner.columns), base.columns, strict=True))
    first = next(iter(view.sorts), None)
    shown = tuple(columns[id] for id in view.columns or () if id in columns)
    return View(
        name,
        base.name,
        filter=Source(name, view.filter_text) if view.filter_text else None,
        sort=columns.get(first.column, "") if first else "",
        descending=bool(first and first.descending),
        # All columns in their order is what a view shows of which nothing is said.
        columns=() if shown == tuple(base.columns) else shown,
    )


def _named(thing: RemoteFormula | RemoteControl) -> NamedFormula | None:
    """A formula; a control is read as one that gives its value; a button has none."""
    if isinstance(thing, RemoteControl):
        if thing.kind in ("button", "reaction"):
            return None
        return NamedFormula(thing.name, CONTROL_KINDS.get(thing.kind, "text"), _literal(thing.name, thing.value))
    many = isinstance(thing.value, list)
    first = next(iter(cast("list[Json]", thing.value)), None) if many else thing.value
    match first:
        case bool():
            kind = "checkbox"
        case int() | float():
            kind = "number"
        case str():
            kind = "text"
        case _:
            kind = "other"
    source = Source(thing.name, thing.text) if thing.text is not None else _literal(thing.name, thing.value)
    return NamedFormula(thing.name, kind, source, many=many)


def _literal(name: str, value: Json) -> Source:
    """A formula that gives a value; a value without a literal is blank."""
    items = [notation.literal(_plain(item)) for item in value] if isinstance(value, list) else None
    return Source(name, f"List({', '.join(items)})" if items is not None else notation.literal(_plain(value)))


def _plain(value: Json) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, bool | float | str) else None


def _spelled_out(raw: Doc, doubts: dict[Place, list[str]]) -> Doc:
    """The doc with each formula saying what it means; each is read in the doc as it came back."""

    def spelled(role: Role, table: str, name: str, source: Source | None) -> Source | None:
        if source is None:
            return None
        text, said = repaired(source.text, raw, table, name if role == "formula" else "")
        if said:
            doubts.setdefault(Place(role, table, name), []).extend(said)
        return Source(source.name, text)

    tables: dict[str, Table] = {}
    for table in raw.tables.values():
        columns = {
            column.name: replace(
                column,
                formula=spelled("formula", table.name, column.name, column.formula),
                default=spelled("default", table.name, column.name, column.default),
                action=spelled("action", table.name, column.name, column.action),
                disable_if=spelled("disable_if", table.name, column.name, column.disable_if),
            )
            for column in table.columns.values()
        }
        views = tuple(
            replace(view, filter=spelled("filter", table.name, view.name, view.filter)) for view in table.views
        )
        tables[table.name] = replace(table, columns=columns, views=views)
    formulas = {
        named.name: replace(named, formula=spelled("named", "", named.name, named.formula) or named.formula)
        for named in raw.formulas.values()
    }
    return replace(raw, tables=tables, formulas=formulas)
