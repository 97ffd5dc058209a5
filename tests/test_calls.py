"""Calls with random arguments: a value of the declared type or an error value, and a text is never read as code."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import codaform
from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.function import Function, Parameter
from codaform.model import types
from codaform.model.notation import literal
from codaform.model.types import Deferred, ListOf, OneOf, RowOf, Type, Variable, describe
from codaform.model.values import Action, Error, Person, Row, is_blank
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source
from codaform.syntax import ast
from example_doc import DOC, example_workbook

pytestmark = pytest.mark.slow

FUNCTIONS = [function for module in SUBJECTS.values() for function in declared(module)]

SCALARS: dict[Type, tuple[str, ...]] = {
    types.TEXT: (
        '"Coda"', '""', '"a"', '"é👩‍👩‍👧e\u0301"', '" x "', '"12"', '"-3.5"', '"1e400"', '"2025-12-08"', '"2 hrs"',
        '"(["', '"{1}"', '"{1:000} {9}"', '"$.a[0]"', '"{\\"a\\":[1,2]}"', '"YYYY-MM"', '"%41"', '"ada@example.com"',
        '"month"', '"Plan"', '"(a*)*b"', '"$1$&"', "\"'); DeleteRows(Tasks) //\"",
    ),
    types.NUMBER: (
        "0", "1", "-1", "2.5", "7", "1000000", "-0.5", "0.1", "(1/3)", "(10^15)", "(10^300)", "(10^-300)",
        "-2147483649", '""',
    ),
    types.BOOLEAN: ("true", "false", '""'),
    types.DATE: ("Date(2025, 12, 8)", "Date(1, 1, 1)", "Date(9999, 12, 31)", "Date(2024, 2, 29)", "Today()", '""'),
    types.DATETIME: (
        "Now()", "DateTime(2025, 3, 30, 2, 30, 0)", "DateTime(9999, 12, 31, 23, 59, 59)", "DateTime(1, 1, 1, 0, 0, 0)",
        '""',
    ),
    types.TIME: ("Time(1, 2, 3)", "Time(0, 0, 0)", "Time(23, 59, 59)", '""'),
    types.DURATION: ("Days(1)", "Hours(-5)", "Seconds(0.001)", "Days(10^9)", "Duration(1, 2, 3, 4)", '""'),
    types.PERSON: ("User()", '""'),
    types.OBJECT: ('Object("a", 1)', 'Object("a", List(1, "b"))', '""'),
    types.ACTION: ('OpenUrl("https://example.com")', 'Notify(User(), "x")'),
    types.COLUMN: ("Name", "Hours", "Status", "Due", "Tags", "Project"),
    types.NAME: ("Given",),
    types.CONTROL: ("Limit",),
}  # fmt: skip
"""Formulas of each type, ordinary ones and those on the edge."""

ANYTHING: tuple[Type, ...] = (
    types.TEXT, types.NUMBER, types.DATE, types.DATETIME, types.DURATION, types.BOOLEAN, types.PERSON, types.ANY_ROW,
    ListOf(types.NUMBER), ListOf(types.TEXT),
)  # fmt: skip

LISTS = ("Tasks", "Tasks.Hours", "Tasks.Due", "Tasks.Tags", "Projects.Tasks", "Tasks.Project", '""')
ROWS = ("Tasks.First()", "Tasks.Last()", "Projects.First()", '""')
EACH = ("CurrentValue", "CurrentValue = 1", "CurrentValue.IsBlank()")


def arguments(kind: Type, deep: int = 0) -> st.SearchStrategy[str]:
    """Formulas of a type. What takes anything gets all sorts of things."""
    match kind:
        case Deferred(result, each):
            inner = arguments(result, deep)
            return st.one_of(inner, st.sampled_from(EACH)) if each else inner
        case OneOf(options):
            return st.one_of(*(arguments(option, deep) for option in options))
        case ListOf(item):
            if deep > 1:
                return st.sampled_from(LISTS)
            items = st.lists(arguments(item, deep + 1), max_size=4)
            return st.one_of(items.map(lambda found: f"List({', '.join(found)})"), st.sampled_from(LISTS))
        case RowOf():
            return st.sampled_from(ROWS)
        case Variable() | types.ANY:
            return st.one_of(*(arguments(one, deep + 1) for one in ANYTHING))
    return st.sampled_from(SCALARS[kind])


@st.composite
def calls(draw: st.DrawFn, function: Function) -> str:
    """A call of the function with as many arguments as it may take."""
    given = [argument for parameter in function.params for argument in draw(_given(parameter))]
    if any(types.COLUMN in parameter.types for parameter in function.params):
        given[0] = "Tasks"  # whose columns the arguments name
    if function.operator and not function.name:
        left = f"({given[0]}) " if len(given) > 1 else ""
        return f"{left}{function.operator} ({given[-1]})"
    return f"{function.name}({', '.join(given)})"


def _given(parameter: Parameter) -> st.SearchStrategy[list[str]]:
    once = st.tuples(*(arguments(kind) for kind in parameter.types)).map(list)
    if parameter.repeats:
        return st.lists(once, min_size=1, max_size=2).map(lambda groups: [text for group in groups for text in group])
    return st.one_of(st.just([]), once) if parameter.optional else once


BOOK = example_workbook()
"""Nothing here changes it: actions are described, not carried out."""


def run(formula: str) -> tuple[Bound, object]:
    """A formula as understood in the first task, and its value there."""
    bound, _ = bind_site(DOC, FormulaSite("test", "Tasks", ""), Source("call", formula), None)
    return bound, BOOK.evaluate(bound, BOOK.rows("Tasks")[0])


def parts(value: object) -> Iterator[object]:
    """A value and everything in it."""
    yield value
    inner: object = ()
    match value:
        case list():
            inner = value
        case dict():
            inner = value.values()
        case Action():
            inner = value.arguments
    for item in inner:  # type: ignore[attr-defined]
        yield from parts(item)


PYTHON: dict[Type, type] = {
    types.TEXT: str,
    types.NUMBER: float,
    types.BOOLEAN: bool,
    types.DATE: date,
    types.DATETIME: datetime,
    types.TIME: time,
    types.DURATION: timedelta,
    types.PERSON: Person,
    types.OBJECT: dict,
    types.ACTION: Action,
}


def fits(value: object, kind: Type) -> bool:
    """Whether a value is one of a type; blank and errors are of every type."""
    match kind:
        case _ if value is None or isinstance(value, Error):
            return True
        case types.BLANK:
            return is_blank(value)
        case types.ANY | types.FAULTY | Variable():
            return True
        case OneOf(options):
            return any(fits(value, option) for option in options)
        case ListOf(item):
            return isinstance(value, list) and all(fits(inner, item) for inner in value)
        case RowOf(table):
            return isinstance(value, Row) and table in ("", value.table)
    return type(value) is PYTHON[kind]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: f"{one.name or one.operator}-{one.rowwise.__name__}")
@settings(max_examples=12)
@given(data=st.data())
def test_a_call_gives_a_value_of_its_type(function: Function, data: st.DataObject) -> None:
    formula = data.draw(calls(function), label="formula")
    bound, value = run(formula)
    assert fits(value, bound.type), f"{formula} is {value!r}, not {describe(bound.type)}"
    for part in parts(value):
        assert not isinstance(part, float) or math.isfinite(part)
        assert not isinstance(part, datetime) or part.tzinfo is not None
        assert type(part) is not int


# ------------------------------------------------------------ text is never code

TEXTS = st.one_of(st.text(), st.text("\"'\\[](){}@,;./*`=“”‘’\n\r\t\u2028 aA1", max_size=30))

AWKWARD = [
    '"', "'", "\\", '\\"', '")', "'); DeleteRows(Tasks)", "[thisRow]", "]", "/*", "*/", "// x", "\n//\n", "\r", "\t",
    "\0",
    "@Plan", "CurrentValue", '" & User() & "', "“", "\u2028", "\\n", "\\u0041", "{1}", "=1+1",
]  # fmt: skip


def each_awkward(test: Callable[[str], None]) -> Callable[[str], None]:
    """Every awkward text as an explicit example."""
    for text in AWKWARD:
        test = example(text=text)(test)
    return test


@each_awkward
@given(text=TEXTS)
def test_a_text_as_a_literal_is_that_text(text: str) -> None:
    assert codaform.evaluate(codaform.literal(text)) == (text or None)


@each_awkward
@given(text=TEXTS)
def test_a_text_changes_nothing_around_it(text: str) -> None:
    """It stays one argument of its call, and what follows is still a formula."""
    assert _shape(_around(text)) == _shape(_around("plain"))
    values = codaform.evaluate(f'List("before", {literal(text)}, 1 + 1)')
    assert values == ["before", text or None, 2.0]


def _around(text: str) -> ast.Formula:
    return codaform.parse(f'If(Sum(1, 2) = 3, List("before", {literal(text)}, [name], thisRow), "rest") // end')


def _shape(tree: ast.Formula) -> object:
    """The tree without the text that stands third and without places."""
    call = tree.expression
    assert isinstance(call, ast.Call)
    listed = call.args[1]
    assert isinstance(listed, ast.Call)
    before, kept, *after = listed.args
    assert isinstance(kept, ast.Literal)
    return len(call.args), before, after, [comment.text for comment in tree.comments]


@each_awkward
@given(text=TEXTS)
def test_no_function_runs_a_text(text: str) -> None:
    """What keeps a text keeps it as it is."""
    spelled = literal(text)
    for keeps in (
        "Concatenate({})",
        '{} & ""',
        "If(true, {}, 0)",
        "List({}).First()",
        'Format("{{1}}", {})',
        'Object("key", {}).key',
        "WithName({}, x, x)",
        'Substitute("x", "x", {})',
        'List("", {}).FormulaMap(CurrentValue).Last()',
        'Split({}, "no such separator").First()',
    ):
        formula = keeps.format(spelled)
        assert run(formula)[1] in ((text,) if text else (None, "")), formula


# ------------------------------------------------------------ values as formulas

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SPELLED = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        NUMBERS,
        st.text(min_size=1, max_size=20),
        st.dates(),
        st.datetimes(timezones=st.just(UTC)),
        st.times().map(lambda moment: moment.replace(microsecond=0)),
        st.timedeltas(timedelta(days=-3_000_000), timedelta(days=3_000_000)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4), st.dictionaries(st.text(min_size=1, max_size=5), inner, min_size=1)
    ),
    max_leaves=6,
)


@given(SPELLED)
def test_a_value_as_a_literal_is_that_value(value: object) -> None:
    assert _even(codaform.evaluate(codaform.literal(value))) == _even(value)


def _even(value: object) -> object:
    """The value with one form of blank: among lists, a blank is the empty list."""
    if is_blank(value):
        return None
    if isinstance(value, list):
        return [_even(item) for item in value]
    return {key: _even(item) for key, item in value.items()} if isinstance(value, dict) else value
