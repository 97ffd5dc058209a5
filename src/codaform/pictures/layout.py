"""Where the boxes of a picture stand, and where its lines run between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

from codaform.pictures.geometry import AISLE, GAP, RATIO, Box, Lane, Layout, Path, Place, Wire, area
from codaform.pictures.layers import layers
from codaform.pictures.sugiyama import parts


def layered(boxes: Sequence[Box], wires: Sequence[Wire]) -> Layout:
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
    for members in parts(len(boxes), [(numbers[wire.start], numbers[wire.end]) for wire in wires]):
        inside = [boxes[number] for number in members]
        keys = {box.key for box in inside}
        own = [number for number, wire in enumerate(wires) if wire.start in keys]
        if not own:
            lonely += inside
            continue
        part = layers(inside, [wires[number] for number in own])
        drawings.append(part)
        offsets.append((own, part))
    places: dict[str, Place] = {}
    wide = max([part.width for part in drawings] + [sqrt(area(lonely) * RATIO)] + [box.width for box in lonely])
    top = right = 0.0
    left = row_height = 0.0
    for own, part in offsets:
        if left and left + part.width > wide:
            left, top, row_height = 0.0, top + row_height + GAP, 0.0
        for key, place in part.places.items():
            places[key] = Place(place.x + left, place.y + top, place.width, place.height)
        for number, path in zip(own, part.paths, strict=True):
            drawn[number] = _moved(path, left, top)
        left, row_height = left + part.width + AISLE / 2, max(row_height, part.height)
        right = max(right, left - AISLE / 2)
    if row_height and lonely:
        top, left, row_height = top + row_height + GAP, 0.0, 0.0
    for box in lonely:
        if left and left + box.width > wide:
            left, top, row_height = 0.0, top + row_height + GAP, 0.0
        places[box.key] = Place(left, top, box.width, box.height)
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
