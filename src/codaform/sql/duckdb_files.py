"""DuckDB computes tables that are in files of Parquet or CSV, and writes them with their computed columns.

No row comes to this program. DuckDB writes data that is too large for its memory to a folder, which is deleted at the
end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.extras import require
from codaform.files import filled_folder
from codaform.model import types
from codaform.model.types import ListOf, Type
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql.csv_cells import CsvTables
from codaform.sql.dialects import DUCKDB
from codaform.sql.dialects.dialect import placed, written
from codaform.sql.duckdb_csv import WORDS, texts
from codaform.sql.duckdb_engine import DuckDb, stopped
from codaform.sql.engine_error import EngineError
from codaform.sql.frames import column, named, table
from codaform.sql.plan import Group, SqlPlan, make_plan
from codaform.sql.relations import ROW
from codaform.sql.whole_tables import (
    FileTypes,
    TargetFolder,
    WrittenTables,
    are_csv,
    check_header,
    is_numbered,
    read_tables,
    whole_table,
)


def compute_files(
    book: Workbook,
    needs: Graph,
    wanted: Collection[GraphNode],
    inputs: Mapping[str, Sequence[str]],
    target: TargetFolder,
    memory: str = "",
) -> WrittenTables:
    """Compute columns of tables in files, and write all tables that have files.

    book: The doc, without rows. inputs: The files of tables, as paths and patterns that DuckDB reads.
    memory: The most memory, such as `2GB`; by default DuckDB's own limit.
    Raises EngineError, MissingExtra, and OSError where nothing can be written; then nothing is.
    """
    require("duckdb")
    import duckdb

    with TemporaryDirectory(prefix="codaform-duckdb-") as scratch, filled_folder(target.folder, target.root) as fresh:
        settings: dict[str, Any] = {"temp_directory": scratch} | ({"memory_limit": memory} if memory else {})
        try:
            with duckdb.connect(Path(scratch) / "tables.db", config=settings) as connection:
                work = _Work(book, _OnDisk(connection), inputs)
                return work.write(needs, wanted, {name: fresh / file for name, file in target.names.items()})
        except (duckdb.Error, MemoryError) as fault:
            raise stopped(fault) from fault


class _OnDisk(DuckDb):
    """Tables in a file."""

    def keep(self, relation: str, select: exp.Select) -> None:
        """Make a table of the rows that a SELECT finds."""
        self.run(f"CREATE TABLE {DUCKDB.sql(table(relation))} AS {DUCKDB.sql(select)}")


@dataclass
class _Work:
    book: Workbook
    database: DuckDb
    inputs: Mapping[str, Sequence[str]]

    def write(self, needs: Graph, wanted: Collection[GraphNode], places: Mapping[str, Path]) -> WrittenTables:
        """Compute all, and write the tables to their places."""
        found = WrittenTables()
        plan = make_plan(self.book, needs, wanted, DUCKDB, everything=True)
        given = read_tables(plan, self.inputs)
        headers = {name: self.read_texts(name) for name in given if are_csv(name, self.inputs[name])}
        written = CsvTables(WORDS, plan, {name: header for name, (header, _) in headers.items()})
        for name, (_, rows) in headers.items():
            self.make(written.relations[name], rows)
        for name in given:
            if name not in headers:
                self.load(plan, name)
        for name in headers:
            self.make(plan.entered[name].relation, written.entered(name))
        for name in headers:
            self.database.run(f"DROP TABLE {DUCKDB.sql(table(written.relations[name]))}")
        for step in plan.steps:
            if isinstance(step, Group):
                self.database.keep(step.relation, step.select)
        for name in self.inputs:
            self.put(plan, name, places[name], found)
        found.left = plan.left
        return found

    def make(self, relation: str, select: exp.Select) -> None:
        """Make a table of the rows that a SELECT finds."""
        self.database.keep(relation, select)

    def read_texts(self, name: str) -> tuple[list[str], exp.Select]:
        """The columns of a table's CSV files, and their rows as texts. Raises EngineError."""
        found = "SELECT file FROM glob(?) ORDER BY 1"
        files = [file for given in self.inputs[name] for (file,) in self.ask(found, given)]
        if not files:
            raise EngineError(f"there is no file {' or '.join(self.inputs[name])}")
        described = f"DESCRIBE SELECT * FROM read_csv(?, {_HEADER})"
        names = [[line[0] for line in self.ask(described, file)] for file in files]
        check_header(self.book.doc.tables[name], names)
        return names[0], texts(list(zip(files, names, strict=True)), 0)

    def load(self, plan: SqlPlan, name: str) -> None:
        """A view of the entered cells of a table, with the types of their columns."""
        files = list(self.inputs[name])
        have = {line[0]: line[1] for line in self.ask("DESCRIBE SELECT * FROM read_parquet(?)", files)}
        if is_numbered(plan, name, have, ("INTEGER", "BIGINT")):
            number: exp.Expr = exp.cast(column(ROW), "BIGINT")
        else:
            number = self.place(files)
        select = exp.select(named(number, ROW)).from_(_given(files))
        _FILE_TYPES.select(select, plan, name, have)
        self.database.run(f"CREATE VIEW {DUCKDB.sql(table(plan.entered[name].relation))} AS {DUCKDB.sql(select)}")

    def ask(self, statement: str, files: list[str] | str) -> list[Any]:
        """The lines of a question about files."""
        found: list[Any] = self.database.connection.execute(statement, [files]).fetchall()
        return found

    def place(self, files: list[str]) -> exp.Expr:
        """The place of a row: files in the order of their names, and rows as each file has them."""
        counts = self.ask("SELECT file_name, num_rows FROM parquet_file_metadata(?) ORDER BY file_name", files)
        start, cases = 0, []
        for file, count in counts:
            test = exp.EQ(this=column("filename"), expression=exp.Literal.string(file))
            cases.append(exp.If(this=test, true=exp.Literal.number(start)))
            start += count
        first: exp.Expr = exp.Case(ifs=cases) if len(cases) > 1 else exp.Literal.number(0)
        return exp.cast(exp.Add(this=first, expression=column("file_row_number")), "BIGINT")

    def put(self, plan: SqlPlan, name: str, path: Path, found: WrittenTables) -> None:
        """Write a table, and count the cells that SQL does not give."""
        select, flags = whole_table(plan, name, _as_file)
        found.rows[name], *counts = self.database.run(
            f"SELECT count(*){''.join(f', count(*) FILTER ({DUCKDB.sql(flag)})' for flag in flags.values())} "
            f"FROM ({DUCKDB.sql(select)}) AS {DUCKDB.sql(table('counted'))}"
        ).fetchone()
        found.flagged |= {node: count for node, count in zip(flags, counts, strict=True) if count}
        kept = exp.select(
            exp.Star(except_=[exp.to_identifier(flag.name, quoted=True) for flag in flags.values()] or None)
        ).from_(select.subquery("whole"))
        name_of_file = DUCKDB.sql(exp.Literal.string(str(path)))
        self.database.run(f"COPY ({DUCKDB.sql(kept)}) TO {name_of_file} (FORMAT parquet)")


def _given(files: Sequence[str]) -> exp.Expr:
    """The rows of files, each with its place in its file."""
    listed = exp.Array(expressions=[exp.Literal.string(file) for file in files])
    flags = [
        exp.PropertyEQ(this=exp.to_identifier(name), expression=exp.true()) for name in ("file_row_number", "filename")
    ]
    return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[listed, *flags]))


_HEADER = "header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', skip = 0"
"""So that DuckDB finds out nothing but the names of the columns."""

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


_FILE_TYPES = FileTypes(
    "duckdb",
    _WHOLE,
    {
        types.NUMBER: {
            **dict.fromkeys((*_WHOLE, "FLOAT", "DECIMAL"), "CAST(a AS DOUBLE)"),
            "DOUBLE": "CASE WHEN isfinite(a) THEN a END",
        },
        types.TEXT: {"VARCHAR": "nullif(a, '')"},
        types.PERSON: {"VARCHAR": "nullif(a, '')"},
        types.BOOLEAN: {"BOOLEAN": "a"},
        types.DATE: {"DATE": "CASE WHEN a BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN a END"},
        types.DATETIME: {"TIMESTAMP WITH TIME ZONE": "epoch_us(a)"},
        types.TIME: {"BIGINT": "a"},
        types.DURATION: {"BIGINT": "a"},
    },
    {
        types.NUMBER: "any type of numbers",
        types.DATETIME: "a timestamp with a zone",
        types.TIME: "BIGINT, as microseconds since midnight",
        types.DURATION: "BIGINT, as microseconds",
    },
    items=lambda held: held.removesuffix("[]") if held.endswith("[]") else "",
    each="list_transform(a, one -> b)",
)


def _as_file(cell: exp.Expr, kind: Type) -> exp.Expr:
    """A value of the engine as files have it."""
    if kind == types.DATETIME:
        return placed(written("duckdb", "make_timestamptz(a)"), {"a": cell})
    if kind == ListOf(types.DATETIME):
        return placed(written("duckdb", "list_transform(a, one -> make_timestamptz(one))"), {"a": cell})
    return cell
