"""`codaform eval --all --output`: files of Parquet, JSON and CSV with the same values, whole or not there."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from codaform.cli.output.values import json_value
from codaform.cli.program import program
from codaform.evaluation.workbook import Workbook
from codaform.project.session import Session
from projects import DOC, FORMULAS, with_tasks, write

KINDS = {
    "double": ("number", "thisRow.hours * 2"),
    "halves": ("number", "1 / thisRow.hours"),
    "none": ("text", 'If(thisRow.hours > 1, thisRow.name, "")'),
    "sure": ("checkbox", "thisRow.hours > 2"),
    "day": ("date", "Date(2025, 3, thisRow.hours)"),
    "at": ("datetime", "DateTime(2025, 3, 30, 1, 59, 59) + Hours(thisRow.hours)"),
    "clock": ("time", "Time(9, thisRow.hours, 0)"),
    "long": ("duration", "Hours(thisRow.hours) + Seconds(0.5)"),
    "self": ("relation, to: tasks", "thisRow"),
    "all_of_them": ("relation, to: tasks, many: true", "tasks.Filter(hours >= thisRow.hours)"),
    "who": ("person", "User()"),
}
TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
"""
FILES = {
    "doc.yml": DOC + "user: {name: Ada, email: ada@b.org}\n",
    "tasks/table.yml": TABLE
    + "".join(f"  - {{name: {n}, type: {k}, formula: {n}.coda}}\n" for n, (k, _) in KINDS.items()),
    "tasks/rows.csv": "name,hours\nPlan,2\nBuild,\n=Test,0\nWrite,1.5\n",
    **{f"tasks/{name}.coda": f"{formula}\n" for name, (_, formula) in KINDS.items()},
}


def call(*words: str) -> Result:
    """The output of `codaform eval --all`."""
    return CliRunner().invoke(program, ["eval", "--all", *words])


def as_json(value: Any, book: Workbook, table: str) -> object:
    """A value of Parquet as JSON has it; a row is its place in its table."""
    if isinstance(value, list):
        return [as_json(item, book, table) for item in value]
    return json_value(book.rows(table)[value] if table and value is not None else value, book)


def read_back(folder: Path, book: Workbook) -> dict[str, dict[str, list[object]]]:
    """The computed columns that are in the files of a folder."""
    found: dict[str, dict[str, list[object]]] = {}
    for table in book.doc.tables.values():
        read = pyarrow.parquet.read_table(folder / f"{table.name}.parquet")
        assert read.column_names == list(table.columns)
        for column in (one.name for one in table.columns.values() if one.computed):
            to = (read.schema.field(column).metadata or {}).get(b"table", b"").decode()
            values = [as_json(value, book, to) for value in read[column].to_pylist()]
            found.setdefault(table.name, {})[column] = values
    return found


def without_errors(values: Any) -> Any:
    """JSON with null in place of errors."""
    if isinstance(values, dict):
        return None if "error" in values else {key: without_errors(value) for key, value in values.items()}
    return [without_errors(value) for value in values] if isinstance(values, list) else values


@pytest.mark.parametrize("engine", ["rows", "columns", "duckdb"])
def test_parquet_has_the_values_of_json(engine: str, tmp_path: Path) -> None:
    project, folder = write(tmp_path / "project", FILES), tmp_path / "new" / "tables"
    asked = ("--engine", engine, "--project", str(project))
    made = call("--format", "parquet", "--output", str(folder), *asked)
    assert made.stdout == f"{folder / 'tasks.parquet'}\n"
    assert made.stderr.splitlines()[-1].endswith("with an error: null in Parquet; --format json says which and why")
    told = json.loads(call("--format", "json", *asked).stdout)
    assert [value for value in told["tasks"]["halves"] if isinstance(value, dict)]
    assert read_back(folder, Session.open(project).book) == without_errors(told)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["tables"]
    read = pyarrow.parquet.read_table(folder / "tasks.parquet")
    assert read == Session.open(project).compute("rows").to_arrow("tasks")
    assert read["none"].null_count == 2


@pytest.mark.slow
def test_founder_hq_in_parquet_has_the_values_of_json(tmp_path: Path) -> None:
    asked = ("--project", str(FORMULAS))
    assert call("--format", "parquet", "--output", str(tmp_path / "hq"), *asked).stderr == ""
    assert read_back(tmp_path / "hq", Session.open(FORMULAS).book) == json.loads(
        call("--format", "json", *asked).stdout
    )


@pytest.mark.parametrize("format_", ["json", "csv"])
def test_a_file_has_what_stdout_has(format_: str, tmp_path: Path) -> None:
    asked, file = ("--format", format_, "--project", str(write(tmp_path / "project", FILES))), tmp_path / "new" / "all"
    assert call(*asked, "--output", str(file)).stdout == f"{file}\n"
    assert file.read_text("utf-8") == call(*asked).stdout


def test_csv_has_a_line_for_each_cell_of_json(tmp_path: Path) -> None:
    asked = ("--project", str(write(tmp_path, FILES)))
    told = json.loads(call("--format", "json", *asked).stdout)
    lines = list(csv.DictReader(io.StringIO(call("--format", "csv", *asked).stdout)))
    cells = [(t, c, n) for t, columns in told.items() for c, values in columns.items() for n, _ in enumerate(values, 1)]
    assert [(line["table"], line["column"], int(line["row"])) for line in lines] == cells
    by_place = {(line["column"], line["row"]): line["value"] for line in lines}
    assert by_place["self", "3"] == "'=Test"
    for line in lines:
        value = told[line["table"]][line["column"]][int(line["row"]) - 1]
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert float(line["value"]) == value


@pytest.mark.parametrize("engine", ["rows", "columns"])
def test_a_duration_that_arrow_does_not_have_is_null(engine: str, tmp_path: Path) -> None:
    files = {
        "tasks/table.yml": TABLE + "  - {name: long, type: duration, formula: long.coda}\n",
        "tasks/long.coda": "Days(100000000 * thisRow.hours)\n",
        "tasks/rows.csv": "name,hours\nPlan,1\nBuild,2\n",
    }
    asked = ("--project", str(write(tmp_path / "project", files)), "--engine", engine)
    assert call("--format", "parquet", "--output", str(tmp_path / "out"), *asked).exit_code == 0
    found = pyarrow.parquet.read_table(tmp_path / "out" / "tasks.parquet")["long"].to_pylist()
    assert found == [timedelta(days=100_000_000), None]


# ------------------------------------------------------------ what is there already, and what goes wrong


def test_files_are_replaced_only_when_asked(tmp_path: Path) -> None:
    asked = ("--project", str(with_tasks(tmp_path / "project", {"tasks/rows.csv": "name,hours\nPlan,2\n"})))
    folder, file = tmp_path / "tables", tmp_path / "all.json"
    folder.mkdir()
    into = {folder: ("--format", "parquet", "--output", str(folder)), file: ("--format", "json", "--output", str(file))}
    assert [call(*words, *asked).exit_code for words in into.values()] == [0, 0]
    (folder / "notes.txt").write_text("mine")
    (folder / "tasks.parquet").write_bytes(b"old")
    file.write_text("old")
    for path, told in (
        (folder, "has files already; --overwrite replaces those of the same names"),
        (file, "is there already; --overwrite replaces it"),
    ):
        refused = call(*into[path], *asked)
        assert (refused.exit_code, refused.stderr) == (2, f"codaform: {path} {told}\n")
    assert (file.read_text(), (folder / "tasks.parquet").read_bytes()) == ("old", b"old")
    assert [call(*words, *asked, "--overwrite").exit_code for words in into.values()] == [0, 0]
    assert json.loads(file.read_text()) == {"tasks": {"double": [4]}}
    assert pyarrow.parquet.read_table(folder / "tasks.parquet")["double"].to_pylist() == [4]
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "tasks.parquet"]


@pytest.mark.parametrize("there", [False, True])
def test_a_failure_leaves_what_was_there(there: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The disk is full before the second table is written."""
    write_table, folder = pyarrow.parquet.write_table, tmp_path / "new" / "hq"
    if there:
        folder.mkdir(parents=True)
        (folder / "tasks.parquet").write_bytes(b"old")
    before = sorted(tmp_path.rglob("*"))

    def until_full(table: object, path: Path) -> None:
        if path.name == "sprints.parquet":
            raise OSError(28, os.strerror(28), str(path))
        write_table(table, path)

    monkeypatch.setattr(pyarrow.parquet, "write_table", until_full)
    words = ("--format", "parquet", "--output", str(folder), "--overwrite", "--project", str(FORMULAS))
    found = call(*words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr == f"codaform: {folder} cannot be written: no space left on device\n"
    assert sorted(tmp_path.rglob("*")) == before
    if there:
        assert (folder / "tasks.parquet").read_bytes() == b"old"


def test_a_missing_package_is_named_before_anything_is_computed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "" if name == "pyarrow" else version(name))
    monkeypatch.setattr(Session, "book", None)
    folder = tmp_path / "tables"
    asked = ("--project", str(with_tasks(tmp_path / "project")))
    found = call("--format", "parquet", "--output", str(folder), *asked)
    assert found.exit_code == 2
    assert found.stderr.startswith("codaform: this needs the extra parquet: pyarrow is missing; install")
    assert not folder.exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (tmp_path / "tables").symlink_to(other)
    asked = ("--project", str(with_tasks(tmp_path / "project")))
    found = call("--format", "parquet", "--output", str(tmp_path / "tables"), *asked)
    assert found.exit_code == 2
    assert "it is a link" in found.stderr
    assert list(other.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "parquet"), "--format parquet writes files: name their folder by --output."),
        (("--format", "json", "--overwrite"), "--overwrite is for --output."),
        (("--format", "json", "--output", "{folder}"), "is a folder; name a file"),
        (("--format", "parquet", "--output", "{folder}/doc.yml"), "is a file; name a folder"),
        (("--format", "parquet", "--output", "{folder}/doc.yml/new"), "cannot be written: not a directory"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    folder = str(with_tasks(tmp_path))
    found = call(*(word.format(folder=folder) for word in words), "--project", folder)
    assert found.exit_code == 2
    assert said in found.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("eval", "1", "--output", "x"), "--output is for whole docs: --all."),
        (("eval", "1", "--format", "parquet"), "--format parquet is for whole docs: --all."),
    ],
)
def test_files_are_for_whole_docs(words: tuple[str, ...], said: str) -> None:
    found = CliRunner().invoke(program, list(words))
    assert found.exit_code == 2
    assert said in found.stderr
