#!/usr/bin/env bash
# codaio 0.6.12: Table.columns(limit=1) makes all other columns of that table unknown, for as long as the object lives.
#
# The columns are kept after the first call, whichever page that call asked for. get_column_by_name, row[name], Row.cells()
# and Row.to_dict() go by what was kept: a column that exists is "No column with name", and a row can no longer be read.
# Seen on 2026-12-01, Python 3.11.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q codaio==0.6.12
cd "$place"
"$place/venv/bin/python" -W ignore - <<'PYTHON'
import codaio

MOMENT = "2026-09-14T09:21:36.118Z"
COLUMNS = [{"id": f"c-{name}", "type": "column", "href": "x", "name": name} for name in ("Task", "Hours")]


class Api(codaio.Coda):
    """Answers as Coda's API does, without a network."""

    def get(self, endpoint, data=None, limit=None, offset=None):
        if endpoint.endswith("/columns"):
            return {"items": COLUMNS[: limit or len(COLUMNS)]}
        if endpoint.endswith("/rows/i-1"):
            row = {"id": "i-1", "type": "row", "href": "x", "name": "Draft", "index": 0, "createdAt": MOMENT}
            return row | {"updatedAt": MOMENT, "values": {"c-Task": "Draft", "c-Hours": 3}}
        if "/tables/" in endpoint:
            return {"id": "grid-1", "type": "table", "href": "x", "name": "Tasks"}
        doc = {"id": "d", "type": "doc", "name": "Doc", "owner": "a@example.com", "browserLink": "x"}
        return doc | {"createdAt": MOMENT, "updatedAt": MOMENT}


def table():
    return codaio.Document("d", coda=Api("no-token")).get_table("Tasks")


whole, cut = table(), table()
print("before:", whole.get_row_by_id("i-1").to_dict())
assert whole.get_row_by_id("i-1").to_dict() == {"Task": "Draft", "Hours": 3}
assert [column.name for column in cut.columns(limit=1)] == ["Task"]
assert [column.name for column in cut.columns()] == ["Task"], "a later call without a limit asks again"
for ask in (lambda: cut.get_column_by_name("Hours"), lambda: cut.get_row_by_id("i-1").to_dict()):
    try:
        ask()
    except codaio.err.ColumnNotFound as error:
        print("after columns(limit=1):", error)
    else:
        raise AssertionError("the column is found")
PYTHON
echo 'as described'
