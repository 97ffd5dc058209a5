"""What the parts of a formula become in SQL: single values, and items that a frame has in rows of their own."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from math import inf
from typing import Protocol

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.model.types import ListOf, Type
from codaform.semantics import ir
from codaform.sql.frames import SqlFrame, Statement
from codaform.sql.kinds import cast
from codaform.sql.relations import Relations
from codaform.sql.trees import Order, choice, coalesce, either


@dataclass(frozen=True)
class Value:
    """A value in each row of a frame.

    flag: True where the value is not given; None where it always is. It is never NULL.
    sure: Whether the value is never NULL.
    most: The largest number that it can be, or of microseconds, without its sign; infinite where that is not known.
    """

    tree: exp.Expr
    kind: Type
    flag: exp.Expr | None = None
    sure: bool = False
    most: float = inf


@dataclass(frozen=True)
class Stream:
    """A list whose items are rows of a frame of their own.

    frame: Has a row for each item. owner: Has the row whose list it is. item: The item.
    order: What the items are sorted by, and whether from the largest down; a blank is smallest.
    once: Whether each item belongs to another row of one table.
    """

    frame: SqlFrame
    owner: SqlFrame
    item: Value
    order: Order
    flag: exp.Expr | None = None
    once: bool = False

    @property
    def kind(self) -> ListOf:
        """The type of the list."""
        return ListOf(self.item.kind)


def flagged(value: Value, *flags: exp.Expr | None) -> Value:
    """A value with more flags."""
    return replace(value, flag=either(value.flag, *flags))


def where_given(value: Value) -> Value:
    """A value that is NULL where it is not given."""
    if value.flag is None:
        return value
    return replace(value, tree=choice(value.flag.copy(), cast(exp.Null(), value.kind), value.tree), sure=False)


def truth(value: Value) -> exp.Expr:
    """A condition that is never NULL."""
    return value.tree if value.sure else coalesce(value.tree, exp.false())


Lowered = Value | Stream


class SqlWriting(Protocol):
    """What lowers a formula, as forms use it."""

    relations: Relations
    book: Workbook
    statement: Statement

    def rows_of(self, name: str) -> tuple[SqlFrame, exp.Column]:
        """A frame with the rows of a table, and their numbers."""

    shares: bool

    def slot(self, slot: int | None, value: Value) -> AbstractContextManager[None]:
        """The time in which a slot has a value."""

    def part(self, node: ir.Node, frame: SqlFrame) -> Lowered:
        """A node as a value in each row of a frame, or as rows of a frame below. Raises CannotLower."""

    def value(self, node: ir.Node, frame: SqlFrame) -> Value:
        """A node as a single value; a list becomes one value."""

    def cell(self, row: Value, table: str, column: str, frame: SqlFrame) -> Value:
        """A cell of a row that is known."""

    def stream(self, value: Lowered, frame: SqlFrame) -> Stream:
        """A list as rows of a frame below, one for each item."""

    def listed(self, stream: Stream) -> Value:
        """The items of a stream as one list."""

    def opened(self, stream: Stream) -> Stream:
        """The items of the lists in a stream of lists; a blank among them stays one item."""

    def items(self, value: Lowered, frame: SqlFrame, flat: bool) -> Lowered:
        """A value as a list: a single value is its only item, blank has none."""

    def converted_items(self, items: Lowered, frame: SqlFrame, kind: Type, keeps_blank: bool) -> Lowered:
        """Each item of a list as a value of another type."""

    def mapped(self, stream: Stream, slot: int | None, body: ir.Node) -> Stream:
        """The body's value for each item."""

    def total_flag(self, stream: Stream) -> exp.Expr | None:
        """The flag of what is computed over the items of a stream."""

    def flag_of(self, stream: Stream, raised: exp.Expr) -> exp.Expr | None:
        """The flag of a stream that is also raised where a flag of an item is."""
