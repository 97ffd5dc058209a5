"""One slip is one finding: what only follows from it is not reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codaform.source import position
from projects import DOC, copy_of_founder_hq, findings, place, write

FILES = {
    "doc.yml": DOC + "assume: {circles: columns}\nformulas:\n  - {name: Rate, type: number, formula: rate.coda}\n"
    "controls:\n  - {name: Focus, type: relation, to: tasks, value: Plan}\n",
    "rate.coda": "2\n",
    "tasks/table.yml": "table: tasks\ncolumns:\n"
    "  - {name: title, type: text, display: true}\n"
    "  - {name: hours, type: number}\n"
    "  - {name: parent, type: relation, to: tasks}\n"
    "  - {name: parts, type: relation, to: tasks, reverse: parent}\n"
    "  - {name: cost, type: number, formula: cost.coda}\n"
    "  - {name: total, type: number, formula: thisRow.cost + parts.cost.Sum() + runs.minutes.Sum()}\n"
    "views:\n  - {name: Long, filter: hours > Rate, sort: hours, columns: [title, cost]}\n",
    "tasks/cost.coda": "thisRow.hours * Rate\n",
    "tasks/cost.cases.yml": "- {case: c, given: {tasks: [{title: x, hours: 1}]}, expect: {x: 2}}\n",
    "tasks/rows.csv": "title,hours,parent\nPlan,1,\nBuild,2,Plan\n",
    "runs/table.yml": "table: runs\ncolumns:\n  - {name: task, type: relation, to: tasks}\n"
    "  - {name: minutes, type: number}\n  - {name: cost, type: number, formula: task.cost * Long.Count()}\n"
    "views:\n  - {name: All runs}\n",
    "runs/rows.csv": "task,minutes\nPlan,3\n",
    "scenarios/s.yml": "scenario: s\nstart: sample\nsteps:\n  - {add: {runs: [{task: Plan}]}}\n"
    "  - {expect: {All runs: [Plan]}}\n",
}

SLIPS = {
    "a misspelled type": ("tasks/table.yml", "hours, type: number", "hours, type: numbr", "wrong-shape"),
    "a type that is none": ("tasks/table.yml", "hours, type: number", "hours, type: xyz", "wrong-shape"),
    "a type of a relation": ("tasks/table.yml", "parent, type: relation", "parent, type: relatoin", "wrong-shape"),
    "another type of a relation": ("tasks/table.yml", "parent, type: relation", "parent, type: xyz", "wrong-shape"),
    "a type of a formula": ("doc.yml", "Rate, type: number", "Rate, type: xyz", "wrong-shape"),
    "a key for the type": ("tasks/table.yml", "hours, type:", "hours, typ:", "wrong-shape"),
    "a key for the name": ("tasks/table.yml", "{name: hours", "{nam: hours", "wrong-shape"),
    "a name that is not there": ("tasks/table.yml", "{name: hours, ", "{", "wrong-shape"),
    "a key for the formula": ("tasks/table.yml", "formula: cost.coda", "formla: cost.coda", "wrong-shape"),
    "views by their names": ("tasks/table.yml", "  - {name: Long, filter", "  Long: {filter", "wrong-shape"),
    "named formulas by their names": ("doc.yml", "  - {name: Rate, type", "  Rate: {type", "wrong-shape"),
    "controls by their names": ("doc.yml", "  - {name: Focus, type", "  Focus: {type", "wrong-shape"),
    "columns by their names": (
        "runs/table.yml",
        "  - {name: task, type: relation, to: tasks}\n"
        "  - {name: minutes, type: number}\n  - {name: cost, type: number, formula: task.cost * Long.Count()}\n",
        "  task: {type: relation, to: tasks}\n  minutes: number\n",
        "wrong-shape",
    ),
    "a user that is a text": ("doc.yml", "time_zone:", "user: Ada\ntime_zone:", "wrong-shape"),
    "a key for the columns": ("runs/table.yml", "columns:", "colums:", "wrong-shape"),
    "a key for the views": ("tasks/table.yml", "views:", "view:", "wrong-shape"),
    "a key for the formulas": ("doc.yml", "formulas:", "formulaz:", "wrong-shape"),
    "a target": ("runs/table.yml", "to: tasks", "to: taskz", "unknown-table"),
    "a reverse": ("tasks/table.yml", "reverse: parent", "reverse: parnet", "unknown-column"),
    "the name of a table": ("runs/table.yml", "table: runs", "table: run", "contradiction"),
    "the file of a formula": ("tasks/table.yml", "formula: cost.coda", "formula: csot.coda", "missing-file"),
    "the file of a named formula": ("doc.yml", "formula: rate.coda", "formula: rat.coda", "missing-file"),
    "a formula that is none": ("tasks/cost.coda", "* Rate", "* * Rate", "unexpected"),
    "a named formula that is none": ("rate.coda", "2", "2 +", "unexpected"),
    "an empty formula": ("tasks/table.yml", "formula: cost.coda", "formula: ''", "wrong-shape"),
    "a list for a formula": ("tasks/table.yml", "formula: cost.coda", "formula: [hours]", "wrong-shape"),
    "a table that is no YAML": ("runs/table.yml", "columns:", "columns: [", "bad-yaml"),
    "a doc that is no YAML": ("doc.yml", "formulas:", "formulas: [", "bad-yaml"),
    "a table that is a list": ("runs/table.yml", FILES["runs/table.yml"], "- a\n", "wrong-shape"),
    "a header": ("tasks/rows.csv", "title,", "titel,", "bad-csv"),
    "a line with too many fields": ("tasks/rows.csv", "Plan,1,", "Plan,1,,", "bad-csv"),
    "a quote that is never closed": ("tasks/rows.csv", "Plan,1,", '"Plan,1,', "bad-csv"),
    "a file by nearly its name": ("tasks/table.yml", "formula: cost.coda", "formula: cost.cod", "missing-file"),
    "a file without its ending": ("tasks/table.yml", "formula: cost.coda", "formula: cost", "missing-file"),
    "a column": ("tasks/table.yml", "name: hours", "name: huors", "misspelled-name"),
    "a column by which rows are named": ("tasks/table.yml", "name: title", "name: titel", "misspelled-name"),
    "a column that is an end of a relation": ("runs/table.yml", "name: task,", "name: tsak,", "misspelled-name"),
    "a named formula": ("doc.yml", "name: Rate", "name: Raet", "misspelled-name"),
    "a clock": ("doc.yml", "2025-12-10T09:00", "tomorrow", "wrong-shape"),
    "a formula that a comment cuts": (
        "runs/table.yml",
        "{name: cost, type: number, formula: task.cost * Long.Count()}\n",
        '\n    name: cost\n    type: number\n    formula: Length(" #1")\n',
        "bad-yaml",
    ),
    "other separators": ("tasks/rows.csv", FILES["tasks/rows.csv"], "title;hours;parent\nPlan;1;\n", "bad-csv"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_one_slip_is_one_finding(tmp_path: Path, slip: str) -> None:
    name, right, wrong, rule = SLIPS[slip]
    assert right in FILES[name]
    found = findings(write(tmp_path, {**FILES, name: FILES[name].replace(right, wrong, 1)}))
    assert [(one.rule.name, place(one).split(":")[0]) for one in found] in (
        [(rule, name)],
        # a file that the misspelled name leaves unnamed is no consequence where nothing is like it
        [(rule, name), ("unused-file", "tasks/cost.coda")],
    )


MISNAMED = {
    "runs/table.yml": "runs/table.yaml",
    "tasks/rows.csv": "tasks/Rows.csv",
    "tasks/cost.coda": "tasks/cost.coda.txt",
    "rate.coda": "rate.CODA",
    "scenarios/s.yml": "scenario/s.yml",
}


@pytest.mark.parametrize("name", MISNAMED)
def test_a_misnamed_file_is_one_finding(tmp_path: Path, name: str) -> None:
    files = {**FILES, MISNAMED[name]: FILES[name]}
    del files[name]
    assert [one.rule.name for one in findings(write(tmp_path, files))] == ["misnamed-file"]


def test_nothing_is_wrong_before(tmp_path: Path) -> None:
    assert findings(write(tmp_path, FILES)) == []


def test_what_does_not_follow_is_told(tmp_path: Path) -> None:
    files = {**FILES, "tasks/table.yml": FILES["tasks/table.yml"].replace("hours, type: number", "hours, type: numbr")}
    files["tasks/cost.coda"] = "thisRow.hours * Ratte\n"
    assert [one.rule.name for one in findings(write(tmp_path, files))] == ["wrong-shape", "unknown-name"]


@pytest.mark.parametrize(
    ("name", "right", "wrong", "wanted"),
    [
        ("tasks/table.yml", "sort: hours", "sort: huors", "hours"),
        ("tasks/table.yml", "columns: [title, cost]", "columns: [title, cots]", "cost"),
        ("tasks/table.yml", "columns: [title, cost]", "columns: title", "[title]"),
        ("tasks/table.yml", "reverse: parent", "reverse: parnet", "parent"),
        ("tasks/table.yml", "formula: cost.coda", "formula: csot.coda", "cost.coda"),
    ],
)
def test_a_slip_has_a_fix(tmp_path: Path, name: str, right: str, wrong: str, wanted: str) -> None:
    (found,) = findings(write(tmp_path, {**FILES, name: FILES[name].replace(right, wrong, 1)}))
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == [wanted]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "right", "wrong", "rule"),
    [
        ("tasks/table.yml", "table: tasks", "table: taks", "contradiction"),
        ("tasks/table.yml", "name: estimated_hours", "name: estimated_hour", "misspelled-name"),
        ("execution_runs/table.yml", "name: run_id", "name: runid", "misspelled-name"),
        ("execution_runs/table.yml", "name: started_at", "name: startd_at", "misspelled-name"),
        ("tasks/table.yml", "name: execution_run,", "name: eecution_run,", "misspelled-name"),
        ("sprints/table.yml", "name: sprint_id", "name: sprint_ids", "misspelled-name"),
        ("execution_runs/table.yml", "to: workflows", "to: workflow", "unknown-table"),
        ("db_templates/table.yml", "[checklist, SOP", "[cheklist, SOP", "misspelled-name"),
        ("workflows/table.yml", "name: Off estimate", "name: Of estimate", "misspelled-name"),
    ],
)
def test_a_misspelled_name_in_founder_hq_is_one_finding(
    tmp_path: Path, file: str, right: str, wrong: str, rule: str
) -> None:
    root = copy_of_founder_hq(tmp_path)
    text = (root / file).read_text("utf-8")
    (root / file).write_text(text.replace(right, wrong, 1), "utf-8")
    (found,) = findings(root)
    assert (found.rule.name, found.source.name) == (rule, file)
    assert position(found.source, found.span.start).line == text[: text.index(right)].count("\n") + 1
    if rule == "misspelled-name":
        assert found.fix is not None
        start, end = found.span.start, found.span.end
        assert found.source.text[:start] + found.fix.edits[0].text + found.source.text[end:] == text


def test_a_name_that_something_says_is_no_slip(tmp_path: Path) -> None:
    files = {**FILES, "tasks/cost.coda": "thisRow.hour * thisRow.hour\n"}
    found = findings(write(tmp_path, files))
    assert [(one.rule.name, place(one)) for one in found] == [
        ("unknown-column", "tasks/cost.coda:1:9"),
        ("unknown-column", "tasks/cost.coda:1:24"),
    ]


def test_an_environment_and_an_error_are_named_in_english(tmp_path: Path) -> None:
    (found,) = findings(
        write(tmp_path, {**FILES, "doc.yml": FILES["doc.yml"] + "environments:\n  staging: {dco: x}\n"})
    )
    assert found.message == "an environment has no dco"


@pytest.mark.parametrize(
    "formula",
    [
        "(thisRow.nothing - Today()).ToHours()",
        "(Now() - thisRow.nothing).ToHours()",
        "Left(thisRow.nothing * 2 + Today(), 1)",
        "(thisRow.nothing + 1).Year()",
        "(-thisRow.nothing).ToHours()",
    ],
)
def test_an_unknown_column_decides_no_type(tmp_path: Path, formula: str) -> None:
    found = findings(write(tmp_path, {**FILES, "tasks/cost.coda": f"{formula}\n"}))
    assert [one.rule.name for one in found] == ["unknown-column"]


BROKEN: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "cut in the middle": lambda text: text[: len(text) // 2] + " [",
    "a quote that is never closed": lambda text: text.replace("name: ", 'name: "', 1),
    "a control character": lambda text: text + "\0",
}
"""Ways in which a whole file is lost."""


@pytest.mark.parametrize(
    "copied", [lambda path: write(path, FILES), pytest.param(copy_of_founder_hq, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("broken", BROKEN)
def test_a_lost_file_is_one_finding(tmp_path: Path, broken: str, copied: Callable[[Path], Path]) -> None:
    root = copied(tmp_path)
    for path in (root / "doc.yml", *sorted(root.glob("*/table.yml"))):
        text = path.read_text("utf-8")
        path.write_text(BROKEN[broken](text), "utf-8")
        assert [one.source.name for one in findings(root)] == [path.relative_to(root).as_posix()]
        path.write_text(text, "utf-8")


@pytest.mark.parametrize("broken", BROKEN)
def test_a_lost_file_hides_no_other_finding(tmp_path: Path, broken: str) -> None:
    wrong = {
        "tasks/cost.coda": "thisRow.huors * Raet + hours.Nothing() + runs.minutes.Sum()\n",
        "tasks/cost.cases.yml": "- {case: c, given: {tasks: [{title: x, hours: few}]}, expect: {x: 2}}\n",
        "tasks/rows.csv": "title,hours,parent\nPlan,many,\nBuild,2,Plna\n",
        "scenarios/s.yml": "scenario: s\nsteps:\n  - {add: {taks: [{title: Plan}], runs: [{x: 1}]}}\n"
        "  - {expect: {All runs: [Plan]}}\n",
        "runs/table.yml": BROKEN[broken](FILES["runs/table.yml"]),
    }
    found = [(one.rule.name, place(one)) for one in findings(write(tmp_path, {**FILES, **wrong}))]
    assert found[0][1].startswith("runs/table.yml:")
    assert found[1:] == [
        ("unknown-column", "tasks/cost.coda:1:9"),
        ("unknown-name", "tasks/cost.coda:1:17"),
        ("unknown-function", "tasks/cost.coda:1:30"),
        ("bad-cell", "tasks/rows.csv:2:6"),
        ("no-such-row", "tasks/rows.csv:3:9"),
        ("bad-cell", "tasks/cost.cases.yml:1:47"),
        ("unknown-table", "scenarios/s.yml:3:12"),
    ]
