"""The value of every part of a formula for one row, as a tree."""

from __future__ import annotations

from dataclasses import dataclass

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


_DEEPEST = 100
"""The most levels of parts that are shown."""

_LONGEST = 2_000
"""Longer texts of parts are not laid out anew."""

_TEXTLESS = (ir.Lambda, ir.Convert)
"""What has no text of its own."""


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
    return _of_whole(source, value, _steps(bound.body, source, seen))


def outline(source: Source, bound: Bound) -> ExplainedStep:
    """The parts of a formula in the form of `explain`, without values."""
    return _of_whole(source, None, _steps(bound.body, source, None))


def _of_whole(source: Source, value: object, whole: ExplainedStep) -> ExplainedStep:
    text = _flat(source.text)
    children = whole.children or (() if whole.text == text else (whole,))
    return ExplainedStep(text, value, whole.note, children, whole.node)


def _steps(body: ir.Node, source: Source, seen: dict[int, _Seen] | None) -> ExplainedStep:
    """The step of a formula, made from the innermost parts outwards: no part waits for a deeper one.

    seen: The computed values; None lists every part without a value.
    """
    parts = ir.parts(body)
    depths = {id(body): 0}
    for node in parts:
        depth = depths[id(node)] + (not isinstance(node, _TEXTLESS))
        depths.update((id(child), depth) for child in ir.children(node))
    below: dict[int, tuple[ExplainedStep, ...]] = {}
    """The steps that a part contributes: none for a constant or a row, those of its parts for what has no text."""
    for node in reversed(parts):
        # What happens to the items of a list is shown by the list, as it is.
        given = ir.children(node)[:1] if isinstance(node, ir.Map) else ir.children(node)
        inner = tuple(step for child in given for step in below[id(child)])
        if isinstance(node, ir.Constant | ir.Local) or depths[id(node)] > _DEEPEST:
            below[id(node)] = ()
        elif isinstance(node, _TEXTLESS):
            below[id(node)] = inner
        else:
            cut = depths[id(node)] == _DEEPEST and not all(isinstance(part, ir.Constant | ir.Local) for part in given)
            below[id(node)] = (_step(node, source, seen, inner, cut),)
    of_body = () if isinstance(body, ir.Constant | ir.Local) else below[id(body)]
    return of_body[0] if of_body and of_body[0].node is body else _step(body, source, seen, of_body, False)


def _step(
    node: ir.Node, source: Source, seen: dict[int, _Seen] | None, parts: tuple[ExplainedStep, ...], cut: bool
) -> ExplainedStep:
    """The step of a part. parts: Those of its own parts; where they are cut, they are nested too deeply."""
    text = _flat(source.text[node.span.start : node.span.end])
    known = _Seen(None) if seen is None else seen.get(id(node))
    if known is None:
        return ExplainedStep(text, None, "not computed", (), node)
    note = f"the first of {known.times}" if known.times > 1 else ""
    if cut:
        note = f"{note}; its parts are not shown" if note else "its parts are not shown"
    return ExplainedStep(text, known.value, note, parts, node)


def _flat(text: str) -> str:
    """A formula, or a part of one, in one line; a very long one as it is written, for each of its parts has a text."""
    tree = parse(Source("part", text))[0] if len(text) <= _LONGEST else None
    return " ".join(text.split()) if tree is None or tree.comments else show(tree, width=len(text) + 1_000)


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
