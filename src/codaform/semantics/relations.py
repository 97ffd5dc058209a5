"""Which rows of a formula's table a changed row reaches: what each read of a formula says of the rows that it reads.

A relation is a path from the row that owns the formula to the row that is read. Walked backwards it answers which
owners read a row; that needs the index of each column on it, and no look at the other rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from codaform.library.function import ColumnValue, ControlValue
from codaform.model import types
from codaform.model.schema import Doc, value_type
from codaform.model.types import ListOf, OneOf, RowOf, Scalar, Type
from codaform.semantics import ir
from codaform.semantics.conditions import along
from codaform.semantics.dependencies import GraphNode, is_calculated, named_values, node_named

_LONGEST = 5


@dataclass(frozen=True, slots=True)
class Through:
    """From a row to those that a cell of it holds."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Picked:
    """From the formula's row to those that a selection of the formula finds for it."""

    number: int


Path = tuple[Through | Picked, ...]
"""Steps from the formula's row; without steps the own row. Picked is the first step, if it is one."""


@dataclass(frozen=True, slots=True)
class Edge:
    """That a formula reads something, and of which rows.

    path: None where any row may be read. keys: The selection that looks the read cells up, if that is how they are
    read: then the key of a changed row, before and after, says whom it reaches.
    """

    read: GraphNode
    path: Path | None
    keys: int | None = None


Origins = frozenset[Path] | None
"""The paths that lead to a value's rows; None for unknown ones, nothing for a value that holds no rows."""

_NONE: Origins = frozenset()


def edges(doc: Doc, body: ir.Node) -> frozenset[Edge]:
    """The edges to everything that a planned formula reads."""
    reading = _Reading(doc)
    reading.visit(body)
    return frozenset(reading.found)


@dataclass
class _Reading:
    """The edges that were found so far.

    slots: The origins of the value in a slot. held: The values that WithName has named, by their slots. origins: The
        origins of each visited part, by its identity.
    """

    doc: Doc
    slots: dict[int, Origins] = field(default_factory=lambda: {0: frozenset({()})})
    origins: dict[int, Origins] = field(default_factory=dict)
    found: set[Edge] = field(default_factory=set)
    held: dict[int, ir.Node] = field(default_factory=dict)

    def visit(self, body: ir.Node) -> None:
        """Note what a formula and its parts read. The stack is a list: a formula may be deep."""
        open_ = [self.parts(body)]
        while open_:
            part = next(open_[-1], None)
            if part is None:
                open_.pop()
            else:
                open_.append(self.parts(part))

    def parts(self, node: ir.Node) -> Iterator[ir.Node]:
        """The parts of a node, those that are asked for items behind those that give the items; then note the node."""
        match node:
            case ir.Map(items, slot, body):
                yield items
                self.slots[slot] = self.origins[id(items)]
                yield body
            case ir.Apply(function, args):
                self.held.update(named_values(function, args))
                asked = [part for part in _opened(args) if isinstance(part, ir.Lambda) and part.slot is not None]
                given = [part for part in _opened(args) if not isinstance(part, ir.Lambda)]
                yield from given
                lent = self.union(given) if asked else _NONE
                self.slots.update((part.slot, lent) for part in asked if part.slot is not None)
                yield from (part for part in _opened(args) if isinstance(part, ir.Lambda))
            case _:
                if isinstance(node, ir.Select):
                    self.select(node)
                yield from ir.children(node)
        self.note(node)
        self.origins[id(node)] = self.origins_of(node)

    def note(self, node: ir.Node) -> None:  # noqa: C901 - a case for each kind of node
        """Note what a node reads, beside what its parts read."""
        match node:
            case ir.Rows(name):
                self.rows(name)
            case ir.Field(row, table, column):
                self.cell(table, column, self.origins[id(row)])
            case ir.Named(name):
                self.whole(node_named(self.doc, name))
            case ir.Constant(ColumnValue(table, column)):
                self.cell(table, column, None)
            case ir.Constant(ControlValue(name)):
                self.whole(GraphNode("control", "", name))
            case ir.RowNamed(_, table):
                for name in (table,) if table else self.doc.tables:
                    self.displayed(RowOf(name), None)
                    self.rows(name)
            case ir.Apply(function, args) if function.wants_context:
                for part in _opened(args):
                    self.shown(part)
            case ir.Convert(value, wanted) | ir.ConvertItems(value, wanted):
                if not is_calculated(value, self.held):
                    self.displayed(value.type, self.origins[id(value)])
                if isinstance(wanted, RowOf) and not isinstance(value.type, RowOf):
                    # A text names the row that it displays.
                    self.displayed(wanted, None)
                    self.rows(wanted.table)
            case ir.Property(value, name) if value.type != types.PERSON:
                folded = name.casefold()
                for owner in self.doc.tables.values():
                    for column in owner.columns:
                        if column.casefold() == folded:
                            self.cell(owner.name, column, None)

    def select(self, node: ir.Select) -> None:
        """A selection: its keys reach by their values, and what its rest reads by the rows that it finds."""
        if node.equal or node.ranged:
            for key in (*(name for name, _ in node.equal), node.ranged):
                for table, column in along(self.doc, node.table, key):
                    self.found.add(Edge(GraphNode("cells", table, column), (), node.number))
            self.found.add(Edge(GraphNode("rows", node.table), (), node.number))
            self.slots[node.slot] = frozenset({(Picked(node.number),)})
        else:
            self.rows(node.table)
            self.slots[node.slot] = None

    def shown(self, part: ir.Node) -> None:
        """An argument of a function that may read how rows are displayed."""
        inner = part.body if isinstance(part, ir.Lambda) else part
        if isinstance(inner, ir.Constant) or is_calculated(inner, self.held):
            return  # no row, though an argument that is left out may be of any type
        self.displayed(inner.type, self.origins[id(inner)] if inner is part else None)

    def rows(self, name: str) -> None:
        """The rows of a table or a view."""
        if not name:
            for table in self.doc.tables:
                self.rows(table)
        else:
            self.whole(GraphNode("rows", name) if name in self.doc.tables else node_named(self.doc, name))

    def whole(self, read: GraphNode) -> None:
        """A read of everything."""
        self.found.add(Edge(read, None))

    def cell(self, table: str, column: str, origins: Origins) -> None:
        """A read of cells of a column, in the rows of some paths."""
        read = GraphNode("cells", table, column)
        if origins is None:
            self.found.add(Edge(read, None))
        else:
            self.found.update(Edge(read, path) for path in origins)

    def displayed(self, kind: Type, origins: Origins, deep: int = 0) -> None:
        """A row may be read as its display text, and that as the text of a row that it is displayed as."""
        match kind:
            case ListOf(item):
                self.displayed(item, origins, deep)
            case OneOf(options):
                for option in options:
                    self.displayed(option, origins, deep)
            case RowOf(name) if name:
                table = self.doc.tables.get(name)
                display = None if table is None else table.display
                if display is not None:
                    self.cell(name, display.name, origins)
                    if deep < _LONGEST:
                        further = _further(origins, Through(name, display.name))
                        self.displayed(value_type(display), further, deep + 1)
            case RowOf() | types.ANY:
                if deep == 0:
                    for name in self.doc.tables:
                        self.displayed(RowOf(name), None, 0)

    def origins_of(self, node: ir.Node) -> Origins:
        """The paths to the rows that a value may hold, where those of its parts are known."""
        if not _holds_rows(node.type) and not isinstance(node, ir.Lambda):
            return _NONE
        match node:
            case ir.Constant() | ir.Fails() | ir.Compare():
                return _NONE
            case ir.Local(slot):
                return self.slots.get(slot)
            case ir.Field(row, table, column):
                return _further(self.origins[id(row)], Through(table, column))
            case ir.Select() if node.equal or node.ranged:
                return frozenset({(Picked(node.number),)})
            case ir.Apply(function, args) if not function.action:
                return self.union(_opened(args))
            case ir.Map(_, _, part) | ir.WhenPresent(_, part) | ir.Lambda(_, part) | ir.Default(part):
                return self.origins[id(part)]
            case ir.ListOr(part) | ir.Flat(part) | ir.Items(part):
                return self.origins[id(part)]
            case ir.Convert(part) | ir.ConvertItems(part) if _only_rows(part.type):
                return self.origins[id(part)]
        return None

    def union(self, nodes: Iterable[ir.Node]) -> Origins:
        """The paths to the rows that one of several values may hold."""
        found: set[Path] = set()
        for node in nodes:
            origins = self.origins[id(node)]
            if origins is None:
                return None
            found |= origins
        return frozenset(found)


def _further(origins: Origins, step: Through) -> Origins:
    if origins is None or any(len(path) >= _LONGEST for path in origins):
        return None
    return frozenset((*path, step) for path in origins)


def _opened(args: tuple[ir.Node, ...]) -> list[ir.Node]:
    return [inner for part in args for inner in (part.parts if isinstance(part, ir.Group) else (part,))]


def _holds_rows(kind: Type) -> bool:
    match kind:
        case Scalar():
            return kind in (types.ANY, types.OBJECT, types.FAULTY, types.ACTION)
        case ListOf(item):
            return _holds_rows(item)
        case OneOf(options):
            return any(map(_holds_rows, options))
    return True


def _only_rows(kind: Type) -> bool:
    """Whether a value is rows, so that a conversion of it finds no other row."""
    match kind:
        case ListOf(item):
            return _only_rows(item)
        case RowOf():
            return True
    return kind == types.BLANK
