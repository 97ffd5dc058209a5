"""The value of every part of a formula for one row, as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from codaform.evaluation.rows.generate import generate
from codaform.evaluation.workbook import Workbook
from codaform.model import types
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

    note: For which of the items it was computed where that is not once, or why it was not.
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
    """The value of a part. times: How often it was computed. matched: Whether a list's condition held for its item.

    true: How often it was true, where it is the condition of a list; else None.
    """

    value: object
    times: int
    matched: bool = False
    true: int | None = None


@dataclass
class _Loop:
    """A formula that is asked per item of a list. Keeps the values of one item: the first match, else the first one.

    values: Of the item that is asked now. chosen: Of the item that is kept, each with whether its item matched.
    """

    tests: bool
    inner: list[_Loop] = field(default_factory=list)
    values: dict[int, object] = field(default_factory=dict)
    chosen: dict[int, tuple[object, bool]] | None = None
    matched: bool = False
    true: int = 0

    def end(self, value: object) -> None:
        """Take note that an item was asked. value: The answer."""
        holds = self.tests and value is True
        self.true += holds
        if self.chosen is None or (holds and not self.matched):
            self.chosen, self.matched = self.kept(holds), holds
        self.values = {}
        for loop in self.inner:
            loop.values, loop.chosen, loop.matched = {}, None, False

    def kept(self, matched: bool = False) -> dict[int, tuple[object, bool]]:
        """The values of the item that is asked now, with those of the loops inside."""
        found = {key: (value, matched) for key, value in self.values.items()}
        for loop in self.inner:
            found |= loop.kept() if loop.chosen is None else loop.chosen
        return found


class _Watcher:
    """Is given the value of each part, innermost first, and keeps one value of each."""

    def __init__(self, body: ir.Node) -> None:
        self.whole = _Loop(False)
        self.times: dict[int, int] = {}
        self.loops: dict[int, _Loop] = {}
        self.ends: dict[int, _Loop] = {}
        waiting = [(body, self.whole)]
        while waiting:
            node, loop = waiting.pop()
            self.loops[id(node)] = loop
            asked = _asked(node)
            for child in ir.children(node):
                if child is not asked:
                    waiting.append((child, loop))
                    continue
                own = self.ends[id(child)] = _Loop(isinstance(node, ir.Lambda) and child.type == types.BOOLEAN)
                loop.inner.append(own)
                waiting.append((child, own))

    def note(self, node: ir.Node, value: object) -> None:
        """Take note of a value."""
        key = id(node)
        self.times[key] = self.times.get(key, 0) + 1
        self.loops.get(key, self.whole).values.setdefault(key, value)
        if (loop := self.ends.get(key)) is not None:
            loop.end(value)

    def seen(self) -> dict[int, _Seen]:
        """What is known of each part that was computed."""
        return dict(self._seen())

    def _seen(self) -> Iterator[tuple[int, _Seen]]:
        values = self.whole.kept()
        for key, times in self.times.items():
            end = self.ends.get(key)
            true = end.true if end is not None and end.tests else None
            # A part that was computed, though not for the item that is kept, counts as not computed.
            if key in values:
                value, matched = values[key]
                yield key, _Seen(value, times, matched, true)


def _asked(node: ir.Node) -> ir.Node | None:
    """The child that is computed for each item of a list."""
    if isinstance(node, ir.Lambda) and node.slot is not None:
        return node.body
    return node.body if isinstance(node, ir.Map) else None


def explain(source: Source, bound: Bound, book: Workbook, row: Row | None = None) -> ExplainedStep:
    """Compute a formula for a row (or without one) and return the value of each part.

    In a formula that is asked per item, the values are those of the first item for which it holds; where it holds for
    none, or is no condition, of the first item.
    """
    watcher = _Watcher(bound.body)
    value = book.run(generate(bound.body, watch=watcher.note).of(book), row)
    return _of_whole(source, value, _steps(bound.body, source, watcher.seen()))


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
    known = _Seen(None, 1) if seen is None else seen.get(id(node))
    if known is None:
        return ExplainedStep(text, None, "not computed", (), node)
    note = _how_often(known)
    if cut:
        note = f"{note}; its parts are not shown" if note else "its parts are not shown"
    return ExplainedStep(text, known.value, note, parts, node)


def _how_often(seen: _Seen) -> str:
    if seen.times == 1:
        return ""
    if seen.true is not None:
        return f"true for {seen.true} of {seen.times}"
    return "the first match" if seen.matched else f"the first of {seen.times}"


@lru_cache(1_000)
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
