"""Actions carried out: what happens to the rows, in which order, what is refused, and what breaks off half-way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from codaform.cli.program import program
from codaform.evaluation.actions import (
    MOST_CHANGES,
    Change,
    ControlSet,
    Outside,
    Performed,
    RowAdded,
    RowChanged,
    RowRemoved,
    perform,
    press,
)
from codaform.evaluation.cell_changes import cell_changes, computed_cells
from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Error, Row
from codaform.semantics.program import FormulaSite, bind_doc, bind_site
from codaform.source import NOWHERE, Source
from example_doc import example_workbook
from formulas import formulas
from projects import DOC as PROJECT_DOC
from projects import FORMULAS, copy_of_founder_hq, failures, findings, outcomes, replace, rules_of, told, write


def carried_out(formula: str, book: Workbook, row: Row | None = None, table: str = "Tasks") -> Performed:
    """The action of a button with this formula."""
    bound, _ = bind_site(book.doc, FormulaSite("action", table, "button"), Source("button", formula), None)
    return perform(book, bound, row)


def lines(done: Performed, book: Workbook) -> list[str]:
    """The effects, a line each, and the rule that was broken."""
    shown = [line(change, book) for change in done.changes]
    return [*shown, f"error: {done.error.rule}"] if done.error is not None else shown


def line(change: Change, book: Workbook) -> str:
    match change:
        case RowAdded(row, values):
            return f"+ {row.table} {notate(dict(values), book)}"
        case RowChanged(row, column, before, after):
            return f"{notate(row, book)}.{column}: {notate(before, book)} -> {notate(after, book)}"
        case RowRemoved(row, display):
            return f"- {row.table} {display}"
        case ControlSet(name, before, after):
            return f"{name}: {notate(before, book)} -> {notate(after, book)}"
        case Outside(name, arguments):
            return f"{name}{notate(list(arguments), book)}"


DONE: Mapping[str, list[str]] = {
    # one action
    'AddRow(Tasks, Name, "Rest", Hours, 2)': ['+ Tasks {Name: "Rest", Hours: 2}'],
    'Tasks.First().ModifyRows(Hours, 5, Status, "Open")': ["@Plan.Hours: 3 -> 5", '@Plan.Status: "Done" -> "Open"'],
    "Tasks.First().ModifyRows(Hours, 3)": [],
    'Tasks.First().ModifyRows(Due, "")': ["@Plan.Due: 2025-12-08 -> blank"],
    "Tasks.Filter(false).ModifyRows(Hours, 1)": [],
    'Tasks.Filter(Status = "Open").DeleteRows()': ["- Tasks Build", "- Tasks Check"],
    'DeleteRows("")': [],
    "DeleteRows(List(Tasks.First(), Tasks.First()))": ["- Tasks Plan"],
    "Projects.Last().DuplicateRows(2)": ['+ Projects {Name: "Audit", Budget: 12}'] * 2,
    "Tasks.DuplicateRows(-3)": [],
    'Tasks.AddOrModifyRows(Name = "Plan", Hours, CurrentValue.Hours + 1)': ["@Plan.Hours: 3 -> 4"],
    'Tasks.AddOrModifyRows(Name = "Rest", Name, "Rest")': ['+ Tasks {Name: "Rest"}'],
    "AddRow(Tasks)": ["+ Tasks {}"],
    # what is written becomes a value of its column
    'AddRow(Tasks, Name, 7, Hours, "1.5", Due, "2025-12-24")': ['+ Tasks {Name: "7", Hours: 1.5, Due: 2025-12-24}'],
    'AddRow(Tasks, Project, "Audit", Tags, "a")': ['+ Tasks {Project: @Audit, Tags: ["a"]}'],
    'AddRow(Tasks, Tags, List("a", "b"), Project, "")': ['+ Tasks {Tags: ["a", "b"], Project: blank}'],
    # several actions, each of which sees what the ones before it did
    'RunActions(AddRow(Tasks, Name, "Rest"), Tasks.Last().ModifyRows(Hours, Tasks.Count()))': [
        '+ Tasks {Name: "Rest"}',
        "@Rest.Hours: blank -> 4",
    ],
    "List(1, 2).FormulaMap(AddRow(Projects, Budget, Projects.Count()))": [
        "+ Projects {Budget: 2}",
        "+ Projects {Budget: 3}",
    ],
    'RunActions(RunActions(OpenUrl("a"), ""), List(OpenUrl("b"), RunActions(OpenUrl("c"))))': [
        'OpenUrl["a"]',
        'OpenUrl["b"]',
        'OpenUrl["c"]',
    ],
    "Tasks.FormulaMap(RunActions(CurrentValue.ModifyRows(Hours, 9), If(Hours = 9, CurrentValue.DeleteRows())))": [
        "@row 1.Hours: 3 -> 9",
        "- Tasks Plan",
        "@row 2.Hours: 8 -> 9",
        "- Tasks Build",
        "@row 3.Hours: blank -> 9",
        "- Tasks Check",
    ],
    "Tasks.First().WithName(task, RunActions(task.DeleteRows(), task.ModifyRows(Hours, 1), task.DuplicateRows()))": [
        "- Tasks Plan"
    ],
    'Tasks.First().WithName(task, RunActions(task.DeleteRows(), AddRow(Tasks, Name, task.Name & "!")))': [
        "- Tasks Plan",
        '+ Tasks {Name: "!"}',
    ],
    # all values are computed before the first is written
    'Tasks.First().ModifyRows(Name, CurrentValue.Status, Status, CurrentValue.Name & "")': [
        '@Done.Name: "Plan" -> "Done"',
        '@Done.Status: "Done" -> "Plan"',
    ],
    "Tasks.ModifyRows(Hours, Tasks.Hours.Sum())": [
        "@Plan.Hours: 3 -> 11",
        "@Build.Hours: 8 -> 11",
        "@Check.Hours: blank -> 11",
    ],
    # AddRow gives the row
    'AddRow(Tasks, Name, "Rest").ModifyRows(Hours, 2)': ['+ Tasks {Name: "Rest"}', "@Rest.Hours: blank -> 2"],
    'AddRow(Projects, Name, "New").WithName(new, AddRow(Tasks, Project, new, Name, new.Name))': [
        '+ Projects {Name: "New"}',
        '+ Tasks {Project: @New, Name: "New"}',
    ],
    'AddRow(Tasks, Name, "Rest").OpenRow()': ['+ Tasks {Name: "Rest"}', "OpenRow[@Rest]"],
    'AddRow(Tasks, Name, "Rest").DeleteRows()': ['+ Tasks {Name: "Rest"}', "- Tasks Rest"],
    'If(true, AddRow(Tasks, Name, "Rest"), "").ModifyRows(Hours, CurrentValue.Name.Length())': [
        '+ Tasks {Name: "Rest"}',
        "@Rest.Hours: blank -> 4",
    ],
    'List("x", "y").FormulaMap(AddRow(Tasks, Name, CurrentValue)).ModifyRows(Hours, 1)': [
        '+ Tasks {Name: "x"}',
        '+ Tasks {Name: "y"}',
        "@x.Hours: blank -> 1",
        "@y.Hours: blank -> 1",
    ],
    # what is not chosen is not done
    "If(false, Tasks.DeleteRows())": [],
    'If(false, Tasks.DeleteRows(), OpenUrl("x"))': ['OpenUrl["x"]'],
    'Switch("b", "a", Tasks.DeleteRows(), "b", _NoOp())': [],
    "RunActions()": [],
    'RunActions("", "")': [],
    "1 + 1": [],
    '""': [],
    # what only Coda can do
    'Notify(User(), "Done")': ['Notify[[@Ada Ruiz], "Done"]'],
    "SetControlValue(Limit, Tasks.Count())": ["Limit: 5 -> 3"],
    "RunActions(SetControlValue(Limit, 9), ResetControl(Limit))": ["Limit: 5 -> 9", "Limit: 9 -> 5"],
    "SetControlValue(Limit, 5)": [],
    "CopyToClipboard(Tasks.First())": ['CopyToClipboard["Plan"]'],
    'List("a", "b").OpenUrl()': ['OpenUrl["a"]', 'OpenUrl["b"]'],
    # what cannot be done; what was done before stays done
    "Projects.First().ModifyRows(Tasks, Tasks)": ["error: wrong-value"],
    'AddRow(Tasks, Name, "Rest", Project, "Nowhere")': ["error: unknown-row"],
    'Tasks.ModifyRows(Hours, If(Name = "Check", 1 / 0, 1))': ["error: division-by-zero"],
    'RunActions(AddRow(Tasks, Name, "Rest"), Tasks.First().ModifyRows(Due, "never"), OpenUrl("x"))': [
        '+ Tasks {Name: "Rest"}',
        "error: wrong-value",
    ],
    "RunActions(Tasks.First().DeleteRows(), Tasks.DuplicateRows(1000000000))": ["- Tasks Plan", "error: out-of-range"],
}


@pytest.mark.parametrize("formula", DONE)
def test_what_an_action_does(formula: str) -> None:
    book = example_workbook()
    assert lines(carried_out(formula, book), book) == DONE[formula]


def test_describing_an_action_changes_nothing() -> None:
    book = example_workbook()
    before = everything(book)
    for formula in DONE:
        bound, _ = bind_site(book.doc, FormulaSite("action", "Tasks", "button"), Source("button", formula), None)
        book.evaluate(bound)
    assert everything(book) == before


def everything(book: Workbook) -> object:
    return {
        name: [[notate(book.value(row, column), book) for column in table.columns] for row in book.rows(name)]
        for name, table in book.doc.tables.items()
    }


def test_an_error_has_its_place_and_its_cell() -> None:
    book = example_workbook()
    formula = 'RunActions(Tasks.First().ModifyRows(Project, "Nowhere"))'
    error = carried_out(formula, book).error
    assert error is not None
    assert error.message == 'Tasks.Project: no row of Projects is displayed as "Nowhere"'
    assert formula[error.span.start : error.span.end] == 'Tasks.First().ModifyRows(Project, "Nowhere")'
    error = carried_out("Projects.First().ModifyRows(Tasks, Tasks)", book).error
    assert error is not None
    assert error.message == "Projects.Tasks is computed; an action cannot write into it"


def test_relations_and_their_other_side_follow() -> None:
    book = example_workbook()
    website = book.find("Website", "Projects")
    assert website is not None
    before = computed_cells(book)
    carried_out('RunActions(AddRow(Tasks, Name, "Rest", Project, "Website"), Tasks.First().DeleteRows())', book)
    (only,) = cell_changes(before, computed_cells(book))
    assert (only.row, only.column) == (website, "Tasks")
    assert notate(only.before, book) == "[@row 1, @Build]"
    assert notate(only.after, book) == "[@Build, @Rest]"


# ---------------------------------------------------------------- an action is no value of a cell


@pytest.mark.parametrize(
    "formula",
    [
        'AddRow(Tasks, Name, "x")',
        'AddRow(Tasks, Name, "x").Name',
        'WithName(AddRow(Tasks, Name, "x"), t, t.Hours)',
        'If(true, 3, OpenUrl("x"))',
        "List(Tasks.DeleteRows()).Count()",
        "Tasks.FormulaMap(CurrentValue.DeleteRows())",
    ],
)
def test_in_a_cell_an_action_is_an_error(formula: str) -> None:
    from codaform.model.types import TEXT

    book = example_workbook()
    bound, said = bind_site(book.doc, FormulaSite("formula", "Tasks", "Name"), Source("cell", formula), TEXT)
    assert rules_of(said) == ["action-in-column"]
    assert isinstance(book.evaluate(bound), Error)
    assert len(book.rows("Tasks")) == 3


# ---------------------------------------------------------------- buttons and defaults


def log_doc(**extra: Column) -> Doc:
    """A table of entries whose columns have defaults, and a button that adds one."""
    columns = (
        Column("Name", "text", display=True),
        Column("Number", "number", default=Source("default", "thisTable.Count()")),
        Column("First", "number", default=Source("default", 'IfBlank(thisRow.Second, "0") + 1')),
        Column("Second", "number", default=Source("default", "thisRow.First + 1")),
        Column("Broken", "number", default=Source("default", "1 / 0")),
        Column("Twice", "number", formula=Source("formula", "thisRow.Number * 2")),
        Column("Add", "button", action=Source("action", 'AddRow(Log, Name, thisRow.Name & "+")')),
        *extra.values(),
    )
    return Doc("Log", {"Log": Table("Log", {column.name: column for column in columns})})


def pressed(doc: Doc, button: str, name: str = "a") -> tuple[Performed, Workbook]:
    book = Workbook(bind_doc(doc)[0])
    row = book.add("Log", {"Name": name}, defaults=False)
    return press(book, "Log", button, row), book


def test_defaults_fill_a_new_row_from_left_to_right() -> None:
    done, book = pressed(log_doc(), "Add")
    (added,) = done.changes
    assert isinstance(added, RowAdded)
    values = {name: notate(value, book) for name, value in added.values.items()}
    assert values == {
        "Name": '"a+"',
        "Number": "2",
        "First": "1",
        "Second": "2",
        "Broken": "error: division-by-zero",
    }
    assert book.value(added.row, "Twice") == 4.0


def test_a_value_that_is_given_needs_no_default() -> None:
    button = Column("Own", "button", action=Source("action", "AddRow(Log, Number, 9, Broken, 1)"))
    done, _ = pressed(log_doc(button=button), "Own")
    (added,) = done.changes
    assert isinstance(added, RowAdded)
    assert (added.values["Number"], added.values["Broken"]) == (9.0, 1.0)


def test_a_computed_column_cannot_be_written() -> None:
    button = Column("Own", "button", action=Source("action", "thisRow.ModifyRows(Number, 1, Twice, 7)"))
    done, book = pressed(log_doc(button=button), "Own")
    assert done.changes == ()
    assert done.error is not None
    assert done.error.message == "Log.Twice is computed; an action cannot write into it"
    assert book.value(book.rows("Log")[0], "Number") is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('thisRow.Name = "a"', Performed(disabled=True)),
        ("1", Performed(disabled=True)),
        ('thisRow.Name = "b"', ["removed"]),
        ('""', ["removed"]),
        ("1 / 0", ["error: division-by-zero"]),
    ],
)
def test_a_disabled_button_does_nothing(condition: str, expected: object) -> None:
    button = Column(
        "Own", "button", action=Source("action", "thisRow.DeleteRows()"), disable_if=Source("disable", condition)
    )
    done, book = pressed(log_doc(button=button), "Own")
    if isinstance(expected, Performed):
        assert done == expected
    elif done.error is not None:
        assert ([f"error: {done.error.rule}"], done.changes) == (expected, ())
    else:
        assert ["removed" for change in done.changes if isinstance(change, RowRemoved)] == expected
    assert len(book.rows("Log")) == (0 if expected == ["removed"] else 1)


def test_a_button_without_an_action() -> None:
    done, _ = pressed(log_doc(button=Column("Own", "button")), "Own")
    assert done.error is not None
    assert done.error.rule == "not-computed"


def numbered(formula: str, disable_if: str = "", name: str = "Up") -> Column:
    """A button; by default nothing holds it back."""
    held = Source("disable", disable_if) if disable_if else None
    return Column(name, "button", action=Source("action", formula), disable_if=held)


COUNT_UP = "thisRow.ModifyRows(Number, thisRow.Number + 1)"


def test_a_button_presses_another() -> None:
    twice = numbered("RunActions(thisRow.Up, If(thisRow.Number > 0, thisRow.Up), thisRow.Add)", name="Twice up")
    done, book = pressed(log_doc(up=numbered(COUNT_UP), twice=twice), "Twice up")
    assert done.error is None
    first, second = book.rows("Log")
    assert (book.value(first, "Number"), book.value(second, "Name")) == (2.0, "a+")
    assert [type(change) for change in done.changes] == [RowChanged, RowChanged, RowAdded]


@pytest.mark.parametrize(
    "formula", ["Log.Up", "RunActions(Log.Up)", "Log.FormulaMap(Up)", "Log.ForEach(CurrentValue.Up)"]
)
def test_a_button_presses_those_of_other_rows(formula: str) -> None:
    doc = log_doc(up=numbered(COUNT_UP), all=numbered(formula, name="All up"))
    book = Workbook(bind_doc(doc)[0])
    rows = [
        book.add("Log", {"Name": name, "Number": number}, defaults=False) for name, number in (("a", 1.0), ("b", 5.0))
    ]
    done = press(book, "Log", "All up", rows[1])
    assert (done.error, [book.value(row, "Number") for row in rows]) == (None, [2.0, 6.0])


@pytest.mark.parametrize(("condition", "number"), [("thisRow.Number.IsBlank()", None), ("thisRow.Number > 0", 1.0)])
def test_a_button_that_is_held_back_is_not_pressed_by_another(condition: str, number: float | None) -> None:
    doc = log_doc(up=numbered(COUNT_UP, condition), both=numbered("RunActions(thisRow.Up, thisRow.Up)", name="Both"))
    done, book = pressed(doc, "Both")
    assert (done.error, book.value(book.rows("Log")[0], "Number")) == (None, number)


def test_what_goes_wrong_in_a_button_that_is_pressed_goes_wrong_in_the_presser() -> None:
    doc = log_doc(
        up=numbered("RunActions(thisRow.DeleteRows(), If(1 / Log.Count() > 0, thisRow.Add))"),
        on=numbered("thisRow.Up", name="On"),
    )
    done, book = pressed(doc, "On")
    assert done.error is not None
    assert (done.error.rule, book.rows("Log")) == ("division-by-zero", [])
    assert done.error.message == "Log.Up: division by zero"
    assert done.error.span == NOWHERE


def test_a_long_chain_of_buttons_is_an_error_and_no_crash() -> None:
    doc = log_doc(up=numbered("Log.Nth(thisRow.Number + 1).Up"))
    book = Workbook(bind_doc(doc)[0])
    rows = [book.add("Log", {"Number": float(number)}, defaults=False) for number in range(1, 6001)]
    done = press(book, "Log", "Up", rows[0])
    assert done.error is not None
    assert (done.error.rule, done.error.message.count("Log.Up")) == ("too-deep", 1)
    assert press(book, "Log", "Up", rows[-100]) == Performed()


def test_a_condition_that_is_an_error_goes_wrong_in_the_presser() -> None:
    done, _ = pressed(log_doc(up=numbered(COUNT_UP, "1 / 0"), on=numbered("thisRow.Up", name="On")), "On")
    assert done.error is not None
    assert done.error.message.startswith("Log.Up may be held back: ")


@pytest.mark.parametrize("back", ["thisRow.On", "Log.On", "RunActions(thisRow.Add, thisRow.Up)"])
def test_buttons_that_press_each_other_are_an_error(back: str) -> None:
    done, _ = pressed(log_doc(up=numbered(back), on=numbered("thisRow.Up", name="On")), "On")
    assert done.error is not None
    assert done.error.rule == "circular-cell"


# ---------------------------------------------------------------- many rows


def test_a_thousand_rows() -> None:
    book = example_workbook()
    done = carried_out(
        'RunActions(Sequence(1, 1000).FormulaMap(AddRow(Tasks, Name, "T" & Tasks.Count(), Hours, CurrentValue)),'
        ' Tasks.Filter(Hours > 500).ModifyRows(Status, "Done"), Tasks.Filter(Name.StartsWith("T")).DeleteRows())',
        book,
    )
    assert done.error is None
    kinds = [type(change) for change in done.changes]
    assert (kinds.count(RowAdded), kinds.count(RowChanged), kinds.count(RowRemoved)) == (1000, 500, 1000)
    assert [notate(row, book) for row in book.rows("Tasks")] == ["@Plan", "@Build", "@Check"]


@pytest.mark.slow
def test_no_press_goes_on_for_ever() -> None:
    book = example_workbook()
    done = carried_out(f"Sequence(1, {MOST_CHANGES + 1}).FormulaMap(OpenUrl(CurrentValue))", book)
    assert len(done.changes) == MOST_CHANGES
    assert done.error is not None
    assert done.error.rule == "out-of-range"


# ---------------------------------------------------------------- nothing is raised

CELLS = st.sampled_from(["Name", "Hours", "Status", "Due", "Project", "Tags", "Tasks", "Budget", "Nope"])
VALUES = st.one_of(
    st.sampled_from(
        ['""', "1", '"x"', "Tasks", "Tasks.First()", '"Website"', "1 / 0", "CurrentValue", "Today()", "thisRow"]
    ),
    formulas(4),
)
LISTS = st.sampled_from(
    ["Tasks", "Projects", "Tasks.First()", "thisRow", '""', "List(1, 2)", "Tasks.Filter(Hours > 2)"]
)


def acting(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    rows = st.one_of(LISTS, inner)
    return st.one_of(
        st.builds(lambda *parts: f"RunActions({', '.join(parts)})", inner, inner),
        st.builds(lambda condition, action: f"If({condition}, {action})", VALUES, inner),
        st.builds(lambda items, action: f"{items}.FormulaMap({action})", rows, inner),
        st.builds(lambda value, action: f"WithName({value}, it, {action})", rows, inner),
        st.builds(lambda items, cell, value: f"({items}).ModifyRows({cell}, {value})", rows, CELLS, VALUES),
        st.builds(lambda items: f"({items}).DeleteRows()", rows),
        st.builds(lambda items, count: f"({items}).DuplicateRows({count})", rows, VALUES),
    )


ACTIONS = st.recursive(
    st.one_of(
        st.builds(lambda table, cell, value: f"AddRow({table}, {cell}, {value})", LISTS, CELLS, VALUES),
        st.builds(
            lambda table, test, cell, value: f"{table}.AddOrModifyRows({test}, {cell}, {value})",
            LISTS,
            VALUES,
            CELLS,
            VALUES,
        ),
        st.builds(lambda value: f"Notify(User(), {value})", VALUES),
        st.just("it"),
    ),
    acting,
    max_leaves=6,
)


@given(formula=ACTIONS)
def test_performing_never_raises(formula: str) -> None:
    book = example_workbook()
    bound, _ = bind_site(book.doc, FormulaSite("action", "Tasks", "button"), Source("button", formula), None)
    row = book.rows("Tasks")[1]
    book.evaluate(bound, row)
    before = {name: len(book.rows(name)) for name in book.doc.tables}
    done = perform(book, bound, row)
    assert done.error is None or isinstance(done.error, Error)
    for name, count in before.items():
        added = sum(isinstance(change, RowAdded) and change.row.table == name for change in done.changes)
        removed = sum(isinstance(change, RowRemoved) and change.row.table == name for change in done.changes)
        assert len(book.rows(name)) == count + added - removed
    everything(book)


# ---------------------------------------------------------------- scenarios

LOG = """\
table: log
columns:
  - {name: name, type: text, display: true}
  - {name: count, type: number, default: count.coda}
  - {name: again, type: button, action: again.coda, disable_if: full.coda}
"""

LOG_FILES = {
    "log/table.yml": LOG,
    "log/count.coda": "thisTable.Count()\n",
    "log/again.coda": 'AddRow(log, name, thisRow.name & "+")\n',
    "log/full.coda": "thisTable.Count() >= 3\n",
}


def scenario(steps: str) -> dict[str, str]:
    """A project with a log, and a scenario with these steps."""
    body = "".join(f"  {line}\n" for line in steps.strip().splitlines())
    return {**LOG_FILES, "scenarios/log.yml": f"scenario: A log grows\nsteps:\n{body}"}


def test_a_step_presses_between_removing_and_expecting(tmp_path: Path) -> None:
    steps = """
- step: One entry becomes three
  add: {log: [{name: a}, {name: b}]}
  remove: {log: [b]}
  press: {log: {again: [a, a+]}}
  expect: {log: {a+: {count: 2}, a++: {count: 3}}}
"""
    folder = write(tmp_path, scenario(steps))
    assert told(findings(folder)) == []
    assert told(failures(folder)) == []
    assert len(outcomes(folder)) == 1


def test_a_step_that_presses_a_disabled_button_fails(tmp_path: Path) -> None:
    steps = """
- step: Too many
  add: {log: [{name: a}, {name: b}]}
  press: {log: {again: [a, b]}}
"""
    folder = write(tmp_path, scenario(steps))
    assert told(failures(folder)) == [
        "scenarios/log.yml:5:30 failed-scenario: in “Too many”: log.again is pressed in b, it is disabled"
    ]


def test_a_step_that_presses_what_breaks_off_fails(tmp_path: Path) -> None:
    files = scenario("- {add: {log: [{name: a}]}, press: {log: {again: [a]}}}")
    folder = write(tmp_path, files | {"log/again.coda": "thisRow.ModifyRows(count, 1 / 0)\n"})
    assert told(failures(folder)) == [
        "scenarios/log.yml:3:53 failed-scenario: log.again is pressed in a, it is an error: division by zero"
    ]


@pytest.mark.parametrize(
    ("pressed_", "expected"),
    [
        ("{lug: {again: [a]}}", "unknown-table: there is no table lug (the doc has log)"),
        ("{log: {agian: [a]}}", "unknown-column: table log has no button agian (did you mean again?)"),
        ("{log: {name: [a]}}", "unknown-column: table log has no button name (it has again)"),
        ("{log: [a]}", "wrong-shape: here stands a list, a mapping by button is wanted"),
        ("{log: {again: a}}", "wrong-shape: here stands a text, a list is wanted (write [a])"),
    ],
)
def test_what_is_wrong_with_a_press_is_found_without_running(tmp_path: Path, pressed_: str, expected: str) -> None:
    folder = write(tmp_path, scenario(f"- {{press: {pressed_}}}"))
    (found,) = told(findings(folder))
    assert found.partition(" ")[2] == expected


def test_a_row_that_is_not_there_cannot_be_pressed(tmp_path: Path) -> None:
    folder = write(tmp_path, scenario("- {add: {log: [{name: a}]}, press: {log: {again: [b]}}}"))
    assert rules_of(failures(folder)) == ["no-such-row"]


# ---------------------------------------------------------------- the command


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["press", *arguments], catch_exceptions=False, env={"COLUMNS": "160"})


BUTTON = "touchpoints.log_run"


@pytest.mark.slow
def test_the_button_of_founder_hq() -> None:
    before = {path: path.read_bytes() for path in FORMULAS.rglob("*") if path.is_file()}
    done = run(BUTTON, "--row", "Fennel Foods kickoff", "--project", str(FORMULAS))
    assert done.exit_code == 0
    assert [row.split()[:4] for row in done.stdout.splitlines()[2:]] == [
        *(["added", "execution_runs", "RUN-063", name] for name in ("run_id", "run_type", "engagement")),
        *(["added", "execution_runs", "RUN-063", name] for name in ("executed_by", "started_at")),
        ["ƒ", "engagements", "Fennel", "Foods"],
        ["ƒ", "Running", "now", "3"],
    ]
    assert "10 values  + RUN-063" in done.stdout
    told_ = "1 row added, 1 computed cell changed, 1 named formula or view changed; no file is written\n"
    assert done.stderr == told_
    assert {path: path.read_bytes() for path in FORMULAS.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_the_button_of_founder_hq_as_json() -> None:
    done = run("Touchpoints.LOG_RUN", "--row", "Fennel Foods kickoff", "--project", str(FORMULAS), "--format", "json")
    told_ = json.loads(done.stdout)
    assert (told_["button"], told_["disabled"], told_["error"]) == (BUTTON, False, None)
    (change,) = told_["changes"]
    assert (change["change"], change["table"], change["row"]) == ("added", "execution_runs", "RUN-063")
    assert change["values"]["started_at"] == "2025-12-10T09:00:00+01:00"
    computed, view = told_["computed"]
    assert view["view"] == "Running now"
    assert set(computed["after"]) - set(computed["before"]) == {"RUN-063"}


@pytest.mark.slow
def test_a_disabled_button_of_founder_hq() -> None:
    arguments = (BUTTON, "--row", "First talk with a founder", "--project", str(FORMULAS))
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"{BUTTON} is disabled in First talk with a founder; nothing is changed\n"
    done = run(*arguments, "--format", "json")
    assert (done.exit_code, json.loads(done.stdout)["disabled"]) == (1, True)


@pytest.mark.slow
def test_all_kinds_of_changes_are_told(tmp_path: Path) -> None:
    formula = (
        "RunActions(thisRow.ModifyRows(channel, Email), touchpoints.Last().DeleteRows(), "
        "CopyToClipboard(thisRow), thisRow.ModifyRows(engagement, 'Nobody'))"
    )
    folder = copy_of_founder_hq(tmp_path)
    (folder / "touchpoints" / "log_run.coda").write_text(formula)
    done = run(BUTTON, "--row", "Fennel Foods kickoff", "--project", str(folder))
    assert done.exit_code == 1
    assert [row.split()[0] for row in done.stdout.splitlines()[2:]] == ["changed", "removed", "in"]
    assert done.stderr == (
        "1 cell changed, 1 row removed, 1 action for Coda alone; no file is written\n"
        'error: touchpoints.engagement: no row of engagements is displayed as "Nobody"\n'
    )


@pytest.mark.slow
def test_a_long_list_of_changes_is_cut(tmp_path: Path) -> None:
    folder = copy_of_founder_hq(tmp_path)
    (folder / "touchpoints" / "log_run.coda").write_text("execution_runs.DeleteRows()")
    done = run(BUTTON, "--row", "Fennel Foods kickoff", "--project", str(folder))
    assert done.exit_code == 0
    assert "40 of 62 lines of changes; --format json has all" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("button", "row", "message"),
    [
        ("touchpoints.log_rn", "x", "there is no button log_rn in touchpoints; did you mean log_run?"),
        ("touchpoint.log_run", "x", "there is no table touchpoint; did you mean touchpoints?"),
        ("touchpoints.name", "x", "there is no button name in touchpoints; there are log_run"),
        ("tasks.name", "x", "there is no button name in tasks; there are none"),
        ("log_run", "x", "log_run is no button: name it as table.button"),
        (
            BUTTON,
            "Fennel kickoff",
            "no row of touchpoints is displayed as Fennel kickoff; did you mean Fennel Foods kickoff?",
        ),
    ],
)
def test_what_is_not_there_cannot_be_pressed(button: str, row: str, message: str) -> None:
    done = run(button, "--row", row, "--project", str(FORMULAS))
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"codaform: {message}\n")


def test_a_row_has_to_be_named() -> None:
    assert run(BUTTON, "--project", str(FORMULAS)).exit_code == 2


@pytest.mark.slow
def test_a_formula_with_errors_is_reported_and_not_carried_out(tmp_path: Path) -> None:
    folder = copy_of_founder_hq(tmp_path)
    replace(folder / "touchpoints" / "log_run.coda", "run_type", "run_tpye")
    done = run(BUTTON, "--row", "Fennel Foods kickoff", "--project", str(folder))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "did you mean run_type?" in done.stderr


def test_a_case_tells_the_actions_of_a_loop(tmp_path: Path) -> None:
    case = """\
- case: Each is removed
  given: {log: [{name: a}, {name: b}]}
  expect: {a: '[DeleteRows(@a), DeleteRows(@b)]'}
"""
    files = {"log/again.coda": "thisTable.FormulaMap(CurrentValue.DeleteRows())\n", "log/again.cases.yml": case}
    assert told(failures(write(tmp_path, LOG_FILES | files))) == []
    other = {"log/again.cases.yml": case.replace("@b", "@c")}
    assert rules_of(failures(write(tmp_path, other))) == ["failed-case"]


def test_a_scenario_runs_at_the_clock_of_its_step(tmp_path: Path) -> None:
    """A button that reads the clock sees the one of the step."""
    files = scenario(
        "- {add: {log: [{name: a}]}}\n"
        "- {clock: 2026-01-02, press: {log: {again: [a]}}, expect: {log: [a, 1/2/2026 12:00:00 AM]}}"
    )
    folder = write(tmp_path, files | {"log/again.coda": "AddRow(log, name, Now())\n"}, doc=PROJECT_DOC)
    assert told(failures(folder)) == []
