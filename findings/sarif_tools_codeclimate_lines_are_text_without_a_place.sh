#!/usr/bin/env bash
# sarif-tools 3.0.5: `sarif codeclimate` gives a result without a place the path "-" and the line "1", a text instead of a number.
#
# A SARIF result needs no location: a finding on the doc as a whole has none. GitLab's Code Quality wants lines.begin as a whole
# number and a path of the repository. Results with a place get a number, so the file mixes both kinds of value.
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
    "results": [
      {"ruleId": "R1", "level": "warning", "message": {"text": "here"},
       "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.coda"}, "region": {"startLine": 3}}}]},
      {"ruleId": "R2", "level": "warning", "message": {"text": "the doc has no owner"}}
    ]
  }]
}
JSON
"$place/venv/bin/sarif" codeclimate report.sarif --output quality.json >/dev/null
"$place/venv/bin/python" - <<'PYTHON'
import json

for issue in json.load(open("quality.json")):
    print(issue["check_name"], issue["location"])
    here = issue["check_name"] == "R1"
    wanted = {"path": "a.coda", "lines": {"begin": 3}} if here else {"path": "-", "lines": {"begin": "1"}}
    assert issue["location"] == wanted
PYTHON
echo 'as described'
