"""The words of sums, dates and filled templates: of what is computed from single values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from codaform.model import types
from codaform.model.number_text import number_text
from codaform.prose.filling import days, fill
from codaform.prose.phrases import Phrase, listed, plain, quoted, words
from codaform.prose.voice import Said, Surroundings, Voice, arguments, bare, enclosed, given_nodes, is_call
from codaform.semantics import ir

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


# ------------------------------------------------------------ signs


def added(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """`left + right`: a sum, or texts joined."""
    left, right = _two(voice, call, around)
    if call.type == types.TEXT or call.function.operator == "&":
        return Said(words(left.phrase, " followed by ", enclosed(right)), True)
    return Said(words(_first(left, given_nodes(call)[0]), "plus ", enclosed(right)), True)


def _first(said: Said, node: ir.Node) -> Phrase:
    """What something is added to or taken from: sums go on, products end with a comma."""
    if is_call(bare(node), "*", "/", "^"):
        return words(said.phrase, ", ")
    return words(said.phrase if is_call(bare(node), "+", "-") else enclosed(said), " ")


def subtracted(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """`left - right`: a difference, or the time between."""
    given = given_nodes(call)
    if len(given) == 1:
        inner = bare(given[0])
        if isinstance(inner, ir.Constant) and isinstance(inner.value, float):
            return voice.noun(replace(inner, value=-inner.value), around)
        return Said(words("minus ", enclosed(voice.noun(given[0], around))))
    left, right = _two(voice, call, around)
    kinds = {argument.type for argument in map(bare, given)}
    if kinds <= {types.DATE, types.DATETIME, types.TIME} and call.type == types.DURATION:
        return Said(words("the time from ", enclosed(right), " to ", enclosed(left)))
    return Said(words(_first(left, given[0]), "minus ", enclosed(right)), True)


def multiplied(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """`left * right`, `left / right`."""
    left, right = _two(voice, call, around)
    chained = is_call(bare(given_nodes(call)[0]), "*", "/")
    sign = "times" if call.function.operator == "*" else "divided by"
    link = f", {sign} " if chained else f" {sign} "
    return Said(words(left.phrase if chained else enclosed(left), link, enclosed(right)), True)


def raised(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """`left ^ right`."""
    left, right = _two(voice, call, around)
    return Said(words(enclosed(left), " to the power of ", enclosed(right)), True)


def _two(voice: Voice, call: ir.Call, around: Surroundings) -> tuple[Said, Said]:
    left, right = given_nodes(call)
    found = [voice.noun(argument, around) for argument in (left, right)]
    for index, (one, other) in enumerate(((left, right), (right, left))):
        if bare(one).type == types.NUMBER and bare(other).type in (types.DATE, types.DATETIME):
            found[index] = days(voice, one, around)
    return found[0], found[1]


# ------------------------------------------------------------ dates and texts


def date(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """A date from its parts; a day and month that are given by number as people write them."""
    year = bare(given_nodes(call)[0])
    numbers = _numbers(call)
    if numbers[1] in range(1, 13) and numbers[2] in range(1, 32):
        start = f"{int(numbers[2] or 1)} {_MONTHS[int(numbers[1] or 1) - 1]} "
        if numbers[0] is not None:
            return Said((f"{start}{number_text(numbers[0] or 0.0)}",))
        inner = bare(given_nodes(year)[0]) if is_call(year, "ToNumber") and isinstance(year, ir.Call) else year
        link = "of the year in " if inner is not year else "of the year "
        return Said(words(start, link, enclosed(voice.noun(inner, around))))
    return fill(voice, "the date with the year {year}, the month {month} and the day {day}", call, around)


def moment(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """A date and time from its parts; one that is given by numbers as people write it."""
    numbers = _numbers(call)
    if numbers[1] in range(1, 13) and numbers[2] in range(1, 32) and None not in numbers:
        day = f"{int(numbers[2] or 1)} {_MONTHS[int(numbers[1] or 1) - 1]} {number_text(numbers[0] or 0.0)}"
        return Said((f"{day} at {_clock(numbers[3:])}" if len(numbers) > 3 else day,))
    return fill(
        voice,
        "the date and time with the year {year}, the month {month}, the day {day}"
        "[, the hour {hour}][, the minute {minute}][, the second {second}]~",
        call,
        around,
    )


def time_of_day(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """A time of day from its parts."""
    numbers = _numbers(call)
    if None not in numbers:
        return Said((_clock(numbers),))
    return fill(
        voice, "the time of day with the hour {hour}, the minute {minute}[, the second {second}]~", call, around
    )


def _numbers(call: ir.Call) -> list[float | None]:
    """What a call is given, each argument as the number that it is, or None."""
    parts = [bare(argument) for argument in given_nodes(call)]
    return [part.value if isinstance(part, ir.Constant) and isinstance(part.value, float) else None for part in parts]


def _clock(numbers: Sequence[float | None]) -> str:
    hour, minute, *second = [f"{number:02g}" for number in [*numbers, 0.0] if number is not None][
        : max(len(numbers), 2)
    ]
    return ":".join((hour, minute, *(one for one in second if one != "00")))


def duration(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """A duration by those of its parts that are not 0."""
    given = arguments(call)
    told: list[Phrase] = []
    for name, nodes in given.items():
        for node in nodes:
            inner = bare(node)
            if not (isinstance(inner, ir.Constant) and inner.value == 0):
                told.append(fill(voice, f"{{{name}:many {name[:-1]}}}", call, around).phrase)
    return Said(listed(told) or ("no time",), len(told) > 1)


def formatted(voice: Voice, call: ir.Call, around: Surroundings) -> Said:
    """A template with its places filled: the pieces one behind the other."""
    given = arguments(call)
    template, values = bare(given["template"][0]), given.get("values", [])
    if not isinstance(template, ir.Constant) or not isinstance(template.value, str):
        return fill(voice, "the template {template}[, filled with {values}]~", call, around)
    told: list[Phrase] = []
    at = 0
    for found in re.finditer(r"\{(\d+)(?::([^{}]*))?\}", template.value):
        if found.start() > at:
            told.append(quoted(template.value[at : found.start()]))
        at = found.end()
        place = int(found[1]) - 1
        if 0 <= place < len(values):
            said = voice.noun(values[place], around)
            told.append(words(enclosed(said), _form(found[2] or "")))
        else:
            told.append(("nothing",))
    if at < len(template.value):
        told.append(quoted(template.value[at:]))
    if not told:
        return Said(("an empty text",))
    if len(told) == 1:
        return Said(words("the text ", told[0]))
    return Said(words("the text made of ", listed(told)), True)


def _form(form: str) -> str:
    """How a template asks for a value to be written."""
    if not form:
        return ""
    if re.fullmatch("0+", form):
        return f" in at least {len(form)} digits" if len(form) > 1 else " in whole digits"
    return f" in the form {plain(quoted(form))}"
