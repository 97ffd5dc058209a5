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
_ROOMY = 30.0
"""The width of a day where there are few."""

_FEW = 21
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
    words: tuple[str, str] = ("in a span", "in none"),
    styled: bool = True,
) -> str:
    """The picture, as SVG text. Bars of neighbouring bands have two colours; what belongs to no band is dashed.

    words: What the legend calls an item that belongs to a band, and one that does not.
    The same input gives the same text. Bars and their labels never overlap: each is in the first free row.
    """
    first, last = _range(bands, items)
    day = _day_width(first, last)
    placed, outside = place_items(items, first, last)
    rows = max((each.row for each in placed), default=-1) + 1
    right = max((each.right for each in placed), default=0.0)
    width = max((last - first).days * day + day, right) + 2 * _MARGIN
    bottom = _HEAD + rows * _ROW + 8
    parts = [*_bands(bands, first, last, bottom), *_months(first, last, bottom)]
    seen = today is not None and first <= today <= last
    if today is not None and seen:
        parts.append(_today(today, _x(first, today, day) + day / 2, bottom))
    order = {band.label: number for number, band in enumerate(bands)}
    parts += [_bar(each, order, link) for each in placed]
    height = bottom + 22
    parts += _legend(height, words, [one.item.band in order for one in placed], seen)
    height += 18
    if outside:
        said = f"{outside} more {'is' if outside == 1 else 'are'} outside these days"
        parts.append(svg.text(_MARGIN, height, said, "faint"))
        height += _MARGIN
    said = description or f"{len(items)} items over {len(bands)} spans, from {first.isoformat()} to {last.isoformat()}."
    return svg.picture(width, height, title, said, *parts, styled=styled)


def bands_around(bands: Sequence[Band], today: date, count: int) -> list[Band]:
    """So many neighbouring bands around the one of a day, or around the nearest to it. bands: In order of days."""
    if len(bands) <= count:
        return list(bands)
    distances = [max((band.first - today).days, (today - band.last).days, 0) for band in bands]
    middle = distances.index(min(distances))
    start = min(max(middle - count // 2, 0), len(bands) - count)
    return list(bands[start : start + count])


def is_between(item: TimelineItem, first: date, last: date) -> bool:
    """Whether an item has a day between two days, both of which count."""
    return item.first <= last and max(item.last or item.first, item.first) >= first


def place_items(items: Sequence[TimelineItem], first: date, last: date) -> tuple[list[Placed], int]:
    """The places of the items with a day between two days, by their first days, and the number of items outside."""
    inside = [item for item in items if is_between(item, first, last)]
    day = _day_width(first, last)
    ends: list[float] = []
    placed = []
    for item in sorted(inside, key=lambda one: (one.first, one.last or one.first, one.label)):
        begins = max(item.first, first)
        x = _x(first, begins, day)
        until = min(max(item.last or item.first, item.first), last)
        width = ((until - begins).days + 1) * day - 3
        right = x + width + 6 + svg.text_width(svg.cut(item.label), 11)
        row = next((number for number, end in enumerate(ends) if end + 10 <= x), len(ends))
        ends[row : row + 1] = [right]
        placed.append(Placed(item, row, x, width, right))
    return placed, len(items) - len(inside)


def _day_width(first: date, last: date) -> float:
    days = (last - first).days + 1
    return max(_DAY, min(_ROOMY, _ROOMY * _FEW / days))


def _today(today: date, x: float, bottom: float) -> Element:
    line = element("path", {"class": "today", "d": f"M{svg.number(x)} {_HEAD - 6:g}V{svg.number(bottom)}"})
    written = svg.text(x, bottom + 8, "today", "made")
    written.set("text-anchor", "middle")
    return element("g", None, element("title", None, f"today, {today.isoformat()}"), line, written)


def _legend(y: float, words: tuple[str, str], belong: Sequence[bool], today: bool) -> Iterator[Element]:
    """The meaning of the bars that are there."""
    x = _MARGIN
    kinds = [(("bar", "bar other"), words[0], True in belong), (("bar none",), words[1], False in belong)]
    for looks, said, there in kinds if belong else ():
        if not there:
            continue
        for each in looks:
            yield element("rect", {"class": each, "x": x, "y": y - 6, "width": 18, "height": 11, "rx": 3})
            x += 21
        yield svg.text(x + 4, y, said, "faint")
        x += 24 + svg.text_width(said, 11)
    if today:
        yield element("path", {"class": "today", "d": f"M{svg.number(x)} {y - 7:g}V{y + 6:g}"})
        yield svg.text(x + 8, y, "today", "faint")


def _range(bands: Sequence[Band], items: Sequence[TimelineItem]) -> tuple[date, date]:
    days = [day for band in bands for day in (band.first, band.last)]
    days = days or [day for item in items for day in (item.first, item.last or item.first)] or [date(2000, 1, 1)]
    first = min(days)
    return first, min(max(days), first + timedelta(days=min(MOST_DAYS, (date.max - first).days)))


def _x(first: date, day: date, width: float) -> float:
    return _MARGIN + (day - first).days * width


def _bands(bands: Sequence[Band], first: date, last: date, bottom: float) -> Iterator[Element]:
    day = _day_width(first, last)
    for number, band in enumerate(bands):
        x, wide = _x(first, band.first, day), ((min(band.last, last) - band.first).days + 1) * day
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
    width = _day_width(first, last)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day == first or day.day == 1:
            x = _x(first, day, width)
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
