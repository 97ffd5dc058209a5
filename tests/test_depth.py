"""A formula may be nested up to its limit wherever codaform is called from: Python's limit of recursion stays."""

from __future__ import annotations

import json
import sys
from bisect import bisect
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from codaform.cli.output.answers import Query, put_steps
from codaform.coda.wire.formula_text import compare_formulas, returned_formula
from codaform.columns.computing import ColumnBook
from codaform.evaluation.explain import ExplainedStep, explain, outline
from codaform.evaluation.plans import plan_formula
from codaform.evaluation.workbook import Workbook
from codaform.markup.explanation import explain_in_words
from codaform.model.notation import notate
from codaform.model.schema import Column, Doc, Table
from codaform.project.check import check_project
from codaform.prose.sentences import describe_formula
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import dependencies_of
from codaform.semantics.program import FormulaSite, bind_site, program_of
from codaform.source import Source
from codaform.syntax import ast
from codaform.syntax.parser import MAX_DEPTH, MAX_ROW, parse
from codaform.syntax.printer import show
from example_doc import DOC
from pages import pages, workspace
from projects import DOC as SMALL
from projects import faults, opened, with_tasks

pytestmark = pytest.mark.slow

CALLER = 150
"""Frames of a caller, such as a handler of a server, beside those of pytest itself."""

Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def usual_limit() -> Iterator[None]:
    """The limit of recursion as the interpreter starts with; nothing may change it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    assert sys.getrecursionlimit() == 1_000
    sys.setrecursionlimit(before)


def deeply(call: Callable[[], Result], frames: int = CALLER) -> Result:
    """The result of a call on a deep stack."""
    return call() if not frames else deeply(call, frames - 1)


NESTED = {
    "parentheses": ("(", "1", ")", "1"),
    "sums": ("(1 + ", "1", ")", "100"),
    "sums on the left": ("(", "1", " + 1)", "100"),
    "signs": ("-", "1", "", "-1"),
    "negations": ("NOT ", "true", "", "false"),
    "If then": ("If(true, ", "1", ", 2)", "1"),
    "If otherwise": ("If(false, 2, ", "1", ")", "1"),
    "If in sums": ("If(Tasks.Count() > 1, 1 + ", "1", ", 2)", "100"),
    "SwitchIf": ("SwitchIf(false, 2, ", "1", ")", "1"),
    "Switch": ("Switch(1, 2, 3, ", "1", ")", "1"),
    "lists": ("List(", "1", ")", ""),
    "lists in lists": ("ListCombine(", "List(1)", ")", "[1]"),
    "names": ("WithName(", "1", ", x, x)", "1"),
    "names in names": ("1.WithName(x, ", "2", ")", "2"),
    "functions of items": ("List(1).FormulaMap(", "1", ").Sum()", "1"),
    "keys": ("List(1).Sort(true, ", "1", ").First()", "1"),
    "filters of filters": ("", "Tasks", ".Filter(Hours > 1)", "[@Plan, @Build]"),
    "rows of rows": ("", "Tasks.First()", ".Project.Tasks.First()", "@Plan"),
    "texts": ("Concatenate(", '"a"', ")", '"a"'),
    "numbers": ("Round(", "1.5", ")", "2"),
    "arguments by name": ("Round(value: ", "1.5", ")", "2"),
    "powers": ("1 ^ ", "1", "", "1"),
}
"""What stands before and behind the core, the core, and the value of the whole at the limit."""

ROWS = {
    "+": ("1", "401"),
    "-": ("1", "-399"),
    "*": ("1", "1"),
    "/": ("1", "1"),
    "&": ('"a"', '"' + "a" * 401 + '"'),
    "AND": ("true", "true"),
    "OR": ("false", "false"),
}
"""Operators in a row, by their sign: an operand, and the value of 401 operands."""


def nested(shape: str, levels: int) -> str:
    """A formula with so many levels of a shape."""
    opening, core, closing, _ = NESTED[shape]
    return opening * levels + core + closing * levels


def _is_refused(shape: str, levels: int) -> bool:
    return parse(Source("f", nested(shape, levels)))[0] is None


@cache
def deepest(shape: str) -> int:
    """The most levels of a shape that are read."""
    return bisect(range(1, 2 * MAX_DEPTH), False, key=lambda levels: _is_refused(shape, levels))


DEEP = [*NESTED, *(f"a row of {sign}" for sign in ROWS)]


def deep(shape: str) -> tuple[str, str]:
    """The deepest formula of a shape that is read, or a long row of a sign; with its value."""
    if shape in NESTED:
        return nested(shape, deepest(shape)), NESTED[shape][-1]
    sign = shape.removeprefix("a row of ")
    operand, value = ROWS[sign]
    return operand + f" {sign} {operand}" * 400, value


def understood(text: str) -> Bound:
    """A formula on a page of the example doc, without errors."""
    bound, said = deeply(lambda: bind_site(DOC, FormulaSite("named", "", "f"), Source("f", text), None))
    assert [finding for finding in said if finding.rule.severity == "error"] == []
    return bound


@pytest.mark.parametrize("shape", NESTED)
def test_calls_and_parentheses_are_read_to_a_hundred_levels_or_a_mix_to_two_hundred(shape: str) -> None:
    levels = deepest(shape)
    tree, said = deeply(lambda: parse(Source("f", nested(shape, levels + 1))))
    assert tree is None
    assert [(finding.rule.name, finding.message) for finding in said] == [
        ("too-large", f"the formula is nested more than {MAX_DEPTH} levels deep")
    ]
    assert nested(shape, levels).count("(") >= (100 if "(" in NESTED[shape][0] else 0) - 1


@pytest.mark.parametrize("sign", ROWS)
def test_operators_in_a_row_have_a_limit_of_their_own(sign: str) -> None:
    operand, _ = ROWS[sign]
    assert deeply(lambda: parse(Source("f", operand + f" {sign} {operand}" * MAX_ROW)))[0] is not None
    tree, said = deeply(lambda: parse(Source("f", operand + f" {sign} {operand}" * (MAX_ROW + 1))))
    assert tree is None
    assert [(finding.rule.name, finding.message) for finding in said] == [
        ("too-large", "the formula has more than 1,000 operators in a row")
    ]


def tree_of(text: str) -> ast.Formula:
    """The tree of a formula."""
    tree, _ = parse(Source("f", text))
    assert tree is not None
    return tree


@pytest.mark.parametrize("shape", DEEP)
def test_a_deep_formula_is_printed(shape: str) -> None:
    text, _ = deep(shape)
    tree = tree_of(text)
    printed = deeply(lambda: show(tree))
    assert "".join(printed.split()) == "".join(text.split())


@pytest.mark.parametrize("shape", DEEP)
def test_a_deep_formula_is_computed(shape: str, book: Workbook) -> None:
    text, value = deep(shape)
    bound = understood(text)
    found = deeply(lambda: notate(book.evaluate(bound), book))
    assert found == (value or "[" * 199 + "1" + "]" * 199)


@pytest.mark.parametrize("shape", DEEP)
def test_a_deep_formula_is_computed_by_columns(shape: str, book: Workbook) -> None:
    bound = understood(deep(shape)[0])
    value = notate(book.evaluate(bound), book)
    found = deeply(lambda: ColumnBook(book).evaluate(bound, "Tasks"))
    assert [notate(one, book) for one in found] == [value] * 3


@pytest.mark.parametrize("shape", DEEP)
def test_the_parts_of_a_deep_formula_are_computed(shape: str, book: Workbook) -> None:
    text, value = deep(shape)
    bound = understood(text)
    steps = deeply(lambda: explain(Source("f", text), bound, book))
    assert notate(steps.value, book) == (value or "[" * 199 + "1" + "]" * 199)
    assert "not computed" not in {step.note for step in along(steps)}
    assert [step.text for step in along(deeply(lambda: outline(Source("f", text), bound)))] == [
        step.text for step in along(steps)
    ]


def along(step: ExplainedStep) -> Iterator[ExplainedStep]:
    """A step, its last part, the last part of that, and so on."""
    yield step
    while step.children:
        step = step.children[-1]
        yield step


@pytest.mark.parametrize("shape", DEEP)
def test_a_deep_formula_has_words_edges_and_a_plan(shape: str, book: Workbook) -> None:
    text, _ = deep(shape)
    source, bound = Source("f", text), understood(text)
    assert "nested too deeply" not in deeply(lambda: describe_formula(DOC, bound, source))
    reads = {thing.table for thing in deeply(lambda: dependencies_of(DOC, bound.body)).things}
    assert ("Tasks" in reads) == ("Tasks" in text)
    deeply(lambda: plan_formula(book, source, bound, ""))


@pytest.mark.parametrize("shape", DEEP)
def test_a_deep_formula_is_compared_with_what_coda_returns(shape: str) -> None:
    text, _ = deep(shape)
    returned = deeply(lambda: returned_formula(text, "", lambda _: True))
    assert deeply(lambda: compare_formulas(text, returned)) == "same"
    assert deeply(lambda: compare_formulas(text, returned + " + 1")) in ("different", "cannot tell")


@pytest.mark.parametrize("shape", ["If in sums", "If then", "names", "a row of AND", "a row of &"])
def test_a_deep_formula_of_a_project_is_checked_and_explained(
    shape: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = {"a row of AND": "checkbox", "a row of &": "text"}.get(shape, "number")
    doc = f"{SMALL}formulas:\n  - {{name: deep, type: {kind}, formula: deep.coda}}\n"
    text = deep(shape)[0].replace("Tasks.Count() > 1", "tasks.Count() >= 0")
    with_tasks(tmp_path, {"doc.yml": doc, "deep.coda": deeply(lambda: show(tree_of(text))) + "\n"})
    session = opened(tmp_path)
    assert deeply(lambda: [finding.message for finding in faults(check_project(session.project))]) == []
    place = FormulaSite("named", "", "deep")
    assert deeply(lambda: explain_in_words(session, place, None)).children
    source = session.project.doc.formulas["deep"].formula
    query = Query(session.book, source, session.program.formulas[place], None, None, None)
    assert deeply(lambda: put_steps(query, "json"))
    assert json.loads(capsys.readouterr().out)["children"]
    assert deeply(lambda: put_steps(query, "text"))
    assert capsys.readouterr().out.count("\n") >= 98


@pytest.mark.parametrize("shape", ["If in sums", "If then", "a row of &"])
def test_a_deep_formula_is_explained_on_the_page(shape: str, tmp_path: Path) -> None:
    doc = f"{SMALL}formulas:\n  - {{name: deep, type: other, formula: deep.coda}}\n"
    text = deep(shape)[0].replace("Tasks.Count() > 1", "tasks.Count() >= 0")
    served = pages(workspace(with_tasks(tmp_path, {"doc.yml": doc, "deep.coda": text})))
    (named,) = served.doc.record.formulas
    assert "not computed" not in deeply(lambda: served.get(f"/f/{named.id}"), 100)


@pytest.mark.parametrize("nested", [0, 3, 20, 60])
@pytest.mark.parametrize("frames", [0, CALLER])
def test_a_value_does_not_depend_on_how_long_the_chain_of_cells_is_or_who_asks(nested: int, frames: int) -> None:
    length = 120 if nested < 20 else 40  # each cell of the chain takes as many of Python's frames as it is nested
    columns = [Column("c0", "number")]
    for number in range(1, length + 1):
        before = f"thisRow.c{number - 1}"
        text = "List(1).Sort(true, " * nested + before + ").First()" * nested + f" * 0 + {before} + 1"
        columns.append(Column(f"c{number}", "number", formula=Source("f", text)))
    table = Table("t", {column.name: column for column in columns})
    book = Workbook(program_of(Doc("D", {"t": table})))
    rows = [book.add("t", {"c0": float(start)}) for start in range(3)]
    assert deeply(lambda: book.value(rows[1], f"c{length}"), frames) == length + 1
    assert deeply(lambda: book.values("t", f"c{length}"), frames) == [length, length + 1, length + 2]
