#!/usr/bin/env bash
# sarif-tools 3.0.5: results that the analysis itself marks as suppressed count, and the documented filter for them drops all.
#
# SARIF 2.1.0 (3.27.23) lets a tool report what a comment in the source took back, with "suppressions"; GitHub's code scanning
# hides such results. `sarif summary` and `--check` count them like any other. The README's filter, `exclude: - suppression:`
# with an empty value, leaves out every result, also those without suppressions, since a missing property counts as a match.
# With `default-include: false` and the kind's name it does what is wanted.
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
      "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.coda"}, "region": {"startLine": 4}}}]
    }, {
      "ruleId": "R2",
      "level": "warning",
      "message": {"text": "text compared with a row"},
      "locations": [{"physicalLocation": {"artifactLocation": {"uri": "b.coda"}, "region": {"startLine": 2}}}]
    }]
  }]
}
JSON
printf 'exclude:\n  - suppression:\n' > documented.yml
printf 'configuration:\n  default-include: false\nexclude:\n  - suppression: inSource\n' > by_name.yml
warnings() { "$place/venv/bin/sarif" summary "$@" report.sarif | grep '^warning'; }
echo "no filter: $(warnings); documented filter: $(warnings --filter documented.yml); by name: $(warnings --filter by_name.yml)"
[ "$(warnings)" = 'warning: 2' ]
[ "$(warnings --filter documented.yml)" = 'warning: 0' ]
[ "$(warnings --filter by_name.yml)" = 'warning: 1' ]
echo 'as described'
