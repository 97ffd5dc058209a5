"""Spark: rows in the memory, a statement for each step, as a person writes it. An edit computes everything.

Spark works on two threads, in a process of its own, so its times are wall time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any

from codaform.bench.engines.engine import ComputingAnew, ResultColumn
from codaform.bench.wholesale import LARGE
from codaform.bench.workload import CellEdit, Workload
from codaform.sql.spark_session import spark_session

_TYPES = {"number": "DOUBLE", "date": "DATE", "datetime": "TIMESTAMP", "text": "STRING", "row": "BIGINT"}

STEPS = {
    "range_join": {
        "sprints_tasks": """
            SELECT s.id, array_sort(collect_list(t.id)) AS tasks
            FROM sprints s LEFT JOIN tasks t
                ON t.scheduled_start_date >= s.start_date AND t.scheduled_start_date <= s.end_date
            GROUP BY s.id""",
    },
    "aggregates": {
        "execution_runs_hours": """
            SELECT r.id, r.workflow, (unix_micros(r.ended_at) - unix_micros(r.started_at)) / 3.6e9D AS actual_hours,
                actual_hours - t.estimated_hours AS variance_vs_estimate
            FROM execution_runs r LEFT JOIN tasks t ON t.id = r.task""",
        "workflows_hours": """
            SELECT w.id, coalesce(r.many, 0) AS execution_runs_count, r.avg_actual_hours,
                (r.avg_actual_hours - w.estimated_hours) / nullif(w.estimated_hours, 0) * 100 AS variance_pct
            FROM workflows w LEFT JOIN (
                SELECT workflow, count(*) AS many, avg(actual_hours) AS avg_actual_hours
                FROM execution_runs_hours GROUP BY workflow) r ON r.workflow = w.id""",
    },
    "wholesale": {
        "lines_amount": """
            SELECT l.id, l.order, l.quantity, p.price AS unit_price, l.quantity * p.price AS amount
            FROM lines l JOIN orders o ON o.id = l.order LEFT JOIN prices p
                ON p.product = l.product AND p.valid_from <= o.ordered_on
                AND (p.valid_to IS NULL OR p.valid_to >= o.ordered_on)""",
        "orders_total": f"""
            SELECT o.id, o.customer, coalesce(l.total, 0) AS total, coalesce(l.large, false) AS large,
                sum(coalesce(l.total, 0)) OVER (PARTITION BY o.customer ORDER BY o.ordered_on) AS running_total
            FROM orders o LEFT JOIN (
                SELECT order, sum(amount) AS total, bool_or(quantity >= {LARGE}) AS large
                FROM lines_amount GROUP BY order) l ON l.order = o.id""",
        "customers_revenue": """
            SELECT c.id, coalesce(o.revenue, 0) AS revenue, coalesce(o.large_orders, 0) AS large_orders
            FROM customers c LEFT JOIN (
                SELECT customer, sum(total) AS revenue, count_if(large) AS large_orders
                FROM orders_total GROUP BY customer) o ON o.customer = c.id""",
    },
}
"""The statements of a kind of workload, by the relation that each makes: `lines_amount` has results of lines."""


class SparkEngine(ComputingAnew):
    """A session on this machine. frames: The rows of each table."""

    clock = staticmethod(perf_counter)

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.opened = ExitStack()
        self.session = self.opened.enter_context(spark_session())
        self.version = f"Spark {self.session.version}"
        self.frames: dict[str, Any] = {}
        self.made: dict[str, Any] = {}

    def load(self, folder: Path) -> None:
        """Read the files with the types that the tables say."""
        for name, table in self.workload.tables.items():
            entered = [column for column in table.columns if column.entered]
            schema = ", ".join(f"`{column.name}` {_TYPES[column.kind]}" for column in entered)
            read = self.session.read.option("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss")
            self.hold(name, read.csv(str(folder / name / "rows.csv"), schema=schema, header=True, mode="FAILFAST"))

    def hold(self, name: str, frame: Any) -> None:
        """Keep the rows of a table in the memory, in columns."""
        kept = frame.cache()
        kept.count()
        kept.createOrReplaceTempView(f"`{name}`")
        self.frames[name] = kept

    def forget(self) -> None:
        """Drop what was computed."""
        for frame in self.made.values():
            frame.unpersist()
        self.made = {}

    def compute(self) -> None:
        """Compute the results."""
        for name, statement in STEPS[self.workload.kind].items():
            self.made[name] = self.session.sql(statement).localCheckpoint()
            self.made[name].createOrReplaceTempView(name)

    def change(self, edit: CellEdit) -> None:
        """Make the table with another cell."""
        from pyspark.sql import functions

        frame = self.frames[edit.table]
        changed = functions.when(frame["id"] == edit.row, functions.lit(edit.value)).otherwise(frame[edit.column])
        self.hold(edit.table, frame.withColumn(edit.column, changed))

    def results(self) -> Iterator[ResultColumn]:
        """The columns of the relations, in the order of the ids."""
        for table, column in self.workload.results:
            frame = next(frame for name, frame in self.made.items() if name.startswith(f"{table}_"))
            yield column_of(frame.select("id", column))

    def close(self) -> None:
        """Leave the session."""
        self.opened.close()


def column_of(frame: Any) -> ResultColumn:
    """The second column of a frame, in the order of the first one, which numbers the rows."""
    found = frame.toArrow().sort_by(frame.columns[0])
    cells: ResultColumn = found[1].to_pylist()
    return cells


engine = SparkEngine
