"""How far several things are off, in percent: bars to both sides of zero, sorted, with the band that is fine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from codaform.model.number_text import number_text
from codaform.pictures import svg
from codaform.pictures.bars import MOST, ChartLink, Tell, axis_scale, is_drawn, plain_number, quoted
from codaform.pictures.mermaid import mermaid_text
from codaform.pictures.svg import element

_MARGIN = 24.0
_ROW = 28.0
_BAR = 16.0
_WIDE = 340.0
_HEAD = 34.0


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far a thing is off: a count of percent above zero or below; None where nothing can be compared."""

    label: str
    percent: float | None


def deviations(
    items: Sequence[Deviation],
    title: str,
    band: float,
    *,
    tell: Tell = plain_number,
    link: ChartLink | None = None,
    styled: bool = True,
) -> str:
    """The picture, as SVG text: a bar for each thing, the highest first; those without a number are named below.

    band: So many percent on both sides are fine, and lie on a shade. tell: How a number without its sign is written.
    The same input gives the same text.
    """
    shown, without = in_order(items)
    low, high, step = axis_scale([*(one.percent or 0.0 for one in shown), band, -band])
    left = _MARGIN + max((svg.text_width(svg.cut(one.label)) * 1.08 for one in shown), default=60.0) + 68
    width, bottom = left + _WIDE + 68 + _MARGIN, _MARGIN + _HEAD + len(shown) * _ROW

    def at(value: float) -> float:
        return left + (value - low) / (high - low) * _WIDE

    top = _MARGIN + _HEAD - 8
    shade: dict[str, str | float] = {"class": "week", "x": at(-band), "y": top}
    shade |= {"width": at(band) - at(-band), "height": bottom - top}
    parts = [
        element("g", None, element("title", None, f"within {_percent(band)}"), element("rect", shade)),
        *_middle(at(0), _MARGIN + 8, f"fine: up to {_percent(band)} either way"),
    ]
    for number in range(round((high - low) / step) + 1):
        value = round(low + number * step, 10)
        looks = "grid axis" if value == 0 else "grid"
        drawn = f"M{svg.number(at(value))} {top:g}V{svg.number(bottom)}"
        parts.append(element("path", {"class": looks, "d": drawn}))
        parts += _middle(at(value), bottom + 12, signed_percent(value, plain_number))
    for number, one in enumerate(shown):
        y = _MARGIN + _HEAD + number * _ROW
        group = element("g", None, *_bar(one, band, y, (at(0), at(one.percent or 0.0)), tell))
        parts.append(svg.linked(group, link(one.label) if link else None))
    height = bottom + _MARGIN + 10
    if without:
        for label in ["Nothing to compare:", *(one.label for one in without)]:
            parts.append(svg.text(_MARGIN + (0 if label.endswith(":") else 12), height, svg.cut(label, 60), "faint"))
            height += 17
        height += 8
    if len(items) > len(shown) + len(without):
        parts.append(svg.text(_MARGIN, height, f"+ {len(items) - len(shown) - len(without)} more", "faint"))
        height += _MARGIN
    return svg.picture(width, height, title, _description(shown, without, band, tell), *parts, styled=styled)


def in_order(items: Sequence[Deviation]) -> tuple[list[Deviation], list[Deviation]]:
    """The things with a number, the highest first, and those without; of many, the first ones."""
    kept = items[:MOST]
    found = [one for one in kept if is_drawn(one.percent)]
    found.sort(key=lambda one: (-(one.percent or 0.0), one.label))
    return found, [one for one in kept if not is_drawn(one.percent)]


def signed_percent(value: float, tell: Tell) -> str:
    """A count of percent with its sign: `+15 %`, `−5 %`, `0 %`."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{tell(abs(value))} %"


def _percent(value: float) -> str:
    return f"{plain_number(value)} %"


def _middle(x: float, y: float, said: str) -> Iterator[Element]:
    written = svg.text(x, y, said, "faint")
    written.set("text-anchor", "middle")
    yield written


def _bar(one: Deviation, band: float, y: float, ends: tuple[float, float], tell: Tell) -> Iterator[Element]:
    value = one.percent or 0.0
    far = abs(value) > band
    said = signed_percent(value, tell)
    yield from svg.title_and_description(one.label, f"{said}, {'outside of' if far else 'within'} {_percent(band)}.")
    start, end = min(ends), max(ends)
    yield svg.text(_MARGIN, y + _BAR / 2, svg.cut(one.label), "shown" if far else "")
    shape = {"x": start, "y": y, "width": max(end - start, 1.5), "height": _BAR, "rx": 2}
    yield element("rect", {"class": "bar other" if far else "bar", **shape})
    if value < 0:
        yield svg.text(start - 6, y + _BAR / 2, said, "shown" if far else "faint", end=True)
    else:
        yield svg.text(end + 6, y + _BAR / 2, said, "shown" if far else "faint")


def _description(shown: Sequence[Deviation], without: Sequence[Deviation], band: float, tell: Tell) -> str:
    told = [f"{one.label}: {signed_percent(one.percent or 0.0, tell)}" for one in shown]
    told += [f"{one.label}: nothing to compare" for one in without]
    return f"{'; '.join(told) or 'Nothing'}. Up to {_percent(band)} either way is fine."


def deviation_chart(items: Sequence[Deviation], name: str, title: str) -> str:
    """The same as the source of a Mermaid `xychart-beta`; things without a number are named in comments."""
    shown, without = in_order(items)
    lines = ["xychart-beta horizontal", f'    title "{mermaid_text(title)}"']
    lines += [f"    %% {mermaid_text(one.label)}: no {mermaid_text(name)}" for one in without]
    if shown:
        lines.append(f"    x-axis [{', '.join(quoted(one.label) for one in shown)}]")
        lines.append(f'    y-axis "{mermaid_text(name)}"')
        lines.append(f"    bar [{', '.join(number_text(one.percent or 0.0) for one in shown)}]")
    return "\n".join(lines) + "\n"
