"""PostgreSQL, with temporary tables that have their keys and indexes.

Its times are wall time, as a server works in processes of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from codaform.bench.engines.sql_by_hand import RUNNING_TOTAL, SqlByHand, summed
from codaform.bench.wholesale import LARGE

_TYPES = {"number": "double precision", "date": "date", "datetime": "timestamp", "text": "text", "row": "bigint"}


def steps(exact: bool) -> dict[str, dict[str, str]]:
    """The statements of each kind of workload, by the table that each of them makes.

    exact: Whether numbers are added in the order of the rows: then a running total is no window.
    """
    add = partial(summed, exact=exact)

    running = (
        f"""
            SELECT o.id, o.customer, o.total, o.large, b.running_total
            FROM totals o JOIN (
                SELECT o.id, {add("b.total", "b.id")} AS running_total
                FROM totals o JOIN totals b ON b.customer = o.customer AND b.ordered_on <= o.ordered_on
                GROUP BY o.id) b ON b.id = o.id"""
        if exact
        else RUNNING_TOTAL
    )
    return {
        "range_join": {
            "sprints_tasks": """
            SELECT s.id, coalesce(array_agg(t.id ORDER BY t.id) FILTER (WHERE t.id IS NOT NULL), '{}') AS tasks
            FROM sprints s LEFT JOIN tasks t
                ON t.scheduled_start_date >= s.start_date AND t.scheduled_start_date <= s.end_date
            GROUP BY s.id""",
        },
        "aggregates": {
            "execution_runs_hours": """
            SELECT r.id, r.workflow, r.actual_hours, r.actual_hours - t.estimated_hours AS variance_vs_estimate
            FROM (
                SELECT id, workflow, task,
                    CAST(extract(epoch FROM ended_at - started_at) AS double precision) / 3600 AS actual_hours
                FROM execution_runs) r LEFT JOIN tasks t ON t.id = r.task""",
            "workflows_hours": f"""
            SELECT w.id, coalesce(r.many, 0) AS execution_runs_count, r.avg_actual_hours,
                (r.avg_actual_hours - w.estimated_hours) / nullif(w.estimated_hours, 0) * 100 AS variance_pct
            FROM workflows w LEFT JOIN (
                SELECT workflow, count(*) AS many,
                    {add("actual_hours", "id")} / nullif(count(actual_hours), 0) AS avg_actual_hours
                FROM execution_runs_hours GROUP BY workflow) r ON r.workflow = w.id""",
        },
        "wholesale": {
            "lines_amount": """
            SELECT l.id, l."order", l.quantity, p.price AS unit_price, l.quantity * p.price AS amount
            FROM lines l JOIN orders o ON o.id = l."order" LEFT JOIN prices p
                ON p.product = l.product AND p.valid_from <= o.ordered_on
                AND (p.valid_to IS NULL OR p.valid_to >= o.ordered_on)""",
            "orders_total": f"""
            WITH totals AS (
                SELECT o.id, o.customer, o.ordered_on, coalesce(l.total, 0) AS total, coalesce(l.large, false) AS large
                FROM orders o LEFT JOIN (
                    SELECT "order", {add("amount", "id")} AS total, bool_or(quantity >= {LARGE}) AS large
                    FROM lines_amount GROUP BY "order") l ON l."order" = o.id)
            {running}""",
            "customers_revenue": f"""
            SELECT c.id, coalesce(o.revenue, 0) AS revenue, coalesce(o.large_orders, 0) AS large_orders
            FROM customers c LEFT JOIN (
                SELECT customer, {add("total", "id")} AS revenue, count(*) FILTER (WHERE large) AS large_orders
                FROM orders_total GROUP BY customer) o ON o.customer = c.id""",
        },
    }


_INDEXES = {
    "range_join": ("tasks (scheduled_start_date)",),
    "wholesale": ("prices (product, valid_from)",),
}


class PostgresEngine(SqlByHand):
    """Temporary tables of one transaction."""

    clock = staticmethod(perf_counter)
    place = "%s"

    def connected(self) -> tuple[Any, str]:
        """A connection to the server that PGHOST and the like name."""
        connection = connected()
        return connection, version_of(connection)

    def all_steps(self) -> Mapping[str, Mapping[str, str]]:
        """The statements."""
        return steps(self.exact)

    def load(self, folder: Path) -> None:
        """Read the files with the types that the tables say."""
        for name, table in self.workload.tables.items():
            entered = [column for column in table.columns if column.entered]
            columns = ", ".join(
                f'"{column.name}" {"bigint PRIMARY KEY" if column.name == "id" else _TYPES[column.kind]}'
                for column in entered
            )
            self.run(f'CREATE TEMPORARY TABLE "{name}" ({columns}) ON COMMIT DROP')
            with (
                (folder / name / "rows.csv").open("rb") as file,
                self.connection.cursor() as cursor,
                cursor.copy(f'COPY "{name}" FROM STDIN (FORMAT csv, HEADER)') as lines,
            ):
                while block := file.read(1 << 20):
                    lines.write(block)
        for index in _INDEXES.get(self.workload.kind, ()):
            self.run(f"CREATE INDEX ON {index}")
        for name in self.workload.tables:
            self.run(f'ANALYZE "{name}"')

    def compute(self) -> None:
        """Make the tables of the results."""
        for name, statement in self.steps.items():
            self.run(f"DROP TABLE IF EXISTS {name}")
            self.run(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {statement}")
            self.run(f"ANALYZE {name}")


engine = PostgresEngine


def connected() -> Any:
    """A connection to the server that PGHOST and the like name. Raises what the driver raises."""
    connection = import_module("psycopg").connect("", connect_timeout=5)
    connection.execute("SET client_min_messages = error")
    return connection


def version_of(connection: Any) -> str:
    """The name of the server's software, with its version."""
    return f"PostgreSQL {connection.info.parameter_status('server_version').split()[0]}"
