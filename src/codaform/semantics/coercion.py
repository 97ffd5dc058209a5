"""Which types convert to which, and how blanks and lists pass into a function: the one place that decides it.

Source: language.md sections 4.2 and 4.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from codaform.library.function import Function, Parameter
from codaform.model import types
from codaform.model.types import Deferred, ListOf, OneOf, RowOf, Scalar, Type, Variable
from codaform.semantics import ir

_COSTS: dict[tuple[Type, Type], float] = {
    (types.DATE, types.DATETIME): 1,
    (types.DATETIME, types.DATE): 1.5,
    (types.DATETIME, types.TIME): 1,
    (types.BOOLEAN, types.NUMBER): 2,
    (types.DURATION, types.NUMBER): 2.2,
    (types.TIME, types.NUMBER): 2.2,
    (types.DATE, types.NUMBER): 1.9,
    (types.DATETIME, types.NUMBER): 1.9,
    (types.TEXT, types.NUMBER): 2.5,
    (types.NUMBER, types.DATE): 2.2,
    (types.NUMBER, types.DATETIME): 2.2,
    (types.TEXT, types.DATE): 2.5,
    (types.TEXT, types.DATETIME): 2.5,
    (types.DURATION, types.DATE): 2.6,
    (types.DURATION, types.DATETIME): 2.6,
    (types.TIME, types.DATE): 2.6,
    (types.TIME, types.DATETIME): 2.6,
    (types.DURATION, types.TIME): 2,
    (types.NUMBER, types.TIME): 2.2,
    (types.TEXT, types.TIME): 2.5,
    (types.NUMBER, types.DURATION): 2.1,
    (types.TIME, types.DURATION): 2.2,
    (types.TEXT, types.DURATION): 2.5,
    (types.TEXT, types.PERSON): 2.5,
    (types.PERSON, types.OBJECT): 2,
}
"""How far one scalar type is from another. Text is the last resort of `+`: a text operand joins.

A date becomes a moment sooner than a moment a date: `Now() - Today()` keeps the hours."""

DYNAMIC = 8.0
_LIST_STEP = 0.6
_ITEM_STEP = 10.0


def cost(actual: Type, wanted: Type) -> float | None:  # noqa: C901 - a branch for each pair of types
    """How far a value is from a type: 0 is no conversion; None where Coda has none."""
    if actual == wanted or actual in (types.FAULTY, types.BLANK):
        return 0
    if wanted == types.ANY:
        return 3
    if isinstance(wanted, Variable):
        return 1
    if isinstance(wanted, Deferred):
        return cost(actual, wanted.result)
    if actual == types.ANY or isinstance(actual, Variable):
        return DYNAMIC
    if isinstance(wanted, OneOf):
        costs = [found for option in wanted.options if (found := cost(actual, option)) is not None]
        return min(costs, default=None)
    if isinstance(actual, OneOf):
        known = [found for option in actual.options if (found := cost(option, wanted)) is not None]
        return None if not known else max(known) + 1 if len(known) == len(actual.options) else DYNAMIC
    if isinstance(wanted, ListOf):
        item = actual.item if isinstance(actual, ListOf) else actual
        step = 0.0 if isinstance(actual, ListOf) else _LIST_STEP
        if isinstance(item, ListOf) and not isinstance(wanted.item, ListOf | Variable):
            item, step = item.item, _LIST_STEP
        found = cost(item, wanted.item)
        return None if found is None else found + step
    if wanted == types.BOOLEAN:
        return 2
    if isinstance(actual, ListOf):
        found = cost(actual.item, wanted)
        return None if found is None else found + _ITEM_STEP
    if isinstance(wanted, RowOf):
        if isinstance(actual, RowOf):
            return 0 if not wanted.table or not actual.table else None
        return 2.5 if actual == types.TEXT else None
    if wanted == types.TEXT:
        return None if actual in types.UNREAD or actual == types.ACTION else 2
    if isinstance(actual, RowOf):
        return 2.6 if wanted in (types.NUMBER, types.DATE, types.DATETIME, types.DURATION) else None
    return _COSTS.get((actual, wanted))


def convert(node: ir.Node, wanted: Type) -> ir.Node:
    """The node as a value of the type; the conversion is written down where there is one to do."""
    actual = node.type
    if actual == wanted or wanted in (types.ANY, types.FAULTY) or isinstance(wanted, Variable):
        return node
    if isinstance(wanted, OneOf):
        if actual == types.ANY or isinstance(actual, OneOf):
            return node
        options = [(found, option) for option in wanted.options if (found := cost(actual, option)) is not None]
        return convert(node, min(options, key=lambda pair: pair[0])[1]) if options else node
    if isinstance(wanted, RowOf) and isinstance(actual, RowOf):
        return node
    if isinstance(wanted, ListOf) and isinstance(actual, ListOf) and _same_items(actual.item, wanted.item):
        return node
    if node == ir.Constant(None, types.BLANK) and not isinstance(wanted, ListOf):
        return ir.Constant(None, wanted, node.span)  # a blank is a blank in every type but that of lists
    return ir.Convert(node, wanted, node.span)


def _same_items(actual: Type, wanted: Type) -> bool:
    if isinstance(actual, RowOf) and isinstance(wanted, RowOf):
        return True
    return actual == wanted or isinstance(wanted, Variable) or wanted == types.ANY


def maps_over(function: Function, parameter: Parameter, wanted: Type, actual: Type) -> bool:
    """Whether a list given to a scalar parameter makes the function run once per item.

    Operators do not (language.md Q7), and a condition asks whether the list has items.
    """
    if function.operator or not isinstance(actual, ListOf) or parameter.name == "":
        return False
    if parameter.name in function.each:
        return True
    return isinstance(wanted, Scalar | RowOf) and wanted not in (types.BOOLEAN, types.ANY)


def blank_passes(parameter: Parameter, index: int, wanted: Type) -> bool:
    """Whether a blank argument makes the call blank: not for a parameter with a default, or of blanks or lists."""
    if parameter.sees_blank[index] or parameter.optional:
        return False
    return (
        isinstance(wanted, Scalar | RowOf) and wanted not in (types.BOOLEAN, types.ANY) and wanted not in types.UNREAD
    )


def unify(wanted: Type, actual: Type, solved: dict[str, Type]) -> None:
    """Note in `solved` what the actual type says of the wanted type's variables."""
    match wanted:
        case Variable(name):
            solved[name] = types.join(solved[name], actual) if name in solved else actual
        case ListOf(item):
            unify(item, actual.item if isinstance(actual, ListOf) else actual, solved)
        case Deferred(result, _):
            unify(result, actual, solved)
        case OneOf(options):
            for option in options:
                if not isinstance(option, Scalar) and (isinstance(option, ListOf) == isinstance(actual, ListOf)):
                    unify(option, actual, solved)
                    break
        case _:
            pass


def substitute(kind: Type, solved: Mapping[str, Type]) -> Type:
    """The type with its variables filled in; one that nothing decided is blank."""
    if isinstance(kind, Scalar):  # which most are
        return kind
    match kind:
        case Variable(name, innermost):
            found = solved.get(name, types.BLANK)
            return types.innermost(found) if innermost else found
        case ListOf(item):
            return ListOf(substitute(item, solved))
        case Deferred(result, each):
            return Deferred(substitute(result, solved), tuple(substitute(item, solved) for item in each))
        case OneOf(options):
            filled = [substitute(option, solved) for option in options]
            result = filled[0]
            for option in filled[1:]:
                result = types.join(result, option)
            return result
        case _:
            return kind
