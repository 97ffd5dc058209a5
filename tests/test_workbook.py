"""The workbook: cells are computed when they are read, kept, and forgotten when what they read changes."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from codaform.evaluation.workbook import Workbook
from codaform.model.budget import MOST_STEPS
from codaform.model.schema import Column, Doc, NamedFormula, Table, View, views
from codaform.model.values import Error, EvaluationError, Row
from codaform.semantics.program import FormulaSite, bind_doc, bind_site
from codaform.source import Source

NOW = datetime(2025, 12, 10, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def table(name: str, *columns: Column, views: tuple[View, ...] = ()) -> Table:
    return Table(name, {column.name: column for column in columns}, views=views)


def computed(name: str, kind: str, formula: str, **more: Any) -> Column:
    return Column(name, kind, formula=Source(name, formula), **more)


def relation(name: str, to: str, **more: Any) -> Column:
    return Column(name, "relation", to=to, **more)


def view(name: str, of: str, condition: str = "", **more: Any) -> View:
    return View(name, of, filter=Source(name, condition) if condition else None, **more)


def named(name: str, kind: str, formula: str, **more: Any) -> NamedFormula:
    return NamedFormula(name, kind, Source(name, formula), **more)


def workbook(*tables: Table, formulas: tuple[NamedFormula, ...] = ()) -> Workbook:
    """A workbook without rows over tables and named formulas without faults."""
    doc = Doc("d", {one.name: one for one in tables}, {one.name: one for one in formulas}, time_zone="Europe/Berlin")
    program, said = bind_doc(doc)
    assert [one.message for one in said if one.rule.severity == "error"] == []
    return Workbook(program, NOW)


def ask(book: Workbook, formula: str) -> Any:
    """The value of a formula on a page."""
    bound, _ = bind_site(book.doc, FormulaSite("named", "", "asked"), Source("asked", formula), None)
    return book.evaluate(bound)


def counted(book: Workbook) -> Callable[[], int]:
    """How many formulas were run since this was last asked."""
    computing, runs = book._computing, [0]
    run = computing.run

    def counting(*arguments: Any) -> Any:
        runs[0] += 1
        return run(*arguments)

    computing.run = counting  # type: ignore[method-assign,assignment]

    def since() -> int:
        count, runs[0] = runs[0], 0
        return count

    return since


# ---------------------------------------------------------------- lazy and kept

ITEMS = table(
    "items",
    Column("name", "text", display=True),
    Column("size", "number"),
    Column("note", "text"),
    computed("double", "number", "thisRow.size * 2"),
    computed("fourfold", "number", "thisRow.double * 2"),
    computed("all", "number", "items.double.Sum()"),
)


def test_a_cell_is_computed_when_it_is_read_and_once() -> None:
    book = workbook(ITEMS)
    since = counted(book)
    first, second = book.add("items", {"size": 1.0}), book.add("items", {"size": 2.0})
    assert since() == 0
    assert (book.value(first, "fourfold"), since()) == (4.0, 2)
    assert (book.value(first, "fourfold"), since()) == (4.0, 0)
    assert (book.value(first, "double"), since()) == (2.0, 0)
    assert (book.value(second, "double"), since()) == (4.0, 1)


def test_what_reads_nothing_of_a_change_is_kept() -> None:
    book = workbook(ITEMS)
    row = book.add("items", {"size": 1.0})
    book.value(row, "all")
    since = counted(book)
    book.change(row, {"note": "seen"})
    assert (book.value(row, "all"), since()) == (2.0, 0)
    book.change(row, {"size": 5.0})
    assert (book.value(row, "all"), since()) == (10.0, 2)


def test_all_cells_at_once() -> None:
    book = workbook(ITEMS)
    for size in range(3):
        book.add("items", {"size": float(size)})
    assert book.compute_all() == 3 * 6
    since = counted(book)
    for column in book.doc.tables["items"].columns:
        assert [book.value(row, column) for row in book.rows("items")] == book.values("items", column)
    assert since() == 0


def test_a_fresh_workbook_shares_the_formulas_and_no_rows() -> None:
    book = workbook(ITEMS)
    book.value(book.add("items", {"size": 1.0}), "all")
    fresh = book.fresh(NOW + timedelta(days=1))
    assert (fresh.rows("items"), fresh.now, book.now) == ([], NOW + timedelta(days=1), NOW)
    row = fresh.add("items", {"size": 3.0})
    assert row.id == 1
    assert fresh.value(row, "all") == 6.0
    assert book.value(book.rows("items")[0], "all") == 2.0


# ---------------------------------------------------------------- forgotten when something changes

PROJECTS = table(
    "projects",
    Column("name", "text", display=True),
    relation("tasks", "tasks", reverse="project", many=True),
    computed("hours", "number", "thisRow.tasks.hours.Sum()"),
    computed("open", "number", "[Open tasks].Filter(CurrentValue.project = thisRow).Count()"),
)
TASKS = table(
    "tasks",
    Column("name", "text", display=True),
    Column("hours", "number"),
    relation("project", "projects"),
    computed("label", "text", 'thisRow.project & ": " & thisRow.name'),
    computed("share", "number", "thisRow.hours / total"),
    computed("first", "relation", "[Open tasks].First()", to="tasks"),
    views=(view("Open tasks", "tasks", "thisRow.hours > limit", sort="hours", descending=True),),
)
FORMULAS = (named("total", "number", "tasks.hours.Sum()"), named("limit", "number", "projects.Count()"))


def small() -> tuple[Workbook, list[Row], list[Row]]:
    """Two projects, three tasks, and everything read once."""
    book = workbook(PROJECTS, TASKS, formulas=FORMULAS)
    projects = [book.add("projects", {"name": name}) for name in ("Website", "Audit")]
    plans = [("Plan", 3.0, projects[0]), ("Build", 8.0, projects[0]), ("Check", 5.0, projects[1])]
    tasks = [book.add("tasks", {"name": name, "hours": hours, "project": of}) for name, hours, of in plans]
    assert shown(book) == {
        "hours": [11.0, 5.0],
        "open": [2.0, 1.0],
        "label": ["Website: Plan", "Website: Build", "Audit: Check"],
        "share": [3 / 16, 8 / 16, 5 / 16],
        "first": [tasks[1]] * 3,
    }
    return book, projects, tasks


def shown(book: Workbook) -> dict[str, list[Any]]:
    """The computed cells."""
    columns = {"projects": ("hours", "open"), "tasks": ("label", "share", "first")}
    return {name: [book.value(row, name) for row in book.rows(of)] for of, names in columns.items() for name in names}


def test_an_added_row_is_seen_by_reverse_columns_views_and_named_formulas() -> None:
    book, (website, audit), _ = small()
    late = book.add("tasks", {"name": "Late", "hours": 16.0, "project": audit})
    assert shown(book) == {
        "hours": [11.0, 21.0],
        "open": [2.0, 2.0],
        "label": ["Website: Plan", "Website: Build", "Audit: Check", "Audit: Late"],
        "share": [3 / 32, 8 / 32, 5 / 32, 16 / 32],
        "first": [late] * 4,
    }
    assert book.value(website, "tasks") == book.rows("tasks")[:2]
    book.add("projects", {"name": "Third"})
    book.add("projects", {"name": "Fourth"})
    assert shown(book)["open"] == [1.0, 2.0, 0.0, 0.0]


def test_a_changed_cell_is_seen_by_what_reads_it() -> None:
    book, (website, audit), (plan, build, check) = small()
    book.change(plan, {"hours": 19.0, "project": audit})
    assert shown(book) == {
        "hours": [8.0, 24.0],
        "open": [1.0, 2.0],
        "label": ["Audit: Plan", "Website: Build", "Audit: Check"],
        "share": [19 / 32, 8 / 32, 5 / 32],
        "first": [plan] * 3,
    }
    assert (book.value(website, "tasks"), book.value(audit, "tasks")) == ([build], [plan, check])
    assert book.rows("Open tasks") == [plan, build, check]


def test_a_changed_display_text_is_seen_where_it_is_shown_and_where_rows_are_found_by_it() -> None:
    book, (website, _), _ = small()
    assert book.find("Website", "projects") == website
    book.change(website, {"name": "Site"})
    assert shown(book)["label"] == ["Site: Plan", "Site: Build", "Audit: Check"]
    assert (book.find("Website", "projects"), book.find("Site", "projects")) == (None, website)
    assert book.find("Site", "") == website


def test_a_removed_row_leaves_blanks_behind() -> None:
    book, (website, _), (plan, build, check) = small()
    book.remove(website)
    assert book.value(plan, "project") is None
    assert shown(book) == {
        "hours": [5.0],
        "open": [1.0],
        "label": [": Plan", ": Build", "Audit: Check"],
        "share": [3 / 16, 8 / 16, 5 / 16],
        "first": [build] * 3,
    }
    book.remove(build)
    assert shown(book)["first"] == [check] * 2
    assert shown(book)["share"] == [3 / 8, 5 / 8]
    assert (book.value(build, "name"), book.value(build, "label")) == (None, None)
    assert book.find("Build", "tasks") is None
    book.remove(build)
    assert book.add("tasks", {"name": "New"}).id == 4


def test_a_removed_row_is_taken_out_of_lists_and_stand_ins() -> None:
    items = table(
        "items",
        Column("name", "text", display=True),
        relation("friends", "items", many=True),
        computed("best", "relation", "items.First()", to="items"),
    )
    book = workbook(items)
    first, second = book.add("items", {"name": "a"}), book.add("items", {"name": "b"})
    third = book.add("items", {"name": "c", "friends": [first, second, first], "best": second})
    assert book.value(third, "best") == second
    book.remove(first)
    assert book.value(third, "friends") == [second]
    book.remove(second)
    assert (book.value(third, "friends"), book.value(third, "best")) == ([], None)


STALE = {
    "a row or a text, as text": ("text", 'If(thisRow.n > 2, thisRow.project, "none")'),
    "a list of rows and texts, as text": ("text", 'List(thisRow.project, "x").Join(",")'),
    "a row or a text, as number": ("number", "If(thisRow.n > 2, thisRow.project, 0)"),
    "a row of some table, by a column's name": ("text", 'List(thisRow.project, "x").First().name'),
    "a text that names a row": ("relation", '"New"'),
    "a column's text that names a row": ("relation", "thisRow.wanted"),
}


@pytest.mark.parametrize("what", STALE)
def test_a_display_text_that_is_read_in_passing(what: str) -> None:
    kind, formula = STALE[what]
    tasks = table(
        "tasks",
        Column("n", "number"),
        Column("wanted", "text"),
        relation("project", "projects"),
        computed("out", kind, formula, to="projects" if kind == "relation" else ""),
    )
    book = workbook(table("projects", Column("name", "text", display=True)), tasks)
    project = book.add("projects", {"name": "Old"})
    task = book.add("tasks", {"n": 5.0, "project": project, "wanted": "New"})
    before = book.value(task, "out")
    book.change(project, {"name": "New"})
    assert book.value(task, "out") != before


# ---------------------------------------------------------------- circles


def circular(value: object) -> bool:
    return isinstance(value, Error) and value.rule == "circular-cell"


CIRCLES: dict[str, tuple[tuple[Table, ...], tuple[NamedFormula, ...], str]] = {
    "two columns": (
        (table("t", computed("a", "number", "thisRow.b"), computed("b", "number", "thisRow.a + 1")),),
        (),
        "a b",
    ),
    "a column's own sum": ((table("t", computed("a", "number", "thisTable.a.Sum()")),), (), "a"),
    "a named formula": (
        (table("t", computed("a", "number", "n + 1")),),
        (named("n", "number", "t.a.Sum()"),),
        "a",
    ),
    "named formulas": (
        (table("t", computed("a", "number", "n")),),
        (named("n", "number", "m"), named("m", "number", "n")),
        "a",
    ),
    "a view": (
        (table("t", computed("a", "number", "V.Count()"), views=(view("V", "t", "thisRow.a > 0"),)),),
        (),
        "a",
    ),
    "views": (
        (
            table(
                "t",
                computed("a", "number", "V.Count()"),
                views=(view("V", "t", "W.Count() = 0"), view("W", "t", "V.Count() = 0")),
            ),
        ),
        (),
        "a",
    ),
    "a view's order": (
        (table("t", computed("a", "number", "V.Count()"), views=(view("V", "t", sort="a"),)),),
        (),
        "a",
    ),
    "a reverse column": (
        (
            table(
                "t",
                relation("rev", "t", reverse="rel", many=True),
                computed("rel", "relation", "If(thisRow.rev.Count() > 0, thisTable.First(), thisTable.Last())", to="t"),
            ),
        ),
        (),
        "rev rel",
    ),
    "reverse columns": (
        (table("t", relation("a", "t", reverse="b", many=True), relation("b", "t", reverse="a", many=True)),),
        (),
        "a b",
    ),
    "tables": (
        (
            table("t", computed("a", "number", "u.b.Sum()")),
            table("u", computed("b", "number", "t.a.Sum()")),
        ),
        (),
        "a",
    ),
    "a display text by which rows are found": (
        (table("t", computed("a", "text", 'thisTable.CountIf(CurrentValue = @here) & "!"', display=True)),),
        (),
        "a",
    ),
}


@pytest.mark.parametrize("what", CIRCLES)
@pytest.mark.parametrize("order", ["first to last", "last to first"])
def test_cells_in_a_circle_are_errors_whichever_is_read_first(what: str, order: str) -> None:
    tables, formulas, names = CIRCLES[what]
    book = workbook(*tables, formulas=formulas)
    for one in tables:
        for _ in range(3):
            book.add(one.name, {})
    places = [(row, name) for row in book.rows("t") for name in names.split()]
    for row, name in places if order == "first to last" else reversed(places):
        assert circular(book.value(row, name)), (row, name, book.value(row, name))
    for shown_view in views(book.doc):
        assert book.rows(shown_view.name) == []
    for name in book.doc.formulas:
        assert circular(ask(book, name))


def test_a_circle_ends_where_a_value_stands_in() -> None:
    book = workbook(*CIRCLES["two columns"][0])
    row = book.add("t", {"a": 5.0})
    assert (book.value(row, "a"), book.value(row, "b")) == (5.0, 6.0)
    assert circular(book.value(book.add("t", {}), "b"))


# ---------------------------------------------------------------- from row to row

PREVIOUS = {
    "filter": "thisTable.Filter(CurrentValue.n = thisRow.n - 1).First().total",
    "lookup": "thisTable.Lookup(n, thisRow.n - 1).First().total",
    "nth": "thisTable.Nth(thisRow.n - 1).total",
}


def ledger(previous: str, *more: Column) -> Workbook:
    """A table with a running total by the previous row."""
    formula = f"If(thisRow.n = 1, 0, {previous}) + thisRow.n"
    return workbook(table("t", Column("n", "number"), computed("total", "number", formula), *more))


@pytest.mark.slow
@pytest.mark.parametrize(("how", "count"), [("filter", 400), ("lookup", 400), ("nth", 3000)])
def test_running_totals_over_many_rows(how: str, count: int) -> None:
    # Filter and Lookup go through all rows for each row: three thousand rows take fifty times as long.
    book = ledger(PREVIOUS[how])
    rows = [book.add("t", {"n": float(number)}) for number in range(1, count + 1)]
    assert book.value(rows[-1], "total") == count * (count + 1) / 2
    assert book.value(rows[299], "total") == 300 * 301 / 2


def test_a_running_total_in_two_columns() -> None:
    carry = computed("carry", "number", f"If(thisRow.n = 1, 0, {PREVIOUS['nth']})")
    total = computed("total", "number", "thisRow.carry + thisRow.n")
    book = workbook(table("t", Column("n", "number"), carry, total))
    rows = [book.add("t", {"n": float(number)}) for number in range(1, 1001)]
    assert book.value(rows[-1], "carry") == 999 * 1000 / 2
    assert book.value(rows[-1], "total") == 1000 * 1001 / 2


@pytest.mark.parametrize("first", ["grand", "total"])
def test_a_running_total_read_from_elsewhere(first: str) -> None:
    book = ledger(PREVIOUS["nth"], computed("grand", "number", "thisTable.Last().total"))
    rows = [book.add("t", {"n": float(number)}) for number in range(1, 1001)]
    assert book.value(rows[0] if first == "grand" else rows[-1], first) == 1000 * 1001 / 2


def test_a_running_total_starts_anew_at_a_stand_in() -> None:
    book = ledger(PREVIOUS["nth"])
    first, second = book.add("t", {"n": 1.0, "total": 100.0}), book.add("t", {"n": 2.0})
    assert book.value(second, "total") == 102.0
    assert book.value(first, "total") == 100.0


def test_a_running_total_after_changes() -> None:
    book = ledger(PREVIOUS["lookup"])
    rows = [book.add("t", {"n": float(number)}) for number in range(1, 11)]
    assert book.value(rows[9], "total") == 55.0
    book.change(rows[4], {"n": 50.0})
    assert book.value(rows[3], "total") == 10.0
    assert book.value(rows[5], "total") == 6.0
    book.change(rows[4], {"n": 5.0})
    assert book.value(rows[9], "total") == 55.0


@pytest.mark.slow
@pytest.mark.parametrize(
    "previous",
    [
        "thisTable.Lookup(n, thisRow.n - 1).First().total",
        "thisTable.Filter(CurrentValue.n = thisRow.n - 1).Sort(true, CurrentValue.total).First().total",
        "thisTable.Filter(CurrentValue.n = thisRow.n - 1).FormulaMap(CurrentValue.total + 0).Max()",
        "WithName(thisTable.Lookup(n, thisRow.n - 1).First(), before, before.total)",
    ],
)
def test_a_chain_is_computed_however_long_it_is(previous: str) -> None:
    book = ledger(previous)
    rows = [book.add("t", {"n": float(number)}) for number in range(600, 0, -1)]
    assert book.value(rows[0], "total") == sum(range(1, 601))
    assert book.value(rows[-1], "total") == 1.0


def test_a_chain_of_columns_that_is_long() -> None:
    columns = [computed(f"c{number}", "number", f"thisRow.c{number - 1} + 1") for number in range(1, 1_000)]
    book = workbook(table("t", Column("c0", "number"), *columns))
    assert book.value(book.add("t", {"c0": 1.0}), "c999") == 1_000.0


def test_a_chain_of_columns_that_is_long_is_computed_for_many_rows() -> None:
    columns = [computed(f"c{number}", "number", f"thisRow.c{number - 1} + 1") for number in range(1, 100)]
    book = workbook(table("t", Column("c0", "number"), *columns))
    for number in range(20):
        book.add("t", {"c0": float(number)})
    assert book.values("t", "c99") == [float(number + 99) for number in range(20)]


# ---------------------------------------------------------------- the clock

DATED = table(
    "items",
    Column("due", "date"),
    Column("made", "datetime", default=Source("made", "Now()")),
    computed("late", "checkbox", "thisRow.due < Today()"),
    views=(view("Late", "items", "thisRow.late"), view("Due soon", "items", "thisRow.due < Today() + 7")),
)


def test_what_depends_on_the_clock_moves_with_it() -> None:
    book = workbook(DATED, formulas=(named("today", "date", "Today()"), named("count", "number", "Late.Count()")))
    row = book.add("items", {"due": date(2025, 12, 10)})
    later = book.add("items", {"due": date(2025, 12, 17)})
    assert book.rows("Due soon") == [row]
    assert (book.value(row, "late"), ask(book, "today"), ask(book, "count")) == (False, date(2025, 12, 10), 0.0)
    book.move_clock(NOW + timedelta(days=1))
    assert (book.value(row, "late"), ask(book, "today"), ask(book, "count")) == (True, date(2025, 12, 11), 1.0)
    assert book.rows("Late") == [row]
    assert book.rows("Due soon") == [row, later]
    assert book.value(row, "made") == NOW
    book.move_clock(NOW.astimezone(ZoneInfo("Asia/Tokyo")))
    assert (book.value(row, "late"), book.now.tzinfo) == (False, ZoneInfo("Europe/Berlin"))
    fresh = book.fresh(NOW + timedelta(days=40))
    assert fresh.value(fresh.add("items", {"due": date(2026, 1, 1)}), "late") is True


def test_the_clock_stands_in_the_time_zone_of_the_doc() -> None:
    program, _ = bind_doc(Doc("d", time_zone="Pacific/Auckland"))
    book = Workbook(program, datetime(2025, 12, 10, 20, 0, tzinfo=ZoneInfo("UTC")))
    assert ask(book, "Today()") == date(2025, 12, 11)
    assert Workbook(program, datetime(2025, 12, 10, 20, 0)).now.isoformat() == "2025-12-10T20:00:00+13:00"


# ---------------------------------------------------------------- rows, values that are not given, defaults

KINDS = table(
    "items",
    Column("id", "row_id"),
    Column("done", "checkbox"),
    Column("on", "toggle"),
    Column("name", "text"),
    Column("size", "number"),
    Column("tags", "select", many=True, options=("a",)),
    relation("other", "items"),
    relation("others", "items", many=True),
    Column("hands", "reaction"),
    Column("made", "created_on"),
)


def test_a_cell_that_nothing_was_entered_in() -> None:
    book = workbook(KINDS)
    for values in ({}, dict.fromkeys(("done", "on", "name", "size", "tags", "other", "others"))):
        row = book.add("items", values)
        assert {name: book.value(row, name) for name in KINDS.columns} == {
            "id": float(row.id),
            "done": False,
            "on": False,
            "name": None,
            "size": None,
            "tags": [],
            "other": None,
            "others": [],
            "hands": [],
            "made": None,
        }


def test_row_ids_count_the_rows_of_a_table_and_are_not_used_again() -> None:
    book = workbook(KINDS, table("more", Column("id", "row_id")))
    rows = [book.add("items", {}) for _ in range(3)]
    assert [row.id for row in rows] == [1, 2, 3]
    book.remove(rows[2])
    assert book.add("items", {}).id == 4
    assert book.add("more", {}).id == 1
    assert [book.value(row, "id") for row in book.rows("items")] == [1.0, 2.0, 4.0]


DEFAULTS = table(
    "items",
    Column("name", "text", default=Source("name", '"item " & items.Count()')),
    Column("size", "number", default=Source("size", "thisRow.base * 2")),
    Column("base", "number"),
    Column("again", "number", default=Source("again", "thisRow.size + 1")),
    Column("wrong", "number", default=Source("wrong", "1 / 0")),
    computed("shown", "number", "thisRow.again * 10"),
)


def test_defaults_fill_what_is_not_named() -> None:
    book = workbook(DEFAULTS)
    row = book.add("items", {"base": 4.0})
    assert [book.value(row, name) for name in ("name", "size", "again", "shown")] == ["item 1", 8.0, 9.0, 90.0]
    wrong = book.value(row, "wrong")
    assert isinstance(wrong, Error)
    assert wrong.rule == "division-by-zero"
    row = book.add("items", {"name": None, "again": 1.0})
    assert [book.value(row, name) for name in ("name", "size", "again", "shown")] == [None, 0.0, 1.0, 10.0]
    row = book.add("items", {"base": 1.0}, defaults=False)
    assert [book.value(row, name) for name in ("name", "size", "again", "shown")] == [None, None, None, 0.0]


def test_a_default_is_computed_once() -> None:
    book = workbook(DEFAULTS)
    row = book.add("items", {"base": 4.0})
    book.add("items", {})
    book.change(row, {"base": 5.0})
    assert (book.value(row, "size"), book.value(row, "name")) == (8.0, "item 1")


def test_views_show_sort_and_limit() -> None:
    shown_views = (
        view("All", "items"),
        view("Big", "items", "thisRow.size > 1"),
        view("Faulty", "items", "1 / thisRow.size > 0"),
        view("Sorted", "items", sort="size"),
        view("Top", "items", sort="size", descending=True, limit=2),
        view("Of nothing", "items", "false", limit=1),
    )
    book = workbook(table("items", Column("size", "number"), views=shown_views))
    rows = [book.add("items", {"size": size}) for size in (2.0, None, 0.0, 3.0, 2.0)]
    assert {one.name: [rows.index(row) for row in book.rows(one.name)] for one in shown_views} == {
        "All": [0, 1, 2, 3, 4],
        "Big": [0, 3, 4],
        "Faulty": [0, 3, 4],
        "Sorted": [1, 2, 0, 4, 3],
        "Top": [3, 0],
        "Of nothing": [],
    }


def test_what_is_not_there() -> None:
    book = workbook(ITEMS)
    row = book.add("items", {"name": "a"})
    assert (book.find("b", "items"), book.find("b", ""), book.find("", "items")) == (None, None, None)
    assert book.value(Row("items", 7), "double") is None
    wrong = book.value(row, "nothing")
    assert isinstance(wrong, Error)
    assert wrong.rule == "unknown-column"
    with pytest.raises(EvaluationError):
        book.read(row, "nothing")


# ---------------------------------------------------------------- too much


@pytest.mark.slow
@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "formula",
    [
        "Sequence(1, 100000).Filter(Sequence(1, 100000).Contains(CurrentValue)).Count()",
        "WithName(Sequence(1, 100000), all, all.Filter(all.Contains(CurrentValue)).Count())",
        'Sequence(1, 1000000).FormulaMap(Repeat("x", 1000000)).Count()',
    ],
)
def test_a_formula_that_goes_through_too_much_is_an_error_value(formula: str) -> None:
    value = ask(workbook(), formula)
    assert isinstance(value, Error)
    assert value.rule == "out-of-range"


@pytest.mark.slow
def test_what_a_formula_may_go_through_is_counted_for_each_cell() -> None:
    many = computed("many", "number", "Sequence(1, 1000000).Count() + Sequence(1, 1000000).Count()")
    book = workbook(table("t", many, computed("all", "number", "t.many.Sum() + Sequence(1, 1000).Count()")))
    rows = [book.add("t", {}) for _ in range(MOST_STEPS // 2_000_000 + 1)]
    assert book.value(rows[0], "all") == len(rows) * 2_000_000 + 1000


# ---------------------------------------------------------------- any changes: as if computed from scratch

RANDOM = (
    table(
        "projects",
        Column("name", "text", display=True),
        Column("budget", "number"),
        Column("done", "checkbox"),
        relation("tasks", "tasks", reverse="project", many=True),
        relation("notes", "notes", reverse="about", many=True),
        computed("hours", "number", "thisRow.tasks.hours.Sum()"),
        computed("left", "number", "thisRow.budget - thisRow.hours"),
        computed("open", "number", "[Big tasks].Filter(CurrentValue.project = thisRow).Count()"),
        computed("names", "text", 'thisRow.tasks.Sort(false, CurrentValue.hours).Join(", ")'),
        computed("share", "percent", "thisRow.hours / total"),
        views=(view("Over", "projects", "thisRow.left < 0", sort="name"),),
    ),
    table(
        "tasks",
        Column("id", "row_id"),
        Column("name", "text", display=True, default=Source("name", '"task " & tasks.Count()')),
        Column("hours", "number"),
        Column("due", "date", default=Source("due", "Today()")),
        Column("tags", "select", many=True, options=("a", "b", "c")),
        relation("project", "projects"),
        relation("after", "tasks", many=True),
        computed("label", "text", 'thisRow.project & ": " & thisRow.name'),
        computed("running", "number", "tasks.Filter(CurrentValue.id < thisRow.id).Last().running + thisRow.hours"),
        computed("late", "checkbox", "thisRow.due < Today() AND thisRow.project.done = false"),
        computed(
            "siblings", "relation", "thisRow.project.tasks.Filter(CurrentValue != thisRow)", to="tasks", many=True
        ),
        computed("rank", "number", "[Big tasks].Find(thisRow)"),
        computed("same", "number", "tasks.CountIf(CurrentValue.tags.Contains(thisRow.tags.First()))"),
        computed("over", "checkbox", "Over.Contains(thisRow.project)"),
        computed("before", "number", "thisRow.after.hours.Max() - thisRow.hours"),
        views=(
            view("Big tasks", "tasks", "thisRow.hours >= limit", sort="hours", descending=True, limit=4),
            view("Late tasks", "tasks", "thisRow.late", sort="label"),
        ),
    ),
    table(
        "notes",
        Column("text", "text"),
        relation("about", "projects", many=True),
        computed("title", "text", 'thisRow.about.name.Join("+") & "/" & thisRow.text', display=True),
        computed("twins", "number", "notes.CountIf(CurrentValue.title = thisRow.title)"),
        computed("first", "text", 'projects.Sort().First() & "; " & [Late tasks].First().label'),
        computed("hours", "number", "thisRow.about.tasks.ListCombine().Unique().hours.Sum()"),
    ),
)
RANDOM_FORMULAS = (
    named("total", "number", "tasks.hours.Sum()"),
    named("limit", "number", "If(projects.Count() > 2, 3, 1)"),
    named("best", "relation", "tasks.Sort(false, CurrentValue.hours).First()", to="tasks"),
    named("told", "text", 'best & " of " & best.project'),
)

Change = Callable[[Workbook], Any]
"""Something that is done to a workbook; done to another one in the same state, it does the same."""


def changes(chance: random.Random, book: Workbook) -> Change:
    """A random change that can be made to a workbook."""
    name = chance.choice(["projects", "tasks", "tasks", "notes"])
    rows = book.rows(name)
    kind = chance.choice(["add", "add", "change", "change", "change", "remove", "clock"])
    if kind == "clock":
        days = chance.randrange(5)
        return lambda on: on.move_clock(NOW + timedelta(days=days))
    if kind == "add" or not rows:
        values, defaults = some(chance, book, name), chance.random() < 0.5
        return lambda on: on.add(name, values, defaults)
    row = chance.choice(rows)
    if kind == "remove":
        return lambda on: on.remove(row)
    values = some(chance, book, name)
    return lambda on: on.change(row, values)


def some(chance: random.Random, book: Workbook, name: str) -> dict[str, Any]:
    """Random values for some of the columns that a person fills in."""
    columns = [column for column in book.doc.tables[name].columns.values() if not column.computed]
    return {column.name: entered(chance, book, column) for column in columns if chance.random() < 0.6}


def entered(chance: random.Random, book: Workbook, column: Column) -> Any:
    """A random value for a column, blank at times."""
    one: Callable[[], Any] = {
        "text": lambda: chance.choice(["x", "y", "Plan", "Build", ""]),
        "number": lambda: float(chance.randrange(6)),
        "checkbox": lambda: chance.random() < 0.5,
        "date": lambda: NOW.date() + timedelta(days=chance.randrange(-2, 4)),
        "select": lambda: chance.choice(column.options),
        "relation": lambda: chance.choice(book.rows(column.to) or [None]),
    }[column.kind]
    if column.many:
        return [value for value in (one() for _ in range(chance.randrange(3))) if value is not None]
    return None if chance.random() < 0.1 else one()


def everything(book: Workbook) -> dict[str, Any]:
    """Every cell, view and named formula."""
    cells = {
        f"{row.table}.{column} {row.id}": book.value(row, column)
        for one in book.doc.tables.values()
        for row in book.rows(one.name)
        for column in one.columns
    }
    shown_views = {one.name: list(book.rows(one.name)) for one in views(book.doc)}
    return {**cells, **shown_views, **{name: ask(book, name) for name in book.doc.formulas}}


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


@pytest.fixture(scope="module")
def formulas_at_random() -> Workbook:
    return workbook(*RANDOM, formulas=RANDOM_FORMULAS)


def test_a_change_of_a_row_that_is_gone_changes_nothing() -> None:
    book = workbook(ITEMS)
    row, other = book.add("items", {"size": 1.0}), book.add("items", {"size": 2.0})
    book.remove(row)
    book.change(row, {"size": 9.0})
    assert (book.value(row, "size"), book.value(other, "all")) == (None, 4.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_any_changes_give_what_computing_from_scratch_gives(formulas_at_random: Workbook, seed: int) -> None:
    chance = random.Random(seed)
    book = formulas_at_random.fresh(NOW)
    made: list[Change] = []
    for step in range(40):
        made.append(changes(chance, book))
        made[-1](book)
        if chance.random() < 0.5:
            # Some cells are read on the way, in any order, so that all kinds of things are kept at the next change.
            for _ in range(chance.randrange(8)):
                one = chance.choice(list(book.doc.tables.values()))
                if book.rows(one.name):
                    book.value(chance.choice(book.rows(one.name)), chance.choice(list(one.columns)))
        elif chance.random() < 0.3:
            everything(book)
        if step % 8 == 7:
            scratch = formulas_at_random.fresh(NOW)
            for change in made:
                change(scratch)
            assert differences(everything(book), everything(scratch)) == {}


def test_reading_in_any_order_gives_the_same(formulas_at_random: Workbook) -> None:
    chance = random.Random(7)
    book = formulas_at_random.fresh(NOW)
    made: list[Change] = []
    for _ in range(25):
        made.append(changes(chance, book))
        made[-1](book)
    expected = everything(book)
    for _ in range(6):
        other = formulas_at_random.fresh(NOW)
        for change in made:
            change(other)
        places = [
            (row, name) for of in book.doc.tables for row in book.rows(of) for name in book.doc.tables[of].columns
        ]
        chance.shuffle(places)
        for row, name in places:
            other.value(row, name)
        assert differences(everything(other), expected) == {}
