"""How much a doc's formulas compute, predicted from numbers of rows and from how each formula finds its rows.

A comparison is a row or an item that is asked or read. Coda does not say how it finds rows, so each formula has two
numbers: with columns looked up wherever a look-up gives the same rows, and with each row asked, as the text says.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log2
from typing import NamedTuple

from codaform.model import types
from codaform.model.schema import Doc, views
from codaform.model.types import ListOf, RowOf, item_of
from codaform.semantics import ir
from codaform.semantics.conditions import select_rows
from codaform.semantics.dependencies import named_values
from codaform.semantics.lower import lower
from codaform.semantics.program import FormulaSite, Program, formulas
from codaform.source import Source, Span

_COMPUTED = ("formula", "filter", "named")
"""The roles of formulas that Coda computes without anybody pressing or adding anything."""

_KEPT = 0.5
"""The share of items that a condition keeps where nothing is known of it."""

_KEY = 0.5
"""From this share of different values on, a column is taken for a key: more rows have more values."""


_FEW = 3
"""A part that goes through no more rows or items at a time is as cheap as it can be."""

_MOST_STEPS = 500
"""So far back the origin of a list is followed; named formulas may need each other in a circle."""


class ColumnFacts(NamedTuple):
    """The values of a column. different: How many there are. items: How many one cell has on average."""

    different: int
    items: float


class TableFacts:
    """The numbers of rows of a doc's tables, and what is known of the values in their columns.

    values: The values of a column row by row, a list for several; None where they are not known.
    grow: How many times as many rows to reckon with.
    """

    def __init__(
        self,
        rows: Mapping[str, int],
        values: Callable[[str, str], Iterable[Hashable | list[Hashable]] | None],
        grow: float = 1.0,
    ) -> None:
        self._rows = rows
        self._values = values
        self._known: dict[tuple[str, str], ColumnFacts | None] = {}
        self.grow = grow

    def rows(self, table: str) -> float:
        """How many rows a table has."""
        return self._rows.get(table, 0) * self.grow

    def column(self, table: str, column: str) -> ColumnFacts | None:
        """The known facts about a column's values."""
        at = table, column
        if at not in self._known:
            self._known[at] = self._read(table, column)
        return self._known[at]

    def grown(self, grow: float) -> TableFacts:
        """The same facts with more rows."""
        found = TableFacts(self._rows, self._values, grow)
        found._known = self._known
        return found

    def _read(self, table: str, column: str) -> ColumnFacts | None:
        values = self._values(table, column)
        if values is None:
            return None
        seen: set[Hashable] = set()
        cells = items = 0
        for value in values:
            cells += 1
            inside = value if isinstance(value, list) else [value]
            items += len(inside)
            seen.update(inside)
        return ColumnFacts(len(seen), items / cells if cells else 0.0)


@dataclass(frozen=True, slots=True)
class CostlyPart:
    """A part of a formula that goes through rows or items.

    table: Whose rows; empty for items of a list. looked_up: The columns that a look-up can use; empty for none.
    why: Why none can. size: How many rows or items one evaluation goes through. comparisons: Of all evaluations.
    mirror: The column of the formula's own row that holds the same rows; empty for none.
    """

    span: Span
    table: str
    looked_up: tuple[str, ...]
    why: str
    size: float
    comparisons: float
    mirror: str = ""


@dataclass(frozen=True, slots=True)
class FormulaCost:
    """The predicted work of computing a formula everywhere once.

    times: At how many places. comparisons: With look-ups. scanned: With each row asked. parts: The costliest first.
    help: What would lower the cost of the costliest part; empty where nothing is known to.
    """

    place: FormulaSite
    source: Source
    times: float
    comparisons: float
    scanned: float
    parts: tuple[CostlyPart, ...]
    help: str


def formula_costs(program: Program, facts: TableFacts) -> list[FormulaCost]:
    """The predicted cost of each computed formula, the costliest first."""
    texts = {place: source for place, source, _ in formulas(program.doc) if place.role in _COMPUTED}
    reckoning = _Reckoning(program, facts)
    found = [reckoning.cost(place, source) for place, source in texts.items()]
    return sorted(found, key=lambda cost: (-cost.comparisons, -cost.scanned, cost.place))


@dataclass
class _Reckoning:
    program: Program
    facts: TableFacts
    _lowered: dict[FormulaSite, ir.Node] = field(default_factory=dict)

    @property
    def doc(self) -> Doc:
        """The doc."""
        return self.program.doc

    def lowered(self, place: FormulaSite) -> ir.Node:
        """A formula with its look-ups."""
        if place not in self._lowered:
            body = lower(self.program.formulas[place].body)
            self._lowered[place] = select_rows(body, self.doc, lambda _table, _column: False)
        return self._lowered[place]

    @cached_property
    def view_tables(self) -> dict[str, str]:
        """The table of each view."""
        return {view.name: view.table for view in views(self.doc)}

    def rows(self, name: str) -> float:
        """The rows of a table, or as many as a view may show."""
        return self.facts.rows(self.view_tables.get(name, name))

    def cost(self, place: FormulaSite, source: Source) -> FormulaCost:
        """The cost of one formula."""
        times = self.facts.rows(place.table) if place.table else 1.0
        parts: list[CostlyPart] = []
        scanned = 0.0
        held: dict[int, ir.Node] = {}
        waiting = [(self.lowered(place), times)]
        while waiting:
            node, often = waiting.pop()
            inside = often
            size = 0.0
            match node:
                case ir.Apply(function, args):
                    held.update(named_values(function, args))
                    if any(isinstance(arg, ir.Lambda) and arg.slot is not None for arg in args) and args:
                        size = 1.0 if function.name == "WithName" else self.size(args[0], held)
                        inside = often * size
                    elif args and isinstance(args[0], ir.ListOr) and _is_stored(args[0]):
                        size = self.size(args[0], held)
                    if size > 1 and function.name != "WithName":
                        parts.append(CostlyPart(node.span, _table(args[0]), (), "", size, often * size))
                        scanned += often * size
                    for arg in args:
                        lazy = isinstance(arg, ir.Lambda) and arg.slot is not None
                        waiting.append((arg, inside if lazy else often))
                    continue
                case ir.Select():
                    waiting.extend(self.select(node, often, parts))
                    scanned += often * self.facts.rows(node.table)
                    continue
                case ir.Map(items, _, body):
                    size = self.size(items, held)
                    if size > 1:
                        parts.append(CostlyPart(node.span, _table(items), (), "", size, often * size))
                    scanned += often * size
                    waiting.extend(((items, often), (body, often * size)))
                    continue
            waiting.extend((child, often) for child in ir.children(node))
        parts.sort(key=lambda part: (-part.comparisons, part.span.start))
        total = times + sum(part.comparisons for part in parts)
        return FormulaCost(
            place, source, times, total, times + scanned, tuple(parts), _help(parts, place.role == "named")
        )

    def select(self, node: ir.Select, often: float, parts: list[CostlyPart]) -> Iterable[tuple[ir.Node, float]]:
        """Note the cost of a selection, and give its parts with how often each is computed."""
        every = self.facts.rows(node.table)
        left = self.left(node)
        looked_up = [".".join(key) for key, _ in node.equal] + ([".".join(node.ranged)] if node.ranged else [])
        asked = left if looked_up else every
        size = asked + (log2(every) if node.ranged and every > 1 else 1.0 if looked_up else 0.0)
        mirror = self.mirror(node)
        parts.append(CostlyPart(node.span, node.table, tuple(looked_up), node.why, size, often * size, mirror))
        yield from ((value, often) for _, value in node.equal)
        yield from ((limit.value, often) for limit in node.bounds)
        if node.rest is not None:
            yield node.rest, often * asked

    def mirror(self, node: ir.Select) -> str:
        """The column of a row that holds the rows whose relation is this very row."""
        for key, value in node.equal:
            if len(key) == 1 and isinstance(value, ir.Local) and isinstance(value.type, RowOf):
                owner = self.doc.tables.get(value.type.table)
                for column in owner.columns.values() if owner is not None else ():
                    if (column.to, column.reverse) == (node.table, key[0]):
                        return column.name
        return ""

    def left(self, node: ir.Select) -> float:
        """How many rows a look-up leaves on average, before what is asked row by row."""
        rows = self.facts.rows(node.table)
        for key, value in node.equal:
            known = self.facts.column(node.table, key[0]) if len(key) == 1 else None
            if known is None:
                rows = min(rows, rows**0.5)
                continue
            grows = isinstance(item_of(value.type), RowOf) or known.different > _KEY * (rows / self.facts.grow)
            different = max(known.different * (self.facts.grow if grows else 1.0), 1.0)
            rows *= max(known.items, 1.0) / different
        if node.ranged:
            rows *= _KEPT ** min(len(node.bounds), 2)
        return rows

    def size(self, node: ir.Node, held: Mapping[int, ir.Node]) -> float:
        """How many items a list has on average; 1 for what is no list."""
        factor = 1.0
        for _ in range(_MOST_STEPS):
            match node:
                case ir.Rows(name):
                    return factor * self.rows(name)
                case ir.Select():
                    kept = _KEPT if node.rest is not None else 1.0
                    all_rows = self.left(node) if node.equal or node.ranged else self.facts.rows(node.table)
                    return factor * all_rows * kept
                case ir.Field(_, table, column):
                    return factor * self.items(table, column)
                case ir.Map(items, _, body):
                    if isinstance(body, ir.Field):
                        factor *= self.items(body.table, body.column)
                    node = items
                case ir.ListOr(value) | ir.Flat(value) | ir.Items(value) | ir.Default(value) | ir.Convert(value):
                    node = value
                case ir.ConvertItems(value) | ir.WhenPresent(_, value):
                    node = value
                case ir.Apply(function, args) if args and isinstance(node.type, ListOf):
                    filters = any(isinstance(arg, ir.Lambda) and arg.type == types.BOOLEAN for arg in args)
                    factor *= _KEPT if filters else 1.0
                    node = args[0] if function.name != "WithName" else args[-1]
                case ir.Lambda(_, body):
                    node = body
                case ir.Local(slot) if slot in held:
                    node = held[slot]
                case ir.Named(name) if name in self.doc.formulas:
                    node = self.lowered(FormulaSite("named", "", name))
                case ir.Group(parts):
                    return factor * max(len(parts), 1)
                case ir.Constant(list() as values):
                    return factor * len(values)
                case _:
                    return factor
        return factor

    def items(self, table: str, column: str) -> float:
        """How many items a cell of a column has on average."""
        known = self.doc.tables[table].columns[column]
        if not (known.many or known.reverse):
            return 1.0
        if known.reverse and known.to in self.doc.tables:
            rows = self.facts.rows(table)
            there = self.facts.column(known.to, known.reverse)
            return self.facts.rows(known.to) * (there.items if there is not None else 1.0) / rows if rows else 0.0
        facts = self.facts.column(table, column)
        return facts.items if facts is not None else 1.0


def _table(node: ir.Node) -> str:
    """The table whose rows a node gives; empty for another list."""
    node = _origin(node)
    return node.table if isinstance(node, ir.Rows | ir.Select) else ""


def _is_stored(node: ir.Node) -> bool:
    """Whether a list is there already; the part that makes it counts its items."""
    return isinstance(_origin(node), ir.Rows | ir.Field | ir.Named | ir.Local)


def _origin(node: ir.Node) -> ir.Node:
    while isinstance(node, ir.ListOr | ir.Flat | ir.Items | ir.Convert | ir.Default):
        node = node.value
    return node


def _help(parts: Sequence[CostlyPart], is_named: bool) -> str:
    part = next((part for part in parts if part.size > _FEW), None)
    if part is None:
        return ""
    if part.mirror:
        return f"{part.mirror} of the row holds the same rows of {part.table}, without a search"
    if part.looked_up:
        how = f"finds rows of {part.table} by {' and '.join(part.looked_up)}, about {part.size:,.0f} each time"
        return f"{how}; a relation that holds them needs no search"
    if part.why:
        return f"asks every row of {part.table}: {part.why}"
    if part.table:
        return f"goes through every row of {part.table}" + ("" if is_named else "; compute it once, in a named formula")
    return "goes through a list; if several formulas do, a column for its result is computed once"
