"""`codaform sql` prints what an empty database runs; `codaform eval --engine` gives the values of the engines."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from codaform.cli.output.values import json_value
from codaform.cli.program import program
from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.values import Row
from codaform.project import csv_file
from codaform.project.rows_file import RowsInFiles
from codaform.project.session import Session
from codaform.sql.kinds import decoded
from postgres_server import environment, server
from projects import write

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"

TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: share, type: number, formula: share.coda}
  - {name: title, type: text, formula: title.coda}
"""
FILES = {
    "tasks/table.yml": TABLE,
    "tasks/share.coda": "1 / thisRow.hours\n",
    "tasks/title.coda": "EncodeForUrl(thisRow.name)\n",
    "tasks/rows.csv": "name,hours\nplan it,2\nbuild it,0\n",
}


def call(*words: str) -> Result:
    """The output of a command."""
    return CliRunner().invoke(program, list(words), env={"COLUMNS": "160"})


def in_sql(value: object, book: Workbook) -> object:
    """A value as the script's views have it: a row is its number."""
    if isinstance(value, list):
        return [in_sql(item, book) for item in value]
    return value.id if isinstance(value, Row) else json_value(value, book)


@pytest.mark.slow
def test_the_script_of_founder_hq_runs_in_an_empty_database() -> None:
    script = call("sql", "--project", str(FOUNDER_HQ))
    assert script.exit_code == 0
    assert "-- touchpoints.log_run is not in SQL: no formula computes it\n" in script.stdout
    book = Session.open(FOUNDER_HQ).book
    with duckdb.connect(":memory:") as connection:
        connection.execute(script.stdout)
        for view, table, column in (
            ("sprints computed", "sprints", "start_date"),
            ("workflows computed", "workflows", "variance_pct"),
            ("workflows complete", "workflows", "variance_pct"),
            ("workflows complete", "workflows", "name"),
            ("tasks complete", "tasks", "execution_runs"),
        ):
            found = connection.execute(f'SELECT "{column}" FROM "{view}" ORDER BY "row"').fetchall()
            values = [value.isoformat() if hasattr(value, "isoformat") else value for (value,) in found]
            assert values == [in_sql(value, book) for value in book.values(table, column)]


def checked(lines: dict[tuple[str, str], list[object]]) -> None:
    """Compare columns of views with the row-wise engine's values."""
    book = Session.open(FOUNDER_HQ).book
    for (table, column), found in lines.items():
        assert found == [in_sql(value, book) for value in book.values(table, column)], column


COMPARED = (
    ("sprints", "start_date"), ("workflows", "variance_pct"), ("workflows", "name"), ("tasks", "execution_runs"),
    ("tasks", "sprint"), ("workflows", "avg_actual_hours"), ("execution_runs", "started_at"), ("db_templates", "tags"),
)  # fmt: skip


@pytest.mark.slow
def test_the_script_for_sqlite_runs_in_an_empty_database(tmp_path: Path) -> None:
    script = call("sql", "--project", str(FOUNDER_HQ), "--dialect", "sqlite")
    assert script.exit_code == 0
    kinds = {("sprints", "start_date"): "date", ("tasks", "execution_runs"): "list", ("db_templates", "tags"): "list"}
    found: dict[tuple[str, str], list[object]] = {}
    with closing(sqlite3.connect(tmp_path / "founder.db")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(script.stdout)
        for table, column in COMPARED:
            lines = connection.execute(f'SELECT "{column}" FROM "{table} complete" ORDER BY "row"').fetchall()
            kind = kinds.get((table, column))
            if kind == "date":
                lines = connection.execute(
                    f'SELECT date("{column}" * 86400, \'unixepoch\') FROM "{table} complete" ORDER BY "row"'
                ).fetchall()
            found[table, column] = [
                json.loads(value) if kind == "list" and value is not None else value for (value,) in lines
            ]
        checked(in_moments(found))
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute("UPDATE db_templates SET status = 'Lost'")
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM pragma_foreign_key_list('tasks')").fetchone() != (0,)
        assert connection.execute("SELECT count(*) FROM pragma_index_list('tasks')").fetchone() != (0,)


@pytest.mark.slow
def test_the_script_for_postgresql_runs_in_an_empty_schema() -> None:
    address = server()
    import psycopg

    script = call("sql", "--project", str(FOUNDER_HQ), "--dialect", "postgres")
    assert script.exit_code == 0
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA founder")
        try:
            connection.execute("SET search_path = founder")
            connection.execute(script.stdout.encode())
            found = {
                (table, column): [
                    value.isoformat() if hasattr(value, "isoformat") else value
                    for (value,) in connection.execute(
                        f'SELECT "{column}" FROM "{table} complete" ORDER BY "row"'.encode()
                    ).fetchall()
                ]
                for table, column in COMPARED
            }
            checked(in_moments(found))
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute("UPDATE db_templates SET status = 'Lost'")
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                connection.execute("DELETE FROM sprints")
        finally:
            connection.execute("DROP SCHEMA founder CASCADE")


def test_the_complete_view_of_a_table_has_the_other_sides_of_relations(tmp_path: Path) -> None:
    """A relation is complete too where a column behind it is computed later."""
    columns = """\
table: parts
columns:
  - {name: part, type: text, display: true}
  - {name: whole, type: relation, to: parts}
  - {name: pieces, type: relation, to: parts, reverse: whole}
  - {name: many, type: number, formula: many.coda}
  - {name: share, type: number, formula: share.coda}
"""
    files = {
        "parts/table.yml": columns,
        "parts/rows.csv": "part,whole\ncar,\nwheel,car\ndoor,car\nhub,wheel\n",
        "parts/many.coda": "thisRow.pieces.Count()\n",
        "parts/share.coda": "thisRow.many / parts.many.Sum()\n",
    }
    script = call("sql", "--project", str(write(tmp_path, files)), "--dialect", "sqlite")
    assert script.exit_code == 0
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(script.stdout)
        lines = connection.execute('SELECT pieces, many, share FROM "parts complete" ORDER BY "row"').fetchall()
    assert [(json.loads(pieces), *more) for pieces, *more in lines] == [
        ([2, 3], 2.0, 2 / 3), ([4], 1.0, 1 / 3), ([], 0.0, 0.0), ([], 0.0, 0.0),
    ]  # fmt: skip


def in_moments(found: dict[tuple[str, str], list[object]]) -> dict[tuple[str, str], list[object]]:
    """Columns with their moments as codaform writes them, instead of microseconds."""
    moments, book = ("execution_runs", "started_at"), Session.open(FOUNDER_HQ).book
    read = [json_value(decoded(value, types.DATETIME, book.zone), book) for value in found[moments]]
    return {**found, moments: read}


def test_columns_are_printed_with_what_they_read_and_without_rows() -> None:
    script = call("sql", "workflows.variance_pct", "--project", str(FOUNDER_HQ)).stdout
    assert "INSERT" not in script
    assert script.count("CREATE VIEW") == 3
    assert "sprints" not in script


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["columns", "duckdb"])
def test_all_columns_are_the_same_with_every_engine(engine: str) -> None:
    asked = ("eval", "--all", "--format", "json", "--project", str(FOUNDER_HQ))
    rows, other = call(*asked), call(*asked, "--engine", engine)
    assert other.stdout == rows.stdout
    assert list(json.loads(rows.stdout)["workflows"])[-1] == "variance_pct"


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_a_large_file_gives_databases_the_same_columns(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine == "postgres":
        for name, value in environment().items():
            monkeypatch.setenv(name, value)
    asked = ("eval", "--all", "--format", "json", "--project", str(FOUNDER_HQ), "--engine", engine)
    by_rows = call(*asked[:-2])
    monkeypatch.setattr(csv_file, "LARGE", 0)
    monkeypatch.setattr(RowsInFiles, "may_have", lambda *_: True)
    found = call(*asked)
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout) == json.loads(by_rows.stdout)


def test_what_rows_compute_is_said_with_its_place(tmp_path: Path) -> None:
    folder = str(write(tmp_path, FILES))
    found = call("eval", "--all", "--engine", "duckdb", "--format", "json", "--project", folder)
    error = {"error": "division-by-zero", "message": "division by zero"}
    assert json.loads(found.stdout) == {"tasks": {"share": [0.5, error], "title": ["plan%20it", "build%20it"]}}
    assert [line.removeprefix(f"{os.path.relpath(tmp_path)}/") for line in found.stderr.splitlines()] == [
        "tasks/title.coda:1:1: EncodeForUrl has no SQL yet; the engine rows computes tasks.title",
        "tasks.share: the engine rows computes 1 cell, where SQL would differ or fail",
    ]
    one = call("eval", "--column", "tasks.share", "--engine", "duckdb", "--format", "csv", "--project", folder)
    assert one.stdout == "name,share\nplan it,0.5\nbuild it,error: division-by-zero\n"


def test_all_columns_in_csv_have_a_line_for_each_cell(tmp_path: Path) -> None:
    found = call("eval", "--all", "--format", "csv", "--project", str(write(tmp_path, FILES)))
    assert list(csv.reader(io.StringIO(found.stdout)))[:3] == [
        ["table", "column", "row", "value"],
        ["tasks", "share", "1", "0.5"],
        ["tasks", "share", "2", "error: division-by-zero"],
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("eval", "--all"), "--all is for whole columns, with --format json, csv or parquet."),
        (("eval", "1", "--engine", "duckdb"), "--engine is for whole columns"),
        (("eval", "1", "--all", "--format", "json"), "Give a formula, or --column, or --all, or --select."),
        (("sql", "--dialect", "klingon"), "'klingon' is not"),
        (("sql", "sprints.nothing", "--project", str(FOUNDER_HQ)), "nothing"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(words: tuple[str, ...], said: str) -> None:
    found = call(*words)
    assert found.exit_code == 2
    assert said in found.stderr
