#!/usr/bin/env bash
# duckdb 2.0.1: EXPLAIN of a statement with many joins takes twelve times as long as the statement itself, since it draws boxes.
#
# A statement with 40 steps (CTE, MATERIALIZED) that are joined to one table is planned and run in a tenth of a second. Its EXPLAIN
# draws the plan as boxes beside each other, in 724 thousand characters, and takes a second of CPU; with 60 joins 4 seconds, with 80
# it took 13, where the run takes 0.3. EXPLAIN (FORMAT json) of the same statement takes no longer than planning.
# A tool that keeps plans, or a test that reads one, should ask for JSON: the time of the text says nothing about the time of planning.
# Seen on 2026-12-01 with 40 joins: "text 12.1 times the run, JSON 0.7 times". CPU times of one process are compared, with wide margins.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q duckdb==2.0.1
"$place/venv/bin/python" - <<'PY'
import sys
from time import process_time

import duckdb

base = duckdb.connect()
base.execute("SET threads = 1; CREATE TABLE t AS SELECT i, i % 7 AS k FROM range(100) AS r(i)")


def statement(joins: int) -> str:
    steps = ["b AS (SELECT i, k FROM t)", *(f"c{n} AS MATERIALIZED (SELECT i, i + {n} AS v FROM b)" for n in range(joins))]
    values = ", ".join(f"c{n}.v AS v{n}" for n in range(joins))
    joined = " ".join(f"LEFT JOIN c{n} ON c{n}.i = b.i" for n in range(joins))
    return f"WITH {', '.join(steps)} SELECT b.i, {values} FROM b {joined}"


def seconds(prefix: str) -> float:
    started = process_time()
    base.execute(prefix + statement(40)).fetchall()
    return process_time() - started


seconds("")
run, text, json = (seconds(prefix) for prefix in ("", "EXPLAIN ", "EXPLAIN (FORMAT json) "))
print(f"text {text / run:.1f} times the run, JSON {json / run:.1f} times")
if text < 3 * run or json > 2 * run:
    sys.exit("EXPLAIN no longer takes far longer than the statement, or JSON does")
PY
echo 'as described'
