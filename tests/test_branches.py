"""Branch coverage: what counts as a branch, what takes it, and how the command shows the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.project.branches import measure_branches
from codaform.project.session import Session
from projects import FORMULAS, opened, write

TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: other, type: number}
  - {name: found, type: other, formula: found.coda}
"""
ROWS = "name,hours,other\na,6,\n"


def project(tmp_path: Path, formula: str, rows: str = ROWS, more: dict[str, str] | None = None) -> Path:
    return write(
        tmp_path,
        {"tasks/table.yml": TABLE, "tasks/found.coda": formula, "tasks/rows.csv": rows, **(more or {})},
    )


def missing(folder: Path) -> tuple[int, list[str]]:
    """The number of branches of the only formula, and those that are not taken, each with what decides."""
    (found,) = measure_branches(opened(folder).project)[0]
    text = found.source.text
    return len(found.branches), [f"{one.what}: {text[one.span.start : one.span.end]}" for one in found.missing]


@pytest.mark.parametrize(
    ("formula", "branches", "left"),
    [
        ("thisRow.hours + 1", 1, []),
        ('If(thisRow.hours > 5, "a", "b")', 3, ["never false: thisRow.hours > 5"]),
        ('If(thisRow.hours > 9, "a")', 3, ["never true: thisRow.hours > 9"]),
        ('If(thisRow.hours > 5, "a")', 3, ["never false: thisRow.hours > 5"]),
        ('Switch(thisRow.name, "b", 1, "a", 2)', 4, ['never this case: "b"', 'never none of the cases: "a"']),
        ('Switch(thisRow.name, "b", 1, 3)', 3, ['never this case: "b"']),
        ("SwitchIf(thisRow.hours > 9, 1, thisRow.hours > 5, 2, 3)", 4,
         ["never true: thisRow.hours > 9", "never false: thisRow.hours > 5"]),
        ("thisRow.hours.IfBlank(1)", 3, ["never blank: thisRow.hours"]),
        ("thisRow.other.IfBlank(1)", 3, ["never filled: thisRow.other"]),
        ("thisRow.hours > 1 AND thisRow.hours > 9 AND thisRow.hours > 3", 5,
         ["never false: thisRow.hours > 1", "never false: thisRow.hours > 3",
          "never true: thisRow.hours > 1 AND thisRow.hours > 9 AND thisRow.hours > 3"]),
        ("thisRow.hours > 9 OR thisRow.hours > 1", 4,
         ["never true: thisRow.hours > 9", "never false: thisRow.hours > 9 OR thisRow.hours > 1"]),
        ("If(thisRow.hours > 1 AND thisRow.hours > 2, 1, 2)", 5,
         ["never false: thisRow.hours > 1 AND thisRow.hours > 2", "never false: thisRow.hours > 1",
          "never false: thisRow.hours > 2"]),
        ('tasks.Filter(CurrentValue.name = "x").FormulaMap(CurrentValue.hours * 2)', 3,
         ["never asked: CurrentValue.hours * 2"]),
        ("thisRow.hours.WithName(h, h * 2)", 1, []),
        ("If(thisRow.hours > 9, If(thisRow.hours > 10, 1, thisRow.other.IfBlank(2)), 3)", 7,
         ["never true: thisRow.hours > 9"]),
    ],
)  # fmt: skip
def test_branches_that_no_row_takes(tmp_path: Path, formula: str, branches: int, left: list[str]) -> None:
    assert missing(project(tmp_path, formula)) == (branches, left)


CASE = "- case: few\n  given: {tasks: [{name: b, hours: 1}]}\n  expect: {b: small}\n"
SCENARIO = """\
scenario: An hour less
start: empty
steps:
  - {step: one, add: {tasks: [{name: a, hours: 6}]}, expect: {tasks: {a: {found: large}}}}
  - {step: two, change: {tasks: {a: {hours: 5}}}, expect: {tasks: {a: {found: small}}}}
"""
FORMULA = 'If(thisRow.hours > 5, "large", "small")'


def test_cases_scenarios_and_rows_take_branches(tmp_path: Path) -> None:
    assert missing(project(tmp_path / "rows", FORMULA))[1] == ["never false: thisRow.hours > 5"]
    assert missing(project(tmp_path / "cases", FORMULA, more={"tasks/found.cases.yml": CASE}))[1] == []
    both = project(tmp_path / "scenario", FORMULA, "name,hours,other\n", {"scenarios/1_less.yml": SCENARIO})
    assert missing(both)[1] == []


def test_a_formula_that_is_never_computed_is_one_finding(tmp_path: Path) -> None:
    assert missing(project(tmp_path, FORMULA, "name,hours,other\n")) == (3, [f"never computed: {FORMULA}"])


def test_an_action_has_branches_that_only_a_press_takes(tmp_path: Path) -> None:
    table = TABLE.replace(
        "{name: found, type: other, formula: found.coda}", "{name: go, type: button, action: go.coda}"
    )
    action = "If(thisRow.hours > 5, ModifyRows(thisRow, other, 1), ModifyRows(thisRow, other, 2))"
    press = (
        "scenario: Go\nstart: sample\nsteps:\n"
        "  - {step: one, press: {tasks: {go: [a]}}, expect: {tasks: {a: {other: 1}}}}\n"
    )
    folder = write(tmp_path, {"tasks/table.yml": table, "tasks/go.coda": action, "tasks/rows.csv": ROWS})
    assert missing(folder)[1] == [f"never computed: {action}"]
    write(folder, {"scenarios/1_go.yml": press})
    assert missing(folder)[1] == ["never false: thisRow.hours > 5"]


def test_watched_values_are_those_of_a_plain_run(tmp_path: Path) -> None:
    formula = "tasks.Filter(CurrentValue.hours >= thisRow.hours AND CurrentValue.other.IsBlank()).Count()"
    rows = "name,hours,other\n" + "".join(f"t{number},{number % 7},\n" for number in range(30))
    session = opened(project(tmp_path, formula, rows))
    plain = session.book.values("tasks", "found")
    seen: list[object] = []
    watched = Session(session.project, watch=lambda _node, value: seen.append(value)).book
    assert watched.values("tasks", "found") == plain
    assert seen
    watched.change(watched.rows("tasks")[0], {"other": 1.0})
    session.book.change(session.book.rows("tasks")[0], {"other": 1.0})
    assert watched.values("tasks", "found") == session.book.values("tasks", "found") != plain


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["test", str(folder), "--coverage", *arguments])


def test_the_command_shows_each_formula_and_fails_below_the_bar(tmp_path: Path) -> None:
    folder = project(tmp_path, FORMULA)
    result = run(folder)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "tasks.found  2 of 3"
    assert result.stdout.splitlines()[1].endswith("found.coda:1:4: never false: thisRow.hours > 5")
    assert "2 of 3 branches taken, 67 %" in result.stderr
    assert run(folder, "--least", "60").exit_code == 0
    told = json.loads(run(folder, "--format", "json").stdout)
    assert [(one["text"], one["taken"], one["missing"]) for one in told["formulas"][0]["branches"]] == [
        (FORMULA, True, None),
        ("thisRow.hours > 5", True, None),
        ("thisRow.hours > 5", False, "never false"),
    ]


def test_a_failed_test_is_shown_and_fails(tmp_path: Path) -> None:
    folder = project(tmp_path, FORMULA, more={"tasks/found.cases.yml": CASE.replace("small", "tiny")})
    result = run(folder, "--least", "0")
    assert result.exit_code == 1
    assert "failed case few" in result.stdout
    assert "1 test failed" in result.stderr
    assert json.loads(run(folder, "--format", "json").stdout)["failed"] == ["few"]


def test_selectors_and_words_limit_what_is_shown_and_run(tmp_path: Path) -> None:
    folder = project(tmp_path, FORMULA, more={"tasks/found.cases.yml": CASE})
    assert run(folder).exit_code == 0
    assert run(folder, "-k", "nothing").exit_code == 1
    result = run(folder, "--select", "tasks.hours")
    assert (result.exit_code, "no formula is selected" in result.stderr) == (2, True)


@pytest.mark.parametrize("option", ["--mutate", "--engine=columns", "--on=local", "--format=junit"])
def test_coverage_is_a_run_of_its_own(tmp_path: Path, option: str) -> None:
    assert run(project(tmp_path, FORMULA), option).exit_code == 2


def test_the_tests_and_rows_of_founder_hq_take_every_branch() -> None:
    found, outcomes = measure_branches(opened(FORMULAS).project)
    assert [(each.place, each.missing) for each in found if each.missing] == []
    assert all(outcome.passed for outcome in outcomes)
