"""`show` and `test` with `--engine`: the engine's values are shown and compared, and they are those of rows."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.columns.computing import ColumnBook
from codaform.engines import ENGINES
from codaform.model.schema import views
from codaform.project.computed import computed_columns
from codaform.project.session import Session
from codaform.project.suite import run_suite
from codaform.semantics.dependencies import GraphNode
from codaform.sql import spark_session
from postgres_server import environment
from projects import DOC, FORMULAS, TASKS, with_tasks

ROWS = "name,hours,parent\nPlan,2,\nBuild,3,Plan\n"
CASES = """\
- case: twice the hours
  given: {tasks: [{name: Plan, hours: 4}]}
  expect: {Plan: 8}
"""
SCENARIO = """\
scenario: a longer plan
start: sample
steps:
  - step: as it is
    expect: {tasks: {Plan: {double: 4}}, total: 10}
  - step: more hours
    change: {tasks: {Plan: {hours: 5}}}
    expect: {tasks: {Plan: {double: 10}, Build: {double: 6}}, total: 16}
  - step: one task less
    remove: {tasks: [Build]}
    expect: {tasks: [Plan], total: 10}
"""
FILES = {
    "doc.yml": DOC + "formulas:\n  - {name: total, type: number, formula: total.coda}\n",
    "tasks/table.yml": TASKS.replace("double.coda}", "double.coda, tests: [unique]}"),
    "tasks/rows.csv": ROWS,
    "tasks/double.cases.yml": CASES,
    "scenarios/longer.yml": SCENARIO,
    "total.coda": "tasks.double.Sum()\n",
}


@pytest.fixture
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an engine that has what it needs."""
    name: str = request.param
    if name == "postgres":
        for variable, value in environment().items():
            monkeypatch.setenv(variable, value)
    return name


OTHERS = [engine for engine in ENGINES if engine not in ("rows", "spark")]
"""tests/test_sql_spark.py and tests/test_spark_files.py are about Spark."""

FOUNDER_HQ = Session.open(FORMULAS)


def call(*words: str) -> Result:
    """The output of a command."""
    return CliRunner().invoke(program, list(words), env={"COLUMNS": "160"})


def outcomes(session: Session, kind: str = "") -> list[tuple[str, str, list[str]]]:
    """Each test with its messages; kind: Those of one kind."""
    found = run_suite(session.project, only=(f"{kind} ",), session=session)
    return [(one.kind, one.name, [said.message for said in one.diagnostics]) for one in found]


@pytest.mark.slow
@pytest.mark.parametrize("engine", OTHERS, indirect=True)
@pytest.mark.parametrize("kind", ["data test", "case", "scenario"])
def test_founder_hq_has_the_same_tests_and_scenarios(kind: str, engine: str) -> None:
    found = outcomes(Session(FOUNDER_HQ.project, engine=engine), kind)
    assert found == outcomes(FOUNDER_HQ, kind)
    assert {one for one, _, _ in found} == {kind}


@pytest.mark.slow
@pytest.mark.parametrize("engine", OTHERS, indirect=True)
def test_founder_hq_shows_the_same(engine: str) -> None:
    doc = FOUNDER_HQ.project.doc
    other = Session(FOUNDER_HQ.project, engine=engine).book
    for node in computed_columns(doc):
        assert other.values(node.table, node.name) == FOUNDER_HQ.book.values(node.table, node.name)
    for name in doc.formulas:
        assert other.named_value(name) == FOUNDER_HQ.book.named_value(name)
    for view in views(doc):
        assert other.rows(view.name) == FOUNDER_HQ.book.rows(view.name)


@pytest.mark.slow
@pytest.mark.parametrize("engine", OTHERS, indirect=True)
@pytest.mark.parametrize("words", [("show", "tasks"), ("show", "total"), ("test",)], ids=" ".join)
def test_a_command_writes_the_same(words: tuple[str, ...], engine: str, tmp_path: Path) -> None:
    asked = (*words, "--format", "json", "--project", str(with_tasks(tmp_path, FILES)))
    rows, other = call(*asked), call(*asked, "--engine", engine)
    assert (rows.exit_code, other.exit_code) == (0, 0)
    assert _without_times(other.stdout) == _without_times(rows.stdout)
    assert other.stderr == rows.stderr


def _without_times(text: str) -> list[str]:
    return [line for line in text.splitlines() if '"seconds"' not in line]


@pytest.mark.parametrize("asked", [("--all",), ("--column", "tasks.double")])
def test_a_folder_is_the_project_where_no_formula_is_expected(asked: tuple[str, ...], tmp_path: Path) -> None:
    folder = str(with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\nPlan,2\n"}))
    named = CliRunner().invoke(program, ["eval", folder, *asked, "--format", "json"])
    assert named.exit_code == 0, named.output
    assert named.stdout == CliRunner().invoke(program, ["eval", *asked, "--project", folder, "--format", "json"]).stdout
    assert CliRunner().invoke(program, ["eval", "1 + 1", *asked, "--format", "json"]).exit_code == 2


def test_it_is_the_value_of_the_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An engine that computed 7 everywhere would be seen in what is shown, and in every kind of test."""
    folder = str(with_tasks(tmp_path, FILES))
    monkeypatch.setattr(ColumnBook, "values", lambda self, table, _: [7.0] * len(self.book.rows(table)))
    shown = call("show", "tasks", "--columns", "double", "--format", "csv", "--project", folder, "--engine", "columns")
    assert shown.stdout == "double\n7\n7\n"
    assert call("show", "total", "--project", folder, "--engine", "columns").stdout == "14\n"
    tested = call("test", folder, "--engine", "columns")
    assert tested.exit_code == 1
    for said in (
        "1 row breaks the test unique of tasks.double: Build (7)",
        "Plan: 8 is expected, it is 7",
        "after “as it is”: tasks Plan, double: 4 is expected, it is 7",
        "after “more hours”: tasks Build, double: 6 is expected, it is 7",
        "after “one task less”: total: 10 is expected, it is 7",
    ):
        assert said in tested.stdout
    assert call("test", folder).exit_code == 0


def test_what_an_engine_filled_in_is_forgotten_by_the_first_change(tmp_path: Path) -> None:
    book = Session.open(with_tasks(tmp_path, FILES)).book
    plan, build = book.rows("tasks")
    made = {GraphNode("cells", "tasks", "double"): [7.0, 8.0], GraphNode("named", "", "total"): [9.0]}
    book.fill(made)
    assert (book.values("tasks", "double"), book.value(build, "double"), book.named("total")) == ([7, 8], 8, 9)
    book.change(plan, {"hours": 1.0})
    assert (book.filled, book.values("tasks", "double"), book.named("total")) == (False, [2, 6], 8)
    book.fill(made)
    book.move_clock(book.now)
    assert (book.filled, book.values("tasks", "double"), book.named("total")) == (False, [2, 6], 8)


def test_an_engine_says_that_it_left_something_to_rows(tmp_path: Path) -> None:
    folder = str(with_tasks(tmp_path, {**FILES, "tasks/double.coda": "RandomInteger(1, 2) * thisRow.hours\n"}))
    said = (
        "duckdb left parts of 1 column to rows; codaform eval --all --engine duckdb --format json says which and why\n"
    )
    assert call("show", "tasks", "--project", folder, "--engine", "duckdb").stderr == said
    assert said in call("test", folder, "--engine", "duckdb").stderr


@pytest.mark.parametrize("words", [("show", "tasks", "--project"), ("test",)], ids=["show", "test"])
def test_an_engine_without_memory_is_one_line(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, connect = str(with_tasks(tmp_path, FILES)), duckdb.connect
    small: dict[str, Any] = {"memory_limit": "100KB", "temp_directory": ""}
    monkeypatch.setattr(duckdb, "connect", lambda place: connect(place, config=small))
    found = call(*words, folder, "--engine", "duckdb")
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith("codaform: DuckDB stopped: Out of Memory Error")
    assert found.stderr.endswith("; --engine rows computes the same\n")
    assert call(*words, folder, "--engine", "rows").exit_code == 0


def test_columns_without_memory_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> list[object]:
        raise MemoryError

    monkeypatch.setattr(ColumnBook, "values", full)
    found = call("show", "tasks", "--project", str(with_tasks(tmp_path, FILES)), "--engine", "columns")
    assert found.exit_code == 2
    assert found.stderr == "codaform: the engine columns ran out of memory; --engine rows computes the same\n"


def test_an_engine_that_is_too_old_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0.9.2" if name == "duckdb" else version(name))
    found = call("show", "tasks", "--project", str(with_tasks(tmp_path, FILES)), "--engine", "duckdb")
    assert found.exit_code == 2
    assert "duckdb 0.9.2 is installed, duckdb<3,>=1.5 is needed; install what is missing: " in found.stderr
    assert found.stderr.endswith("; --engine rows computes the same without it\n")
    assert found.stderr.count("\n") == 1


def test_spark_that_is_not_installed_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    version = metadata.version

    def without(name: str) -> str:
        if name == "pyspark":
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", without)
    folder, out = str(with_tasks(tmp_path / "doc", FILES)), tmp_path / "out"
    files = ("--format", "parquet", "--input", f"tasks={tmp_path}/tasks.parquet", "--output", str(out))
    for words in (("--format", "json"), files):
        found = call("eval", "--all", "--engine", "spark", *words, "--project", folder)
        assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (2, "", 1)
        assert found.stderr.startswith("codaform: this needs the extra spark: pyspark is missing; install ")
    assert [path.name for path in tmp_path.iterdir()] == ["doc"]


def test_an_engine_and_a_local_coda_exclude_each_other(tmp_path: Path) -> None:
    found = call("test", str(with_tasks(tmp_path, FILES)), "--on", "local", "--engine", "duckdb")
    assert found.exit_code == 2
    assert "--engine is for tests that run here: without --on local." in found.stderr


def test_a_case_reads_a_view_by_the_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case = "- case: long ones\n  given: {tasks: [{name: A, hours: 4}, {name: B, hours: 1}]}\n  expect: 1\n"
    files = {
        **FILES,
        "tasks/table.yml": TASKS + "views:\n  - {name: Long, filter: thisRow.double > 5}\n",
        "total.coda": "Long.Count()\n",
        "total.cases.yml": case,
    }
    folder = str(with_tasks(tmp_path, files))
    asked = ("test", folder, "-k", "total", "--engine", "columns")
    assert call(*asked).exit_code == 0
    monkeypatch.setattr(ColumnBook, "values", lambda self, table, _: [7.0] * len(self.book.rows(table)))
    assert "total: 1 is expected, it is 2" in call(*asked).stdout


@pytest.mark.parametrize("engine", [one for one in OTHERS if one != "columns"], indirect=True)
def test_people_keep_their_addresses(engine: str, tmp_path: Path) -> None:
    table = TASKS + (
        "  - {name: owner, type: person}\n"
        "  - {name: who, type: person, formula: who.coda}\n"
        "  - {name: me, type: person, formula: me.coda}\n"
        "  - {name: count, type: number, formula: count.coda}\n"
    )
    files = {
        "doc.yml": DOC + "user: {name: Ada, email: ada@b.org}\n",
        "tasks/table.yml": table,
        "tasks/rows.csv": "name,hours,owner\nPlan,2,Ada\nBuild,3,\n",
        "tasks/who.coda": "thisRow.owner\n",
        "tasks/me.coda": "User()\n",
        "tasks/count.coda": "AllUsers().Count() + If(IsSignedIn(), 1, 0) + If(thisRow.owner = User(), 8, 0)\n",
    }
    folder = str(with_tasks(tmp_path, files))
    asked = ("show", "tasks", "--columns", "name,count", "--format", "csv", "--project", folder, "--engine", engine)
    assert call(*asked, "--where", "thisRow.me.Email = 'ada@b.org'").stdout == "name,count\nPlan,10\nBuild,2\n"
    assert call(*asked, "--where", "thisRow.who.Email = 'ada@b.org'").stdout == "name,count\n"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("java.lang.OutOfMemoryError: Java heap space", "Spark stopped: its memory did not suffice"),
        (
            "org.apache.spark.SparkException: SparkContext was shut down",
            "Spark's Java ended",
        ),
        ("java.lang.IllegalStateException: Cannot call methods on a stopped SparkContext.", "Spark's Java ended"),
        (
            "org.apache.spark.SparkException: a file is gone\n  at a.b.C",
            "Spark stopped: a file is gone; ",
        ),
        ("", "Spark stopped: no reason given"),
    ],
)
def test_what_stops_spark_is_told_in_one_line(message: str, shown: str) -> None:
    said = spark_session.told(message)
    assert said.startswith(shown)
    assert "\n" not in said
    assert said.endswith("(--engine rows)")
