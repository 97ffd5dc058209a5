"""The lines of a page's canvas as data, with their text in a single normal form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from codaform.coda.wire import ids

STYLES = (
    "blockQuote",
    "bulletedList",
    "checkboxList",
    "code",
    "collapsibleList",
    "h1",
    "h2",
    "h3",
    "numberedList",
    "paragraph",
    "pullQuote",
)
"""The styles of lines, by the REST API's names."""

LISTS = frozenset({"bulletedList", "checkboxList", "collapsibleList", "numberedList"})
QUOTES = frozenset({"blockQuote", "pullQuote"})
HEADINGS = frozenset({"h1", "h2", "h3"})

DEEPEST = 8
"""The deepest level of a list or a quote; deeper lines move up to it."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line's text with a single look."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An element of a canvas.

    id: `cl-…`, the API's element id.
    style: One of STYLES, or `callout`, `divider`, `image`.
    level: The indentation of a list or a quote.
    runs: The text, in the form of `tidy_runs`. A line break inside is a "\\n"; a block of code is one line.
    checked: Whether the item of a checkboxList is checked.
    collapsible: Whether a heading can hide the lines below it.
    language: The language of code.
    address: The address of an image.
    look: Further settings, sorted by name, such as the colour of a callout.
    """

    id: str
    style: str
    level: int = 0
    runs: tuple[Run, ...] = ()
    checked: bool = False
    collapsible: bool = False
    language: str = ""
    address: str = ""
    look: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The text without its looks."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table within a text; Coda turns it into a table of the doc.

    at: How many lines of the content come before it.
    columns: The names of its columns.
    rows: The texts of its cells, one for each column.
    """

    at: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Content:
    """The content that a text adds to a canvas: lines, and tables between them."""

    lines: list[Line] = field(default_factory=list)
    tables: list[Grid] = field(default_factory=list)


NewId = Callable[[], str]


def new_line_id() -> str:
    """The id of a new line."""
    return ids.new("line")


# ------------------------------------------------------------------------------------------------ text in one form

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029]")
_SAFE_ADDRESS = re.compile(r"(?:https?|mailto|tel|coda|superhuman):[^\s<>\"'`\\{}|^\[\]]+", re.IGNORECASE)
_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_KEPT_IN_ADDRESS = "%;/?:@&=+$,-_.!~*#"


def clean_text(text: str) -> str:
    """The text without control characters, half characters and unusual line ends, which no page shows."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))


def safe_address(text: str) -> str:
    """The address of a link, or "" for an unsafe scheme such as `javascript:`."""
    squeezed = _STRAY_PERCENT.sub("%25", "".join(clean_text(text).split()))
    if not _SAFE_ADDRESS.fullmatch(squeezed):
        return ""
    return quote(squeezed, safe=_KEPT_IN_ADDRESS)


def tidy_runs(runs: Iterable[Run], broken: bool = True) -> tuple[Run, ...]:
    """Runs in normal form, so that equal looks are equal data.

    Spaces are single, with none at either end; a space has only the looks that its neighbours share; neighbours with
    the same look are one run. broken: Whether to keep line breaks or turn them into spaces.
    """
    letters: list[tuple[str, Run]] = []
    for run in runs:
        looks = replace(run, text="")
        for letter in clean_text(run.text):
            kept = letter if not letter.isspace() else "\n" if letter == "\n" and broken else " "
            if kept in " \n" and letters and letters[-1][0] in " \n":
                if kept == "\n":
                    letters[-1] = ("\n", letters[-1][1])
                continue
            letters.append((kept, looks))
    while letters and letters[-1][0] in " \n":
        letters.pop()
    while letters and letters[0][0] in " \n":
        letters.pop(0)
    for place, (letter, looks) in enumerate(letters):
        if letter in " \n":
            shared = _shared(letters[place - 1][1], looks, letters[place + 1][1])
            letters[place] = (letter, replace(shared, code=False) if letter == "\n" else shared)
    return _joined(letters)


def _shared(before: Run, own: Run, behind: Run) -> Run:
    looks = (before, own, behind)
    return Run(
        "",
        all(each.bold for each in looks),
        all(each.italic for each in looks),
        all(each.strike for each in looks),
        all(each.code for each in looks),
        own.link if before.link == own.link == behind.link else "",
    )


def _joined(letters: Sequence[tuple[str, Run]]) -> tuple[Run, ...]:
    runs: list[Run] = []
    gathered: list[str] = []
    for place, (letter, looks) in enumerate(letters):
        gathered.append(letter)
        if place + 1 == len(letters) or letters[place + 1][1] != looks:
            runs.append(replace(looks, text="".join(gathered)))
            gathered = []
    return tuple(runs)


def plain_runs(text: str) -> tuple[Run, ...]:
    """The runs of a text without looks."""
    return tidy_runs([Run(text)])


def code_text(text: str) -> str:
    """The text of a block of code, without its last line break and without characters that no page shows."""
    return clean_text(text).removesuffix("\n")


def settle_lines(lines: Iterable[Line]) -> list[Line]:
    """The lines that a canvas can hold: no empty ones, and no list item more than one level below the line before."""
    kept: list[Line] = []
    deepest = 0
    for line in lines:
        if not is_visible(line):
            continue
        if line.style in LISTS:
            level = max(0, min(line.level, deepest, DEEPEST))
            deepest = level + 1
        else:
            deepest = 0
            level = max(0, min(line.level, DEEPEST)) if line.style in QUOTES else 0
        kept.append(line if level == line.level else replace(line, level=level))
    return kept


def is_visible(line: Line) -> bool:
    """Whether a line shows anything."""
    return line.style in ("divider", "image") or bool(line.text.strip())


def empty_line(line: Line) -> Line:
    """What is left of a line when a page's whole text is deleted: its id and style."""
    return Line(line.id, line.style if line.style in STYLES else "paragraph")


# ---------------------------------------------------------------------------------------------------- the REST API


def content_items(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The items of the API's list of a page's content, with plain text.

    Dividers and images have no text, and their items no `itemContent`, which the vendor's description does not require.
    Assumed: Coda lists them at all.
    """
    items: list[dict[str, Any]] = []
    for line in lines:
        item: dict[str, Any] = {"id": line.id, "type": "line"}
        if line.style not in ("divider", "image"):
            style = "paragraph" if line.style == "callout" else line.style
            item["itemContent"] = {"style": style, "format": "plainText", "content": line.text}
            if style in LISTS or style in QUOTES or style == "paragraph":
                item["itemContent"]["lineLevel"] = line.level
        items.append(item)
    return items
