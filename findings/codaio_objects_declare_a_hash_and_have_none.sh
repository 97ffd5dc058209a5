#!/usr/bin/env bash
# codaio 0.6.12: Table, Column and a Row with a list in a cell are declared hashable and raise TypeError in a set or as a key.
#
# The classes are made with attr.s(hash=True), which hashes every attribute. A table has lists (its sorts, its kept columns),
# a column has its table, and a row has its cells: with valueFormat simpleWithArrays or rich a relation or a select list of
# many values is a list. isinstance(table, Hashable) is true, functools.cache and a set of tables fail.
# Seen on 2026-12-01, Python 3.11, attrs 23.2.0.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" --disable-pip-version-check install -q codaio==0.6.12 attrs==23.2.0
cd "$place"
"$place/venv/bin/python" -W ignore - <<'PYTHON'
from collections.abc import Hashable

import codaio

MOMENT = "2026-09-14T09:21:36.118Z"
common = {"type": "x", "href": "x"}
table = codaio.Table.from_json({"id": "grid-1", "name": "Tasks", **common}, document=None)
column = codaio.Column.from_json({"id": "c-1", "name": "Tags", "table": table, **common}, document=None)


def row(value):
    told = {"id": "i-1", "name": "a", "index": 0, "createdAt": MOMENT, "updatedAt": MOMENT, "values": {"c-1": value}}
    return codaio.Row.from_json({**told, "table": None, **common}, document=None)


assert isinstance(hash(row("a")), int), "a row of plain cells, apart from its table, has a hash"
for name, one in (("table", table), ("column", column), ("row with a list", row(["a", "b"]))):
    assert isinstance(one, Hashable)
    try:
        hash(one)
    except TypeError as error:
        print(f"{name}: {error}")
        assert "unhashable type: 'list'" in str(error)
    else:
        raise AssertionError(f"{name} has a hash")
PYTHON
echo 'as described'
