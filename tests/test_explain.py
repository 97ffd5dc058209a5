"""The value of each part of a formula: of the item that matches, where a list is asked."""

from __future__ import annotations

from collections.abc import Iterator

from codaform.evaluation.example_book import example_workbook
from codaform.evaluation.explain import ExplainedStep, explain
from codaform.model.notation import notate
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source

BOOK = example_workbook()


def told(text: str) -> dict[str, tuple[str, str]]:
    """The value and the note of each part, by its text."""
    source = Source("f", text)
    bound, found = bind_site(BOOK.doc, FormulaSite("named", "", "f"), source, None)
    assert not [one.message for one in found if one.rule.severity == "error"]
    return {step.text: (notate(step.value, BOOK), step.note) for step in _steps(explain(source, bound, BOOK))}


def _steps(step: ExplainedStep) -> Iterator[ExplainedStep]:
    yield step
    for child in step.children:
        yield from _steps(child)


def test_the_values_are_those_of_the_first_match() -> None:
    parts = told("List(1, 5, 2, 7).Filter(CurrentValue * 2 > 3 AND CurrentValue + 1 > 3)")
    assert parts["CurrentValue * 2 > 3 AND CurrentValue + 1 > 3"] == ("true", "true for 2 of 4")
    assert parts["CurrentValue * 2"] == ("10", "the first match")
    assert parts["CurrentValue + 1"] == ("6", "the first match")


def test_without_a_match_they_are_those_of_the_first_item() -> None:
    parts = told("List(1, 5, 2).Filter(CurrentValue + 1 > 9)")
    assert parts["CurrentValue + 1 > 9"] == ("false", "true for 0 of 3")
    assert parts["CurrentValue + 1"] == ("2", "the first of 3")


def test_a_formula_for_each_item_shows_the_first() -> None:
    assert told("List(3, 4).FormulaMap(CurrentValue * 2)")["CurrentValue * 2"] == ("6", "the first of 2")


def test_an_inner_list_is_that_of_the_outer_match() -> None:
    parts = told("List(1, 4, 6).Filter(Sequence(1, CurrentValue).Filter(CurrentValue * 10 > 50).Count() > 0)")
    assert parts["Sequence(1, CurrentValue)"] == ("[1, 2, 3, 4, 5, 6]", "the first match")
    assert parts["CurrentValue * 10"] == ("60", "the first match")


def test_what_the_match_did_not_need_is_not_computed() -> None:
    parts = told("List(4, 1).Filter(If(CurrentValue > 3, CurrentValue + 1 > 9, CurrentValue + 2 > 0))")
    assert parts["CurrentValue + 2"] == ("3", "")
    assert parts["CurrentValue + 1 > 9"][1] == "not computed"
