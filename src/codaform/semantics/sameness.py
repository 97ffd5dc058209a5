"""Whether parts of formulas compute the same, however they are written: with other names, blanks, parentheses."""

from __future__ import annotations

from dataclasses import replace

from codaform.semantics import ir


def comparable(node: ir.Node) -> ir.Node:
    """A bound part whose loops have no numbers of their own: parts that compute the same are equal then.

    The item of a loop inside gets a negative slot, by how many loops are around it. What stands outside keeps its slot.
    """
    slots: dict[int, int] = {}
    waiting = [(node, 0)]
    for part, depth in waiting:
        inside = depth - 1
        match part:
            case ir.Lambda(int() as slot, body):
                slots[slot] = inside
                waiting.append((body, inside))
            case ir.Map(items, slot, body):
                slots[slot] = inside
                waiting += ((items, depth), (body, inside))
            case _:
                waiting.extend((child, depth) for child in ir.children(part))
    if not slots:
        return node
    made: dict[int, ir.Node] = {}
    for part, _ in reversed(waiting):
        made[id(part)] = _renumbered(part, made, slots)
    return made[id(node)]


def _renumbered(part: ir.Node, made: dict[int, ir.Node], slots: dict[int, int]) -> ir.Node:
    match part:
        case ir.Local(slot):
            return replace(part, slot=slots.get(slot, slot))
        case ir.Field(row):
            return replace(part, row=made[id(row)])
        case ir.Property(value) | ir.Convert(value):
            return replace(part, value=made[id(value)])
        case ir.Lambda(slot, body):
            return replace(part, slot=None if slot is None else slots[slot], body=made[id(body)])
        case ir.Map(items, slot, body):
            return replace(part, items=made[id(items)], slot=slots[slot], body=made[id(body)])
        case ir.Call(_, args):
            return replace(part, args=tuple(None if one is None else made[id(one)] for one in args))
    return part


def same(first: ir.Node, second: ir.Node) -> bool:
    """Whether two bound parts of one formula compute the same."""
    return first == second or (type(first) is type(second) and comparable(first) == comparable(second))
