"""numpy written by hand, as one would for these formulas alone: the bound for columns. An edit computes everything."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from codaform.bench.engines.by_hand import day, minute, minutes_of, number, read_columns, whole
from codaform.bench.engines.engine import BenchEngine, ResultColumn
from codaform.bench.wholesale import LARGE
from codaform.bench.workload import CellEdit, Workload

_NO_DAY = 1 << 30


class NumpyEngine(BenchEngine):
    """Arrays by name; a blank number is NaN, a blank row -1, a blank day later than all."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.np: Any = import_module("numpy")
        self.version = f"numpy {self.np.__version__}"

    def read(self, folder: Path, table: str, **converters: Callable[[str], Any]) -> dict[str, Any]:
        """Some columns of a table as arrays."""
        np = self.np
        blank: dict[Any, float] = {day: _NO_DAY, minute: -1, number: float("nan"), whole: 0}
        dtype: dict[Any, str] = {number: "f8", day: "i4"}
        found = read_columns(folder, table, **converters)
        arrays = {}
        for name, convert in converters.items():
            values = [blank[convert] if value is None else value for value in found[name]]
            arrays[name] = np.array(values, dtype.get(convert, "i8")) - (1 if convert is whole else 0)
        return arrays

    @abstractmethod
    def arrays(self) -> Iterator[Any]:
        """The result columns as arrays, with NaN for a blank."""

    def results(self) -> Iterator[ResultColumn]:
        """The arrays as lists."""
        for array in self.arrays():
            yield [None if value != value else value for value in array.tolist()]


class NumpyRangeJoin(NumpyEngine):
    """By day, the sprints that have it. The sprints are in the order of their beginnings, and of their ends."""

    def load(self, folder: Path) -> None:
        """Dates as numbers of days."""
        self.day = self.read(folder, "tasks", scheduled_start_date=day)["scheduled_start_date"]
        sprints = self.read(folder, "sprints", start_date=day, end_date=day)
        self.start, self.end = sprints["start_date"], sprints["end_date"]

    def compute(self) -> None:
        """Repeat each task for the sprints of its day, and sort by sprint: the order of the table stays."""
        np, start, end = self.np, self.start, self.end
        first = int(start[0])
        count = int(end.max()) - first + 1
        days = np.arange(first, first + count + 1, dtype=np.int32)
        begun = np.searchsorted(start, days, "right").astype(np.int32)
        over = np.searchsorted(np.maximum.accumulate(end), days, "left").astype(np.int32)
        times = begun - over
        times[-1] = 0  # of every day outside, and of no day
        mine = np.minimum((self.day - first).view(np.uint32), np.uint32(count)).astype(np.intp)
        mine_times = times[mine]
        task = np.repeat(np.arange(len(mine), dtype=np.int32), mine_times)
        ends = np.cumsum(mine_times, dtype=np.int32)
        sprint = over[mine[task]] + (np.arange(len(task), dtype=np.int32) - (ends - mine_times)[task])
        inside = self.day[task] <= end[sprint]
        if not inside.all():
            task, sprint = task[inside], sprint[inside]
        self.offsets = np.cumsum(np.bincount(sprint, minlength=len(start)))
        self.task = task[np.argsort(sprint.astype(np.uint16), kind="stable")]

    def edit(self, edit: CellEdit) -> None:
        """Move the task, and compute everything again."""
        self.day[edit.row - 1] = edit.value.toordinal()  # type: ignore[union-attr]
        self.compute()

    def arrays(self) -> Iterator[Any]:
        """No array: the results are lists."""
        yield from ()

    def results(self) -> Iterator[ResultColumn]:
        """Tasks by their numbers."""
        yield [found.tolist() for found in self.np.split(self.task + 1, self.offsets[:-1])]


class NumpyAggregates(NumpyEngine):
    """Runs summed up by the number of their workflow."""

    def load(self, folder: Path) -> None:
        """Moments as minutes."""
        self.estimated = self.read(folder, "tasks", estimated_hours=number)["estimated_hours"]
        self.planned = self.read(folder, "workflows", estimated_hours=number)["estimated_hours"]
        self.runs = self.read(folder, "execution_runs", workflow=whole, task=whole, started_at=minute, ended_at=minute)

    def compute(self) -> None:
        """The runs, then the workflows."""
        np, runs, count = self.np, self.runs, len(self.planned)
        running = runs["ended_at"] < 0
        hours = (runs["ended_at"] - runs["started_at"]) / 60
        hours[running] = np.nan
        estimate = self.estimated[runs["task"]]
        estimate[runs["task"] < 0] = np.nan
        self.hours, self.variance = hours, hours - estimate
        self.count = np.bincount(runs["workflow"], minlength=count)
        over = ~running
        done = runs["workflow"][over]
        with np.errstate(all="ignore"):
            self.average = np.bincount(done, hours[over], minlength=count) / np.bincount(done, minlength=count)
            percent = (self.average - self.planned) / self.planned * 100
        self.percent = np.where(self.planned == 0, np.nan, percent)

    def edit(self, edit: CellEdit) -> None:
        """Change one run, and compute everything again."""
        self.runs["ended_at"][edit.row - 1] = minutes_of(edit.value)  # type: ignore[arg-type]
        self.compute()

    def arrays(self) -> Iterator[Any]:
        """The computed arrays."""
        yield from (self.hours, self.variance, self.count, self.average, self.percent)


class NumpyWholesale(NumpyEngine):
    """Prices in the order of product and day; orders in that of customer and day."""

    def load(self, folder: Path) -> None:
        """Dates as numbers of days."""
        self.prices = self.read(folder, "prices", product=whole, valid_from=day, valid_to=day, price=number)
        self.orders = self.read(folder, "orders", customer=whole, ordered_on=day)
        self.lines = self.read(folder, "lines", order=whole, product=whole, quantity=number)
        self.customers = len(read_columns(folder, "customers", id=whole)["id"])

    def compute(self) -> None:
        """Lines, orders, customers."""
        np, prices, orders, lines = self.np, self.prices, self.orders, self.lines
        order, count = lines["order"], len(orders["customer"])
        on = orders["ordered_on"][order]
        keys = prices["product"] << 32 | prices["valid_from"]
        in_order = np.argsort(keys, kind="stable")
        last = np.searchsorted(keys[in_order], lines["product"] << 32 | on, "right") - 1
        found = in_order[np.maximum(last, 0)]
        fits = (last >= 0) & (prices["product"][found] == lines["product"]) & (on <= prices["valid_to"][found])
        self.price = np.where(fits, prices["price"][found], np.nan)
        self.amount = lines["quantity"] * self.price
        self.total = np.bincount(order, np.nan_to_num(self.amount), minlength=count)
        self._running(count)
        large = np.bincount(order, lines["quantity"] >= LARGE, minlength=count) > 0
        of_customer = orders["customer"]
        line_customer = of_customer[order]
        self.revenue = np.bincount(line_customer, np.nan_to_num(self.amount), minlength=self.customers)
        self.large = np.bincount(of_customer, large, minlength=self.customers)

    def _running(self, count: int) -> None:
        """The total of a customer's orders up to each day: sums of quarters are exact in any order."""
        np, orders = self.np, self.orders
        keys = orders["customer"] << 32 | orders["ordered_on"]
        in_order = np.argsort(keys, kind="stable")
        ordered = keys[in_order]
        sums = np.concatenate(([0.0], np.cumsum(self.total[in_order])))
        end = np.searchsorted(ordered, keys, "right")
        start = np.searchsorted(ordered, orders["customer"] << 32, "left")
        self.running = sums[end] - sums[start]
        assert len(self.running) == count

    def edit(self, edit: CellEdit) -> None:
        """Change one line, and compute everything again."""
        self.lines["quantity"][edit.row - 1] = edit.value
        self.compute()

    def arrays(self) -> Iterator[Any]:
        """The computed arrays."""
        yield from (self.price, self.amount, self.total, self.running, self.revenue, self.large)


_OF_KIND: dict[str, type[NumpyEngine]] = {
    "range_join": NumpyRangeJoin,
    "aggregates": NumpyAggregates,
    "wholesale": NumpyWholesale,
}


def engine(workload: Workload) -> BenchEngine:
    """The engine for a workload."""
    return _OF_KIND[workload.kind](workload)
