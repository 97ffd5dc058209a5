"""Whether what a formula gives lies on the scale that its column shows."""

from __future__ import annotations

from codaform.diagnostics import rules
from codaform.model import types
from codaform.model.formats import limits
from codaform.model.number_text import number_text
from codaform.model.schema import Column
from codaform.semantics import ir
from codaform.semantics.bind_state import Binding

_KEEPS = ("Round", "RoundUp", "RoundDown", "RoundTo", "Min", "Max", "IfBlank", "Abs")
"""Functions whose result is on the scale of their argument."""

_PERCENT = 100.0
_HIGH = 10.0
"""From this limit on a bar is not made for ratios."""


def notice_scale(binding: Binding, body: ir.Node, column: Column) -> None:
    """Say where a ratio fills a bar that goes up to 100, and where a percent column is given hundredths."""
    for part in _results(body) if column.kind in ("percent", "progress", "slider") else ():
        if column.kind == "percent" and _is_hundredfold(part):
            message = f"{column.name} shows 0.15 as 15%, and what is given it is multiplied by 100"
            binding.say(rules.OTHER_SCALE, message, part.span, "leave the multiplication out")
        bounds = limits(column.kind, column.format)
        if column.kind in ("progress", "slider") and bounds and bounds[1] >= _HIGH and _is_ratio(part):
            most = number_text(bounds[1])
            message = f"{column.name} goes up to {most}, and what is given it is a ratio, 1 where all is done"
            help = f"multiply by {most}, or give the column format: {{maximum: 1}}"
            binding.say(rules.OTHER_SCALE, message, part.span, help)


def _results(node: ir.Node) -> list[ir.Node]:
    """The parts whose values a formula may give, through branches, names and rounding."""
    found: list[ir.Node] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        match part:
            case ir.Convert(inner) | ir.Lambda(None, inner):
                waiting.append(inner)
            case ir.Call(function, args) if function.name in ("If", "Switch", "SwitchIf", "IfBlank"):
                waiting.extend(given for given in reversed(args) if given is not None and given.type == types.NUMBER)
            case ir.Call(function, args) if function.name in _KEEPS:
                waiting.extend(given for given in reversed(args) if given is not None)
            case _:
                found.append(part)
    return found


def _is_ratio(node: ir.Node) -> bool:
    """Whether one computed amount is divided by another."""
    if not (isinstance(node, ir.Call) and node.function.operator == "/"):
        return False
    parts = [_plain(argument) for argument in node.args if argument is not None]
    return len(parts) == 2 and not any(isinstance(part, ir.Constant) or _is_hundredfold(part) for part in parts)


def _is_hundredfold(node: ir.Node) -> bool:
    node = _plain(node)
    while isinstance(node, ir.Call) and node.function.operator == "/" and node.args[0] is not None:
        # `done * 100 / all` is a percentage as `done / all * 100` is one; `x / 100` is not.
        node = _plain(node.args[0])
    if not isinstance(node, ir.Call) or node.function.operator != "*":
        return False
    parts = [_plain(argument) for argument in node.args if argument is not None]
    return any(isinstance(part, ir.Constant) and part.value == _PERCENT for part in parts)


def _plain(node: ir.Node) -> ir.Node:
    while isinstance(node, ir.Convert):
        node = node.value
    return node
