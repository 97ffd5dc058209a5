"""`codaform mirror pull`: what Coda has is in PostgreSQL, with few requests, and safe to kill."""

from __future__ import annotations

from dataclasses import replace as renamed
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from codaform.coda.door.failures import NotAllowed
from codaform.coda.door.rest import Rest
from codaform.mirror.pull import Puller
from mirroring import Both, both, database, ran, run
from projects import replace

__all__ = ["both", "database"]
pytestmark = pytest.mark.slow


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_all_kinds_of_values_arrive(both: Both) -> None:
    shown, said = ran("pull")
    assert shown == (
        "runs: 2 rows changed, all rows read\n"
        "jobs: 2 rows changed, all rows read\n"
        "marks: 0 rows changed, all rows read\n"
    )
    assert said == ""
    ((*plain, first, made, row_id),) = both.ask(
        "SELECT j.hours, j.due, j.at, j.rest, j.state, j.done, b.name, r.run, j.made, j.row_id FROM small.jobs AS j "
        "JOIN small.jobs AS b ON b.row = j.before JOIN small.runs AS r ON r.row = j.first WHERE j.name = 'cook'"
    )
    day = datetime(2025, 12, 1).date()
    assert plain == [1.5, day, moment("2025-12-01T08:30"), Decimal(5400), "new", True, "wash"]
    assert first == "R1"
    assert isinstance(made, datetime)
    assert row_id == both.row("jobs", "cook")
    links = "SELECT l.place, r.run FROM small.jobs_all AS l JOIN small.runs AS r ON r.row = l.target ORDER BY 1"
    assert both.ask(links) == [(1, "R1"), (2, "R2")]
    computed = "SELECT name, spent, before_name, first_name FROM small.jobs_computed ORDER BY row"
    assert both.ask(computed) == [("cook", 5.0, "wash", "R1"), ("wash", 0.0, None, None)]


def test_a_second_pull_brings_what_changed(both: Both) -> None:
    ran("pull")
    both.edit("jobs", "wash", hours=7, all=[both.row("runs", "R2")], state="old")
    both.add("jobs", name="bake", first=both.row("runs", "R1"))
    shown, _ = ran("pull")
    assert shown == "runs: 0 rows changed\njobs: 2 rows changed\nmarks: 0 rows changed\n"
    found = both.ask('SELECT name, hours, state, first_name, "all" FROM small.jobs_computed ORDER BY row')
    assert [row[0] for row in found] == ["cook", "wash", "bake"]
    ((second,),) = both.ask("SELECT row FROM small.runs WHERE run = 'R2'")
    assert found[1][1:] == (7.0, "old", None, [second])
    assert found[2][1:] == (None, None, "R1", None)


def test_deleted_rows_go_with_a_whole_pull(both: Both) -> None:
    ran("pull")
    both.delete("jobs", "wash")
    assert ran("pull")[0].splitlines()[1] == "jobs: 0 rows changed"
    assert ran("pull", "--whole")[0].splitlines()[1] == "jobs: 0 rows changed, 1 deleted, all rows read"
    assert both.ask("SELECT name, before FROM small.jobs") == [("cook", None)]


def test_once_a_day_a_pull_is_whole(both: Both) -> None:
    from mirroring import enter

    ran("pull")
    both.delete("jobs", "wash")
    enter(both.database, "UPDATE small.codaform_state SET scanned_at = now() - interval '25 hours'")
    assert ran("pull")[0].splitlines()[1] == "jobs: 0 rows changed, 1 deleted, all rows read"


def test_a_relation_waits_for_its_row(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables point to each other, and each is a transaction of its own."""
    both.add("runs", run="R3", job=both.row("jobs", "wash"), helps=[both.row("jobs", "wash"), both.row("jobs", "cook")])
    ran("pull")
    found = both.ask("SELECT job_name, helps FROM small.runs_computed WHERE run = 'R3'")
    numbers = dict(both.ask("SELECT name, row FROM small.jobs"))
    assert found == [("wash", [numbers["wash"], numbers["cook"]])]
    assert both.ask("SELECT count(*) FROM small.codaform_waiting") == [(0,)]


def test_what_does_not_fit_is_told_and_kept(both: Both) -> None:
    ran("pull")
    both.edit("jobs", "cook", hours="many", state="odd", before="nobody", due="soon")
    shown, said = ran("pull")
    assert shown.splitlines()[1] == "jobs: 1 row changed"
    assert said.splitlines() == [
        f"jobs.{name}: 1 cell not what the column holds; codaform_unread lists them"
        for name in ("before", "due", "hours", "state")
    ]
    unread = both.ask("SELECT column_name, shown FROM small.codaform_unread ORDER BY 1")
    assert unread == [("before", "nobody"), ("due", "soon"), ("hours", "many"), ("state", "odd")]
    assert both.ask("SELECT hours, state, before, due FROM small.jobs WHERE name = 'cook'") == [
        (None, None, None, None)
    ]
    both.edit("jobs", "cook", hours=2, state="old", before="", due="2025-12-02")
    assert ran("pull")[1] == ""
    assert both.ask("SELECT count(*) FROM small.codaform_unread") == [(0,)]


def test_a_text_with_signs_of_all_kinds(both: Both) -> None:
    text = "tab\t, quote ' \" , back \\ \\N, {brace}, line\nline, 😀 %s"
    both.add("jobs", name=text)
    ran("pull")
    assert both.ask("SELECT count(*) FROM small.jobs WHERE name = %s", text) == [(1,)]


# ------------------------------------------------------------ requests


def counted_pull(both: Both, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    counts: list[int] = []
    close = Rest.close

    def count(self: Rest) -> None:
        counts.append(self.requests_sent)
        close(self)

    monkeypatch.setattr(Rest, "close", count)
    ran("pull", *words)
    return counts[-1]


def test_a_pull_asks_hardly_more_than_it_must(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[Any] = [
        {"cells": [{"column": both.column("jobs", "name"), "value": f"j{number}"}]} for number in range(2_400)
    ]
    for start in range(0, len(rows), 800):
        both.target.rest.upsert_rows(both.target.doc, both.table("jobs"), rows[start : start + 800], ids=[])
    both.coda.finish()
    least = 1 + 5 + 1  # the pages of 500 rows
    assert counted_pull(both, monkeypatch) <= 1.2 * least + 1
    assert both.ask("SELECT count(*) FROM small.jobs") == [(2_402,)]
    assert counted_pull(both, monkeypatch) == 3 + 1  # a table each, and the doc


def test_rows_that_change_during_a_listing_are_not_missed(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[Any] = [{"cells": [{"column": both.column("jobs", "name"), "value": f"j{one}"}]} for one in range(700)]
    both.target.rest.upsert_rows(both.target.doc, both.table("jobs"), rows)
    both.coda.finish()
    pages = Rest.row_pages
    edits = iter(["cook", "wash"])

    def changed_behind(self: Rest, doc: str, table: str, since: str = "", form: Any = "rich") -> Any:
        for number, page in enumerate(pages(self, doc, table, since, form)):
            yield page
            if number == 0 and table == both.table("jobs") and (row := next(edits, None)):
                both.edit("jobs", row, hours=42)

    monkeypatch.setattr(Rest, "row_pages", changed_behind)
    ran("pull")
    ran("pull")
    assert both.ask("SELECT name FROM small.jobs WHERE hours = 42 ORDER BY row") == [("cook",), ("wash",)]


# ------------------------------------------------------------ killed, refused, another doc


def test_a_killed_pull_leaves_the_state_before(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    ran("pull")
    both.edit("jobs", "cook", hours=9)
    both.edit("runs", "R1", note="later")
    remember = Puller._remember

    def killed(self: Puller, table: Any, *rest: Any) -> None:
        remember(self, table, *rest)
        if table.name == "jobs":
            raise KeyboardInterrupt

    monkeypatch.setattr(Puller, "_remember", killed)
    assert run("pull")[0] == 130
    assert both.ask("SELECT note FROM small.runs WHERE run = 'R1'") == [("later",)]
    assert both.ask("SELECT hours FROM small.jobs WHERE name = 'cook'") == [(1.5,)]
    monkeypatch.setattr(Puller, "_remember", remember)
    assert ran("pull")[0].splitlines()[1] == "jobs: 1 row changed"
    assert both.ask("SELECT hours FROM small.jobs WHERE name = 'cook'") == [(9.0,)]


def test_a_token_that_coda_does_not_take_costs_a_whole_pull(both: Both) -> None:
    from mirroring import enter

    ran("pull")
    enter(both.database, "UPDATE small.codaform_state SET token = 'old' WHERE table_name = 'jobs'")
    shown, said = ran("pull")
    assert shown.splitlines()[1] == "jobs: 0 rows changed, all rows read"
    assert said == "jobs: Coda did not take the token of the last pull any more, so all rows were read\n"


@pytest.mark.parametrize("command", ["pull", "push --apply", "push --apply --via mcp", "sync", "check"])
def test_a_revoked_token_is_one_line(both: Both, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 5 WHERE run = 'R2'")
    both.edit("jobs", "cook", hours=6)
    monkeypatch.setenv("CODA_MCP_TOKEN" if "mcp" in command else "CODA_API_TOKEN", "canary-no-more")
    code, shown, said = run(*command.split())
    assert (code, shown) == (2, "")
    assert len(said.splitlines()) == 1
    assert said.startswith("codaform: staging: the token was refused: ")
    assert "canary" not in said
    assert both.ask("SELECT hours FROM small.jobs WHERE name = 'cook'") == [(1.5,)]
    assert both.ask("SELECT run FROM small.runs WHERE dirty AND sent IS NULL") == [("R2",)]
    assert both.values("runs")["R2"]["hours"] == 3


def test_a_token_that_is_revoked_during_a_pull_leaves_each_table_whole(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran("pull")
    both.edit("runs", "R1", note="later")
    both.edit("jobs", "cook", hours=6)
    pages = Rest.row_pages

    def revoked(self: Rest, doc: str, table: str, since: str = "", form: Any = "rich") -> Any:
        for page in pages(self, doc, table, since, form):
            yield page
            if table == both.table("jobs"):
                raise NotAllowed(401, "", "GET rows")

    monkeypatch.setattr(Rest, "row_pages", revoked)
    code, shown, said = run("pull")
    assert (code, shown) == (2, "runs: 1 row changed\n")
    assert said.startswith("codaform: staging: the token was refused: ")
    monkeypatch.setattr(Rest, "row_pages", pages)
    assert both.ask("SELECT hours FROM small.jobs WHERE name = 'cook'") == [(1.5,)]
    assert ran("pull")[0].splitlines()[1] == "jobs: 1 row changed"


def test_another_doc_is_refused(both: Both) -> None:
    ran("pull")
    other = str(both.target.rest.create_doc("Other").reply["id"])
    both.coda.finish()
    replace(both.folder / "doc.yml", both.target.doc, other)
    replace(both.folder / "doc.lock.yml", both.target.doc, other)
    code, _, said = run("pull")
    assert code == 2
    assert said == (
        f"codaform: the mirror small was read from the doc {both.target.doc}, and staging is {other}; "
        "--schema NAME keeps this one in another mirror\n"
    )


def test_a_doc_restored_from_a_backup_is_told(both: Both) -> None:
    from mirroring import enter

    ran("pull")
    enter(both.database, "UPDATE small.codaform_mirror SET doc_updated = doc_updated + interval '1 year'")
    code, _, said = run("pull")
    assert code == 2
    assert "it was restored from a backup; codaform mirror pull --whole reads it all\n" in said
    assert len(said.splitlines()) == 1
    ran("pull", "--whole")
    ran("pull")


def test_a_column_that_is_gone_is_named(both: Both) -> None:
    ran("pull")
    both.edit("jobs", "cook", hours=2)
    document = both.coda.parts.workspace.live(both.target.doc)
    table = next(one for one in document.record.tables if one.id == both.table("jobs"))
    table.columns.remove(next(one for one in table.columns if one.column.name == "due"))
    code, _, said = run("pull")
    assert code == 2
    assert said == "codaform: jobs.due is not in the doc any more: codaform drift shows what changed there\n"


def test_a_renamed_column_of_the_doc_is_pulled_all_the_same(both: Both) -> None:
    ran("pull")
    both.edit("jobs", "cook", hours=2)
    document = both.coda.parts.workspace.live(both.target.doc)
    table = next(one for one in document.record.tables if one.id == both.table("jobs"))
    column = next(one for one in table.columns if one.column.name == "hours")
    column.column = renamed(column.column, name="effort")
    document.rebuild()
    ran("pull")
    assert both.ask("SELECT hours FROM small.jobs WHERE name = 'cook'") == [(2.0,)]


def test_a_folder_that_went_on_asks_for_init(both: Both) -> None:
    ran("pull")
    replace(both.folder / "jobs" / "table.yml", "  - {name: hours, type: number}\n", "  - {name: hours, type: text}\n")
    code, _, said = run("pull")
    assert code == 2
    assert said == (
        "codaform: the tables in small are not those of the folder: jobs.hours is no longer double precision, "
        "make jobs.hours, the next pull reads jobs as a whole; codaform mirror init shows the way\n"
    )


def test_a_mirror_that_is_not_there(tmp_path: Path, both: Both) -> None:
    code, _, said = run("pull", "--schema", "elsewhere")
    assert code == 2
    assert said == "codaform: there is no mirror in the schema elsewhere: codaform mirror init --apply makes it\n"
