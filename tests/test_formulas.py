"""Founder HQ: every data test, case and scenario under formulas/ holds."""

from __future__ import annotations

import pytest

from codaform.project.check import check_project
from codaform.project.reader import read_project
from codaform.project.suite import Outcome, count, run_suite
from projects import FORMULAS, told

PROJECT = read_project(FORMULAS, "formulas")
OUTCOMES = run_suite(PROJECT)


def test_nothing_is_wrong_with_the_files() -> None:
    assert told(check_project(PROJECT)) == []


def test_nothing_is_left_out() -> None:
    assert len(OUTCOMES) == count(PROJECT)
    assert {outcome.kind for outcome in OUTCOMES} == {"data test", "case", "scenario"}


def test_every_formula_has_cases() -> None:
    formulas = {path.with_suffix("") for path in FORMULAS.rglob("*.coda")}
    cases = {path.with_suffix("").with_suffix("") for path in FORMULAS.rglob("*.cases.yml")}
    # What a button does is not computed but performed.
    assert {path.name for path in formulas - cases} <= {"log_run"}


@pytest.mark.parametrize(
    "outcome", [pytest.param(one, id=f"{one.file.removeprefix('formulas/')}: {one.name}") for one in OUTCOMES]
)
def test_it_holds(outcome: Outcome) -> None:
    assert told(outcome.diagnostics) == []
