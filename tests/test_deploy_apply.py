"""Deploying to a local Coda: an empty doc becomes the project, and what comes of whatever stands in the way."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.coda.page.markdown import to_markdown
from codaform.coda.wire.filling import column_formula
from codaform.deploy.applying import outcomes
from codaform.deploy.applying.deployment import Target, carry_through, check_saved, entry_of, plan_for
from codaform.deploy.applying.journal import Journal, State, journal_of, journal_path
from codaform.deploy.applying.outcomes import DeployReport
from codaform.deploy.applying.verify import verify
from codaform.deploy.kinds import columns
from codaform.deploy.planning.plan import PlanIsOld, PlanOptions
from codaform.model.schema import views
from codaform.project.files import CannotRead
from codaform.project.session import Session
from codaform.server.start import people_of
from codaform.site.guides.canvas import document_pages
from codaform.testing import RunningCoda, local_coda_for
from deploy_projects import ROWS, by_hand, column_of, doc_of, table_of, values_of, workshop
from deploying import ENVIRONMENT, copied, deploy, states, target_of
from door import FORMULAS
from projects import opened, write
from projects import replace as replace_in

pytestmark = pytest.mark.slow


@pytest.fixture
def coda() -> Iterator[RunningCoda]:
    with local_coda_for() as found:
        yield found


@pytest.fixture
def target(coda: RunningCoda) -> Iterator[Target]:
    with target_of(coda) as found:
        yield found


def begun(session: Session) -> int:
    """How many writes were ever begun."""
    text = journal_path(session.project.root, ENVIRONMENT).read_text("utf-8")
    return sum(json.loads(line)["state"] == "begun" for line in text.splitlines())


def checked(session: Session, target: Target) -> outcomes.Verification:
    """What reading back says."""
    entry = entry_of(session.project.root, target.environment)
    return verify(target.read(), session, entry, PlanOptions(target.capabilities))


# ------------------------------------------------------------ all of it


def test_an_empty_doc_becomes_founder_hq(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = opened(copied(FORMULAS, tmp_path / "hq"))
    wanted = session.project.doc
    # Coda takes a person only who is in the doc already.
    coda.parts.workspace.people = lambda: people_of(session)
    report = deploy(session, target, rows=True)
    assert states(report)["by hand"] == 1, "the default, which no API writes"
    assert set(states(report)) == {"done", "by hand"}
    assert {(extra.state, extra.note) for extra in report.extras} == {("done", "")}
    record = doc_of(coda).record
    assert sorted(table.name for table in record.tables) == sorted(wanted.tables)
    assert len(wanted.tables) == 12
    formulas = 0
    for table in wanted.tables.values():
        for column in table.columns.values():
            there = column_of(coda, table.name, column.name).column
            text = column_formula(column, table, wanted)
            formulas += text is not None
            assert (there.formula.text if there.formula else None) == text, f"{table.name}.{column.name}"
            assert there.about == column.about
    assert formulas >= 25
    assert {view.view.name for table in record.tables for view in table.views} == {view.name for view in views(wanted)}
    assert {formula.formula.name for formula in record.formulas} == set(wanted.formulas)
    for name, table in wanted.tables.items():
        key = next(column.name for column in table.columns.values() if column.key)
        assert sorted(map(str, values_of(coda, name, key))) == sorted(
            str(session.book.value(row, key)) for row in session.book.rows(name)
        )
    # What only a person can do, done by one.
    assert not checked(session, target).clean
    default = wanted.tables["execution_runs"].columns["started_at"].default
    assert default is not None
    by_hand(coda, "execution_runs", "started_at", default=default.text)
    assert checked(session, target).clean
    # Nothing is left to do, and nothing is done.
    version, writes = record.version, begun(session)
    again = deploy(session, target, rows=True)
    assert again.deployed
    assert again.outcomes == ()
    assert {extra.state for extra in again.extras} == {"already"}
    assert (doc_of(coda).record.version, begun(session)) == (version, writes)
    # A hand edit shows, and is undone.
    by_hand(coda, "sprints", "end_date", formula="thisRow.start_date + 5")
    found = checked(session, target)
    assert [outcomes.key_of(step) for step in found.remaining] == ["set formula of sprints.end_date"]
    assert deploy(session, target).deployed


def test_one_of_each_thing(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = workshop(tmp_path)
    report = deploy(session, target, rows=True)
    assert report.deployed, outcomes.report_lines(report)
    assert column_of(coda, "jobs", "done").column.kind == "checkbox", "which arrives as a select list at first"
    assert column_of(coda, "jobs", "state").column.options == ("new", "old")
    assert values_of(coda, "jobs", "fourfold") == [4, 8, 12]
    assert values_of(coda, "jobs", "done") == [None, True, None] or values_of(coda, "jobs", "done") == [
        False,
        True,
        False,
    ]
    assert [len(value) for value in values_of(coda, "tags", "jobs")] == [1, 1]  # type: ignore[arg-type]
    lock = entry_of(session.project.root, ENVIRONMENT)
    assert lock.doc == coda.doc_id
    assert lock.ids.tables == {name: table_of(coda, name).id for name in ("jobs", "tags")}
    assert lock.ids.columns["jobs", "double"] == column_of(coda, "jobs", "double").id
    assert {place.name for place in lock.confirmed} == {
        "double", "fourfold", "close", "Open jobs", "open_hours", "jobs"
    }  # fmt: skip


# ------------------------------------------------------------ changes of what is there


def test_changes_of_every_kind_are_made(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = workshop(tmp_path)
    assert deploy(session, target, rows=True).deployed
    table = tmp_path / "jobs/table.yml"
    replace_in(table, "options: [new, old]", "options: [new, old, lost]")
    replace_in(table, "{name: hours, type: number}", '{name: time, type: number, format: "0.0"}')
    replace_in(table, "The work to do.", "What has to be done.")
    replace_in(table, "label: Close", "label: Shut")
    replace_in(table, "filter: open.coda, sort: hours", "filter: open.coda, sort: due, descending: true")
    for name in ("jobs/double.coda", "open_hours.coda"):
        replace_in(tmp_path / name, "hours", "time")
    replace_in(tmp_path / "jobs/double.coda", "* 2", "* 3")
    replace_in(tmp_path / "jobs/rows.csv", "title,hours", "title,time")
    session = opened(tmp_path)
    report = deploy(session, target, rows=True)
    assert report.deployed, outcomes.report_lines(report)
    assert values_of(coda, "jobs", "fourfold") == [6, 12, 18]
    assert column_of(coda, "jobs", "state").column.options == ("new", "old", "lost")
    assert column_of(coda, "jobs", "title").column.about == "What has to be done."
    assert column_of(coda, "jobs", "close").column.label == "Shut"
    view = table_of(coda, "jobs").views[0].view
    assert (view.sort, view.descending) == ("due", True)
    assert deploy(session, target).outcomes == ()


def test_what_the_folder_lacks_stays_without_prune_and_goes_with_it(
    tmp_path: Path, coda: RunningCoda, target: Target
) -> None:
    session = workshop(tmp_path)
    assert deploy(session, target, rows=True).deployed
    for name in ("tags/table.yml", "tags/rows.csv"):
        (tmp_path / name).unlink()
    (tmp_path / "tags").rmdir()
    replace_in(tmp_path / "jobs/table.yml", "  - {name: tag, type: relation, to: tags}\n", "")
    replace_in(tmp_path / "jobs/rows.csv", FILE_ROWS, FILE_ROWS_WITHOUT)
    session = opened(tmp_path)
    assert deploy(session, target).outcomes == ()
    assert table_of(coda, "tags").name == "tags"
    report = deploy(session, target, prune=True)
    assert report.deployed, outcomes.report_lines(report)
    assert [table.name for table in doc_of(coda).record.tables] == ["jobs"]
    assert "tag" not in {column.column.name for column in table_of(coda, "jobs").columns}
    assert values_of(coda, "jobs", "title") == ROWS["jobs"]


FILE_ROWS = "title,hours,done,due,state,tag\nfirst,1,,2025-12-08,new,red\nsecond,2,true,,old,\nthird,3,,,,blue\n"
FILE_ROWS_WITHOUT = "title,hours,done,due,state\nfirst,1,,2025-12-08,new\nsecond,2,true,,old\nthird,3,,,\n"


def test_rows_without_a_key_are_there_once(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = workshop(
        tmp_path,
        {
            "notes/table.yml": "table: notes\ncolumns:\n  - {name: text, type: text}\n"
            "  - {name: job, type: relation, to: jobs}\n",
            "notes/rows.csv": "text,job\nsame,first\nsame,second\n",
        },
    )
    for _ in range(2):
        report = deploy(session, target, rows=True)
        assert report.deployed, outcomes.report_lines(report)
        assert values_of(coda, "notes", "text") == ["same", "same"]
    by_hand_rows = doc_of(coda).rows[table_of(coda, "notes").id]
    assert len(by_hand_rows) == 2


def test_two_rows_of_one_key_are_told_and_left_alone(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = workshop(tmp_path)
    assert deploy(session, target).deployed
    tags = table_of(coda, "tags")
    name = column_of(coda, "tags", "name").id
    rows: Any = [{"cells": [{"column": name, "value": "red"}]}] * 2
    target.rest.upsert_rows(coda.doc_id, tags.id, rows)
    report = deploy(session, target, rows=True)
    told = {extra.what: (extra.state, extra.note) for extra in report.extras}
    assert told["2 rows of tags"] == ("failed", "2 rows have the name red")
    assert not report.deployed
    assert values_of(coda, "tags", "name") == ["red", "red"]


# ------------------------------------------------------------ what stands in the way


def test_a_doc_that_has_moved_since_the_plan_stops_the_deploy(
    tmp_path: Path, coda: RunningCoda, target: Target
) -> None:
    session = workshop(tmp_path)
    assert deploy(session, target).deployed
    (tmp_path / "jobs/double.coda").write_text("thisRow.hours * 5\n", "utf-8")
    session = opened(tmp_path)
    with journal_of(tmp_path, ENVIRONMENT) as journal:
        made, snapshot = plan_for(session, target)
        by_hand(coda, "jobs", "double", formula="thisRow.hours * 7")
        report = carry_through(made, snapshot, session, target, journal)
        assert states(report) == {"conflict": 1}
        assert "changed since: hours * 7" in report.stopped
        assert not report.deployed
        with pytest.raises(PlanIsOld):
            check_saved(made, target.read(), journal)
    formula = column_of(coda, "jobs", "double").column.formula
    assert formula is not None
    assert formula.text == "thisRow.hours * 7"


def test_a_formula_that_coda_finds_wrong_fails_the_deploy_with_its_place(
    tmp_path: Path, coda: RunningCoda, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = workshop(tmp_path)

    def spoilt(column: Any, *rest: Any) -> str | None:
        return "Nonsense(1)" if column.name == "double" else column_formula(column, *rest)

    monkeypatch.setattr(columns, "column_formula", spoilt)
    report = deploy(session, target)
    failed = [outcome for outcome in report.outcomes if outcome.state == "failed"]
    assert [outcomes.key_of(outcome.step) for outcome in failed] == ["add column jobs.double"]
    assert "double.coda: Coda finds the formula of jobs.double wrong" in failed[0].note
    skipped = {outcomes.key_of(one.step): one.note for one in report.outcomes if one.state == "skipped"}
    assert skipped == {"add column jobs.fourfold": "it needs jobs.double, which could not be made"}
    assert {outcome.state for outcome in report.outcomes} == {"done", "failed", "skipped"}
    assert not report.deployed
    assert not report.needs_a_person


def test_what_needs_a_thing_made_by_hand_waits_for_it(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = workshop(
        tmp_path,
        {
            "jobs/table.yml": workshop_table() + "  - {name: spent, type: duration}\n"
            "  - {name: late, type: checkbox, formula: late.coda}\n",
            "jobs/late.coda": "thisRow.spent > Hours(8)\n",
        },
    )
    report = deploy(session, target)
    told = {outcomes.key_of(outcome.step): outcome for outcome in report.outcomes}
    assert told["add column jobs.spent"].state == "by hand"
    assert told["add column jobs.late"].state == "waiting"
    assert told["add column jobs.late"].note == "it needs jobs.spent, which is not there yet"
    assert told["add column jobs.double"].state == "done"
    assert report.needs_a_person
    assert not report.deployed
    target.tools.call(  # type: ignore[union-attr]
        "table_columns_manage",
        {
            "uri": f"coda://docs/{coda.doc_id}/tables/{table_of(coda, 'jobs').id}",
            "data": {"action": "add", "columns": [{"name": "spent", "format": {"type": "none"}}]},
        },
    )
    by_hand(coda, "jobs", "spent", kind="duration")
    report = deploy(session, target)
    assert report.deployed, outcomes.report_lines(report)
    assert states(report) == {"done": 1}


def workshop_table() -> str:
    from deploy_projects import FILES

    head, _, tail = FILES["jobs/table.yml"].partition("views:\n")
    return "views:\n" + tail + head


def test_without_mcp_everything_is_for_a_person(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = workshop(tmp_path)
    version = doc_of(coda).record.version
    report = deploy(session, replace(target, tools=None))
    assert set(states(report)) == {"by hand"}
    assert report.needs_a_person
    assert doc_of(coda).record.version == version


# ------------------------------------------------------------ pages


def test_guides_become_pages_that_codaform_made(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = workshop(tmp_path)

    def pages(**texts: str) -> dict[str, tuple[str, str]]:
        report = deploy(session, target, guides=texts)
        return {extra.what: (extra.state, extra.note) for extra in report.extras}

    def text(name: str) -> str:
        found = [page for page in doc_of(coda).record.pages if page.name == name]
        assert len(found) == 1
        return to_markdown(found[0].lines)

    assert pages(Guide="# One\n\nFirst.") == {"page Guide": ("done", "")}
    assert "First." in text("Guide")
    assert pages(Guide="# One\n\nFirst.") == {"page Guide": ("already", "")}
    assert pages(Guide="# One\n\nSecond.") == {"page Guide": ("done", "")}
    assert "Second." in text("Guide")
    assert "First." not in text("Guide")
    told = pages(jobs="No.", Untitled="No.")
    assert told["page jobs"] == ("failed", "the table Open jobs is on it: codaform leaves its text alone")
    assert told["page Untitled"] == ("failed", "the doc has a page of that name that codaform did not make")
    assert "No." not in text("Untitled")
    page = next(page for page in doc_of(coda).record.pages if page.name == "Guide")
    target.rest.delete_page(coda.doc_id, page.id)
    assert pages(Guide="# One\n\nThird.") == {"page Guide": ("done", "")}
    assert "Third." in text("Guide")


GUIDE = """\
---
title: How to add a job
---
# How to add a job

There is a table {table}`jobs`, where {row}`jobs: first` takes {cell}`jobs[first].hours → 1` hour.

```{rows} jobs
:columns: title, hours, done
```

```{add} jobs
- title: fourth
  hours: 4
```

```{picture} relations
```

```{formula} jobs.double
:row: fourth
```

| Word | Meaning |
| --- | --- |
| job | work |
"""


def test_documents_are_published_as_they_are_on_the_site(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = workshop(tmp_path)
    path = session.project.root / "documents" / "how_to_add.md"
    path.parent.mkdir()
    path.write_text(GUIDE, "utf-8")

    def published() -> dict[str, str]:
        report = deploy(session, target, guides=document_pages(session))
        return {extra.what: extra.state for extra in report.extras}

    assert published() == {"page How to add a job": "done"}
    (page,) = [page for page in doc_of(coda).record.pages if page.name == "How to add a job"]
    text = to_markdown(page.lines)
    assert "There is a table `jobs`, where first takes 1 hour." in text
    assert "- first — hours: 1; done: no" in text
    assert "**By hand**" in text
    assert "fourth,4" in text
    assert "Picture: Tables and relations of Workshop. 2 tables, 1 relation." in text
    assert "- job — Meaning: work" in text
    for raw in ("{table}", "{row}", "{cell}", "```{", ":columns:", "<span", "<div", "===", "| ---"):
        assert raw not in text
    assert {table.name for table in doc_of(coda).record.tables} == {"jobs", "tags"}
    written = begun(session)
    assert published() == {"page How to add a job": "already"}
    assert begun(session) == written


def test_a_document_that_says_something_false_is_not_published(tmp_path: Path) -> None:
    session = workshop(tmp_path)
    with pytest.raises(CannotRead, match="has no documents: --pages writes them as pages"):
        document_pages(session)
    path = session.project.root / "documents" / "a.md"
    path.parent.mkdir()
    path.write_text("# A\n\n{cell}`jobs[first].hours → 2`\n", "utf-8")
    with pytest.raises(CannotRead, match=r"documents/a\.md:3: .* no page was written"):
        document_pages(session)
    path.write_text("# A\n", "utf-8")
    path.with_name("b.md").write_text("# A\n", "utf-8")
    with pytest.raises(CannotRead, match=r"documents/b\.md: another document has the title A too"):
        document_pages(session)


# ------------------------------------------------------------ the journal


def test_a_line_that_a_crash_cut_off_is_dropped(tmp_path: Path) -> None:
    with journal_of(tmp_path, "local") as journal:
        journal.write("begun", ["add table jobs"])
    path = journal_path(tmp_path, "local")
    with path.open("ab") as file:
        file.write(b'{"state": "do')
    with journal_of(tmp_path, "local") as journal:
        assert journal.open_keys() == ["add table jobs"]
        journal.write("done", ["add table jobs"], ids={"table jobs": "grid-1"})
    with journal_of(tmp_path, "local") as journal:
        assert journal.open_keys() == []
        assert journal.made() == {"table jobs": "grid-1"}
    path.write_text("never\n" + path.read_text("utf-8"), "utf-8")
    with pytest.raises(CannotRead, match=r"line 1 of .* is damaged"), journal_of(tmp_path, "local"):
        pass


def test_two_deploys_at_once_are_one_too_many(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with journal_of(tmp_path, "local"), journal_of(tmp_path, "other"):
        again = journal_of(tmp_path, "local")
        with pytest.raises(CannotRead, match="another deploy to local is under way"), again:
            pass


class Killed(BaseException):
    """What stands for a kill within the process."""


def test_a_kept_plan_goes_on_after_a_kill_and_only_then(
    tmp_path: Path, coda: RunningCoda, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = workshop(tmp_path)
    with journal_of(tmp_path, ENVIRONMENT) as journal:
        made, snapshot = plan_for(session, target)
        write = Journal.write

        def killing(self: Journal, state: State, keys: Any = (), *rest: Any, **named: Any) -> None:
            write(self, state, keys, *rest, **named)
            if state == "begun" and "add view Open jobs of jobs" in keys:
                raise Killed

        monkeypatch.setattr(Journal, "write", killing)
        with pytest.raises(Killed):
            carry_through(made, snapshot, session, target, journal)
        monkeypatch.undo()
    with journal_of(tmp_path, ENVIRONMENT) as journal:
        snapshot = target.read()
        check_saved(made, snapshot, journal)
        report = carry_through(made, snapshot, session, target, journal)
        assert report.deployed, outcomes.report_lines(report)
        assert states(report)["already"] > 3
        assert states(report)["done"] >= 1
        with pytest.raises(PlanIsOld):
            check_saved(made, target.read(), journal)


def test_a_table_of_that_name_that_somebody_else_made_is_left_alone(
    tmp_path: Path, coda: RunningCoda, target: Target
) -> None:
    session = workshop(tmp_path)
    made, snapshot = plan_for(session, target)
    assert target.tools is not None
    page = doc_of(coda).record.pages[0].id
    columns: Any = [{"name": "mine", "format": {"type": "none"}}]
    uri = f"coda://docs/{coda.doc_id}/canvases/{page}"
    target.tools.call("table_create", {"uri": uri, "name": "jobs", "columns": columns})
    with journal_of(tmp_path, ENVIRONMENT) as journal:
        report = carry_through(made, snapshot, session, target, journal)
    assert report.stopped == "a table jobs is there by now, and it has a column mine; make a new plan"
    assert [column.column.name for column in table_of(coda, "jobs").columns] == ["mine"]


# ------------------------------------------------------------ on the command line


def run(*words: str | Path, input: str | None = None) -> Result:
    return CliRunner().invoke(program, [str(word) for word in words], input=input)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    workshop(tmp_path)
    result = run("deploy", tmp_path)
    assert result.exit_code == 0, result.output
    assert "add table jobs" in result.stdout
    assert "nothing was written" in result.stderr
    result = run("plan", tmp_path, "--exit-code")
    assert result.exit_code == 1, "there is as much to do as before"
    assert not (tmp_path / "doc.lock.yml").exists()


def test_deploy_and_verify(tmp_path: Path) -> None:
    workshop(tmp_path)
    plan = tmp_path / "kept.plan"
    assert run("plan", tmp_path, "--out", plan).exit_code == 0
    result = run("deploy", tmp_path, "--apply", "--plan", plan, "--rows", "--format", "json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["deployed"] is True
    assert told["local"] is True
    assert {step["state"] for step in told["steps"]} == {"done"}
    result = run("verify", tmp_path)
    assert result.exit_code == 0
    assert "as the folder says" in result.stdout
    result = run("deploy", tmp_path, "--apply", "--plan", plan)
    assert result.exit_code == 2
    assert "make a new plan" in result.stderr
    assert run("deploy", tmp_path, "--apply", "--plan", tmp_path / "doc.yml").exit_code == 2
    result = run("deploy", tmp_path, "--to", "nowhere")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_loss_is_agreed_to_and_kept_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop(tmp_path)
    assert run("deploy", tmp_path, "--apply", "--rows").exit_code == 0
    replace_in(tmp_path / "jobs/table.yml", "  - {name: due, type: date}\n", "")
    (tmp_path / "jobs/rows.csv").unlink()
    result = run("deploy", tmp_path, "--apply", "--prune")
    assert result.exit_code == 2
    assert "drop column jobs.due: loses data" in result.stderr
    assert "give --allow-loss; nothing was written" in result.stderr
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("codaform.cli.deployment.can_ask", lambda: True)
    result = run("deploy", tmp_path, "--apply", "--prune", input="Something else\n")
    assert result.exit_code == 2
    assert "that is not the doc's name, Workshop; nothing was written" in result.stderr
    backups = tmp_path / ".codaform/backups"
    assert not backups.exists()
    result = run("deploy", tmp_path, "--apply", "--prune", input="Workshop\n")
    assert result.exit_code == 0, result.output
    kept = [*backups.iterdir()]
    assert len(kept) == 1
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    assert "2025-12-08" in kept[0].read_text("utf-8"), "what was lost is in it"
    assert "backup: " in result.stderr


def test_nothing_of_an_empty_doc_is_verified(tmp_path: Path, target: Target) -> None:
    session = workshop(tmp_path)
    found = checked(session, target)
    assert found.remaining
    assert found.right == 0, "the columns of tables that are not there are not there either"


def test_a_report_says_what_is_not_verified(tmp_path: Path, target: Target) -> None:
    session = workshop(tmp_path)
    report = deploy(session, target)
    lines = "\n".join(outcomes.report_lines(report))
    assert "deployed: everything that can be read back is as the folder says" in lines
    assert "it proves what codaform does, not what Coda does" in lines
    blind = replace(report, verified=None)
    assert not blind.deployed
    assert "verified: nothing" in "\n".join(outcomes.report_lines(blind))
    assert isinstance(blind, DeployReport)
    assert outcomes.as_json(blind)["verified"] is None


PACKS = {
    "doc.yml": "doc: Small\nformulas:\n  - {name: Now there, type: text, formula: '[Weather]Now(\"Paris\")'}\n",
    "tasks/table.yml": """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: rate, type: number, formula: rate.coda}
  - {name: login, type: text, formula: login.coda}
  - {name: coded, type: number, formula: coded.coda}
  - {name: repos, type: text, formula: repos.coda}
  - {name: go, type: button, label: Go, action: go.coda, disable_if: when.coda}
views:
  - {name: Some, filter: some.coda}
""",
    "tasks/rate.coda": "Weather::CurrentTemperature(thisRow.name)\n",
    "tasks/login.coda": "[GitHub]User(thisRow.name).login\n",
    "tasks/coded.coda": "$$[cell:grid-a1B2:i-c3D4:c-e5F6:Value]\n",
    "tasks/repos.coda": '[My Pack]Ping(city: "a")\n',
    "tasks/go.coda": '[Slack]SendMessage("x", thisRow.name)\n',
    "tasks/when.coda": "[My Pack]Closed()\n",
    "tasks/some.coda": "[My Pack]Keep(thisRow.name)\n",
    "tasks/rows.csv": "name\nParis\n",
}


def test_what_only_coda_computes_is_kept_and_read_back(tmp_path: Path) -> None:
    write(tmp_path, PACKS)
    result = run("deploy", tmp_path, "--apply", "--rows")
    assert result.exit_code == 0, result.output
    assert "deployed: everything that can be read back is as the folder says" in result.stderr + result.stdout
    result = run("plan", tmp_path, "--exit-code")
    assert result.exit_code == 0, result.output
    assert run("verify", tmp_path).exit_code == 0
