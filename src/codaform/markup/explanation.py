"""A formula part by part: each with its words and, for one row, its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from codaform.evaluation.explain import ExplainedStep, explain, outline, value_text
from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.values import Row
from codaform.project.session import Session
from codaform.prose.conditions import flat_conditions, named_values
from codaform.prose.formula_narrator import FormulaNarrator
from codaform.prose.narrator import (
    NarratedItem,
    Surroundings,
    arguments_by_name,
    bare,
    is_action,
    is_call,
    with_named_value,
    within_items,
)
from codaform.prose.phrases import Mark, Phrase, listed, plain_text, words
from codaform.prose.sentences import formula_phrase
from codaform.prose.templates import item_type
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source, Span
from codaform.text import shorten, utf16_length

_MOST_IN_WORDS = 3
"""The most conditions in the words of a part; with more, its words refer to the parts below."""

_DEEPEST = 16
"""The most levels of parts; deeper parts help no reader."""

_MOST_TIPS = 200
"""The most parts of a formula that have a tooltip."""

_LONGEST_TIP = 240
"""The most letters of the words of a tooltip."""


@dataclass(frozen=True, slots=True)
class FormulaPart:
    """A part of a formula, with its own parts.

    phrase: Its words with their marks. value: In one line; empty without a row.
    note: How often it was computed, if not once, or why it was not. span: Its place in the formula's text.
    """

    text: str
    span: Span
    phrase: Phrase
    value: str
    note: str
    children: tuple[FormulaPart, ...]

    @property
    def words(self) -> str:
        """Its words as plain text, names between backticks."""
        return plain_text(self.phrase)


def explain_in_words(
    session: Session, place: FormulaSite, row: Row | None, book: Workbook | None = None
) -> FormulaPart:
    """The formula at a place, part by part. Raises KeyError where there is no formula.

    row: The row of the values; without a row, a formula of a table has no values.
    book: The workbook that has the row; the one with the sample rows if left out.
    """
    source, bound = _formula(session, place)
    speaker = FormulaNarrator(session.project.doc, source)
    book = book or session.book
    valued = row is not None or not place.table
    whole = explain(source, bound, book, row) if valued else outline(source, bound)
    if len(whole.children) == 1 and bare(whole.children[0].node) is bare(whole.node):
        (whole,) = whole.children  # the same without its comments and line breaks
    tree = _part(_Narration(speaker, _surroundings(bound.body), _names(bound.body), book if valued else None), whole)
    return replace(tree, phrase=formula_phrase(speaker.doc, bound, source))


def parts_data(text: str, whole: FormulaPart) -> list[list[str | int]]:
    """The parts of a formula for tooltips over its text, outer ones first: `[start, end, words, value, note]`.

    text: The formula as written. Places count from its first line that is not empty, in UTF-16 units.
    """
    skipped = len(text) - len(text.lstrip("\n"))
    told: list[list[str | int]] = []
    waiting = [whole]
    while waiting and len(told) < _MOST_TIPS:
        part = waiting.pop()
        start, end = (utf16_length(text[skipped : max(at, skipped)]) for at in (part.span.start, part.span.end))
        told.append([start, end, *(shorten(one, _LONGEST_TIP) for one in (part.words, part.value, part.note))])
        waiting.extend(reversed(part.children))
    return told


# ------------------------------------------------------------ the formula


def _formula(session: Session, place: FormulaSite) -> tuple[Source, Bound]:
    """The text of a formula and its bound form; data tests are not in the program."""
    if (source := session.formula_text(place)) is not None:
        return source, session.program.formulas[place]
    for test in session.project.tests:
        if place.role == "test" and (test.table, test.name) == (place.table, place.name) and test.formula is not None:
            return test.formula, bind_site(session.project.doc, place, test.formula, types.BOOLEAN)[0]
    raise KeyError(place)


def _surroundings(body: ir.Node) -> dict[int, Surroundings]:
    """The context of each part of a formula when it is shown alone, by the identity of the part."""
    found: dict[int, Surroundings] = {}
    waiting = [(body, Surroundings(apart=True))]
    while waiting:
        node, around = waiting.pop()
        found[id(node)] = around
        match node:
            case ir.Call():
                waiting.extend(_inner(node, around))
            case ir.Map(items, slot, inner):
                rows = isinstance(items.type, types.ListOf) and isinstance(items.type.item, types.RowOf)
                each = NarratedItem("each", ("each row" if rows else "each item",))
                waiting.append((items, around))
                waiting.append(
                    (inner, Surroundings({**around.items, slot: each}, around.current, around.own, around.theirs, True))
                )
            case _:
                waiting.extend((child, around) for child in ir.children(node))
    return found


def _inner(call: ir.Call, around: Surroundings) -> Iterator[tuple[ir.Node, Surroundings]]:
    given = arguments_by_name(call)
    name = next((bare(node) for node in given.get("name", [])), None)
    for argument in call.args:
        if not isinstance(argument, ir.Lambda) or argument.slot is None:
            if argument is not None:
                yield argument, around
        elif is_call(call, "WithName") and isinstance(name, ir.Constant):
            yield argument, with_named_value(around, argument.slot, (Mark(str(name.value)),))
        else:
            yield argument, within_items(around, argument.slot, item_type(given), "its")


def _names(body: ir.Node) -> dict[int, Mark]:
    """The names that WithName gives to parts, by the part's identity."""
    found: dict[int, Mark] = {}
    for part in ir.parts(body):
        if isinstance(part, ir.Call) and is_call(part, "WithName"):
            value, name, _ = part.args
            if value is not None and isinstance(label := bare(name) if name is not None else None, ir.Constant):
                found[id(bare(value))] = Mark(str(label.value))
    return found


# ------------------------------------------------------------ the parts


@dataclass(frozen=True, slots=True)
class _Narration:
    """Everything that the words and values of a formula's parts depend on; without a book they have no values."""

    speaker: FormulaNarrator
    around: dict[int, Surroundings]
    names: dict[int, Mark]
    book: Workbook | None


def _part(telling: _Narration, step: ExplainedStep, depth: int = 0) -> FormulaPart:
    around = replace(telling.around.get(id(step.node), Surroundings()), apart=False)
    phrase = _words(telling.speaker, step.node, around)
    name = telling.names.get(id(bare(step.node)))
    if name is not None:
        phrase = words(name, " is ", phrase)
    value = value_text(step, telling.book) if telling.book is not None else ""
    shown = _shown_steps(step, telling.book is not None) if depth < _DEEPEST else ()
    children = tuple(_part(telling, child, depth + 1) for child in shown)
    return FormulaPart(step.text, step.node.span, phrase, value, step.note, children)


def _shown_steps(step: ExplainedStep, valued: bool) -> Iterator[ExplainedStep]:
    """The parts of a step: operands of one sign and names of WithName side by side; bare names only with values."""
    for child in step.children:
        if child.children and _sign(child.node) in _CHAINS and _sign(child.node) == _sign(step.node):
            yield from _shown_steps(child, valued)
        elif valued or not isinstance(bare(child.node), ir.Field | ir.Rows | ir.Named) or child.children:
            yield child


_CHAINS = ("AND", "OR", "WithName", "+", "*", "&")
"""Calls whose nested calls of the same function are shown side by side."""


def _sign(node: ir.Node) -> str:
    inner = bare(node)
    return (inner.function.operator or inner.function.name) if isinstance(inner, ir.Call) else ""


def _words(speaker: FormulaNarrator, node: ir.Node, around: Surroundings) -> Phrase:
    """The words of a part alone; details are left to its own parts."""
    inner = bare(node)
    if is_call(inner, "WithName"):
        names, body, within = named_values(inner, around)
        return words(_words(speaker, body, within), ", with ", listed([name for name, _, _ in names]), " as below")
    if is_action(inner):
        return speaker.act(inner, around)
    if isinstance(inner, ir.Call) and inner.type == types.BOOLEAN:
        if (
            is_call(inner, "AND", "OR")
            and (count := len(flat_conditions(inner, inner.function.operator))) > _MOST_IN_WORDS
        ):
            every = is_call(inner, "AND")
            return (
                f"all {count} conditions below hold"
                if every
                else f"at least one of the {count} conditions below holds",
            )
        return speaker.clause(inner, around).text
    return speaker.noun(inner, around).phrase
