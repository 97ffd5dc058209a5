"""What measurements say: ratios to Python by hand, growth, times as texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from codaform.bench.measuring import Measurement

BASE = "python_indexed"
"""The engine to which the others are compared."""

_TIMES = ("load_s", "compute_s", "edit_s")
"""The times of a measurement."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How the times of an engine grow with the rows: 1 where twice the rows take twice as long, 0 where no longer."""

    engine: str
    workload: str
    rows: list[int]
    load_slope: float
    compute_slope: float
    edit_slope: float
    edit_s: list[float]


def ratio(measured: Sequence[Measurement], of: Measurement, time: str) -> float | None:
    """A time of a measurement over that of Python by hand in the same run; None without it. time: `compute_s` …"""
    for base in measured:
        if (base.engine, base.workload, base.size) == (BASE, of.workload, of.size) and getattr(base, time):
            return float(getattr(of, time) / getattr(base, time))
    return None


def growths(measured: Sequence[Measurement], rows: Sequence[int]) -> list[Growth]:
    """The growth of each engine with each workload that was measured at all sizes. rows: Those of the sizes."""
    found = []
    for workload, engine in dict.fromkeys((each.workload, each.engine) for each in measured):
        sizes = [each for each in measured if (each.workload, each.engine) == (workload, engine)]
        if len(sizes) == len(rows):
            load, compute, edit = ([getattr(each, time) for each in sizes] for time in _TIMES)
            slopes = (slope(rows, load), slope(rows, compute), slope(rows, edit))
            found.append(Growth(engine, workload, list(rows), *slopes, edit))
    return found


def slope(rows: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of the line through the logarithms of rows and seconds."""
    xs, ys = [math.log(count) for count in rows], [math.log(max(time, 1e-7)) for time in seconds]
    middle_x, middle_y = fmean(xs), fmean(ys)
    up = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True))
    return round(up / sum((x - middle_x) ** 2 for x in xs), 2)


def time_text(seconds: float) -> str:
    """A time in a unit that suits it: `12.3 ms`."""
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:,.3g} {unit}"
    return f"{seconds * 1e6:,.3g} µs"


def ratio_text(ratio: float | None) -> str:
    """A ratio; nothing for None."""
    return "" if ratio is None else f"{ratio:,.2f}" if ratio < 10 else f"{ratio:,.0f}"
