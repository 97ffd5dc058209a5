#!/usr/bin/env bash
# sarif-tools 3.0.5: `sarif --check error` ends with the number of errors as its exit code, so that 256 errors end with 0.
#
# An exit code has eight bits. 255 errors end with 255 and 257 with 1; 256, 512 and so on say on stderr "exiting with return
# code 256", and the shell, and with it a pipeline, gets 0: passed.
# Seen on 2026-12-01, Python 3.11, Linux.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q sarif-tools==3.0.5
cd "$place"
for wanted in 0:0 1:1 255:255 256:0 257:1; do
    count=${wanted%:*}
    "$place/venv/bin/python" - "$count" <<'PYTHON' > report.sarif
import json
import sys

results = [{"ruleId": "R1", "level": "error", "message": {"text": str(number)}} for number in range(int(sys.argv[1]))]
print(json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "lint"}}, "results": results}]}))
PYTHON
    code=0
    "$place/venv/bin/sarif" --check error summary report.sarif >told.txt 2>&1 || code=$?
    echo "$count errors: exit code $code"
    [ "$code" = "${wanted#*:}" ]
    grep -q "^error: $count" told.txt
done
echo 'as described'
