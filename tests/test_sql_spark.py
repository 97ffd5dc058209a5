"""Spark computes what the row-wise engine computes, or says why it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from codaform.bench.measuring import measure
from codaform.bench.running import differences as differences_measured
from codaform.bench.sizes import XS
from codaform.bench.workload import Workload
from codaform.bench.workloads import WORKLOADS
from codaform.cli.program import program
from codaform.model.values import Error
from codaform.project.scenarios import run_scenario
from codaform.project.session import Session
from codaform.semantics.dependencies import graph
from codaform.sql import spark_engine
from codaform.sql.kinds import encoded
from searching import examples
from spark_place import MARKS, codaform, packages
from sql_agreement import FORMULAS, FUNCTIONS, differences, founder_hq_differences, runner_of
from sql_docs import book_with, calls

__all__ = ["packages"]  # a fixture of all tests here

pytestmark = MARKS

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"
SCENARIOS = Session.open(FOUNDER_HQ).project.scenarios


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


@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=[Path(one.source.name).stem for one in SCENARIOS])
def test_scenarios_of_founder_hq_pass(number: int) -> None:
    session = Session.open(FOUNDER_HQ)
    assert run_scenario(session, session.project.scenarios[number], runner_of(spark_engine.compute)) == []


def test_the_script_makes_the_same_values_in_an_empty_database(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOUNDER_HQ)
    script = CliRunner().invoke(program, ["sql", "--dialect", "spark"]).stdout
    book = Session.open(FOUNDER_HQ).book
    asked = "".join(f"SELECT '{name}', to_json(struct(*)) FROM `{name} complete`;\n" for name in book.doc.tables)
    (tmp_path / "script.sql").write_text(f"{script}\n{asked}")
    home = packages / "pyspark"
    settings = [f"--conf=spark.{one}" for one in ("sql.catalogImplementation=in-memory", "ui.enabled=false")]
    ran = subprocess.run(
        [home / "bin/spark-sql", "--master=local[2]", "--driver-memory=2g", *settings, "-f", "script.sql"],
        cwd=tmp_path,
        env={**os.environ, "SPARK_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[dict[str, object]]] = {}
    for line in ran.stdout.splitlines():
        name, cells = line.split("\t")
        found.setdefault(name, []).append(json.loads(cells))
    for name, table in book.doc.tables.items():
        # A button has no value; the other side of a relation is no column, but a join where it is read.
        columns = [one.name for one in table.columns.values() if not one.reverse and one.name != "log_run"]
        rows = [{column: told(book.value(row, column)) for column in columns} for row in book.rows(name)]
        wanted = [{column: value for column, value in row.items() if value is not None} for row in rows]
        assert [{column: line[column] for column in columns if column in line} for line in found[name]] == wanted


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=list(WORKLOADS))
def test_spark_by_hand_and_the_generated_sql_have_the_same_results(workload: Workload, tmp_path: Path) -> None:
    workload.write(tmp_path, XS)
    names = ("python_indexed", "spark", "spark_generated")
    engines = {name: import_module(f"codaform.bench.engines.{name}").engine(workload) for name in names}
    assert differences_measured([measure(engine, name, tmp_path, XS) for name, engine in engines.items()]) == []


def told(value: object) -> object:
    """A value as the script's views have it, in JSON; an error is blank."""
    found = None if isinstance(value, Error) else encoded(value)
    return found.isoformat() if isinstance(found, date) else found


@pytest.mark.parametrize("text", ["a\0b", "Ärger 😀", 'it\'s "so" \\n `here`', "line\nbreak\r", "x" * 200_000])
def test_texts_come_back_as_they_are(text: str) -> None:
    book, nodes = book_with([("t", 't1 & "!"')], Random(1), 2)
    book.change(book.rows("t")[0], {"t1": text})
    found = spark_engine.compute(book, graph(book.program), nodes)
    assert found.values[nodes[0]][0] == f"{text}!"


# ------------------------------------------------------------ what may be missing


ASKED = ("eval", "--column", "sprints.start_date", "--project", str(FOUNDER_HQ), "--format", "json")


def test_a_command_computes_without_noise(packages: Path) -> None:
    found, rows = codaform(packages, *ASKED, "--engine", "spark"), codaform(packages, *ASKED)
    assert (found.stdout, found.stderr, found.returncode) == (rows.stdout, "", 0)


def test_no_java_is_said_in_one_line(packages: Path, tmp_path: Path) -> None:
    found = codaform(packages, *ASKED, "--engine", "spark", JAVA_HOME=str(tmp_path))
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
    found = codaform(packages, *ASKED, "--engine", "spark", JAVA_HOME=str(tmp_path))
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
