"""A PostgreSQL server computes the columns of a doc, in temporary tables of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from io import RawIOBase
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.extras import require
from codaform.model.types import ListOf
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql import engine
from codaform.sql.dialects import POSTGRES
from codaform.sql.duckdb_engine import arrow_table
from codaform.sql.engine import Computed, GivenColumn
from codaform.sql.engine_error import EngineError
from codaform.sql.entered_rows import EnteredRows
from codaform.sql.frames import column, table
from codaform.sql.kinds import type_name
from codaform.sql.trees import NOTATION


def compute(
    book: Workbook,
    needs: Graph,
    wanted: Collection[GraphNode],
    server: str = "",
    rows: EnteredRows | None = None,
) -> Computed:
    """The values of columns; cells that SQL does not give are the row-wise engine's. Nothing stays on the server.

    server: What libpq connects to, besides PGHOST, PGPORT and the like. rows: The rows; by default those of the book.
    Raises EngineError, and MissingExtra.
    """
    require("postgres")
    import psycopg

    try:
        with psycopg.connect(server) as connection:
            found = engine.compute(book, needs, wanted, Postgres(connection), rows)
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
        if any(isinstance(kind, ListOf) or isinstance(values, list) for _, kind, values in columns):
            self.copy_lines(name, columns)
        else:
            self.copy_arrays(name, columns)
        self.run(f"ANALYZE {name}")

    def copy_lines(self, name: str, columns: Sequence[GivenColumn]) -> None:
        """Fill a table line by line."""
        with self.connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as lines:
            plain = (values if isinstance(values, list) else values.to_pylist() for _, _, values in columns)
            for line in zip(*plain, strict=True):
                lines.write_row(line)

    def copy_arrays(self, name: str, columns: Sequence[GivenColumn]) -> None:
        """Fill a table with arrays, as the CSV that pyarrow writes."""
        from pyarrow.csv import CSVWriter, WriteOptions

        given, options = arrow_table(columns), WriteOptions(include_header=False)
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv)") as lines,
            CSVWriter(_Sink(lines), given.schema, write_options=options) as writer,
        ):
            writer.write_table(given)


class _Sink(RawIOBase):
    """A COPY as a file that is written."""

    def __init__(self, lines: Any) -> None:
        super().__init__()
        self.lines = lines

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Send some bytes."""
        self.lines.write(bytes(data))
        return len(data)
