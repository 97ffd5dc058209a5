"""SQLite as a database of tests: what `sql.engine` asks of one, over Python's sqlite3."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import date
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql import engine
from codaform.sql.dialects import SQLITE
from codaform.sql.engine import Computed, GivenColumn
from codaform.sql.frames import column, table
from codaform.sql.kinds import type_name
from codaform.sql.trees import NOTATION

_FIRST_DAY = date(1970, 1, 1)


def compute(book: Workbook, needs: Graph, wanted: Collection[GraphNode]) -> Computed:
    """The values of columns; cells that SQL does not give are the row-wise engine's."""
    with closing(sqlite3.connect(":memory:")) as connection:
        return engine.compute(book, needs, wanted, Sqlite(connection))


class Sqlite:
    """A database in memory."""

    dialect = SQLITE

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def index(self, relation: str, name: str) -> None:
        """Nothing: SQLite makes an index of its own while it joins."""

    def keep(self, relation: str, select: exp.Select) -> None:
        """Make a table of what a SELECT finds."""
        self.connection.execute(f"CREATE TABLE {SQLITE.sql(table(relation))} AS {SQLITE.sql(select)}")

    def read(self, select: exp.Select) -> Iterator[Sequence[Any]]:
        """The lines that a SELECT finds."""
        return iter(self.connection.execute(SQLITE.sql(select)).fetchall())

    def insert(self, relation: str, columns: Sequence[GivenColumn]) -> None:
        """Make a table of given values."""
        name = SQLITE.sql(table(relation))
        defined = (
            exp.ColumnDef(this=column(one).this, kind=exp.DataType.build(type_name(kind), dialect=NOTATION))
            for one, kind, _ in columns
        )
        self.connection.execute(f"CREATE TABLE {name} ({', '.join(map(SQLITE.sql, defined))})")
        lines = zip(*([_held(value) for value in values] for _, _, values in columns), strict=True)
        places = ", ".join("?" * len(columns))
        self.connection.executemany(f"INSERT INTO {name} VALUES ({places})", lines)


def _held(value: Any) -> Any:
    """A value as SQLite keeps it."""
    match value:
        case date():
            return (value - _FIRST_DAY).days
        case list():
            return json.dumps([_held(item) for item in value], ensure_ascii=False, separators=(",", ":"))
    return value
