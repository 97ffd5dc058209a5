"""A doc with its rows in a file, and back from there: nothing is doubled, nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import open_tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import Snapshot, snapshot_to_json
from codaform.coda.wire.rich import shown_text
from codaform.deploy.applying.rebuilding import new_doc
from codaform.deploy.copying.backup import backup, load
from codaform.deploy.copying.restoring import Done, carry_out, planned
from codaform.deploy.snapshot_file import lacks
from codaform.project.files import CannotRead
from codaform.testing import RunningCoda, local_coda_for
from door import SWIFT
from projects import FORMULAS, write
from small_docs import FILES

pytestmark = pytest.mark.slow


@pytest.fixture
def coda(tmp_path: Path) -> Iterator[RunningCoda]:
    """The small doc."""
    with local_coda_for(write(tmp_path / "small", FILES)) as running:
        yield running


@pytest.fixture
def rest(coda: RunningCoda) -> Iterator[Rest]:
    door = Rest(Secret(coda.token), coda.url, Pace({}, SWIFT))
    yield door
    door.close()


def taken(rest: Rest, doc: str) -> Snapshot:
    return fetch_snapshot(rest.fresh(), None, doc, rows=True)


def restored(saved: Snapshot, rest: Rest, doc: str) -> Done:
    return carry_out(saved, rest, doc, lambda: taken(rest, doc), {}, 20.0)


def shown(snapshot: Snapshot) -> dict[str, list[list[str]]]:
    """The entered cells of a doc as texts, by table; rows and tables in an order of their own."""
    found = {}
    for table in snapshot.tables:
        columns = [column for column in table.columns if not column.calculated]
        rows = (snapshot.rows or {})[table.id]
        found[table.name] = sorted([shown_text(row.values.get(column.id)) for column in columns] for row in rows)
    return found


def column(snapshot: Snapshot, table: str, name: str) -> tuple[str, str]:
    """The ids of a table and of its column."""
    owner = next(known for known in snapshot.tables if known.name == table)
    return owner.id, next(known.id for known in owner.columns if known.name == name)


# ------------------------------------------------------------ the file


def test_a_backup_is_for_its_owner_alone_and_comes_back(tmp_path: Path, coda: RunningCoda, rest: Rest) -> None:
    path = tmp_path / "deep/er/file.json"
    snapshot = backup(rest, None, coda.doc_id, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load(path) == snapshot
    assert coda.token not in path.read_text()
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]
    assert any("MCP" in said for said in lacks(snapshot))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_cut_file_is_one_line(tmp_path: Path, coda: RunningCoda, rest: Rest, share: float) -> None:
    path = tmp_path / "file.json"
    backup(rest, None, coda.doc_id, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    found = CliRunner().invoke(program, ["restore", str(path), "--to", "staging"])
    assert found.exit_code == 2
    assert len(found.stderr.splitlines()) == 1
    assert "file.json" in found.stderr


def test_other_files_are_refused_in_one_line(tmp_path: Path, coda: RunningCoda, rest: Rest) -> None:
    path = tmp_path / "file.json"
    with pytest.raises(CannotRead, match="cannot be read"):
        load(path)
    path.write_bytes(b"\xff\x00")
    with pytest.raises(CannotRead, match="UTF-8"):
        load(path)
    path.write_text("{}")
    with pytest.raises(CannotRead, match="not a snapshot"):
        load(path)
    path.write_text(snapshot_to_json(fetch_snapshot(rest, None, coda.doc_id)))
    with pytest.raises(CannotRead, match="without rows"):
        load(path)


# ------------------------------------------------------------ rows


def test_nothing_to_do_is_nothing_done(coda: RunningCoda, rest: Rest) -> None:
    saved = taken(rest, coda.doc_id)
    assert planned(saved, saved).is_done
    done = restored(saved, rest, coda.doc_id)
    assert (done.added, done.changed, done.left) == (0, 0, planned(saved, saved))


def test_rows_that_are_gone_and_cells_that_differ_come_back(coda: RunningCoda, rest: Rest) -> None:
    saved = taken(rest, coda.doc_id)
    jobs, title = column(saved, "jobs", "title")
    _, hours = column(saved, "jobs", "hours")
    _, due = column(saved, "jobs", "due")
    first, second, third = (saved.rows or {})[jobs]
    rest.update_row(
        coda.doc_id, jobs, third.id, [{"column": hours, "value": 99}, {"column": due, "value": "2025-12-24"}]
    )
    rest.delete_rows(coda.doc_id, jobs, [first.id, second.id])
    accepted = rest.upsert_rows(coda.doc_id, jobs, [{"cells": [{"column": title, "value": "newcomer"}]}])
    coda.finish()
    now = taken(rest, coda.doc_id)
    plan = next(table for table in planned(saved, now).tables if table.table.id == jobs)
    assert (plan.added, len(plan.changes), plan.others) == (2, 3, 1)
    done = restored(saved, rest, coda.doc_id)
    assert done.left is not None
    assert done.left.is_done
    assert (done.added, done.changed, done.unconfirmed) == (2, 1, 0)
    after = shown(taken(rest, coda.doc_id))
    assert [row for row in after["jobs"] if row[0] != "newcomer"] == shown(saved)["jobs"]
    assert len(after["jobs"]) == 4
    assert accepted.reply["addedRowIds"]
    again = restored(saved, rest, coda.doc_id)
    assert (again.added, again.changed) == (0, 0)


def test_texts_that_look_like_something_else_come_back_as_they_were(coda: RunningCoda, rest: Rest) -> None:
    saved = taken(rest, coda.doc_id)
    jobs, title = column(saved, "jobs", "title")
    row = (saved.rows or {})[jobs][0]
    rest.update_row(coda.doc_id, jobs, row.id, [{"column": title, "value": "007"}], as_text=True)
    saved = taken(rest, coda.doc_id)
    rest.delete_rows(coda.doc_id, jobs, [row.id])
    assert restored(saved, rest, coda.doc_id).left.is_done  # type: ignore[union-attr]
    assert shown(taken(rest, coda.doc_id)) == shown(saved)


def test_a_key_that_two_rows_share_is_none(coda: RunningCoda, rest: Rest) -> None:
    saved = taken(rest, coda.doc_id)
    jobs, title = column(saved, "jobs", "title")
    rest.upsert_rows(coda.doc_id, jobs, [{"cells": [{"column": title, "value": "first"}]}] * 2)
    coda.finish()
    doubled = taken(rest, coda.doc_id)
    assert next(table for table in planned(doubled, doubled).tables if table.table.id == jobs).key == ""
    added = [row.id for row in (doubled.rows or {})[jobs][3:]]
    rest.delete_rows(coda.doc_id, jobs, added)
    done = restored(doubled, rest, coda.doc_id)
    assert done.added == 2
    assert shown(taken(rest, coda.doc_id)) == shown(doubled)


def test_what_the_doc_has_no_place_for_is_said(coda: RunningCoda, rest: Rest) -> None:
    saved = taken(rest, coda.doc_id)
    there = replace(saved, tables=tuple(table for table in saved.tables if table.name != "tags"))
    jobs = there.tables[0]
    there = replace(there, tables=(replace(jobs, columns=jobs.columns[:1]),))
    notes = planned(saved, there).notes
    assert any("no table tags" in note for note in notes)
    assert any("no column hours" in note for note in notes)


def test_a_dropped_answer_doubles_nothing(coda: RunningCoda, rest: Rest) -> None:
    """By the key a call that was cut off is repeated, and finds what it made."""
    saved = taken(rest, coda.doc_id)
    jobs, _ = column(saved, "jobs", "title")
    rest.delete_rows(coda.doc_id, jobs, [row.id for row in (saved.rows or {})[jobs]])
    coda.faults.set({"faults": [{"method": "POST", "path": "/apis/v1/docs", "drop": True, "after": True, "times": 1}]})
    done = restored(saved, rest, coda.doc_id)
    assert done.added == 3
    assert shown(taken(rest, coda.doc_id)) == shown(saved)


# ------------------------------------------------------------ a new doc


def test_rows_without_a_key_come_back_once(tmp_path: Path) -> None:
    """They get other ids than they had; a second restore knows them all the same."""
    files = {
        "doc.yml": "doc: Notes\ntime_zone: UTC\n",
        "notes/table.yml": "table: notes\ncolumns:\n  - {name: text, type: text, display: true}\n",
        "notes/rows.csv": "text\nalike\nalike\nother\n",
    }
    with local_coda_for(write(tmp_path / "notes", files)) as coda:
        rest = Rest(Secret(coda.token), coda.url)
        saved = taken(rest, coda.doc_id)
        table = saved.tables[0].id
        rest.delete_rows(coda.doc_id, table, [row.id for row in (saved.rows or {})[table]])
        for added in (3, 0):
            done = carry_out(saved, rest, coda.doc_id, lambda: taken(rest, coda.doc_id))
            assert done.added == added
            assert len((taken(rest, coda.doc_id).rows or {})[table]) == 3
        rest.close()


def test_founder_hq_comes_back_in_a_new_doc(tmp_path: Path) -> None:
    with local_coda_for(FORMULAS) as coda:
        rest = Rest(Secret(coda.token), coda.url, Pace({}, SWIFT))
        with open_tools(Secret(coda.mcp_token), coda.url, Pace({}, SWIFT)) as tools:
            saved = fetch_snapshot(rest, tools, coda.doc_id, rows=True)
            made = new_doc(saved, "Again", rest, tools, 20.0)
            assert made.doc != coda.doc_id
            done = restored(saved, rest, made.doc)
            after = fetch_snapshot(rest.fresh(), tools, made.doc, rows=True)
        rest.close()
    assert sorted(table.name for table in after.tables) == sorted(table.name for table in saved.tables)
    assert done.left is not None
    assert [(table.table.name, len(table.changes)) for table in done.left.tables if table.changes] == []
    before, now = shown(saved), shown(after)
    assert {name: len(rows) for name, rows in now.items()} == {name: len(rows) for name, rows in before.items()}
    assert done.added == sum(len(rows) for rows in before.values())


def test_rest_alone_makes_pages_and_says_so(coda: RunningCoda, rest: Rest) -> None:
    saved = taken(rest, coda.doc_id)
    made = new_doc(saved, "Pages", rest, None, 20.0)
    assert any("REST makes no tables" in said for said in made.undone)
    names = {page["name"] for page in rest.fresh().pages(made.doc)}
    assert {page.name for page in saved.pages} <= names


# ------------------------------------------------------------ the commands


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, [*arguments])


def test_the_commands(tmp_path: Path, coda: RunningCoda, rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODA_API_TOKEN", coda.token)
    monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
    root = tmp_path / "small"
    path = root / "doc.yml"
    path.write_text(path.read_text() + f"environments: {{staging: {{doc: {coda.doc_id}, host: '{coda.url}'}}}}\n")
    monkeypatch.chdir(root)
    kept = run("backup", "--to", "staging")
    assert kept.exit_code == 0, kept.output
    file = kept.stdout.strip()
    assert file.startswith(".codaform/backups/staging-")
    assert "not in it:" in kept.stderr
    assert run("restore", file, "--to", "staging").stderr == "staging has everything that the backup has\n"
    saved = load(Path(file))
    jobs, _ = column(saved, "jobs", "title")
    rest.delete_rows(coda.doc_id, jobs, [row.id for row in (saved.rows or {})[jobs]][:2])
    dry = run("restore", file, "--to", "staging")
    assert dry.exit_code == 0, dry.output
    assert dry.stdout == "jobs: 2 to add, 1 to change, 0 unchanged\n"
    assert "nothing was written" in dry.stderr
    assert len((taken(rest, coda.doc_id).rows or {})[jobs]) == 1
    done = run("restore", file, "--to", "staging", "--apply")
    assert done.exit_code == 0, done.output
    assert shown(taken(rest, coda.doc_id)) == shown(saved)
    new = run("restore", file, "--to", "staging", "--new", "Copy", "--via", "mcp", "--apply")
    assert coda.token not in new.output + done.output
    doc = new.stdout.splitlines()[0]
    assert len(taken(rest, doc).rows or {}) == 2
    assert run("restore", file).exit_code == 2


@pytest.mark.parametrize("arguments", [["backup", "--to", "nowhere"], ["restore", "none.json", "--to", "staging"]])
def test_what_cannot_be_done_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.chdir(write(tmp_path / "small", FILES))
    found = run(*arguments)
    assert found.exit_code == 2
    assert len(found.stderr.splitlines()) == 1
