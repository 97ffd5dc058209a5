"""All computed columns of a doc by an engine: the same values, as Arrow tables, and which engine is chosen."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from click.testing import CliRunner

import codaform
from codaform.cli.program import program
from codaform.columns.how import How
from codaform.model.values import Error
from codaform.project import computed
from codaform.project.session import Session
from projects import with_tasks

FORMULAS = Path(__file__).parent.parent / "formulas"
ROWS = "name,hours,parent\nPlan,2,\nBuild,,Plan\nTest,0,Plan\n"


@pytest.fixture(scope="module")
def session() -> Session:
    return Session.open(FORMULAS)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["columns", "duckdb"])
def test_engines_compute_the_same(session: Session, engine: str) -> None:
    assert session.compute(engine).columns == session.compute("rows").columns


def test_a_table_is_an_arrow_table_of_its_schema(session: Session) -> None:
    found = session.compute("columns").to_arrow("sprints")
    assert found.schema == codaform.arrow_schema("sprints", session)
    assert found.schema.field("start_date").type == pa.date32()
    assert found.schema.field("tasks").metadata == {b"table": b"tasks"}
    names = [session.book.display(row) for row in session.book.rows("tasks")]
    first = next(row for row in found.to_pylist() if row["tasks"])
    assert isinstance(first["start_date"], date)
    held = session.book.value(session.row("sprints", first["sprint_id"]), "tasks")
    assert [names[place] for place in first["tasks"]] == [session.book.display(row) for row in held]


def test_an_error_is_null_in_arrow(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path, {"tasks/double.coda": "1 / thisRow.hours\n", "tasks/rows.csv": ROWS})
    found = Session.open(folder).compute()
    assert [type(value) for value in found.values("tasks", "double")] == [float, Error, Error]
    table = found.to_arrow("tasks")
    assert table["double"].to_pylist() == [0.5, None, None]
    assert table["parent"].to_pylist() == [None, 0, 0]


def test_other_frames_are_made_through_arrow(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", SimpleNamespace(from_arrow=lambda table: ("polars", table.num_rows)))
    assert session.compute().to_polars("tasks") == ("polars", 64)


def test_what_is_not_there_is_told(session: Session) -> None:
    with pytest.raises(ValueError, match="there is no engine abacus"):
        session.compute("abacus")
    with pytest.raises(KeyError, match="there is no table nothing"):
        codaform.arrow_schema("nothing", session)


def test_a_large_doc_is_computed_by_columns(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.compute().engine == "rows"
    monkeypatch.setattr(computed, "MANY_ROWS", 64)
    assert session.compute().engine == "columns"
    monkeypatch.setattr(computed, "find_spec", lambda _: None)
    choice = computed.chosen_engine(session.book)
    assert (choice.engine, choice.why) == (
        "rows",
        "tasks has 64 rows; columns would be faster, with the extra columns",
    )


@pytest.mark.slow
def test_the_plan_says_which_engine_and_how() -> None:
    run = CliRunner().invoke(
        program, ["eval", "--project", str(FORMULAS), "--column", "workflows.variance_pct", "--explain-plan"]
    )
    assert "engine: rows, as tasks has 64 rows, and columns pay from 200,000 on\nin columns: as a whole" in run.output
    run = CliRunner().invoke(
        program,
        ["eval", "--project", str(FORMULAS), "--column", "sprints.start_date", "--explain-plan", "--format", "json"],
    )
    told = json.loads(run.output)
    assert told["engine"]["engine"] == "rows"
    assert "RegexMatch" in told["columns"]["by_value"]


def test_how_a_column_is_computed_is_told_in_words() -> None:
    assert str(How()) == "as a whole"
    assert str(How(("Left",), 2)) == (
        "Left value by value; 2 of the rows one by one, which have errors or values of another type"
    )
    assert str(How((), 9, "Sort has no form")) == "row by row, as Sort has no form"
