"""Calls of every function with absurd literals: a finding or an error value, never an exception.

`CODAFORM_ODD_CALLS` is how many calls are made (400); with 50000 the whole run takes some minutes, and says which
call took longest.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest
from markupsafe import Markup

from codaform.evaluation.explain import explain
from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.function import Function
from codaform.markup.values import MOST_ITEMS, Look, value_html
from codaform.model import notation, types, unexpected
from codaform.model.schema import Column
from codaform.model.types import ListOf, Type
from codaform.model.values import Error
from codaform.prose.sentences import describe_formula
from codaform.semantics.dependencies import graph
from codaform.semantics.program import FormulaSite, bind_doc, bind_site
from codaform.source import Source
from codaform.syntax.parser import parse
from codaform.syntax.printer import show
from example_doc import DOC, example_workbook

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("CODAFORM_ODD_CALLS", "400"))
FUNCTIONS = [function for module in SUBJECTS.values() for function in declared(module)]

ODD: dict[str, tuple[str, ...]] = {
    "texts": (
        *('""', '"x"', '" "', '"0"', '"-1"', '"1e400"', '"NaN"', '"Infinity"', '"1,234.5"', '"75%"', '"$3"', '"true"'),
        *('"2025-02-30"', '"2025-12-08"', '"12/8/2025 10:30 PM"', '"0000-00-00"', '"99999-01-01"', '"24:00"'),
        *('"("', '"[a-"', '"(?i)a"', '"(?<n>a)"', '"\\\\"', '"$1$<n>$&"', '"gg"', '"gim"', '"{1}{2:000}{99}"', '"{0}"'),
        *(
            '"{1:{2}}"',
            '"{999999999}"',
            '"{1:YYYY}"',
            '"YYYY"',
            '"[[]"',
            '"%-d"',
            '"month"',
            '"MONTH"',
            '"{"',
            '"-5 days"',
        ),
        *(
            '"{\\"a\\":1}"',
            '"$..a[*]"',
            '"[1,[2,[3]]]"',
            '"ada@example.com"',
            '"https://example.com/?q=%zz"',
            '"#ff0000"',
        ),
        *(
            '"é👩‍👩‍👧"',
            '"\u202e\u200b"',
            '"Plan"',
            '"Open"',
            '"open"',
            '"Tasks"',
            "'); DeleteRows(Tasks) //'",
            '"\t\n"',
        ),
        *('Repeat("x", 1000)', 'Repeat("ab", 400000)', '"日本"', '"\\\\ud800"'),
    ),
    "numbers": (
        *(
            "0",
            "1",
            "-1",
            "2",
            "0.1",
            "-0.5",
            "1/3",
            "7",
            "100",
            "1e3",
            ".5",
            "1000001",
            "2147483648",
            "1e308",
            "1e-320",
        ),
        *("-1e300", "10^15", "10^-300", "0/1", "-0", "50%", "$3", "9007199254740993"),
    ),
    "booleans": ("true", "false", "True", "1 = 1"),
    "blanks": ('""', "List()", "Tasks.Filter(false).First()"),
    "names": (
        *(
            "thisRow",
            "thisTable",
            "CurrentValue",
            "Tasks",
            "Projects",
            "thisDocument",
            "Hours",
            "Name",
            "Status",
            "Due",
        ),
        *("Tags", "Project", "thisRow.Hours", "Tasks.Hours", "Tasks.Tags", "@Plan", "Nobody", "[No One]", "@Nobody"),
        *("Tasks.First()", "User()", "Given"),
    ),
    "dates": (
        *("Today()", "Now()", "Date(1, 1, 1)", "Date(9999, 12, 31)", "Date(2024, 2, 29)", "Date(0, 0, 0)"),
        *("DateTime(2025, 3, 30, 2, 30, 0)", "DateTime(9999, 12, 31, 23, 59, 59)", "Time(23, 59, 59)", "Time(0, 0, 0)"),
    ),
    "durations": ("Days(1)", "Days(10^9)", "Hours(-5)", "Seconds(0.001)", "Duration(1, 2, 3, 4)"),
    "lists": (
        *("List(1, 2)", 'List("")', 'List("a", "b", "a")', 'List(1, "a", true, Today(), "")', "List(List(1), List())"),
        *("Sequence(1, 50)", "List(true, false)", "List(thisRow)"),
    ),
    "objects": ('Object("a", 1)', 'Object("a", List(1, "b"), "b", "")', 'ParseJSON("[1,null]")', 'ParseJSON("{}")'),
    "actions": ('OpenUrl("https://example.com")', 'Notify(User(), "x")', "AddRow(Tasks)", "DeleteRows(thisRow)"),
    "lambdas": ("Hours > 1", "CurrentValue.Hours", "CurrentValue = 1", 'If(true, 1, "a")', "RandomItem(Tasks)"),
    "faults": ("1/0", "NoSuch()", '"x" * 2', "thisRow.Nothing", "1e400", "[Some Pack]Go(1)"),
}
"""Arguments of all kinds, ordinary and odd."""

KINDS: dict[Type, str] = {
    types.TEXT: "texts", types.NUMBER: "numbers", types.BOOLEAN: "booleans", types.DATE: "dates", types.TIME: "dates",
    types.DATETIME: "dates", types.DURATION: "durations", types.OBJECT: "objects", types.ACTION: "actions",
    types.COLUMN: "names", types.PERSON: "names", types.NAME: "names",
}  # fmt: skip


def odd_calls(seed: int) -> Iterator[str]:
    """Calls without end: every function in turn, each argument of any kind, some left out, too many, or named."""
    chance = random.Random(seed)
    while True:
        for function in chance.sample(FUNCTIONS, len(FUNCTIONS)):
            yield _call(chance, function, deep=0)


def _argument(chance: random.Random, deep: int, wanted: Type | None = None) -> str:
    """An argument of any kind; of the kind that is wanted, where one is."""
    if wanted is None and deep < 2 and chance.random() < 0.12:
        return _call(chance, chance.choice(FUNCTIONS), deep + 1)
    if wanted is None and chance.random() < 0.06:
        items = [_argument(chance, deep + 1) for _ in range(chance.randint(0, 3))] if deep < 3 else []
        return f"List({', '.join(items)})"
    fitting = "lists" if isinstance(wanted, ListOf) else KINDS.get(wanted) if wanted is not None else None
    return chance.choice(ODD[fitting or chance.choice(tuple(ODD))])


def _call(chance: random.Random, function: Function, deep: int) -> str:
    wanted = sum(len(parameter.types) for parameter in function.params)
    many = max(wanted + chance.choice((0, 0, 0, 0, -1, 1, 2)), 0)
    kinds = [kind for parameter in function.params for kind in parameter.types]
    # In every other call one argument is odd and the others have the types that the function takes.
    odd = chance.randrange(many) if many and chance.random() < 0.5 else None
    given = [
        _argument(chance, deep, kinds[min(at, len(kinds) - 1)] if kinds and odd not in (None, at) else None)
        for at in range(many)
    ]
    if given and chance.random() < 0.4:
        given[0] = chance.choice(("Tasks", "Tasks.Hours", "thisRow", '"Coda"', "Today()", "List(1, 2)"))
    if function.operator and (not function.name or chance.random() < 0.5):
        return f"({given[0]}) {function.operator} ({given[-1]})" if len(given) > 1 else f"{function.operator}(1)"
    name = function.name or "Sum"
    if function.params and given and chance.random() < 0.08:
        given[-1] = f"{chance.choice(function.params).name}: {given[-1]}"
    if len(given) > 1 and chance.random() < 0.3:
        return f"({given[0]}).{name}({', '.join(given[1:])})"
    return f"{name}({', '.join(given)})"


BOOK = example_workbook()
"""Nothing here changes it: actions are described, not carried out."""

LOOK = Look(BOOK, lambda row: Markup(row.id))


def gone_through(formula: str) -> list[str]:
    """The formula understood, computed, explained, told in words and printed; what was unexpected in it."""
    source = Source("odd", formula)
    row = BOOK.rows("Tasks")[0]
    column = Column("Odd", "text", formula=source)
    tasks = DOC.tables["Tasks"]
    doc = replace(DOC, tables={**DOC.tables, "Tasks": replace(tasks, columns={**tasks.columns, "Odd": column})})
    bound, said = bind_site(DOC, FormulaSite("test", "Tasks", ""), source, None)
    value = BOOK.evaluate(bound, row)
    program, more = bind_doc(doc)
    graph(program)
    explain(source, bound, BOOK, row)
    describe_formula(DOC, bound, source)
    notation.notate(value, BOOK)
    value_html(LOOK, value)
    tree, _ = parse(source)
    if tree is not None:
        show(tree)
    found = [finding.message for finding in (*said, *more) if finding.rule.name == unexpected.RULE]
    return found + ([value.message] if isinstance(value, Error) and value.rule == unexpected.RULE else [])


def test_no_call_is_unexpected() -> None:
    wrong: dict[str, str] = {}
    slowest, which = 0.0, ""
    for formula in islice(odd_calls(seed=int(os.environ.get("CODAFORM_SEED", "11"))), COUNT):
        started = time.process_time()
        try:
            found = gone_through(formula)
        except Exception as error:
            found = [f"{type(error).__name__}: {error}"]
        if found:
            wrong[formula] = found[0]
        slowest, which = max((slowest, which), (time.process_time() - started, formula))
    print(f"{COUNT:,} calls; the slowest took {slowest:.2f} s of CPU: {which}")  # noqa: T201
    assert wrong == {}


def test_long_lists_in_a_list_are_shortened_on_a_page() -> None:
    numbers = [float(number) for number in range(1_000)]
    shown = str(value_html(LOOK, [numbers, numbers[:2]]))
    assert shown.count("num") == MOST_ITEMS + 2
    assert "+988 more" in shown
    assert str(value_html(LOOK, [numbers], whole=True)).count("num") == 1_000
