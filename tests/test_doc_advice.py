"""Advice that needs the whole project: each rule's examples, what is no fault, what allows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.diagnostics.rules import (
    ABOVE_BUDGET,
    BROKEN_PROMISE,
    FOLLOWED_BLANK,
    NEVER_USED,
    OF_DOC,
    REPEATED_FILTER,
)
from codaform.project.check import check_project
from codaform.project.reader import read_project
from projects import FORMULAS, write

DOC = "doc: Small\n"
OWNER = "  - {name: owner, type: relation, to: people}\n"
TASKS = (
    """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
"""
    + OWNER
)
PEOPLE = "table: people\ncolumns:\n  - {name: name, type: text, display: true}\n  - {name: limit, type: number}\n"
ROWS = "name,hours\na,4\nb,2\n"
FOLLOWING = """\
table: Tasks
columns:
  - {name: Name, type: text, display: true}
  - {name: Hours, type: number}
  - {name: Project, type: relation, to: Projects}
  - {name: Score, type: other, formula: score.coda}
"""
PROJECTS = """\
table: Projects
columns:
  - {name: Name, type: text, display: true}
  - {name: Budget, type: number}
  - {name: Spent, type: number}
  - {name: Due, type: date}
"""


def files(rule: Rule, example: str) -> dict[str, str]:
    """A small project with an example of a rule."""
    match rule:
        case _ if rule == FOLLOWED_BLANK:
            return {"Tasks/table.yml": FOLLOWING, "Projects/table.yml": PROJECTS, "Tasks/score.coda": example}
        case _ if rule == REPEATED_FILTER:
            return {"tasks/table.yml": TASKS, "people/table.yml": example}
        case _ if rule == ABOVE_BUDGET:
            return {"doc.yml": example, "tasks/table.yml": TASKS.replace(OWNER, ""), "tasks/rows.csv": ROWS}
    return {"tasks/table.yml": example, "tasks/rows.csv": "name,hours\na,4\n" if "hours" in example else "name\na\n"}


def said(folder: Path, given: dict[str, str], advice: bool = True) -> list[Diagnostic]:
    """What there is to say of a project by the rules of a doc."""
    found = check_project(read_project(write(folder, given, DOC), ""), advice=advice)
    assert [one.message for one in found if one.rule.severity == "error"] == []
    names = {rule.name for rule in OF_DOC}
    return [one for one in found if one.rule.name in names or one.rule.name.endswith("noqa")]


each_rule = pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.name) for rule in sorted(OF_DOC, key=lambda r: r.code)]
)


@each_rule
def test_the_bad_example_raises_its_rule_alone(tmp_path: Path, rule: Rule) -> None:
    found = said(tmp_path, files(rule, rule.bad))
    assert [one.rule.name for one in found] == [rule.name]
    assert not re.search(r"\b(you|your|please|invalid)\b", found[0].message)


@each_rule
def test_the_good_example_is_clean(tmp_path: Path, rule: Rule) -> None:
    assert [one.message for one in said(tmp_path, files(rule, rule.good))] == []


def test_founder_hq_is_clean() -> None:
    found = check_project(read_project(FORMULAS, ""), advice=True)
    assert [(one.rule.name, one.message) for one in found] == []


# ---------------------------------------------------------------- values behind relations


def blanks(folder: Path, formula: str, table: str = FOLLOWING) -> list[str]:
    given = {"Tasks/table.yml": table, "Projects/table.yml": PROJECTS, "Tasks/score.coda": formula}
    return [one.message for one in said(folder, given) if one.rule == FOLLOWED_BLANK]


@pytest.mark.parametrize(
    ("formula", "what"),
    [
        ("thisRow.Hours > thisRow.Project.Budget", "is smaller than everything"),
        ("thisRow.Project.Due <= Today()", "is smaller than everything"),
        ("Tasks.Filter(CurrentValue.Project.Due < Today()).Count()", "is smaller than everything"),
        ("thisRow.Hours - thisRow.Project.Budget", "counts as 0"),
        ("If(thisRow.Hours > 3, thisRow.Project.Budget - 1, 0)", "counts as 0"),
    ],
)
def test_a_blank_that_passes_for_a_value_is_told(tmp_path: Path, formula: str, what: str) -> None:
    (message,) = blanks(tmp_path, formula)
    assert what in message


@pytest.mark.parametrize(
    "formula",
    [
        "thisRow.Project.Budget > thisRow.Hours",
        "thisRow.Project.Budget + thisRow.Hours",
        "thisRow.Project.Budget * 2",
        "thisRow.Project.Spent < thisRow.Project.Budget",
        "thisRow.Project.Budget - thisRow.Project.Spent",
        "If(thisRow.Project.IsBlank(), 0, thisRow.Project.Budget - 1)",
        "thisRow.Project.Due < Today() AND thisRow.Project.IsNotBlank()",
        "thisRow.Project.Budget.IsNotBlank() AND thisRow.Project.Budget < 3",
        "Tasks.Filter(Project.IsNotBlank()).Filter(Project.Due < Today()).Count()",
        "Tasks.Filter(Project.Due.IsNotBlank() AND Project.Due < Today()).Count()",
        "thisRow.Project.Budget.IfBlank(9) < thisRow.Hours",
        "thisRow.Project.Name < thisRow.Name",
        "thisRow.Hours < 3",
    ],
)
def test_what_cannot_mislead_is_no_blank_to_tell(tmp_path: Path, formula: str) -> None:
    assert blanks(tmp_path, formula) == []


def test_a_relation_that_is_never_blank_may_be_followed(tmp_path: Path) -> None:
    required = FOLLOWING.replace("to: Projects}", "to: Projects, tests: [not_null]}")
    assert blanks(tmp_path, FOLLOWED_BLANK.bad, required) == []


# ---------------------------------------------------------------- filters, budgets


def test_a_filter_of_another_table_or_a_short_one_is_no_repetition(tmp_path: Path) -> None:
    first = PEOPLE + '  - {name: a, type: number, formula: "tasks.Filter(owner = thisRow AND hours > 3).Count()"}\n'
    given = {"tasks/table.yml": TASKS, "people/table.yml": first}
    assert said(tmp_path / "one", given) == []
    other = first + '  - {name: b, type: number, formula: "tasks.Filter(owner = thisRow AND hours > 4).Count()"}\n'
    assert said(tmp_path / "other", given | {"people/table.yml": other}) == []


@pytest.mark.parametrize(
    "other",
    [
        "tasks.Filter(owner=thisRow   AND hours>3).hours.Sum()",
        "tasks.Filter(CurrentValue.owner = thisRow AND CurrentValue.hours > 3).hours.Sum()",
        "Sum(Filter(tasks, ((owner) = thisRow) AND (hours > 3)).hours)",
        "tasks.FormulaMap(1).Sum() + tasks.Filter(OWNER = thisRow AND hours > 3.0).Count()",
        "tasks.FormulaMap(tasks.Filter(owner = thisRow AND hours > 3).Count()).Sum()",
    ],
)
def test_a_filter_that_is_written_otherwise_is_a_repetition(tmp_path: Path, other: str) -> None:
    table = PEOPLE + '  - {name: a, type: number, formula: "tasks.Filter(owner = thisRow AND hours > 3).Count()"}\n'
    given = {
        "tasks/table.yml": TASKS,
        "people/table.yml": table + f'  - {{name: b, type: number, formula: "{other}"}}\n',
    }
    (found,) = said(tmp_path, given)
    assert (found.rule, found.message) == (REPEATED_FILTER, "people.a has the same filter")
    assert "ilter(" in found.source.text[found.span.start : found.span.end]


def test_a_filter_of_a_loop_around_it_is_no_repetition(tmp_path: Path) -> None:
    formulas = (
        f"people.FormulaMap(WithName(CurrentValue, one, tasks.Filter(owner = one AND hours > 3).{end})).Sum()"
        for end in ("Count()", "hours.Sum()")
    )
    columns = (
        f'  - {{name: {name}, type: number, formula: "{one}"}}\n' for name, one in zip("ab", formulas, strict=True)
    )
    assert said(tmp_path, {"tasks/table.yml": TASKS, "people/table.yml": PEOPLE + "".join(columns)}) == []


def test_the_budget_is_a_warning_of_check_that_doc_yml_may_raise_and_ignore(tmp_path: Path) -> None:
    given = files(ABOVE_BUDGET, ABOVE_BUDGET.bad)
    (found,) = said(tmp_path / "a", given, advice=False)
    assert (found.rule.severity, found.message) == ("warning", "long takes about 3 comparisons; 1 are allowed")
    ignoring = ABOVE_BUDGET.bad.replace("budget: 1", "budget: 1, above-budget: ignore")
    assert said(tmp_path / "b", given | {"doc.yml": ignoring}) == []
    raising = ABOVE_BUDGET.bad.replace("budget: 1", "budget: 1, performance: error")
    found_ = check_project(read_project(write(tmp_path / "c", given | {"doc.yml": raising}), ""))
    assert [one.rule.severity for one in found_] == ["error"]


@pytest.mark.parametrize("budget", ["0", "many", "-3"])
def test_a_budget_is_a_number(tmp_path: Path, budget: str) -> None:
    doc = ABOVE_BUDGET.bad.replace("budget: 1", f"budget: {budget}")
    found = check_project(read_project(write(tmp_path, files(ABOVE_BUDGET, doc)), ""))
    assert [one.rule.name for one in found] == ["wrong-shape"]


# ---------------------------------------------------------------- columns that nothing needs

BLANK = "tasks.old: blank in all rows, and no formula reads it"
UNUSED = "table: tasks\ncolumns:\n  - {name: name, type: text, display: true}\n  - {name: old, type: text}\n"
DOUBLE = "  - {name: twice, type: number, formula: tasks.Count() * 2}\n"


@pytest.mark.parametrize(
    ("table", "more", "unused"),
    [
        (UNUSED, {}, [BLANK]),
        (UNUSED, {"tasks/rows.csv": "name,old\na,x\n"}, []),
        (UNUSED, {"tasks/rows.csv": "name\n"}, []),
        (UNUSED + "views:\n  - {name: All, columns: [name, old]}\n", {}, []),
        (UNUSED + "views:\n  - {name: All, sort: old}\n", {}, []),
        (UNUSED.replace("old, type", "old, owner: mirror, type"), {}, []),
        (UNUSED.replace("old, type", "old, default: User().Name, type"), {}, []),
        (UNUSED + "tests:\n  - {name: one, formula: thisRow.old.IsBlank()}\n", {}, []),
        (UNUSED, {"documents/guide.md": "# Guide\n\nFill in old by hand.\n"}, []),
        (UNUSED, {"documents/guide.md": "# Guide\n\nThe oldest first.\n"}, [BLANK]),
        (UNUSED.replace("old", "name2") + DOUBLE, {"tasks/rows.csv": "name,name2\na,b\n"}, []),
        (
            UNUSED + DOUBLE + "views:\n  - {name: All, columns: [name, old]}\n",
            {},
            ["tasks.twice: no formula reads what it computes, and no view of its table shows it"],
        ),
        (UNUSED + DOUBLE + "views:\n  - {name: All, columns: [name, old]}\n  - {name: Rest}\n", {}, []),
    ],
)  # fmt: skip
def test_columns_that_nothing_reads_or_shows(
    tmp_path: Path, table: str, more: dict[str, str], unused: list[str]
) -> None:
    given = {"tasks/table.yml": table, "tasks/rows.csv": "name\na\n", **more}
    assert [one.message for one in said(tmp_path, given) if one.rule == NEVER_USED] == unused


# ---------------------------------------------------------------- promises


@pytest.mark.parametrize(
    ("formula", "about", "broken"),
    [
        ("tasks.hours.Sum() / tasks.Count()", "The average hours.", False),
        ("tasks.hours.Max()", "The average hours.", True),
        ("thisRow.hours + 1", "An hour above the average.", False),
        ("tasks.hours.Count()", "The sum of all hours.", True),
        ("tasks.hours.Sum()", "The sum of all hours.", False),
        ("tasks.hours.Average() / 3", "A third of it, rounded.", True),
        ("'Round(tasks.hours.Average() / 3, 1)'", "A third of it, rounded.", False),
        ("'If(thisRow.hours > 3, 1, \"\")'", "A mark, never blank.", True),
        ("'If(thisRow.hours > 3, 1)'", "A mark, never blank.", True),
        ("'If(thisRow.hours > 3, 1, 2)'", "A mark, never blank.", False),
        ("thisRow.hours.IfBlank(1)", "The hours, never empty.", False),
        ("thisRow.hours + 1", "As many as spare_hours.", True),
        ("thisRow.hours + 1", "As many as `name`.", True),
        ("thisRow.spare_hours + 1", "One above spare_hours.", False),
        ("thisRow.hours + 1", "A name of its own.", False),
    ],
)
def test_descriptions_keep_or_break_their_promise(tmp_path: Path, formula: str, about: str, broken: bool) -> None:
    table = (
        "table: tasks\ncolumns:\n  - {name: name, type: text, display: true}\n  - {name: hours, type: number}\n"
        "  - {name: spare_hours, type: number}\n"
        f"  - {{name: told, type: number, formula: {formula}, about: '{about}'}}\n"
    )
    found = [one for one in said(tmp_path, {"tasks/table.yml": table}) if one.rule == BROKEN_PROMISE]
    assert bool(found) is broken, [one.message for one in found]
    assert all(one.source.text[one.span.start : one.span.end].strip("'") == about for one in found)


# ---------------------------------------------------------------- exceptions


def test_comments_allow_the_rules_of_a_doc_with_a_reason(tmp_path: Path) -> None:
    formula = f"{FOLLOWED_BLANK.bad} /* noqa: followed-blank - a task without a project is small */"
    assert blanks(tmp_path / "a", formula) == []
    assert len(blanks(tmp_path / "b", formula.replace(" - a task without a project is small", ""))) == 1
    line = UNUSED.replace("type: text}\n", "type: text}  # noqa: never-used-column - people fill it soon\n")
    given = {"tasks/table.yml": line, "tasks/rows.csv": "name\na\n"}
    assert said(tmp_path / "c", given) == []
    assert len(said(tmp_path / "d", given | {"tasks/table.yml": line.replace(" - people fill it soon", "")})) == 1
