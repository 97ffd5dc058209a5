"""From PostgreSQL into Coda: what programs wrote into columns that the mirror owns, read back before it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from codaform.coda.door.failures import StaleDoc
from codaform.coda.door.rest import Accepted, Record, Rest, in_calls
from codaform.coda.door.tools import Tools
from codaform.coda.wire import ids
from codaform.coda.wire.json_data import Json
from codaform.deploy.applying.hold import HoldWatch
from codaform.mirror import conflicts
from codaform.mirror.layout import DIRTY, ROW_ID, SENT, SYNCED, StoredColumn, StoredTable
from codaform.mirror.merging import is_same
from codaform.mirror.names import CONFLICTS, PEOPLE, quoted, within
from codaform.mirror.pull import Puller
from codaform.mirror.staging import as_json
from codaform.model.value_texts import duration_text

_CATCH_UP = 5.0
"""For how many seconds a read waits until it shows every change; while people go on editing, it may never do so."""

_HERE = "#"
"""The beginning of the canonical form of a row that is not in Coda yet."""


@dataclass(slots=True)
class ChangedRow:
    """A row of the mirror that Coda is to get. id: In Coda; empty for a new one. cells: Canonical values by column.

    unanswered: Whether it is new and was sent before, Coda did not show it yet, and to send it again may add it again.
    """

    row: int
    id: str
    cells: dict[str, Json]
    key: Json = None
    new: bool = False
    unanswered: bool = False


@dataclass(slots=True)
class PushedTable:
    """The outcome of a table.

    rows: What is to be written. pushed: How many rows Coda showed as they are here, when they were read back.
    unconfirmed: How many it did not. waiting: How many wait for rows that they lead to. conflicts: That are open.
    """

    table: str
    rows: list[ChangedRow] = field(default_factory=list)
    pushed: int = 0
    unconfirmed: int = 0
    waiting: int = 0
    conflicts: int = 0


class Pusher:
    """Writes what programs changed, unless a deploy holds the doc.

    tools: Writes by the MCP server's tools instead of REST, if they are given. patience: For how many seconds a change
    may take, and a read to show it.
    """

    def __init__(self, puller: Puller, tools: Tools | None = None, patience: float = 120.0) -> None:
        self._puller = puller
        self._layout = puller.layout
        self._connection = puller.connection
        self._watch = HoldWatch(puller.rest, tools, puller.doc_id, patience)
        self._rest: Rest = puller.rest.guarded(self._watch.check)
        self._tools = tools
        self._patience = patience

    def push(self, apply: bool = True) -> Iterator[PushedTable]:
        """Push the tables in which programs write, those first that the others lead to.

        Raises CannotRead and Failure; Held if a deploy is at work on the doc.

        A table is read before it is written, so that a cell that Coda changed, too, becomes a conflict; and read back.
        apply: Whether Coda is written; otherwise `rows` says what would be.
        """
        for table in self._layout.ordered():
            if table.owned and self._is_dirty(table):
                yield self._push(table, apply)

    def _is_dirty(self, table: StoredTable) -> bool:
        found = self._run(f"SELECT EXISTS (SELECT 1 FROM {self._place(table)} WHERE {DIRTY})").fetchone()
        self._connection.commit()
        return bool(found[0])

    def _is_unanswered(self, table: StoredTable) -> bool:
        """Whether rows were sent of which nobody knows whether they arrived: all that did have to be seen first."""
        where = f"{SENT} IS NOT NULL AND {SYNCED} IS NULL"
        found = self._run(f"SELECT EXISTS (SELECT 1 FROM {self._place(table)} WHERE {where})").fetchone()
        self._connection.commit()
        return bool(found[0])

    def _push(self, table: StoredTable, apply: bool) -> PushedTable:
        found = PushedTable(table.name)
        self._read(self._puller, table, found)
        certain = not self._is_unanswered(table) or self._read_latest(table, found)
        rows = list(self._changed(table))
        sendable = [row for row in rows if not _waits(row)]
        found.waiting = len(rows) - len(sendable)
        # A row that may have arrived is not sent a second time before Coda's latest state says that it did not.
        found.rows = [row for row in sendable if certain or not row.unanswered]
        if apply and found.rows:
            self._watch.check()
            self._note_sent(table, found.rows)
            self._write(table, found.rows)
            found.unconfirmed = self._read_back(table, found)
            found.pushed = len(found.rows) - found.unconfirmed
        found.unconfirmed += len(sendable) - len(found.rows)
        return found

    def _read(self, puller: Puller, table: StoredTable, found: PushedTable) -> None:
        for pulled in puller.pull([table]):
            found.conflicts = pulled.conflicts

    def _read_latest(self, table: StoredTable, found: PushedTable) -> bool:
        """Read Coda's latest state of a table; False if there is none for a while, as edits go on."""
        try:
            self._read(self._puller.fresh(min(self._patience, _CATCH_UP)), table, found)
        except StaleDoc:
            return False
        return True

    # ------------------------------------------------------------ what is to be written

    def _changed(self, table: StoredTable) -> Iterator[ChangedRow]:
        parts = f'"row", {ROW_ID}, {SYNCED}, {SENT}'
        noted = self._run(
            f'SELECT {parts} FROM {self._place(table)} WHERE {DIRTY} ORDER BY "row" FOR UPDATE'
        ).fetchall()
        ours = conflicts.own_cells(self._run, self._layout, table, [row for row, *_ in noted])
        open_ = self._open_conflicts(table)
        key = table.key
        doubled = self._doubled(table, key)
        for row, id, synced, sent in noted:
            if (row, conflicts.DELETED) in open_:
                continue
            cells, before = ours.get(row, {}), synced or {}
            changed = {
                column.name: cells.get(column.name)
                for column in table.owned
                if (row, column.name) not in open_ and not is_same(cells.get(column.name), before.get(column.name))
            }
            if not changed and synced is not None:
                if not any(row == other for other, _ in open_):
                    self._run(f'UPDATE {self._place(table)} SET {DIRTY} = false WHERE "row" = %s', row)
                continue
            value = (cells if synced is None else before).get(key.name) if key is not None else None
            usable = key is not None and value is not None and value not in doubled and not isinstance(value, dict)
            if synced is not None and key is not None and key.name in changed:
                usable = False  # the row is found by the key that Coda has
            new = synced is None
            again = usable and self._tools is None  # its key finds it
            unanswered = new and sent is not None and not again
            yield ChangedRow(row, id or "", changed, value if usable else None, new, unanswered)
        self._connection.commit()

    def _open_conflicts(self, table: StoredTable) -> set[tuple[int, str]]:
        place = within(self._layout.schema, CONFLICTS)
        return set(self._run(f'SELECT "row", column_name FROM {place} WHERE table_name = %s', table.name).fetchall())

    def _doubled(self, table: StoredTable, key: StoredColumn | None) -> set[Json]:
        """The keys that several rows have: they find no single row."""
        if key is None or key.owner != "mirror" or key.refers:
            return set()
        name = quoted(key.place)
        found = self._run(
            f"SELECT {name} FROM {self._place(table)} WHERE {name} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
        ).fetchall()
        return {conflicts.canonical(value) for (value,) in found}

    def _note_sent(self, table: StoredTable, rows: Sequence[ChangedRow]) -> None:
        """Note what is sent, before it is: if this run is killed, the next one knows its own values in Coda."""
        for row in rows:
            if row.new and not row.id and row.key is None and self._tools is None:
                # Without a key, an id of our own lets a repeated call add the row once; the tools take no ids.
                row.id = ids.stable("row", self._puller.doc_id, self._layout.schema, table.name, str(row.row))
            self._run(
                f'UPDATE {self._place(table)} SET {SENT} = %s, {ROW_ID} = %s WHERE "row" = %s',
                as_json(row.cells),
                row.id or None,
                row.row,
            )
        self._connection.commit()

    # ------------------------------------------------------------ writing

    def _write(self, table: StoredTable, rows: Sequence[ChangedRow]) -> None:
        people = dict(self._run(f"SELECT name, email FROM {within(self._layout.schema, PEOPLE)}").fetchall())
        self._connection.commit()
        by_name = {column.name: column for column in table.columns}

        def cells(row: ChangedRow) -> list[Record]:
            return [
                {"column": by_name[name].id, "value": sendable(value, by_name[name], people)}
                for name, value in row.cells.items()
            ]

        if self._tools is not None:
            with self._tools.guarded(self._watch.check):
                self._by_tools(self._tools, table, rows, cells)
        else:
            self._by_rest(table, rows, cells)

    def _by_rest(
        self, table: StoredTable, rows: Sequence[ChangedRow], cells: Callable[[ChangedRow], list[Record]]
    ) -> None:
        key = table.key

        def keyed(row: ChangedRow) -> Record:
            assert key is not None
            others = [cell for cell in cells(row) if cell["column"] != key.id]
            return {"cells": [{"column": key.id, "value": row.key}, *others]}

        by_key = [row for row in rows if row.key is not None and key is not None and key.owner == "mirror"]
        for part in in_calls([(row, keyed(row)) for row in by_key]):
            assert key is not None
            self._done(self._rest.upsert_rows(self._puller.doc_id, table.id, [body for _, body in part], [key.id]))
        others = [row for row in rows if row not in by_key]
        for part in in_calls([(row, cast("Record", {"cells": [*cells(row)]})) for row in others if row.new]):
            own = [row.id for row, _ in part]
            self._done(self._rest.upsert_rows(self._puller.doc_id, table.id, [body for _, body in part], ids=own))
        for row in others:
            if not row.new:
                self._done(self._rest.update_row(self._puller.doc_id, table.id, row.id, cells(row)))

    def _done(self, accepted: Accepted) -> None:
        # What Coda does not confirm in time is not in what is read back, and stays to be pushed.
        if accepted.request is not None:
            self._rest.finish(accepted.request, self._patience)

    def _by_tools(
        self,
        tools: Tools,
        table: StoredTable,
        rows: Sequence[ChangedRow],
        cells: Callable[[ChangedRow], list[Record]],
    ) -> None:
        uri = f"coda://docs/{self._puller.doc_id}/tables/{table.id}"
        new = [row for row in rows if row.new]
        columns = [column for column in table.owned if any(column.name in row.cells for row in new)]
        bodies = [(row, {str(cell["column"]): cell["value"] for cell in cells(row)}) for row in new]
        for part in in_calls(bodies):
            lines: list[Json] = [[body.get(column.id, "") for column in columns] for _, body in part]
            data: Record = {"action": "add", "columnIds": [column.id for column in columns], "rows": lines}
            reply = tools.call("table_rows_manage", {"uri": uri, "data": data})
            self._note_ids(table, [row for row, _ in part], reply)
        changed = [(row, self._update(row, cells(row))) for row in rows if not row.new]
        for updates in in_calls(changed):
            body: Record = {"action": "update", "rows": [one for _, one in updates]}
            tools.call("table_rows_manage", {"uri": uri, "data": body})

    def _note_ids(self, table: StoredTable, rows: Sequence[ChangedRow], reply: Json) -> None:
        """Note the ids that new rows got, where a reply has them; without them, a pull finds rows by what was sent."""
        ids = reply.get("rowIds") if isinstance(reply, dict) else None
        if not isinstance(ids, list) or len(ids) != len(rows):
            return
        for row, id in zip(rows, ids, strict=True):
            self._run(f'UPDATE {self._place(table)} SET {ROW_ID} = %s WHERE "row" = %s', str(id), row.row)
        self._connection.commit()

    def _update(self, row: ChangedRow, cells: Sequence[Record]) -> Record:
        written: list[Json] = [{"columnId": cell["column"], "value": cell["value"]} for cell in cells]
        return {"rowNumberOrId": row.id, "updateCells": written}

    # ------------------------------------------------------------ reading back

    def _read_back(self, table: StoredTable, found: PushedTable) -> int:
        """Read the table again; returns how many of the rows Coda does not show as they were sent."""
        if not self._read_latest(table, found):
            self._read(self._puller, table, found)
        left = self._run(
            f'SELECT count(*) FROM {self._place(table)} WHERE "row" = ANY(%s) '
            f"AND ({SENT} IS NOT NULL OR {SYNCED} IS NULL)",
            [row.row for row in found.rows],
        ).fetchone()
        self._connection.commit()
        return int(left[0])

    def _run(self, statement: str, *values: Any) -> Any:
        return self._connection.execute(statement.encode(), values or None)

    def _place(self, table: StoredTable) -> str:
        return within(self._layout.schema, table.place)


def _waits(row: ChangedRow) -> bool:
    """Whether a row leads to one that is not in Coda yet."""
    return any(
        isinstance(one, str) and one.startswith(_HERE) and one[1:].isdigit()
        for value in row.cells.values()
        for one in (value if isinstance(value, list) else [value])
    )


def sendable(value: Json, column: StoredColumn, people: Mapping[str, str]) -> Json:
    """A canonical value as it is written to Coda: people by their addresses, durations as texts, pictures as addresses.

    people: Addresses by name.
    """
    if value is None:
        return ""
    if isinstance(value, list):
        return [sendable(item, column, people) for item in value]
    match column.kind:
        case "person" | "reaction":
            return people.get(str(value)) or value
        case "duration":
            return duration_text(timedelta(microseconds=int(Decimal(str(value)) * 1_000_000)))
        case "image" | "file" if isinstance(value, dict):
            return value.get("Url") or ""
    return value
