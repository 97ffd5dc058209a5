"""Conditions joined by AND and OR: what is said of the same subject is said at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from codaform.prose.phrases import Phrase, bracketed, length, listed, plain, starts, without, words
from codaform.prose.voice import Clause, Item, Mix, Surroundings, Voice, bare, is_call
from codaform.semantics import ir

MOST_SPOKEN = 6
"""How many conditions a sentence tells; of more it says how many there are."""

_LONG = 260
_UNCLEAR = ("is at or", "is on or", "are at or", "are on or", "is either", "is neither", "are either", "are neither")
"""How a predicate begins that needs its verb wherever it stands."""

_PLURALS = (
    ("is ", "are "),
    ("does not ", "do not "),
    ("contains ", "contain "),
    ("equals ", "equal "),
    ("differs ", "differ "),
    ("matches ", "match "),
    ("starts ", "start "),
    ("ends ", "end "),
)


@dataclass(frozen=True, slots=True)
class _Group:
    """One subject with all that is said of it."""

    subject: Phrase
    predicates: tuple[Phrase, ...]
    topic: ir.Node | None


def flat(node: ir.Node, sign: str) -> list[ir.Node]:
    """The conditions that one sign joins, whatever parentheses stand around them."""
    found: list[ir.Node] = []
    waiting = [node]
    while waiting:
        part = bare(waiting.pop())
        if isinstance(part, ir.Call) and is_call(part, sign):
            waiting.extend(argument for argument in reversed(part.args) if argument is not None)
        else:
            found.append(part)
    return found


def joined(voice: Voice, node: ir.Node, around: Surroundings) -> Clause:
    """`a AND b`, `a OR b` as one clause."""
    mix, groups, count = _groups(voice, node, around)
    if len(groups) == 1 and groups[0].subject and count <= MOST_SPOKEN:
        (group,) = groups
        return Clause(group.subject, _predicates(group.predicates, mix), (), group.topic, mix)
    return Clause((), _together(list(_texts(groups, mix)), mix, count), (), None, mix)


def relative(voice: Voice, node: ir.Node, around: Surroundings) -> Phrase:
    """A condition on the current item: `whose … is …`, `that are …`, `for which …`."""
    if not is_call(node, "AND", "OR"):
        clause = voice.clause(node, around)
        groups: list[_Group] = [_Group(clause.subject, (clause.predicate,), clause.topic)]
        mix: Mix = ""
        count = 1
    else:
        mix, groups, count = _groups(voice, node, around)
    told = [_related(group, mix, around) for group in groups]
    if (count > 3 and (len(told) > 3 or sum(map(length, told)) > _LONG)) or count > MOST_SPOKEN:
        return words("for which ", _together([_text(group, mix) for group in groups], mix, count))
    return listed(told, mix or "and", comma=len(told) > 2 or any(len(group.predicates) > 1 for group in groups))


def _related(group: _Group, mix: Mix, around: Surroundings) -> Phrase:
    held = around.items.get(around.current, Item("item"))
    topic = group.topic
    if isinstance(topic, ir.Field) and isinstance(topic.row, ir.Local) and topic.row.slot == around.current:
        return words("whose ", group.subject[-1], " ", _predicates(group.predicates, mix))
    if held.kind == "item" and isinstance(topic, ir.Local) and topic.slot == around.current:
        plurals = [_plural(predicate) for predicate in group.predicates]
        if all(plurals):
            return words("that ", _predicates(plurals, mix))
    return words("for which ", _text(group, mix))


def _plural(predicate: Phrase) -> Phrase:
    for one, many in _PLURALS:
        if starts(predicate, one):
            return words(many, without(predicate, one))
    return ()


def _groups(voice: Voice, node: ir.Node, around: Surroundings) -> tuple[Mix, list[_Group], int]:
    """The conditions by their subjects, in order; which word joins them; how many they are."""
    sign = "AND" if is_call(node, "AND") else "OR"
    mix: Mix = "and" if sign == "AND" else "or"
    clauses = [_nested(voice.clause(part, around), mix) for part in flat(node, sign)]
    groups: list[_Group] = []
    for subject, found in groupby(clauses, key=lambda clause: clause.subject):
        same = list(found)
        if subject:
            groups.append(_Group(subject, tuple(clause.predicate for clause in same), same[0].topic))
        else:
            groups.extend(_Group((), (clause.predicate,), None) for clause in same)
    return mix, groups, len(clauses)


def _nested(clause: Clause, outer: str) -> Clause:
    """A condition within others: what another word joins is held together."""
    if clause.mix in ("", outer):
        return clause
    if clause.subject and clause.mix == "or" and starts(clause.predicate, "is "):
        predicate = words("is either ", without(clause.predicate, "is "))
        return Clause(clause.subject, predicate, (), clause.topic)
    return Clause((), bracketed(clause.text))


def _predicates(predicates: Sequence[Phrase], mix: str) -> Phrase:
    """What is said of one subject."""
    shared = next((verb for verb in ("is ", "are ") if all(starts(one, verb) for one in predicates)), "")
    unclear = _UNCLEAR if mix == "or" else (*_UNCLEAR, "is not", "are not")
    clear = not any(starts(one, *unclear) for one in predicates)
    if shared and clear:
        first, *others = predicates
        predicates = [first, *(without(one, shared) for one in others)]
    return listed(predicates, mix or "and", comma=len(predicates) > 2)


def _text(group: _Group, mix: str) -> Phrase:
    said = _predicates(group.predicates, mix)
    return words(group.subject, " ", said) if group.subject else said


def _texts(groups: Sequence[_Group], mix: Mix) -> Iterator[Phrase]:
    """The groups as clauses; neighbours of which the same is said by OR are told together."""
    at = 0
    while at < len(groups):
        group = groups[at]
        same = [group.subject]
        while (
            mix == "or"
            and group.subject
            and at + 1 < len(groups)
            and groups[at + 1].subject
            and groups[at + 1].predicates == group.predicates
            and len(group.predicates) == 1
            and " of " not in plain(groups[at].subject)
        ):
            at += 1
            same.append(groups[at].subject)
        yield words(listed(same, "or"), " ", group.predicates[0]) if len(same) > 1 else _text(group, mix)
        at += 1


def _together(texts: Sequence[Phrase], mix: Mix, count: int) -> Phrase:
    """Clauses as one; many or long ones behind a colon, too many not at all."""
    if count > MOST_SPOKEN:
        some = f"at least one of the {count} conditions below holds"
        return (some if mix == "or" else f"all {count} conditions below hold",)
    if len(texts) > 3 or (len(texts) > 1 and sum(map(length, texts)) > _LONG):
        head = "all of these hold: " if mix == "and" else "at least one of these holds: "
        return words(head, *(words("; " if index else "", text) for index, text in enumerate(texts)))
    return listed(texts, mix or "and", comma=len(texts) > 2 or any(f" {mix} " in plain(text) for text in texts))
