"""The value of every part of a formula for one row, as a tree."""

from __future__ import annotations

from dataclasses import dataclass, replace

from codaform.evaluation.rows.generate import generate
from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.model.values import Error, Row
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.source import Source
from codaform.syntax.parser import parse
from codaform.syntax.printer import show
from codaform.text import shorten


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """A part of a formula: its text, its value, and the parts that it was made from.

    note: How often it was computed where that is not once, or why it was not.
    node: The part as understood.
    """

    text: str
    value: object
    note: str
    children: tuple[ExplainedStep, ...]
    node: ir.Node


@dataclass
class _Seen:
    value: object
    times: int = 1


def explain(source: Source, bound: Bound, book: Workbook, row: Row | None = None) -> ExplainedStep:
    """Compute a formula for a row (or without one) and return the value of each part.

    In a formula that is asked per item, the values are those of the first item.
    """
    seen: dict[int, _Seen] = {}

    def note(node: ir.Node, value: object) -> None:
        known = seen.setdefault(id(node), _Seen(value, 0))
        known.times += 1

    value = book.run(generate(bound.body, watch=note).of(book), row)
    whole = _step(bound.body, source, seen)
    return _of_whole(source, value, whole)


def outline(source: Source, bound: Bound) -> ExplainedStep:
    """The parts of a formula in the form of `explain`, without values."""
    return _of_whole(source, None, _step(bound.body, source, None))


def _of_whole(source: Source, value: object, whole: ExplainedStep) -> ExplainedStep:
    text = _flat(source.text)
    children = whole.children or (() if whole.text == text else (whole,))
    return ExplainedStep(text, value, whole.note, children, whole.node)


def _step(node: ir.Node, source: Source, seen: dict[int, _Seen] | None) -> ExplainedStep:
    """seen: The computed values; None lists every part without a value."""
    text = _flat(source.text[node.span.start : node.span.end])
    known = _Seen(None) if seen is None else seen.get(id(node))
    if known is None:
        return ExplainedStep(text, None, "not computed", (), node)
    parts = tuple(part for child in ir.children(node) for part in _parts(child, source, seen))
    note = f"the first of {known.times}" if known.times > 1 else ""
    return ExplainedStep(text, known.value, note, parts, node)


def _flat(text: str) -> str:
    """A formula, or a part of one, in one line."""
    tree, _ = parse(Source("part", text))
    return " ".join(text.split()) if tree is None or tree.comments else show(tree, width=len(text) + 1_000)


def _parts(node: ir.Node, source: Source, seen: dict[int, _Seen] | None) -> tuple[ExplainedStep, ...]:
    """The steps that a part contributes: none for a constant or a row, its own parts for what has no text itself."""
    match node:
        case ir.Constant() | ir.Local():
            return ()
        case ir.Lambda() | ir.Convert():
            return tuple(part for child in ir.children(node) for part in _parts(child, source, seen))
        case ir.Map():
            step = _step(node, source, seen)
            own = ir.children(node)[0]
            return (replace(step, children=_parts(own, source, seen)),)
    return (_step(node, source, seen),)


def value_text(step: ExplainedStep, book: Workbook, longest: int = 120) -> str:
    """The value of a step in one line."""
    if step.note == "not computed":
        return step.note
    if isinstance(step.value, list) and len(step.value) > 8:
        shown = ", ".join(notate(item, book) for item in step.value[:5])
        return f"[{shown}, … {len(step.value)} items]"
    if isinstance(step.value, Error):
        return f"error: {step.value.message}"
    return shorten(notate(step.value, book), longest)
