#!/usr/bin/env bash
# syrupy 7.0.2: a snapshot of a text does not notice when its line ends change from CR LF to LF, or when a CR becomes an LF.
#
# The default format, Amber, writes a text of several lines as a block and compares with line ends made equal. Other bytes that
# are hard to see, such as a form feed or U+2028, are told apart. A test of a CSV writer, whose lines end in CR LF by RFC 4180,
# passes when they no longer do. Comparing bytes (b"…" == snapshot) or the repr of the text sees it.
# Seen on 2026-12-01, Python 3.11, pytest 9.0.2.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q syrupy==7.0.2 pytest==9.0.2
cd "$place"
cat > test_it.py <<'PYTHON'
import os

import pytest

BEFORE = {"csv": "a,b\r\n1,2\r\n", "cr": "a\rb", "feed": "a\x0cb", "separator": "a\u2028b"}
AFTER = {"csv": "a,b\n1,2\n", "cr": "a\nb", "feed": "a\nb", "separator": "a\nb"}


@pytest.mark.parametrize("name", BEFORE)
def test_text(name, snapshot):
    assert (AFTER if os.environ.get("LATER") else BEFORE)[name] == snapshot
PYTHON
run() { "$place/venv/bin/python" -m pytest -q -p no:cacheprovider --tb=no "$@" 2>&1 | grep -E '^FAILED|passed|failed' | sort -u; }
run --snapshot-update >/dev/null
later=$(LATER=1 run -rf || true)
printf '%s\n' "$later" | grep -v snapshots
grep -q '2 failed, 2 passed' <<<"$later"
grep -q 'FAILED test_it.py::test_text\[feed\]' <<<"$later" && grep -q 'FAILED test_it.py::test_text\[separator\]' <<<"$later"
! grep -q 'FAILED test_it.py::test_text\[c' <<<"$later"
echo 'as described'
