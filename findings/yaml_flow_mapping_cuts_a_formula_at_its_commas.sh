#!/usr/bin/env bash
# PyYAML 6.0.3 and ruamel.yaml 0.18.16: a formula in a flow mapping is cut at its first comma, and the rest becomes keys.
#
# `{name: a, formula: If(x, 1, 2)}` is valid YAML. A plain scalar in a flow mapping ends at a comma, and a key needs no
# value: so formula is `If(x`, and there are two more keys, `1` and `2)`, whose value is null. No parser warns. In a
# block mapping the same formula is whole. Tools that let people write formulas in YAML have to look for such keys.
# Seen on 2026-11-29, Python 3.11. Both parsers agree.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q PyYAML==6.0.3 ruamel.yaml==0.18.16
"$place/venv/bin/python" - <<'PYTHON'
import yaml
from ruamel.yaml import YAML

flow, block = "{name: a, formula: If(x, 1, 2)}\n", "name: a\nformula: If(x, 1, 2)\n"
for parser, load in (("PyYAML", yaml.safe_load), ("ruamel.yaml", YAML(typ="safe").load)):
    print(parser, "flow:", load(flow), "block:", load(block))
    assert load(flow) == {"name": "a", "formula": "If(x", 1: None, "2)": None}
    assert load(block) == {"name": "a", "formula": "If(x, 1, 2)"}
PYTHON
echo 'as described'
