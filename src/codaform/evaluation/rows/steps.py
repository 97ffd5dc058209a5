"""What the parts of a formula cost: the guard counts steps, so that no formula hangs."""

from __future__ import annotations

from codaform.model import types
from codaform.model.budget import STEPS_A_TIME
from codaform.model.types import RowOf, Scalar, Type
from codaform.semantics import ir

LONG = frozenset((str, list))
"""The types of values that may be long."""

_SLOW = frozenset((types.DATE, types.DATETIME, types.TIME, types.DURATION))
_WORK = (ir.Apply, ir.Compare, ir.Field, ir.Convert, ir.ConvertItems, ir.Items)


def weight(node: ir.Node) -> int:
    """How many steps a part is, computed once: its calls, cells and conversions, without those of its items.

    Computing with dates and times takes longer.
    """
    total = 0
    waiting = [node]
    for part in waiting:
        inner = [child for child in ir.children(part) if not (isinstance(child, ir.Lambda) and child.slot is not None)]
        waiting.extend(inner[:1] if isinstance(part, ir.Map) else inner)
        if isinstance(part, ir.Apply | ir.Convert) and not _SLOW.isdisjoint((part.type, *_types(part))):
            total += STEPS_A_TIME
        elif isinstance(part, _WORK) or not inner:
            total += 1
    return total


def may_be_long(kind: Type) -> bool:
    """Whether a value of a type may be a long text or a long list."""
    return not isinstance(kind, RowOf | Scalar) or kind in (types.TEXT, types.ANY, types.OBJECT)


def charges_made(kind: Type) -> bool:
    """Whether a result that is made for each item of a list counts."""
    return not isinstance(kind, RowOf | Scalar) or kind in (types.TEXT, types.ANY)


def _types(node: ir.Node) -> list[Type]:
    return [child.type for child in ir.children(node) if not isinstance(child, ir.Lambda)]
