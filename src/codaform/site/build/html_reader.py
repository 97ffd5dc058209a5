"""Reading a built page: its links, its loads, its anchors, and its pictures without a text."""

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
"""The relations of a <link> that a browser loads; `canonical` and others are not loaded."""

_URL = re.compile(r"""url\(\s*(["']?)(.*?)\1\s*\)|@import\s+(["'])(.*?)\3""", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(slots=True)
class BuiltPage:
    """The links, loads and places of a built page, in order.

    places: The anchors. links: Addresses to follow. loads: Addresses that a browser loads. mute: Pictures without a
    text for people who do not see them, each as a piece of its HTML.
    """

    places: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    mute: list[str] = field(default_factory=list)


def read_html(text: str) -> BuiltPage:
    """The links, loads and places of a page. Broken HTML is read as far as possible."""
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
        """The open tags, and whether one has a label or marks its content as decoration."""
        self.picture: tuple[int, str] | None = None
        """The depth and the beginning of the current drawing until a title is found."""

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
        # Everything around an article is the theme's, whose signs are all in buttons and links with words.
        return any(tag in ("article", "main") for tag, _ in self.open)


def _tells(tag: str, named: dict[str, str]) -> bool:
    if named.get("aria-label", "").strip() or named.get("aria-labelledby") or named.get("aria-hidden") == "true":
        return True
    if named.get("role") in ("presentation", "none"):
        return True
    signs = {"twemoji", "md-icon"} & set(named.get("class", "").split())
    return bool(signs) or (tag in ("a", "button") and bool(named.get("title", "").strip()))
