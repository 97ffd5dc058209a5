"""DuckDB computes the columns of a doc."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.extras import require
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql import engine
from codaform.sql.dialects import DUCKDB
from codaform.sql.engine import Computed, GivenColumn
from codaform.sql.engine_error import EngineError
from codaform.sql.entered_rows import EnteredRows
from codaform.sql.frames import column, table
from codaform.sql.kinds import type_name


def compute(book: Workbook, needs: Graph, wanted: Collection[GraphNode], rows: EnteredRows | None = None) -> Computed:
    """The values of columns; cells that SQL does not give are the row-wise engine's.

    rows: The rows; by default those of the book. Raises EngineError, and MissingExtra without DuckDB.
    """
    require("duckdb")
    import duckdb

    try:
        with duckdb.connect(":memory:") as connection:
            return engine.compute(book, needs, wanted, DuckDb(connection), rows)
    except (duckdb.Error, MemoryError) as fault:
        raise stopped(fault) from fault


def stopped(fault: BaseException) -> EngineError:
    """The error for a fault that stopped DuckDB."""
    if isinstance(fault, MemoryError):
        return EngineError("DuckDB ran out of memory; --engine rows computes the same")
    return EngineError(f"DuckDB stopped: {str(fault).strip().splitlines()[0]}; --engine rows computes the same")


_AT_ONCE = 10_000


class DuckDb:
    """A database in memory."""

    dialect = DUCKDB

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.run("SET enable_progress_bar = false")  # it would be on stdout, behind two seconds

    def run(self, statement: str) -> Any:
        """Run a statement."""
        return self.connection.execute(statement)

    def index(self, relation: str, name: str) -> None:
        """Nothing: DuckDB finds rows by the days of a range, or by sorting both sides."""

    def keep(self, relation: str, select: exp.Select) -> None:
        """Make a temporary table of the rows that a SELECT finds."""
        self.run(f"CREATE OR REPLACE TEMPORARY TABLE {_sql(table(relation))} AS {_sql(select)}")

    def read(self, select: exp.Select) -> Iterator[Sequence[Any]]:
        """The lines that a SELECT finds, as they are found: one result is read at a time."""
        found = self.run(_sql(select))
        while lines := found.fetchmany(_AT_ONCE):
            yield from lines

    def insert(self, relation: str, columns: Sequence[GivenColumn]) -> None:
        """Make a table of given values."""
        typed = ", ".join(f"{_sql(column(name))} {type_name(kind)}" for name, kind, _ in columns)
        self.run(f"CREATE TABLE {_sql(table(relation))} ({typed})")
        self.connection.register("given rows", arrow_table(columns))
        self.run(f'INSERT INTO {_sql(table(relation))} SELECT * FROM "given rows"')
        self.connection.unregister("given rows")


_ARROW: dict[Type, str] = {
    types.NUMBER: "float64",
    types.BOOLEAN: "bool",
    types.DATE: "date32",
    types.DATETIME: "int64",
    types.TIME: "int64",
    types.DURATION: "int64",
}


def arrow_table(columns: Sequence[GivenColumn]) -> Any:
    """Given columns in Arrow, with the names `c0`, `c1` and so on."""
    import pyarrow

    arrays = [
        pyarrow.array(values, arrow_type(kind)) if isinstance(values, list) else values for _, kind, values in columns
    ]
    return pyarrow.table(arrays, names=[f"c{number}" for number in range(len(columns))])


def arrow_type(kind: Type) -> Any:
    """The type of encoded values in Arrow."""
    import pyarrow

    if isinstance(kind, ListOf):
        return pyarrow.list_(arrow_type(kind.item))
    if isinstance(kind, RowOf):
        return pyarrow.int64()
    return pyarrow.type_for_alias(_ARROW.get(kind, "string"))


def _sql(tree: exp.Expr) -> str:
    return DUCKDB.sql(tree)
