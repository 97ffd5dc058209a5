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
from searching import some
from sql_agreement import FORMULAS
from sql_docs import book_with

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"
UNTRIED = ["bigquery", "snowflake"]

GOOGLE = "https://cloud.google.com/bigquery/docs/reference/standard-sql/"
SNOWFLAKE = "https://docs.snowflake.com/en/sql-reference/functions/"
BIGQUERY = {
    "mathematical_functions": """
        abs acos acosh asin asinh atan atan2 atanh ceil cos cosh div exp floor greatest is_inf is_nan least ln log log10
        mod power sin sinh sqrt tan tanh trunc
    """,
    "string_functions": """
        byte_length chr ends_with format length lower lpad regexp_contains regexp_extract regexp_replace repeat replace
        rpad rtrim starts_with strpos substr trim unicode upper
    """,
    "date_functions": "date date_add date_from_unix_date date_trunc extract format_date last_day unix_date",
    "datetime_functions": "datetime",
    "timestamp_functions": "timestamp timestamp_micros unix_micros",
    "array_functions": "array_concat array_length array_reverse",
    "aggregate_functions": "any_value array_agg count countif logical_and logical_or max min string_agg sum",
    "navigation_functions": "first_value last_value",
    "numbering_functions": "row_number",
    "conditional_expressions": "coalesce nullif",
    "conversion_functions": "cast safe_cast",
    "operators": "safe_offset",
    "query-syntax": "unnest",
}
OF_THEIR_OWN = """
    abs acos acosh any_value asin asinh atan atan2 atanh booland_agg boolor_agg cast ceil charindex chr coalesce
    contains convert_timezone cos cosh count count_if date_from_parts date_part date_trunc dateadd datediff endswith exp
    first_value floor greatest_ignore_nulls last_day last_value least_ignore_nulls length listagg ln log lower lpad max
    min mod nullif octet_length pi regexp_instr regexp_like regexp_replace repeat replace row_number rpad sin sinh sqrt
    startswith substr sum tan tanh to_char trim trunc try_to_date try_to_double unicode upper
"""
IN_SNOWFLAKE = {name: name for name in OF_THEIR_OWN.split()} | {
    "pow": "power",
    "to_timestamp": "to_timestamp_ntz",
    "year": "day dayofweekiso dayofyear month quarter weekiso year yearofweekiso",
}
PAGES = {
    "bigquery": {f"{GOOGLE}{page}": names.split() for page, names in BIGQUERY.items()},
    "snowflake": {f"{SNOWFLAKE}{page}": names.split() for page, names in IN_SNOWFLAKE.items()},
}
"""The functions of each product that its dialect uses, by the page of its documentation."""

FUNCTIONS = {product: {name for names in pages.values() for name in names} for product, pages in PAGES.items()}


BY_GRAMMAR = """
    any_value array_agg cast coalesce count extract first_value last_value listagg max min nullif row_number safe_cast
    string_agg sum unnest
"""
"""Functions that are in no template, as they are syntax or totals of the same name."""


def called_in(text: str) -> set[str]:
    """The functions that a text calls."""
    plain = re.sub(r"'(?:[^'\\]|''|\\.)*'|`[^`]*`|\"[^\"]*\"", "", text)
    return {word.lower() for word in re.findall(r"([A-Za-z_0-9]+)\(", plain)}


@pytest.mark.parametrize("name", UNTRIED)
def test_each_function_of_a_template_has_its_page(name: str) -> None:
    dialect = DIALECTS[name]
    templates = [*dialect.words.values(), *dialect.casts.values()]
    totals = set(getattr(dialect, "totals", {}).values()) - {"listagg"}
    called = {one for text in templates for one in called_in(text)} | totals
    assert called - FUNCTIONS[name] == set()  # look a new one up, and add it to its page
    assert (
        FUNCTIONS[name] - called - set(BY_GRAMMAR.split()) == set()
    )  # a page stays only as long as its function is used


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
    count = 0
    for text in written(name):
        if text.startswith("--"):
            continue
        (tree,) = sqlglot.parse(text, dialect=name)
        assert isinstance(tree, exp.Create | exp.Insert)
        assert called_in(text) <= FUNCTIONS[name]
        count += 1
    assert count > 40


@pytest.mark.slow
def test_databricks_is_written_as_spark() -> None:
    texts = list(written("databricks"))
    assert texts == list(written("spark"))
    assert all(sqlglot.parse(text, dialect="databricks") for text in some(texts) if not text.startswith("--"))


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
