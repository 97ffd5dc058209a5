"""A small doc for the local Coda, with a bit of everything that its rows can do, and random changes of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codaform.coda.wire import ids
from codaform.model.values import Person, Row
from codaform.server.doc.local_doc import LocalDoc, named_value
from codaform.server.doc.records import DocRecord, Rows, TableRecord
from codaform.server.storage.seeding import from_project
from codaform.server.storage.store import Store, adapter
from codaform.server.workspace import Timing, Workspace
from projects import opened, write

ADA = Person("Ada Ruiz", "ada@example.com")
NOW = datetime(2025, 12, 10, 8, 0, tzinfo=UTC)

NEW_TEXT = {"insertionMode": "replace", "canvasContent": {"format": "markdown", "content": "New"}}
"""The change of a page that puts a new text in place of all that is on it."""

FILES = {
    "jobs/table.yml": """\
table: jobs
columns:
  - {name: title, type: text, display: true}
  - {name: hours, type: number}
  - {name: done, type: checkbox}
  - {name: due, type: date}
  - {name: state, type: select, options: [new, old], default: state.coda}
  - {name: owner, type: person, default: owner.coda}
  - {name: parent, type: relation, to: jobs}
  - {name: tags, type: relation, to: tags, many: true}
  - {name: number, type: row_id}
  - {name: made, type: created_on}
  - {name: moved, type: modified_on}
  - {name: children, type: relation, to: jobs, reverse: parent}
  - {name: double, type: number, formula: double.coda}
  - {name: late, type: checkbox, formula: late.coda}
  - {name: copy, type: button, action: copy.coda}
  - {name: shift, type: button, action: shift.coda}
  - {name: tidy, type: button, action: tidy.coda}
views:
  - {name: Open jobs, filter: open.coda, sort: hours}
""",
    "jobs/state.coda": '"new"\n',
    "jobs/owner.coda": "User()\n",
    "jobs/double.coda": "thisRow.hours * 2 + thisRow.children.hours.Sum()\n",
    "jobs/late.coda": "thisRow.due < Today()\n",
    "jobs/open.coda": "thisRow.done = false\n",
    "jobs/copy.coda": 'AddRow(jobs, jobs.title, Concatenate(thisRow.title, "+"), jobs.parent, thisRow)\n',
    "jobs/shift.coda": """\
RunActions(
  ModifyRows(thisRow, jobs.hours, thisRow.hours + 1),
  ModifyRows(thisRow, jobs.done, true, jobs.due, Today())
)
""",
    "jobs/tidy.coda": "DeleteRows(jobs.Filter(done))\n",
    "jobs/rows.csv": "title,hours,parent,tags\nfirst,1,,red\nsecond,2,first,red\nthird,3,second,\n",
    "tags/table.yml": """\
table: tags
columns:
  - {name: name, type: text, key: true, display: true}
  - {name: jobs, type: relation, to: jobs, reverse: tags}
""",
    "tags/rows.csv": "name\nred\nblue\n",
}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def seed(folder: Path) -> tuple[DocRecord, Rows]:
    """The small doc, from a project that is written into the folder."""
    session = opened(write(folder, FILES))
    return from_project(session.book, session.now)


def workspace(
    folder: Path, timing: Timing | None = None, clock: Clock | None = None, store: Store | None = None
) -> tuple[Workspace, str]:
    """A workspace that holds the small doc, and the doc's id. Its clock is stopped at NOW."""
    space = Workspace(store or Store(), ADA, timing or Timing(delay=0), clock or Clock())
    space.clock = NOW
    record, rows = seed(folder)
    space.add(record, rows)
    return space, record.id


def table(doc: LocalDoc, name: str) -> TableRecord:
    """A table by its name."""
    return next(table for table in doc.record.tables if table.name == name)


def column(doc: LocalDoc, owner: str, name: str) -> str:
    """The id of a column by its name."""
    return next(column.id for column in table(doc, owner).columns if column.column.name == name)


def cells(doc: LocalDoc, owner: str, **values: object) -> dict[str, object]:
    """Cells as the API sends them, by the names of their columns."""
    return {column(doc, owner, name): value for name, value in values.items()}


def shown(doc: LocalDoc, owner: str, name: str) -> list[object]:
    """The values of a column, from the first row to the last."""
    place = table(doc, owner)
    found = next(column for column in place.columns if column.column.name == name)
    return [doc.value(place, row, found) for row in doc.rows[place.id].values()]


def everything(doc: LocalDoc) -> dict[str, Any]:
    """All that there is to see of a doc, to be compared with another."""
    named = {known.formula.name: named_value(doc, known.formula.name) for known in doc.record.formulas}
    rows = {}
    for place in doc.record.tables:
        for row in doc.rows[place.id].values():
            values = {column.column.name: doc.value(place, row, column) for column in place.columns}
            kept = (row.number, row.created, row.updated, row.version, dict(row.invalid_text))
            held = {id: value for id, value in row.entered.items() if value is not None and value != []}
            rows[row.id] = (place.name, kept, held, values)
    views = {view.view.name: [row.id for row in doc.shown(view)] for place in doc.record.tables for view in place.views}
    return {
        "record": adapter(DocRecord).dump_python(doc.record, mode="json"),
        "rows": rows,
        "views": views,
        "named": named,
    }


def search(doc: LocalDoc, owner: str, wanted: Mapping[str, object]) -> list[str]:
    """The ids of the rows whose cells show these values, found by looking at every row."""
    place = table(doc, owner)
    columns = {column.id: column for column in place.columns}
    rows = doc.rows[place.id].values()
    return [row.id for row in rows if all(doc.value(place, row, columns[id]) == value for id, value in wanted.items())]


def some_change(chance: random.Random, doc: LocalDoc) -> tuple[str, dict[str, Any]]:
    """A random change, by its name and its arguments: any row, also one that was never there."""
    jobs = doc.record.tables[0]
    known = [*(row.id for row in doc.rows[jobs.id].values()), "i-never"]

    def some_cells() -> dict[str, object]:
        makers: dict[str, Callable[[], object]] = {
            "title": lambda: chance.choice(["a", "b", "", "first"]),
            "hours": lambda: chance.choice([1, 2.5, "", "many", None]),
            "done": lambda: chance.choice([True, False, "perhaps"]),
            "due": lambda: chance.choice(["2025-12-08", "2025-12-12", "someday", ""]),
            "state": lambda: chance.choice(["old", "never heard of", ""]),
            "parent": lambda: chance.choice([*known, "first", "nobody", ""]),
            "tags": lambda: chance.choice([["red", "blue"], "red", [], "green", "red,blue"]),
            "double": lambda: 4,
        }
        names = chance.sample(sorted(makers), chance.randint(0, 4))
        return {_first_id(name): makers[name]() for name in names}

    match chance.randrange(10):
        case 0 | 1:
            rows = [some_cells() for _ in range(chance.randint(1, 3))]
            return "upsert rows", {"table": jobs.id, "rows": rows, "row_ids": [ids.new("row") for _ in rows]}
        case 2 | 3:
            keys = [_first_id(name) for name in chance.sample(["title", "hours", "done", "parent"], 1)]
            arguments = {"rows": [some_cells()], "row_ids": [ids.new("row")], "keys": keys}
            return "upsert rows", {"table": jobs.id, **arguments, "parsing": chance.random() < 0.7}
        case 4 | 5:
            return "update row", {"table": jobs.id, "row": chance.choice(known), "cells": some_cells()}
        case 6:
            gone = chance.sample(known, min(len(known), chance.randint(0, 2)))
            return "delete rows", {"table": jobs.id, "rows": gone}
        case 7 | 8:
            button = _first_id(chance.choice(["copy", "shift", "shift", "tidy"]))
            return "push button", {"table": jobs.id, "row": chance.choice(known), "button": button}
        case _:
            page = doc.record.pages[0].id
            text = {"format": "markdown", "content": chance.choice(["# One", "two\n\nthree"])}
            update = {"insertionMode": chance.choice(["append", "replace", "prepend"]), "canvasContent": text}
            return "update page", {"page": page, "fields": {"contentUpdate": update}}


def _first_id(name: str) -> str:
    """The id of the column of jobs that had this name at the start, whatever its name is by now."""
    return ids.stable("column", "Small", "jobs", name)


def some_schema_change(chance: random.Random, doc: LocalDoc) -> tuple[str, dict[str, Any]]:
    """A random change of tables, columns, views, formulas and controls: also of some that were never there."""
    place = chance.choice(doc.record.tables)
    columns = [*(known.id for known in place.columns), "c-never"]
    views = [view.id for known in doc.record.tables for view in known.views]
    page = chance.choice([*(known.id for known in doc.record.pages), "canvas-never"])
    texts = ["1 + 1", "thisRow.hours * 2", "jobs.Count()", "jobs.First()", "jobs.hours.Sum(", "Today()", "nothing", ""]

    def spec(id: str) -> dict[str, object]:
        formats: list[dict[str, object]] = [{"type": kind} for kind in ("none", "num", "dp", "check", "person", "curr")]
        target = chance.choice(doc.record.tables).id
        formats.append({"type": "lookup", "objectId": target, "multiple": chance.random() < 0.5})
        makers: dict[str, Callable[[], object]] = {
            "name": lambda: chance.choice(["title", "hours", "two words", "new"]),
            "format": lambda: chance.choice(formats),
            "formula": lambda: chance.choice(texts),
            "description": lambda: "Says something.",
            "isDisplayColumn": lambda: chance.random() < 0.5,
        }
        return {"id": id, **{name: makers[name]() for name in chance.sample(sorted(makers), chance.randint(1, 2))}}

    def new(kind: str) -> dict[str, object]:
        return {"id": ids.new(kind), "name": chance.choice(["title", "jobs", "fresh", ""])}

    settings = {
        "name": chance.choice(["Open jobs", "Seen"]),
        "sharedFilter": chance.choice(["thisRow.hours > 1", "broken(", ""]),
        "sorts": [{"columnId": chance.choice(columns), "direction": chance.choice(["ascending", "descending"])}],
        "conditionalFormats": [{"condition": "thisRow.hours > 2"}],
    }
    rows: list[list[object]] = [["one", 2], ["two", "x"]]
    match chance.randrange(11):
        case 0:
            made = {
                **new("table"),
                "columns": [{**spec(ids.new("column")), "name": name} for name in ("title", "hours")],
            }
            return "add table", {**made, "page": page, "rows": rows, "row_ids": [ids.new("row") for _ in rows]}
        case 1 if len(doc.record.tables) > 2:
            # Not the one that the random changes of rows are about.
            return "delete table", {"table": chance.choice([known.id for known in doc.record.tables[1:]])}
        case 2 | 3:
            return "add columns", {"table": place.id, "columns": [spec(ids.new("column"))], "position": 1}
        case 4 | 5 | 6:
            return "update columns", {"table": place.id, "columns": [spec(chance.choice(columns))]}
        case 7:
            kept = {column.id for column in doc.record.tables[0].columns[:8]}
            return "delete columns", {
                "table": place.id,
                "columns": [id for id in [chance.choice(columns)] if id not in kept],
            }
        case 8:
            view = {"id": ids.new("view"), "table": place.id, "page": page, "settings": settings}
            return (
                ("configure view", {"view": chance.choice(views), "settings": settings})
                if views
                else ("add view", view)
            )
        case 9:
            return "add view", {"id": ids.new("view"), "table": place.id, "page": page, "settings": settings}
        case _:
            formula = {"id": ids.new("formula"), "page": page, "formula": chance.choice(texts[:-1])}
            return "add formula", {**formula, "name": chance.choice(["", "total"])}


def row(doc: LocalDoc, owner: str, display: str) -> str:
    """The id of the row that is displayed as a text."""
    found = doc.row(table(doc, owner), display)
    assert found is not None, display
    return found.id


def reference(doc: LocalDoc, owner: str, display: str) -> Row:
    """The row that is displayed as a text, as a relation holds it."""
    found = doc.book.find(display, owner)
    assert found is not None, display
    return found
