"""A doc in Coda as the place of a migration: rows by upsert and by id, tables and columns by deploy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from math import ceil
from types import TracebackType

from codaform.coda.door.rest import MOST_ROWS, Accepted, Record, in_calls
from codaform.coda.snapshot.records import Snapshot
from codaform.coda.wire.cells import cell_to_write
from codaform.deploy.applying.deployment import Target, carry_through, entry_of, held
from codaform.deploy.applying.doc_rows import DocRows
from codaform.deploy.applying.journal import Journal
from codaform.deploy.applying.row_writing import NotConfirmed
from codaform.deploy.copying.sample_rows import kept_values, sample_rows
from codaform.deploy.kinds.columns import DropColumn
from codaform.deploy.kinds.tables import DropTable
from codaform.deploy.planning.plan import Plan, PlanOptions, plan
from codaform.deploy.remote.schema import RemoteSchema, remote_schema
from codaform.evaluation.workbook import Workbook
from codaform.migrate.place import Loaded, Place, RowWrite
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Row
from codaform.project.files import CannotRead
from codaform.project.migration_file import Part
from codaform.project.migrations.checking import key_of
from codaform.project.migrations.stages import broken, has, without
from codaform.project.migrations.taking import as_text
from codaform.project.session import Session

_PARSED = frozenset({"date", "datetime", "time", "duration", "person", "relation", "image", "file"})
"""Types of columns whose cells Coda reads like typed text; it stores the texts of other columns unchanged."""


class CodaPlace(Place):
    """The doc of an environment.

    journal: Of deploys, which keeps other runs out. keep_safe: Takes the doc with all its rows before the first write.
    Use it in a `with` block: a doc that was held for writing is released at its end.
    """

    def __init__(
        self, session: Session, target: Target, journal: Journal, keep_safe: Callable[[Snapshot], None]
    ) -> None:
        self.name = target.environment
        self.ended: list[str] = []
        self._session = session
        self._target = target
        self._journal = journal
        self._keep_safe = keep_safe
        self._safe = False
        self._held: tuple[ExitStack, Target] | None = None
        self._remote: RemoteSchema | None = None

    def __enter__(self) -> CodaPlace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._held is not None:
            self._held[0].__exit__(kind, error, trace)
            self._held = None

    @property
    def now(self) -> datetime:
        """The clock of `doc.yml` for a local Coda, else the real one."""
        return self._session.now if self._target.local else datetime.now(UTC).astimezone(self._session.now.tzinfo)

    @property
    def doc(self) -> Doc:
        return self._session.project.doc

    # ------------------------------------------------------------ reading

    def load(self) -> Loaded:
        snapshot = self._target.read(rows=True)
        remote = self._remote = remote_schema(snapshot)
        entered = sample_rows(snapshot, remote, self.doc)
        kept = kept_values(snapshot, remote, self.doc)
        book = Workbook(self._session.program, self.now, self._session.project.user, self._session.needs)
        names: dict[Row, str] = {}
        for table in self.doc.tables:
            ids = (snapshot.rows or {}).get(remote.ids.tables.get(table, ""), ())
            columns = {**entered.values.get(table, {}), **kept.get(table, {})}
            for number, record in enumerate(ids, 1):
                values = {name: cells[number] for name, cells in columns.items() if number in cells}
                names[book.add(table, values, defaults=False, id=number)] = record.id
        return Loaded(book, names, entered.lost)

    def lacks(self, parts: Sequence[Part]) -> list[str]:
        there = remote_schema(self._target.read()).doc
        return [str(part) for part in parts if not has(there, part)]

    def fits(self, column: Column, value: object) -> str:  # noqa: ARG002
        """A doc holds every value of its column."""
        return ""

    def broken(self) -> Iterator[str]:
        return broken(remote_schema(self._target.read()).doc)

    def blind_spots(self) -> list[str]:
        return [
            "automations that ran since: no API lists them",
            "messages and calls that buttons sent outside of the doc",
            "the looks of views: layouts, groups, colours",
            "comments on rows that are removed",
            "modified_on and modified_by of the rows that are set back",
        ]

    # ------------------------------------------------------------ the schema

    def create(self, parts: Sequence[Part]) -> None:
        """Deploy the folder: everything that the doc lacks is made, and read back."""
        self._release()
        snapshot = self._target.read()
        entry = entry_of(self._session.project.root, self.name).of(self._target.doc)
        made = plan(self.name, snapshot, self._session, entry, PlanOptions(self._target.capabilities))
        self._carry(made, snapshot, self._session)
        lacking = self.lacks(parts)
        if lacking:
            raise CannotRead(
                f"{self.name} still lacks {', '.join(lacking)}: `codaform deploy --to {self.name}` says what a person "
                "has to do"
            )

    def drop(self, parts: Sequence[Part]) -> None:
        """Drop tables and columns that the doc still has, after a backup, and nothing else."""
        self._release()
        snapshot = self._target.read()
        present = [part for part in parts if has(remote_schema(snapshot).doc, part)]
        if not present:
            return
        smaller = Session(replace(self._session.project, doc=without(self.doc, parts)))
        entry = entry_of(self._session.project.root, self.name).of(self._target.doc)
        whole = plan(self.name, snapshot, smaller, entry, PlanOptions(self._target.capabilities, prune=True))
        gone = {(part.table, part.column) for part in present} | _columns(self.doc) - _columns(smaller.project.doc)
        steps = tuple(step for step in whole.steps if _dropped(step.change) in gone)
        wanted = {(part.table, part.column) for part in present if not (part.column and (part.table, "") in gone)}
        missing = wanted - {_dropped(step.change) for step in steps}
        if missing or any(step.route not in ("mcp", "rest") for step in steps):
            raise CannotRead(
                f"{self.name} drops tables and columns by the tools of MCP, which this token does not open"
            )
        self._carry(replace(whole, steps=steps), snapshot, smaller)
        left = [str(part) for part in present if has(remote_schema(self._target.read()).doc, part)]
        if left:
            raise CannotRead(f"{self.name} still has {', '.join(left)}")

    def _carry(self, made: Plan, snapshot: Snapshot, session: Session) -> None:
        report = carry_through(made, snapshot, session, self._target, self._journal, keep_safe=self._save_once)
        if report.stopped:
            raise CannotRead(f"{self.name}: {report.stopped}")
        done = sum(one.state in ("done", "already") for one in report.outcomes)
        self.ended.append(f"{done} of {len(made.steps)} changes of the schema are made and read back")

    def _save_once(self, snapshot: Snapshot) -> None:
        if not self._safe:
            self._keep_safe(snapshot)
            self._safe = True

    # ------------------------------------------------------------ holding

    def _writing(self) -> Target:
        """The target with the doc held against other deploys, after a backup."""
        if self._held is None:
            self._save_once(self._target.read(rows=True))
            stack = ExitStack()
            hold, target = stack.enter_context(held(self._target, self._journal))
            try:
                hold.take()
            except BaseException:
                stack.close()
                raise
            self._held = stack, target
        return self._held[1]

    def _release(self) -> None:
        if self._held is not None:
            self._held[0].close()
            self._held = None

    # ------------------------------------------------------------ rows

    def batches(self, writes: Sequence[RowWrite]) -> Iterator[Sequence[RowWrite]]:
        for table in dict.fromkeys(one.row.table for one in writes):
            mine = [one for one in writes if one.row.table == table]
            # The bodies are made when they are written; here their sizes are those of the texts.
            sized: list[tuple[RowWrite, Record]] = [
                (one, {"cells": [str(value) for value in one.cells.values()]}) for one in mine
            ]
            for part in in_calls(sized):
                yield [one for one, _ in part]

    def write(self, loaded: Loaded, batch: Sequence[RowWrite]) -> None:
        self._write(loaded, batch, links=False)

    def write_links(self, loaded: Loaded, writes: Sequence[RowWrite]) -> None:
        columns = self.doc.tables
        linked = [
            one for one in writes if any(columns[one.row.table].columns[name].kind == "relation" for name in one.cells)
        ]
        if not linked:
            return
        again = self.load()
        for row in [row for table in loaded.book.doc.tables for row in loaded.book.rows(table)]:
            if row not in loaded.names:
                found = again.labels.row(row.table, loaded.labels.of(row))
                if found is not None:
                    loaded.know(row, again.name(found))
        for batch in self.batches(linked):
            self._write(loaded, batch, links=True)

    def _write(self, loaded: Loaded, batch: Sequence[RowWrite], links: bool) -> None:
        """Write the cells of rows of one table that are no links, or that are."""
        target = self._writing()
        table = self.doc.tables[batch[0].row.table]
        remote = self._remote or remote_schema(target.read())
        rows = DocRows(loaded.book, remote.ids.tables)
        for row, name in loaded.names.items():
            rows.know(row, name)
        key = self._unique_key(table, loaded)
        ids = remote.ids.columns_of(table.name)
        for parsed in (False, True):
            names = [
                column.name
                for column in table.columns.values()
                if (column.kind == "relation") == links and (column.kind in _PARSED) == parsed and column.name in ids
            ]
            bodies: list[tuple[RowWrite, list[Record]]] = []
            for one in batch:
                cells = [
                    _cell(ids[name], one.cells[name], table.columns[name], rows) for name in names if name in one.cells
                ]
                if cells or (one.new and not links and not parsed):
                    bodies.append((one, cells))
            if bodies:
                self._send(target, table, key, ids, bodies, loaded, as_text=not parsed)

    def _send(
        self,
        target: Target,
        table: Table,
        key: Column | None,
        ids: Mapping[str, str],
        bodies: Sequence[tuple[RowWrite, list[Record]]],
        loaded: Loaded,
        as_text: bool,
    ) -> None:
        rest, table_id = target.rest, self._table_id(table.name)
        if key is None:
            for one, cells in bodies:
                self._done(target, rest.update_row(target.doc, table_id, loaded.name(one.row), cells, as_text=as_text))
            return
        records: list[tuple[RowWrite, Record]] = []
        for one, cells in bodies:
            value = as_text_value(loaded.book.value(one.row, key.name))
            others = [cell for cell in cells if cell["column"] != ids[key.name]]
            records.append((one, {"cells": [{"column": ids[key.name], "value": value}, *others]}))
        for part in in_calls(records):
            bodies_of = [record for _, record in part]
            self._done(target, rest.upsert_rows(target.doc, table_id, bodies_of, [ids[key.name]], as_text=as_text))

    def _table_id(self, name: str) -> str:
        assert self._remote is not None, "rows were read before"
        return self._remote.ids.tables[name]

    def _unique_key(self, table: Table, loaded: Loaded) -> Column | None:
        """The column by which rows are upserted; None where two rows share a key, or one has none."""
        key = key_of(table)
        if key is None or key.computed:
            return None
        texts = [as_text(loaded.book.value(row, key.name)) for row in loaded.book.rows(table.name)]
        return key if all(texts) and len({*texts}) == len(texts) else None

    def _done(self, target: Target, accepted: Accepted) -> None:
        if accepted.request is not None and not target.rest.finish(accepted.request, target.patience):
            raise NotConfirmed(
                f"rows were accepted, and not confirmed within {target.patience:g} seconds; run it again"
            )

    def delete(self, loaded: Loaded, rows: Sequence[Row]) -> None:
        target = self._writing()
        for table in dict.fromkeys(row.table for row in rows):
            mine = [loaded.name(row) for row in rows if row.table == table]
            for start in range(0, len(mine), MOST_ROWS):
                part = mine[start : start + MOST_ROWS]
                self._done(target, target.rest.delete_rows(target.doc, self._table_id(table), part))

    # ------------------------------------------------------------ marks

    def marked(self, table: str) -> str | None:
        """The subtitle of the page on which a table is; None without such a page."""
        page = self._page(table)
        return None if not page else str(self._target.rest.fresh().page(self._target.doc, page).get("subtitle") or "")

    def mark(self, table: str, text: str) -> None:
        page = self._page(table)
        if page and self.marked(table) != text:
            target = self._writing()
            self._done(target, target.rest.update_page(target.doc, page, {"subtitle": text}))
            if self.marked(table) != text:
                raise CannotRead(f"the page of {table} does not show its new subtitle")

    def _page(self, table: str) -> str:
        ids = (self._remote or remote_schema(self._target.read())).ids.tables
        if table not in ids:
            return ""
        parent = self._target.rest.table(self._target.doc, ids[table]).get("parent")
        return str(parent.get("id") or "") if isinstance(parent, dict) and parent.get("type") == "page" else ""


def calls_for(writes: Sequence[RowWrite]) -> int:
    """The least calls that writing rows takes."""
    tables = dict.fromkeys(one.row.table for one in writes)
    return sum(ceil(sum(one.row.table == table for one in writes) / MOST_ROWS) for table in tables)


def as_text_value(value: object) -> float | str:
    """A key as JSON."""
    return value if isinstance(value, float) else as_text(value)


def _cell(id: str, value: object, column: Column, rows: DocRows) -> Record:
    # A moment with its offset, a day without: neither depends on the zone that the doc has.
    told = value.isoformat() if isinstance(value, date) else cell_to_write(value, column, rows)
    return {"column": id, "value": told}


def _columns(doc: Doc) -> set[tuple[str, str]]:
    return {(table.name, name) for table in doc.tables.values() for name in table.columns}


def _dropped(change: object) -> tuple[str, str]:
    """The table and the column that a change drops; two empty texts for another change."""
    match change:
        case DropTable():
            return change.table, ""
        case DropColumn():
            return change.table, change.column
    return "", ""
