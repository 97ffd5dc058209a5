"""From what the binder understood to what an engine computes: each choice that is left becomes a node.

A blank or left-out argument becomes its default, repeated arguments come in groups, the blank of an argument makes a
call blank, lists become flat before their items are converted, and values of one plain type are compared as such.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from codaform.library.function import Parameter
from codaform.model import types
from codaform.model.types import ListOf, OneOf, RowOf, Type
from codaform.semantics import ir

PLAIN = frozenset({types.NUMBER, types.TEXT, types.DATE, types.DATETIME, types.DURATION, types.BOOLEAN})
"""The types whose values have one order, each among its own. Moments are compared by the time that passes."""

_EQUALITY, _ORDER = ("=", "!="), ("<", "<=", ">", ">=")


def lower(node: ir.Node) -> ir.Node:
    """A bound node without calls."""
    return Lowering().lower(node)


@dataclass
class Lowering:
    """One formula being lowered.

    origin: By the identity of a lowered node, the bound node whose value it gives.
    made: By the identity of a bound node, what it became.
    """

    origin: dict[int, ir.Node] = field(default_factory=dict)
    made: dict[int, ir.Node] = field(default_factory=dict)

    def lower(self, body: ir.Node) -> ir.Node:
        """The formula, its innermost parts first, so that no part waits for another one however deep they are."""
        for node in reversed(ir.parts(body)):
            lowered = self.made[id(node)] = self._lowered(node)
            self.origin[id(lowered)] = node
        return self.made[id(body)]

    def _lowered(self, node: ir.Node) -> ir.Node:
        """A node whose parts are lowered."""
        made = self.made
        match node:
            case ir.Field():
                return replace(node, row=made[id(node.row)])
            case ir.Property():
                return replace(node, value=made[id(node.value)])
            case ir.Lambda():
                return replace(node, body=made[id(node.body)])
            case ir.Map():
                return replace(node, items=made[id(node.items)], body=made[id(node.body)])
            case ir.Convert():
                return _converted(made[id(node.value)], node.type, node)
            case ir.Call():
                return self._call(node)
        return node

    def _call(self, call: ir.Call) -> ir.Node:
        compared = self._compared(call)
        if compared is not None:
            return compared
        function = call.function
        arguments = [self._argument(parameter, given) for parameter, _, given in ir.arguments(call)]
        head = sum(not parameter.repeats and not parameter.last for parameter in function.params)
        repeating = next((parameter for parameter in function.params if parameter.repeats), None)
        last = next((parameter for parameter in function.params if parameter.last), None)
        end = len(arguments) - (last is not None)
        repeated: tuple[ir.Node, ...] = tuple(arguments[head:end])
        size = len(repeating.types) if repeating else 1
        if size > 1:
            kind = ListOf(types.ANY)
            repeated = tuple(
                ir.Group(repeated[at : at + size], kind, repeated[at].span) for at in range(0, len(repeated), size)
            )
        args = (*arguments[:head], *repeated, *arguments[end:])
        applied = ir.Apply(function, args, last.keyword if last else "", call.type, call.span)
        return ir.WhenPresent(call.blanks, applied, call.type, call.span) if call.blanks else applied

    def _compared(self, call: ir.Call) -> ir.Node | None:
        """A comparison of two values of one plain type, or of two rows of a table."""
        sign = call.function.operator
        if sign not in (*_EQUALITY, *_ORDER) or len(call.args) != 2 or call.blanks:
            return None
        left, right = call.args
        if left is None or right is None:
            return None
        kind = _common(left.type, right.type)
        if kind is None or (kind not in PLAIN and sign not in _EQUALITY):
            return None
        if kind == types.BOOLEAN and sign not in _EQUALITY:
            return None
        made = self.made
        return ir.Compare(sign, made[id(left)], made[id(right)], kind, call.type, call.span)

    def _argument(self, parameter: Parameter, node: ir.Node | None) -> ir.Node:
        """How an argument is given: left out, or blank where it may be left out, it is the default."""
        if node is None:
            return ir.Constant(parameter.default, types.ANY)
        lowered = self.made[id(node)]
        if isinstance(parameter.type, ListOf):
            default = [] if parameter.default is None and not parameter.optional else parameter.default
            return ir.ListOr(lowered, default, node.type, node.span)
        if not parameter.optional or parameter.repeats or parameter.default is None:
            return lowered
        return ir.Default(lowered, parameter.default, node.type, node.span)


def _common(left: Type, right: Type) -> Type | None:
    """The one type of both sides, a blank side taken as of the other's type; None if it is none to compare plainly."""
    if types.BLANK in (left, right):
        left, right = (right, right) if left == types.BLANK else (left, left)
    if left != right:
        return None
    return left if left in PLAIN or (isinstance(left, RowOf) and left.table) else None


def _converted(value: ir.Node, kind: Type, node: ir.Convert) -> ir.Node:
    if not isinstance(kind, ListOf):
        return ir.Convert(value, kind, node.span)
    item = kind.item
    if item in (types.ANY, types.BLANK, types.FAULTY) or isinstance(item, OneOf):
        return ir.Items(value, kind, node.span)
    given = value.type if isinstance(value.type, ListOf) else ListOf(value.type)
    listed = ir.Items(value, given, node.span) if isinstance(item, ListOf) else ir.Flat(value, given, node.span)
    return ir.ConvertItems(listed, item, item == types.BOOLEAN, kind, node.span)
