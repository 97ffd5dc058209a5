"""A template's holes filled with what a call is given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from codaform.library.function import Column
from codaform.model.number_text import number_text
from codaform.model.types import ListOf, RowOf
from codaform.prose.phrases import Mark, Phrase, bracketed, listed, plain, starts, without, words
from codaform.prose.voice import Said, Surroundings, Voice, arguments, bare, enclosed, inside
from codaform.semantics import ir
from codaform.semantics.dependencies import Thing

_PARTS = re.compile(r"\[([^\]|]*)(?:\|([^\]]*))?\]|\{([^}:]+)(?::([^}]*))?\}|([^\[{]+)")


@dataclass(frozen=True, slots=True)
class _Hole:
    name: str
    form: str


@dataclass(frozen=True, slots=True)
class _Choice:
    given: tuple[str | _Hole, ...]
    otherwise: tuple[str | _Hole, ...]


@cache
def _read(template: str) -> tuple[str | _Hole | _Choice, ...]:
    """The template's words, holes and choices."""
    found: list[str | _Hole | _Choice] = []
    for given, otherwise, name, form, text in _PARTS.findall(template):
        if text:
            found.append(text)
        elif name:
            found.append(_Hole(name, form))
        else:
            found.append(_Choice(_simple(given), _simple(otherwise)))
    return tuple(found)


def _simple(template: str) -> tuple[str | _Hole, ...]:
    return tuple(part for part in _read(template) if not isinstance(part, _Choice))


def fill(voice: Voice, template: str, call: ir.Call, around: Surroundings) -> Said:
    """The template with the arguments of a call in its holes."""
    given = arguments(call)
    ends_open = template.endswith("~")
    parts: list[str | _Hole] = []
    for part in _read(template.removesuffix("~")):
        if isinstance(part, _Choice):
            holes = [hole for hole in part.given if isinstance(hole, _Hole)]
            parts.extend(part.given if all(_given(given, hole) for hole in holes) else part.otherwise)
        else:
            parts.append(part)
    told: list[Phrase | str] = []
    last_open = False
    for index, part in enumerate(parts):
        if isinstance(part, str):
            told.append(part)
            last_open = False
            continue
        said = _filled(voice, part, call, given, around)
        following = next((other for other in parts[index + 1 :]), "")
        closed = not isinstance(following, _Hole) and (not following or following[0] in ",.;:)")
        told.append(said.phrase if closed else enclosed(said))
        last_open = said.open and closed
    return Said(words(*told), ends_open or last_open)


def _given(given: dict[str, list[ir.Node]], hole: _Hole) -> bool:
    return bool(_nodes(given, hole.name))


def _nodes(given: dict[str, list[ir.Node]], name: str) -> list[ir.Node]:
    """What fills a hole; `*` is whatever the first parameter is called, which differs between overloads."""
    return given.get(next(iter(given), "") if name == "*" else name, [])


def _filled(voice: Voice, hole: _Hole, call: ir.Call, given: dict[str, list[ir.Node]], around: Surroundings) -> Said:
    nodes = _nodes(given, hole.name)
    form, _, word = hole.form.partition(" ")
    if form in ("cells", "sets"):
        return Said(_cells(voice, nodes, given, around, " is " if form == "cells" else " to "), True)
    if not nodes:
        return Said((_left_out(call, hole.name, form, word),))
    if len(nodes) > 1 or form == "or":
        said = [voice.noun(node, around) for node in nodes]
        parts = [one.phrase if index == len(said) - 1 else enclosed(one) for index, one in enumerate(said)]
        return Said(listed(parts, "or" if form == "or" else "and"), len(parts) > 1 or said[-1].open)
    (node,) = nodes
    match form:
        case "many" | "few" | "offset":
            return _counted(voice, node, around, form, word)
        case "code":
            return _code(voice, node, around)
        case "word":
            value = bare(node)
            if isinstance(value, ir.Constant) and isinstance(value.value, str):
                return Said((value.value.lower().removesuffix("s").replace("`", "'"),))
        case "name":
            return Said(_name(voice, node, around))
        case "those":
            return Said(those(voice.noun(node, around)))
        case "of":
            rows = those(voice.noun(node, around))
            return Said(words("of ", without(rows, "the ") if starts(rows, "the rows of ") else rows))
        case "which":
            return Said(voice.which(*_asked(node, given, around)), True)
        case "flag":
            return _flag(voice, node, around, word, True)
        case "unless":
            return _flag(voice, node, around, word, False)
    return voice.noun(node, around)


def _left_out(call: ir.Call, name: str, form: str, word: str) -> str:
    """What stands for a left-out argument: its default, or three dots."""
    default = next((parameter.default for parameter in call.function.params if parameter.name == name), None)
    if isinstance(default, int | float) and form in ("many", "few"):
        return word if form == "few" and default == 1 else _number(float(default), word)
    return number_text(float(default)) if isinstance(default, int | float) else "nothing"


def _number(value: float, word: str) -> str:
    return f"{number_text(value)} {word}{'' if value in (1, -1) else 's'}"


def _counted(voice: Voice, node: ir.Node, around: Surroundings, form: str, word: str) -> Said:
    """A number of something: `6 days`, `1 day`; `few` leaves out a 1, `offset` says before what or after."""
    value = bare(node)
    if isinstance(value, ir.Call) and value.function.operator == "-" and len(value.args) == 1 and value.args[0]:
        inner = bare(value.args[0])
        if isinstance(inner, ir.Constant) and isinstance(inner.value, float):
            value = replace(inner, value=-inner.value)
    if isinstance(value, ir.Constant) and isinstance(value.value, float):
        number = value.value
        if form == "offset":
            if number == 0:
                return Said(("of",))
            return Said((f"{_number(abs(number), word)} {'after' if number > 0 else 'before'}",))
        return Said((word if form == "few" and number == 1 else _number(number, word),))
    noun = voice.noun(node, around)
    long = noun.open or " of " in plain(noun.phrase)
    return Said(
        words(bracketed(noun.phrase) if long else noun.phrase, f" {word}s", " after" if form == "offset" else "")
    )


def days(voice: Voice, node: ir.Node, around: Surroundings) -> Said:
    """A number that counts days."""
    return _counted(voice, node, around, "many", "day")


def _code(voice: Voice, node: ir.Node, around: Surroundings) -> Said:
    value = bare(node)
    if isinstance(value, ir.Constant) and isinstance(value.value, str) and value.value.strip():
        return Said((Mark(value.value),))
    return voice.noun(node, around)


def _flag(voice: Voice, node: ir.Node, around: Surroundings, word: str, wanted: bool) -> Said:
    """Words that hold if an argument is true, or unless it is."""
    value = bare(node)
    if isinstance(value, ir.Constant):
        return Said((word,) if value.value is wanted else ())
    return Said(words(word, " if " if wanted else " unless ", voice.clause(node, around).text), True)


def column(node: ir.Node) -> Mark | None:
    """A column that is named, not read."""
    value = bare(node)
    if isinstance(value, ir.Constant) and isinstance(value.value, Column):
        return Mark(value.value.name, Thing("cells", value.value.table, value.value.name))
    return None


def _name(voice: Voice, node: ir.Node, around: Surroundings) -> Phrase:
    """A column or a table by its name alone."""
    mark = column(node)
    if mark is not None:
        return (mark,)
    value = bare(node)
    return voice.table(value.table) if isinstance(value, ir.Rows) else voice.noun(node, around).phrase


def those(said: Said) -> Phrase:
    """A list before a relative clause: the rows of a table as they are called, of any other list `those of`."""
    if starts(said.phrase, "the list of "):
        return words("those of ", without(said.phrase, "the list of "))
    if said.open:
        return words(said.phrase, ", and of these only those")
    return said.phrase if starts(said.phrase, "the rows of ") else words("those of ", said.phrase)


def _asked(node: ir.Node, given: dict[str, list[ir.Node]], around: Surroundings) -> tuple[ir.Node, Surroundings]:
    """A condition that is asked per item, and where it stands."""
    slot = node.slot if isinstance(node, ir.Lambda) else None
    return bare(node), inside(around, slot, item_type(given), "their")


def item_type(given: dict[str, list[ir.Node]]) -> RowOf | ListOf:
    """The type of the items that a call goes through, as far as it matters: rows, or something else."""
    first = next((nodes[0] for nodes in given.values() if nodes), None)
    kind = first.type if first is not None else None
    item = kind.item if isinstance(kind, ListOf) else kind
    return item if isinstance(item, RowOf) else ListOf(RowOf(""))


def _cells(
    voice: Voice,
    nodes: Sequence[ir.Node],
    given: dict[str, list[ir.Node]],
    around: Surroundings,
    link: str,
) -> Phrase:
    """What is written into which column."""
    told: list[Phrase] = []
    for name, value in zip(nodes[::2], nodes[1::2], strict=False):
        slot = value.slot if isinstance(value, ir.Lambda) else None
        within = (
            inside(around, slot, item_type(given), "its") if slot is not None else replace(around, own="this row's")
        )
        said = voice.noun(bare(value), within)
        mark = column(name)
        shown: Phrase = (mark,) if mark is not None else voice.noun(name, around).phrase
        told.append(words(shown, link, said.phrase))
    if any("," in plain(one) or " and " in plain(one) for one in told):
        return words(*(words("; " if index else "", one) for index, one in enumerate(told)))
    return listed(told, "and", comma=len(told) > 2)
