"""Formulas in words: each formula has them, no template shows through, and the words are true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from syrupy.assertion import SnapshotAssertion

from codaform.library import catalogue
from codaform.markup.explanation import FormulaPart, explain_in_words, parts_data
from codaform.model.schema import Column, Doc, NamedFormula, Table
from codaform.model.values import Row
from codaform.project.project import Project
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.prose.conditions import COMPARISONS
from codaform.prose.sentences import describe_formula, formula_phrase
from codaform.prose.special_calls import SPECIAL
from codaform.prose.templates import CLAUSES, DEEDS, NOUNS
from codaform.semantics.program import FormulaSite, bind_doc, bind_site, formulas
from codaform.source import Source
from example_doc import DOC
from formulas import formulas as random_formulas
from formulas import soups
from projects import FORMULAS
from test_cases import CASES, Case, cases, understood

SESSION = Session(read_project(FORMULAS, "formulas"))
EXAMPLES = [
    pytest.param(example.formula, id=f"{function.name or function.operator}-{number}-{index}")
    for number, functions in enumerate(catalogue.declared(module) for module in catalogue.SUBJECTS.values())
    for function in functions
    for index, example in enumerate(function.examples)
]
HOLE = re.compile(r"\{([a-zA-Z*]+)(?::[^}]*)?\}")


def places() -> Iterator[FormulaSite]:
    """Every place of Founder HQ that has a formula."""
    yield from (place for place, _, _ in formulas(SESSION.project.doc))
    yield from (FormulaSite("test", test.table, test.name) for test in SESSION.project.tests if test.formula)


def said(text: str, table: str = "", doc: Doc = DOC, role: str = "") -> str:
    """A formula of the example doc in words."""
    place = FormulaSite("test" if table else "named", table, "here") if not role else FormulaSite(role, table, "here")  # type: ignore[arg-type]
    source = Source("here", text)
    return describe_formula(doc, bind_site(doc, place, source, None)[0], source)


def whole(doc: Doc, text: str, words: str) -> None:
    """Words are sentences: they end, their marks and parentheses close, and no template shows through."""
    assert words
    assert re.match(r"\S.*[.]$", words), words
    assert words.count("`") % 2 == 0
    assert "\n" not in words
    if '"' not in text and "'" not in text:
        bare = re.sub("`[^`]*`", "x", words)
        assert not re.search(r"[{}|~]|\[|\]|:\w+ \w+\}", bare), words
        assert bare.count("(") == bare.count(")")
        assert "  " not in bare
    for name in HOLES:
        if f"{{{name}" not in text:
            assert f"{{{name}" not in words


HOLES = frozenset(
    name
    for template in (*NOUNS.values(), *DEEDS.values(), *(part for parts in CLAUSES.values() for part in parts))
    for name in HOLE.findall(template)
)


# ------------------------------------------------------------------------------------------------------- every formula


def test_founder_hq_reads_well(snapshot: SnapshotAssertion) -> None:
    lines = [
        f"{place.role} {place.table}.{place.name}: {explain_in_words(SESSION, place, None).words}" for place in places()
    ]
    assert "\n".join(lines) == snapshot


@pytest.mark.parametrize("place", list(places()), ids=lambda place: f"{place.role} {place.table}.{place.name}")
def test_every_formula_of_founder_hq_has_whole_words(place: FormulaSite) -> None:
    rows = SESSION.book.rows(place.table)[:2] if place.table and place.role != "action" else []
    for row in [None, *rows]:
        tree = explain_in_words(SESSION, place, row)
        whole(SESSION.project.doc, tree.text, tree.words)
        assert "`: " not in tree.words
        assert not re.search(r"` of .* \(", tree.words), "a function without words of its own"
        for part in parts(tree):
            assert part.words
            assert part.words.count("`") % 2 == 0


@pytest.mark.slow
@pytest.mark.parametrize("formula", EXAMPLES)
def test_every_example_has_whole_words(formula: str) -> None:
    whole(DOC, formula, said(formula))


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.title) for path in sorted(CASES.rglob("*.md")) for case in cases(path)]
)
def test_every_case_has_whole_words(case: Case) -> None:
    doc, _, bound, _ = understood(case)
    whole(doc, case.formula.text, describe_formula(doc, bound, case.formula))


@given(random_formulas())
def test_no_formula_raises(text: str) -> None:
    for table in ("", "Tasks"):
        words = said(text, table)
        assert words.endswith(".")
        assert words.count("`") % 2 == 0


@given(soups())
def test_what_is_no_formula_is_told_too(text: str) -> None:
    assert said(text, "Tasks")


def test_a_formula_with_a_mistake_is_told_as_far_as_it_is_understood() -> None:
    assert said("Tasks.Filter(Hours > 2 AND Nowhere = 3).Count()") == (
        "The number of rows of `Tasks` whose `Hours` is more than 2 and for which `Nowhere` (not understood) is 3."
    )
    assert said("1 +") == "`+` (not understood)."


@pytest.mark.slow
def test_deep_and_long_formulas_are_told_quickly() -> None:
    start = process_time()
    for text in (
        "(" * 120 + "1" + " + 1)" * 120,
        "Not(" * 90 + "true" + ")" * 90,
        " AND ".join(["Tasks.Count() > 1"] * 200),
        "Tasks.First()" + ".Project.Tasks.First()" * 40 + ".Name",
        "If(1 = 1, " * 60 + "2" + ", 3)" * 60,
        "Tasks.Project" + ".Tasks.Project" * 30,
        "Tasks" + ".Filter(Hours > 1)" * 40,
    ):
        assert len(said(text)) < 5_000
    assert process_time() - start < 5


# ------------------------------------------------------------------------------------------------------- the templates


def test_a_template_speaks_of_a_function_and_its_parameters() -> None:
    for name in {*NOUNS, *CLAUSES, *DEEDS}:
        functions = catalogue.find(name)
        assert functions, name
        known = {parameter.name for function in functions for parameter in function.params} | {"*"}
        spoken = [NOUNS.get(name, ""), DEEDS.get(name, ""), *CLAUSES.get(name, ())]
        assert {hole for template in spoken for hole in HOLE.findall(template)} <= known, name


SILENT = {
    *("CopyDoc", "CreatePage", "DuplicatePage", "OpenRow", "Image", "Embed"),  # how it looks and where it goes
    *("LeftPad", "RightPad"),
}
"""Functions that have parameters of which their words say nothing, where they are given at all."""


def test_words_leave_no_argument_out() -> None:
    for name in {*NOUNS, *DEEDS} - SILENT - {"AddRow"}:
        template = NOUNS.get(name, "") + DEEDS.get(name, "")
        spoken = set(HOLE.findall(template))
        for function in catalogue.find(name):
            names = [parameter.name for parameter in function.params]
            assert set(names) - spoken <= ({names[0]} if "*" in spoken else set()), name


def test_most_functions_have_words_of_their_own() -> None:
    told_by_hand = {*NOUNS, *CLAUSES, *DEEDS, *SPECIAL, *COMPARISONS, "Xor", "Contains", "RegexMatch", "RunActions"}
    told_by_hand |= {"And", "Or", "Not"}
    names = {
        function.name
        for module in catalogue.SUBJECTS.values()
        for function in catalogue.declared(module)
        if function.name and function.certainty in ("documented", "seen")
    }
    assert names - told_by_hand == set()


def test_a_function_without_words_is_told_by_its_page() -> None:
    assert said("Circle(5)") == (
        "`Circle` of 5 (a disc of one colour, as the address of a picture that holds its own drawing)."
    )


# ------------------------------------------------------------------------------------------------------- sentences


PAIRS = re.findall(
    r"```coda\n(.*?)\n```\n\n([^\n]+)", (Path(__file__).parent / "words.md").read_text("utf-8"), re.DOTALL
)


@pytest.mark.parametrize(("formula", "words"), PAIRS)
def test_words(formula: str, words: str) -> None:
    assert said(formula, "Tasks") == words


def test_the_page_of_words_is_read() -> None:
    assert len(PAIRS) > 30


def test_many_conditions_are_left_to_the_list_below() -> None:
    text = " AND ".join(f"Tasks.Count() > {number}" for number in range(9))
    assert said(text) == "True if all 9 conditions below hold."
    text = " OR ".join(f"Tasks.Count() = {number}" for number in range(9))
    assert said(text) == "True if at least one of the 9 conditions below holds."


# ------------------------------------------------------------------------------------------------------- part by part


def parts(tree: FormulaPart) -> Iterator[FormulaPart]:
    """A part and all that it was made from."""
    yield tree
    for child in tree.children:
        yield from parts(child)


def test_the_parts_of_a_formula_have_their_values() -> None:
    tree = explain_in_words(SESSION, FormulaSite("formula", "sprints", "end_date"), SESSION.row("sprints", "2025-W50"))
    assert [(part.text, part.words, part.value) for part in parts(tree)] == [
        (
            'If(thisRow.start_date.IsBlank(), "", thisRow.start_date + Days(6))',
            "Blank if its `start_date` is blank, otherwise its `start_date` plus 6 days.",
            "2025-12-14",
        ),
        ("thisRow.start_date.IsBlank()", "its `start_date` is blank", "false"),
        ("thisRow.start_date", "its `start_date`", "2025-12-08"),
        ("thisRow.start_date + Days(6)", "its `start_date` plus 6 days", "2025-12-14"),
        ("thisRow.start_date", "its `start_date`", "2025-12-08"),
        ("Days(6)", "6 days", "6 days"),
    ]


def test_without_a_row_no_part_has_a_value() -> None:
    tree = explain_in_words(SESSION, FormulaSite("formula", "sprints", "end_date"), None)
    assert [part.value for part in parts(tree)] == [""] * 4


def test_a_named_formula_needs_no_row() -> None:
    assert explain_in_words(SESSION, FormulaSite("named", "", "recent_days"), None).value == "90"


def test_conditions_stand_side_by_side() -> None:
    tree = explain_in_words(SESSION, FormulaSite("formula", "sprints", "tasks"), SESSION.row("sprints", "2025-W50"))
    (_, condition) = tree.children
    assert [child.words for child in condition.children] == [
        "each row's `scheduled_start_date` is not blank",
        "each row's `scheduled_start_date` is on or after this row's `start_date`",
        "each row's `scheduled_start_date` is on or before this row's `end_date`",
    ]


def test_another_workbook_gives_other_values() -> None:
    book = SESSION.workbook()
    row = book.add("sprints", {"sprint_id": "2026-W02"})
    assert isinstance(row, Row)
    assert explain_in_words(SESSION, FormulaSite("formula", "sprints", "end_date"), row, book).value == "2026-01-11"


@pytest.mark.slow
def test_long_and_deep_formulas_have_few_levels() -> None:
    for text in (" + ".join(["1"] * 200), "Not(" * 100 + "true" + ")" * 100):
        doc = replace(DOC, formulas={"f": NamedFormula("f", "other", Source("f", text))})
        tree = explain_in_words(Session(_with(doc)), FormulaSite("named", "", "f"), None)
        assert sum(1 for _ in parts(tree)) <= 201
        assert tree.words.endswith(".")


def test_what_only_coda_knows_is_not_called_a_mistake() -> None:
    assert said("thisDocument") == "What Coda gives for `thisDocument`."


def test_a_place_without_a_formula_is_an_error() -> None:
    with pytest.raises(KeyError):
        explain_in_words(SESSION, FormulaSite("formula", "sprints", "sprint_id"), None)


# ------------------------------------------------------------------------------------------------------- for tooltips


@pytest.mark.parametrize("place", list(places()), ids=lambda place: f"{place.role} {place.table}.{place.name}")
def test_each_tip_is_over_the_text_of_its_part(place: FormulaSite) -> None:
    row = SESSION.book.rows(place.table)[0] if place.table and place.role != "action" else None
    whole = explain_in_words(SESSION, place, row)
    tests = {FormulaSite("test", test.table, test.name): test.formula for test in SESSION.project.tests}
    texts = tests | {known: source for known, source, _ in formulas(SESSION.project.doc)}
    source = texts[place]
    assert source is not None
    written = source.text
    shown = written.strip("\n")
    told = parts_data(written, whole)
    assert len(told) == sum(1 for _ in parts(whole))
    for (start, end, *_), part in zip(told[1:], list(parts(whole))[1:], strict=True):
        assert "".join(shown[int(start) : int(end)].split()) == "".join(part.text.split())


def test_places_of_tips_count_as_javascript_does() -> None:
    text = '\n\n"😀" & Upper("b")\n'
    doc = replace(DOC, formulas={"f": NamedFormula("f", "other", Source("f", text))})
    whole = explain_in_words(Session(_with(doc)), FormulaSite("named", "", "f"), None)
    (call,) = [tip for tip in parts_data(text, whole) if tip[3] == '"B"']
    shown = text.strip("\n").encode("utf-16-le")
    assert shown[2 * int(call[0]) : 2 * int(call[1])].decode("utf-16-le") == 'Upper("b")'


def test_a_long_formula_has_few_short_tips() -> None:
    text = "\n".join(["1", *['+ Length(Concatenate("a", "b"))'] * 300])
    doc = replace(DOC, formulas={"f": NamedFormula("f", "other", Source("f", text))})
    told = parts_data(text, explain_in_words(Session(_with(doc)), FormulaSite("named", "", "f"), None))
    assert len(told) == 200
    assert max(len(str(words)) for _, _, words, *_ in told) == 240


def test_names_and_texts_of_a_doc_keep_their_marks() -> None:
    evil = '<img src=x onerror="a()">`{text}`'
    table = Table(evil, {evil: Column(evil, "text", display=True), "n": Column("n", "number")})
    bracket = "[" + evil + "]"
    text = f"{bracket}.Filter(CurrentValue.{bracket} = '<b>`{{x}}' AND CurrentValue.n > 1).{bracket}.First()"
    doc = Doc(evil, {evil: table}, {evil + "2": NamedFormula(evil + "2", "text", Source("f", text))})
    program, findings = bind_doc(doc)
    assert [finding.message for finding in findings if finding.rule.severity == "error"] == []
    source = Source("f", text)
    phrase = formula_phrase(doc, program.formulas[FormulaSite("named", "", evil + "2")], source)
    words = describe_formula(program, program.formulas[FormulaSite("named", "", evil + "2")], source)
    assert words.count("`") == 2 * sum(not isinstance(part, str) for part in phrase)


def _with(doc: Doc) -> Project:
    """A project with a doc alone."""
    return replace(Session.empty().project, doc=doc)
