"""Formulas of every kind, and the comparison of what an engine computes of them with the row-wise engine."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection
from dataclasses import replace
from math import isclose
from random import Random

from codaform.cli.output.values import json_value
from codaform.evaluation.workbook import Workbook
from codaform.library import trigonometry
from codaform.library.catalogue import declared
from codaform.model.kinds import kind_of
from codaform.model.schema import Column
from codaform.model.values import Error, Row
from codaform.project.computed import computed_columns
from codaform.project.runners import WorkbookRunner
from codaform.project.session import Session
from codaform.semantics.dependencies import Graph, GraphNode, graph
from codaform.source import Source
from codaform.sql.engine import Computed
from codaform.sql.forms import FORMS
from projects import FORMULAS as FOUNDER_HQ
from sql_docs import NUMBERS, FormulaColumn, book_with
from typed_formulas import KINDS, Writer, bound, doc, filled

Compute = Callable[[Workbook, Graph, Collection[GraphNode]], Computed]
"""An engine, as `sql.duckdb_engine.compute`."""

FUNCTIONS = [function for function in FORMS if not function.action]

FORMULAS: list[FormulaColumn] = [
    ("t", text)
    for text in (
        "If(n1 > n2, n1, n2)",
        "If(n1, t1, t2)",
        "If(t1, n1)",
        "If(b1, 1 / n1, 2)",
        "b1 AND 1 / n1 > 0",
        "b1 OR 1 / n1 > 0",
        "Not(tt)",
        "And(tt, b1)",
        "IfBlank(n1, 1 / n2)",
        "Switch(t1, t2, 1, t3, 2, 0)",
        "SwitchIf(n1 > 1, t1, b1, t2)",
        "WithName(n1 * 2, x, x + x)",
        "WithName(rr, x, x.Count() + x.h.Sum())",
        "n1 < n2", "n1 >= n2", "t1 = t2", "t1 < t2", "d1 <= d2", "m1 > m2", "m1 >= d1", "r1 = r2", "r1 != r2",
        "u1 < u2", "b1 = b2", 'n1 = ""', "rr.IsBlank()", "tt.IsNotBlank()",
        "r1.h", "r1.h + r2.h", "r1.t.n1", "r1.back.Count()", "r1.many.Count()", "r1.back.n1.Sum()", "r1.name & t1",
        "rr.h.Average()", "rr.h.Max()", "rr.day.Min()", "rr.len.Sum()", "rr.First()", "rr.Last().h", "rr.Nth(2).name",
        "rr.Filter(CurrentValue.h > n1)",
        "rr.Filter(1 / CurrentValue.h > 0)",
        "rr.FormulaMap(CurrentValue.h + n1)",
        "rr.FormulaMap(1 / CurrentValue.h).Sum()",
        "rr.Sort(true, CurrentValue.h)", "rr.Sort(false, CurrentValue.h).name", "rr.Sort(false, CurrentValue.name)",
        "rr.Sort(true, CurrentValue.h).Last()", "rr.h.Sort()", "rr.h.Sort(false)", "rr.name.Unique()",
        "rr.name.CountUnique()", 'rr.name.Join("; ")', "rr.back.ListCombine().Count()",
        "rr.FormulaMap(CurrentValue.back.Count())",
        "rr.FormulaMap(CurrentValue.back.Filter(CurrentValue.n1 > 0).Count())",
        "rr.tags.ListCombine().Unique()",
        "rr.Filter(CurrentValue.h > rr.h.Average()).Count()",
        'tt.Contains("a")', 'tt.Contains(t1, "b")', "t1.In(tt)", "tt.Count()", "tt.CountAll()", 'tt.Join(", ")', "tt",
        "o.Filter(CurrentValue.h = n1)",
        "o.Filter(CurrentValue.h = n1 AND CurrentValue.ok)",
        "o.Filter(CurrentValue.name = t1).Count()",
        "o.Filter(CurrentValue.day >= d1 AND CurrentValue.day <= d2)",
        "o.Filter(CurrentValue.day.IsNotBlank() AND CurrentValue.day >= d1 AND CurrentValue.day <= d2)",
        "o.Filter(CurrentValue.day > d1 AND CurrentValue.day < d2).h.Sum()",
        "o.Filter(CurrentValue.h >= n1)", "o.Filter(CurrentValue.h <= n1).Count()", "o.Filter(CurrentValue.h < n1)",
        "o.Filter(CurrentValue.at > m1 AND CurrentValue.at <= m2)",
        "o.Filter(CurrentValue.t = thisRow)", "o.Filter(CurrentValue.t.r1 = r1)",
        'o.Filter(CurrentValue.tags.Contains("a"))', "o.Filter(CurrentValue.tags.Contains(t1)).name",
        "o.CountIf(CurrentValue.h > n1)", "o.h.Sum()", "o.Count()", "o.Lookup(name, t1)", "o.Lookup(h, n1).h.Sum()",
        "thisTable.Filter(CurrentValue.n1 < n1).Count()",
        "thisTable.Filter(CurrentValue.r1 = r1 AND CurrentValue.n2 >= n2).n3.Sum()",
        "List(n1, n2, n3).Filter(CurrentValue > 0)", "List(n1, n2).FormulaMap(1 / CurrentValue)",
        "Max(n1, n2)", "Min(d1, d2)", "Sum(n1, n2, n3)", "Average(n1, n2)", "Count(n1, n2)",
        "d1 + Days(6)", "d1 - Days(IsoWeekday(d1) - 1)", "d2 - d1", "(m2 - m1).ToHours()", "m1 + Hours(n1)",
        "m2 - m1", "m1 + n1", "m1 - Days(1)", "1 + m1",
        "m2.ToNumber() - m1.ToNumber()", "Weekday(d1)", "n1 & t1",
        "Today() - d1",
        "d1 + n1", "d1 - n1", "Date(n1, n2, n3)", "Date(Year(d1), Month(d1), 1)", "m1.ToDate()", "m1.Hour()",
        "d1.ToText()",
        'd1.ToText("YYYY-MM-DD")', 'm1.ToText("DD.MM.YYYY HH:mm")', "Concatenate(t1, n1, d1)", "n1.ToText()",
        "t1.ToNumber()",
        "u1 * 2", "u1 / 2", "u1 + u2", "Duration(n1, n2)", "Round(n1)", "Round(n1, 2)", "RoundDown(n1, 1)",
        "Round(n1, 3)", "RoundUp(n1, 2)", "RoundDown(n1, 2)", "Truncate(n1, 1)", "RoundTo(n1, 5)", "Fixed(n1, 2)",
        'Format("{1:000} and {2:0.00}: {3}", n1, n2, t1)', 'Format("{1:YYYY-MM}", d1)',
        't1.RegexReplace("[a-z]+", "-")',
        't1.Split(",")', 't1.Split(" ").Count()', "t1.Find(t2)", 'BulletedList(tt)', "rr.h.Find(n1)", "Sequence(1, n1)",
        "Sequence(n1, 3)", "DateTime(2025, n1, n2, 10, 30, 0)", 'DateTimeTruncate(m1, "day")', "Time(n1, n2)",
        'DateTimeTruncate(m1, "week")', 'DateTimeTruncate(m1, "quarter")', "NetWorkingDays(d1, d2)", "Rank(n1, rr.h)",
        "Rank(n1, rr.h, false)", "Xor(b1, b2, n1 > 1)", "r1.IsFromTable(o)", "EpochToDate(n1)", 'i1.ToText("h:mm A")',
        "Workday(d1, n1)", "t1.Slice(n1)", "t1.Slice(n1, n2)", "t1.Slice(2, n1)", "NumberedList(tt)",
        "NumberedList(rr)", "User()", "AllUsers()", "IsSignedIn()", "User().IsBlank()", "p1 = User()",
        "EndOfMonth(d1, n1)", "RelativeDate(d1, n1)", "WeekNumber(d1)", "IsoWeekNumber(d1)", "d1.WeekdayName()",
        "Floor(u1, u2)", "Ceiling(u1, u2)", "RoundTo(u1, u2)", "m1.ToDays()", "m1.ToText()", "m1.ToTime()",
        "d1.ToDateTime()",
        "Left(t1, n1)", "Right(t1, 2)", 'Substitute(t1, "a", t2)', 'ContainsText(t1, "A", true)',
        't1.RegexMatch("^[A-Z]")',
        "Factorial(n1)", "Combinations(n1, n2)", "Combinations(30 + n1, 3)", "Gcd(n1, n2, n3)", "Lcm(n1, n2)",
        "rr.len.Median()", "Mode(n1, n2, n3)", "rr.h.Mode()", "rr.h.StandardDeviation()", "rr.h.Variance()",
        "rr.h.Percentile(0.3)", "Percentile(List(n1, n2, n3), n1)", "Correlation(List(n1, n2, 3), List(n2, n3, n1))",
        "Correlation(rr.h, rr.FormulaMap(CurrentValue.h * 2 + 1))", "SumProduct(List(n1, n2), List(n2, n3))",
        "rr.FormulaMap(1 / CurrentValue.h).Median()", 'Proper(t1 & " o\'NEIL-plan, 2nd _x")',
        't1.RegexExtract("[0-9]+")', 't1.RegexExtract("[a-z]")', 't1.RegexReplace("[0-9]", "")',
        "Sequence(d1, d1 + Days(9), 3)", "Sequence(d1, d1 - Days(4))", "Sequence(d1, d1 - Days(9), -2)",
        "Sequence(0, 1, 0.1)",
        "Sequence(n1, n1 + 3, n2)", "tt.Splice(n1, n2, t1)", "rr.Splice(2, 1)", "List(n1, n2).Splice(2, 0, n3, n1)",
        "tt.Matches(t1, t2)", "Matches(t1, tt)", "Matches(n1, rr.h)", "Matches(d1, m1)", "Matches(tt, tt, t1)",
        "Workday(d1, n1, List(d1 + Days(1), d1 + Days(3), d2, d1 + Days(1), d1 + Days(4)))", "Workday(d1, n1, rr.day)",
        "Workday(d1, 0 - n1, List(d1 - Days(1), d1 - Days(3), d2, d1 + Days(4)))",
        "NetWorkingDays(d1, d1 + Days(20), List(d1, d1 + Days(3), d2, d1 + Days(3), d1 + Days(20)))",
        "NetWorkingDays(d1, d2, rr.day)", "rr.h", "rr.h.ReverseList()", "rr.h.Slice(2)", "List(n1, n2 / 3, 0.1 * n3)",
        # Of types that are known only when computed; keys and items that have one value alone.
        "(d1 + Days(1)) + u1", "(d1 + Days(1)) + n1", 'If(b1, m1, "") + ((d1 + Days(1)) - d2)',
        "((d1 + Days(1)) - d2) + ((d2 + Days(1)) - d1)", 'rr.Sort(true, "a")', "rr.Sort(false, Today()).name",
        "Switch(n1, n1, 1, 1 / n3, 2, 3)", 'List("", "").Sum()',
        'o.Sort(true, List(CurrentValue.h, "").Sum())', "o.FormulaMap(CurrentValue.tags.Count())",
        'rr.FormulaMap("")', 'rr.FormulaMap("a").Max()',
        'List(Switch("", "a", n1, t1, -3, n2), If(b1, "", "")).Average()',
        "n1 + n2 * n3 - n1 / n2", "Modulo(n1, n2)", "Quotient(n1, n2)", "n1 ^ 2", "SquareRoot(n1)",
    )
] + [
    ("o", text)
    for text in ("back", "back.Count()", "many", "many.n1.Average()", "back.Filter(CurrentValue.n1 > 1).Count()",
                 "back.Sort(true, CurrentValue.m1).Last()", "t.Filter(CurrentValue.r1 = thisRow).Count()",
                 "t.CountIf(CurrentValue.b1)", "t.CountIf(NOT CurrentValue.b1 AND CurrentValue.r1 = thisRow)",
                 "t.CountIf(NOT CurrentValue.b1)", "t.CountIf(CurrentValue.d1.IsBlank())",
                 "t.Filter(CurrentValue.t1.IsNotBlank()).Count()", "t.CountIf(CurrentValue.r1.IsNotBlank())",
                 "t.Filter(CurrentValue.r1.IsBlank()).n1.Sum()", "t.CountIf(CurrentValue.t1.IsBlank())",
                 "back.n1.Median()", "back.n1.Product()", "back.u1.Average()", "back.t1.Max()", "name.ToNumber()")
]  # fmt: skip


LOOSE = ("Power", "Exp", "Ln", "Log", "Log10", "^", *(function.name for function in declared(trigonometry)))
"""Functions whose last digit is up to the system's mathematical library."""


MANY = 100
"""Lists of more numbers are compared as the bytes of all, since one after the other takes long."""


def told(value: object, book: Workbook) -> object:
    """A value as it is compared: of errors their rule, of numbers each bit."""
    if isinstance(value, Error):
        return ("error", value.rule)
    if isinstance(value, list):
        if len(value) > MANY and all(type(item) in (float, int) for item in value):
            return array("d", value).tobytes()
        return [told(item, book) for item in value]
    return json_value(value, book)


def alike(got: object, wanted: object) -> object:
    """What an engine gives, or what is wanted where that is a number with another last digit."""
    if isinstance(got, float) and isinstance(wanted, float):
        return wanted if isclose(got, wanted, rel_tol=1e-13) else got
    return got


def differences(
    compute: Compute,
    formulas: list[FormulaColumn],
    seed: int,
    rows: int,
    loose: Collection[str] = LOOSE,
    blank: object = None,
    numbers: tuple[float | None, ...] = NUMBERS,
) -> tuple[list[str], Computed]:
    """The cells that an engine and the row-wise engine compute differently, and what the engine computed.

    loose: Functions whose last digit may differ. blank: What a blank list is there.
    """
    book, nodes = book_with(formulas, Random(seed), rows, numbers)
    found = compute(book, graph(book.program), nodes)
    other, _ = book_with(formulas, Random(seed), rows, numbers)
    wrong = []
    for node in nodes:
        for place, (got, wanted) in enumerate(
            zip(found.values[node], other.values(node.table, node.name), strict=True)
        ):
            text = formulas[int(node.name[1:])][1]
            if any(name in text for name in loose):
                got = alike(got, wanted)
            if got == blank and wanted is None:
                continue
            if told(got, book) != told(wanted, other):
                wrong.append(f"{text} in row {place + 1}: {told(got, book)} instead of {told(wanted, other)}")
                break
    return wrong, found


def typed_differences(compute: Compute, seed: int, formulas: int = 8) -> list[str]:
    """The cells of columns with random typed formulas that an engine and the row-wise engine compute differently."""
    random = Random(seed)
    of = doc(random)
    made = {}
    for number in range(formulas):
        text = Writer(random).write(random.choice(KINDS), 3)
        kind, many, to = kind_of(bound(of, text).type)
        made[f"c{number}"] = Column(f"c{number}", kind, formula=Source("typed", text), many=many, to=to)
    items = of.tables["Items"]
    of = replace(of, tables={**of.tables, "Items": replace(items, columns={**items.columns, **made})})
    book, other = (filled(of, Random(seed), 4, 20) for _ in range(2))
    nodes = [GraphNode("cells", "Items", name) for name in made]
    found = compute(book, graph(book.program), nodes)
    wrong = []
    for node in found.values:
        formula = made[node.name].formula
        assert formula is not None
        for got, wanted in zip(found.values[node], other.values("Items", node.name), strict=True):
            near = alike(got, wanted) if any(name in formula.text for name in LOOSE) else got
            if told(near, book) != told(wanted, other):
                wrong.append(f"{formula.text}: {told(got, book)} instead of {told(wanted, other)}")
                break
    return wrong


def founder_hq_differences(compute: Compute, loose: bool = False) -> tuple[list[str], Computed]:
    """The cells of Founder HQ that an engine and the row-wise engine compute differently, and what the engine computed.

    loose: Whether the last digit of numbers may differ.
    """
    session, other = Session.open(FOUNDER_HQ), Session.open(FOUNDER_HQ)
    nodes = computed_columns(session.project.doc)
    found = compute(session.book, session.needs, nodes)
    wrong = []
    for node in nodes:
        for got, wanted in zip(found.values[node], other.book.values(node.table, node.name), strict=True):
            near = alike(got, wanted) if loose else got
            if told(near, session.book) != told(wanted, other.book):
                wrong.append(
                    f"{node.table}.{node.name}: {told(got, session.book)} instead of {told(wanted, other.book)}"
                )
    return wrong, found


def runner_of(compute: Compute) -> type[WorkbookRunner]:
    """Runs scenarios, and reads computed cells as an engine computes them at that moment."""
    known: dict[GraphNode, list[object]] = {}

    class Runner(WorkbookRunner):
        def cell(self, row: Row, column: str) -> object:
            if not self.book.doc.tables[row.table].columns[column].computed:
                return super().cell(row, column)
            node = GraphNode("cells", row.table, column)
            if node not in known:
                known.update(compute(self.book, graph(self.book.program), [node]).values)
            return known[node][self.book.rows(row.table).index(row)]

    def changing(method: Callable[..., object]) -> Callable[..., object]:
        def call(runner: Runner, *given: object) -> object:
            known.clear()
            return method(runner, *given)

        return call

    for name in ("move_clock", "add", "change", "remove", "press", "set_control"):
        setattr(Runner, name, changing(getattr(WorkbookRunner, name)))
    return Runner
