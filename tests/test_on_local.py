"""Scenarios and cases through the API of a local Coda: they give what they give here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from codaform.cli.connect import local_runners
from codaform.cli.program import program
from codaform.project.runners import MakeRunner
from codaform.project.session import Session
from codaform.project.suite import Outcome, run_suite
from projects import DOUBLE, FORMULAS, TASKS, opened, told, write

pytestmark = pytest.mark.slow

FOUNDER_HQ = opened(FORMULAS)


@pytest.fixture(scope="module")
def make() -> Iterator[MakeRunner]:
    """Docs in a local Coda; each engine has one of its own."""
    with local_runners(FOUNDER_HQ.project) as made:
        yield made


def both(session: Session, make: MakeRunner, only: tuple[str, ...] = ("scenario",)) -> tuple[list[Outcome], ...]:
    """The outcomes of scenarios here and there."""
    return run_suite(session.project, None, only, session), run_suite(session.project, None, only, session, make)


@pytest.mark.parametrize("file", FOUNDER_HQ.project.scenarios, ids=lambda file: file.source.name)
def test_a_scenario_of_founder_hq_passes_through_the_api(file: object, make: MakeRunner) -> None:
    name = file.source.name  # type: ignore[attr-defined]
    here, there = both(FOUNDER_HQ, make, (name,))
    assert [told(outcome.diagnostics) for outcome in there] == [[]]
    assert [outcome.name for outcome in here] == [outcome.name for outcome in there]


def test_cases_whose_rows_a_person_can_enter_pass_through_the_api(make: MakeRunner) -> None:
    here, there = both(FOUNDER_HQ, make, ("execution_runs/actual_hours",))
    names = [outcome.name for outcome in there]
    assert names
    assert set(names) <= {outcome.name for outcome in here}
    assert [told(outcome.diagnostics) for outcome in there] == [[] for _ in names]


SCENARIO = """\
scenario: Broken
start: empty
steps:
  - step: First
    add: {tasks: [{name: Plan, hours: 2}, {name: Build, hours: 3, parent: Plan}]}
"""

VIEWS = "views:\n  - {name: Long, filter: long.coda, sort: hours, descending: true}\n"


def small(folder: Path, steps: str) -> Session:
    files = {
        "tasks/table.yml": TASKS + VIEWS,
        "tasks/double.coda": DOUBLE,
        "tasks/long.coda": "thisRow.hours > 1\n",
        "scenarios/broken.yml": SCENARIO + steps,
    }
    return opened(write(folder, files))


@pytest.mark.parametrize(
    "steps",
    [
        "    expect: {tasks: {Plan: {double: 5}}}\n",
        "    expect: {tasks: {Build: {parent: Build}}}\n",
        "    expect: {tasks: {Build: {parent: ''}}}\n",
        "    expect: {tasks: [Build, Plan]}\n",
        "    expect: {Long: [Plan, Build]}\n",
        "    expect: {tasks: {Pla: {double: 4}}}\n",
        "    expect: {tasks: {Plan: {treble: 4}}}\n",
        "    expect: {tasks: {Plan: {double: many}}}\n",
        "    expect: {task: {Plan: {double: 4}}}\n",
        "    change: {tasks: {Plan: {hours: 1}}}\n    expect: {Long: [Build, Plan]}\n",
        "    change: {tasks: {Plan: {parent: Nobody}}}\n",
        "    change: {tasks: {Plan: {hours: many}}}\n",
        "    remove: {tasks: [Plan]}\n    expect: {tasks: {Build: {parent: Plan}}}\n",
        "    remove: {tasks: [Plan]}\n    expect: {tasks: [Plan, Build]}\n",
        "    press: {tasks: {double: [Plan]}}\n",
        "    clock: noon\n",
    ],
)
def test_a_broken_expectation_fails_with_the_same_words(steps: str, make: MakeRunner, tmp_path: Path) -> None:
    here, there = both(small(tmp_path, steps), make)
    assert told(here[0].diagnostics) == told(there[0].diagnostics) != []


@pytest.mark.parametrize(
    "steps",
    [
        "    expect: {tasks: {Plan: {double: 4}, Build: {parent: Plan, double: 6}}, Long: [Build, Plan]}\n",
        "    change: {tasks: {Plan: {hours: ''}}}\n"
        "    expect: {tasks: {Plan: {hours: '', double: 0}}, Long: [Build]}\n",
        "    remove: {tasks: [Plan]}\n    expect: {tasks: {Build: {parent: ''}}}\n",
        "    add: {tasks: [{name: Test, parent: Then}, {name: Then, parent: Test}]}\n"
        "    expect: {tasks: {Test: {parent: Then}, Then: {parent: Test}}}\n",
    ],
)
def test_what_holds_here_holds_there(steps: str, make: MakeRunner, tmp_path: Path) -> None:
    here, there = both(small(tmp_path, steps), make)
    assert told(here[0].diagnostics) == told(there[0].diagnostics) == []


def test_nothing_stands_in_for_a_formula_in_a_service(make: MakeRunner, tmp_path: Path) -> None:
    here, there = both(small(tmp_path, "    change: {tasks: {Plan: {double: 9}}}\n"), make)
    assert told(here[0].diagnostics) == []
    assert told(there[0].diagnostics) == [
        "scenarios/broken.yml:6:37 failed-scenario: "
        "tasks.double is computed: a service cannot replace its formula by a value"
    ]


EVERY_KIND = """\
table: things
columns:
  - {name: name, type: text, display: true}
  - {name: on, type: date}
  - {name: at, type: datetime}
  - {name: hour, type: time}
  - {name: lasts, type: duration}
  - {name: done, type: checkbox}
  - {name: who, type: person}
  - {name: tags, type: select, many: true, options: [one, "two, three"]}
  - {name: price, type: currency}
  - {name: page, type: link}
  - {name: amount, type: number, default: amount.coda}
  - {name: friends, type: relation, to: things, many: true}
  - {name: befriended, type: relation, to: things, many: true, reverse: friends}
  - {name: next, type: datetime, formula: next.coda}
  - {name: bad, type: number, formula: bad.coda}
  - {name: add, type: button, label: Add, action: add.coda}
"""

KINDS = """\
scenario: Every kind
steps:
  - step: Add
    add:
      things:
        - {name: A, on: 2025-10-26, at: 2025-10-26T01:30, hour: 09:30, lasts: 2 hours 30 minutes, done: true,
           who: Ada Ruiz, tags: [one, "two, three"], price: 12.5, page: "https://example.com", friends: [B, A]}
        - {name: B, amount: ''}
    expect:
      things:
        A: {on: 2025-10-26, at: 2025-10-26T01:30, hour: 09:30, lasts: 2 hours 30 minutes, done: true, who: Ada Ruiz,
            tags: [one, "two, three"], price: 12.5, page: "https://example.com", friends: [B, A], befriended: [A],
            amount: 7, next: 2025-10-26T02:30, bad: {error: wrong-value}}
        B: {amount: '', done: false, tags: [], friends: [], befriended: [A], lasts: ''}
  - step: Press
    press: {things: {add: [A]}}
    expect: {things: {C: {amount: 7, friends: [A]}}}
"""


def test_every_kind_of_value_goes_there_and_back(make: MakeRunner, tmp_path: Path) -> None:
    files = {
        "things/table.yml": EVERY_KIND,
        "things/amount.coda": "7\n",
        "things/next.coda": "thisRow.at + Hours(1)\n",
        "things/bad.coda": "thisRow.name * 2\n",
        "things/add.coda": 'AddRow(things, things.name, "C", things.friends, List(thisRow))\n',
        "scenarios/kinds.yml": KINDS,
    }
    here, there = both(opened(write(tmp_path, files)), make)
    assert told(here[0].diagnostics) == told(there[0].diagnostics) == []


def test_the_command_says_what_it_left_out(tmp_path: Path) -> None:
    folder = small(tmp_path, "    expect: {tasks: {Plan: {double: 5}}}\n").project.root
    done = CliRunner().invoke(program, ["test", str(folder), "--on", "local"])
    assert done.exit_code == 1
    assert "tasks Plan, double: 5 is expected, it is 4" in done.stdout
    assert done.stderr == "1 scenario failed\n"
    nothing = CliRunner().invoke(program, ["test", str(folder), "--on", "local", "-k", "data test"])
    assert nothing.exit_code == 2
    assert "no case or scenario that a service can run has data test in its name or file" in nothing.stderr
