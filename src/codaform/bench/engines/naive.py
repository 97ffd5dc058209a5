"""Python written by hand without an index: a loop over all rows for each row. An edit computes everything."""

from __future__ import annotations

from codaform.bench.engines import python_indexed
from codaform.bench.engines.by_hand import minutes_of
from codaform.bench.engines.engine import BenchEngine
from codaform.bench.wholesale import LARGE
from codaform.bench.workload import CellEdit, Workload


class NaiveRangeJoin(python_indexed.RangeJoin):
    """Every task for every sprint."""

    def compute(self) -> None:
        """Compare all dates."""
        days = list(enumerate(self.day))
        self.tasks = [
            [task for task, day in days if day is not None and start <= day <= end]
            for start, end in zip(self.start, self.end, strict=True)
        ]

    def edit(self, edit: CellEdit) -> None:
        """All again."""
        self.day[edit.row - 1] = edit.value.toordinal()  # type: ignore[union-attr]
        self.compute()


class NaiveAggregates(python_indexed.Aggregates):
    """Every run for every workflow."""

    def compute(self) -> None:
        """The runs, then the workflows."""
        both = [self._run(run) for run in range(len(self.runs["workflow"]))]
        self.hours, self.variance = map(list, zip(*both, strict=True))
        of_run = list(enumerate(self.runs["workflow"]))
        self.runs_of = [[run for run, of in of_run if of == workflow] for workflow in range(1, len(self.planned) + 1)]
        of_workflows = [self._workflow(workflow) for workflow in range(len(self.planned))]
        self.count, self.average, self.percent = map(list, zip(*of_workflows, strict=True))

    def edit(self, edit: CellEdit) -> None:
        """All again."""
        self.runs["ended_at"][edit.row - 1] = minutes_of(edit.value)  # type: ignore[arg-type]
        self.compute()


class NaiveWholesale(python_indexed.Wholesale):
    """Every price for every line, every line for every order, every order for every customer."""

    def compute(self) -> None:
        """Lines, orders, customers."""
        lines = list(zip(self.lines["order"], self.lines["product"], self.lines["quantity"], strict=True))
        orders = list(zip(self.orders["customer"], self.orders["ordered_on"], strict=True))
        self.price = [self._valid(product, orders[order - 1][1]) for order, product, _ in lines]
        self.amount = [
            None if price is None else quantity * price for price, (*_, quantity) in zip(self.price, lines, strict=True)
        ]
        amounts = [(line[0], amount) for line, amount in zip(lines, self.amount, strict=True) if amount is not None]
        self.total = [sum(amount for of, amount in amounts if of == order) for order in range(1, len(orders) + 1)]
        totals = [(*order, total) for order, total in zip(orders, self.total, strict=True)]
        self.running = [
            sum(total for other, on, total in totals if other == customer and on <= day) for customer, day in orders
        ]
        customers = range(1, self.customers + 1)
        self.revenue = [sum(total for of, _, total in totals if of == customer) for customer in customers]
        large = [any(of == order and pieces >= LARGE for of, _, pieces in lines) for order in range(1, len(orders) + 1)]
        self.large = [
            sum(of == customer and is_large for (of, _), is_large in zip(orders, large, strict=True))
            for customer in customers
        ]

    def _valid(self, product: int | None, day: int) -> float | None:
        for of, start, end, price in zip(*self.prices.values(), strict=True):
            if of == product and start <= day and (end is None or day <= end):
                found: float = price
                return found
        return None

    def edit(self, edit: CellEdit) -> None:
        """All again."""
        self.lines["quantity"][edit.row - 1] = edit.value
        self.compute()


_OF_KIND: dict[str, type[NaiveRangeJoin | NaiveAggregates | NaiveWholesale]] = {
    "range_join": NaiveRangeJoin,
    "aggregates": NaiveAggregates,
    "wholesale": NaiveWholesale,
}


def engine(workload: Workload) -> BenchEngine:
    """The engine for a workload."""
    return _OF_KIND[workload.kind](workload)
