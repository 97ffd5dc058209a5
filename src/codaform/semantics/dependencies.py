"""What a formula reads, and which formulas need each other in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.library.function import Column
from codaform.model import types
from codaform.model.schema import Doc, views
from codaform.model.types import ListOf, OneOf, RowOf, Type
from codaform.semantics import ir
from codaform.semantics.program import Place, Program
from codaform.source import Source, Span

Kind = Literal["cells", "rows", "view", "named"]


@dataclass(frozen=True, slots=True)
class Thing:
    """What can be read: the cells of a column, the set of a table's rows, a view, a named formula."""

    kind: Kind
    table: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reads:
    """What a formula reads; `own` in the formula's own row. It is `volatile` when the clock or chance matters."""

    things: frozenset[Thing]
    own: frozenset[Thing]
    volatile: bool


@dataclass
class _Collector:
    doc: Doc
    things: set[Thing] = field(default_factory=set)
    own: set[Thing] = field(default_factory=set)
    volatile: bool = False

    def visit(self, node: ir.Node) -> None:
        match node:
            case ir.Rows(name):
                is_table = name in self.doc.tables
                self.things.add(Thing("rows", name) if is_table else Thing("view", _view_table(self.doc, name), name))
            case ir.Field(row, table, column):
                self.things.add(Thing("cells", table, column))
                if isinstance(row, ir.Local) and row.slot == 0:
                    self.own.add(Thing("cells", table, column))
            case ir.Named(name):
                self.things.add(Thing("named", "", name))
                self.own.add(Thing("named", "", name))
            case ir.Constant(Column(table, column)):
                self.things.add(Thing("cells", table, column))
            case ir.RowNamed(_, table):
                for name in (table,) if table else self.doc.tables:
                    self.display(RowOf(name))
                    self.things.add(Thing("rows", name))
            case ir.Call(function, args):
                self.volatile |= function.volatile
                if function.wants_context:
                    for argument in args:
                        if argument is not None:
                            self.display(argument.type)
            case ir.Convert(value, wanted):
                self.display(value.type)
                if isinstance(wanted, RowOf) and not isinstance(value.type, RowOf):
                    # A text names the row that it displays.
                    self.display(wanted)
                    self.things.add(Thing("rows", wanted.table))
            case ir.Property(value, name) if value.type != types.PERSON:
                folded = name.casefold()
                for owner in self.doc.tables.values():
                    meant = (column for column in owner.columns if column.casefold() == folded)
                    self.things.update(Thing("cells", owner.name, column) for column in meant)
        for child in ir.children(node):
            self.visit(child)

    def display(self, kind: Type) -> None:
        """A row may be read as its display text."""
        match kind:
            case ListOf(item):
                self.display(item)
            case OneOf(options):
                for option in options:
                    self.display(option)
            case RowOf(name) if name:
                table = self.doc.tables.get(name)
                if table is not None and table.display is not None:
                    self.things.add(Thing("cells", name, table.display.name))
            case RowOf() | types.ANY:
                for name in self.doc.tables:
                    self.display(RowOf(name))


def _view_table(doc: Doc, name: str) -> str:
    return next((view.table for view in views(doc) if view.name == name), "")


def reads(doc: Doc, body: ir.Node) -> Reads:
    """What a formula as understood reads."""
    collector = _Collector(doc)
    collector.visit(body)
    return Reads(frozenset(collector.things), frozenset(collector.own), collector.volatile)


def graph(program: Program) -> dict[Thing, Reads]:
    """For everything that is computed, what it is computed from."""
    doc = program.doc
    found: dict[Thing, Reads] = {}
    for place, bound in program.formulas.items():
        match place.role:
            case "formula":
                found[Thing("cells", place.table, place.name)] = reads(doc, bound.body)
            case "named":
                found[Thing("named", "", place.name)] = reads(doc, bound.body)
    for table in doc.tables.values():
        for column in table.columns.values():
            if column.reverse and column.to in doc.tables:
                mirrored = frozenset({Thing("cells", column.to, column.reverse), Thing("rows", column.to)})
                found[Thing("cells", table.name, column.name)] = Reads(mirrored, frozenset(), False)
    for view in views(doc):
        things = {Thing("rows", view.table)}
        if view.sort:
            things.add(Thing("cells", view.table, view.sort))
        volatile = False
        filter_ = program.formulas.get(Place("filter", view.table, view.name))
        if filter_ is not None:
            read = reads(doc, filter_.body)
            things |= read.things
            volatile = read.volatile
        found[Thing("view", view.table, view.name)] = Reads(frozenset(things), frozenset(), volatile)
    return found


def order(graph: Mapping[Thing, Reads]) -> list[tuple[Thing, ...]]:
    """Computed things so that each comes behind what it reads; those that need each other stand together (Tarjan)."""
    index: dict[Thing, int] = {}
    low: dict[Thing, int] = {}
    stack: list[Thing] = []
    on_stack: set[Thing] = set()
    groups: list[tuple[Thing, ...]] = []
    for root in graph:
        if root in index:
            continue
        waiting = [(root, iter(_known(graph, root)))]
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
                    waiting.append((step, iter(_known(graph, step))))
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


def _known(graph: Mapping[Thing, Reads], thing: Thing) -> list[Thing]:
    return sorted((step for step in graph[thing].things if step in graph), key=lambda step: (step.table, step.name))


def circles(program: Program, graph: Mapping[Thing, Reads]) -> list[Diagnostic]:
    """Circles that every row runs into: formulas that read each other's cells in their own row.

    A circle by way of other rows (`thisTable.Lookup(…)`) may well end; it is judged cell by cell when it is computed.
    """
    certain = {thing: Reads(read.own, read.own, False) for thing, read in graph.items()}
    found = []
    for group in order(certain):
        if len(group) < 2:
            continue
        path = _round_trip(certain, group)
        first = path[0]
        place = Place("formula" if first.kind == "cells" else "named", first.table, first.name)
        bound = program.formulas[place]
        source = _source(program.doc, place)
        shown = " → ".join(_told(thing) for thing in (*path, first))
        span = _first_read(bound.body, path[1 % len(path)]) or Span(0, len(source.text))
        message = f"{_told(first)} needs its own value: {shown}"
        found.append(Diagnostic(rules.CIRCULAR, message, source, span))
    return found


def _round_trip(graph: Mapping[Thing, Reads], group: Iterable[Thing]) -> list[Thing]:
    """A shortest circle inside of a group, from its first thing by name."""
    members = set(group)
    start = min(members, key=lambda thing: (thing.table, thing.name))
    came_from: dict[Thing, Thing] = {}
    waiting = [start]
    for thing in waiting:
        for step in _known(graph, thing):
            if step == start:
                path = [thing]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if step in members and step not in came_from:
                came_from[step] = thing
                waiting.append(step)
    return [start]


def _told(thing: Thing) -> str:
    return f"{thing.table}.{thing.name}" if thing.table else thing.name


def _source(doc: Doc, place: Place) -> Source:
    if place.role == "named":
        return doc.formulas[place.name].formula
    formula = doc.tables[place.table].columns[place.name].formula
    assert formula is not None
    return formula


def _first_read(node: ir.Node, thing: Thing) -> Span | None:
    match node:
        case ir.Field(_, table, column) if thing == Thing("cells", table, column):
            return node.span
        case ir.Named(name) if thing == Thing("named", "", name):
            return node.span
    for child in ir.children(node):
        span = _first_read(child, thing)
        if span is not None:
            return span
    return None


__all__ = ["Reads", "Thing", "circles", "graph", "order", "reads"]
