"""The formula text that the APIs return: its losses, its meaning, and when two texts are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codaform.coda.wire.formula_text import compare_formulas, returned_formula, spell_out
from codaform.library.catalogue import SUBJECTS, declared
from codaform.model import types
from codaform.model.schema import Column, Doc, NamedFormula, Table
from codaform.project.reader import read_project
from codaform.semantics.program import FormulaSite, bind_site
from codaform.semantics.program import formulas as all_formulas
from codaform.source import Source
from codaform.syntax.parser import parse
from example_doc import DOC
from formulas import commented, formulas, soups

FOUNDER_HQ = read_project(Path(__file__).parents[1] / "formulas").doc


def known(doc: Doc, name: str) -> bool:
    """Whether the doc has anything of this name."""
    columns = (column for table in doc.tables.values() for column in table.columns)
    shown = (view.name for table in doc.tables.values() for view in table.views)
    return name.casefold() in {word.casefold() for word in (*doc.tables, *columns, *shown, *doc.formulas)}


def example_name(name: str) -> bool:
    return known(DOC, name)


# ---------------------------------------------------------------- returned


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("thisRow.Hours * 2", "Hours * 2"),
        ("thisRow.[Hours] * 2", "Hours * 2"),
        ("Tasks.Filter(CurrentValue.Status = thisRow.Status)", "Tasks.Filter(Status = Status)"),
        ("Tasks.Filter(Project = thisRow AND Hours > 1)", "Tasks.Filter(Project = thisRowAND Hours > 1)"),
        ("Tasks.Filter(Project = thisRow   and [Hours] > 1)", "Tasks.Filter(Project = thisRowand Hours > 1)"),
        ("Tasks.Filter(Project = thisRow && Hours > 1)", "Tasks.Filter(Project = thisRow && Hours > 1)"),
        ("Tasks.Filter((Project = thisRow) AND Hours > 1)", "Tasks.Filter((Project = thisRow) AND Hours > 1)"),
        (
            "Tasks.Filter(Project = thisRow /* ours */ AND Hours > 1)",
            "Tasks.Filter(Project = thisRow /* ours */ AND Hours > 1)",
        ),
        ("thisRow", "thisRow"),
        ("thisRow.Created()", "thisRow.Created()"),
        ("CurrentValue", "CurrentValue"),
        ("thisTable.Hours.Sum()", "thisTable.Hours.Sum()"),
        ("/* table */ Tasks.Count()", "Tasks.Count()"),
        ("/* Table */Tasks.Count()", "Tasks.Count()"),
        ("/* all of them */ Tasks.Count() // so far", "/* all of them */ Tasks.Count() // so far"),
        ("thisRow./* the sum */Hours", "/* the sum */ Hours"),
        ('"thisRow.Hours" + thisRow.Name', '"thisRow.Hours" + Name'),
        ("'/* table */ thisRow AND' + [Name]", "'/* table */ thisRow AND' + Name"),
        ("thisRow.Unknown", "thisRow.Unknown"),
        ("Größe + [Done] + Due Date", "[Größe] + [Done] + [Due Date]"),
        ("User().Email", "User().Email"),
        ("AddRow(Tasks, [Name], @Plan)", "AddRow(Tasks, Name, [Plan])"),
        ("[@Plan ahead].Hours", "[Plan ahead].Hours"),
        ("Tasks.Filter(CurrentValue.Project.Name = thisRow.Name)", "Tasks.Filter(Project.Name = Name)"),
        ("thisRow.Hours\n  + 1\n", "Hours\n  + 1"),
        ("Slack::Post(thisRow.Name)", "Slack::Post(Name)"),
        ("no formula (", "no formula ("),
        ("", ""),
    ],
)
def test_formula_comes_back(written: str, expected: str) -> None:
    assert returned_formula(written, "Tasks", example_name) == expected


def test_letters_beyond_ascii_take_brackets() -> None:
    names = {"Školní rok", "Größe", "Due Date", "Typ"}
    text = "thisRow.[Školní rok] + [Größe] + thisRow.[Typ] + [Due Date]"
    assert returned_formula(text, "T", names.__contains__) == "[Školní rok] + [Größe] + Typ + [Due Date]"


def test_page_has_no_row() -> None:
    assert returned_formula("thisRow.Hours", "", example_name) == "thisRow.Hours"
    assert returned_formula("Tasks.Filter(CurrentValue.Hours > 1)", "", example_name) == "Tasks.Filter(Hours > 1)"


# ---------------------------------------------------------------- read back

TWO = Doc(
    "Two",
    {
        "Runs": Table("Runs", {name: Column(name, "number") for name in ("Hours", "Cost", "Only Run")}),
        "Tasks": Table(
            "Tasks",
            {
                "Name": Column("Name", "text"),
                "Hours": Column("Hours", "number"),
                "Status": Column("Status", "select", options=("Open", "Done")),
                "Runs": Column("Runs", "relation", to="Runs", many=True),
                "Mine": Column("Mine", "relation", to="Runs", many=True),
                "Only Task": Column("Only Task", "number"),
            },
        ),
    },
    {"Rate": NamedFormula("Rate", "number", Source("Rate", "3"))},
)


@pytest.mark.parametrize(
    ("text", "expected", "doubts"),
    [
        ("Hours * Rate", "Hours * Rate", []),
        ("thisTable.Filter([Only Task] = 1)", "thisTable.Filter(CurrentValue.[Only Task] = 1)", ["Only Task"]),
        ("thisTable.Filter([Only Run] = 1)", "thisTable.Filter([@Only Run] = 1)", ["no name in scope"]),
        ("Rate.Sequence(3).Filter(Cost > 1)", "Rate.Sequence(3).Filter(@Cost > 1)", ["Cost"]),
        ("thisTable.Mine.Filter(Cost.Sum() > 1)", "thisTable.Mine.Filter(CurrentValue.Cost.Sum() > 1)", ["Cost"]),
        ("Object().FormulaMap(Cost)", "Object().FormulaMap(CurrentValue.Cost)", ["Cost"]),
        ("AllUsers().Filter(Name = Name)", "AllUsers().Filter(thisRow.Name = thisRow.Name)", ["Name", "Name"]),
        (
            "Mine.Filter(Cost > [Only Task])",
            "Mine.Filter(CurrentValue.Cost > thisRow.[Only Task])",
            [],
        ),
        (
            "Mine.Filter(Hours = Hours)",
            "Mine.Filter(CurrentValue.Hours = thisRow.Hours)",
            ["both sides read Hours"],
        ),
        (
            "Mine.Filter(Cost > Hours)",
            "Mine.Filter(CurrentValue.Cost > CurrentValue.Hours)",
            ["Hours"],
        ),
        ("thisTable.Find(thisRowand Hours)", "thisTable.Find(thisRow and Hours)", []),
        ("Runs.Count()", "thisRow.Runs.Count()", ["Runs is read as this row's column Runs; it may be the table Runs"]),
        # Where only a table can be meant, a column of its name is none of the meanings.
        ("AddRow(Runs, Runs.Cost, Hours)", "AddRow(Runs, Runs.Cost, Hours)", []),
        ("Runs.AddRow(Runs.Cost, 1)", "Runs.AddRow(Runs.Cost, 1)", []),
        ("Lookup(Runs, Cost, 1)", "Lookup(Runs, Cost, 1)", []),
        (
            "AddOrModifyRows(Runs, Cost > 1, Runs.Cost, 2)",
            "AddOrModifyRows(Runs, CurrentValue.Cost > 1, Runs.Cost, 2)",
            [],
        ),
        ("Hours / Sum(Hours)", "Hours / Sum(thisTable.Hours)", ["the whole column"]),
        ("Status = Done", "Status = Done", []),
        ("Hours.WithName(Cost, Cost + Hours)", "Hours.WithName(Cost, Cost + thisRow.Hours)", []),
        # The action changes this row: both meanings are the same.
        ("ModifyRows(thisRow, Hours, Hours + 1)", "ModifyRows(thisRow, Hours, thisRow.Hours + 1)", []),
        ("thisRow.ModifyRows(Hours, Hours + 1)", "thisRow.ModifyRows(Hours, thisRow.Hours + 1)", []),
        (
            "ModifyRows(thisTable, Hours, Hours + 1)",
            "ModifyRows(thisTable, Hours, CurrentValue.Hours + 1)",
            ["Hours is read as the column"],
        ),
        ("no formula (", "no formula (", ["cannot be read"]),
    ],
)
def test_text_is_read_back(text: str, expected: str, doubts: list[str]) -> None:
    found, said = spell_out(text, TWO, "Tasks", "")
    assert found == expected
    assert len(said) == len(doubts)
    for doubt, part in zip(said, doubts, strict=True):
        assert part in doubt


def test_column_that_is_defined_is_not_meant() -> None:
    assert spell_out("Runs.Filter(Cost > 1)", TWO, "Tasks", "Runs") == (
        "/* table */ Runs.Filter(CurrentValue.Cost > 1)",
        [],
    )


def check_survives(text: str, doc: Doc, place: FormulaSite, expected: types.Type | None) -> None:
    """The returned text has the same meaning, or there is a doubt."""
    back = returned_formula(text, place.table, lambda name: known(doc, name))
    assert compare_formulas(text, back) == "same"
    again, doubts = spell_out(back, doc, place.table, place.name if place.role == "formula" else "")
    before, _ = bind_site(doc, place, Source("before", text), expected)
    after, _ = bind_site(doc, place, Source("after", again), expected)
    assert before.body == after.body or doubts, (text, back, again)


FORMULAS = [
    pytest.param(place, source, kind, id=f"{place.table or 'doc'}.{place.name}-{place.role}")
    for place, source, kind in all_formulas(FOUNDER_HQ)
]


@pytest.mark.parametrize(("place", "source", "kind"), FORMULAS)
def test_formulas_of_founder_hq_survive(place: FormulaSite, source: Source, kind: types.Type) -> None:
    check_survives(source.text, FOUNDER_HQ, place, kind)


def test_most_formulas_of_founder_hq_leave_no_doubt() -> None:
    doubted = []
    for place, source, _ in all_formulas(FOUNDER_HQ):
        back = returned_formula(source.text, place.table, lambda name: known(FOUNDER_HQ, name))
        if spell_out(back, FOUNDER_HQ, place.table, place.name if place.role == "formula" else "")[1]:
            doubted.append(f"{place.table}.{place.name}")
    # Three formulas read a column with the name of a table.
    assert doubted == ["tasks.execution_run", "workflows.execution_runs_count", "workflows.recent_runs"]


EXAMPLES = sorted(
    {example.formula for module in SUBJECTS.values() for function in declared(module) for example in function.examples}
)


@pytest.mark.slow
@pytest.mark.parametrize("table", ["", "Tasks"])
def test_examples_of_the_library_survive(table: str) -> None:
    assert len(EXAMPLES) > 500
    for example in EXAMPLES:
        check_survives(example, DOC, FormulaSite("test" if table else "named", table, ""), None)


@given(formulas() | commented(), st.sampled_from(["", "Tasks"]))
def test_any_formula_comes_back_as_one(text: str, table: str) -> None:
    back = returned_formula(text, table, lambda _: True)
    assert compare_formulas(text, back) == "same"
    assert compare_formulas(returned_formula(back, table, lambda _: True), back) == "same"
    again, _ = spell_out(back, DOC, table, "")
    assert parse(Source("again", again))[0] is not None


@given(st.text() | soups(), st.text() | soups())
def test_any_text_comes_back(text: str, other: str) -> None:
    returned_formula(text, "Tasks", example_name)
    spell_out(text, DOC, "Tasks", "")
    assert compare_formulas(text, text) == "same"
    assert compare_formulas(text, other) == compare_formulas(other, text)


# ---------------------------------------------------------------- compared


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ("thisRow.Hours*2", "Hours * 2", "same"),
        ("thisRow.[Hours] * 2", "hours*2 // doubled", "same"),
        ("Filter(Tasks, Hours > 1)", "Tasks.Filter(CurrentValue.Hours > 1)", "same"),
        ("(Hours) + (1)", "Hours + 1", "same"),
        ("Tasks.Filter(Project=thisRowand Hours>1)", "Tasks.Filter(Project = thisRow AND Hours > 1)", "same"),
        ("Hours <> 1", "Hours != 1.0", "same"),
        ("@Plan", "[Plan]", "same"),
        ("no formula (", "no formula (", "same"),
        ("Hours + 1", "Hours + 2", "different"),
        ("Hours + 1", "1 + Hours", "different"),
        ("(Hours + 1) * 2", "Hours + 1 * 2", "different"),
        ("Tasks.Filter(CurrentValue.Hours > 1)", "Tasks.Filter(thisRow.Hours > 1)", "different"),
        ("thisTable.Hours", "Hours", "different"),
        ('"A"', '"a"', "different"),
        ('"a  b"', '"a b"', "cannot tell"),
        ("Hours +", "Hours + 1", "cannot tell"),
        ("Hours // in all + 1", "Hours + 1", "cannot tell"),
    ],
)
def test_texts_are_compared(a: str, b: str, verdict: str) -> None:
    assert compare_formulas(a, b) == verdict
    assert compare_formulas(b, a) == verdict


def test_unknown_names_cannot_be_told_apart() -> None:
    assert compare_formulas("Status = Done", "Status = Open", example_name) == "cannot tell"
    assert compare_formulas("Hours = 1", "Hours = 2", example_name) == "different"
