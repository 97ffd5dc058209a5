"""Writes what was measured."""

from __future__ import annotations

from collections.abc import Sequence

from codaform.bench.measuring import Measurement
from codaform.bench.report import Growth, ratio, ratio_text, time_text
from codaform.bench.workloads import WORKLOADS
from codaform.cli.output.drawing import DrawnCell, Heading, put_table
from codaform.cli.terminal import put, say


def put_measurements(measured: Sequence[Measurement]) -> None:
    """Write a table for each workload and size."""
    headings = [
        Heading("engine"),
        *(Heading(text, right=True) for text in ("load", "compute", "ratio", "one edit", "ratio", "peak")),
    ]
    for workload, size in dict.fromkeys((each.workload, each.size) for each in measured):
        put(f"{workload} {size}: {WORKLOADS[workload].title}")
        lines = [
            (
                *(each.engine, time_text(each.load_s)),
                *(time_text(each.compute_s), ratio_text(ratio(measured, each, "compute_s"))),
                *(time_text(each.edit_s), ratio_text(ratio(measured, each, "edit_s"))),
                f"{each.peak_mb:,.0f} MB",
            )
            for each in measured
            if (each.workload, each.size) == (workload, size)
        ]
        put_table(headings, [[DrawnCell(text) for text in line] for line in lines])
        put("")
    say("times: CPU on one thread, of PostgreSQL wall time; ratio: over the time of python_indexed")


def put_growths(grown: Sequence[Growth]) -> None:
    """Write a table for each workload."""
    headings = [
        Heading("engine"),
        *(Heading(text, right=True) for text in ("load", "compute", "one edit", "first", "last")),
    ]
    for workload in dict.fromkeys(each.workload for each in grown):
        of_workload = [each for each in grown if each.workload == workload]
        rows = of_workload[0].rows
        put(f"{workload} from {rows[0]:,} to {rows[-1]:,} rows: {WORKLOADS[workload].title}")
        lines = [
            (
                *(each.engine, f"{each.load_slope:.2f}", f"{each.compute_slope:.2f}", f"{each.edit_slope:.2f}"),
                *(time_text(each.edit_s[0]), time_text(each.edit_s[-1])),
            )
            for each in of_workload
        ]
        put_table(headings, [[DrawnCell(text) for text in line] for line in lines])
        put("")
    say("growth: 1 where twice the rows take twice as long, 0 where they take no longer; first, last: one edit")
