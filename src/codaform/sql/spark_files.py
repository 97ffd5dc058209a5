"""Spark computes tables that are in files of Parquet, and writes them with their computed columns.

No row comes to this program: only the counts of files, and of cells that SQL does not give.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.files import check_path, make_folders, remove_empty
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type, describe
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql.dialects import SPARK
from codaform.sql.dialects.dialect import placed, written
from codaform.sql.engine import GivenColumn
from codaform.sql.engine_error import EngineError
from codaform.sql.frames import column, named, table
from codaform.sql.plan import Group, Left, SqlPlan, make_plan
from codaform.sql.relations import ROW, Cell, unused
from codaform.sql.spark_engine import Spark, settings
from codaform.sql.spark_session import spark_session


@dataclass
class SparkReport:
    """What Spark did.

    rows: How many each written table has. flagged: By column, the cells that SQL does not give; they are null.
    left: What has no SQL, and is not written. operators: How many all plans have. shuffled: The bytes that each stage
    wrote for a shuffle.
    """

    rows: dict[str, int] = field(default_factory=dict)
    flagged: dict[GraphNode, int] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    operators: int = 0
    shuffled: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class TableFolder:
    """Where tables go. folder: It is filled at the end. root: The folder that the user named. names: Files by table."""

    folder: Path
    root: Path
    names: Mapping[str, str]


def compute_files(
    book: Workbook,
    needs: Graph,
    wanted: Collection[GraphNode],
    inputs: Mapping[str, Sequence[str]],
    target: TableFolder,
) -> SparkReport:
    """Compute columns of tables in files, and write all tables that have files.

    book: The doc, without rows. inputs: The files of tables, as paths and patterns that Spark reads.
    Raises EngineError, MissingExtra, and OSError where nothing can be written; then nothing is.
    """
    with spark_session() as session:
        work = _Work(book, Spark(session, counts=True), inputs)
        try:
            with settings(session, few_rows=False), _filled(target.folder, target.root) as fresh:
                return work.write(needs, wanted, {name: fresh / file for name, file in target.names.items()})
        finally:
            work.database.forget()


@dataclass
class _Work:
    book: Workbook
    database: Spark
    inputs: Mapping[str, Sequence[str]]

    def write(self, needs: Graph, wanted: Collection[GraphNode], places: Mapping[str, Path]) -> SparkReport:
        """Compute all, and write the tables to their places."""
        found, before = SparkReport(), self.stages()
        plan = make_plan(self.book, needs, wanted, SPARK, everything=True)
        groups = [step for step in plan.steps if isinstance(step, Group)]
        read = {one.name for group in groups for one in group.select.find_all(exp.Table)}
        for name, entered in plan.entered.items():
            if name in self.inputs:
                self.load(plan, name)
            elif entered.relation in read:
                raise EngineError(f"{name} is read, and no files are named for it: --input {name}=FILES")
        for group in groups:
            self.database.keep(group.relation, group.select)
        for name in self.inputs:
            self.put(plan, name, places[name], found)
        found.left = plan.left
        found.operators = self.database.operators
        found.shuffled = [size for stage, size in self.stages().items() if stage not in before and size]
        return found

    # ------------------------------------------------------------ in

    def load(self, plan: SqlPlan, name: str) -> None:
        """The entered cells of a table, with the types of their columns."""
        session = self.database.session
        given = session.read.parquet(*self.inputs[name])
        have = dict(given.dtypes)
        entered = plan.entered[name]
        lacking = [one.name for one, _ in entered.cells if one.name not in have]
        if lacking:
            raise EngineError(
                f"the files of {name} have no column {', '.join(lacking)}; they have {', '.join(sorted(have))}"
            )
        number = exp.column(ROW, quoted=True)
        if not _numbered(plan, name, have):
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

    def put(self, plan: SqlPlan, name: str, path: Path, found: SparkReport) -> None:
        """Write a table; the cells that SQL does not give are counted on the way."""
        from pyspark.sql import Observation, functions

        newest = plan.relations.tables[name]
        select = exp.select(named(column(ROW, newest), ROW)).from_(table(newest))
        flags: dict[str, GraphNode] = {}
        cells: dict[str, Cell] = {}
        for group in plan.steps:
            if isinstance(group, Group) and group.table == name:
                cells.update(group.cells)
        cells |= {one: cell for (owner, one), cell in plan.relations.cells.items() if owner == name}
        for other in dict.fromkeys(cell.relation for cell in cells.values() if cell.relation != newest):
            same = exp.EQ(this=column(ROW, other), expression=column(ROW, newest))
            select.join(table(other), on=same, join_type="left", copy=False)
        for one in self.book.doc.tables[name].columns:
            cell = cells.get(one)
            if cell is not None:
                select.select(named(_as_file(column(cell.column, cell.relation), cell.kind), cell.column), copy=False)
                if cell.flag:
                    flags[cell.flag] = GraphNode("cells", name, one)
                    select.select(named(column(cell.flag, cell.relation), cell.flag), copy=False)
        frame = self.database.run(select)
        counts = [functions.count_if(frame[f"`{flag}`"]).alias(f"c{place}") for place, flag in enumerate(flags)]
        seen = Observation()
        observed = frame.observe(seen, functions.count(functions.lit(1)).alias("rows"), *counts)
        observed.drop(*flags).write.parquet(path.absolute().as_uri())
        told = seen.get
        found.rows[name] = told["rows"]
        found.flagged |= {node: told[f"c{place}"] for place, node in enumerate(flags.values()) if told[f"c{place}"]}

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


def _numbered(plan: SqlPlan, name: str, have: Mapping[str, str]) -> bool:
    """Whether the files number their rows by a column of that name, which is none of the doc's."""
    own = {one.casefold() for one in plan.relations.doc.tables[name].columns}
    return ROW not in own and have.get(ROW) in ("int", "bigint")


@contextmanager
def _filled(folder: Path, root: Path) -> Iterator[Path]:
    """A new folder beside another one; at the end its tables are in that one, or nothing has changed."""
    check_path(folder, root)
    made = make_folders(folder.parent, root)
    fresh = folder.with_name(
        unused(f".{folder.name[:40]}.new", {one.name.casefold() for one in folder.parent.iterdir()})
    )
    try:
        fresh.mkdir()
        yield fresh
        folder.mkdir(exist_ok=True)
        for path in sorted(fresh.iterdir()):
            place = folder / path.name
            check_path(place, root)
            if place.is_dir():
                shutil.rmtree(place)
            elif place.exists():
                place.unlink()
            path.rename(place)
        fresh.rmdir()
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        remove_empty(made)
        raise
