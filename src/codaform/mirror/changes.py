"""What changes in the tables of a mirror when the doc's schema does: statements, and what each would lose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from codaform.mirror import ddl
from codaform.mirror.layout import DIRTY, SENT, SYNCED, MirrorLayout, StoredColumn, StoredTable
from codaform.mirror.names import CONTROLS, STATE, UNREAD, quoted, text, within

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """A change. what: In a few words. counted: A query for how many values it loses; empty where it loses none."""

    what: str
    statements: tuple[str, ...]
    counted: str = ""


def changes(before: MirrorLayout | None, after: MirrorLayout) -> list[LayoutChange]:
    """The steps from one layout to another in the same schema. before: None for an empty schema."""
    made = list(ddl.own_tables(after.schema)) if before is None else []
    found = [LayoutChange(f"make the schema {after.schema}", tuple(made))] if before is None else []
    if before is not None and after.controls and not before.controls:
        found.append(LayoutChange("keep the controls", tuple(ddl.own_table(after.schema, CONTROLS))))
    pairs = _paired(before.tables if before else (), after.tables, lambda table: (table.id, table.name))
    kept = {new.name: old for old, new in pairs if old is not None and new is not None}
    # Names first, so that all others are those of the new layout; then what goes, and then what comes.
    for old, new in pairs:
        if old is not None and new is not None and old.place != new.place:
            statement = f"ALTER TABLE {within(after.schema, old.place)} RENAME TO {quoted(new.place)}"
            state = f"UPDATE {within(after.schema, STATE)} SET table_name = {text(new.name)} "
            state += f"WHERE table_name = {text(old.name)}"
            found.append(LayoutChange(f"the table {old.name} is now {new.name}", (statement, state)))
    for old, new in pairs:
        if old is not None and new is None:
            found += _dropped_table(after.schema, old)
    for table in after.ordered():
        if table.name not in kept:
            found.append(LayoutChange(f"make the table {table.name}", (ddl.made_table(after, table),)))
    for table in after.tables:
        if (old_table := kept.get(table.name)) is None:
            for column in table.links:
                found.append(
                    LayoutChange(
                        f"make the links of {table.name}.{column.name}", tuple(ddl.made_links(after, table, column))
                    )
                )
            extras = [one for column in table.plain for one in ddl.column_extras(after, table, column)]
            if extras:
                found.append(LayoutChange(f"keys, checks and indexes of {table.name}", tuple(extras)))
        else:
            found += _columns(after, old_table, table)
    return found


def _dropped_table(schema: str, table: StoredTable) -> Iterator[LayoutChange]:
    for column in table.links:
        yield LayoutChange(
            f"drop the links of {table.name}.{column.name}", (f"DROP TABLE {within(schema, column.place)}",)
        )
    statements = (
        f"DROP TABLE {within(schema, table.place)} CASCADE",  # only foreign keys to it: its views are gone by then
        f"DELETE FROM {within(schema, STATE)} WHERE table_name = {text(table.name)}",
    )
    yield LayoutChange(
        f"drop the table {table.name}", statements, f"SELECT count(*) FROM {within(schema, table.place)}"
    )


def _columns(layout: MirrorLayout, old: StoredTable, new: StoredTable) -> Iterator[LayoutChange]:
    pairs = _paired(old.columns, new.columns, lambda column: (column.id, column.name))
    place = within(layout.schema, new.place)
    anew = False
    for before, after in pairs:
        if before is not None and (after is None or _is_another(before, after)):
            yield _dropped_column(layout, new, before, after)
    for before, after in pairs:
        if before is None or after is None or _is_another(before, after):
            continue
        if before.place != after.place:
            where = (
                f"ALTER TABLE {within(layout.schema, before.place)} RENAME TO"
                if after.linked
                else f"ALTER TABLE {place} RENAME COLUMN {quoted(before.place)} TO"
            )
            yield LayoutChange(f"{new.name}.{before.name} is now {after.name}", (f"{where} {quoted(after.place)}",))
        yield from _same_column(layout, new, before, after)
    for before, after in pairs:
        if after is not None and (before is None or _is_another(before, after)):
            anew = True
            statements = (
                list(ddl.made_links(layout, new, after))
                if after.linked
                else [*_added(place, ddl.column_definitions(after)), *ddl.column_extras(layout, new, after)]
            )
            yield LayoutChange(f"make {new.name}.{after.name}", tuple(statements))
    if bool(old.owned) != bool(new.owned):
        yield _owners(place, bool(new.owned))
    if anew or {c.name for c in old.owned} != {c.name for c in new.owned}:
        again = f"UPDATE {within(layout.schema, STATE)} SET token = NULL, scanned_at = NULL "
        again += f"WHERE table_name = {text(new.name)}"
        yield LayoutChange(f"the next pull reads {new.name} as a whole", (again,))


def _is_another(before: StoredColumn, after: StoredColumn) -> bool:
    """Whether the values of a column cannot stay: they are of another type, or lead to another table."""
    return (
        before.type != after.type
        or before.refers != after.refers
        or (before.refers and before.to != after.to and before.id == "")
    )


def _dropped_column(
    layout: MirrorLayout, table: StoredTable, before: StoredColumn, after: StoredColumn | None
) -> LayoutChange:
    what = (
        f"drop {table.name}.{before.name}" if after is None else f"{table.name}.{after.name} is no longer {before.type}"
    )
    if before.linked:
        place = within(layout.schema, before.place)
        return LayoutChange(what, (f"DROP TABLE {place}",), f"SELECT count(*) FROM {place}")
    place, name = within(layout.schema, table.place), quoted(before.place)
    beside = [quoted(before.microseconds)] if before.microseconds else []
    dropped = ", ".join(f"DROP COLUMN {one}" for one in (*beside, name))
    return LayoutChange(what, (f"ALTER TABLE {place} {dropped}",), f"SELECT count({name}) FROM {place}")


def _added(place: str, definitions: Iterable[str]) -> Iterator[str]:
    for definition in definitions:
        yield f"ALTER TABLE {place} ADD COLUMN {definition}"


def _same_column(
    layout: MirrorLayout, new: StoredTable, before: StoredColumn, after: StoredColumn
) -> Iterator[LayoutChange]:
    if after.linked:
        return
    place, name = within(layout.schema, new.place), quoted(after.place)
    if before.microseconds != after.microseconds:
        renamed = f"RENAME COLUMN {quoted(before.microseconds)} TO {quoted(after.microseconds)}"
        statements = (
            [f"ALTER TABLE {place} {renamed}"]
            if before.microseconds
            else [*_added(place, ddl.microseconds_definition(after))]
        )
        yield LayoutChange(f"the microseconds of {new.name}.{after.name}", tuple(statements))
    had, has = bool(before.options and before.kind == "select"), bool(after.options and after.kind == "select")
    if (before.options if had else ()) != (after.options if has else ()):
        statements = [f"ALTER TABLE {place} DROP CONSTRAINT IF EXISTS {quoted(ddl.check_name(before))}"] if had else []
        if has:
            statements += _unfit(layout, new, after)
            statements += ddl.options_check(layout, new, after)
        yield LayoutChange(f"the options of {new.name}.{after.name}", tuple(statements))
    elif had and ddl.check_name(before) != ddl.check_name(after):
        renamed = (
            f"ALTER TABLE {place} RENAME CONSTRAINT {quoted(ddl.check_name(before))} TO {quoted(ddl.check_name(after))}"
        )
        yield LayoutChange(f"the name of the check of {new.name}.{after.name}", (renamed,))
    if after.key and not before.key:
        index = f"CREATE INDEX IF NOT EXISTS {quoted(ddl.index_name(new, after))} ON {place} ({name})"
        yield LayoutChange(f"an index for the key {new.name}.{after.name}", (index,))


def _unfit(layout: MirrorLayout, table: StoredTable, column: StoredColumn) -> Iterator[str]:
    """Values that are no options any more go where unread cells are kept."""
    place, name = within(layout.schema, table.place), quoted(column.place)
    allowed = ", ".join(map(text, column.options))
    many = column.type.endswith("[]")
    misfit = f"NOT {name} <@ ARRAY[{allowed}]" if many else f"{name} NOT IN ({allowed})"
    shown = f"array_to_string({name}, ', ')" if many else name
    yield (
        f'INSERT INTO {within(layout.schema, UNREAD)} SELECT {text(table.name)}, "row", {text(column.name)}, {shown} '
        f"FROM {place} WHERE {misfit} ON CONFLICT DO NOTHING"
    )
    yield f"UPDATE {place} SET {name} = NULL WHERE {misfit}"


def _owners(place: str, owned: bool) -> LayoutChange:
    if owned:
        added = ", ".join(f"ADD COLUMN {one}" for one in ddl.owned_columns())
        return LayoutChange(f"programs may write {place}", (f"ALTER TABLE {place} {added}",))
    dropped = (
        f"ALTER TABLE {place} DROP COLUMN {quoted(SYNCED)}, DROP COLUMN {quoted(SENT)}, DROP COLUMN {quoted(DIRTY)}"
    )
    lost = f"SELECT count(*) FROM {place} WHERE {quoted(DIRTY)}"
    return LayoutChange(f"programs write nothing in {place} any more", (dropped,), lost)


def _paired(
    before: tuple[T, ...], after: tuple[T, ...], names: Callable[[T], tuple[str, str]]
) -> list[tuple[T | None, T | None]]:
    """Things with what they become: by their ids in Coda, where both have one, or by their names."""
    by_id = {names(one)[0]: one for one in before if names(one)[0]}
    by_name = {names(one)[1]: one for one in before}
    left = list(before)
    found: list[tuple[T | None, T | None]] = []
    for one in after:
        id, name = names(one)
        old = by_id.get(id) if id else None
        if old is None:
            named = by_name.get(name)
            # One of the same name with another id is another one.
            old = named if named is not None and (not id or not names(named)[0]) else None
        if old is not None and old in left:
            left.remove(old)
        else:
            old = None
        found.append((old, one))
    return [*found, *((one, None) for one in left)]


def known_ids(layout: MirrorLayout, other: MirrorLayout) -> MirrorLayout:
    """A layout with the ids that another one of the same names has, where it has none of its own."""
    tables = []
    for table in layout.tables:
        same = next((one for one in other.tables if one.name == table.name), None)
        columns = {one.name: one.id for one in same.columns} if same else {}
        tables.append(
            replace(
                table,
                id=table.id or (same.id if same else ""),
                columns=tuple(replace(one, id=one.id or columns.get(one.name, "")) for one in table.columns),
            )
        )
    known = {one.name: one.id for one in other.controls}
    controls = tuple(replace(one, id=one.id or known.get(one.name, "")) for one in layout.controls)
    return replace(layout, tables=tuple(tables), controls=controls)
