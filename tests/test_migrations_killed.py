"""A migration that is killed at any moment goes on where it ended: the same doc, and the same way back."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from codaform.migrate.rollback import carry_out, way_back
from codaform.migrate.running import MigrationRun
from codaform.testing import RunningCoda, local_coda_for
from migrating import founder_hq, on_coda, on_files, sums
from searching import NIGHTLY

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

_KILLS = 20 if NIGHTLY else 2
"""How often each phase is killed."""

_ROWS = 2_000 if NIGHTLY else 250


class State:
    """A place in the middle of a migration, in a folder of its own, so that it can be copied.

    root: The project, with its journals; beside it, the docs of a local Coda. doc: Whether the migration is of the doc.
    """

    def __init__(self, root: Path, doc: bool) -> None:
        self.root = root
        self.doc = doc

    def copy(self, name: str) -> State:
        """The same state in a folder of another name."""
        home = self.root.parent
        copytree(home, home.with_name(name))
        return State(home.with_name(name) / self.root.name, self.doc)

    def remove(self) -> None:
        """Remove its folder."""
        rmtree(self.root.parent)

    @contextmanager
    def open(self) -> Iterator[Opened]:
        """With a local Coda that answers, where the migration is of a doc."""
        if not self.doc:
            yield Opened(self.root, None)
            return
        with local_coda_for(self.root, file=self.root.parent / "docs.sqlite") as coda:
            yield Opened(self.root, coda)


class Opened:
    """A state whose local Coda answers."""

    def __init__(self, root: Path, coda: RunningCoda | None) -> None:
        self.root = root
        self.coda = coda

    def run(self) -> AbstractContextManager[MigrationRun]:
        """The migration, in this process."""
        return on_coda(self.root, self.coda) if self.coda is not None else on_files(self.root)

    def sums(self) -> dict[str, str]:
        """The checksum of each table."""
        with self.run() as run:
            return sums(run.place)

    def phase(self, number: int, fatal: int = 0) -> int | None:
        """Carry out a phase in a process of its own; gives the moments that passed, or None where it was killed.

        fatal: At which moment it is killed, from 1; 0 for never.
        """
        told = self.root.parent / "moments"
        told.unlink(missing_ok=True)
        coda = self.coda
        where = [coda.url, coda.token, coda.doc_id] if coda is not None else ["", "", ""]
        program = Path(__file__).with_name("killed_migration.py")
        command = [sys.executable, str(program), str(self.root), *where, str(number), str(fatal), str(told)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=program.parent)
        if ended.returncode == -signal.SIGKILL:
            return None
        assert ended.returncode == 0, ended.stderr
        return int(told.read_text("utf-8"))

    def back(self) -> dict[str, str]:
        """Take all phases back; gives the checksums after it."""
        with self.run() as run:
            loaded = run.loaded()
            found = way_back(run, 0, loaded)
            assert not found.kept
            assert not found.losses
            carry_out(run, found, loaded, carry=False)
            return sums(run.place)


@pytest.mark.parametrize("where", ["files", "doc"])
def test_a_killed_phase_ends_as_if_it_had_not_been_killed(
    tmp_path: Path, where: str, record_property: Callable[[str, object], None]
) -> None:
    """Each kill strikes a phase that started from the state before it, and every second one strikes again later on."""
    chance = random.Random(7)
    calm = State(founder_hq(tmp_path / "calm", _ROWS), where == "doc")
    with calm.open() as opened:
        first = after = opened.sums()
    again = 0
    for number in range(1, 5):
        before, start = after, calm.copy(f"before-{number}")
        with calm.open() as opened:
            moments = opened.phase(number)
            after = opened.sums()
        assert moments is not None
        for kill in range(_KILLS):
            state = start.copy(f"killed-{number}-{kill}")
            with state.open() as rough:
                assert rough.sums() == before
                assert rough.phase(number, chance.randint(1, moments)) is None
                if kill % 2:
                    again += rough.phase(number, chance.randint(1, moments)) is None
                rough.phase(number)
                assert rough.sums() == after, f"phase {number}, kill {kill}"
                if number == 4:
                    assert rough.back() == first
            state.remove()
        start.remove()
    record_property("faults survived", 4 * _KILLS + again)
