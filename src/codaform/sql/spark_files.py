"""Spark computes tables that are in files of Parquet or CSV, and writes them with their computed columns.

No row comes to this program: only the counts of files, and of cells that SQL does not give.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.files import filled_folder
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql.csv_cells import ITEM, NUMBER, CsvTables, CsvWords
from codaform.sql.dialects import SPARK
from codaform.sql.dialects.dialect import placed, written
from codaform.sql.engine import GivenColumn
from codaform.sql.frames import named, table
from codaform.sql.plan import Group, SqlPlan, make_plan
from codaform.sql.relations import ROW
from codaform.sql.spark_engine import Spark, settings
from codaform.sql.spark_session import spark_session
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
) -> WrittenTables:
    """Compute columns of tables in files, and write all tables that have files.

    book: The doc, without rows. inputs: The files of tables, as paths and patterns that Spark reads.
    Raises EngineError, MissingExtra, and OSError where nothing can be written; then nothing is.
    """
    with spark_session() as session:
        work = _Work(book, Spark(session, plans=[]), inputs)
        try:
            with settings(session, work.few_bytes()), filled_folder(target.folder, target.root) as fresh:
                return work.write(needs, wanted, {name: fresh / file for name, file in target.names.items()})
        finally:
            work.database.forget()


_FEW_BYTES = 2**25


@dataclass
class _Stages:
    """What Spark did for a table, in stages and in bytes of shuffles. most: The most bytes that one stage wrote."""

    count: int = 0
    written: int = 0
    read: int = 0
    most: int = 0


@dataclass
class _Work:
    book: Workbook
    database: Spark
    inputs: Mapping[str, Sequence[str]]
    last_stage: int = -1
    stages: dict[str, _Stages] = field(default_factory=dict)

    def __post_init__(self) -> None:
        read = self.database.session.read
        self.csv = {name for name, files in self.inputs.items() if are_csv(name, files)}
        self.given = {
            name: read.options(**_CSV).csv(list(files)) if name in self.csv else read.parquet(*files)
            for name, files in self.inputs.items()
        }

    def few_bytes(self) -> bool:
        """Whether the files are so small that Spark plans and compiles for longer than it computes."""
        plans = (frame._jdf.queryExecution().optimizedPlan() for frame in self.given.values())
        return sum(int(plan.stats().sizeInBytes()) for plan in plans) < _FEW_BYTES

    def write(self, needs: Graph, wanted: Collection[GraphNode], places: Mapping[str, Path]) -> WrittenTables:
        """Compute all, and write the tables to their places."""
        found = WrittenTables()
        plan = make_plan(self.book, needs, wanted, SPARK, everything=True)
        self.note_stages("")
        self.stages.clear()
        given = read_tables(plan, self.inputs)
        for name in given:
            if name not in self.csv:
                self.load(plan, name)
                self.note_stages(name)
        self.load_csv(plan, [name for name in given if name in self.csv])
        for group in plan.steps:
            if isinstance(group, Group):
                self.database.keep(group.relation, group.select)
                self.note_stages(group.table)
        for name in self.inputs:
            self.put(plan, name, places[name], found)
            self.note_stages(name)
        found.left = plan.left
        found.plans = self.database.plans or []
        found.notes = self.told(found)
        return found

    # ------------------------------------------------------------ in

    def load(self, plan: SqlPlan, name: str) -> None:
        """The entered cells of a table, with the types of their columns."""
        session = self.database.session
        given = self.given[name]
        have = dict(given.dtypes)
        number = exp.column(ROW, quoted=True)
        if not is_numbered(plan, name, have, ("int", "bigint")):
            given, number = self.counted(given), exp.column(_PLACE, quoted=True)
        given.createOrReplaceTempView("`codaform given`")
        select = exp.select(named(exp.cast(number, "BIGINT"), ROW)).from_(table("codaform given"))
        _FILE_TYPES.select(select, plan, name, have)
        self.database.view(plan.entered[name].relation, session.sql(SPARK.sql(select)))

    def load_csv(self, plan: SqlPlan, names: Sequence[str]) -> None:
        """The entered cells of tables in CSV: the texts first, then their values."""
        for name in names:
            check_header(self.book.doc.tables[name], [self.given[name].columns])
        written = CsvTables(_WORDS, plan, {name: self.given[name].columns for name in names})
        for name in names:
            texts = self.counted(self.given[name], by_file=False).withColumnRenamed(_PLACE, NUMBER)
            self.database.view(written.relations[name], texts.drop(_FILE, _INDEX))
        for name in names:
            self.database.keep(plan.entered[name].relation, written.entered(name))
            self.note_stages(name)

    def counted(self, given: Any, by_file: bool = True) -> Any:
        """Rows with their place: files in the order of their names, and rows as each file has them.

        by_file: Whether files count their rows; else Spark numbers each file's rows one after the other.
        """
        from pyspark.sql import functions

        session = self.database.session
        index = given["_metadata.row_index"] if by_file else functions.monotonically_increasing_id()
        hidden = [given["_metadata.file_path"].alias(_FILE), index.alias(_INDEX)]
        given.select("*", *hidden).createOrReplaceTempView("`codaform files`")
        lines = session.sql(
            f"SELECT `{_FILE}` AS path, count(*) AS rows, min(`{_INDEX}`) AS first "
            "FROM `codaform files` GROUP BY ALL ORDER BY path"
        ).collect()
        starts, start = [], 0
        for line in lines:
            starts.append((line.path, start - line.first))
            start += line.rows
        paths, counts = (list(part) for part in zip(*(starts or [("", 0)]), strict=True))
        held: list[GivenColumn] = [("path", types.TEXT, paths), ("start", RowOf("files"), counts)]
        self.database.insert("codaform starts", held)
        return session.sql(
            f"SELECT /*+ BROADCAST(s) */ f.*, s.start + f.`{_INDEX}` AS `{_PLACE}` "
            f"FROM `codaform files` AS f JOIN `codaform starts` AS s ON f.`{_FILE}` = s.path"
        )

    # ------------------------------------------------------------ out

    def put(self, plan: SqlPlan, name: str, path: Path, found: WrittenTables) -> None:
        """Write a table; the cells that SQL does not give are counted on the way."""
        from pyspark.sql import Observation, functions

        select, flags = whole_table(plan, name, _as_file)
        frame = self.database.run(select, f"{name}, written")
        counts = [
            functions.count_if(frame[f"`{flag.name}`"]).alias(f"c{place}") for place, flag in enumerate(flags.values())
        ]
        seen = Observation()
        observed = frame.observe(seen, functions.count(functions.lit(1)).alias("rows"), *counts)
        observed.drop(*(flag.name for flag in flags.values())).write.parquet(path.absolute().as_uri())
        told = seen.get
        found.rows[name] = told["rows"]
        found.flagged |= {node: told[f"c{place}"] for place, node in enumerate(flags) if told[f"c{place}"]}

    # ------------------------------------------------------------ what Spark did

    def note_stages(self, table: str) -> None:
        """Count the stages since the last time for a table."""
        context = self.database.session.sparkContext
        spark, jvm = context._jsc.sc(), context._jvm
        spark.listenerBus().waitUntilEmpty()
        listed = spark.statusStore().stageList(None, False, False, context._gateway.new_array(jvm.double, 0), None)
        seen, newest = self.stages.setdefault(table, _Stages()), self.last_stage
        for place in range(listed.size()):
            stage = listed.apply(place)
            if stage.stageId() > self.last_stage:
                newest = max(newest, stage.stageId())
                seen.count += stage.status().toString() == "COMPLETE"
                seen.read += stage.shuffleReadBytes()
                seen.written += stage.shuffleWriteBytes()
                seen.most = max(seen.most, stage.shuffleWriteBytes())
        self.last_stage = newest

    def told(self, found: WrittenTables) -> list[str]:
        """A line for each table, and one for all of them."""
        lines = []
        for name, rows in found.rows.items():
            seen = self.stages.get(name, _Stages())
            moved = f"{_size(seen.written)} written to shuffles, {_size(seen.read)} read"
            lines.append(f"{name}: {_count(rows, 'row')}, {_count(seen.count, 'stage')}, {moved}")
        every, operators = self.stages.values(), sum(plan.count("\n") - 1 for plan in found.plans)
        moved = f"{_size(sum(one.written for one in every))} went through shuffles"
        stages, most = sum(one.count for one in every), max((one.most for one in every), default=0)
        lines.append(
            f"{_count(operators, 'operator')}, {_count(stages, 'stage')}; {moved}, {_size(most)} at most at once"
        )
        return lines


_FILE, _INDEX, _PLACE = "codaform file", "codaform index", "codaform place"

_CSV = {
    "header": "true",
    "inferSchema": "false",
    "enforceSchema": "false",
    "multiLine": "true",
    "quote": '"',
    "escape": '"',
    "nullValue": "",
    "mode": "FAILFAST",
    "maxCharsPerColumn": "-1",
}
"""How a `rows.csv` is written. Line breaks are in cells, too, so a file is read as one."""

_ONE = (
    r"""CASE WHEN regexp_like(one, '\\A"([^"]|"")*"\\z') THEN """
    r"""replace(substring(one, 2, length(one) - 2), '""', '"') ELSE regexp_replace(one, '^\\s+|\\s+$', '') END"""
)
_ITEM = ITEM.replace("\\", "\\\\")
_WORDS = CsvWords(
    SPARK,
    items=f"filter(transform(regexp_extract_all(a, '{_ITEM}', 1), one -> {_ONE}), one -> one <> '')",
    each="transform(a, one -> b)",
    fails="raise_error(a)",
)

_WHOLE = ("tinyint", "smallint", "int", "bigint")


_FILE_TYPES = FileTypes(
    "spark",
    _WHOLE,
    {
        types.NUMBER: {
            **dict.fromkeys((*_WHOLE, "float", "decimal"), "CAST(a AS DOUBLE)"),
            "double": "CASE WHEN abs(a) < CAST('Infinity' AS DOUBLE) THEN a END",
        },
        types.TEXT: {"string": "nullif(a, '')"},
        types.PERSON: {"string": "nullif(a, '')"},
        types.BOOLEAN: {"boolean": "a"},
        types.DATE: {"date": "CASE WHEN a BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN a END"},
        types.DATETIME: {"timestamp": "unix_micros(a)"},
        types.TIME: {"bigint": "a"},
        types.DURATION: {"bigint": "a"},
    },
    {
        types.NUMBER: "any type of numbers",
        types.DATETIME: "timestamp with a zone",
        types.TIME: "bigint, as microseconds since midnight",
        types.DURATION: "bigint, as microseconds",
    },
    items=lambda held: held[len("array<") : -1] if held.startswith("array<") else "",
    each="transform(a, one -> b)",
)


def _as_file(cell: exp.Expr, kind: Type) -> exp.Expr:
    """A value of the engine as files have it."""
    if kind == types.DATETIME:
        return placed(written("spark", "timestamp_micros(a)"), {"a": cell})
    if kind == ListOf(types.DATETIME):
        return placed(written("spark", "transform(a, one -> timestamp_micros(one))"), {"a": cell})
    return cell


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MB" if count >= 2**20 else f"{count / 2**10:.1f} kB"
