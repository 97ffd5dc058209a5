"""The words of comparisons: what is said of the left side."""

from __future__ import annotations

from codaform.model import types
from codaform.prose.phrases import Phrase, words
from codaform.prose.voice import Clause, Surroundings, Voice, bare, beside, is_blank
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


def compared(voice: Voice, call: ir.Call, around: Surroundings) -> Clause:
    """`left < right` and its like as a clause."""
    sign = call.function.operator
    left, right = (bare(argument) for argument in call.args if argument is not None)
    if sign in ("=", "!="):
        return _equal(voice, left, right, sign, around)
    names = _SIGNS[_kind(left.type, right.type)]
    other = beside(voice.noun(right, around), right)
    subject = beside(voice.noun(left, around), left)
    return Clause(subject, words(names[sign], " ", other), words(names[_OPPOSITE[sign]], " ", other), left)


def _kind(*kinds: types.Type) -> str:
    """What two values are, as far as it is known: days, moments, texts, else numbers."""
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


def _equal(voice: Voice, left: ir.Node, right: ir.Node, sign: str, around: Surroundings) -> Clause:
    if isinstance(left, ir.Constant) and not isinstance(right, ir.Constant):
        left, right = right, left
    if isinstance(right, ir.Constant) and isinstance(right.value, bool) and isinstance(left, ir.Call):
        clause = voice.clause(left, around)
        if left.type == types.BOOLEAN and (right.value == (sign == "=") or clause.negated):
            return clause if right.value == (sign == "=") else opposite(clause)
    if isinstance(left, ir.Call) and isinstance(right, ir.Call) and left.type == right.type == types.BOOLEAN:
        one, other = voice.clause(left, around).text, voice.clause(right, around).text
        both, single = "both or neither of these hold: ", "exactly one of these holds: "
        heads = (both, single) if sign == "=" else (single, both)
        return Clause((), words(heads[0], one, "; ", other), words(heads[1], one, "; ", other))
    told = _equality(voice, right, around)
    same, different = told if sign == "=" else told[::-1]
    return Clause(beside(voice.noun(left, around), left), same, different, left)


def _equality(voice: Voice, node: ir.Node, around: Surroundings) -> tuple[Phrase, Phrase]:
    if is_blank(node):
        return ("is blank",), ("is not blank",)
    noun = beside(voice.noun(node, around), node)
    if isinstance(node, ir.Constant | ir.RowNamed) or (isinstance(node, ir.Call) and not node.args):
        return words("is ", noun), words("is not ", noun)
    if node.type == types.NUMBER:
        return words("equals ", noun), words("does not equal ", noun)
    return words("is the same as ", noun), words("differs from ", noun)


def opposite(clause: Clause) -> Clause:
    """What holds where a condition does not."""
    if clause.negated:
        return Clause(clause.subject, clause.negated, clause.predicate, clause.topic)
    return Clause((), words("it is not true that ", clause.text), (), None)


def truth(voice: Voice, node: ir.Node, around: Surroundings) -> Clause:
    """Any value as a condition: what Coda takes for true."""
    subject = beside(voice.noun(node, around), node)
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
