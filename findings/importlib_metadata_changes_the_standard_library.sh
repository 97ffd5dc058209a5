#!/usr/bin/env bash
# importlib_metadata 8.7.0: importing it changes what the standard library's importlib.metadata answers.
#
# The backport puts a finder of its own in front of sys.meta_path. From then on importlib.metadata.distribution() gives
# the backport's classes, whose metadata raises KeyError for a field that is missing, where the standard library of
# Python 3.11 gives None. It is enough that any package imports it: on Python 3.11, keyring does. So code that reads
# metadata["License-Expression"] works, until something else in the process asks for a keyring.
# Seen on 2026-11-29 with keyring 25.6.0, Python 3.11: None before the import, KeyError after it.
set -euo pipefail
python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo 'needs Python 3.11' >&2; exit 1; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q importlib_metadata==8.7.0 keyring==25.6.0
"$place/venv/bin/python" -W ignore - <<'PYTHON'
import importlib.metadata
import sys


def answer():
    try:
        return repr(importlib.metadata.distribution("pip").metadata["No-Such-Field"])
    except KeyError as error:
        return f"KeyError: {error}"


before = answer()
assert "importlib_metadata" not in sys.modules
import keyring  # noqa: E402, F401

keyring.get_keyring()
assert "importlib_metadata" in sys.modules
after = answer()
print("before:", before, "after:", after)
assert (before, after) == ("None", "KeyError: 'No-Such-Field'")
PYTHON
echo 'as described'
