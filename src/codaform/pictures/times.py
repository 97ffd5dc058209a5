"""How long several engines take: as lines over the number of rows, and as bars; both axes grow by powers of ten."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from codaform.pictures import svg
from codaform.pictures.svg import element

_MARGIN = 24.0
_WIDE = 460.0
_HIGH = 300.0
_ROW = 30.0
_BAR = 16.0
_LABEL = 15.0
"""The least distance between two labels, one below the other."""

_Words = Callable[[float], str]
"""A time as a text."""


@dataclass(frozen=True, slots=True)
class Times:
    """What an engine takes. own: Whether it stands out. seconds: By number of rows, in rising order."""

    name: str
    own: bool
    seconds: tuple[tuple[int, float], ...]


def time_lines(engines: Sequence[Times], title: str, description: str, words: _Words) -> str:
    """The picture, as SVG text: seconds over rows, a line for each engine, its name at the end of the line.

    words: Makes a text of a time.

    The same input gives the same text. Every engine has a time, and every time is above zero.
    """
    rows = [count for engine in engines for count, _ in engine.seconds]
    times = [seconds for engine in engines for _, seconds in engine.seconds]
    x, y = _Scale(min(rows), max(rows)), _Scale(min(times), max(times))
    left, top = _MARGIN + 52.0, _MARGIN + 10.0
    names = max(svg.text_width(engine.name, 13) for engine in engines)

    def across(count: float) -> float:
        return left + x.share(count) * _WIDE

    def down(seconds: float) -> float:
        return top + (1 - y.share(seconds)) * _HIGH

    parts = [*_grid(x, y, across, down, (left, top), words)]
    ends = _apart([(down(engine.seconds[-1][1]), number) for number, engine in enumerate(engines)])
    for number, engine in sorted(enumerate(engines), key=lambda each: each[1].own):
        points = [(across(count), down(seconds)) for count, seconds in engine.seconds]
        parts.append(_line(engine, points, ends[number], left + _WIDE))
    width, height = left + _WIDE + 40 + names + _MARGIN, top + _HIGH + 44 + _MARGIN
    return svg.picture(width, height, title, description, *parts)


def time_bars(engines: Sequence[Times], title: str, description: str, words: _Words) -> str:
    """The picture, as SVG text: the time of each engine for its most rows, the shortest first."""
    shown = sorted(engines, key=lambda engine: engine.seconds[-1][1])
    times = [engine.seconds[-1][1] for engine in shown]
    scale = _Scale(min(times) / 2, max(times))
    left = _MARGIN + max(svg.text_width(engine.name, 13) for engine in shown) * 1.1 + 14
    bottom = _MARGIN + len(shown) * _ROW

    def at(seconds: float) -> float:
        return left + scale.share(seconds) * _WIDE

    parts: list[Element] = []
    for power in scale.powers():
        parts.append(element("path", {"class": "grid", "d": f"M{svg.number(at(power))} {_MARGIN:g}V{bottom:g}"}))
        parts.append(_middle(at(power), bottom + 12, words(power)))
    for number, (engine, seconds) in enumerate(zip(shown, times, strict=True)):
        y = _MARGIN + number * _ROW + 6
        shape = {"x": left, "y": y, "width": at(seconds) - left, "height": _BAR, "rx": 3}
        parts.append(svg.text(left - 12, y + _BAR / 2, engine.name, "shown" if engine.own else "", end=True))
        parts.append(element("rect", {"class": "bar other" if engine.own else "bar", **shape}))
        parts.append(svg.text(at(seconds) + 8, y + _BAR / 2, words(seconds), "shown" if engine.own else "faint"))
    return svg.picture(left + _WIDE + 70 + _MARGIN, bottom + 30, title, description, *parts)


class _Scale:
    """An axis by powers of ten, from one below the least value to one above the greatest."""

    def __init__(self, least: float, most: float) -> None:
        self.low = math.floor(math.log10(least) + 1e-9)
        self.high = max(math.ceil(math.log10(most) - 1e-9), self.low + 1)

    def share(self, value: float) -> float:
        """How far along the axis a value is, from 0 to 1."""
        return (math.log10(value) - self.low) / (self.high - self.low)

    def powers(self) -> list[float]:
        """The powers of ten on the axis."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def _grid(
    x: _Scale,
    y: _Scale,
    across: Callable[[float], float],
    down: Callable[[float], float],
    corner: tuple[float, float],
    words: _Words,
) -> Iterator[Element]:
    left, top = corner
    for count in x.powers():
        at = svg.number(across(count))
        yield element("path", {"class": "grid", "d": f"M{at} {top:g}V{top + _HIGH:g}"})
        yield _middle(across(count), top + _HIGH + 14, f"{count:,.0f}")
    yield _middle(left + _WIDE / 2, top + _HIGH + 34, "rows")
    for seconds in y.powers():
        yield element("path", {"class": "grid", "d": f"M{left:g} {svg.number(down(seconds))}H{left + _WIDE:g}"})
        yield svg.text(left - 8, down(seconds), words(seconds), "faint", end=True)


def _line(engine: Times, points: Sequence[tuple[float, float]], label: float, right: float) -> Element:
    path = "M" + "L".join(f"{svg.number(x)} {svg.number(y)}" for x, y in points)
    x, y = points[-1]
    lead = element(
        "path", {"class": "grid", "d": f"M{svg.number(x)} {svg.number(y)}L{right + 24:g} {svg.number(label)}"}
    )
    marks = [element("circle", {"cx": x, "cy": y, "r": 3.5}) for x, y in points]
    line = element("g", {"class": "wire computed" if engine.own else "wire"}, element("path", {"d": path}), *marks)
    return element("g", None, lead, line, svg.text(right + 30, label, engine.name, "made" if engine.own else "faint"))


def _apart(wanted: Sequence[tuple[float, int]]) -> dict[int, float]:
    """Heights for labels, by their numbers: near to the wanted ones, but none over another."""
    placed: dict[int, float] = {}
    below = -math.inf
    for height, number in sorted(wanted):
        below = max(height, below + _LABEL)
        placed[number] = below
    over = below - max(height for height, _ in wanted)
    return {number: height - over / 2 for number, height in placed.items()}


def _middle(x: float, y: float, text: str) -> Element:
    written = svg.text(x, y, text, "faint")
    written.set("text-anchor", "middle")
    return written
