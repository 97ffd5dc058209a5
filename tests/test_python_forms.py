"""The Python that formulas become: a form gives what the library's function gives, and an error has its place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product
from typing import Any

import pytest

from codaform.evaluation.rows import forms
from codaform.evaluation.rows.generate import generate
from codaform.evaluation.workbook import Workbook
from codaform.library import logic
from codaform.library.function import Function
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Error, Row
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_doc, bind_site
from codaform.source import Source

NUMBERS = (None, 0.0, 1.0, -2.5, 1e308)
TEXTS = (None, "", "a", "false")
MOMENTS = (
    None,
    datetime(2026, 1, 5, 8, tzinfo=UTC),
    datetime(2026, 1, 5, 9, tzinfo=timezone(timedelta(hours=1))),
    datetime(2026, 1, 5, 9, tzinfo=UTC),
)
DATES = (None, date(2026, 1, 5), date(2026, 1, 6))

FORMULAS = [
    "If(done, a, b)",
    "If(a, text, b)",
    "If(text, a)",
    "If(a > b, 1 / a, 1 / b)",
    "If(tags, a, b)",
    "done AND a > b",
    "done AND 1 / a > 0",
    "And(a, text, done)",
    "And(tags, done)",
    "done OR 1 / a > 0",
    "Or(a, text, tags)",
    "Not(a)",
    "NOT done",
    "Not(tags)",
    "IsBlank(a)",
    "IsBlank(text)",
    "IsBlank(tags)",
    "IsBlank(tags.First())",
    "a.IsNotBlank()",
    "text.IsNotBlank()",
    "IfBlank(a, b)",
    "IfBlank(text, 1 / a)",
    "IfBlank(tags, text)",
    "WithName(a, x, x + b)",
    "WithName(1 / a, x, x + x)",
    "List(a, b, 3).Filter(CurrentValue > 0)",
    "List(a, b).Filter(1 / CurrentValue > 0)",
    "List(a, b, 3).CountIf(CurrentValue = b)",
    "List(a, b).Count()",
    "Count(a, tags, thisTable.text)",
    "thisTable.Filter(day = thisRow.day).Count()",
    "List(a, b).First()",
    "tags.First() & tags.Last()",
    "tags.Filter(CurrentValue != text).Last()",
    "List(a, b, 3).Sum()",
    "Sum(a, List(b), 2, thisTable.a)",
    "thisTable.Filter(day = thisRow.day).b.Sum()",
    "List(a, b).Average()",
    "thisTable.Filter(day = thisRow.day AND a < thisRow.a).b.Average()",
    "thisTable.Filter(a > 1).row.b.Average()",
    "List(a, text).FormulaMap(CurrentValue & text)",
    "List(a, b).FormulaMap(1 / CurrentValue)",
    "a + b",
    "a - b",
    "a * b",
    "a / b",
    "1 / 4 + a / 2",
    "a + b * a - b",
    "a = b",
    "a != b",
    "a < b",
    "a <= b",
    "a > b",
    "a >= b",
    "text = text & text",
    "text < other",
    "text <= other",
    "text >= other",
    "text != other",
    "day = since",
    "day < since",
    "day >= since",
    "row = thisTable.First()",
    "row != thisTable.First()",
    "at = moment",
    "at != moment",
    "at < moment",
    "at <= moment",
    'at >= ""',
    "at - moment",
    "day - since",
    "(at - moment).ToHours()",
    "(at - moment).ToMinutes()",
    "(at - moment).ToSeconds()",
    "If(a.IsBlank() OR b.IsBlank() OR a > b, b - a, a - b)",
    "If(a.IsNotBlank() AND NOT (b.IsBlank() OR done), a / b, a + b)",
]


@pytest.fixture(scope="module")
def book() -> Workbook:
    """A row for each combination of some values."""
    columns = [
        Column("a", "number"),
        Column("b", "number"),
        Column("text", "text", display=True),
        Column("other", "text"),
        Column("done", "checkbox"),
        Column("tags", "select", many=True),
        Column("day", "date"),
        Column("since", "date"),
        Column("row", "relation", to="t"),
        Column("at", "datetime"),
        Column("moment", "datetime"),
    ]
    made = Workbook(bind_doc(Doc("D", {"t": Table("t", {column.name: column for column in columns})}))[0])
    first: Row | None = None
    for number, (a, b, text, day) in enumerate(product(NUMBERS, NUMBERS, TEXTS, DATES)):
        values: dict[str, Any] = {"a": a, "b": b, "text": text, "day": day, "done": number % 2 == 0}
        values["other"] = TEXTS[number % 3]
        values["since"] = DATES[number % 3]
        values["tags"] = [[], ["x"], ["x", ""]][number % 3]
        values["row"] = [None, first][number % 2]
        values["at"], values["moment"] = MOMENTS[number % 4], MOMENTS[number // 4 % 4]
        added = made.add("t", values)
        first = first or added
    return made


def bound_of(book: Workbook, formula: str) -> Bound:
    return bind_site(book.doc, FormulaSite("test", "t", "x"), Source("x", formula), None)[0]


def told(value: object) -> object:
    return ("error", value.rule, value.message, value.span) if isinstance(value, Error) else (type(value), value)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_form_gives_what_the_function_gives(book: Workbook, formula: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bound = bound_of(book, formula)
    fast = book.formula(bound)
    monkeypatch.setattr("codaform.evaluation.rows.generate.form_of", lambda _: None)
    monkeypatch.setattr("codaform.evaluation.rows.generate.inlined_of", lambda _: None)
    monkeypatch.setattr("codaform.semantics.lower.Lowering._compared", lambda *_: None)
    plain = generate(bound.body).of(book)
    monkeypatch.undo()
    for row in book.rows("t"):
        assert told(book.run(fast, row)) == told(book.run(plain, row)), [book.value(row, name) for name in "ab"]


def test_every_form_is_compared(book: Workbook) -> None:
    met: set[Function] = set()
    for formula in FORMULAS:
        met |= {part.function for part in ir.parts(bound_of(book, formula).body) if isinstance(part, ir.Call)}
    written = (*forms.FORMS, *forms.INLINED)
    assert [function.name or function.operator for function in written if function not in met] == []


@pytest.mark.parametrize(
    ("formula", "place"),
    [
        ("1 + 2 / (a - a)", "2 / (a - a)"),
        ("List(1, 0).FormulaMap(1 / CurrentValue).Sum()", "1 / CurrentValue"),
        ("If(done OR NOT done, 1 / (a - a), 0)", "1 / (a - a)"),
        ("List(1, 0).Sort(true, 1 / CurrentValue)", "1 / CurrentValue"),
        ('Switch("x", "x", 1 / (a - a))', "1 / (a - a)"),
    ],
)
def test_an_error_has_the_place_of_the_part_that_gives_it(book: Workbook, formula: str, place: str) -> None:
    value = book.run(book.formula(bound_of(book, formula)), book.rows("t")[-1])
    assert isinstance(value, Error)
    assert formula[value.span.start : value.span.end] == place


def test_a_formula_is_told_part_by_part_as_it_is_written(book: Workbook) -> None:
    bound, seen = bound_of(book, "If(a > 0, a * 2, b)"), list[tuple[type, object]]()
    row = next(row for row in book.rows("t") if book.value(row, "a") == 1.0)
    run = generate(bound.body, watch=lambda node, value: seen.append((type(node), value))).of(book)
    assert book.run(run, row) == 2.0
    assert (ir.Call, True) in seen
    assert (ir.Call, 2.0) in seen
    assert seen[-1] == (ir.Call, 2.0)


def test_each_of_several_conditions_is_told_with_those_before_it(book: Workbook) -> None:
    bound, seen = bound_of(book, "a > 0 AND b > 0 AND done"), list[object]()
    run = generate(bound.body, watch=lambda node, _: seen.append(node)).of(book)
    assert isinstance(book.run(run, book.rows("t")[-1]), bool)
    (before,) = [part for part in ir.parts(bound.body) if isinstance(part, ir.Call) and part.function is logic.and_][1:]
    assert before in seen


def test_moments_of_one_zone_are_subtracted_as_time_that_passes() -> None:
    columns = {"from": Column("from", "datetime"), "to": Column("to", "datetime")}
    made = Workbook(bind_doc(Doc("D", {"t": Table("t", columns)}, time_zone="Europe/Berlin"))[0])
    zone = made.zone
    # The clocks go forward on 29 March 2026 at two o'clock: an hour is missing.
    row = made.add("t", {"from": datetime(2026, 3, 29, 1, tzinfo=zone), "to": datetime(2026, 3, 29, 4, tzinfo=zone)})
    bound = bound_of(made, "thisRow.to - thisRow.from")
    assert made.run(made.formula(bound), row) == timedelta(hours=2)
    utc = made.add("t", {"from": datetime(2026, 3, 29, 0, tzinfo=UTC), "to": datetime(2026, 3, 29, 4, tzinfo=zone)})
    assert made.run(made.formula(bound), utc) == timedelta(hours=2)
