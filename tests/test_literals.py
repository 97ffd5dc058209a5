"""What literals give away: declared checks are sound and never raise, findings come true, help and fixes help."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.diagnostics.diagnostic import Diagnostic, Fix
from codaform.diagnostics.fixes import apply_fixes
from codaform.diagnostics.rules.portability import TEXT_FORMAT
from codaform.library import catalogue
from codaform.library.function import Function
from codaform.model import types
from codaform.model.notation import quoted
from codaform.model.schema import Column, Doc
from codaform.model.values import Error, EvaluationError
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, Role, bind_doc, bind_site
from codaform.source import Source
from codaform.spelling import nearest
from example_doc import DOC, example_workbook
from searching import examples

FUNCTIONS = [function for module in catalogue.SUBJECTS.values() for function in catalogue.declared(module)]
ASKING = [function for function in FUNCTIONS if function.literals]


def named(function: Function) -> str:
    """A function as a test's name."""
    return f"{function.name or function.operator}-{function.rowwise.__name__}"


def understood(formula: str) -> tuple[Bound, tuple[Diagnostic, ...]]:
    """The formula, asked of a row of Tasks."""
    return bind_site(DOC, FormulaSite("test", "Tasks", "case"), Source("case", formula), None)


def told(formula: str) -> list[tuple[str, str]]:
    """Rule and text of every finding."""
    return [(found.rule.name, formula[found.span.start : found.span.end]) for found in understood(formula)[1]]


def extended(**columns: Any) -> Doc:
    """The example doc with more columns in Tasks."""
    tasks = DOC.tables["Tasks"]
    added = {name: Column(name, **facts) for name, facts in columns.items()}
    return replace(DOC, tables={**DOC.tables, "Tasks": replace(tasks, columns={**tasks.columns, **added})})


# ------------------------------------------------------------ declarations


def test_declarations_name_parameters() -> None:
    for function in FUNCTIONS:
        names = {parameter.name for parameter in function.params}
        assert set(function.literals or ()) <= names, function.name
        assert set(function.compares) <= names, function.name
        assert len(function.compares) != 1, function.name


def test_checks_are_declared() -> None:
    assert {function.name or function.operator for function in ASKING} >= {
        "/",
        "DateTimeTruncate",
        "Format",
        "FormatDateTime",
        "MonthName",
        "RegexExtract",
        "RegexMatch",
        "RegexReplace",
        "ToDate",
        "ToNumber",
        "ToText",
        "WeekdayName",
    }


KNOWN = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.floats(allow_nan=False),
    st.sampled_from([types.TEXT, types.NUMBER, types.DATE, types.TIME, types.ANY, types.ANY_ROW]),
)
TEXTS = st.one_of(st.text(max_size=20), st.from_regex(r"[\\\[\](){}|?*+^$a-z0-9:,.<>=!%-]{0,16}", fullmatch=True))


@settings(max_examples=examples(40), deadline=None)
@given(st.data(), TEXTS)
def test_a_check_raises_only_faults(data: st.DataObject, text: str) -> None:
    for function in ASKING:
        given: dict[str, object] = {
            parameter.name: tuple(data.draw(st.lists(KNOWN, max_size=2))) if parameter.repeats else data.draw(KNOWN)
            for parameter in function.params
        }
        for name, check in (function.literals or {}).items():
            parameter = next(parameter for parameter in function.params if parameter.name == name)
            value: object = float(len(text)) if parameter.type == types.NUMBER else text
            with suppress(EvaluationError):
                check(value, {**given, name: value})


@settings(max_examples=examples(150), deadline=None)
@given(
    st.sampled_from(
        [
            "RegexMatch(Name, {0}, {1})",
            "RegexReplace(Name, {0}, {1})",
            "Format({0}, {1}, Hours, Due)",
            "ToText({1}, {0})",
            "Due.FormatDateTime({0})",
            "Due.DateTimeTruncate({0})",
            "ToDate({0}) + ToTime({1})",
            "Hours({0}) * {1} / {0}",
            "Switch(Status, {0}, 1, {1}, 2)",
            "If({0}, Hours = {1}, Due < {0})",
            "Tasks.Lookup(Tags, {0}).ModifyRows(Hours, {1})",
            "ParseJSON({0}, {1})",
        ]
    ),
    TEXTS,
    TEXTS,
)
def test_any_literal_is_understood(shape: str, first: str, second: str) -> None:
    formula = shape.format(quoted(first), quoted(second))
    _, found = understood(formula)
    assert all(0 <= finding.span.start < finding.span.end <= len(formula) and finding.message for finding in found)


# ------------------------------------------------------------ findings come true


@pytest.mark.parametrize(
    "formula",
    [
        'RegexMatch("a", "(?!b)")',
        'RegexExtract("a", "a", "gg")',
        'Format("{0}", 1)',
        'Format("{1} {2}", 1)',
        'Format("{1:0.x}", 7)',
        'ToText(7, "YYYY")',
        'DateTimeTruncate(Today(), "weeks")',
        'ToDate("0001-01-01T00:00+14:00")',
        'Days("a")',
        'Date("x", 1, 1)',
        '"seven" * 2',
        'Sum(1, "two")',
        "1 / 0",
        "Hours(1) / 0",
        'Hours(1) / ""',
        "Quotient(1, 0)",
        "Modulo(1, If(true, 0, 1))",
        'ParseJSON("[")',
        'WithName("x", word, word * 2)',
        'List("1", "x").FormulaMap(CurrentValue * 2)',
        'Today() > "soon"',
    ],
)
def test_what_is_told_is_an_error_when_it_runs(formula: str) -> None:
    bound, told = understood(formula)
    said = [one for one in told if one.rule is not TEXT_FORMAT]
    assert len(said) == 1
    value = example_workbook().evaluate(bound)
    assert isinstance(value, Error)
    assert said[0].rule.name == (value.rule if value.rule not in ("wrong-value", "out-of-range") else said[0].rule.name)


@pytest.mark.parametrize("formula", ['ToDate("tomorrow")', 'ToDateTime("soon")', 'ToTime("noon")', 'ToNumber("one")'])
def test_what_is_told_of_a_conversion_is_blank_when_it_runs(formula: str) -> None:
    bound, said = understood(formula)
    assert [finding.rule.name for finding in said] == ["unreadable-literal"]
    assert example_workbook().evaluate(bound) is None


@pytest.mark.parametrize(
    "formula",
    [
        'Sum("7", "75%", "$3", "1,234.5")',
        'Hours("1.5")',
        'Today() - ToDate("12/8/2025")',
        'Due > "2025-12-01"',
        'ToTime("10:30 PM")',
        'Format("{1}{1:00}{2:D MMM}", Hours, Due)',
        'Format("{1:YYYY}", ParseJSON(Name))',
        'ToText(Tasks.Due, "[week] W")',
        'Tasks.Filter(Status = "Open" AND Tags.Contains("a"))',
        'Switch(Status, "Open", 1, "Done", 2, "") / Hours',
        'SwitchIf(Hours > 2, "a", true, "b")',
        'If(Name, "a", "b")',
        'Name = "anything" AND Name > "a"',
        'Hours = "3" OR Hours = ""',
        '(Hours > 2) = "true"',
        'Status.ToText().Lower() = "done"',
        'Contains("Coda", "x")',
        "Hours / IfBlank(Hours, 1)",
        'AddRow(Tasks, Name, "Rest", Hours, "3", Status, "Open", Tags, List("a", "b"), Due, "2025-12-08")',
    ],
)
def test_what_works_is_clean(formula: str) -> None:
    place: FormulaSite = (
        FormulaSite("action", "Tasks", "case") if "AddRow" in formula else FormulaSite("test", "Tasks", "case")
    )
    expected = types.ACTION if "AddRow" in formula else None
    said = bind_site(DOC, place, Source("case", formula), expected)[1]
    assert [found.message for found in said if found.rule is not TEXT_FORMAT] == []


# ------------------------------------------------------------ options


def test_actions_write_options() -> None:
    assert told('AddRow(Tasks, Name, "x", Status, "Opn", Hours, "many")') == [
        ("unknown-option", '"Opn"'),
        ("unreadable-literal", '"many"'),
    ]
    assert told('Tasks.ModifyRows(Tags, List("a", "c"), Status, If(Hours > 2, "Done", "Dnoe"))') == [
        ("unknown-option", '"c"'),
        ("unknown-option", '"Dnoe"'),
    ]
    assert told('Tasks.AddOrModifyRows(Status = "Opn", Due, "soon")') == [
        ("unknown-option", '"Opn"'),
        ("unreadable-literal", '"soon"'),
    ]


@pytest.mark.parametrize("role", ["formula", "default"])
def test_what_a_select_column_is_filled_with(role: Role) -> None:
    source = Source("stage", 'List("Late", "Now")')
    facts: dict[str, Any] = {"kind": "select", "many": True, "options": ("Late", "Soon"), role: source}
    _, said = bind_doc(extended(Stage=facts))
    assert [(found.rule.name, found.message) for found in said] == [("unknown-option", '"Now" is no option of Stage')]


def test_a_select_column_without_options_takes_any_text() -> None:
    _, said = bind_doc(extended(Stage={"kind": "select", "formula": Source("stage", '"Now"')}))
    assert said == []


def test_an_option_close_by_is_offered() -> None:
    formula = 'Status = "done"'
    (found,) = understood(formula)[1]
    assert found.help == "did you mean Done?"
    assert found.fix is not None
    assert not found.fix.safe
    assert apply_fixes(formula, [found])[0] == formula
    assert apply_fixes(formula, [found], unsafe=True)[0] == 'Status = "Done"'


def test_options_are_listed() -> None:
    (found,) = understood('Status = "Later"')[1]
    assert (found.help, found.fix) == ("the options are Open, Done", None)
    many = extended(Stage={"kind": "select", "options": tuple(f"Stage {number}" for number in range(20))})
    _, said = bind_site(many, FormulaSite("test", "Tasks", "case"), Source("case", 'Stage = "x"'), None)
    assert said[0].help.startswith("the options are Stage 0, Stage 1, ")
    assert said[0].help.endswith("Stage 7 and 12 more")


# ------------------------------------------------------------ conditions


def test_a_formula_in_quotes_is_taken_out_of_them() -> None:
    formula = 'Tasks.Filter("Hours > 2")'
    (found,) = understood(formula)[1]
    assert found.help == "a condition stands without quotes"
    assert apply_fixes(formula, [found], unsafe=True)[0] == "Tasks.Filter(Hours > 2)"


@pytest.mark.parametrize("text", ["yes", "false", "3", "a b", ">", "x +"])
def test_other_texts_have_no_fix(text: str) -> None:
    (found,) = understood(f'If("{text}", 1, 2)')[1]
    assert found.rule.name == "constant-condition"
    assert (found.help, found.fix) == ("", None)


@pytest.mark.parametrize(
    "shape", ["Not({0})", "Hours > 2 AND {0}", "{0}.If(1, 2)", "SwitchIf({0}, 1)", "Xor(true, {0})"]
)
def test_wherever_a_condition_stands(shape: str) -> None:
    assert told(shape.format('"Hours > 2"')) == [("constant-condition", '"Hours > 2"')]


# ------------------------------------------------------------ the whole


def test_one_fault_is_told_once() -> None:
    assert told('thisRow.Statsu = "Dnoe"') == [("unknown-column", "Statsu")]
    assert told('WithName("x", word, word * word * word)') == [("unreadable-literal", '"x"')]


def test_names_that_double_take_no_time() -> None:
    formula = "word * 2"
    for _ in range(60):
        formula = f"WithName(If(Hours > 2, word, word), word, {formula})"
    assert told(f'WithName("x", word, {formula})') == [("unreadable-literal", '"x"')]


def test_what_lists_are_made_of() -> None:
    assert told('ListCombine(List("1", "x"), List("y")).Sum()') == [
        ("unreadable-literal", '"x"'),
        ("unreadable-literal", '"y"'),
    ]
    assert told('ListCombine(Tasks.Status, "Dropped").Contains("Droped")') == [("unknown-option", '"Droped"')]


@pytest.mark.slow
def test_patterns_are_loaded_only_for_literal_patterns() -> None:
    script = (
        "import sys\n"
        "from example_doc import DOC\n"
        "from codaform.semantics.program import FormulaSite, bind_site\n"
        "from codaform.source import Source\n"
        "for formula in ('Status = \"Dnoe\"', 'RegexMatch(\"a\", Name)', '\"x\" * 2'):\n"
        "    bind_site(DOC, FormulaSite('test', 'Tasks', 'case'), Source('case', formula), None)\n"
        "print('re2' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"


# ------------------------------------------------------------ names that stand for options


@pytest.mark.parametrize(
    ("formula", "help", "fixed"),
    [
        ("Status = Dnoe", "did you mean Done?", "Status = Done"),
        ("[Opne] = Status", "did you mean Open?", "Open = Status"),
        ("Status.In(Doen)", "did you mean Done?", "Status.In(Done)"),
        ("Switch(Status, Doen, 1)", "did you mean Done?", "Switch(Status, Done, 1)"),
        ("Tasks.Lookup(Status, Doen)", "did you mean Done?", "Tasks.Lookup(Status, Done)"),
        ("Tasks.AddRow(Status, Doen)", "did you mean Done?", "Tasks.AddRow(Status, Done)"),
        ("thisRow.ModifyRows(Status, Doen)", "did you mean Done?", "thisRow.ModifyRows(Status, Done)"),
        ("Tasks.Filter(Status = [Very odd])", "the options of Status are Open, Done", None),
        ("Status = Nmae", "did you mean Name?", "Status = Name"),
        ("Name = Doen", "in scope are", None),
    ],
)
def test_a_misspelt_option_is_helped(formula: str, help: str, fixed: str | None) -> None:
    (finding,) = understood(formula)[1]
    assert finding.rule.name == "unknown-name"
    assert finding.help.startswith(help)
    assert (
        None if finding.fix is None else apply_fixes(formula, [replace(finding, fix=safe(finding.fix))])[0]
    ) == fixed


def safe(fix: Fix) -> Fix:
    """A fix as if it were applied without being asked for."""
    return replace(fix, safe=True)


@pytest.mark.parametrize(
    ("name", "known", "close"),
    [
        ("Doen", ["Open", "Done"], "Done"),
        ("Opne", ["Done", "Open"], "Open"),
        ("tasks", ["Task", "Tsaks"], "Tsaks"),
        ("ab", ["ba", "abc"], "ba"),
        ("Hours", ["HOURS", "Huors"], "HOURS"),
        ("x" * 5000, ["y"], None),
    ],
)
def test_two_letters_that_changed_places_are_the_nearest(name: str, known: list[str], close: str | None) -> None:
    assert nearest(name, known) == close
