"""A small project with one of each thing that a deploy makes, and what a person would do in its doc."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from codaform.project.session import Session
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, TableRecord
from codaform.source import Source
from codaform.testing import RunningCoda
from projects import opened, write

FILES = {
    "doc.yml": """\
doc: Workshop
time_zone: Europe/Berlin
clock: 2025-12-10T09:00:00
formulas:
  - {name: open_hours, type: number, formula: open_hours.coda}
""",
    "open_hours.coda": "jobs.Filter(done = false).hours.Sum()\n",
    "jobs/table.yml": """\
table: jobs
columns:
  - {name: title, type: text, key: true, display: true, about: The work to do.}
  - {name: hours, type: number}
  - {name: done, type: checkbox}
  - {name: due, type: date}
  - {name: state, type: select, options: [new, old]}
  - {name: tag, type: relation, to: tags}
  - {name: double, type: number, formula: double.coda}
  - {name: fourfold, type: number, formula: fourfold.coda}
  - {name: close, type: button, label: Close, action: close.coda}
views:
  - {name: Open jobs, filter: open.coda, sort: hours}
""",
    "jobs/double.coda": "thisRow.hours * 2\n",
    "jobs/fourfold.coda": "thisRow.double * 2\n",
    "jobs/open.coda": "thisRow.done = false\n",
    "jobs/close.coda": "ModifyRows(thisRow, jobs.done, true)\n",
    "jobs/rows.csv": """\
title,hours,done,due,state,tag
first,1,,2025-12-08,new,red
second,2,true,,old,
third,3,,,,blue
""",
    "tags/table.yml": """\
table: tags
columns:
  - {name: name, type: text, key: true, display: true}
  - {name: jobs, type: relation, to: jobs, reverse: tag}
""",
    "tags/rows.csv": "name\nred\nblue\n",
}

ROWS = {"jobs": ["first", "second", "third"], "tags": ["red", "blue"]}
"""Which rows there are to be, by their keys."""


def workshop(folder: Path, changed: Mapping[str, str] | None = None) -> Session:
    """The small project in a folder, with some files changed."""
    return opened(write(folder, {**FILES, **(changed or {})}))


def doc_of(coda: RunningCoda) -> LocalDoc:
    """The doc as it really is."""
    return coda.parts.workspace.live(coda.doc_id)


def table_of(coda: RunningCoda, name: str) -> TableRecord:
    """A table that is there once, by its name."""
    found = [table for table in doc_of(coda).record.tables if table.name == name]
    assert len(found) == 1, f"{len(found)} tables are called {name}"
    return found[0]


def column_of(coda: RunningCoda, table: str, name: str) -> ColumnRecord:
    """A column that is there once, by its name."""
    found = [column for column in table_of(coda, table).columns if column.column.name == name]
    assert len(found) == 1, f"{len(found)} columns are called {name}"
    return found[0]


def by_hand(coda: RunningCoda, table: str, name: str, **fields: object) -> None:
    """A change of a column by a person in Coda. fields: Of the column, texts for formulas."""
    doc, record = doc_of(coda), column_of(coda, table, name)
    texts = {
        key: Source(name, value) if key in ("formula", "default", "action") and isinstance(value, str) else value
        for key, value in fields.items()
    }
    record.column = replace(record.column, **texts)  # type: ignore[arg-type]
    doc.rebuild()


def values_of(coda: RunningCoda, table: str, name: str) -> list[object]:
    """The values that a column shows, from the first row to the last."""
    doc, owner, column = doc_of(coda), table_of(coda, table), column_of(coda, table, name)
    return [doc.value(owner, row, column) for row in doc.rows[owner.id].values()]
