"""Steps of the page without a browser: many cells in one request, rows that go and come back whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codaform.coda.wire import ids
from codaform.model.values import Person, Row
from codaform.project.session import Session
from codaform.server.storage.seeding import from_project
from codaform.server.storage.store import Store
from codaform.server.workspace import Timing, Workspace
from pages import Pages, pages
from projects import write

PROJECT = {
    "parts/table.yml": """table: parts
columns:
  - {name: name, type: text, display: true}
  - {name: count, type: number, default: default.coda}
  - {name: day, type: date}
  - {name: next, type: relation, to: parts}
  - {name: others, type: relation, to: parts, many: true}
  - {name: double, type: number, formula: double.coda}
  - {name: made, type: created_on}
""",
    "parts/default.coda": "7\n",
    "parts/double.coda": "thisRow.count * 2\n",
    "parts/rows.csv": "name,count,next,others\na,1,b,a;b;c\nb,2,b,\nc,3,a,b\n",
}


def workspace_of(file: Path) -> Workspace:
    return Workspace(Store(file), Person("Ada Ruiz", "ada@example.com"), Timing(delay=0))


@pytest.fixture
def parts(tmp_path: Path) -> Pages:
    session = Session.open(write(tmp_path / "project", PROJECT))
    docs = workspace_of(tmp_path / "docs.sqlite")
    docs.add(*from_project(session.book, session.now))
    return pages(docs)


def table_of(parts: Pages) -> list[list[Any]]:
    """All cells, rows of relations by their names, in the order of the rows."""
    doc = parts.doc
    names = ("name", "count", "day", "next", "others", "double", "made")

    def plain(value: object) -> object:
        if isinstance(value, Row):
            return doc.display(value)
        return [plain(item) for item in value] if isinstance(value, list) else value

    rows = [Row("parts", row.number) for row in doc.shown(parts.table("parts"))]
    return [[plain(doc.book.value(row, name)) for name in names] for row in rows]


def row_of(parts: Pages, name: str) -> str:
    return parts.cell("parts", name, "name")["row"]


def step(parts: Pages, **facts: object) -> dict[str, Any]:
    return parts.post("/step", {"table": parts.table("parts").id, **facts})


def cell(parts: Pages, row: str, column: str, value: object) -> list[object]:
    return [row, parts.cell("parts", "a", column)["column"], value]


def test_rows_come_back_whole_in_their_place_and_after_the_server_ended(parts: Pages, tmp_path: Path) -> None:
    parts.change("parts", "b", "day", "no day")  # a text that does not fit is kept too
    before = table_of(parts)
    gone = [row_of(parts, name) for name in "ba"]
    told = step(parts, removed=gone)
    assert told["sentence"].startswith("parts: 2 rows went.")
    assert table_of(parts) == [["c", 3, None, None, [], 6, before[2][6]]]
    told = step(parts, restored=gone[::-1])
    assert told["sentence"].startswith("parts: 2 rows came.")
    assert table_of(parts) == before
    rows = parts.doc.rows
    parts.docs.store.close()
    again = pages(workspace_of(tmp_path / "docs.sqlite"), parts.id)
    assert table_of(again) == before
    assert again.doc.rows == rows


def test_a_relation_that_was_set_meanwhile_is_left_alone(parts: Pages) -> None:
    gone = row_of(parts, "b")
    step(parts, removed=[gone])
    parts.change("parts", "a", "next", row_of(parts, "c"))
    step(parts, restored=[gone])
    assert [row[3] for row in table_of(parts)] == ["c", "b", "a"]
    assert [row[4] for row in table_of(parts)] == [["a", "b", "c"], [], ["b"]]


def test_a_paste_fills_new_rows_and_old_ones_at_once(parts: Pages) -> None:
    new = ids.new("row")
    version = parts.doc.record.version
    told = step(
        parts,
        added=[new, ids.new("row")],
        cells=[
            cell(parts, row_of(parts, "c"), "count", "4"),
            cell(parts, new, "name", "d"),
            cell(parts, new, "day", "2025-12-16"),
            cell(parts, new, "double", "9"),  # computed: it keeps its value
        ],
    )
    assert told["sentence"].startswith("parts: 2 rows came, 3 cells were written.")
    assert parts.doc.record.version == version + 1
    assert [row[:2] for row in table_of(parts)] == [["a", 1], ["b", 2], ["c", 4], ["d", 7], [None, 7]]
    assert [row[5] for row in table_of(parts)] == [2, 4, 8, 14, 14]


def test_a_row_that_is_gone_takes_nothing_and_does_not_come(parts: Pages) -> None:
    gone = row_of(parts, "b")
    step(parts, removed=[gone])
    told = step(parts, cells=[cell(parts, gone, "name", "late"), cell(parts, row_of(parts, "c"), "name", "in time")])
    assert "A row that is gone takes no values: 1." in told["html"]
    assert [row[0] for row in table_of(parts)] == ["a", "in time"]


def test_what_was_never_deleted_here_cannot_come_back(parts: Pages) -> None:
    told = step(parts, restored=[ids.new("row")])
    assert "A row that was deleted longer ago cannot be brought back." in told["html"]
    assert len(table_of(parts)) == 3


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"added": ["x"]}, 400),
        ({"added": "i-1234567890"}, 400),
        ({"cells": {"a": 1}}, 400),
        ({"cells": [["i-1234567890"]]}, 400),
        ({"table": "nothing"}, 404),
    ],
)
def test_what_is_no_step_is_refused(parts: Pages, facts: dict[str, object], status: int) -> None:
    before = table_of(parts)
    reply = parts.http.post(f"/d/{parts.id}/step", json={"table": parts.table("parts").id, **facts})
    assert reply.status_code == status
    assert reply.json()["refused"]
    assert table_of(parts) == before


def test_a_row_that_is_there_is_not_added(parts: Pages) -> None:
    table = parts.table("parts").id
    reply = parts.http.post(f"/d/{parts.id}/step", json={"table": table, "added": [row_of(parts, "a")]})
    assert reply.status_code == 409
