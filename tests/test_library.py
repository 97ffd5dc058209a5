"""The function library: every example is true, every page is whole, and nothing that is known of Coda is left out."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from codaform.evaluation.rows.generate import generate
from codaform.library import catalogue
from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.function import Example, Function
from codaform.model.values import is_blank
from codaform.semantics import ir
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source
from example_doc import DOC, example_workbook

DECLARED = [(subject, function) for subject, module in SUBJECTS.items() for function in declared(module)]
FUNCTIONS = [function for _, function in DECLARED]


def told(function: Function) -> str:
    """A function as a test's name: overloads differ in their Python names."""
    return f"{function.name or function.operator}-{function.rowwise.__name__}"


EXAMPLES = [
    pytest.param(example, id=f"{told(function)}-{number}")
    for function in FUNCTIONS
    for number, example in enumerate(function.examples, 1)
]

each_function = pytest.mark.parametrize("function", FUNCTIONS, ids=told)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_gives_its_result_and_has_no_errors(example: Example, answer: Callable[[str], str]) -> None:
    assert answer(example.formula) == example.result
    _, said = bind_site(DOC, FormulaSite("named", "", "example"), Source("example", example.formula), None)
    allowed = {"hidden-function"}
    if example.result.startswith("error: "):
        # A wrong literal is reported before the formula runs.
        allowed |= {"unreadable-literal", example.result.removeprefix("error: ")}
    assert [
        finding.message for finding in said if finding.rule.severity != "info" and finding.rule.name not in allowed
    ] == []


@each_function
def test_page_is_whole(function: Function) -> None:
    assert function.summary, "a summary says what the function gives"
    assert function.summary.endswith((".", "!")), "a summary is a sentence"
    assert [parameter.name for parameter in function.params if not parameter.about] == []
    assert len(function.examples) >= 2


def test_pages_describe_no_parameter_that_is_not_there() -> None:
    unknown = {}
    for function in FUNCTIONS:
        known = {*function.rowwise.__code__.co_varnames, "error"}  # a result reads `error: division-by-zero`
        described = re.findall(r"(?m)^\s*([a-z_]\w*): ", function.rowwise.__doc__ or "")
        if not known.issuperset(described):
            unknown[told(function)] = set(described) - known
    assert unknown == {}


@each_function
def test_an_example_shows_a_blank(function: Function, blank_reads: Callable[[str], int]) -> None:
    if not function.params:
        pytest.skip("without parameters nothing can be blank")
    assert any(
        re.search(r"\"\"|''", example.formula)
        or re.search(r"\bblank\b", example.result)
        or blank_reads(example.formula)
        for example in function.examples
    ), "no example with a blank argument, a blank cell or a blank result"


@pytest.fixture(scope="module")
def blank_reads() -> Callable[[str], int]:
    """How many blank cells a formula comes across."""
    book = example_workbook()

    def count(formula: str) -> int:
        bound, _ = bind_site(DOC, FormulaSite("named", "", "example"), Source("example", formula), None)
        met: list[ir.Node] = []

        def note(node: ir.Node, value: object) -> None:
            if isinstance(node, ir.Field) and is_blank(value):
                met.append(node)

        book.run(generate(bound.body, watch=note).of(book), None)
        return len(met)

    return count


def test_names_are_unique() -> None:
    """A name is declared in one subject, in one spelling, and is no other function's second name."""
    homes: defaultdict[str, set[tuple[str, str, tuple[str, ...]]]] = defaultdict(set)
    for subject, function in DECLARED:
        for name in (function.name, *function.also) if function.name else ():
            homes[name.lower()].add((subject, function.name, function.also))
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_python_names_are_unique_in_a_subject() -> None:
    names = Counter((subject, function.rowwise.__name__) for subject, function in DECLARED)
    assert [name for name, count in names.items() if count > 1] == []


def test_parameters_have_different_names() -> None:
    names = {told(function): [parameter.name.lower() for parameter in function.params] for function in FUNCTIONS}
    assert {function: found for function, found in names.items() if len(found) != len(set(found))} == {}


def test_overloads_are_equally_certain() -> None:
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for function in FUNCTIONS:
        if function.name:
            by_name[function.name].add(function.certainty)
    assert {name: found for name, found in by_name.items() if len(found) > 1} == {}


def test_functions_are_found_by_name_and_by_sign() -> None:
    for function in FUNCTIONS:
        for name in (function.name, *function.also) if function.name else ():
            assert function in catalogue.find(name.upper())
        if function.operator:
            assert function in catalogue.operator(function.operator)


def test_names_are_sorted_and_spelled() -> None:
    names = catalogue.names()
    assert names == sorted(names, key=str.lower)
    assert [catalogue.spelling()[name.lower()] for name in names] == names


# ---------------------------------------------------------------- against what is known of Coda

KNOWN = Path(__file__).parents[2] / "shared" / "coda" / "functions.json"

with_known = pytest.mark.skipif(
    not KNOWN.is_file(), reason="the list of what is known of Coda lies not beside the checkout"
)


def known() -> list[dict[str, object]]:
    """What is known of Coda's functions: name, certainty, aliases and more."""
    return json.loads(KNOWN.read_text("utf-8")) if KNOWN.is_file() else []


@with_known
def test_every_known_function_is_declared() -> None:
    assert [entry["name"] for entry in known() if not catalogue.find(str(entry["name"]))] == []


@with_known
def test_certainty_agrees() -> None:
    differing = {}
    for entry in known():
        found = {function.certainty for function in catalogue.find(str(entry["name"]))}
        if found and found != {entry["certainty"]}:
            differing[entry["name"]] = (entry["certainty"], found)
    assert differing == {}


@with_known
def test_aliases_agree() -> None:
    """A function has the second names that are known, and no others."""
    aliases = {str(entry["name"]): {str(alias) for alias in entry.get("aliases", ())} for entry in known()}  # type: ignore[attr-defined]
    differing = {}
    for name, expected in aliases.items():
        for function in catalogue.find(name):
            found = {function.name, *function.also} - {name}
            if found != expected:
                differing[name] = (sorted(expected), sorted(found))
    assert differing == {}


@with_known
def test_actions_and_volatility_agree() -> None:
    differing = {}
    for entry in known():
        for function in catalogue.find(str(entry["name"])):
            if (function.action, function.volatile) != (entry["action"], entry["volatile"]):
                differing[entry["name"]] = {"action": function.action, "volatile": function.volatile}
    assert differing == {}
