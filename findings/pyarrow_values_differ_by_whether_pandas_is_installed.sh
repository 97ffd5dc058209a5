#!/usr/bin/env bash
# pyarrow 26.0.1: to_pylist() of nanoseconds gives other types, or an error, by whether pandas is installed.
#
# A column of timestamp[ns], as pandas writes them, becomes datetime objects without pandas, and an error where a value
# has nanoseconds. With pandas beside it the same call gives pandas.Timestamp, a datetime with nanoseconds beside its
# microseconds; duration[ns] likewise. So another environment reads other values from the same file. A cast to int64
# gives the same counts everywhere. A date outside of Python's years ends to_pylist() for the whole array; only the
# counts say at which row.
# Seen on 2026-11-29, Python 3.11, Linux x86_64.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q pyarrow==26.0.1
cat > "$place/look.py" <<'PYTHON'
import datetime

import pyarrow as pa

whole = pa.array([1_735_689_600_000_000_000], pa.timestamp("ns"))
odd = pa.array([1_735_689_600_000_000_001], pa.timestamp("ns"))
print("whole:", type(whole.to_pylist()[0]))
try:
    print("odd:", type(odd.to_pylist()[0]))
except ValueError as error:
    print("odd:", str(error).split(".")[0])
late = pa.array([0, 10**17], pa.timestamp("ms"))
try:
    print(late.to_pylist())
except (OverflowError, ValueError) as error:
    print("late:", type(error).__name__, error)
assert odd.cast(pa.int64()).to_pylist() == [1_735_689_600_000_000_001]
assert isinstance(whole.to_pylist()[0], datetime.datetime)
PYTHON
"$place/venv/bin/python" "$place/look.py" | tee "$place/without"
"$place/venv/bin/pip" --disable-pip-version-check install -q pandas
"$place/venv/bin/python" "$place/look.py" | tee "$place/with"
grep -q "whole: <class 'datetime.datetime'>" "$place/without"
grep -q "odd: Nanosecond" "$place/without"
grep -q "pandas" "$place/with"
grep -q "late:" "$place/with"
echo 'as described'
