"""The words of functions for which one template is not enough."""

from __future__ import annotations

from collections.abc import Callable

from codaform.model import types
from codaform.prose import single
from codaform.prose.choices import decided, switched, where
from codaform.prose.filling import fill, item_type, those
from codaform.prose.phrases import Phrase, listed, starts, without, words
from codaform.prose.voice import (
    Clause,
    Said,
    Surroundings,
    Voice,
    arguments,
    bare,
    beside,
    enclosed,
    given_nodes,
    inside,
    is_call,
)
from codaform.semantics import ir

Noun = Callable[[Voice, ir.Call, Surroundings], Said]

# ------------------------------------------------------------ lists


def counted(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """How many items: of rows all, of values those that are not blank."""
    lists = given_nodes(call)
    said = voice.noun(lists[0], around) if lists else Said(("nothing",))
    kind = lists[0].type if lists else types.BLANK
    if len(lists) == 1 and isinstance(kind, types.ListOf) and isinstance(kind.item, types.RowOf):
        noun = without(said.phrase, "the ") if starts(said.phrase, "the rows of ") else said.phrase
        return Said(words("the number of ", noun), said.open)
    return fill(voice, "the number of items that are not blank in {lists}", call, around)


def extreme(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """The largest or the smallest, as values of the type are called."""
    largest = call.function.name == "Max"
    kind = call.type
    if kind in (types.DATE, types.DATETIME, types.TIME):
        word = "latest" if largest else "earliest"
    elif kind == types.DURATION:
        word = "longest" if largest else "shortest"
    else:
        word = "largest" if largest else "smallest"
    return fill(voice, f"the {word} of {{*}}", call, around)


def end_of_list(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """First and Last; of a sorted list, by what it is sorted."""
    place = call.function.name.lower()
    inner = bare(given_nodes(call)[0])
    if isinstance(inner, ir.Rows):
        return Said(words(f"the {place} row of ", voice.table(inner.table)))
    if is_call(inner, "Sort") and isinstance(inner, ir.Call):
        given = arguments(inner)
        said = voice.noun(given["list"][0], around)
        order = _order(voice, given, around)
        return Said(words(f"the {place}, ", order, ", of ", said.phrase), said.open)
    return fill(voice, f"the {place} of {{list}}", call, around)


def in_order(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """A sorted list."""
    given = arguments(call)
    said = voice.noun(given["list"][0], around)
    return Said(words(said.phrase, ", ", _order(voice, given, around)), True)


def _order(voice: Voice, given: dict[str, list[ir.Node]], around: Surroundings) -> Phrase:
    """The order of a sorted list: by what, and in which direction."""
    key = next(iter(given.get("by", [])), None)
    direction = bare(given["ascending"][0]) if given.get("ascending") else None
    falling = isinstance(direction, ir.Constant) and direction.value is False
    told: list[Phrase | str] = ["in falling order" if falling else "in rising order"]
    if direction is not None and not isinstance(direction, ir.Constant):
        told = ["in rising order if ", voice.clause(direction, around).text, ", otherwise in falling order"]
    if isinstance(key, ir.Lambda):
        within = inside(around, key.slot, item_type(given), "their")
        told.extend((" of ", enclosed(voice.noun(key, within))))
    return words(*told)


def per_item(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """A formula computed for each item."""
    given = arguments(call)
    formula = given["formula"][0]
    slot = formula.slot if isinstance(formula, ir.Lambda) else None
    within = inside(around, slot, item_type(given), "its")
    return Said(
        words("for ", voice.each(given["list"][0], around).phrase, ", ", voice.noun(formula, within).phrase), True
    )


def done_per_item(voice: Voice, call: ir.Call, around: Surroundings) -> Phrase:
    """An action for each item."""
    given = arguments(call)
    formula = given["formula"][0]
    slot = formula.slot if isinstance(formula, ir.Lambda) else None
    within = inside(around, slot, item_type(given), "its")
    return words("for ", voice.each(given["list"][0], around).phrase, ", ", voice.act(formula, within))


def contained(voice: Voice, call: ir.Call, around: Surroundings) -> Clause:
    """Contains: of a list some value, of a single value whether it is one of them."""
    given = arguments(call)
    subject = given["list"][0]
    inner = bare(subject)
    values = given.get("values", [])
    said = fill(voice, "{values:or}", call, around).phrase
    if isinstance(inner.type, types.ListOf):
        return Clause(
            voice.noun(inner, around).phrase, words("contains ", said), words("does not contain ", said), inner
        )
    one = "" if len(values) == 1 and not isinstance(values[0].type, types.ListOf) else "one of "
    noun = voice.noun(inner, around).phrase
    return Clause(noun, words(f"is {one}", said), words(f"is not {one}", said), inner)


def matched(voice: Voice, call: ir.Call, around: Surroundings) -> Clause:
    """RegexMatch: the whole text, where the expression is tied to both ends, else a part of it."""
    given = arguments(call)
    pattern, topic = bare(given["expression"][0]), bare(given["text"][0])
    text = pattern.value if isinstance(pattern, ir.Constant) and isinstance(pattern.value, str) else ""
    flags = fill(voice, "[ with the flags {flags}]", call, around).phrase
    code = words("the regular expression ", fill(voice, "{expression:code}", call, around).phrase, flags)
    subject = beside(voice.noun(topic, around), topic)
    if text.startswith("^") and text.endswith("$"):
        return Clause(subject, words("matches ", code), words("does not match ", code), topic)
    return Clause(subject, words("contains a match of ", code), words("does not contain a match of ", code), topic)


def sliced(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """A part of a text or of a list, by places."""
    what = "characters" if call.type == types.TEXT else "items"
    return fill(voice, f"the {what} from place {{start}} [to place {{end}}|on] of {{*}}", call, around)


def found(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """The place of something in a text or a list."""
    return fill(voice, "the place of {search} in {within}[, searched from place {start} on]", call, around)


def made_object(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """An object by its fields."""
    nodes = arguments(call).get("fields", [])
    told = [
        words(voice.noun(name, around).phrase, " as ", enclosed(voice.noun(value, around)))
        for name, value in zip(nodes[::2], nodes[1::2], strict=False)
    ]
    return Said(words("an object with ", listed(told)) if told else ("an empty object",), True)


def with_name(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """A formula with names, as a noun."""
    return Said(where(voice, call, around, lambda node, within: voice.noun(node, within).phrase), True)


def looked_up(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """The rows of a table with a value in a column."""
    given = arguments(call)
    value = bare(given["value"][0])
    blank = isinstance(value, ir.Constant) and value.value is None
    rows = those(voice.noun(given["table"][0], around))
    end = fill(voice, " whose {column:name} is blank" if blank else " whose {column:name} is {value}", call, around)
    return Said(words(rows, end.phrase), True)


def one_after_the_other(voice: Voice, call: ir.Call, around: Surroundings) -> Phrase:
    """RunActions."""
    acts = [voice.act(action, around) for action in given_nodes(call)]
    return words(*(words("; then " if index else "", act) for index, act in enumerate(acts))) or ("does nothing",)


SPECIAL: dict[str, Noun] = {
    "+": single.added,
    "&": single.added,
    "-": single.subtracted,
    "*": single.multiplied,
    "/": single.multiplied,
    "^": single.raised,
    "If": decided,
    "SwitchIf": decided,
    "Switch": switched,
    "WithName": with_name,
    "Date": single.date,
    "DateTime": single.moment,
    "Time": single.time_of_day,
    "Duration": single.duration,
    "Format": single.formatted,
    "Count": counted,
    "Max": extreme,
    "Min": extreme,
    "First": end_of_list,
    "Last": end_of_list,
    "Sort": in_order,
    "FormulaMap": per_item,
    "Slice": sliced,
    "Find": found,
    "Object": made_object,
    "Lookup": looked_up,
}
"""What tells a call as a noun, by the function's name or sign."""
