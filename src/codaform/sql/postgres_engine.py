"""A PostgreSQL server computes the columns of a doc, in temporary tables of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.extras import require
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql import engine
from codaform.sql.dialects import POSTGRES
from codaform.sql.engine import Computed, GivenColumn
from codaform.sql.engine_error import EngineError
from codaform.sql.frames import column, table
from codaform.sql.kinds import type_name
from codaform.sql.trees import NOTATION


def compute(book: Workbook, needs: Graph, wanted: Collection[GraphNode], server: str = "") -> Computed:
    """The values of columns; cells that SQL does not give are the row-wise engine's. Nothing stays on the server.

    server: What libpq connects to, besides PGHOST, PGPORT and the like. Raises EngineError, and MissingExtra.
    """
    require("postgres")
    import psycopg

    try:
        with psycopg.connect(server) as connection:
            found = engine.compute(book, needs, wanted, Postgres(connection))
            connection.rollback()
            return found
    except psycopg.Error as fault:
        first = next(iter(str(fault).strip().splitlines()), type(fault).__name__)
        raise EngineError(f"PostgreSQL stopped: {first}; --engine rows computes the same") from fault
    except MemoryError:
        raise EngineError("there is not enough memory for PostgreSQL's answer; --engine rows needs less") from None


class Postgres:
    """Temporary tables of a connection, in the transaction that is open."""

    dialect = POSTGRES

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.indexed: set[tuple[str, str]] = set()
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise EngineError(f"the database keeps texts as {encoding}; codaform needs one that keeps them as UTF8")
        # Temporary tables are not analyzed by themselves. Numbers are written with all their digits.
        self.run("SET LOCAL extra_float_digits = 1")

    def run(self, statement: str) -> Any:
        """Run a statement."""
        return self.connection.execute(statement)

    def index(self, relation: str, name: str) -> None:
        """Make an index of a column, once."""
        if (relation, name) not in self.indexed:
            self.indexed.add((relation, name))
            self.run(f"CREATE INDEX ON {POSTGRES.sql(table(relation))} ({POSTGRES.sql(column(name))})")

    def keep(self, relation: str, select: exp.Select) -> None:
        """Make a temporary table of the rows that a SELECT finds."""
        name = POSTGRES.sql(table(relation))
        self.run(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {POSTGRES.sql(select)}")
        self.run(f"ANALYZE {name}")

    def read(self, select: exp.Select) -> Iterator[Sequence[Any]]:
        """The lines that a SELECT finds."""
        return iter(self.run(POSTGRES.sql(select)))

    def insert(self, relation: str, columns: Sequence[GivenColumn]) -> None:
        """Make a table of given values."""
        name = POSTGRES.sql(table(relation))
        defined = [
            exp.ColumnDef(this=column(one).this, kind=exp.DataType.build(type_name(kind), dialect=NOTATION))
            for one, kind, _ in columns
        ]
        typed = ", ".join(POSTGRES.sql(one) for one in defined)
        self.run(f"CREATE TEMPORARY TABLE {name} ({typed}) ON COMMIT DROP")
        with self.connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as lines:
            for line in zip(*(values for _, _, values in columns), strict=True):
                lines.write_row(line)
        self.run(f"ANALYZE {name}")
