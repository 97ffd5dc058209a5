#!/usr/bin/env bash
# codaio 0.6.12 keeps attrs below 24, so no language server made with pygls 2 can be installed beside it.
#
# codaio declares attrs with a caret (>=23.1,<24); pygls 2.0.0 asks for attrs 24.3 or newer. pip refuses the two together.
# pygls 1.3.1 and lsprotocol 2025.0.0 still accept attrs 23: with either, one environment can deploy to Coda and serve an editor.
# Seen on 2026-11-30, pip 23.2: "Cannot install codaio==0.6.12 and pygls==2.0.0 because these package versions have
# conflicting dependencies."
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
pip() { "$place/venv/bin/pip" --disable-pip-version-check "$@"; }
if said=$(pip install --dry-run -q codaio==0.6.12 pygls==2.0.0 2>&1); then
  echo 'they can be installed together now'
  exit 1
fi
grep -q 'Cannot install codaio==0.6.12 and pygls==2.0.0' <<<"$said" || { printf '%s\n' "$said"; exit 1; }
pip install -q codaio==0.6.12 lsprotocol==2025.0.0
"$place/venv/bin/python" - <<'PYTHON'
from importlib.metadata import requires, version

asked = [one for one in requires("codaio") or () if one.startswith("attrs")]
print("codaio asks for", asked, "· installed: attrs", version("attrs"), "lsprotocol", version("lsprotocol"))
assert version("attrs").startswith("23."), version("attrs")
PYTHON
pip install -q --dry-run codaio==0.6.12 pygls==1.3.1
echo 'as described'
