"""`codaform mirror push`: what programs wrote in PostgreSQL is in Coda, and nothing is overwritten without a word."""

from __future__ import annotations

import itertools
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from codaform.coda.door.claims import CLAIM_LIFETIME, CLAIM_TITLE, claim_subtitle, find_claims
from codaform.coda.door.failures import StaleDoc
from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.mirror.merging import merged
from mirroring import Both, both, database, ran, run

__all__ = ["both", "database"]


# ------------------------------------------------------------ two values and the one before


def test_who_changed_a_cell_decides_what_stays() -> None:
    """Every case of a cell: the mirror's value, Coda's, the one at which both agreed, and the one that was sent."""
    values = [None, 1.0, 2.0, {"misfit": "x"}]
    for our, their, base, sent in itertools.product([None, 1.0, 2.0], values, values, [None, 1.0, 2.0, "nothing"]):
        one = {} if sent == "nothing" else {"a": sent}
        found = merged(["a"], _cell(our), _cell(their), _cell(base), one)
        shown = None if their == {"misfit": "x"} else their
        ours_is_old = our == (None if base == {"misfit": "x"} else base)
        theirs_is_old = their == base or (bool(one) and their == sent)
        if our == shown:
            assert (found.take, found.conflicts, found.left) == ([], [], [])
            assert found.synced.get("a") == their
        elif theirs_is_old:
            assert (found.take, found.conflicts, found.left) == ([], [], ["a"])
            assert found.synced.get("a") == their
        elif ours_is_old:
            assert (found.take, found.conflicts, found.left) == (["a"], [], [])
            assert found.synced.get("a") == their
        else:
            assert (found.take, found.conflicts, found.left) == ([], ["a"], [])
            assert found.synced.get("a") == base


def _cell(value: Any) -> dict[str, Any]:
    return {} if value is None else {"a": value}


# ------------------------------------------------------------ rows and cells


@pytest.mark.slow
@pytest.mark.parametrize("way", [(), ("--via", "mcp")])
def test_new_and_changed_rows_appear_in_coda(both: Both, way: tuple[str, ...]) -> None:
    ran("pull")
    both.ask(
        "INSERT INTO small.runs (run, job, hours, at, who) SELECT 'R3', row, 4.5, '2025-12-02 10:00+01', 'Ada Ruiz' "
        "FROM small.jobs WHERE name = 'wash'"
    )
    both.ask(
        "INSERT INTO small.runs_helps SELECT r.row, 1, j.row FROM small.runs r, small.jobs j WHERE r.run = 'R3'"
        " AND j.name = 'cook'"
    )
    both.ask("UPDATE small.runs SET hours = 2.5, at = NULL WHERE run = 'R1'")
    shown, said = ran("push", *way)
    assert shown == "runs: change R1: hours, at\nruns: add R3: run, job, hours, at, helps, who\n"
    assert said.endswith("nothing was written; --apply writes it\n")
    assert "R3" not in both.values("runs")
    shown, said = ran("push", "--apply", *way)
    assert (shown, said) == ("runs: 2 rows pushed and read back\n", "")
    there = both.values("runs")
    assert {name: there["R3"][name] for name in ("job", "hours", "at", "helps", "who")} == {
        "job": "wash",
        "hours": 4.5,
        "at": "2025-12-02T10:00:00.000+01:00",
        "helps": ["cook"],
        "who": "Ada Ruiz",
    }
    assert (there["R1"]["hours"], there["R1"]["at"], there["R1"]["note"]) == (2.5, "", "fine")
    assert both.ask("SELECT row_id FROM small.runs WHERE run = 'R3'") == [(both.row("runs", "R3"),)]
    assert both.ask("SELECT count(*) FROM small.runs WHERE dirty OR sent IS NOT NULL") == [(0,)]
    assert ran("push", "--apply", *way) == ("", "")
    assert ran("pull")[0].startswith("runs: 0 rows changed\n")


@pytest.mark.slow
def test_rows_without_a_key_are_added_once(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    ran("pull")
    both.ask("INSERT INTO small.runs (run) VALUES ('R3')")
    both.ask("INSERT INTO small.marks (text, run) SELECT 'x', row FROM small.runs WHERE run = 'R3'")
    monkeypatch.setattr(Rest, "finish", _killed)
    assert run("push", "--apply")[0] == 130  # R3 was sent
    monkeypatch.undo()
    both_again(both, monkeypatch)
    monkeypatch.setattr(Rest, "finish", _killed_at(2))
    assert run("push", "--apply")[0] in (0, 130)
    monkeypatch.undo()
    both_again(both, monkeypatch)
    both.coda.finish()
    ran("push", "--apply")
    assert sorted(both.values("runs")) == ["R1", "R2", "R3"]
    assert [row["values"] for row in both.rows("marks")] == [
        {both.column("marks", "text"): "x", both.column("marks", "run"): "R3"}
    ]


def both_again(both: Both, patch: pytest.MonkeyPatch) -> None:
    """The environment of the fixture, after its patches were undone."""
    patch.setenv("CODA_API_TOKEN", both.coda.token)
    patch.setenv("CODAFORM_POSTGRES", both.database)
    patch.chdir(both.folder)


def _killed(self: Rest, request: str, patience: float = 0) -> bool:
    raise KeyboardInterrupt


def _killed_at(number: int) -> Any:
    calls = iter(range(1, 100))

    def finish(self: Rest, request: str, patience: float = 0) -> bool:
        if next(calls) == number:
            raise KeyboardInterrupt
        return True

    return finish


@pytest.mark.slow
def test_a_program_may_write_while_a_push_runs(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it writes between the sending and the reading back is no conflict, and is not lost."""
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 10 WHERE run = 'R1'")
    finish = Rest.finish

    def meanwhile(self: Rest, request: str, patience: float = 120) -> bool:
        both.ask("UPDATE small.runs SET hours = 11 WHERE run = 'R1'")
        return finish(self, request, patience)

    monkeypatch.setattr(Rest, "finish", meanwhile)
    assert ran("push", "--apply")[0] == "runs: 1 row pushed and read back\n"
    monkeypatch.setattr(Rest, "finish", finish)
    assert both.values("runs")["R1"]["hours"] == 10
    assert both.ask("SELECT hours, dirty FROM small.runs WHERE run = 'R1'") == [(11.0, True)]
    assert ran("push", "--apply")[1] == ""
    assert both.values("runs")["R1"]["hours"] == 11


# ------------------------------------------------------------ both sides


@pytest.mark.slow
def test_different_cells_of_a_row_go_both_ways(both: Both) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 10 WHERE run = 'R1'")
    both.edit("runs", "R1", note="from Coda", job=both.row("jobs", "wash"))
    ran("pull")
    assert both.ask("SELECT hours, note, job_name FROM small.runs_computed WHERE run = 'R1'") == [
        (10.0, "from Coda", "wash")
    ]
    ran("push", "--apply")
    there = both.values("runs")["R1"]
    assert (there["hours"], there["note"], there["job"]) == (10, "from Coda", "wash")


@pytest.fixture
def conflict(both: Both) -> Both:
    """A cell that both stores changed."""
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 10 WHERE run = 'R1'")
    both.edit("runs", "R1", hours=20)
    code, shown, said = run("push", "--apply")
    assert (code, shown) == (1, "")
    assert said == "runs: 1 conflict; codaform_conflicts lists them\n"
    return both


@pytest.mark.slow
def test_a_conflict_leaves_both_values(conflict: Both) -> None:
    listed = "SELECT table_name, column_name, mirror_value, coda_value, synced_value FROM small.codaform_conflicts"
    assert conflict.ask(listed) == [("runs", "hours", 10.0, 20.0, 2.0)]
    assert conflict.values("runs")["R1"]["hours"] == 20
    assert conflict.ask("SELECT hours FROM small.runs WHERE run = 'R1'") == [(10.0,)]
    conflict.edit("runs", "R1", hours=30)
    code, _, said = run("push", "--apply")
    assert (code, said) == (1, "runs: 1 conflict; codaform_conflicts lists them\n")
    assert conflict.ask(listed) == [("runs", "hours", 10.0, 30.0, 2.0)]
    conflict.edit("runs", "R1", hours=10)
    ran("push", "--apply")
    assert conflict.ask(listed) == []
    assert conflict.ask("SELECT dirty FROM small.runs WHERE run = 'R1'") == [(False,)]


@pytest.mark.slow
@pytest.mark.parametrize(("decision", "value"), [("mirror", 10.0), ("coda", 20.0)])
def test_people_decide_a_conflict(conflict: Both, decision: str, value: float) -> None:
    conflict.ask("UPDATE small.codaform_conflicts SET decision = %s", decision)
    ran("pull")
    ran("push", "--apply")
    assert conflict.values("runs")["R1"]["hours"] == value
    assert conflict.ask("SELECT hours, dirty FROM small.runs WHERE run = 'R1'") == [(value, False)]
    assert conflict.ask("SELECT count(*) FROM small.codaform_conflicts") == [(0,)]


@pytest.mark.slow
def test_the_same_row_made_on_both_sides_is_one(both: Both) -> None:
    ran("pull")
    both.ask("INSERT INTO small.runs (run, hours) VALUES ('R9', 1), ('R8', 1)")
    both.add("runs", run="R9", hours=2, note="people")
    both.add("runs", run="R8", hours=1)
    code, _, said = run("push", "--apply")
    assert (code, said) == (1, "runs: 1 conflict; codaform_conflicts lists them\n")
    assert both.ask("SELECT run, hours, note FROM small.runs WHERE run >= 'R8' ORDER BY 1") == [
        ("R8", 1.0, None),
        ("R9", 1.0, "people"),
    ]
    assert sorted(both.values("runs")) == ["R1", "R2", "R8", "R9"]


@pytest.mark.slow
@pytest.mark.parametrize("decision", ["mirror", "coda"])
def test_a_row_that_was_deleted_there_and_changed_here(both: Both, decision: str) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 10 WHERE run = 'R2'")
    both.delete("runs", "R2")
    ran("pull", "--whole")
    assert both.ask("SELECT column_name, row_id IS NOT NULL FROM small.codaform_conflicts") == [("", True)]
    assert both.ask("SELECT count(*) FROM small.runs") == [(2,)]
    both.ask("UPDATE small.codaform_conflicts SET decision = %s", decision)
    ran("pull", "--whole")
    ran("push", "--apply")
    assert ("R2" in both.values("runs")) == (decision == "mirror")
    assert both.ask("SELECT count(*) FROM small.runs WHERE run = 'R2'") == [(int(decision == "mirror"),)]


@pytest.mark.slow
def test_a_value_that_does_not_fit_is_not_blanked_by_a_push(both: Both) -> None:
    ran("pull")
    both.edit("runs", "R1", hours="three")
    ran("pull")
    both.ask("UPDATE small.runs SET at = '2025-12-03 09:00+01' WHERE run = 'R1'")
    ran("push", "--apply")
    there = both.values("runs")["R1"]
    assert (there["hours"], there["at"]) == ("three", "2025-12-03T09:00:00.000+01:00")


@pytest.mark.slow
def test_keys_that_several_rows_have_find_no_row(both: Both) -> None:
    both.add("runs", run="R1", hours=7)
    ran("pull")
    both.ask("UPDATE small.runs SET hours = hours + 100 WHERE run = 'R1'")
    assert ran("push", "--apply")[0] == "runs: 2 rows pushed and read back\n"
    assert sorted(row["values"][both.column("runs", "hours")] for row in both.rows("runs")) == [3, 102, 107]


@pytest.mark.slow
def test_a_key_may_change(both: Both) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET run = 'R1b', hours = 8 WHERE run = 'R1'")
    ran("push", "--apply")
    assert both.values("runs")["R1b"]["hours"] == 8
    assert sorted(both.values("runs")) == ["R1b", "R2"]


@pytest.mark.slow
def test_a_conflict_shows_what_programs_wrote_last(conflict: Both) -> None:
    conflict.ask("UPDATE small.runs SET hours = 11 WHERE run = 'R1'")
    run("pull")
    assert conflict.ask("SELECT mirror_value, coda_value FROM small.codaform_conflicts") == [(11.0, 20.0)]
    conflict.ask("UPDATE small.runs SET hours = 20 WHERE run = 'R1'")
    assert ran("sync") == ("", "")
    assert conflict.ask("SELECT count(*) FROM small.codaform_conflicts") == [(0,)]
    assert conflict.ask("SELECT dirty FROM small.runs WHERE run = 'R1'") == [(False,)]


# ------------------------------------------------------------ rows without a key, by the tools


@pytest.mark.slow
@pytest.mark.parametrize("way", [(), ("--via", "mcp")])
@pytest.mark.parametrize("arrived", [True, False])
def test_a_push_without_an_answer_adds_rows_without_a_key_once(
    both: Both, monkeypatch: pytest.MonkeyPatch, way: tuple[str, ...], arrived: bool
) -> None:
    """Equal rows, whether the killed run's call arrived or not; and a row of a person beside them."""
    ran("pull")
    both.ask("INSERT INTO small.marks (text) VALUES ('x'), ('x'), ('y')")
    really, written = (Tools.call if way else Rest.upsert_rows), []

    def killed(self: Any, *words: Any, **more: Any) -> Any:
        if way and words[0] != "table_rows_manage":
            return really(self, *words, **more)
        written.append(words)
        if arrived:
            really(self, *words, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Tools if way else Rest, "call" if way else "upsert_rows", killed)
        assert run("push", "--apply", *way)[0] == 130
    assert len(written) == 1
    both.coda.finish()
    both.add("marks", text="z")
    assert ran("push", "--apply", *way)[1] == ""
    assert ran("push", "--apply", *way) == ("", "")
    ran("pull")
    text = both.column("marks", "text")
    assert sorted(row["values"][text] for row in both.rows("marks")) == ["x", "x", "y", "z"]
    assert both.ask("SELECT text FROM small.marks ORDER BY 1") == [("x",), ("x",), ("y",), ("z",)]
    assert both.ask("SELECT count(*) FROM small.marks WHERE dirty OR sent IS NOT NULL OR synced IS NULL") == [(0,)]


@pytest.mark.slow
def test_rows_are_found_by_what_was_sent_where_the_tools_name_no_ids(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran("pull")
    both.ask("INSERT INTO small.marks (text, run) SELECT 'x', row FROM small.runs")
    really = Tools.call

    def silent(self: Tools, tool: str, arguments: Any) -> Any:
        really(self, tool, arguments)
        return {}

    monkeypatch.setattr(Tools, "call", silent)
    assert ran("push", "--apply", "--via", "mcp")[0] == "marks: 2 rows pushed and read back\n"
    assert len(both.rows("marks")) == 2
    assert both.ask("SELECT count(*) FROM small.marks") == [(2,)]


def never_up_to_date(self: Rest, patience: float = 0) -> Rest:
    """As where people edit the doc at every moment: Coda refuses to read its latest state."""

    def pages(*_: Any, **__: Any) -> Any:
        raise StaleDoc("GET rows: Coda did not catch up")

    other = copy(self)
    other.row_pages = pages  # type: ignore[method-assign]
    return other


@pytest.mark.slow
@pytest.mark.parametrize("way", [(), ("--via", "mcp")])
def test_a_push_does_not_wait_for_a_doc_that_everybody_edits(
    both: Both, monkeypatch: pytest.MonkeyPatch, way: tuple[str, ...]
) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 5 WHERE run = 'R2'")
    both.ask("INSERT INTO small.marks (text) VALUES ('x')")
    monkeypatch.setattr(Rest, "fresh", never_up_to_date)
    shown, said = ran("push", "--apply", *way)
    assert (shown, said) == ("runs: 1 row pushed and read back\nmarks: 1 row pushed and read back\n", "")


@pytest.mark.slow
def test_a_row_that_may_have_arrived_waits_for_the_latest_state(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    from mirroring import enter

    ran("pull")
    both.ask("INSERT INTO small.marks (text) VALUES ('x')")
    enter(both.database, """UPDATE small.marks SET sent = '{"text": "x"}'""")
    with monkeypatch.context() as patched:
        patched.setattr(Rest, "fresh", never_up_to_date)
        code, shown, said = run("push", "--apply", "--via", "mcp")
    assert (code, shown) == (1, "")
    assert said == "marks: 1 row written, but Coda does not show them yet\n"
    assert both.rows("marks") == []
    ran("push", "--apply", "--via", "mcp")
    assert len(both.rows("marks")) == 1


# ------------------------------------------------------------ a deploy at work


def deploying(both: Both, key: str = "1") -> None:
    """The page of a deploy, as another machine makes it."""
    subtitle = claim_subtitle("a" * 12, key * 16)
    both.target.rest.create_page(both.target.doc, {"name": CLAIM_TITLE, "subtitle": subtitle})
    both.coda.finish()


def pages_of_deploys(both: Both) -> list[str]:
    return [claim.key for claim in find_claims(both.target.rest.fresh().pages(both.target.doc))]


@pytest.mark.slow
@pytest.mark.parametrize("way", [(), ("--via", "mcp")])
def test_a_push_waits_for_a_deploy_and_says_whose(both: Both, way: tuple[str, ...]) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 5 WHERE run = 'R2'")
    both.edit("jobs", "cook", hours=6)
    deploying(both)
    said = run("push", "--apply", *way)[2]
    assert said.startswith("codaform: staging: a deploy has been at work on this doc since 20")
    assert ", with the token of " in said
    assert said.endswith("; nothing was written\n")
    assert len(said.splitlines()) == 1
    assert both.values("runs")["R2"]["hours"] == 3
    assert pages_of_deploys(both) == ["1" * 16]
    code, shown, said = run("sync", *way)  # it pulls all the same
    assert (code, shown) == (1, "jobs: 1 row changed\n")
    assert said.startswith("staging: a deploy has been at work on this doc since 20")
    (claim,) = find_claims(both.target.rest.pages(both.target.doc))
    both.target.rest.delete_page(both.target.doc, claim.page)
    both.coda.finish()
    assert ran("sync", *way)[0] == "runs: 1 row pushed and read back\n"


@pytest.mark.slow
def test_a_deploy_that_begins_during_a_push_stops_it(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 5 WHERE run = 'R2'")
    both.ask("INSERT INTO small.marks (text) VALUES ('x')")
    upsert = Rest.upsert_rows

    def then_deploying(self: Rest, *words: Any, **more: Any) -> Any:
        found = upsert(self, *words, **more)
        deploying(both)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Rest, "upsert_rows", then_deploying)
        code, shown, said = run("push", "--apply")
    assert (code, shown) == (2, "runs: 1 row pushed and read back\n")
    assert said.startswith("codaform: staging: a deploy has been at work on this doc since 20")
    assert said.endswith("; what was not written yet waits\n")
    assert both.rows("marks") == []


@pytest.mark.slow
def test_the_page_of_a_killed_deploy_stops_no_push(both: Both) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 5 WHERE run = 'R2'")
    deploying(both)
    both.coda.set_clock(datetime.now(UTC) + CLAIM_LIFETIME + timedelta(minutes=1))
    assert ran("push", "--apply")[0] == "runs: 1 row pushed and read back\n"
    assert pages_of_deploys(both) == []
