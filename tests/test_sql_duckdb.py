"""DuckDB computes what the row-wise engine computes, or says why it cannot."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.extras import MissingExtra
from codaform.library.catalogue import SUBJECTS, declared
from codaform.project.scenarios import run_scenario
from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode, graph
from codaform.sql import duckdb_engine
from codaform.sql.duckdb_engine import compute
from codaform.sql.engine_error import EngineError
from codaform.sql.forms import FORMS, NEVER
from projects import opened, write
from searching import examples
from sql_agreement import FORMULAS, FUNCTIONS, LOOSE, differences, founder_hq_differences, runner_of
from sql_docs import book_with, calls

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_formulas_have_the_same_values() -> None:
    wrong, found = differences(compute, FORMULAS, 1, 120)
    assert wrong == []
    assert [(left.node.name, left.why) for left in found.left] == []


@pytest.mark.slow
@given(st.integers(0, 10**6))
@settings(max_examples=examples(50), deadline=None)
def test_random_calls_have_the_same_values(seed: int) -> None:
    random = Random(seed)
    formulas = list(calls(random, random.sample(FUNCTIONS, 25)))
    wrong, _ = differences(compute, formulas, seed, 25)
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


VIEWED = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: shown, type: relation, to: tasks, many: true, formula: shown.coda}
  - {name: best, type: relation, to: tasks, many: true, formula: best.coda}
  - {name: risky, type: number, formula: risky.coda}
views:
  - {name: Long, filter: long.coda, sort: hours, descending: true}
  - {name: Best, sort: hours, limit: 2}
  - {name: Risky, filter: failing.coda}
"""


def test_views_are_read_in_their_order(tmp_path: Path) -> None:
    files = {
        "tasks/table.yml": VIEWED,
        "tasks/rows.csv": "name,hours\na,3\nb,\nc,7\nd,3\ne,0\n",
        "tasks/shown.coda": "Long\n",
        "tasks/best.coda": "Best\n",
        "tasks/long.coda": "thisRow.hours > 1\n",
        "tasks/failing.coda": "1 / thisRow.hours > 0\n",
        "tasks/risky.coda": "Risky.Count()\n",
    }
    session = opened(write(tmp_path, files))
    nodes = [GraphNode("cells", "tasks", name) for name in ("shown", "best", "risky")]
    found = compute(session.book, session.needs, nodes)
    assert [row.id for row in found.values[nodes[0]][0]] == [3, 1, 4]
    assert [row.id for row in found.values[nodes[1]][0]] == [2, 5]
    assert [found.values[node] for node in nodes] == [session.book.values("tasks", node.name) for node in nodes]
    assert [(left.node.name, left.why) for left in found.left] == [
        ("Risky", "the condition of the view Risky may fail")
    ]


def test_a_long_formula_has_its_value() -> None:
    wrong, _ = differences(compute, [("t", " & ".join(["t1"] * 900))], 1, 3)
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize(("opening", "core", "closing"), [
    ("(1 + ", "n1", ")"), ("-", "n1", ""), ("If(b1, ", "n1", ", 2)"), ("List(", "n1", ").First()"),
    ("1.WithName(x, ", "n1", ")"), ("WithName(", "n1", ", x, x)"), ("n1 + ", "n1", ""),
])  # fmt: skip
def test_a_deep_formula_is_left_or_has_its_value(opening: str, core: str, closing: str) -> None:
    deep = [("t", opening * levels + core + closing * levels) for levels in (20, 60, 95)]
    wrong, found = differences(compute, deep, 1, 3)
    assert wrong == []
    assert {left.why for left in found.left} <= {"the formula is nested too deeply"}


def test_what_has_no_sql_is_left_and_can_be_read() -> None:
    formulas = [("t", "RandomItem(List(n1))"), ("t", "1 / n1"), ("t", "EncodeForUrl(t1)")]
    wrong, found = differences(compute, formulas, 3, 30)
    assert wrong == []
    assert [(left.node.name, left.why) for left in found.left] == [
        ("f0", "RandomItem has no SQL: each engine draws other random numbers"),
        ("f2", "EncodeForUrl has no SQL yet"),
    ]
    assert found.left[1].source is not None
    assert found.left[1].source.text[found.left[1].span.start : found.left[1].span.end] == "EncodeForUrl(t1)"


def test_every_function_has_a_form_or_none_but_never_both() -> None:
    everything = {function for module in SUBJECTS.values() for function in declared(module)}
    assert set(FORMS) | set(NEVER) <= everything
    assert not set(FORMS) & set(NEVER)
    assert {function.name or function.operator for function, form in FORMS.items() if not form.exact} == set(LOOSE)


def test_without_duckdb_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*extras: str) -> None:
        raise MissingExtra(f"this needs the extra {extras[0]}")

    monkeypatch.setattr(duckdb_engine, "require", missing)
    book, nodes = book_with([("t", "n1")], Random(1), 3)
    with pytest.raises(MissingExtra, match="the extra duckdb"):
        compute(book, graph(book.program), nodes)


def test_a_failing_engine_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    def fails(*_: object) -> None:
        raise duckdb.OutOfMemoryException("Out of Memory Error: could not allocate\nmore")

    monkeypatch.setattr(duckdb_engine.DuckDb, "run", fails)
    book, nodes = book_with([("t", "n1")], Random(1), 3)
    with pytest.raises(EngineError, match=r"^DuckDB stopped: Out of Memory Error: could not allocate; the engine rows"):
        compute(book, graph(book.program), nodes)
