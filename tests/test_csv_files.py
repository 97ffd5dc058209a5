"""DuckDB reads a `rows.csv` as the project does: each cell by the type of its column, and nothing guessed."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from projects import write

PEOPLE = """\
table: people
columns:
  - {name: name, type: text, display: true}
  - {name: mentor, type: relation, to: people}
"""
WORK = """\
table: work
columns:
  - {name: code, type: text, display: true}
  - {name: row, type: text}
  - {name: hours, type: number}
  - {name: share, type: percent}
  - {name: done, type: checkbox}
  - {name: due, type: date}
  - {name: at, type: datetime}
  - {name: start, type: time}
  - {name: took, type: duration}
  - {name: stage, type: select, options: [open, "a; b", closed]}
  - {name: lead, type: relation, to: people}
  - {name: team, type: relation, to: people, many: true}
  - {name: tags, type: text, many: true}
  - {name: amounts, type: number, many: true}
  - {name: owner, type: person}
  - {name: day, type: relation, to: days}
  - {name: never, type: checkbox}
  - {name: twice, type: number, formula: twice.coda}
  - {name: told, type: text, formula: told.coda}
  - {name: hour, type: number, formula: hour.coda}
"""
DAYS = """\
table: days
columns:
  - {name: date, type: date, display: true}
  - {name: works, type: number, formula: works.coda}
"""
HEADER = (
    *("code", "row", "hours", "share", "done", "due", "at", "start", "took", "stage", "lead", "team", "tags"),
    *("amounts", "owner", "day"),
)
ROWS = [
    ("007", "r1", "2.5", "50%", "true", "2025-12-08", "2025-12-08T09:30", "09:30", "1 day 2 hrs", "open", "Ada",
     "Ada; Bob", "x; y", "1; 2.5", "Ada Lovelace", "2025-12-08"),
    ('say "no", twice', "", "-0", "0.125", "FALSE", "0001-01-01", "2025-10-26T02:30", "23:59:59",
     "-3 mins 4.5 secs", "a; b", 'Eve "E"', '"Doe; Jane"; "Eve ""E"""', '"a; b"; "c ""d"" e"; " f "', "1e3; -2e-3",
     "ada@x.org", "2025-12-09"),
    ("two\nlines, and a comma", " ", "1e21", "7.5", "", "9999-12-31", "2025-10-26T02:30:00Z", "", "0 secs", "", "",
     "", "", "", "", ""),
    ("", "", "", "", "", "", "2025-03-30T03:30", "", "2 hours 30 minutes", "closed", "Doe; Jane", "Bob", '""; x',
     "", "", ""),
    ("plain", "é", "$3", "100%", "True", "2024-02-29", "2025-12-08 09:30:15.25", "00:00", "", "", "", "", "", "",
     "", ""),
    ("next day", "NULL", "+4", "1", "false", "", "2025-10-27T02:30", "", "3 days 90 secs ago", "", "", "", "a",
     "", "", ""),
    ("before", "\\N", "0.1", "", "", "", "2025-10-25T02:30", "", "", "", "", "", "#", "", "", ""),
    ("in winter", "", "123456789012345678", "", "", "", "2025-01-01", "", "", "", "", "", "'", "", "", ""),
    ("abroad", "", "1e-7", "", "", "", "2025-07-01T12:00:00-09:30", "", "", "", "", "", "", "", "", ""),
]  # fmt: skip
"""Cells of every kind, as people and codaform write them."""


def csv_of(rows: list[tuple[str, ...]]) -> str:
    """A file; an empty text is written in quotes or not by turns."""
    text = io.StringIO()
    for number, row in enumerate(rows):
        csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if number % 3 == 2 else csv.QUOTE_MINIMAL).writerow(
            row
        )
    return text.getvalue()


FILES = {
    "doc.yml": "doc: Studio\ntime_zone: Europe/Berlin\n",
    "people/table.yml": PEOPLE,
    "people/rows.csv": csv_of(
        [("name", "mentor"), ("Ada", ""), ("Bob", "Ada"), ("Doe; Jane", "Bob"), ('Eve "E"', 'Eve "E"'), ("Ada", "Bob")]
    ),
    "days/table.yml": DAYS,
    "days/works.coda": "work.Filter(day = thisRow).Count()\n",
    "days/rows.csv": 'date\n2025-12-08\n\n2025-12-09\n""\n2025-12-10\n',
    "work/table.yml": WORK,
    "work/twice.coda": "thisRow.hours * 2\n",
    "work/told.coda": 'Concatenate(thisRow.code, "|", thisRow.tags.Join("|"), "|", thisRow.team.Count())\n',
    "work/hour.coda": "thisRow.at.Hour()\n",
    "work/rows.csv": csv_of([HEADER, *ROWS]),
}


def call(*words: str) -> Result:
    """The output of a command."""
    return CliRunner().invoke(program, list(words), env={"COLUMNS": "160"})


def complete(script: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> dict[str, object]:
    """The last views of a script that runs in an empty database, in a project's folder."""
    import duckdb

    monkeypatch.chdir(folder)
    with duckdb.connect(":memory:") as connection:
        connection.execute(script)
        return {name: connection.execute(f'SELECT * FROM "{name} complete"').fetchall() for name in NAMES}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of the project."""
    return write(tmp_path / "project", FILES)


NAMES = ("people", "days", "work")
ALL = ("eval", "--all", "--format", "parquet")


def test_csv_files_have_the_values_of_the_project(project: Path, tmp_path: Path) -> None:
    has_the_values("duckdb", project, tmp_path)


def has_the_values(engine: str, project: Path, tmp_path: Path) -> None:
    """Compare an engine's tables from files with those of the project."""
    import pyarrow.parquet

    by_rows, made = tmp_path / "by_rows", tmp_path / "made"
    assert call(*ALL, "--project", str(project), "--output", str(by_rows)).exit_code == 0
    inputs = [word for name in NAMES for word in ("--input", f"{name}={project}/{name}/rows.csv")]
    found = call(*ALL, "--project", str(project), "--engine", engine, *inputs, "--output", str(made))
    assert found.exit_code == 0, found.output
    for name in NAMES:
        lines = pyarrow.parquet.read_table(made / f"{name}.parquet").to_pylist()
        rows = sorted(lines, key=lambda row: row["row"])
        assert [row.pop("row") for row in rows] == list(range(len(rows)))
        wanted = pyarrow.parquet.read_table(by_rows / f"{name}.parquet").to_pylist()
        assert [{name: _plain(value) for name, value in row.items()} for row in rows] == [
            as_files_of_engines(row) for row in wanted
        ]


def as_files_of_engines(row: dict[str, object]) -> dict[str, object]:
    """A row as an engine writes it: times and durations in microseconds, and `row` numbers the rows."""
    return {"row 2" if name == "row" else name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else value


def test_a_script_that_reads_the_files_has_the_values_of_one_that_holds_the_rows(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding, reading = (call("sql", *more, "--project", str(project)) for more in ((), ("--read-csv",)))
    assert (holding.exit_code, reading.exit_code) == (0, 0), reading.output
    assert ("INSERT" in holding.stdout, "VALUES" in reading.stdout) == (True, False)
    wanted = complete(holding.stdout, monkeypatch, project)
    assert complete(reading.stdout, monkeypatch, project) == wanted
    assert len(str(wanted)) > 2000


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("hours", "1,5", "work.hours: 1,5 is no number as codaform writes it"),
        ("hours", "1e999", "work.hours: 1e999 is no number"),
        ("done", "yes", "work.done: yes is no boolean"),
        ("due", "2025-02-30", "work.due: 2025-02-30 is no date"),
        ("at", "2025-03-30T02:30", "work.at: 2025-03-30T02:30 is no date and time"),
        ("at", "1969-01-01T00:00", "work.at: 1969-01-01T00:00 is no date and time"),
        ("start", "24:00", "work.start: 24:00 is no time"),
        ("took", "99999 days 99 hrs", "work.took: 99999 days 99 hrs is no duration"),
        ("took", "soon", "work.took: soon is no duration"),
        ("stage", "Open", "work.stage: Open is no text"),
        ("lead", "Nobody", "work.lead: Nobody is no row of people"),
        ("team", "Ada; Nobody", "work.team: Nobody is no row of people"),
        ("amounts", "1; x", "work.amounts: x is no number"),
        ("day", "2025-12-31", "work.day: 2025-12-31 is no row of days"),
    ],
)
def test_a_text_of_another_form_stops_the_script(
    column: str, text: str, said: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    (project / "work/rows.csv").write_text(csv_of([("code", column), ("x", text)]))
    script = call("sql", "--read-csv", "--project", str(project)).stdout
    with pytest.raises(duckdb.InvalidInputException, match=re.escape(said)):
        complete(script, monkeypatch, project)


@pytest.mark.parametrize(
    ("header", "inputs", "said"),
    [
        (
            "code,hourz",
            ["work/rows.csv"],
            "work has no entered column hourz, as its files have; it has code, row, hours",
        ),
        ("code,twice", ["work/rows.csv"], "work has no entered column twice, as its files have"),
        ("code", ["work/nothing.csv"], "there is no file "),
        ("code", ["work/rows.csv", "work/rows.parquet"], "the files of work are CSV and Parquet"),
        ("code,hours", ["work/rows.csv", "days/rows.csv"], "work has no entered column date, as its files have"),
    ],
)
def test_files_with_other_columns_are_refused(
    header: str, inputs: list[str], said: str, project: Path, tmp_path: Path
) -> None:
    (project / "work/rows.csv").write_text(f"{header}\n")
    given = [word for name in ("people", "days") for word in ("--input", f"{name}={project}/{name}/rows.csv")]
    given += [word for file in inputs for word in ("--input", f"work={project}/{file}")]
    made = tmp_path / "made"
    found = call(*ALL, "--project", str(project), "--engine", "duckdb", *given, "--output", str(made))
    assert (found.exit_code, said in found.stderr, made.exists()) == (2, True, False), found.output


def test_reading_files_is_for_the_whole_script_for_duckdb(project: Path) -> None:
    for words in (["work.twice"], ["--dialect", "sqlite"]):
        refused = call("sql", "--read-csv", *words, "--project", str(project))
        assert (refused.exit_code, "--read-csv is for the whole script for DuckDB" in refused.stderr) == (2, True)
