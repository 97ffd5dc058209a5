"""Blocks of HTML in Markdown, each on one line so that no text in it starts a block of its own; templates of pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from codaform.markup.filling import fill
from codaform.site import markdown
from codaform.site.pages import relative


class Described(Protocol):
    """A part of a doc that may have an `about`."""

    @property
    def about(self) -> str:
        """What it is, in the maker's words; empty if nobody said."""
        ...


_ENDS = re.compile(r"\r\n?|\n")
_UNWRITABLE = re.compile("[\ud800-\udfff]")


def line(html: Markup) -> Markup:
    """A block on one line. Where a text in it goes on in a new line, the reader's browser still sees the end of one."""
    return Markup(_ENDS.sub("&#10;", html).strip(" \t"))


def _writable(text: str) -> str:
    """The text without halves of characters, which no file can hold."""
    return _UNWRITABLE.sub("\ufffd", text)


def address(page: str, place: str) -> str:
    """The address that leads from a page to a place, both below the folder of the docs."""
    path, sign, anchor = relative(page, place).partition("#")
    return quote(path) + sign + quote(anchor)


def link(page: str, place: str, inside: str, style: str = "") -> Markup:
    """A link from a page to a place, both below the folder of the docs. inside: Text, or HTML that is Markup."""
    kind = fill(' class="{}"', style) if style else Markup("")
    return fill('<a{} href="{}">{}</a>', kind, address(page, place), inside)


def code(text: str) -> Markup:
    """A text as code in a line."""
    return fill("<code>{}</code>", text)


def mark(text: str, title: str = "") -> Markup:
    """A short word about something, with what it means."""
    return fill('<span class="coda-mark" title="{}">{}</span>', title or text, text)


def joined(parts: Iterable[str], between: str = ", ") -> Markup:
    """Texts and HTML in a row."""
    return escape(between).join(parts)


def paragraph(inside: str, style: str) -> Markup:
    """A paragraph with a class."""
    return line(fill('<p class="{}">{}</p>', style, inside))


def fold(summary: str, inside: str, style: str) -> Markup:
    """A fold that shows its content when it is opened."""
    return line(fill('<details class="coda-fold {}"><summary>{}</summary>{}</details>', style, summary, inside))


def scrolled(inside: str, style: str = "", name: str = "") -> Markup:
    """Something wide, which scrolls on a narrow page; a keyboard can scroll it too. name: What it is, for ears."""
    classes = f"coda-scroll {style}".strip()
    named = fill(' role="group" aria-label="{}"', name) if name else Markup("")
    return line(fill('<div class="{}" tabindex="0"{}>{}</div>', classes, named, inside))


def table(headings: Sequence[str], rows: Iterable[Markup], style: str, name: str = "", looks: str = "") -> Markup:
    """A table. headings: Text or Markup. rows: See `row`. name: What it is, for ears. looks: Its style, as CSS."""
    head = Markup("").join(fill('<th scope="col">{}</th>', heading) for heading in headings)
    named = fill(' aria-label="{}"', name) if name else Markup("")
    named += fill(' style="{}"', looks) if looks else Markup("")
    return fill(
        '<table class="{}"{}><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
        style,
        named,
        head,
        Markup("").join(rows),
    )


def facts(headings: Sequence[str], rows: Iterable[Markup], name: str) -> Markup:
    """A table with a thing on each row; on a phone each cell says its heading. headings: Plain words of codaform's."""
    looks = ";".join(f"--h{number}:'{heading}'" for number, heading in enumerate(headings[1:], 2))
    return scrolled(table(headings, rows, "coda-facts", name, looks), name=name)


def row(cells: Iterable[str], anchor: str = "") -> Markup:
    """A row of a table. anchor: What links lead to it by."""
    place = fill(' id="{}"', anchor) if anchor else Markup("")
    inside = Markup("").join(fill("<td>{}</td>", cell) for cell in cells)
    return fill("<tr{}>{}</tr>", place, inside)


def note(kind: str, title: str, inside: Iterable[str]) -> Markup:
    """A remark that stands out. kind: One of the theme's, such as `failure` or `info`."""
    body = Markup("").join(fill("<p>{}</p>", one) for one in inside)
    return line(fill('<div class="admonition {}"><p class="admonition-title">{}</p>{}</div>', kind, title, body))


def count(number: int, what: str, many: str = "") -> str:
    """`1 table`, `2 tables`."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def described(things: Sequence[Described], what: str) -> str:
    """How many of some things have an `about`, such as `2 of 5 columns`; empty if all have one."""
    told = sum(bool(thing.about.strip()) for thing in things)
    return "" if told == len(things) else f"{told:,} of {count(len(things), what)}"


def render_template(template: str, **values: object) -> str:
    """The Markdown that a template gives. values: Text, which is escaped, and Markup, which is not."""
    return _writable(_environment().get_template(template).render(**values))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("codaform.site", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # A paragraph or a heading of plain text: Markdown without any markup but code between backticks.
    environment.filters["plain"] = lambda text: Markup(markdown.escaped(text))
    return environment
