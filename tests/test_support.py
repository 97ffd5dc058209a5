"""The pages of engines and SQL: classes come from trying examples, weights from counting calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from codaform.cli.sql_page import sql_page
from codaform.library import actions, dates, formatting, logic, numbers, objects, people, sums, text
from codaform.library.function import Function
from codaform.site.reference.engines import counted, engines_page
from codaform.site.reference.functions import engines_of, function_entries
from codaform.site.reference.support import EVERYDAY, all_functions, overload, share, support, tried_support, usage
from codaform.sql.forms import FORMS, NEVER
from projects import write

LIBRARY = support()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_file_says_what_trying_the_examples_gives() -> None:
    assert tried_support(all_functions()) == LIBRARY, "make reference writes it"


def test_sql_is_found_by_trying() -> None:
    """DuckDB computes the functions that have a form, and no others; only a look-up becomes a join before."""
    computed = {one for one, found in LIBRARY["duckdb"].items() if found in ("exact", "last digit")}
    assert [overload(one) for one in computed ^ set(FORMS)] == ["Lookup (list of T, column, anything)"]
    assert {one for one, found in LIBRARY["duckdb"].items() if found == "never"} == set(NEVER)


@pytest.mark.parametrize(
    ("function", "columns", "duckdb"),
    [
        (sums.add_numbers, "exact", "exact"),
        (numbers.power, "per value", "last digit"),
        (text.concatenate, "per value", "exact"),
        (logic.if_, "exact", "exact"),
        (actions.add_row, "never", "never"),
        (objects.parse_json, "per value", "not yet"),
    ],
    ids=lambda one: one.name or one.operator if isinstance(one, Function) else one,
)
def test_a_function_has_its_class(function: Function, columns: str, duckdb: str) -> None:
    found = {name: classes[function] for name, classes in LIBRARY.items()}
    assert {name: found[name] for name in ("rows", "columns", "duckdb")} == {
        "rows": "exact",
        "columns": columns,
        "duckdb": duckdb,
    }
    assert f"| `{overload(function)}` | exact | {columns} | {duckdb} | " in engines_page()


def test_functions_weigh_as_often_as_they_are_used(tmp_path: Path) -> None:
    files = {
        "doc.yml": "doc: Small\ntime_zone: UTC\nformulas:\n  - {name: total, type: number, formula: total.coda}\n",
        "total.coda": "1 + 2 + tasks.a.Sum()\n",
        "tasks/table.yml": (
            "table: tasks\ncolumns:\n  - {name: name, type: text, display: true}\n"
            "  - {name: a, type: number, formula: a.coda}\n"
            "tests:\n  - {name: mine, formula: mine.coda}\n"
        ),
        "tasks/mine.coda": "thisRow.name.Upper() != User().Name\n",
        "tasks/a.coda": "thisRow.name.Length() + 1\n",
    }
    weights = usage(write(tmp_path, files))
    assert weights[sums.add_numbers] == 4
    assert (weights[text.length], weights[text.upper], weights[text.lower]) == (2, 2, 1)
    assert (weights[people.user], weights[people.all_users], weights[formatting.bold]) == (1, 0, 0)
    assert weights[dates.today] == 1


def test_the_share_is_of_weights() -> None:
    classes = {text.upper: "exact", text.lower: "not yet", actions.add_row: "never", numbers.power: "last digit"}
    weights = {text.upper: 5, text.lower: 2, actions.add_row: 1, numbers.power: 2}
    assert share(classes, weights) == 0.8  # type: ignore[arg-type]
    assert share(classes, {text.lower: 3}) == 0  # type: ignore[arg-type]


def test_what_is_used_has_sql_for_the_most_part() -> None:
    """Of the calls in Founder HQ and the everyday functions."""
    weights = usage(Path(__file__).parents[1] / "formulas")
    assert share(LIBRARY["duckdb"], weights) >= 0.95
    assert share(LIBRARY["postgres"], weights) >= 0.90
    assert share(LIBRARY["spark"], weights) >= 0.80


def test_the_page_says_the_share_and_what_is_lacking() -> None:
    page = sql_page(Path(__file__).parents[1] / "formulas")
    counts = counted(LIBRARY["duckdb"])
    told = f"| `duckdb` | {counts['exact'] + counts['last digit']} of {len(LIBRARY['duckdb'])} | {counts['never']} | "
    assert told in page
    assert all(subject in page for subject in EVERYDAY)
    assert "`RegexExtract (text, text, text)`" in page


def test_a_function_names_all_engines() -> None:
    entry = next(one for one in function_entries() if one.name == "Upper")
    assert [engine.name for engine in engines_of([entry])["Upper"]] == list(LIBRARY)
