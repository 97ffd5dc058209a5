"""Running everything that a project promises: data tests, cases, scenarios."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project.cases import only_entered, run_case
from codaform.project.data_tests import run_data_test
from codaform.project.parts import ProjectPart
from codaform.project.project import DataTest, Project, ScenarioFile, cases
from codaform.project.runners import MakeRunner
from codaform.project.scenarios import run_scenario, title
from codaform.project.session import Session
from codaform.project.uses import part_of_test
from codaform.project.validation import bind_test
from codaform.semantics.bind import Bound

Kind = Literal["data test", "case", "scenario"]

SAMPLE_ROWS = ProjectPart("test", "sample rows")
"""The test that all sample rows can be loaded, as a part."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one data test, case or scenario. `diagnostics` is empty if it passed."""

    kind: Kind
    name: str
    file: str
    diagnostics: tuple[Diagnostic, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether there was nothing to say."""
        return not self.diagnostics


def run_suite(
    project: Project,
    on_outcome: Callable[[Outcome], None] | None = None,
    only: Sequence[str] = (),
    session: Session | None = None,
    make: MakeRunner | None = None,
    chosen: Callable[[ProjectPart], bool] | None = None,
) -> list[Outcome]:
    """The outcomes of all data tests, cases and scenarios.

    only: Words; run only tests with a word in their name or file.
    make: Where scenarios and cases are run instead of here; what can only be run here is left out then.
    chosen: Tells by its part whether a test is run; all are without it.
    """
    session = session or Session(project)
    outcomes = []
    for kind, name, file, run, part in _promises(session, make):
        if chosen is not None and not chosen(part):
            continue
        if only and not any(word.lower() in f"{kind} {file} {name}".lower() for word in only):
            continue
        started = time.perf_counter()
        diagnostics = tuple(run())
        outcome = Outcome(kind, name, file, diagnostics, time.perf_counter() - started)
        outcomes.append(outcome)
        if on_outcome is not None:
            on_outcome(outcome)
    return outcomes


def count(project: Project, elsewhere: bool = False) -> int:
    """How many data tests, cases and scenarios there are. elsewhere: Of those that a service can run."""
    if elsewhere:
        fitting = [only_entered(project.doc, file, node) for file in project.cases for _, node in cases(file)]
        return sum(fitting) + len(project.scenarios)
    return len(project.tests) + sum(len(list(cases(file))) for file in project.cases) + len(project.scenarios)


class Promise(NamedTuple):
    """A data test, a case or a scenario.

    run: Gives its findings. part: The part of the project that it is, or is in.
    """

    kind: Kind
    name: str
    file: str
    run: Callable[[], list[Diagnostic]]
    part: ProjectPart


def _promises(session: Session, make: MakeRunner | None) -> Iterator[Promise]:
    return promises(session) if make is None else _elsewhere(session, make)


def _elsewhere(session: Session, make: MakeRunner) -> Iterator[Promise]:
    project = session.project
    for file in project.cases:
        bound = session.program.formulas.get(file.place)
        for name, node in cases(file):
            if bound is not None and only_entered(project.doc, file, node):
                run = partial(run_case, session, bound, file, node, make)
                yield Promise("case", name, file.source.name, run, ProjectPart("cases", file.source.name))
    for scenario in project.scenarios:
        run = partial(run_scenario, session, scenario, make)
        yield _of_scenario(scenario, run)


def promises(session: Session) -> Iterator[Promise]:
    """Everything that a project promises, each with its kind, its name, its file and what runs it here."""
    project = session.project
    if session.row_diagnostics:
        folder = project.root.as_posix()
        yield Promise("data test", "sample rows", folder, lambda: session.row_diagnostics, SAMPLE_ROWS)
    for test in project.tests:
        bound, _ = bind_test(project, test)
        name = f"{test.table}.{test.column or test.name} {test.name if test.column else ''}".strip()
        run = partial(_run_data_test, session, test, bound)
        yield Promise("data test", name, test.source.name, run, part_of_test(test))
    tests = {(test.table, test.name): test for test in project.tests if test.formula is not None}
    for file in project.cases:
        of_case = session.program.formulas.get(file.place)
        if of_case is None:
            of_case, _ = bind_test(project, tests[file.place.table, file.place.name])
        assert of_case is not None
        for name, node in cases(file):
            run = partial(run_case, session, of_case, file, node)
            yield Promise("case", name, file.source.name, run, ProjectPart("cases", file.source.name))
    for scenario in project.scenarios:
        yield _of_scenario(scenario, partial(run_scenario, session, scenario))


def _of_scenario(scenario: ScenarioFile, run: Callable[[], list[Diagnostic]]) -> Promise:
    file = scenario.source.name
    return Promise("scenario", title(scenario), file, run, ProjectPart("scenario", file))


def _run_data_test(session: Session, test: DataTest, bound: Bound | None) -> list[Diagnostic]:
    return run_data_test(test, session.book, bound)
