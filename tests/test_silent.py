"""What makers get wrong without an error: each is a finding, and what only looks like it is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from codaform.model.formats import Format
from codaform.model.schema import Column, Doc, Table
from codaform.project.check import check_project
from codaform.project.reader import read_project
from codaform.semantics.program import bind_doc
from codaform.source import Source

COLUMNS = (
    Column("Name", "text"),
    Column("Hours", "number"),
    Column("All", "number"),
    Column("Share", "percent"),
    Column("Due", "date"),
    Column("Took", "duration"),
    Column("Code", "select", options=("A", "B")),
    Column("Level", "select", options=("1", "2.5", "10%")),
)


def found(formula: str, kind: str = "other", format: Format | None = None) -> list[str]:
    """The rules that a formula breaks in a column of a type."""
    column = Column("Given", kind, formula=Source("Given", formula), format=format or Format())
    table = Table("T", {one.name: one for one in (*COLUMNS, column)})
    return [one.rule.name for one in bind_doc(Doc("D", {"T": table}))[1]]


@pytest.mark.parametrize(
    ("formula", "rule"),
    [
        ('Format("T-000", thisRow.Hours)', "unused-value"),
        ('Format("plain")', "unused-value"),
        ('Format("{a} of {b}", thisRow.Hours, 2)', "unused-value"),
        ('Format("{1}", thisRow.Hours, thisRow.All)', "unused-value"),
        ('Format("{2}", thisRow.Hours, thisRow.All)', "unused-value"),
        ('Format("{1} {2}", thisRow.Hours)', "unreadable-literal"),
        ('Format("{1}")', "unreadable-literal"),
        ("thisRow.Name = 5", "text-as-number"),
        ("5 != thisRow.Name", "text-as-number"),
        ("thisRow.Name > 5", "text-as-number"),
        ("thisRow.Hours <= thisRow.Name", "text-as-number"),
        ("thisRow.Code = 1", "text-as-number"),
        ("Left(thisRow.Name, 1) < 5", "text-as-number"),
        ("thisRow.Level = Today()", "text-as-number"),
        ("thisRow.Due > thisRow.Name", "text-as-number"),
        ("thisRow.Name = Today()", "text-as-number"),
        ("thisRow.Took = thisRow.Name", "text-as-number"),
        ('thisRow.Code = "a"', "unknown-option"),
        ('thisRow.Code = "A "', "unknown-option"),
        ('thisRow.Code.In("a", "B")', "unknown-option"),
    ],
)
def test_a_formula_that_gives_something_else(formula: str, rule: str) -> None:
    assert found(formula) == [rule]


@pytest.mark.parametrize(
    "formula",
    [
        'Format("{1:000}-{2}", thisRow.Hours, thisRow.Name)',
        'Format("{2} {1} {1}", thisRow.Hours, thisRow.Name)',
        "Format(thisRow.Name, thisRow.Hours)",
        'thisRow.Name = "5"',
        'thisRow.Hours = "5"',
        'thisRow.Due > "2025-01-01"',
        "thisRow.Name.ToNumber() = 5",
        'thisRow.Name = ""',
        'thisRow.Code = "A"',
        "thisRow.Name.Length() > 5",
        "thisRow.Level > 2",
        "thisRow.Level = 2",
        "If(thisRow.Hours > 1, thisRow.Level, thisRow.Level) < 3",
        "T.Level.First() != 1",
    ],
)
def test_a_formula_that_only_looks_like_it(formula: str) -> None:
    assert found(formula) == []


RATIO = "thisRow.Hours / thisRow.All"


@pytest.mark.parametrize(
    ("kind", "format", "formula"),
    [
        ("progress", Format(), RATIO),
        ("progress", Format(maximum=100), f"Round({RATIO}, 2)"),
        ("progress", Format(maximum=10), f"If(thisRow.All > 0, {RATIO}, 0)"),
        ("slider", Format(), f'Switch(thisRow.Name, "a", {RATIO}, 0)'),
        ("progress", Format(), "T.Hours.Sum() / T.Count()"),
        ("percent", Format(), f"{RATIO} * 100"),
        ("percent", Format(), f"100 * ({RATIO})"),
        ("percent", Format(), "thisRow.Hours * 100 / thisRow.All"),
        ("percent", Format(), f"If(thisRow.All > 0, Round({RATIO} * 100), 0)"),
    ],
)
def test_a_value_on_another_scale(kind: str, format: Format, formula: str) -> None:
    assert found(formula, kind, format) == ["other-scale"]


@pytest.mark.parametrize(
    ("kind", "format", "formula"),
    [
        ("progress", Format(maximum=1), RATIO),
        ("progress", Format(), f"{RATIO} * 100"),
        ("progress", Format(), "thisRow.Hours / 2"),
        ("progress", Format(maximum="thisRow.All"), RATIO),
        ("percent", Format(), RATIO),
        ("percent", Format(), "Round(thisRow.Hours * 100) / 100"),
        ("number", Format(), f"{RATIO} * 100"),
        ("scale", Format(), RATIO),
    ],
)
def test_a_value_on_the_scale_of_its_column(kind: str, format: Format, formula: str) -> None:
    assert found(formula, kind, format) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("[Open, Done, open]", ['the options "Open" and "open" of s differ only by case or blanks']),
        ("[Open, ' Open']", ['the options "Open" and " Open" of s differ only by case or blanks']),
        ("[In work, In  Work, IN WORK]", [
            'the options "In work" and "In  Work" of s differ only by case or blanks',
            'the options "In work" and "IN WORK" of s differ only by case or blanks',
        ]),
        ("['Open ', Done]", ['the option "Open " of s has blanks around it']),
        ("[Open, Opened, Ö, O]", []),
    ],
)  # fmt: skip
def test_options_that_look_the_same(tmp_path: Path, options: str, said: list[str]) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "doc.yml").write_text("doc: D\n", "utf-8")
    (tmp_path / "t" / "table.yml").write_text(
        f"table: t\ncolumns: [{{name: s, type: select, options: {options}}}]\n", "utf-8"
    )
    alike = [one for one in check_project(read_project(tmp_path)) if one.rule.name == "alike-options"]
    assert [one.message for one in alike] == said
