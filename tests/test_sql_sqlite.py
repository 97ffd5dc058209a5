"""SQLite computes what the row-wise engine computes, or says why it cannot; sums may differ in their last digit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from math import inf, nextafter
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codaform.model import types
from codaform.project.scenarios import run_scenario
from codaform.project.session import Session
from codaform.semantics.dependencies import graph
from codaform.sql.dialects import SQLITE
from codaform.sql.kinds import literal
from searching import examples, some
from sql_agreement import FORMULAS, FUNCTIONS, LOOSE, differences, founder_hq_differences, runner_of, typed_differences
from sql_docs import book_with, calls
from sqlite_database import compute

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"
SUMS = (*LOOSE, "Sum", "Average")

WITHOUT = {
    "SQLite has no regexp_replace": ('t1.RegexReplace("[a-z]+", "-")', 't1.RegexReplace("[0-9]", "")'),
    "SQLite has no regexp_extract_all": ('t1.RegexExtract("[0-9]+")', 't1.RegexExtract("[a-z]")'),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_formulas_have_the_same_values() -> None:
    chosen = [*some(FORMULAS)]
    wrong, found = differences(compute, chosen, 1, 60, SUMS)
    assert wrong == []
    left: dict[str, set[str]] = {}
    for one in found.left:
        left.setdefault(one.why, set()).add(chosen[int(one.node.name[1:])][1])
    tried = {text for _, text in chosen}
    assert left == {why: known for why, texts in WITHOUT.items() if (known := tried.intersection(texts))}


@pytest.mark.slow
@given(st.integers(0, 10**6))
@settings(max_examples=examples(30), deadline=None)
def test_random_calls_have_the_same_values(seed: int) -> None:
    random = Random(seed)
    wrong, _ = differences(compute, list(calls(random, random.sample(FUNCTIONS, 25))), seed, 25, SUMS)
    assert wrong == []


@pytest.mark.slow
@given(st.integers(0, 10**6))
@settings(max_examples=examples(30), deadline=None)
def test_typed_formulas_have_the_same_values(seed: int) -> None:
    assert typed_differences(compute, seed, 2) == []


@pytest.mark.slow
def test_founder_hq_has_the_same_values() -> None:
    wrong, found = founder_hq_differences(compute, loose=True)
    assert wrong == []
    assert [left.node.name for left in found.left] == ["log_run"]
    assert found.flagged == {}


SCENARIOS = Session.open(FOUNDER_HQ).project.scenarios


@pytest.mark.slow
@pytest.mark.parametrize("number", some(range(len(SCENARIOS))), ids=lambda one: Path(SCENARIOS[one].source.name).stem)
def test_scenarios_of_founder_hq_pass(number: int) -> None:
    session = Session.open(FOUNDER_HQ)
    assert run_scenario(session, session.project.scenarios[number], runner_of(compute)) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" & ".join(["t1"] * 2000), []),
        (f"{'If(b1, n1, ' * 100}n2{')' * 100}", []),
        (
            " + ".join(f"rr.Filter(CurrentValue.h > {number}).Count()" for number in range(20)),
            ["the formula has too many totals for one statement"],
        ),
        (f"{'(n1 & ' * 60}n2{')' * 60}", ["the formula is nested too deeply"]),
    ],
)
def test_large_formulas_have_their_values(text: str, why: list[str]) -> None:
    wrong, found = differences(compute, [("t", text)], 1, 10)
    assert wrong == []
    assert [left.why for left in found.left] == why


@pytest.mark.parametrize(("formulas", "totals"), [(3, 6), (2, 8), (3, 9)])
def test_formulas_that_are_too_large_together_have_statements_of_their_own(formulas: int, totals: int) -> None:
    texts = [
        " + ".join(f"rr.Filter(CurrentValue.h > {100 * one + number}).Count()" for number in range(totals))
        for one in range(formulas)
    ]
    wrong, found = differences(compute, [("t", text) for text in [*texts, "n1 + 1"]], 1, 4)
    assert wrong == []
    assert {left.why for left in found.left} <= {"the formula has too many totals for one statement"}


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(0.1 + 0.2)
@example(5e-324)
@example(2.2250738585072014e-308)
@example(1.7976931348623157e308)
@example(-9007199254740993.0)
@example(nextafter(1e22, inf))
def test_numbers_are_read_exactly(number: float) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        found = connection.execute(f"SELECT {SQLITE.sql(literal(number, types.NUMBER))}").fetchone()
    assert found == (number,)
    assert isinstance(found[0], float)


@pytest.mark.parametrize("text", ["x" * 200_000, "Ärger 😀", 'say "yes"', "a\\nb", "tab\tand\nline"])
def test_texts_come_back_as_they_are_also_in_lists(text: str) -> None:
    book, nodes = book_with([("t", 't1 & "!"'), ("t", "List(t1, t2)")], Random(1), 2)
    book.change(book.rows("t")[0], {"t1": text, "t2": "b"})
    found = compute(book, graph(book.program), nodes)
    assert [found.values[node][0] for node in nodes] == [f"{text}!", [text, "b"]]
    assert found.left == []
