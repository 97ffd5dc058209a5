"""Data tests, cases and scenarios: they pass when they should, and fail when they should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace as replaced
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from codaform.model import types
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf
from codaform.project import yaml_tree
from codaform.project.cases import run_case
from codaform.project.project import CaseFile, ScenarioFile, cases
from codaform.project.reader import read_project
from codaform.project.scenarios import run_scenario
from codaform.project.session import Session
from codaform.project.suite import Outcome, count, run_suite
from codaform.project.validation import bind_test, expected_as
from codaform.semantics.bind import Bound
from projects import FORMULAS, copy_of_founder_hq, findings, marked, outcomes, replace, told, write

# ---------------------------------------------------------------- a doc with a column of every make

LAB_DOC = """\
doc: Lab
time_zone: Europe/Berlin
clock: 2025-12-10T09:00:00
user: {name: Ada Ruiz}
formulas:
  - {name: most, type: number, formula: most.coda}
  - {name: names, type: text, many: true, formula: names.coda}
  - {name: first, type: relation, to: tasks, formula: first.coda}
"""

LAB_TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number, default: hours_default.coda}
  - {name: state, type: select, options: [Open, Done], default: state_default.coda}
  - {name: done, type: checkbox}
  - {name: due, type: date}
  - {name: start, type: datetime}
  - {name: length, type: duration}
  - {name: who, type: person}
  - {name: tags, type: select, many: true, options: [a, b, c]}
  - {name: parent, type: relation, to: tasks}
  - {name: friends, type: relation, to: tasks, many: true}
  - {name: children, type: relation, to: tasks, reverse: parent}
  - {name: double, type: number, formula: double.coda}
  - {name: quadruple, type: number, formula: quadruple.coda}
  - {name: part, type: number, formula: part.coda}
  - {name: label, type: text, formula: label.coda}
  - {name: next, type: date, formula: next.coda}
  - {name: end, type: datetime, formula: end.coda}
  - {name: late, type: checkbox, formula: late.coda}
  - {name: twice, type: duration, formula: twice.coda}
  - {name: boss, type: person, formula: boss.coda}
  - {name: marks, type: select, many: true, options: [a, b, c], formula: marks.coda}
  - {name: top, type: relation, to: tasks, formula: top.coda}
  - {name: family, type: relation, to: tasks, many: true, formula: family.coda}
  - {name: log, type: button, action: log.coda, disable_if: log_disabled.coda}
views:
  - {name: Big, filter: big.coda, sort: hours, descending: true}
tests:
  - {name: positive, formula: positive.coda}
"""

LAB = {
    "tasks/table.yml": LAB_TABLE,
    "tasks/hours_default.coda": "1\n",
    "tasks/state_default.coda": '"Open"\n',
    "tasks/double.coda": "thisRow.hours * 2\n",
    "tasks/quadruple.coda": "thisRow.double * 2\n",
    "tasks/part.coda": "thisRow.hours / 3\n",
    "tasks/label.coda": "thisRow.name & thisRow.parent.name\n",
    "tasks/next.coda": 'If(thisRow.due.IsBlank(), "", thisRow.due + Days(1))\n',
    "tasks/end.coda": "thisRow.start + thisRow.length\n",
    "tasks/late.coda": "thisRow.due < Today()\n",
    "tasks/twice.coda": "thisRow.length * 2\n",
    "tasks/boss.coda": "If(thisRow.who.IsBlank(), User(), thisRow.who)\n",
    "tasks/marks.coda": 'thisRow.tags.Filter(CurrentValue != "b")\n',
    "tasks/top.coda": "thisRow.children.Sort(false, CurrentValue.hours).First()\n",
    "tasks/family.coda": "ListCombine(thisRow.children, thisRow.friends).Unique()\n",
    "tasks/log.coda": "DeleteRows(thisRow)\n",
    "tasks/log_disabled.coda": "thisRow.hours > 2\n",
    "tasks/big.coda": "thisRow.hours > most\n",
    "tasks/positive.coda": "thisRow.hours.IsBlank() OR thisRow.hours > 0\n",
    "most.coda": "2\n",
    "names.coda": "tasks.name\n",
    "first.coda": "tasks.First()\n",
}


def lab(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """The doc above, with further files."""
    return write(folder, {**LAB, **(files or {})}, LAB_DOC)


def failed(folder: Path) -> list[str]:
    """What the outcomes of a project without faults have to say: place and message."""
    assert told(findings(folder)) == []
    return [line for outcome in outcomes(folder) for line in told(outcome.diagnostics)]


# ---------------------------------------------------------------- data tests

DATA_TESTS = {
    "unique": (
        "tests: [unique]",
        "text",
        "x\na\nb\n\n\n",
        "x\na\nb\na\n\na\n",
        "2 rows break the test unique of t.x: {}",
    ),
    "unique numbers": (
        "tests: [unique]",
        "number",
        "x\n1\n2\n",
        "x\n1\n1.0\n",
        "1 row breaks the test unique of t.x: {}",
    ),
    "unique moments": (
        "tests: [unique]",
        "datetime",
        "x\n2025-12-10T09:00\n2025-12-10T09:01\n",
        "x\n2025-12-10T09:00\n2025-12-10T08:00Z\n",
        "1 row breaks the test unique of t.x: {}",
    ),
    "unique lists": (
        "many: true, tests: [unique]",
        "text",
        "x\na; b\nb; a\n\n",
        "x\na; b\na;b\n",
        "1 row breaks the test unique of t.x: {}",
    ),
    "not_null": ("tests: [not_null]", "text", "x\na\n", "x,y\na,1\n,2\n", "1 row breaks the test not_null of t.x: {}"),
    "not_null list": (
        "many: true, tests: [not_null]",
        "text",
        "x\na\n",
        "x,y\n;,1\n",
        "1 row breaks the test not_null of t.x: {}",
    ),
    "accepted_values": (
        "tests: [{accepted_values: [a, b]}]",
        "text",
        "x,y\na,\nb,\n,\n",
        "x,y\na,\nc,\nd,\n",
        "2 rows break the test accepted_values of t.x: {}",
    ),
    "accepted_values of numbers": (
        "tests: [{accepted_values: [1.0, 2.5]}]",
        "number",
        "x\n1\n2.50\n",
        "x\n1\n2\n",
        "1 row breaks the test accepted_values of t.x: {}",
    ),
    "accepted_values of dates": (
        "tests: [{accepted_values: [2025-12-08]}]",
        "date",
        "x\n2025-12-08\n",
        "x\n2025-12-09\n",
        "1 row breaks the test accepted_values of t.x: {}",
    ),
    "accepted_values of lists": (
        "many: true, tests: [{accepted_values: [a, b]}]",
        "text",
        "x\na; b\n",
        "x\na; c\n",
        "1 row breaks the test accepted_values of t.x: {}",
    ),
    "relationships of texts": (
        "tests: [{relationships: {to: t, column: y}}]",
        "text",
        "x,y\na,b\nb,a\n,c\n",
        "x,y\na,b\nb,c\n",
        "1 row breaks the test relationships of t.x: {}",
    ),
    "a formula of a column": (
        "tests: [{formula: good.coda}]",
        "number",
        "x,y\n2,\n3,\n",
        "x,y\n2,p\n1,q\n,r\n",
        "2 rows break the test good of t.x: {}",
    ),
}
"""The test, the column's type, rows that pass, rows that fail, and the message of the failure."""

NAMED = {
    "unique": '"a", "a"',
    "unique numbers": "1",
    "unique moments": "2025-12-10 09:00",
    "unique lists": '["a", "b"]',
    "not_null": "row 2",
    "not_null list": "row 1",
    "accepted_values": '"c", "d"',
    "accepted_values of numbers": "2",
    "accepted_values of dates": "2025-12-09",
    "accepted_values of lists": '["a", "c"]',
    "relationships of texts": '"a"',
    "a formula of a column": "1, blank",
}


def table_with_test(folder: Path, declared: str, kind: str, rows: str) -> Path:
    columns = f"  - {{name: x, type: {kind}, {declared}}}\n  - {{name: y, type: text}}\n"
    return write(
        folder, {"t/table.yml": f"table: t\ncolumns:\n{columns}", "t/rows.csv": rows, "t/good.coda": "thisRow.x > 1\n"}
    )


@pytest.mark.parametrize("what", DATA_TESTS)
def test_a_data_test_fails_where_rows_break_it(tmp_path: Path, what: str) -> None:
    declared, kind, good, bad, message = DATA_TESTS[what]
    assert [one.passed for one in outcomes(table_with_test(tmp_path / "good", declared, kind, good))] == [True]
    (outcome,) = outcomes(table_with_test(tmp_path / "bad", declared, kind, bad))
    (one,) = outcome.diagnostics
    assert one.message == message.format(NAMED[what])
    assert one.source.name == "t/table.yml"
    assert marked(one) in declared


def test_rows_are_named_by_what_they_are_displayed_as(tmp_path: Path) -> None:
    table = (
        "table: t\ncolumns:\n  - {name: id, type: text, display: true}\n"
        "  - {name: n, type: number, tests: [unique, not_null, {accepted_values: [1]}]}\n"
        "tests: [{name: positive, formula: positive.coda}]\n"
    )
    rows = "id,n\nT-1,1\nT-2,1\nT-3,\n,\nT-5,-1\nT-6,-1\nT-7,-2\nT-8,-3\nT-9,-4\nT-10,-5\n"
    folder = write(tmp_path, {"t/table.yml": table, "t/rows.csv": rows, "t/positive.coda": "thisRow.n > 0\n"})
    assert [one.diagnostics[0].message for one in outcomes(folder)] == [
        "2 rows break the test unique of t.n: T-2 (1), T-6 (-1)",
        "2 rows break the test not_null of t.n: T-3, row 4",
        "6 rows break the test accepted_values of t.n: T-5 (-1), T-6 (-1), T-7 (-2), T-8 (-3), T-9 (-4) and 1 more",
        "8 rows break the test positive of t: T-3, row 4, T-5, T-6, T-7 and 3 more",
    ]


def test_data_tests_of_computed_columns(tmp_path: Path) -> None:
    table = (
        "table: t\ncolumns:\n  - {name: n, type: number}\n"
        "  - {name: q, type: number, formula: q.coda, tests: [not_null, unique, {accepted_values: [1]}]}\n"
    )
    folder = write(tmp_path, {"t/table.yml": table, "t/rows.csv": "n\n1\n0\n", "t/q.coda": "1 / thisRow.n\n"})
    assert [[line.message for line in one.diagnostics] for one in outcomes(folder)] == [
        [],
        [],
        ["1 row breaks the test accepted_values of t.q: 0 (error: division-by-zero)"],
    ]


def test_a_relation_that_is_computed_can_dangle(tmp_path: Path) -> None:
    table = (
        "table: t\ncolumns:\n  - {name: id, type: text, display: true}\n  - {name: n, type: number}\n"
        "  - {name: other, type: relation, to: t, formula: other.coda, tests: [relationships]}\n"
    )
    folder = write(tmp_path, {"t/table.yml": table, "t/rows.csv": "id,n\na,1\nb,0\n"})
    write(
        folder, {"t/other.coda": "If(thisRow.n = 1, thisTable.First(), First(thisTable.Filter(1 / thisRow.n > 1)))\n"}
    )
    (outcome,) = outcomes(folder)
    assert [one.message for one in outcome.diagnostics] == [
        "1 row breaks the test relationships of t.other: b (error: division-by-zero)"
    ]


# ---------------------------------------------------------------- cases

CASES: dict[str, tuple[str, str, str, str]] = {
    "a number": (
        "tasks/double",
        "given: {tasks: [{name: x, hours: 2}]}, expect: {x: §4§}",
        "5",
        "x: 5 is expected, it is 4",
    ),
    "a number written otherwise": (
        "tasks/double",
        "given: {tasks: [{name: x, hours: 2}]}, expect: {x: §4.0§}",
        "'4,0'",
        "",
    ),
    "a number within the tolerance": (
        "tasks/part",
        "given: {tasks: [{name: x, hours: 1}]}, expect: {x: §0.3333333333§}",
        "0.33333333",
        "x: 0.33333333 is expected, it is 0.3333333333333333",
    ),
    "a large number within the tolerance": (
        "tasks/double",
        "given: {tasks: [{name: x, hours: 1000000000}]}, expect: {x: §2000000001§}",
        "2000000003",
        "x: 2000000003 is expected, it is 2000000000",
    ),
    "a blank": (
        "tasks/next",
        "given: {tasks: [{name: x}]}, expect: {x: §''§}",
        "2025-12-10",
        "x: 2025-12-10 is expected, it is blank",
    ),
    "no blank": (
        "tasks/next",
        "given: {tasks: [{name: x, due: 2025-12-31}]}, expect: {x: §2026-01-01§}",
        "''",
        "x: blank is expected, it is 2026-01-01",
    ),
    "zero is no blank": (
        "tasks/double",
        "given: {tasks: [{name: x, hours: 0}]}, expect: {x: §0§}",
        "''",
        "x: blank is expected, it is 0",
    ),
    "a date": (
        "tasks/next",
        "given: {tasks: [{name: x, due: 2024-02-28}]}, expect: {x: §2024-02-29§}",
        "2024-03-01",
        "x: 2024-03-01 is expected, it is 2024-02-29",
    ),
    "a moment": (
        "tasks/end",
        "given: {tasks: [{name: x, start: 2025-10-26T02:30, length: 1 hour}]}, expect: {x: §2025-10-26T02:30+01:00§}",
        "2025-10-26T03:30",
        "x: 2025-10-26T03:30 is expected, it is 2025-10-26 02:30",
    ),
    "true or false": (
        "tasks/late",
        "given: {tasks: [{name: x, due: 2025-12-09}, {name: y, due: 2025-12-10}]}, expect: {x: true, y: §false§}",
        "true",
        "y: true is expected, it is false",
    ),
    "a duration": (
        "tasks/twice",
        "given: {tasks: [{name: x, length: 45 minutes}]}, expect: {x: §1 hour 30 minutes§}",
        "90 hours",
        "x: 90 hours is expected, it is 1 hr 30 mins",
    ),
    "a person": (
        "tasks/boss",
        "given: {tasks: [{name: x, who: Ben Kim}]}, expect: {x: §Ben Kim§}",
        "Ada Ruiz",
        "x: Ada Ruiz is expected, it is @Ben Kim",
    ),
    "the person who looks": (
        "tasks/boss",
        "given: {tasks: [{name: x}]}, expect: {x: §Ada Ruiz§}",
        "''",
        "x: blank is expected, it is @Ada Ruiz",
    ),
    "a list": (
        "tasks/marks",
        "given: {tasks: [{name: x, tags: [a, b, c]}]}, expect: {x: §[a, c]§}",
        "[c, a]",
        'x: [c, a] is expected, it is ["a", "c"]',
    ),
    "a list of one": (
        "tasks/marks",
        "given: {tasks: [{name: x, tags: [a, b]}]}, expect: {x: §[a]§}",
        "[a, c]",
        'x: [a, c] is expected, it is ["a"]',
    ),
    "the empty list": (
        "tasks/marks",
        "given: {tasks: [{name: x, tags: [b]}]}, expect: {x: §[]§}",
        "[b]",
        "x: [b] is expected, it is []",
    ),
    "a row": (
        "tasks/top",
        "given: {tasks: [{name: x}, {name: a, hours: 2, parent: x}, {name: b, hours: 3, parent: x}]}, expect: {x: §b§}",
        "a",
        "x: a is expected, it is @b",
    ),
    "no row": ("tasks/top", "given: {tasks: [{name: x}]}, expect: {x: §''§}", "x", "x: x is expected, it is blank"),
    "rows": (
        "tasks/family",
        "given: {tasks: [{name: x, friends: [c, a]}, {name: a, parent: x}, {name: b, parent: x}, {name: c}]},"
        " expect: {x: §[a, b, c]§, c: []}",
        "[a, b]",
        "x: [a, b] is expected, it is [@a, @b, @c]",
    ),
    "rows by a list in one text": (
        "tasks/family",
        "given: {tasks: [{name: x, friends: a; b}, {name: a}, {name: b}]}, expect: {x: §[a, b]§}",
        "a",
        "x: a is expected, it is [@a, @b]",
    ),
    "rows that are given later": (
        "tasks/label",
        "given: {tasks: [{name: x, parent: y}, {name: y}]}, expect: {x: §xy§}",
        "x",
        'x: x is expected, it is "xy"',
    ),
    "a text that looks like something else": (
        "tasks/label",
        "given: {tasks: [{name: 007}, {name: No}, {name: 1e3}]}, expect: {007: §007§, No: No, 1e3: 1e3}",
        "7",
        '007: 7 is expected, it is "007"',
    ),
    "a row without a display text": (
        "tasks/double",
        "given: {tasks: [{hours: 3}, {name: x, hours: 4}]}, expect: {'': §6§, x: 8}",
        "8",
        "the blank row: 8 is expected, it is 6",
    ),
    "an error": (
        "tasks/end",
        "given: {tasks: [{name: x, start: 9999-12-30, length: 9 days}]}, expect: {x: §{error: out-of-range}§}",
        "{error: wrong-value}",
        "x: error: wrong-value is expected, it is error: out-of-range",
    ),
    "an error that is not expected": (
        "tasks/end",
        "given: {tasks: [{name: x, start: 9999-12-30, length: 9 days}]}, expect: {x: §{error: out-of-range}§}",
        "''",
        "x: blank is expected, it is an error: the date lies outside the calendar",
    ),
    "a value where an error is expected": (
        "tasks/double",
        "given: {tasks: [{name: x, hours: 2}]}, expect: {x: §4§}",
        "{error: out-of-range}",
        "x: error: out-of-range is expected, it is 4",
    ),
    "a value in the place of a formula": (
        "tasks/quadruple",
        "given: {tasks: [{name: x, hours: 1, double: 5}, {name: y, hours: 1}]}, expect: {x: §10§, y: 4}",
        "4",
        "x: 4 is expected, it is 10",
    ),
    "a blank in the place of a formula": (
        "tasks/quadruple",
        "given: {tasks: [{name: x, hours: 1, double: ''}]}, expect: {x: §0§}",
        "4",
        "x: 4 is expected, it is 0",
    ),
    "a relation in the place of a formula": (
        "tasks/top",
        "given: {tasks: [{name: x, top: y}, {name: y}]}, expect: {x: §y§}",
        "''",
        "x: blank is expected, it is @y",
    ),
    "a clock of its own": (
        "tasks/late",
        "clock: 2025-12-09T23:59, given: {tasks: [{name: x, due: 2025-12-09}]}, expect: {x: §false§}",
        "true",
        "x: true is expected, it is false",
    ),
    "a default": (
        "tasks/hours_default",
        "given: {tasks: [{name: x}]}, expect: {x: §1§}",
        "2",
        "x: 2 is expected, it is 1",
    ),
    "given rows take no default": (
        "tasks/double",
        "given: {tasks: [{name: x}]}, expect: {x: §0§}",
        "2",
        "x: 2 is expected, it is 0",
    ),
    "a filter": (
        "tasks/big",
        "given: {tasks: [{name: x, hours: 2}, {name: y, hours: 3}]}, expect: {x: §false§, y: true}",
        "true",
        "x: true is expected, it is false",
    ),
    "a data test": (
        "tasks/positive",
        "given: {tasks: [{name: x}, {name: y, hours: 0}]}, expect: {x: true, y: §false§}",
        "true",
        "y: true is expected, it is false",
    ),
    "when a button is off": (
        "tasks/log_disabled",
        "given: {tasks: [{name: x, hours: 3}]}, expect: {x: §true§}",
        "false",
        "x: false is expected, it is true",
    ),
    "what a button does": (
        "tasks/log",
        "given: {tasks: [{name: x}]}, expect: {x: §DeleteRows(@x)§}",
        "DeleteRows(@y)",
        "x: DeleteRows(@y) is expected, it is DeleteRows(@x)",
    ),
    "a named formula": ("most", "expect: §2§", "3", "most: 3 is expected, it is 2"),
    "a named formula with a list": (
        "names",
        "given: {tasks: [{name: a}, {name: b}]}, expect: §[a, b]§",
        "[a]",
        'names: [a] is expected, it is ["a", "b"]',
    ),
    "a named formula with a row": (
        "first",
        "given: {tasks: [{name: a}, {name: b}]}, expect: §a§",
        "b",
        "first: b is expected, it is @a",
    ),
    "a named formula with nothing": ("first", "expect: §''§", "a", "first: a is expected, it is blank"),
    "only the rows that are given": (
        "names",
        "given: {tasks: [{name: a}]}, expect: §[a]§",
        "[a, sample]",
        'names: [a, sample] is expected, it is ["a"]',
    ),
}
"""The formula, a case that holds, the text that replaces the part between the two §, and the message of the failure."""


@pytest.mark.slow
@pytest.mark.parametrize("what", CASES)
def test_a_case_fails_where_its_expectation_is_changed(tmp_path: Path, what: str) -> None:
    formula, case, other, message = CASES[what]
    rows = {"tasks/rows.csv": "name\nsample\n"}
    assert failed(lab(tmp_path, {**rows, f"{formula}.cases.yml": f"- {{case: c, {case.replace('§', '')}}}\n"})) == []
    before, _, after = case.split("§")
    text = f"- {{case: c, {before}{other}{after}}}\n"
    write(tmp_path, {f"{formula}.cases.yml": text}, LAB_DOC)
    if not message:
        assert [one.rule.name for one in findings(tmp_path)] == ["bad-cell"]
        return
    (line,) = failed(tmp_path)
    assert line == f"{formula}.cases.yml:1:{text.index(before) + len(before) + 1} failed-case: {message}"


def test_every_row_of_a_case_is_told(tmp_path: Path) -> None:
    case = "- case: c\n  given: {tasks: [{name: x, hours: 1}, {name: y, hours: 2}]}\n  expect: {x: 1, y: 4, z: 3}\n"
    assert [line.split(": ", 1)[1] for line in failed(lab(tmp_path, {"tasks/double.cases.yml": case}))] == [
        "x: 1 is expected, it is 2",
        "no row of tasks is displayed as z",
    ]


def test_a_blank_is_not_a_row_that_is_displayed_as_nothing(tmp_path: Path) -> None:
    case = "- {case: c, given: {tasks: [{hours: 1}]}, expect: ''}\n"
    (line,) = failed(lab(tmp_path, {"first.cases.yml": case}))
    assert "blank is expected" in line


def test_cases_do_not_see_each_other(tmp_path: Path) -> None:
    case = "- {case: one, given: {tasks: [{name: a}]}, expect: [a]}\n- {case: two, expect: []}\n"
    assert failed(lab(tmp_path, {"names.cases.yml": case})) == []


# ---------------------------------------------------------------- scenarios

SCENARIO = """\
scenario: Life of a task
clock: 2025-12-10T09:00:00
start: sample
steps:
  - step: As it is
    expect:
      tasks: [old]
      Big: [old]
  - step: Add two
    add:
      tasks:
        - {name: x, parent: y, due: 2025-12-10}
        - {name: y, hours: 5, friends: [old], state: ''}
    expect:
      tasks:
        x: {hours: 1, state: Open, double: 2, late: false, label: xy, done: false}
        y: {children: [x], family: [x, old], top: x, hours: 5, state: ''}
      Big: [y, old]
  - step: Change one
    change: {tasks: {x: {hours: 9, parent: old, tags: [a, b]}, y: {friends: '', due: 2025-01-01}}}
    expect:
      tasks:
        x: {double: 18, marks: [a]}
        y: {children: [], family: [], late: true}
        old: {children: [x]}
      Big: [x, y, old]
  - step: A day later
    clock: 2025-12-11T09:00:00
    expect: {tasks: {x: {late: true}}}
  - step: Take two away
    remove: {tasks: [old, y]}
    expect:
      tasks: {x: {parent: '', label: x}}
      Big: [x]
  - step: And the last
    remove: {tasks: [x]}
    expect: {tasks: [], Big: []}
"""


def test_a_scenario_holds(tmp_path: Path) -> None:
    assert failed(lab(tmp_path, {"tasks/rows.csv": "name,hours\nold,3\n", "scenarios/one.yml": SCENARIO})) == []


SCENARIO_CHANGES = {
    "the rows of a table": ("      tasks: [old]\n", "      tasks: [young]\n", "[young] is expected, it shows [old]"),
    "the rows of a view": ("      Big: [x, y, old]", "      Big: [y, x, old]", "[y, x, old] is expected"),
    "a default": ("x: {hours: 1,", "x: {hours: 2,", "after “Add two”: tasks x, hours: 2 is expected, it is 1"),
    "a second default": ("state: Open,", "state: Done,", "tasks x, state: Done is expected"),
    "a blank instead of a default": (
        "hours: 5, state: ''}\n      Big",
        "hours: 5, state: Open}\n      Big",
        "y, state",
    ),
    "a flag": ("done: false", "done: true", "tasks x, done: true is expected, it is false"),
    "a reverse column": ("y: {children: [x],", "y: {children: [],", "tasks y, children: [] is expected, it is [@x]"),
    "the other side after a change": ("old: {children: [x]}", "old: {children: [y]}", "[y] is expected, it is [@x]"),
    "a list after a change": ("marks: [a]", "marks: [a, b]", 'tasks x, marks: [a, b] is expected, it is ["a"]'),
    "the clock": ("{late: true}}}", "{late: false}}}", "after “A day later”: tasks x, late: false is expected"),
    "that the clock moves": ("    clock: 2025-12-11", "    clock: 2025-12-10", "tasks x, late: true is expected"),
    "a relation to a row that is gone": (
        "x: {parent: ''",
        "x: {parent: x",
        "tasks x, parent: x is expected, it is blank",
    ),
    "what is empty": ("{tasks: [], Big: []}", "{tasks: [x], Big: []}", "tasks: [x] is expected, it shows []"),
    "an empty view": ("{tasks: [], Big: []}", "{tasks: [], Big: [x]}", "Big: [x] is expected, it shows []"),
    "how it starts": ("start: sample", "start: empty", "tasks: [old] is expected, it shows []"),
    "a row that was not added": ("old: {children", "new: {children", "no row of tasks is displayed as new"),
    "a row to change": ("x: {hours: 9, parent: old", "z: {hours: 9, parent: old", "no row of tasks is displayed as z"),
    "a row to remove": ("remove: {tasks: [x]}", "remove: {tasks: [y]}", "no row of tasks is displayed as y"),
    "a row that is related": ("parent: old,", "parent: odd,", "no row of tasks is displayed as odd"),
    "an error": ("x: {double: 18", "x: {double: {error: wrong-value}", "error: wrong-value is expected, it is 18"),
    "a value that its column cannot hold": ("x: {double: 18", "x: {double: many", "many is not a number"),
}
"""A change of the scenario, and a part of the message of the failure."""


@pytest.mark.parametrize("what", SCENARIO_CHANGES)
def test_a_scenario_fails_where_it_is_changed(tmp_path: Path, what: str) -> None:
    old, new, message = SCENARIO_CHANGES[what]
    assert SCENARIO.count(old) == 1
    folder = lab(tmp_path, {"tasks/rows.csv": "name,hours\nold,3\n", "scenarios/one.yml": SCENARIO.replace(old, new)})
    (outcome,) = (one for one in outcomes(folder) if one.kind == "scenario")
    assert not outcome.passed
    first = outcome.diagnostics[0]
    assert message in first.message, told(outcome.diagnostics)
    assert first.source.name == "scenarios/one.yml"
    assert first.span.start < first.span.end


PRESSED = {
    "a button": ("hours: 1", "log: [old]", "[]", ""),
    "a button that is off": (
        "hours: 3",
        "log: [old]",
        "[old]",
        "tasks.log is pressed in old, it is disabled",
    ),
    "a button in a row that is not there": ("hours: 1", "log: [odd]", "[old]", "no row of tasks is displayed as odd"),
    "what is no button": ("hours: 1", "double: [old]", "[old]", "table tasks has no button double (it has log)"),
    "nothing": ("hours: 1", "", "[]", "[] is expected, it shows [old]"),
}
"""The row, the button pressed in it, the rows that remain, and the message."""


@pytest.mark.parametrize("what", PRESSED)
def test_buttons_are_pressed(tmp_path: Path, what: str) -> None:
    row, press, left, message = PRESSED[what]
    scenario = (
        f"scenario: s\nsteps:\n  - add: {{tasks: [{{name: old, {row}}}]}}\n"
        f"  - step: Press\n    press: {{tasks: {{{press}}}}}\n    expect: {{tasks: {left}}}\n"
    )
    (outcome,) = (one for one in outcomes(lab(tmp_path, {"scenarios/s.yml": scenario})) if one.kind == "scenario")
    assert outcome.passed == (message == "")
    assert message in "; ".join(told(outcome.diagnostics))


BUTTONS = {
    "disabled": ("hours: 3", "disabled", []),
    "enabled": ("hours: 1", "enabled", []),
    "enabled while it is not": ("hours: 3", "enabled", ["tasks old, log: enabled is expected, it is disabled"]),
    "disabled while it is not": ("hours: 1", "disabled", ["tasks old, log: disabled is expected, it is enabled"]),
}
"""The row, the expected effect of its button, and the message."""


@pytest.mark.parametrize("what", BUTTONS)
def test_a_button_is_expected_to_be_disabled(tmp_path: Path, what: str) -> None:
    row, expected, said = BUTTONS[what]
    scenario = (
        f"scenario: s\nsteps:\n  - add: {{tasks: [{{name: old, {row}}}]}}\n"
        f"    expect: {{tasks: {{old: {{log: {expected}}}}}}}\n"
    )
    found = failed(lab(tmp_path, {"scenarios/s.yml": scenario}))
    assert [line.partition(": ")[2] for line in found] == said


def test_a_condition_that_is_an_error_is_neither(tmp_path: Path) -> None:
    scenario = (
        "{scenario: s, steps: [{add: {tasks: [{name: old, hours: 1}]}, expect: {tasks: {old: {log: disabled}}}}]}"
    )
    files = {"tasks/log_disabled.coda": "1 / (thisRow.hours - thisRow.hours) > 1\n", "scenarios/s.yml": scenario}
    (said,) = failed(lab(tmp_path, files))
    assert "log: disabled is expected, its condition is an error: " in said


def test_a_button_on_a_page_is_expected_to_be_disabled(tmp_path: Path) -> None:
    doc = (
        f"{LAB_DOC}controls:\n  - {{name: Clear, type: button, action: clear.coda, disable_if: clear_disabled.coda}}\n"
    )
    scenario = (
        "{scenario: s, steps: [{expect: {Clear: disabled}},"
        " {add: {tasks: [{name: a, hours: 1}]}, expect: {Clear: enabled}}]}"
    )
    coda = {"clear.coda": "DeleteRows(tasks)\n", "clear_disabled.coda": "tasks.Count() = 0\n"}
    files = {**LAB, **coda, "doc.yml": doc, "scenarios/s.yml": scenario}
    assert failed(write(tmp_path / "a", files)) == []
    files["scenarios/s.yml"] = scenario.replace("enabled", "disabled")
    (said,) = failed(write(tmp_path / "b", files))
    assert "Clear: disabled is expected, it is enabled" in said


def test_rows_are_told_by_numbers_and_dates_too(tmp_path: Path) -> None:
    table = "table: t\ncolumns:\n  - {name: n, type: number, display: true}\n  - {name: to, type: relation, to: t}\n"
    view = "views: [{name: V}]\n"
    scenario = (
        "{scenario: s, start: sample, steps: [{expect: {t: [1, 2.5], V: [1, 2.5]}}, {expect: {t: {1: {to: 2.5}}}}]}"
    )
    files = {"t/table.yml": table + view, "t/rows.csv": "n,to\n1,2.5\n2.5,\n", "scenarios/s.yml": scenario}
    assert failed(write(tmp_path, files)) == []


# ---------------------------------------------------------------- running all of it


def test_outcomes_are_told_one_by_one_and_chosen_by_words(tmp_path: Path) -> None:
    case = "- {case: one, given: {tasks: [{name: a}]}, expect: [a]}\n- {case: two, expect: [x]}\n"
    scenario = "{scenario: Life, steps: []}"
    folder = lab(tmp_path, {"names.cases.yml": case, "scenarios/life.yml": scenario})
    project = read_project(folder, "")
    seen: list[Outcome] = []
    assert run_suite(project, seen.append) == seen
    assert count(project) == len(seen) == 4
    assert [(one.kind, one.name, one.file, one.passed) for one in seen] == [
        ("data test", "tasks.positive", "tasks/table.yml", True),
        ("case", "one", "names.cases.yml", True),
        ("case", "two", "names.cases.yml", False),
        ("scenario", "Life", "scenarios/life.yml", True),
    ]
    assert [one.name for one in run_suite(project, only=["two"])] == ["two"]
    assert [one.name for one in run_suite(project, only=["LIFE", "positive"])] == ["tasks.positive", "Life"]
    assert run_suite(project, only=["nothing"]) == []
    assert all(one.seconds >= 0 for one in seen)


def test_sample_rows_that_do_not_fit_are_an_outcome_of_their_own(tmp_path: Path) -> None:
    folder = lab(tmp_path, {"tasks/rows.csv": "name,hours,parent\na,many,\nb,1,nobody\n"})
    first, *others = outcomes(folder)
    assert (first.name, [one.rule.name for one in first.diagnostics]) == ("sample rows", ["bad-cell", "no-such-row"])
    assert all(one.passed for one in others)


# ---------------------------------------------------------------- Founder HQ fails where it is changed


@cache
def founder_hq() -> Session:
    return Session(read_project(FORMULAS, "formulas"))


def bound_for(session: Session, file: CaseFile) -> Bound:
    """The formula that cases are for."""
    project = session.project
    if file.place in session.program.formulas:
        return session.program.formulas[file.place]
    (test,) = [one for one in project.tests if (one.table, one.name) == (file.place.table, file.place.name)]
    bound, _ = bind_test(project, test)
    assert bound is not None
    return bound


def other_value(node: yaml_tree.Node, column: Column) -> yaml_tree.Node:
    """An expectation that a column can hold and that is another one."""
    if isinstance(node, yaml_tree.Mapping):
        return yaml_tree.Scalar("", node.span)
    kind = value_type(column)
    if isinstance(kind, ListOf):
        items = node.items if isinstance(node, yaml_tree.Sequence) else ()
        return yaml_tree.Sequence((*items, yaml_tree.Scalar("one more")), node.span)
    assert isinstance(node, yaml_tree.Scalar)
    text = node.text
    match kind:
        case types.NUMBER:
            other = str(float(text) + 0.001) if text else "0"
        case types.BOOLEAN:
            other = "false" if text == "true" else "true"
        case types.DATE:
            other = (date.fromisoformat(text) + timedelta(days=1)).isoformat() if text else "2025-01-01"
        case types.DATETIME:
            other = text[:4].replace("202", "203") + text[4:] if text else "2025-01-01T00:00"
        case _:
            other = next((option for option in column.options if option != text), text + " else")
    return yaml_tree.Scalar(other, node.span)


def with_other_values(expect: yaml_tree.Node, column: Column, by_row: bool) -> Iterator[yaml_tree.Node]:
    """The expectations of a case, one changed each time."""
    if not by_row:
        yield other_value(expect, column)
        return
    assert isinstance(expect, yaml_tree.Mapping)
    for index, (key, value) in enumerate(expect.entries):
        entries = list(expect.entries)
        entries[index] = (key, other_value(value, column))
        yield yaml_tree.Mapping(tuple(entries), expect.span)


CASE_FILES = [pytest.param(file, id=file.source.name.removeprefix("formulas/")) for file in founder_hq().project.cases]


@pytest.mark.parametrize("file", CASE_FILES)
def test_every_expectation_of_founder_hq_matters(file: CaseFile) -> None:
    session = founder_hq()
    bound, column = bound_for(session, file), expected_as(session.project.doc, file.place)
    changed = 0
    for title, case in cases(file):
        assert isinstance(case, yaml_tree.Mapping)
        expect = yaml_tree.get(case, "expect")
        assert expect is not None
        for other in with_other_values(expect, column, bool(file.place.table)):
            entries = tuple((key, other if key.text == "expect" else value) for key, value in case.entries)
            found = run_case(session, bound, file, yaml_tree.Mapping(entries, case.span))
            assert [one.rule.name for one in found] == ["failed-case"], (title, other)
            changed += 1
    assert changed > 0


SCENARIO_FILES = [pytest.param(file, id=Path(file.source.name).name) for file in founder_hq().project.scenarios]


@pytest.mark.slow
@pytest.mark.parametrize("file", SCENARIO_FILES)
def test_every_expectation_of_a_scenario_matters(file: ScenarioFile) -> None:
    session = founder_hq()
    doc = session.project.doc
    steps = yaml_tree.items_at(file.tree, "steps")
    changed = 0
    for number, step in enumerate(steps):
        expect = yaml_tree.get(step, "expect")
        for name, expected in yaml_tree.entries(expect):
            columns = doc.tables[name.text].columns if name.text in doc.tables else {}
            for other in scenario_values(expected, columns):
                changed_step = put(step, "expect", put(expect, name.text, other))
                changed_steps = yaml_tree.Sequence((*steps[:number], changed_step, *steps[number + 1 :]))
                found = run_scenario(session, replaced(file, tree=put(file.tree, "steps", changed_steps)))
                assert [one.rule.name for one in found] == ["failed-scenario"], (yaml_tree.text_at(step, "step"), other)
                changed += 1
    assert changed > 0


def put(node: yaml_tree.Node | None, key: str, value: yaml_tree.Node) -> yaml_tree.Mapping:
    """A mapping with another value at a key."""
    assert isinstance(node, yaml_tree.Mapping)
    return yaml_tree.Mapping(tuple((name, value if name.text == key else old) for name, old in node.entries), node.span)


def scenario_values(expected: yaml_tree.Node, columns: Mapping[str, Column]) -> Iterator[yaml_tree.Node]:
    """The values that a step expects in a table or a view, one changed each time."""
    if isinstance(expected, yaml_tree.Sequence):
        yield yaml_tree.Sequence((*expected.items, yaml_tree.Scalar("one more")), expected.span)
        return
    for row, cells in yaml_tree.entries(expected):
        for name, value in yaml_tree.entries(cells):
            yield put(expected, row.text, put(cells, name.text, other_value(value, columns[name.text])))


CHANGED_FILES = {
    "sprints/start_date.cases.yml": (
        "{2025-W50: 2025-12-08, 2025-W51: 2025-12-15, 2025-W09",
        "{2025-W50: 2025-12-09, 2025-W51: 2025-12-15, 2025-W09",
    ),
    "workflows/variance_pct.cases.yml": ("expect: {Test Workflow: 15}", "expect: {Test Workflow: 16}"),
    "recent_days.cases.yml": ("expect: 90", "expect: 91"),
    "scenarios/2_sprint_auto_population.yml": ("This week: [monday, T-1, sunday]", "This week: [monday, sunday, T-1]"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGED_FILES)
def test_exactly_what_was_changed_in_a_copy_fails(tmp_path: Path, name: str) -> None:
    folder = copy_of_founder_hq(tmp_path)
    old, new = CHANGED_FILES[name]
    text = (folder / name).read_text("utf-8")
    if text.count(old) != 1:
        pytest.fail(f"{old} stands {text.count(old)} times in {name}")
    replace(folder / name, old, new)
    (outcome,) = (one for one in outcomes(folder) if not one.passed)
    assert outcome.file == name
    (one,) = outcome.diagnostics
    assert one.rule.name in ("failed-case", "failed-scenario")
    assert one.source.text[: one.span.start].count("\n") == text[: text.index(old)].count("\n")


GUARDS = {
    "a week that does not exist": ("sprints/start_date.coda", "monday.IsoWeekNumber() = week", "true"),
    "an id that is no week": ("sprints/start_date.coda", "(0[1-9]|[1-4][0-9]|5[0-3])$", ".*$"),
    "the last day": ("sprints/tasks.coda", "<= thisRow.end_date", "< thisRow.end_date"),
    "the first day": ("sprints/tasks.coda", ">= thisRow.start_date", "> thisRow.start_date"),
    "a sprint without a start": ("sprints/end_date.coda", "thisRow.start_date.IsBlank()", "false"),
    "runs in the future": ("workflows/recent_runs.coda", "\n    AND CurrentValue.started_at <= Now()", ""),
    "runs of 91 days ago": ("workflows/recent_runs.coda", "Days(recent_days)", "Days(recent_days + 1)"),
    "runs of 90 days ago": ("workflows/recent_runs.coda", ">= Today()", "> Today()"),
    "an estimate of zero": ("workflows/variance_pct.coda", "\n    OR thisRow.estimated_hours = 0", ""),
    "no average": ("workflows/variance_pct.coda", "thisRow.avg_actual_hours.IsBlank()\n    OR ", ""),
    "above or below": ("workflows/off_estimate.coda", " OR thisRow.variance_pct < -10", ""),
    "hours that pass": ("execution_runs/actual_hours.coda", ".ToHours()", ".ToMinutes()"),
    "the latest run": ("tasks/execution_run.coda", ".Last()", ".First()"),
    "runs that were not started": ("tasks/execution_run.coda", "CurrentValue.started_at.IsNotBlank()", "true"),
    "Sunday": ("tasks/this_week.coda", "<= monday + Days(6)", "< monday + Days(6)"),
    "tags of both kinds": ("db_templates/undecided.coda", "=", "!="),
}
"""The values that a formula guards against, and the text whose change a case must notice."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_founder_hq(tmp_path_factory.mktemp("copy"))


@pytest.mark.slow
@pytest.mark.parametrize("what", GUARDS)
def test_a_guard_that_is_taken_away_is_noticed_by_a_case(copy: Path, what: str) -> None:
    name, old, new = GUARDS[what]
    path = copy / name
    text = path.read_text("utf-8")
    try:
        replace(path, old, new)
        stem = name.removesuffix(".coda")
        failing = [one for one in run_suite(read_project(copy, ""), only=[f"{stem}.cases.yml"]) if not one.passed]
        assert {line.rule.name for one in failing for line in one.diagnostics} == {"failed-case"}
    finally:
        path.write_text(text, "utf-8")


# ---------------------------------------------------------------- what a person writes of rows that are shown otherwise

DAYS_TABLE = """\
table: days
columns:
  - {name: day, type: date, display: true}
  - {name: next, type: relation, to: days}
  - {name: after, type: relation, to: days, formula: after.coda}
views:
  - {name: soon, filter: soon.coda}
"""


def days(folder: Path, expect: str) -> list[str]:
    """The messages of a scenario over rows that are displayed as dates."""
    files = {
        "days/table.yml": DAYS_TABLE,
        "days/after.coda": "thisRow.next",
        "days/soon.coda": "thisRow.day > Date(2025, 12, 8)",
        "days/after.cases.yml": "- case: by its date\n  given: {days: [{day: 2025-12-08, next: 2025-12-09}, "
        "{day: 2025-12-09}]}\n  expect: {2025-12-08: 2025-12-09, 12/9/2025: }\n",
        "scenarios/days.yml": "scenario: days\nsteps:\n  - add: {days: [{day: 2025-12-08, next: 12/9/2025}, "
        f"{{day: 2025-12-09}}]}}\n    expect: {expect}\n",
    }
    return told([*findings(write(folder, files)), *(one for found in outcomes(folder) for one in found.diagnostics)])


@pytest.mark.parametrize(
    "expect",
    [
        "{days: {2025-12-08: {next: 2025-12-09, after: 12/9/2025}}}",
        "{days: {12/8/2025: {next: 12/9/2025, after: 2025-12-09}}}",
        "{days: [2025-12-08, 2025-12-09], soon: [2025-12-09]}",
        "{days: [12/8/2025, 12/9/2025], soon: [12/9/2025]}",
    ],
)
def test_a_row_that_shows_a_date_is_named_as_shown_and_as_written(tmp_path: Path, expect: str) -> None:
    assert days(tmp_path, expect) == []


@pytest.mark.parametrize(
    "expect", ["{soon: [2025-12-08]}", "{days: {2025-12-08: {after: 2025-12-08}}}", "{days: {2025-12-10: {next: }}}"]
)
def test_another_date_is_no_match(tmp_path: Path, expect: str) -> None:
    assert len(days(tmp_path, expect)) == 1


# ---------------------------------------------------------------- expectations that expect nothing


@pytest.mark.parametrize("expect", ["{}", "{days: {}}", "{days: {2025-12-08: {}}}"])
def test_an_expectation_of_nothing_is_told(tmp_path: Path, expect: str) -> None:
    found = days(tmp_path, expect)
    assert len(found) == 2, "by check and by test"
    assert all("wrong-shape: nothing is expected here, so nothing is tested" in line for line in found)


@pytest.mark.parametrize("expect", ["{soon: []}", "{days: {2025-12-09: {next: }}}"])
def test_no_rows_and_a_blank_are_something(tmp_path: Path, expect: str) -> None:
    assert [line for line in days(tmp_path, expect) if "wrong-shape" in line] == []


def test_a_case_that_expects_nothing_is_told(tmp_path: Path) -> None:
    cases = "- {case: nothing, given: {tasks: [{name: plan, hours: 2}]}, expect: {}}\n"
    write(
        tmp_path,
        {"tasks/table.yml": PLAIN_TABLE, "tasks/double.coda": "thisRow.hours * 2", "tasks/double.cases.yml": cases},
    )
    assert [finding.rule.name for finding in findings(tmp_path)] == ["wrong-shape"]
    assert [one.passed for one in outcomes(tmp_path)] == [False]


PLAIN_TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: double, type: number, formula: double.coda}
"""


def test_a_misspelled_state_of_a_button(tmp_path: Path) -> None:
    scenario = (
        "{scenario: s, steps: [{add: {tasks: [{name: old, hours: 1}]}, expect: {tasks: {old: {log: disabeld}}}}]}"
    )
    (found,) = findings(lab(tmp_path, {"scenarios/s.yml": scenario}))
    assert found.message == "of the button log is expected disabled or enabled, here stands disabeld"
    assert found.help == "did you mean disabled?"
