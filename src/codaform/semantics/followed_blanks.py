"""Values behind relations that may be blank, where the blank passes for a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from codaform.library import filters, logic
from codaform.model import types
from codaform.model.types import RowOf
from codaform.semantics import ir

_ORDERED = frozenset({types.NUMBER, types.DATE, types.DATETIME, types.DURATION})
_SMALLER = {"<": 0, "<=": 0, ">": 1, ">=": 1}
"""By sign, the side on which a blank makes the comparison true."""

_JOINING = (logic.and_, logic.or_)
_DECIDING = (logic.if_, logic.switch, logic.switch_if, logic.if_blank, filters.filter_items, filters.count_if)


class FollowedBlank(NamedTuple):
    """A value behind a relation.

    table, column: The relation. compared: Whether the value is compared; else it is a part of a difference.
    """

    field: ir.Field
    table: str
    column: str
    compared: bool


def followed_blanks(body: ir.Node) -> Iterator[FollowedBlank]:
    """The values behind relations that no condition around speaks of, where a blank passes for a value."""
    waiting: list[tuple[ir.Node, tuple[ir.Node, ...]]] = [(body, ())]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, ir.Call):
            for found in _in_call(node):
                if not _is_asked_for(found, around):
                    yield found
        waiting.extend(_inner(node, around))


def _inner(node: ir.Node, around: tuple[ir.Node, ...]) -> Iterator[tuple[ir.Node, tuple[ir.Node, ...]]]:
    if not isinstance(node, ir.Call):
        yield from ((part, around) for part in ir.children(node))
        return
    args = [argument for argument in node.args if argument is not None]
    for number, part in enumerate(args):
        others: tuple[ir.Node, ...] = ()
        if node.function in _JOINING:
            others = tuple(other for other in args if other is not part)
        elif node.function in _DECIDING:
            others = tuple(args[:number])
        yield part, around + others


def _in_call(call: ir.Call) -> Iterator[FollowedBlank]:
    sign = call.function.operator
    args = [None if argument is None else _plain(argument) for argument in call.args]
    if len(args) != 2 or sign not in (*_SMALLER, "-"):
        return
    for number, (side, other) in enumerate((args, args[::-1])):
        compared = sign != "-"
        if (compared and number != _SMALLER[sign]) or (not compared and number in call.blanks):
            continue
        relation = _relation(side)
        if isinstance(side, ir.Field) and relation is not None and relation != _relation(other):
            yield FollowedBlank(side, *relation, compared)


def _relation(node: ir.Node | None) -> tuple[str, str] | None:
    """The relation behind which a cell is: its table and column."""
    row = node.row if isinstance(node, ir.Field) and node.type in _ORDERED else None
    if not isinstance(row, ir.Field) or not isinstance(row.type, RowOf):
        return None
    return row.table, row.column


def _is_asked_for(found: FollowedBlank, around: tuple[ir.Node, ...]) -> bool:
    """Whether a condition around speaks of the relation, or of the value behind it."""
    own = {(found.table, found.column), (found.field.table, found.field.column)}
    parts = (part for condition in around for part in ir.parts(condition))
    return any(isinstance(part, ir.Field) and (part.table, part.column) in own for part in parts)


def _plain(node: ir.Node) -> ir.Node:
    while isinstance(node, ir.Convert) or (isinstance(node, ir.Lambda) and node.slot is None):
        node = node.value if isinstance(node, ir.Convert) else node.body
    return node
