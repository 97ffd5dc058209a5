"""The inputs and the readers of the things of a doc, as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element

from codaform.model.schema import Doc
from codaform.pictures import svg
from codaform.pictures.geometry import Box, Rectangle, Tip, Wire
from codaform.pictures.layout import place_boxes
from codaform.pictures.svg import element
from codaform.semantics.dependencies import Graph, GraphNode

_Link = Callable[[GraphNode], str | None]
"""From a thing to the address of its page."""

_HEIGHT = 46.0
_MARGIN = 24.0
MOST = 60
"""The most boxes around a thing; the nearest ones are kept."""

MOST_OF_ALL = 120
"""The most boxes in the picture of a whole doc."""


def nearby_things(
    graph: Graph, thing: GraphNode, up: int = 2, down: int = 2
) -> tuple[list[GraphNode], list[tuple[GraphNode, GraphNode]], int]:
    """The things near a thing by distance, the pairs of a read thing with its reader, and the number left out.

    up: The number of formulas to follow to its inputs. down: The number to follow to its readers. A table's set of
    rows is left out where a formula reads cells of the table as well.
    """
    found = {thing: None}
    _follow(found, thing, up, lambda each: _read(graph, each))
    _follow(found, thing, down, lambda each: _readers(graph, each))
    kept = list(found)[:MOST]
    near = set(kept)
    pairs = [(read, reader) for reader in kept for read in _read(graph, reader) if read in near]
    return kept, pairs, len(found) - len(kept)


def _follow(
    found: dict[GraphNode, None], thing: GraphNode, depth: int, next_of: Callable[[GraphNode], list[GraphNode]]
) -> None:
    edge, seen = [thing], {thing}
    for _ in range(depth):
        edge = [step for each in edge for step in next_of(each)]
        edge = [step for step in dict.fromkeys(edge) if step not in seen]
        seen.update(edge)
        found.update(dict.fromkeys(edge))


def _read(graph: Graph, thing: GraphNode) -> list[GraphNode]:
    things = graph[thing].things if thing in graph else frozenset[GraphNode]()
    with_cells = {each.table for each in things if each.kind == "cells"}
    return sorted((each for each in things if each.kind != "rows" or each.table not in with_cells), key=_by_name)


def _readers(graph: Graph, thing: GraphNode) -> list[GraphNode]:
    return sorted((each for each in graph.readers(thing) if thing in _read(graph, each)), key=_by_name)


def _by_name(thing: GraphNode) -> tuple[str, str, str]:
    return thing.table, thing.name, thing.kind


def dependencies(
    doc: Doc,
    graph: Graph,
    thing: GraphNode,
    link: _Link | None = None,
    *,
    up: int = 2,
    down: int = 2,
    styled: bool = True,
) -> str:
    """The inputs of a column, view or named formula at its left, and its readers at its right, as SVG text.

    graph: What `semantics.dependencies.graph` gives. up, down: The number of formulas to follow. The same input
    gives the same text. An unknown thing is alone in the picture.
    """
    things, pairs, more = nearby_things(graph, thing, up, down)
    reads = sum(reader == thing for _, reader in pairs)
    readers = sum(read == thing for read, _ in pairs)
    said = f"Computed from {_things(reads)}, and read by {_things(readers)}."
    return _drawn(doc, graph, things, pairs, more, f"What {thing_name(thing)} depends on", said, link, thing, styled)


def all_formulas(doc: Doc, graph: Graph, link: _Link | None = None, *, styled: bool = True) -> str:
    """All computed things of a doc and their inputs in one picture, from left to right, as SVG text.

    A very large doc is shown without the inputs that are not computed.
    """
    things, pairs, more = all_things(graph)
    made = sum(thing in graph for thing in things)
    said = f"{_things(made)} with a formula, {_things(len(things) - made)} without."
    return _drawn(doc, graph, things, pairs, more, f"What {doc.name} computes", said, link, None, styled)


def all_things(
    graph: Graph,
) -> tuple[list[GraphNode], list[tuple[GraphNode, GraphNode]], int]:
    """All computed things and their inputs, the pairs of a read thing with its reader, and the number left out."""
    pairs = [(read, reader) for reader in sorted(graph, key=_by_name) for read in _read(graph, reader)]
    pairs = [(read, reader) for read, reader in pairs if read != reader]
    everything = dict.fromkeys([*sorted(graph, key=_by_name), *(read for read, _ in pairs)])
    things = list(everything)
    if len(things) > MOST_OF_ALL:
        pairs = [(read, reader) for read, reader in pairs if read in graph][: 2 * MOST_OF_ALL]
        things = list(dict.fromkeys(thing for pair in pairs for thing in pair))[:MOST_OF_ALL]
        pairs = [pair for pair in pairs if pair[0] in things and pair[1] in things]
    return things, pairs, len(everything) - len(things)


def _things(number: int) -> str:
    return f"{number} thing{'' if number == 1 else 's'}"


def _drawn(
    doc: Doc,
    graph: Graph,
    things: Sequence[GraphNode],
    pairs: Sequence[tuple[GraphNode, GraphNode]],
    more: int,
    title: str,
    said: str,
    link: _Link | None,
    chosen: GraphNode | None,
    styled: bool,
) -> str:
    keys = {each: str(number) for number, each in enumerate(things)}
    boxes = [Box(key, _width(doc, each), _HEIGHT) for each, key in keys.items()]
    wires = [Wire(keys[read], keys[reader], _HEIGHT / 2, _HEIGHT / 2) for read, reader in pairs]
    layout = place_boxes(boxes, wires)
    parts: list[Element] = []
    for (read, reader), path in zip(pairs, layout.paths, strict=True):
        parts.append(
            element(
                "g",
                {"class": "wire"},
                *svg.title_and_description(
                    f"{thing_name(read)} → {thing_name(reader)}",
                    f"{thing_name(reader)} is computed from {thing_name(read)}.",
                ),
                element("path", {"class": "line", "d": svg.line(path)}),
                _head(path.end),
            )
        )
    for each, key in keys.items():
        box = _box(doc, graph, each, layout.places[key], each == chosen)
        parts.append(svg.linked(box, link(each) if link else None))
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    inside = [element("g", {"transform": f"translate({_MARGIN:g} {_MARGIN:g})"}, *parts)]
    if more:
        said += f" {more} more are not shown."
        inside.append(svg.text(_MARGIN, height, f"+ {more} more", "faint"))
        height += _MARGIN
    return svg.picture(width, height, title, said, *inside, styled=styled)


def thing_name(thing: GraphNode) -> str:
    """A thing in words: `tasks.name`, `rows of tasks`, `view This week`."""
    match thing.kind:
        case "rows":
            return f"rows of {thing.table}"
        case "view":
            return f"view {thing.name}"
        case "cells":
            return f"{thing.table}.{thing.name}"
    return thing.name


def _words(doc: Doc, thing: GraphNode) -> tuple[str, str]:
    """The two lines in a box: its table or kind, and its name."""
    match thing.kind:
        case "rows":
            return "rows", thing.table
        case "view":
            return f"view of {thing.table}", thing.name
        case "named":
            return "named formula", thing.name
        case "control":
            return "control", thing.name
    column = doc.tables[thing.table].columns.get(thing.name) if thing.table in doc.tables else None
    kind = f" · {column.kind.replace('_', ' ')}" if column else ""
    return f"{thing.table}{kind}", thing.name


def _width(doc: Doc, thing: GraphNode) -> float:
    above, name = _words(doc, thing)
    return max(120.0, svg.text_width(svg.cut(above, 44), 11) + 44, svg.text_width(svg.cut(name), 14) + 44)


def _box(doc: Doc, graph: Graph, thing: GraphNode, place: Rectangle, chosen: bool) -> Element:
    above, name = _words(doc, thing)
    made = thing in graph
    volatile = made and graph[thing].volatile
    said = "Computed" if made else "Entered by hand" if thing.kind == "cells" else "What the doc holds"
    parts = [
        *svg.title_and_description(
            thing_name(thing), f"{said}, moves with the clock or by chance." if volatile else f"{said}."
        ),
        element(
            "rect", {"class": "box band" if chosen else "box", "width": place.width, "height": place.height, "rx": 8}
        ),
        svg.text(14, 15, svg.cut(above, 44), "faint"),
        svg.text(14, 31, svg.cut(name), "shown"),
    ]
    if made:
        parts.append(svg.text(place.width - 12, 31, "ƒ", "made", end=True))
    at = f"translate({svg.number(place.x)} {svg.number(place.y)})"
    return element("g", {"class": "chosen" if chosen else "thing", "transform": at}, *parts)


def _head(tip: Tip) -> Element:
    x, y, back = tip.x, tip.y, tip.x + tip.out * 8
    drawn = f"M{svg.number(x)} {svg.number(y)}L{svg.number(back)} {svg.number(y - 4.5)}V{svg.number(y + 4.5)}Z"
    return element("path", {"class": "head", "d": drawn})
