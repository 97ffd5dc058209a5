"""Edits on both sides while both servers, and the run that keeps the mirror, are killed and started again.

Each seed of CODAFORM_MIRROR_SEEDS, a number of seeds, is another course of things, of CODAFORM_MIRROR_SECONDS.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest

from codaform.coda.door.failures import Failure
from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.deploy.applying.deployment import Target
from deploying import ENVIRONMENT
from door import SWIFT
from load.served import CODAFORM, serve
from mirroring import FILES, Both, join, ran, run
from postgres_server import OwnServer
from projects import write

SEEDS = int(os.environ.get("CODAFORM_MIRROR_SEEDS", "2"))
SECONDS = float(os.environ.get("CODAFORM_MIRROR_SECONDS", "10"))
KILLS = 2
QUIET = tuple(f"Q{number}" for number in range(KILLS))
"""Runs whose hours both sides change once, while nothing brings changes over."""

NO_CODA: Any = None
"""It is another process."""

PATIENCE = 120
"""Seconds until an edit that no server accepts is a failure."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(int(SECONDS) + 300)]


@dataclass
class Servers:
    """A local Coda and a PostgreSQL server, each a process that can be killed and started again with what it kept."""

    folder: Path
    postgres: OwnServer
    options: tuple[str, ...]
    life: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.tokens = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.start_coda()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_coda(self) -> None:
        file = self.folder.with_suffix(".coda")
        self.life.enter_context(serve(self.folder, "--file", file, *self.options, port=self.port, tokens=self.tokens))

    def restart_coda(self, pause: float) -> None:
        """Kill the local Coda, as `kill -9` does, and start it again after a pause in seconds."""
        self.life.close()
        time.sleep(pause)
        self.start_coda()

    def restart_postgres(self, pause: float) -> None:
        """Let PostgreSQL end at once, as after a loss of power, and start it again."""
        self.postgres.crash()
        time.sleep(pause)
        self.postgres.start()


def until_it_works(edit: Callable[[], bool | None]) -> None:
    """Repeat an edit until a server confirms it; False and exceptions of a connection are no confirmation."""
    import psycopg

    end = time.monotonic() + PATIENCE
    while True:
        try:
            if edit() is not False:
                return
        except (Failure, psycopg.OperationalError):
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end, "an edit was not confirmed"
        time.sleep(0.05)


@dataclass
class Editors:
    """What people and programs write, and what each wrote last.

    notes: By run, of people alone. jobs: Hours by job, of people alone. programs, people: Hours by run. marks: Texts of
    pairs of equal rows without a key. count: Of all edits.
    """

    both: Both
    random: Random
    notes: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, float] = field(default_factory=dict)
    programs: dict[str, float] = field(default_factory=dict)
    people: dict[str, float] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    count: int = 0
    ended: Event = field(default_factory=Event)
    faults: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.threads = [
            Thread(target=self.edit, args=(one, Random(self.random.random())))
            for one in (self.one_of_people, self.one_of_programs)
        ]
        for thread in self.threads:
            thread.start()

    def edit(self, once: Callable[[Random], None], chosen: Random) -> None:
        """One edit after the other."""
        try:
            while not self.ended.wait(chosen.random() / 5):
                once(chosen)
                self.count += 1
        except BaseException as fault:
            self.faults.append(fault)

    def end(self) -> None:
        """Let the last edits be confirmed. Raises what went wrong."""
        self.ended.set()
        for thread in self.threads:
            thread.join()
        for fault in self.faults:
            raise fault

    def in_coda(self, table: str, row: str, column: str, value: Any) -> None:
        """Change a cell in Coda, until it is done there."""
        both, rest = self.both, self.both.target.rest

        def edit() -> bool:
            cells: list[Any] = [{"column": both.column(table, column), "value": value}]
            accepted = rest.update_row(both.target.doc, both.table(table), both.row(table, row), cells)
            return accepted.request is None or rest.finish(accepted.request, 10)

        until_it_works(edit)

    def in_postgres(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement that may run twice, until it is committed."""
        found: list[Any] = []
        until_it_works(lambda: found.extend(self.both.ask(statement, *values)))
        return found

    def one_of_people(self, chosen: Random) -> None:
        """A note or the hours of a job, which belong to Coda."""
        if chosen.random() < 0.3:
            job = chosen.choice(["cook", "wash"])
            self.jobs[job] = chosen.randrange(1, 1000)
            self.in_coda("jobs", job, "hours", self.jobs[job])
            return
        run = chosen.choice(["R1", "R2", *QUIET])
        self.notes[run] = f"note {chosen.random()}"
        self.in_coda("runs", run, "note", self.notes[run])

    def one_of_programs(self, chosen: Random) -> None:
        """A new run, other hours of a known one, or two equal rows without a key."""
        what = chosen.random()
        if what < 0.2:
            name = f"R{len(self.programs) + 10}"
            self.programs[name] = 1.0
            self.in_postgres(
                "INSERT INTO small.runs (run, hours, job) SELECT %s, 1, row FROM small.jobs WHERE name = 'cook' "
                "AND NOT EXISTS (SELECT 1 FROM small.runs WHERE run = %s)",
                name,
                name,
            )
        elif what < 0.4:
            text = f"M{len(self.marks)}"
            self.marks.append(text)
            self.in_postgres(
                "INSERT INTO small.marks (text) SELECT %s FROM generate_series(1, 2) "
                "WHERE NOT EXISTS (SELECT 1 FROM small.marks WHERE text = %s)",
                text,
                text,
            )
        else:
            run = chosen.choice(["R1", "R2", *(one for one in [*self.programs] if one not in QUIET)])
            self.programs[run] = float(chosen.randrange(1, 1000))
            self.in_postgres("UPDATE small.runs SET hours = %s WHERE run = %s", self.programs[run], run)

    def on_both_sides(self, run: str) -> None:
        """The same cell of a run that nobody else changes: a conflict."""
        self.people[run], self.programs[run] = float(self.random.randrange(1000)), self.random.randrange(1000) + 0.5
        self.in_coda("runs", run, "hours", self.people[run])
        self.in_postgres("UPDATE small.runs SET hours = %s WHERE run = %s", self.programs[run], run)


class Keeper:
    """`codaform mirror sync --watch`, as a process that may be killed. said: The file with what it wrote."""

    def __init__(self, folder: Path, said: Path, way: tuple[str, ...]) -> None:
        self._command = [str(CODAFORM), "mirror", "sync", "--to", ENVIRONMENT, "--watch", "1", *way]
        self._folder, self._said = folder, said
        self.start()

    def start(self) -> None:
        with self._said.open("a") as said:
            environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
            command, folder = self._command, self._folder
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)

    def goes_on(self) -> None:
        """Start it again if it ended, as it does after ten failures in a row."""
        if self.process.poll() is not None:
            assert self.process.returncode == 2, self._said.read_text()
            self.start()

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def postgres() -> Iterator[OwnServer]:
    """A server that only this test uses."""
    server = OwnServer()
    yield server
    server.end()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost_when_servers_are_killed(
    seed: int, tmp_path: Path, postgres: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    way = ("--via", "mcp") if seed % 2 else ()
    runs = "".join(f"{name},,7,,\n" for name in QUIET)
    folder = write(tmp_path / "project", {**FILES, "runs/rows.csv": FILES["runs/rows.csv"] + runs})
    options = ("--clock", "now", "--delay", "0.05", "--staleness", str(random.choice([0, 0.3])))
    with ExitStack() as stack:
        servers = Servers(folder, postgres, options)
        stack.callback(servers.life.close)
        rest = Rest(Secret(servers.tokens[0]), servers.url, Pace({}, SWIFT), timeout=5)
        stack.callback(rest.close)
        (doc,) = (str(one["id"]) for one in rest.docs())
        target = Target(ENVIRONMENT, doc, rest, None, local=True)
        monkeypatch.setenv("CODAFORM_POSTGRES", postgres.uri)
        join(folder, target, servers.url, servers.tokens, monkeypatch)
        both = Both(NO_CODA, target, folder, postgres.uri)
        ran("pull")

        keeper = Keeper(folder, tmp_path / "said", way)
        stack.callback(keeper.kill)
        editors = Editors(both, random)
        stack.callback(editors.ended.set)
        events = [one for one in ("coda", "postgres", "keeper") for _ in range(KILLS)]
        random.shuffle(events)
        quiet, begun = iter(QUIET), time.monotonic()
        for number, event in enumerate(events):
            moment = SECONDS * (number + random.random()) / len(events)
            time.sleep(max(0.0, begun + moment - time.monotonic()))
            keeper.goes_on()
            match event:
                case "coda":
                    servers.restart_coda(random.random())
                case "postgres":
                    servers.restart_postgres(random.random())
                case _:
                    keeper.kill()
                    editors.on_both_sides(next(quiet))
                    keeper.start()
        time.sleep(max(0.0, begun + SECONDS - time.monotonic()))
        editors.end()
        keeper.kill()

        both = replace(both, target=replace(target, rest=rest.fresh(30)))
        arrived = len(both.rows("runs")) + len(both.rows("marks"))
        ((made,),) = both.ask("SELECT (SELECT count(*) FROM small.runs) + count(*) FROM small.marks")
        sys.stdout.write(f"seed {seed}: {editors.count} edits; {arrived} of {made} rows in Coda at their end\n")
        settle(both, way, 1)
        listed = both.ask(
            "SELECT r.run, c.column_name, c.mirror_value, c.coda_value FROM small.codaform_conflicts AS c "
            "JOIN small.runs AS r ON r.row = c.row ORDER BY 1"
        )
        assert listed == [(run, "hours", editors.programs[run], editors.people[run]) for run in QUIET]
        compare(both, editors, {run: (editors.programs[run], editors.people[run]) for run in QUIET})
        both.ask("UPDATE small.codaform_conflicts SET decision = CASE \"row\" % 2 WHEN 0 THEN 'mirror' ELSE 'coda' END")
        settle(both, way, 0)
        compare(both, editors, {})


def settle(both: Both, way: tuple[str, ...], code: int) -> None:
    """Bring everything over, until nothing but conflicts is left. code: That of the command then."""
    said: list[str] = []
    for _ in range(10):
        found, shown, told = run("sync", *way)
        said.append(f"{found} {shown} {told}")
        if found == code and not shown:
            return
    raise AssertionError("\n".join(said))


def compare(both: Both, editors: Editors, conflicts: dict[str, tuple[float, float]]) -> None:
    """Both stores have what was written, once; of a conflict, each has its own value."""
    there = both.values("runs")
    here = {run: (hours, note) for run, hours, note in both.ask("SELECT run, hours, note FROM small.runs")}
    assert sorted(there) == sorted(here)
    assert len(both.rows("runs")) == len(here) == both.ask("SELECT count(*) FROM small.runs")[0][0]
    assert {"R1", "R2", *QUIET, *editors.programs} == {*here}
    for name, (hours, note) in here.items():
        assert (note or "") == there[name]["note"] == editors.notes.get(name, "fine" if name == "R1" else "")
        if name in conflicts:
            assert (hours, there[name]["hours"]) == conflicts[name]
            continue
        assert hours == there[name]["hours"]
        assert hours in (editors.programs.get(name, hours), editors.people.get(name, hours))
    jobs = both.values("jobs")
    for job, value in editors.jobs.items():
        assert (jobs[job]["hours"],) == both.ask("SELECT hours FROM small.jobs WHERE name = %s", job)[0] == (value,)
    text = both.column("marks", "text")
    twice = sorted([*editors.marks, *editors.marks])
    assert sorted(row["values"][text] for row in both.rows("marks")) == twice
    assert sorted(text for (text,) in both.ask("SELECT text FROM small.marks")) == twice
    assert both.ask("SELECT count(*) FROM small.runs WHERE sent IS NOT NULL OR dirty") == [(len(conflicts),)]
    assert run("check")[0] == run("check", "--rows")[0] == 0
