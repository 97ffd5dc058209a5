"""Steps come behind what they need; columns stand in their order; descriptions go both ways; failures stay small."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from codaform.coda.door.failures import ToolFailed
from codaform.coda.door.tools import Tools
from codaform.deploy.applying import outcomes
from codaform.deploy.applying.deployment import Target, plan_for
from codaform.deploy.applying.outcomes import DeployReport
from codaform.deploy.copying.pulling import pulled
from codaform.deploy.kinds.formulas import AddFormula
from codaform.deploy.planning.plan_file import from_json, to_json
from codaform.project.project import Environment
from codaform.testing import RunningCoda, local_coda_for
from deploying import ENVIRONMENT, deploy, new_doc
from projects import findings, opened, write

pytestmark = pytest.mark.slow

NAME = "  - {name: Name, type: text, display: true}\n"
VIEW = "views:\n  - {name: V, columns: [Name, Gross]}\n"
GROSS = "table: T\ncolumns:\n" + NAME + "  - {name: Gross, type: number, formula: gross.coda}\n" + VIEW

GO = "table: T\ncolumns:\n" + NAME


def doc(*formulas: str) -> str:
    listed = "".join(
        f"  - {{name: {name}, type: {kind}, formula: {name}.coda}}\n" for name, kind in map(str.split, formulas)
    )
    return f"doc: Order\nformulas:\n{listed}" if listed else "doc: Order\n"


PROJECTS = {
    "a view shows a column that reads a named formula": {
        "doc.yml": doc("Rate number"),
        "Rate.coda": "2\n",
        "T/table.yml": GROSS,
        "T/gross.coda": "1 + Rate\n",
    },
    "a view shows a column that reads the view by way of a named formula": {
        "doc.yml": doc("Shown number"),
        "Shown.coda": "V.Count()\n",
        "T/table.yml": GROSS,
        "T/gross.coda": "1 + Shown\n",
    },
    "two views show columns that read the other view": {
        "T/table.yml": "table: T\ncolumns:\n" + NAME + "  - {name: A, type: number, formula: a.coda}\n"
        "  - {name: B, type: number, formula: b.coda}\nviews:\n  - {name: V, columns: [Name, B]}\n"
        "  - {name: W, columns: [A, Name]}\n",
        "T/a.coda": "V.Count()\n",
        "T/b.coda": "W.Count()\n",
    },
    "a view shows the button that acts on it": {
        "T/table.yml": GO + "  - {name: Go, type: button, label: Go, action: go.coda}\n"
        "views:\n  - {name: V, columns: [Go, Name]}\n",
        "T/go.coda": 'V.First().ModifyRows(T.Name, "x")\n',
    },
    "a button is disabled by a named formula that counts the view that shows it": {
        "doc.yml": doc("Full checkbox"),
        "Full.coda": "V.Count() > 1\n",
        "T/table.yml": GO + "  - {name: Go, type: button, label: Go, action: go.coda, disable_if: full.coda}\n"
        "views:\n  - {name: V, columns: [Name, Go]}\n",
        "T/go.coda": 'ModifyRows(thisRow, T.Name, "x")\n',
        "T/full.coda": "Full\n",
    },
    "formulas give lists of texts and of numbers": {
        "T/table.yml": GO + "  - {name: Names, type: text, many: true, formula: T.Name}\n"
        "  - {name: Two, type: number, many: true, formula: 'List(1, 2)'}\n",
    },
    "two buttons press each other": {
        "T/table.yml": GO + "  - {name: Ping, type: button, action: ping.coda}\n"
        "  - {name: Pong, type: button, action: pong.coda}\n",
        "T/ping.coda": "thisRow.Pong\n",
        "T/pong.coda": "thisRow.Ping\n",
    },
    "a view is sorted by a column that is a list of another table's view": {
        "T/table.yml": "table: T\ncolumns:\n" + NAME + "  - {name: Open, type: number, formula: open.coda}\n"
        "views:\n  - {name: V, sort: Open, columns: [Open]}\n",
        "T/open.coda": "[U open].Filter(CurrentValue.T = thisRow).Count()\n",
        "U/table.yml": "table: U\ncolumns:\n  - {name: Title, type: text, display: true}\n"
        "  - {name: T, type: relation, to: T}\nviews:\n  - {name: U open, filter: open.coda}\n",
        "U/open.coda": "thisRow.T.Name.IsNotBlank()\n",
    },
    "tables of nothing but relations to each other": {
        "T/table.yml": "table: T\ncolumns:\n  - {name: u, type: relation, to: U, many: true}\n",
        "U/table.yml": "table: U\ncolumns:\n  - {name: t, type: relation, to: T}\n",
    },
    "a table of nothing but other sides of relations": {
        "T/table.yml": "table: T\ncolumns:\n  - {name: us, type: relation, to: U, reverse: t}\n",
        "U/table.yml": "table: U\ncolumns:\n  - {name: t, type: relation, to: T}\n",
    },
    "a table of nothing but a formula and a button": {
        "T/table.yml": "table: T\ncolumns:\n  - {name: Go, type: button, action: go.coda}\n"
        "  - {name: One, type: number, formula: one.coda}\n",
        "T/go.coda": "thisTable.AddRow()\n",
        "T/one.coda": "thisTable.Count()\n",
    },
    "a named formula gives rows of a table": {
        "doc.yml": "doc: Order\nformulas:\n  - {name: All, type: relation, to: T, many: true, formula: All.coda}\n",
        "All.coda": "T.Filter(true)\n",
        "T/table.yml": "table: T\ncolumns:\n" + NAME,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def coda() -> Iterator[RunningCoda]:
    with local_coda_for() as found:
        yield found


@pytest.fixture
def target(coda: RunningCoda) -> Iterator[Target]:
    with new_doc(coda) as found:
        yield found


def told(report: DeployReport) -> str:
    return "\n".join(outcomes.report_lines(report))


@pytest.mark.parametrize("files", PROJECTS.values(), ids=PROJECTS)
def test_a_doc_whose_parts_need_each_other(files: dict[str, str], tmp_path: Path, target: Target) -> None:
    session = opened(write(tmp_path, files))
    assert findings(tmp_path) == []
    report = deploy(session, target)
    assert report.deployed, told(report)
    again, _ = plan_for(session, target)
    assert again.steps == ()


def test_several_texts_in_a_cell_are_told_to_stay_in_the_folder(tmp_path: Path, target: Target) -> None:
    session = opened(write(tmp_path, {"T/table.yml": GO + "  - {name: Other names, type: text, many: true}\n"}))
    assert deploy(session, target).deployed
    again, _ = plan_for(session, target)
    assert again.steps == ()
    assert again.notes == ("T.Other names has several values in the folder alone: Coda has no text column of several",)


# ------------------------------------------------------------ the order of the columns

MIXED = """\
table: T
columns:
  - {name: Twice, type: number, formula: twice.coda}
  - {name: Us, type: relation, to: U, reverse: t}
  - {name: Name, type: text, display: true}
  - {name: Other, type: relation, to: T}
  - {name: Go, type: button, action: go.coda}
  - {name: Number, type: number}
  - {name: Made, type: created_on}
  - {name: State, type: select, options: [new, old]}
"""
MIXED_FILES = {
    "T/table.yml": MIXED,
    "T/twice.coda": "thisRow.Number * 2\n",
    "T/go.coda": "thisTable.AddRow()\n",
    "U/table.yml": "table: U\ncolumns:\n  - {name: t, type: relation, to: T}\n  - {name: Title, type: text}\n",
}


def order_in(coda: RunningCoda, target: Target, table: str) -> list[str]:
    doc = coda.parts.workspace.live(target.doc)
    return [column.column.name for known in doc.record.tables if known.name == table for column in known.columns]


def test_columns_stand_in_the_order_of_the_folder(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = opened(write(tmp_path, MIXED_FILES))
    assert deploy(session, target).deployed
    for table in session.project.doc.tables.values():
        assert order_in(coda, target, table.name) == [*table.columns]


def test_new_columns_come_to_their_places(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    assert deploy(opened(write(tmp_path, MIXED_FILES)), target).deployed
    more = MIXED.replace("  - {name: Name", "  - {name: Before, type: text}\n  - {name: Name")
    more = (
        more.replace("  - {name: Go", "  - {name: Between, type: text}\n  - {name: Go")
        + "  - {name: Last, type: text}\n"
    )
    session = opened(write(tmp_path, {**MIXED_FILES, "T/table.yml": more}))
    assert deploy(session, target).deployed
    assert order_in(coda, target, "T") == [*session.project.doc.tables["T"].columns]


def test_columns_in_another_order_are_told_and_left_to_a_person(tmp_path: Path, target: Target) -> None:
    assert deploy(opened(write(tmp_path, MIXED_FILES)), target).deployed
    lines = MIXED.splitlines(keepends=True)
    moved = "".join((*lines[:2], lines[-1], *lines[2:-1]))
    report = deploy(opened(write(tmp_path, {**MIXED_FILES, "T/table.yml": moved})), target)
    assert [(outcomes.key_of(one.step), one.state) for one in report.outcomes] == [("order columns of T", "by hand")]
    assert report.needs_a_person
    assert report.verified is not None
    assert not report.verified.clean


def test_without_positions_the_order_is_told(tmp_path: Path, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose tool takes no position: what comes last is not claimed to be in its place."""
    has = Tools.has

    def fewer(tools: object, tool: str, *arguments: str) -> bool:
        return "data.position" not in arguments and has(tools, tool, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Tools, "has", fewer)
    report = deploy(opened(write(tmp_path, MIXED_FILES)), target)
    assert report.verified is not None
    assert [outcomes.key_of(step) for step in report.verified.remaining] == ["order columns of T", "order columns of U"]


# ------------------------------------------------------------ what fails takes with it what needs it, and no more


def test_what_is_refused_does_not_stop_the_rest(
    tmp_path: Path, coda: RunningCoda, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Tools.call

    def refused(tools: object, tool: str, arguments: dict[str, object]) -> object:
        if tool == "control_manage":
            raise ToolFailed(tool, "not today")
        return call(tools, tool, arguments)  # type: ignore[arg-type]

    files = PROJECTS["a view shows a column that reads a named formula"]
    table = files["T/table.yml"].replace(
        "views:", "  - {name: Number, type: number}\nviews:\n  - {name: All, sort: Number}"
    )
    session = opened(write(tmp_path, {**files, "T/table.yml": table}))
    with monkeypatch.context() as patch:
        patch.setattr(Tools, "call", refused)
        report = deploy(session, target)
    assert {outcomes.key_of(one.step): (one.state, one.note) for one in report.outcomes} == {
        "add table T": ("done", ""),
        "add named formula Rate": ("failed", "Rate.coda: control_manage: not today"),
        "add view All of T": ("done", ""),
        "add column T.Gross": ("skipped", "it needs Rate, which could not be made"),
        "add view V of T": ("skipped", "it needs T.Gross, which could not be made"),
    }
    assert not report.stopped
    assert not report.deployed
    assert outcomes.ending(report) == (
        "not deployed: 1 step failed, and 2 steps with it; fix the causes, then run codaform deploy again: "
        "what is done stays, and what is missing is made"
    )
    assert deploy(session, target).deployed


def test_one_refused_column_does_not_take_its_neighbours(
    tmp_path: Path, coda: RunningCoda, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Tools.call

    def refused(tools: object, tool: str, arguments: dict[str, object]) -> object:
        if "Twice" in str(arguments):
            raise ToolFailed(tool, "no such thing")
        return call(tools, tool, arguments)  # type: ignore[arg-type]

    columns = "".join(
        f"  - {{name: {name}, type: number, formula: one.coda}}\n" for name in ("Once", "Twice", "Thrice")
    )
    session = opened(
        write(tmp_path, {"T/table.yml": "table: T\ncolumns:\n" + NAME + columns, "T/one.coda": "thisTable.Count()\n"})
    )
    with monkeypatch.context() as patch:
        patch.setattr(Tools, "call", refused)
        report = deploy(session, target)
    assert [one.state for one in report.outcomes] == ["done", "done", "failed", "done"]
    assert deploy(session, target).deployed
    assert order_in(coda, target, "T") == ["Name", "Once", "Twice", "Thrice"]


def test_what_nobody_foresaw_is_an_outcome_with_a_way_on(
    tmp_path: Path, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("Gross")

    session = opened(write(tmp_path, PROJECTS["a view shows a column that reads a named formula"]))
    with monkeypatch.context() as patch:
        patch.setattr(AddFormula, "write", broken)
        report = deploy(session, target)
    said = {outcomes.key_of(one.step): one.note for one in report.outcomes if one.state == "failed"}
    assert said == {
        "add named formula Rate": "internal error: KeyError: 'Gross'; what codaform does wrong here is worth a report"
    }
    assert outcomes.ending(report).startswith("not deployed: 1 step failed, and 2 steps with it")
    assert deploy(session, target).deployed


# ------------------------------------------------------------ views and what they show


def test_a_view_that_shows_less_and_then_all_again(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    files = PROJECTS["a view shows a column that reads a named formula"]
    assert deploy(opened(write(tmp_path, files)), target).deployed
    for shown in ("columns: [Gross]", "columns: [Gross, Name]", "sort: Name", "columns: [Name, Gross]"):
        changed = files["T/table.yml"].replace("columns: [Name, Gross]", shown)
        session = opened(write(tmp_path, {**files, "T/table.yml": changed}))
        report = deploy(session, target)
        assert report.deployed, (shown, told(report))
        assert plan_for(session, target)[0].steps == ()


def test_a_kept_plan_holds_formulas_that_stand_in_yaml(tmp_path: Path, target: Target) -> None:
    table = "table: T\ncolumns:\n" + NAME + '  - {name: One, type: number, formula: "1 + 1"}\n'
    session = opened(write(tmp_path, {"T/table.yml": table}))
    made, _ = plan_for(session, target)
    kept = from_json(to_json(made))
    assert [step.text for step in kept.steps] == [step.text for step in made.steps]
    assert to_json(kept) == to_json(made)


# ------------------------------------------------------------ descriptions


DESCRIBED = """\
table: T
about: What there is.
columns:
  - {name: Name, type: text, display: true, about: "Who: it is"}
  - {name: One, type: number, formula: "1 + 1", about: Always one too many.}
  - {name: Plain, type: text}
views:
  - {name: V, about: The short ones.}
"""


def test_descriptions_go_both_ways_and_what_has_no_way_is_told(tmp_path: Path, target: Target) -> None:
    session = opened(write(tmp_path / "source", {"T/table.yml": DESCRIBED}))
    report = deploy(session, target)
    assert report.deployed
    kept = "the descriptions of tables (1), views (1) stay in the folder: no API takes or returns them"
    assert report.verified is not None
    assert report.verified.unknown == (kept,)
    assert plan_for(session, target)[0].notes == (kept,)
    found = pulled(target.read(), Environment(ENVIRONMENT, target.doc))
    about = {name: column.about for name, column in found.doc.tables["T"].columns.items()}
    assert about == {"Name": "Who: it is", "One": "Always one too many.", "Plain": ""}
    assert [note.message for note in found.notes if "descriptions" in note.message] == [
        "no API tells descriptions of tables, views and named formulas"
    ]


def test_a_description_that_only_the_doc_has_stays_without_prune(tmp_path: Path, target: Target) -> None:
    write(tmp_path, {"T/table.yml": DESCRIBED})
    assert deploy(opened(tmp_path), target).deployed
    session = opened(write(tmp_path, {"T/table.yml": DESCRIBED.replace(", about: Always one too many.", "")}))
    made, _ = plan_for(session, target)
    assert (made.steps, made.unmanaged) == ((), ("the description of the column T.One",))
    pruned, _ = plan_for(session, target, prune=True)
    assert [(outcomes.key_of(step), step.risk) for step in pruned.steps] == [("describe T.One", "loss")]
    assert deploy(session, target, prune=True).deployed
    assert plan_for(session, target)[0].unmanaged == ()


def test_a_description_that_the_doc_lost_stays_in_the_folder(tmp_path: Path, target: Target) -> None:
    session = opened(write(tmp_path, {"T/table.yml": DESCRIBED.replace("Always one too many.", "")}))
    assert deploy(session, target).deployed
    session = opened(write(tmp_path, {"T/table.yml": DESCRIBED}))
    found = pulled(target.read(), Environment(ENVIRONMENT, target.doc), session.project)
    assert found.doc.tables["T"].columns["One"].about == "Always one too many."
    assert [(note.place, note.message) for note in found.notes if note.place] == [
        ("T.One", "the doc has no description of it; the folder's stays")
    ]
