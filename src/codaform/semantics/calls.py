"""A function applied to what it is given: the overload, the conversions, the passes over lists."""

from __future__ import annotations

from codaform.diagnostics import rules
from codaform.library.aggregates import STRICT
from codaform.library.function import Function
from codaform.model import types
from codaform.model.types import Deferred, ListOf, Type, Variable, describe
from codaform.semantics import coercion, ir, overloads
from codaform.semantics.bind_state import Binding, fails
from codaform.source import Span


def apply(
    binding: Binding,
    functions: tuple[Function, ...],
    bound: list[ir.Node],
    spans: list[Span],
    span: Span,
    names: list[str] | None = None,
) -> ir.Node:
    """The call of the overload that fits, with every conversion and every pass over a list written down."""
    actuals = [None if node.type in types.UNREAD else node.type for node in bound]
    choice = overloads.choose(functions, actuals, names or [])
    if isinstance(choice, overloads.Misfit):
        if choice.message:
            binding.say(rules.WRONG_COUNT, choice.message, span, f"it is {signature(functions[0])}")
        return fails(span, choice.message)
    if isinstance(choice, int):
        if any(node.type == types.FAULTY for node in bound):
            return fails(span, "a part of it has an error")
        return _wrong_type(binding, functions, bound[choice], choice, spans[choice], span, names or [])
    faulty = next((node for node in bound if node.type == types.FAULTY), None)
    if faulty is not None and overloads.is_undecided(functions, actuals, names or []):
        return faulty
    return applied(binding, choice, bound, span)


def applied(binding: Binding, choice: overloads.Choice, bound: list[ir.Node], span: Span) -> ir.Node:
    """The call of a chosen overload, with its conversions and the list that it goes through."""
    function = choice.function
    mapped: tuple[ir.Node, int] | None = None
    converted: list[ir.Node] = []
    for found, wanted, node in zip(choice.places, choice.wanted, bound, strict=True):
        if isinstance(wanted, Deferred):
            body = node.body if isinstance(node, ir.Lambda) else node
            slot = node.slot if isinstance(node, ir.Lambda) else None
            result = body if _stays_blank(found.type, body) else coercion.convert(body, wanted.result)
            converted.append(ir.Lambda(slot, result, result.type, node.span))
        elif mapped is None and coercion.maps_over(function, found.parameter, wanted, node.type):
            slot = binding.slot()
            mapped = (node, slot)
            item = node.type.item if isinstance(node.type, ListOf) else node.type
            converted.append(coercion.convert(ir.Local(slot, item, node.span), wanted))
        else:
            converted.append(node if _stays_blank(found.type, node) else coercion.convert(node, wanted))
    ordered = tuple([None if source is None else converted[source] for source in choice.origin])
    function = STRICT.get(function, function) if binding.strict else function
    call = ir.Call(function, ordered, choice.returns, choice.blanks, span)
    if mapped is None:
        return call
    items, slot = mapped
    return ir.Map(items, slot, call, ListOf(choice.returns), span)


def _stays_blank(asked: Type, node: ir.Node) -> bool:
    """Whether a blank is passed on: a parameter of any type takes a blank, also among conditions."""
    kind = asked.result if isinstance(asked, Deferred) else asked
    return node.type == types.BLANK and isinstance(kind, Variable)


def _wrong_type(
    binding: Binding,
    functions: tuple[Function, ...],
    node: ir.Node,
    index: int,
    place: Span,
    span: Span,
    names: list[str],
) -> ir.Node:
    """Report an argument that no overload takes."""
    function = functions[0]
    wanted: list[str] = []
    for candidate in functions:
        if len(functions) > 1 and overloads.is_dynamic(candidate):
            continue
        places = overloads.place(candidate, index + 1 if not names else 0, names)
        count_fits = not isinstance(places, overloads.Misfit) and index < len(places)
        kind = places[index].type if count_fits and not isinstance(places, overloads.Misfit) else None
        if kind is None and index < len(candidate.params):
            kind = candidate.params[index].type
        if kind is not None:
            wanted.append(describe(kind.result if isinstance(kind, Deferred) else kind))
    name = function.operator or function.name
    shown = " or ".join(dict.fromkeys(wanted))
    message = f"{name} takes {shown or 'something else'} here, this is {describe(node.type)}"
    binding.say(rules.WRONG_TYPE, message, place, "" if function.operator else f"it is {signature(function)}")
    return fails(span, message)


def signature(function: Function) -> str:
    """The function as a reader is shown it: `Left(text: text, count: number = …) -> text`."""
    parts = []
    for parameter in function.params:
        kinds = ", ".join(describe(kind) for kind in parameter.types)
        if parameter.repeats:
            parts.append(f"{parameter.name}: {kinds}, …")
        else:
            parts.append(f"{parameter.name}{'?' if parameter.optional else ''}: {kinds}")
    return f"{function.name}({', '.join(parts)}) → {describe(function.returns)}"
