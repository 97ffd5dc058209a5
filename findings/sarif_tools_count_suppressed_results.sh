#!/usr/bin/env bash
# sarif-tools 3.0.5: a result that the analysis itself marks as suppressed counts in `summary`, and fails `--check`.
#
# SARIF 2.1.0 (3.27.23) lets a tool report what a comment in the source took back, with "suppressions"; GitHub's code scanning
# hides such results. sarif-tools counts them like any other. Only a filter file of the reader's own leaves them out
# (`exclude: - suppression: ".*"`), so a tool that reports what it suppressed makes a clean run fail.
# Seen on 2026-12-01, Python 3.11.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q sarif-tools==3.0.5
cd "$place"
cat > report.sarif <<'JSON'
{
  "version": "2.1.0",
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
  "runs": [{
    "tool": {"driver": {"name": "lint"}},
    "results": [{
      "ruleId": "R1",
      "level": "warning",
      "message": {"text": "the average of no rows"},
      "suppressions": [{"kind": "inSource", "justification": "there is always one"}],
      "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.coda"}, "region": {"startLine": 1}}}]
    }]
  }]
}
JSON
printf 'exclude:\n  - suppression: ".*"\n' > filter.yml
code=0
"$place/venv/bin/sarif" --check warning summary report.sarif > told.txt 2>&1 || code=$?
grep -E '^warning|exiting' told.txt
[ "$code" = 1 ] && grep -q '^warning: 1' told.txt
"$place/venv/bin/sarif" --check warning summary --filter filter.yml report.sarif > filtered.txt 2>&1
grep -E '^warning' filtered.txt
grep -q '^warning: 0' filtered.txt
echo 'as described'
