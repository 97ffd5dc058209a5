#!/usr/bin/env bash
# codaio 0.6.12: importing it reads the first file .env in any folder above the installed package into os.environ.
#
# codaio calls envparse's Env.read_envfile() when it is imported. Without a path, envparse looks for .env from the folder
# of the caller's file upwards, and the caller is codaio: so not the working folder counts, but wherever the virtual
# environment lies. A tool that only imports codaio gets the variables of whatever project is above its environment.
# Seen on 2026-11-29 with envparse 0.2.0, Python 3.11: MARK is in os.environ after the import, from another folder.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/project" "$place/elsewhere"
python3 -m venv "$place/project/venv"
"$place/project/venv/bin/pip" --disable-pip-version-check install -q codaio==0.6.12 envparse==0.2.0
echo 'MARK=above' > "$place/project/.env"
cd "$place/elsewhere"
"$place/project/venv/bin/python" -W ignore - <<'PYTHON'
import os

assert "MARK" not in os.environ
import codaio  # noqa: E402, F401

print("MARK =", os.environ.get("MARK"))
assert os.environ.get("MARK") == "above"
PYTHON
echo 'as described'
