"""Which rows of a formula's table a changed row reaches: what each read of a formula says of the rows that it reads.

A relation is a path from the row that owns the formula to the row that is read. Walked backwards it answers which
owners read a row; that needs the index of each column on it, and no look at the other rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from codaform.library.function import ColumnValue, ControlValue
from codaform.model import types
from codaform.model.schema import Doc, value_type
from codaform.model.types import ListOf, OneOf, RowOf, Scalar, Type
from codaform.semantics import ir
from codaform.semantics.conditions import along
from codaform.semantics.dependencies import GraphNode, node_named

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
    """What a planned formula reads."""
    reading = _Reading(doc)
    reading.visit(body)
    return frozenset(reading.found)


@dataclass
class _Reading:
    doc: Doc
    slots: dict[int, Origins] = field(default_factory=lambda: {0: frozenset({()})})
    found: set[Edge] = field(default_factory=set)

    def visit(self, node: ir.Node) -> None:  # noqa: C901 - a case for each kind of node
        """Note what a part and its parts read."""
        match node:
            case ir.Rows(name):
                self.rows(name)
            case ir.Field(row, table, column):
                self.cell(table, column, self.origins(row))
            case ir.Map(items, slot):
                self.slots[slot] = self.origins(items)
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
            case ir.Select():
                self.select(node)
            case ir.Apply(function, args):
                self.lend(args)
                if function.wants_context:
                    for part in args:
                        self.shown(part)
            case ir.Convert(value, wanted) | ir.ConvertItems(value, wanted):
                self.displayed(value.type, self.origins(value))
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
        for child in ir.children(node):
            self.visit(child)

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

    def lend(self, args: tuple[ir.Node, ...]) -> None:
        """The items that are lent to formulas among the arguments come from the other arguments."""
        asked = [part for part in _opened(args) if isinstance(part, ir.Lambda) and part.slot is not None]
        if asked:
            lent = _union([self.origins(part) for part in _opened(args) if not isinstance(part, ir.Lambda)])
            for part in asked:
                self.slots[part.slot or 0] = lent

    def shown(self, node: ir.Node) -> None:
        """An argument of a function that may read how rows are displayed."""
        for part in _opened((node,)):
            inner = part.body if isinstance(part, ir.Lambda) else part
            if isinstance(inner, ir.Constant):
                continue  # no row, though an argument that is left out may be of any type
            self.displayed(inner.type, self.origins(inner) if not isinstance(part, ir.Lambda) else None)

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

    def origins(self, node: ir.Node) -> Origins:
        """The paths to the rows that a value may hold."""
        if not _holds_rows(node.type) and not isinstance(node, ir.Lambda | ir.Group):
            return _NONE
        match node:
            case ir.Constant() | ir.Fails() | ir.Compare():
                return _NONE
            case ir.Local(slot):
                return self.slots.get(slot)
            case ir.Field(row, table, column):
                return _further(self.origins(row), Through(table, column))
            case ir.Map(items, slot, body):
                self.slots[slot] = self.origins(items)
                return self.origins(body)
            case ir.Select() if node.equal or node.ranged:
                return frozenset({(Picked(node.number),)})
            case ir.Apply(function, args) if not function.action:
                self.lend(args)
                return _union([self.origins(part) for part in args])
            case ir.WhenPresent(_, apply):
                return self.origins(apply)
            case ir.Group(parts):
                return _union([self.origins(part) for part in parts])
            case ir.Lambda(_, body):
                return self.origins(body)
            case ir.Default(value) | ir.ListOr(value) | ir.Flat(value) | ir.Items(value):
                return self.origins(value)
            case ir.Convert(value) | ir.ConvertItems(value) if _only_rows(value.type):
                return self.origins(value)
        return None


def _further(origins: Origins, step: Through) -> Origins:
    if origins is None or any(len(path) >= _LONGEST for path in origins):
        return None
    return frozenset((*path, step) for path in origins)


def _union(all_origins: list[Origins]) -> Origins:
    found: set[Path] = set()
    for origins in all_origins:
        if origins is None:
            return None
        found |= origins
    return frozenset(found)


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
