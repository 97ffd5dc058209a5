"""From lowered IR to sqlglot trees: a case for each kind of node, over the rows of a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from math import inf

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.types import ListOf, Type
from codaform.semantics import ir
from codaform.source import NOWHERE
from codaform.sql import forms, selecting
from codaform.sql.comparing import compared
from codaform.sql.conversions import converted
from codaform.sql.dialects.dialect import Dialect
from codaform.sql.frames import SqlFrame, Statement, column, is_fixed_value, named, table
from codaform.sql.kinds import cast, literal
from codaform.sql.relations import ROW, VALUE, Cell, Relations
from codaform.sql.templates import as_item
from codaform.sql.trees import CannotLower, choice, coalesce, either, is_null
from codaform.sql.values import Lowered, Stream, Value, flagged


@dataclass
class SqlLowering:
    """One formula becoming SQL.

    relations: Where the cells are that it reads. book: The clock, the zone and the settings of its doc.
    slots: The values of slots. own: The cells of the own row that the same statement computes, by their columns.
    own_lists: Those of them that are lists, as rows of frames below.
    shares: Whether items that another formula has already as rows of a frame may be used again.
    """

    relations: Relations
    book: Workbook
    statement: Statement
    slots: dict[int, Value] = field(default_factory=dict)
    own: dict[str, Value] = field(default_factory=dict)
    own_lists: dict[str, Stream] = field(default_factory=dict)
    shares: bool = False

    @property
    def dialect(self) -> Dialect:
        """The dialect that is written."""
        return self.statement.dialect

    @property
    def now(self) -> datetime:
        """The moment at which `Now()` stands still."""
        return self.book.now

    # ------------------------------------------------------------ frames

    def rows_of(self, name: str) -> tuple[SqlFrame, exp.Column]:
        """A frame with the rows of a table, and their numbers."""
        if name not in self.relations.tables:
            raise CannotLower(f"views such as {name} have no SQL yet")
        relation = self.relations.tables[name]
        frame = SqlFrame(self.statement)
        key = frame.new_name()
        select = exp.select(named(column(ROW, "r"), key)).from_(table(relation, "r"))
        frame.step(select)
        frame.keys = (column(key),)
        frame.own(relation, column(key), select)
        return frame, column(key)

    def one_row(self) -> SqlFrame:
        """A frame of one row that belongs to no table."""
        frame = SqlFrame(self.statement)
        key = frame.new_name()
        frame.step(exp.select(named(exp.Literal.number(1), key)))
        frame.keys = (column(key),)
        return frame

    @contextmanager
    def slot(self, slot: int | None, value: Value) -> Iterator[None]:
        """The time in which a slot has a value."""
        before = dict(self.slots)
        if slot is not None:
            self.slots[slot] = value
        yield
        self.slots = before

    # ------------------------------------------------------------ nodes

    def value(self, node: ir.Node, frame: SqlFrame) -> Value:
        """A node as a single value; a list becomes one value."""
        found = self.part(node, frame)
        return self.listed(found) if isinstance(found, Stream) else found

    def part(self, node: ir.Node, frame: SqlFrame) -> Lowered:
        """A node as a value in each row of a frame, or as rows of a frame below. Raises CannotLower."""
        try:
            found = self._part(node, frame)
            if isinstance(found, Value):
                self.dialect.check(found.kind)
            return found
        except CannotLower as fault:
            if fault.span == NOWHERE != node.span:
                raise CannotLower(fault.why, node.span) from None
            raise

    def _part(self, node: ir.Node, frame: SqlFrame) -> Lowered:  # noqa: C901 - a case for each kind of node
        match node:
            case ir.Constant(value, kind):
                return self.constant(value, kind)
            case ir.Local(slot):
                return self.slots[slot]
            case ir.Rows(name):
                return selecting.all_rows(self, frame, name)
            case ir.Field():
                return self.field(node, frame)
            case ir.Named(name):
                return self.named(name, frame)
            case ir.Convert(value, kind):
                return converted(self, frame, self.part(value, frame), kind)
            case ir.Items(value) | ir.Flat(value):
                return self.items(self.part(value, frame), frame, isinstance(node, ir.Flat))
            case ir.ConvertItems(items, kind, keeps_blank):
                return self.converted_items(self.part(items, frame), frame, kind, keeps_blank)
            case ir.Default(value, default):
                return self.defaulted(self.value(value, frame), default)
            case ir.ListOr(value, default):
                return self.list_or(self.part(value, frame), default)
            case ir.Map(items, slot, body):
                return self.mapped(self.stream(self.part(items, frame), frame), slot, body)
            case ir.Compare(sign, left, right):
                return compared(self, frame, sign, self.value(left, frame), self.value(right, frame))
            case ir.Apply():
                return self.applied(node, frame, ())
            case ir.WhenPresent(tests, apply):
                return self.applied(apply, frame, tests)
            case ir.Select():
                asked = [self.slots.get(one.slot) for one in ir.parts(node) if isinstance(one, ir.Local)]
                return self.shared(frame, (node, asked), lambda: selecting.selected(self, frame, node))
            case ir.Fails(_, message):
                raise CannotLower(f"the formula fails: {message}")
        raise CannotLower(f"{_WORDS.get(type(node), type(node).__name__)} has no SQL yet")

    def constant(self, value: object, kind: Type) -> Value:
        """A value that is known before."""
        if value is None or value == "":
            return Value(exp.Null(), types.BLANK)
        if isinstance(value, bool):
            return Value(exp.Boolean(this=value), types.BOOLEAN, sure=True)
        if isinstance(value, int):
            value = float(value)
        if isinstance(value, str) and not self.dialect.fits(value):
            raise CannotLower(f"{self.dialect.title} has no such text")
        kind = _CONSTANTS.get(type(value), kind)
        return Value(literal(value, kind), kind, sure=True, most=abs(value) if isinstance(value, float) else inf)

    def field(self, node: ir.Field, frame: SqlFrame) -> Lowered:
        """A cell of a row; blank for a blank row."""
        declared = self.relations.doc.tables[node.table].columns[node.column]
        row = self.value(node.row, frame)
        listed = self.own_lists.get(node.column)
        if listed is not None and listed.owner is frame and row == self.slots.get(0):
            return listed
        if declared.reverse and (node.table, node.column) not in self.relations.cells:
            key = (node.table, node.column, row.tree)
            return self.shared(frame, key, lambda: selecting.mirrored(self, frame, row, declared))
        return self.cell(row, node.table, node.column, frame)

    def shared(self, frame: SqlFrame, key: object, found: Callable[[], Stream]) -> Stream:
        """Rows that are found, or those that were found before by the same."""
        if not self.shares:
            return found()
        stream: Stream | None = next((stream for known, stream in frame.shared if known == key), None)
        if stream is None:
            stream = found()
            frame.shared.append((key, stream))
        return stream

    def cell(self, row: Value, table: str, column: str, frame: SqlFrame) -> Value:
        """A cell of a row that is known."""
        if column in self.own and row == self.slots.get(0):
            return self.own[column]
        place = self.relations.cells.get((table, column))
        if place is None:
            raise CannotLower(f"{table}.{column} has no SQL")
        beside = frame.beside(place.relation, ROW, frame.compute(row.tree))
        found = _read(place, beside.column(place.column), beside.column(place.flag) if place.flag else None, row.flag)
        return replace(found, sure=place.sure and row.sure, most=place.most)

    def named(self, name: str, frame: SqlFrame) -> Value:
        """The value of a named formula or a control."""
        place = self.relations.named.get(name)
        if place is None:
            raise CannotLower(f"{name} has no SQL")
        if self.dialect.live:
            fixed = self.statement.fixed_cell
            flag = coalesce(fixed(place.relation, place.flag), exp.false()) if place.flag else None
            return Value(fixed(place.relation, VALUE), place.kind, flag)
        beside = frame.beside(place.relation, "", None)
        return _read(place, beside.column(VALUE), beside.column(place.flag) if place.flag else None, None)

    def defaulted(self, value: Value, default: object) -> Value:
        """An argument, or its default where it is blank."""
        other = self.constant(default, value.kind)
        if value.kind == types.BLANK:
            return flagged(other, value.flag)
        if value.sure:
            return value
        most = max(value.most, other.most)
        return replace(value, tree=coalesce(value.tree, other.tree), sure=True, most=most)

    # ------------------------------------------------------------ lists

    def stream(self, value: Lowered, frame: SqlFrame) -> Stream:
        """A list as rows of a frame below, one for each item."""
        if isinstance(value, Stream):
            return value
        if value.kind == types.BLANK:
            value = replace(value, tree=literal(None, ListOf(types.BLANK)), kind=ListOf(types.BLANK))
        if not isinstance(value.kind, ListOf):
            raise CannotLower(f"{types.describe(value.kind)} is no list")
        item, place = frame.new_name(), frame.new_name()
        listed = frame.compute(value.tree)
        select = self.dialect.opened(table(frame.last), listed, item, place)
        return Stream(
            frame.below(select, [place]),
            frame,
            Value(column(item), value.kind.item),
            ((column(place), False),),
            value.flag,
        )

    def listed(self, stream: Stream) -> Value:
        """The items of a stream as one list."""
        items, owner = stream.frame, stream.owner
        self.dialect.check(stream.kind)
        stream = replace(stream, item=as_item(items, stream.item))
        found = owner.folded(items, "list", items.compute(stream.item.tree), stream.order)
        empty = cast(exp.Array(expressions=[]), stream.kind)
        return Value(coalesce(found, empty), stream.kind, self.total_flag(stream), sure=True)

    def total_flag(self, stream: Stream) -> exp.Expr | None:
        """The flag of what is computed over the items of a stream."""
        return stream.flag if stream.item.flag is None else self.flag_of(stream, stream.item.flag)

    def flag_of(self, stream: Stream, raised: exp.Expr) -> exp.Expr | None:
        """The flag of a stream that is also raised where a flag of an item is."""
        raised = stream.frame.compute(raised)
        if is_fixed_value(raised):
            return either(stream.flag, raised)
        any_item = self.dialect.total("bool_or", raised)
        some = stream.owner.total(stream.frame, any_item)
        return either(stream.flag, coalesce(some, exp.false()))

    def items(self, value: Lowered, frame: SqlFrame, flat: bool) -> Lowered:
        """A value as a list: a single value is its only item, blank has none."""
        if isinstance(value, Value) and not isinstance(value.kind, ListOf):
            if value.kind == types.BLANK:
                return replace(value, tree=literal([], ListOf(types.BLANK)), kind=ListOf(types.BLANK), sure=True)
            self.dialect.check(ListOf(value.kind))
            value = as_item(frame, value)
            one = frame.compute(value.tree)
            empty = cast(exp.Array(expressions=[]), ListOf(value.kind))
            return Value(
                choice(is_null(one), empty, exp.Array(expressions=[one.copy()])), ListOf(value.kind), value.flag, True
            )
        if flat and isinstance(value.kind, ListOf) and isinstance(value.kind.item, ListOf):
            return self.items(self.opened(self.stream(value, frame)), frame, flat)
        return self.list_or(value, [])

    def opened(self, stream: Stream) -> Stream:
        """The items of the lists in a stream of lists; a blank among them stays one item."""
        inner = stream.item
        assert isinstance(inner.kind, ListOf)
        held = stream.frame.compute(inner.tree)
        blank = cast(exp.Array(expressions=[exp.Null()]), inner.kind)
        below = self.stream(replace(inner, tree=choice(is_null(held), blank, held.copy())), stream.frame)
        flag = either(stream.flag, self.total_flag(stream) if inner.flag is not None else None)
        return Stream(below.frame, stream.owner, replace(below.item, flag=None), (*stream.order, *below.order), flag)

    def list_or(self, value: Lowered, default: object) -> Lowered:
        """A list as an argument, or its default where it is blank."""
        if isinstance(value, Stream) or value.sure:
            return value
        if value.kind == types.BLANK:
            kind = ListOf(types.BLANK)
            return Value(literal(default, kind), kind, value.flag, sure=default is not None)
        if default is None:
            return value
        if not isinstance(value.kind, ListOf):
            raise CannotLower(f"{types.describe(value.kind)} is no list")
        return replace(value, tree=coalesce(value.tree, literal(default, value.kind)), sure=True)

    def mapped(self, stream: Stream, slot: int | None, body: ir.Node) -> Stream:
        """The body's value for each item."""
        with self.slot(slot, stream.item):
            item = self.value(body, stream.frame)
        return replace(stream, item=item)

    def converted_items(self, items: Lowered, frame: SqlFrame, kind: Type, keeps_blank: bool) -> Lowered:
        """Each item of a list as a value of another type."""
        held = items.kind
        if isinstance(held, ListOf) and held.item == kind and not (kind == types.BOOLEAN and not keeps_blank):
            return items
        if isinstance(items, Value) and isinstance(held, ListOf) and held.item == types.BLANK:
            tree = cast(items.tree, ListOf(kind))
            return replace(items, tree=tree, kind=ListOf(kind))
        assert isinstance(held, ListOf)
        if isinstance(items, Value):
            items = self.stream(items, frame)
        item = converted(self, items.frame, items.item, kind)
        if isinstance(item, Stream):
            item = self.listed(item)
        if keeps_blank and item.sure:
            blank = is_null(items.frame.compute(items.item.tree))
            item = replace(item, tree=choice(blank, exp.Null(), item.tree), sure=False)
        return replace(items, item=item)

    # ------------------------------------------------------------ calls

    def applied(self, node: ir.Apply, frame: SqlFrame, tests: tuple[int, ...]) -> Lowered:
        """A function applied: what its form says."""
        form = forms.form_of(node.function)
        return form.lower(self, frame, node, tests)


_WORDS: Mapping[type, str] = {
    ir.Property: "a part of an object or a person",
    ir.RowNamed: "a row by its name",
    ir.Lambda: "a formula that is handed over",
    ir.Group: "a group of arguments",
}

_CONSTANTS: Mapping[type, Type] = {
    float: types.NUMBER,
    str: types.TEXT,
    datetime: types.DATETIME,
    date: types.DATE,
    time: types.TIME,
    timedelta: types.DURATION,
}


def _read(place: Cell, cell: exp.Column, flag: exp.Column | None, row_flag: exp.Expr | None) -> Value:
    """A cell that was looked up; where no row is there, nothing is flagged."""
    raised = None if flag is None else coalesce(flag, exp.false())
    return Value(cell, place.kind, either(row_flag, raised))
