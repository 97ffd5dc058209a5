"""The rows of a backup brought back into a doc: what lacks is added, what differs is changed, nothing is deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from codaform.coda.door.rest import Accepted, Record, Rest, in_calls
from codaform.coda.snapshot.records import RemoteColumn, RemoteRow, RemoteTable, Snapshot
from codaform.coda.wire import ids
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.rich import shown_text
from codaform.deploy.copying.sent_values import PARSED, is_entered, same, same_people, sent, type_of

T = TypeVar("T", RemoteTable, RemoteColumn)

_WAITING = "a row that is still to be added"
"""The placeholder in a relation for a row without an id; it is never sent."""

Keys = Mapping[str, str]
"""By the name of a table, the column whose values tell its rows apart."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that is added or changed. there: Its id in the doc; empty for one to be added. cells: By column id."""

    row: RemoteRow
    there: str
    cells: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class TableRestore:
    """The changes to make in a table.

    table: As it is in the doc. key: The id of the column by which rows are upserted; empty where there is none.
    same: How many rows are equal. others: How many rows only the doc has; they stay.
    """

    table: RemoteTable
    key: str = ""
    changes: tuple[RowChange, ...] = ()
    same: int = 0
    others: int = 0

    @property
    def added(self) -> int:
        """How many rows are added."""
        return sum(not change.there for change in self.changes)


@dataclass(frozen=True, slots=True)
class Restore:
    """The changes to make. notes: Cells that cannot be restored. doubled: Keys that two rows would have afterwards."""

    tables: tuple[TableRestore, ...]
    notes: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether the doc has all of the backup."""
        return not any(table.changes for table in self.tables)


@dataclass
class _Matched:
    """A table of a backup, the same one in the doc, and which of its rows are which there."""

    saved: RemoteTable
    there: RemoteTable
    columns: list[tuple[RemoteColumn, RemoteColumn]]
    key: str
    rows: dict[str, str] = field(default_factory=dict)


def planned(
    saved: Snapshot, there: Snapshot, keys: Keys | None = None, made: Mapping[str, str] | None = None
) -> Restore:
    """The changes that give a doc the rows of a backup; both with rows.

    A table is the same one by its id, else by its name, and so is a column; a row by its id, else by the value of the
    key. Where `keys` names none, that is the column that supplies the text of the rows, if no two rows share one.

    made: The ids of rows that were added just now, by the ids that they had in the backup.
    """
    notes: list[str] = []
    matched = [found for table in saved.tables if (found := _match(saved, there, table, keys or {}, notes)) is not None]
    for one in matched:
        _match_rows(one, saved, there, made or {})
    there_now = {(one.saved.id, row.id): _WAITING for one in matched for row in _rows(saved, one.saved)}
    there_now |= {(one.saved.id, old): new for one in matched for old, new in one.rows.items()}

    def now(table: str, row: str) -> str | None:
        return there_now.get((table, row))

    changes = tuple(_changes(one, saved, there, now) for one in matched)
    doubled = tuple(said for one in matched for said in _doubled(one, saved, there, (keys or {}).get(one.there.name)))
    return Restore(changes, tuple(notes), doubled)


def _doubled(one: _Matched, saved: Snapshot, there: Snapshot, key: str | None) -> Iterator[str]:
    """The keys that two rows would have after the rows of a backup are restored."""
    old, new = next(((old.id, new.id) for old, new in one.columns if new.name == key), ("", ""))
    if not old:
        return
    stays = set(one.rows.values())
    values = [shown_text(row.values.get(old)) for row in _rows(saved, one.saved)]
    values += [shown_text(row.values.get(new)) for row in _rows(there, one.there) if row.id not in stays]
    for value, count in Counter(filter(None, values)).items():
        if count > 1:
            yield f"{count} rows of {one.there.name} would have the {key} {value}, which is the key"


def _match(saved: Snapshot, there: Snapshot, table: RemoteTable, keys: Keys, notes: list[str]) -> _Matched | None:
    found = _same(table, there.tables)
    if found is None:
        notes.append(f"the doc has no table {table.name}: its {len(_rows(saved, table))} rows are not restored")
        return None
    pairs: list[tuple[RemoteColumn, RemoteColumn]] = []
    for column in table.columns:
        if not is_entered(column):
            continue
        other = _same(column, found.columns)
        if other is None:
            notes.append(f"{table.name} has no column {column.name} any more: its cells are not restored")
        elif not is_entered(other):
            notes.append(f"{table.name}.{column.name} is computed by now: its cells are not restored")
        else:
            pairs.append((column, other))
    return _Matched(table, found, pairs, _key(saved, there, table, found, pairs, keys.get(found.name)))


def _same(thing: T, others: Sequence[T]) -> T | None:
    """The thing of the same id, else of the same name."""
    by_id = next((other for other in others if other.id == thing.id), None)
    return by_id or next((other for other in others if other.name == thing.name), None)


def _key(
    saved: Snapshot,
    there: Snapshot,
    table: RemoteTable,
    found: RemoteTable,
    pairs: Sequence[tuple[RemoteColumn, RemoteColumn]],
    named: str | None,
) -> str:
    """The id, in the doc, of the column that tells rows apart in both."""
    for old, new in pairs:
        if (new.name == named if named is not None else old.display) and type_of(new) in ("text", "number", "email"):
            before = [shown_text(row.values.get(old.id)) for row in _rows(saved, table)]
            now = [shown_text(row.values.get(new.id)) for row in _rows(there, found)]
            if (
                all(before)
                and len({*before}) == len(before)
                and all(count == 1 for text, count in Counter(now).items() if text)
            ):
                return new.id
    return ""


def _rows(snapshot: Snapshot, table: RemoteTable) -> tuple[RemoteRow, ...]:
    return (snapshot.rows or {}).get(table.id, ())


def _match_rows(one: _Matched, saved: Snapshot, there: Snapshot, made: Mapping[str, str]) -> None:
    present = _rows(there, one.there)
    present_ids = {row.id for row in present}
    old = next((column.id for column, other in one.columns if other.id == one.key), "")
    by_key = {shown_text(row.values.get(one.key)): row.id for row in present} if one.key else {}
    taken: set[str] = set()
    for row in _rows(saved, one.saved):
        keyed = by_key.get(shown_text(row.values.get(old)), "") if one.key else ""
        choices = (row.id, made.get(row.id, ""), _new_id(there.doc.id, one.there, row), keyed)
        found = next((id for id in choices if id in present_ids and id not in taken), None)
        if found is not None:
            one.rows[row.id] = found
            taken.add(found)


def _new_id(doc: str, table: RemoteTable, row: RemoteRow) -> str:
    """The id that a row gets which is added again without a key, so that adding it twice adds it once."""
    return ids.stable("row", "restored", doc, table.id, row.id)


def _changes(one: _Matched, saved: Snapshot, there: Snapshot, now: Callable[[str, str], str | None]) -> TableRestore:
    present = {row.id: row for row in _rows(there, one.there)}
    changes: list[RowChange] = []
    unchanged = 0
    for row in _rows(saved, one.saved):
        id = one.rows.get(row.id, "")
        cells: dict[str, Json] = {}
        for old, new in one.columns:
            wanted = sent(row.values.get(old.id), old, now)
            held = sent(present[id].values.get(new.id), new, lambda _, row: row) if id else ""
            if id and type_of(new) == "person" and same_people(row.values.get(old.id), present[id].values.get(new.id)):
                continue
            if not same(wanted, held, new):
                cells[new.id] = wanted
        if cells or not id:
            changes.append(RowChange(row, id, cells))
        else:
            unchanged += 1
    return TableRestore(one.there, one.key, tuple(changes), unchanged, len(present) - len(one.rows))


# ------------------------------------------------------------ carrying it out

Progress = Callable[[int], None]
"""Told how many rows were just written."""


@dataclass(frozen=True, slots=True)
class Done:
    """The rows written. unconfirmed: How many calls were accepted, but not confirmed in time."""

    added: int = 0
    changed: int = 0
    unconfirmed: int = 0
    left: Restore | None = None


def carry_out(
    saved: Snapshot,
    rest: Rest,
    doc: str,
    read: Callable[[], Snapshot],
    keys: Keys | None = None,
    patience: float = 120.0,
    progress: Progress | None = None,
) -> Done:
    """Bring the rows of a backup into a doc, and read it back. Raises Failure; what was written by then stays.

    New rows come first, with what needs no other row; then everything that differs still, row by row, so that relations
    find the rows that they lead to. It can be repeated: what is there already is not written again.

    read: The current doc, with rows and with all accepted writes.
    """
    tell = progress or (lambda _: None)
    first = planned(saved, read(), keys)
    made: dict[str, str] = {}
    added = changed = unconfirmed = 0

    def finish(accepted: Accepted) -> None:
        nonlocal unconfirmed
        if accepted.request is not None and not rest.finish(accepted.request, patience):
            unconfirmed += 1

    for table in first.tables:
        parsed = {column.id for column in table.table.columns if type_of(column) in PARSED}
        new = [change for change in table.changes if not change.there]
        # A new row gets the cells that it can have at once.
        bodies = [{id: value for id, value in change.cells.items() if id not in parsed} for change in new]
        for batch in in_calls(zip(new, map(_record, bodies), strict=True)):
            rows = [body for _, body in batch]
            keyed = [table.key] if table.key else []
            own = [] if keyed else [_new_id(doc, table.table, change.row) for change, _ in batch]
            accepted = rest.upsert_rows(doc, table.table.id, rows, keyed, own, as_text=True)
            added_ids = accepted.reply.get("addedRowIds")
            if isinstance(added_ids, list) and len(added_ids) == len(batch):
                made |= {change.row.id: str(id) for (change, _), id in zip(batch, added_ids, strict=True)}
            finish(accepted)
            added += len(batch)
            tell(len(batch))
    before = {change.row.id for table in first.tables for change in table.changes if change.there}
    second = planned(saved, read(), keys, made) if added else first
    for table in second.tables:
        for change in table.changes:
            if change.there:
                for as_text in (True, False):
                    cells = _cells(table.table, change.cells, as_text)
                    if cells:
                        finish(rest.update_row(doc, table.table.id, change.there, cells, as_text=as_text))
                changed += change.row.id in before
                tell(1)
    return Done(added, changed, unconfirmed, planned(saved, read(), keys, made))


def _cells(table: RemoteTable, cells: Mapping[str, Json], as_text: bool) -> list[Record]:
    """The cells of a row whose texts are stored unchanged, or the others."""
    parsed = {column.id for column in table.columns if type_of(column) in PARSED}
    return [
        {"column": id, "value": value}
        for id, value in cells.items()
        if (id not in parsed) == as_text and value != _WAITING and not (isinstance(value, list) and _WAITING in value)
    ]


def _record(cells: Mapping[str, Json]) -> Record:
    return {"cells": [{"column": id, "value": value} for id, value in cells.items()]}
