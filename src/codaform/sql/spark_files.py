"""Spark computes tables that are in files of Parquet, and writes them with their computed columns.

No row comes to this program: only the counts of files, and of cells that SQL does not give.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.files import filled_folder
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type, describe
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql.dialects import SPARK
from codaform.sql.dialects.dialect import placed, written
from codaform.sql.engine import GivenColumn
from codaform.sql.engine_error import EngineError
from codaform.sql.frames import column, named, table
from codaform.sql.plan import Group, SqlPlan, make_plan
from codaform.sql.relations import ROW
from codaform.sql.spark_engine import Spark, settings
from codaform.sql.spark_session import spark_session
from codaform.sql.whole_tables import (
    TargetFolder,
    WrittenTables,
    check_columns,
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
        work = _Work(book, Spark(session, counts=True), inputs)
        try:
            with settings(session, few_rows=False), filled_folder(target.folder, target.root) as fresh:
                return work.write(needs, wanted, {name: fresh / file for name, file in target.names.items()})
        finally:
            work.database.forget()


@dataclass
class _Work:
    book: Workbook
    database: Spark
    inputs: Mapping[str, Sequence[str]]

    def write(self, needs: Graph, wanted: Collection[GraphNode], places: Mapping[str, Path]) -> WrittenTables:
        """Compute all, and write the tables to their places."""
        found, before = WrittenTables(), self.stages()
        plan = make_plan(self.book, needs, wanted, SPARK, everything=True)
        for name in read_tables(plan, self.inputs):
            self.load(plan, name)
        for group in plan.steps:
            if isinstance(group, Group):
                self.database.keep(group.relation, group.select)
        for name in self.inputs:
            self.put(plan, name, places[name], found)
        found.left = plan.left
        shuffled = [size for stage, size in self.stages().items() if stage not in before and size]
        moved = f"{_size(sum(shuffled))} went through shuffles, {_size(max(shuffled, default=0))} at most at once"
        operators = self.database.operators
        found.notes.append(f"{operators:,} {'operator' if operators == 1 else 'operators'}; {moved}")
        return found

    # ------------------------------------------------------------ in

    def load(self, plan: SqlPlan, name: str) -> None:
        """The entered cells of a table, with the types of their columns."""
        session = self.database.session
        given = session.read.parquet(*self.inputs[name])
        have = dict(given.dtypes)
        entered = plan.entered[name]
        check_columns(plan, name, have)
        number = exp.column(ROW, quoted=True)
        if not is_numbered(plan, name, have, ("int", "bigint")):
            given, number = self.counted(given), exp.column(_PLACE, quoted=True)
        given.createOrReplaceTempView("`codaform given`")
        select = exp.select(named(exp.cast(number, "BIGINT"), ROW)).from_(table("codaform given"))
        for one, place in entered.cells:
            tree = _read(column(one.name), have[one.name], place.kind)
            if tree is None:
                known = f"{name}.{one.name} is {have[one.name]} in its files"
                raise EngineError(f"{known}; {describe(place.kind)} is read from {_said(place.kind)}")
            select.select(named(tree, place.column), copy=False)
        self.database.view(entered.relation, session.sql(SPARK.sql(select)))

    def counted(self, given: Any) -> Any:
        """Rows with their place: files in the order of their names, and rows as each file has them."""
        session = self.database.session
        hidden = [given["_metadata.file_path"].alias(_FILE), given["_metadata.row_index"].alias(_INDEX)]
        given.select("*", *hidden).createOrReplaceTempView("`codaform files`")
        lines = session.sql(
            f"SELECT `{_FILE}` AS path, count(*) AS rows FROM `codaform files` GROUP BY ALL ORDER BY path"
        ).collect()
        starts, start = [], 0
        for line in lines:
            starts.append((line.path, start))
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
        frame = self.database.run(select)
        counts = [
            functions.count_if(frame[f"`{flag.name}`"]).alias(f"c{place}") for place, flag in enumerate(flags.values())
        ]
        seen = Observation()
        observed = frame.observe(seen, functions.count(functions.lit(1)).alias("rows"), *counts)
        observed.drop(*(flag.name for flag in flags.values())).write.parquet(path.absolute().as_uri())
        told = seen.get
        found.rows[name] = told["rows"]
        found.flagged |= {node: told[f"c{place}"] for place, node in enumerate(flags) if told[f"c{place}"]}

    def stages(self) -> dict[tuple[int, int], int]:
        """The bytes that each stage has written for a shuffle."""
        store = self.database.session.sparkContext._jsc.sc().statusStore()
        jvm = self.database.session._jvm
        listed = store.stageList(None, False, False, self.database.session._sc._gateway.new_array(jvm.double, 0), None)
        return {
            (stage.stageId(), stage.attemptId()): stage.shuffleWriteBytes()
            for stage in (listed.apply(place) for place in range(listed.size()))
        }


_FILE, _INDEX, _PLACE = "codaform file", "codaform index", "codaform place"

_READ: dict[Type, dict[str, str]] = {
    types.NUMBER: {
        **dict.fromkeys(("tinyint", "smallint", "int", "bigint", "float"), "CAST(a AS DOUBLE)"),
        "double": "CASE WHEN abs(a) < CAST('Infinity' AS DOUBLE) THEN a END",
        "decimal": "CAST(a AS DOUBLE)",
    },
    types.TEXT: {"string": "nullif(a, '')"},
    types.PERSON: {"string": "nullif(a, '')"},
    types.BOOLEAN: {"boolean": "a"},
    types.DATE: {"date": "CASE WHEN a BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN a END"},
    types.DATETIME: {"timestamp": "unix_micros(a)"},
    types.TIME: {"bigint": "a"},
    types.DURATION: {"bigint": "a"},
}
"""How the values of a type are read, by the type that Spark finds in files: with the values of the engine alone."""

_SAID: dict[Type, str] = {
    types.NUMBER: "any type of numbers",
    types.TEXT: "string",
    types.PERSON: "string",
    types.BOOLEAN: "boolean",
    types.DATE: "date",
    types.DATETIME: "timestamp with a zone",
    types.TIME: "bigint, as microseconds since midnight",
    types.DURATION: "bigint, as microseconds",
}


def _said(kind: Type) -> str:
    """The types of files from which values of a type are read."""
    if isinstance(kind, ListOf):
        return f"an array: its items from {_said(kind.item)}"
    return _SAID.get(kind, "whole numbers: the place of a row from 0 on" if isinstance(kind, RowOf) else "nothing")


def _read(cell: exp.Expr, held: str, kind: Type) -> exp.Expr | None:
    """A cell of a file as a value of the engine; None where the file's type has no such values."""
    if isinstance(kind, ListOf):
        inside = held.removeprefix("array<").removesuffix(">")
        one = _read(exp.column("one"), inside, kind.item) if inside != held else None
        if one is None:
            return None
        step = placed(written("spark", "transform(a, one -> b)"), {"a": cell})
        return step.transform(lambda node: one.copy() if isinstance(node, exp.Column) and node.name == "b" else node)
    if isinstance(kind, RowOf):
        return exp.cast(cell, "BIGINT") if held in ("tinyint", "smallint", "int", "bigint") else None
    template = _READ.get(kind, {}).get(held.partition("(")[0])
    return None if template is None else placed(written("spark", template), {"a": cell})


def _as_file(cell: exp.Expr, kind: Type) -> exp.Expr:
    """A value of the engine as files have it."""
    if kind == types.DATETIME:
        return placed(written("spark", "timestamp_micros(a)"), {"a": cell})
    if kind == ListOf(types.DATETIME):
        return placed(written("spark", "transform(a, one -> timestamp_micros(one))"), {"a": cell})
    return cell


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MB"
