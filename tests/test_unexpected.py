"""An unforeseen fault stays at its formula: codaform works out the others and asks for a report."""

from __future__ import annotations

from itertools import product

import pytest

from codaform.diagnostics import rules
from codaform.evaluation.workbook import Workbook
from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.function import Function
from codaform.model import types, unexpected
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Error
from codaform.project import layouts
from codaform.project.check import check_formula
from codaform.semantics import bind as binder
from codaform.semantics import program as programs
from codaform.semantics.program import Program, bind_doc
from codaform.source import Source
from codaform.syntax.names import bracketed
from codaform.syntax.parser import MAX_LENGTH, parse

CHECKED = [function for module in SUBJECTS.values() for function in declared(module) if function.literals]
ORDINARY: dict[types.Type, str] = {types.TEXT: '"x"', types.NUMBER: "7", types.DATE: "Today()"}
ORDINARY |= dict.fromkeys((types.DATETIME, types.TIME), "Now()")
LITERALS = ("true", "false", "7", "-0.5", '"x"', '""', "Days(1)", "List(true)", "50%", "Today()", 'Object("a", 1)')


def with_literal(function: Function, position: int, literal: str) -> str:
    kinds = [kind for parameter in function.params for kind in parameter.types]
    given = [literal if at == position else ORDINARY.get(kind, '"x"') for at, kind in enumerate(kinds)]
    return f"{function.name}({', '.join(given)})" if function.name else f"{given[0]} {function.operator} {given[-1]}"


@pytest.mark.parametrize("function", CHECKED, ids=lambda one: f"{one.name or one.operator}-{one.rowwise.__name__}")
def test_any_literal_may_stand_where_one_is_checked(function: Function) -> None:
    count = sum(len(parameter.types) for parameter in function.params)
    for position, literal in product(range(count), LITERALS):
        formula = with_literal(function, position, literal)
        found = check_formula(Source("literal", formula), None)
        assert rules.INTERNAL_ERROR not in [finding.rule for finding in found], (formula, found)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ('RegexMatch("x", true)', []),
        ('RegexExtract("a", "b", true)', ["bad-pattern"]),
        ("ToText(1, true)", ["unreadable-literal", "text-format"]),
        ("DateTimeTruncate(Now(), false)", ["unreadable-literal"]),
        ("1 / false", ["division-by-zero"]),
        ("Quotient(1, true)", []),
    ],
)
def test_a_boolean_literal_is_checked_as_what_it_is_taken_for(formula: str, said: list[str]) -> None:
    assert [finding.rule.name for finding in check_formula(Source("literal", formula), None)] == said


# ------------------------------------------------------------ one broken function, the others whole


def doc(**formulas: str) -> Doc:
    columns = {name: Column(name, "other", formula=Source(name, text)) for name, text in formulas.items()}
    return Doc("D", {"T": Table("T", {"name": Column("name", "text"), **columns})})


def broken(*_: object) -> object:
    raise KeyError("a screw")


def computed(program: Program, *columns: str) -> list[object]:
    book = Workbook(program)
    row = book.add("T", {"name": "a"})
    return [book.value(row, column) for column in columns]


@pytest.fixture
def upper() -> Function:
    (function,) = [one for one in declared(SUBJECTS["Text"]) if one.name == "Upper"]
    return function


def test_the_evaluator(upper: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    program, said = bind_doc(doc(bad='"a" & Upper(thisRow.name)', good="thisRow.name & 1"))
    assert said == []
    monkeypatch.setattr(upper, "rowwise", broken)
    bad, good = computed(program, "bad", "good")
    assert good == "a1"
    assert isinstance(bad, Error)
    assert (bad.rule, bad.message) == ("internal-error", "internal error: KeyError: 'a screw'")
    assert (bad.span.start, bad.span.end) == (6, 25)


def test_the_checks_of_literals(upper: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upper, "literals", {"text": broken})
    program, said = bind_doc(doc(bad='Upper("a")', good='Lower("B")'))
    assert [(one.rule.name, one.source.name, one.span.start, one.help) for one in said] == [
        ("internal-error", "bad", 0, unexpected.REPORT)
    ]
    assert computed(program, "bad", "good") == ["A", "b"]


@pytest.mark.parametrize("stage", ["bind", "parse"])
def test_the_binder_and_the_parser(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if stage == "parse":
        real = parse
        monkeypatch.setattr(programs, "parse", lambda source: broken() if source.name == "bad" else real(source))
    else:
        monkeypatch.setattr(binder, "notice_comparison", broken)
    program, said = bind_doc(doc(bad="1 = 2", good="1 + 1", reads="thisRow.bad"))
    assert [(one.rule.name, one.source.name) for one in said] == [("internal-error", "bad")]
    bad, good, reads = computed(program, "bad", "good", "reads")
    assert good == 2
    assert isinstance(bad, Error)
    assert isinstance(reads, Error)
    assert bad.rule == reads.rule == "internal-error"


def test_a_traceback_is_logged_only_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("CODAFORM_DEBUG", raising=False)
    unexpected.describe(KeyError("a screw"))
    assert caplog.text == ""
    monkeypatch.setenv("CODAFORM_DEBUG", "1")
    assert unexpected.describe(KeyError("a screw")) == "internal error: KeyError: 'a screw'"
    assert "KeyError" in caplog.text


# ------------------------------------------------------------ layouts without room


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        f"List({','.join(['If(a,1,2)'] * 18_000)})",
        f"{'SwitchIf(false,1,false,1,' * 195}1{')' * 195}",
    ],
    ids=["a long list", "a deep one"],
)
def test_a_layout_that_would_be_too_long_is_a_finding(text: str) -> None:
    after, found = layouts.laid_out(Source("long.coda", text))
    assert after is None
    (one,) = found
    assert one.rule is rules.TOO_LARGE
    assert one.message.startswith("laid out, the formula would have ")
    assert one.help == f"{MAX_LENGTH:,} is the most that is read"


@pytest.mark.parametrize("name", ["\u0130", "\u1e9e", "\ufb01"])
def test_a_letter_that_is_two_in_another_case_is_laid_out(name: str) -> None:
    assert layouts.laid_out(Source("x.coda", f"[{name}]+1")) == (f"{bracketed(name)} + 1\n", ())


def test_a_layout_that_fails_leaves_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "show", lambda *_, **__: broken())
    after, found = layouts.laid_out(Source("x.coda", "1+1"))
    assert after is None
    assert [one.rule for one in found] == [rules.INTERNAL_ERROR]
