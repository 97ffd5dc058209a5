#!/usr/bin/env bash
# SQLite 3.40: a common table expression is copied for each place that reads it, also where it is AS MATERIALIZED.
#
# A step that is read twice by the next, which is read twice by the next …, costs 2^n while the statement is prepared:
# materialized steps are computed once, but their SELECTs are still copied and resolved for each reader. With 20 such
# steps, preparing takes seconds and hundreds of megabytes; with 30, the process is killed. Views are copied in the
# same way. So a statement for SQLite has few steps that are read twice, and what is more goes into a table.
# Seen on 2026-11-30 with Python 3.11's sqlite3: time doubles with each step.
set -euo pipefail
python3 - <<'PYTHON'
import sqlite3
from time import process_time


def seconds(steps: int) -> float:
    lines = ["s0 AS MATERIALIZED (SELECT 1 AS k)"]
    for number in range(1, steps):
        before = f"s{number - 1}"
        lines.append(f"s{number} AS MATERIALIZED (SELECT a.k FROM {before} a LEFT JOIN {before} b ON a.k = b.k)")
    with sqlite3.connect(":memory:") as connection:
        start = process_time()
        connection.execute(f"WITH {', '.join(lines)} SELECT * FROM s{steps - 1}").fetchall()
        return process_time() - start


print(sqlite3.sqlite_version)
taken = {steps: seconds(steps) for steps in (10, 13, 16)}
print(taken)
assert taken[16] > 4 * taken[13] > 16 * taken[10], taken
PYTHON
echo 'as described'
