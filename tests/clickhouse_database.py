"""ClickHouse as a database of tests: what `sql.engine` asks of one, over chdb, which is ClickHouse in this process."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql import engine
from codaform.sql.dialects import CLICKHOUSE
from codaform.sql.engine import Computed, GivenColumn
from codaform.sql.frames import column, table
from codaform.sql.kinds import type_name
from codaform.sql.trees import NOTATION

_FIRST_DAY = date(1970, 1, 1)


@contextmanager
def opened() -> Iterator[Any]:
    """A session of an empty database, which goes away. A value of two types is an error there, as in older versions."""
    from chdb.session import Session

    with Session() as session:
        session.query("SET use_variant_as_common_type = 0")
        yield session


def compute(book: Workbook, needs: Graph, wanted: Collection[GraphNode]) -> Computed:
    """The values of columns; cells that SQL does not give are the row-wise engine's."""
    with opened() as session:
        return engine.compute(book, needs, wanted, Clickhouse(session))


class Clickhouse:
    """A database in a folder that goes away."""

    dialect = CLICKHOUSE

    def __init__(self, session: Any) -> None:
        self.session = session

    def index(self, relation: str, name: str) -> None:
        """Nothing: what ClickHouse joins is not found by an index."""

    def keep(self, relation: str, select: exp.Select) -> None:
        """Make a table of what a SELECT finds."""
        name = CLICKHOUSE.sql(table(relation))
        self.session.query(f"CREATE TABLE {name} ENGINE = Memory AS {CLICKHOUSE.sql(select)}")

    def read(self, select: exp.Select) -> Iterator[Sequence[Any]]:
        """The lines that a SELECT finds."""
        found = str(self.session.query(CLICKHOUSE.sql(select), "JSONCompactEachRowWithNamesAndTypes"))
        _, kinds, *lines = (json.loads(line) for line in found.splitlines())
        return iter([[_read(value, kind) for value, kind in zip(line, kinds, strict=True)] for line in lines])

    def insert(self, relation: str, columns: Sequence[GivenColumn]) -> None:
        """Make a table of given values."""
        name = CLICKHOUSE.sql(table(relation))
        defined = (
            exp.ColumnDef(this=column(one).this, kind=exp.DataType.build(type_name(kind), dialect=NOTATION))
            for one, kind, _ in columns
        )
        self.session.query(f"CREATE TABLE {name} ({', '.join(map(CLICKHOUSE.sql, defined))}) ENGINE = Memory")
        lines = list(zip(*([_held(value) for value in values] for _, _, values in columns), strict=True))
        given = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        if lines:
            self.session.query(f"INSERT INTO {name} FORMAT JSONCompactEachRow\n{given}")


def _read(value: Any, kind: str) -> Any:
    """A value from JSON, where a whole number has no point."""
    if isinstance(value, list):
        return [_read(item, kind) for item in value]
    return float(value) if value is not None and "Float64" in kind else value


def _held(value: Any) -> Any:
    """A value as JSON has it."""
    match value:
        case date():
            return (value - _FIRST_DAY).days
        case list():
            return [_held(item) for item in value]
    return value
