"""Building an SVG picture in which names are always text, and that fits a light and a dark page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from codaform.pictures.geometry import STUB, Lane, Path
from codaform.text import columns, one_line

STYLE = """
.coda-picture{--paper:#fff;--box:#fff;--edge:#c9ced8;--band:#eef1f8;--ink:#1d2433;--faint:#626b7d;--wire:#7483a3;
--made:#8a3ffc;--made-band:#f3ecff;--link:#2458c6;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",
Arial,sans-serif;font-size:13px;max-width:100%;height:auto}
@media (prefers-color-scheme:dark){.coda-picture{--paper:#14171d;--box:#1b1f27;--edge:#3a4150;--band:#262c38;
--ink:#e6e9f0;--faint:#9aa3b5;--wire:#8492b0;--made:#bd93f9;--made-band:#2e2541;--link:#8ab0ff}}
[data-theme=light] .coda-picture,[data-md-color-scheme=default] .coda-picture{--paper:#fff;--box:#fff;--edge:#c9ced8;
--band:#eef1f8;--ink:#1d2433;--faint:#626b7d;--wire:#7483a3;--made:#8a3ffc;--made-band:#f3ecff;--link:#2458c6}
[data-theme=dark] .coda-picture,[data-md-color-scheme=slate] .coda-picture{--paper:#14171d;--box:#1b1f27;
--edge:#3a4150;--band:#262c38;--ink:#e6e9f0;--faint:#9aa3b5;--wire:#8492b0;--made:#bd93f9;--made-band:#2e2541;
--link:#8ab0ff}
.coda-picture .paper{fill:var(--paper)}
.coda-picture .box{fill:var(--box);stroke:var(--edge)}
.coda-picture .band{fill:var(--band)}
.coda-picture .chosen .box{stroke:var(--made);stroke-width:2}
.coda-picture .chosen .box{fill:var(--made-band)}
.coda-picture text{fill:var(--ink)}
.coda-picture .name{font-weight:650;font-size:14px}
.coda-picture .shown{font-weight:650}
.coda-picture .faint{fill:var(--faint);font-size:11px}
.coda-picture .made{fill:var(--made);font-weight:600}
.coda-picture .relation{fill:var(--link)}
.coda-picture a:hover .name,.coda-picture a:focus .name{text-decoration:underline}
.coda-picture .wire path{fill:none;stroke:var(--wire);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.coda-picture .wire .under{stroke:var(--paper);stroke-width:5}
.coda-picture .wire circle{fill:var(--paper);stroke:var(--wire);stroke-width:1.5}
.coda-picture .wire.computed path:not(.under){stroke:var(--made)}
.coda-picture .wire.computed .line{stroke-dasharray:5 4;stroke-linecap:butt}
.coda-picture .wire.computed circle{stroke:var(--made)}
.coda-picture .wire .head{fill:var(--wire)}
.coda-picture .wire:hover .line{stroke-width:3}
.coda-picture .grid{stroke:var(--edge);fill:none}
.coda-picture .grid.axis{stroke:var(--faint)}
.coda-picture .week{fill:var(--band)}
.coda-picture .bar{fill:var(--link)}
.coda-picture .bar.other{fill:var(--made)}
.coda-picture .bar.none{fill:var(--box);stroke:var(--wire);stroke-dasharray:3 3}
.coda-picture .today{stroke:var(--made);stroke-width:2}
""".strip()
"""The looks of every picture. A page with `data-theme` or `data-md-color-scheme` decides; else the reader's system."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OUTSIDE = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_WEB = re.compile("https?:", re.IGNORECASE)

_Shape = Mapping[str, str | float]


def element(tag: str, attributes: _Shape | None = None, *children: Element | str) -> Element:
    """An element of SVG. A text is a child that stands alone; numbers are rounded to a tenth."""
    made = Element(tag, {name: _attribute(value) for name, value in (attributes or {}).items()})
    for child in children:
        if isinstance(child, str):
            made.text = (made.text or "") + _NOT_XML.sub("\ufffd", child)
        else:
            made.append(child)
    return made


def _attribute(value: str | float) -> str:
    return _NOT_XML.sub("\ufffd", value) if isinstance(value, str) else number(value)


def number(value: float) -> str:
    """A length in a picture: to a tenth, without a needless zero."""
    return f"{round(value, 1) + 0.0:g}" if abs(value) < 100_000 else str(round(value))


def text(x: float, y: float, said: str, style: str = "", end: bool = False) -> Element:
    """A line of text that begins, or with `end` ends, at x; y is its middle."""
    attributes: dict[str, str | float] = {"x": x, "y": y, "dy": ".35em"}
    if style:
        attributes["class"] = style
    if end:
        attributes["text-anchor"] = "end"
    return element("text", attributes, said)


def line(path: Path) -> str:
    """A line as the `d` of a path: level where it meets boxes and in its lanes, bent in the aisles only."""
    start, end = path.start, path.end
    if start.out == end.out:
        # A line from a box to itself goes around outside of it.
        near, far = start.x + start.out * STUB, start.x + start.out * 3 * STUB
        return (
            f"M{number(start.x)} {number(start.y)}H{number(near)}"
            f"C{number(far)} {number(start.y)} {number(far)} {number(end.y)} {number(near)} {number(end.y)}"
            f"H{number(end.x)}"
        )
    x, y = start.x + start.out * STUB, start.y
    drawn = [f"M{number(start.x)} {number(start.y)}H{number(x)}"]
    for lane in (*path.lanes, Lane(end.x + end.out * STUB, end.x, end.y)):
        half = number((x + lane.x) / 2)
        drawn.append(
            f"C{half} {number(y)} {half} {number(lane.y)} {number(lane.x)} {number(lane.y)}H{number(lane.far)}"
        )
        x, y = lane.far, lane.y
    return "".join(drawn)


def title_and_description(title: str, description: str) -> tuple[Element, Element]:
    """The title and the description of a part, for screen readers and as its tooltip."""
    return element("title", None, title), element("desc", None, description)


def linked(part: Element, address: str | None) -> Element:
    """The part as a link. An address that is neither on this site nor on the web is left out."""
    if not address or (_OUTSIDE.match(address) and not _WEB.match(address)):
        return part
    return element("a", {"href": address}, part)


def picture(width: float, height: float, title: str, description: str, *parts: Element, styled: bool = True) -> str:
    """The whole picture as text.

    styled: Whether it brings STYLE along; a page that forbids styles inside of it links to them instead.
    """
    root = element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "coda-picture",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "width": width,
            "height": height,
            "role": "group",
            "aria-label": title,
        },
        *title_and_description(title, description),
    )
    if styled:
        root.append(element("style", None, STYLE))
    root.append(element("rect", {"class": "paper", "width": width, "height": height, "rx": 10}))
    root.extend(parts)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


_NARROW = frozenset("iljtfrI.,:;'|!()[]{}- ")
_WIDE = frozenset("mwMW@%&")


def text_width(said: str, size: float = 13) -> float:
    """How wide a text is at most in the fonts that STYLE asks for: no font is at hand, so letters are estimated."""
    return sum(_letter(letter) for letter in said) * size


def _letter(letter: str) -> float:
    if letter in _NARROW:
        return 0.4
    if letter in _WIDE:
        return 1.0
    return (0, 0.75 if letter.isupper() else 0.64, 1.05)[columns(letter)]


def cut(said: str, letters: int = 34) -> str:
    """Return a text in one line, with an ellipsis where it is longer than so many letters."""
    return one_line(said, letters)
