"""Dialects that no test runs: the grammar of each reads what is written for it, with functions that its product has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import sqlglot
from sqlglot import exp

from codaform.project.computed import computed_columns
from codaform.project.session import Session
from codaform.semantics.dependencies import graph
from codaform.sql.dialects import DIALECTS
from codaform.sql.script import statements
from sql_agreement import FORMULAS
from sql_docs import book_with

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"
UNTRIED = ["bigquery", "snowflake"]

COMMON = """
    abs acos acosh asin asinh atan atan2 atanh ceil chr coalesce cos cosh count exp first_value floor last_value length
    ln log lower lpad max min mod nullif repeat replace row_number rpad sin sinh sqrt substr sum tan tanh trim trunc
    unicode upper power any_value last_day date_trunc regexp_replace
"""
FUNCTIONS = {
    "bigquery": """
        array_agg array_concat array_length array_reverse byte_length countif date date_add date_from_unix_date datetime
        div ends_with format format_date greatest is_inf is_nan least log10 logical_and logical_or regexp_contains
        regexp_extract rtrim safe_cast starts_with string_agg strpos timestamp timestamp_micros unix_date unix_micros
        unnest cast extract safe_offset
    """,
    "snowflake": """
        booland_agg boolor_agg cast charindex contains convert_timezone count_if date_from_parts date_part dateadd
        datediff day dayofweekiso dayofyear endswith greatest_ignore_nulls least_ignore_nulls listagg month
        octet_length pi quarter regexp_instr regexp_like startswith to_char to_timestamp_ntz try_to_date try_to_double
        weekiso year yearofweekiso
    """,
}
"""The functions of each product that its dialect uses, by its documentation."""


def written(name: str) -> Iterator[str]:
    """The statements for Founder HQ and for formulas of every kind, without comments."""
    session = Session.open(FOUNDER_HQ)
    wanted = computed_columns(session.project.doc)
    yield from statements(session.book, session.needs, wanted, True, DIALECTS[name])
    book, nodes = book_with(FORMULAS, Random(1), 20)
    yield from statements(book, graph(book.program), nodes, True, DIALECTS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", UNTRIED)
def test_the_grammar_reads_what_is_written(name: str) -> None:
    known = set(f"{COMMON} {FUNCTIONS[name]}".split())
    count = 0
    for text in written(name):
        if text.startswith("--"):
            continue
        (tree,) = sqlglot.parse(text, dialect=name)
        assert isinstance(tree, exp.Create | exp.Insert)
        plain = re.sub(r"'(?:[^'\\]|''|\\.)*'|`[^`]*`|\"[^\"]*\"", "", text)
        called = {word.lower() for word in re.findall(r"([A-Za-z_0-9]+)\(", plain)}
        assert called <= known
        count += 1
    assert count > 40


@pytest.mark.slow
def test_databricks_is_written_as_spark() -> None:
    texts = list(written("databricks"))
    assert texts == list(written("spark"))
    assert all(sqlglot.parse(text, dialect="databricks") for text in texts if not text.startswith("--"))


def test_no_other_dialect_is_untried() -> None:
    assert {name for name, dialect in DIALECTS.items() if not dialect.versions} == {*UNTRIED, "databricks"}


COVERED = {"bigquery": 120, "snowflake": 70}


@pytest.mark.slow
@pytest.mark.parametrize("name", UNTRIED)
def test_what_has_no_sql_says_why(name: str) -> None:
    book, nodes = book_with(FORMULAS, Random(1), 20)
    comments = [
        text for text in statements(book, graph(book.program), nodes, False, DIALECTS[name]) if text.startswith("--")
    ]
    title = DIALECTS[name].title
    assert all(re.search(rf"is not in SQL: ({title} has |[a-z]+\.[a-z]+ has no SQL)", text) for text in comments)
    assert len(FORMULAS) - len(comments) >= COVERED[name]
