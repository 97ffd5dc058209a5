"""From Coda into PostgreSQL: rows that changed since the last time, each table in a transaction of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from codaform.coda.door.failures import NotFound, Refused
from codaform.coda.door.rest import Rest
from codaform.mirror import conflicts
from codaform.mirror.controls import pull_controls
from codaform.mirror.layout import MirrorLayout, StoredTable
from codaform.mirror.names import MIRROR, STATE, within
from codaform.mirror.reading import RowReader
from codaform.mirror.setup import Marker
from codaform.mirror.staging import Staging
from codaform.model.schema import Doc
from codaform.project.files import CannotRead

SCAN_AFTER = timedelta(days=1)
"""After how long a pull reads a table as a whole: the token for changes does not report deleted rows."""

_ASKED_ONE_BY_ONE = 20
"""So many rows that a listing lacks are asked for one by one; for more, the table is listed again."""


@dataclass(slots=True)
class PulledTable:
    """The outcome of a table. whole: Whether all its rows were read. misfits: By column, cells that do not fit it."""

    table: str
    changed: int = 0
    deleted: int = 0
    whole: bool = False
    refused: bool = False
    misfits: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0


class Puller:
    """Reads the tables of one doc into its mirror. doc: As the folder has it. doc_id: In Coda."""

    def __init__(self, connection: Any, rest: Rest, doc: Doc, marker: Marker, doc_id: str) -> None:
        self.connection = connection
        self.rest = rest
        self.doc = doc
        self.layout: MirrorLayout = marker.layout
        self.doc_id = doc_id
        self._zone = ZoneInfo(doc.time_zone)
        self._updated: str | None = None

    def fresh(self, patience: float) -> Puller:
        """The same, whose reads show every accepted change. patience: For how many seconds each read waits for it."""
        other = copy(self)
        other.rest = self.rest.fresh(patience)
        return other

    # ------------------------------------------------------------ the doc

    def begin(self, marker: Marker, environment: str, whole: bool = False) -> None:
        """Check that this is the doc that the mirror was read from before. Raises CannotRead and Failure.

        whole: Whether all rows are read, so that an older state of the doc may replace a newer one.
        """
        if marker.doc not in ("", self.doc_id):
            raise CannotRead(
                f"the mirror {self.layout.schema} was read from the doc {marker.doc}, "
                f"and {environment} is {self.doc_id}; "
                "--schema NAME keeps this one in another mirror"
            )
        for table in self.layout.tables:
            lacking = next((f"{table.name}.{one.name}" for one in table.columns if not one.id), "")
            if not table.id or lacking:
                raise CannotRead(f"{lacking or table.name} is not in {environment} yet: deploy it first")
        updated = self.updated()
        place = within(self.layout.schema, MIRROR)
        (known,) = self.connection.execute(f"SELECT doc_updated FROM {place}".encode()).fetchone()
        now = datetime.fromisoformat(updated) if updated else None
        if not whole and known is not None and now is not None and now < known:
            raise CannotRead(
                f"the doc was last changed at {now:%Y-%m-%d %H:%M:%S}, before the state that the mirror has of "
                f"{known:%Y-%m-%d %H:%M:%S}: it was restored from a backup; codaform mirror pull --whole reads it all"
            )
        self.note(environment)

    def note(self, environment: str) -> None:
        """Remember which doc this is, and its state."""
        self.connection.execute(
            f"UPDATE {within(self.layout.schema, MIRROR)} SET doc = %s, environment = %s, doc_updated = %s".encode(),
            (self.doc_id, environment, self._updated or None),
        )
        self.connection.commit()

    def updated(self) -> str:
        """When the doc was last changed, as Coda says."""
        self._updated = str(self.rest.doc(self.doc_id).get("updatedAt") or "")
        return self._updated

    # ------------------------------------------------------------ tables

    def pull(
        self,
        tables: Sequence[StoredTable] | None = None,
        whole: bool = False,
        on_page: Callable[[int], None] = lambda _: None,
    ) -> Iterator[PulledTable]:
        """Read tables, by default all and the controls, each in one transaction. Raises CannotRead and Failure."""
        if tables is None:
            pull_controls(self.connection, self.rest, self.doc_id, self.layout, self.doc, self._zone)
        for table in self.layout.ordered() if tables is None else tables:
            with self.connection.transaction():
                found = self._pull(table, whole, on_page)
            yield found

    def _pull(self, table: StoredTable, whole: bool, on_page: Callable[[int], None]) -> PulledTable:
        token, scanned = self._state(table)
        began = self._now()
        whole = whole or not token or scanned is None or began - scanned > SCAN_AFTER
        staging = Staging(self.connection, self.layout, table)
        reader = RowReader(table, self.doc.tables[table.name], self._zone)
        found = PulledTable(table.name, whole=whole)
        try:
            after = self._listed(staging, reader, "" if whole else token, on_page)
        except Refused as refused:
            if refused.status != 400 or whole:
                raise
            # Coda does not take the token any more: all rows say what changed.
            staging.clear()
            found.whole, found.refused = True, True
            after = self._listed(staging, reader, "", on_page)
        for row in conflicts.decided(staging, self.layout):
            self._stage_row(staging, reader, row)
        gone = self._gone(staging, reader) if found.whole else []
        staging.settle()
        staging.adopt()
        found.changed = staging.upsert()
        if table.owned:
            conflicts.settle(staging, self.layout)
            conflicts.refresh(staging, self.layout)
        staging.arrived()
        kept = conflicts.deleted(staging, self.layout, [row for row, _, dirty in gone if dirty]) if table.owned else ()
        lost = [row for row, _, _ in gone if row not in kept]
        staging.delete(lost)
        found.deleted = len(lost)
        found.misfits = staging.misfits()
        found.conflicts = conflicts.count(staging, self.layout)
        self._remember(table, after, began if found.whole else scanned, began)
        return found

    def _listed(self, staging: Staging, reader: RowReader, since: str, on_page: Callable[[int], None]) -> str:
        """Stage the rows of a listing; returns the token for what changes from now on.

        A listing of several pages is not one moment: a row of its first page may change before the last page, whose
        token does not tell of it. So where the doc changed meanwhile, the rows are listed again, and what changes
        during that is reported by the first token.
        """
        before = self._updated
        _wait_for_the_next_second(before)
        token, pages = self._pages(staging, reader, since, on_page)
        if pages > 1 and before != self.updated():
            self._pages(staging, reader, since, on_page)
        return token

    def _pages(
        self, staging: Staging, reader: RowReader, since: str, on_page: Callable[[int], None]
    ) -> tuple[str, int]:
        token, pages = "", 0
        for page in self.rest.row_pages(self.doc_id, staging.table.id, since):
            staging.add([reader.read(record) for record in page.rows])
            token, pages = page.token, pages + 1
            on_page(len(page.rows))
        return token, pages

    def _gone(self, staging: Staging, reader: RowReader) -> list[tuple[int, str, bool]]:
        """The rows that are not in Coda any more. A row may be missing in a listing, as others moved meanwhile."""
        missing = staging.missing()
        if len(missing) > _ASKED_ONE_BY_ONE:
            self._pages(staging, reader, "", lambda _: None)
            return staging.missing()
        return [row for row in missing if not self._stage_row(staging, reader, row[1])]

    def _stage_row(self, staging: Staging, reader: RowReader, row: str) -> bool:
        """Stage a single row; False if Coda does not have it."""
        try:
            record = self.rest.row(self.doc_id, staging.table.id, row)
        except NotFound:
            return False
        staging.add([reader.read(record)])
        return True

    # ------------------------------------------------------------ the state

    def _now(self) -> datetime:
        (now,) = self.connection.execute("SELECT clock_timestamp()").fetchone()
        return now.astimezone(UTC)  # type: ignore[no-any-return]

    def _state(self, table: StoredTable) -> tuple[str, datetime | None]:
        place = within(self.layout.schema, STATE)
        found = self.connection.execute(
            f"SELECT token, scanned_at FROM {place} WHERE table_name = %s".encode(), (table.name,)
        ).fetchone()
        return (found[0] or "", found[1]) if found is not None else ("", None)

    def _remember(self, table: StoredTable, token: str, scanned: datetime | None, now: datetime) -> None:
        self.connection.execute(
            f"INSERT INTO {within(self.layout.schema, STATE)} VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (table_name) DO UPDATE SET token = excluded.token, pulled_at = excluded.pulled_at, "
            "scanned_at = excluded.scanned_at".encode(),
            (table.name, token or None, now, scanned),
        )


def _wait_for_the_next_second(told: str | None) -> None:
    """Wait, for less than a second, while a change now could have the moment that Coda told, where that is in whole
    seconds: two changes of one second would look like one."""
    moment = datetime.fromisoformat(told) if told else None
    if moment is None or moment.microsecond:
        return
    left = (moment - datetime.now(UTC)).total_seconds() + 1
    if 0 < left <= 1:
        time.sleep(left)
