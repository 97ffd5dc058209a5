"""key: true is a promise: the rows of a table have one each, and no two have the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codaform.coda.snapshot.records import RemoteColumn, RemoteDoc, RemoteRow, RemoteTable, Snapshot
from codaform.deploy.copying.restoring import planned
from codaform.server.page.grids import heading
from codaform.testing import local_coda_for
from projects import failures, findings, told, write

TABLE = "table: tasks\ncolumns:\n  - {name: name, type: text, display: true}\n  - {name: no, type: number, key: true}\n"
COMPUTED = TABLE.replace("key: true", "formula: name.Length(), key: true")


def said(folder: Path, rows: str, table: str = TABLE) -> list[str]:
    """The findings of a table with rows."""
    return told(findings(write(folder, {"tasks/table.yml": table, "tasks/rows.csv": rows})))


def test_rows_with_keys_of_their_own_are_right(tmp_path: Path) -> None:
    assert said(tmp_path, "name,no\na,1\nb,2\n") == []
    assert said(tmp_path, "name\na\nbb\n", COMPUTED) == []


def test_two_rows_with_one_key(tmp_path: Path) -> None:
    assert said(tmp_path, "name,no\na,1\nb,2\nc,1.0\n") == [
        "tasks/rows.csv:4:3 broken-key: another row of tasks has 1.0 as its no too, which is the key"
    ]
    assert [one.message for one in failures(tmp_path)] == [
        "1 row breaks the test unique of tasks.no: c (1)",
    ]


@pytest.mark.parametrize("rows", ["name,no\na,1\nb,\n", "no,name\n1,a\n,b\n"])
def test_a_row_without_a_key(tmp_path: Path, rows: str) -> None:
    assert said(tmp_path, rows) == ["tasks/rows.csv:3:1 broken-key: this row of tasks has no no, which is the key"]
    assert len(failures(tmp_path)) == 1


def test_rows_whose_key_has_no_column(tmp_path: Path) -> None:
    assert len(said(tmp_path, "name\na\nb\n")) == 2


def test_a_computed_key(tmp_path: Path) -> None:
    assert said(tmp_path, "name\na\nb\n", COMPUTED) == [
        "tasks/rows.csv:3:1 broken-key: another row of tasks has the same as its no too, which is the key"
    ]
    assert len(failures(tmp_path)) == 1


def test_a_cell_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    assert [line.split()[1] for line in said(tmp_path, "name,no\na,1\nb,x\nc,x\n")] == ["bad-cell:", "bad-cell:"]


def test_a_table_has_one_key(tmp_path: Path) -> None:
    found = said(tmp_path, "name,no\na,1\n", TABLE.replace("display: true", "key: true"))
    assert found == ["tasks/table.yml:4:35 contradiction: a second column of tasks is its key"]


def test_what_is_declared_is_not_tested_twice(tmp_path: Path) -> None:
    said(tmp_path, "name,no\na,1\nb,1\n", TABLE.replace("key: true", "key: true, tests: [unique, not_null]"))
    assert len(failures(tmp_path)) == 1


# ------------------------------------------------------------ in docs


def snapshot(*keys: str) -> Snapshot:
    """A doc with a table whose rows have keys."""
    column = RemoteColumn("c-1", "no", {"type": "text"}, display=True)
    rows = tuple(RemoteRow(f"i-{number}", key, {"c-1": key}) for number, key in enumerate(keys))
    return Snapshot(
        read_at="",
        doc=RemoteDoc("d", "D"),
        tables=(RemoteTable("grid-1", "tasks", "", columns=(column,)),),
        rows={"grid-1": rows},
    )


def test_a_restore_that_would_double_a_key_says_so() -> None:
    saved, there = snapshot("a", "b"), snapshot("a", "b")
    assert planned(saved, there, {"tasks": "no"}).doubled == ()
    assert planned(snapshot("a", "a"), there, {"tasks": "no"}).doubled == (
        "2 rows of tasks would have the no a, which is the key",
    )
    assert planned(snapshot("a", "a"), there, {}).doubled == ()
    moved = replace(there, rows={"grid-1": (RemoteRow("i-9", "a", {"c-1": "a"}), RemoteRow("i-8", "a", {"c-1": "a"}))})
    assert len(planned(saved, moved, {"tasks": "no"}).doubled) == 1


def test_the_page_of_the_local_coda_tells_of_doubled_keys(tmp_path: Path) -> None:
    import requests

    folder = write(tmp_path, {"tasks/table.yml": TABLE, "tasks/rows.csv": "name,no\na,1\nb,2\n"})
    with local_coda_for(folder) as coda:
        head = {"Authorization": f"Bearer {coda.token}"}
        at = f"{coda.url}/apis/v1/docs/{coda.doc_id}/tables/tasks/rows"
        cells: list[dict[str, object]] = [{"column": "name", "value": "c"}, {"column": "no", "value": 1}]
        answer = requests.post(at, json={"rows": [{"cells": cells}]}, headers=head, timeout=10)
        assert answer.status_code == 202  # Coda has no keys
        cells[0]["value"] = "d"
        once = {"rows": [{"cells": [cells[0], {"column": "no", "value": 2}]}], "keyColumns": ["no"]}
        assert requests.post(at, json=once, headers=head, timeout=10).status_code == 202
        names = [row["values"] for row in requests.get(at, headers=head, timeout=10).json()["items"]]
        assert len(names) == 3  # the second was upserted by its key
        doc = coda.parts.workspace.docs()[-1]
        (table,) = doc.record.tables
        assert [heading(doc, table, column).error for column in table.columns] == [
            "",
            "2 rows share their key with another",
        ]
