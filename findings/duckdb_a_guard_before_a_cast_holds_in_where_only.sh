#!/usr/bin/env bash
# duckdb 1.5.6 and 2.0.1: `guard OR cast(…)` is safe in WHERE, and the same words in SELECT are an error.
#
# In WHERE the right side of OR and AND is asked only for rows that the left side leaves open, so a guard before a cast
# that may fail works. In the list of SELECT both sides are computed for all rows, so the guarded row ends the query.
# CASE keeps its branches apart in both places. Whoever tries a condition in WHERE and then wants it as a column, or
# generates SQL from conditions that stop from left to right, has to write CASE or TRY_CAST.
# Seen on 2026-11-29, Python 3.11, Linux x86_64.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cat > "$place/look.py" <<'PYTHON'
import duckdb

connection = duckdb.connect()
connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1, '10'), (2, 'none'), (3, '30')) AS v(k, x)")
print(duckdb.__version__)
for guarded in ("k = 2 OR CAST(x AS DOUBLE) > 20", "k <> 2 AND CAST(x AS DOUBLE) > 20"):
    kept = [k for (k,) in connection.execute(f"SELECT k FROM t WHERE {guarded} ORDER BY k").fetchall()]
    print("where: ", guarded, kept)
    try:
        print("select:", guarded, connection.execute(f"SELECT {guarded} FROM t").fetchall())
    except duckdb.ConversionException as error:
        print("select:", guarded, str(error).splitlines()[0])
safe = "CASE WHEN k = 2 THEN true ELSE CAST(x AS DOUBLE) > 20 END"
print("case:  ", connection.execute(f"SELECT {safe} FROM t ORDER BY k").fetchall())
PYTHON
for version in 1.5.6 2.0.1; do
  python3 -m venv "$place/$version"
  "$place/$version/bin/pip" --disable-pip-version-check install -q "duckdb==$version"
  "$place/$version/bin/python" "$place/look.py" | tee "$place/said"
  test "$(grep -c '^where: .*\[2, 3\]\|^where: .*\[3\]' "$place/said")" = 2
  test "$(grep -c '^select: .*Conversion Error' "$place/said")" = 2
  grep -q '^case: .*(False,), (True,), (True,)' "$place/said"
done
echo 'as described'
