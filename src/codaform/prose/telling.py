"""A whole formula in one or a few plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from codaform.model import types
from codaform.model.schema import Doc
from codaform.prose.choices import cases, naming
from codaform.prose.phrases import Phrase, capital, length, listed, plain, words
from codaform.prose.remarks import remarks
from codaform.prose.speaking import Speaker
from codaform.prose.voice import Surroundings, bare, is_action, is_blank, is_call
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import Program
from codaform.source import Source

_LONGEST_LIST = 160
"""How many letters the values of several names have in one sentence; longer ones have a sentence each."""


def sentence(program: Program | Doc, bound: Bound, source: Source) -> str:
    """What a formula gives or does, in plain English: names and code stand between backticks.

    A formula with more conditions than a sentence can hold refers to `the conditions below`, which explanation lists.
    """
    return plain(sentences(program.doc if isinstance(program, Program) else program, bound, source))


def sentences(doc: Doc, bound: Bound, source: Source) -> Phrase:
    """The same with its marks kept."""
    speaker = Speaker(doc, source)
    try:
        told = [*statement(speaker, bound.body, Surroundings()), *remarks(bound.body)]
    except RecursionError:
        return ("A formula that is nested too deeply to be told.",)
    return words(*(words(" " if index else "", one) for index, one in enumerate(told)))


def statement(speaker: Speaker, node: ir.Node, around: Surroundings, first: bool = True) -> list[Phrase]:
    """A formula, or what is left of one behind its names and first decision, as sentences.

    first: Whether no sentence stands before it.
    """
    inner = bare(node)
    if is_call(inner, "WithName"):
        names, body, within = naming(inner, around)
        values = [words(name, " be ", speaker.noun(value, place).phrase) for name, value, place in names]
        return [*_let(values), *statement(speaker, body, within, False)]
    if is_call(inner, "If") and not is_action(inner):
        guarded = _guarded(speaker, inner, around)
        if guarded:
            return guarded
    if is_action(inner):
        return [_full(speaker.act(inner, around))]
    if node.type == types.BOOLEAN and not isinstance(inner, ir.Constant):
        return [_full(words("true if ", speaker.clause(node, around).text))]
    return [_full(words("" if first else "the result is ", speaker.noun(inner, around).phrase))]


def _guarded(speaker: Speaker, node: ir.Node, around: Surroundings) -> list[Phrase]:
    """An If whose one side is blank and whose other side takes sentences of its own."""
    assert isinstance(node, ir.Call)
    found, otherwise = cases(node)
    (condition, then), *others = found
    if others:
        return []
    if (otherwise is None or is_blank(otherwise)) and is_call(bare(then), "WithName"):
        return [
            _full(words("blank unless ", speaker.clause(condition, around).text)),
            *statement(speaker, then, around),
        ]
    if is_blank(then) and otherwise is not None and is_call(bare(otherwise), "WithName"):
        return [
            _full(words("blank if ", speaker.clause(condition, around).text)),
            *statement(speaker, otherwise, around),
        ]
    return []


def _let(values: Sequence[Phrase]) -> list[Phrase]:
    if sum(map(length, values)) <= _LONGEST_LIST:
        return [_full(words("let ", listed(values)))]
    return [_full(words("let ", value)) for value in values]


def _full(phrase: Phrase) -> Phrase:
    """The words as a sentence."""
    return words(capital(phrase), ".")
