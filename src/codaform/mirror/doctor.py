"""What the doctor of a mirror looks at: the server, the tables, the doc, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from codaform.coda.door.failures import Failure
from codaform.coda.door.rest import Rest
from codaform.deploy.finding import Finding
from codaform.deploy.ids import Ids
from codaform.mirror import setup
from codaform.mirror.controls import unknown_controls
from codaform.mirror.layout import DIRTY, StoredTable
from codaform.mirror.names import CONFLICTS, MIRROR, STATE, UNREAD, WAITING, listed, quoted, within
from codaform.mirror.pull import SCAN_AFTER
from codaform.mirror.setup import Marker
from codaform.mirror.views import computed_views
from codaform.model.schema import Doc
from codaform.project.files import CannotRead


def examine(connection: Any, doc: Doc, schema: str, ids: Ids) -> Iterator[Finding]:
    """What is found in PostgreSQL. Raises CannotRead for what is beyond looking at."""
    info = connection.info
    version = f"PostgreSQL {info.server_version // 10_000}.{info.server_version % 10_000}"
    yield Finding("ok", "server", f"{version}, database {info.dbname}, role {info.user}")
    try:
        marker = setup.marker_of(connection, schema)
    except CannotRead as problem:
        yield Finding("problem", "schema", str(problem))
        return
    if marker is None:
        yield Finding("problem", "schema", f"there is no mirror in {schema}", "codaform mirror init --apply makes it")
        return
    yield from _rights(connection, marker)
    try:
        marker = setup.current(connection, doc, schema, ids)
    except CannotRead as problem:
        yield Finding("problem", "schema", str(problem))
        return
    views = computed_views(doc, marker.layout)
    if setup.views_mark(views) != marker.views:
        said = "the computed columns are not those of the folder's formulas"
        yield Finding("problem", "views", said, "codaform mirror init --apply makes them anew")
    else:
        yield Finding("ok", "schema", f"{schema} has the tables and the formulas of the folder")
    if views.left:
        names = listed([name for name, _ in views.left])
        yield Finding("warning", "views", f"without SQL: {names}", "mirror init says why")
    yield from _state(connection, marker)
    yield from _waiting(connection, marker)
    if unknown := [*unknown_controls(connection, marker.layout)]:
        said = f"not read: {listed(unknown)}; columns that need them are in not_given"
        yield Finding("warning", "controls", said, "codaform mirror pull reads them")
    for table in marker.layout.tables:
        yield from _doubles(connection, schema, table)


def _rights(connection: Any, marker: Marker) -> Iterator[Finding]:
    place = within(marker.layout.schema, MIRROR)
    (writes, makes) = connection.execute(
        "SELECT has_table_privilege(%s, 'INSERT, UPDATE'), has_schema_privilege(%s, 'CREATE')",
        (place, marker.layout.schema),
    ).fetchone()
    if not writes:
        yield Finding("problem", "rights", "the role may not write the mirror", "connect as its owner")
    elif not makes:
        yield Finding("warning", "rights", "the role may not change the tables", "mirror init needs the owner")
    else:
        yield Finding("ok", "rights", "the role may write the mirror and change its tables")


def _state(connection: Any, marker: Marker) -> Iterator[Finding]:
    known = {
        name: (pulled, scanned)
        for name, pulled, scanned in connection.execute(
            f"SELECT table_name, pulled_at, scanned_at FROM {within(marker.layout.schema, STATE)}".encode()
        ).fetchall()
    }
    never = [table.name for table in marker.layout.tables if table.name not in known]
    if never:
        yield Finding("warning", "pull", f"never read: {listed(never)}", "codaform mirror pull reads them")
        return
    now = datetime.now(UTC)
    oldest = min((pulled for pulled, _ in known.values()), default=now)
    scans = [scanned for _, scanned in known.values()]
    if any(scanned is None or now - scanned > SCAN_AFTER + timedelta(hours=1) for scanned in scans):
        said = "some tables were not read as a whole for more than a day, so deleted rows may still be here"
        yield Finding("warning", "pull", said, "the next pull does it")
    yield Finding("ok", "pull", f"every table was read at {oldest:%Y-%m-%d %H:%M} UTC or later")


def _waiting(connection: Any, marker: Marker) -> Iterator[Finding]:
    def count(query: str) -> int:
        return int(connection.execute(query.encode()).fetchone()[0])

    schema = marker.layout.schema
    owned = [within(schema, table.place) for table in marker.layout.tables if table.owned]
    changed = sum(count(f"SELECT count(*) FROM {place} WHERE {DIRTY}") for place in owned)
    if changed:
        said = f"{changed} rows that programs wrote are not in Coda yet"
        yield Finding("warning", "push", said, "codaform mirror push")
    if open_ := count(f"SELECT count(*) FROM {within(schema, CONFLICTS)}"):
        advice = "UPDATE codaform_conflicts SET decision = 'mirror' or 'coda'; the next run carries it out"
        yield Finding("warning", "conflicts", f"{open_} cells that both stores changed", advice)
    if unread := count(f"SELECT count(*) FROM {within(schema, UNREAD)}"):
        said = f"{unread} cells of Coda do not fit their columns; codaform_unread lists them"
        yield Finding("warning", "cells", said)
    if lost := count(f"SELECT count(*) FROM {within(schema, WAITING)}"):
        said = f"{lost} lead to rows that are not in the mirror; codaform_waiting lists them"
        yield Finding("warning", "relations", said)


def _doubles(connection: Any, schema: str, table: StoredTable) -> Iterator[Finding]:
    key = table.key
    if key is None:
        return
    name = quoted(key.place)
    found = connection.execute(
        f"SELECT {name}::text FROM {within(schema, table.place)} WHERE {name} IS NOT NULL "
        f"GROUP BY {name} HAVING count(*) > 1 ORDER BY 1 LIMIT 20".encode()
    ).fetchall()
    if found:
        said = f"several rows of {table.name} have the {key.name} {listed([value for (value,) in found], 3)}"
        yield Finding("warning", "keys", said, "give each row a key of its own in Coda")


def examine_doc(connection: Any, rest: Rest, schema: str, doc_id: str, environment: str) -> Iterator[Finding]:
    """Whether the doc is the one that the mirror was read from, in a state that is not older."""
    found = connection.execute(f"SELECT doc, doc_updated FROM {within(schema, MIRROR)}".encode()).fetchone()
    known, updated = found if found is not None else (None, None)
    if known and known != doc_id:
        said = f"the mirror was read from the doc {known}, and {environment} is {doc_id}"
        yield Finding("problem", "doc", said, "--schema NAME keeps this one in another mirror")
        return
    try:
        told = rest.doc(doc_id)
    except Failure as failure:
        yield Finding("problem", "doc", str(failure), "codaform doctor looks at the token and the host")
        return
    now = str(told.get("updatedAt") or "")
    if updated is not None and now and datetime.fromisoformat(now) < updated:
        said = f"it was last changed at {now}, before the state that the mirror has: it was restored from a backup"
        yield Finding("problem", "doc", said, "codaform mirror pull --whole reads it all")
        return
    yield Finding("ok", "doc", f"{told.get('name')} ({doc_id})")
