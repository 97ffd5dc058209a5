#!/usr/bin/env bash
# codaio 0.6.12: a list that was read to its end still says that there is a next page.
#
# Without a limit, Coda.list_rows (and every list_… of the raw client) follows nextPageLink to the last page and joins the
# items. It joins the rest of the answers by dict.update, in order; the last page has no nextPageToken, so that of the page
# before it stays. Code that reads "until there is no nextPageToken", as Coda's documentation says, takes the last page a
# second time, and its rows are there twice.
# Seen on 2026-12-01, Python 3.11: 450 of 450 rows, and a token that leads to the rows from 400 on.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q codaio==0.6.12
cd "$place"
"$place/venv/bin/python" -W ignore - <<'PYTHON'
import json
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import codaio
import requests

HOST, COUNT, SIZE = "http://coda.invalid", 450, 200


def answer(address, params=None, headers=None):
    """A page of rows, as Coda's API gives it: the token of the next page, where there is one."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()} | (params or {})
    first = int(query.get("pageToken", 0))
    last = min(first + SIZE, COUNT)
    page = {"items": [{"id": f"i-{number}"} for number in range(first, last)], "href": address}
    if last < COUNT:
        page |= {"nextPageToken": str(last), "nextPageLink": f"{HOST}/docs/d/tables/t/rows?pageToken={last}"}
    made = requests.Response()
    made.status_code, made._content = 200, json.dumps(page).encode()
    return made


coda = codaio.Coda("no-token", href=HOST)
with mock.patch("requests.get", answer):
    whole = coda.list_rows("d", "t")
    print(len(whole["items"]), "rows; next page:", whole.get("nextPageToken"))
    assert len({row["id"] for row in whole["items"]}) == len(whole["items"]) == COUNT
    assert whole["nextPageToken"] == "400"
    again = coda.list_rows("d", "t", offset=whole["nextPageToken"])["items"]
    print("what that page holds:", again[0]["id"], "to", again[-1]["id"])
    assert again == whole["items"][400:]
PYTHON
echo 'as described'
