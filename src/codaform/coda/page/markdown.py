"""Markdown and the lines of a canvas: reading Markdown, and writing it so that no text becomes markup."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from codaform.coda.page import lines as page_lines
from codaform.coda.page.lines import HEADINGS, LISTS, QUOTES, Content, Grid, Line, NewId, Run

_CALLOUTS = ("Callout", "Info", "Tip", "Alert", "Critical")
"""The names of callouts in Markdown, as in `> [!Tip]`; `Callout` has no style."""

_CALLOUT = re.compile(r"\[!(\w+)\]\n")
_CALLOUT_WORDS = {name.casefold(): name for name in _CALLOUTS} | {
    "note": "Info",
    "important": "Info",
    "warning": "Alert",
    "caution": "Critical",
}
_CHECKBOX = re.compile(r"\[([ xX])\] ")
_LANGUAGE = re.compile(r"[\w+#.-]+")


@cache
def _markdown() -> MarkdownIt:
    # HTML inside of Markdown stays text, so that a page never shows more than Markdown can express.
    settings = {"html": False, "maxNesting": 60}
    return MarkdownIt("commonmark", settings).enable(["table", "strikethrough"])


@dataclass
class _Place:
    """An open list item or quote; only the first line of an item has its style."""

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
        if page_lines.is_visible(line):
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
                self.heading = token.tag if token.tag in HEADINGS else "paragraph"
            case "heading_close":
                self.heading = ""
            case "fence" | "code_block":
                language = _LANGUAGE.match(token.info.strip())
                text = page_lines.code_text(token.content)
                self.add(Line("", "code", runs=(Run(text),), language=language[0] if language else ""))
            case "table_open":
                self.grid = []
            case "tr_open" if self.grid is not None:
                self.grid.append([])
            case "table_close" if self.grid:
                self.content.tables.append(even_grid(len(self.content.lines), self.grid))
                self.grid = None
            case "inline" if self.grid:
                self.grid[-1].append(
                    "".join(run.text for run in page_lines.tidy_runs(_token_runs(token.children or [])))
                )
            case "inline":
                self.line(token)

    def line(self, token: Token) -> None:
        children = token.children or []
        place = self.places[-1] if self.places else None
        if self.heading:
            self.add(Line("", self.heading, runs=page_lines.tidy_runs(_token_runs(children), broken=False)))
        elif place is None or place.used:
            self.add(Line("", "paragraph", runs=page_lines.tidy_runs(_token_runs(children))))
        elif place.style == "blockQuote":
            called = _CALLOUT.match(token.content)
            style = _CALLOUT_WORDS.get(called[1].casefold()) if called and children[0].type == "text" else None
            if style is not None:
                look = () if style == "Callout" else (("style", style),)
                self.add(Line("", "callout", runs=page_lines.tidy_runs(_token_runs(children[2:])), look=look))
            else:
                self.add(Line("", "blockQuote", runs=page_lines.tidy_runs(_token_runs(children))))
        else:
            place.used = True
            box = _CHECKBOX.match(token.content)
            if box and children[0].type == "text" and place.style == "bulletedList":
                gathered = _token_runs(children)
                gathered[0] = replace(gathered[0], text=gathered[0].text[len(box[0]) :])
                style, checked, text = "checkboxList", box[1] != " ", page_lines.tidy_runs(gathered)
            else:
                style, checked, text = place.style, False, page_lines.tidy_runs(_token_runs(children))
            self.add(Line("", style, len(self.lists) - 1, text, checked))


def _token_runs(tokens: Sequence[Token]) -> list[Run]:
    """The runs of a line's tokens, before `tidy_runs`. A picture becomes a link to it."""
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
                links.append(page_lines.safe_address(str(token.attrs.get("href", ""))))
            case "link_close":
                links.pop()
            case "code_inline":
                gathered.append(replace(looks, text=token.content, code=True))
            case "softbreak":
                gathered.append(replace(looks, text=" "))
            case "hardbreak":
                gathered.append(replace(looks, text="\n"))
            case "image":
                source = page_lines.safe_address(str(token.attrs.get("src", "")))
                gathered.append(replace(looks, text=token.content or source, link=looks.link or source))
            case _:
                gathered.append(replace(looks, text=token.content))
    return gathered


def even_grid(at: int, rows: Sequence[Sequence[str]], columns: Sequence[str] = ()) -> Grid:
    """A table of rows, filled up to equal length; columns without a name are `Column 1` and so on, as in Coda."""
    width = max((len(columns), *(len(row) for row in rows)), default=0)
    names = [*columns, *("" for _ in range(width - len(columns)))]
    return Grid(
        at,
        tuple(name or f"Column {number}" for number, name in enumerate(names, 1)),
        tuple(tuple(row) + ("",) * (width - len(row)) for row in rows),
    )


def from_markdown(text: str, make_id: NewId = page_lines.new_line_id) -> Content:
    """The lines and tables of a Markdown text. Never raises: anything else, including HTML, is read as text.

    As in Coda, a table's header becomes a row of data, a heading below the third level a paragraph, a picture a link;
    a quote within a quote joins the outer one, and a rule is dropped. Assumed: a paragraph inside a list item becomes
    a line after the item.
    """
    reading = _Reading(make_id)
    for token in _markdown().parse(page_lines.clean_text(text)):
        reading.token(token)
    return Content(page_lines.settle_lines(reading.content.lines), reading.content.tables)


# ------------------------------------------------------------ writing

_READ_AS = {"pullQuote": "blockQuote", "collapsibleList": "bulletedList"}
"""Styles that Markdown lacks, and the styles that are read back for them."""

_AT_START = re.compile(r"^([#>+\-=~|:]|\d+(?=[.)]))", re.MULTILINE)
_WITHIN = re.compile(r"([\\`*_\[\]<])|(&(?=#?\w+;))|(!(?=$))|(~(?=~))")
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")

_Spelling = Callable[[str], str]


def to_markdown(lines: Iterable[Line], escaped: bool = True) -> str:
    """Markdown that reads as these lines: `to_markdown(from_markdown(text).lines)` is a fixpoint.

    Markdown as Coda reads it cannot express pull quotes, quotes in quotes, rules, pictures, collapsible lines, and the
    colours and icons of callouts. escaped: Whether signs are escaped where they would be read as markup; the export of
    a page does not do that.
    """
    spellings = (_as_it_is, _careful, _spelled_out) if escaped else (_as_it_is,)
    blocks: list[str] = []
    in_list = False
    numbers: list[int] = []
    indents: list[int] = []
    for line in page_lines.settle_lines(lines):
        if line.style not in LISTS:
            in_list, numbers, indents = False, [], []
            if block := _block(line, spellings):
                blocks.append(block)
            continue
        del numbers[line.level + 1 :], indents[line.level :]
        ordered = line.style == "numberedList"
        if len(numbers) <= line.level:
            numbers.append(0)
        numbers[line.level] = numbers[line.level] + 1 if ordered else 0
        marker = f"{numbers[line.level]}." if ordered else "-"
        pad = " " * sum(indents)
        indents.append(len(marker) + 1)
        item = _indented(_checked(line, _item(marker), spellings), len(pad))
        if in_list:
            blocks[-1] += f"\n{pad}{item}"
        else:
            blocks.append(f"{pad}{item}")
        in_list = True
    return "\n\n".join(blocks) + ("\n" if blocks else "")


def markdown_table(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table below its name, as the export of a page shows it."""

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"

    return "\n".join([f"## {name}", "", line(columns), line("---" for _ in columns), *map(line, rows), ""])


def _block(line: Line, spellings: Sequence[_Spelling]) -> str:
    match line.style:
        case "divider":
            return "---"
        case "code":
            longest = max((len(ticks) for ticks in re.findall("`+", line.text)), default=0)
            fence = "`" * max(3, longest + 1)
            return f"{fence}{line.language}\n{line.text}\n{fence}"
        case "image":
            shown = (Run(line.text or line.address, link=line.address),)
            return _checked(Line("", "paragraph", runs=shown), str, spellings)
        case "callout":
            style = dict(line.look).get("style", "Callout")
            return _checked(line, lambda text: _quoted(f"[!{style}]\n{text}", 1), spellings)
        case style if style in HEADINGS:
            return _checked(line, lambda text: f"{'#' * int(style[1])} {text}", spellings)
        case style if style in QUOTES:
            return _checked(line, lambda text: _quoted(text, line.level + 1), spellings)
    return _checked(line, str, spellings)


def _item(marker: str) -> _Spelling:
    return lambda text: _indented(f"{marker} {text}", len(marker) + 1)


def _indented(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width)


def _quoted(text: str, depth: int) -> str:
    return "\n".join("> " * depth + row for row in text.split("\n"))


def _checked(line: Line, block: Callable[[str], str], spellings: Sequence[_Spelling]) -> str:
    """The plainest spelling of a line that reads back as the same line.

    The rules for where emphasis begins and ends are complex, so each spelling is read back, and a more careful one is
    tried if the result differs. The last spelling has no looks and escapes every sign. With one spelling alone there
    is nothing to try.
    """
    box = ("[x] " if line.checked else "[ ] ") if line.style == "checkboxList" else ""
    wanted = _READ_AS.get(line.style, line.style)
    if len(spellings) == 1:
        return block(box + _inline(line.runs, spellings[0]))
    for spelling in spellings:
        written = block(box + _inline(line.runs, spelling))
        read = from_markdown(written, str)
        if not read.tables and [(each.style, each.runs, each.checked) for each in read.lines] == [
            (wanted, line.runs, line.checked)
        ]:
            return written
    return block(box + _inline([Run(line.text)], _spelled_out))


def _as_it_is(text: str) -> str:
    return text


def _careful(text: str) -> str:
    """Escape the signs that have a meaning in most places."""
    inside = _WITHIN.sub(r"\\\g<0>", text)
    return _AT_START.sub(lambda found: "\\" + found[0] if not found[0].isdigit() else found[0] + "\\", inside)


def _spelled_out(text: str) -> str:
    """Escape every sign, and write a letter next to emphasis as an entity, which counts as punctuation."""
    inside = [_PUNCTUATION.sub(r"\\\g<0>", letter) for letter in text]
    for place in (0, -1):
        if len(inside[place]) == 1 and inside[place] != "\n":
            inside[place] = f"&#{ord(inside[place])};"
    return "".join(inside)


_SIGNS = {"strike": "~~", "bold": "**", "italic": "_"}


def _inline(runs: Sequence[Run], spelling: _Spelling) -> str:
    written: list[str] = []
    open_: list[tuple[str, str]] = []
    for run in (*runs, Run("")):
        wanted = [("link", run.link)] if run.link else []
        wanted += [(sign, "") for sign in _SIGNS if getattr(run, sign)]
        kept = 0
        while kept < min(len(open_), len(wanted)) and open_[kept] == wanted[kept]:
            kept += 1
        for kind, address in reversed(open_[kept:]):
            written.append(f"]({address})" if kind == "link" else _SIGNS[kind])
        written += ["[" if kind == "link" else _SIGNS[kind] for kind, _ in wanted[kept:]]
        open_ = wanted
        if run.text:
            written.append(_code(run.text) if run.code else spelling(run.text).replace("\n", "\\\n"))
    return "".join(written)


def _code(text: str) -> str:
    lengths = {len(ticks) for ticks in re.findall("`+", text)}
    fence = next("`" * length for length in range(1, len(text) + 2) if length not in lengths)
    pad = " " if text[0] == "`" or text[-1] == "`" or (text[0] == text[-1] == " " and text.strip()) else ""
    return f"{fence}{pad}{text}{pad}{fence}"
