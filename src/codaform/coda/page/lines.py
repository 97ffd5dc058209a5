"""The lines of a page's canvas as data, and the one form in which their text is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
"""The styles of lines as the REST API names them."""

OBJECTS = ("callout", "divider", "image")
"""What stands on a canvas beside the lines of STYLES."""

LISTS = frozenset({"bulletedList", "checkboxList", "collapsibleList", "numberedList"})
QUOTES = frozenset({"blockQuote", "pullQuote"})
HEADINGS = frozenset({"h1", "h2", "h3"})

DEEPEST = 8
"""The deepest level of a list or a quote; what is given deeper comes to stand there."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line's text that looks alike from end to end."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An element of a canvas.

    id: As `cl-…`; what the API calls an element id.
    style: One of STYLES or OBJECTS.
    level: How far it is indented; of lists and quotes.
    runs: The text, in the form that `tidy` gives it. A line break inside of it is a "\\n"; a block of code is one line.
    checked: Of a checkboxList.
    collapsible: Of a heading that hides what is below it.
    language: Of code.
    address: Of an image.
    look: Further settings by name, as the colour of a callout; sorted by name.
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
        """What it says, without the looks."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table that stood in a text; Coda makes a table of the doc of it.

    at: How many lines of the content stand before it.
    columns: The names of its columns.
    rows: The texts of its cells, as many in each row as there are columns.
    """

    at: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a text gives a canvas: lines, and tables between them."""

    lines: list[Line] = field(default_factory=list)
    tables: list[Grid] = field(default_factory=list)


NewId = Callable[[], str]


def new_id() -> str:
    """The id of a new line."""
    return ids.new("line")


# ------------------------------------------------------------------------------------------------ text in one form

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029]")
_SAFE_ADDRESS = re.compile(r"(?:https?|mailto|tel|coda|superhuman):[^\s<>\"'`\\{}|^\[\]]+", re.IGNORECASE)
_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_KEPT_IN_ADDRESS = "%;/?:@&=+$,-_.!~*#"


def clean(text: str) -> str:
    """The text without what no page shows: control characters, halves of characters, odd ends of lines."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))


def address(text: str) -> str:
    """The address that a link may lead to, or "" for one that could run something, as `javascript:`."""
    squeezed = _STRAY_PERCENT.sub("%25", "".join(clean(text).split()))
    if not _SAFE_ADDRESS.fullmatch(squeezed):
        return ""
    return quote(squeezed, safe=_KEPT_IN_ADDRESS)


def tidy(runs: Iterable[Run], broken: bool = True) -> tuple[Run, ...]:
    """Runs in the one form in which a line keeps them, so that equal looks are equal data.

    Blanks stand single, none at either end; a blank has only the looks that its neighbours share; neighbours that
    look alike are one run. `broken` says whether line breaks are kept or become blanks.
    """
    letters: list[tuple[str, Run]] = []
    for run in runs:
        looks = replace(run, text="")
        for letter in clean(run.text):
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


def plain(text: str) -> tuple[Run, ...]:
    """The runs of a text without looks."""
    return tidy([Run(text)])


def code_text(text: str) -> str:
    """The text of a block of code: as it is, without one ending line break and without what cannot be shown."""
    return clean(text).removesuffix("\n")


def settled(lines: Iterable[Line]) -> list[Line]:
    """The lines as a canvas can hold them: none without content, no list deeper than one below the line before it."""
    kept: list[Line] = []
    deepest = 0
    for line in lines:
        if not says_something(line):
            continue
        if line.style in LISTS:
            level = max(0, min(line.level, deepest, DEEPEST))
            deepest = level + 1
        else:
            deepest = 0
            level = max(0, min(line.level, DEEPEST)) if line.style in QUOTES else 0
        kept.append(line if level == line.level else replace(line, level=level))
    return kept


def says_something(line: Line) -> bool:
    """Whether there is anything to see of a line."""
    return line.style in ("divider", "image") or bool(line.text.strip())


# ---------------------------------------------------------------------------------------------------- JSON and back


def to_items(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The items of the API's list of a page's content, with plain text.

    Dividers and images have no text, and their items no `itemContent`: the vendor's description leaves it out of what
    an item must have. That they are listed at all is assumed.
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


def to_data(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Lines as JSON that loses nothing, for keeping. `from_data(to_data(lines)) == lines`."""
    return [_slim(line) for line in lines]


def _slim(line: Line) -> dict[str, Any]:
    data: dict[str, Any] = {"id": line.id, "style": line.style, "runs": [_slim_run(run) for run in line.runs]}
    for name in ("level", "checked", "collapsible", "language", "address"):
        if value := getattr(line, name):
            data[name] = value
    if line.look:
        data["look"] = dict(line.look)
    return data


def _slim_run(run: Run) -> dict[str, Any]:
    marks = {name: True for name in ("bold", "italic", "strike", "code") if getattr(run, name)}
    return {"text": run.text, **marks, **({"link": run.link} if run.link else {})}


def from_data(data: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Lines of the JSON that `to_data` gave. Raises KeyError or TypeError for any other."""
    return [
        Line(
            **{
                **given,
                "runs": tuple(Run(**run) for run in given["runs"]),
                "look": tuple(sorted(given.get("look", {}).items())),
            }
        )
        for given in data
    ]


__all__ = [
    "DEEPEST",
    "HEADINGS",
    "LISTS",
    "OBJECTS",
    "QUOTES",
    "STYLES",
    "Content",
    "Grid",
    "Line",
    "NewId",
    "Run",
    "address",
    "clean",
    "code_text",
    "from_data",
    "new_id",
    "plain",
    "settled",
    "tidy",
    "to_data",
    "to_items",
]
