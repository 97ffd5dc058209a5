"""Python written by hand with the indexes that a good programmer would choose: dicts, and sorted lists with bisect.

An edit computes only what it reaches.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from itertools import accumulate
from pathlib import Path
from typing import Any

from codaform.bench.engines.by_hand import PYTHON, day, minute, minutes_of, number, read_columns, whole
from codaform.bench.engines.engine import BenchEngine, ResultColumn
from codaform.bench.wholesale import LARGE
from codaform.bench.workload import CellEdit, Workload


class RangeJoin(BenchEngine):
    """Tasks sorted by date."""

    version = PYTHON

    def load(self, folder: Path) -> None:
        """Dates as numbers of days."""
        self.day = read_columns(folder, "tasks", scheduled_start_date=day)["scheduled_start_date"]
        sprints = read_columns(folder, "sprints", start_date=day, end_date=day)
        self.start, self.end = sprints["start_date"], sprints["end_date"]

    def compute(self) -> None:
        """Cut the tasks of each sprint out of the sorted list, and put them in the order of the table."""
        self.sorted = sorted((day, task) for task, day in enumerate(self.day) if day is not None)
        self.tasks = [self._between(start, end) for start, end in zip(self.start, self.end, strict=True)]
        self.longest = max(end - start for start, end in zip(self.start, self.end, strict=True))

    def _between(self, start: int, end: int) -> list[int]:
        found = self.sorted[bisect_left(self.sorted, (start,)) : bisect_left(self.sorted, (end + 1,))]
        return sorted(task for _, task in found)

    def edit(self, edit: CellEdit) -> None:
        """Move the task, and find the tasks of the sprints around its old and its new day again."""
        task, after = edit.row - 1, edit.value.toordinal()  # type: ignore[union-attr]
        before, self.day[task] = self.day[task], after
        if before is not None:
            self.sorted.pop(bisect_left(self.sorted, (before, task)))
        insort(self.sorted, (after, task))
        for moved in {before, after} - {None}:
            first, last = bisect_left(self.start, moved - self.longest), bisect_right(self.start, moved)
            for sprint in range(first, last):
                if moved <= self.end[sprint]:
                    self.tasks[sprint] = self._between(self.start[sprint], self.end[sprint])

    def results(self) -> list[ResultColumn]:
        """Tasks by their numbers."""
        return [[[task + 1 for task in found] for found in self.tasks]]


class Aggregates(BenchEngine):
    """Runs grouped by workflow."""

    version = PYTHON

    def load(self, folder: Path) -> None:
        """Moments as minutes."""
        self.estimated = read_columns(folder, "tasks", estimated_hours=number)["estimated_hours"]
        self.planned = read_columns(folder, "workflows", estimated_hours=number)["estimated_hours"]
        self.runs = read_columns(
            folder, "execution_runs", workflow=whole, task=whole, started_at=minute, ended_at=minute
        )

    def _run(self, run: int) -> tuple[float | None, float | None]:
        """The hours of a run, and how many more they are than planned."""
        end, task = self.runs["ended_at"][run], self.runs["task"][run]
        hours = None if end is None else (end - self.runs["started_at"][run]) / 60
        estimate = None if task is None else self.estimated[task - 1]
        return hours, None if hours is None or estimate is None else hours - estimate

    def _workflow(self, workflow: int) -> tuple[int, float | None, float | None]:
        runs = self.runs_of[workflow]
        hours = [taken for taken in map(self.hours.__getitem__, runs) if taken is not None]
        average = sum(hours) / len(hours) if hours else None
        plan = self.planned[workflow]
        return len(runs), average, None if average is None or not plan else (average - plan) / plan * 100

    def compute(self) -> None:
        """The runs, then the workflows."""
        both = [self._run(run) for run in range(len(self.runs["workflow"]))]
        self.hours, self.variance = map(list, zip(*both, strict=True))
        self.runs_of: list[list[int]] = [[] for _ in self.planned]
        for run, workflow in enumerate(self.runs["workflow"]):
            self.runs_of[workflow - 1].append(run)
        of_workflows = [self._workflow(workflow) for workflow in range(len(self.planned))]
        self.count, self.average, self.percent = map(list, zip(*of_workflows, strict=True))

    def edit(self, edit: CellEdit) -> None:
        """One run and its workflow."""
        run = edit.row - 1
        self.runs["ended_at"][run] = minutes_of(edit.value)  # type: ignore[arg-type]
        self.hours[run], self.variance[run] = self._run(run)
        workflow = self.runs["workflow"][run] - 1
        self.count[workflow], self.average[workflow], self.percent[workflow] = self._workflow(workflow)

    def results(self) -> list[ResultColumn]:
        """The computed lists."""
        return [self.hours, self.variance, self.count, self.average, self.percent]


class Wholesale(BenchEngine):
    """Prices by product, sorted by their start; lines by order; orders by customer, sorted by day."""

    version = PYTHON

    def load(self, folder: Path) -> None:
        """Dates as numbers of days."""
        self.prices = read_columns(folder, "prices", product=whole, valid_from=day, valid_to=day, price=number)
        self.orders = read_columns(folder, "orders", customer=whole, ordered_on=day)
        self.lines = read_columns(folder, "lines", order=whole, product=whole, quantity=number)
        self.customers = len(read_columns(folder, "customers", id=whole)["id"])

    def compute(self) -> None:
        """Lines, orders, customers."""
        prices = self.prices
        self.prices_of: dict[int, tuple[list[int], list[tuple[int | None, float]]]] = defaultdict(lambda: ([], []))
        for price in sorted(range(len(prices["price"])), key=prices["valid_from"].__getitem__):
            starts, rest = self.prices_of[prices["product"][price]]
            starts.append(prices["valid_from"][price])
            rest.append((prices["valid_to"][price], prices["price"][price]))
        lines, days = self.lines, self.orders["ordered_on"]
        self.price = [
            self._price(product, days[order - 1])
            for product, order in zip(lines["product"], lines["order"], strict=True)
        ]
        self.amount = [
            None if price is None else quantity * price
            for price, quantity in zip(self.price, lines["quantity"], strict=True)
        ]
        self.lines_of: list[list[int]] = [[] for _ in days]
        for line, order in enumerate(lines["order"]):
            self.lines_of[order - 1].append(line)
        self.total = [self._total(order) for order in range(len(days))]
        self.orders_of: list[list[int]] = [[] for _ in range(self.customers)]
        for order in sorted(range(len(days)), key=days.__getitem__):
            self.orders_of[self.orders["customer"][order] - 1].append(order)
        self.running = [0.0] * len(days)
        both = [self._customer(customer) for customer in range(self.customers)]
        self.revenue, self.large = map(list, zip(*both, strict=True))

    def _price(self, product: int | None, on: int) -> float | None:
        if product is None or product not in self.prices_of:
            return None
        starts, rest = self.prices_of[product]
        last = bisect_right(starts, on) - 1
        if last < 0:
            return None
        end, price = rest[last]
        return price if end is None or on <= end else None

    def _total(self, order: int) -> float:
        amounts = map(self.amount.__getitem__, self.lines_of[order])
        return sum((amount for amount in amounts if amount is not None), 0.0)

    def _customer(self, customer: int) -> tuple[float, int]:
        """The revenue and the number of large orders; sets the running totals."""
        orders = self.orders_of[customer]
        days = [self.orders["ordered_on"][order] for order in orders]
        sums = [0.0, *accumulate(self.total[order] for order in orders)]
        for order, on in zip(orders, days, strict=True):
            self.running[order] = sums[bisect_right(days, on)]
        quantity = self.lines["quantity"]
        large = sum(any(quantity[line] >= LARGE for line in self.lines_of[order]) for order in orders)
        return sums[-1], large

    def edit(self, edit: CellEdit) -> None:
        """One line, its order, its customer."""
        line = edit.row - 1
        self.lines["quantity"][line] = edit.value
        price: Any = self.price[line]
        self.amount[line] = None if price is None else edit.value * price
        order = self.lines["order"][line] - 1
        self.total[order] = self._total(order)
        customer = self.orders["customer"][order] - 1
        self.revenue[customer], self.large[customer] = self._customer(customer)

    def results(self) -> list[ResultColumn]:
        """The computed lists."""
        return [self.price, self.amount, self.total, self.running, self.revenue, self.large]


_OF_KIND: dict[str, type[RangeJoin | Aggregates | Wholesale]] = {
    "range_join": RangeJoin,
    "aggregates": Aggregates,
    "wholesale": Wholesale,
}


def engine(workload: Workload) -> BenchEngine:
    """The engine for a workload."""
    return _OF_KIND[workload.kind](workload)
