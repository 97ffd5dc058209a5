"""`owner: mirror` in table.yml: what a column that programs write may be, and that it stays in the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.deploy.copying.pulling import pulled
from codaform.deploy.lock import read_lock
from codaform.project.project import Environment
from codaform.project.writer import project_files
from codaform.testing import local_coda_for
from deploying import ENVIRONMENT, deploy, new_doc
from projects import findings, opened, told, with_tasks
from projects import replace as change

OWNED = "{name: hours, type: number, owner: mirror}"


def test_the_owner_is_read_and_written(tmp_path: Path) -> None:
    with_tasks(tmp_path)
    change(tmp_path / "tasks" / "table.yml", "{name: hours, type: number}", OWNED)
    doc = opened(tmp_path).project.doc
    assert {name: one.owner for name, one in doc.tables["tasks"].columns.items()} == {
        "name": "coda",
        "hours": "mirror",
        "parent": "coda",
        "double": "coda",
    }
    assert OWNED in project_files(doc)[Path("tasks/table.yml")]
    assert findings(tmp_path) == []


def test_a_computed_column_has_no_owner(tmp_path: Path) -> None:
    with_tasks(tmp_path)
    change(tmp_path / "tasks" / "table.yml", "type: number, formula", "type: number, owner: mirror, formula")
    assert told(findings(tmp_path)) == ["tasks/table.yml:6:41 contradiction: double is computed, so it has no owner"]


def test_another_owner_is_a_finding(tmp_path: Path) -> None:
    with_tasks(tmp_path)
    change(tmp_path / "tasks" / "table.yml", "{name: hours, type: number}", OWNED.replace("mirror", "miror"))
    (finding,) = findings(tmp_path)
    assert "mirror" in f"{finding.message} {finding.help}"


@pytest.mark.slow
def test_a_pull_of_the_doc_keeps_the_owner(tmp_path: Path) -> None:
    with_tasks(tmp_path)
    change(tmp_path / "tasks" / "table.yml", "{name: hours, type: number}", OWNED)
    change(tmp_path / "doc.yml", "clock:", f"environments: {{{ENVIRONMENT}: {{doc: abcdefghij}}}}\nclock:")
    session = opened(tmp_path)
    with local_coda_for() as coda, new_doc(coda) as target:
        assert deploy(session, target).deployed
        snapshot = fetch_snapshot(target.rest, target.tools, target.doc)
        place = Environment(ENVIRONMENT, target.doc)
        files = pulled(snapshot, place, replace(session.project), read_lock(tmp_path)).files
    assert OWNED in files[Path("tasks/table.yml")]
