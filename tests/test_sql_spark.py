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

from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode, graph
from codaform.sql import spark_engine
from places import NotToBeHad, packages_place
from searching import examples
from sql_agreement import FORMULAS, FUNCTIONS, differences, told
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
    session, other = Session.open(FOUNDER_HQ), Session.open(FOUNDER_HQ)
    nodes = [
        GraphNode("cells", table.name, column.name)
        for table in session.project.doc.tables.values()
        for column in table.columns.values()
        if column.computed
    ]
    found = spark_engine.compute(session.book, session.needs, nodes)
    for node in nodes:
        values = [told(value, session.book) for value in found.values[node]]
        assert values == [told(value, other.book) for value in other.book.values(node.table, node.name)], node
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
