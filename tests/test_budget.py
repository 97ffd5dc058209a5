"""Whatever loops or grows is counted: in one formula, and over all cells of a column; and an asker may stop waiting."""

from __future__ import annotations

import pytest

from codaform.evaluation.computing import Computing
from codaform.evaluation.workbook import Workbook
from codaform.model import budget
from codaform.model.budget import MOST_STEPS_A_COLUMN, Budget, OutOfTime, watch
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Error, EvaluationError
from codaform.project.session import Session
from codaform.semantics.program import bind_doc
from codaform.source import Source

LONG = 'WithName(Repeat("ab", 500000), t, Sequence(1, 1000).FormulaMap({}))'
"""A million letters, a thousand times."""

DOUBLED = "WithName(List(1, 1), a0, " + "".join(f"WithName(List(a{n}, a{n}), a{n + 1}, " for n in range(24))
"""A list of two lists of two lists …: 25 of them, 33 million numbers when it is written out."""


def doubled(formula: str) -> str:
    return DOUBLED + formula.format("a24") + ")" * 25


WANT_TOO_MUCH = [
    "Sequence(1, 4000).FormulaMap(CurrentValue.In(Sequence(1, 4000)))",
    "Sequence(1, 4000).FormulaMap(Sequence(1, 4000).Contains(CurrentValue))",
    'Contains(Sequence(1, 5000), Sequence(1, 5000).FormulaMap("x" & CurrentValue))',
    LONG.format('t.RegexMatch("(a|b)*c")'),
    LONG.format('RegexReplace(t, "a", "")'),
    LONG.format('RegexExtract(t, "b")'),
    LONG.format('t.ContainsText("bbbb")'),
    # Each match is short, and each time the engine looks through the whole rest for the c that never comes.
    'RegexReplace(Repeat("ab", 400000), "a[^c]*c|a", "x")',
    'RegexExtract(Repeat("ab", 400000), "a.*?c|b")',
    'Sequence(1, 4000).FormulaMap("x".RegexMatch(Repeat("a?", 1000) & CurrentValue))',
    LONG.format("t & CurrentValue"),
    LONG.format("Concatenate(t.Left(900000), 1)"),
    LONG.format("t.Upper()"),
    LONG.format('t.Split("a").Count()'),
    LONG.format('t.Substitute("a", "c")'),
    f"WithName(Repeat(\"ab\", 499000), t, List({', '.join(['t & 1'] * 300)}).Count())",
    "Sequence(1, 1000000).FormulaMap(List(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))",
    "Sequence(1, 3000).FormulaMap(Sequence(1, 3000).Filter(CurrentValue > 1 AND CurrentValue < 9).Count())",
    *map(doubled, ["{}", "{}.ToText()", "{} & 1", "{0} = {0}", "{}.Unique().Count()", "ListCombine({})", "{}.Sum()"]),
    # A text is read once more for each item: as a format, a number, a date, a duration, a condition, or to compare it.
    'WithName(Repeat("0", 30000), t, Sequence(1, 1000).FormulaMap(ToText(Sequence(1, 30), t)))',
    'WithName(Repeat("1", 300000), t, Sequence(1, 1000).FormulaMap(WeekdayName(Today(), t)))',
    'WithName(Repeat("1", 300000), t, Sequence(1, 1000).FormulaMap(MonthName(Today(), t)))',
    'WithName(Repeat("D", 300000), t, Sequence(1, 1000).FormulaMap(FormatDateTime(Now(), t)))',
    'WithName(Repeat(" ", 300000) & 1, t, Sequence(1, 1000).FormulaMap(t.ToNumber()))',
    'WithName(Repeat("1d ", 100000), t, Sequence(1, 1000).FormulaMap(ToHours(t)))',
    'Sequence(1, 20000).FormulaMap(ToDate("12/8/2025 10:30 PM"))',
    'WithName(Repeat(" ", 300000) & "x", t, Sequence(1, 1000).Filter(t))',
    'WithName(Repeat("a", 300000), t, WithName(Repeat("a", 300000), u, Sequence(1, 1000).Filter(t = u)))',
    'WithName(Repeat("a", 300000), t, Sequence(1, 1000).Filter(List(t & "b", t).Contains(t & "a")))',
    # Values of different types are converted before they are compared, and sorting compares each many times.
    'WithName(Sequence(1, 60000), numbers, Sequence(1, 9).FormulaMap(_Hash_Match(numbers, "x")))',
    'Sequence(1, 90000).FormulaMap(Sequence(1, 3).Contains("x"))',
    'WithName(Split(Repeat("b,", 30000), ","), texts, Sequence(1, 8).FormulaMap(texts.Sort().Count()))',
    "Sequence(1, 90000).FormulaMap(Today() + CurrentValue)",
    *map(doubled, ["Concatenate({})", 'Format("{{1}}", {})', "{}.Upper()", 'Object("a", {}).ToText()', "List(1) & {}"]),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("formula", WANT_TOO_MUCH, ids=lambda text: text.removeprefix(DOUBLED)[:60])
def test_what_wants_too_much_is_an_error(formula: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A tenth of the steps, so that the test is quick: what is counted, and not how much, is what it shows.
    monkeypatch.setattr("codaform.evaluation.computing.MOST_STEPS", 1_000_000)
    monkeypatch.setattr(Computing.run, "__defaults__", (1_000_000,))
    _, value, said = Session.empty().evaluate(Source("budget", formula))
    assert isinstance(value, Error), said
    assert (value.rule, "goes through more than" in value.message) == ("out-of-range", True), value


@pytest.mark.parametrize(
    "formula",
    [
        'Repeat("ab", 500000).Length()',
        "Sequence(1, 200000).Sort(false).First()",
        "Sequence(1, 300).FormulaMap(Sequence(1, 300).Filter(CurrentValue > 5).Count()).Sum()",
        'Split(Repeat("a,", 100000), ",").FormulaMap(CurrentValue.Upper()).Join("").Length()',
        'Sequence(1, 2000).Contains("x", 2000)',
    ],
)
def test_ordinary_work_is_done(formula: str) -> None:
    _, value, _ = Session.empty().evaluate(Source("budget", formula))
    assert not isinstance(value, Error)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ('Repeat("a?", 6000)', "it has 12,000 characters, and 10,000 is the most"),
        ('Repeat("(", 100) & "a" & Repeat(")", 100)', "it has 100 groups, and 99 is the most"),
    ],
)
def test_a_pattern_that_is_too_long_to_read_is_refused(pattern: str, why: str) -> None:
    for call in (f'RegexMatch("x", {pattern})', f'RegexReplace("x", {pattern}, "")'):
        _, value, _ = Session.empty().evaluate(Source("budget", call))
        assert isinstance(value, Error)
        assert (value.rule, why in value.message) == ("bad-pattern", True)


def book(**formulas: str) -> Workbook:
    columns = {name: Column(name, "other", formula=Source(name, text)) for name, text in formulas.items()}
    return Workbook(bind_doc(Doc("D", {"T": Table("T", {"n": Column("n", "number"), **columns})}))[0])


OBJECTS = 'Sequence(1, 1000).FormulaMap(Object("a", CurrentValue))'
ROWS = "Sequence(1, 1000).FormulaMap(T.First())"


@pytest.mark.parametrize(
    ("items", "call", "least"),
    [
        (OBJECTS, "ListCombine(t, t, t, t).Count()", 40),  # each is made a list of one, and that list is opened
        (OBJECTS, "t.ToText()", 20),
        (ROWS, "Max(t)", 20),  # for each comparison, two rows are displayed
        (ROWS, "Min(t, 1, T.Last())", 20),
        (ROWS, 't.Join(",")', 9),
        ("Sequence(1, 1000)", "Or(t)", 1),
        ('Sequence(1, 1000).FormulaMap("b" & CurrentValue)', "And(t)", 1),
        ("Sequence(1, 1000).FormulaMap(Now())", "Sum(t)", 8),
        ("Sequence(1, 1000).FormulaMap(Time(1, 2, 3))", "Average(t)", 8),
        ("Sequence(1, 1000).FormulaMap(CurrentValue > 4)", "t.Unique()", 5),
    ],
)
def test_each_item_is_charged_what_it_costs(items: str, call: str, least: int) -> None:
    def steps(formula: str) -> int:
        whole = book(much=f"WithName({items}, t, {formula})")
        row = whole.add("T", {"n": 1.0})
        assert not isinstance(whole.value(row, "much"), Error)
        return MOST_STEPS_A_COLUMN - whole.cells("T", "much").left

    assert steps(call) - steps("1") >= least * 1000


def test_all_cells_of_a_column_have_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codaform.evaluation.computing.MOST_STEPS_A_COLUMN", 50_000)
    whole = book(much="Sequence(1, 10000).Count()", other="Sequence(1, 10).Count()")
    for column in ("much", "other"):
        whole.cells("T", column).left = 50_000
    rows = [whole.add("T", {"n": float(number)}) for number in range(10)]
    values = [whole.value(row, "much") for row in rows]
    assert values[0] == 10_000
    assert isinstance(values[-1], Error)
    assert values[-1].message == "the cells of T.much go through more than 50,000 items together"
    assert [whole.value(row, "other") for row in rows] == [10.0] * 10


def test_a_cell_is_not_charged_for_the_cells_that_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Computing.run, "__defaults__", (250_000,))
    monkeypatch.setattr("codaform.evaluation.computing.MOST_STEPS", 250_000)
    whole = book(much="Sequence(1, 100000).Count() + thisRow.n", all="T.much.Sum()")
    rows = [whole.add("T", {"n": 0.0}) for _ in range(8)]
    assert whole.value(rows[0], "all") == 8 * 100_000


def test_who_waits_no_longer_is_let_go_and_nothing_is_lost() -> None:
    whole = book(much="Sequence(1, 100000).FormulaMap(CurrentValue + 1).Count()")
    row = whole.add("T", {"n": 1.0})

    def impatient(_: int) -> None:
        raise OutOfTime

    token = watch.set(impatient)
    try:
        with pytest.raises(OutOfTime):
            whole.value(row, "much")
    finally:
        watch.reset(token)
    assert whole.value(row, "much") == 100_000


def test_many_small_cells_are_seen_too() -> None:
    whole = book(small="thisRow.n + 1")
    for number in range(1_000):
        whole.add("T", {"n": float(number)})
    looks: list[int] = []
    token = watch.set(lambda _: looks.append(1))
    try:
        whole.compute_all()
    finally:
        watch.reset(token)
    assert len(looks) >= 4


def test_a_budget_by_itself() -> None:
    mine = Budget()
    mine.left, mine.next_look = 100, 0
    mine.charge(100)
    mine.charge_read("short")
    mine.charge_made(3.0)
    with pytest.raises(EvaluationError, match="goes through more than"):
        mine.charge(1)
    assert budget.MOST_STEPS < budget.MOST_STEPS_A_COLUMN


def test_a_column_that_is_computed_at_once_ends_where_its_cells_one_by_one_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a cell needs a long chain of others, so that the computing stops there and goes on one by one."""
    for module in ("computing", "rows.writer"):
        monkeypatch.setattr(f"codaform.evaluation.{module}.MOST_STEPS", 100_000)
    monkeypatch.setattr(Computing.run, "__defaults__", (100_000,))
    chain = {f"c{n}": Column(f"c{n}", "number", formula=Source("c", f"thisRow.c{n + 1} + 1")) for n in range(60)}
    chain["c60"] = Column("c60", "number", formula=Source("c", "0"))
    much = Source("much", "Sequence(1, 30000).Count() + If(thisRow.n = 5, thisRow.c0, 0)")
    columns = {"n": Column("n", "number"), "much": Column("much", "number", formula=much), **chain}
    program = bind_doc(Doc("D", {"T": Table("T", columns)}))[0]
    found = []
    for alone in (0, 1000):
        monkeypatch.setattr("codaform.evaluation.computing._ALONE", alone)
        whole = Workbook(program)
        rows = [whole.add("T", {"n": float(number)}) for number in range(60)]
        whole.cells("T", "much").left = 1_000_000
        values = [whole.value(row, "much") for row in rows] if alone else whole.values("T", "much")
        found.append((values, whole.cells("T", "much").left))
    assert found[0] == found[1]
    assert 10 < sum(isinstance(value, float) for value in found[0][0]) < 40
