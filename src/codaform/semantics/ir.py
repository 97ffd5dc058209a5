"""A formula as understood, in two forms, both made of nodes.

The binder makes the first form: every conversion and every pass over a list is a node. `lower` makes the second one,
in which no call is left: what a function is given, how blanks pass and which rows a condition selects are nodes as
well, so an engine decides nothing.

Slots number the values that a formula holds while it runs; slot 0 is `thisRow`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

from codaform.library.function import Function, Parameter
from codaform.model.types import Type
from codaform.source import NOWHERE, Span, frozen


@frozen
class Constant:
    """A value that is known before any row is."""

    value: object
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Local:
    """The value in a slot."""

    slot: int
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Rows:
    """The rows of a table or of a view, in order."""

    table: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Field:
    """The cell of a row; blank for a blank row."""

    row: Node
    table: str
    column: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Property:
    """A named part of an object or a person; blank where there is none."""

    value: Node
    name: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Named:
    """The value of a named formula."""

    name: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class RowNamed:
    """The row that is displayed as a text; of any table when `table` is empty."""

    text: str
    table: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Call:
    """A function applied. `args` are in the order of its parameters: None for a left-out one, repeated ones in a row.

    blanks: The arguments (by index) whose blank makes the whole call blank.
    """

    function: Function
    args: tuple[Node | None, ...]
    type: Type
    blanks: tuple[int, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Lambda:
    """A formula handed over unevaluated; with a slot, it is asked per item."""

    slot: int | None
    body: Node
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Map:
    """The body's value for each item of a list."""

    items: Node
    slot: int
    body: Node
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Convert:
    """A value as another type, where Coda converts without a word."""

    value: Node
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Fails:
    """What cannot be computed: an error was reported here, or only Coda can compute it."""

    rule: str
    message: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


# ---------------------------------------------------------------- lowered nodes


@frozen
class Default:
    """An argument, or its default where it is blank."""

    value: Node
    default: object
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class ListOr:
    """A list as an argument, or its default where it is blank: mostly the empty list."""

    value: Node
    default: object
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Flat:
    """A value as a list of single items: blank is no item, and the items of a list in the list take its place."""

    value: Node
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Items:
    """A value as a list: a single value is its only item, blank has none."""

    value: Node
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class ConvertItems:
    """Each item of a list as a value of another type.

    keeps_blank: Whether a blank item stays blank where the type has another value for it, as conditions have.
    """

    items: Node
    item: Type
    keeps_blank: bool
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Group:
    """Arguments that a function takes together: a case and its result."""

    parts: tuple[Node, ...]
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Compare:
    """Two values of one plain type compared; a blank equals a blank, and is smaller than everything else.

    kind: The type of both. sign: one of = != < <= > >=.
    """

    sign: str
    left: Node
    right: Node
    kind: Type
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Apply:
    """A function given its arguments: by position, the last one by keyword where it is behind repeated ones."""

    function: Function
    args: tuple[Node, ...]
    keyword: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class WhenPresent:
    """An application that is blank where one of some arguments is, though all of them are computed.

    tests: The arguments that have to be there, by index; the parts of a group count one by one. The empty text counts
        as blank.
    """

    tests: tuple[int, ...]
    apply: Apply
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


Key = tuple[str, ...]
"""A column of a row, or one behind relations of it: the customer of the order of a line is `order`, `customer`."""


@frozen
class Limit:
    """A limit of a range: the rows' value has to be on this side of it. sign: one of < <= > >=."""

    sign: str
    value: Node


@frozen
class Select:
    """The rows of a table that fulfil a condition, in the table's order.

    A row is selected if each column of `equal` equals its value, if the cell in the column `ranged` is within the
    `bounds`, and if `rest`, asked with the row in the slot, holds. None of the values reads the slot.

    number: Tells the selections of a formula apart.
    sure: Whether the rest gives no error, whatever a row holds.
    scan: The same rows found by asking each row, for where a value or a cell that is looked up is an error.
    why: Why no column is looked up, where none is.
    """

    number: int
    table: str
    slot: int
    equal: tuple[tuple[Key, Node], ...]
    ranged: Key
    bounds: tuple[Limit, ...]
    rest: Node | None
    sure: bool
    scan: Node
    why: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def sought(self) -> tuple[Node, ...]:
        """The values that are looked for: those of the equal columns, then the limits."""
        return *(value for _, value in self.equal), *(bound.value for bound in self.bounds)


Node = (
    Constant
    | Local
    | Rows
    | Field
    | Property
    | Named
    | RowNamed
    | Call
    | Lambda
    | Map
    | Convert
    | Fails
    | Default
    | ListOr
    | Flat
    | Items
    | ConvertItems
    | Group
    | Compare
    | Apply
    | WhenPresent
    | Select
)


def _of_select(select: Select) -> tuple[Node, ...]:
    keys = tuple(value for _, value in select.equal)
    bounds = tuple(bound.value for bound in select.bounds)
    return (*keys, *bounds) if select.rest is None else (*keys, *bounds, select.rest)


_CHILDREN: dict[type, Callable[[Any], tuple[Node, ...]]] = {
    Field: lambda node: (node.row,),
    Property: lambda node: (node.value,),
    Convert: lambda node: (node.value,),
    Call: lambda node: tuple([argument for argument in node.args if argument is not None]),
    Lambda: lambda node: (node.body,),
    Map: lambda node: (node.items, node.body),
    Default: lambda node: (node.value,),
    ListOr: lambda node: (node.value,),
    Flat: lambda node: (node.value,),
    Items: lambda node: (node.value,),
    ConvertItems: lambda node: (node.items,),
    Group: lambda node: node.parts,
    Compare: lambda node: (node.left, node.right),
    Apply: lambda node: node.args,
    WhenPresent: lambda node: (node.apply,),
    Select: _of_select,
}
"""The parts of a node of each class; one without any has no entry."""


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node."""
    found = _CHILDREN.get(type(node))
    return () if found is None else found(node)


def parts(node: Node) -> list[Node]:
    """The node and all that it consists of, from the outside in."""
    found = [node]
    of_class, extend = _CHILDREN.get, found.extend
    for part in found:
        inside = of_class(type(part))
        if inside is not None:
            extend(inside(part))
    return found


def arguments(call: Call) -> list[tuple[Parameter, int, Node | None]]:
    """Each argument with its parameter and, in a repeating group, its place in the group; a left-out one is None."""
    params = call.function.params
    extra = len(call.args) - (len(params) - sum(parameter.repeats for parameter in params))
    found: list[tuple[Parameter, int, Node | None]] = []
    for parameter in params:
        for number in range(extra if parameter.repeats else 1):
            found.append((parameter, number % len(parameter.types), call.args[len(found)]))
    return found
