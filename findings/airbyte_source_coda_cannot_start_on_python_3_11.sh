#!/usr/bin/env bash
# airbyte-source-coda 1.2.13 from PyPI allows Python 3.11 and airbyte-cdk below 1; what pip installs cannot start there.
#
# pip chooses airbyte-cdk 0.90.0, the last below 1. Its dataclasses in sources/declarative have instances as defaults, which
# dataclasses allowed until Python 3.10 and refuse since 3.11, where a default has to be hashable. So `source-coda spec`
# ends while it imports. The manifest inside of the package is fine: a newer airbyte-cdk, in an environment of its own,
# runs it with source-declarative-manifest.
# Seen on 2026-11-30, Python 3.11: "ValueError: mutable default <class '…JsonDecoder'> for field _decoder is not allowed".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3.11 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q airbyte-source-coda==1.2.13 airbyte-cdk==0.90.0 'setuptools<80'
"$place/venv/bin/python" - <<'PYTHON'
from importlib.metadata import metadata

told = metadata("airbyte-source-coda")
print("Requires-Python:", told["Requires-Python"], "· Requires-Dist:", told.get_all("Requires-Dist"))
assert told["Requires-Python"] == ">=3.9,<3.12"
try:
    import source_coda.run  # what the command source-coda imports
except ValueError as error:
    print("ValueError:", error)
    assert "mutable default" in str(error) and "JsonDecoder" in str(error), error
else:
    raise SystemExit("it starts now")
PYTHON
echo 'as described'
