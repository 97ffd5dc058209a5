"""A formula as written: every name, parenthesis and call form of the text.

Spans are not part of equality: two trees are equal when they say the same in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from codaform.source import NOWHERE, Source, Span, frozen


@frozen
class Literal:
    """A text, a number or a boolean. `text` is how a number was written (`3.10`, `50%`)."""

    value: str | float | bool
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Keyword:
    """`thisRow`, `thisTable`, `CurrentValue`, `thisDocument` or `thisPage`, in that spelling."""

    name: str
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Name:
    """A column, table, view, named formula, option, row … by name; `at` for the form with an @.

    A reference by identity, `$$[cell:…]`, is a name, too: its text is all that is written (`names.is_coded`).
    """

    text: str
    at: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Member:
    """`target.name`: a column of a row, or a property of an object."""

    target: Expression
    name: Name
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Argument:
    """An argument by name: `taxRate: 0.15`."""

    name: Name
    value: Expression
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Call:
    """`Function(a, b)`, or with a receiver `a.Function(b)`. `pack` is the Pack that owns the function."""

    function: str
    receiver: Expression | None
    args: tuple[Expression | Argument, ...]
    pack: str = ""
    span: Span = field(default=NOWHERE, compare=False)
    name_span: Span = field(default=NOWHERE, compare=False)


@frozen
class Operation:
    """An operator over one operand or two. Signs are canonical: `!=`, `AND`, `OR`, `NOT`."""

    sign: str
    operands: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False)
    sign_span: Span = field(default=NOWHERE, compare=False)


@frozen
class Group:
    """An expression in parentheses."""

    inner: Expression
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Missing:
    """What stands where the text could not be read; never in a tree without errors."""

    span: Span = field(default=NOWHERE, compare=False)


Expression = Literal | Keyword | Name | Member | Call | Operation | Group | Missing


@frozen
class Comment:
    """A comment with its marks. `trailing` if it follows something on the same line."""

    text: str
    trailing: bool = field(default=False, compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Formula:
    """A whole formula: one expression and the comments in and around it."""

    expression: Expression
    comments: tuple[Comment, ...] = ()
    source: Source = field(default=Source("", ""), compare=False)


def children(node: Expression | Argument) -> tuple[Expression | Argument, ...]:
    """The parts of a node, in the order of the text."""
    parts = PARTS.get(type(node))
    return parts(node) if parts else ()


def operators_in_row(node: Operation) -> list[Operation]:
    """An operation and those on its left without parentheses, as in `a + b + c`: the last one of the text first.

    Such a row may be long, so whoever goes through it does so in a loop.
    """
    row = [node]
    while len(node.operands) > 1 and isinstance(first := node.operands[0], Operation) and len(first.operands) > 1:
        node = first
        row.append(node)
    return row


PARTS: Mapping[type, Callable[[Any], tuple[Expression | Argument, ...]]] = {
    Member: lambda node: (node.target,),
    Call: lambda node: node.args if node.receiver is None else (node.receiver, *node.args),
    Operation: lambda node: node.operands,
    Group: lambda node: (node.inner,),
    Argument: lambda node: (node.value,),
}
"""The parts of each kind of node that has some."""
