"""Which rows a condition selects: the columns that can be looked up instead of asking row by row.

`AND` stops from left to right, so a part that may fail hides what follows it: a column is looked up only where no part
before it can fail. What cannot be looked up is asked for each row that the look-up leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from codaform.library import filters, lists, logic, tables
from codaform.library.function import ColumnValue
from codaform.model import types
from codaform.model.schema import Doc, value_type
from codaform.model.types import ListOf, RowOf, Type, item_of
from codaform.semantics import ir
from codaform.semantics.lower import PLAIN

Closed = Callable[[str, str], bool]
"""Whether a column must not be looked up: its cells may need the formula that asks."""

_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SURE = (logic.is_blank_, logic.is_not_blank, logic.not_, logic.and_, logic.or_)
"""Functions that give no error where none of their arguments does."""


def select_rows(node: ir.Node, doc: Doc, closed: Closed) -> ir.Node:
    """A lowered formula in which filters and look-ups of a table are selections."""
    planning = _Planning(doc, closed)
    planned: dict[int, ir.Node] = {}
    # The innermost parts first: a filter of a filter sees a selection, and no part waits for a deeper one.
    for part in reversed(ir.parts(node)):
        planned[id(part)] = planning.planned(_with_parts(part, planned))
    return planned[id(node)]


@dataclass
class _Planning:
    doc: Doc
    closed: Closed
    selections: int = 0

    def planned(self, node: ir.Node) -> ir.Node:
        """What becomes of a node whose parts are planned."""
        match node:
            case ir.Apply(filters.filter_items, (ir.ListOr(items), ir.Lambda(slot, condition))) if slot is not None:
                return self.selection(items, slot, condition, node) or node
            case ir.Apply(filters.count_if, (ir.ListOr(items), ir.Lambda(slot, condition))) if slot is not None:
                kind = items.type if isinstance(items.type, ListOf) else ListOf(items.type)
                found = self.selection(items, slot, condition, replace(node, type=kind))
                if found is None:
                    return node
                return ir.Apply(lists.count, (_listed(found),), "", node.type, node.span)
            case ir.Apply(tables.lookup, (ir.ListOr(ir.Rows(table)), ir.Constant(ColumnValue() as column), value)):
                return self.looked_up(table, column.name, value, node) or node
        return node

    def selection(self, items: ir.Node, slot: int, condition: ir.Node, node: ir.Apply) -> ir.Select | None:
        """The rows of a table, or those that a selection left, for which a condition holds."""
        found = _Found(self, slot)
        scanned = items
        match items:
            case ir.Rows(table) if table in self.doc.tables:
                found.table = table
            case ir.Select(rest=None):
                found.table, found.ranged, scanned = items.table, items.ranged, items.scan
                found.equal.extend(items.equal)
                found.bounds.extend(items.bounds)
            case _:
                return None
        found.read(condition)
        found.finish()
        self.selections += 1
        return ir.Select(
            self.selections,
            found.table,
            slot,
            tuple(found.equal),
            found.ranged,
            tuple(found.bounds),
            _all_of(found.rest),
            found.sure,
            replace(node, function=filters.filter_items, args=(_listed(scanned), node.args[1])),
            "" if found.equal or found.ranged else found.why,
            node.type,
            node.span,
        )

    def looked_up(self, table: str, column: str, value: ir.Node, node: ir.Apply) -> ir.Select | None:
        """`Lookup` of a value of the column's own type."""
        if table not in self.doc.tables or self.closed(table, column):
            return None
        kind = value_type(self.doc.tables[table].columns[column])
        item = item_of(kind)
        if not _key(item) or value.type not in (item, types.BLANK):
            return None
        if isinstance(kind, ListOf) and value.type == types.BLANK:
            return None
        self.selections += 1
        return ir.Select(
            self.selections, table, -1, (((column,), value),), (), (), None, True, node, "", node.type, node.span
        )


@dataclass
class _Found:
    """The findings of a condition about the row in a slot.

    sure: Whether no part that was met so far can fail.
    wide: The parts of the rest that leave out no more than blanks, or what is true, and before which none can fail.
        They are looked up if nothing narrower is.
    """

    planning: _Planning
    slot: int
    table: str = ""
    equal: list[tuple[ir.Key, ir.Node]] = field(default_factory=list)
    ranged: ir.Key = ()
    bounds: list[ir.Limit] = field(default_factory=list)
    rest: list[ir.Node] = field(default_factory=list)
    wide: list[tuple[ir.Node, ir.Key, ir.Limit]] = field(default_factory=list)
    sure: bool = True
    why: str = "no part of the condition compares a column of the row with a value from outside"

    def read(self, condition: ir.Node) -> None:
        """Take the parts of a condition, from left to right."""
        for part in _parts(condition):
            if not self.sure:
                if self.compared(part) is not None:
                    self.why = (
                        "a part before it may fail, and then what follows is never asked; put the comparison first"
                    )
                self.rest.append(part)
            elif not self.taken(part):
                self.rest.append(part)
                self.sure = self.cannot_fail(part)

    def finish(self) -> None:
        """Look up wide ranges of the column whose range is looked up anyway, or if no other part is looked up."""
        for part, column, limit in self.wide:
            if self.ranged == column or not (self.ranged or self.equal):
                self.ranged = column
                self.bounds.insert(0, limit)
                self.rest = [other for other in self.rest if other is not part]

    def taken(self, part: ir.Node) -> bool:
        """Whether a part is looked up."""
        found = self.compared(part)
        if found is None:
            return False
        column, sign, value = found
        if any(self.planning.closed(table, name) for table, name in self.passed(column)):
            self.why = f"the cells of {'.'.join(column)} may need this formula"
            return False
        if sign == "=":
            # The items of a cell with several values are an index of their own.
            if self.equal and any(self.several(name) for name in (column, self.equal[0][0])):
                return False
            self.equal.append((column, value))
            return True
        if _is_wide(sign, value) and self.cannot_fail(part):
            self.wide.append((part, column, ir.Limit(sign, value)))
            return False
        if self.ranged not in ((), column):
            return False
        self.ranged = column
        self.bounds.append(ir.Limit(sign, value))
        return True

    def compared(self, part: ir.Node) -> tuple[ir.Key, str, ir.Node] | None:
        """The column, the sign and the value of a comparison of the row's cell with a value from outside.

        A blank is smaller than false, and false than true.
        """
        match part:
            case ir.Field(type=types.BOOLEAN) if column := self.cell(part):
                return column, "=", _TRUE
            case ir.Apply(logic.not_, (ir.Field(type=types.BOOLEAN) as cell,)) if column := self.cell(cell):
                return column, "<=", _FALSE
            case ir.Apply(logic.is_blank_, (cell,)) if _ordered(cell.type) and (column := self.cell(cell)):
                return column, "=", _NOTHING
            case ir.Apply(logic.is_not_blank, (cell,)) if _ordered(cell.type) and (column := self.cell(cell)):
                return column, ">", _NOTHING
            case ir.Apply(logic.not_, (ir.Apply(logic.is_blank_) as test,)):
                return self.compared(replace(test, function=logic.is_not_blank))
            case ir.Apply(logic.not_, (ir.Apply(logic.is_not_blank) as test,)):
                return self.compared(replace(test, function=logic.is_blank_))
            case ir.Compare(sign, left, right, kind) if sign in _FLIPPED:
                if sign == "=" and not _key(kind):
                    return None
                if sign != "=" and kind not in PLAIN:
                    return None
                for inner, outer, turned in ((left, right, sign), (right, left, _FLIPPED[sign])):
                    column = self.cell(inner)
                    if column and self.outside(outer):
                        return column, turned, outer
            case ir.Apply(filters.contains, (ir.ListOr(cells), value)) if value.type != types.BLANK:
                column = self.cell(cells)
                if (
                    len(column) == 1
                    and isinstance(cells.type, ListOf)
                    and cells.type.item == value.type
                    and _key(value.type)
                ):
                    return (column, "=", value) if self.outside(value) else None
        return None

    def several(self, column: ir.Key) -> bool:
        """Whether the cells of a column hold several values."""
        return isinstance(value_type(self.planning.doc.tables[self.table].columns[column[0]]), ListOf)

    def passed(self, column: ir.Key) -> Iterator[tuple[str, str]]:
        """The cells that are read for a key, by table and column."""
        return along(self.planning.doc, self.table, column)

    def cell(self, node: ir.Node) -> ir.Key:
        """The column, where a node is a cell of the row itself, or of a row that it points to; else nothing."""
        match node:
            case ir.Field(ir.Local(slot), table, column) if slot == self.slot and table == self.table:
                return (column,)
            case ir.Field(ir.Field(type=RowOf()) as row, _, column):
                before = self.cell(row)
                return (*before, column) if before else ()
        return ()

    def outside(self, node: ir.Node) -> bool:
        """Whether a value does not depend on the row that is asked."""
        return all(part.slot != self.slot for part in ir.parts(node) if isinstance(part, ir.Local))

    def cannot_fail(self, node: ir.Node) -> bool:
        """Whether a part gives a value whatever the row holds."""
        waiting = [node]
        for part in waiting:
            match part:
                case ir.Constant() | ir.Local():
                    pass
                case ir.Field(row, table, column):
                    if self.planning.doc.tables[table].columns[column].computed:
                        return False
                    waiting.append(row)
                case ir.Compare(_, left, right):
                    waiting.extend((left, right))
                case ir.Apply(function, args) if function in _SURE:
                    waiting.extend(given.body if isinstance(given, ir.Lambda) else given for given in args)
                case _:
                    return False
        return True


def along(doc: Doc, table: str, column: ir.Key) -> Iterator[tuple[str, str]]:
    """The table and the column of each step to a key."""
    for name in column:
        yield table, name
        kind = value_type(doc.tables[table].columns[name])
        table = kind.table if isinstance(kind, RowOf) else table


def _listed(items: ir.Node) -> ir.ListOr:
    return ir.ListOr(items, [], items.type, items.span)


def _all_of(parts: list[ir.Node]) -> ir.Node | None:
    """The condition that all parts hold; None without parts."""
    if len(parts) < 2:
        return parts[0] if parts else None
    asked = tuple(ir.Lambda(None, part, part.type, part.span) for part in parts)
    return ir.Apply(logic.and_, asked, "", types.BOOLEAN, parts[0].span)


def _parts(condition: ir.Node) -> Iterator[ir.Node]:
    """The parts of a condition that all have to hold, from left to right."""
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        bodies = (
            [asked.body for asked in part.args if isinstance(asked, ir.Lambda)]
            if isinstance(part, ir.Apply) and part.function is logic.and_
            else []
        )
        if bodies and not any(isinstance(body.type, ListOf) for body in bodies):
            waiting.extend(reversed(bodies))
        else:
            yield part


def _key(kind: Type) -> bool:
    """Whether values of a type can be looked up."""
    return kind == types.PERSON or _ordered(kind)


def _ordered(kind: Type) -> bool:
    """Whether the keys that an index has for values of a type are in an order, blanks first."""
    return kind in PLAIN or (isinstance(kind, RowOf) and bool(kind.table))


_TRUE, _FALSE = (ir.Constant(value, types.BOOLEAN) for value in (True, False))
_NOTHING = ir.Constant(None, types.BLANK)


def _is_wide(sign: str, value: ir.Node) -> bool:
    """Whether a range leaves out no more than blanks, or what is true."""
    return (sign, value) in ((">", _NOTHING), ("<=", _FALSE))


def _with_parts(node: ir.Node, made: Mapping[int, ir.Node]) -> ir.Node:
    """A node with what its parts became; the node itself where nothing was made of them.

    made: By the identity of a part.
    """
    if all(made[id(part)] is part for part in ir.children(node)):
        return node

    def all_of(parts: tuple[ir.Node, ...]) -> tuple[ir.Node, ...]:
        return tuple([made[id(part)] for part in parts])

    match node:
        case ir.Field(row):
            return replace(node, row=made[id(row)])
        case ir.Property(value) | ir.Convert(value) | ir.Default(value) | ir.ListOr(value) | ir.Flat(value):
            return replace(node, value=made[id(value)])
        case ir.Items(value):
            return replace(node, value=made[id(value)])
        case ir.ConvertItems(items):
            return replace(node, items=made[id(items)])
        case ir.Lambda(_, body):
            return replace(node, body=made[id(body)])
        case ir.Map(items, _, body):
            return replace(node, items=made[id(items)], body=made[id(body)])
        case ir.Group(parts):
            return replace(node, parts=all_of(parts))
        case ir.Compare(_, left, right):
            return replace(node, left=made[id(left)], right=made[id(right)])
        case ir.Apply(_, args):
            return replace(node, args=all_of(args))
        case ir.WhenPresent(_, apply):
            planned = made[id(apply)]
            return replace(node, apply=planned) if isinstance(planned, ir.Apply) else planned
    raise AssertionError(f"{type(node).__name__} is planned once")
