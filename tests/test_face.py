"""The Python face: its names, the stub that type checkers read, and a session with a project's values and findings."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import codaform
from codaform.model.types import NUMBER
from codaform.model.values import Error
from codaform.project.session import Session
from projects import replace, with_tasks

STUB = Path(codaform.__file__).with_suffix(".pyi")
ROWS = "name,hours,parent\nPlan,2,\nBuild,8,Plan\n"


def test_the_stub_has_the_names_of_the_face() -> None:
    tree = ast.parse(STUB.read_text("utf-8"))
    imported = {
        alias.asname: node.module for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert {*imported, "__version__"} == set(codaform.__all__)
    for name, module in imported.items():
        assert getattr(import_module(str(module)), str(name)) is getattr(codaform, str(name))


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="module codaform has no attribute nothing"):
        codaform.nothing  # type: ignore[attr-defined]  # noqa: B018
    assert set(dir(codaform)) == set(codaform.__all__)


def test_the_old_name_of_a_session_warns() -> None:
    with pytest.warns(DeprecationWarning, match=r"codaform\.Project is now called codaform\.Session"):
        assert codaform.Project is Session


def test_a_session_has_the_values_of_a_project(tmp_path: Path) -> None:
    session = codaform.Session.open(with_tasks(tmp_path, {"tasks/rows.csv": ROWS}))
    assert [*session.project.doc.tables] == ["tasks"]
    assert (session.project.diagnostics, session.formula_diagnostics, session.row_diagnostics) == ((), [], [])
    plan, build = session.book.rows("tasks")
    assert [session.book.value(row, "double") for row in (plan, build)] == [4.0, 16.0]
    assert session.book.value(build, "parent") == plan
    session.book.change(plan, {"hours": 3.0})
    assert session.book.value(plan, "double") == 6.0


def test_a_session_has_the_findings_of_a_project(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name,hours,parent\nPlan,2,Nobody\n"})
    replace(folder / "tasks" / "double.coda", "thisRow.hours", "thisRow.hour")
    session = codaform.Session.open(folder)
    assert [found.rule.name for found in session.formula_diagnostics] == ["unknown-column"]
    assert [found.rule.name for found in session.row_diagnostics] == ["no-such-row"]
    value = codaform.evaluate("thisRow.double", session, "tasks", "Plan")
    assert isinstance(value, Error)


def test_a_formula_is_evaluated_in_a_row(tmp_path: Path) -> None:
    session = codaform.Session.open(with_tasks(tmp_path, {"tasks/rows.csv": ROWS}))
    row = session.book.rows("tasks")[1]
    for place in (2, "Build", row):
        assert codaform.evaluate("thisRow.double + 1", session, "tasks", place) == 17.0
    assert codaform.evaluate("thisRow.double", session, row=row) == 16.0
    assert codaform.evaluate("tasks.Count()", session) == 2.0
    bound = codaform.bind(codaform.parse("thisRow.double"), session, "tasks")
    assert (bound.type, bound.diagnostics) == (NUMBER, ())


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        ("task", "Plan", "there is no table task"),
        (None, "Plan", "there is no table None"),
        ("tasks", "Nobody", "no row of tasks is displayed as Nobody"),
        ("tasks", 3, "tasks has 2 rows, not a row 3"),
        ("tasks", 0, "tasks has 2 rows, not a row 0"),
    ],
)
def test_a_row_that_is_not_there(tmp_path: Path, table: str | None, row: str | int, message: str) -> None:
    session = codaform.Session.open(with_tasks(tmp_path, {"tasks/rows.csv": ROWS}))
    with pytest.raises(KeyError, match=message):
        codaform.evaluate("1", session, table, row)


def test_a_text_that_is_no_formula_says_where(tmp_path: Path) -> None:
    with pytest.raises(codaform.FormulaError, match=r"\(at character 5\)") as raised:
        codaform.parse("1 + )")
    assert [found.rule.name for found in raised.value.diagnostics] == ["unexpected"]
    assert codaform.parse(codaform.show(codaform.parse("1+1"))) == codaform.parse("1 + 1")


def test_a_value_without_a_formula_has_no_literal(tmp_path: Path) -> None:
    session = codaform.Session.open(with_tasks(tmp_path, {"tasks/rows.csv": ROWS}))
    for value in (session.book.rows("tasks")[0], Error("x", "y")):
        with pytest.raises(ValueError, match="no formula"):
            codaform.literal(value)
