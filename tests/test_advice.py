"""Advice: every rule's examples, fixes that change no result, what comments and doc.yml make of it, the command."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.cli.program import program
from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.diagnostics.fixes import apply_fixes
from codaform.diagnostics.rules import OF_DOC, RULES
from codaform.evaluation.workbook import Workbook
from codaform.library.example_doc import DOC
from codaform.model.notation import notate
from codaform.model.schema import Column, Doc
from codaform.project.lint import said_of
from codaform.semantics.program import FormulaSite, bind_site, program_of
from codaform.source import Source
from projects import write
from searching import examples

ADVICE = [pytest.param(rule, id=rule.name) for rule in RULES if rule.code.startswith("CF9") and rule not in OF_DOC]
"""The rules of formulas; tests/test_doc_advice.py has those that need a project."""
PLACE = FormulaSite("formula", "Tasks", "Score")

HELD = [
    "Tasks.Sort(true, Hours).Count()",
    "Tasks.Sort(false).Count()",
    "Tasks.Sort(true, Hours).Filter(Hours > 3).Hours.Max()",
    "Tasks.Sort(false, Due).Due.Min()",
    "thisRow.Project.Tasks.Sort(true, Hours).Contains(thisRow)",
    "If(thisRow.Hours > 3, true, false)",
    "Not(If(thisRow.Hours > 3, true, false))",
    "If(thisRow.Hours.IsBlank(), true, false) AND thisRow.Due.IsNotBlank()",
    "If(thisRow.Status = Open, true, false) = If(thisRow.Hours = 3, true, false)",
    "1 + Tasks.Sort(true, Project).Count() * 2",
]
"""Formulas whose advice has a fix that is called safe."""

SOUND = [
    "If(thisRow.Hours = 0, 0, 1 / thisRow.Hours)",
    "If(thisRow.Hours.IsBlank() OR thisRow.Hours = 0, 0, 1 / thisRow.Hours)",
    "SwitchIf(thisRow.Hours > 0, 1 / thisRow.Hours, true, 0)",
    "thisRow.Hours != 0 AND 1 / thisRow.Hours > 2",
    "thisRow.Hours.WithName(h, If(h = 0, 0, 1 / h))",
    "1 / thisRow.Hours.IfBlank(1)",
    "1 / Max(thisRow.Hours, 1)",
    "thisRow.Hours / 8",
    "If(Tasks.Filter(Hours > 9).Count() = 0, 0, 8 / Tasks.Filter(Hours > 9).Count())",
    'If(Tasks.Filter(Hours > 9).IsBlank(), "", Tasks.Filter(Hours > 9).Hours.Average() + 1)',
    "Projects.Filter(Name.Contains(thisRow.Project.Name)).Count()",
    "Projects.Filter(Name = Name).Count()",
    "Tasks.Hours.Average()",
    "thisRow.Due <= Now()",
    "thisRow.Due > Now()",
    "thisRow.Due <= Today()",
    "Now() > Today()",
    "Today() < Now()",
    'thisRow.Tags = ""',
    "thisRow.Tags = List(a, b)",
    "thisRow.Tags.Contains(a, b)",
    'thisRow.Status.Contains("Open")',
    "SwitchIf(thisRow.Hours > 3, 1, true, 2)",
    "If(thisRow.Hours > 8, 1, If(thisRow.Hours > 3, 2, 3))",
    "If(thisRow.Hours > 8, If(thisRow.Hours > 10, If(thisRow.Hours > 11, 4, 5), 2), 3)",
    "Tasks.Sort(true, Hours).First()",
    'Tasks.Sort(true, Hours).Name.Join(", ")',
    "Tasks.Filter(CurrentValue.Hours > 3).Count()",
    "Tasks.Filter(CurrentValue.Name = thisRow.Name).Count()",
]
"""Formulas that need no advice."""


def said(text: str, doc: Doc = DOC) -> list[Diagnostic]:
    """What there is to say of a formula in the column Score, its advice included."""
    source = Source("Score", text)
    bound, found = bind_site(doc, PLACE, source, None)
    return list(said_of(doc, PLACE, bound.body, source, found))


def advice(text: str) -> list[Diagnostic]:
    return [one for one in said(text) if one.rule.code.startswith("CF9")]


@pytest.mark.parametrize("rule", ADVICE)
def test_the_bad_formula_raises_its_rule_alone(rule: Rule) -> None:
    expected = ["needless-sort", "bare-noqa"] if rule.name == "bare-noqa" else [rule.name]
    assert [one.rule.name for one in advice(rule.bad)] == expected


@pytest.mark.parametrize("rule", ADVICE)
def test_the_good_formula_is_clean(rule: Rule) -> None:
    assert [one.message for one in said(rule.good) if one.rule.severity != "info" or one in advice(rule.good)] == []


@pytest.mark.parametrize("rule", ADVICE)
def test_a_fix_removes_its_cause(rule: Rule) -> None:
    found = [one for one in advice(rule.bad) if one.rule == rule and one.fix is not None]
    assert bool(rule.fix) == bool(found)
    after, _ = apply_fixes(rule.bad, found, True)
    assert not found or advice(after) == []


@pytest.mark.parametrize("text", SOUND)
def test_sound_formulas_get_no_advice(text: str) -> None:
    assert [one.message for one in advice(text)] == []


def test_a_moment_up_to_today_or_after_another_day_still_is_doubtful() -> None:
    for text in ("Now() <= Today()", "Today() >= Now()", "Now() > thisRow.Due", "thisRow.Due < Now()"):
        assert [one.rule.name for one in advice(text)] == ["day-end"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Tasks.Filter(Hours > 3).Count() = Tasks.Filter(Hours > 3).Count()", "same-sides"),
        ("If(thisRow.Hours > 3, Tasks.CountIf(Hours > 1), Tasks.CountIf(Hours > 1))", "same-results"),
        ('SwitchIf(Tasks.CountIf(Hours > 1) > 2, "a", Tasks.CountIf(Hours > 1) > 2, "b")', "repeated-case"),
        ("If(Tasks.CountIf(Hours > 9).IsBlank(), 1, Tasks.CountIf(Hours > 9))", "blank-by-if"),
        ("Projects.Filter(Name.Contains(thisRow.Name)).Count()", "contains-of-text"),
    ],
)
def test_loops_that_are_written_alike_are_the_same(text: str, rule: str) -> None:
    assert [one.rule.name for one in advice(text)] == [rule]


@pytest.mark.parametrize(
    "text",
    [
        "Tasks.Sort(true, /* by hours */ Hours).Count()",
        "Tasks.Sort(true, Hours // the longest last\n).Count()",
        "If(/* long */ thisRow.Hours > 3, true, false)",
        "If(thisRow.Hours > 3, /* long */ true, false)",
    ],
)
def test_a_fix_that_drops_a_comment_is_not_safe(text: str) -> None:
    (found,) = advice(text)
    assert found.fix is not None
    assert not found.fix.safe
    kept = "/* why */ " + text.replace("/* by hours */ ", "").replace("/* long */ ", "").replace(
        " // the longest last\n", ""
    )
    (found,) = advice(kept)
    assert found.fix is not None
    assert found.fix.safe


LONG = "Tasks.Filter(Hours > 3).Count()"
LONG_AGAIN = "Count( Filter(Tasks, (CurrentValue.Hours) > 3) )"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"{LONG} = {LONG_AGAIN}", "same-sides"),
        (f"If(thisRow.Hours > 1, {LONG}, {LONG_AGAIN})", "same-results"),
        (f"SwitchIf({LONG} > 1, 1, {LONG_AGAIN} > 1, 2)", "repeated-case"),
        (f"{LONG} = Tasks.Filter(Hours > 4).Count()", ""),
        (
            "Tasks.FormulaMap(WithName(Hours, one, Tasks.Filter(Hours > one).Count() = Tasks.Filter(one > 3).Count()))",
            "",
        ),
    ],
)
def test_what_computes_the_same_is_the_same_however_it_is_written(text: str, rule: str) -> None:
    assert [one.rule.name for one in said(text) if one.rule.name[:4] in ("same", "repe")] == [rule] * bool(rule)


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ('Tasks.Filter(Tasks.Status = "Open").Count()', 'Tasks.Filter(CurrentValue.Status = "Open").Count()'),
        ("Tasks.Filter(3 != Tasks.Hours).Count()", "Tasks.Filter(3 != CurrentValue.Hours).Count()"),
        ("Tasks.CountIf(Tasks.[Hours] = 3)", "Tasks.CountIf(CurrentValue.Hours = 3)"),
        (
            "Tasks.Filter(Projects.Filter(Tasks.Project = CurrentValue).Count() > 0).Count()",
            "Tasks.Filter(Projects.Filter(Tasks.Project.Contains(CurrentValue)).Count() > 0).Count()",
        ),
        ("Tasks.Hours = 3", "Tasks.Hours.Contains(3)"),
    ],
)
def test_a_whole_column_within_a_loop_of_its_table_is_meant_as_a_cell(text: str, fixed: str) -> None:
    (found,) = [one for one in advice(text) if one.rule.name == "list-equals"]
    assert ("is the whole column" in found.message) == ("CurrentValue." in fixed)
    assert apply_fixes(text, [found], unsafe=True)[0] == fixed


def test_the_condition_of_add_or_modify_rows_names_a_whole_column() -> None:
    text = "Tasks.AddOrModifyRows(Tasks.Project = thisRow.Project, Hours, 4)"
    source = Source("Add", text)
    bound, found = bind_site(DOC, FormulaSite("action", "Tasks", "Add"), source, None)
    (one,) = said_of(DOC, PLACE, bound.body, source, found)
    assert (one.rule.name, one.help) == ("list-equals", "write CurrentValue.Project")


def test_reverse_columns_are_found_from_any_row() -> None:
    def fixes(text: str, place: FormulaSite = PLACE) -> list[tuple[str, bool]]:
        source = Source("x", text)
        bound, _ = bind_site(DOC, place, source, None)
        found = [one.fix for one in said_of(DOC, place, bound.body, source, ()) if one.fix]
        return [(fix.edits[0].text, fix.safe) for fix in found]

    assert fixes("Tasks.Filter(Project = thisRow.Project)") == [("thisRow.Project.Tasks", False)]
    assert fixes("/* table */ Tasks.Filter(thisRow = Project)", FormulaSite("formula", "Projects", "x")) == [
        ("thisRow.Tasks", True)
    ]
    assert (
        fixes("/* table */ Tasks.Filter(Project = thisRow AND Hours > 3)", FormulaSite("formula", "Projects", "x"))
        == []
    )
    # The reverse column itself is no advice for its own formula.
    assert fixes("/* table */ Tasks.Filter(Project = thisRow)", FormulaSite("formula", "Projects", "Tasks")) == []


def filled(text: str, seed: int) -> list[object]:
    """The values of a formula over random rows."""
    random = Random(seed)
    tasks = DOC.tables["Tasks"]
    score = Column("Score", "other", formula=Source("Score", text))
    doc = replace(DOC, tables={**DOC.tables, "Tasks": replace(tasks, columns={**tasks.columns, "Score": score})})
    book = Workbook(program_of(doc))
    projects = [book.add("Projects", {"Name": name, "Budget": 4.0}) for name in "pq"]
    for number in range(6):
        cells: dict[str, object] = {
            "Name": f"t{number}",
            "Hours": random.choice([None, 0.0, 3.0, 3.0, 8.5]),
            "Status": random.choice([None, "Open", "Done"]),
            "Due": random.choice([None, date(2025, 12, 8) + timedelta(random.randint(0, 3))]),
            "Project": random.choice([None, *projects]),
        }
        book.add("Tasks", {name: value for name, value in cells.items() if value is not None})
    return [
        notate(value, book) if not isinstance(value, Exception) else value for value in book.values("Tasks", "Score")
    ]


@given(st.sampled_from(HELD), st.integers(0, 10**6))
@settings(max_examples=examples(150), deadline=None)
def test_a_safe_fix_changes_no_result(text: str, seed: int) -> None:
    found = advice(text)
    after, applied = apply_fixes(text, found, False)
    assert applied
    assert after != text
    assert filled(after, seed) == filled(text, seed)


TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: day, type: date}
  - {name: count, type: number, formula: "tasks.Sort(true, hours).Count()"}
  - {name: late, type: checkbox, formula: "Now() > thisRow.day"}
  - {name: part, type: number, formula: "1 / thisRow.hours"}
"""


def project(tmp_path: Path, lint: str = "{}") -> Path:
    """A project with one finding each of performance, comparisons and arithmetic."""
    return write(tmp_path, {"doc.yml": f"doc: Small\nlint: {lint}\n", "tasks/table.yml": TABLE})


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(program, [str(each) for each in arguments])
    return result.exit_code, result.output


def test_lint_gives_all_advice_and_check_the_warnings(tmp_path: Path) -> None:
    folder = project(tmp_path)
    code, output = run("lint", folder, "--statistics")
    assert code == 1
    assert [line.split()[1:3] for line in output.splitlines()[:3]] == [
        ["CF901", "unguarded-division"],
        ["CF912", "day-end"],
        ["CF923", "needless-sort"],
    ]
    code, output = run("check", folder)
    assert code == 1
    assert "unguarded-division" not in output
    assert "day-end" in output


@pytest.mark.parametrize(
    ("lint", "left"),
    [
        ("{performance: ignore, comparisons: ignore}", "1 info"),
        ("{CF912: ignore, performance: info, arithmetic: ignore}", "1 info"),
        ("{performance: ignore, needless-sort: error}", "1 error, 1 warning and 1 info"),
        ("{arithmetic: warning}", "3 warnings"),
    ],
)
def test_doc_yml_judges_rules_and_families(tmp_path: Path, lint: str, left: str) -> None:
    assert left in run("lint", project(tmp_path, lint))[1]


def test_an_unknown_rule_in_doc_yml_is_an_error(tmp_path: Path) -> None:
    code, output = run("check", project(tmp_path, "{needles-sort: ignore}"))
    assert code == 1
    assert "there is no rule or family needles-sort" in output
    assert "did you mean needless-sort?" in output


def test_fixes_are_written_and_the_rest_stays(tmp_path: Path) -> None:
    folder = project(tmp_path)
    assert "fixed" in run("lint", folder, "--fix")[1]
    assert 'formula: "tasks.Count()"' in (folder / "tasks" / "table.yml").read_text("utf-8")


def test_a_baseline_leaves_out_what_was_there(tmp_path: Path) -> None:
    folder = project(tmp_path)
    base = tmp_path / "lint.json"
    assert run("lint", folder, "--write-baseline", base)[0] == 0
    assert run("lint", folder, "--baseline", base, "--strict")[0] == 0
    table = folder / "tasks" / "table.yml"
    table.write_text(TABLE + '  - {name: more, type: number, formula: "2 / thisRow.hours"}\n', "utf-8")
    code, output = run("lint", folder, "--baseline", base, "--strict")
    assert code == 1
    assert "1 info" in output
    base.write_text("[1]", "utf-8")
    code, output = run("lint", folder, "--baseline", base)
    assert code == 2
    assert "is no baseline" in output


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("/* noqa: needless-sort - shown elsewhere */", []),
        ("// noqa: CF923 - shown elsewhere", []),
        ("/* noqa: Needless-Sort, day-end - shown elsewhere */", ["unused-noqa"]),
        ("/* noqa: needless-sort */", ["needless-sort", "bare-noqa"]),
        ("/* noqa */", ["needless-sort", "bare-noqa"]),
        ("/* noqa: needles-sort - why */", ["needless-sort", "unused-noqa"]),
        ("/* nothing of a noqan */", ["needless-sort"]),
        ('& "noqa: needless-sort - a text"', ["needless-sort"]),
    ],
)
def test_a_comment_with_a_reason_allows_a_rule(comment: str, left: list[str]) -> None:
    assert [one.rule.name for one in advice(f"Tasks.Sort(true, Hours).Count() {comment}")] == left


def test_an_error_is_never_allowed() -> None:
    found = said("Taskz.Count() /* noqa: unknown-name - it comes */")
    assert [one.rule.name for one in found] == ["unknown-name", "unused-noqa"]
