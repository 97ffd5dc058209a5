"""DuckDB computes what the row-wise engine computes, or says why it cannot."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.extras import MissingExtra
from codaform.library.catalogue import SUBJECTS, declared
from codaform.model.types import NUMBER
from codaform.project.scenarios import run_scenario
from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode, graph
from codaform.sql import duckdb_engine
from codaform.sql.dialects import DUCKDB, POSTGRES, Dialect
from codaform.sql.duckdb_engine import compute
from codaform.sql.engine import adds_exactly
from codaform.sql.engine_error import EngineError
from codaform.sql.forms import FORMS, NEVER
from codaform.sql.plan import Group, make_plan
from projects import opened, write
from searching import examples
from sql_agreement import FORMULAS, FUNCTIONS, LOOSE, differences, founder_hq_differences, runner_of, typed_differences
from sql_docs import CENTS, QUARTERS, book_with, calls

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
@given(st.integers(0, 10**6))
@settings(max_examples=examples(50), deadline=None)
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


@pytest.mark.parametrize("delimiter", ["", '""', '" - "'])
def test_a_delimiter_may_be_the_empty_text(delimiter: str) -> None:
    wrong, found = differences(compute, [("t", f"List(t1, t2, t1).Join({delimiter})")], 3, 30)
    assert wrong == []
    assert found.left == []


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
    with pytest.raises(EngineError, match=r"^DuckDB stopped: Out of Memory Error: could not allocate; --engine rows"):
        compute(book, graph(book.program), nodes)


TOTALS = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: state, type: text}
  - {name: hours, type: number}
  - {name: alike, type: number, formula: alike.coda}
  - {name: together, type: number, formula: together.coda}
  - {name: shorter, type: number, formula: shorter.coda}
"""


@pytest.mark.parametrize("dialect", [DUCKDB, POSTGRES], ids=["duckdb", "postgres"])
def test_totals_of_looked_up_rows_have_no_pair_for_each_who_asks(dialect: Dialect, tmp_path: Path) -> None:
    """Rows are grouped by what they are looked up by, once for all columns; where a condition asks, pair by pair."""
    files = {
        "tasks/table.yml": TOTALS,
        "tasks/rows.csv": "name,state,hours\na,x,3\nb,,1\nc,x,7\nd,,0.5\n",
        "tasks/alike.coda": "tasks.Filter(state = thisRow.state).Count()\n",
        "tasks/together.coda": "tasks.Filter(state = thisRow.state).hours.Sum() + tasks.hours.Max()\n",
        "tasks/shorter.coda": "tasks.Filter(hours < thisRow.hours).Count()\n",
    }
    session = opened(write(tmp_path, files))
    nodes = [GraphNode("cells", "tasks", name) for name in ("alike", "together", "shorter")]

    def statement(*nodes: GraphNode) -> str:
        plan = make_plan(session.book, session.needs, nodes, dialect)
        return " ".join(dialect.sql(step.select) for step in plan.steps if isinstance(step, Group))

    assert statement(*nodes[:2]).count("INNER JOIN") == 0
    assert statement(*nodes[:2]).count("GROUP BY") == 1
    assert ("IS NOT DISTINCT FROM" in statement(nodes[0])) == (dialect is DUCKDB)  # a pair by pair in PostgreSQL
    assert statement(nodes[2]).count("INNER JOIN") == 1
    found = compute(session.book, session.needs, nodes)
    assert [found.values[node] for node in nodes] == [[2, 2, 2, 2], [17, 8.5, 17, 8.5], [2, 1, 3, 0]]


@pytest.mark.parametrize("least", [">", ">="])
@pytest.mark.parametrize("most", ["<", "<="])
@pytest.mark.parametrize("more", ["", ' AND CurrentValue.day < ""', ' AND CurrentValue.day >= ""', " AND d2 > d1"])
def test_days_of_a_range_are_those_within_its_limits(least: str, most: str, more: str) -> None:
    """Days are listed with the limits; a limit that is no day of the range, and any third one, is asked for."""
    text = f"o.Filter(CurrentValue.day {least} d1 AND CurrentValue.day {most} d2{more})"
    wrong, found = differences(compute, [("t", text)], 5, 60)
    assert wrong == []
    assert found.left == []


def test_a_list_that_is_found_by_other_values_is_not_shared() -> None:
    """Both formulas number their values alike, and look up rows by different ones."""
    found_by = "back.FormulaMap(n1 * {}).FormulaMap(o.Filter(h = CurrentValue).Count()).Sum()"
    sums = [("o", found_by.format(factor)) for factor in (1, 2)]
    wrong, found = differences(compute, sums, 4, 60)
    assert wrong == []
    assert found.values[GraphNode("cells", "o", "f0")] != found.values[GraphNode("cells", "o", "f1")]


@pytest.mark.parametrize(
    "text",
    [
        "o.Sort(true, List(CurrentValue.h, 1).Sum())",
        "o.FormulaMap(List(CurrentValue.h, n1).Sum())",
        'List("", "").Sum()',
    ],
)
def test_a_total_of_each_row_that_is_found_is_its_own(text: str) -> None:
    wrong, found = differences(compute, [("t", text)], 3, 60)
    assert wrong == []
    assert found.left == []


@pytest.mark.parametrize(("numbers", "count", "exact"), [
    ([0.25, None, -3.5, 1e6], 10**6, True), ([None, 0.0], 10, True), ([], 10, True), ([0.1, 0.25], 2, False),
    ([1.0, 2.0**52], 2, False), ([2.0**30], 2**21, True), ([2.0**30], 2**23, False), ([2.0**-60, 1.0], 2, False),
])  # fmt: skip
def test_numbers_with_few_bits_are_added_in_any_order(numbers: list[float | None], count: int, exact: bool) -> None:
    import duckdb

    with duckdb.connect() as connection:
        database = duckdb_engine.DuckDb(connection)
        database.insert("numbers", [("n", NUMBER, numbers)])
        assert adds_exactly("numbers", "n", count, database) is exact


@pytest.mark.parametrize(("numbers", "ordered"), [(QUARTERS, False), (CENTS, True)], ids=["quarters", "cents"])
def test_only_sums_that_depend_on_their_order_have_one(
    numbers: tuple[float | None, ...], ordered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []
    original = duckdb_engine.DuckDb.run

    def noted(self: duckdb_engine.DuckDb, statement: str) -> object:
        run.append(statement)
        return original(self, statement)

    monkeypatch.setattr(duckdb_engine.DuckDb, "run", noted)
    book, nodes = book_with([("o", "back.n1.Sum()")], Random(1), 40, numbers)
    compute(book, graph(book.program), nodes)
    assert any(" ORDER BY " in text for text in run if "SUM(" in text) is ordered
