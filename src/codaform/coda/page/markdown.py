"""Markdown to the lines of a canvas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from codaform.coda.page import lines as page_lines
from codaform.coda.page.lines import Content, Grid, Line, NewId, Run

CALLOUTS = ("Callout", "Info", "Tip", "Alert", "Critical")
"""What a callout may be called in Markdown, as in `> [!Tip]`; `Callout` is one without a style."""

_CALLOUT = re.compile(r"\[!(\w+)\]\n")
_CALLOUT_WORDS = {name.casefold(): name for name in CALLOUTS} | {
    "note": "Info",
    "important": "Info",
    "warning": "Alert",
    "caution": "Critical",
}
_CHECKBOX = re.compile(r"\[([ xX])\] ")
_LANGUAGE = re.compile(r"[\w+#.-]+")


@cache
def _markdown() -> MarkdownIt:
    # HTML inside of Markdown stays text: what a page shows is then never more than what Markdown can say.
    settings = {"html": False, "maxNesting": 60}
    return MarkdownIt("commonmark", settings).enable(["table", "strikethrough"])


@dataclass
class _Place:
    """A list item or a quote that is open; an item gives its style to the first line in it only."""

    style: str
    used: bool = False


@dataclass
class _Reading:
    make_id: NewId
    content: Content = field(default_factory=Content)
    lists: list[str] = field(default_factory=list)
    places: list[_Place] = field(default_factory=list)
    heading: str = ""
    grid: list[list[str]] | None = None

    def add(self, line: Line) -> None:
        if page_lines.says_something(line):
            self.content.lines.append(replace(line, id=self.make_id()))

    def token(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self.lists.append("bulletedList")
            case "ordered_list_open":
                self.lists.append("numberedList")
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self.places.append(_Place(self.lists[-1]))
            case "blockquote_open":
                self.places.append(_Place("blockQuote"))
            case "list_item_close" | "blockquote_close":
                self.places.pop()
            case "heading_open":
                self.heading = f"h{min(int(token.tag[1]), 3)}"
            case "heading_close":
                self.heading = ""
            case "fence" | "code_block":
                language = _LANGUAGE.match(token.info.strip())
                text = page_lines.code_text(token.content)
                self.add(Line("", "code", runs=(Run(text),), language=language[0] if language else ""))
            case "hr":
                self.add(Line("", "divider"))
            case "table_open":
                self.grid = []
            case "tr_open" if self.grid is not None:
                self.grid.append([])
            case "table_close" if self.grid:
                self.content.tables.append(grid(len(self.content.lines), self.grid))
                self.grid = None
            case "inline" if self.grid:
                self.grid[-1].append("".join(run.text for run in page_lines.tidy(runs(token.children or []))))
            case "inline":
                self.line(token)

    def line(self, token: Token) -> None:
        children = token.children or []
        place = self.places[-1] if self.places else None
        if self.heading:
            self.add(Line("", self.heading, runs=page_lines.tidy(runs(children), broken=False)))
        elif image := _image(children):
            self.add(image)
        elif place is None or place.used:
            self.add(Line("", "paragraph", runs=page_lines.tidy(runs(children))))
        elif place.style == "blockQuote":
            depth = sum(other.style == "blockQuote" for other in self.places)
            called = _CALLOUT.match(token.content)
            style = _CALLOUT_WORDS.get(called[1].casefold()) if called and children[0].type == "text" else None
            if style is not None:
                look = () if style == "Callout" else (("style", style),)
                self.add(Line("", "callout", runs=page_lines.tidy(runs(children[2:])), look=look))
            else:
                self.add(Line("", "blockQuote", depth - 1, page_lines.tidy(runs(children))))
        else:
            place.used = True
            box = _CHECKBOX.match(token.content)
            if box and children[0].type == "text" and place.style == "bulletedList":
                gathered = runs(children)
                gathered[0] = replace(gathered[0], text=gathered[0].text[len(box[0]) :])
                style, checked, text = "checkboxList", box[1] != " ", page_lines.tidy(gathered)
            else:
                style, checked, text = place.style, False, page_lines.tidy(runs(children))
            self.add(Line("", style, len(self.lists) - 1, text, checked))


def _image(children: Sequence[Token]) -> Line | None:
    if len(children) != 1 or children[0].type != "image":
        return None
    source = page_lines.address(str(children[0].attrs.get("src", "")))
    return Line("", "image", runs=page_lines.plain(children[0].content), address=source) if source else None


def runs(tokens: Sequence[Token]) -> list[Run]:
    """The runs of the tokens of a line, not yet tidy. A picture between words becomes a link to it."""
    gathered: list[Run] = []
    depth = {"strong": 0, "em": 0, "s": 0}
    links: list[str] = []
    for token in tokens:
        kind, _, end = token.type.rpartition("_")
        if kind in depth:
            depth[kind] += 1 if end == "open" else -1
            continue
        looks = Run("", depth["strong"] > 0, depth["em"] > 0, depth["s"] > 0, link=links[-1] if links else "")
        match token.type:
            case "link_open":
                links.append(page_lines.address(str(token.attrs.get("href", ""))))
            case "link_close":
                links.pop()
            case "code_inline":
                gathered.append(replace(looks, text=token.content, code=True))
            case "softbreak":
                gathered.append(replace(looks, text=" "))
            case "hardbreak":
                gathered.append(replace(looks, text="\n"))
            case "image":
                source = page_lines.address(str(token.attrs.get("src", "")))
                gathered.append(replace(looks, text=token.content, link=looks.link or source))
            case _:
                gathered.append(replace(looks, text=token.content))
    return gathered


def grid(at: int, rows: Sequence[Sequence[str]], columns: Sequence[str] = ()) -> Grid:
    """A table of rows of cells, made even; columns without a name are `Column 1` and so on, as Coda calls them."""
    width = max((len(columns), *(len(row) for row in rows)), default=0)
    names = [*columns, *("" for _ in range(width - len(columns)))]
    return Grid(
        at,
        tuple(name or f"Column {number}" for number, name in enumerate(names, 1)),
        tuple(tuple(row) + ("",) * (width - len(row)) for row in rows),
    )


def from_markdown(text: str, make_id: NewId = page_lines.new_id) -> Content:
    """The lines and tables of a Markdown text. Never raises: what is no Markdown is text, and so is HTML.

    A table's header becomes a row of data, as Coda does it. Headings below the third level are of the third; a
    paragraph inside of a list item stands behind it.
    """
    reading = _Reading(make_id)
    for token in _markdown().parse(page_lines.clean(text)):
        reading.token(token)
    return Content(page_lines.settled(reading.content.lines), reading.content.tables)
