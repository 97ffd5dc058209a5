"""Truths about Coda: each holds on the example doc, says where it comes from, and how sure it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from codaform.diagnostics.rules import find
from codaform.model.notation import notate
from codaform.model.schema import COLUMN_TYPES, Assumptions, Column
from codaform.project.shapes import DAYS
from codaform.semantics.program import FormulaSite, Role, bind_doc
from codaform.source import Source
from example_doc import DOC, example_workbook

TRUTHS: list[dict[str, Any]] = [
    truth
    for path in sorted((Path(__file__).parent / "coda").glob("*.yml"))
    for truth in yaml.safe_load(path.read_text("utf-8"))
]
SETTINGS = {"time_zone", "first_day_of_week", "assume"}
NEEDED = {"truth", "formula", "result", "source", "certainty"}
QUESTIONS = [f"Q{number}" for number in range(1, 16)]

each_truth = pytest.mark.parametrize("truth", [pytest.param(truth, id=truth["truth"]) for truth in TRUTHS])


@each_truth
def test_truth_holds(truth: dict[str, Any]) -> None:
    given, source = truth.get("given", {}), Source("truth", truth["formula"])
    kind = given.get("kind", "other")
    role: Role = "action" if kind == "button" else "formula"
    column = Column("Shown", kind, action=source) if role == "action" else Column("Shown", kind, formula=source)
    tasks = DOC.tables["Tasks"]
    doc = replace(
        DOC,
        tables={**DOC.tables, "Tasks": replace(tasks, columns={**tasks.columns, column.name: column})},
        time_zone=given.get("time_zone", "UTC"),
        first_day_of_week=DAYS[given.get("first_day_of_week", "sunday")],
        assume=Assumptions(**given.get("assume", {})),
    )
    program, said = bind_doc(doc)
    book = example_workbook(doc)
    row = book.find(given.get("row", "Plan"), "Tasks")
    value = book.evaluate(program.formulas[FormulaSite(role, "Tasks", "Shown")], row)
    assert notate(value, book) == truth["result"]
    # Values that only Coda knows are reported as infos, and so are the observations of makers.
    raised = [one.rule.name for one in said if one.rule.severity != "info" or one.rule.name == truth.get("warns")]
    assert list(dict.fromkeys(raised)) == ([truth["warns"]] if "warns" in truth else [])


@each_truth
def test_truth_is_told_whole(truth: dict[str, Any]) -> None:
    assert set(truth) >= NEEDED
    assert set(truth) <= NEEDED | {"question", "given", "warns", "measured"}
    assert truth["truth"].endswith(".")
    assert truth["certainty"] in ("known", "inferred", "assumed")
    assert all(isinstance(truth[key], str) and truth[key] for key in NEEDED)
    assert set(truth.get("given", {})) <= {"row", "kind", *SETTINGS}
    assert truth.get("given", {}).get("kind", "other") in COLUMN_TYPES
    assert truth.get("question", "Q1") in QUESTIONS
    if "warns" in truth:
        assert find(truth["warns"]) is not None
    if truth["source"].split(";")[0] in ("none", "recalled"):
        assert truth["certainty"] == "assumed"


def test_every_open_question_is_decided() -> None:
    assert [question for question in QUESTIONS if not any(truth.get("question") == question for truth in TRUTHS)] == []


def test_truths_are_told_once() -> None:
    counts = Counter(truth["truth"] for truth in TRUTHS)
    assert [truth for truth, count in counts.items() if count > 1] == []
