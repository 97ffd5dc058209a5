"""The rules: every bad example raises its rule alone, every good one is clean; names and voice are even."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.diagnostics.rules import RULES, find
from codaform.model.schema import Column, Doc
from codaform.model.values import Error
from codaform.semantics.circles import circles, doubtful_circles
from codaform.semantics.dependencies import graph
from codaform.semantics.program import bind_doc
from codaform.source import Source
from example_doc import DOC, example_workbook

ROOT = Path(__file__).parents[1]

ELSEWHERE = ("CF4", "CF7", "CF8", "CF9")
"""Stages whose examples are files, docs, pages or advice: tests of their own raise them."""

RUN = ("no-action", "computed-target", "reads-written")
"""Rules whose examples are not computed but run, by a button."""


def told(rule: Rule) -> str:
    """A rule as a test's name."""
    return f"{rule.code}-{rule.name}"


def of_stages(*prefixes: str) -> pytest.MarkDecorator:
    """One test for each rule of these stages."""
    rules = [pytest.param(rule, id=told(rule)) for rule in RULES if rule.code[:3] in prefixes]
    return pytest.mark.parametrize("rule", rules)


def owner_doc(rule: Rule, formula: str, kind: str = "number") -> Doc:
    """The example doc; its table Tasks has a column Score, which the formula defines, and Echo, which reads Score."""
    source = Source("Score", formula)
    score = Column("Score", "button", action=source) if rule.name in RUN else Column("Score", kind, formula=source)
    columns = [
        score,
        Column("Echo", "number", formula=Source("Echo", "1" if rule.name in RUN else "thisRow.Score")),
    ]
    if rule.name == "ambiguous-name":
        columns.append(Column("Projects", "relation", to="Projects", many=True))
    if rule.name == "unlisted-option":
        columns.append(Column("Priority", "select"))
    tasks = DOC.tables["Tasks"]
    extended = replace(tasks, columns={**tasks.columns, **{column.name: column for column in columns}})
    tables = {**DOC.tables, "Tasks": extended}
    if rule.name == "table-circle":
        load = Column("Load", "number", formula=Source("Load", "thisRow.Tasks.Hours.Sum()"))
        projects = DOC.tables["Projects"]
        tables["Projects"] = replace(projects, columns={**projects.columns, "Load": load})
    return replace(DOC, tables=tables)


def findings(rule: Rule, formula: str) -> list[Diagnostic]:
    """Everything there is to say of the formula in the column Score."""
    # A place that holds anything, unless the rule is about what a place holds.
    kind = {"wrong-result": "number", "other-scale": "percent"}.get(rule.name, "other")
    program, said = bind_doc(owner_doc(rule, formula, kind))
    needs = graph(program)
    return said + circles(program, needs) + doubtful_circles(program, needs)


def shown(diagnostics: list[Diagnostic]) -> list[str]:
    return [f"{finding.rule.name}: {finding.message}" for finding in diagnostics]


@of_stages("CF1", "CF2", "CF3", "CF6")
def test_bad_raises_exactly_its_rule(rule: Rule) -> None:
    found = findings(rule, rule.bad)
    assert {finding.rule.name for finding in found} == {rule.name}, shown(found)


@of_stages("CF1", "CF2", "CF3", "CF6")
def test_good_is_clean(rule: Rule) -> None:
    found = findings(rule, rule.good)
    assert shown([finding for finding in found if finding.rule is rule or finding.rule.severity != "info"]) == []


@of_stages("CF1", "CF2", "CF3", "CF6")
def test_the_fix_is_declared(rule: Rule) -> None:
    fixes = [finding.fix for finding in findings(rule, rule.bad) if finding.fix is not None]
    assert not fixes or rule.fix
    assert rule.safety == "mixed" or all(fix.safe == (rule.safety == "safe") for fix in fixes)


@of_stages("CF1", "CF2", "CF3", "CF6")
def test_messages_keep_the_voice(rule: Rule) -> None:
    assert [finding.message for finding in findings(rule, rule.bad) if addresses_the_reader(finding.message)] == []


@of_stages("CF5")
def test_bad_computes_its_error(rule: Rule) -> None:
    if rule.name == "too-deep":
        pytest.skip("three rows make no long chain; tests/test_workbook.py makes one")
    if rule.name == "internal-error":
        pytest.skip("no formula is meant to raise it; tests/test_unexpected.py breaks a function on purpose")
    assert [error.rule for error in errors(rule, rule.bad)][:1] == [rule.name]


@of_stages("CF5")
def test_good_computes_no_error(rule: Rule) -> None:
    assert errors(rule, rule.good) == []


def errors(rule: Rule, formula: str) -> list[Error]:
    """The error values of the column Score, row by row; no type is wanted of it."""
    book = example_workbook(owner_doc(rule, formula, kind="other"))
    values = [book.value(row, "Score") for row in book.rows("Tasks")]
    return [value for value in values if isinstance(value, Error)]


def test_every_stage_has_its_tests() -> None:
    tested = {"CF1", "CF2", "CF3", "CF5", "CF6", *ELSEWHERE}
    assert {rule.code[:3] for rule in RULES} <= tested


@of_stages("CF4", "CF7", "CF8")  # tests/test_advice.py runs all of CF9
def test_a_rule_of_another_stage_is_raised_by_other_tests(rule: Rule) -> None:
    tests = [path for path in (ROOT / "tests").rglob("*") if path.suffix in (".py", ".txt", ".md", ".ambr")]
    assert any(rule.name in path.read_text("utf-8") for path in tests if path != Path(__file__))


def test_codes_and_names_are_unique() -> None:
    counts = Counter(rule.code for rule in RULES) + Counter(rule.name for rule in RULES)
    assert [key for key, count in counts.items() if count > 1] == []


def test_rules_stand_by_code() -> None:
    assert [rule.code for rule in RULES] == sorted(rule.code for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=told)
def test_form_and_voice(rule: Rule) -> None:
    assert re.fullmatch(r"CF[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name), "a name is kebab-case"
    for text in (rule.what, rule.why, rule.fix or "."):
        assert text.endswith("."), "these fields are sentences"
        assert not addresses_the_reader(text)
    for page in rule.see:
        assert (ROOT / "docs" / page.partition("#")[0]).is_file()
    assert rule.bad != rule.good
    assert rule.severity in ("error", "warning", "info")
    assert find(rule.name) is rule
    assert find(rule.code.lower()) is rule


def addresses_the_reader(text: str) -> bool:
    """Whether a text speaks to its reader, or blames."""
    return (
        re.search(r"\b(you|your|yours|yourself|please|sorry|wrongly|invalid|illegal)\b", text, re.IGNORECASE)
        is not None
    )
