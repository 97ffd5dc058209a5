"""codaform's formulas as SQL: the statements that `codaform eval --engine` runs, over rows that a database has already.

They are planned and written as texts when the rows are read, for which each runs once: what a statement is depends on
what those before it found. An edit runs them again; those of a workload change no more than the sizes of a few numbers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlglot import exp

from codaform import __version__
from codaform.bench.engines.engine import ComputingAnew, ResultColumn
from codaform.bench.workload import CellEdit, Workload
from codaform.model.types import DATETIME
from codaform.project.computed import entered_rows
from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode
from codaform.sql import engine
from codaform.sql.engine_error import EngineError
from codaform.sql.frames import table
from codaform.sql.kinds import literal
from codaform.sql.plan import Group, SqlPlan, make_plan
from codaform.sql.relations import Cell


class GeneratedEngine(ComputingAnew):
    """A database, and the plan of a project. An edit computes everything.

    connection: What its statements are executed by.
    """

    connection: Any

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.database, version = self.connected()
        self.version = f"codaform {__version__}, {version}"
        self.kept: list[Group] = []

    @abstractmethod
    def connected(self) -> tuple[engine.Database, str]:
        """An empty database; the name of its software, with its version."""

    def run(self, statement: str) -> Any:
        """Run a statement."""
        return self.connection.execute(statement)

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def load(self, folder: Path) -> None:
        """Read the rows of the project, enter those that the results need, and plan the statements by running them."""
        self.session = Session.open(folder)
        nodes = [GraphNode("cells", *result) for result in self.workload.results]
        self.rows = entered_rows(self.session.book_or_files, nodes)
        self.book = self.rows.book
        self.plan = make_plan(self.book, self.session.needs, nodes, self.database.dialect, self, rows=self.rows)

    def enter(self, plan: SqlPlan) -> None:
        """The rows."""
        engine.enter(self.rows, plan, self.database)

    def give(self, node: GraphNode, relation: str) -> Cell | None:  # noqa: ARG002
        """Raise EngineError: every formula of a workload has SQL."""
        raise EngineError(f"{node.table}.{node.name} has no SQL")

    def keep(self, group: Group) -> Collection[str]:
        """Run a statement, and note it as a text, as those by hand are."""
        raised = engine.keep(group, self.database)
        text = exp.Var(this=self.database.dialect.sql(group.select))
        self.kept.append(replace(group, select=text))  # type: ignore[arg-type] # it is written as it is
        return raised

    def adds_exactly(self, relation: str, column: str, count: int) -> bool:
        """Whether so many numbers of a column have the same sum in any order, bit for bit."""
        return engine.adds_exactly(relation, column, count, self.database)

    def compute(self) -> None:
        """Make the tables of the results."""
        for group in self.kept:
            self.forget_table(group.relation)
            engine.keep(group, self.database)

    def forget_table(self, relation: str) -> None:
        """Drop a computed table."""
        self.run(f'DROP TABLE IF EXISTS "{relation}"')

    def change(self, edit: CellEdit) -> None:
        """Update the cell."""
        entered = next(cell for one, cell in self.plan.entered[edit.table].cells if one.name == edit.column)
        value = edit.value
        if entered.kind == DATETIME:
            value = value.replace(tzinfo=self.book.zone)  # type: ignore[union-attr, call-arg] # as a cell holds it
        sql = self.database.dialect.sql
        given, relation = sql(literal(value, entered.kind)), sql(table(entered.relation))
        self.run(f'UPDATE {relation} SET "{entered.column}" = {given} WHERE "row" = {edit.row}')

    def results(self) -> Iterator[ResultColumn]:
        """The columns of the tables, in the order of the rows."""
        cells = {(group.table, name): cell for group in self.kept for name, cell in group.cells.items()}
        for result in self.workload.results:
            cell = cells[result]
            found = self.run(f'SELECT "{cell.column}" FROM "{cell.relation}" ORDER BY "row"').fetchall()
            yield [value for (value,) in found]
