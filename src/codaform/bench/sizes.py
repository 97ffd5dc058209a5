"""The sizes of the workloads, as numbers of rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows each table of the workloads has. There are four prices for each product."""

    name: str
    tasks: int
    sprints: int
    workflows: int
    runs: int
    products: int
    customers: int
    orders: int
    lines: int


XS = Size("XS", 60, 8, 6, 90, 6, 4, 20, 80)
"""For trying it out: the times say nothing."""

SIZES = {
    "XS": XS,
    "S": Size("S", 500, 52, 50, 2_500, 50, 20, 200, 1_000),
    "M": Size("M", 50_000, 520, 2_500, 50_000, 2_000, 1_000, 10_000, 50_000),
    "L": Size("L", 1_000_000, 5_200, 50_000, 1_000_000, 40_000, 20_000, 200_000, 1_000_000),
}

STEPS = 6
"""How many sizes are measured to see the growth; each is twice the one before."""


def growing(smallest: int) -> list[Size]:
    """Sizes of one shape, from a number of rows in the largest tables upwards."""
    rows = [smallest * 2**step for step in range(STEPS)]
    return [Size(f"{n:,}", n, n // 50, n // 20, n, n // 20, n // 50, n // 5, n) for n in rows]
