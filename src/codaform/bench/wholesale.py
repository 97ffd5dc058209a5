"""The workload of a wholesaler: prices that are valid for a time, orders with lines, running totals of customers.

Prices are multiples of a quarter, so every sum is exact in any order. The periods of a product's prices do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from codaform.bench.sizes import Size
from codaform.bench.workload import EDITS, BenchColumn, BenchTable, CellEdit, Cells, Workload, spread

_FIRST_DAY = date(2024, 1, 1)
_DAYS = 720
_PRICES = 4
"""Periods of each product, of which some have no price."""

LARGE = 18
"""From how many pieces on a line makes its order a large one."""


def _names(what: str, count: int) -> Iterator[Cells]:
    for id in range(1, count + 1):
        yield id, f"{what} {id}"


def _customers(size: Size, _random: Random) -> Iterator[Cells]:
    return _names("Customer", size.customers)


def _products(size: Size, _random: Random) -> Iterator[Cells]:
    return _names("Product", size.products)


def _prices(size: Size, random: Random) -> Iterator[Cells]:
    """The last price of a product has no end; a tenth of the other periods has no price."""
    id = 0
    for product in range(1, size.products + 1):
        starts = [_FIRST_DAY + timedelta(_DAYS * k // _PRICES + int(random.random() * 90)) for k in range(_PRICES)]
        for start, after in zip(starts, [*starts[1:], None], strict=True):
            if after is not None and random.random() < 0.1:
                continue
            id += 1
            end = "" if after is None else (after - timedelta(1)).isoformat()
            yield id, product, start.isoformat(), end, 0.25 * (4 + int(random.random() * 400))


def _orders(size: Size, random: Random) -> Iterator[Cells]:
    days = [(_FIRST_DAY + timedelta(day)).isoformat() for day in range(_DAYS)]
    for id in range(1, size.orders + 1):
        yield id, 1 + int(random.random() * size.customers), days[int(random.random() * _DAYS)]


def _lines(size: Size, random: Random) -> Iterator[Cells]:
    for id in range(1, size.lines + 1):
        order = 1 + int(random.random() * size.orders)
        product = "" if random.random() < 0.02 else 1 + int(random.random() * size.products)
        yield id, order, product, 1 + int(random.random() * 20)


def _line_edits(size: Size) -> list[CellEdit]:
    return [CellEdit("lines", spread(k, size.lines), "quantity", 3.0 + 2 * k) for k in range(EDITS)]


_ID = BenchColumn("id", "text, display: true")

WHOLESALE = Workload(
    "wholesale",
    "a price for each line at the day of its order, totals of orders, running totals of customers, large orders",
    "wholesale",
    {
        "customers": BenchTable(
            (
                _ID,
                BenchColumn("name", "text"),
                BenchColumn("revenue", "number", "lines.Filter(order.customer = thisRow).amount.Sum()"),
                BenchColumn(
                    "large_orders",
                    "number",
                    "orders.Filter(customer = thisRow AND CurrentValue.WithName(theOrder, "
                    f"lines.Filter(order = theOrder AND quantity >= {LARGE}).Count() > 0)).Count()",
                ),
            ),
            _customers,
        ),
        "products": BenchTable((_ID, BenchColumn("name", "text")), _products),
        "prices": BenchTable(
            (
                _ID,
                BenchColumn("product", "relation, to: products"),
                BenchColumn("valid_from", "date"),
                BenchColumn("valid_to", "date"),
                BenchColumn("price", "number"),
            ),
            _prices,
        ),
        "orders": BenchTable(
            (
                _ID,
                BenchColumn("customer", "relation, to: customers"),
                BenchColumn("ordered_on", "date"),
                BenchColumn("total", "number", "lines.Filter(order = thisRow).amount.Sum()"),
                BenchColumn(
                    "running_total",
                    "number",
                    "orders.Filter(customer = thisRow.customer AND ordered_on <= thisRow.ordered_on).total.Sum()",
                ),
            ),
            _orders,
        ),
        "lines": BenchTable(
            (
                _ID,
                BenchColumn("order", "relation, to: orders"),
                BenchColumn("product", "relation, to: products"),
                BenchColumn("quantity", "number"),
                BenchColumn(
                    "unit_price",
                    "number",
                    "prices.Filter(product = thisRow.product AND valid_from <= thisRow.order.ordered_on AND "
                    "(valid_to.IsBlank() OR valid_to >= thisRow.order.ordered_on)).First().price",
                ),
                BenchColumn(
                    "amount",
                    "number",
                    'If(thisRow.unit_price.IsBlank(), "", thisRow.quantity * thisRow.unit_price)',
                ),
            ),
            _lines,
        ),
    },
    (
        ("lines", "unit_price"),
        ("lines", "amount"),
        ("orders", "total"),
        ("orders", "running_total"),
        ("customers", "revenue"),
        ("customers", "large_orders"),
    ),
    _line_edits,
)
