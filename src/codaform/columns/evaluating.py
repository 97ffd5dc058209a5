"""A lowered formula computed for all rows at once, part by part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from codaform.columns import calling
from codaform.columns.asking import ASKING
from codaform.columns.column import ArrayColumn, Lists, Mask, blanks, both, either, odds, repeated
from codaform.columns.combining import apart, choose, of_kind, of_lists, with_lists
from codaform.columns.converting import converted
from codaform.columns.frames import ColumnWorld, Frame, NoKernel
from codaform.columns.lists import AGGREGATES
from codaform.columns.scalars import RECKONED, compared, kernel_of, truth
from codaform.columns.selecting import select
from codaform.evaluation.rows.steps import weight
from codaform.library.function import Function
from codaform.model import types
from codaform.model.budget import SHORT, STEPS_A_COMPARISON, STEPS_A_LIST, look_up
from codaform.model.types import ListOf, OneOf, RowOf, Type
from codaform.model.values import EvaluationError
from codaform.semantics import ir

_STEPS_AN_ITEM = 1 + STEPS_A_COMPARISON
"""At most so many steps a function takes for an item of a list that it is given, beside what it says itself."""


class Evaluation:
    """The parts of one formula, computed over the columns of a world.

    by_value: Which parts were computed value by value, by the library's own functions.
    """

    def __init__(self, world: ColumnWorld) -> None:
        self.world = world
        self.by_value: list[str] = []

    def value(self, node: ir.Node, frame: Frame) -> ArrayColumn:
        """The values of a part. Raises NoKernel, and OutOfTime."""
        look_up()
        found = self._value(node, frame)
        if found.longest > SHORT:
            frame.spend(2 * found.longest)
        return found

    def _value(self, node: ir.Node, frame: Frame) -> ArrayColumn:  # noqa: C901 - a case for each kind of node
        match node:
            case ir.Apply():
                return self._apply(node, (), frame)
            case ir.Field():
                return self._field(node, frame)
            case ir.WhenPresent(tests, apply):
                return self._apply(apply, tests, frame)
            case ir.Local(slot):
                return frame.local(slot)
            case ir.Constant(value, kind):
                return self._constant(value, kind, frame)
            case ir.Rows(table):
                return self._rows(table, frame)
            case ir.Named(name):
                try:
                    return self._constant(self.world.named(name), node.type, frame)
                except EvaluationError:
                    return odds(frame.size)
            case ir.Compare(sign, left, right, kind):
                return self._compare(sign, left, right, kind, frame)
            case ir.Default(value, default):
                given = self.value(value, frame)
                instead = self._constant(default, node.type, frame)
                return given if given.valid is None else choose(given.valid, given, instead, self.world)
            case ir.ListOr() if node.default == []:
                return self.listed(node, frame, 1)
            case ir.Map(items, slot, body):
                given = self._list(items, frame)
                frame.spend_items(given, weight(body))
                return self.mapped(given, slot, body, frame)
            case ir.Flat(value) | ir.Items(value):
                return self._list(value, frame)
            case ir.ConvertItems(items, kind, keeps_blank):
                return self._convert_items(items, kind, keeps_blank, frame)
            case ir.Convert(value, kind):
                return converted(self, self.value(value, frame), kind, frame)
            case ir.Select():
                return select(self, node, frame)
            case ir.Fails():
                return odds(frame.size)
        raise NoKernel(f"{type(node).__name__} has no form for whole columns")

    # ------------------------------------------------------------ leaves

    def _constant(self, value: object, kind: Type, frame: Frame) -> ArrayColumn:
        if value is None:
            return blanks(frame.size)
        return repeated(value, kind_of(value, kind), frame.size, self.world)

    def _rows(self, table: str, frame: Frame) -> ArrayColumn:
        """All rows of a table or a view, for each element."""
        doc = self.world.book.doc
        if table not in doc.tables:
            owner = next(name for name, each in doc.tables.items() if any(view.name == table for view in each.views))
            return repeated(self.world.filled.rows(table), ListOf(RowOf(owner)), frame.size, self.world)
        count = self.world.count(table)
        items = ArrayColumn(RowOf(table), np.arange(count, dtype=np.int32), whole=True)
        lists = Lists(items, np.zeros(count, np.int32), 1, True)
        return ArrayColumn(ListOf(RowOf(table)), np.broadcast_to(np.zeros(1, np.int64), frame.size), lists=lists)

    def _field(self, node: ir.Field, frame: Frame) -> ArrayColumn:
        plain = _is_plain(node)
        if plain and (known := frame.known.get(node)) is not None:
            return known
        row = self.value(node.row, frame)
        cells = self.world.column(node.table, node.column)
        found = read(of_kind(row, RowOf(node.table), self.world), cells)
        if plain:
            frame.known[node] = found
        return found

    def _compare(self, sign: str, left: ir.Node, right: ir.Node, kind: Type, frame: Frame) -> ArrayColumn:
        first, second = (of_kind(self.value(side, frame), kind, self.world) for side in (left, right))
        return compared(sign, first, second).where(odd=either(first.odd, second.odd))

    # ------------------------------------------------------------ lists

    def _list(self, node: ir.Node, frame: Frame) -> ArrayColumn:
        """A value as a list; a blank has no items."""
        given = as_list(self.value(node, frame))
        frame.spend(STEPS_A_LIST)
        frame.spend_items(given, 1)
        return given

    def listed(self, node: ir.Node, frame: Frame, steps: int) -> ArrayColumn:
        """A list as an argument, with what going through it costs."""
        if not isinstance(node, ir.ListOr) or node.default != []:
            raise NoKernel("a list has another default than the empty one")
        given = self.value(node.value, frame)
        if given.lists is None and given.kind != types.BLANK:
            raise NoKernel("a list is known only when it is computed")
        given = as_list(given)
        frame.spend_items(given, steps)
        return given

    def mapped(self, given: ArrayColumn, slot: int, body: ir.Node, frame: Frame) -> ArrayColumn:
        """The values of the body for all items of lists, as lists."""
        shared = outside(body) <= {slot}
        if not shared:
            given = apart(given)
        lists = given.lists
        assert lists is not None
        inner = Frame(len(lists.items), {slot: lists.items}, None if shared else frame, lists.owners)
        items = self.value(body, inner)
        if inner.most and inner.size:
            frame.spend_items(given, inner.most)
        return with_lists(given, ListOf(items.kind), lists.of_items(items))

    def filtered(self, given: ArrayColumn, slot: int, condition: ir.Node, frame: Frame) -> ArrayColumn:
        """The items of lists for which a condition holds. A row is odd where one of its items is."""
        if not outside(condition) <= {slot}:
            given = apart(given)
        asked = self.mapped(given, slot, condition, frame)
        lists = given.lists
        assert lists is not None
        assert asked.lists is not None
        odd = of_lists(asked.lists.odd(), asked.values)
        holds = truth(of_kind(asked.lists.items, types.BOOLEAN, self.world))
        places = np.flatnonzero(holds)
        left = Lists(lists.items.take(places), lists.owners[places], lists.count, lists.sorted)
        return replace(given, lists=left, odd=either(given.odd, odd))

    def _convert_items(self, items: ir.Node, kind: Type, keeps_blank: bool, frame: Frame) -> ArrayColumn:
        given = self.value(items, frame)
        if given.lists is None:
            raise NoKernel("a list is known only when it is computed")
        inner = Frame(len(given.lists.items), {})
        made = given.lists.items
        if made.kind != kind or (kind == types.BOOLEAN and not keeps_blank):
            made = converted(self, made, kind, inner)
            if keeps_blank:
                made = made.where(valid=given.lists.items.filled)
        frame.spend_items(given, inner.most)
        return with_lists(given, ListOf(kind), given.lists.of_items(made))

    # ------------------------------------------------------------ calls

    def _apply(self, node: ir.Apply, tests: tuple[int, ...], frame: Frame) -> ArrayColumn:
        special = ASKING.get(node.function)
        if special is not None and not tests:
            return special(self, node, frame)
        if any(isinstance(part, ir.Lambda | ir.Group) for part in node.args):
            raise NoKernel(f"{name_of(node.function)} has no form for whole columns")
        given = [self.argument(part, frame) for part in node.args]
        there: Mask | None = None
        for place in tests:
            there = both(there, given[place].told)
        if frame.unread is not None and node.function in RECKONED:
            given = [_read_as_there(column, frame.unread) for column in given]
        kernel = AGGREGATES.get(node.function) or kernel_of(node.function)
        made = None if kernel is None or node.keyword else kernel(self.world, given)
        if made is None:
            made = calling.called(self, node, given, there, frame)
        if there is not None:
            if isinstance(node.type, ListOf):
                return choose(there, of_kind(made, node.type, self.world), _empty(node.type, frame), self.world).where(
                    odd=either(*(each.odd for each in given))
                )
            made = replace(made, odd=None if made.odd is None else made.odd & there).where(valid=there)
        return made.where(odd=either(*(each.odd for each in given)))

    def argument(self, node: ir.Node, frame: Frame) -> ArrayColumn:
        """An argument. Going through a list is paid for."""
        if isinstance(node, ir.ListOr):
            return self.listed(node, frame, _STEPS_AN_ITEM)
        found = self.value(node, frame)
        if found.lists is not None:
            frame.spend_items(found, _STEPS_AN_ITEM)
        return found

    def condition(self, node: ir.Node, frame: Frame) -> ArrayColumn:
        """A part that decides: true or false, never blank."""
        found = self.value(node.body if isinstance(node, ir.Lambda) else node, frame)
        if found.kind not in (types.BOOLEAN, types.BLANK):
            raise NoKernel("a condition is known to be one only when it is computed")
        found = of_kind(found, types.BOOLEAN, self.world)
        return ArrayColumn(types.BOOLEAN, truth(found), None, found.odd)


def read(row: ArrayColumn, cells: ArrayColumn) -> ArrayColumn:
    """The cells of rows; blank for a blank row."""
    if row.whole and len(row) == len(cells):
        return cells
    found = cells.take(row.index)
    return found.masked(both(row.valid, found.valid), either(row.odd, _where(found.odd, row.valid)))


def _read_as_there(column: ArrayColumn, unread: Mask) -> ArrayColumn:
    """A column whose blanks nobody reads as one without blanks: they need no value of their own."""
    if column.valid is None or column.kind != types.NUMBER or not (column.valid | unread).all():
        return column
    return column.masked(None, column.odd)


def _where(odd: Mask | None, valid: Mask | None) -> Mask | None:
    return odd if odd is None or valid is None else odd & valid


def as_list(given: ArrayColumn) -> ArrayColumn:
    """A value as a list: a single one is the only item, a blank has none."""
    if given.lists is not None:
        if given.valid is None:
            return given
        lists = given.lists
        empty = Lists(lists.items, lists.owners, lists.count, lists.sorted)
        if not lists.sorted:
            empty.owners = np.where(lists.owners == lists.count, lists.count + 1, lists.owners)
        empty.count = lists.count + 1
        return replace(given, lists=empty, values=np.where(given.valid, given.values, lists.count), valid=None)
    if given.kind == types.BLANK:
        return replace(blanks(len(given), ListOf(types.BLANK)), valid=None, odd=given.odd)
    if given.kind == types.ANY or isinstance(given.kind, OneOf):
        raise NoKernel("a list is known only when it is computed")
    filled = given.filled
    places = np.arange(len(given)) if filled is None else np.flatnonzero(filled)
    items = replace(given.take(places), odd=None)
    return ArrayColumn(
        ListOf(given.kind), np.arange(len(given)), None, given.odd, Lists(items, places, len(given), True)
    )


def _empty(kind: ListOf, frame: Frame) -> ArrayColumn:
    return replace(blanks(frame.size, kind), valid=None)


def kind_of(value: object, kind: Type) -> Type:
    """The type of a known value, where the formula does not tell."""
    match value:
        case bool():
            return types.BOOLEAN
        case float():
            return types.NUMBER
        case str():
            return types.TEXT
    return types.ANY if kind in (types.BLANK, types.FAULTY) else kind


def outside(node: ir.Node) -> set[int]:
    """The slots that a part reads and does not fill itself; slot 0 for what depends on the whole row."""
    found: set[int] = set()
    filled: set[int] = set()
    for part in ir.parts(node):
        match part:
            case ir.Local(slot):
                found.add(slot)
            case ir.Lambda(slot) | ir.Map(_, slot) | ir.Select(_, _, slot) if slot is not None:
                filled.add(slot)
    return found - filled


def _is_plain(node: ir.Node) -> bool:
    while isinstance(node, ir.Field):
        node = node.row
    return isinstance(node, ir.Local)


def name_of(function: Function) -> str:
    """A function as people know it."""
    return function.name or function.operator
