"""Controls of a doc: read, used in formulas, set by buttons and scenarios, served, and written back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from codaform.cli.program import program
from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.snapshot.records import (
    RemoteColumn,
    RemoteControl,
    RemoteDoc,
    RemotePage,
    RemoteSort,
    RemoteTable,
    RemoteView,
    Snapshot,
)
from codaform.coda.wire.formats import control_to_rest
from codaform.coda.wire.json_data import Json
from codaform.deploy.applying.deployment import plan_for
from codaform.deploy.applying.outcomes import ending
from codaform.deploy.applying.paste_sheet import sheet
from codaform.deploy.comparing.drift import drift, sentences
from codaform.deploy.copying.pulling import Pulled, pulled
from codaform.deploy.lock import read_lock
from codaform.deploy.remote.schema import remote_schema
from codaform.evaluation.actions import ControlSet, press
from codaform.evaluation.cell_changes import cell_changes, computed
from codaform.model.schema import CODA_CONTROLS, CONTROL_TYPES, Column, Control, Doc, Table, control_type
from codaform.model.types import describe
from codaform.model.values import Row
from codaform.project.check import check_project
from codaform.project.project import Environment
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.project.suite import run_suite
from codaform.project.writer import project_files
from codaform.semantics.program import bind_doc
from codaform.semantics.renaming import Renaming, renamed
from codaform.server.app import application
from codaform.server.doc.records import control_record
from codaform.site.tables.pages import doc_pages
from codaform.source import Source
from codaform.testing import RunningCoda, local_coda_for
from deploying import ENVIRONMENT, deploy, states, target_of
from door import SWIFT

CONTROLS = """\
doc: Try
controls:
  - {name: Limit, type: slider, value: 5, about: How many hours a task may take.}
  - {name: Only open, type: checkbox}
  - {name: Stage, type: select, options: [Open, Done], value: Open}
  - {name: Stages, type: multiselect, options: [Open, Done], value: [Open, Done]}
  - {name: Span, type: dateRangePicker, value: [2025-01-01, 2025-12-31]}
  - {name: Since, type: datePicker, value: 2025-02-03}
  - {name: Note, type: textbox, value: "007"}
  - {name: Focus, type: lookup, to: tasks, value: Plan}
  - {name: Picked, type: select, choices: names.coda}
  - {name: Go, type: button, label: Go!, action: go.coda, disable_if: never.coda}
formulas:
  - {name: Twice, type: number, formula: twice.coda}
"""

FILES = {
    "doc.yml": CONTROLS,
    "twice.coda": "Limit * 2\n",
    "names.coda": "tasks.Name\n",
    "never.coda": "Limit > 6\n",
    "go.coda": """\
RunActions(SetControlValue(Limit, Limit + 1), SetControlValue(Stage, "Done"), Focus.ModifyRows(Hours, 1))
""",
    "tasks/table.yml": """\
table: tasks
columns:
  - {name: Name, type: text, display: true}
  - {name: Hours, type: number}
  - {name: State, type: select, options: [Open, Done]}
  - {name: Over, type: checkbox, formula: over.coda}
  - {name: Up, type: button, action: up.coda}
views:
  - {name: Shown, filter: shown.coda}
""",
    "tasks/over.coda": "thisRow.Hours > Limit\n",
    "tasks/shown.coda": "State = Stage\n",
    "tasks/up.coda": "RunActions(SetControlValue(Limit, thisRow.Hours), Go)\n",
    "tasks/rows.csv": "Name,Hours,State\nPlan,3,Open\nBuild,6,Done\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return put(tmp_path, FILES)


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def findings(root: Path) -> list[tuple[str, str]]:
    return [(said.rule.name, said.message) for said in check_project(read_project(root, ""))]


def changed(root: Path, name: str, before: str, after: str) -> None:
    text = (root / name).read_text("utf-8")
    assert before in text
    (root / name).write_text(text.replace(before, after), "utf-8")


# ------------------------------------------------------------ files


def test_a_project_with_controls_is_clean(folder: Path) -> None:
    assert findings(folder) == []


def test_what_is_written_of_controls_is_read_again(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    project = read_project(folder, "")
    again = tmp_path_factory.mktemp("again")
    put(again, {path.as_posix(): text for path, text in project_files(project.doc).items()})
    put(again, {"tasks/rows.csv": FILES["tasks/rows.csv"]})
    found = read_project(again, "")
    assert found.diagnostics == ()

    assert told(found.doc.controls) == told(project.doc.controls)


def told(controls: Mapping[str, Control]) -> list[list[object]]:
    """A control as data, its formulas without spaces."""
    values = ([getattr(control, known.name) for known in fields(control)] for control in controls.values())
    return [
        [value.text.replace(" ", "").replace("\n", "") if isinstance(value, Source) else value for value in of]
        for of in values
    ]


@pytest.mark.parametrize("name", sorted(CODA_CONTROLS))
def test_every_type_that_the_api_names_is_a_type_of_control(name: str) -> None:
    kind, _ = CODA_CONTROLS[name]
    assert kind in CONTROL_TYPES


@pytest.mark.parametrize(
    ("name", "told"),
    {
        "Limit": "number",
        "Only open": "boolean",
        "Stage": "text",
        "Stages": "list of text",
        "Span": "list of date",
        "Since": "date",
        "Note": "text",
        "Focus": "row of tasks",
        "Go": "action",
    }.items(),
)
def test_a_control_has_the_type_of_what_it_holds(folder: Path, name: str, told: str) -> None:
    assert describe(control_type(read_project(folder, "").doc.controls[name])) == told


@pytest.mark.parametrize(
    ("before", "after", "rule", "message"),
    [
        ("name: Limit", "name: tasks", "duplicate-name", "tasks is also a table"),
        ("name: Limit", "name: Shown", "duplicate-name", "Shown is also a view"),
        ("name: Limit", "name: TWICE", "duplicate-name", "TWICE is also a named formula"),
        ("name: Only open", "name: limit", "duplicate-name", "two controls are called Limit"),
        ("type: slider, value: 5", "type: slider, value: many", "bad-cell", "many is not a number"),
        ("value: 5", "value: 500", "beyond-limits", "500 is outside of 0 to 100, the limits of Limit"),
        (
            "type: slider, value: 5",
            "type: scale, value: 6",
            "beyond-limits",
            "6 is outside of 0 to 5, the limits of Limit",
        ),
        ("action: go.coda, ", "", "idle-button", "the button Go has no action"),
        ("value: Open}", "value: Opne}", "bad-cell", "Opne is no option of Stage; did you mean Open?"),
        ("value: 2025-02-03", "value: soon", "bad-cell", "soon is no date like 2025-12-08"),
        ("[2025-01-01, 2025-12-31]", "[2025-01-01]", "bad-cell", "Span holds the two ends of a range, here stand 1"),
        ("to: tasks, value", "to: taks, value", "unknown-table", "there is no table taks"),
        ("value: Plan", "value: Plam", "no-such-row", "no row of tasks is displayed as Plam"),
        (
            "type: checkbox",
            "type: checkbox, to: tasks",
            "contradiction",
            "to has no meaning for a control of type checkbox",
        ),
        ("label: Go!", "value: 3", "contradiction", "value has no meaning for a control of type button"),
        ("type: slider", "type: slyder", "wrong-shape", "slyder is not one of the allowed values"),
        (
            "choices: names.coda",
            "choices: names.coda, options: [a]",
            "contradiction",
            "Picked has options and a formula that gives them",
        ),
        ("choices: names.coda", "choices: nams.coda", "missing-file", "there is no file nams.coda"),
    ],
)
def test_what_is_wrong_with_a_control_is_told(folder: Path, before: str, after: str, rule: str, message: str) -> None:
    changed(folder, "doc.yml", before, after)
    assert (rule, message) in findings(folder)


# ------------------------------------------------------------ formulas


@pytest.mark.parametrize(
    ("formula", "rule", "message"),
    [
        ('SetControlValue("Limit", 3)', "wrong-type", "here a control of the doc is named, and this is none"),
        ("SetControlValue(Twice, 3)", "wrong-type", "here a control of the doc is named, and Twice is none"),
        ("SetControlValue(Hours, 3)", "wrong-type", "here a control of the doc is named, and Hours is none"),
        ("SetControlValue(Limt, 3)", "wrong-type", "here a control of the doc is named, and Limt is none"),
        ("ResetControl(tasks)", "wrong-type", "here a control of the doc is named, and tasks is none"),
        ("SetControlValue(Limit, User())", "wrong-type", "Limit is set to person, and it holds number"),
        ("SetControlValue(Focus, 3)", "wrong-type", "Focus is set to number, and it holds row of tasks"),
        ('SetControlValue(Limit, "many")', "unreadable-literal", '"many" is not a number'),
        ('SetControlValue(Stage, "Finished")', "unknown-option", '"Finished" is no option of Stage'),
        ('RunActions(If(Stage = "Opne", Go, ""))', "unknown-option", '"Opne" is no option of Stage'),
        ("SetControlValue(Go, 3)", "computed-target", "Go is a button; an action cannot set it"),
        ("SetControlValue(Limit)", "wrong-count", "SetControlValue takes 2 arguments: value is missing"),
    ],
)
def test_an_action_that_sets_no_control_is_told(folder: Path, formula: str, rule: str, message: str) -> None:
    (folder / "tasks/up.coda").write_text(formula + "\n", "utf-8")
    assert (rule, message) in findings(folder)


@pytest.mark.parametrize(
    "formula",
    [
        'SetControlValue(Limit, "")',
        'SetControlValue(Limit, "3")',
        "Limit.SetControlValue(thisRow.Hours)",
        "SetControlValue(Stage, [Done])",
        "SetControlValue(Stages, List([Open], [Done]))",
        "SetControlValue(Focus, thisRow)",
        "SetControlValue([Only open], Not([Only open]))",
        "SetControlValue(Note, Limit)",
        "ResetControl(Limit)",
    ],
)
def test_an_action_that_sets_a_control_is_clean(folder: Path, formula: str) -> None:
    (folder / "tasks/up.coda").write_text(formula + "\n", "utf-8")
    assert findings(folder) == []


def test_formulas_read_controls(folder: Path) -> None:
    session = Session.open(folder)
    book = session.book
    assert {name: book.named_value(name) for name in ("Limit", "Stage", "Stages", "Since", "Note", "Twice")} == {
        "Limit": 5.0,
        "Stage": "Open",
        "Stages": ["Open", "Done"],
        "Since": date(2025, 2, 3),
        "Note": "007",
        "Twice": 10.0,
    }
    assert book.named_value("Focus") == session.row("tasks", "Plan")
    assert session.evaluate(Source("t", "Focus.Hours"))[1] == 3.0
    assert session.evaluate(Source("t", "tasks.Filter(Hours > Limit).Name"))[1] == ["Build"]


def test_a_renamed_control_is_followed(folder: Path) -> None:
    doc = read_project(folder, "").doc
    after = renamed(doc, bind_doc(doc)[0], Renaming("control", "Limit", "Most hours"))
    assert after.formulas["Twice"].formula.text.strip() == "[Most hours] * 2"
    assert "SetControlValue([Most hours], [Most hours] + 1)" in after.controls["Go"].action.text  # type: ignore[union-attr]
    assert bind_doc(after)[1] == []


# ------------------------------------------------------------ buttons


def test_a_button_on_a_page_sets_controls_and_what_reads_them_follows(folder: Path) -> None:
    session = Session.open(folder)
    before = computed(session.book)
    done = press(session.book, "", "Go", None)
    assert done.error is None
    assert [change for change in done.changes if isinstance(change, ControlSet)] == [
        ControlSet("Limit", 5.0, 6.0),
        ControlSet("Stage", "Open", "Done"),
    ]
    plan, build = Row("tasks", 1), Row("tasks", 2)
    followed = {(one.row, one.column): one.after for one in cell_changes(before, computed(session.book))}
    assert followed == {(build, "Over"): False, (None, "Twice"): 12.0, (None, "Shown"): [build]}
    assert session.book.value(plan, "Hours") == 1.0


def test_a_button_of_a_row_presses_one_on_a_page(folder: Path) -> None:
    session = Session.open(folder)
    done = press(session.book, "tasks", "Up", session.row("tasks", "Plan"))
    assert done.error is None
    assert session.book.named_value("Limit") == 4.0


def test_a_button_on_a_page_can_be_disabled(folder: Path) -> None:
    session = Session.open(folder)
    session.book.set_control("Limit", 7.0)
    assert press(session.book, "", "Go", None).disabled


def test_a_control_that_is_reset_is_what_it_was_first(folder: Path) -> None:
    book = Session.open(folder).book
    book.set_control("Limit", 9.0)
    assert book.named_value("Twice") == 18.0
    book.reset_control("Limit")
    assert book.named_value("Twice") == 10.0


def test_a_control_lets_go_of_a_row_that_is_removed(folder: Path) -> None:
    session = Session.open(folder)
    book = session.book
    book.set_control("Focus", session.row("tasks", "Build"))
    book.remove(session.row("tasks", "Build"))
    assert book.named_value("Focus") is None
    book.reset_control("Focus")
    assert book.named_value("Focus") == session.row("tasks", "Plan")


def test_press_shows_controls(folder: Path) -> None:
    result = CliRunner().invoke(program, ["press", "Go", "--project", str(folder)])
    assert result.exit_code == 0
    assert "2 controls set" in result.output
    assert "Twice" in result.output
    wrong = CliRunner().invoke(program, ["press", "Go", "--row", "Plan", "--project", str(folder)])
    assert wrong.exit_code == 2
    assert "Go is on a page: it has no --row" in wrong.output


# ------------------------------------------------------------ cases and scenarios


def suite(root: Path) -> list[str]:
    outcomes = run_suite(read_project(root, ""))
    return [said.message for outcome in outcomes for said in outcome.diagnostics]


SCENARIO = """\
scenario: Controls lead
start: sample
steps:
  - step: The limit is lower
    set: {Limit: 2, Focus: Build}
    expect:
      tasks: {Plan: {Over: true}}
      Twice: 4
      Focus: Build
  - step: Go
    press: Go
    expect:
      Limit: 3
      Stage: Done
      Shown: [Build]
      tasks: {Build: {Hours: 1}}
"""


def test_a_scenario_sets_presses_and_expects_controls(folder: Path) -> None:
    put(folder, {"scenarios/lead.yml": SCENARIO})
    assert findings(folder) == []
    assert suite(folder) == []


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("Limit: 3", "Limit: 4", "after “Go”: Limit: 4 is expected, it is 3"),
        ("Twice: 4", "Twice: 5", "after “The limit is lower”: Twice: 5 is expected, it is 4"),
        ("Focus: Build\n  -", "Focus: Plan\n  -", "after “The limit is lower”: Focus: Plan is expected, it is @Build"),
        ("set: {Limit: 2,", "set: {Limit: 7,", "in “Go”: Go is pressed, it is disabled"),
    ],
)
def test_a_scenario_fails_by_a_control(folder: Path, before: str, after: str, message: str) -> None:
    put(folder, {"scenarios/lead.yml": SCENARIO.replace(before, after)})
    assert message in suite(folder)


@pytest.mark.parametrize(
    ("before", "after", "rule", "message"),
    [
        ("set: {Limit: 2,", "set: {Limt: 2,", "unknown-name", "there is no control Limt"),
        ("set: {Limit: 2,", "set: {Limit: two,", "bad-cell", "two is not a number"),
        ("set: {Limit: 2,", "set: {Limit: -2,", "beyond-limits", "-2 is outside of 0 to 100, the limits of Limit"),
        ("set: {Limit: 2,", "set: {Go: 2,", "contradiction", "Go is a button; it is not set to a value"),
        ("press: Go", "press: Gone", "unknown-name", "there is no button Gone on a page"),
        ("Limit: 3", "Limet: 3", "unknown-table", "there is no table, view, control or named formula Limet"),
        ("Stage: Done", "Stage: Dome", "bad-cell", "Dome is no option of Stage; did you mean Done?"),
    ],
)
def test_a_scenario_that_does_not_fit_is_told(folder: Path, before: str, after: str, rule: str, message: str) -> None:
    put(folder, {"scenarios/lead.yml": SCENARIO.replace(before, after)})
    assert (rule, message) in findings(folder)


def test_a_case_sets_controls(folder: Path) -> None:
    case = "- case: A high limit\n  set: {Limit: 20}\n  expect: 40\n- case: As it is\n  expect: 10\n"
    put(folder, {"twice.cases.yml": case})
    assert findings(folder) == []
    assert suite(folder) == []


# ------------------------------------------------------------ served, pulled, deployed


@pytest.fixture
def served(folder: Path) -> Iterator[RunningCoda]:
    with local_coda_for(folder) as coda:
        yield coda


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCoda]:
    """The same doc, served once for requests that change nothing."""
    with local_coda_for(put(tmp_path_factory.mktemp("untouched"), FILES)) as coda:
        yield coda


def taken(coda: RunningCoda) -> Snapshot:
    with target_of(coda) as target:
        return target.read(rows=True)


def pull_into(coda: RunningCoda, root: Path) -> Pulled:
    known = read_project(root, "") if (root / "doc.yml").is_file() else None
    found = pulled(taken(coda), Environment(ENVIRONMENT, coda.doc_id), known, read_lock(root))
    put(root, {path.as_posix(): text for path, text in found.files.items()})
    return found


def test_the_local_coda_serves_controls(served: RunningCoda) -> None:
    rest = Rest(Secret(served.token), served.url, Pace({}, SWIFT))
    told_ = {str(one["name"]): rest.control(served.doc_id, str(one["id"])) for one in rest.controls(served.doc_id)}
    rest.close()
    assert {name: (one["controlType"], one["value"]) for name, one in told_.items()} == {
        "Limit": ("slider", 5),
        "Only open": ("checkbox", False),
        "Stage": ("select", "Open"),
        "Stages": ("multiselect", ["Open", "Done"]),
        "Span": ("dateRangePicker", ["2025-01-01T00:00:00.000+00:00", "2025-12-31T00:00:00.000+00:00"]),
        "Since": ("datePicker", "2025-02-03T00:00:00.000+00:00"),
        "Note": ("textbox", "007"),
        "Focus": ("lookup", "Plan"),
        "Picked": ("select", ""),
        "Go": ("button", "Go!"),
    }


def test_the_local_coda_keeps_what_a_button_sets(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("kept") / "local.sqlite"
    for limit in (4, 5):
        with local_coda_for(folder, file=file) as coda:
            workspace = coda.parts.workspace
            workspace.do(coda.doc_id, "press control", {"control": "Go"})
            table = workspace.docs()[-1].record.tables[0]
            row = next(iter(workspace.docs()[-1].rows[table.id].values()))
            workspace.do(coda.doc_id, "push button", {"table": table.id, "row": row.id, "button": "Up"})
            values = {known.name: known.value for known in workspace.docs()[-1].record.controls}
            # The first press makes Plan one hour; Up sets the limit to its hours and presses Go.
            assert values["Limit"] == 2.0
            assert values["Stage"] == "Done"
        assert limit


@pytest.mark.slow
def test_pulling_a_doc_into_a_new_folder_keeps_its_controls(
    served: RunningCoda, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("new")
    found = pull_into(served, root)
    doc = read_project(root, "").doc
    assert [(one.name, one.kind, one.many, one.value) for one in doc.controls.values()] == [
        ("Limit", "slider", False, 5.0),
        ("Only open", "checkbox", False, None),
        ("Stage", "select", False, "Open"),
        ("Stages", "select", True, ("Open", "Done")),
        ("Span", "date_range", False, (date(2025, 1, 1), date(2025, 12, 31))),
        ("Since", "date", False, date(2025, 2, 3)),
        ("Note", "text", False, "007"),
        ("Focus", "relation", False, "Plan"),
        ("Picked", "select", False, None),
        ("Go", "button", False, None),
    ]
    assert doc.controls["Go"].label == "Go!"
    untold = ("idle-button", "the button Go has no action")
    assert [said for said in findings(root) if said[0] != "unlisted-option"] == [untold]
    said = {(note.place, note.message) for note in found.notes}
    assert ("Go", "no API gives the action of a button on a page: set it with action:") in said
    assert ("Stage", "no API gives the options of a select list on a page: set them with options: or choices:") in said
    assert set(read_lock(root)[ENVIRONMENT].ids.controls) == set(doc.controls)


@pytest.mark.slow
def test_pulling_again_changes_nothing_and_loses_nothing(served: RunningCoda, folder: Path) -> None:
    pull_into(served, folder)
    before = {path: path.read_text("utf-8") for path in folder.rglob("*.*") if path.is_file()}
    pull_into(served, folder)
    assert {path: path.read_text("utf-8") for path in folder.rglob("*.*") if path.is_file()} == before
    assert told(read_project(folder, "").doc.controls) == told(Session.open(put_again(folder)).project.doc.controls)


def put_again(folder: Path) -> Path:
    return put(folder.parent / f"{folder.name}-again", FILES)


@pytest.mark.slow
def test_a_doc_with_the_folder_s_controls_needs_nothing(served: RunningCoda, folder: Path) -> None:
    with target_of(served) as target:
        made, _ = plan_for(Session.open(folder), target)
        assert [str(step.change) for step in made.steps] == []
        report = deploy(Session.open(folder), target)
        assert report.verified is not None
        assert report.verified.remaining == ()


@pytest.mark.slow
def test_controls_that_the_folder_does_not_have_are_left_alone(served: RunningCoda, folder: Path) -> None:
    changed(folder, "doc.yml", '  - {name: Note, type: textbox, value: "007"}\n', "")
    with target_of(served) as target:
        made, _ = plan_for(Session.open(folder), target)
        assert made.steps == ()
        assert made.unmanaged == ("the control Note",)
        pruned, _ = plan_for(Session.open(folder), target, prune=True)
        assert [(str(step.change), step.risk) for step in pruned.steps] == [("drop control Note", "loss")]


@pytest.mark.slow
def test_an_empty_doc_gets_buttons_by_the_tools_and_other_controls_by_hand(folder: Path) -> None:
    with local_coda_for() as coda, target_of(coda) as target:
        report = deploy(Session.open(folder), target)
        came = {str(one.step.change): one.state for one in report.outcomes if "control" in str(one.step.change)}
        assert came.pop("add control Go") == "waiting"
        assert set(came.values()) == {"by hand"}
        page = sheet(plan_for(Session.open(folder), target)[0], Session.open(folder))
        stage = next(item for item in page.items if item.title == "add control Stage")
        assert stage.clicks[0] == "On a page, type /select list, choose it, and set it up"
        assert [(paste.label, paste.text) for paste in stage.pastes] == [("name", "Stage"), ("options", "Open\nDone")]
        by_hand(coda, folder, but="Go")
        assert deploy(Session.open(folder), target).verified is not None
        go = next(known for known in coda.parts.workspace.docs()[-1].record.controls if known.name == "Go")
        assert go.settings["actionFormula"].startswith("RunActions(")
        made, _ = plan_for(Session.open(folder), target)
        assert [str(step.change) for step in made.steps] == []


def by_hand(coda: RunningCoda, folder: Path, but: str = "") -> None:
    """Make the controls of a folder, as a person would."""
    workspace = coda.parts.workspace
    doc = workspace.docs()[-1]
    book = Session.open(folder).book
    tables = {table.name: table.id for table in doc.record.tables}
    there = {known.name for known in doc.record.controls}
    for number, control in enumerate(book.doc.controls.values()):
        if control.name in there or control.name == but:
            continue
        value = None if control.kind in ("button", "relation") else book.named_value(control.name)
        made = control_record(control, f"ctrl-{number}", doc.record.pages[0].id, tables.get(control.to, ""), value)
        arguments = {"id": made.id, "page": made.page, "kind": made.kind, "settings": made.settings}
        workspace.do(coda.doc_id, "add control", {**arguments, "name": made.name, "value": made.value})


@pytest.mark.slow
@pytest.mark.parametrize("action", ["ResetControl(Limit)", "SetControlValue(Limit, 5)"])
def test_a_button_waits_for_the_control_that_it_only_sets(action: str, tmp_path: Path) -> None:
    controls = "".join(
        f"  - {{{known}}}\n" for known in (f'name: Go, type: button, action: "{action}"', "name: Limit, type: slider")
    )
    put(tmp_path, {"doc.yml": f"doc: Small\ncontrols:\n{controls}"})
    with local_coda_for() as coda, target_of(coda) as target:
        report = deploy(Session.open(tmp_path), target)
        assert states(report) == {"by hand": 1, "waiting": 1}
        assert ending(report) == (
            "deployed, but for 1 step that only a person can make; after that, the next deploy makes the other 1"
        )
        by_hand(coda, tmp_path, "Go")
        assert states(deploy(Session.open(tmp_path), target)) == {"done": 1}


@pytest.mark.slow
def test_a_control_that_is_set_up_otherwise_is_handed_to_a_person_once(served: RunningCoda, folder: Path) -> None:
    with target_of(served) as target:
        deploy(Session.open(folder), target)
        changed(folder, "doc.yml", "options: [Open, Done], value: Open}", "options: [Open, Late, Done], value: Open}")
        made, _ = plan_for(Session.open(folder), target)
        assert [(str(step.change), step.route) for step in made.steps] == [("set control Stage", "hand")]
        assert "Late" in made.steps[0].text
        assert states(deploy(Session.open(folder), target)) == {"by hand": 1}
        assert plan_for(Session.open(folder), target)[0].steps == ()


@pytest.mark.slow
def test_another_action_of_a_button_is_written(served: RunningCoda, folder: Path) -> None:
    with target_of(served) as target:
        deploy(Session.open(folder), target)
        (folder / "go.coda").write_text("SetControlValue(Limit, 1)\n", "utf-8")
        changed(folder, "doc.yml", "label: Go!", "label: Reset")
        assert states(deploy(Session.open(folder), target)) == {"done": 1}
        go = next(known for known in served.parts.workspace.docs()[-1].record.controls if known.name == "Go")
        assert (go.settings["label"], go.settings["actionFormula"]) == ("Reset", "SetControlValue(Limit, 1)")
        assert plan_for(Session.open(folder), target)[0].steps == ()


@pytest.mark.slow
def test_a_control_is_renamed_with_all_that_reads_it(served: RunningCoda, folder: Path) -> None:
    with target_of(served) as target:
        deploy(Session.open(folder), target)
        for path in folder.rglob("*.*"):
            if path.suffix in (".coda", ".yml") and path.name != "doc.lock.yml":
                path.write_text(path.read_text("utf-8").replace("Limit", "Most"), "utf-8")
        lock = (folder / "doc.lock.yml").read_text("utf-8")
        (folder / "doc.lock.yml").write_text(lock.replace("Limit:", "Most:"), "utf-8")
        made, _ = plan_for(Session.open(folder), target)
        # What Go does names it too; no API tells that Coda let it follow.
        steps = [(str(step.change), step.route) for step in made.steps]
        assert steps == [("set control Most", "mcp"), ("set control Go", "mcp")]
        assert states(deploy(Session.open(folder), target)) == {"done": 2}
        doc = served.parts.workspace.docs()[-1]
        assert doc.book.doc.formulas["Twice"].formula.text.strip() == "Most * 2"
        assert plan_for(Session.open(folder), target)[0].steps == ()


@pytest.mark.slow
def test_drift_tells_of_controls(served: RunningCoda, folder: Path) -> None:
    with target_of(served) as target:
        deploy(Session.open(folder), target)
        entry = read_lock(folder)[ENVIRONMENT]
        assert sentences(drift(remote_schema(target.read()), entry)) == []
        workspace = served.parts.workspace
        ids = {known.name: known.id for known in workspace.docs()[-1].record.controls}
        workspace.do(served.doc_id, "delete control", {"control": ids["Note"]})
        workspace.do(served.doc_id, "update control", {"control": ids["Stage"], "settings": {}, "name": "Phase"})
        page = workspace.docs()[-1].record.pages[0].id
        made = {"id": "ctrl-new", "page": page, "kind": "checkbox", "settings": {}, "name": "Fresh"}
        workspace.do(served.doc_id, "add control", made)
        told_ = sentences(drift(remote_schema(target.read()), entry))
    assert "control Note was removed" in told_
    assert "control Stage is called Phase now" in told_
    assert "control Fresh was added" in told_


@pytest.mark.slow
def test_what_a_control_is_set_to_is_no_drift_and_no_plan(served: RunningCoda, folder: Path) -> None:
    with target_of(served) as target:
        deploy(Session.open(folder), target)
        served.parts.workspace.do(served.doc_id, "press control", {"control": "Go"})
        assert plan_for(Session.open(folder), target)[0].steps == ()
        assert sentences(drift(remote_schema(target.read()), read_lock(folder)[ENVIRONMENT])) == []


# ------------------------------------------------------------ the page


def asked(coda: RunningCoda, path: str, data: object = None) -> tuple[int, str]:
    """What the page of a local Coda answers."""
    with TestClient(application(coda.parts), base_url="http://127.0.0.1") as client:
        address = f"/d/{coda.doc_id}{path}"
        reply = client.get(address) if data is None else client.post(address, json=data)
    return reply.status_code, reply.text


@pytest.mark.slow
def test_the_page_shows_controls_and_lets_one_set_and_press_them(served: RunningCoda) -> None:
    ids = {known.name: known.id for known in served.parts.workspace.docs()[-1].record.controls}
    status, page = asked(served, "")
    assert status == 200
    assert f'data-control="{ids["Limit"]}"' in page
    assert '<option value="Open" selected>' in page
    assert '<input type="date" data-set value="2025-12-31" aria-label="Span, to">' in page
    assert "Go!</button>" in page
    status, told_ = asked(served, "/controls", {"control": ids["Limit"], "value": "2"})
    assert status == 200
    assert "Twice" in told_
    values = [
        ("Only open", True, True),
        ("Stage", "Done", "Done"),
        ("Stages", ["Done"], ["Done"]),
        ("Span", ["2026-01-01", "2026-02-01"], [{"date": "2026-01-01"}, {"date": "2026-02-01"}]),
        ("Since", "2026-03-04", {"date": "2026-03-04"}),
        ("Note", "", None),
        ("Focus", "Build", {"row": ["tasks", 2]}),
    ]
    for name, said, kept in values:
        assert asked(served, "/controls", {"control": ids[name], "value": said})[0] == 200, name
        record = served.parts.workspace.docs()[-1].record
        assert next(known.value for known in record.controls if known.name == name) == kept
    status, told_ = asked(served, "/controls/press", {"control": ids["Go"]})
    assert status == 200
    assert "Go! was pressed" in told_
    assert served.parts.workspace.docs()[-1].book.named_value("Limit") == 3.0


@pytest.mark.parametrize(
    ("path", "name", "value", "status"),
    [
        ("/controls", "Limit", "many", 400),
        ("/controls", "Limit", {"a": 1}, 400),
        ("/controls", "Span", ["2026-01-01", ""], 400),
        ("/controls", "Go", "3", 409),
        ("/controls", "Nothing", "3", 404),
        ("/controls/press", "Limit", None, 409),
    ],
)
def test_the_page_refuses_what_no_control_holds(
    untouched: RunningCoda, path: str, name: str, value: object, status: int
) -> None:
    assert asked(untouched, path, {"control": name, "value": value})[0] == status


# ------------------------------------------------------------ the site, and what a folder cannot say


def test_the_site_lists_controls_with_what_reads_and_sets_them(folder: Path) -> None:
    pages_ = {page.path: page.text for page in doc_pages(Session.open(folder))}
    page = pages_["reference/doc/controls.md"]
    limit = page.split("## Limit")[1].split("\n## ")[0]
    assert "How many hours a task may take." in limit
    assert "tasks.Over" in limit
    assert "Twice" in limit
    assert "Set by" in limit
    assert "tasks.Up" in limit
    assert "Pressed as the doc starts:" in page
    assert "controls.md#control-limit" in pages_["reference/doc/formulas.md"]
    assert "## Controls" in pages_["reference/doc/index.md"]


def test_what_a_folder_cannot_say_is_kept_and_told(tmp_path: Path) -> None:
    text: dict[str, Json] = {"type": "text", "isArray": False}
    columns = (RemoteColumn("c-1", "Name", text, display=True), RemoteColumn("c-2", "Kind", text))
    snapshot = Snapshot(
        RemoteDoc("AbCDeFGHij", "Doc"),
        "2026-01-01T00:00:00+00:00",
        ("rest", "mcp"),
        pages=(
            RemotePage("canvas-1", "Doc"),
            RemotePage("canvas-2", "Notes", parent="canvas-1", subtitle="All of them", hidden=True),
            RemotePage("canvas-3", "Tasks"),
        ),
        tables=(RemoteTable("grid-1", "Tasks", "canvas-3", columns=columns),),
        views=(
            RemoteView(
                "table-1", "Board", "grid-1", "canvas-2", "card", (RemoteSort("c-1"), RemoteSort("c-2", True)), {}, ""
            ),
        ),
        controls=(RemoteControl("ctrl-1", "Limit", "canvas-2", "slider", 3),),
    )
    found = pulled(snapshot, Environment("production", "AbCDeFGHij"))
    assert found.files[Path("doc.besides.yml")].partition("\n\n")[0].splitlines()[2:] == [
        "environment: production",
        "pages:",
        '  - {name: Notes, id: canvas-2, parent: Doc, subtitle: All of them, hidden: "true"}',
        "views:",
        "  - {name: Board, layout: card, then_sorted_by: Kind descending, page: Notes}",
        "named:",
        "  - {name: Limit, page: Notes}",
    ]
    said = [note.message for note in found.notes]
    assert (
        "a folder has no place for 1 page, how 1 view looks, the page of 1 formula or control: "
        "doc.besides.yml keeps what was read"
    ) in said
    assert "a folder has no place for the columns that it is sorted by then" in said
    put(tmp_path, {path.as_posix(): text for path, text in found.files.items()})
    assert findings(tmp_path) == []


def test_a_plain_doc_has_nothing_besides(served: RunningCoda, folder: Path) -> None:
    assert Path("doc.besides.yml") not in pull_into(served, folder).files


# ------------------------------------------------------------ random controls, there and back

NAMES = st.sampled_from(
    ["Limit", "Only open", "Stage 2", "thisRow", "Größe", "a.b", "Count", "[x]", "tasks.Name", "or"]
)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "text": st.sampled_from(["007", "true", "2025-01-02T03:04:05", "a; b", "#ERROR: x", 'say "x"', " ", None]),
    "checkbox": st.sampled_from([True, None]),
    "slider": st.sampled_from([0.0, -1.5, 1e-7, 1e21, None]),
    "scale": st.sampled_from([1.0, 3.0, None]),
    "date": st.sampled_from([date(2024, 2, 29), date(1999, 12, 31), None]),
    "time": st.sampled_from([time(9, 30), time(0, 0), None]),
    "date_range": st.sampled_from([(date(2025, 1, 1), date(2025, 12, 31)), None]),
    "select": st.sampled_from(["Open", "a, b", None]),
    "relation": st.sampled_from(["Plan", None]),
    "button": st.none(),
}
EXAMPLES = int(os.environ.get("CODAFORM_RANDOM_DOCS", "0"))


@st.composite
def random_controls(draw: st.DrawFn) -> dict[str, Control]:
    found: dict[str, Control] = {}
    for name in draw(st.lists(NAMES, min_size=1, max_size=5, unique_by=str.casefold)):
        kind = draw(st.sampled_from(sorted(VALUES)))
        value = draw(VALUES[kind])
        made = Control(name, kind, value=value, to="tasks" if kind == "relation" else "")
        if kind == "select":
            many = draw(st.booleans())
            items = ("Open", "a, b") if many and value is not None else value
            made = replace(made, options=("Open", "a, b", "Done"), many=many, value=items)
        if kind == "button":
            made = replace(made, label="Press", action=Source(name, "tasks.First().ModifyRows(Hours, 1)"))
        found[name] = made
    return found


@settings(max_examples=EXAMPLES or 4, derandomize=not EXAMPLES, deadline=None, suppress_health_check=[*HealthCheck])
@given(controls=random_controls())
def test_random_controls_there_and_back(controls: dict[str, Control], tmp_path_factory: pytest.TempPathFactory) -> None:
    root = put(tmp_path_factory.mktemp("from"), {name: FILES[name] for name in ("tasks/rows.csv",)})
    columns = {one.name: one for one in (Column("Name", "text", display=True), Column("Hours", "number"))}
    doc = Doc("Random", {"tasks": Table("tasks", columns)}, controls=controls)
    put(root, {path.as_posix(): text for path, text in project_files(doc).items()})
    (root / "tasks/rows.csv").write_text("Name,Hours\nPlan,3\n", "utf-8")
    assert {rule for rule, _ in findings(root)} <= {"beyond-limits"}
    assert told(read_project(root, "").doc.controls) == told(controls)
    with local_coda_for() as coda, target_of(coda) as target:
        deploy(Session.open(root), target, rows=True)
        buttons = {name for name, control in controls.items() if control.kind == "button"}
        there = coda.parts.workspace.docs()[-1].book.doc.controls
        assert buttons == there.keys()
        by_hand(coda, root)
        report = deploy(Session.open(root), target)
        assert report.verified is not None
        assert report.verified.remaining == ()
        back = tmp_path_factory.mktemp("back")
        pull_into(coda, back)
        untold = {"unlisted-option", "idle-button", "beyond-limits"}
        assert {rule for rule, _ in findings(back)} <= untold
        theirs = read_project(back, "").doc.controls
        kept = {
            name: (control_to_rest(one), one.value if one.kind != "relation" else None)
            for name, one in controls.items()
        }
        assert {name: (control_to_rest(one), one.value) for name, one in theirs.items()} == kept
        assert plan_for(Session.open(back), target)[0].steps == ()
