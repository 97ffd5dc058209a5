"""The words of what decides and names: If, Switch, SwitchIf, WithName."""

from __future__ import annotations

from collections.abc import Callable

from codaform.prose.comparing import opposite
from codaform.prose.phrases import Mark, Phrase, words
from codaform.prose.voice import (
    Clause,
    Said,
    Surroundings,
    Voice,
    arguments,
    bare,
    beside,
    is_blank,
    is_call,
    named,
)
from codaform.semantics import ir

Case = tuple[ir.Node, ir.Node]


def cases(node: ir.Call) -> tuple[list[Case], ir.Node | None]:
    """The conditions of If and SwitchIf with their values, and what holds otherwise; an If behind another is a case."""
    found: list[Case] = []
    rest: ir.Node | None = node
    while rest is not None and is_call(bare(rest), "If", "SwitchIf"):
        call = bare(rest)
        assert isinstance(call, ir.Call)
        given = arguments(call)
        if call.function.name == "If":
            (condition,), (then,) = given["condition"], given["then"]
            found.append((condition, then))
            rest = next(iter(given.get("otherwise", [])), None)
        else:
            pairs = given.get("cases", [])
            found.extend(zip(pairs[::2], pairs[1::2], strict=False))
            rest = next(iter(given.get("default", [])), None)
    return found, rest


def decided(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """If and SwitchIf as a noun: `a if …, otherwise b`."""
    found, otherwise = cases(call)
    told: list[Phrase | str] = []
    for index, (condition, value) in enumerate(found):
        said = voice.noun(value, around)
        shown = beside(said, value)
        told.extend((", otherwise " if index else "", shown, " if ", voice.clause(condition, around).text))
    told.extend((", otherwise ", _value(voice, otherwise, around)))
    return Said(words(*told), True)


def _value(voice: Voice, node: ir.Node | None, around: Surroundings) -> Phrase:
    return ("blank",) if node is None or is_blank(node) else voice.noun(node, around).phrase


def done(voice: Voice, call: ir.Call, around: Surroundings) -> Phrase:
    """If and SwitchIf as a deed."""
    found, otherwise = cases(call)
    told: list[Phrase | str] = []
    for index, (condition, value) in enumerate(found):
        told.extend((", otherwise " if index else "", "if ", voice.clause(condition, around).text, ", "))
        told.append(voice.act(value, around))
    if otherwise is not None and not is_blank(otherwise):
        told.extend((", otherwise ", voice.act(otherwise, around)))
    return words(*told)


def asked(voice: Voice, call: ir.Call, around: Surroundings) -> Clause:
    """If as a condition."""
    found, otherwise = cases(call)
    if len(found) == 1:
        ((condition, value),) = found
        then = bare(value)
        if otherwise is not None and (_is(then, False) or is_blank(then)):
            first = opposite(voice.clause(condition, around))
            return Clause((), words(first.text, ", and ", voice.clause(otherwise, around).text), mix="and")
        if otherwise is None or is_blank(otherwise) or _is(bare(otherwise), False):
            first = voice.clause(condition, around)
            return Clause((), words(first.text, ", and ", voice.clause(then, around).text), mix="and")
    said = decided(voice, call, around)
    return Clause(words("(", said.phrase, ")"), ("counts as true",), ("counts as false",))


def _is(node: ir.Node, value: bool) -> bool:
    return isinstance(node, ir.Constant) and node.value is value


def switched(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """Switch as a noun: `1 where … is "a", 2 where it is "b", otherwise 3`."""
    given = arguments(call)
    pairs = given.get("cases", [])
    told: list[Phrase | str] = []
    subject = beside(voice.noun(given["value"][0], around), given["value"][0])
    for index, (case, result) in enumerate(zip(pairs[::2], pairs[1::2], strict=False)):
        told.extend(
            (", " if index else "", beside(voice.noun(result, around), result), " if ", ("that",) if index else subject)
        )
        told.extend((" is ", _value(voice, case, around)))
    default = next(iter(given.get("default", [])), None)
    told.extend((", otherwise " if told else "", _value(voice, default, around)))
    return Said(words(*told), True)


# ------------------------------------------------------------ names


def naming(
    call: ir.Node, around: Surroundings
) -> tuple[list[tuple[Phrase, ir.Node, Surroundings]], ir.Node, Surroundings]:
    """The names that WithName and those within it give, each with its value; the formula that uses them."""
    found: list[tuple[Phrase, ir.Node, Surroundings]] = []
    node = bare(call)
    while is_call(node, "WithName") and isinstance(node, ir.Call):
        value, name, formula = node.args
        if value is None or formula is None:
            break
        label = bare(name) if name is not None else None
        mark: Phrase = (Mark(str(label.value)),) if isinstance(label, ir.Constant) else ("the value",)
        found.append((mark, value, around))
        if isinstance(formula, ir.Lambda) and formula.slot is not None:
            around = named(around, formula.slot, mark)
        node = bare(formula)
    return found, node, around


def where(voice: Voice, call: ir.Call, around: Surroundings, body: Callable[[ir.Node, Surroundings], Phrase]) -> Phrase:
    """What uses names, then what they stand for."""
    names, inner, within = naming(call, around)
    told = [words(name, " is ", voice.noun(value, place).phrase) for name, value, place in names]
    listing: list[Phrase | str] = []
    for index, one in enumerate(told):
        listing.extend((" and " if index and index == len(told) - 1 else ", " if index else "", one))
    return words(body(inner, within), ", where ", *listing)
