"""All computed columns of a doc by an engine: the same values, as Arrow tables, and which engine is chosen."""

from __future__ import annotations

import json
import sys
from datetime import date, time, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

import codaform
from codaform.cli.program import program
from codaform.columns.computing import ColumnBook
from codaform.columns.how import How
from codaform.model.values import Error
from codaform.project import computed
from codaform.project.session import Session
from projects import with_tasks, write

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


KINDS = """\
table: kinds
columns:
  - {name: name, type: text, display: true}
  - {name: number, type: number}
  - {name: done, type: checkbox}
  - {name: day, type: date}
  - {name: moment, type: datetime}
  - {name: clock, type: time}
  - {name: length, type: duration}
  - {name: other, type: relation, to: kinds}
  - {name: others, type: relation, to: kinds, many: true}
  - {name: words, type: text, many: true}
  - {name: numbers, type: number, many: true}
  - {name: who, type: person}
  - {name: half, type: number, formula: half.coda}
  - {name: later, type: datetime, formula: later.coda}
  - {name: longest, type: duration, formula: longest.coda}
  - {name: mine, type: relation, to: kinds, many: true, formula: mine.coda}
"""

FILES = {
    "doc.yml": "doc: D\ntime_zone: Europe/Berlin\n",
    "kinds/table.yml": KINDS,
    "kinds/half.coda": "1 / thisRow.number\n",
    "kinds/later.coda": "thisRow.moment + Hours(1)\n",
    "kinds/longest.coda": "thisTable.length.Max()\n",
    "kinds/mine.coda": "thisTable.Filter(other = thisRow)\n",
    "kinds/rows.csv": (
        "name,number,done,day,moment,clock,length,other,others,words,numbers,who\n"
        "A,2,true,2025-03-30,2025-03-30T01:30,09:30,2 hrs,,A; B,x; y,1; 2,Ada\n"
        "B,0,,,2025-10-26T02:30,,,A,,,,\n"
        ",,false,9999-12-31,,23:59:59,-1 day,B,B,z,,bob@x.org\n"
    ),
}


@pytest.fixture
def kinds(tmp_path: Path) -> Session:
    return Session.open(write(tmp_path, FILES))


def test_arrays_are_the_same_arrow_tables_as_values(kinds: Session, session: Session) -> None:
    for each in (kinds, session):
        by_columns, by_rows = Session(each.project).compute("columns"), each.compute("rows")
        assert by_columns.count_errors() == by_rows.count_errors()
        for table in each.project.doc.tables:
            made, wanted = by_columns.to_arrow(table), by_rows.to_arrow(table)
            made.validate(full=True)
            assert made.schema == codaform.arrow_schema(table, each)
            assert [name for name in made.column_names if made[name] != wanted[name]] == []


def test_a_table_is_a_frame_of_pandas(kinds: Session) -> None:
    frame = kinds.compute("columns").to_pandas("kinds")
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "name": "str",
        "number": "float64",
        "done": "boolean",
        "day": "object",
        "moment": "datetime64[us, Europe/Berlin]",
        "clock": "object",
        "length": "timedelta64[us]",
        "other": "Int32",
        "others": "object",
        "words": "object",
        "numbers": "object",
        "who": "str",
        "half": "float64",
        "later": "datetime64[us, Europe/Berlin]",
        "longest": "timedelta64[us]",
        "mine": "object",
    }
    assert frame["other"].isna().tolist() == [True, False, False]
    assert frame["other"][1:].tolist() == [0, 1]
    assert [found.tolist() for found in frame["others"]] == [[0, 1], [], [1]]
    assert [found.tolist() for found in frame["mine"]] == [[1], [2], []]
    assert frame["day"][2] == date(9999, 12, 31)
    assert frame["clock"].tolist() == [time(9, 30), None, time(23, 59, 59)]
    assert frame["half"].isna().tolist() == [False, True, True]
    assert str(frame["later"][0]) == "2025-03-30 03:30:00+02:00"
    assert frame["longest"].tolist() == [timedelta(hours=2)] * 3


def test_a_table_is_a_frame_of_polars(kinds: Session) -> None:
    import polars as pl

    frame = kinds.compute("columns").to_polars("kinds")
    assert dict(frame.schema) == {
        "name": pl.String(),
        "number": pl.Float64(),
        "done": pl.Boolean(),
        "day": pl.Date(),
        "moment": pl.Datetime("us", "Europe/Berlin"),
        "clock": pl.Time(),
        "length": pl.Duration("us"),
        "other": pl.Int32(),
        "others": pl.List(pl.Int32()),
        "words": pl.List(pl.String()),
        "numbers": pl.List(pl.Float64()),
        "who": pl.String(),
        "half": pl.Float64(),
        "later": pl.Datetime("us", "Europe/Berlin"),
        "longest": pl.Duration("us"),
        "mine": pl.List(pl.Int32()),
    }
    assert frame.to_dicts() == kinds.compute("rows").to_arrow("kinds").to_pylist()


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_frame_whose_package_is_missing_is_an_import_error(
    kinds: Session, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=name):
        getattr(kinds.compute("rows"), f"to_{name}")("kinds")


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
    assert "engine: rows, as tasks has 64 rows, and columns pay from 200,000 on" in run.output
    assert "the engine columns would compute all rows at once\n" in run.output
    run = CliRunner().invoke(
        program,
        ["eval", "--project", str(FORMULAS), "--column", "sprints.start_date", "--explain-plan", "--format", "json"],
    )
    told = json.loads(run.output)
    assert told["engine"]["engine"] == "rows"
    assert "RegexMatch" in told["columns"]["by_value"]


def test_how_a_column_is_computed_is_told_in_words() -> None:
    assert str(How()) == "all rows at once"
    assert str(How(("Left",), 2)) == (
        "all rows at once, but Left value by value; "
        "2 of the rows one by one, which have errors or values of another type"
    )
    assert str(How((), 9, "Sort has no form")) == "all rows one by one, as Sort has no form"


def test_a_doc_without_rows_tells_how_a_column_is_computed(session: Session) -> None:
    full, empty = ColumnBook(session.book), ColumnBook(session.book.fresh(session.book.now))
    for node in computed.computed_columns(session.project.doc):
        how, told = (book.how(node.table, node.name) for book in (full, empty))
        assert (how.by_value, how.why) == (told.by_value, told.why), node


@pytest.mark.parametrize("engine", ["columns", "duckdb"])
def test_a_moment_that_no_clock_shows_is_the_same_for_all(engine: str, tmp_path: Path) -> None:
    """In Berlin, no clock shows half past two on 30 March 2025."""
    table = "table: t\ncolumns:\n  - {name: at, type: datetime}\n  - {name: hour, type: number, formula: hour.coda}\n"
    rows = "at\n2025-03-30T01:30\n2025-03-30T02:30\n2025-03-30T03:30\n"
    files = {"t/table.yml": table, "t/hour.coda": "thisRow.at.Hour()\n", "t/rows.csv": rows}
    folder = write(tmp_path, {"doc.yml": "doc: Clocks\ntime_zone: Europe/Berlin\n", **files})
    wanted = Session.open(folder).book.values("t", "hour")
    assert wanted == [1.0, 2.0, 3.0]
    assert Session.open(folder).compute(engine).values("t", "hour") == wanted
