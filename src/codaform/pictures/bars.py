"""Numbers of several things as bars: what was expected beside what is, or how far each is off; pictures and Mermaid."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from xml.etree.ElementTree import Element

from codaform.model.number_text import number_text
from codaform.pictures import svg
from codaform.pictures.mermaid import mermaid_text
from codaform.pictures.svg import element

ChartLink = Callable[[str], str | None]
"""From a label to the address of its page."""

Tell = Callable[[float], str]
"""A number as its readers see it elsewhere."""

_MARGIN = 24.0
_ROW = 46.0
_BAR = 14.0
_WIDE = 380.0
_HEAD = 34.0
_LARGEST = 1e300
"""A number from here on, an infinite one or NaN has no bar: no axis reaches so far."""

MOST = 60
"""The most things in a chart."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A thing with its two numbers; None for an unknown one. note: The text at its right."""

    label: str
    expected: float | None
    actual: float | None
    note: str = ""


def bar_chart(
    pairs: Sequence[Pair],
    names: tuple[str, str],
    title: str,
    description: str = "",
    *,
    tell: tuple[Tell, Tell] | None = None,
    link: ChartLink | None = None,
    styled: bool = True,
) -> str:
    """The picture, as SVG text: for each thing a bar for either number, from the same zero. names: Of the two numbers.

    tell: How either number is written. The same input gives the same text.
    """
    tell = tell or (plain_number, plain_number)
    shown = pairs[:MOST]
    low, high, step = axis_scale(
        [value for pair in shown for value in (pair.expected, pair.actual) if value is not None]
    )
    left = _MARGIN + max((svg.text_width(svg.cut(pair.label)) * 1.08 for pair in shown), default=60.0) + 14
    right = max((svg.text_width(pair.note, 12) for pair in shown), default=0.0)
    width, bottom = left + _WIDE + 56 + right + _MARGIN, _HEAD + _MARGIN + len(shown) * _ROW

    def at(value: float) -> float:
        return left + (value - low) / (high - low) * _WIDE

    parts = [*_legend(names), *_axis(low, high, step, at, bottom)]
    for number, pair in enumerate(shown):
        parts.append(_group(pair, names, tell, _MARGIN + _HEAD + number * _ROW, left, at, link))
    height = bottom + _MARGIN + 10
    if len(pairs) > MOST:
        parts.append(svg.text(_MARGIN, height, f"+ {len(pairs) - MOST} more", "faint"))
        height += _MARGIN
    return svg.picture(width, height, title, description or _description(shown, names, tell), *parts, styled=styled)


def axis_scale(values: Sequence[float]) -> tuple[float, float, float]:
    """From where to where an axis goes so that all values and 0 are on it, and the round step between its ticks."""
    finite = [value for value in values if abs(value) < _LARGEST]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    span = (high - low) or 1.0
    size = 10.0 ** math.floor(math.log10(span / 4)) if span > 1e-300 else 1.0
    step = next(size * times for times in (1, 2, 5, 10) if span <= 5 * size * times)
    return math.floor(low / step) * step, (math.ceil(high / step) or 1) * step, step


def _description(pairs: Sequence[Pair], names: tuple[str, str], tell: tuple[Tell, Tell]) -> str:
    told = (
        ", ".join(
            [f"{pair.label}: {_told(names[0], pair.expected, tell[0])}", _told(names[1], pair.actual, tell[1])]
            + ([pair.note] if pair.note else [])
        )
        for pair in pairs
    )
    return "; ".join(told) + "."


def _told(name: str, value: float | None, tell: Tell) -> str:
    return f"no {name}" if value is None else f"{name} {tell(value)}"


def plain_number(value: float) -> str:
    """A number to two places, halves away from zero."""
    if not abs(value) < 1e15:
        return number_text(value)
    rounded = Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = f"{rounded:,f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _legend(names: tuple[str, str]) -> Iterator[Element]:
    x = _MARGIN
    for name, looks in zip(names, ("bar none", "bar"), strict=True):
        yield element("rect", {"class": looks, "x": x, "y": _MARGIN - 6, "width": 22, "height": 12, "rx": 3})
        yield svg.text(x + 30, _MARGIN, svg.cut(name), "faint")
        x += 54 + svg.text_width(svg.cut(name), 11)


def _axis(low: float, high: float, step: float, at: Callable[[float], float], bottom: float) -> Iterator[Element]:
    for number in range(round((high - low) / step) + 1):
        value = low + number * step
        x = at(value)
        yield element("path", {"class": "grid", "d": f"M{svg.number(x)} {_MARGIN + _HEAD - 12:g}V{svg.number(bottom)}"})
        written = svg.text(x, bottom + 12, plain_number(round(value, 10)), "faint")
        written.set("text-anchor", "middle")
        yield written


def _group(
    pair: Pair,
    names: tuple[str, str],
    tell: tuple[Tell, Tell],
    y: float,
    left: float,
    at: Callable[[float], float],
    link: ChartLink | None,
) -> Element:
    parts = [
        *svg.title_and_description(pair.label, _description([pair], names, tell)),
        svg.text(left - 14, y + _BAR + 1, svg.cut(pair.label), "shown", end=True),
    ]
    furthest = at(0)
    for number, (value, looks) in enumerate(((pair.expected, "bar none"), (pair.actual, "bar"))):
        top = y + number * (_BAR + 2)
        if value is None or not abs(value) < _LARGEST:
            parts.append(svg.text(at(0) + 6, top + _BAR / 2, f"no {svg.cut(names[number])}", "faint"))
            continue
        ends = sorted((at(0), at(value)))
        shape = {"x": ends[0], "y": top, "width": max(ends[1] - ends[0], 1.5), "height": _BAR, "rx": 3}
        parts.append(element("rect", {"class": looks, **shape}))
        parts.append(svg.text(ends[1] + 6, top + _BAR / 2, tell[number](value), "faint"))
        furthest = max(furthest, ends[1])
    if pair.note:
        parts.append(svg.text(furthest + 52, y + _BAR + 1, pair.note, "shown"))
    return svg.linked(element("g", None, *parts), link(pair.label) if link else None)


def xychart(pairs: Sequence[Pair], names: tuple[str, str], title: str) -> str:
    """The same as the source of a Mermaid `xychart-beta`: bars for what was expected, a line for what is.

    Mermaid knows no gaps: things that lack a number have no place on the axis, and are named in comments.
    """
    shown = pairs[:MOST]
    whole = [pair for pair in shown if is_drawn(pair.expected) and is_drawn(pair.actual)]
    lines = ["xychart-beta", f'    title "{mermaid_text(title)}"', *chart_comments(shown, whole, names)]
    if whole:
        lines.append(f"    x-axis [{', '.join(quoted(pair.label) for pair in whole)}]")
        lines.append(f'    y-axis "{mermaid_text(" / ".join(names))}"')
        lines.append(f"    bar [{', '.join(number_text(pair.expected or 0) for pair in whole)}]")
        lines.append(f"    line [{', '.join(number_text(pair.actual or 0) for pair in whole)}]")
    return "\n".join(lines) + "\n"


def is_drawn(value: float | None) -> bool:
    """Whether a number is there, and no axis is too short for it."""
    return value is not None and abs(value) < _LARGEST


def quoted(label: str) -> str:
    """A text between quotation marks of Mermaid."""
    return f'"{mermaid_text(label)}"'


def chart_comments(shown: Sequence[Pair], whole: Sequence[Pair], names: tuple[str, str]) -> list[str]:
    """A comment of Mermaid for each thing that is not drawn, with the number that it has."""
    return [
        f"    %% {mermaid_text(_description([pair], names, (number_text, number_text)))}"
        for pair in shown
        if pair not in whole
    ]
