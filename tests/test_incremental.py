"""An edit forgets the cells that it reaches, and no others; what is looked up is what asking row by row would find."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from codaform.evaluation.plans import Found, plan_formula
from codaform.evaluation.rows.generate import generate
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, Doc, NamedFormula, Table, View
from codaform.model.values import Error, Row
from codaform.semantics.dependencies import Dependencies, Graph, GraphNode, graph
from codaform.semantics.program import FormulaSite, bind_doc, bind_site
from codaform.source import Source

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MONDAY = date(2026, 1, 5)
NOTHING = Dependencies(frozenset(), frozenset(), False)


def computed(name: str, kind: str, formula: str, to: str = "", many: bool = False) -> Column:
    return Column(name, kind, to=to, many=many, formula=Source(name, formula))


def table(name: str, *columns: Column, views: tuple[View, ...] = ()) -> Table:
    return Table(name, {column.name: column for column in columns}, views=views)


OF_THE_WEEK = "/* table */ tasks.Filter(CurrentValue.day >= thisRow.first AND CurrentValue.day <= thisRow.last)"
OPEN = "/* table */ tasks.Filter(CurrentValue.who = thisRow AND NOT CurrentValue.done).Count()"

PLAN = Doc(
    "Plan",
    {
        "sprints": table(
            "sprints",
            Column("name", "text", display=True),
            Column("first", "date"),
            Column("last", "date"),
            computed("tasks", "relation", OF_THE_WEEK, "tasks", many=True),
            computed("hours", "number", "thisRow.tasks.hours.Sum()"),
        ),
        "people": table(
            "people",
            Column("name", "text", display=True),
            Column("rate", "number"),
            Column("tasks", "relation", to="tasks", reverse="who", many=True),
            computed("open", "number", OPEN),
            computed("longest", "number", "thisRow.tasks.hours.Max()"),
        ),
        "tasks": table(
            "tasks",
            Column("name", "text", display=True),
            Column("day", "date"),
            Column("hours", "number"),
            Column("done", "checkbox"),
            Column("who", "relation", to="people"),
            computed("cost", "number", "thisRow.hours * thisRow.who.rate"),
            computed("before", "number", "thisTable.Filter(CurrentValue.day < thisRow.day).Count()"),
            computed("twins", "number", "thisTable.Filter(CurrentValue.cost = thisRow.cost).Count()"),
            views=(
                View(
                    "Dear", "tasks", filter=Source("Dear", "thisRow.cost > 50"), sort="cost", descending=True, limit=3
                ),
            ),
        ),
    },
)


@pytest.fixture
def book() -> Workbook:
    """Three people, four sprints of a week, and twelve tasks: a task every third day."""
    made = Workbook(bind_doc(PLAN)[0], NOW)
    people = [
        made.add("people", {"name": name, "rate": rate}) for name, rate in (("Ada", 10.0), ("Bo", 20.0), ("Cy", 30.0))
    ]
    for week in range(4):
        first = MONDAY + timedelta(weeks=week)
        made.add("sprints", {"name": f"S{week}", "first": first, "last": first + timedelta(days=6)})
    for number in range(12):
        values = {"name": f"T{number}", "day": MONDAY + timedelta(days=3 * number), "hours": float(number % 4 + 1)}
        made.add("tasks", {**values, "who": people[number % 3]})
    made.compute_all()
    made.rows("Dear")
    return made


def forgotten(book: Workbook, change: Callable[[], object]) -> dict[str, set[int] | None]:
    """The cells that a change reaches, once everything is computed again: by column the numbers of rows."""
    trace = book.traced()
    change()
    book.compute_all()
    book.rows("Dear")
    found: dict[str, set[int] | None] = {}
    for one in trace:
        name = f"{one.node.table}.{one.node.name}"
        known = found.setdefault(name, set())
        found[name] = None if one.rows is None or known is None else known | one.rows
    return found


def test_a_moved_task_reaches_the_sprint_that_it_leaves_and_the_one_that_it_enters(book: Workbook) -> None:
    task = book.rows("tasks")[0]
    reached = forgotten(book, lambda: book.change(task, {"day": MONDAY + timedelta(days=15)}))
    assert reached["sprints.tasks"] == {1, 3}
    assert reached["sprints.hours"] == {1, 3}
    # Itself, and those between the old day and the new one.
    assert reached["tasks.before"] == {1, 2, 3, 4, 5, 6}
    assert set(reached) == {"sprints.tasks", "sprints.hours", "tasks.before"}


def test_hours_reach_the_sum_of_their_sprint_and_what_is_made_of_them(book: Workbook) -> None:
    task = book.rows("tasks")[4]  # 12 days in, so in the second week, of Bo
    reached = forgotten(book, lambda: book.change(task, {"hours": 7.0}))
    assert reached["sprints.hours"] == {2}
    assert reached["people.longest"] == {2}
    assert reached["tasks.cost"] == {5}
    assert "sprints.tasks" not in reached
    assert "people.open" not in reached


def test_a_rate_reaches_the_tasks_of_the_person(book: Workbook) -> None:
    reached = forgotten(book, lambda: book.change(book.rows("people")[2], {"rate": 31.0}))
    assert reached["tasks.cost"] == {3, 6, 9, 12}
    assert "people.longest" not in reached


def test_a_task_that_is_given_to_another_reaches_both(book: Workbook) -> None:
    task, person = book.rows("tasks")[0], book.rows("people")[1]
    reached = forgotten(book, lambda: book.change(task, {"who": person}))
    assert reached["people.tasks"] == {1, 2}
    assert reached["people.open"] == {1, 2}
    assert reached["people.longest"] == {1, 2}


def test_what_is_entered_as_it_was_reaches_nothing(book: Workbook) -> None:
    first = book.rows("tasks")[0]
    same = {name: book.value(first, name) for name in ("day", "hours", "who", "name", "done")}
    assert forgotten(book, lambda: book.change(first, same)) == {}


def test_a_key_that_is_computed_and_stays_the_same_goes_no_further(book: Workbook) -> None:
    # Twice the hours at half the rate: the cost is recomputed, and readers that look costs up are not reached.
    ada, first = book.rows("people")[0], book.rows("tasks")[0]

    def change() -> None:
        book.change(first, {"hours": 2.0})
        book.change(ada, {"rate": 5.0})

    before = {row.id: book.value(row, "cost") for row in book.rows("tasks")}
    reached = forgotten(book, change)
    after = {row.id: book.value(row, "cost") for row in book.rows("tasks")}
    assert reached["tasks.cost"] == {1, 4, 7, 10}
    assert before[1] == after[1] == 10.0
    # Beside the tasks themselves: those that look for a cost which one of them had, or has now.
    others = {cost for id in (4, 7, 10) for cost in (before[id], after[id])}
    assert reached["tasks.twins"] == {1, 4, 7, 10} | {id for id, cost in before.items() if cost in others}
    assert reached["tasks.twins"] != set(before)


def test_a_row_is_found_by_the_text_of_several_values() -> None:
    columns = (Column("tags", "select", many=True, display=True), Column("n", "number"))
    made = Workbook(bind_doc(Doc("D", {"t": table("t", *columns)}))[0], NOW)
    first, second = made.add("t", {"tags": ["a", "b"]}), made.add("t", {"tags": ["b"]})
    assert (made.find("a, b", "t"), made.find("b", "t"), made.find("a", "t")) == (first, second, None)
    made.change(first, {"tags": ["b"]})
    assert (made.find("a, b", "t"), made.find("b", "t")) == (None, first)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("t.Filter(n = 2).Count()", [1, 2, 3, 2]),
        ("t.Filter(n < 2).Count()", [1, 0, 0, 0]),
        ("t.Filter(n = 2 AND n > 1).n.Sum()", [2, 4, 6, 4]),
        ("t.Filter(twice = 4).Count()", [1, 2, 3, 2]),
        ("t.Filter(n.IsBlank()).Count()", [0, 0, 0, 0]),
        ('t.Lookup(name, "a").n', [[1], [2], [2], [2]]),
        ("total + 1", [2, 3, 4, 3]),
    ],
)
def test_a_named_formula_follows_the_rows_that_it_looks_up(formula: str, expected: list[Any]) -> None:
    columns = (
        Column("name", "text", display=True),
        Column("n", "number"),
        computed("twice", "number", "thisRow.n * 2"),
    )
    formulas = {
        "total": NamedFormula("total", "number", Source("total", "t.Filter(n = 2).Count()")),
        "asked": NamedFormula("asked", "number", Source("asked", formula), many=isinstance(expected[0], list)),
    }
    made = Workbook(bind_doc(Doc("D", {"t": table("t", *columns)}, formulas=formulas))[0], NOW)
    first, second = made.add("t", {"name": "a", "n": 1.0}), made.add("t", {"name": "b", "n": 2.0})
    found = [made.named_value("asked")]
    made.change(first, {"n": 2.0})
    found.append(made.named_value("asked"))
    made.add("t", {"name": "c", "n": 2.0})
    found.append(made.named_value("asked"))
    made.remove(second)
    found.append(made.named_value("asked"))
    assert found == expected


def test_an_argument_that_is_left_out_reads_no_row() -> None:
    coded = computed("coded", "checkbox", 'thisRow.name.RegexMatch("[A-Z]+")')  # its third argument may be of any type
    tables = {
        "t": table("t", Column("name", "text", display=True), coded),
        "u": table("u", Column("name", "text", display=True)),
    }
    made = Workbook(bind_doc(Doc("D", tables))[0], NOW)
    first, other = made.add("t", {"name": "A"}), made.add("u", {"name": "x"})
    made.add("t", {"name": "B"})
    made.compute_all()
    trace = made.traced()
    made.change(other, {"name": "y"})
    assert trace == []
    made.change(first, {"name": "a"})
    assert [(one.node.name, one.rows) for one in trace] == [("coded", frozenset({1}))]


def test_the_text_of_a_row_that_is_shown_as_another_row_follows_that_one() -> None:
    tables = {
        "orders": table("orders", Column("customer", "relation", to="customers", display=True)),
        "customers": table("customers", Column("name", "text", display=True)),
        "lines": table(
            "lines", Column("order", "relation", to="orders"), computed("label", "text", 'thisRow.order & "!"')
        ),
    }
    made = Workbook(bind_doc(Doc("D", tables))[0], NOW)
    ada = made.add("customers", {"name": "Ada"})
    line = made.add("lines", {"order": made.add("orders", {"customer": ada})})
    assert made.value(line, "label") == "Ada!"
    made.change(ada, {"name": "Bo"})
    assert made.value(line, "label") == "Bo!"
    label = GraphNode("cells", "lines", "label")
    assert label in graph(made.program).followers([GraphNode("cells", "customers", "name")])


def test_a_view_shows_what_a_fresh_workbook_shows(book: Workbook) -> None:
    shown = [book.value(row, "name") for row in book.rows("Dear")]
    assert shown == ["T11", "T2", "T7"]
    book.change(book.rows("tasks")[0], {"hours": 90.0})
    assert book.value(book.rows("Dear")[0], "name") == "T0"
    book.change(book.rows("tasks")[0], {"hours": 1.0})
    assert [book.value(row, "name") for row in book.rows("Dear")] == shown


# ---------------------------------------------------------------- looked up is what would be asked


CONDITIONS = [
    "CurrentValue.day = thisRow.day",
    "CurrentValue.day >= thisRow.day",
    "CurrentValue.day > thisRow.day",
    "CurrentValue.day <= thisRow.day",
    "CurrentValue.day < thisRow.day",
    "thisRow.day <= CurrentValue.day AND CurrentValue.day < thisRow.day + 5",
    "CurrentValue.day.IsNotBlank() AND CurrentValue.day <= thisRow.day",
    "CurrentValue.who = thisRow.who AND CurrentValue.hours > thisRow.hours",
    "CurrentValue.who = thisRow.who AND CurrentValue.day.IsNotBlank() AND CurrentValue.day <= thisRow.day",
    "CurrentValue.done = thisRow.done AND CurrentValue.day >= thisRow.day AND CurrentValue.day <= thisRow.day + 2",
    "CurrentValue.done = thisRow.done AND CurrentValue.at < thisRow.at",
    "CurrentValue.who = thisRow.who AND CurrentValue.done",
    "CurrentValue.name = thisRow.name",
    "CurrentValue.hours >= 1 AND CurrentValue.hours <= thisRow.hours AND CurrentValue.who = thisRow.who",
    "1 / CurrentValue.hours > 0 AND CurrentValue.name = thisRow.name",
    "CurrentValue.name = thisRow.name AND 1 / CurrentValue.hours > 0",
    "CurrentValue.day = ToDate(thisRow.name)",
    "CurrentValue.cost = thisRow.cost",
    "CurrentValue.cost > 1 AND CurrentValue.cost <= thisRow.cost",
    "CurrentValue.ratio = thisRow.hours",
    "CurrentValue.who = thisRow.who AND CurrentValue.ratio > 0.3",
    "CurrentValue.tags.Contains(thisRow.name)",
    "CurrentValue.at >= thisRow.at",
    "CurrentValue.at = thisRow.at AND CurrentValue.hours < 3",
    "CurrentValue.who = thisRow.who AND CurrentValue.tags.Contains(thisRow.name)",
    "CurrentValue.tags.Contains(thisRow.name) AND CurrentValue.who = thisRow.who AND CurrentValue.hours > 1",
    "CurrentValue.tags.Contains(thisRow.name) AND CurrentValue.day <= thisRow.day",
    "CurrentValue.name = thisRow.name AND CurrentValue.name = thisRow.name",
    "CurrentValue.who.name = thisRow.name",
    "CurrentValue.hours = 1 / thisRow.hours",
    "CurrentValue.done AND CurrentValue.hours >= 1 / thisRow.hours",
    "CurrentValue.next.who = thisRow.who",
    "CurrentValue.next.next.hours = thisRow.hours AND CurrentValue.hours > 1",
    "CurrentValue.who = thisRow.who AND CurrentValue.next.day <= thisRow.day",
    "CurrentValue.next.cost >= thisRow.cost AND CurrentValue.next.cost < 9",
    "CurrentValue.next.ratio = thisRow.hours",
    "CurrentValue.done",
    "CurrentValue.done = false",
    "NOT CurrentValue.done",
    "NOT CurrentValue.done AND CurrentValue.hours >= 1",
    "CurrentValue.done AND NOT CurrentValue.done",
    "CurrentValue.next.done",
    "NOT CurrentValue.next.done AND CurrentValue.who = thisRow.who",
    "CurrentValue.day.IsBlank()",
    "CurrentValue.day.IsNotBlank()",
    "NOT CurrentValue.name.IsBlank()",
    "NOT CurrentValue.name.IsNotBlank() AND CurrentValue.done",
    "CurrentValue.who.IsNotBlank()",
    "CurrentValue.next.IsBlank()",
    "CurrentValue.next.name.IsBlank() AND CurrentValue.who = thisRow.who",
    "CurrentValue.tags.IsBlank()",
    "CurrentValue.tags.IsNotBlank()",
    "CurrentValue.ratio.IsBlank()",
    "CurrentValue.ratio.IsNotBlank() AND CurrentValue.who = thisRow.who",
    "CurrentValue.hours < 5 AND 1 / CurrentValue.hours > 0 AND CurrentValue.hours.IsNotBlank()",
    "CurrentValue.hours < 5 AND (1 / thisRow.hours) > 0 AND CurrentValue.hours.IsNotBlank()",
]


def doc_with(condition: str) -> Doc:
    """A table of everything that can be looked up, also of cells that are errors."""
    of_one = f"thisTable.Filter({condition.replace('thisRow', 'one')}).Count()"
    columns = (
        Column("name", "text", display=True),
        Column("day", "date"),
        Column("at", "datetime"),
        Column("hours", "number"),
        Column("done", "checkbox"),
        Column("tags", "select", many=True, options=("a", "b")),
        Column("who", "relation", to="people"),
        Column("next", "relation", to="t"),
        computed("cost", "number", "thisRow.hours * 2"),
        computed("ratio", "number", "1 / thisRow.hours"),
        computed("found", "relation", f"thisTable.Filter({condition})", "t", many=True),
        computed("counted", "number", f"thisTable.CountIf({condition})"),
        computed("again", "relation", f"thisTable.Filter({condition}).Filter(CurrentValue.hours > 1)", "t", many=True),
        computed("first", "relation", f"thisTable.Filter({condition}).First()", "t"),
        computed("last", "relation", f"thisTable.Filter({condition} AND CurrentValue.hours > 1).Last()", "t"),
        computed("added", "number", f"thisTable.Filter({condition} AND CurrentValue.done).hours.Sum()"),
        computed("inside", "number", f"thisTable.CountIf(CurrentValue.WithName(one, {of_one} > 1))"),
    )
    people = Table("people", {"name": Column("name", "text", display=True)})
    return Doc("D", {"t": Table("t", {column.name: column for column in columns}), "people": people})


def values(chance: random.Random, people: list[Row], rows: list[Row]) -> dict[str, Any]:
    blank = chance.random() < 0.15
    return {
        "name": chance.choice(["a", "b", "c", "", None]),
        "day": None if blank else MONDAY + timedelta(days=chance.randrange(6)),
        "at": None if blank else NOW + timedelta(hours=chance.randrange(5)),
        "hours": chance.choice([None, 0.0, 1.0, 2.0, 3.0]),
        "done": None if blank else chance.random() < 0.5,
        "tags": [tag for tag in ("a", "b") if chance.random() < 0.5],
        "who": chance.choice([None, *people]),
        "next": chance.choice([None, *rows]),
    }


def told(value: object) -> object:
    return ("error", value.rule, value.message) if isinstance(value, Error) else value


@pytest.mark.slow
@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("seed", range(2))
def test_rows_are_found_as_if_each_were_asked(condition: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    if seed:  # as where there are many rows
        monkeypatch.setattr("codaform.evaluation.ranges._PART", 2)
        monkeypatch.setattr("codaform.evaluation.indexes.FEW_ROWS", 1)
    program = bind_doc(doc_with(condition))[0]
    book = Workbook(program, NOW)
    people = [book.add("people", {"name": name}) for name in ("Ada", "Bo")]
    for _ in range(chance.randrange(3, 14)):
        book.add("t", values(chance, people, book.rows("t")))
    columns = ("found", "counted", "again", "first", "last", "added", "inside")
    asked = {
        column: generate(program.formulas[FormulaSite("formula", "t", column)].body).of(book) for column in columns
    }
    for step in range(12):
        if chance.random() < 0.5:
            book.compute_all()
        for row in book.rows("t"):
            for column in columns:
                assert told(book.value(row, column)) == told(book.run(asked[column], row)), (
                    condition,
                    column,
                    row,
                    step,
                )
        for _ in range(chance.choice([1, 1, 3])):
            change_rows(book, chance, people)


def change_rows(book: Workbook, chance: random.Random, people: list[Row]) -> None:
    """Change a row, add one, or remove one, which may come back elsewhere."""
    rows = book.rows("t")
    some = values(chance, people, rows)
    match chance.choice(["change", "change", "change", "add", "remove", "move"]):
        case "add":
            book.add("t", some)
        case "remove" if len(rows) > 2:
            book.remove(chance.choice(rows))
        case "move" if len(rows) > 2:
            row = chance.choice(rows)
            entered = {name: book.value(row, name) for name in some}
            book.remove(row)
            book.add("t", entered if entered["next"] != row else some, id=row.id)
        case _:
            book.change(chance.choice(rows), {name: some[name] for name in chance.sample([*some], 3)})


def reading(condition: str) -> tuple[Workbook, Row]:
    """A row that looks for rows of a table that is still empty."""
    counted = computed("counted", "number", f"b.Filter({condition}).Count()")
    tables = {
        "a": table("a", Column("n", "number"), counted),
        "b": table("b", Column("x", "number"), Column("done", "checkbox")),
    }
    made = Workbook(bind_doc(Doc("D", tables))[0], NOW)
    return made, made.add("a", {"n": 0.0})


def test_a_sought_value_that_is_an_error_is_found_out_with_the_first_row() -> None:
    made, row = reading("CurrentValue.x = 1 / thisRow.n")
    assert made.value(row, "counted") == 0.0
    made.add("b", {"x": 1.0})
    assert told(made.value(row, "counted")) == ("error", "division-by-zero", "division by zero")


def test_a_sought_value_that_is_an_error_is_found_out_with_the_first_row_that_is_asked() -> None:
    made, row = reading("CurrentValue.done AND CurrentValue.x = 1 / thisRow.n")
    other = made.add("b", {"x": 1.0})
    assert made.value(row, "counted") == 0.0
    made.change(other, {"done": True})
    assert told(made.value(row, "counted")) == ("error", "division-by-zero", "division by zero")


def test_rows_that_come_at_once_are_found_by_who_asked_before() -> None:
    made, row = reading("CurrentValue.x = thisRow.n")
    assert made.value(row, "counted") == 0.0
    made.enter_column("b", "x", [(new, 0.0) for new in made.add_rows("b", 3)])
    assert made.value(row, "counted") == 3.0


def test_an_error_before_the_key_stays_an_error() -> None:
    book = Workbook(bind_doc(Doc("D"))[0], NOW)

    def answer(formula: str) -> object:
        return told(book.evaluate(bind_site(book.doc, FormulaSite("named", "", "x"), Source("x", formula), None)[0]))

    assert answer("List(0, 1).Filter(1 / CurrentValue > 0 AND CurrentValue = 1)") == (
        "error",
        "division-by-zero",
        "division by zero",
    )
    assert answer("List(0, 1).Filter(CurrentValue = 1 AND 1 / CurrentValue > 0)") == [1.0]


# ---------------------------------------------------------------- the plan, told


def plan_of(book: Workbook, formula: str, table: str) -> tuple[Found, ...]:
    source = Source("x", formula)
    bound, _ = bind_site(book.doc, FormulaSite("test", table, "x"), source, None)
    return plan_formula(book, source, bound, table).found


def test_the_plan_says_what_is_looked_up_and_what_that_leaves(book: Workbook) -> None:
    (found,) = plan_of(
        book, "/* table */ tasks.Filter(CurrentValue.who = thisRow AND CurrentValue.hours > 2)", "people"
    )
    assert found.looked_up == ("who = thisRow", "hours > 2")
    assert (found.rows, found.left) == (12, 2.0)


def test_the_plan_says_why_rows_are_asked_one_by_one(book: Workbook) -> None:
    (found,) = plan_of(
        book, "/* table */ tasks.Filter(1 / CurrentValue.hours > 0 AND CurrentValue.who = thisRow)", "people"
    )
    assert found.looked_up == ()
    assert found.why.startswith("a part before it may fail")


def test_the_plan_names_what_reads_a_whole_table(book: Workbook) -> None:
    (found,) = plan_of(book, "/* table */ tasks.hours.Sum()", "people")
    assert (found.why, found.rows) == ("the formula reads a cell of every row", 12)


def test_the_plan_says_whom_an_edit_reaches(book: Workbook) -> None:
    source = PLAN.tables["tasks"].columns["cost"].formula
    assert source is not None
    bound = book.program.formulas[FormulaSite("formula", "tasks", "cost")]
    reached = {one.read: one.rows for one in plan_formula(book, source, bound, "tasks").reached}
    assert reached == {
        "tasks.hours": "its own row",
        "tasks.who": "its own row",
        "people.rate": "the rows that hold it in who",
    }


def test_nothing_is_looked_at_before_something_was_computed() -> None:
    made = Workbook(bind_doc(PLAN)[0], NOW)
    trace = made.traced()
    made.add("people", {"name": "Ada"})
    assert trace == []
    assert GraphNode("cells", "tasks", "cost") in bind_nodes(made)


def bind_nodes(book: Workbook) -> set[GraphNode]:
    return {GraphNode("cells", site.table, site.name) for site in book.program.formulas if site.role == "formula"}


@pytest.mark.parametrize("seed", range(60))
def test_circles_are_the_things_that_reach_themselves(seed: int) -> None:
    chance = random.Random(seed)
    things = [GraphNode("cells", "tasks", str(number)) for number in range(chance.randint(1, 9))]
    given = GraphNode("cells", "tasks", "entered")
    graph = Graph()
    for thing in things:
        read = frozenset(chance.sample([*things, given], chance.randint(0, 2 if len(things) > 1 else 1)))
        graph[thing] = Dependencies(read, frozenset(), False)

    def reached(thing: GraphNode) -> set[GraphNode]:
        found = list(graph[thing].things)
        for step in found:
            found.extend(one for one in graph.get(step, NOTHING).things if one not in found)
        return set(found)

    expected = {frozenset(b for b in things if b in reached(a) and a in reached(b)) for a in things if a in reached(a)}
    assert {frozenset(group) for group in graph.circles} == expected
