"""`codaform mirror check`, `doctor` and `sync`: both stores are the same, or a line says where they are not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from codaform.coda.door.rest import Rest
from codaform.mirror.pull import Puller
from mirroring import Both, both, database, enter, ran, run
from projects import replace

__all__ = ["both", "database"]
pytestmark = pytest.mark.slow


# ------------------------------------------------------------ check


@pytest.mark.parametrize("way", [(), ("--rows",)])
def test_computed_columns_agree(both: Both, way: tuple[str, ...]) -> None:
    ran("pull")
    shown, said = ran("check", *way)
    assert shown == "jobs.runs: 2 cells agree\njobs.spent: 2 cells agree\n"
    assert said == ""


def test_a_cell_that_differs_is_shown(both: Both) -> None:
    ran("pull")
    enter(both.database, "UPDATE small.runs SET hours = 99 WHERE run = 'R2'")
    code, shown, _ = run("check")
    assert code == 1
    assert shown.splitlines()[1:] == ["jobs.spent: 1 cell agree, 1 differ", "  cook: 101 in PostgreSQL, 5 there"]
    code, shown, _ = run("check", "--format", "json")
    column = json.loads(shown)["columns"][1]
    assert (column["column"], column["differ"]) == ("spent", 1)
    assert ran("check", "--rows")[0] == "jobs.runs: 2 cells agree\njobs.spent: 2 cells agree\n"


def test_what_moves_with_the_clock_is_compared_with_the_rows_alone(both: Both) -> None:
    column = "  - {name: age, type: number, formula: '(Now() - thisRow.at).ToDays()'}\n"
    replace(both.folder / "jobs" / "table.yml", "  - {name: made", f"{column}  - {{name: made")
    ran("init", "--apply")
    ran("pull")
    assert "jobs.age: not compared: it moves with the clock\n" in ran("check")[0]
    assert "jobs.age: 2 cells agree\n" in ran("check", "--rows")[0]


# ------------------------------------------------------------ doctor


def findings(*words: str) -> dict[str, str]:
    _, shown, _ = run("doctor", *words)
    return {line.split(":")[0]: line.split(": ", 1)[1] for line in shown.splitlines()}


def test_a_healthy_mirror_has_nothing_to_tell(both: Both) -> None:
    ran("pull")
    code, shown, _ = run("doctor")
    assert code == 0
    assert [line.split()[0] for line in shown.splitlines()] == ["ok"] * 5


def test_the_doctor_tells_what_waits(both: Both) -> None:
    assert findings()["warning  pull"].startswith("never read: jobs, marks, runs; ")
    both.add("runs", run="R1")
    both.edit("jobs", "cook", hours="many")
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 5 WHERE run = 'R2'")
    both.edit("runs", "R2", hours=6)
    ran("pull")
    found = findings()
    assert found["warning  push"].startswith("1 rows that programs wrote are not in Coda yet")
    assert found["warning  conflicts"].startswith("1 cells that both stores changed")
    assert found["warning  cells"].startswith("1 cells of Coda do not fit their columns")
    assert found["warning  keys"].startswith("several rows of runs have the run R1")


def test_the_doctor_tells_what_is_wrong(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    ran("pull")
    replace(both.folder / "jobs" / "table.yml", "thisRow.runs.hours.Sum()", "thisRow.runs.hours.Max()")
    assert findings()["problem  views"].startswith("the computed columns are not those of the folder's formulas")
    replace(both.folder / "jobs" / "table.yml", "{name: hours, type: number}", "{name: hours, type: text}")
    assert "jobs.hours" in findings()["problem  schema"]
    assert findings("--schema", "none")["problem  schema"].startswith("there is no mirror in none")
    monkeypatch.setenv("CODAFORM_POSTGRES", "host=127.0.0.1 port=1")
    code, shown, _ = run("doctor")
    assert code == 1
    assert shown.startswith("problem  server: PostgreSQL: connection failed: ")
    assert len(shown.splitlines()) == 1


def test_the_doctor_tells_of_the_doc(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    ran("pull")
    enter(both.database, "UPDATE small.codaform_mirror SET doc_updated = doc_updated + interval '1 year'")
    assert "it was restored from a backup" in findings()["problem  doc"]
    monkeypatch.setenv("CODA_API_TOKEN", "canary-no-more")
    assert "canary" not in findings()["problem  doc"]
    enter(both.database, "UPDATE small.codaform_mirror SET doc = 'another'")
    assert "another" in findings()["problem  doc"]


# ------------------------------------------------------------ sync


def test_a_sync_pushes_and_pulls(both: Both) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 5 WHERE run = 'R2'")
    both.edit("jobs", "cook", hours=6)
    assert ran("sync")[0] == "runs: 1 row pushed and read back\njobs: 1 row changed\n"
    assert both.values("runs")["R2"]["hours"] == 5
    assert both.ask("SELECT hours FROM small.jobs WHERE name = 'cook'") == [(6.0,)]
    assert ran("sync") == ("", "")


def test_a_watch_goes_on_until_it_is_interrupted(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[float] = []
    really_sleep = time.sleep

    def sleep(seconds: float) -> None:
        if seconds != 30:  # a pull that waits for the next second, which is no pause between two rounds
            return really_sleep(seconds)
        rounds.append(seconds)
        match len(rounds):
            case 1:
                both.edit("jobs", "cook", hours=7)
            case 2:
                monkeypatch.setenv("CODAFORM_POSTGRES", "host=127.0.0.1 port=1")
            case 3:
                monkeypatch.setenv("CODAFORM_POSTGRES", both.database)
                both.edit("jobs", "cook", hours=8)
            case 4:
                raise KeyboardInterrupt
        return None

    monkeypatch.setattr("time.sleep", sleep)
    code, shown, said = run("sync", "--watch", "30")
    assert code == 0
    assert rounds == [30, 30, 30, 30]
    assert shown.count("jobs: 1 row changed\n") == 2
    assert said.startswith("PostgreSQL: connection failed: ")
    assert len(said.splitlines()) == 1
    assert both.ask("SELECT hours FROM small.jobs WHERE name = 'cook'") == [(8.0,)]


def test_a_watch_ends_when_nothing_answers(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("CODAFORM_POSTGRES", "host=127.0.0.1 port=1")
    code, _, said = run("sync", "--watch", "1")
    assert code == 2
    assert len(said.splitlines()) == 10


def test_an_interrupt_within_a_round_leaves_nothing_half_done(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    ran("pull")
    both.edit("jobs", "cook", hours=7)
    pull = Puller._pull

    def careful(self: Puller, *words: Any) -> Any:
        found = pull(self, *words)
        if found.table == "jobs":
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(Puller, "_pull", careful)
    assert run("sync", "--watch", "5")[0] == 130
    assert both.ask("SELECT hours FROM small.jobs WHERE name = 'cook'") == [(1.5,)]
    monkeypatch.setattr(Puller, "_pull", pull)
    ran("sync")
    assert both.ask("SELECT hours FROM small.jobs WHERE name = 'cook'") == [(7.0,)]


def test_a_server_that_fails_within_a_push_is_one_line(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    ran("pull")
    both.ask("UPDATE small.runs SET hours = 5 WHERE run = 'R2'")
    upsert = Rest.upsert_rows

    def broken(self: Rest, *words: Any, **more: Any) -> Any:
        from codaform.coda.door.failures import CannotReach

        upsert(self, *words, **more)
        raise CannotReach("POST rows: the connection broke", uncertain=True)

    monkeypatch.setattr(Rest, "upsert_rows", broken)
    code, _, said = run("sync")
    assert (code, said) == (2, "codaform: staging: POST rows: the connection broke\n")
    monkeypatch.setattr(Rest, "upsert_rows", upsert)
    both.coda.finish()
    assert ran("sync") == ("", "")  # Coda had it already: the reading before the writing showed it
    assert both.values("runs")["R2"]["hours"] == 5
