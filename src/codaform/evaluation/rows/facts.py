"""Facts about a part of a formula before it is written as Python."""

from __future__ import annotations

from collections.abc import Iterator

from codaform.evaluation.rows.steps import charges_made
from codaform.library import filters
from codaform.model import types
from codaform.model.types import RowOf
from codaform.semantics import ir

NEVER_EMPTY = frozenset(
    {types.NUMBER, types.BOOLEAN, types.DATE, types.DATETIME, types.TIME, types.DURATION, types.PERSON}
)
"""The types whose values are no empty text."""

OWN_KEYS = frozenset({types.NUMBER, types.BOOLEAN, types.TIME, types.DURATION, types.PERSON, types.BLANK})
"""The types whose values are the keys of an index themselves."""


def holds_only_rows(node: ir.Node) -> bool:
    """Whether a list is never blank, and no item of it."""
    match node:
        case ir.Rows() | ir.Select():
            return True
        case ir.ListOr(value) | ir.Items(value) | ir.Flat(value):
            return holds_only_rows(value)
        case ir.Apply(filters.filter_items, (items, _)):
            return holds_only_rows(items)
    return False


def blank_argument(value: str, node: ir.Node) -> str:
    """The test whether an argument is blank; empty where it cannot be."""
    if isinstance(node, ir.Constant):
        return "" if node.value is not None and node.value != "" else "True"
    if node.type in NEVER_EMPTY or node.type == types.ACTION or isinstance(node.type, RowOf):
        return f"{value} is None"
    return f"{value} is None or {value} == ''"


def opened_arguments(args: tuple[ir.Node, ...]) -> Iterator[ir.Node]:
    """The arguments, the parts of groups one by one."""
    for part in args:
        if isinstance(part, ir.Group):
            yield from part.parts
        else:
            yield part


def read_slots(node: ir.Node) -> set[int]:
    """The slots that a part reads and does not fill itself."""
    found: set[int] = set()
    filled: set[int] = set()
    waiting = [node]
    for part in waiting:
        match part:
            case ir.Local(slot):
                found.add(slot)
            case ir.Lambda(slot) | ir.Map(_, slot) if slot is not None:
                filled.add(slot)
            case ir.Select(_, _, slot):
                filled.add(slot)
                found.add(0)
                waiting.append(part.scan)
        waiting.extend(ir.children(part))
    return found - filled


def is_plain_cell(node: ir.Node, slot: int) -> bool:
    """Whether a part is a cell of the row in a slot and nothing else, of a value that is short."""
    plain = isinstance(node, ir.Field) and isinstance(node.row, ir.Local) and node.row.slot == slot
    return plain and node.type != types.ACTION and not charges_made(node.type)


def asks_for_several(select: ir.Select) -> bool:
    """Whether the values depend on items that a formula goes through, so that a row asks for several keys."""
    return any(isinstance(part, ir.Local) and part.slot != 0 for value in select.sought for part in ir.parts(value))


def own_cells(node: ir.Node) -> tuple[str, ...] | None:
    """The columns on the way from the formula's row to a value; None where it is computed otherwise."""
    match node:
        case ir.Local(0):
            return ()
        case ir.Field(row, _, column):
            before = own_cells(row)
            return None if before is None else (*before, column)
    return None


def reads_own_cells(select: ir.Select) -> bool:
    """Whether the values are known, or cells that are found from the formula's row."""
    return all(isinstance(value, ir.Constant) or own_cells(value) is not None for value in select.sought)
