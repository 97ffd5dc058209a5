"""The dependencies of formulas, and the order of computing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from codaform.library.function import Column, Control
from codaform.model import types
from codaform.model.schema import Doc, views
from codaform.model.types import ListOf, OneOf, RowOf, Type
from codaform.semantics import ir
from codaform.semantics.program import Place, Program

Kind = Literal["cells", "rows", "view", "named", "control"]


@dataclass(frozen=True, slots=True)
class Thing:
    """A node of the graph: the cells of a column, the set of a table's rows, a view, a named formula, a control."""

    kind: Kind
    table: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reads:
    """The nodes that a formula reads. It is `volatile` if the clock or chance matters.

    certain: The cells that each row needs: cells of the formula's own row, whole columns, views, named
        formulas and the other sides of relations. Cells of other rows may or may not be needed.
    """

    things: frozenset[Thing]
    certain: frozenset[Thing]
    volatile: bool


def thing_named(doc: Doc, name: str) -> Thing:
    """The control, named formula or view of a name."""
    if name in doc.controls:
        return Thing("control", "", name)
    return Thing("named", "", name) if name in doc.formulas else Thing("view", _view_table(doc, name), name)


@dataclass
class _Collector:
    doc: Doc
    things: set[Thing] = field(default_factory=set)
    certain: set[Thing] = field(default_factory=set)
    whole: set[int] = field(default_factory=set)
    volatile: bool = False

    def visit(self, node: ir.Node) -> None:  # noqa: C901 - a case for each kind of node
        match node:
            case ir.Rows(name):
                if name in self.doc.tables:
                    self.things.add(Thing("rows", name))
                else:
                    self.surely(Thing("view", _view_table(self.doc, name), name))
            case ir.Field(row, table, column):
                thing = Thing("cells", table, column)
                mirrors = bool(self.doc.tables[table].columns[column].reverse)
                if mirrors or (isinstance(row, ir.Local) and row.slot in self.whole):
                    self.surely(thing)
                self.things.add(thing)
            case ir.Map(ir.Rows(name), slot) if name in self.doc.tables:
                self.whole.add(slot)
            case ir.Named(name):
                self.surely(Thing("control" if name in self.doc.controls else "named", "", name))
            case ir.Constant(Column(table, column)):
                self.things.add(Thing("cells", table, column))
            case ir.Constant(Control(name)):
                self.things.add(Thing("control", "", name))
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

    def surely(self, thing: Thing) -> None:
        self.things.add(thing)
        self.certain.add(thing)

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
    """The nodes that a bound formula reads."""
    collector = _Collector(doc, whole={0})
    collector.visit(body)
    return Reads(frozenset(collector.things), frozenset(collector.certain), collector.volatile)


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
                mirrored = Thing("cells", column.to, column.reverse)
                things = frozenset({mirrored, Thing("rows", column.to)})
                found[Thing("cells", table.name, column.name)] = Reads(things, frozenset({mirrored}), False)
    for control in doc.controls.values():
        if control.kind == "relation" and control.to in doc.tables and control.value is not None:
            # What it is set to at first is the row that displays a text.
            collector = _Collector(doc, {Thing("rows", control.to)})
            collector.display(RowOf(control.to))
            found[Thing("control", "", control.name)] = Reads(frozenset(collector.things), frozenset(), False)
    for view in views(doc):
        sorted_by = {Thing("cells", view.table, view.sort)} if view.sort else set()
        needs = Reads(frozenset({Thing("rows", view.table)} | sorted_by), frozenset(sorted_by), False)
        filter_ = program.formulas.get(Place("filter", view.table, view.name))
        if filter_ is not None:
            read = reads(doc, filter_.body)
            needs = Reads(needs.things | read.things, needs.certain | read.certain, read.volatile)
        found[Thing("view", view.table, view.name)] = needs
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
        waiting = [(root, iter(known(graph, root)))]
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
                    waiting.append((step, iter(known(graph, step))))
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


def known(graph: Mapping[Thing, Reads], thing: Thing) -> list[Thing]:
    """The computed nodes that a computed node reads, in order of their names."""
    return sorted((step for step in graph[thing].things if step in graph), key=lambda step: (step.table, step.name))


__all__ = ["Reads", "Thing", "graph", "known", "order", "reads", "thing_named"]
