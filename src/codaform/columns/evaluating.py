"""A lowered formula computed for all rows at once, part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from codaform.columns import calling
from codaform.columns.asking import ASKING
from codaform.columns.column import ArrayColumn, Lists, Mask, blanks, both, either, odds, repeated
from codaform.columns.combining import apart, choose, of_kind, of_lists, with_lists
from codaform.columns.converting import converted
from codaform.columns.frames import ColumnWorld, Frame, NoKernel, Path
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
from codaform.semantics.lower import PLAIN

_STEPS_AN_ITEM = 1 + STEPS_A_COMPARISON
"""At most so many steps a function takes for an item of a list that it is given, beside what it says itself."""


Way = Callable[[Frame], ArrayColumn]
"""How a part is computed: what depends on the formula alone is found once, and kept."""


class Evaluation:
    """One formula, computed over the columns of a world, as often as they change.

    lowered: The formula. What is known of its parts is kept by their ids, since they live as long as it does.
    by_value: Which parts were computed value by value, by the library's own functions.
    """

    def __init__(self, world: ColumnWorld, lowered: ir.Node) -> None:
        self.world = world
        self.lowered = lowered
        self.by_value: list[str] = []
        self._ways: dict[int, Way] = {}
        self._weights: dict[int, int] = {}
        self._outside: dict[int, set[int]] = {}

    def all_values(self, frame: Frame) -> ArrayColumn:
        """The values of the formula. Raises NoKernel, and OutOfTime."""
        self.by_value.clear()
        with np.errstate(all="ignore"):
            return self.value(self.lowered, frame)

    def value(self, node: ir.Node, frame: Frame) -> ArrayColumn:
        """The values of a part. Raises NoKernel, and OutOfTime."""
        way = self._ways.get(id(node))
        if way is None:
            way = self._ways[id(node)] = self._way(node)
        found = way(frame)
        if found.longest > SHORT:
            frame.spend(2 * found.longest)
        return found

    def _way(self, node: ir.Node) -> Way:  # noqa: C901 - a case for each kind of node
        match node:
            case ir.Apply():
                return self._apply(node, ())
            case ir.Field():
                return self._field(node)
            case ir.WhenPresent(tests, apply):
                return self._apply(apply, tests)
            case ir.Local(slot):
                return lambda frame: frame.local(slot)
            case ir.Constant(value, kind):
                return self._constant(value, kind)
            case ir.Rows(table):
                return partial(self._rows, table)
            case ir.Named(name):
                return partial(self._named, name, node.type)
            case ir.Compare():
                return partial(self._compare, node)
            case ir.Default(value, default):
                return partial(self._default, value, self._constant(default, node.type))
            case ir.ListOr() if node.default == []:
                return partial(self.listed, node, steps=1)
            case ir.Map():
                return partial(self._map, node)
            case ir.Flat(value) | ir.Items(value):
                return partial(self._list, value)
            case ir.ConvertItems():
                return partial(self._convert_items, node)
            case ir.Convert(value, kind):
                return lambda frame: converted(self, self.value(value, frame), kind, frame)
            case ir.Select():
                return partial(select, self, node)
            case ir.Fails():
                return lambda frame: odds(frame.size)
        raise NoKernel(f"{type(node).__name__} has no form for whole columns")

    def weight(self, node: ir.Node) -> int:
        """How many steps a part takes for an item."""
        known = self._weights.get(id(node))
        if known is None:
            known = self._weights[id(node)] = weight(node)
        return known

    def _reads(self, node: ir.Node) -> set[int]:
        """The slots that a part reads and does not fill itself."""
        known = self._outside.get(id(node))
        if known is None:
            known = self._outside[id(node)] = outside(node)
        return known

    # ------------------------------------------------------------ leaves

    def _constant(self, value: object, kind: Type) -> Way:
        """One value for all elements, made once for so many."""
        kept: ArrayColumn | None = None

        def constant(frame: Frame) -> ArrayColumn:
            nonlocal kept
            if kept is None or len(kept.values) != frame.size or isinstance(kept.kind, ListOf | RowOf):
                kept = self._repeated(value, kind, frame.size)
            return kept

        return constant

    def _repeated(self, value: object, kind: Type, size: int) -> ArrayColumn:
        return blanks(size) if value is None else repeated(value, kind_of(value, kind), size, self.world)

    def _named(self, name: str, kind: Type, frame: Frame) -> ArrayColumn:
        try:
            value = self.world.named(name)
        except EvaluationError:
            return odds(frame.size)
        return self._repeated(value, kind, frame.size)

    def _default(self, value: ir.Node, default: Way, frame: Frame) -> ArrayColumn:
        given = self.value(value, frame)
        return given if given.valid is None else choose(given.valid, given, default(frame), self.world)

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

    def _field(self, node: ir.Field) -> Way:
        """The cells of rows. Those that are read from the value of a slot are read once for a frame."""
        path, owner, world = _path(node), RowOf(node.table), self.world

        def field(frame: Frame) -> ArrayColumn:
            known = frame.known.get(path)
            if known is None:
                row = self.value(node.row, frame)
                known = read(of_kind(row, owner, world), world.column(node.table, node.column))
                if path:
                    frame.known[path] = known
            return known

        return field

    def _compare(self, node: ir.Compare, frame: Frame) -> ArrayColumn:
        first = of_kind(self.value(node.left, frame), node.kind, self.world)
        second = of_kind(self.value(node.right, frame), node.kind, self.world)
        return compared(node.sign, first, second).where(odd=either(first.odd, second.odd))

    # ------------------------------------------------------------ lists

    def _map(self, node: ir.Map, frame: Frame) -> ArrayColumn:
        given = self._list(node.items, frame)
        frame.spend_items(given, self.weight(node.body))
        return self.mapped(given, node.slot, node.body, frame)

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
        shared = self._reads(body) <= {slot}
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
        if not self._reads(condition) <= {slot}:
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

    def _convert_items(self, node: ir.ConvertItems, frame: Frame) -> ArrayColumn:
        kind, keeps_blank = node.item, node.keeps_blank
        given = self.value(node.items, frame)
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

    def _apply(self, node: ir.Apply, tests: tuple[int, ...]) -> Way:
        special = ASKING.get(node.function)
        if special is not None and not tests:
            return partial(special, self, node)
        if any(isinstance(part, ir.Lambda | ir.Group) for part in node.args):
            raise NoKernel(f"{name_of(node.function)} has no form for whole columns")
        kernel = None if node.keyword else AGGREGATES.get(node.function) or kernel_of(node.function)
        reckoned = node.function in RECKONED
        arguments = [self._argument(part) for part in node.args]

        def applied(frame: Frame) -> ArrayColumn:
            look_up()
            given = [argument(frame) for argument in arguments]
            there: Mask | None = None
            for place in tests:
                there = both(there, given[place].told)
            if reckoned and frame.unread is not None:
                given = [_read_as_there(column, frame.unread) for column in given]
            made = None if kernel is None else kernel(self.world, given)
            if made is None:
                made = calling.called(self, node, given, there, frame)
            odd: Mask | None = None
            for column in given:
                if column.odd is not None:
                    odd = either(odd, column.odd)
            if there is None:
                return made if odd is None else made.where(odd=odd)
            if isinstance(node.type, ListOf):
                empty = replace(blanks(frame.size, node.type), valid=None)
                return choose(there, of_kind(made, node.type, self.world), empty, self.world).where(odd=odd)
            wrong = None if made.odd is None else made.odd & there
            return made.masked(both(made.valid, there), either(wrong, odd))

        return applied

    def _argument(self, node: ir.Node) -> Way:
        """An argument. Going through a list is paid for."""
        if isinstance(node, ir.ListOr):
            return partial(self.listed, node, steps=_STEPS_AN_ITEM)
        return partial(self.value if node.type in PLAIN else self._paid, node)

    def _paid(self, node: ir.Node, frame: Frame) -> ArrayColumn:
        found = self.value(node, frame)
        if found.lists is not None:
            frame.spend_items(found, _STEPS_AN_ITEM)
        return found

    def condition(self, node: ir.Node, frame: Frame) -> ArrayColumn:
        """A part that decides: true or false, never blank."""
        found = self.value(node.body if isinstance(node, ir.Lambda) else node, frame)
        if found.kind is types.BOOLEAN and found.valid is None:
            return found
        if found.kind not in (types.BOOLEAN, types.BLANK):
            raise NoKernel("a condition is known to be one only when it is computed")
        found = of_kind(found, types.BOOLEAN, self.world)
        return ArrayColumn(types.BOOLEAN, truth(found), None, found.odd)


def read(row: ArrayColumn, cells: ArrayColumn) -> ArrayColumn:
    """The cells of rows; blank for a blank row."""
    if row.whole and len(row.values) == len(cells.values):
        return cells
    found = cells.take(row.index)
    return found.masked(both(row.valid, found.valid), either(row.odd, _where(found.odd, row.valid)))


def _read_as_there(column: ArrayColumn, unread: Mask) -> ArrayColumn:
    """A column whose blanks nobody reads as one without blanks: they need no value of their own."""
    if column.valid is None or column.kind is not types.NUMBER or not (column.valid | unread).all():
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


def _path(node: ir.Node) -> Path:
    """The columns that lead from a slot to a cell; empty for a cell of another row."""
    columns: list[tuple[str, str]] = []
    while isinstance(node, ir.Field):
        columns.append((node.table, node.column))
        node = node.row
    return (node.slot, *columns) if isinstance(node, ir.Local) else ()


def name_of(function: Function) -> str:
    """A function as people know it."""
    return function.name or function.operator
