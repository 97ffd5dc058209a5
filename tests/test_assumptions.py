"""What makers saw Coda do otherwise: the findings that say so, and the doc's `assume:` that takes it for true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codaform.evaluation.actions import RowAdded, RowChanged, press
from codaform.library.aggregates import STRICT
from codaform.model.notation import notate
from codaform.model.schema import Assumptions
from codaform.project.session import Session
from codaform.project.writer import project_files
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source
from codaform.sql.forms import FORMS, form_of
from example_doc import DOC, example_workbook
from projects import findings, opened, write

TABLE = """\
table: tasks
columns:
  - {name: name, type: text, key: true}
  - {name: place, type: number}
  - {name: project, type: relation, to: projects}
  - {name: begin, type: number, formula: "thisTable.Filter(CurrentValue.place = thisRow.place - 1).end.Max()"}
  - {name: end, type: number, formula: "thisRow.begin + 1"}
  - {name: own, type: number, formula: "thisTable.Filter(CurrentValue.place = thisRow.place - 1).own.Sum() + 1"}
  - {name: least, type: number, formula: "thisTable.Filter(CurrentValue.place > 2).place.Min()"}
  - {name: load, type: number, formula: "thisRow.project.total"}
  - {name: pass, type: button, action: "thisTable.ForEach(CurrentValue.ModifyRows(place, thisTable.place.Sum()))"}
  - {name: steps, type: button, action: "RunActions(thisRow.ModifyRows(place, 50), thisRow.ModifyRows(name, place))"}
  - {name: more, type: button, action: "AddRow(tasks, name, 'c', place, 2).ModifyRows(place, tasks.Count())"}
"""
PROJECTS = """\
table: projects
columns:
  - {name: name, type: text, key: true}
  - {name: total, type: number, formula: "tasks.Filter(project = thisRow).place.Sum()"}
"""
FILES = {
    "tasks/table.yml": TABLE,
    "tasks/rows.csv": "name,place,project\na,1,p\nb,2,p\n",
    "projects/table.yml": PROJECTS,
    "projects/rows.csv": "name\np\n",
}
DOUBTS = ("empty-aggregate", "row-circle", "table-circle", "reads-written")


def doc(assume: str = "") -> str:
    """A doc.yml with assumptions."""
    return f"doc: Small\nassume: {{{assume}}}\n" if assume else "doc: Small\n"


def values(folder: Path, engine: str, *columns: str) -> list[list[str]]:
    """The values of columns of tasks, by an engine."""
    session = Session(opened(folder).project, engine=engine)
    book = session.book
    return [[notate(value, book) for value in book.values("tasks", column)] for column in columns]


def pressed(session: Session, button: str) -> list[str]:
    """The cells that a button of the first row changes."""
    book = session.book
    done = press(book, "tasks", button, book.rows("tasks")[0])
    assert done.error is None
    return [
        f"{change.column}: {notate(change.after, book)}"
        if isinstance(change, RowChanged)
        else f"+ {notate(dict(change.values), book)}"
        for change in done.changes
        if isinstance(change, RowChanged | RowAdded)
    ]


ENGINES = pytest.mark.parametrize("engine", ["rows", "columns", "duckdb"])


@ENGINES
def test_without_assumptions_everything_is_computed(engine: str, tmp_path: Path) -> None:
    found = values(write(tmp_path, FILES, doc()), engine, "begin", "end", "own", "least", "load")
    assert found == [["blank", "1"], ["1", "2"], ["1", "2"], ["blank", "blank"], ["3", "3"]]


@ENGINES
def test_max_of_nothing_is_an_error_where_the_doc_assumes_so(engine: str, tmp_path: Path) -> None:
    folder = write(tmp_path, FILES, doc("max_of_nothing: error"))
    assert values(folder, engine, "least", "own") == [["error: wrong-value"] * 2, ["1", "2"]]


@ENGINES
def test_circles_go_by_tables_where_the_doc_assumes_so(engine: str, tmp_path: Path) -> None:
    folder = write(tmp_path, FILES, doc("circles: tables"))
    assert values(folder, engine, "begin", "end", "own", "load") == [["blank"] * 2] * 4
    alone = {**FILES, "projects/table.yml": PROJECTS.partition("  - {name: total")[0]}
    alone["tasks/table.yml"] = TABLE.replace("thisRow.project.total", "7")
    write(folder, alone, doc("circles: tables"))
    # Columns that reach each other through other rows are in a circle; one that looks up itself is not.
    assert values(folder, engine, "begin", "end", "own", "load") == [["blank"] * 2] * 2 + [["1", "2"], ["7", "7"]]


def test_actions_see_what_was_done_or_the_rows_before_the_press(tmp_path: Path) -> None:
    stepwise = opened(write(tmp_path, FILES, doc()))
    assert pressed(stepwise, "pass") == ["place: 3", "place: 5"]
    snapshot = Session(opened(write(tmp_path, FILES, doc("press: snapshot"))).project)
    assert pressed(snapshot, "pass") == ["place: 3", "place: 3"]


@pytest.mark.parametrize(
    ("press", "steps", "more"),
    [
        ("stepwise", ["place: 50", 'name: "50"'], ['+ {name: "c", place: 2}', "place: 3"]),
        ("snapshot", ["place: 50", 'name: "1"'], ['+ {name: "c", place: 2}']),
    ],
)
def test_a_new_row_can_be_changed_in_the_same_press(
    press: str, steps: list[str], more: list[str], tmp_path: Path
) -> None:
    folder = write(tmp_path, FILES, doc(f"press: {press}"))
    assert [pressed(opened(folder), button) for button in ("steps", "more")] == [steps, more]


def test_each_doubt_is_named_with_its_source(tmp_path: Path) -> None:
    found = [one for one in findings(write(tmp_path, FILES, doc())) if one.rule.severity == "info"]
    assert {one.rule.name for one in found} == set(DOUBTS)
    assert all("a maker saw Coda" in one.message + one.help for one in found)


def test_what_a_doc_takes_for_true_is_no_doubt(tmp_path: Path) -> None:
    folder = write(tmp_path, FILES, doc("max_of_nothing: error, press: snapshot, circles: tables"))
    found = [one for one in findings(folder) if one.rule.name in DOUBTS]
    assert {one.rule.name for one in found} == {"row-circle", "table-circle"}
    assert all("they are blank, as doc.yml assumes" in one.message for one in found)


def test_an_unknown_assumption_is_a_finding(tmp_path: Path) -> None:
    found = findings(write(tmp_path, FILES, doc("press: later")))
    assert "wrong-shape" in {one.rule.name for one in found}


def test_assumptions_are_written_back(tmp_path: Path) -> None:
    project = opened(write(tmp_path, FILES, doc("press: snapshot, circles: columns"))).project
    assert project.doc.assume == Assumptions(press="snapshot", stated=("circles", "press"))
    text = project_files(project.doc)[Path("doc.yml")]
    assert "circles: columns" in text
    assert "press: snapshot" in text


def test_a_default_that_a_doc_states_is_no_doubt(tmp_path: Path) -> None:
    folder = write(tmp_path, FILES, doc("max_of_nothing: blank, press: stepwise, circles: columns"))
    found = {one.rule.name for one in findings(folder)}
    assert not found & {"empty-aggregate", "reads-written", "row-circle", "table-circle"}


@pytest.mark.parametrize("plain", STRICT, ids=lambda one: f"{one.name} {one.rowwise.__name__}")
def test_a_strict_aggregate_is_the_plain_one_but_for_nothing(plain: object) -> None:
    strict = STRICT[plain]  # type: ignore[index]
    assert (strict.name, strict.returns, strict.wants_context) == (plain.name, plain.returns, plain.wants_context)  # type: ignore[attr-defined]
    assert form_of(strict).exact == FORMS[plain].exact  # type: ignore[index]
    doc = replace(DOC, assume=Assumptions(max_of_nothing="error"))
    book = example_workbook(doc)
    for example in strict.examples:
        bound, _ = bind_site(doc, FormulaSite("test", "Tasks", "shown"), Source("example", example.formula), None)
        wanted = "error: wrong-value" if example.result == "blank" else example.result
        assert notate(book.evaluate(bound, book.rows("Tasks")[0]), book) == wanted
