"""The words of conditions: comparisons, AND and OR, If and Switch, and the names in WithName."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from codaform.model import types
from codaform.prose.narrator import (
    Clause,
    Mix,
    NarratedItem,
    Narrator,
    NounPhrase,
    Surroundings,
    arguments_by_name,
    bare,
    beside_verb,
    is_blank,
    is_call,
    with_named_value,
)
from codaform.prose.phrases import Mark, Phrase, bracketed, length, listed, plain_text, starts, without, words
from codaform.semantics import ir

_SIGNS: dict[str, dict[str, str]] = {
    "day": {"<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after"},
    "moment": {"<": "is before", "<=": "is at or before", ">": "is after", ">=": "is at or after"},
    "number": {"<": "is less than", "<=": "is at most", ">": "is more than", ">=": "is at least"},
    "text": {
        "<": "comes before",
        "<=": "comes before or is the same as",
        ">": "comes after",
        ">=": "comes after or is the same as",
    },
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
COMPARISONS = frozenset(_OPPOSITE)
"""The signs that compare."""


def comparison_clause(narrator: Narrator, call: ir.Call, around: Surroundings) -> Clause:
    """`left < right` and its like as a clause."""
    sign = call.function.operator
    left, right = (bare(argument) for argument in call.args if argument is not None)
    if sign in ("=", "!="):
        return _equal(narrator, left, right, sign, around)
    names = _SIGNS[_kind(left.type, right.type)]
    other = beside_verb(narrator.noun(right, around), right)
    subject = beside_verb(narrator.noun(left, around), left)
    return Clause(subject, words(names[sign], " ", other), words(names[_OPPOSITE[sign]], " ", other), left)


def _kind(*kinds: types.Type) -> str:
    """The kind that two values are compared as: days, moments, texts, or else numbers."""
    inner = [kind.item if isinstance(kind, types.ListOf) else kind for kind in kinds]
    if types.DATETIME in inner:
        return "moment"
    if types.DATE in inner:
        return "day"
    return (
        "text"
        if all(kind in (types.TEXT, types.PERSON) or isinstance(kind, types.RowOf) for kind in inner)
        else "number"
    )


def _equal(narrator: Narrator, left: ir.Node, right: ir.Node, sign: str, around: Surroundings) -> Clause:
    if isinstance(left, ir.Constant) and not isinstance(right, ir.Constant):
        left, right = right, left
    if isinstance(right, ir.Constant) and isinstance(right.value, bool) and isinstance(left, ir.Call):
        clause = narrator.clause(left, around)
        if left.type == types.BOOLEAN and (right.value == (sign == "=") or clause.negated):
            return clause if right.value == (sign == "=") else negated_clause(clause)
    if isinstance(left, ir.Call) and isinstance(right, ir.Call) and left.type == right.type == types.BOOLEAN:
        one, other = narrator.clause(left, around).text, narrator.clause(right, around).text
        both, single = "both or neither of these hold: ", "exactly one of these holds: "
        heads = (both, single) if sign == "=" else (single, both)
        return Clause((), words(heads[0], one, "; ", other), words(heads[1], one, "; ", other))
    pair = _equality(narrator, right, around)
    same, different = pair if sign == "=" else pair[::-1]
    return Clause(beside_verb(narrator.noun(left, around), left), same, different, left)


def _equality(narrator: Narrator, node: ir.Node, around: Surroundings) -> tuple[Phrase, Phrase]:
    if is_blank(node):
        return ("is blank",), ("is not blank",)
    noun = beside_verb(narrator.noun(node, around), node)
    if isinstance(node, ir.Constant | ir.RowNamed) or (isinstance(node, ir.Call) and not node.args):
        return words("is ", noun), words("is not ", noun)
    if node.type == types.NUMBER:
        return words("equals ", noun), words("does not equal ", noun)
    return words("is the same as ", noun), words("differs from ", noun)


def negated_clause(clause: Clause) -> Clause:
    """The negation of a condition."""
    if clause.negated:
        return Clause(clause.subject, clause.negated, clause.predicate, clause.topic)
    return Clause((), words("it is not true that ", clause.text), (), None)


def truth_clause(narrator: Narrator, node: ir.Node, around: Surroundings) -> Clause:
    """Any value as a condition: the values that Coda counts as true."""
    subject = beside_verb(narrator.noun(node, around), node)
    match node.type:
        case types.BOOLEAN:
            return Clause(subject, ("is true",), ("is not true",), node)
        case types.NUMBER | types.DURATION:
            zero = "0" if node.type == types.NUMBER else "zero"
            return Clause(subject, (f"is neither blank nor {zero}",), (f"is blank or {zero}",), node)
        case types.DATE | types.DATETIME | types.TIME | types.PERSON | types.OBJECT | types.RowOf():
            return Clause(subject, ("is not blank",), ("is blank",), node)
        case types.TEXT:
            return Clause(subject, ('is neither blank nor "false"',), ('is blank or "false"',), node)
        case types.ListOf(types.RowOf()):
            return Clause(subject, ("is not empty",), ("is empty",), node)
        case types.BLANK:
            return Clause(("a blank",), ("counts as true",), ("counts as false",), node)
    return Clause(subject, ("counts as true",), ("counts as false",), node)


_MOST_SPOKEN = 6
"""The most conditions in a sentence; with more, it gives their number."""

_LONG = 260
_UNCLEAR = ("is at or", "is on or", "are at or", "are on or", "is either", "is neither", "are either", "are neither")
"""Beginnings of predicates that keep their verb in every list."""

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
    """A subject with its predicates."""

    subject: Phrase
    predicates: tuple[Phrase, ...]
    topic: ir.Node | None


def flat_conditions(node: ir.Node, sign: str) -> list[ir.Node]:
    """The conditions that one sign joins, with or without parentheses."""
    joined: list[ir.Node] = []
    waiting = [node]
    while waiting:
        part = bare(waiting.pop())
        if isinstance(part, ir.Call) and is_call(part, sign):
            waiting.extend(argument for argument in reversed(part.args) if argument is not None)
        else:
            joined.append(part)
    return joined


def joined_clause(narrator: Narrator, node: ir.Node, around: Surroundings) -> Clause:
    """`a AND b`, `a OR b` as one clause."""
    mix, groups, count = _groups(narrator, node, around)
    if len(groups) == 1 and groups[0].subject and count <= _MOST_SPOKEN:
        (group,) = groups
        return Clause(group.subject, _predicates(group.predicates, mix), (), group.topic, mix)
    return Clause((), _together(list(_texts(groups, mix)), mix, count), (), None, mix)


def relative_phrase(narrator: Narrator, node: ir.Node, around: Surroundings) -> Phrase:
    """A condition on the current item: `whose … is …`, `that are …`, `for which …`."""
    if not is_call(node, "AND", "OR"):
        clause = narrator.clause(node, around)
        groups: list[_Group] = [_Group(clause.subject, (clause.predicate,), clause.topic)]
        mix: Mix = ""
        count = 1
    else:
        mix, groups, count = _groups(narrator, node, around)
    parts = [_related(group, mix, around) for group in groups]
    if (count > 3 and (len(parts) > 3 or sum(map(length, parts)) > _LONG)) or count > _MOST_SPOKEN:
        return words("for which ", _together([_text(group, mix) for group in groups], mix, count))
    return listed(parts, mix or "and", comma=len(parts) > 2 or any(len(group.predicates) > 1 for group in groups))


def _related(group: _Group, mix: Mix, around: Surroundings) -> Phrase:
    held = around.items.get(around.current, NarratedItem("item"))
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


def _groups(narrator: Narrator, node: ir.Node, around: Surroundings) -> tuple[Mix, list[_Group], int]:
    """The conditions grouped by subject, in order; the word that joins them; their number."""
    sign = "AND" if is_call(node, "AND") else "OR"
    mix: Mix = "and" if sign == "AND" else "or"
    clauses = [_nested(narrator.clause(part, around), mix) for part in flat_conditions(node, sign)]
    groups: list[_Group] = []
    for subject, neighbours in groupby(clauses, key=lambda clause: clause.subject):
        same = list(neighbours)
        if subject:
            groups.append(_Group(subject, tuple(clause.predicate for clause in same), same[0].topic))
        else:
            groups.extend(_Group((), (clause.predicate,), None) for clause in same)
    return mix, groups, len(clauses)


def _nested(clause: Clause, outer: str) -> Clause:
    """A condition inside another one; where another word joins its parts, they are kept together."""
    if clause.mix in ("", outer):
        return clause
    if clause.subject and clause.mix == "or" and starts(clause.predicate, "is "):
        predicate = words("is either ", without(clause.predicate, "is "))
        return Clause(clause.subject, predicate, (), clause.topic)
    return Clause((), bracketed(clause.text))


def _predicates(predicates: Sequence[Phrase], mix: str) -> Phrase:
    """The predicates of one subject as one phrase."""
    shared = next((verb for verb in ("is ", "are ") if all(starts(one, verb) for one in predicates)), "")
    unclear = _UNCLEAR if mix == "or" else (*_UNCLEAR, "is not", "are not")
    clear = not any(starts(one, *unclear) for one in predicates)
    if shared and clear:
        first, *others = predicates
        predicates = [first, *(without(one, shared) for one in others)]
    return listed(predicates, mix or "and", comma=len(predicates) > 2)


def _text(group: _Group, mix: str) -> Phrase:
    phrase = _predicates(group.predicates, mix)
    return words(group.subject, " ", phrase) if group.subject else phrase


def _texts(groups: Sequence[_Group], mix: Mix) -> Iterator[Phrase]:
    """The groups as clauses; neighbours that OR joins and that have the same predicate share one clause."""
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
            and " of " not in plain_text(groups[at].subject)
        ):
            at += 1
            same.append(groups[at].subject)
        yield words(listed(same, "or"), " ", group.predicates[0]) if len(same) > 1 else _text(group, mix)
        at += 1


def _together(texts: Sequence[Phrase], mix: Mix, count: int) -> Phrase:
    """Clauses as one; many or long ones behind a colon, too many not at all."""
    if count > _MOST_SPOKEN:
        some = f"at least one of the {count} conditions below holds"
        return (some if mix == "or" else f"all {count} conditions below hold",)
    if len(texts) > 3 or (len(texts) > 1 and sum(map(length, texts)) > _LONG):
        head = "all of these hold: " if mix == "and" else "at least one of these holds: "
        return words(head, *(words("; " if index else "", text) for index, text in enumerate(texts)))
    return listed(texts, mix or "and", comma=len(texts) > 2 or any(f" {mix} " in plain_text(text) for text in texts))


_Case = tuple[ir.Node, ir.Node]


def decision_cases(node: ir.Call) -> tuple[list[_Case], ir.Node | None]:
    """The conditions of If and SwitchIf with their values, and the value otherwise; an If there is another case."""
    cases: list[_Case] = []
    rest: ir.Node | None = node
    while rest is not None and is_call(bare(rest), "If", "SwitchIf"):
        call = bare(rest)
        assert isinstance(call, ir.Call)
        given = arguments_by_name(call)
        if call.function.name == "If":
            (condition,), (then,) = given["condition"], given["then"]
            cases.append((condition, then))
            rest = next(iter(given.get("otherwise", [])), None)
        else:
            pairs = given.get("cases", [])
            cases.extend(zip(pairs[::2], pairs[1::2], strict=False))
            rest = next(iter(given.get("default", [])), None)
    return cases, rest


def decision_noun(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """If and SwitchIf as a noun: `a if …, otherwise b`."""
    cases, otherwise = decision_cases(call)
    parts: list[Phrase | str] = []
    for index, (condition, value) in enumerate(cases):
        noun = narrator.noun(value, around)
        shown = beside_verb(noun, value)
        parts.extend((", otherwise " if index else "", shown, " if ", narrator.clause(condition, around).text))
    parts.extend((", otherwise ", _value(narrator, otherwise, around)))
    return NounPhrase(words(*parts), True)


def _value(narrator: Narrator, node: ir.Node | None, around: Surroundings) -> Phrase:
    return ("blank",) if node is None or is_blank(node) else narrator.noun(node, around).phrase


def decision_act(narrator: Narrator, call: ir.Call, around: Surroundings) -> Phrase:
    """If and SwitchIf as a deed."""
    cases, otherwise = decision_cases(call)
    parts: list[Phrase | str] = []
    for index, (condition, value) in enumerate(cases):
        parts.extend((", otherwise " if index else "", "if ", narrator.clause(condition, around).text, ", "))
        parts.append(narrator.act(value, around))
    if otherwise is not None and not is_blank(otherwise):
        parts.extend((", otherwise ", narrator.act(otherwise, around)))
    return words(*parts)


def decision_clause(narrator: Narrator, call: ir.Call, around: Surroundings) -> Clause:
    """If as a condition."""
    cases, otherwise = decision_cases(call)
    if len(cases) == 1:
        ((condition, value),) = cases
        then = bare(value)
        if otherwise is not None and (_is(then, False) or is_blank(then)):
            first = negated_clause(narrator.clause(condition, around))
            return Clause((), words(first.text, ", and ", narrator.clause(otherwise, around).text), mix="and")
        if otherwise is None or is_blank(otherwise) or _is(bare(otherwise), False):
            first = narrator.clause(condition, around)
            return Clause((), words(first.text, ", and ", narrator.clause(then, around).text), mix="and")
    noun = decision_noun(narrator, call, around)
    return Clause(words("(", noun.phrase, ")"), ("counts as true",), ("counts as false",))


def _is(node: ir.Node, value: bool) -> bool:
    return isinstance(node, ir.Constant) and node.value is value


def switch_noun(narrator: Narrator, call: ir.Call, around: Surroundings) -> NounPhrase:
    """Switch as a noun: `1 where … is "a", 2 where it is "b", otherwise 3`."""
    given = arguments_by_name(call)
    pairs = given.get("cases", [])
    parts: list[Phrase | str] = []
    subject = beside_verb(narrator.noun(given["value"][0], around), given["value"][0])
    for index, (case, result) in enumerate(zip(pairs[::2], pairs[1::2], strict=False)):
        parts.extend(
            (
                ", " if index else "",
                beside_verb(narrator.noun(result, around), result),
                " if ",
                ("that",) if index else subject,
            )
        )
        parts.extend((" is ", _value(narrator, case, around)))
    default = next(iter(given.get("default", [])), None)
    parts.extend((", otherwise " if parts else "", _value(narrator, default, around)))
    return NounPhrase(words(*parts), True)


# ------------------------------------------------------------ names


def named_values(
    call: ir.Node, around: Surroundings
) -> tuple[list[tuple[Phrase, ir.Node, Surroundings]], ir.Node, Surroundings]:
    """The names that WithName and those within it give, each with its value; the formula that uses them."""
    named: list[tuple[Phrase, ir.Node, Surroundings]] = []
    node = bare(call)
    while is_call(node, "WithName") and isinstance(node, ir.Call):
        value, name, formula = node.args
        if value is None or formula is None:
            break
        label = bare(name) if name is not None else None
        mark: Phrase = (Mark(str(label.value)),) if isinstance(label, ir.Constant) else ("the value",)
        named.append((mark, value, around))
        if isinstance(formula, ir.Lambda) and formula.slot is not None:
            around = with_named_value(around, formula.slot, mark)
        node = bare(formula)
    return named, node, around


def where_phrase(
    narrator: Narrator, call: ir.Call, around: Surroundings, body: Callable[[ir.Node, Surroundings], Phrase]
) -> Phrase:
    """The formula that uses the names, then the value of each name."""
    names, inner, within = named_values(call, around)
    parts = [words(name, " is ", narrator.noun(value, place).phrase) for name, value, place in names]
    listing: list[Phrase | str] = []
    for index, one in enumerate(parts):
        listing.extend((" and " if index and index == len(parts) - 1 else ", " if index else "", one))
    return words(body(inner, within), ", where ", *listing)
