"""A formula as understood: every conversion and every pass over a list is a node, and what reads it decides nothing.

Slots number the values that a formula holds while it runs; slot 0 is `thisRow`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from codaform.library.function import Function, Parameter
from codaform.model.types import Type
from codaform.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is known before any row is."""

    value: object
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Local:
    """The value in a slot."""

    slot: int
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table or of a view, in order."""

    table: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """The cell of a row; blank for a blank row."""

    row: Node
    table: str
    column: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Property:
    """A named part of an object or a person; blank where there is none."""

    value: Node
    name: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Named:
    """The value of a named formula."""

    name: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class RowNamed:
    """The row that is displayed as a text; of any table when `table` is empty."""

    text: str
    table: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function applied. `args` are in the order of its parameters: None for a left-out one, repeated ones in a row.

    blanks: The arguments (by index) whose blank makes the whole call blank.
    """

    function: Function
    args: tuple[Node | None, ...]
    type: Type
    blanks: tuple[int, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Lambda:
    """A formula handed over unevaluated; with a slot, it is asked per item."""

    slot: int | None
    body: Node
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Map:
    """The body's value for each item of a list."""

    items: Node
    slot: int
    body: Node
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Convert:
    """A value as another type, where Coda converts without a word."""

    value: Node
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Fails:
    """What cannot be computed: an error was reported here, or only Coda can compute it."""

    rule: str
    message: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


Node = Constant | Local | Rows | Field | Property | Named | RowNamed | Call | Lambda | Map | Convert | Fails


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node."""
    match node:
        case Field():
            return (node.row,)
        case Property() | Convert():
            return (node.value,)
        case Call():
            return tuple(argument for argument in node.args if argument is not None)
        case Lambda():
            return (node.body,)
        case Map():
            return (node.items, node.body)
        case _:
            return ()


def parts(node: Node) -> list[Node]:
    """The node and all that it consists of, from the outside in."""
    found = [node]
    for part in found:
        found.extend(children(part))
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
