#!/usr/bin/env bash
# SQLite 3.40: "parser stack overflow" long before the limit of 1,000 nested levels that its documentation names.
#
# Besides SQLITE_MAX_EXPR_DEPTH, the parser keeps at most 100 symbols until they are complete: about 5 for each CASE or
# call, 1 for each parenthesis, none for what stands left of a sign. So 18 CASEs in each other are the most, while
# 900 additions in a row are fine. A newer SQLite may be built with a stack that grows: then this script fails.
# Seen on 2026-11-30 with Python 3.11's sqlite3.
set -euo pipefail
python3 - <<'PYTHON'
import sqlite3

connection = sqlite3.connect(":memory:")


def most(shape: str) -> int:
    text, count = "1", 0
    while count < 900:
        text = shape.format(text)
        try:
            connection.execute(f"SELECT {text}")
        except sqlite3.OperationalError as fault:
            assert str(fault) == "parser stack overflow", fault
            return count
        count += 1
    return count


found = {shape: most(shape) for shape in ("({})", "CASE WHEN 1 THEN {} END", "max(1, {})", "{} + 1")}
print(sqlite3.sqlite_version, found)
assert found["({})"] < 100 and found["CASE WHEN 1 THEN {} END"] < 20 and found["{} + 1"] == 900, found
PYTHON
echo 'as described'
