"""A doc with cells of every type, and random calls of functions on them, to compare engines by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from codaform.evaluation.workbook import Workbook
from codaform.library.function import Function, Parameter
from codaform.model import types
from codaform.model.schema import Column, Doc, Table
from codaform.model.types import Deferred, ListOf, OneOf, RowOf, Type, Variable, item_of
from codaform.model.values import Person
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite, bind_site, program_of
from codaform.source import Source

ZONE = "Europe/Berlin"
_ZONE = ZoneInfo(ZONE)

NUMBERS = (
    None, 0.0, 1.0, -1.0, 2.0, 3.0, 0.5, -2.5, 2.5, 0.1, 7.0, 10.0, -7.0, 12.0, 29.0, 100.0, 2025.0, 1e6, 1e15, 1e21,
    123456.789, 2.675, 1.005, 1 / 3, -0.0001, 1e-7, 1e308, 0.1 + 0.2,
)  # fmt: skip
QUARTERS = (None, 0.0, 1.0, -1.0, 2.5, 0.25, 7.0, -7.75, 12.0, 100.0, 2025.0, 1e6)
"""Numbers whose sums are the same in any order, and far from all limits."""
CENTS = (None, 0.1, 0.2, 1 / 3, 2.675, -0.7, 1e5, 3.3)
"""Numbers whose sums are not, far from all limits."""
_TEXTS = (
    None, "", "a", "Plan", "true", "False", " x ", "007", "12", "-3.5", "é", "ÄÖß", "2025-12-08", "hello world", "a,b",
    "x" * 30, "İ", "\ttab", "50%", "1,234.5", "2 hrs", "o'clock", 'say "yes"',
)  # fmt: skip
_DATES = [None, *(date(*day) for day in (
    (2025, 12, 8), (2024, 2, 29), (2025, 3, 30), (2025, 10, 26), (1, 1, 1), (9999, 12, 31), (1969, 12, 31),
    (2000, 1, 1), (2026, 12, 31), (2027, 1, 1), (1899, 12, 30), (2026, 1, 31),
))]  # fmt: skip
_MOMENTS: list[datetime | None] = [None, *(datetime(*moment).replace(tzinfo=_ZONE) for moment in (
    (2025, 12, 8, 22, 30), (2025, 3, 30, 1, 59, 59), (2025, 3, 30, 3, 0), (2025, 10, 26, 2, 30), (2024, 2, 29, 0, 0),
    (1960, 1, 1, 12), (2050, 7, 1, 5), (2025, 7, 1, 0, 0, 0, 123456), (2000, 1, 1),
))]  # fmt: skip
_DURATIONS = (
    None, timedelta(0), timedelta(1), timedelta(hours=-3), timedelta(minutes=90), timedelta(400, 5), timedelta(0, 0, 1),
    timedelta(7), timedelta(0, 86399, 999999), timedelta(300_000),
)  # fmt: skip
_TIMES = (None, time(0), time(9, 30), time(23, 59, 59, 999999))
_KINDS: dict[str, tuple[str, Any]] = {
    "n": ("number", NUMBERS),
    "t": ("text", _TEXTS),
    "b": ("checkbox", (None, True, False)),
    "d": ("date", _DATES),
    "m": ("datetime", _MOMENTS),
    "u": ("duration", _DURATIONS),
    "i": ("time", _TIMES),
}
_PEOPLE = (None, Person("Ada"), Person("Bob", "bob@example.com"))

FormulaColumn = tuple[str, str]
"""The table of a formula, `t` or `o`, and its text."""


def _entered(tables: dict[str, dict[str, Column]]) -> None:
    mine, others = tables["t"], tables["o"]
    for letter, (kind, _) in _KINDS.items():
        for number in "123":
            mine[letter + number] = Column(letter + number, kind, display=letter + number == "t1")
    mine["r1"], mine["r2"] = Column("r1", "relation", to="o"), Column("r2", "relation", to="o")
    mine["rr"] = Column("rr", "relation", to="o", many=True)
    mine["tt"] = Column("tt", "select", many=True, options=("a", "b"))
    mine["p1"] = Column("p1", "person")
    kinds = {"h": "number", "day": "date", "at": "datetime", "ok": "checkbox", "len": "duration"}
    others["name"] = Column("name", "text", display=True)
    others.update({name: Column(name, kind) for name, kind in kinds.items()})
    others["t"] = Column("t", "relation", to="t")
    others["back"] = Column("back", "relation", to="t", reverse="r1", many=True)
    others["many"] = Column("many", "relation", to="t", reverse="rr", many=True)
    others["tags"] = Column("tags", "select", many=True)


def typed_columns(formulas: list[FormulaColumn]) -> dict[str, Column]:
    """A column for each formula that has no error, by its name: `f` and its number."""
    tables: dict[str, dict[str, Column]] = {"t": {}, "o": {}}
    _entered(tables)
    plain = Doc("D", {name: Table(name, columns) for name, columns in tables.items()}, time_zone=ZONE)
    found: dict[str, Column] = {}
    for number, (table, text) in enumerate(formulas):
        bound, said = bind_site(plain, FormulaSite("test", table, ""), Source("f", text), None)
        if any(diagnostic.rule.severity == "error" for diagnostic in said):
            continue
        kind, to = _column_kind(item_of(bound.type))
        many = isinstance(bound.type, ListOf)
        found[f"f{number}"] = Column(f"f{number}", kind, formula=Source(f"f{number}", text), many=many, to=to)
    return found


def _column_kind(kind: Type) -> tuple[str, str]:
    if isinstance(kind, RowOf):
        return "relation", kind.table
    known = {
        types.NUMBER: "number", types.TEXT: "text", types.BOOLEAN: "checkbox", types.DATE: "date",
        types.DATETIME: "datetime", types.TIME: "time", types.DURATION: "duration", types.PERSON: "person",
    }  # fmt: skip
    return next((name for known_kind, name in known.items() if known_kind == kind), "other"), ""


def book_with(
    formulas: list[FormulaColumn], random: Random, rows: int, numbers: tuple[float | None, ...] = NUMBERS
) -> tuple[Workbook, list[GraphNode]]:
    """A workbook with rows of random cells, and the columns of formulas that have no error."""
    tables: dict[str, dict[str, Column]] = {"t": {}, "o": {}}
    _entered(tables)
    computed = typed_columns(formulas)
    nodes = [GraphNode("cells", formulas[int(name[1:])][0], name) for name in computed]
    for node in nodes:
        tables[node.table][node.name] = computed[node.name]
    doc = Doc("D", {name: Table(name, columns) for name, columns in tables.items()}, time_zone=ZONE)
    book = Workbook(program_of(doc), datetime(2025, 12, 10, 9, tzinfo=_ZONE))
    others, mine = book.add_rows("o", max(rows // 8, 1)), book.add_rows("t", rows)
    for letter, (_, values) in (_KINDS | {"n": ("number", numbers)}).items():
        for number in "123":
            book.enter_column("t", letter + number, [(row, random.choice(values)) for row in mine])
    for name in ("r1", "r2"):
        book.enter_column("t", name, [(row, random.choice([None, *others])) for row in mine])
    most = min(4, len(others))
    book.enter_column("t", "rr", [(row, random.sample(others, random.randint(0, most))) for row in mine])
    tags = ("a", "b", "12", "", None, "c")
    book.enter_column("t", "tt", [(row, random.choices(tags, k=random.randint(0, 4))) for row in mine])
    book.enter_column("t", "p1", [(row, random.choice(_PEOPLE)) for row in mine])
    cells: dict[str, Any] = {
        "name": ("x", "y", "Plan", None, "12"), "h": numbers[:20], "day": _DATES, "at": _MOMENTS,
        "ok": (None, True, False), "len": _DURATIONS, "t": (None, *mine),
    }  # fmt: skip
    for name, values in cells.items():
        book.enter_column("o", name, [(row, random.choice(values)) for row in others])
    book.enter_column("o", "tags", [(row, random.choices("abc", k=random.randint(0, 3))) for row in others])
    return book, nodes


# ------------------------------------------------------------ calls

_OF_TYPE: dict[Type, tuple[str, ...]] = {
    types.NUMBER: ("n1", "n2", "n3", "2", "0.5"),
    types.TEXT: ("t1", "t2", "t3", '"a"'),
    types.BOOLEAN: ("b1", "b2"),
    types.DATE: ("d1", "d2", "d3"),
    types.DATETIME: ("m1", "m2"),
    types.TIME: ("i1", "i2"),
    types.DURATION: ("u1", "u2"),
    types.PERSON: ("p1",),
}
_ANY = ("n1", "t1", "b1", "d1", "m1", "u1", "r1", "tt", "rr", "p1")
_LISTS: dict[Type, tuple[str, ...]] = {
    types.NUMBER: ("List(n1, n2, n3)", "rr.h", "r1.back.n1"),
    types.TEXT: ("tt", "rr.name", "List(t1, t2)"),
    types.BOOLEAN: ("List(b1, b2)", "rr.ok"),
    types.DURATION: ("List(u1, u2, u3)", "rr.len"),
    types.DATE: ("rr.day", "List(d1, d2)"),
}
_ANY_LIST = (
    "rr", "tt", "rr.h", "rr.day", "rr.at", "List(n1, n2, n1)", "rr.name", "List(u1, u2)", "r1.back", "r1.back.n1", "o",
    "o.h",
)  # fmt: skip
_NESTED = ("rr.back", "rr.tags", "List(List(n1), List(n2, n3))")


def calls(random: Random, functions: list[Function]) -> Iterator[FormulaColumn]:
    """A random call of each function."""
    for function in functions:
        given = list(_arguments(random, function))
        if function.operator:
            text = f"{function.operator}{given[0]}" if len(given) == 1 else f" {function.operator} ".join(given[:2])
        else:
            text = f"{function.name}({', '.join(given)})"
        yield "t", text


def _arguments(random: Random, function: Function) -> Iterator[str]:
    for parameter in function.params:
        if parameter.optional and random.random() < 0.4:
            return
        if parameter.type in (types.NAME, types.COLUMN):
            yield "x" if parameter.type == types.NAME else "h"
            continue
        for _ in range(random.randint(1, 2) if parameter.repeats else 1):
            for kind in parameter.types:
                yield _argument(random, parameter, kind)


def _argument(random: Random, parameter: Parameter, kind: Type) -> str:
    if isinstance(kind, Deferred):
        if not kind.each:
            return _value(random, kind.result)
        if kind.result == types.BOOLEAN:
            return random.choice(("CurrentValue.IsNotBlank()", "CurrentValue = CurrentValue", "b1"))
        return random.choice(("CurrentValue", "n1"))
    if parameter.name in ("ascending", "ignoreCase"):
        return random.choice(("true", "false"))
    return _value(random, kind)


def _value(random: Random, kind: Type) -> str:
    if isinstance(kind, ListOf):
        return random.choice(_NESTED if isinstance(kind.item, ListOf) else _LISTS.get(kind.item, _ANY_LIST))
    if isinstance(kind, OneOf):
        return _value(random, kind.options[0])
    if isinstance(kind, RowOf):
        return "r1"
    if isinstance(kind, Variable) or kind not in _OF_TYPE:
        return random.choice(_ANY)
    return random.choice(_OF_TYPE[kind])
