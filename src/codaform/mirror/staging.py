"""Rows of Coda in a temporary table, and the statements that bring a table of the mirror to their state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from codaform.mirror.layout import DIRTY, ROW_ID, ROW_NAME, SENT, SYNCED, MirrorLayout, StoredColumn, StoredTable
from codaform.mirror.names import PEOPLE, UNREAD, WAITING, quoted, text, within
from codaform.mirror.reading import ReadRow, Stored

_STAGED = "codaform_staged"
_ZERO = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class Staging:
    """The rows of a table that were read, in the transaction that is open."""

    def __init__(self, connection: Any, layout: MirrorLayout, table: StoredTable) -> None:
        self._connection = connection
        self._layout = layout
        self.table = table
        self.place = within(layout.schema, table.place)
        self._staged = {column.name: f"c{number}" for number, column in enumerate(table.columns)}
        self._count = 0
        columns = [f"{self._staged[column.name]} {_staged_type(column)}" for column in table.columns]
        fixed = ["seq bigint", "row_id text", "row_name text", "synced jsonb", "misfits jsonb"]
        self.run(f"CREATE TEMPORARY TABLE {_STAGED} ({', '.join([*fixed, *columns])}) ON COMMIT DROP")

    def run(self, statement: str, *values: Any) -> Any:
        """Run a statement."""
        return self._connection.execute(statement.encode(), values or None)

    def count(self) -> int:
        """How many different rows were read."""
        return int(self.run(f"SELECT count(DISTINCT row_id) FROM {_STAGED}").fetchone()[0])

    def clear(self) -> None:
        """Forget the rows."""
        self.run(f"TRUNCATE {_STAGED}")

    # ------------------------------------------------------------ in

    def add(self, rows: Sequence[ReadRow]) -> None:
        """Add rows that were read; one that comes twice counts as it came last."""
        columns = self.table.columns
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {_STAGED} FROM STDIN") as lines:
            for row in rows:
                self._count += 1
                cells = [_written(row.cells.get(column.name), column) for column in columns]
                synced = as_json(row.synced(self.table)) if self.table.owned else None
                lines.write_row((self._count, row.id, row.name, synced, as_json(row.misfits), *cells))
        people = [(name, email) for row in rows for name, email in row.people.items()]
        if people:
            place = within(self._layout.schema, PEOPLE)
            with self._connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {place} VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET email = excluded.email "
                    f"WHERE {place}.email IS DISTINCT FROM excluded.email".encode(),
                    sorted(dict(people).items()),
                )

    def settle(self) -> None:
        """Keep each row as it came last."""
        self.run(f"DELETE FROM {_STAGED} AS a USING {_STAGED} AS b WHERE a.row_id = b.row_id AND a.seq < b.seq")
        self.run(f"CREATE INDEX ON {_STAGED} (row_id)")
        self.run(f"ANALYZE {_STAGED}")

    def misfits(self) -> dict[str, int]:
        """By column, how many of the rows have a value that does not fit."""
        counted = f"SELECT key, count(*) FROM {_STAGED}, jsonb_object_keys(misfits) AS m(key) GROUP BY key ORDER BY key"
        return dict(self.run(counted).fetchall())

    # ------------------------------------------------------------ out

    def adopt(self) -> None:
        """Rows that a program made and that Coda has by now are the same rows: found by their key, or, where nobody
        knows whether they arrived, by what was sent."""
        if not self.table.owned:
            return
        key = self.table.key
        if key is not None and not key.refers:
            self._adopt_by_key(key)
        # Of equal rows, each gets one.
        self.run(
            f'WITH sent AS (SELECT "row", {SENT}, row_number() OVER (PARTITION BY {SENT} ORDER BY "row") AS n '
            f"FROM {self.place} AS t WHERE {SYNCED} IS NULL AND {SENT} IS NOT NULL AND NOT EXISTS "
            f"(SELECT 1 FROM {_STAGED} AS s WHERE s.row_id = t.{ROW_ID})), "
            "new AS (SELECT row_id, synced, row_number() OVER (PARTITION BY synced ORDER BY seq) AS n "
            f"FROM {_STAGED} AS s WHERE NOT EXISTS (SELECT 1 FROM {self.place} AS o WHERE o.{ROW_ID} = s.row_id)) "
            f"UPDATE {self.place} AS t SET {ROW_ID} = new.row_id, {SYNCED} = '{{}}' FROM sent JOIN new "
            f'ON new.synced = sent.{SENT} AND new.n = sent.n WHERE t."row" = sent."row"'
        )

    def _adopt_by_key(self, key: StoredColumn) -> None:
        name, staged = quoted(key.place), self._staged[key.name]
        self.run(
            f"UPDATE {self.place} AS t SET {ROW_ID} = s.row_id, {SYNCED} = coalesce(t.{SYNCED}, '{{}}') "
            f"FROM (SELECT DISTINCT ON ({staged}) {staged}, row_id FROM {_STAGED} AS n WHERE NOT EXISTS "
            f"(SELECT 1 FROM {self.place} AS o WHERE o.{ROW_ID} = n.row_id) ORDER BY {staged}, seq) AS s "
            f"WHERE t.{ROW_ID} IS NULL AND t.{name} = s.{staged}"
        )

    def upsert(self) -> int:
        """Change and add rows; the cells that a program changed stay. Returns how many rows are another by now."""
        plain = [column for column in self.table.plain if column.to != self.table.name]
        changed = self._update(plain, "NOT t.dirty" if self.table.owned else "")
        if self.table.owned:
            changed += self._update([one for one in plain if one.owner != "mirror"], f"t.{DIRTY}", synced=False)
        changed += self._insert(plain)
        for column in self.table.plain:
            if column.to == self.table.name:
                # By now all rows are there that rows of the same table lead to.
                self._update([column], "NOT t.dirty" if column.owner == "mirror" else "", synced=False)
        for column in self.table.links:
            self.link(column, "NOT t.dirty" if column.owner == "mirror" else "")
        self._unread()
        self._wait()
        return changed

    def _update(self, columns: Sequence[StoredColumn], only: str, synced: bool = True) -> int:
        pairs = [(quoted(ROW_NAME), "s.row_name"), *((quoted(one.place), self.value(one)) for one in columns)]
        if self.table.owned and synced:
            pairs += [(quoted(SYNCED), "s.synced")]
        ours, theirs = ", ".join(f"t.{name}" for name, _ in pairs), ", ".join(value for _, value in pairs)
        sets = ", ".join(f"{name} = {value}" for name, value in pairs)
        condition = f"t.{ROW_ID} = s.row_id AND ROW({ours}) IS DISTINCT FROM ROW({theirs})"
        source = f"{_STAGED} AS s {self._joins(columns)}"
        where = f"{condition} AND {only}" if only else condition
        return int(self.run(f"UPDATE {self.place} AS t SET {sets} FROM {source} WHERE {where}").rowcount)

    def _insert(self, columns: Sequence[StoredColumn]) -> int:
        names = [ROW_ID, ROW_NAME, *(one.place for one in columns), *([SYNCED] if self.table.owned else [])]
        values = ["s.row_id", "s.row_name", *map(self.value, columns), *(["s.synced"] if self.table.owned else [])]
        return int(
            self.run(
                f"INSERT INTO {self.place} ({', '.join(map(quoted, names))}) SELECT {', '.join(values)} "
                f"FROM {_STAGED} AS s {self._joins(columns)} "
                f"WHERE NOT EXISTS (SELECT 1 FROM {self.place} AS t WHERE t.{ROW_ID} = s.row_id) ORDER BY s.seq"
            ).rowcount
        )

    def value(self, column: StoredColumn) -> str:
        """A staged cell as the column has it."""
        return f'x{self._staged[column.name]}."row"' if column.refers else f"s.{self._staged[column.name]}"

    def _joins(self, columns: Iterable[StoredColumn]) -> str:
        """The rows that relations lead to."""
        joins = []
        for column in columns:
            if column.refers:
                staged = self._staged[column.name]
                joins.append(f"LEFT JOIN {self._target(column)} AS x{staged} ON x{staged}.{ROW_ID} = s.{staged}")
        return " ".join(joins)

    def _target(self, column: StoredColumn) -> str:
        return within(self._layout.schema, self._layout.table(column.to).place)

    def take(self, column: StoredColumn, rows: Sequence[int]) -> None:
        """Give rows the value of Coda in a column."""
        if column.linked:
            self.link(column, 't."row" = ANY(%s)', list(rows))
            return
        self.run(
            f"UPDATE {self.place} AS t SET {quoted(column.place)} = {self.value(column)} "
            f'FROM {_STAGED} AS s {self._joins([column])} WHERE t.{ROW_ID} = s.row_id AND t."row" = ANY(%s)',
            list(rows),
        )

    def link(self, column: StoredColumn, only: str, *values: Any) -> None:
        """Give rows the links of Coda."""
        links, staged = within(self._layout.schema, column.place), self._staged[column.name]
        where = f"t.{ROW_ID} = s.row_id" + (f" AND {only}" if only else "")
        self.run(
            f'DELETE FROM {links} AS l USING {self.place} AS t, {_STAGED} AS s WHERE l."row" = t."row" AND {where}',
            *values,
        )
        self.run(
            f'INSERT INTO {links} SELECT t."row", u.place, x."row" FROM {self.place} AS t, {_STAGED} AS s, '
            f"unnest(s.{staged}) WITH ORDINALITY AS u(id, place), {self._target(column)} AS x "
            f"WHERE {where} AND x.{ROW_ID} = u.id",
            *values,
        )

    def _unread(self) -> None:
        place, name = within(self._layout.schema, UNREAD), text(self.table.name)
        self.run(
            f"DELETE FROM {place} AS u USING {self.place} AS t, {_STAGED} AS s "
            f'WHERE u.table_name = {name} AND u."row" = t."row" AND t.{ROW_ID} = s.row_id'
        )
        self.run(
            f'INSERT INTO {place} SELECT {name}, t."row", m.key, m.value FROM {self.place} AS t '
            f"JOIN {_STAGED} AS s ON t.{ROW_ID} = s.row_id, jsonb_each_text(s.misfits) AS m"
        )

    # ------------------------------------------------------------ relations to rows that are not there

    def _wait(self) -> None:
        place, name = within(self._layout.schema, WAITING), text(self.table.name)
        self.run(
            f"DELETE FROM {place} AS w USING {self.place} AS t, {_STAGED} AS s "
            f'WHERE w.table_name = {name} AND w."row" = t."row" AND t.{ROW_ID} = s.row_id'
        )
        for column in self.table.columns:
            if not column.refers:
                continue
            staged = self._staged[column.name]
            each = f"unnest(s.{staged}) WITH ORDINALITY" if column.linked else f"LATERAL (VALUES (s.{staged}, 1))"
            self.run(
                f'INSERT INTO {place} SELECT {name}, t."row", {text(column.name)}, u.place, {text(column.to)}, u.id '
                f"FROM {self.place} AS t JOIN {_STAGED} AS s ON t.{ROW_ID} = s.row_id, {each} AS u(id, place) "
                f"WHERE u.id IS NOT NULL AND NOT EXISTS "
                f"(SELECT 1 FROM {self._target(column)} AS x WHERE x.{ROW_ID} = u.id)"
            )

    def arrived(self) -> None:
        """Relations that waited for rows of this table lead to them by now."""
        place = within(self._layout.schema, WAITING)
        there = f"w.target_table = {text(self.table.name)} AND x.{ROW_ID} = w.target_id"
        waiting = self.run(
            f"SELECT DISTINCT w.table_name, w.column_name FROM {place} AS w JOIN {self.place} AS x ON {there}"
        ).fetchall()
        for owner, name in waiting:
            table = self._layout.table(owner)
            column = next(one for one in table.columns if one.name == name)
            mine = f"{there} AND w.table_name = {text(owner)} AND w.column_name = {text(name)}"
            if column.linked:
                self.run(
                    f'INSERT INTO {within(self._layout.schema, column.place)} SELECT w."row", w.place, x."row" '
                    f"FROM {place} AS w, {self.place} AS x WHERE {mine} ON CONFLICT DO NOTHING"
                )
            else:
                cell = f"t.{quoted(column.place)}"
                self.run(
                    f'UPDATE {within(self._layout.schema, table.place)} AS t SET {quoted(column.place)} = x."row" '
                    f'FROM {place} AS w, {self.place} AS x WHERE {mine} AND t."row" = w."row" AND {cell} IS NULL'
                )
            self.run(f"DELETE FROM {place} AS w USING {self.place} AS x WHERE {mine}")

    # ------------------------------------------------------------ rows that are gone

    def missing(self) -> list[tuple[int, str, bool]]:
        """The rows that were not read: their numbers, ids, and whether a program changed them."""
        known = f"AND t.{SYNCED} IS NOT NULL" if self.table.owned else ""
        dirty = f"t.{DIRTY}" if self.table.owned else "false"
        found = self.run(
            f'SELECT t."row", t.{ROW_ID}, {dirty} FROM {self.place} AS t WHERE t.{ROW_ID} IS NOT NULL {known} '
            f"AND NOT EXISTS (SELECT 1 FROM {_STAGED} AS s WHERE s.row_id = t.{ROW_ID})"
        )
        return list(found.fetchall())

    def delete(self, rows: Sequence[int]) -> None:
        """Delete rows, and what is noted about them."""
        for place in (UNREAD, WAITING):
            self.run(
                f'DELETE FROM {within(self._layout.schema, place)} WHERE table_name = %s AND "row" = ANY(%s)',
                self.table.name,
                list(rows),
            )
        self.run(f'DELETE FROM {self.place} WHERE "row" = ANY(%s)', list(rows))

    def dirty(self) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """The rows among those read that a program changed: their numbers, ids, and Coda's canonical values."""
        yield from self.run(
            f'SELECT t."row", t.{ROW_ID}, s.synced FROM {self.place} AS t JOIN {_STAGED} AS s ON t.{ROW_ID} = s.row_id '
            f'WHERE t.{DIRTY} ORDER BY t."row" FOR UPDATE OF t'  # a program may write them at this moment
        ).fetchall()


def _staged_type(column: StoredColumn) -> str:
    if column.linked:
        return "text[]"
    return "text" if column.refers else column.type


def _written(value: Any, column: StoredColumn) -> Any:
    if isinstance(value, Stored):
        return as_json(value.value)
    if column.type == "jsonb" and value is not None:
        return as_json([item.value if isinstance(item, Stored) else item for item in value])
    return value


def as_json(value: Any) -> str:
    """JSON that PostgreSQL can hold: without the one character that it cannot."""
    return _ZERO.sub(r"\1\\ufffd", json.dumps(value, ensure_ascii=True, default=str))
