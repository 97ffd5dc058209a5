"""YAML as a tree of texts with places: the place of a value decides how it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.source import NOWHERE, Source, Span, frozen

MAX_DEPTH = 30
"""Levels of nesting in a YAML file; the files of a project have at most eight."""


@frozen
class Scalar:
    """A single text, as written between its quotes if it has any."""

    text: str
    span: Span = field(default=NOWHERE, compare=False)


@frozen
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@frozen
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
    import yaml

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
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(source.text)
    # Each open collection: where it starts, whether it is a mapping, the nodes in it so far.
    open_: list[tuple[int, bool, list[Node]]] = []
    root: Node | None = None
    documents = 0
    while loader.check_event():
        event = loader.get_event()
        kind = type(event)
        start = event.start_mark.index if event.start_mark else 0
        end = event.end_mark.index if event.end_mark else 0
        node: Node
        if kind is yaml.ScalarEvent:
            if event.anchor or event.tag:
                _refuse_extras(event, source, Span(start, end))
            node = Scalar(event.value, Span(start, end))
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            _refuse_extras(event, source, Span(start, end))
            if len(open_) >= MAX_DEPTH:
                raise _refused(f"this is nested more than {MAX_DEPTH} levels deep", source, Span(start, end))
            open_.append((start, kind is yaml.MappingStartEvent, []))
            continue
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            begin, is_mapping, parts = open_.pop()
            whole = Span(begin, max(end, begin))
            node = _mapping(parts, whole, source) if is_mapping else Sequence(tuple(parts), whole)
        elif kind is yaml.AliasEvent:
            raise _refused("YAML aliases are not used here", source, Span(start, end), "repeat the text")
        else:
            documents += kind is yaml.DocumentStartEvent
            if documents > 1:
                raise _refused("a file holds one YAML document", source, Span(start, end))
            continue
        if open_:
            open_[-1][2].append(node)
        else:
            root = node
    return root if root is not None else Scalar("", Span(0, 0))


def _refuse_extras(event: Any, source: Source, span: Span) -> None:
    """Refuse an anchor or a tag of an event of the parser."""
    if event.anchor:
        raise _refused("YAML anchors are not used here", source, span, "remove the &name")
    if event.tag:
        raise _refused("YAML tags are not used here", source, span, "remove the !tag; the column's type reads the text")


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


def keys(node: Node) -> frozenset[str]:
    """The keys of a mapping."""
    return frozenset([key.text for key, _ in node.entries]) if isinstance(node, Mapping) else frozenset()


def text_at(node: Node, key: str, default: str = "") -> str:
    """The text at a key of a mapping; the default where there is none."""
    if isinstance(node, Mapping):
        for found, value in node.entries:
            if found.text == key:
                return value.text if isinstance(value, Scalar) else default
    return default


def flag_at(node: Node, key: str) -> bool:
    """Whether a key says true."""
    return text_at(node, key).lower() == "true"


def items_at(node: Node, key: str) -> tuple[Node, ...]:
    """The items of the list at a key."""
    found = get(node, key)
    return found.items if isinstance(found, Sequence) else ()


def place_at(node: Node, key: str) -> Span:
    """The place of the node at a key; of a missing one, the beginning of the mapping."""
    found = get(node, key)
    return found.span if found is not None else Span(node.span.start, node.span.start)


def entries(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """The keys and nodes of a mapping."""
    yield from node.entries if isinstance(node, Mapping) else ()
