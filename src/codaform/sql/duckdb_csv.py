"""DuckDB reads a `rows.csv`: all cells as texts, with nothing guessed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from codaform.sql.csv_cells import ITEM, NUMBER, CsvWords
from codaform.sql.dialects import DUCKDB
from codaform.sql.frames import column, named
from codaform.sql.trees import not_null

_ONE = (
    """CASE WHEN regexp_full_match(one, '"([^"]|"")*"') THEN replace(substring(one, 2, length(one) - 2), '""', '"') """
    """ELSE regexp_replace(one, '^\\s+|\\s+$', '', 'g') END"""
)

WORDS = CsvWords(
    DUCKDB,
    items=f"list_filter(list_transform(regexp_extract_all(a, '{ITEM}', 1), one -> {_ONE}), one -> one <> '')",
    each="list_transform(a, one -> b)",
    fails="error(a)",
)


CsvFile = tuple[str, Sequence[str]]
"""The path of a file, and the names in its header."""


def texts(files: Sequence[CsvFile], first: int) -> exp.Select:
    """The rows of files as texts, with their numbers.

    files: All have the same names of columns.
    first: The number of the first row, 0 or 1.
    """
    parts: list[exp.Query] = [_of_file(file, names) for file, names in files]
    rows = parts[0]
    for part in parts[1:]:
        rows = exp.Union(this=rows, expression=part, distinct=False, by_name=True)
    number = exp.Window(this=exp.RowNumber())
    counted = exp.Sub(this=number, expression=exp.Literal.number(1 - first)) if first < 1 else number
    return exp.select(named(exp.cast(counted, "BIGINT"), NUMBER), "*").from_(rows.subquery("rows"))


def _of_file(file: str, names: Sequence[str]) -> exp.Select:
    read = exp.select(*map(column, names)).from_(exp.Table(this=_reading(file, names)))
    if len(names) == 1:  # an empty line has no cell, not even a blank one
        read.where(not_null(column(names[0])), copy=False)
    return read


def _reading(file: str, names: Sequence[str]) -> exp.Expr:
    """The call that reads a file with all of its rules named."""
    rules: dict[str, exp.Expr] = {
        "auto_detect": exp.false(),
        "header": exp.true(),
        "delim": exp.Literal.string(","),
        "quote": exp.Literal.string('"'),
        "escape": exp.Literal.string('"'),
        "nullstr": exp.Literal.string(""),
        "allow_quoted_nulls": exp.false(),
        "columns": exp.Struct(
            expressions=[
                exp.PropertyEQ(this=exp.Literal.string(name), expression=exp.Literal.string("VARCHAR"))
                for name in names
            ]
        ),
    }
    settings = [exp.PropertyEQ(this=exp.to_identifier(name), expression=value) for name, value in rules.items()]
    return exp.Anonymous(this="read_csv", expressions=[exp.Literal.string(file), *settings])
