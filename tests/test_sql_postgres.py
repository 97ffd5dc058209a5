"""PostgreSQL computes what the row-wise engine computes, or says why it cannot."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.evaluation.workbook import Workbook
from codaform.project.scenarios import run_scenario
from codaform.project.session import Session
from codaform.semantics.dependencies import Graph, GraphNode, graph
from codaform.sql import postgres_engine
from codaform.sql.engine import Computed
from codaform.sql.engine_error import EngineError
from postgres_server import server
from searching import examples
from sql_agreement import FORMULAS, FUNCTIONS, differences, founder_hq_differences, runner_of, typed_differences
from sql_docs import CENTS, QUARTERS, book_with, calls

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"


def compute(book: Workbook, needs: Graph, wanted: Collection[GraphNode]) -> Computed:
    return postgres_engine.compute(book, needs, wanted, server())


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_formulas_have_the_same_values() -> None:
    wrong, found = differences(compute, FORMULAS, 1, 120)
    assert wrong == []
    assert found.left == []


@pytest.mark.slow
@given(st.integers(0, 10**6))
@settings(max_examples=examples(30), deadline=None)
def test_random_calls_have_the_same_values(seed: int) -> None:
    random = Random(seed)
    wrong, _ = differences(compute, list(calls(random, random.sample(FUNCTIONS, 25))), seed, 25)
    assert wrong == []


@pytest.mark.slow
@given(st.integers(0, 10**6))
@settings(max_examples=examples(30), deadline=None)
def test_typed_formulas_have_the_same_values(seed: int) -> None:
    assert typed_differences(compute, seed) == []


@pytest.mark.slow
@pytest.mark.parametrize("numbers", [QUARTERS, CENTS], ids=["quarters", "cents"])
def test_formulas_of_modest_numbers_have_the_same_values(numbers: tuple[float | None, ...]) -> None:
    """Formulas without large numbers have shorter SQL, and add in any order where that is exact."""
    wrong, _ = differences(compute, FORMULAS, 2, 60, numbers=numbers)
    assert wrong == []


@pytest.mark.slow
def test_founder_hq_has_the_same_values() -> None:
    wrong, found = founder_hq_differences(compute)
    assert wrong == []
    assert [left.node.name for left in found.left] == ["log_run"]
    assert found.flagged == {}


SCENARIOS = Session.open(FOUNDER_HQ).project.scenarios


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=[Path(one.source.name).stem for one in SCENARIOS])
def test_scenarios_of_founder_hq_pass(number: int) -> None:
    session = Session.open(FOUNDER_HQ)
    assert run_scenario(session, session.project.scenarios[number], runner_of(compute)) == []


def test_nothing_stays_on_the_server() -> None:
    import psycopg

    book, nodes = book_with([("t", "n1 + 1")], Random(1), 3)
    compute(book, graph(book.program), nodes)
    with psycopg.connect(server()) as connection:
        asked = "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v') AND relname IN ('t', 'o', 't computed')"
        assert connection.execute(asked).fetchone() == (0,)


def test_a_server_that_is_not_there_is_named_in_one_line() -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed: the extra postgres")
    book, nodes = book_with([("t", "n1")], Random(1), 3)
    with pytest.raises(EngineError, match=r"^PostgreSQL stopped: connection failed: [^\n]*; --engine rows computes"):
        postgres_engine.compute(book, graph(book.program), nodes, "host=127.0.0.1 port=1")


@pytest.mark.parametrize("text", ["a\0b", "x" * 200_000, "Ärger 😀"])
def test_texts_come_back_as_they_are(text: str) -> None:
    book, nodes = book_with([("t", 't1 & "!"')], Random(1), 2)
    row = book.rows("t")[0]
    book.change(row, {"t1": text})
    found = compute(book, graph(book.program), nodes)
    assert found.values[nodes[0]][0] == f"{text}!"
