"""plan and verify report every double in a doc, however it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.coda.door.rest import Record
from codaform.coda.snapshot.records import RemotePage, Snapshot
from codaform.coda.wire.json_data import Json
from codaform.deploy.applying.deployment import Target
from codaform.deploy.planning.doubles import MOST_ROWS, doubled_rows, doubles
from codaform.deploy.planning.plan_file import from_json, to_json
from codaform.project.session import Session
from codaform.testing import RunningCoda, local_coda_for
from deploying import deploy, target_of
from projects import opened, write
from test_deploy_at_once import SMALL


@pytest.fixture(scope="module")
def coda(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCoda]:
    """A doc as the folder says."""
    with local_coda_for() as found, target_of(found) as target:
        assert deploy(opened(write(tmp_path_factory.mktemp("small"), SMALL)), target, rows=True).deployed
        yield found


@pytest.fixture
def target(coda: RunningCoda) -> Iterator[Target]:
    with target_of(coda) as found:
        yield found


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return opened(write(tmp_path / "small", SMALL))


def told(snapshot: Snapshot, session: Session) -> list[str]:
    return [*doubles(snapshot, session.project.doc, ["Guide"])]


@pytest.mark.slow
def test_nothing_is_doubled_in_a_doc_as_the_folder_says(target: Target, session: Session) -> None:
    snapshot = target.read(rows=True)
    assert told(snapshot, session) == []
    rows = doubled_rows(snapshot, session.project.doc, lambda id: target.rest.rows(target.doc, id))
    assert rows == ((), ())


@pytest.mark.slow
def test_two_things_of_one_name(target: Target, session: Session) -> None:
    """As Coda has them, which puts no number behind the second."""
    snapshot = target.read()
    jobs = next(table for table in snapshot.tables if table.name == "jobs")
    hours = next(column for column in jobs.columns if column.name == "hours")
    twice = replace(jobs, columns=(*jobs.columns, replace(hours, id="c-other")))
    others = tuple(table for table in snapshot.tables if table is not jobs)
    doubled = replace(
        snapshot,
        tables=(twice, *others, replace(others[0], id="grid-other")),
        views=snapshot.views * 2,
        formulas=snapshot.formulas * 2,
        pages=(*snapshot.pages, RemotePage("canvas-a", "Guide"), RemotePage("canvas-b", "Guide")),
    )
    assert told(doubled, session) == [
        "notes: 2 tables are called so, and the folder has one",
        "jobs.hours: 2 columns are called so, and the folder has one",
        "Long jobs: 2 views are called so, and the folder has one",
        "total: 2 named formulas are called so, and the folder has one",
        "Guide: 2 pages are called so, and the folder has one",
    ]


def test_a_number_behind_a_name_and_the_same_look(target: Target, session: Session) -> None:
    """As a local Coda has them."""
    snapshot = target.read()
    jobs = next(table for table in snapshot.tables if table.name == "jobs")
    double = next(column for column in jobs.columns if column.name == "double")
    view, total = snapshot.views[0], snapshot.formulas[0]
    doubled = replace(
        snapshot,
        tables=(
            *(table for table in snapshot.tables if table is not jobs),
            replace(jobs, columns=(*jobs.columns, replace(double, name="double 2"))),
            replace(jobs, name="jobs 2", columns=(*jobs.columns, replace(double, name="double 2"))),
        ),
        views=(view, replace(view, name="Long jobs 2")),
        formulas=(total, replace(total, name="total 2")),
    )
    assert told(doubled, session) == [
        "jobs: the table jobs 2 looks like a second one of it, and the folder has one",
        "jobs.double: the column double 2 looks like a second one of it, and the folder has one",
        "Long jobs: the view Long jobs 2 looks like a second one of it, and the folder has one",
        "total: the named formula total 2 looks like a second one of it, and the folder has one",
    ]


def test_what_has_a_number_and_is_another_thing_is_none(target: Target, session: Session) -> None:
    snapshot = target.read()
    jobs = next(table for table in snapshot.tables if table.name == "jobs")
    hours = next(column for column in jobs.columns if column.name == "hours")
    other = replace(
        snapshot,
        tables=(
            *snapshot.tables,
            replace(jobs, id="grid-a", name="jobs 2", columns=jobs.columns[:1]),
            replace(jobs, id="grid-b", name="jobs 2024"),
            replace(jobs, id="grid-c", name="other 2", columns=(hours, replace(hours, name="hours 2"))),
        ),
        views=(*snapshot.views, replace(snapshot.views[0], name="Long jobs 2", filter_text="hours > 9")),
        formulas=(*snapshot.formulas, replace(snapshot.formulas[0], name="total 2", text="1")),
        pages=(*snapshot.pages, *snapshot.pages),
    )
    assert told(other, session) == []


def test_rows_of_one_key(target: Target, session: Session) -> None:
    snapshot = target.read()
    jobs = next(table for table in snapshot.tables if table.name == "jobs")
    title = jobs.columns[0].id
    told: list[Record] = [{"values": {title: value}} for value in ("a", "b", "a", "", "", None, "b", "a")]
    found, untold = doubled_rows(snapshot, session.project.doc, lambda _: told)
    assert found == ("jobs: 3 rows have the title a", "jobs: 2 rows have the title b")
    assert untold == ()
    many: Iterator[Record] = ({"values": {title: str(number)}} for number in range(10**9))
    found, untold = doubled_rows(snapshot, session.project.doc, lambda _: many)
    assert (found, untold) == (
        (),
        (f"jobs has more than {MOST_ROWS} rows: no two of one key were looked for",),
    )


@pytest.mark.slow
def test_plan_and_verify_tell_of_doubles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*words: str) -> Result:
        return CliRunner().invoke(program, [*words, str(root)])

    with local_coda_for() as coda, target_of(coda) as target:
        root = write(tmp_path / "small", SMALL)
        place = f"environments: {{staging: {{doc: {coda.doc_id}, host: '{coda.url}'}}}}\n"
        (root / "doc.yml").write_text(SMALL["doc.yml"] + place, "utf-8")
        monkeypatch.setenv("CODA_API_TOKEN", coda.token)
        monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
        assert deploy(opened(root), target, rows=True).deployed
        clean = run("plan", "--to", "staging", "--exit-code")
        assert clean.exit_code == 0, clean.output
        assert run("verify", "--to", "staging").exit_code == 0
        assert target.tools is not None
        snapshot = target.read()
        jobs = next(table for table in snapshot.tables if table.name == "jobs")
        columns: list[Json] = [{"name": "text", "format": {"type": "none"}}]
        page = f"coda://docs/{coda.doc_id}/canvases/{snapshot.pages[0].id}"
        target.tools.call("table_create", {"uri": page, "name": "notes", "columns": columns})
        cells: list[Json] = [{"column": jobs.columns[0].id, "value": "first"}]
        target.rest.upsert_rows(coda.doc_id, jobs.id, [{"cells": cells}])
        wanted = ["jobs: 2 rows have the title first", "notes: the table notes 2 looks like a second one of it"]
        for words in (("plan", "--to", "staging", "--exit-code"), ("verify", "--to", "staging")):
            found = run(*words)
            assert found.exit_code == 1, found.output
            assert all(said in found.stdout for said in wanted), found.stdout
        plan = run("plan", "--to", "staging", "--format", "json")
        assert '"doubled"' in plan.stdout


def test_a_plan_with_doubles_is_kept(target: Target, session: Session) -> None:
    from codaform.deploy.applying.deployment import plan_for

    made = replace(plan_for(session, target)[0], doubled=("notes: 2 tables are called so, and the folder has one",))
    assert from_json(to_json(made)) == made
