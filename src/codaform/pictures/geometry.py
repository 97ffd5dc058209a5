"""Boxes, the lines between them, and their places: the input and the output of a layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

RATIO = 1.5
"""How much wider than high a picture should be."""

GAP = 26.0
"""Between two boxes above each other."""

LANE = 16.0
"""The height that a line needs between boxes."""

AISLE = 68.0
"""The least distance between two columns of boxes."""

STUB = 16.0
"""How far a line leaves a box straight on: the room of its sign."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box to be placed."""

    key: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Wire:
    """A line between two boxes; `start` stands left of `end` where that can be.

    start_port, end_port: How far below the box's upper edge the line begins and ends.
    """

    start: str
    end: str
    start_port: float
    end_port: float


@dataclass(frozen=True, slots=True)
class Rectangle:
    """The place of a box."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tip:
    """An end of a line: a point on a box's edge, and the direction out of the box, 1 to the right, -1 to the left."""

    x: float
    y: float
    out: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A level stretch of a line between two boxes above each other, from its x to its far x."""

    x: float
    far: float
    y: float


@dataclass(frozen=True, slots=True)
class Path:
    """A line from the box's edge at its start, through lanes, to the one at its end."""

    start: Tip
    end: Tip
    lanes: tuple[Lane, ...] = ()

    @property
    def reversed(self) -> Path:
        """The same line from its other end."""
        lanes = (Lane(lane.far, lane.x, lane.y) for lane in self.lanes[::-1])
        return Path(self.end, self.start, tuple(lanes))


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture without its looks. `paths` are in the order of the wires."""

    places: dict[str, Rectangle]
    paths: tuple[Path, ...]
    width: float
    height: float


def area(boxes: Iterable[Box]) -> float:
    """The area that boxes need together."""
    return sum((box.width + GAP) * (box.height + GAP) for box in boxes)
