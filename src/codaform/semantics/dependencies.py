"""The dependencies of formulas, and the order of computing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from codaform.library.function import ColumnValue, ControlValue, Function
from codaform.model import types
from codaform.model.schema import Doc, value_type, views
from codaform.model.types import ListOf, OneOf, RowOf, Type
from codaform.semantics import ir
from codaform.semantics.program import FormulaSite, Program
from codaform.source import frozen

Kind = Literal["cells", "rows", "view", "filter", "named", "control"]


class GraphNode(NamedTuple):
    """A node of the graph: the cells of a column, the set of a table's rows, a view, a named formula, a control."""

    kind: Kind
    table: str
    name: str = ""


@frozen
class Dependencies:
    """The nodes that a formula reads. It is `volatile` if the clock or chance matters.

    certain: The cells that each row needs: cells of the formula's own row, whole columns, views, named
        formulas and the other sides of relations. Cells of other rows may or may not be needed.
    named: The tables of the columns that the formula itself names.
    """

    things: frozenset[GraphNode]
    certain: frozenset[GraphNode]
    volatile: bool
    named: frozenset[str] = frozenset()


def node_named(doc: Doc, name: str) -> GraphNode:
    """The control, named formula or view of a name."""
    if name in doc.controls:
        return GraphNode("control", "", name)
    return GraphNode("named", "", name) if name in doc.formulas else GraphNode("view", _view_table(doc, name), name)


@dataclass
class _Collector:
    doc: Doc
    things: set[GraphNode] = field(default_factory=set)
    certain: set[GraphNode] = field(default_factory=set)
    whole: set[int] = field(default_factory=set)
    displayed: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    held: dict[int, ir.Node] = field(default_factory=dict)
    volatile: bool = False

    def visit(self, body: ir.Node) -> None:
        """Note what a formula reads."""
        for part in ir.parts(body):
            if isinstance(part, ir.Local | ir.Fails):
                continue
            if not isinstance(part, ir.Constant) or isinstance(part.value, ColumnValue | ControlValue):
                self.note(part)

    def note(self, node: ir.Node) -> None:  # noqa: C901 - a case for each kind of node
        """Note what a part of a formula reads."""
        match node:
            case ir.Rows(name):
                if name in self.doc.tables:
                    self.things.add(GraphNode("rows", name))
                else:
                    self.surely(GraphNode("view", _view_table(self.doc, name), name))
            case ir.Field(row, table, column):
                self.named.add(table)
                thing = GraphNode("cells", table, column)
                mirrors = bool(self.doc.tables[table].columns[column].reverse)
                if mirrors or (isinstance(row, ir.Local) and row.slot in self.whole):
                    self.surely(thing)
                self.things.add(thing)
            case ir.Map(ir.Rows(name), slot) if name in self.doc.tables:
                self.whole.add(slot)
            case ir.Named(name):
                self.surely(GraphNode("control" if name in self.doc.controls else "named", "", name))
            case ir.Constant(ColumnValue(table, column)):
                self.things.add(GraphNode("cells", table, column))
            case ir.Constant(ControlValue(name)):
                self.things.add(GraphNode("control", "", name))
            case ir.RowNamed(_, table):
                for name in (table,) if table else self.doc.tables:
                    self.display(RowOf(name))
                    self.things.add(GraphNode("rows", name))
            case ir.Call(function, args):
                self.volatile |= function.volatile
                if function.wants_context:
                    for argument in args:
                        if argument is not None:
                            self.shown(argument)
                self.held.update(named_values(function, args))
            case ir.Convert(value, wanted):
                self.shown(value)
                if isinstance(wanted, RowOf) and not isinstance(value.type, RowOf):
                    # A text names the row that it displays.
                    self.display(wanted)
                    self.things.add(GraphNode("rows", wanted.table))
            case ir.Property(value, name) if value.type != types.PERSON:
                folded = name.casefold()
                for owner in self.doc.tables.values():
                    meant = (column for column in owner.columns if column.casefold() == folded)
                    self.things.update(GraphNode("cells", owner.name, column) for column in meant)

    def surely(self, thing: GraphNode) -> None:
        self.things.add(thing)
        self.certain.add(thing)

    def shown(self, value: ir.Node) -> None:
        """A value may be read as its text."""
        while isinstance(value, ir.Convert) and types.innermost(value.type) == types.ANY:
            value = value.value  # as an item among any others it stays what it is
        if not is_calculated(value, self.held):
            self.display(value.type)

    def display(self, kind: Type) -> None:
        """A row may be read as its display text, and that as the text of a row that it is displayed as."""
        match kind:
            case ListOf(item):
                self.display(item)
            case OneOf(options):
                for option in options:
                    self.display(option)
            case RowOf(name) if name:
                table = self.doc.tables.get(name)
                if table is not None and table.display is not None and name not in self.displayed:
                    self.displayed.add(name)
                    self.things.add(GraphNode("cells", name, table.display.name))
                    self.display(value_type(table.display))
            case RowOf() | types.ANY:
                for name in self.doc.tables:
                    self.display(RowOf(name))


def _view_table(doc: Doc, name: str) -> str:
    return next((view.table for view in views(doc) if view.name == name), "")


def named_values(function: Function, args: Sequence[ir.Node | None]) -> Iterator[tuple[int, ir.Node]]:
    """The slot and the value of the name that a call of WithName gives."""
    value, body = (args[0], args[-1]) if args else (None, None)
    if function.name == "WithName" and value is not None and isinstance(body, ir.Lambda) and body.slot is not None:
        yield body.slot, value


def is_calculated(node: ir.Node, held: Mapping[int, ir.Node]) -> bool:
    """Whether a sign such as + gives a value. Its type may be known only when it runs, but it is never a row.

    held: The values that have a name, by their slots.
    """
    while True:
        match node:
            case ir.Call(function) | ir.Apply(function) if function.operator:
                return True
            case ir.Call(function, args) | ir.Apply(function, args) if function.name == "WithName" and args[-1]:
                node = args[-1]
            case ir.Lambda(_, body):
                node = body
            case ir.WhenPresent(_, body):
                node = body
            case ir.Local(slot) if slot in held:
                node = held[slot]
            case _:
                return False


def dependencies_of(doc: Doc, body: ir.Node) -> Dependencies:
    """The nodes that a bound formula reads."""
    collector = _Collector(doc, whole={0})
    collector.visit(body)
    certain, named = frozenset(collector.certain), frozenset(collector.named)
    return Dependencies(frozenset(collector.things), certain, collector.volatile, named)


class Graph(dict[GraphNode, Dependencies]):
    """For everything that is computed, what it is computed from; and the other way round."""

    @cached_property
    def _readers(self) -> dict[GraphNode, list[GraphNode]]:
        found: defaultdict[GraphNode, list[GraphNode]] = defaultdict(list)
        for thing, read in self.items():
            for step in read.things:
                found[step].append(thing)
        for readers in found.values():
            readers.sort(key=lambda step: (step.kind, step.table, step.name))
        return dict(found)

    def readers(self, thing: GraphNode) -> list[GraphNode]:
        """The things computed from a thing directly, in order of kinds and names."""
        return self._readers.get(thing, [])

    def followers(self, things: Iterable[GraphNode]) -> list[GraphNode]:
        """Things and everything that is computed from them, the nearest first."""
        found = list(dict.fromkeys(things))
        seen = set(found)
        for known in found:
            for reader in self.readers(known):
                if reader not in seen:
                    seen.add(reader)
                    found.append(reader)
        return found

    @cached_property
    def circles(self) -> list[tuple[GraphNode, ...]]:
        """Groups of things that need each other, or a thing that needs itself."""
        if self._ends():
            return []
        return [group for group in order(self) if len(group) > 1 or group[0] in self[group[0]].things]

    def _ends(self) -> bool:
        """Whether everything is computed when each thing is computed behind what it reads: there is no circle."""
        waiting = {thing: len([step for step in read.things if step in self]) for thing, read in self.items()}
        ready = [thing for thing, many in waiting.items() if not many]
        for thing in ready:
            for reader in self._readers.get(thing, ()):
                waiting[reader] -= 1
                if not waiting[reader]:
                    ready.append(reader)
        return len(ready) == len(self)

    @property
    def volatile(self) -> list[GraphNode]:
        """What the clock or chance changes."""
        return [thing for thing, read in self.items() if read.volatile]


def graph(program: Program, known: Mapping[FormulaSite, Dependencies] | None = None) -> Graph:
    """What everything that is computed in a doc is computed from.

    known: The dependencies of formulas, where all are known already; no formula is understood then.
    """
    doc = program.doc
    found = Graph()

    def read_at(place: FormulaSite) -> Dependencies:
        return known[place] if known is not None else dependencies_of(doc, program.formulas[place].body)

    for place in program.formulas:
        match place.role:
            case "formula":
                found[GraphNode("cells", place.table, place.name)] = read_at(place)
            case "named":
                found[GraphNode("named", "", place.name)] = read_at(place)
    for table in doc.tables.values():
        for column in table.columns.values():
            if column.reverse and column.to in doc.tables:
                mirrored = GraphNode("cells", column.to, column.reverse)
                things = frozenset({mirrored, GraphNode("rows", column.to)})
                found[GraphNode("cells", table.name, column.name)] = Dependencies(things, frozenset({mirrored}), False)
    for control in doc.controls.values():
        if control.kind == "relation" and control.to in doc.tables and control.value is not None:
            # What it is set to at first is the row that displays a text.
            collector = _Collector(doc, {GraphNode("rows", control.to)})
            collector.display(RowOf(control.to))
            found[GraphNode("control", "", control.name)] = Dependencies(
                frozenset(collector.things), frozenset(), False
            )
    for view in views(doc):
        sorted_by = {GraphNode("cells", view.table, view.sort)} if view.sort else set()
        needs = Dependencies(frozenset({GraphNode("rows", view.table)} | sorted_by), frozenset(sorted_by), False)
        if view.filter is not None:
            read = read_at(FormulaSite("filter", view.table, view.name))
            needs = Dependencies(needs.things | read.things, needs.certain | read.certain, read.volatile)
        found[GraphNode("view", view.table, view.name)] = needs
    return found


def order(graph: Mapping[GraphNode, Dependencies]) -> list[tuple[GraphNode, ...]]:
    """Computed things so that each comes behind what it reads; those that need each other stand together (Tarjan)."""
    index: dict[GraphNode, int] = {}
    low: dict[GraphNode, int] = {}
    stack: list[GraphNode] = []
    on_stack: set[GraphNode] = set()
    groups: list[tuple[GraphNode, ...]] = []
    for root in graph:
        if root in index:
            continue
        waiting = [(root, iter(computed_dependencies(graph, root)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while waiting:
            thing, rest = waiting[-1]
            step = next(rest, None)
            if step is not None:
                if step not in index:
                    index[step] = low[step] = len(index)
                    stack.append(step)
                    on_stack.add(step)
                    waiting.append((step, iter(computed_dependencies(graph, step))))
                elif step in on_stack:
                    low[thing] = min(low[thing], index[step])
                continue
            waiting.pop()
            if waiting:
                low[waiting[-1][0]] = min(low[waiting[-1][0]], low[thing])
            if low[thing] == index[thing]:
                at = stack.index(thing)
                group = tuple(stack[at:])
                del stack[at:]
                on_stack.difference_update(group)
                groups.append(group)
    return groups


def computed_dependencies(graph: Mapping[GraphNode, Dependencies], thing: GraphNode) -> list[GraphNode]:
    """The computed nodes that a computed node reads, in order of their names."""
    return sorted((step for step in graph[thing].things if step in graph), key=lambda step: (step.table, step.name))


__all__ = [
    "Dependencies",
    "Graph",
    "GraphNode",
    "computed_dependencies",
    "dependencies_of",
    "graph",
    "node_named",
    "order",
]
