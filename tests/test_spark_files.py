"""Spark computes tables that are in files, and leaves nothing behind where it is stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from projects import write
from spark_place import MARKS, packages, start
from test_csv_files import FILES as CSV_FILES
from test_csv_files import has_the_values

__all__ = ["packages"]  # a fixture of all tests here

pytestmark = MARKS

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"

SMALL = {
    "doc.yml": "doc: Small\ntime_zone: Europe/Berlin\n",
    "tasks/table.yml": """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: day, type: date}
  - {name: parent, type: relation, to: tasks}
  - {name: share, type: number, formula: share.coda}
  - {name: parts, type: number, formula: parts.coda}
""",
    "tasks/share.coda": "1 / thisRow.hours\n",
    "tasks/parts.coda": "tasks.Filter(CurrentValue.parent = thisRow).hours.Sum()\n",
    "tasks/rows.csv": "name,hours,day,parent\nPlan,2,2025-12-08,\nBuild,0,,Plan\nShip,3,,Plan\n",
}


@pytest.fixture(scope="session")
def founder_hq(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of Founder HQ in files, as the row-wise engine computes them."""
    folder = tmp_path_factory.mktemp("founder_hq") / "tables"
    assert call(*ALL, "--output", str(folder), "--project", str(FOUNDER_HQ)).exit_code == 0
    return folder


ALL = ("eval", "--all", "--format", "parquet")


def test_founder_hq_in_files_has_the_same_values(founder_hq: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    asked = (*ALL, "--engine", "spark", "--input", str(founder_hq), "--output", str(made))
    found = call(*asked, "--project", str(FOUNDER_HQ))
    assert (found.exit_code, "null, where SQL would differ" in found.stderr) == (0, False)
    import pyarrow.parquet

    for file in founder_hq.iterdir():
        wanted = pyarrow.parquet.read_table(file).to_pylist()
        rows = sorted(pyarrow.parquet.read_table(made / file.name).to_pylist(), key=lambda row: row["row"])
        assert [row.pop("row") for row in rows] == list(range(len(wanted)))
        for row in wanted:
            row.pop("log_run", None)  # a button, which has no value
        assert rows == wanted


def call(*words: str) -> Result:
    """The output of a command in this process."""
    return CliRunner().invoke(program, list(words))


def lines(folder: Path) -> list[dict[str, object]]:
    """The rows that Spark wrote, in the order of their numbers."""
    import pyarrow.parquet

    read: list[dict[str, object]] = pyarrow.parquet.read_table(folder).to_pylist()
    return sorted(read, key=lambda line: str(line["row"]))


def test_tables_in_files_are_computed_and_written_by_spark(tmp_path: Path) -> None:
    project, given, made = str(write(tmp_path / "doc", SMALL)), tmp_path / "given", tmp_path / "made"
    asked = ("eval", "--all", "--format", "parquet", "--project", project)
    assert call(*asked, "--output", str(given)).exit_code == 0
    # Rows of several files are numbered in the order of the files' names.
    (given / "tasks").mkdir()
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(given / "tasks.parquet").drop_columns(["share", "parts"])
    pyarrow.parquet.write_table(rows.slice(0, 1), given / "tasks" / "a.parquet")
    pyarrow.parquet.write_table(rows.slice(1), given / "tasks" / "b.parquet")
    found = call(*asked, "--engine", "spark", "--input", f"tasks={given}/tasks/*.parquet", "--output", str(made))
    assert (found.exit_code, found.stdout) == (0, f"{made.as_posix()}/tasks.parquet: 3 rows\n")
    assert "tasks.share: 1 cell null, where SQL would differ or fail\n" in found.stderr
    assert re.search(r"\ntasks: 3 rows, [1-9]\d* stages, \S+ kB written to shuffles, \S+ kB read\n", found.stderr)
    assert re.search(r"\n\d+ operators, [1-9]\d* stages; \S+ kB went through shuffles, ", found.stderr)
    written = lines(made / "tasks.parquet")
    assert [(line["row"], line["name"], line["parent"], line["share"], line["parts"]) for line in written] == [
        (0, "Plan", None, 0.5, 3.0),
        (1, "Build", 0, None, 0.0),
        (2, "Ship", 0, 1 / 3, 0.0),
    ]
    # What Spark wrote is read again, by the numbers of its rows, and replaced only when that is asked for.
    again = (*asked, "--engine", "spark", "--input", str(made), "--output")
    told = call(*again, str(tmp_path / "again"), "--explain-plan")
    assert told.exit_code == 0
    assert re.search(r"\n\ntasks computed\n\S.*ObjectHashAggregate\(.*\n\ntasks, written\n\S", told.stdout, re.DOTALL)
    assert lines(tmp_path / "again" / "tasks.parquet") == written
    refused = call(*again, str(tmp_path / "again"))
    assert (refused.exit_code, "--overwrite" in refused.stderr) == (2, True)


def test_csv_files_have_the_values_of_the_project(tmp_path: Path) -> None:
    has_the_values("spark", write(tmp_path / "project", CSV_FILES), tmp_path)


def test_csv_files_are_numbered_in_the_order_of_their_names(tmp_path: Path) -> None:
    project, given = write(tmp_path / "doc", SMALL), tmp_path / "given"
    given.mkdir()
    (given / "b.csv").write_text("name,hours,parent\nShip,3,Plan\n")
    (given / "a.csv").write_text("name,hours,parent\nPlan,2,\nBuild,0,Ship\n")
    asked = (*ALL, "--engine", "spark", "--project", str(project), "--output", str(tmp_path / "made"))
    found = call(*asked, "--input", f"tasks={given}/*.csv")
    assert found.exit_code == 0, found.output
    written = lines(tmp_path / "made" / "tasks.parquet")
    assert [(line["row"], line["name"], line["parent"]) for line in written] == [
        (0, "Plan", None),
        (1, "Build", 2),
        (2, "Ship", 0),
    ]
    (given / "b.csv").write_text("name,hours,parent\nShip,3,Nobody\n")
    refused = call(*asked, "--overwrite", "--input", f"tasks={given}/*.csv")
    assert (refused.exit_code, "tasks.parent: Nobody is no row of tasks" in refused.stderr) == (2, True), refused.output


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("hours", ["2"], "tasks.hours is string in its files; number is read from any type of numbers"),
        ("parent", ["Plan"], "tasks.parent is string in its files; row of tasks is read from whole numbers"),
        ("other", [1.0], "the files of tasks have no column hours; they have day, name, other, parent"),
    ],
)
def test_files_of_another_shape_are_refused(column: str, values: list[object], said: str, tmp_path: Path) -> None:
    import pyarrow.parquet

    project = str(write(tmp_path / "doc", SMALL))
    held = {"name": pyarrow.array(["x"]), "hours": pyarrow.array([1.0]), "day": pyarrow.array([None], "date32")}
    held |= {"parent": pyarrow.array([None], "int32"), column: pyarrow.array(values)}
    if column == "other":
        del held["hours"]
    pyarrow.parquet.write_table(pyarrow.table(held), tmp_path / "rows.parquet")
    files = ("--input", f"tasks={tmp_path}/rows.parquet", "--output", str(tmp_path / "out"))
    found = call("eval", "--all", "--engine", "spark", "--format", "parquet", *files, "--project", project)
    assert found.exit_code == 2
    assert said in found.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["doc", "rows.parquet"]


# ------------------------------------------------------------ what stops it


@pytest.fixture
def small(tmp_path: Path) -> tuple[str, ...]:
    """A command that computes a small doc's files into the folder `out/made`."""
    project = str(write(tmp_path / "doc", SMALL))
    assert call(*ALL, "--project", project, "--output", str(tmp_path / "given")).exit_code == 0
    (tmp_path / "out").mkdir()
    asked = ("--engine", "spark", "--input", str(tmp_path / "given"), "--output", str(tmp_path / "out" / "made"))
    return (*ALL, *asked, "--project", project)


def wait_for(what: Callable[[], object], seconds: int = 120) -> None:
    """Wait until something is so."""
    for _ in range(seconds * 10):
        if what():
            return
        time.sleep(0.1)
    raise AssertionError("it was in vain")


def is_over(group: int) -> bool:
    """Whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("late", [False, True], ids=["at its start", "while it computes"])
def test_an_interrupted_run_leaves_nothing_behind(
    number: int, code: int, late: bool, small: tuple[str, ...], packages: Path, tmp_path: Path
) -> None:
    scratch, out = tmp_path / "scratch", tmp_path / "out"
    scratch.mkdir()
    process = start(packages, *small, TMPDIR=str(scratch))
    wait_for(lambda: any((out if late else scratch).iterdir()))
    process.send_signal(number)
    assert process.communicate() == ("", "")
    assert process.returncode == code
    wait_for(lambda: is_over(process.pid))
    assert (list(out.iterdir()), list(scratch.iterdir())) == ([], [])


def test_a_java_that_is_killed_in_the_middle_is_one_line(
    small: tuple[str, ...], packages: Path, tmp_path: Path
) -> None:
    scratch, out = tmp_path / "scratch", tmp_path / "out"
    scratch.mkdir()
    process = start(packages, *small, TMPDIR=str(scratch))
    wait_for(lambda: any(out.iterdir()))
    for java in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        os.kill(int(java), signal.SIGKILL)
    assert process.communicate() == (
        "",
        "codaform: Spark's Java ended: it was killed, or its memory did not suffice; "
        "the engine rows computes the same (--engine rows)\n",
    )
    assert (process.returncode, list(out.iterdir()), list(scratch.iterdir())) == (2, [], [])


def test_too_little_memory_is_one_line(small: tuple[str, ...], packages: Path, tmp_path: Path) -> None:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(tmp_path / "given/tasks.parquet")
    names = pyarrow.array(["x" * 400_000_000, "Build", "Ship"])
    pyarrow.parquet.write_table(rows.set_column(0, "name", names), tmp_path / "given/tasks.parquet")
    script = (
        "import sys\n"
        "from codaform.sql import spark_session\n"
        "spark_session._megabytes = lambda: 1000\n"  # half of it is for Java
        "from codaform.cli import main\n"
        "main()\n"
    )
    known = {**os.environ, "PYTHONPATH": str(packages)}
    command = [sys.executable, "-c", script, *small]
    found = subprocess.run(command, capture_output=True, text=True, env=known, check=False)
    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
    assert "memory did not suffice" in found.stderr
    assert list((tmp_path / "out").iterdir()) == []
