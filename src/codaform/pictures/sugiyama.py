"""Graphs in layers: which layer a node belongs to, and in which order it stands there, by Sugiyama's method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from fast_sugiyama import from_edges

Edge = tuple[int, int]


def parts(count: int, edges: Iterable[Edge]) -> list[list[int]]:
    """The nodes 0 to count - 1 in groups that no edge leads between, the largest first, each in rising order."""
    near: list[list[int]] = [[] for _ in range(count)]
    for start, end in edges:
        near[start].append(end)
        near[end].append(start)
    found: list[list[int]] = []
    seen: set[int] = set()
    for first in range(count):
        if first in seen:
            continue
        group, waiting = {first}, [first]
        while waiting:
            fresh = set(near[waiting.pop()]) - group
            group |= fresh
            waiting += fresh
        seen |= group
        found.append(sorted(group))
    return sorted(found, key=lambda each: (-len(each), each))


def layered(count: int, edges: Iterable[Edge]) -> list[tuple[int, float]]:
    """Of each node its layer, counted from 0, and its place in it; most edges lead to a later layer.

    Circles are allowed; a node without an edge is in the first layer.
    """
    places = _places(edges)
    return [places.get(node, (0, 0.0)) for node in range(count)]


def ordered(layers: Sequence[int], edges: Sequence[Edge]) -> list[float]:
    """Of each node its place in the layer that it is in, so that few edges cross.

    edges: Each leads from a layer to the next.
    """
    # A node belongs into the layer behind those that lead to it. Where none does, a chain of pins leads it there.
    pins = range(len(layers), len(layers) + max(layers, default=0))
    led = {end for _, end in edges}
    pinned = [(pins[layer - 1], node) for node, layer in enumerate(layers) if layer and node not in led]
    chain = [*pairwise(pins[: max((start - len(layers) for start, _ in pinned), default=-1) + 1])]
    places = _places([*edges, *chain, *pinned])
    return [places.get(node, (0, float(node)))[1] for node in range(len(layers))]


def _places(edges: Iterable[Edge]) -> dict[int, tuple[int, float]]:
    # Each edge once, and the ranking that goes by the longest way: with parallel edges, the one that makes edges
    # shortest does not always come to an end (fast-sugiyama 0.5.3).
    once = sorted({(start, end) for start, end in edges if start != end})
    nodes = sorted({node for edge in once for node in edge})
    # Numbers without a gap: the library gives points on long edges numbers of its own, from the count of nodes on, and
    # they would be taken for nodes of that number.
    numbers = {node: number for number, node in enumerate(nodes)}
    numbered = [(numbers[start], numbers[end]) for start, end in once]
    found: dict[int, tuple[int, float]] = {}
    for positions, *_ in from_edges(numbered, minimum_length=1, vertex_spacing=1, ranking_type="up") if once else ():
        top = max(y for _, (_, y) in positions)
        for number, (x, y) in positions:
            if int(number) < len(nodes):
                found[nodes[int(number)]] = (round(top - y), float(x))
    return found
