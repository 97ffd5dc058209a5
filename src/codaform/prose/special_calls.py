"""The words of the functions for which one template is not enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from codaform.model import types
from codaform.model.number_text import number_text
from codaform.prose.conditions import decision_noun, switch_noun, where_phrase
from codaform.prose.narrator import (
    Clause,
    Narrator,
    NounPhrase,
    Surroundings,
    arguments_by_name,
    bare,
    beside_verb,
    given_arguments,
    in_parentheses,
    is_call,
    within_items,
)
from codaform.prose.phrases import Phrase, listed, plain_text, quoted, starts, without, words
from codaform.prose.templates import days_noun, fill, item_type, those_of
from codaform.semantics import ir

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


# ------------------------------------------------------------ signs


def _added(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """`left + right`: a sum, or texts joined."""
    left, right = _two(narrator, call, around)
    if call.type == types.TEXT or call.function.operator == "&":
        return NounPhrase(words(left.phrase, " followed by ", in_parentheses(right)), True)
    return NounPhrase(words(_first(left, given_arguments(call)[0]), "plus ", in_parentheses(right)), True)


def _first(noun: NounPhrase, node: ir.Node) -> Phrase:
    """The left side of a sum or difference; a comma follows a product."""
    if is_call(bare(node), "*", "/", "^"):
        return words(noun.phrase, ", ")
    return words(noun.phrase if is_call(bare(node), "+", "-") else in_parentheses(noun), " ")


def _subtracted(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """`left - right`: a difference, or the time between."""
    given = given_arguments(call)
    if len(given) == 1:
        inner = bare(given[0])
        if isinstance(inner, ir.Constant) and isinstance(inner.value, float):
            return narrator.noun(replace(inner, value=-inner.value), around)
        return NounPhrase(words("minus ", in_parentheses(narrator.noun(given[0], around))))
    left, right = _two(narrator, call, around)
    kinds = {argument.type for argument in map(bare, given)}
    if kinds <= {types.DATE, types.DATETIME, types.TIME} and call.type == types.DURATION:
        return NounPhrase(words("the time from ", in_parentheses(right), " to ", in_parentheses(left)))
    return NounPhrase(words(_first(left, given[0]), "minus ", in_parentheses(right)), True)


def _multiplied(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """`left * right`, `left / right`."""
    left, right = _two(narrator, call, around)
    chained = is_call(bare(given_arguments(call)[0]), "*", "/")
    sign = "times" if call.function.operator == "*" else "divided by"
    link = f", {sign} " if chained else f" {sign} "
    return NounPhrase(words(left.phrase if chained else in_parentheses(left), link, in_parentheses(right)), True)


def _raised(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """`left ^ right`."""
    left, right = _two(narrator, call, around)
    return NounPhrase(words(in_parentheses(left), " to the power of ", in_parentheses(right)), True)


def _two(narrator: Narrator, call: ir.Call, around: Surroundings) -> tuple[NounPhrase, NounPhrase]:
    left, right = given_arguments(call)
    found = [narrator.noun(argument, around) for argument in (left, right)]
    for index, (one, other) in enumerate(((left, right), (right, left))):
        if bare(one).type == types.NUMBER and bare(other).type in (types.DATE, types.DATETIME):
            found[index] = days_noun(narrator, one, around)
    return found[0], found[1]


# ------------------------------------------------------------ dates and texts


def _date(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """A date from its parts; a day and month in numbers as people write them."""
    year = bare(given_arguments(call)[0])
    numbers = _numbers(call)
    if numbers[1] in range(1, 13) and numbers[2] in range(1, 32):
        start = f"{int(numbers[2] or 1)} {_MONTHS[int(numbers[1] or 1) - 1]} "
        if numbers[0] is not None:
            return NounPhrase((f"{start}{number_text(numbers[0] or 0.0)}",))
        inner = bare(given_arguments(year)[0]) if is_call(year, "ToNumber") and isinstance(year, ir.Call) else year
        link = "of the year in " if inner is not year else "of the year "
        return NounPhrase(words(start, link, in_parentheses(narrator.noun(inner, around))))
    return fill(narrator, "the date with the year {year}, the month {month} and the day {day}", call, around)


def _moment(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """A date and time from its parts; in numbers as people write them."""
    numbers = _numbers(call)
    if numbers[1] in range(1, 13) and numbers[2] in range(1, 32) and None not in numbers:
        day = f"{int(numbers[2] or 1)} {_MONTHS[int(numbers[1] or 1) - 1]} {number_text(numbers[0] or 0.0)}"
        return NounPhrase((f"{day} at {_clock(numbers[3:])}" if len(numbers) > 3 else day,))
    return fill(
        narrator,
        "the date and time with the year {year}, the month {month}, the day {day}"
        "[, the hour {hour}][, the minute {minute}][, the second {second}]~",
        call,
        around,
    )


def _time_of_day(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """A time of day from its parts."""
    numbers = _numbers(call)
    if None not in numbers:
        return NounPhrase((_clock(numbers),))
    return fill(
        narrator, "the time of day with the hour {hour}, the minute {minute}[, the second {second}]~", call, around
    )


def _numbers(call: ir.Call) -> list[float | None]:
    """The arguments of a call as numbers; None for an argument that is no number literal."""
    parts = [bare(argument) for argument in given_arguments(call)]
    return [part.value if isinstance(part, ir.Constant) and isinstance(part.value, float) else None for part in parts]


def _clock(numbers: Sequence[float | None]) -> str:
    hour, minute, *second = [f"{number:02g}" for number in [*numbers, 0.0] if number is not None][
        : max(len(numbers), 2)
    ]
    return ":".join((hour, minute, *(one for one in second if one != "00")))


def _duration(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """A duration by its parts that are not 0."""
    given = arguments_by_name(call)
    parts: list[Phrase] = []
    for name, nodes in given.items():
        for node in nodes:
            inner = bare(node)
            if not (isinstance(inner, ir.Constant) and inner.value == 0):
                parts.append(fill(narrator, f"{{{name}:many {name[:-1]}}}", call, around).phrase)
    return NounPhrase(listed(parts) or ("no time",), len(parts) > 1)


def _formatted(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """A template with its places filled: the pieces one behind the other."""
    given = arguments_by_name(call)
    template, values = bare(given["template"][0]), given.get("values", [])
    if not isinstance(template, ir.Constant) or not isinstance(template.value, str):
        return fill(narrator, "the template {template}[, filled with {values}]~", call, around)
    parts: list[Phrase] = []
    at = 0
    for found in re.finditer(r"\{(\d+)(?::([^{}]*))?\}", template.value):
        if found.start() > at:
            parts.append(quoted(template.value[at : found.start()]))
        at = found.end()
        place = int(found[1]) - 1
        if 0 <= place < len(values):
            noun = narrator.noun(values[place], around)
            parts.append(words(in_parentheses(noun), _form(found[2] or "")))
        else:
            parts.append(("nothing",))
    if at < len(template.value):
        parts.append(quoted(template.value[at:]))
    if not parts:
        return NounPhrase(("an empty text",))
    if len(parts) == 1:
        return NounPhrase(words("the text ", parts[0]))
    return NounPhrase(words("the text made of ", listed(parts)), True)


def _form(form: str) -> str:
    """The format of a value in a template, in words."""
    if not form:
        return ""
    if re.fullmatch("0+", form):
        return f" in at least {len(form)} digits" if len(form) > 1 else " in whole digits"
    return f" in the form {plain_text(quoted(form))}"


_Noun = Callable[[Narrator, ir.Call, Surroundings], NounPhrase]

# ------------------------------------------------------------ lists


def _counted(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """How many items: of rows all, of values those that are not blank."""
    lists = given_arguments(call)
    said = narrator.noun(lists[0], around) if lists else NounPhrase(("nothing",))
    kind = lists[0].type if lists else types.BLANK
    if len(lists) == 1 and isinstance(kind, types.ListOf) and isinstance(kind.item, types.RowOf):
        noun = without(said.phrase, "the ") if starts(said.phrase, "the rows of ") else said.phrase
        return NounPhrase(words("the number of ", noun), said.open)
    return fill(narrator, "the number of items that are not blank in {lists}", call, around)


def _extreme(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """The largest or the smallest, as values of the type are called."""
    largest = call.function.name == "Max"
    kind = call.type
    if kind in (types.DATE, types.DATETIME, types.TIME):
        word = "latest" if largest else "earliest"
    elif kind == types.DURATION:
        word = "longest" if largest else "shortest"
    else:
        word = "largest" if largest else "smallest"
    return fill(narrator, f"the {word} of {{*}}", call, around)


def _end_of_list(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """First and Last; of a sorted list, by what it is sorted."""
    place = call.function.name.lower()
    inner = bare(given_arguments(call)[0])
    if isinstance(inner, ir.Rows):
        return NounPhrase(words(f"the {place} row of ", narrator.table(inner.table)))
    if is_call(inner, "Sort") and isinstance(inner, ir.Call):
        given = arguments_by_name(inner)
        noun = narrator.noun(given["list"][0], around)
        order = _order(narrator, given, around)
        return NounPhrase(words(f"the {place}, ", order, ", of ", noun.phrase), noun.open)
    return fill(narrator, f"the {place} of {{list}}", call, around)


def _in_order(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """A sorted list."""
    given = arguments_by_name(call)
    noun = narrator.noun(given["list"][0], around)
    return NounPhrase(words(noun.phrase, ", ", _order(narrator, given, around)), True)


def _order(narrator: Narrator, given: dict[str, list[ir.Node]], around: Surroundings) -> Phrase:
    """The order of a sorted list: its key and its direction."""
    key = next(iter(given.get("by", [])), None)
    direction = bare(given["ascending"][0]) if given.get("ascending") else None
    falling = isinstance(direction, ir.Constant) and direction.value is False
    parts: list[Phrase | str] = ["in falling order" if falling else "in rising order"]
    if direction is not None and not isinstance(direction, ir.Constant):
        parts = ["in rising order if ", narrator.clause(direction, around).text, ", otherwise in falling order"]
    if isinstance(key, ir.Lambda):
        within = within_items(around, key.slot, item_type(given), "their")
        parts.extend((" of ", in_parentheses(narrator.noun(key, within))))
    return words(*parts)


def _per_item(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """A formula computed for each item."""
    given = arguments_by_name(call)
    formula = given["formula"][0]
    slot = formula.slot if isinstance(formula, ir.Lambda) else None
    within = within_items(around, slot, item_type(given), "its")
    return NounPhrase(
        words("for ", narrator.each_item(given["list"][0], around).phrase, ", ", narrator.noun(formula, within).phrase),
        True,
    )


def act_per_item(narrator: Narrator, call: ir.Call, around: Surroundings) -> Phrase:
    """An action for each item."""
    given = arguments_by_name(call)
    formula = given["formula"][0]
    slot = formula.slot if isinstance(formula, ir.Lambda) else None
    within = within_items(around, slot, item_type(given), "its")
    return words("for ", narrator.each_item(given["list"][0], around).phrase, ", ", narrator.act(formula, within))


def contains_clause(narrator: Narrator, call: ir.Call, around: Surroundings) -> Clause:
    """Contains: a list contains some value, or a single value is one of several."""
    given = arguments_by_name(call)
    subject = given["list"][0]
    inner = bare(subject)
    values = given.get("values", [])
    said = fill(narrator, "{values:or}", call, around).phrase
    if isinstance(inner.type, types.ListOf):
        return Clause(
            narrator.noun(inner, around).phrase, words("contains ", said), words("does not contain ", said), inner
        )
    one = "" if len(values) == 1 and not isinstance(values[0].type, types.ListOf) else "one of "
    noun = narrator.noun(inner, around).phrase
    return Clause(noun, words(f"is {one}", said), words(f"is not {one}", said), inner)


def regex_clause(narrator: Narrator, call: ir.Call, around: Surroundings) -> Clause:
    """RegexMatch: of the whole text where the expression has both anchors, else of a part."""
    given = arguments_by_name(call)
    pattern, topic = bare(given["expression"][0]), bare(given["text"][0])
    text = pattern.value if isinstance(pattern, ir.Constant) and isinstance(pattern.value, str) else ""
    flags = fill(narrator, "[ with the flags {flags}]", call, around).phrase
    code = words("the regular expression ", fill(narrator, "{expression:code}", call, around).phrase, flags)
    subject = beside_verb(narrator.noun(topic, around), topic)
    if text.startswith("^") and text.endswith("$"):
        return Clause(subject, words("matches ", code), words("does not match ", code), topic)
    return Clause(subject, words("contains a match of ", code), words("does not contain a match of ", code), topic)


def _sliced(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """A part of a text or of a list, by places."""
    what = "characters" if call.type == types.TEXT else "items"
    return fill(narrator, f"the {what} from place {{start}} [to place {{end}}|on] of {{*}}", call, around)


def _place_found(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """The place of something in a text or a list."""
    return fill(narrator, "the place of {search} in {within}[, searched from place {start} on]", call, around)


def _made_object(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """An object by its fields."""
    nodes = arguments_by_name(call).get("fields", [])
    parts = [
        words(narrator.noun(name, around).phrase, " as ", in_parentheses(narrator.noun(value, around)))
        for name, value in zip(nodes[::2], nodes[1::2], strict=False)
    ]
    return NounPhrase(words("an object with ", listed(parts)) if parts else ("an empty object",), True)


def _with_name(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """A formula with names, as a noun."""
    return NounPhrase(
        where_phrase(narrator, call, around, lambda node, within: narrator.noun(node, within).phrase), True
    )


def _looked_up(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """The rows of a table with a value in a column."""
    given = arguments_by_name(call)
    value = bare(given["value"][0])
    blank = isinstance(value, ir.Constant) and value.value is None
    rows = those_of(narrator.noun(given["table"][0], around))
    end = fill(narrator, " whose {column:name} is blank" if blank else " whose {column:name} is {value}", call, around)
    return NounPhrase(words(rows, end.phrase), True)


def acts_in_order(narrator: Narrator, call: ir.Call, around: Surroundings) -> Phrase:
    """RunActions."""
    acts = [narrator.act(action, around) for action in given_arguments(call)]
    return words(*(words("; then " if index else "", act) for index, act in enumerate(acts))) or ("does nothing",)


SPECIAL: dict[str, _Noun] = {
    "+": _added,
    "&": _added,
    "-": _subtracted,
    "*": _multiplied,
    "/": _multiplied,
    "^": _raised,
    "If": decision_noun,
    "SwitchIf": decision_noun,
    "Switch": switch_noun,
    "WithName": _with_name,
    "Date": _date,
    "DateTime": _moment,
    "Time": _time_of_day,
    "Duration": _duration,
    "Format": _formatted,
    "Count": _counted,
    "Max": _extreme,
    "Min": _extreme,
    "First": _end_of_list,
    "Last": _end_of_list,
    "Sort": _in_order,
    "FormulaMap": _per_item,
    "Slice": _sliced,
    "Find": _place_found,
    "Object": _made_object,
    "Lookup": _looked_up,
}
"""The functions that write a call as a noun, by the called function's name or sign."""
