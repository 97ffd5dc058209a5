"""Edits on both sides while the mirror is kept in step, and both servers fail: nothing is lost, both are the same.

Each seed of CODAFORM_MIRROR_SEEDS, a number of seeds, is another course of things.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest

from codaform.coda.door.failures import CannotReach
from codaform.coda.door.rest import Rest
from codaform.mirror.staging import Staging
from mirroring import Both, both, database, ran, run

__all__ = ["both", "database"]

SEEDS = int(os.environ.get("CODAFORM_MIRROR_SEEDS", "2"))
ROUNDS = 8


class Course:
    """A random course of edits, and what both sides have to show in the end.

    written: By run and column, the last value that each side wrote, and who wrote in between two rounds.
    """

    def __init__(self, both: Both, random: Random) -> None:
        self.both = both
        self.random = random
        self.notes: dict[str, str] = {}
        self.hours: dict[str, dict[str, float]] = {}
        self.count = 2

    def people(self, quiet: bool) -> None:
        """People write what is theirs, at any time; and cells of programs, while nothing is being brought over."""
        names = sorted(self.both.values("runs"))
        for name in self.random.sample(names, min(3, len(names))):
            self.notes[name] = f"note {self.random.random()}"
            self.both.edit("runs", name, note=self.notes[name])
        if quiet:
            name = self.random.choice(names)
            value = float(self.random.randrange(1000, 2000))
            self.hours.setdefault(name, {})["people"] = value
            self.both.edit("runs", name, hours=value)

    def meanwhile(self) -> None:
        """What both sides do while a round runs."""
        self.people(quiet=False)
        self.programs()

    def programs(self) -> None:
        """Programs add runs, and change the hours of others."""
        self.count += 1
        name = f"R{self.count}"
        self.both.ask("INSERT INTO small.runs (run, hours, job) SELECT %s, 1, row FROM small.jobs LIMIT 1", name)
        self.hours[name] = {"programs": 1.0}
        known = [run for (run,) in self.both.ask("SELECT run FROM small.runs ORDER BY row")]
        for one in self.random.sample(known, min(3, len(known))):
            value = float(self.random.randrange(1, 1000))
            self.both.ask("UPDATE small.runs SET hours = %s WHERE run = %s", value, one)
            self.hours.setdefault(one, {})["programs"] = value


@contextmanager
def failing(course: Course, patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A round in which, at a random moment, PostgreSQL ends the connection, or Coda's connection breaks after a call,
    or the process is killed; and in which both sides go on writing. Gives what happened."""
    happened: list[str] = []
    what, left = course.random.choice(["postgres", "coda", "kill"]), course.random.randrange(1, 40)
    calls = iter(range(10_000))
    others: list[Thread] = []
    staged, write = Staging.run, Rest._write

    def moment() -> bool:
        number = next(calls)
        if number == left // 2:
            # In a thread of their own: what they write may have to wait for the transaction that is open here.
            others.append(Thread(target=course.meanwhile))
            others[-1].start()
        return number == left

    def statement(self: Staging, text: str, *values: Any) -> Any:
        if moment():
            happened.append(what)
            if what == "postgres":
                others = (
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'codaform mirror'"
                )
                course.both.ask(others)
            elif what == "kill":
                raise KeyboardInterrupt
        return staged(self, text, *values)

    def call(self: Rest, method: Any, path: str, body: Any = None, query: Any = None) -> Any:
        found = write(self, method, path, body, query)
        if path.endswith("/rows") and what == "coda" and not happened:
            happened.append(what)
            raise CannotReach("the connection broke", uncertain=True)
        return found

    with patch.context() as patched:
        patched.setattr(Staging, "run", statement)
        patched.setattr(Rest, "_write", call)
        yield happened
    for other in others:
        other.join()


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost(
    both: Both, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    course = Course(both, Random(seed))
    ran("pull")
    failures = 0
    for _ in range(ROUNDS):
        course.programs()
        course.people(quiet=True)
        with failing(course, monkeypatch) as happened:
            code = run("sync")[0]
        both.coda.finish()
        assert code in ((0, 1, 2, 130) if happened else (0, 1)), happened
        failures += len(happened)
    code = 2
    for _ in range(4):
        code = run("sync")[0]
        both.coda.finish()
    listed = both.ask(
        "SELECT r.run, c.mirror_value, c.coda_value FROM small.codaform_conflicts AS c "
        "JOIN small.runs AS r ON r.row = c.row WHERE c.column_name = 'hours'"
    )
    assert code == (1 if listed else 0)
    conflicts = {run: (ours, theirs) for run, ours, theirs in listed}
    there = both.values("runs")
    here = {run: (hours, note) for run, hours, note in both.ask("SELECT run, hours, note FROM small.runs")}
    assert there.keys() == here.keys()
    assert len(both.rows("runs")) == len(here) == both.ask("SELECT count(*) FROM small.runs")[0][0]
    for name, note in course.notes.items():
        assert (there[name]["note"], here[name][1]) == (note, note)
    for name, last in course.hours.items():
        if name in conflicts:
            assert (here[name][0], float(there[name]["hours"])) == conflicts[name]
            assert conflicts[name] == (last["programs"], last["people"])
        else:
            assert here[name][0] == float(there[name]["hours"])
            assert here[name][0] in last.values()
    assert both.ask("SELECT count(*) FROM small.runs WHERE sent IS NOT NULL") == [(0,)]
    assert failures >= 2
    record_property("faults survived", failures)
