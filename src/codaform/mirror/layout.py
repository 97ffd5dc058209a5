"""How a doc is kept in PostgreSQL: a table for each table, a column for each column that is not computed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codaform.deploy.ids import Ids
from codaform.model.schema import SYSTEM_TYPES, UNSETTABLE, Column, Doc, Table, control_column
from codaform.sql.dialects import POSTGRES
from codaform.sql.relations import ROW, unused

ROW_ID, ROW_NAME, SYNCED, SENT, DIRTY = "row_id", "row_name", "synced", "sent", "dirty"
"""Columns of every table beside `row`: the row's id in Coda, and its display text there. Of tables with columns that
the mirror owns, also the values at which both stores last agreed, those that were sent to Coda since, and whether
somebody changed the row since."""

MICROSECONDS = {
    "timestamptz": "extract(epoch FROM {0} AT TIME ZONE 'UTC') * 1000000",
    "time": "extract(epoch FROM {0}) * 1000000",
    "numeric(18, 6)": "{0} * 1000000",
}
"""By the type of a column, its value in microseconds, since 1970 or midnight: exact, and immutable, so that PostgreSQL
can store it. Views read it several times a row, and each computation costs more than all other work on the row."""

LINK = "link"
"""The type of a column whose values are the rows of a table of links."""

_OWN = (ROW, ROW_ID, ROW_NAME, SYNCED, SENT, DIRTY, "not_given")
"""The names of columns that are not those of the doc."""

_SINGLE = {
    **dict.fromkeys(("text", "canvas", "select", "email", "link", "person", "created_by", "modified_by"), "text"),
    **dict.fromkeys(("number", "percent", "currency", "slider", "scale", "progress", "row_id"), "double precision"),
    **dict.fromkeys(("datetime", "created_on", "modified_on"), "timestamptz"),
    **dict.fromkeys(("image", "file", "pack_object", "other"), "jsonb"),
    **dict.fromkeys(("checkbox", "toggle"), "boolean"),
    "date": "date",
    "time": "time",
    "duration": "numeric(18, 6)",
    "relation": "bigint",
    "reaction": "text[]",
}

_PLAIN = {
    "created_on": "datetime",
    "modified_on": "datetime",
    "created_by": "person",
    "modified_by": "person",
    "row_id": "number",
}
"""The types of columns as which PostgreSQL has what Coda fills in by itself."""


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column in PostgreSQL.

    name: In the doc. place: Of the column in the database; of a list of relations, of its table of links.
    type: In SQL, or LINK. id: In Coda; empty where it is not known. to: The table of a relation, in the doc.
    microseconds: The column beside it with its moment, time or duration as a number, which formulas read; empty if it
    needs none.
    """

    name: str
    place: str
    type: str
    kind: str
    id: str = ""
    to: str = ""
    options: tuple[str, ...] = ()
    owner: str = "coda"
    key: bool = False
    about: str = ""
    microseconds: str = ""

    @property
    def linked(self) -> bool:
        """Whether its values are the rows of a table of links."""
        return self.type == LINK

    @property
    def refers(self) -> bool:
        """Whether its values are rows."""
        return bool(self.to)


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table in PostgreSQL. place: Its name there. view: That of the view with its computed columns. id: In Coda."""

    name: str
    place: str
    view: str
    columns: tuple[StoredColumn, ...]
    id: str = ""
    about: str = ""

    @property
    def owned(self) -> tuple[StoredColumn, ...]:
        """The columns that the mirror owns."""
        return tuple(column for column in self.columns if column.owner == "mirror")

    @property
    def key(self) -> StoredColumn | None:
        """The key column, if it has one value in a row."""
        return next((one for one in self.columns if one.key and not one.linked and not one.type.endswith("[]")), None)

    @property
    def plain(self) -> tuple[StoredColumn, ...]:
        """The columns that are columns of the table there, too."""
        return tuple(column for column in self.columns if not column.linked)

    @property
    def links(self) -> tuple[StoredColumn, ...]:
        """The columns with tables of links."""
        return tuple(column for column in self.columns if column.linked)


@dataclass(frozen=True, slots=True)
class MirrorLayout:
    """All tables, in a schema of PostgreSQL. steps: The schema of the views that the computed columns need.

    controls: Those with a value, each as a column would hold it; it has no place of its own.
    """

    schema: str
    tables: tuple[StoredTable, ...]
    controls: tuple[StoredColumn, ...] = ()

    @property
    def steps(self) -> str:
        """The schema of what computes the columns, step by step."""
        return f"{self.schema}_steps"

    def table(self, name: str) -> StoredTable:
        """The table of a name in the doc. Raises KeyError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def ordered(self) -> list[StoredTable]:
        """The tables, each behind those that its rows point to, as far as they do not point to each other."""
        found: dict[str, StoredTable] = {}

        def visit(table: StoredTable, above: tuple[str, ...]) -> None:
            if table.name in found or table.name in above:
                return
            for column in table.columns:
                if column.refers:
                    visit(self.table(column.to), (*above, table.name))
            found[table.name] = table

        for table in self.tables:
            visit(table, ())
        return list(found.values())


def schema_name(doc: Doc) -> str:
    """The usual name of the schema for a doc: `founder_hq` for Founder HQ."""
    plain = re.sub(r"[^a-z0-9]+", "_", doc.name.lower()).strip("_")
    return (plain if plain and not plain[0].isdigit() and not plain.startswith("pg_") else f"doc_{plain}")[:40]


def layout_of(doc: Doc, schema: str, ids: Ids) -> MirrorLayout:
    """How the tables of a doc are kept. ids: Those of its environment, as far as they are known."""
    taken: set[str] = {"codaform_mirror"}
    places = {name: unused(name, taken, POSTGRES.longest) for name in doc.tables}
    tables = []
    for name, table in doc.tables.items():
        view = unused(f"{places[name]}_computed", taken, POSTGRES.longest)
        columns = tuple(_with_microseconds(_columns(table, places[name], taken, ids)))
        tables.append(StoredTable(name, places[name], view, columns, ids.tables.get(name, ""), table.about))
    return MirrorLayout(schema, tuple(tables), tuple(_controls(doc, ids)))


def _controls(doc: Doc, ids: Ids) -> Iterator[StoredColumn]:
    for control in doc.controls.values():
        column = control_column(control)
        if control.kind not in UNSETTABLE:
            id, to = ids.controls.get(control.name, ""), control.to if column.kind == "relation" else ""
            yield StoredColumn(control.name, "", _sql_type(column), column.kind, id, to, column.options)


def _with_microseconds(columns: Iterator[StoredColumn]) -> Iterator[StoredColumn]:
    """Columns with the names of those beside them: the names of the doc come first."""
    found = [*columns]
    taken = {*_OWN, *(column.place.casefold() for column in found)}
    for column in found:
        needed = column.type in MICROSECONDS
        beside = unused(f"{column.place}_microseconds", taken, POSTGRES.longest) if needed else ""
        yield replace(column, microseconds=beside)


def _columns(table: Table, relation: str, taken: set[str], ids: Ids) -> Iterator[StoredColumn]:
    own = {*_OWN}
    for column in table.columns.values():
        if column.kind == "button" or (column.computed and column.kind not in SYSTEM_TYPES):
            continue
        typed = _sql_type(column)
        place = (
            unused(f"{relation}_{column.name}", taken, POSTGRES.longest)
            if typed == LINK
            else unused(column.name, own, POSTGRES.longest)
        )
        yield StoredColumn(
            column.name,
            place,
            typed,
            column.kind,
            ids.columns.get((table.name, column.name), ""),
            column.to if column.kind == "relation" else "",
            column.options,
            column.owner,
            column.key,
            column.about,
        )


def _sql_type(column: Column) -> str:
    single = _SINGLE[column.kind]
    if not column.many or single in ("jsonb", "text[]"):
        return single
    return LINK if column.kind == "relation" else f"{single}[]"


def stored_doc(doc: Doc) -> Doc:
    """The doc as PostgreSQL has it: what Coda fills in by itself is entered there."""

    def stored(column: Column) -> Column:
        return replace(column, kind=_PLAIN[column.kind]) if column.kind in _PLAIN else column

    tables = {
        name: replace(table, columns={one: stored(column) for one, column in table.columns.items()})
        for name, table in doc.tables.items()
    }
    return replace(doc, tables=tables)


def stored_as(column: Column) -> Column:
    """A column of a doc as PostgreSQL has it."""
    return replace(column, kind=_PLAIN.get(column.kind, column.kind))
