#!/usr/bin/env bash
# sqlglot 30.30: exp.TryCast is written as CAST for Spark unless its argument `safe` is true.
#
# The node's name says that the cast never fails, and DuckDB's generator writes TRY_CAST whatever `safe` is. Spark's asks
# for `safe`, which parsers set and which nothing asks of whoever makes the node. With ANSI mode, the default of Spark 4, the
# CAST ends the query at the first value out of range; sample data without one show nothing.
# Seen on 2026-11-30, Python 3.11, Linux x86_64.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q "sqlglot==30.30.0"
"$place/venv/bin/python" - <<'PYTHON' | tee "$place/said"
from sqlglot import exp

for dialect in ("duckdb", "spark", "databricks"):
    for more in ({}, {"safe": True}):
        node = exp.TryCast(this=exp.column("a"), to=exp.DataType.build("BIGINT"), **more)
        print(dialect, more, node.sql(dialect))
PYTHON
grep -q '^duckdb {} TRY_CAST' "$place/said"
grep -q '^spark {} CAST' "$place/said"
grep -q "^spark {'safe': True} TRY_CAST" "$place/said"
echo 'as described'
