"""The layout of boxes in columns and of the lines between them, by Sugiyama's method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt

from fast_sugiyama import from_edges

from codaform.pictures.geometry import (
    AISLE,
    GAP,
    LANE,
    RATIO,
    STUB,
    Box,
    Lane,
    Layout,
    Path,
    Rectangle,
    Tip,
    Wire,
    area,
)

_Edge = tuple[int, int]


def _connected_groups(count: int, edges: Iterable[_Edge]) -> list[list[int]]:
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


def _ranked(count: int, edges: Iterable[_Edge]) -> list[tuple[int, float]]:
    """Of each node its layer, counted from 0, and its place in it; most edges lead to a later layer.

    Circles are allowed; a node without an edge is in the first layer.
    """
    places = _places(edges)
    return [places.get(node, (0, 0.0)) for node in range(count)]


def _ordered_layers(layers: Sequence[int], edges: Sequence[_Edge]) -> list[float]:
    """Of each node its place in the layer that it is in, so that few edges cross.

    edges: Each leads from a layer to the next.
    """
    # A node is in the layer after the nodes that lead to it. Where no node does, a chain of pins leads to its layer.
    pins = range(len(layers), len(layers) + max(layers, default=0))
    led = {end for _, end in edges}
    pinned = [(pins[layer - 1], node) for node, layer in enumerate(layers) if layer and node not in led]
    chain = [*pairwise(pins[: max((start - len(layers) for start, _ in pinned), default=-1) + 1])]
    places = _places([*edges, *chain, *pinned])
    return [places.get(node, (0, float(node)))[1] for node in range(len(layers))]


def _places(edges: Iterable[_Edge]) -> dict[int, tuple[int, float]]:
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


@dataclass
class _Slot:
    """A box, or the lane of a line that passes; `y` is its upper edge."""

    column: int
    height: float
    box: Box | None = None
    order: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class _Step:
    """The piece of a wire from a slot to one of the next column, with the places where it meets them."""

    left: _Slot
    right: _Slot
    left_port: float
    right_port: float


def _connected_layout(boxes: Sequence[Box], wires: Sequence[Wire]) -> Layout:
    """The layout of boxes that are all connected, each at least with one other or itself."""
    numbers = {box.key: number for number, box in enumerate(boxes)}
    between = [number for number, wire in enumerate(wires) if wire.start != wire.end]
    columns = _columns(boxes, [(numbers[wires[number].start], numbers[wires[number].end]) for number in between])
    slots = [_Slot(column, box.height, box) for column, box in zip(columns, boxes, strict=True)]
    every = list(slots)
    steps: list[_Step] = []
    chains: dict[int, list[_Slot]] = {}
    for number in between:
        wire = wires[number]
        first, last = slots[numbers[wire.start]], slots[numbers[wire.end]]
        ports = {id(first): wire.start_port, id(last): wire.end_port}
        if first.column > last.column:
            first, last = last, first
        passed = [_Slot(column, LANE) for column in range(first.column + 1, last.column)]
        every += passed
        chains[number] = [first, *passed, last]
        for left, right in pairwise(chains[number]):
            steps.append(_Step(left, right, ports.get(id(left), LANE / 2), ports.get(id(right), LANE / 2)))
    _order(every, steps)
    stacked: dict[int, list[_Slot]] = defaultdict(list)
    for slot in every:
        stacked[slot.column].append(slot)
    for slots_of_column in stacked.values():
        slots_of_column.sort(key=lambda slot: slot.order)
    _settle([stacked[column] for column in sorted(stacked)], steps)
    return _drawn(boxes, wires, slots, stacked, chains)


def _order(slots: Sequence[_Slot], steps: Sequence[_Step]) -> None:
    """Set the place of each slot in its column so that few lines cross."""
    places = {id(slot): place for place, slot in enumerate(slots)}
    edges = [(places[id(step.left)], places[id(step.right)]) for step in steps]
    for slot, order in zip(slots, _ordered_layers([slot.column for slot in slots], edges), strict=True):
        slot.order = order


def _columns(boxes: Sequence[Box], edges: Sequence[_Edge]) -> list[int]:
    """The column of each box: its layer, with columns that would be far too high made two or more."""
    layout = _ranked(len(boxes), edges)
    near: list[list[int]] = [[] for _ in boxes]
    leads = [0] * len(boxes)
    for start, end in edges:
        near[start].append(end)
        near[end].append(start)
        leads[start] += 1
        leads[end] -= 1
    raw = _drawn_together(near, [layer for layer, _ in layout])
    limit = max(sqrt(area(boxes) / RATIO) * 1.15, *(box.height for box in boxes)) if boxes else 0.0
    columns = [0] * len(boxes)
    next_column = 0
    for layer in sorted(set(raw)):
        members = [number for number in range(len(boxes)) if raw[number] == layer]
        # Boxes that lead on are nearer to their targets.
        members.sort(key=lambda number: (leads[number], layout[number][1]))
        needed = sum(boxes[number].height + GAP for number in members)
        share = needed / max(1, round(needed / limit))
        filled = 0.0
        for number in members:
            if filled and filled + boxes[number].height / 2 > share:
                next_column, filled = next_column + 1, 0.0
            columns[number] = next_column
            filled += boxes[number].height + GAP
        next_column += 1
    return columns


def _drawn_together(near: Sequence[Sequence[int]], _connected_layout: Sequence[int]) -> list[int]:
    """The layers, with boxes that mostly lead on moved to what they lead to: short lines instead of long ones."""
    nearer = list(_connected_layout)
    for number in sorted(range(len(nearer)), key=lambda each: (-_connected_layout[each], each)):
        around = [nearer[other] for other in near[number]]
        onward = [layer for layer in around if layer > nearer[number]]
        if len(onward) > len(around) - len(onward):
            nearer[number] = min(onward) - 1
    return nearer


def _settle(columns: Sequence[Sequence[_Slot]], steps: Sequence[_Step]) -> None:
    """Give each slot its height on the page, so that lines run as level as the order in the columns lets them."""
    before: dict[int, list[_Step]] = defaultdict(list)
    behind: dict[int, list[_Step]] = defaultdict(list)
    for step in steps:
        before[id(step.right)].append(step)
        behind[id(step.left)].append(step)
    for column in columns:
        y = 0.0
        for slot in column:
            slot.y = y
            y += slot.height + GAP
        middle = (y - GAP) / 2
        for slot in column:
            slot.y -= middle
    for sweep in range(40):
        forward = sweep % 2 == 0
        for column in columns if forward else columns[::-1]:
            wanted, weights = [], []
            for slot in column:
                came = [step.left.y + step.left_port - step.right_port for step in before[id(slot)]]
                goes = [step.right.y + step.right_port - step.left_port for step in behind[id(slot)]]
                # The last sweeps look at both sides.
                seen = came + goes if sweep > 30 else (came or goes) if forward else (goes or came)
                wanted.append(sum(seen) / len(seen) if seen else slot.y)
                weights.append(len(seen) * (1.0 if slot.box else 4.0) or 0.1)
            for slot, y in zip(column, _apart(column, wanted, weights), strict=True):
                slot.y = y


def _apart(column: Sequence[_Slot], wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The heights nearest to those wanted at which the slots of a column keep their order and their distance.

    Least squares under an order: neighbours that want to pass each other are pooled at their mean.
    """
    shifts = [0.0]
    for above, below in pairwise(column):
        distance = GAP if above.box and below.box else GAP * 0.6 if above.box or below.box else 0.0
        shifts.append(shifts[-1] + above.height + distance)
    pools: list[tuple[float, float, int]] = []
    for want, weight, shift in zip(wanted, weights, shifts, strict=True):
        mean, total, count = want - shift, weight, 1
        while pools and pools[-1][0] > mean:
            above_mean, above_total, above_count = pools.pop()
            mean = (mean * total + above_mean * above_total) / (total + above_total)
            total, count = total + above_total, count + above_count
        pools.append((mean, total, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + shift for mean, shift in zip(means, shifts, strict=True)]


# -------------------------------------------------------------------------------------------------------------- lines


def _drawn(
    boxes: Sequence[Box],
    wires: Sequence[Wire],
    slots: Sequence[_Slot],
    stacked: Mapping[int, Sequence[_Slot]],
    chains: Mapping[int, Sequence[_Slot]],
) -> Layout:
    top = min(slot.y for column in stacked.values() for slot in column)
    bottom = max(slot.y + slot.height for column in stacked.values() for slot in column)
    widths = {
        column: max((slot.box.width for slot in members if slot.box), default=0.0)
        for column, members in stacked.items()
    }
    crossings: dict[int, int] = defaultdict(int)
    for chain in chains.values():
        for slot in chain[:-1]:
            crossings[slot.column] += 1
    lefts: dict[int, float] = {}
    x = 0.0
    for column in sorted(stacked):
        lefts[column] = x
        x += widths[column] + AISLE + min(5.0 * crossings[column], 70.0)
    last = max(stacked)
    right = lefts[last] + widths[last]
    by_key = {box.key: slot for box, slot in zip(boxes, slots, strict=True)}
    places = {
        key: Rectangle(lefts[slot.column], slot.y - top, widths[slot.column], slot.height)
        for key, slot in by_key.items()
    }
    paths: list[Path] = []
    for number, wire in enumerate(wires):
        start, end = places[wire.start], places[wire.end]
        if number not in chains:
            paths.append(_loop(start, wire))
            right = max(right, start.x + start.width + 3 * STUB)
            continue
        chain = chains[number]
        out = 1 if by_key[wire.start] is chain[0] else -1
        begins = Tip(start.x + (start.width if out > 0 else 0.0), start.y + wire.start_port, out)
        ends = Tip(end.x + (end.width if out < 0 else 0.0), end.y + wire.end_port, -out)
        lanes = [
            Lane(lefts[slot.column], lefts[slot.column] + widths[slot.column], slot.y - top + LANE / 2)
            for slot in chain[1:-1]
        ]
        if out < 0:
            lanes = [Lane(lane.far, lane.x, lane.y) for lane in reversed(lanes)]
        paths.append(Path(begins, ends, tuple(lanes)))
    return Layout(places, tuple(paths), right, bottom - top)


def _loop(place: Rectangle, wire: Wire) -> Path:
    x = place.x + place.width
    begins, ends = Tip(x, place.y + wire.start_port, 1), Tip(x, place.y + wire.end_port, 1)
    return Path(begins, Tip(x, begins.y + STUB, 1) if abs(begins.y - ends.y) < 1 else ends)


def place_boxes(boxes: Sequence[Box], wires: Sequence[Wire]) -> Layout:
    """Boxes in columns, lines from column to column in the aisles and in lanes between boxes, never through one.

    The columns and the order in them are Sugiyama's method; heights, which it does not know, and what follows from
    them are worked out here. Boxes that no line leads to stand below. The same boxes and wires
    give the same layout.
    """
    by_key = {box.key: box for box in boxes}
    numbers = {key: number for number, key in enumerate(by_key)}
    drawings: list[Layout] = []
    lonely: list[Box] = []
    drawn: dict[int, Path] = {}
    offsets: list[tuple[list[int], Layout]] = []
    for members in _connected_groups(len(boxes), [(numbers[wire.start], numbers[wire.end]) for wire in wires]):
        inside = [boxes[number] for number in members]
        keys = {box.key for box in inside}
        own = [number for number, wire in enumerate(wires) if wire.start in keys]
        if not own:
            lonely += inside
            continue
        part = _connected_layout(inside, [wires[number] for number in own])
        drawings.append(part)
        offsets.append((own, part))
    places: dict[str, Rectangle] = {}
    wide = max([part.width for part in drawings] + [sqrt(area(lonely) * RATIO)] + [box.width for box in lonely])
    top = right = 0.0
    left = row_height = 0.0
    for own, part in offsets:
        if left and left + part.width > wide:
            left, top, row_height = 0.0, top + row_height + GAP, 0.0
        for key, place in part.places.items():
            places[key] = Rectangle(place.x + left, place.y + top, place.width, place.height)
        for number, path in zip(own, part.paths, strict=True):
            drawn[number] = _moved(path, left, top)
        left, row_height = left + part.width + AISLE / 2, max(row_height, part.height)
        right = max(right, left - AISLE / 2)
    if row_height and lonely:
        top, left, row_height = top + row_height + GAP, 0.0, 0.0
    for box in lonely:
        if left and left + box.width > wide:
            left, top, row_height = 0.0, top + row_height + GAP, 0.0
        places[box.key] = Rectangle(left, top, box.width, box.height)
        left, row_height = left + box.width + GAP, max(row_height, box.height)
        right = max(right, left - GAP)
    return Layout(
        {box.key: places[box.key] for box in boxes},
        tuple(drawn[number] for number in range(len(wires))),
        right,
        top + row_height,
    )


def _moved(path: Path, x: float, y: float) -> Path:
    start, end = (replace(tip, x=tip.x + x, y=tip.y + y) for tip in (path.start, path.end))
    return Path(start, end, tuple(Lane(lane.x + x, lane.far + x, lane.y + y) for lane in path.lanes))
