"""How the command line writes values, and how its tables fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from codaform.cli.output.drawing import Branch, DrawnCell, Heading, put_table, put_tree
from codaform.cli.output.values import coda_formula, csv_cell, csv_text, json_value, table_cell
from codaform.cli.terminal import as_json
from codaform.evaluation.workbook import Workbook
from codaform.model.formats import NO_FORMAT, short_format
from codaform.model.schema import Column
from codaform.model.values import Action, Error, Person
from codaform.project.files import CannotRead
from codaform.text import columns, harmless, shorten


@pytest.mark.parametrize(
    ("value", "kind", "form", "text"),
    [
        (2.25, "number", "0.0", "2.3"),
        (-6.25, "number", "0.0", "-6.3"),
        (0.005, "number", "0.00", "0.01"),
        (-0.04, "number", "0.0", "0.0"),
        (1234567.891, "number", "#,##0.00", "1,234,567.89"),
        (0.256, "percent", "0%", "26%"),
        (0.2567, "percent", "0.0%", "25.7%"),
        (0.2567, "percent", "", "25.67%"),
        (1 / 3, "number", "", "0.3333"),
        (1e21, "number", "", "1e+21"),
        (1e300, "number", "0.0", "1e+300"),
        (999999999999999.9, "number", "0." + "0" * 9, "999999999999999.900000000"),
        (5.0, "number", "something odd", "5"),
        (-0.0, "number", "", "0"),
        (True, "checkbox", "0.0", "true"),
    ],
)
def test_numbers_are_rounded_by_their_column(value: object, kind: str, form: str, text: str, book: Workbook) -> None:
    column = Column("n", kind, format=short_format(kind, form) or NO_FORMAT)
    assert table_cell(value, book, column).text == text


VALUES = [
    (None, "", None, ""),
    ("", "", None, ""),
    ("a\nb", "a\nb", "a\nb", "a\nb"),
    (True, "true", True, "true"),
    (3.0, "3", 3, "3"),
    (-1e-7, "0", -1e-7, "-1e-7"),
    (date(2025, 12, 8), "2025-12-08", "2025-12-08", "2025-12-08"),
    (datetime(2025, 12, 8, 22, 30, tzinfo=UTC), "2025-12-08 22:30", "2025-12-08T22:30:00+00:00", "2025-12-08T22:30"),
    (time(9, 30), "09:30", "09:30", "09:30"),
    (timedelta(hours=2), "2 hrs", "2 hrs", "2 hrs"),
    (Person("Ada Ruiz", "ada@example.com"), "Ada Ruiz", "Ada Ruiz", "Ada Ruiz"),
    ([1.0, "a", None], "1, a, ", [1, "a", None], "1; a; "),
    ({"a": [1.0]}, "{a: [1]}", {"a": [1]}, "{a: [1]}"),
    (
        Error("circular-cell", "why"),
        "error: circular-cell",
        {"error": "circular-cell", "message": "why"},
        "error: circular-cell",
    ),
    (Action("OpenUrl", ("x",)), 'OpenUrl("x")', {"action": "OpenUrl", "arguments": ["x"]}, 'OpenUrl("x")'),
]


@pytest.mark.parametrize(("value", "table", "data", "cell"), VALUES)
def test_a_value_in_each_format(value: object, table: str, data: object, cell: str, book: Workbook) -> None:
    assert table_cell(value, book).text == table
    assert json_value(value, book) == data
    assert csv_cell(value, book) == cell


def test_rows_are_shown_by_display_text(book: Workbook) -> None:
    row = book.rows("Tasks")[0]
    assert (table_cell(row, book).text, json_value(row, book), csv_cell(row, book), coda_formula(row, book)) == (
        "Plan",
        "Plan",
        "Plan",
        "@Plan",
    )


@pytest.mark.parametrize("text", ["=1+1", "+1 2", "-", "-x", "@a", "\tx", "\rx"])
def test_no_cell_of_csv_is_a_formula(text: str, book: Workbook) -> None:
    assert csv_cell(text, book) == f"'{text}"
    assert csv_text([text], [], book).startswith(("'", "\"'"))


@pytest.mark.parametrize("text", ["1", "-1", "+1", "-1.5e3", "a=b", "'x"])
def test_other_cells_of_csv_stay(text: str, book: Workbook) -> None:
    assert csv_cell(text, book) == text


def test_several_values_of_csv_can_be_told_apart(book: Workbook) -> None:
    from codaform.project.cells import split_values

    values = ["a;b", 'say "x"', '"', "plain"]
    assert split_values(csv_cell([*values], book)) == values


def test_what_no_formula_spells(book: Workbook) -> None:
    with pytest.raises(CannotRead, match="no formula spells"):
        coda_formula([Person("Ada Ruiz")], book)


def test_json_keeps_letters_and_steers_nothing() -> None:
    assert as_json("é日\u202e\x7f\u2028😀\x00") == '"é日\\u202e\\u007f\\u2028😀\\u0000"'
    assert as_json("\x7f") == '"\\u007f"'


def test_harmless() -> None:
    assert harmless("a\x1b[0m\n\x9b\u202e\ud800\ufeff\x7f") == "a␛[0m␊\ufffd\ufffd\ufffd\ufffd␡"
    assert harmless("نمی\u200cخواهم 👩\u200d🚀 é") == "نمی\u200cخواهم 👩\u200d🚀 é"


def test_columns_of_a_text() -> None:
    assert columns("abc") == 3
    assert columns("日本e\u0301") == 5
    assert shorten("日本語", 4) == "日…"
    assert shorten("日本語", 6) == "日本語"
    assert shorten("abc", 1) == "…"


def test_a_table_fits(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    headings = [Heading("first"), Heading("wide", rank=2), Heading("number", right=True, computed=True, rank=1)]
    rows = [
        [DrawnCell("日本語"), DrawnCell("x" * 100), DrawnCell("1.5")],
        [DrawnCell("\x1b"), DrawnCell(""), DrawnCell("error: x", "error")],
    ]
    assert put_table(headings, rows) == []
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "first   wide                    ƒ number",
        "──────  ──────────────────────  ────────",
        "日本語  xxxxxxxxxxxxxxxxxxxxx…       1.5",
        "␛                               error: x",
    ]
    monkeypatch.setenv("COLUMNS", "20")
    assert put_table(headings, rows) == ["wide"]
    assert put_table([], []) == []


def test_a_tree_fits(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    leaf = Branch("x" * 50, "y" * 50, "", ())
    put_tree(Branch("whole", "1", "the first of 3", (Branch("part", "2", "", (leaf,)), leaf)))
    assert capsys.readouterr().out.splitlines() == [
        "whole → 1  (the first of 3)",
        "├─ part → 2",
        "│  └─ xxxxxxxxx… → yyyyyyyyy…",
        "└─ xxxxxxxxxx… → yyyyyyyyyyy…",
    ]
