"""Rows that programs changed in PostgreSQL, brought together with what Coda has, and conflicts that people decide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from codaform.coda.wire.json_data import Json
from codaform.mirror.layout import DIRTY, ROW_ID, SENT, SYNCED, MirrorLayout, StoredColumn, StoredTable
from codaform.mirror.merging import Cells, is_same, merged
from codaform.mirror.names import CONFLICTS, quoted, within
from codaform.mirror.reading import canonical as canonical
from codaform.mirror.staging import Staging, as_json

Run = Callable[..., Any]
"""What runs a statement with its values."""

DELETED = ""
"""The name of the column in a conflict about a whole row: it was changed here and deleted in Coda."""


def own_cells(run: Run, layout: MirrorLayout, table: StoredTable, rows: Sequence[int]) -> dict[int, dict[str, Json]]:
    """The canonical values of the columns that the mirror owns, by row. A row that is not in Coda yet is `#` and its
    number."""
    parts = ['t."row"', *(_own_cell(layout, one) for one in table.owned)]
    place = within(layout.schema, table.place)
    found = run(f'SELECT {", ".join(parts)} FROM {place} AS t WHERE t."row" = ANY(%s)', list(rows)).fetchall()
    cells: dict[int, dict[str, Json]] = {}
    for row, *values in found:
        pairs = zip(table.owned, map(canonical, values), strict=True)
        cells[row] = {column.name: value for column, value in pairs if value is not None}
    return cells


def _own_cell(layout: MirrorLayout, column: StoredColumn) -> str:
    if not column.refers:
        return f"t.{quoted(column.place)}"
    target = within(layout.schema, layout.table(column.to).place)
    id = f"coalesce(x.{ROW_ID}, '#' || x.\"row\")"
    if column.linked:
        links = within(layout.schema, column.place)
        return (
            f'(SELECT array_agg({id} ORDER BY l."place") FROM {links} AS l JOIN {target} AS x ON x."row" = l."target" '
            f'WHERE l."row" = t."row")'
        )
    return f'(SELECT {id} FROM {target} AS x WHERE x."row" = t.{quoted(column.place)})'


def count(staging: Staging, layout: MirrorLayout) -> int:
    """How many conflicts of a table are open."""
    place = within(layout.schema, CONFLICTS)
    return int(staging.run(f"SELECT count(*) FROM {place} WHERE table_name = %s", staging.table.name).fetchone()[0])


def settle(staging: Staging, layout: MirrorLayout) -> None:
    """Bring the rows that a program changed together with those that were read.

    Where one side alone changed a cell, its value stays; where both did, and differently, the cell stays as it is in
    both stores and is a conflict.
    """
    table = staging.table
    theirs = {row: (id, cells) for row, id, cells in staging.dirty()}
    if not theirs:
        return
    ours = own_cells(staging.run, layout, table, list(theirs))
    before: dict[int, tuple[Cells, Cells]] = {
        row: (synced or {}, sent or {})
        for row, synced, sent in staging.run(
            f'SELECT "row", {SYNCED}, {SENT} FROM {staging.place} WHERE "row" = ANY(%s)', list(theirs)
        ).fetchall()
    }
    take: dict[str, list[int]] = {}
    for row, (id, cells) in theirs.items():
        synced, sent = before[row]
        names = [column.name for column in table.owned]
        found = merged(names, ours.get(row, {}), cells, synced, sent)
        for name in found.take:
            take.setdefault(name, []).append(row)
        waiting = {name: sent[name] for name in found.left if name in sent and found.synced.get(name) != sent[name]}
        staging.run(
            f'UPDATE {staging.place} SET {SYNCED} = %s, {SENT} = %s, {DIRTY} = %s WHERE "row" = %s',
            as_json(found.synced),
            as_json(waiting) if waiting else None,
            bool(found.left or found.conflicts),
            row,
        )
        _forget(staging, layout, row, found.conflicts)
        for name in found.conflicts:
            values = (ours.get(row, {}).get(name), cells.get(name), synced.get(name))
            _note(staging, layout, row, id, name, values)
    for column in table.owned:
        if column.name in take:
            staging.take(column, take[column.name])


def refresh(staging: Staging, layout: MirrorLayout) -> None:
    """Bring the mirror's side of open conflicts up to date: programs go on writing. One that is none any more ends."""
    table, place = staging.table, within(layout.schema, CONFLICTS)
    open_ = staging.run(
        f'SELECT "row", column_name, mirror_value, coda_value FROM {place} WHERE table_name = %s AND column_name <> %s',
        table.name,
        DELETED,
    ).fetchall()
    ours = own_cells(staging.run, layout, table, [row for row, *_ in open_])
    for row, name, noted, theirs in open_:
        our = ours.get(row, {}).get(name)
        if our == noted:
            continue
        mine = 'table_name = %s AND "row" = %s AND column_name = %s'
        if is_same(our, theirs):
            staging.run(f"DELETE FROM {place} WHERE {mine}", table.name, row, name)
            staging.run(
                f"UPDATE {staging.place} SET {SYNCED} = jsonb_strip_nulls(coalesce({SYNCED}, '{{}}') || %s) "
                'WHERE "row" = %s',
                as_json({name: theirs}),
                row,
            )
        else:
            value = None if our is None else as_json(our)
            staging.run(f"UPDATE {place} SET mirror_value = %s WHERE {mine}", value, table.name, row, name)


def deleted(staging: Staging, layout: MirrorLayout, rows: Sequence[int]) -> Collection[int]:
    """Rows that are gone in Coda, though a program changed them: each is a conflict, and stays."""
    for row in rows:
        ((id,),) = staging.run(f'SELECT {ROW_ID} FROM {staging.place} WHERE "row" = %s', row).fetchall()
        _note(staging, layout, row, id, DELETED, (None, None, None))
    return frozenset(rows)


def _note(
    staging: Staging, layout: MirrorLayout, row: int, id: str, name: str, values: tuple[Json, Json, Json]
) -> None:
    ours, theirs, synced = (None if value is None else as_json(value) for value in values)
    staging.run(
        f"INSERT INTO {within(layout.schema, CONFLICTS)} AS c "
        '(table_name, "row", row_id, column_name, mirror_value, coda_value, synced_value) '
        "VALUES (%s, %s, %s, %s, %s, %s, %s) "
        'ON CONFLICT (table_name, "row", column_name) DO UPDATE '
        "SET mirror_value = excluded.mirror_value, coda_value = excluded.coda_value, decision = NULL "
        "WHERE ROW(c.mirror_value, c.coda_value) IS DISTINCT FROM ROW(excluded.mirror_value, excluded.coda_value)",
        staging.table.name,
        row,
        id,
        name,
        ours,
        theirs,
        synced,
    )


def _forget(staging: Staging, layout: MirrorLayout, row: int, still: Sequence[str]) -> None:
    staging.run(
        f'DELETE FROM {within(layout.schema, CONFLICTS)} WHERE table_name = %s AND "row" = %s '
        "AND column_name <> ALL(%s)",
        staging.table.name,
        row,
        list(still),
    )


def decided(staging: Staging, layout: MirrorLayout) -> list[str]:
    """Carry out what people decided. Returns the ids of the rows whose values in Coda are needed for it.

    For the mirror, Coda's value counts as known, so that the mirror's is a change of it; for Coda, it is the other way.
    """
    table, place = staging.table, within(layout.schema, CONFLICTS)
    found = staging.run(
        f'SELECT "row", row_id, column_name, mirror_value, coda_value, decision FROM {place} '
        "WHERE table_name = %s AND decision IS NOT NULL",
        table.name,
    ).fetchall()
    needed: list[str] = []
    for row, id, name, ours, theirs, decision in found:
        mine = 'table_name = %s AND "row" = %s AND column_name = %s'
        staging.run(f"DELETE FROM {place} WHERE {mine}", table.name, row, name)
        if name == DELETED:
            if decision == "coda":
                staging.delete([row])
            else:
                staging.run(
                    f'UPDATE {staging.place} SET {ROW_ID} = NULL, {SYNCED} = NULL, {SENT} = NULL WHERE "row" = %s', row
                )
            continue
        agreed = theirs if decision == "mirror" else ours
        staging.run(
            f"UPDATE {staging.place} SET {SYNCED} = jsonb_strip_nulls(coalesce({SYNCED}, '{{}}') || %s), "
            f'{SENT} = NULL, {DIRTY} = true WHERE "row" = %s',
            as_json({name: agreed}),
            row,
        )
        needed.append(id)
    return needed
