"""Random formulas with a meaning, and random rows for them: what every engine has to give the same values for.

The doc has a column of each kind that matters to an engine. A formula is put together by the type of its value, so that
most formulas compute, and some give error values.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Person
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_site, program_of
from codaform.source import Source

ZONES = ("UTC", "Europe/Berlin", "America/St_Johns")
NOW = datetime(2025, 12, 10, 8, 0, tzinfo=ZoneInfo("UTC"))

NUMBERS = (0.0, 1.0, 2.5, -3.0, 0.1, 0.2, 7.0, 1e9, 1e308, -0.0, 1 / 3)
TEXTS = ("", "a", "b", "A", "ab", "12", "2025-03-30", "Größe", "x" * 70, "true", " a ")
DAYS = (date(2025, 3, 30), date(2024, 2, 29), date(2025, 12, 10), date(2025, 12, 8), date(9999, 12, 30), date(1, 1, 2))
WALLS = (datetime(2025, 3, 30, 1, 30), datetime(2025, 10, 26, 2, 30), datetime(2025, 12, 10, 8, 0, 0, 5))
SPANS = (
    timedelta(days=999_999_999),
    timedelta(days=-30_000_000),
    timedelta(),
    timedelta(days=1),
    timedelta(hours=36),
    timedelta(seconds=-1),
    timedelta(microseconds=1),
)
OPTIONS = ("Open", "Done", "a, b")
PEOPLE = (Person("Ada", "ada@example.com"), Person("Bo"))

_GROUPS = (
    Column("Key", "text", display=True),
    Column("Goal", "number"),
    Column("From", "date"),
    Column("Until", "date"),
    Column("Start", "datetime"),
    Column("Flag", "checkbox"),
    Column("Parent", "relation", to="Groups"),
    Column("Items", "relation", to="Items", reverse="Group", many=True),
    Column("Marked", "relation", to="Items", reverse="Groups", many=True),
)
_ITEMS = (
    Column("Name", "text", display=True),
    Column("Size", "number"),
    Column("Price", "number"),
    Column("Day", "date"),
    Column("Begin", "datetime"),
    Column("End", "datetime"),
    Column("Span", "duration"),
    Column("Clock", "time"),
    Column("Done", "checkbox"),
    Column("State", "select", options=OPTIONS),
    Column("Tags", "select", options=OPTIONS, many=True),
    Column("Owner", "person"),
    Column("Group", "relation", to="Groups"),
    Column("Groups", "relation", to="Groups", many=True),
)


def doc(random: Random) -> Doc:
    """The doc, with computed columns in Items: `Made` is a number, `Due` a date that may read it."""
    formulas = {
        "Made": ("number", Writer(random, made=False).write("number", random.randint(0, 3))),
        "Due": ("date", Writer(random, made=False).write("date", random.randint(0, 2)) + " + thisRow.Made"),
    }
    computed = [Column(name, kind, formula=Source(name, text)) for name, (kind, text) in formulas.items()]
    tables = {
        name: Table(name, {column.name: column for column in columns})
        for name, columns in (("Groups", _GROUPS), ("Items", (*_ITEMS, *computed)))
    }
    return Doc("Typed", tables, time_zone=random.choice(ZONES))


def filled(of: Doc, random: Random, groups: int, items: int) -> Workbook:
    """A workbook with random rows, a third of the cells blank, and some rows gone again."""
    book = Workbook(program_of(of), NOW)
    for table, count in (("Groups", groups), ("Items", items)):
        entered = [column for column in of.tables[table].columns.values() if not column.computed]
        for _ in range(count):
            book.add(table, {column.name: _cell(column, book, random) for column in entered}, defaults=False)
    if random.random() < 0.3:
        for table in ("Groups", "Items"):
            if book.rows(table):
                book.remove(random.choice(book.rows(table)))
    return book


def _cell(column: Column, book: Workbook, random: Random) -> object:
    """A random value for a cell."""
    pick, wall = random.choice, pick_wall(random)
    soon = date(2025, 12, 1) + timedelta(random.randint(0, 20))
    rows = book.rows(column.to) if column.to else []
    values: dict[str, object] = {
        "text": pick(TEXTS),
        "number": pick(NUMBERS) if random.random() < 0.5 else random.randint(-5, 5) / 4,
        "date": pick(DAYS) if random.random() < 0.3 else soon,
        "datetime": wall.replace(tzinfo=book.zone),
        "duration": pick(SPANS),
        "time": time(random.randint(0, 23), 30),
        "checkbox": random.random() < 0.5,
        "select": pick(OPTIONS),
        "person": pick(PEOPLE),
        "relation": pick(rows) if rows else None,
    }
    if column.many:
        options = rows if column.to else OPTIONS
        return [pick(options) for _ in range(random.randint(0, 3))] if options and random.random() < 0.7 else []
    return values[column.kind] if random.random() < 0.7 else None


def pick_wall(random: Random) -> datetime:
    """A date and time as a clock shows it, also one that clocks show twice or never."""
    return random.choice(WALLS)


Chosen = TypeVar("Chosen")


class Writer:
    """Writes formulas for a row of Items by the type of their value. made: Whether they read computed columns."""

    def __init__(self, random: Random, made: bool = True) -> None:
        self.random = random
        self.made = made

    def pick(self, *choices: Chosen) -> Chosen:
        """One of some texts, or of anything else."""
        return self.random.choice(choices)

    def write(self, kind: str, depth: int, item: str = "") -> str:
        """A formula. kind: number, text, date, moment, span, truth, items, groups, item or group.

        item: The table of which CurrentValue is a row.
        """
        ways: dict[str, Callable[[int, str], str]] = {
            "number": self.number,
            "text": self.text,
            "date": self.date,
            "moment": self.moment,
            "span": self.span,
            "truth": self.truth,
            "items": self.items,
            "numbers": self.numbers,
        }
        return ways[kind](depth - 1, item)

    def cell(self, kind: str, item: str) -> str:
        """A cell of the formula's row or of CurrentValue."""
        row = "CurrentValue" if item and self.random.random() < 0.6 else "thisRow"
        table = item if row == "CurrentValue" else "Items"
        of_items = {
            "number": ("Size", "Price", *(("Made",) if self.made else ())),
            "text": ("Name", "State"),
            "date": ("Day", *(("Due",) if self.made else ())),
            "moment": ("Begin", "End"),
            "span": ("Span",),
            "truth": ("Done",),
        }
        of_groups = {
            "number": ("Goal",),
            "text": ("Key",),
            "date": ("From", "Until"),
            "moment": ("Start",),
            "truth": ("Flag",),
        }
        if table == "Items" and (kind not in of_groups or self.random.random() < 0.75):
            return f"{row}.{self.pick(*of_items[kind])}"
        if kind not in of_groups:
            return f"thisRow.{self.pick(*of_items[kind])}"
        group = f"{row}.Group" if table == "Items" else f"{row}.Parent" if self.random.random() < 0.3 else row
        return f"{group}.{self.pick(*of_groups[kind])}"

    def number(self, depth: int, item: str) -> str:
        """A number."""
        if depth < 0:
            return self.pick(self.cell("number", item), self.pick("0", "1", "2.5", "-3", '""'))

        def inner(kind: str) -> str:
            return self.write(kind, depth, item)

        match self.random.randrange(12):
            case 0 | 1:
                return f"({inner('number')} {self.pick('+', '-', '*', '/')} {inner('number')})"
            case 2:
                return f"If({inner('truth')}, {inner('number')}, {self.pick(inner('number'), chr(34) * 2)})"
            case 3:
                return f"{inner('items')}.Count()"
            case 4 | 5:
                return f"{inner('numbers')}.{self.pick('Sum', 'Average', 'Max', 'Min', 'First', 'Last', 'Count')}()"
            case 6:
                return f"IfBlank({inner('number')}, {inner('number')})"
            case 7:
                part = self.pick("Year", "Month", "Day", "IsoWeekday", "IsoWeekNumber", "Weekday")
                return f"{inner('date')}.{part}()"
            case 8:
                return f"{inner('span')}.{self.pick('ToHours', 'ToDays', 'ToMinutes')}()"
            case 9:
                return f"{inner('items')}.{self.pick('First', 'Last')}().{self.pick('Size', 'Group.Goal')}"
        return self.pick(self.choice, self.called)(depth, item)

    def choice(self, depth: int, item: str) -> str:
        """A number that conditions or cases choose."""
        first, second, other = (self.write("number", depth, item) for _ in range(3))
        one, two = (self.write("truth", depth, item) for _ in range(2))
        kind = self.pick("number", "text", "date", "moment", "span", "truth")
        value, case, further = (self.write(kind, depth, item) for _ in range(3))
        return self.pick(
            f"SwitchIf({one}, {first}, {two}, {second})",
            f"Switch({value}, {case}, {first}, {further}, {second})",
            f"Switch({value}, {case}, {first}, {further}, {second}, {other})",
            f"{self.write('items', depth, item)}.CountIf({self.write('truth', depth, 'Items')})",
        )

    def called(self, depth: int, item: str) -> str:
        """A number that a function of the library gives."""
        number, cell = self.write("number", depth, item), self.cell("number", item)
        return self.pick(
            f"Abs({number})",
            f"-{cell}",
            f"Round({number}, 1)",
            f"Length({self.write('text', depth, item)})",
            f"WithName({number}, x, x * x + {cell})",
            f"Exp({cell} / 1000)",
        )

    def numbers(self, depth: int, item: str) -> str:
        """Several numbers."""
        return self.pick(
            f"{self.write('items', depth, item)}.{self.pick('Size', 'Price', 'Group.Goal')}",
            f"{self.write('items', depth, item)}.FormulaMap({self.write('number', depth, 'Items')})",
            f"List({self.write('number', depth, item)}, {self.write('number', depth, item)})",
            "Items.Size",
        )

    def items(self, depth: int, item: str) -> str:
        """Several rows of Items."""
        if depth < 0 or item:
            others = "thisRow.Groups.Items.ListCombine()"
            return self.pick("Items", "thisRow.Group.Items", others, "thisRow.Group.Marked")
        if self.random.random() < 0.2:
            by = self.write(self.pick("number", "text", "date", "moment", "span"), depth - 1, "Items")
            inner = self.items(depth - 1, item)
            return f"{inner}.Sort({self.pick('true', 'false')}, {by})"
        source = self.pick("Items", "Items", "Items", "thisRow.Group.Items", "Items.Filter(Done)")
        return f"{source}.Filter({self.condition(depth)})"

    def condition(self, depth: int) -> str:
        """A condition of rows of Items, most often one that can be looked up."""
        own = "CurrentValue"
        ways = [
            f"{own}.Group = thisRow.Group",
            f"{own}.Group.Parent = thisRow.Group",
            f"{own}.Name = {self.write('text', depth - 1)}",
            f"{own}.Size {self.pick('=', '<', '<=', '>', '>=')} {self.write('number', depth - 1)}",
            f"{own}.Day {self.pick('<', '<=', '>', '>=', '=')} {self.write('date', depth - 1)}",
            f"{own}.Day >= thisRow.Group.From AND {own}.Day <= thisRow.Group.Until",
            f"{own}.Begin {self.pick('<', '<=', '>', '>=', '=')} {self.write('moment', depth - 1)}",
            f"{own}.Span < thisRow.Span",
            f"{own}.State {self.pick('=', '<=', '>')} thisRow.State",
            f"{own}.Done = thisRow.Done",
            f"{own}.Tags.Contains({self.write('text', -1)})",
            f"{own}.Groups.Contains(thisRow.Group)",
            f"{own}.{self.pick('Name', 'Size', 'Day', 'Begin', 'Span', 'Done', 'State', 'Tags', 'Group', 'Groups')}"
            f".{self.pick('IsBlank', 'IsNotBlank')}()",
            f"{self.pick('', 'NOT ')}{own}.{self.pick('Done', 'Day.IsBlank()', 'Group.Name.IsNotBlank()')}",
            f"{own}.Owner = thisRow.Owner",
            self.write("truth", depth - 1, "Items"),
            *([f"{own}.Made = thisRow.Made", f"{own}.Due <= thisRow.Day"] if self.made else []),
        ]
        parts = [self.random.choice(ways) for _ in range(self.random.randint(1, 3))]
        return f" {self.pick('AND', 'AND', 'AND', 'OR')} ".join(f"({part})" for part in parts)

    def text(self, depth: int, item: str) -> str:
        """A text."""
        if depth < 0:
            return self.pick(self.cell("text", item), '"a"', '""')
        return self.pick(
            self.cell("text", item),
            f"Concatenate({self.write('text', depth, item)}, {self.write('number', depth, item)})",
            f"Upper({self.write('text', depth, item)})",
            f"Left({self.write('text', depth, item)}, 1)",
            f'If({self.write("truth", depth, item)}, {self.write("text", depth, item)}, "")',
            f"({self.write('text', depth, item)} & {self.write('text', depth, item)})",
            f'{self.write("items", depth, item)}.Name.Join(",")',
            f'Switch({self.cell("text", item)}, "Open", "o", "a", {self.cell("text", item)})',
        )

    def date(self, depth: int, item: str) -> str:
        """A date."""
        if depth < 0:
            return self.pick(self.cell("date", item), "Today()", "Date(2025, 12, 8)")
        return self.pick(
            self.cell("date", item),
            f"({self.write('date', depth, item)} {self.pick('+', '-')} {self.pick('7', 'Days(3)', 'Days(400000)')})",
            f'If({self.write("truth", depth, item)}, {self.write("date", depth, item)}, "")',
            f"{self.write('items', depth, item)}.Day.{self.pick('Max', 'Min', 'First')}()",
        )

    def moment(self, depth: int, item: str) -> str:
        """A date and time."""
        if depth < 0:
            return self.pick(self.cell("moment", item), "Now()")
        return self.pick(
            self.cell("moment", item),
            f"({self.write('moment', depth, item)} {self.pick('+', '-')} {self.write('span', depth, item)})",
            f"{self.write('date', depth, item)}.ToDateTime()",
            f'If({self.write("truth", depth, item)}, {self.write("moment", depth, item)}, "")',
        )

    def span(self, depth: int, item: str) -> str:
        """A duration."""
        if depth < 0:
            return self.pick(self.cell("span", item), "Hours(5)")
        return self.pick(
            f"({self.write('moment', depth, item)} - {self.write('moment', depth, item)})",
            f"({self.write('date', depth, item)} - {self.write('date', depth, item)})",
            f"({self.write('span', depth, item)} {self.pick('+', '-')} {self.write('span', depth, item)})",
            f"{self.pick('Days', 'Hours', 'Minutes')}({self.write('number', depth, item)})",
            f"{self.write('items', depth, item)}.Span.{self.pick('Sum', 'Average', 'Max')}()",
        )

    def truth(self, depth: int, item: str) -> str:
        """True or false."""
        if depth < 0:
            return self.pick(self.cell("truth", item), "true", "false")
        kind = self.pick("number", "text", "date", "moment", "span")
        sign = self.pick("=", "!=", "<", "<=", ">", ">=")
        return self.pick(
            f"({self.write(kind, depth, item)} {sign} {self.write(kind, depth, item)})",
            f"({self.write('truth', depth, item)} {self.pick('AND', 'OR')} {self.write('truth', depth, item)})",
            f"Not({self.write('truth', depth, item)})",
            f"{self.write(kind, depth, item)}.{self.pick('IsBlank', 'IsNotBlank')}()",
            f"({self.cell('moment', item)} >= {self.write('date', depth, item)})",
            self.cell("truth", item),
        )


KINDS = ("number", "text", "date", "moment", "span", "truth", "items", "numbers")


def bound(of: Doc, text: str) -> Bound:
    """A formula for rows of Items."""
    return bind_site(of, FormulaSite("test", "Items", ""), Source("typed", text), None)[0]
