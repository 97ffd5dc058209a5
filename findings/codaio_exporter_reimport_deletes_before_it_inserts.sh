#!/usr/bin/env bash
# codaio-exporter 0.4.1: reimport deletes all rows of a table first, then inserts all in one request; a refusal leaves it empty.
#
# Coda takes requests of at most 2 MB. What the export holds of a larger table goes out as a single POST after the DELETE of
# every row was waited for. Nothing measures the request before, splits it or puts the old rows back: the table in Coda stays
# empty, and what only Coda knew (ids of rows, hence relations to them) is gone even when a second try succeeds.
# Seen on 2026-12-01, Python 3.11, with the package's own client over answers in memory; 30,000 rows made 2.6 MB.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q codaio-exporter==0.4.1
cd "$place"
"$place/venv/bin/python" -W ignore - <<'PYTHON'
import asyncio
import json

from codaio_exporter.api.client import Client, CodaError
from codaio_exporter.api.table import TableAPI
from codaio_exporter.reimport import ProgressHandler, _reimport_table
from codaio_exporter.table import Column, Row, Table

COUNT, LIMIT = 30_000, 2_000_000
held = [{"id": f"i-{number}", "index": number, "name": "a", "values": {"c-1": "a"}} for number in range(COUNT)]
sent = []


class Answers(Client):
    """The package's client, with answers as Coda gives them in the place of the network."""

    def __init__(self):
        pass

    async def get_list(self, endpoint, params=None):
        for row in list(held):
            yield row

    async def _post(self, endpoint, data):
        size = len(json.dumps(data))
        sent.append(f"POST of {size / 1e6:.1f} MB")
        if size > LIMIT:
            raise CodaError("Status code: 400. Message: request entity too large")
        raise AssertionError("the request is small enough")

    async def _delete(self, endpoint, data=None):
        sent.append(f"DELETE of {len(data['rowIds']):,} rows")
        held.clear()
        return "request"

    async def _get_mutation_is_completed(self, request_id):
        return True


rows = [Row(number, f"i-{number}", "a", ["a" * 40], {}) for number in range(COUNT)]
exported = Table("grid-1", "Log", [Column("c-1", "Text", calculated=False, formula=None)], rows)
table = TableAPI(Answers(), "/docs/d", {"id": "grid-1", "name": "Log", "tableType": "table"})
try:
    asyncio.run(_reimport_table(table, exported, ProgressHandler(1, None)))
except CodaError as error:
    print("; ".join(sent), "->", error, "; rows left:", len(held))
else:
    raise AssertionError("nothing was refused")
assert sent[0] == "DELETE of 30,000 rows" and sent[1].startswith("POST") and len(sent) == 2
assert held == []
PYTHON
echo 'as described'
