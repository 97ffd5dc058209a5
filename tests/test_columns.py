"""The columnar engine gives the values of the row-wise engine, cell by cell: errors with their places, too."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.bench.sizes import XS
from codaform.bench.workloads import WORKLOADS
from codaform.columns.column import encode
from codaform.columns.computing import ColumnBook
from codaform.evaluation.workbook import Workbook
from codaform.library.catalogue import SUBJECTS, declared
from codaform.model import types
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Error
from codaform.project.session import Session
from codaform.semantics.program import FormulaSite, bind_site, program_of
from codaform.source import Source
from example_doc import DOC
from searching import examples
from typed_formulas import KINDS, NOW, Writer, bound, doc, filled

FORMULAS = Path(__file__).parent.parent / "formulas"

EXAMPLES = [
    example.formula
    for module in SUBJECTS.values()
    for function in declared(module)
    if not function.volatile or function.name in ("Now", "Today")
    for example in function.examples
]


def differences(book: Workbook, by_columns: ColumnBook) -> list[str]:
    """The cells of which the engines have other values. Blanks, texts and zeros of two signs are told apart."""
    found = []
    for table in book.doc.tables.values():
        for column in table.columns:
            rows, columns = book.values(table.name, column), by_columns.values(table.name, column)
            assert len(rows) == len(columns)
            both = enumerate(zip(rows, columns, strict=True))
            found += [f"{table.name}.{column} {at}: {a!r} {b!r}" for at, (a, b) in both if repr(a) != repr(b)]
    return found


def of_one(text: str, rows: int = 3, **entered: Column) -> tuple[Workbook, ColumnBook]:
    """A doc with one table, T, of a computed column, `made`, and entered ones."""
    columns = {**entered, "made": Column("made", "number", formula=Source("made", text))}
    book = Workbook(program_of(Doc("One", {"T": Table("T", columns)})), NOW)
    book.add_rows("T", rows)
    return book, ColumnBook(book)


# ------------------------------------------------------------ agreement


def test_founder_hq_has_the_same_values() -> None:
    session = Session.open(FORMULAS)
    by_columns = ColumnBook(Session(session.project).book)
    assert differences(session.book, by_columns) == []
    assert by_columns.how("sprints", "tasks").why == ""
    assert by_columns.how("workflows", "variance_pct").by_value == ()


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_workload_has_the_same_values_and_runs_in_kernels(workload: str, tmp_path: Path) -> None:
    WORKLOADS[workload].write(tmp_path, XS)
    session = Session.open(tmp_path)
    by_columns = ColumnBook(Session(session.project).book)
    assert differences(session.book, by_columns) == []
    for table, column in WORKLOADS[workload].results:
        how = by_columns.how(table, column)
        assert (how.by_value, how.rows, how.why) == ((), 0, ""), (table, column)


@pytest.mark.slow
def test_the_examples_of_all_functions_have_the_same_values(book: Workbook) -> None:
    by_columns = ColumnBook(book)
    for text in EXAMPLES:
        body, _ = bind_site(DOC, FormulaSite("test", "Tasks", ""), Source("example", text), None)
        wanted = [book.evaluate(body, row) for row in book.rows("Tasks")]
        assert repr(by_columns.evaluate(body, "Tasks")) == repr(wanted), text


@settings(max_examples=examples(600), deadline=None)
@given(random=st.randoms(use_true_random=False))
@pytest.mark.slow
def test_random_formulas_have_the_same_values(random: Random) -> None:
    """Small enough for hypothesis to shrink; the next test has more rows and formulas of a doc."""
    of = doc(random)
    book = filled(of, random, random.randint(0, 3), random.choice((0, 1, 3)))
    by_columns = ColumnBook(book)
    for _ in range(2):
        text = Writer(random).write(random.choice(KINDS), random.randint(0, 4))
        formula = bound(of, text)
        wanted = [book.evaluate(formula, row) for row in book.rows("Items")]
        assert repr(by_columns.evaluate(formula, "Items")) == repr(wanted), text


@pytest.mark.slow
def test_many_formulas_have_the_same_values() -> None:
    """Of a fixed choice, so that a change of the generator alone changes what is tried."""
    cells = 0
    for seed in range(examples(100)):
        random = Random(seed)
        of = doc(random)
        book = filled(of, random, 4, 20)
        by_columns = ColumnBook(book)
        for _ in range(8):
            text = Writer(random).write(random.choice(KINDS), 3)
            wanted = [book.evaluate(bound(of, text), row) for row in book.rows("Items")]
            assert repr(by_columns.evaluate(bound(of, text), "Items")) == repr(wanted), (seed, text)
            cells += len(wanted)
    assert cells > 1_000


# ------------------------------------------------------------ what is no plain value


def test_an_error_has_its_rule_its_message_and_its_place() -> None:
    book, by_columns = of_one("1 / (thisRow.n - 2)", n=Column("n", "number"))
    for row, number in zip(book.rows("T"), (1.0, 2.0, 3.0), strict=True):
        book.change(row, {"n": number})
    first, wrong, last = by_columns.values("T", "made")
    assert (first, last) == (-1.0, 1.0)
    assert isinstance(wrong, Error)
    assert wrong == book.value(book.rows("T")[1], "made")
    assert (wrong.rule, wrong.span.start) == ("division-by-zero", 0)
    assert by_columns.how("T", "made").rows == 1


def test_an_error_in_a_branch_that_is_not_taken_is_none() -> None:
    book, by_columns = of_one("If(thisRow.n = 0, 7, 1 / thisRow.n)", n=Column("n", "number"))
    for row, number in zip(book.rows("T"), (0.0, 2.0, 0.0), strict=True):
        book.change(row, {"n": number})
    assert by_columns.values("T", "made") == [7.0, 0.5, 7.0]
    assert by_columns.how("T", "made").rows == 0


@pytest.mark.parametrize("sign", ["+", "-", "*", "/"])
@pytest.mark.parametrize("condition", ["thisRow.n.IsBlank()", "thisRow.n.IsBlank() OR thisRow.m.IsBlank()", "true"])
def test_a_blank_counts_as_nothing_only_where_it_is_read(sign: str, condition: str) -> None:
    """Also in a condition in a branch, whose own branches are read where both are."""
    inner = f"If(thisRow.m = 1, thisRow.n {sign} thisRow.m, thisRow.m {sign} thisRow.n)"
    text = f"List(If({condition}, 7, {inner}), If({condition}, {inner}, 7)).Sum() + thisRow.n"
    book, by_columns = of_one(text, rows=9, n=Column("n", "number"), m=Column("m", "number"))
    numbers = [(n, m) for n in (None, 2.0, 0.0) for m in (None, 1.0, -3.0)]
    for row, (n, m) in zip(book.rows("T"), numbers, strict=True):
        book.change(row, {"n": n, "m": m})
    assert repr(by_columns.values("T", "made")) == repr(book.values("T", "made"))


def test_a_value_that_replaces_a_formula_stays() -> None:
    book, by_columns = of_one("1 + 1")
    book.change(book.rows("T")[1], {"made": 9.0})
    assert by_columns.values("T", "made") == [2.0, 9.0, 2.0]


def test_a_running_total_is_left_to_the_rows() -> None:
    text = "thisTable.Filter(n < thisRow.n).made.Last() + 1"
    book, by_columns = of_one(text, n=Column("n", "number"))
    for number, row in enumerate(book.rows("T")):
        book.change(row, {"n": float(number)})
    assert by_columns.values("T", "made") == book.values("T", "made")
    assert by_columns.how("T", "made").why == "its cells may need cells of the same column"


def test_a_formula_that_takes_too_many_steps_ends_as_in_rows() -> None:
    text = "thisTable.FormulaMap(thisTable.FormulaMap(thisTable.Count()).Sum()).Sum()"
    book, by_columns = of_one(text, rows=300)
    values = by_columns.values("T", "made")
    assert values == book.values("T", "made")
    assert any(isinstance(value, Error) and value.rule == "out-of-range" for value in values)
    assert by_columns.how("T", "made").why == "the formula may take more steps than it has"


def test_a_text_that_is_long_is_paid_for() -> None:
    book, by_columns = of_one("thisTable.FormulaMap(thisRow.t & CurrentValue.t).Count()", t=Column("t", "text"))
    for row in book.rows("T"):
        book.change(row, {"t": "x" * 900_000})
    assert by_columns.values("T", "made") == book.values("T", "made")


def test_a_deep_formula_is_computed() -> None:
    book, by_columns = of_one(" + ".join(["1"] * 390), rows=1)
    assert by_columns.values("T", "made") == [390.0] == book.values("T", "made")


def test_a_moment_without_a_zone_is_left_to_the_rows() -> None:
    book, by_columns = of_one("thisRow.m.IsBlank()", m=Column("m", "datetime"))
    book.change(book.rows("T")[1], {"m": datetime(2025, 1, 1)})
    assert differences(book, by_columns) == []
    assert by_columns.how("T", "made").rows == 1


# ------------------------------------------------------------ arrays


def test_columns_are_kept_as_arrays_of_their_types() -> None:
    by_columns = ColumnBook(Session.open(FORMULAS).book)
    hours = by_columns.arrays("tasks", "estimated_hours")
    assert (hours.kind, str(hours.values.dtype)) == (types.NUMBER, "float64")
    day = by_columns.arrays("sprints", "start_date")
    assert (day.kind, str(day.values.dtype)) == (types.DATE, "int32")
    first = date(1970, 1, 1) + timedelta(int(day.values[0]))
    assert first == by_columns.values("sprints", "start_date")[0]
    tasks = by_columns.arrays("sprints", "tasks")
    assert tasks.lists is not None
    assert tasks.lists.lengths.tolist() == [len(found) for found in by_columns.values("sprints", "tasks")]
    assert len(tasks.lists.items) == tasks.lists.lengths.sum() > 0


def test_after_an_edit_only_what_reads_it_is_computed_again() -> None:
    book, by_columns = of_one("thisRow.n + 1", n=Column("n", "number"))
    assert by_columns.values("T", "made") == [1.0, 1.0, 1.0]
    kept = by_columns.arrays("T", "made")
    book.change(book.rows("T")[0], {"n": 4.0})
    by_columns.forget([("T", "n")])
    assert by_columns.values("T", "made") == [5.0, 1.0, 1.0]
    assert by_columns.arrays("T", "made") is not kept


def test_a_moment_whose_day_in_utc_is_no_day_is_the_row_wise_engines() -> None:
    """Found by a random search: the last evening of the calendar, west of Greenwich."""
    book = ColumnBook(Workbook(program_of(Doc("d", time_zone="America/St_Johns"))))
    zone = book.zone
    found = encode([datetime(9999, 12, 31, 23, tzinfo=zone), datetime(2025, 1, 1, tzinfo=zone)], types.DATETIME, book)
    assert found.odd is not None
    assert found.odd.tolist() == [True, False]


def test_computed_again_a_formula_has_the_values_of_the_rows_that_are_there_then() -> None:
    """What is kept of a formula depends on no row: constants fit the number of rows, conditions hold for one round."""
    text = 'If(thisRow.n.IsBlank() OR thisRow.n = 2, "", thisTable.Filter(n >= thisRow.n).Count() + List(1, 2).Sum())'
    book, by_columns = of_one(text, n=Column("n", "number"))
    for numbers in ((1.0, 2.0, 3.0), (2.0, None, 1.0), (1.0, 5.0, None, 2.0, 1.0)):
        book.add_rows("T", len(numbers) - len(book.rows("T")))
        for row, number in zip(book.rows("T"), numbers, strict=True):
            book.change(row, {"n": number})
        by_columns.forget([("T", "n")])
        assert by_columns.values("T", "made") == book.values("T", "made")
        by_columns.forget()
        assert by_columns.values("T", "made") == book.values("T", "made")
