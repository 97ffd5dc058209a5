"""Spark computes the columns of a doc: on this machine, or on the cluster that spark-submit names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql import engine
from codaform.sql.dialects import SPARK
from codaform.sql.duckdb_engine import arrow_table
from codaform.sql.engine import Computed, GivenColumn
from codaform.sql.entered_rows import EnteredRows, WorkbookRows
from codaform.sql.frames import table, weight
from codaform.sql.spark_session import spark_session


def compute(book: Workbook, needs: Graph, wanted: Collection[GraphNode], rows: EnteredRows | None = None) -> Computed:
    """The values of columns; cells that SQL does not give are the row-wise engine's.

    rows: The rows; by default those of the book. Raises EngineError, and MissingExtra without pyspark.
    """
    with spark_session() as session:
        database = Spark(session)
        few = sum(map((rows or WorkbookRows(book)).count, book.doc.tables)) < FEW_ROWS
        with settings(session, few):
            try:
                return engine.compute(book, needs, wanted, database, rows)
            finally:
                database.forget()


_HEAVY = 20
"""A step that reads more relations than this is computed once: Spark would compute it anew for each that reads it."""

_LARGE = 300
"""So are the rows of which a condition with more nodes than this is asked, each column in it written out."""

FEW_ROWS = 100_000
_ALWAYS = {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"}
"""A moment in a file has a zone; Spark's old type has none."""

_FORFEW_ROWS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
}
"""With few rows, Spark takes much longer to compile and to plan anew than to compute."""


_SLOW_RULE = "org.apache.spark.sql.catalyst.optimizer.FoldablePropagation"
"""A rule of Spark's optimizer that takes minutes for a table with many columns, and seldom finds anything."""


@contextmanager
def settings(session: Any, few_rows: bool) -> Iterator[None]:
    """The settings of a session in which statements such as these are planned fast, for some time."""
    excluded = "spark.sql.optimizer.excludedRules"
    rules = [rule for rule in (session.conf.get(excluded, None), _SLOW_RULE) if rule]
    wanted = {excluded: ",".join(rules)} | _ALWAYS | (_FORFEW_ROWS if few_rows else {})
    before = {name: session.conf.get(name, None) for name in wanted}
    for name, value in wanted.items():
        session.conf.set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                session.conf.unset(name)
            else:
                session.conf.set(name, value)


class Spark:
    """Temporary views of a session, of rows that are computed once.

    plans: A list that takes Spark's plan of each statement, behind a line that names it; None for no plans.
    """

    dialect = SPARK

    def __init__(self, session: Any, plans: list[str] | None = None) -> None:
        self.session = session
        self.plans = plans
        self.made: dict[str, Any] = {}
        self.steps: list[Any] = []

    def index(self, relation: str, name: str) -> None:
        """Nothing: Spark finds rows by the days of a range."""

    def keep(self, relation: str, select: exp.Select) -> None:
        """Compute the rows of a SELECT once, and make a view of them."""
        self.view(relation, self._computed(self._lightened(select, relation), relation))

    def _lightened(self, select: exp.Select, relation: str) -> exp.Select:
        """The statement of a relation, some of whose steps are views of rows that are computed."""
        steps = select.args.pop("with_").expressions if select.args.get("with_") else []
        kept = _kept_steps(steps)
        light: list[exp.Expr] = []
        for step in steps:
            if step.alias in kept:
                found = self._computed(_with(step.this, light), f"{relation}, {step.alias}")
                found.createOrReplaceTempView(SPARK.sql(table(step.alias)))
                self.steps.append(found)
            else:
                light.append(step)
        return _with(select, light)

    def read(self, select: exp.Select) -> Iterator[Sequence[Any]]:
        """The lines that a SELECT finds."""
        lines: list[Sequence[Any]] = self.session.sql(SPARK.sql(select)).collect()
        return iter(lines)

    def insert(self, relation: str, columns: Sequence[GivenColumn]) -> None:
        """Make a view of given values."""
        self.view(relation, self.session.createDataFrame(arrow_table(columns)).toDF(*(name for name, _, _ in columns)))

    def _computed(self, select: exp.Select, title: str) -> Any:
        """The rows of a SELECT, computed; a view that was only persisted would bring its whole plan to its readers."""
        found = self.run(select, title)
        kept = self.session.sparkContext.getCheckpointDir() is not None
        return found.checkpoint() if kept else found.localCheckpoint()

    def run(self, select: exp.Select, title: str) -> Any:
        """The rows of a SELECT, not computed yet. title: What they are, for its plan."""
        found = self.session.sql(SPARK.sql(select))
        if self.plans is not None:
            self.plans.append(f"{title}\n{found._jdf.queryExecution().executedPlan().toString()}")
        return found

    def view(self, relation: str, frame: Any) -> None:
        """Give rows a name."""
        frame.createOrReplaceTempView(SPARK.sql(table(relation)))
        self.made[relation] = frame

    def forget(self) -> None:
        """Drop the views, and what is kept of them; a Spark that does not answer any more has forgotten them."""
        with suppress(Exception):
            for frame in self.steps:
                frame.unpersist()
            for relation, frame in self.made.items():
                frame.unpersist()
                self.session.catalog.dropTempView(SPARK.sql(table(relation)))


def _with(select: exp.Select, steps: Sequence[exp.Expr]) -> exp.Select:
    """A SELECT behind those steps that it reads, by way of others or itself."""
    needed: list[exp.Expr] = []
    read = {one.name for one in select.find_all(exp.Table)}
    for step in reversed(steps):
        if step.alias in read:
            needed.insert(0, step.copy())
            read |= {one.name for one in step.this.find_all(exp.Table)}
    if needed:
        select.set("with_", exp.With(expressions=needed))
    return select


def _kept_steps(steps: Sequence[exp.Expr]) -> set[str]:
    """The steps that have to be computed on their own, so that Spark can plan their readers."""
    kept: set[str] = set()
    while more := _first_too_large(steps, kept):
        kept |= more
    return kept


def _first_too_large(steps: Sequence[exp.Expr], kept: Collection[str]) -> set[str]:
    """The steps that have to be kept first, where some are kept already; none at the end.

    Spark moves a condition to the rows of a file and writes out each column that it reads on the way, over and over: a
    column of twenty steps that each read the one before twice has a million nodes.
    """
    weights: dict[str, int] = {}
    sizes: dict[str, dict[str, int]] = {}
    for step in steps:
        name, select = step.alias, step.this
        weights[name] = weight(select, weights)
        if weights[name] > _HEAVY and name not in kept:
            return {name}
        weights[name] = 1 if name in kept else weights[name]
        read = {one.name for one in select.find_all(exp.Table)}
        held = {made: size for one in read for made, size in sizes.get(one, {}).items()}
        for condition in _conditions(select):
            if _size(condition, held) > _LARGE and (large := {one for one in read if sizes.get(one)}):
                return large
        own = {one.alias: _size(one.this, held) for one in select.expressions if isinstance(one, exp.Alias)}
        sizes[name] = {} if name in kept or select.args.get("group") else held | own
    return set()


def _conditions(select: exp.Expr) -> Iterator[exp.Expr]:
    for where in select.find_all(exp.Where):
        yield where.this
    for join in select.find_all(exp.Join):
        if join.args.get("on"):
            yield join.args["on"]


def _size(tree: exp.Expr, held: Mapping[str, int]) -> int:
    """The nodes of a tree, each column written out. held: The sizes of columns."""
    return sum(held.get(node.name, 1) if isinstance(node, exp.Column) else 1 for node in tree.walk())
