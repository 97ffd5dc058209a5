"""Spans of days on an axis: weeks as bands, and items that begin in them as bars, as a picture and as Mermaid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree.ElementTree import Element

from codaform.pictures import svg
from codaform.pictures.mermaid import mermaid_text
from codaform.pictures.svg import element

_Link = Callable[[str], str | None]
"""From the label of an item to the address of its page."""

_DAY = 13.0
_HEAD = 62.0
_ROW = 24.0
_BAR = 15.0
_MARGIN = 24.0
MOST_DAYS = 400
"""The most days on the axis; items that begin later are counted and not drawn."""


@dataclass(frozen=True, slots=True)
class Band:
    """A span of days that has a name, such as a week. Both days belong to it."""

    label: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """An item with a first day, and a last day or None. band: The label of its band; empty for none."""

    label: str
    first: date
    last: date | None = None
    band: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with its place: the row, the left edge of its bar, the bar's width, and the right edge of its label."""

    item: TimelineItem
    row: int
    x: float
    width: float
    right: float


def timeline(
    bands: Sequence[Band],
    items: Sequence[TimelineItem],
    title: str,
    description: str = "",
    *,
    link: _Link | None = None,
    today: date | None = None,
    styled: bool = True,
) -> str:
    """The picture, as SVG text. Bars of neighbouring bands have two colours; what belongs to no band is dashed.

    The same input gives the same text. Bars and their labels never overlap: each is in the first free row.
    """
    first, last = _range(bands, items)
    placed, outside = place_items(items, first, last)
    rows = max((each.row for each in placed), default=-1) + 1
    right = max((each.right for each in placed), default=0.0)
    width = max((last - first).days * _DAY + _DAY, right) + 2 * _MARGIN
    bottom = _HEAD + rows * _ROW + 8
    parts = [*_bands(bands, first, last, bottom), *_months(first, last, bottom)]
    if today is not None and first <= today <= last:
        x = _x(first, today) + _DAY / 2
        line = element("path", {"class": "today", "d": f"M{svg.number(x)} {_HEAD - 6:g}V{svg.number(bottom)}"})
        parts.append(element("g", None, element("title", None, f"today, {today.isoformat()}"), line))
    order = {band.label: number for number, band in enumerate(bands)}
    parts += [_bar(each, order, link) for each in placed]
    height = bottom + _MARGIN
    if outside:
        parts.append(svg.text(_MARGIN, bottom + 14, f"{outside} more are outside these days", "faint"))
        height += _MARGIN
    said = description or f"{len(items)} items over {len(bands)} spans, from {first.isoformat()} to {last.isoformat()}."
    return svg.picture(width, height, title, said, *parts, styled=styled)


def place_items(items: Sequence[TimelineItem], first: date, last: date) -> tuple[list[Placed], int]:
    """The places of the items between two days, by their first days, and the number of items outside."""
    inside = [item for item in items if first <= item.first <= last]
    ends: list[float] = []
    placed = []
    for item in sorted(inside, key=lambda one: (one.first, one.last or one.first, one.label)):
        x = _x(first, item.first)
        until = min(max(item.last or item.first, item.first), last)
        width = ((until - item.first).days + 1) * _DAY - 3
        right = x + width + 6 + svg.text_width(svg.cut(item.label), 11)
        row = next((number for number, end in enumerate(ends) if end + 10 <= x), len(ends))
        ends[row : row + 1] = [right]
        placed.append(Placed(item, row, x, width, right))
    return placed, len(items) - len(inside)


def _range(bands: Sequence[Band], items: Sequence[TimelineItem]) -> tuple[date, date]:
    days = [day for band in bands for day in (band.first, band.last)]
    days = days or [day for item in items for day in (item.first, item.last or item.first)] or [date(2000, 1, 1)]
    first = min(days)
    return first, min(max(days), first + timedelta(days=min(MOST_DAYS, (date.max - first).days)))


def _x(first: date, day: date) -> float:
    return _MARGIN + (day - first).days * _DAY


def _bands(bands: Sequence[Band], first: date, last: date, bottom: float) -> Iterator[Element]:
    for number, band in enumerate(bands):
        x, wide = _x(first, band.first), ((min(band.last, last) - band.first).days + 1) * _DAY
        if wide <= 0:
            continue
        shape = {"x": x, "y": _HEAD - 28, "width": wide, "height": bottom - _HEAD + 28}
        parts = [
            *svg.title_and_description(band.label, f"{band.first.isoformat()} to {band.last.isoformat()}"),
            element("rect", {"class": "week" if number % 2 == 0 else "box", **shape}),
            svg.text(x + 6, _HEAD - 15, svg.cut(band.label, max(3, int(wide / 8))), "shown"),
        ]
        yield element("g", None, *parts)


def _months(first: date, last: date, bottom: float) -> Iterator[Element]:
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day == first or day.day == 1:
            x = _x(first, day)
            if day.day == 1:
                line = f"M{svg.number(x)} {_HEAD - 50:g}V{svg.number(bottom)}"
                yield element("path", {"class": "grid", "d": line})
            if day.day == 1 or day.day < 24:
                yield svg.text(x + 4, _HEAD - 44, f"{day:%B} {day.year}", "faint")


def _bar(placed: Placed, order: dict[str, int], link: _Link | None) -> Element:
    item, y = placed.item, _HEAD + placed.row * _ROW + 4
    number = order.get(item.band)
    looks = "bar none" if number is None else "bar" if number % 2 == 0 else "bar other"
    days = item.first.isoformat() + (f" to {item.last.isoformat()}" if item.last and item.last != item.first else "")
    where = f"in {item.band}" if number is not None else "in no span"
    bar = element("rect", {"class": looks, "x": placed.x + 1, "y": y, "width": placed.width, "height": _BAR, "rx": 4})
    label = svg.text(placed.x + placed.width + 6, y + _BAR / 2, svg.cut(item.label), "faint")
    said = f"{days}, {where}. {item.about}".strip()
    return svg.linked(
        element("g", None, *svg.title_and_description(item.label, said), bar, label), link(item.label) if link else None
    )


def gantt(bands: Sequence[Band], items: Sequence[TimelineItem], title: str) -> str:
    """The same as the source of a Mermaid `gantt`: a section for each band, and one for what belongs to none."""
    lines = ["gantt", f"    title {_plain(title)}", "    dateFormat YYYY-MM-DD", "    axisFormat %d %b"]
    for label in [*(band.label for band in bands), ""]:
        inside = [item for item in items if item.band == label]
        if inside:
            lines.append(f"    section {_plain(label) or 'none'}")
        for item in inside:
            until = max(item.last or item.first, item.first)
            end = until + timedelta(days=1) if until < date.max else until
            lines.append(f"    {_plain(item.label)} : {item.first.isoformat()}, {end.isoformat()}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """A text that ends nothing in a line of a gantt, where colons and semicolons do."""
    return mermaid_text(text).replace(":", " ").replace(";", " ").replace("#", " ")
