#!/usr/bin/env bash
# ClickHouse 26.9: near 0, tanh is right to nine digits only, and the remainder of two fractions is not that of C's fmod.
#
# 1 % 0.1 is 0, where fmod of C and Python gives 0.09999999999999995. Both look right in a few tries with whole numbers.
# Fails if that changes. Seen on 2026-11-30 with chdb-core 26.9.0, Python 3.11, Linux x86_64.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check chdb-core==26.9.0
"$folder/venv/bin/python" - <<'PYTHON'
import math

from chdb.session import Session

session = Session()
line = str(session.query("SELECT version(), tanh(1e-7), 1 % 0.1", "TabSeparated")).strip()
version, tanh, rest = line.split("\t")
print(f"ClickHouse {version}: tanh(1e-7) = {tanh}, 1 % 0.1 = {rest}")
print(f"Python: tanh(1e-7) = {math.tanh(1e-7)}, fmod(1, 0.1) = {math.fmod(1, 0.1)}")
assert abs(float(tanh) / math.tanh(1e-7) - 1) > 1e-12, "tanh is exact now"
assert float(rest) != math.fmod(1, 0.1), "the remainder is exact now"
PYTHON
echo 'as described'
