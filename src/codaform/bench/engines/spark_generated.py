"""codaform's formulas in Spark: the statements that `codaform eval --engine spark` runs, over rows in the memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from codaform import __version__
from codaform.bench.engines.engine import ResultColumn
from codaform.bench.engines.spark import SparkEngine, column_of
from codaform.bench.workload import CellEdit, Workload
from codaform.model.types import DATETIME
from codaform.project.computed import entered_rows
from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode
from codaform.sql import engine as sql_engine
from codaform.sql.dialects import SPARK
from codaform.sql.engine_error import EngineError
from codaform.sql.plan import Group, SqlPlan, make_plan
from codaform.sql.relations import ROW, Cell
from codaform.sql.spark_engine import FEW_ROWS, Spark, settings


class GeneratedSpark(SparkEngine):
    """The same session and the same rows, and the plan of a project, with the settings that codaform gives to Spark."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.version = f"codaform {__version__}, {self.version}"
        self.database = Spark(self.session)
        self.kept: list[Group] = []

    def load(self, folder: Path) -> None:
        """Read the rows, and plan the statements."""
        super().load(folder)
        few = max(frame.count() for frame in self.frames.values()) < FEW_ROWS
        self.opened.enter_context(settings(self.session, few))
        session = Session.open(folder)
        nodes = [GraphNode("cells", *result) for result in self.workload.results]
        rows = entered_rows(session.book_or_files, nodes)
        self.plan = make_plan(rows.book, session.needs, nodes, SPARK, self, rows=rows)

    def enter(self, plan: SqlPlan) -> None:
        """Views of the rows, with the types of codaform."""
        for name, entered in plan.entered.items():
            cells = [f"id AS `{ROW}`"]
            for column, cell in entered.cells:
                held = f"unix_micros(`{column.name}`)" if cell.kind == DATETIME else f"`{column.name}`"
                cells.append(f"{held} AS `{cell.column}`")
            self.frames[name].selectExpr(*cells).createOrReplaceTempView(f"`{entered.relation}`")

    def give(self, node: GraphNode, relation: str) -> Cell | None:  # noqa: ARG002
        """Raise EngineError: every formula of a workload has SQL."""
        raise EngineError(f"{node.table}.{node.name} has no SQL")

    def keep(self, group: Group) -> Collection[str]:
        """Note a statement, and run it."""
        self.kept.append(group)
        return sql_engine.keep(group, self.database)

    def adds_exactly(self, relation: str, column: str, count: int) -> bool:
        """Whether so many numbers of a column have the same sum in any order, bit for bit."""
        return sql_engine.adds_exactly(relation, column, count, self.database)

    def forget(self) -> None:
        """Drop what was computed."""
        self.database.forget()

    def compute(self) -> None:
        """Compute the results."""
        for group in self.kept:
            if sql_engine.keep(group, self.database):
                raise EngineError(f"a flag of {group.relation} is raised")

    def change(self, edit: CellEdit) -> None:
        """Make the table with another cell."""
        super().change(edit)
        self.enter(self.plan)

    def results(self) -> Iterator[ResultColumn]:
        """The columns of the relations, in the order of the rows."""
        cells = {(group.table, name): cell for group in self.kept for name, cell in group.cells.items()}
        for result in self.workload.results:
            cell = cells[result]
            yield column_of(self.database.made[cell.relation].select(f"`{ROW}`", f"`{cell.column}`"))


engine = GeneratedSpark
