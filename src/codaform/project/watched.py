"""A project while its files are edited: checked again, and those of its tests run again that a save touched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from codaform.diagnostics.diagnostic import Diagnostic, errors_in
from codaform.project.check import check_project
from codaform.project.check_cache import FileStates, State, file_times, is_folder
from codaform.project.fingerprints import Fingerprints
from codaform.project.memory import Memory
from codaform.project.project import Project, cases
from codaform.project.session import Session
from codaform.project.suite import Outcome, promises
from codaform.source import frozen

_SHARE = 20
"""A look at the files takes one part of so many of the time."""

_LONGEST_WAIT = 5.0
"""Seconds until files that never come to rest are read all the same."""


class SavedFiles:
    """The files of a project's folder, looked at again and again.

    pause: Seconds between two looks.
    """

    def __init__(self, root: Path, pause: float = 0.2) -> None:
        self._root = root
        self._pause = pause
        self._took = 0.0
        self._looked = time.monotonic()
        self._known = self._look()

    def next(self) -> list[str]:
        """The names of the files that were saved, added or removed since the last time, as soon as there are some.

        It waits until two looks see the same: an editor may write a file in parts, or replace it by another one.
        """
        while not (names := self._changed()):
            pass
        return names

    def _changed(self) -> list[str]:
        while (now := self._look()) == self._known:
            time.sleep(max(self._pause, _SHARE * self._took))
        until = time.monotonic() + _LONGEST_WAIT
        while time.monotonic() < until:
            time.sleep(self._pause / 2)
            before, now = now, self._look()
            if now == before:
                break
        before, self._known = self._known, now
        differ = (name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
        return sorted(name for name in differ if not is_folder(now.get(name) or before.get(name)))

    def any(self) -> bool:
        """Whether something was saved since; asks the disk not too often."""
        if time.monotonic() - self._looked < max(self._pause, _SHARE * self._took):
            return False
        return self._look() != self._known

    def _look(self) -> FileStates:
        started = time.monotonic()
        states = file_times(self._root)
        self._looked = time.monotonic()
        self._took = self._looked - started
        return states


@frozen
class WatchedState:
    """What a look at a project found.

    ran: The outcomes of the tests that were run. total: How many tests there are. stopped: Whether a save came before
    all were run; the rest is run at the next look.
    """

    project: Project
    findings: list[Diagnostic]
    ran: list[Outcome]
    total: int
    stopped: bool = False

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that are errors: with one, nothing is run."""
        return errors_in(self.findings)


class WatchedProject:
    """A project that is looked at after each save. root, label: As in `read_project`."""

    def __init__(self, root: Path, label: str) -> None:
        self._root, self._label = root, label
        self._memory: Memory | None = None
        self._passed: dict[tuple[str, str, str, int], int] = {}
        """The fingerprints that tests had when they passed."""
        self._digests: dict[str, tuple[State, bytes]] = {}

    def look(
        self, stop: Callable[[], bool] = lambda: False, on_outcome: Callable[[Outcome], None] = lambda _: None
    ) -> WatchedState:
        """Check the project as its files are now, and run the tests that did not pass as they are now.

        stop: Whether to run no more tests. on_outcome: Is called after each. Raises CannotRead.
        """
        memory = Memory(self._root, self._label) if self._memory is None else self._memory.again()
        self._memory = memory
        found = check_project(memory.project, memory)
        if errors_in(found):
            return WatchedState(memory.project, found, [], 0)
        session = Session(memory.project, memory)
        passed: dict[tuple[str, str, str, int], int] = {}
        ran: list[Outcome] = []
        total, stopped = 0, False
        seen: dict[tuple[str, str, str], int] = {}
        for (kind, name, file, run, *_), fingerprint in _with_fingerprints(
            session, Fingerprints(session, memory.states, self._digests)
        ):
            total += 1
            number = seen[kind, name, file] = seen.get((kind, name, file), -1) + 1
            test = kind, name, file, number
            stopped = stopped or stop()
            if self._passed.get(test) == fingerprint:
                passed[test] = fingerprint
            elif not stopped:
                started = time.perf_counter()
                outcome = Outcome(kind, name, file, tuple(run()), time.perf_counter() - started)
                ran.append(outcome)
                on_outcome(outcome)
                if outcome.passed:
                    passed[test] = fingerprint
        self._passed = passed
        return WatchedState(memory.project, found, ran, total, stopped)


def _with_fingerprints(session: Session, known: Fingerprints) -> Iterator[tuple[tuple, int]]:  # type: ignore[type-arg]
    """All tests of a project in their order, each with its fingerprint."""
    project = session.project
    tests = iter(project.tests)
    of_cases = ((file, node) for file in project.cases for _, node in cases(file))
    scenarios = iter(project.scenarios)
    for promise in promises(session):
        match promise[0]:
            case "case":
                yield promise, known.of_case(*next(of_cases))
            case "scenario":
                yield promise, known.of_scenario(next(scenarios))
            case _ if promise[2] == project.root.as_posix():
                yield promise, known.of_rows()
            case _:
                yield promise, known.of_test(next(tests))
