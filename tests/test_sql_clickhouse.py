"""ClickHouse computes what the row-wise engine computes, or says why it cannot; a blank list is an empty one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from clickhouse_database import compute, opened
from codaform.cli.program import program
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.project.session import Session
from codaform.semantics.dependencies import graph
from codaform.sql.dialects import CLICKHOUSE
from codaform.sql.kinds import decoded
from places import NotToBeHad, packages_place
from searching import examples
from sql_agreement import FORMULAS, FUNCTIONS, differences, founder_hq_differences, told
from sql_docs import book_with, calls

pytestmark = [pytest.mark.clickhouse, pytest.mark.timeout(900)]  # the first run installs ClickHouse

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"


@pytest.fixture(autouse=True, scope="session")
def packages() -> Iterator[Path]:
    """The folder with chdb, on the path of this process."""
    try:
        place = packages_place("clickhouse")
    except NotToBeHad as reason:
        pytest.skip(f"chdb: {reason}")
    sys.path.insert(0, str(place))
    yield place
    sys.path.remove(str(place))


def test_formulas_have_the_same_values() -> None:
    wrong, found = differences(compute, FORMULAS, 1, 60, blank=[])
    assert wrong == []
    assert found.left == []


@pytest.mark.parametrize("seed", range(examples(50) // 2))
def test_random_calls_have_the_same_values(seed: int) -> None:
    random = Random(seed)
    wrong, _ = differences(compute, list(calls(random, random.sample(FUNCTIONS, 60))), seed, 25, blank=[])
    assert wrong == []


def test_founder_hq_has_the_same_values() -> None:
    wrong, found = founder_hq_differences(compute)
    assert wrong == []
    assert [left.node.name for left in found.left] == ["log_run"]
    assert found.flagged == {}


COMPARED: tuple[tuple[str, str, Type], ...] = (
    ("sprints", "start_date", types.DATE), ("workflows", "variance_pct", types.NUMBER),
    ("workflows", "name", types.TEXT), ("execution_runs", "started_at", types.DATETIME),
    ("tasks", "execution_runs", ListOf(RowOf("execution_runs"))), ("db_templates", "tags", ListOf(types.TEXT)),
)  # fmt: skip


@pytest.mark.skip(reason="the script of Founder HQ takes more than 18 GB in ClickHouse")
def test_the_script_runs_in_an_empty_database() -> None:
    words = ["sql", "--project", str(FOUNDER_HQ), "--dialect", "clickhouse"]
    script = CliRunner().invoke(program, words)
    assert script.exit_code == 0
    book = Session.open(FOUNDER_HQ).book
    with opened() as session:
        for statement in script.stdout.split(";\n"):
            if any(not line.startswith("--") for line in statement.splitlines()):
                session.query(statement)
        for table, column, kind in COMPARED:
            asked = f'SELECT "{column}" FROM "{table} complete" ORDER BY "row"'
            lines = str(session.query(asked, "JSONCompactEachRow")).splitlines()
            found = [decoded(json.loads(line)[0], kind, book.zone) for line in lines]
            assert told(found, book) == told(book.values(table, column), book), column


def test_every_day_of_the_calendar_has_its_parts() -> None:
    """Four hundred years around both ends and the middle, each with the same number of days."""
    from codaform.sql.frames import column
    from codaform.sql.templates import filled

    words = ("year", "month", "day", "quarter", "dayofyear", "isodow", "isoyear", "weekofyear")
    parts = [CLICKHOUSE.sql(filled(f"{word}(a)", CLICKHOUSE, {"a": column("a")})) for word in words]
    from datetime import date

    with opened() as session:
        for first, last in (("0001-01-01", "0004-12-31"), ("1896-01-01", "2304-12-31"), ("9996-01-01", "9999-12-31")):
            start, end = ((date.fromisoformat(day) - date(1970, 1, 1)).days for day in (first, last))
            asked = f"SELECT a, {', '.join(parts)} FROM (SELECT arrayJoin(range({start}, {end} + 1)) AS a)"
            for line in str(session.query(asked, "JSONCompactEachRow")).splitlines():
                number, *found = json.loads(line)
                day = date.fromordinal(number + date(1970, 1, 1).toordinal())
                year, week, weekday = day.isocalendar()
                of_year = day.timetuple().tm_yday
                assert found == [day.year, day.month, day.day, (day.month + 2) // 3, of_year, weekday, year, week], day


@pytest.mark.parametrize("text", ["a\0b", "Ärger 😀", 'it\'s "so" \\n `here`', "line\nbreak\r", "x" * 200_000])
def test_texts_come_back_as_they_are(text: str) -> None:
    book, nodes = book_with([("t", 't1 & "!"'), ("t", "List(t1, t2)")], Random(1), 2)
    book.change(book.rows("t")[0], {"t1": text, "t2": "b"})
    found = compute(book, graph(book.program), nodes)
    assert [found.values[node][0] for node in nodes] == [f"{text}!", [text, "b"]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" & ".join(["t1"] * 2000), []),
        (f"{'If(b1, n1, ' * 100}n2{')' * 100}", []),
        (" + ".join(f"rr.Filter(CurrentValue.h > {number}).Count()" for number in range(20)), []),
        (f"{'(n1 & ' * 60}n2{')' * 60}", []),
    ],
)
def test_large_formulas_have_their_values(text: str, why: list[str]) -> None:
    wrong, found = differences(compute, [("t", text)], 1, 10)
    assert wrong == []
    assert [left.why for left in found.left] == why
