"""Reading a built page: where it leads, what it loads, which places it has, and which pictures tell nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)

_LOADS = {
    "script": ("src",),
    "img": ("src",),
    "source": ("src",),
    "iframe": ("src",),
    "frame": ("src",),
    "embed": ("src",),
    "audio": ("src",),
    "video": ("src", "poster"),
    "track": ("src",),
    "input": ("src",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
"""Attributes by which a tag loads something; `srcset` and `style` are looked at in every tag."""

_LOADED_LINKS = frozenset(
    (
        *("stylesheet", "icon", "shortcut", "apple-touch-icon", "mask-icon", "manifest"),
        *("preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch"),
    )
)
"""What a <link> may be to make a browser ask for it; `canonical` and its like are only told."""

_URL = re.compile(r"""url\(\s*(["']?)(.*?)\1\s*\)|@import\s+(["'])(.*?)\3""", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(slots=True)
class BuiltPage:
    """What stands in a built page, in its order.

    places: The anchors. links: Where a reader can go. loads: What a browser asks for by itself. mute: Pictures without
    a text for those who do not see them, each as a piece of it that can be found again.
    """

    places: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    mute: list[str] = field(default_factory=list)


def read_html(text: str) -> BuiltPage:
    """What a page holds. Any text is read as well as it can be."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.built


def loaded_by_styles(text: str) -> list[str]:
    """The addresses that a style sheet loads."""
    return [found[2] or found[4] or "" for found in _URL.finditer(_COMMENT.sub("", text))]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.built = BuiltPage()
        self.open: list[tuple[str, bool]] = []
        """The tags around, and whether one of them says what is in it, or that it is only decoration."""
        self.picture: tuple[int, str] | None = None
        """The depth and the beginning of the drawing that nothing has told about yet."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        built = self.built
        if place := named.get("id"):
            built.places.add(place)
        if tag == "a":
            built.places |= {named["name"]} if named.get("name") else set()
            address = named.get("href") or named.get("xlink:href")
            if address:
                built.links.append(address)
                if named.get("data-md-component") == "source":
                    # The theme's script asks the host of the repository for figures.
                    built.loads.append(address)
        self._loads(tag, named)
        self._pictures(tag, named)
        if tag not in _VOID:
            inside = self.open[-1][1] if self.open else False
            self.open.append((tag, inside or _tells(tag, named)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while any(tag == one for one, _ in self.open):
            last, _ = self.open.pop()
            if self.picture is not None and len(self.open) == self.picture[0]:
                self.built.mute.append(self.picture[1])
                self.picture = None
            if last == tag:
                break

    def handle_data(self, data: str) -> None:
        around = self.open[-1][0] if self.open else ""
        if around == "style":
            self.built.loads += loaded_by_styles(data)
        if around == "title" and data.strip() and self.picture is not None and len(self.open) == self.picture[0] + 2:
            self.picture = None

    def _loads(self, tag: str, named: dict[str, str]) -> None:
        loads = self.built.loads
        loads += [named[key] for key in _LOADS.get(tag, ()) if named.get(key)]
        if tag == "link" and _LOADED_LINKS & set(named.get("rel", "").lower().split()) and named.get("href"):
            loads.append(named["href"])
        if named.get("srcset"):
            loads += [one.split()[0] for one in named["srcset"].split(", ") if one.split()]
        if named.get("style"):
            loads += loaded_by_styles(named["style"])

    def _pictures(self, tag: str, named: dict[str, str]) -> None:
        told = any(inside for _, inside in self.open[-1:])
        if tag == "img" and "alt" not in named and not told:
            self.built.mute.append(named.get("src", "<img"))
        elif tag == "svg" and self.picture is None and not told and not _tells(tag, named) and self._in_article():
            self.picture = (len(self.open), "<svg")

    def _in_article(self) -> bool:
        # What stands around it is the theme's, whose signs all stand in buttons and links with words.
        return any(tag in ("article", "main") for tag, _ in self.open)


def _tells(tag: str, named: dict[str, str]) -> bool:
    if named.get("aria-label", "").strip() or named.get("aria-labelledby") or named.get("aria-hidden") == "true":
        return True
    if named.get("role") in ("presentation", "none"):
        return True
    signs = {"twemoji", "md-icon"} & set(named.get("class", "").split())
    return bool(signs) or (tag in ("a", "button") and bool(named.get("title", "").strip()))
