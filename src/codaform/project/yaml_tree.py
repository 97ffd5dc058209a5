"""YAML as a tree of texts with places: the place of a value decides how it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.source import NOWHERE, Source, Span

MAX_DEPTH = 30
"""Levels of nesting in a YAML file; the files of a project have at most eight."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single text, as written between its quotes if it has any."""

    text: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, each a Scalar, with their nodes."""

    entries: tuple[tuple[Scalar, Node], ...]
    span: Span = field(default=NOWHERE, compare=False)


Node = Scalar | Sequence | Mapping


class _Refused(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def compose(source: Source) -> Node | Diagnostic:
    """The tree of a YAML text, or what is wrong with it. An empty text is an empty Scalar."""
    try:
        return _build(source)
    except _Refused as refused:
        return refused.diagnostic
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.index, len(source.text)) if mark else 0
        problem = " ".join(part for part in (error.problem, error.context) if part) or "it cannot be read"
        return Diagnostic(
            rules.BAD_YAML, f"this is not YAML: {problem}", source, Span(at, min(at + 1, len(source.text)))
        )
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        return Diagnostic(rules.BAD_YAML, f"this is not YAML: {error}", source, Span(0, min(1, len(source.text))))


def _build(source: Source) -> Node:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # Each open collection: where it starts, whether it is a mapping, the nodes in it so far.
    open_: list[tuple[int, bool, list[Node]]] = []
    root: Node | None = None
    documents = 0
    for event in yaml.parse(source.text, Loader=loader):
        start, end = _offsets(event)
        node: Node
        if isinstance(event, yaml.NodeEvent):
            _refuse_extras(event, source, Span(start, end))
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(event.value, Span(start, end))
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(open_) >= MAX_DEPTH:
                raise _refused(f"this is nested more than {MAX_DEPTH} levels deep", source, Span(start, end))
            open_.append((start, isinstance(event, yaml.MappingStartEvent), []))
            continue
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            begin, is_mapping, parts = open_.pop()
            whole = Span(begin, max(end, begin))
            node = _mapping(parts, whole, source) if is_mapping else Sequence(tuple(parts), whole)
        else:
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise _refused("a file holds one YAML document", source, Span(start, end))
            continue
        if open_:
            open_[-1][2].append(node)
        else:
            root = node
    return root if root is not None else Scalar("", Span(0, 0))


def _refuse_extras(event: yaml.NodeEvent, source: Source, span: Span) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise _refused("YAML aliases are not used here", source, span, "repeat the text")
    if event.anchor:
        raise _refused("YAML anchors are not used here", source, span, "remove the &name")
    if getattr(event, "tag", None):
        raise _refused("YAML tags are not used here", source, span, "remove the !tag; the column's type reads the text")


def _offsets(event: yaml.Event) -> tuple[int, int]:
    start, end = event.start_mark, event.end_mark
    return start.index if start else 0, end.index if end else 0


def _mapping(parts: list[Node], span: Span, source: Source) -> Mapping:
    entries: list[tuple[Scalar, Node]] = []
    seen: set[str] = set()
    for key, value in zip(parts[::2], parts[1::2], strict=True):
        if not isinstance(key, Scalar):
            raise _refused("a key is a text", source, key.span)
        if key.text in seen:
            raise _Refused(Diagnostic(rules.DUPLICATE_KEY, f"the key {key.text} stands twice", source, key.span))
        seen.add(key.text)
        entries.append((key, value))
    return Mapping(tuple(entries), span)


def _refused(message: str, source: Source, span: Span, help: str = "") -> _Refused:
    return _Refused(Diagnostic(rules.BAD_YAML, message, source, span, help))


# ---------------------------------------------------------------- reading nodes of a known shape


def get(node: Node, key: str) -> Node | None:
    """The node at a key of a mapping."""
    if not isinstance(node, Mapping):
        return None
    for found, value in node.entries:
        if found.text == key:
            return value
    return None


def text_at(node: Node, key: str, default: str = "") -> str:
    """The text at a key of a mapping; the default where there is none."""
    found = get(node, key)
    return found.text if isinstance(found, Scalar) else default


def flag_at(node: Node, key: str) -> bool:
    """Whether a key says true."""
    return text_at(node, key).lower() == "true"


def items_at(node: Node, key: str) -> tuple[Node, ...]:
    """The items of the list at a key."""
    found = get(node, key)
    return found.items if isinstance(found, Sequence) else ()


def entries(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """The keys and nodes of a mapping."""
    yield from node.entries if isinstance(node, Mapping) else ()
