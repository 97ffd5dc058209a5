#!/usr/bin/env bash
# mcp-coda 0.12.3: a doc's link without a title in it, as Coda's API gives it, is passed on as if it were the doc's id.
#
# The examples of Coda's API have links such as https://coda.io/d/_dAbCDeFGH: the part before "_d" is the title and may be
# missing. The server's pattern asks for a character there, so the whole link stays and is sent as the id. It also takes the
# last "_d" of the path's part, so that of an id that holds "_d" itself only the end is left.
# Seen on 2026-12-01, Python 3.11.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q mcp-coda==0.12.3
cd "$place"
"$place/venv/bin/python" -W ignore - <<'PYTHON'
from mcp_coda.servers._helpers import _parse_coda_doc_url as id_of

for link, wanted, given in (
    ("https://coda.io/d/Launch-Status_dAbCDeFGH", "AbCDeFGH", "AbCDeFGH"),
    ("https://coda.io/d/_dAbCDeFGH", "AbCDeFGH", "https://coda.io/d/_dAbCDeFGH"),
    ("https://coda.io/d/Plan_dAbC_dEfGhI", "AbC_dEfGhI", "EfGhI"),
):
    print(f"{link}: wanted {wanted}, given {id_of(link)}")
    assert id_of(link) == given
PYTHON
echo 'as described'
