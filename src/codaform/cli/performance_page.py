"""Writes the page of measurements and its pictures.

`codaform bench --json | python -m codaform.cli.performance_page FILE`
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from codaform.bench.engines import OWN
from codaform.bench.measuring import Measurement
from codaform.bench.report import BASE, ratio, ratio_text, time_text
from codaform.bench.running import differences
from codaform.bench.sizes import SIZES, Size
from codaform.bench.workloads import WORKLOADS
from codaform.model.budget import MOST_STEPS, MOST_STEPS_A_COLUMN
from codaform.pictures.times import Times, time_bars, time_lines
from codaform.site.markdown import join_blocks, table

_ABOUT = f"""\
`codaform bench` measures codaform's engines: `rows`, `columns` (whole columns in numpy), and its SQL in DuckDB and
PostgreSQL (`duckdb_generated`, `postgres_generated`: the statements that `codaform eval --engine` runs). Beside them
are others that compute the same rows: Python written by hand with dicts and sorted lists (`{BASE}`), with numpy
(`numpy_by_hand`) and with loops alone (`naive`, for few rows only), Polars, and SQL written by hand for DuckDB and
PostgreSQL. codaform adds numbers in the order of the rows, so that a sum has the same last digit everywhere; so does
the SQL by hand of `duckdb_exact` and `postgres_exact`, while that of `duckdb` and `postgres` adds in any order. Each
engine has a process of its own and one thread. codaform computes the formulas below, which hold no hints. All engines
must give the same results, bit for bit, before and after the edits."""

_COLUMNS = """\
- **load**: from the files to rows in memory, or in the database with keys and indexes; for codaform, the formulas are
  parsed and bound, too, and SQL is planned, for which it runs once. `columns`, `numpy_by_hand` and generated SQL read
  only the columns that the results need.
- **compute**: all computed columns from loaded rows, indexes included; the median of several rounds. In a database,
  the results are tables there.
- **in all**: load and compute, from the files to the results.
- **one edit**: a cell gets another value, and all computed cells are right again; the median of 15 edits, or of those
  of 5 seconds. `rows` reads every cell that the edit reached; `columns` computes the columns again that read the
  changed one; the others but `python_indexed` compute everything again.
- **ratio**: the time over that of `python_indexed` in the same run. Times depend on the machine, ratios much less.
- The pictures show **compute**. On their axes, each step is ten times the one before: a steeper line grows faster.
- **peak**: the most memory of the process, that of Python and its packages included; PostgreSQL's server is not.

Times are CPU time; those of PostgreSQL are wall time, as the server works in processes of its own."""

_OTHER = f"""\
Where `rows` has "other results" than `{BASE}`, cells met [the work limit](#the-work-limit) and are errors."""

_LIMIT = f"""\
A formula may take {MOST_STEPS:,} steps for one row, and a column {MOST_STEPS_A_COLUMN:,} steps for all rows. With more,
the cell is an error. The limit is a guard against formulas that never end or fill the memory. It counts work that is
really done: for each item that a formula goes through, a step for each part that is computed for the item; long texts
by their length. Rows that an index leaves out cost nothing. So a condition that codaform looks up in an index stays far
below the limit with a million rows. A condition that codaform must ask row by row may meet the limit;
`codaform eval --explain-plan` shows which of the two it is, and why."""


def performance_page(measured: Sequence[Measurement], machine: str, day: str) -> str:
    """The page. machine: What it was measured on; day: when."""
    versions = ", ".join(dict.fromkeys(each.version for each in measured))
    sizes = [SIZES[name] for name in dict.fromkeys(each.size for each in measured) if name in SIZES]
    heading = ["Size", "tasks", "sprints", "workflows", "runs", "products", "customers", "orders", "lines"]
    rows = [
        [str(value) if isinstance(value, str) else f"{value:,}" for value in asdict(size).values()] for size in sizes
    ]
    parts = [
        "# Performance",
        _ABOUT,
        f"Measured on {day}: {machine}; {versions}. `make performance` measures anew and writes this page.",
        _COLUMNS,
    ]
    if differences(measured):
        parts.append(_OTHER)
    for workload in dict.fromkeys(each.workload for each in measured):
        of_workload = [each for each in measured if each.workload == workload]
        title = WORKLOADS[workload].title
        parts += [f"## {workload}", f"{title[0].upper()}{title[1:]}.", _formulas(workload)]
        parts += [f"![{_about(workload, name)}]({PICTURES}/{name}.svg)" for name in _drawn(workload, of_workload)]
        parts.append(_times(of_workload))
    if beside := _generated(measured):
        parts += ["## Generated SQL", _GENERATED, table(_HEADING, beside)]
    return join_blocks(*parts, "## Sizes", table(heading, rows), "## The work limit", _LIMIT)


_GENERATED = """\
**compute** of codaform's SQL, and its ratio to that of SQL by hand in the same run: below 1, codaform's is faster. In
DuckDB, codaform finds the rows of a range of dates by their day; by hand, dates are compared."""

_HEADING = ["Workload", "Size", "Database", "generated", "by hand", "ratio", "by hand, sums in order", "ratio"]


def _generated(measured: Sequence[Measurement]) -> list[list[str]]:
    """A line for each workload, size and database: the time of generated SQL beside those of SQL by hand."""
    times = {(each.workload, each.size, each.engine): each.compute_s for each in measured}
    lines = []
    for name, title in (("duckdb", "DuckDB"), ("postgres", "PostgreSQL")):
        for (workload, size, engine), own in times.items():
            if engine == f"{name}_generated":
                line = [workload, size, title, time_text(own)]
                for other in (name, f"{name}_exact"):
                    by_hand = times.get((workload, size, other))
                    line += ["", ""] if by_hand is None else [time_text(by_hand), f"{own / by_hand:.2f}"]
                lines.append(line)
    return lines


PICTURES = "../images/performance"
"""Where the pictures are, from the page."""

_ROWS = {"execution_runs": "runs"}
"""The tables that a size calls otherwise."""


def pictures(measured: Sequence[Measurement]) -> dict[str, str]:
    """The pictures of the page, by the names of their files: how times grow, and the times of the largest size."""
    found: dict[str, str] = {}
    for workload in dict.fromkeys(each.workload for each in measured):
        found |= _drawn(workload, [each for each in measured if each.workload == workload])
    return {f"{name}.svg": text for name, text in found.items()}


def _drawn(workload: str, measured: Sequence[Measurement]) -> dict[str, str]:
    """The pictures of a workload by their names."""
    times = []
    for engine in dict.fromkeys(each.engine for each in measured):
        of_engine = [each for each in measured if each.engine == engine]
        points = tuple((_most_rows(workload, SIZES[each.size]), each.compute_s) for each in of_engine)
        times.append(Times(engine, engine in OWN, points))
    most = max(count for engine in times for count, _ in engine.seconds)
    of_most = [engine for engine in times if engine.seconds[-1][0] == most]
    told = "; ".join(f"{engine.name} {time_text(engine.seconds[-1][1])}" for engine in of_most)
    bars, lines = f"{workload}_bars", f"{workload}_lines"
    found = {bars: time_bars(of_most, _about(workload, bars), told, time_text)}
    grown = [engine for engine in times if len(engine.seconds) > 1]
    return {lines: time_lines(grown, _about(workload, lines), told, time_text), **found} if grown else found


def _about(workload: str, picture: str) -> str:
    what = "how the time grows with the rows" if picture.endswith("lines") else "the time for the most rows, by engine"
    return f"{workload}: {what}"


def _most_rows(workload: str, size: Size) -> int:
    """How many rows the largest table of a workload has."""
    return max(int(getattr(size, _ROWS.get(table, table), 0)) for table in WORKLOADS[workload].tables)


def _formulas(workload: str) -> str:
    """The formulas of a workload, as in its project."""
    formulas = [
        f"{name}.{column.name} = {column.formula}"
        for name, each in WORKLOADS[workload].tables.items()
        for column in each.columns
        if column.formula
    ]
    return "\n".join(["```coda", *formulas, "```"])


def _times(measured: Sequence[Measurement]) -> str:
    right = {each.size: each.checksum for each in measured if each.engine == BASE}
    lines = []
    for each in measured:
        differs = right.get(each.size, each.checksum) != each.checksum
        computed = f"{time_text(each.compute_s)} ({ratio_text(ratio(measured, each, 'compute_s'))})"
        edited = f"{time_text(each.edit_s)} ({ratio_text(ratio(measured, each, 'edit_s'))})"
        in_all = time_text(each.load_s + each.compute_s)
        times = (time_text(each.load_s), computed, in_all, edited, f"{each.peak_mb:,.0f} MB")
        lines.append([each.size, each.engine + (" (other results)" if differs else ""), *times])
    return table(["Size", "Engine", "load", "compute (ratio)", "in all", "one edit (ratio)", "peak"], lines)


def _machine() -> str:
    """The processor, its number of cores, the system."""
    processor = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        names = [line.split(":", 1)[1].strip() for line in described.read_text().splitlines() if "model name" in line]
        processor = names[0] if names else processor
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}"


if __name__ == "__main__":
    read = [Measurement(**each) for each in json.load(sys.stdin)]
    page = Path(sys.argv[1])
    text = performance_page(read, _machine(), datetime.now(UTC).date().isoformat())
    page.write_text(text, "utf-8", newline="\n")
    folder = page.parent / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures(read).items():
        (folder / name).write_text(picture, "utf-8", newline="\n")
