"""Values as a Coda maker knows them: chips for rows, pills for options, boxes, people, dates in the column's format."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from codaform.evaluation.workbook import Workbook
from codaform.markup.filling import fill
from codaform.model.display import Usual, duration_shown, moment_shown, number_shown
from codaform.model.formats import limits
from codaform.model.notation import notate
from codaform.model.schema import Column
from codaform.model.values import Action, Error, Person, Row, is_blank
from codaform.text import shorten


def safe_link(text: str) -> str:
    """The address that a link in a doc may lead to: of the web or of mail. Empty for any other."""
    squeezed = "".join(text.split())
    try:
        parts = urlsplit(squeezed)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https"):
        return squeezed if parts.netloc else ""
    return squeezed if parts.scheme == "mailto" and parts.path else ""


MOST_ITEMS = 12
"""The most values of a list in a cell of a grid."""

MOST_LETTERS = 400
"""The most letters of a text in a cell of a grid."""

_USUAL = Usual("D MMM YYYY", "H:mm", ", ")
"""The usual form of dates and times, in which day and month cannot be mixed up."""

_COLOURS = 8
_PLAIN = Column("", "other")
"""The column of a value without a column."""


@dataclass(frozen=True, slots=True)
class Look:
    """The context of shown values: their workbook, and the look of a row."""

    book: Workbook
    chip: Callable[[Row], Markup]


def value_html(
    look: Look,
    value: object,
    column: Column = _PLAIN,
    whole: bool = False,
    most: int = MOST_ITEMS,
) -> Markup:
    """A value as HTML.

    whole: Whether nothing is left out. most: How many values of a list are shown otherwise.
    """
    if not isinstance(value, list):
        return _item_html(look, value, column, whole)
    items = [item for item in value if not is_blank(item)]
    most = len(items) if whole else most
    parts = [_item_html(look, item, column, whole) for item in items[:most]]
    chips = any(isinstance(item, Row | Person) for item in items) or column.kind == "select"
    joined = Markup(" " if chips else '<span class="comma">, </span>').join(parts)
    return joined + _more(len(items) - most)


def _more(count: int) -> Markup:
    return fill(' <span class="more">+{} more</span>', count) if count > 0 else Markup()


def _item_html(look: Look, value: object, column: Column, whole: bool) -> Markup:
    match value:
        case None | "":
            return Markup("")
        case bool():
            return _box(value, column)
        case float() | int():
            return _number(float(value), column)
        case datetime():
            local = value.astimezone(look.book.zone) if value.tzinfo else value
            return _time(moment_shown(local, column, _USUAL), local.isoformat(timespec="minutes"))
        case date() | time():
            return _time(moment_shown(value, column, _USUAL), value.isoformat())
        case timedelta():
            return fill('<span class="num">{}</span>', duration_shown(value, column))
        case Row():
            return look.chip(value)
        case Person():
            return _person(value)
        case str():
            return _text(value, column, whole)
        case list():
            most = len(value) if whole else MOST_ITEMS
            inner = Markup(", ").join(_item_html(look, item, column, whole) for item in value[:most])
            return fill('<span class="list">[{}{}]</span>', inner, _more(len(value) - most))
        case Error():
            return fill('<span class="error" title="{0}">{0}</span>', value.message)
        case Action():
            return fill('<code class="action">{}</code>', notate(value, look.book))
        case dict() if column.kind in ("image", "file"):
            return _file(value)
    return fill('<code class="object">{}</code>', shortened(notate(value, look.book), whole))


def colour(text: str, options: tuple[str, ...] = ()) -> int:
    """Which of the colours an option or a person has: by its place in the list, or by its name."""
    return (options.index(text) if text in options else zlib.crc32(text.encode("utf-8", "replace"))) % _COLOURS


# ------------------------------------------------------------ single kinds


def _box(value: bool, column: Column) -> Markup:
    look = "toggle" if column.kind == "toggle" else "box"
    return fill(
        '<span class="{}{}" role="img" aria-label="{}"></span>', look, " on" if value else "", "yes" if value else "no"
    )


def _number(value: float, column: Column) -> Markup:
    text, known = number_shown(value, column), limits(column.kind, column.format)
    if known is not None and column.kind == "scale" and value == int(value) and 0 <= value <= known[1] <= 20:
        stars = Markup('<span class="stars" role="img" aria-label="{} of {}">{}<i>{}</i></span>')
        of = int(known[1])
        return stars.format(int(value), of, "★" * int(value), "★" * (of - int(value)))
    if known is not None and column.kind in ("progress", "slider"):
        least, most = known
        bar = Markup('<span class="bar"><progress max="{}" value="{}"{}></progress>{}</span>')
        size = (max(most - least, 0), min(max(value - least, 0), max(most - least, 0)))
        if column.format.show_value is False:
            return bar.format(*map(number_shown, size), fill(' aria-label="{}"', text), "")
        return bar.format(*map(number_shown, size), Markup(' aria-hidden="true"'), f" {text}")
    return fill('<span class="num">{}</span>', text)


def _time(text: str, iso: str) -> Markup:
    return fill('<time datetime="{}">{}</time>', iso, text) if text else Markup("")


def _person(person: Person) -> Markup:
    words = person.name.split()
    initials = "".join(word[0] for word in (words[:1] + words[1:][-1:]))[:2].upper()
    mark = Markup('<span class="person" title="{}"><span class="face p{}" aria-hidden="true">{}</span>{}</span>')
    return mark.format(person.email or person.name, colour(person.name), initials, person.name)


def _text(text: str, column: Column, whole: bool) -> Markup:
    if column.kind == "select":
        return fill('<span class="pill p{}">{}</span>', colour(text, column.options), shortened(text, whole))
    if column.kind == "email" and "@" in text and (address := safe_link(f"mailto:{text}")):
        return _link(address, text)
    if column.kind == "link" and (address := safe_link(text)):
        return _link(address, text.removeprefix("https://").removeprefix("http://"))
    if column.kind == "image" and (address := safe_link(text)):
        return _link(address, text)
    return escape(shortened(text, whole))


def _link(address: str, text: str) -> Markup:
    return fill(
        '<a class="link" tabindex="-1" target="_blank" rel="noopener noreferrer" href="{}">{}</a>',
        address,
        shortened(text, False),
    )


def _file(value: Mapping[str, object]) -> Markup:
    # Pictures are on other hosts. The page makes no request to them, so it shows names.
    address = safe_link(str(value.get("Url") or ""))
    name = str(value.get("Name") or value.get("Url") or "file")
    return _link(address, name) if address else escape(shortened(name, False))


def shortened(text: str, whole: bool) -> str:
    """The text, cut where it is long and not asked for whole."""
    return text if whole else shorten(text, MOST_LETTERS)
