"""Drives codaio-exporter through the walk by an export and two imports; run by the Python of its own place.

The package has no option for the host: the address is set in its client module, and the package stays as it is. Its
import deletes every row of a table and writes those of an export, which is changed here before.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from codaio_exporter.api import client, make_api  # type: ignore[import-not-found]
from codaio_exporter.export import export_all_docs  # type: ignore[import-not-found]
from codaio_exporter.reimport import reimport_doc  # type: ignore[import-not-found]
from codaio_exporter.utils.generator import collect  # type: ignore[import-not-found]

brief = json.loads(sys.argv[-1])
client._API_ENDPOINT = brief["api"]
token = brief["token"]
NAMES = (brief["key"], brief["text"], brief["number"])


def read(path: Path):  # type: ignore[no-untyped-def]
    """What a file of an export says."""
    return json.loads(path.read_text(encoding="utf-8"))


def written(table: Path, target: Path, rows_by_key: dict[str, list[str]]) -> str:
    """An export with one table alone, its rows changed or added by their keys."""
    export = read(table / "table.json")
    key, text, number = ([column["name"] for column in export["columns"]].index(name) for name in NAMES)
    rows = {row["cells"][key]: row for row in export["rows"]}
    for value, cells in rows_by_key.items():
        row = rows.setdefault(value, json.loads(json.dumps(rows[brief["known"]])))
        row["cells"][key] = value
        row["cells"][text], row["cells"][number] = cells
    folder = target / "tables/table" / table.name
    folder.mkdir(parents=True)
    (folder / "table.json").write_text(json.dumps({**export, "rows": [*rows.values()]}), encoding="utf-8")
    return str(target)


async def rows() -> list[list[object]]:
    """The rows of the table as the package's own reader gets them."""
    async with make_api(token) as api:
        table = await (await api.get_doc(brief["doc"])).get_table(brief["table"])
        ids = {column.name(): column.id() for column in await collect(table.get_all_columns())}
        found = [row.raw_data()["values"] for row in await collect(table.get_all_rows())]
    return [[values[ids[name]] for name in NAMES] for values in found]


async def walk(folder: Path) -> dict[str, object]:
    """The report."""
    export = folder / "export"
    await export_all_docs(token, str(export))
    (table,) = export.glob(f"*/*{brief['doc']}/tables/table/{brief['table']} *")
    before = await rows()
    changed = {brief["known"]: ["Changed from outside", "7.5"]}
    added = {brief["new"]: ["Added from outside", "2"]}
    await reimport_doc(token, written(table, folder / "with", changed | added), brief["doc"])
    between = await rows()
    await reimport_doc(token, written(table, folder / "without", changed), brief["doc"])
    after = await rows()
    return {
        "docs": [read(path)["id"] for path in export.glob("*/*/api_object.json")],
        "tables": [read(path)["name"] for path in table.parent.glob("*/api_object.json")],
        "columns": [read(path)["name"] for path in (table / "columns").glob("*.json")],
        "before": before,
        "between": between,
        "after": after,
    }


with tempfile.TemporaryDirectory() as name:
    report = asyncio.run(walk(Path(name)))
sys.stdout.write(json.dumps(report) + "\n")
