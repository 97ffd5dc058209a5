"""Reading a project: what its files say, what is wrong with them, and where."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.csv
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pyarrow import parquet

from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.diagnostics.fixes import apply_fixes
from codaform.diagnostics.rules import RULES
from codaform.model.formats import Format
from codaform.model.notation import notate
from codaform.model.schema import COLUMN_TYPES, Column, Table
from codaform.model.values import Person
from codaform.project import json_schemas, shape_checks, shapes, yaml_tree
from codaform.project.files import CannotRead
from codaform.project.locate import find_root
from codaform.project.reader import read_project
from codaform.project.rows import read_csv
from codaform.source import Source
from projects import (
    DOC,
    DOUBLE,
    FORMULAS,
    TASKS,
    failures,
    findings,
    marked,
    opened,
    place,
    rules_of,
    told,
    with_tasks,
    write,
)
from searching import examples

# ---------------------------------------------------------------- what the files say

FULL_DOC = """\
doc: Small
about: Two tables.
time_zone: America/New_York
first_day_of_week: monday
clock: 2025-12-10T09:00:00
user: {name: Ada Ruiz, email: ada@example.com}
formulas:
  - {name: limit, type: number, formula: limit.coda, about: The most that is allowed.}
  - {name: late, type: relation, to: tasks, many: true, formula: late.coda}
"""

FULL_TABLE = """\
table: tasks
about: What there is to do.
columns:
  - {name: task_id, type: text, key: true, tests: [unique, not_null], about: Its number.}
  - {name: title, type: text, display: true}
  - {name: hours, type: number, format: "0.0", default: hours_default.coda, tests: [{accepted_values: [1, 2, 3]}]}
  - {name: state, type: select, options: [Open, Done], tests: [{relationships: {to: states, column: name}}]}
  - {name: tags, type: select, many: true, options: [a, b]}
  - {name: parent, type: relation, to: tasks, tests: [relationships]}
  - {name: children, type: relation, to: tasks, reverse: parent}
  - {name: double, type: number, formula: double.coda, tests: [{formula: even.coda}]}
  - {name: start, type: button, label: Start, action: start.coda, disable_if: stopped.coda}
views:
  - {name: Open, about: Not done., filter: open.coda, sort: hours, descending: true, limit: 5, columns: [title, hours]}
  - {name: Whole}
tests:
  - {name: not_too_long, formula: not_too_long.coda, about: Nothing takes a week.}
"""

FULL = {
    "tasks/table.yml": FULL_TABLE,
    "tasks/hours_default.coda": "1\n",
    "tasks/double.coda": DOUBLE,
    "tasks/even.coda": "true\n",
    "tasks/start.coda": "DeleteRows(thisRow)\n",
    "tasks/stopped.coda": "false\n",
    "tasks/open.coda": 'thisRow.state = "Open"\n',
    "tasks/not_too_long.coda": "thisRow.hours < limit\n",
    "tasks/rows.csv": "task_id,title,hours,state,tags,parent\nT-1,Plan,2,Open,a; b,\nT-2,Build,3,Done,,Plan\n",
    "tasks/double.cases.yml": "- {case: twice, given: {tasks: [{title: x, hours: 2}]}, expect: {x: 4}}\n",
    "states/table.yml": "table: states\ncolumns:\n  - {name: name, type: text}\n",
    "states/rows.csv": "name\nOpen\nDone\n",
    "limit.coda": "40\n",
    "late.coda": "tasks.Filter(false)\n",
    "limit.cases.yml": "- {case: always, expect: 40}\n",
    "scenarios/one.yml": "{scenario: One, start: sample, steps: [{expect: {Open: [Plan]}}]}\n",
}


def test_everything_that_the_files_say_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path, FULL, FULL_DOC)
    assert told(findings(folder)) == []
    assert told(failures(folder)) == []
    project = opened(folder).project
    doc = project.doc
    assert (doc.name, doc.about, doc.time_zone, doc.first_day_of_week) == (
        "Small",
        "Two tables.",
        "America/New_York",
        1,
    )
    assert (project.clock, project.user) == ("2025-12-10T09:00:00", Person("Ada Ruiz"))
    assert project.user is not None
    assert project.user.email == "ada@example.com"
    assert list(doc.tables) == ["states", "tasks"]
    limit, late = doc.formulas["limit"], doc.formulas["late"]
    assert (limit.kind, limit.formula.text, limit.about) == ("number", "40\n", "The most that is allowed.")
    assert (late.kind, late.to, late.many) == ("relation", "tasks", True)
    assert len(project.scenarios) == 1
    assert [(file.place.role, file.place.name) for file in project.cases] == [("named", "limit"), ("formula", "double")]
    assert sorted(project.files) == sorted(["doc.yml", *FULL])


def test_columns(tmp_path: Path) -> None:
    table = opened(write(tmp_path, FULL, FULL_DOC)).project.doc.tables["tasks"]
    columns = table.columns
    assert list(columns) == ["task_id", "title", "hours", "state", "tags", "parent", "children", "double", "start"]
    assert table.about == "What there is to do."
    assert table.display is columns["title"]
    assert (columns["task_id"].key, columns["task_id"].about) == (True, "Its number.")
    assert columns["hours"].format == Format(precision=1, thousands=False)
    assert columns["hours"].default == Source("tasks/hours_default.coda", "1\n")
    assert (columns["state"].options, columns["state"].many) == (("Open", "Done"), False)
    assert columns["tags"].many
    assert (columns["parent"].to, columns["parent"].many, columns["parent"].computed) == ("tasks", False, False)
    children = columns["children"]
    assert (children.reverse, children.many, children.computed) == ("parent", True, True)
    assert columns["double"].formula == Source("tasks/double.coda", DOUBLE)
    start = columns["start"]
    assert (start.label, start.action) == ("Start", Source("tasks/start.coda", "DeleteRows(thisRow)\n"))
    assert start.disable_if == Source("tasks/stopped.coda", "false\n")


def test_views(tmp_path: Path) -> None:
    open_, whole = opened(write(tmp_path, FULL, FULL_DOC)).project.doc.tables["tasks"].views
    assert (open_.name, open_.table, open_.about, open_.sort, open_.descending, open_.limit, open_.columns) == (
        *("Open", "tasks", "Not done.", "hours", True, 5),
        ("title", "hours"),
    )
    assert open_.filter == Source("tasks/open.coda", 'thisRow.state = "Open"\n')
    assert (whole.filter, whole.sort, whole.descending, whole.limit, whole.columns) == (None, "", False, None, ())


def test_data_tests(tmp_path: Path) -> None:
    tests = opened(write(tmp_path, FULL, FULL_DOC)).project.tests
    assert [(test.column, test.kind, test.name) for test in tests] == [
        ("task_id", "unique", "unique"),
        ("task_id", "not_null", "not_null"),
        ("hours", "accepted_values", "accepted_values"),
        ("state", "relationships", "relationships"),
        ("parent", "relationships", "relationships"),
        ("double", "formula", "even"),
        ("", "formula", "not_too_long"),
    ]
    assert tests[2].values == ("1", "2", "3")
    assert (tests[3].to, tests[3].to_column) == ("states", "name")
    assert (tests[4].to, tests[4].to_column) == ("", "")


def test_rows(tmp_path: Path) -> None:
    session = opened(write(tmp_path, FULL, FULL_DOC))
    plan, build = session.book.rows("tasks")
    assert session.book.value(plan, "tags") == ["a", "b"]
    assert session.book.value(plan, "parent") is None
    assert session.book.value(build, "parent") == plan
    assert session.book.value(plan, "children") == [build]
    assert session.book.value(build, "tags") == []


@pytest.mark.parametrize("kind", COLUMN_TYPES)
def test_every_column_type_can_be_declared(tmp_path: Path, kind: str) -> None:
    extra = {"relation": ", to: tasks", "button": ", label: Go, action: it"}.get(kind, "")
    table = f"table: tasks\ncolumns:\n  - {{name: it, type: {kind}{extra}}}\n"
    assert told(findings(write(tmp_path, {"tasks/table.yml": table}))) == []


WRITTEN = {
    "text": ("No", '"No"'),
    "canvas": ("007", '"007"'),
    "number": ("1e3", "1000"),
    "percent": ("75%", "0.75"),
    "currency": ("$3.50", "3.5"),
    "date": ("2025-01-06", "2025-01-06"),
    "datetime": ("2025-12-08T22:30", "2025-12-08 22:30"),
    "time": ("09:30", "09:30"),
    "duration": ("2 hours 30 minutes", "2 hrs 30 mins"),
    "checkbox": ("true", "true"),
    "toggle": ("false", "false"),
    "person": ("Ada Ruiz", "@Ada Ruiz"),
    "email": ("ada@example.com", '"ada@example.com"'),
    "link": ("https://example.com", '"https://example.com"'),
}
"""The text of a cell of each type, and its value in the notation of the examples."""


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("where", ["csv", "case"])
def test_a_scalar_is_read_by_the_type_of_its_column(tmp_path: Path, kind: str, where: str) -> None:
    text, value = WRITTEN[kind]
    table = f"table: tasks\ncolumns:\n  - {{name: it, type: {kind}}}\n"
    if where == "csv":
        session = opened(write(tmp_path, {"tasks/table.yml": table, "tasks/rows.csv": f"it\n{text}\n"}))
        (row,) = session.book.rows("tasks")
        assert notate(session.book.value(row, "it"), session.book) == value
    else:
        same = f"  - {{name: same, type: {kind}, formula: same.coda}}\n  - {{name: id, type: text, display: true}}\n"
        case = f"- {{case: as written, given: {{tasks: [{{id: x, it: {text}}}]}}, expect: {{x: {text}}}}}\n"
        files = {"tasks/table.yml": table + same, "tasks/same.coda": "thisRow.it\n", "tasks/same.cases.yml": case}
        assert told(findings(write(tmp_path, files))) == []
        assert told(failures(tmp_path)) == []


def test_a_moment_stands_in_the_time_zone_of_the_doc(tmp_path: Path) -> None:
    table = "table: tasks\ncolumns:\n  - {name: at, type: datetime}\n"
    rows = "at\n2025-12-08T22:30\n2025-12-08T22:30+00:00\n2025-12-08T22:30Z\n2025-06-08T22:30:15.5\n"
    session = opened(write(tmp_path, {"tasks/table.yml": table, "tasks/rows.csv": rows}))
    assert [session.book.value(row, "at").isoformat() for row in session.book.rows("tasks")] == [
        "2025-12-08T22:30:00+01:00",
        "2025-12-08T23:30:00+01:00",
        "2025-12-08T23:30:00+01:00",
        "2025-06-08T22:30:15.500000+02:00",
    ]


def test_several_values_in_one_cell(tmp_path: Path) -> None:
    table = "table: tasks\ncolumns:\n  - {name: words, type: text, many: true}\n"
    rows = 'words\na; b ;c\n" ""x; y"" ; z"\n\n"one, two"\n;;\n'
    session = opened(write(tmp_path, {"tasks/table.yml": table, "tasks/rows.csv": rows}))
    shown = [session.book.value(row, "words") for row in session.book.rows("tasks")]
    assert shown == [["a", "b", "c"], ["x; y", "z"], ["one, two"], []]


def test_a_table_whose_name_no_folder_can_have(tmp_path: Path) -> None:
    table = 'table: "Now: open"\ncolumns:\n  - {name: name, type: text}\n'
    assert told(findings(write(tmp_path, {"Now_ open/table.yml": table}))) == []
    assert list(opened(tmp_path).project.doc.tables) == ["Now: open"]


# ---------------------------------------------------------------- where a project lies


def test_a_project_is_found_from_any_place_in_it(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path / "formulas")
    for start in (folder, folder / "doc.yml", folder / "tasks", folder / "tasks" / "double.coda", tmp_path):
        assert find_root(start) == folder


@pytest.mark.parametrize("start", ["nowhere", "x" * 5000, "empty", "empty/file"])
def test_where_there_is_no_project(tmp_path: Path, start: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "file").write_text("")
    with pytest.raises(CannotRead):
        find_root(tmp_path / start)
    with pytest.raises(CannotRead):
        read_project(tmp_path / start)


def test_files_are_called_by_the_label(tmp_path: Path) -> None:
    with_tasks(tmp_path, {"tasks/old.coda": "1"})
    assert [one.source.name for one in read_project(tmp_path, "formulas").diagnostics] == ["formulas/tasks/old.coda"]
    assert [one.source.name for one in read_project(tmp_path, ".").diagnostics] == ["tasks/old.coda"]


# ---------------------------------------------------------------- every rule of project files

PLAIN = "table: tasks\ncolumns:\n  - {name: name, type: text, display: true, tests: [unique]}\n"

EXAMPLES: dict[str, tuple[str, str, Mapping[str, str]]] = {
    "bad-yaml": ("tasks/table.yml", "", {}),
    "wrong-shape": ("tasks/table.yml", "colums", {}),
    "missing-file": ("tasks/table.yml", "nowhere.coda", {}),
    "bad-encoding": ("tasks/table.yml", "\0", {}),
    "duplicate-key": ("tasks/table.yml", "table", {}),
    "unknown-table": ("tasks/table.yml", "sprintz", {}),
    "bad-cell": ("tasks/rows.csv", "many", {"tasks/table.yml": TASKS, "tasks/double.coda": DOUBLE}),
    "no-such-row": ("tasks/rows.csv", "nobody", {"tasks/table.yml": TASKS, "tasks/double.coda": DOUBLE}),
    "ambiguous-row": ("tasks/rows.csv", "plan", {"tasks/table.yml": TASKS, "tasks/double.coda": DOUBLE}),
    "duplicate-name": ("tasks/table.yml", "hours", {}),
    "bad-csv": ("tasks/rows.csv", "size", {"tasks/table.yml": PLAIN}),
    "bad-parquet": ("tasks/rows.parquet", "", {"tasks/table.yml": PLAIN}),
    "contradiction": ("tasks/table.yml", "tasks", {}),
    "alike-options": ("tasks/table.yml", "open", {}),
    "unused-file": ("", "", {}),
    "misnamed-file": ("", "", {}),
    "broken-key": ("tasks/rows.csv", "plan", {"tasks/table.yml": PLAIN.replace("tests: [unique]", "key: true")}),
    "misspelled-name": ("tasks/table.yml", "huors", {}),
    "doubtful-cell": (
        "tasks/rows.csv",
        "10",
        {"tasks/table.yml": "table: tasks\ncolumns: [{name: name, type: text}, {name: share, type: percent}]\n"},
    ),
    "declared-type": ("doc.yml", "1", {"rate.coda": "1\n"}),
    "unfit-format": ("tasks/table.yml", "hello", {}),
    "beyond-limits": (
        "tasks/rows.csv",
        "9",
        {"tasks/table.yml": "table: tasks\ncolumns: [{name: stars, type: scale}]"},
    ),
    "idle-button": ("tasks/table.yml", "Start", {}),
    "failed-test": ("tasks/rows.csv", "unique", {"tasks/table.yml": PLAIN}),
    "failed-case": ("tasks/double.cases.yml", "5", {"tasks/table.yml": TASKS, "tasks/double.coda": DOUBLE}),
    "failed-scenario": ("scenarios/one.yml", "5", {"tasks/table.yml": TASKS, "tasks/double.coda": DOUBLE}),
}
"""For each rule the file that its examples are, the text that the bad one is reported at, and the files around it."""

each_rule = pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.name) for rule in RULES if rule.code.startswith("CF4")]
)


def said_of(folder: Path, rule: Rule, example: str) -> list[Diagnostic]:
    """Everything that a small project with an example of a rule gives rise to."""
    file, _, around = EXAMPLES[rule.name]
    files: dict[str, str | bytes] = {**around, file: example}
    if rule.name == "bad-parquet":
        made = pyarrow.BufferOutputStream()
        parquet.write_table(pyarrow.csv.read_csv(io.BytesIO(example.encode())), made)
        files[file] = made.getvalue().to_pybytes()
    if rule.name == "unused-file":
        hours = "table: tasks\ncolumns:\n  - {name: hours, type: number, formula: hours.coda}\n"
        files = {"tasks/table.yml": hours, "tasks/hours.coda": "1\n", f"tasks/{example}": "1\n"}
    if rule.name == "misnamed-file":
        files = {"tasks/table.yml": TASKS, "tasks/double.coda": DOUBLE, f"tasks/{example}": "name\n"}
    write(folder, files)
    return findings(folder) or failures(folder)


@each_rule
def test_the_bad_example_raises_exactly_its_rule(tmp_path: Path, rule: Rule) -> None:
    found = said_of(tmp_path, rule, rule.bad)
    assert set(rules_of(found)) == {rule.name}, told(found)
    file, at, _ = EXAMPLES[rule.name]
    assert marked(found[0]) == at
    fixes = [finding.fix for finding in found if finding.fix is not None]
    assert not fixes or rule.fix
    assert rule.safety == "mixed" or all(fix.safe == (rule.safety == "safe") for fix in fixes)
    by_name = dict.fromkeys(("unused-file", "misnamed-file"), f"tasks/{rule.bad}")
    assert found[0].source.name == {**by_name, "failed-test": "tasks/table.yml", "declared-type": "rate.coda"}.get(
        rule.name, file
    )


@each_rule
def test_the_good_example_is_clean(tmp_path: Path, rule: Rule) -> None:
    assert told(said_of(tmp_path, rule, rule.good)) == []


@each_rule
def test_messages_keep_the_voice(tmp_path: Path, rule: Rule) -> None:
    for one in said_of(tmp_path, rule, rule.bad):
        assert not re.search(r"\b(you|your|please|sorry|invalid|illegal)\b", one.message, re.IGNORECASE)
        assert not one.message.endswith(".")


# ---------------------------------------------------------------- what else is wrong, and where


def columns(*lines: str) -> str:
    """A table of tasks with these columns."""
    return "table: tasks\ncolumns:\n" + "".join(f"  - {line}\n" for line in lines)


NAME = "{name: name, type: text, display: true}"

WRONG: dict[str, tuple[Mapping[str, str], list[str]]] = {
    "a misspelled key": (
        {"tasks/table.yml": columns("{name: x, tipe: text}")},
        [
            "tasks/table.yml:3:15 wrong-shape: a column has no tipe (did you mean type?)",
        ],
    ),
    "a misspelled type": (
        {"tasks/table.yml": columns("{name: x, type: nummber}")},
        ["tasks/table.yml:3:21 wrong-shape: nummber is not one of the allowed values (did you mean number?)"],
    ),
    "a flag that is neither": (
        {"tasks/table.yml": columns("{name: x, type: text, key: yes}")},
        ["tasks/table.yml:3:32 wrong-shape: yes is not one of the allowed values (it is one of true, false)"],
    ),
    "a list where a mapping should be": (
        {"tasks/table.yml": columns("[name, text]")},
        ["tasks/table.yml:3:5 wrong-shape: here stands a list, a column with its keys is wanted"],
    ),
    "a text where a list should be": (
        {"tasks/table.yml": "table: tasks\ncolumns: name\n"},
        ["tasks/table.yml:2:10 wrong-shape: here stands a text, a list is wanted"],
    ),
    "a formula of two lines in the table": (
        {"tasks/table.yml": columns('{name: x, type: number, formula: "1 +\\n1"}')},
        [
            "tasks/table.yml:3:38 wrong-shape: 1 + 1 is not a formula of one line, or the name of a .coda file in the "
            "same folder (put a longer formula into a .coda file in the same folder, and its name here)"
        ],
    ),
    "a formula in another folder": (
        {"tasks/table.yml": columns("{name: x, type: number, formula: ../x.coda}")},
        [
            "tasks/table.yml:3:38 wrong-shape: ../x.coda is not a formula of one line, or the name of a .coda file in "
            "the same folder (put a longer formula into a .coda file in the same folder, and its name here)"
        ],
    ),
    "a misspelled formula file": (
        {"tasks/table.yml": columns("{name: x, type: number, formula: duoble.coda}"), "tasks/double.coda": "1"},
        [
            "tasks/table.yml:3:38 missing-file: there is no file duoble.coda (did you mean double.coda?)",
        ],
    ),
    "a table that is called otherwise than its folder": (
        {"tasks/table.yml": "table: task\ncolumns: []\n"},
        [
            "tasks/table.yml:1:8 contradiction: the table is called task, its folder tasks"
            " (the folder of a table has its name: task)"
        ],
    ),
    "a misspelled target": (
        {"tasks/table.yml": columns("{name: x, type: relation, to: task}")},
        ["tasks/table.yml:3:35 unknown-table: there is no table task (did you mean tasks?)"],
    ),
    "a relation without a target": (
        {"tasks/table.yml": columns("{name: x, type: relation}")},
        ["tasks/table.yml:3:21 wrong-shape: a relation lacks its target table (add to: and the table)"],
    ),
    "a reverse of nothing": (
        {"tasks/table.yml": columns(NAME, "{name: x, type: relation, to: tasks, reverse: nmae}")},
        ["tasks/table.yml:4:51 unknown-column: table tasks has no column nmae (did you mean name?)"],
    ),
    "a reverse of a text": (
        {"tasks/table.yml": columns(NAME, "{name: x, type: relation, to: tasks, reverse: name}")},
        ["tasks/table.yml:4:51 contradiction: tasks.name is no relation to tasks, so it has no other side here"],
    ),
    "two reverse columns of each other": (
        {
            "tasks/table.yml": columns(
                "{name: a, type: relation, to: tasks, reverse: b}", "{name: b, type: relation, to: tasks, reverse: a}"
            )
        },
        [
            "tasks/table.yml:3:51 contradiction: tasks.b is no relation to tasks, so it has no other side here",
            "tasks/table.yml:4:51 contradiction: tasks.a is no relation to tasks, so it has no other side here",
        ],
    ),
    "a reverse whose relation leads astray is not told twice": (
        {
            "tasks/table.yml": columns(
                "{name: a, type: relation, to: runz}", "{name: b, type: relation, to: tasks, reverse: a}"
            )
        },
        ["tasks/table.yml:3:35 unknown-table: there is no table runz (the doc has tasks)"],
    ),
    "a formula and a default": (
        {
            "tasks/table.yml": columns("{name: x, type: number, formula: x.coda, default: y.coda}"),
            "tasks/x.coda": "1",
            "tasks/y.coda": "2",
        },
        ["tasks/table.yml:3:38 contradiction: x has a formula and another source of its values"],
    ),
    "a formula for what Coda makes": (
        {
            "tasks/table.yml": columns(
                "{name: w, type: row_id, formula: '1'}",
                "{name: x, type: created_on, default: Now()}",
                "{name: y, type: reaction, formula: List(User())}",
                "{name: z, type: image, formula: Image(w)}",
            ),
        },
        [
            "tasks/table.yml:3:38 contradiction: w has a formula and another source of its values",
            "tasks/table.yml:4:42 contradiction: x has a default, but takes no entered values",
            "tasks/table.yml:5:40 contradiction: y has a formula and another source of its values",
        ],
    ),
    "a named formula of a type that none has": (
        {"doc.yml": "doc: D\nformulas:\n  - {name: x, type: reaction, formula: List(User())}\n"},
        ["doc.yml:3:21 contradiction: no formula gives values of the type reaction"],
    ),
    "an option twice": (
        {"tasks/table.yml": columns("{name: x, type: select, options: [a, b, a]}")},
        ['tasks/table.yml:3:45 duplicate-name: two options of x are called "a"'],
    ),
    "options of a text": (
        {"tasks/table.yml": columns("{name: x, type: text, options: [a]}")},
        ["tasks/table.yml:3:36 contradiction: options has no meaning for a column of type text"],
    ),
    "a label of a number": (
        {"tasks/table.yml": columns("{name: x, type: number, label: Go}")},
        ["tasks/table.yml:3:36 contradiction: label has no meaning for a column of type number"],
    ),
    "two display columns": (
        {"tasks/table.yml": columns(NAME, "{name: x, type: text, display: true}")},
        ["tasks/table.yml:4:36 contradiction: a second column of tasks supplies the text of its rows"],
    ),
    "two views of one name": (
        {"tasks/table.yml": columns(NAME) + "views: [{name: V}, {name: V}]\n"},
        ["tasks/table.yml:4:27 duplicate-name: two views are called V"],
    ),
    "a view called like a table": (
        {"tasks/table.yml": columns(NAME) + "views: [{name: tasks}]\n"},
        ["tasks/table.yml:4:16 duplicate-name: tasks is also a table or a named formula"],
    ),
    "a view sorted by nothing": (
        {"tasks/table.yml": columns(NAME) + "views: [{name: V, sort: nam, columns: [name, nome]}]\n"},
        [
            "tasks/table.yml:4:25 unknown-column: table tasks has no column nam (did you mean name?)",
            "tasks/table.yml:4:46 unknown-column: table tasks has no column nome (did you mean name?)",
        ],
    ),
    "a limit of nothing": (
        {"tasks/table.yml": columns(NAME) + "views: [{name: V, limit: 0}, {name: W, limit: many}]\n"},
        [
            "tasks/table.yml:4:26 wrong-shape: 0 is not a whole number above 0",
            "tasks/table.yml:4:47 wrong-shape: many is not a whole number above 0",
        ],
    ),
    "a misspelled data test": (
        {"tasks/table.yml": columns("{name: x, type: text, tests: [uniqe]}")},
        ["tasks/table.yml:3:35 wrong-shape: uniqe is not one of the allowed values (did you mean unique?)"],
    ),
    "accepted values that the column cannot hold": (
        {"tasks/table.yml": columns("{name: x, type: date, tests: [{accepted_values: [2025-12-08, soon]}]}")},
        ["tasks/table.yml:3:66 bad-cell: soon is no date like 2025-12-08"],
    ),
    "relationships of a text": (
        {"tasks/table.yml": columns("{name: x, type: text, tests: [relationships]}")},
        [
            "tasks/table.yml:3:35 contradiction: x is no relation: say to which table and column its values belong"
            " ({relationships: {to: table, column: column}})"
        ],
    ),
    "relationships to nothing": (
        {
            "tasks/table.yml": columns(
                "{name: x, type: text, tests: [{relationships: {to: task, column: x}}]}",
                "{name: y, type: text, tests: [{relationships: {to: tasks, column: z}}]}",
            )
        },
        [
            "tasks/table.yml:3:56 unknown-table: there is no table task (did you mean tasks?)",
            "tasks/table.yml:4:71 unknown-column: table tasks has no column z (it has x, y)",
        ],
    ),
    "a time zone that is none": (
        {"doc.yml": "doc: x\ntime_zone: Europe/Berlni\n"},
        ["doc.yml:2:12 wrong-shape: there is no time zone Europe/Berlni (did you mean Europe/Berlin?)"],
    ),
    "a clock that is none": (
        {"doc.yml": "doc: x\nclock: 2025-02-30T09:00\n"},
        ["doc.yml:2:8 bad-cell: 2025-02-30T09:00 does not exist in the calendar"],
    ),
    "a misspelled day": (
        {"doc.yml": "doc: x\nfirst_day_of_week: Monday\n"},
        ["doc.yml:2:20 wrong-shape: Monday is not one of the allowed values (did you mean monday?)"],
    ),
    "a named formula called like a table": (
        {
            "doc.yml": "doc: x\nformulas: [{name: tasks, type: number, formula: x.coda}]\n",
            "x.coda": "1",
            "tasks/table.yml": columns(NAME),
        },
        ["doc.yml:2:19 duplicate-name: tasks is also a table"],
    ),
    "two named formulas of one name": (
        {
            "doc.yml": "doc: x\nformulas:\n  - {name: n, type: number, formula: x.coda}\n"
            "  - {name: n, type: text, formula: x.coda}\n",
            "x.coda": "1",
        },
        ["doc.yml:4:12 duplicate-name: two named formulas are called n"],
    ),
    "a named formula that leads astray": (
        {
            "doc.yml": "doc: x\nformulas: [{name: n, type: relation, to: task, formula: x.coda}]\n",
            "x.coda": '""',
            "tasks/table.yml": columns(NAME),
        },
        ["doc.yml:2:42 unknown-table: there is no table task (did you mean tasks?)"],
    ),
    "a formula that nothing names beside doc.yml": (
        {"x.coda": "1"},
        ["x.coda:1:1 unused-file: nothing names x.coda (name it in doc.yml, or remove it)"],
    ),
    "cases of no formula": (
        {"tasks/table.yml": columns(NAME), "tasks/x.cases.yml": "[]"},
        ["tasks/x.cases.yml:1:1 unused-file: there is no formula x.coda that these cases are for"],
    ),
    "a misspelled option": (
        {
            "tasks/table.yml": columns("{name: x, type: select, options: [Open, Done]}"),
            "tasks/rows.csv": "x\nOpen\nDonne\n",
        },
        ["tasks/rows.csv:3:1 bad-cell: Donne is no option of x; did you mean Done?"],
    ),
    "a misspelled header": (
        {"tasks/table.yml": columns(NAME), "tasks/rows.csv": "nmae\nplan\n"},
        ["tasks/rows.csv:1:1 bad-csv: table tasks has no column nmae (did you mean name?)"],
    ),
    "a misspelled row": (
        {
            "tasks/table.yml": columns(NAME, "{name: parent, type: relation, to: tasks}"),
            "tasks/rows.csv": "name,parent\nPlan,\nBuild,Plna\n",
        },
        ["tasks/rows.csv:3:7 no-such-row: no row of tasks is displayed as Plna (did you mean Plan?)"],
    ),
    "two rows that look the same": (
        {
            "tasks/table.yml": columns(NAME, "{name: parent, type: relation, to: tasks}"),
            "tasks/rows.csv": "name,parent\nPlan,\nPlan,\nBuild,Plan\nOther,Build\n",
        },
        [
            "tasks/rows.csv:4:7 ambiguous-row: several rows of tasks are displayed as Plan; the first is taken",
        ],
    ),
    "values for a computed column": (
        {"tasks/table.yml": TASKS, "tasks/double.coda": DOUBLE, "tasks/rows.csv": "name,double\nPlan,4\n"},
        ["tasks/rows.csv:1:6 bad-csv: the column double is computed; it holds no entered values"],
    ),
    "two values where one belongs": (
        {
            "tasks/table.yml": TASKS,
            "tasks/double.coda": DOUBLE,
            "tasks/double.cases.yml": "- {case: c, given: {tasks: [{name: x, hours: [1, 2]}]}, expect: {x: [1, 2]}}\n",
        },
        [
            "tasks/double.cases.yml:1:46 bad-cell: hours holds one value, here stand 2",
            "tasks/double.cases.yml:1:69 bad-cell: double holds one value, here stand 2",
        ],
    ),
    "a case of tables and columns that are none": (
        {
            "tasks/table.yml": TASKS,
            "tasks/double.coda": DOUBLE,
            "tasks/double.cases.yml": "- {case: c, given: {task: [{name: x}], tasks: [{nam: x}]}, expect: 3}\n",
        },
        [
            "tasks/double.cases.yml:1:21 unknown-table: there is no table task (did you mean tasks?)",
            "tasks/double.cases.yml:1:49 bad-csv: table tasks has no column nam (did you mean name?)",
            "tasks/double.cases.yml:1:68 wrong-shape: what a formula with a row gives is expected by row"
            " ({a row of tasks: a value})",
        ],
    ),
    "a scenario of tables and columns that are none": (
        {
            "tasks/table.yml": TASKS,
            "tasks/double.coda": DOUBLE,
            "scenarios/s.yml": "scenario: s\nsteps:\n"
            "  - {add: {taskz: []}, change: {tasks: {x: {hourz: 1}}}, remove: {taks: [x]}}\n"
            "  - {expect: {tasks: {x: {doubel: 1}}, Opne: [x]}}\n"
            "  - {clock: 2025-13-01, stepp: x}\n",
        },
        [
            "scenarios/s.yml:5:25 wrong-shape: a step has no stepp (did you mean step?)",
            "scenarios/s.yml:3:12 unknown-table: there is no table taskz (did you mean tasks?)",
            "scenarios/s.yml:3:45 bad-csv: table tasks has no column hourz (did you mean hours?)",
            "scenarios/s.yml:3:67 unknown-table: there is no table taks (did you mean tasks?)",
            "scenarios/s.yml:4:27 unknown-column: table tasks has no column doubel (did you mean double?)",
            "scenarios/s.yml:4:40 unknown-table: there is no table Opne (the doc has tasks)",
            "scenarios/s.yml:5:13 bad-cell: 2025-13-01 does not exist in the calendar",
        ],
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, what: str) -> None:
    files, expected = WRONG[what]
    assert told(findings(write(tmp_path, files))) == expected


@pytest.mark.parametrize("what", WRONG)
def test_what_is_guessed_can_be_written(tmp_path: Path, what: str) -> None:
    files, _ = WRONG[what]
    found = findings(write(tmp_path, files))
    for name in {one.source.name for one in found}:
        path = tmp_path / name
        text, applied = apply_fixes(path.read_text(), [one for one in found if one.source.name == name], unsafe=True)
        path.write_text(text)
        left = told(findings(tmp_path))
        assert not {line.split(" ", 1)[1] for line in told(applied)} & {line.split(" ", 1)[1] for line in left}


@pytest.mark.parametrize("lost", ["tasks/table.yml", "doc.yml"])
def test_one_file_that_cannot_be_read_is_one_finding(tmp_path: Path, lost: str) -> None:
    for broken in ("table: [", "", "\0", "- list\n", "text\n"):
        write(tmp_path, {**FULL, "doc.yml": FULL_DOC, lost: broken})
        assert [one.source.name for one in findings(tmp_path)] == [lost]


def test_rows_that_cannot_be_read_are_one_finding(tmp_path: Path) -> None:
    runs = "table: runs\ncolumns:\n  - {name: task, type: relation, to: tasks}\n"
    files: dict[str, str | bytes] = {
        "runs/table.yml": runs,
        "runs/rows.csv": "task\nPlan\n",
        "tasks/rows.csv": b"name\n\xff\n",
    }
    assert told(findings(with_tasks(tmp_path, files))) == [
        "tasks/rows.csv:2:1 bad-encoding: the file is not UTF-8 text (save the file as UTF-8)"
    ]


# ---------------------------------------------------------------- places


def shown_place(name: str, text: str) -> tuple[str, str]:
    """Where in a text the two § stand, and what stands between them."""
    before, between, _ = text.replace("\r\n", "\n").split("§")
    return f"{name}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}", between


YAML_PLACES = {
    "flow": "columns: [{name: x, type: §nonsense§}]\n",
    "block": "columns:\n  - name: x\n    type: §nonsense§\n",
    "single quotes": "columns:\n  - {name: x, type: §'nonsense'§}\n",
    "double quotes": 'columns:\n  - {name: "a\\u0041b", type: §"nonsense"§}\n',
    "behind letters of several bytes": "about: Größe 😀 𝒳\ncolumns: [{name: ü😀, type: §nonsense§}]\n",
    "behind a folded text": "about: >\n  one\n  two\n\ncolumns: [{name: x, type: §nonsense§}]\n",
    "behind a text over two lines": 'about: "one\n  two"\ncolumns: [{name: x, type: §nonsense§}]\n',
    "behind comments": "# x: y\n\ncolumns: # z\n  # - {}\n  - {name: x, type: §nonsense§} # w\n",
    "over two lines": 'columns:\n  - name: x\n    type: §"non\n      sense"§\n',
    "at the end without a line feed": "columns:\n- name: x\n  type: §nonsense§",
    "with carriage returns": "about: x\r\ncolumns:\r\n- name: x\r\n  type: §nonsense§\r\n",
    "a key": "columns:\n  - {name: x, type: text, §nonsense§: 1}\n",
}


@pytest.mark.parametrize("what", YAML_PLACES)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte-order mark"])
def test_places_in_yaml(tmp_path: Path, what: str, mark: bytes) -> None:
    text = YAML_PLACES[what]
    table = text + ("\ntable: tasks\n" if "\r" not in text else "table: tasks\r\n")
    write(tmp_path, {"tasks/table.yml": mark + table.replace("§", "").encode()})
    (found,) = findings(tmp_path)
    assert (place(found), marked(found)) == shown_place("tasks/table.yml", text)


CSV_PLACES = {
    "plain": "name,hours\nplan,§many§\n",
    "quoted": 'name,hours\n"plan","§many§"\n',
    "behind a comma in quotes": 'name,hours\n"a, b",§many§\n',
    "behind doubled quotes": 'name,hours\n"a ""many"" b",§many§\n',
    "with doubled quotes": 'name,hours\nplan,"§""many""§"\n',
    "behind the same text": "name,hours\nmany,§many§\n",
    "behind several lines": 'name,hours\n"a\nb\n\nc",§many§\n',
    "in the second record": 'name,hours\n"a\nb",3\nplan,§many§\n',
    "behind empty lines": "name,hours\n\n\nplan,§many§\n",
    "behind empty cells": "name,parent,hours\n,,§many§\n",
    "over two lines": 'name,hours\nplan,"§ma\nny§"\n',
    "behind letters of several bytes": "name,hours\nGröße 😀𝒳,§many§\n",
    "behind separators that are no line ends": "name,hours\na\u2028b\u2029c\x85d,§many§\n",
    "with carriage returns": 'name,hours\r\n"a\r\nb",§many§\r\nc,3\r\n',
    "at the end without a line feed": "name,hours\nplan,§many§",
}


@pytest.mark.parametrize("what", CSV_PLACES)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte-order mark"])
def test_places_in_csv(tmp_path: Path, what: str, mark: bytes) -> None:
    text = CSV_PLACES[what]
    (found,) = findings(with_tasks(tmp_path, {"tasks/rows.csv": mark + text.replace("§", "").encode()}))
    assert found.rule.name == "bad-cell"
    assert (place(found), marked(found)) == shown_place("tasks/rows.csv", text)


@given(
    cells=st.lists(
        st.lists(st.text("ab,\"'; \n😀\u2028\x85é", max_size=6), min_size=3, max_size=3), min_size=1, max_size=5
    ),
    newline=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=examples(100))
def test_every_cell_of_a_csv_is_read_with_its_place(cells: list[list[str]], newline: str) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=newline).writerows([["a", "b", "c"], *cells])
    table = Table("t", {name: Column(name, "text") for name in "abc"})
    source = Source("rows.csv", text.getvalue().replace("\r\n", "\n"))
    rows, problems = read_csv(source, table)
    assert problems == []
    read = [[row.cells[name] for name in "abc"] for row in rows]
    assert [[cell.text for cell in row] for row in read] == cells
    for row in read:
        for cell in row:
            assert source.text[cell.span.start : cell.span.end].replace('""', '"') == cell.text


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20))
@settings(max_examples=examples(100))
def test_a_yaml_text_has_its_place(word: str) -> None:
    quoted = json.dumps(word, ensure_ascii=False)
    source = Source("x.yml", f"{{k: {quoted}, ü: 1}}")
    tree = yaml_tree.compose(source)
    assert not isinstance(tree, Diagnostic)
    (_, first), (key, _) = yaml_tree.entries(tree)
    assert isinstance(first, yaml_tree.Scalar)
    assert first.text == word
    assert source.text[first.span.start : first.span.end] == quoted
    assert source.text[key.span.start : key.span.end] == "ü"


# ---------------------------------------------------------------- schemas for editors


class Plainly(yaml.SafeLoader):
    """YAML as an editor reads it: dates are left as texts."""


Plainly.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def plainly(text: str) -> Any:
    """A YAML text as an editor reads it."""
    return yaml.load(text, Plainly)


def kind_of(path: Path) -> str:
    """The kind of a YAML file of a project."""
    if path.name in ("doc.yml", "table.yml"):
        return path.stem
    if path.parent.name == "migrations":
        return "migration"
    return "cases" if path.name.endswith(".cases.yml") else "scenario"


SCHEMAS = {kind: Draft202012Validator(json_schemas.json_schema(kind)) for kind in shapes.KINDS}


@pytest.mark.parametrize("kind", shapes.KINDS)
def test_schemas_are_schemas(kind: str) -> None:
    schema = json_schemas.json_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == f"codaform {kind}"


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.relative_to(FORMULAS).as_posix()) for p in FORMULAS.rglob("*.yml")]
)
def test_schemas_accept_founder_hq(path: Path) -> None:
    assert [error.message for error in SCHEMAS[kind_of(path)].iter_errors(plainly(path.read_text("utf-8")))] == []


MORE_THAN_A_SHAPE = ("there is no time zone", "a relation lacks its target", "is expected by row", "yes is not one of")
"""What no schema says; and an editor reads `yes` as true, as YAML once did."""

MISSHAPEN = [
    what
    for what, (_, said) in WRONG.items()
    if any("wrong-shape" in line and not any(more in line for more in MORE_THAN_A_SHAPE) for line in said)
]


@pytest.mark.parametrize("what", MISSHAPEN)
def test_schemas_reject_what_has_a_wrong_shape(what: str) -> None:
    files, said = WRONG[what]
    (name,) = {line.split(":")[0] for line in said if "wrong-shape" in line}
    assert not SCHEMAS[kind_of(Path(name))].is_valid(plainly(files[name]))


WORDS = "x a.coda ../a.coda number relation monday unique true false 0 7 12345678901 1.5 empty nope"
MOMENTS = ["2025-12-10", "2025-12-10T09:00", "2025-12-10 09:00:15", "2025-12-10T9"]
SCALARS = st.sampled_from([*WORDS.split(), *MOMENTS, "Größe 😀", "a b"])
KEYS = st.sampled_from(
    ["name", "type", "about", "table", "columns", "case", "expect", "error", "scenario", "steps", "given", "x", "7"]
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner | st.none(), max_size=3),
    max_leaves=6,
)


def near(shape: shapes.Shape) -> st.SearchStrategy[Any]:
    """Documents that have a shape, or nearly."""
    match shape:
        case shapes.Text(options) if options:
            right: st.SearchStrategy[Any] = st.sampled_from(options)
        case shapes.Text():
            right = SCALARS
        case shapes.ColumnFormat():
            return st.sampled_from(["0.00", {"precision": 2}, {"currency": "EUR"}])  # its type judges the others
        case shapes.Each(item):
            right = st.lists(near(item), max_size=2)
        case shapes.Entries(value):
            right = st.dictionaries(st.sampled_from(["tasks", "x", "7"]), near(value), max_size=2)
        case shapes.Either(options_):
            right = st.one_of([near(option) for option in options_])
        case shapes.Fields(fields):
            needed = {name: near(field.shape) for name, field in fields.items() if field.required}
            free = {name: near(field.shape) | st.none() for name, field in fields.items() if not field.required}
            few = st.lists(st.sampled_from(sorted(free)), max_size=2, unique=True) if free else st.just([])
            extra = few.flatmap(lambda names: st.fixed_dictionaries({name: free[name] for name in names}))
            right = st.builds(lambda one, two: {**one, **two}, st.fixed_dictionaries(needed), extra)
    return st.integers(0, 24).flatmap(lambda dice: ANYTHING if dice == 0 else right)


def flow(document: Any) -> str:
    """A document as YAML in one line, its texts without quotes; None is written as nothing."""
    match document:
        case dict():
            return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in document.items()) + "}"
        case list():
            return "[" + ", ".join(flow(item) for item in document) + "]"
    return "" if document is None else str(document)


@pytest.mark.parametrize("kind", shapes.KINDS)
def test_schemas_and_shapes_agree(kind: str) -> None:
    shape, schema = shapes.KINDS[kind], SCHEMAS[kind]
    verdicts = []

    @given(near(shape))
    @settings(max_examples=examples(150))
    def agree(document: Any) -> None:
        text = flow(document)
        tree = yaml_tree.compose(Source("x.yml", text))
        assert not isinstance(tree, Diagnostic), (text, tree)
        said = shape_checks.check(tree, shape, Source("x.yml", text))
        verdicts.append(not said)
        assert (not said) == schema.is_valid(plainly(text)), (text, told(said))

    agree()
    assert True in verdicts
    assert False in verdicts


def test_the_doc_of_the_tests_is_itself_clean(tmp_path: Path) -> None:
    assert told(findings(with_tasks(tmp_path))) == []
    assert read_project(tmp_path).doc.name == plainly(DOC)["doc"]
