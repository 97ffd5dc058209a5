"""Mutation testing: which changes are made, and which ones the cases of a formula notice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.project.language_mutants import mutants_of_examples, mutants_of_truths
from codaform.project.mutants import MutantOutcome, changes_of, mutants_of, try_mutants
from codaform.project.session import Session
from codaform.project.truths import Truth, read_truths, truths_folder
from projects import DOC, opened, write

TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: state, type: text, formula: state.coda}
  - {name: other, type: number, formula: thisRow.hours * 2}
"""
STATE = 'If(thisRow.hours > 5 AND thisRow.name != "x", "large", "")\n'
CASES = """\
- case: A large one
  given: {tasks: [{name: a, hours: 6}]}
  expect: {a: large}
"""


def project(tmp_path: Path, cases: str = CASES) -> Path:
    return write(tmp_path, {"tasks/table.yml": TABLE, "tasks/state.coda": STATE, "tasks/state.cases.yml": cases}, DOC)


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["test", str(folder), "--mutate", *arguments])


def test_each_sign_text_number_and_condition_is_changed(tmp_path: Path) -> None:
    changes = {(one.before, one.text) for one in mutants_of(opened(project(tmp_path)).project)}
    condition = 'thisRow.hours > 5 AND thisRow.name != "x"'
    assert changes == {
        (condition, f"Not({condition})"),
        ("AND", "OR"),
        ("thisRow.hours > 5", "true"),
        ('thisRow.name != "x"', "true"),
        (">", ">="),
        ("!=", "="),
        ("5", "6"),
        ('"x"', '""'),
        ('"large"', '""'),
        ('""', '"?"'),
    }


@pytest.mark.parametrize(
    ("formula", "changes"),
    [
        ("tasks.Filter(hours > 1 OR true).Min(hours)", {"Max", ">=", "2", "AND", "false", "true"}),
        (
            "And(IsBlank(thisRow.hours), 2 * 3 - 1 + 1 <= 4 / 2)",
            {"Or", "IsNotBlank", "/", "*", "+", "-", "<", "3", "2", "4", "5"},
        ),
        ('"a" & thisRow.name', {'""'}),
    ],
)
def test_other_changes(tmp_path: Path, formula: str, changes: set[str]) -> None:
    folder = project(tmp_path)
    (folder / "tasks" / "state.coda").write_text(formula, "utf-8")
    assert {one.text for one in mutants_of(opened(folder).project)} == changes


def test_a_change_that_a_case_notices_names_it(tmp_path: Path) -> None:
    found = {(one.mutant.before, one.mutant.text): one.by for one in try_it(project(tmp_path))}
    assert found[">", ">="] == ""
    assert found["5", "6"] == "A large one"
    assert found['""', '"?"'] == ""


def try_it(folder: Path) -> list[MutantOutcome]:
    found = opened(folder).project
    return list(try_mutants(found, mutants_of(found)))


def test_what_makes_no_formula_is_left_out(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "tasks" / "state.coda").write_text("thisRow.name & thisRow.hours.Sum()", "utf-8")
    assert [one.mutant.text for one in try_it(folder)] == ["Count"]


def test_the_command_shows_what_nothing_notices(tmp_path: Path) -> None:
    folder = project(tmp_path)
    result = run(folder)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert any(line.endswith("tasks/state.coda:1:18: > → >=") for line in lines), lines
    assert "of 10 changes noticed" in result.output
    assert run(folder, "--least", "10").exit_code == 0
    data = json.loads(CliRunner().invoke(program, ["test", str(folder), "--mutate", "--format", "json"]).stdout)
    assert {each["noticed_by"] for each in data["changes"]} == {None, "A large one"}


def test_a_project_without_cases_says_so(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "tasks" / "state.cases.yml").unlink()
    result = run(folder)
    assert result.exit_code == 2
    assert "no formula has cases of its own" in result.output


def test_the_cases_of_founder_hq_notice_nine_changes_in_ten() -> None:
    found = Session.open(Path(__file__).parents[1] / "formulas").project
    outcomes = list(try_mutants(found, mutants_of(found)))
    missed = [(one.mutant.file, one.mutant.before, one.mutant.text) for one in outcomes if not one.by]
    assert len(outcomes) > 100
    assert len(missed) <= len(outcomes) / 10, missed


def test_a_formula_has_its_changes_and_other_text_has_none() -> None:
    assert sorted(changes_of("1 + 2")) == ["1 + 3", "1 - 2", "2 + 2"]
    assert changes_of("1 +") == []


def test_a_truth_shows_the_changes_that_alter_its_result() -> None:
    def told(formula: str, result: str, **given: str) -> Truth:
        return Truth("It is so.", formula, result, "none", "assumed", given)

    found = mutants_of_truths([told("If(2 > 1, 5, 6)", "5"), told("thisRow.Hours = 3", "true", row="Plan")])
    assert sorted(found.unnoticed) == ["If(2 > 1, 5, 7)", "If(2 >= 1, 5, 6)", "If(3 > 1, 5, 6)"]
    assert found.noticed == found.changes - 3 > 0
    assert mutants_of_truths([told("1 + 1", "2", first_day_of_week="monday")]).changes == 0
    assert mutants_of_truths([told("RandomInteger(1, 2)", "1")]).changes == 0


def test_most_changes_of_the_cases_of_the_language_show() -> None:
    """Three quarters: what is left is mostly right, such as another number in a list whose smallest item counts."""
    functions = mutants_of_examples()
    truths = mutants_of_truths(read_truths(truths_folder()))
    assert sum(each.noticed for each in functions) >= 0.75 * sum(each.changes for each in functions) > 1_500
    assert truths.share >= 0.75
