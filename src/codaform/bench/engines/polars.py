"""Polars: frames, eager, on one thread. An edit computes everything.

Where Polars has a form that is faster than the formula as written, it is used: dates of a range as a join on days, the
price of a day as the last one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from codaform.bench.engines.engine import ComputingAnew, ResultColumn
from codaform.bench.wholesale import LARGE
from codaform.bench.workload import CellEdit, Workload


class PolarsEngine(ComputingAnew):
    """A frame for each table; `made` has the frames of the results."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.polars: Any = import_module("polars")
        self.version = f"Polars {self.polars.__version__}"
        self.frames: dict[str, Any] = {}
        self.made: dict[str, Any] = {}

    def load(self, folder: Path) -> None:
        """Read the files with the types that the tables say."""
        pl = self.polars
        types = {
            "number": pl.Float64,
            "date": pl.Date,
            "datetime": pl.Datetime("us"),
            "text": pl.String,
            "row": pl.Int64,
        }
        for name, table in self.workload.tables.items():
            schema = {column.name: types[column.kind] for column in table.columns if column.entered}
            self.frames[name] = pl.read_csv(folder / name / "rows.csv", schema=schema)

    def compute(self) -> None:
        """Make the frames of the results."""
        self.made = {"range_join": self._join, "aggregates": self._aggregate, "wholesale": self._sell}[
            self.workload.kind
        ]()

    def _join(self) -> dict[str, Any]:
        pl, sprints = self.polars, self.frames["sprints"]
        tasks = self.frames["tasks"].select(pl.col("id").alias("tasks"), pl.col("scheduled_start_date").alias("day"))
        days = sprints.select("id", pl.date_ranges("start_date", "end_date").alias("day")).explode("day")
        found = days.join(tasks, on="day").group_by("id").agg(pl.col("tasks").sort())
        return {"sprints": sprints.select("id").join(found, on="id", how="left", maintain_order="left")}

    def _aggregate(self) -> dict[str, Any]:
        pl, workflows = self.polars, self.frames["workflows"]
        estimates = self.frames["tasks"].select(pl.col("id").alias("task"), "estimated_hours")
        runs = self.frames["execution_runs"].join(estimates, on="task", how="left", maintain_order="left")
        minutes = (pl.col("ended_at") - pl.col("started_at")).dt.total_minutes()
        runs = runs.with_columns((minutes / 60).alias("actual_hours"))
        runs = runs.with_columns((pl.col("actual_hours") - pl.col("estimated_hours")).alias("variance_vs_estimate"))
        grouped = runs.group_by("workflow").agg(
            pl.len().alias("execution_runs_count"),
            (pl.col("actual_hours").sum() / pl.col("actual_hours").count()).alias("avg_actual_hours"),
        )
        both = workflows.join(grouped, left_on="id", right_on="workflow", how="left", maintain_order="left")
        average, plan = pl.col("avg_actual_hours").fill_nan(None), pl.col("estimated_hours")
        percent = pl.when(plan != 0).then((average - plan) / plan * 100)
        both = both.with_columns(pl.col("execution_runs_count").fill_null(0), average, percent.alias("variance_pct"))
        return {"execution_runs": runs, "workflows": both}

    def _sell(self) -> dict[str, Any]:
        pl = self.polars
        orders, prices = self.frames["orders"], self.frames["prices"].sort("valid_from")
        days = orders.select(pl.col("id").alias("order"), "ordered_on")
        lines = self.frames["lines"].join(days, on="order", how="left", maintain_order="left").sort("ordered_on")
        lines = lines.join_asof(
            prices.select("product", "valid_from", "valid_to", "price"),
            left_on="ordered_on",
            right_on="valid_from",
            by="product",
            check_sortedness=False,
        )
        valid = pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("ordered_on"))
        lines = lines.with_columns(pl.when(valid).then(pl.col("price")).alias("unit_price")).sort("id")
        lines = lines.with_columns((pl.col("quantity") * pl.col("unit_price")).alias("amount"))
        totals = lines.group_by("order").agg(
            pl.col("amount").sum().alias("total"), (pl.col("quantity") >= LARGE).any().alias("large")
        )
        orders = orders.join(totals, left_on="id", right_on="order", how="left")
        orders = orders.with_columns(pl.col("total").fill_null(0.0), pl.col("large").fill_null(False))
        orders = orders.sort("customer", "ordered_on").with_columns(
            pl.col("total").cum_sum().over("customer").alias("running_total")
        )
        orders = orders.with_columns(pl.col("running_total").last().over("customer", "ordered_on")).sort("id")
        of_customers = orders.group_by("customer").agg(
            pl.col("total").sum().alias("revenue"), pl.col("large").sum().alias("large_orders")
        )
        customers = self.frames["customers"].join(
            of_customers, left_on="id", right_on="customer", how="left", maintain_order="left"
        )
        customers = customers.with_columns(pl.col("revenue", "large_orders").fill_null(0))
        return {"lines": lines, "orders": orders, "customers": customers}

    def change(self, edit: CellEdit) -> None:
        """Change the cell."""
        pl, frame = self.polars, self.frames[edit.table]
        value = pl.lit(edit.value, dtype=frame.schema[edit.column])
        changed = pl.when(pl.col("id") == edit.row).then(value).otherwise(pl.col(edit.column)).alias(edit.column)
        self.frames[edit.table] = frame.with_columns(changed)

    def results(self) -> Iterator[ResultColumn]:
        """The columns of the frames."""
        for table, column in self.workload.results:
            cells = self.made[table][column].to_list()
            yield [cell or [] for cell in cells] if column == "tasks" else cells


engine = PolarsEngine
