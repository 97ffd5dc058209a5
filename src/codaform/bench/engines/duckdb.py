"""DuckDB, with tables in the memory."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from codaform.bench.engines.sql_by_hand import RUNNING_TOTAL, SqlByHand, summed
from codaform.bench.wholesale import LARGE

_TYPES = {"number": "DOUBLE", "date": "DATE", "datetime": "TIMESTAMP", "text": "VARCHAR", "row": "BIGINT"}


def steps(exact: bool) -> dict[str, dict[str, str]]:
    """The statements of each kind of workload, by the table that each of them makes.

    exact: Whether numbers are added in the order of the rows: then a running total is no window.
    """
    add = partial(summed, exact=exact)

    running = (
        f"""
            SELECT o.id, o.customer, o.total, o.large, {add("b.total", "b.id")} AS running_total
            FROM totals o JOIN totals b ON b.customer = o.customer AND b.ordered_on <= o.ordered_on
            GROUP BY o.id, o.customer, o.total, o.large"""
        if exact
        else RUNNING_TOTAL
    )
    return {
        "range_join": {
            "sprints_tasks": """
            SELECT s.id, coalesce(list(t.id ORDER BY t.id) FILTER (t.id IS NOT NULL), []) AS tasks
            FROM sprints s LEFT JOIN tasks t
                ON t.scheduled_start_date >= s.start_date AND t.scheduled_start_date <= s.end_date
            GROUP BY s.id""",
        },
        "aggregates": {
            "execution_runs_hours": """
            SELECT r.id, r.workflow, epoch(r.ended_at - r.started_at) / 3600 AS actual_hours,
                actual_hours - t.estimated_hours AS variance_vs_estimate
            FROM execution_runs r LEFT JOIN tasks t ON t.id = r.task""",
            "workflows_hours": f"""
            SELECT w.id, count(r.id) AS execution_runs_count,
                {add("actual_hours", "r.id")} / count(actual_hours) AS avg_actual_hours,
                (avg_actual_hours - any_value(w.estimated_hours)) / nullif(any_value(w.estimated_hours), 0) * 100
                    AS variance_pct
            FROM workflows w LEFT JOIN execution_runs_hours r ON r.workflow = w.id GROUP BY w.id""",
        },
        "wholesale": {
            "lines_amount": """
            SELECT l.id, l."order", l.quantity, p.price AS unit_price, l.quantity * p.price AS amount
            FROM lines l JOIN orders o ON o.id = l."order" LEFT JOIN prices p
                ON p.product = l.product AND p.valid_from <= o.ordered_on
                AND (p.valid_to IS NULL OR p.valid_to >= o.ordered_on)""",
            "orders_total": f"""
            WITH totals AS (
                SELECT o.id, o.customer, o.ordered_on, coalesce({add("l.amount", "l.id")}, 0) AS total,
                    count(*) FILTER (l.quantity >= {LARGE}) > 0 AS large
                FROM orders o LEFT JOIN lines_amount l ON l."order" = o.id GROUP BY o.id, o.customer, o.ordered_on)
            {running}""",
            "customers_revenue": f"""
            SELECT c.id, coalesce({add("o.total", "o.id")}, 0) AS revenue,
                count(*) FILTER (o.large) AS large_orders
            FROM customers c LEFT JOIN orders_total o ON o.customer = c.id GROUP BY c.id""",
        },
    }


class DuckDbEngine(SqlByHand):
    """A connection with one thread."""

    place = "?"

    def connected(self) -> tuple[Any, str]:
        """A database in the memory."""
        package = import_module("duckdb")
        return package.connect(config={"threads": 1}), f"DuckDB {package.__version__}"

    def all_steps(self) -> Mapping[str, Mapping[str, str]]:
        """The statements."""
        return steps(self.exact)

    def load(self, folder: Path) -> None:
        """Read the files with the types that the tables say."""
        for name, table in self.workload.tables.items():
            types = {column.name: _TYPES[column.kind] for column in table.columns if column.entered}
            columns = ", ".join(f"'{column}': '{kind}'" for column, kind in types.items())
            file = folder / name / "rows.csv"
            self.connection.execute(
                f'CREATE TABLE "{name}" AS SELECT * FROM read_csv(?, header = true, columns = {{{columns}}})',
                [str(file)],
            )

    def compute(self) -> None:
        """Make the tables of the results."""
        for name, statement in self.steps.items():
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {statement}")


engine = DuckDbEngine
