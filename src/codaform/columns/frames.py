"""Where a part of a formula is computed: for each row of a table, or for each item of lists, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from codaform.columns.column import Array, ArrayColumn, Lists, Mask, RowPlaces
from codaform.evaluation.workbook import Workbook
from codaform.model.types import Type
from codaform.semantics import ir

Path = tuple[int | tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """Lists of rows by what they are equal in.

    codes: Which list rows with some values are in: the last one, without rows, where none has them.
    """

    lists: Lists
    codes: Callable[[list[ArrayColumn]], Array]


class NoKernel(Exception):
    """A part of a formula that is not computed column by column. Its text says which and why."""


@dataclass(slots=True)
class Frame:
    """The elements for which a part is computed, with the values of slots.

    parent, owners: Where the elements are items of lists: the frame of the lists, and which element each belongs to.
    most, total: At least the steps that the row-wise engine takes: for one element, and for all of them.
    known: The cells that were read, by the slot and the columns that lead to them.
    unread: The elements whose value nobody reads, as a condition chooses another one; None for none.
    """

    size: int
    slots: dict[int, ArrayColumn]
    parent: Frame | None = None
    owners: Array | None = None
    most: int = 0
    total: int = 0
    known: dict[Path, ArrayColumn] = field(default_factory=dict)
    unread: Mask | None = None

    def local(self, slot: int) -> ArrayColumn:
        """The value in a slot, for each element."""
        found = self.slots.get(slot)
        if found is None:
            assert self.parent is not None
            assert self.owners is not None
            found = self.slots[slot] = self.parent.local(slot).take(self.owners)
        return found

    def spend(self, steps: int) -> None:
        """So many steps for each element."""
        self.most += steps
        self.total += steps * self.size

    def spend_items(self, column: ArrayColumn, steps: int) -> None:
        """So many steps for each item of lists."""
        assert column.lists is not None
        if len(column.lists.lengths) and self.size:
            self.most += column.lists.longest * steps
            self.total += column.count_items() * steps


class ColumnWorld(RowPlaces, Protocol):
    """What parts of formulas are computed from."""

    book: Workbook

    @property
    def filled(self) -> Workbook:
        """The workbook with its rows; `book` may have none yet."""

    def context(self, kinds: Iterable[Type]) -> Workbook:
        """The workbook for functions that take values of some types: with its rows, if one of them may be a row."""

    def named(self, name: str) -> Any:
        """The value of a named formula or a control. Raises EvaluationError."""

    def column(self, table: str, name: str) -> ArrayColumn:
        """The cells of a column, by the places of the rows."""

    def key(self, table: str, key: ir.Key) -> ArrayColumn:
        """The values of a key of a table's rows."""

    def groups(self, table: str, keys: tuple[ir.Key, ...]) -> Groups:
        """The rows of a table by keys, made once for all that ask. Raises NoKernel."""


class ByValue(Protocol):
    """What notes the functions that are called value by value."""

    world: ColumnWorld
    by_value: list[str]


class Evaluating(ByValue, Protocol):
    """What computes parts of formulas, as kernels use it."""

    def value(self, node: ir.Node, frame: Frame) -> ArrayColumn:
        """The values of a part. Raises NoKernel."""

    def weight(self, node: ir.Node) -> int:
        """How many steps a part takes for an item."""

    def filtered(self, given: ArrayColumn, slot: int, condition: ir.Node, frame: Frame) -> ArrayColumn:
        """The items of lists for which a condition holds."""

    def mapped(self, given: ArrayColumn, slot: int, body: ir.Node, frame: Frame) -> ArrayColumn:
        """The values of the body for all items of lists, as lists."""

    def listed(self, node: ir.Node, frame: Frame, steps: int) -> ArrayColumn:
        """A list as an argument, with what going through an item costs. Raises NoKernel."""

    def condition(self, node: ir.Node, frame: Frame) -> ArrayColumn:
        """A part that decides: true or false, never blank. Raises NoKernel."""
