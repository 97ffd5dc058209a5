"""Spark computes what the row-wise engine computes, or says why it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.semantics.dependencies import graph
from codaform.sql import spark_engine
from places import NotToBeHad, packages_place
from projects import write
from searching import examples
from sql_agreement import FORMULAS, FUNCTIONS, differences, founder_hq_differences
from sql_docs import book_with, calls

pytestmark = [pytest.mark.spark, pytest.mark.timeout(900)]  # the first run installs Spark

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"


@pytest.fixture(autouse=True, scope="session")
def packages() -> Iterator[Path]:
    """The folder with pyspark, on the path of this process."""
    if shutil.which("java") is None:
        pytest.skip("Java is not installed: apt-get install openjdk-17-jre-headless")
    try:
        place = packages_place("spark")
    except NotToBeHad as reason:
        pytest.skip(f"pyspark: {reason}")
    sys.path.insert(0, str(place))
    yield place
    sys.path.remove(str(place))


def test_formulas_have_the_same_values() -> None:
    wrong, found = differences(spark_engine.compute, FORMULAS, 1, 60)
    assert wrong == []
    assert found.left == []


@pytest.mark.parametrize("seed", range(examples(25) // 2))
def test_random_calls_have_the_same_values(seed: int) -> None:
    random = Random(seed)
    wrong, _ = differences(spark_engine.compute, list(calls(random, random.sample(FUNCTIONS, 60))), seed, 25)
    assert wrong == []


def test_founder_hq_has_the_same_values() -> None:
    wrong, found = founder_hq_differences(spark_engine.compute)
    assert wrong == []
    assert [left.node.name for left in found.left] == ["log_run"]
    assert found.flagged == {}


@pytest.mark.parametrize("text", ["a\0b", "Ärger 😀", 'it\'s "so" \\n `here`', "line\nbreak\r", "x" * 200_000])
def test_texts_come_back_as_they_are(text: str) -> None:
    book, nodes = book_with([("t", 't1 & "!"')], Random(1), 2)
    book.change(book.rows("t")[0], {"t1": text})
    found = spark_engine.compute(book, graph(book.program), nodes)
    assert found.values[nodes[0]][0] == f"{text}!"


# ------------------------------------------------------------ what may be missing


def codaform(packages: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    command = [sys.executable, "-m", "codaform", *words, "--project", str(FOUNDER_HQ)]
    known = {**os.environ, "PYTHONPATH": str(packages), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=known, check=False)


ASKED = ("eval", "--column", "sprints.start_date", "--engine", "spark", "--format", "json")


def test_a_command_computes_without_noise(packages: Path) -> None:
    found, rows = codaform(packages, *ASKED), codaform(packages, *ASKED[:3], *ASKED[5:])
    assert (found.stdout, found.stderr, found.returncode) == (rows.stdout, "", 0)


def test_no_java_is_said_in_one_line(packages: Path, tmp_path: Path) -> None:
    found = codaform(packages, *ASKED, JAVA_HOME=str(tmp_path))
    assert found.stderr == (
        f"codaform: Spark needs Java 17 or newer, and JAVA_HOME ({tmp_path}) has none; "
        "the engine rows computes the same (--engine rows)\n"
    )
    assert found.returncode == 2


def test_an_old_java_is_named(packages: Path, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
    java.chmod(0o755)
    found = codaform(packages, *ASKED, JAVA_HOME=str(tmp_path))
    assert found.stderr == (
        f"codaform: Spark needs Java 17 or newer, and {java} is Java 8; "
        "the engine rows computes the same (--engine rows)\n"
    )
    assert found.returncode == 2


def test_a_java_that_is_killed_is_said_in_one_line(packages: Path) -> None:
    script = (
        "import os, signal\n"
        "from codaform.sql.spark_session import spark_session\n"
        "from codaform.sql.engine_error import EngineError\n"
        "try:\n"
        "    with spark_session() as session:\n"
        "        os.kill(session._jvm.java.lang.ProcessHandle.current().pid(), signal.SIGKILL)\n"
        "        session.sql('SELECT 1').collect()\n"
        "except EngineError as error:\n"
        "    print(error)\n"
    )
    known = {**os.environ, "PYTHONPATH": str(packages)}
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=known, check=False)
    assert found.stdout == (
        "Spark's Java ended: it was killed, or its memory did not suffice; "
        "the engine rows computes the same (--engine rows)\n"
    )


# ------------------------------------------------------------ tables in files

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
    assert " went through shuffles, " in found.stderr
    written = lines(made / "tasks.parquet")
    assert [(line["row"], line["name"], line["parent"], line["share"], line["parts"]) for line in written] == [
        (0, "Plan", None, 0.5, 3.0),
        (1, "Build", 0, None, 0.0),
        (2, "Ship", 0, 1 / 3, 0.0),
    ]
    # What Spark wrote is read again, by the numbers of its rows, and replaced only when that is asked for.
    again = (*asked, "--engine", "spark", "--input", str(made), "--output")
    assert call(*again, str(tmp_path / "again")).exit_code == 0
    assert lines(tmp_path / "again" / "tasks.parquet") == written
    refused = call(*again, str(tmp_path / "again"))
    assert (refused.exit_code, "--overwrite" in refused.stderr) == (2, True)


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
