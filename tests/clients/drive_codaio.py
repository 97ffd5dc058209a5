"""Drives codaio through the walk, with its typed classes; run by the Python of codaio's own place.

Host and token come from codaio's own variables, CODA_API_ENDPOINT and CODA_API_KEY.
"""

from __future__ import annotations

import json
import sys
import time

from codaio import Cell, Coda, Document

brief = json.loads(sys.argv[-1])
coda = Coda.from_environment()
doc = Document.from_environment(brief["doc"])
table = next(table for table in doc.list_tables() if table.name == brief["table"])
table = doc.get_table(table.id)
NAMES = (brief["key"], brief["text"], brief["number"])
key = table.get_column_by_name(brief["key"])


def rows() -> list[list[object]]:
    """All rows, over all pages, by codaio's Row and Cell."""
    return [[row[name].value for name in NAMES] for row in table.rows()]


def until(change) -> list[list[object]]:  # type: ignore[no-untyped-def]
    """The rows once a write shows: codaio knows no status of writes."""
    for _ in range(200):
        if change(seen := rows()):
            return seen
        time.sleep(0.1)
    raise SystemExit("the write never showed")


before = rows()
written = {brief["known"]: ("Changed from outside", 7.5), brief["new"]: ("Added from outside", 2)}
accepted = table.upsert_rows(
    [
        [Cell(key, value), Cell(table.get_column_by_name(NAMES[1]), text), Cell(NAMES[2], number)]
        for value, (text, number) in written.items()
    ],
    key_columns=[key],
)
assert accepted["requestId"], accepted
between = until(lambda seen: len(seen) == len(before) + 1 and [brief["known"], *written[brief["known"]]] in seen)

(found,) = table.find_row_by_column_name_and_value(brief["key"], brief["new"])
assert table[found.id][key].value == brief["new"]
found[brief["text"]] = "Changed by its cell"
until(lambda seen: [brief["new"], "Changed by its cell", 2] in seen)
found.delete()
after = until(lambda seen: len(seen) == len(before))

report = {
    "docs": [one["id"] for one in coda.list_docs()["items"]],
    "tables": [one.name for one in doc.list_tables()],
    "columns": [column.name for column in table.columns()],
    "before": before,
    "between": between,
    "after": after,
}
sys.stdout.write(json.dumps(report) + "\n")
