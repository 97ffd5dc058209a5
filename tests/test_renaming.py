"""A renamed column, view or formula: every formula means by the new name what it meant before."""

from __future__ import annotations

from typing import Any

import pytest

from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, Doc, NamedFormula, Table, View
from codaform.model.values import Row
from codaform.project.session import Session
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import Formulas, FormulaSite, Program, bind_doc, formulas
from codaform.semantics.renaming import Renaming, renamed, renamed_text
from codaform.source import Source

pytestmark = pytest.mark.slow


def column(name: str, kind: str = "number", formula: str = "", **more: Any) -> Column:
    """A column, with a formula where one is given."""
    return Column(name, kind, formula=Source(name, formula) if formula else None, **more)


def doc(*tried: Column, views: tuple[View, ...] = (), named: tuple[NamedFormula, ...] = ()) -> Doc:
    """A doc of two tables, with columns to try in the second."""
    things = [column("name", "text"), column("size"), column("owner", "relation", to="people")]
    people = [column("name", "text"), column("age"), column("size"), column("kind", "select", options=("Done", "b"))]
    tables = {
        "people": Table("people", {known.name: known for known in people}),
        "things": Table("things", {known.name: known for known in (*things, *tried)}, views=views),
    }
    return Doc("tried", tables, {known.name: known for known in named})


def after(text: str, old: str, new: str, table: str = "things") -> str:
    """A formula of a row of `things` after a column was renamed."""
    before = doc(column("tried", "other", text))
    changed = renamed(before, bind_doc(before)[0], Renaming("column", old, new, table))
    formula = changed.tables["things"].columns["tried"].formula
    assert formula is not None
    return formula.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size", "width"),
        ("SIZE * 2", "width * 2"),
        ("thisRow.size", "thisRow.width"),
        ("[size]+1", "[width]+1"),
        ("thisRow.[size] // size of it", "thisRow.[width] // size of it"),
        ('"size" + size', '"size" + width'),
        ("/* size */ size", "/* size */ width"),
        ("things.size.Sum()", "things.width.Sum()"),
        ("things.Filter(size > 1)", "things.Filter(width > 1)"),
        ("things.Filter(CurrentValue.size > thisRow.size)", "things.Filter(CurrentValue.width > thisRow.width)"),
        ("thisRow.owner.size", "thisRow.owner.size"),
        ("people.Filter(size > thisRow.size)", "people.Filter(size > thisRow.width)"),
        ("people.Filter(size = size)", "people.Filter(size = width)"),
        ("Lookup(things, size, 3)", "Lookup(things, width, 3)"),
        ("things.Sort(true, size)", "things.Sort(true, width)"),
        ("Sum(size)", "Sum(width)"),
        ("WithName(size, s, s * size)", "WithName(width, s, s * width)"),
        ("WithName(2, size, size * thisRow.size)", "WithName(2, size, size * thisRow.width)"),
        ("size + Nothing(things.size)", "width + Nothing(things.width)"),
        ("size +", "size +"),
        ("If(size > 1, size, -size)", "If(width > 1, width, -width)"),
        ("things.First().size", "things.First().width"),
        ("If(true, things.First(), things.Last()).size", "If(true, things.First(), things.Last()).width"),
    ],
)
def test_the_name_is_replaced_where_it_means_the_column(text: str, expected: str) -> None:
    assert after(text, "size", "width") == expected


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("how wide", "[how wide] + thisRow.[how wide]"),
        ("Größe", "[Größe] + thisRow.[Größe]"),
        ("a]b", "[a\\]b] + thisRow.[a\\]b]"),
        ("true", "[true] + thisRow.[true]"),
        ("thisRow", "[thisRow] + thisRow.[thisRow]"),
        ("Size", "Size + thisRow.Size"),
    ],
)
def test_names_that_need_brackets_get_them(new: str, expected: str) -> None:
    assert after("size + thisRow.size", "size", new) == expected


@pytest.mark.parametrize(
    ("text", "old", "new", "table", "expected"),
    [
        # This row's column, which is called as a column of the item from now on.
        ("people.Filter(age > owner.age)", "owner", "kind", "things", "people.Filter(age > thisRow.kind.age)"),
        # A column of the item, which gets the name by which the formula reads this row's column.
        ("people.Filter(age > owner.age)", "kind", "owner", "people", "people.Filter(age > thisRow.owner.age)"),
        # A table that is called as a column of this row from now on.
        ("people.Count()", "size", "people", "things", "/* table */ people.Count()"),
        ("people.Count() + size", "size", "people", "things", "/* table */ people.Count() + people"),
        ("@people.Count() + size", "size", "people", "things", "@people.Count() + people"),
        # Where a table is wanted, and as the key of its own rows, a table stays one.
        ("AddRow(people, people.age, size)", "size", "people", "things", "AddRow(people, people.age, people)"),
        ("Lookup(people, people.age, 3).Count()", "size", "people", "things", "Lookup(people, people.age, 3).Count()"),
        ("@people.Sort(true, people.age)", "size", "people", "things", "@people.Sort(true, people.age)"),
        # An option, spelled as a name.
        ("people.Filter(kind = Done)", "age", "Done", "people", 'people.Filter(kind = "Done")'),
        # A row, spelled as what it is displayed as.
        ("thisRow.owner = Ann", "size", "Ann", "things", "thisRow.owner = @Ann"),
        # What WithName has named by the new name.
        ("WithName(2, wide, wide * size)", "size", "wide", "things", "WithName(2, wide, wide * thisRow.wide)"),
        # Nothing to do with it, though the word is there.
        ('"kind" + name', "size", "kind", "things", '"kind" + name'),
    ],
)
def test_what_the_new_name_would_hide_is_spelled_out(text: str, old: str, new: str, table: str, expected: str) -> None:
    assert after(text, old, new, table) == expected


def test_defaults_actions_conditions_filters_views_and_other_sides_follow() -> None:
    before = doc(
        Column("start", "number", default=Source("start", "thisRow.size")),
        Column(
            "push",
            "button",
            action=Source("push", "thisRow.ModifyRows(size, size + 1)"),
            disable_if=Source("push", "size > 9"),
        ),
        views=(View("Wide", "things", filter=Source("f", "size > 3"), sort="size", columns=("name", "size")),),
        named=(NamedFormula("Total", "number", Source("Total", "things.size.Sum()")),),
    )
    changed = renamed(before, bind_doc(before)[0], Renaming("column", "size", "width", "things"))
    texts = {(place.role, place.name): source.text for place, source, _ in formulas(changed)}
    assert texts == {
        ("default", "start"): "thisRow.width",
        ("action", "push"): "thisRow.ModifyRows(width, width + 1)",
        ("disable_if", "push"): "width > 9",
        ("filter", "Wide"): "width > 3",
        ("named", "Total"): "things.width.Sum()",
    }
    (view,) = changed.tables["things"].views
    assert (view.sort, view.columns) == ("width", ("name", "width"))
    assert list(changed.tables["things"].columns) == ["name", "width", "owner", "start", "push"]


def test_the_other_side_of_a_relation_knows_the_new_name() -> None:
    before = doc()
    mirror = Column("things of", "relation", many=True, to="things", reverse="owner")
    before.tables["people"].columns["things of"] = mirror
    changed = renamed(before, bind_doc(before)[0], Renaming("column", "owner", "keeper", "things"))
    assert changed.tables["people"].columns["things of"].reverse == "keeper"


def test_views_and_formulas_are_renamed_too() -> None:
    before = doc(
        column("tried", "number", "Wide.Count() + Total + things.size.Sum()"),
        views=(View("Wide", "things", filter=Source("f", "size > Total")),),
        named=(NamedFormula("Total", "number", Source("Total", "1")),),
    )
    views = renamed(before, bind_doc(before)[0], Renaming("view", "Wide", "Very wide"))
    assert views.tables["things"].columns["tried"].formula == Source(
        "tried", "[Very wide].Count() + Total + things.size.Sum()"
    )
    named = renamed(before, bind_doc(before)[0], Renaming("formula", "Total", "size"))
    tried = named.tables["things"].columns["tried"].formula
    assert tried is not None
    assert tried.text == "Wide.Count() + /* table */ size + things.size.Sum()"
    assert list(named.formulas) == ["size"]


def test_a_formula_beside_the_doc_follows() -> None:
    text = renamed_text(
        doc(),
        "things.ModifyRows(size, 0)",
        FormulaSite("action", "", ""),
        Renaming("column", "size", "width", "things"),
    )
    assert text == "things.ModifyRows(width, 0)"


# ---------------------------------------------------------------- a whole project


def renamed_back(node: ir.Node, table: str, old: str, new: str) -> str:
    """The parts of an understood formula, with the old name in the place of the new one."""
    parts = []
    for part in ir.parts(node):
        match part:
            case ir.Field(_, owner, name):
                parts.append(f"{owner}.{old if (owner, name) == (table, new) else name}")
            case ir.Constant(value):
                spelled = repr(value)
                parts.append(spelled.replace(f"table='{table}', name={new!r}", f"table='{table}', name={old!r}"))
            case ir.Call(function):
                parts.append(function.name)
            case _:
                parts.append(type(part).__name__)
    return " ".join(parts)


@pytest.fixture(scope="module")
def session() -> Session:
    """Founder HQ."""
    return Session.open("formulas")


NEW_NAMES = ("zz new", "tasks", "sprints", "name", "status", "hours", "Done")


def test_every_column_of_a_project_can_be_renamed_and_every_formula_means_the_same(session: Session) -> None:
    before = session.book.doc
    program = bind_doc(before)[0]
    renamings = 0
    for table in before.tables.values():
        for old in table.columns:
            new = NEW_NAMES[renamings % len(NEW_NAMES)]
            renamings += 1
            if any(new.casefold() == other.casefold() for other in table.columns):
                continue
            changed = bind_doc(renamed(before, program, Renaming("column", old, new, table.name)))[0]
            for (place, bound), (new_place, understood) in zip(
                program.formulas.items(), changed.formulas.items(), strict=True
            ):
                assert place.table == new_place.table
                said = renamed_back(understood.body, table.name, old, new)
                assert said == renamed_back(bound.body, "", "", ""), (table.name, old, new, place)
                assert understood.type == bound.type
    assert renamings > 50


def test_after_a_renaming_every_cell_has_the_same_value(session: Session) -> None:
    book = session.book
    before = book.doc
    program = bind_doc(before)[0]
    values = {
        (table.name, name): [book.value(row, name) for row in book.rows(table.name)]
        for table in before.tables.values()
        for name in table.columns
    }
    for table, old in (("tasks", "scheduled_start_date"), ("sprints", "start_date"), ("tasks", "status")):
        if old not in before.tables[table].columns:
            continue
        changed = renamed(before, program, Renaming("column", old, "zz new", table))
        again = Workbook(bind_doc(changed)[0], book.now, book.user)
        for owner in before.tables.values():
            entered = [known.name for known in owner.columns.values() if not known.computed]
            for row in book.rows(owner.name):
                cells = {
                    ("zz new" if (owner.name, name) == (table, old) else name): book.value(row, name)
                    for name in entered
                }
                again.add(owner.name, cells, defaults=False, id=row.id)
        for (owner_name, name), expected in values.items():
            new = "zz new" if (owner_name, name) == (table, old) else name
            kind = before.tables[owner_name].columns[name]
            if kind.kind in ("button",):
                continue
            found = [again.value(Row(owner_name, row.id), new) for row in book.rows(owner_name)]
            assert found == expected, (table, old, owner_name, name)


def test_several_renamings_are_one_substitution() -> None:
    """Names that change places, a table and its column at once: what one renaming after the other would give."""
    before = doc(
        column("total", formula="things.Filter(size > owner.age).size.Sum() + thisRow.total2"),
        column("total2", formula="size * 2"),
        column("other", formula="people.Filter(age > 3).Count()"),
        named=(NamedFormula("Everyone", "number", Source("Everyone", "people.age.Sum() + things.size.Sum()")),),
    )
    steps = [
        Renaming("table", "people", "persons"),
        Renaming("column", "age", "years", "persons"),
        Renaming("column", "size", "size 2", "things"),
        Renaming("column", "total2", "size", "things"),
        Renaming("column", "size 2", "total2", "things"),
        Renaming("formula", "Everyone", "Sum of all"),
    ]
    at_once = renamed(before, bind_doc(before)[0], *steps)
    one_by_one = before
    for step in steps:
        one_by_one = renamed(one_by_one, bind_doc(one_by_one)[0], step)
    assert at_once == one_by_one
    texts = {place.name: source.text for place, source, _ in formulas(at_once)}
    assert texts["total"] == "things.Filter(total2 > owner.years).total2.Sum() + thisRow.size"
    assert texts["Sum of all"] == "persons.years.Sum() + things.total2.Sum()"


def test_a_formula_that_spells_no_name_of_a_renaming_is_not_understood() -> None:
    before = doc(column("tried", formula="size + 1"), column("unread", formula="1 + 1"))
    understood: list[FormulaSite] = []

    class Noted(Formulas):
        def __getitem__(self, place: FormulaSite) -> Bound:
            understood.append(place)
            return super().__getitem__(place)

    renamed(before, Program(before, Noted(before)), Renaming("column", "size", "width", "things"))
    assert understood == [FormulaSite("formula", "things", "tried")]


@pytest.mark.parametrize(
    ("old", "text", "expected"),
    [
        ("due date", "thisRow.due   date", "thisRow.by"),
        ("a]b", "thisRow.[a\\]b] + 1", "thisRow.by + 1"),
        ("+", "thisRow.[+] * 2", "thisRow.by * 2"),
        ("STRASSE", "thisRow.[straße]", "thisRow.[by]"),
    ],
)
def test_a_name_is_found_however_it_is_spelled(old: str, text: str, expected: str) -> None:
    before = doc(column(old), column("tried", "other", text))
    changed = renamed(before, bind_doc(before)[0], Renaming("column", old, "by", "things"))
    formula = changed.tables["things"].columns["tried"].formula
    assert formula is not None
    assert formula.text == expected
