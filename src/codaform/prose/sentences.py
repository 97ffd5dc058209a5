"""A whole formula in one or a few plain sentences, with a remark on each blank or zero that matters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codaform.model import types
from codaform.model.schema import Doc
from codaform.prose.conditions import decision_cases, named_values
from codaform.prose.formula_narrator import FormulaNarrator
from codaform.prose.narrator import Surroundings, bare, is_action, is_blank, is_call
from codaform.prose.phrases import Mark, Phrase, capital, length, listed, plain_text, words
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import Program
from codaform.source import Source

_LONGEST_LIST = 160
"""The most letters of the values of several names in one sentence; longer values have a sentence each."""


def describe_formula(program: Program | Doc, bound: Bound, source: Source) -> str:
    """The value or action of a formula in plain English, names and code in backticks.

    A formula with too many conditions for a sentence refers to `the conditions below`, which the explanation lists.
    """
    return plain_text(formula_phrase(program.doc if isinstance(program, Program) else program, bound, source))


def says_itself(bound: Bound) -> bool:
    """Whether a formula needs no words: a constant, a cell, a name, a call without arguments."""
    body = bare(bound.body)
    if isinstance(body, ir.Field):
        body = bare(body.row)
    return not isinstance(body, ir.Call | ir.Map) or (isinstance(body, ir.Call) and not any(body.args))


def formula_phrase(doc: Doc, bound: Bound, source: Source) -> Phrase:
    """The same with its marks kept."""
    speaker = FormulaNarrator(doc, source)
    try:
        told = [*_statement(speaker, bound.body, Surroundings()), *_remarks(bound.body)]
    except RecursionError:
        return ("The formula is nested too deeply for words.",)
    return words(*(words(" " if index else "", one) for index, one in enumerate(told)))


def _statement(speaker: FormulaNarrator, node: ir.Node, around: Surroundings, first: bool = True) -> list[Phrase]:
    """A formula, or the rest of it behind its names and its first decision, as sentences.

    first: Whether it is the first sentence.
    """
    inner = bare(node)
    if is_call(inner, "WithName"):
        names, body, within = named_values(inner, around)
        values = [words(name, " be ", speaker.noun(value, place).phrase) for name, value, place in names]
        return [*_let(values), *_statement(speaker, body, within, False)]
    if is_call(inner, "If") and not is_action(inner):
        guarded = _guarded(speaker, inner, around)
        if guarded:
            return guarded
    if is_action(inner):
        return [_full(speaker.act(inner, around))]
    if node.type == types.BOOLEAN and not isinstance(inner, ir.Constant):
        return [_full(words("true if ", speaker.clause(node, around).text))]
    return [_full(words("" if first else "the result is ", speaker.noun(inner, around).phrase))]


def _guarded(speaker: FormulaNarrator, node: ir.Node, around: Surroundings) -> list[Phrase]:
    """An If whose one side is blank and whose other side takes sentences of its own."""
    assert isinstance(node, ir.Call)
    found, otherwise = decision_cases(node)
    (condition, then), *others = found
    if others:
        return []
    if (otherwise is None or is_blank(otherwise)) and is_call(bare(then), "WithName"):
        return [
            _full(words("blank unless ", speaker.clause(condition, around).text)),
            *_statement(speaker, then, around),
        ]
    if is_blank(then) and otherwise is not None and is_call(bare(otherwise), "WithName"):
        return [
            _full(words("blank if ", speaker.clause(condition, around).text)),
            *_statement(speaker, otherwise, around),
        ]
    return []


def _let(values: Sequence[Phrase]) -> list[Phrase]:
    if sum(map(length, values)) <= _LONGEST_LIST:
        return [_full(words("let ", listed(values)))]
    return [_full(words("let ", value)) for value in values]


def _full(phrase: Phrase) -> Phrase:
    """The words as a sentence."""
    return words(capital(phrase), ".")


def _remarks(body: ir.Node) -> list[Phrase]:
    """A sentence for each cell whose blank passes a comparison, counts as 0 or is a divisor; one for each cell."""
    parts = ir.parts(body)
    tested = [node for part in parts for node in (*_tested(part), *_larger(part))]
    smaller = [node for part in parts for node in _smaller(part) if node not in tested]
    true = [node for part in parts for node in _true(part)]
    beside_zero = [node for part in parts for node in _beside_zero(part)]
    never_zero = [*true, *beside_zero]
    never_blank = [*tested, *true, *(node for node in smaller if node in beside_zero)]
    added = [node for part in parts for node in _added(part) if node not in never_blank]
    divisors = [node for part in parts for node in _divisor(part)]
    loops = any(map(_goes_through, parts))
    told: list[Phrase] = []
    for node in smaller:
        than = "earlier than any date" if node.type in (types.DATE, types.DATETIME) else "smaller than any value"
        told.append(words("Where ", _name(node, loops), f" is blank, it counts as {than}."))
    if added:
        cells = listed([_name(node, loops) for node in dict.fromkeys(added)], "or")
        told.append(words("Where ", cells, " is blank, it counts as 0."))
    for node in divisors:
        faults = [word for word, safe in (("blank", never_blank), ("0", never_zero)) if node not in safe]
        if faults:
            told.append(words("Where ", _name(node, loops), f" is {' or '.join(faults)}, the division gives an error."))
    return list(dict.fromkeys(told))


def _name(node: ir.Field, loops: bool) -> Phrase:
    """A cell, with its row where the formula reads cells of several rows."""
    mark = Mark(node.column)
    row = bare(node.row)
    if not isinstance(row, ir.Local):
        return (mark,)
    own = "this row's " if loops else "its "
    return words(own if row.slot == 0 else "a row's ", mark)


def _goes_through(part: ir.Node) -> bool:
    """Whether a part goes through a list."""
    if isinstance(part, ir.Call) and not is_call(part, "WithName"):
        return any(isinstance(argument, ir.Lambda) and argument.slot is not None for argument in part.args)
    return False


def _tested(part: ir.Node) -> Iterator[ir.Node]:
    """The argument of IsBlank and functions like it."""
    if isinstance(part, ir.Call) and is_call(part, "IsBlank", "IsNotBlank", "IfBlank") and part.args[0] is not None:
        yield bare(part.args[0])


def _smaller(part: ir.Node) -> Iterator[ir.Field]:
    """A cell on the smaller side of a comparison, where a blank passes."""
    if is_call(part, "<", "<=", ">", ">=") and isinstance(part, ir.Call):
        low, high = part.args if part.function.operator.startswith("<") else part.args[::-1]
        node = bare(low) if low is not None else None
        if isinstance(node, ir.Field) and high is not None and not isinstance(bare(high).type, types.RowOf):
            yield node


def _larger(part: ir.Node) -> Iterator[ir.Node]:
    """The larger side of a comparison, where a blank does not pass."""
    if is_call(part, "<", "<=", ">", ">=") and isinstance(part, ir.Call):
        high = part.args[1] if part.function.operator.startswith("<") else part.args[0]
        if high is not None:
            yield bare(high)


def _added(part: ir.Node) -> Iterator[ir.Field]:
    """A cell that is added, subtracted or multiplied as a number."""
    if isinstance(part, ir.Call) and is_call(part, "+", "-", "*") and part.type == types.NUMBER:
        for argument in part.args:
            node = bare(argument) if argument is not None else None
            if isinstance(node, ir.Field) and node.type == types.NUMBER:
                yield node


def _divisor(part: ir.Node) -> Iterator[ir.Field]:
    if is_call(part, "/") and isinstance(part, ir.Call) and part.args[1] is not None:
        node = bare(part.args[1])
        if isinstance(node, ir.Field):
            yield node


def _true(part: ir.Node) -> Iterator[ir.Node]:
    """A value that is a condition, which neither a blank nor 0 fulfils."""
    if isinstance(part, ir.Convert) and part.type == types.BOOLEAN:
        yield bare(part.value)


def _beside_zero(part: ir.Node) -> Iterator[ir.Node]:
    """A value that is compared with 0."""
    if isinstance(part, ir.Call) and is_call(part, "=", "!=", "<", "<=", ">", ">="):
        sides = [bare(argument) for argument in part.args if argument is not None]
        for side, other in (sides, sides[::-1]):
            if isinstance(other, ir.Constant) and other.value == 0:
                yield side
