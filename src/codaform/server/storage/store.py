"""The storage of a local Coda's docs: SQLite, in memory or in a file that outlives the server."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from codaform.coda.wire.formats import MEMBER_NAMES, REST_TYPES, take_format_members
from codaform.files import check_path, open_file
from codaform.model.formats import short_format
from codaform.project.locate import base_of, reason
from codaform.server.commands.command import Command
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, RowRecord, Rows
from codaform.server.doc.stored_values import from_json, to_json


def upgrade(record: Mapping[str, Any]) -> dict[str, Any]:
    """A doc's record as JSON in today's form: formats were once a text, beside settings by the API's names."""
    found = dict(record)
    if isinstance(tables := found.get("tables"), list):
        found["tables"] = [_table(table) for table in tables]
    return found


def _table(table: Any) -> Any:
    if not isinstance(table, dict) or not isinstance(columns := table.get("columns"), list):
        return table
    return {**table, "columns": [_column(column) for column in columns]}


def _column(record: Any) -> Any:
    column = record.get("column") if isinstance(record, dict) else None
    if not isinstance(column, dict) or not isinstance(text := column.get("format"), str):
        return record
    kind = str(column.get("kind"))
    settings = dict(record.get("settings") or {})
    rest = "imageReference" if kind == "image" and "width" in settings else REST_TYPES.get(kind, kind)
    format_ = short_format(kind, text) if text else None
    members = asdict(format_) if format_ is not None else {}
    if rest in MEMBER_NAMES:
        members |= take_format_members(rest, settings).members()
    members = {name: value for name, value in members.items() if value not in (None, "")}
    return {**record, "column": {**column, "format": members}, "settings": settings}


_LAYOUT = 1
"""The version of a file's layout."""

_TABLES = """
create table if not exists docs(number integer primary key, id text unique not null, body text not null);
create table if not exists progress(doc text primary key, body text not null) without rowid;
create table if not exists rows(doc text, place text, number integer, body text not null,
    primary key(doc, place, number)) without rowid;
create table if not exists requests(number integer primary key, id text unique, doc text not null, body text not null,
    accepted real not null, done integer not null default 0, warning text);
create index if not exists requests_waiting on requests(number) where done = 0;
"""

_LAYOUT_TABLES = frozenset({"meta", "docs", "progress", "rows", "requests"})

_ORPHANS = {
    "docs without their progress": "docs where id not in (select doc from progress)",
    "rows of no doc": "rows where doc not in (select id from docs)",
}
"""The rows that only a damaged file has."""

_DAMAGED = "it is damaged and was not changed; move it away for a fresh start, or restore an older copy of it"

_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""The exceptions from reading a record of another shape."""

_WAITS, _DONE, _STUCK = 0, 1, 2
"""The values of `done` of a request."""


class CannotOpen(Exception):
    """The reason that a file cannot be used as a store, in one line."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command that is accepted and not applied yet.

    accepted: Seconds since 1970. stuck: Whether it stays so forever.
    """

    request: str
    doc: str
    command: Command
    accepted: float
    stuck: bool = False


class Store:
    """The docs, rows and requests of a local Coda."""

    def __init__(self, path: Path | None = None) -> None:
        """path: The file; without one, everything ends with the process.

        A file is for one store at a time, and only its owner may read it. Raises CannotOpen, and then does not change
        the file.
        """
        self.path = path
        try:
            if path is not None:
                _prepare(path)
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=1)
        except (sqlite3.Error, OSError) as error:
            why = reason(error) if isinstance(error, OSError) else error
            raise CannotOpen(f"{path} cannot be used as the file of a local Coda: {why}") from None
        try:
            self._open()
        except (sqlite3.Error, CannotOpen) as error:
            self._db.close()
            raise CannotOpen(f"{path} cannot be used as the file of a local Coda: {_why(error)}") from None

    def _open(self) -> None:
        # Two servers on one file would miss each other's writes; the lock ends with its process.
        self._db.execute("pragma locking_mode = exclusive")
        known = {name for (name,) in self._db.execute("select name from sqlite_master where type = 'table'")}
        if known and "meta" not in known:
            raise CannotOpen("it is the database of something else")
        if known:
            self._check(known)
        self._db.execute("pragma journal_mode = wal")
        # A committed write outlives the process; only a crash of the whole machine could lose the last one.
        self._db.execute("pragma synchronous = normal")
        self._db.execute("create table if not exists meta(name text primary key, value text not null) without rowid")
        self._db.execute("insert or ignore into meta values('layout', ?)", (str(_LAYOUT),))
        layout: str = self._db.execute("select value from meta where name = 'layout'").fetchone()[0]
        if layout != str(_LAYOUT):
            raise CannotOpen(f"another version of codaform wrote it; its layout is {layout}")
        self._db.executescript(_TABLES)

    def _check(self, known: set[str]) -> None:
        """Raise CannotOpen if an existing file has lost something, before any write to it."""
        missing = sorted(_LAYOUT_TABLES - known)
        if missing:
            raise CannotOpen(f"{_DAMAGED} (it has lost its {' and its '.join(missing)})")
        broken = [text for (text,) in self._db.execute("pragma quick_check(1)")]
        if broken != ["ok"]:
            raise CannotOpen(f"{_DAMAGED} ({' '.join(broken[0].split())})")
        for what, orphans in _ORPHANS.items():
            (count,) = self._db.execute(f"select count(*) from {orphans}").fetchone()
            if count:
                raise CannotOpen(f"{_DAMAGED} ({count} {what})")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # ------------------------------------------------------------ docs

    def docs(self) -> Iterator[tuple[DocRecord, Rows]]:
        """All docs with their rows, the oldest first."""
        docs = "select id, docs.body, progress.body from docs join progress on doc = id order by number"
        for id, body, progress in self._db.execute(docs).fetchall():
            try:
                yield self._doc(id, body, progress)
            except _UNREADABLE as error:
                raise self._damaged(f"doc {id}", error) from None

    def _damaged(self, what: str, error: Exception) -> CannotOpen:
        return CannotOpen(f"{self.path} cannot be used: {_DAMAGED} ({what}: {' '.join(str(error).split())[:100]})")

    def _doc(self, id: str, body: str, progress: str) -> tuple[DocRecord, Rows]:
        record: DocRecord = adapter(DocRecord).validate_python(upgrade(json.loads(body)))
        _take_progress(record, json.loads(progress))
        rows: Rows = {table.id: {} for table in record.tables}
        found = self._db.execute("select place, number, body from rows where doc = ? order by place, number", (id,))
        for table, number, text in found:
            if table in rows:
                rows[table][number] = row_from_json(json.loads(text), number)
        return record, rows

    def save(self, doc: LocalDoc, ended: Mapping[str, str | None] = MappingProxyType({})) -> None:
        """Save the changes of a doc since the last save, and the end of requests, each with a warning or None."""
        id = doc.record.id
        with self._transaction():
            if doc.rebuilt:
                body = adapter(DocRecord).dump_json(doc.record).decode()
                self._db.execute(
                    "insert into docs(id, body) values(?, ?) on conflict(id) do update set body = excluded.body",
                    (id, body),
                )
            self._db.execute("insert or replace into progress values(?, ?)", (id, json.dumps(_progress(doc.record))))
            self._db.executemany(
                "delete from rows where doc = ? and place = ? and number = ?", [(id, *at) for at in doc.gone]
            )
            self._db.executemany(
                "insert or replace into rows values(?, ?, ?, ?)",
                [
                    (id, table, number, json.dumps(row_to_json(doc.rows[table][number])))
                    for table, number in doc.touched
                ],
            )
            self._db.executemany(
                "update requests set done = 1, body = '', warning = ? where id = ?",
                [(warning, request) for request, warning in ended.items()],
            )
        doc.rebuilt = False
        doc.gone.clear()
        doc.touched.clear()

    def drop(self, doc: str) -> None:
        """Delete a doc."""
        with self._transaction():
            self._db.execute("delete from docs where id = ?", (doc,))
            self._db.execute("delete from progress where doc = ?", (doc,))
            self._db.execute("delete from rows where doc = ?", (doc,))
            self._db.execute("update requests set done = 1, body = '' where doc = ? and done = 0", (doc,))

    def clear(self) -> None:
        """Delete everything."""
        with self._transaction():
            for table in ("docs", "progress", "rows", "requests"):
                self._db.execute(f"delete from {table}")
            self._db.execute("delete from meta where name <> 'layout'")

    # ------------------------------------------------------------ beside the docs

    def note(self, name: str) -> str:
        """A text that is kept beside the docs; empty if there is none."""
        found = self._db.execute("select value from meta where name = ?", (name,)).fetchone()
        return str(found[0]) if found is not None else ""

    def set_note(self, name: str, text: str) -> None:
        """Keep a text beside the docs."""
        self._db.execute("insert or replace into meta values(?, ?)", (name, text))

    # ------------------------------------------------------------ requests

    def accept(self, waiting: Waiting) -> None:
        """Save an accepted command."""
        self._db.execute(
            "insert into requests(id, doc, body, accepted, done) values(?, ?, ?, ?, ?)",
            (
                waiting.request,
                waiting.doc,
                json.dumps(_command_to_json(waiting.command)),
                waiting.accepted,
                _STUCK if waiting.stuck else _WAITS,
            ),
        )

    def waiting(self) -> list[Waiting]:
        """The accepted commands that wait, the oldest first."""
        found = self._db.execute("select id, doc, body, accepted from requests where done = 0 order by number")
        try:
            return [Waiting(id, doc, _command_from_json(json.loads(text)), at) for id, doc, text, at in found]
        except _UNREADABLE as error:
            raise self._damaged("a request", error) from None

    def state(self, request: str) -> tuple[bool, str | None] | None:
        """Whether a request is done, and its warning; None for an unknown request."""
        found = self._db.execute("select done, warning from requests where id = ?", (request,)).fetchone()
        return None if found is None else (found[0] == _DONE, found[1])

    def forget_requests(self, before: float) -> None:
        """Delete the requests that do not wait and were accepted before a moment, in seconds since 1970."""
        self._db.execute("delete from requests where done <> 0 and accepted < ?", (before,))

    def _transaction(self) -> Any:
        return _Transaction(self._db)


def _prepare(path: Path) -> None:
    """Make a file that only its owner may read, or check that the existing one is no link and make it so."""
    root = base_of(path)
    for beside in ("-wal", "-shm", "-journal"):
        check_path(path.with_name(path.name + beside), root)
    open_file(path, root, 0o600).close()
    with suppress(OSError):  # another user's file that is writable all the same
        path.chmod(0o600)


def _why(error: Exception) -> str:
    match getattr(error, "sqlite_errorcode", None):
        case sqlite3.SQLITE_BUSY:
            return "another local Coda has it open"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"{_DAMAGED} ({error})"
        case _:
            return str(error)


class _Transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("begin immediate")

    def __exit__(self, kind: object, *_: object) -> None:
        self._db.execute("commit" if kind is None else "rollback")


@cache
def adapter(kind: type) -> Any:
    """The reader and writer of a kind of record as JSON."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def row_to_json(row: RowRecord) -> dict[str, Any]:
    """A row as JSON, without its number."""
    entered = {column: to_json(value) for column, value in row.entered.items()}
    kept: dict[str, Any] = {"id": row.id, "created": row.created.isoformat(), "updated": row.updated.isoformat()}
    kept |= {"version": row.version, "entered": entered}
    return {**kept, "unfit": row.invalid_text} if row.invalid_text else kept


def row_from_json(kept: dict[str, Any], number: int) -> RowRecord:
    """The row of a result of `row_to_json`."""
    entered = {column: from_json(value) for column, value in kept["entered"].items()}
    created, updated = (datetime.fromisoformat(kept[name]) for name in ("created", "updated"))
    return RowRecord(kept["id"], number, created, updated, entered, kept.get("unfit", {}), kept.get("version", 0))


def _progress(record: DocRecord) -> dict[str, Any]:
    """The part of a doc that changes with every row: saved apart, because the doc itself is large."""
    return {
        "version": record.version,
        "updated": record.updated.isoformat(),
        "last": {table.id: table.last for table in record.tables},
    }


def _take_progress(record: DocRecord, kept: dict[str, Any]) -> None:
    record.version, record.updated = kept["version"], datetime.fromisoformat(kept["updated"])
    for table in record.tables:
        table.last = kept["last"].get(table.id, table.last)


def _command_to_json(command: Command) -> dict[str, Any]:
    return {"name": command.name, "arguments": command.arguments, "at": command.at.isoformat()}


def _command_from_json(kept: dict[str, Any]) -> Command:
    return Command(kept["name"], kept["arguments"], datetime.fromisoformat(kept["at"]))
