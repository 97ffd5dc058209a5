"""What reading a million rows costs: rows a second of CPU time, and the peak of memory; nothing here asserts either."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

ROWS = 1_000_000

TABLE = """\
table: tasks
columns:
  - {name: id, type: text, display: true}
  - {name: name, type: text}
  - {name: scheduled_start_date, type: date}
  - {name: estimated_hours, type: number}
"""

READ = """\
import sys, time
from pathlib import Path
from codaform.project.session import Session
started = time.process_time()
session = Session.open(sys.argv[1])
read = time.process_time()
book = session.book
loaded = time.process_time()
assert not session.project.diagnostics and not session.row_diagnostics
rows = len(book.rows("tasks"))
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(rows, read - started, loaded - read, peak)
"""
"""A process of its own: rows, seconds of CPU to read them and to fill the workbook, and the peak in KB.

The peak that `getrusage` gives begins with that of the process which started this one, and that has the rows, too.
"""


@pytest.mark.timeout(600)
def test_read_a_million_rows(benchmark, figure, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """From the folder to a workbook with its rows, from CSV and from Parquet."""
    lines = list(_rows())
    of_csv = tmp_path / "csv" / "tasks" / "rows.csv"
    of_parquet = tmp_path / "parquet" / "tasks" / "rows.parquet"
    for path in (of_csv, of_parquet):
        path.parent.mkdir(parents=True)
        (path.parents[1] / "doc.yml").write_text("doc: Long\ntime_zone: UTC\n")
        path.with_name("table.yml").write_text(TABLE)
    header = ("id", "name", "scheduled_start_date", "estimated_hours")
    with of_csv.open("w") as file:
        file.write(",".join(header) + "\n")
        file.writelines(f"{id},{name},{due or ''},{'' if hours is None else hours}\n" for id, name, due, hours in lines)
    columns = dict(zip(header, zip(*lines, strict=True), strict=True))
    parquet.write_table(pyarrow.table({name: pyarrow.array(values) for name, values in columns.items()}), of_parquet)
    benchmark.pedantic(lambda: figure(_measured(of_csv)), rounds=1)
    figure(_measured(of_parquet))


def _rows() -> Iterator[tuple[str, str, date | None, float | None]]:
    chosen = random.Random(20260101)
    first = date(2020, 1, 6)
    for number in range(ROWS):
        due = None if chosen.random() < 0.03 else first + timedelta(days=chosen.randrange(70_000))
        hours = None if chosen.random() < 0.02 else 0.25 * chosen.randint(1, 160)
        yield str(number + 1), f"Task {number + 1}", due, hours


def _measured(path: Path) -> str:
    """Read the project of a file in a fresh process."""
    call = [sys.executable, "-c", READ, str(path.parents[1])]
    rows, read, load, peak = subprocess.run(call, check=True, capture_output=True, text=True).stdout.split()
    seconds, size = float(read) + float(load), path.stat().st_size
    return (
        f"{path.name}, {int(rows):,} rows of 4 columns, {size / 1e6:.0f} MB: {int(rows) / seconds:,.0f} rows a second "
        f"({float(read):.1f} s of CPU to read, {float(load):.1f} s to fill the workbook), "
        f"peak {int(peak) / 1024:.0f} MB, {int(peak) * 1024 / size:.1f} times the file"
    )
