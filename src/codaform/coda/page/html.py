"""HTML and the lines of a canvas: reading drops unknown tags and looks, and writing escapes all text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape, unescape
from html.parser import HTMLParser

from codaform.coda.page import lines as page_lines
from codaform.coda.page.lines import DEEPEST, HEADINGS, LISTS, QUOTES, Content, Line, NewId, Run
from codaform.coda.page.markdown import even_grid


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DROPPED = _names(
    "applet audio canvas frameset head iframe math noembed noframes noscript object option script select style svg "
    "template textarea title video xmp"
)
"""Elements that are dropped with all their content."""

_VOID = _names("area base br col embed hr img input link meta param source track wbr")
_INLINE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "cite": "italic",
    "s": "strike",
    "del": "strike",
    "strike": "strike",
    "code": "code",
    "kbd": "code",
    "samp": "code",
    "tt": "code",
}
_BLOCKS = _names(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup html li main menu nav ol p pre search section summary table tbody td tfoot th "
    "thead tr ul"
)
_LANGUAGE = re.compile(r"(?:^|\s)language-([\w+#.-]+)")
_DECLARATION = re.compile(r"<!(?!--)[^>]*>?")
_LOOK = re.compile("[a-z]+")


@dataclass
class _Open:
    """An open element. style: The style of the lines in it. used: Whether a list item already has its line."""

    tag: str
    style: str = ""
    used: bool = False
    address: str | None = None
    look: tuple[tuple[str, str], ...] = ()


class _Reader(HTMLParser):
    """Follows the tags and counts the open ones, so that 10,000 nested tags cost as much as 10,000 in a row."""

    def __init__(self, make_id: NewId) -> None:
        super().__init__(convert_charrefs=True)
        self.make_id = make_id
        self.content = Content()
        self.elements: list[_Open] = []
        self.styled: list[_Open] = []
        self.links: list[str] = []
        self.open: Counter[str] = Counter()
        self.runs: list[Run] = []
        self.image: Line | None = None
        self.checked: bool | None = None
        self.code: list[str] = []
        self.language = ""
        self.rows: list[list[str]] = []
        self.header = False

    # -------------------------------------------------------------------------------------------------------- tags

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}
        if tag in _DROPPED:
            self.push(_Open(tag))
        elif self.dropping:
            pass
        elif tag in _VOID:
            self.void(tag, given)
        else:
            if tag in _BLOCKS and not self.open["pre"]:
                self.flush()
            match tag:
                case "li" if self.styled and self.styled[-1].tag == "li" and self.lists_since_item() == 0:
                    self.handle_endtag("li")
                case "p" if self.elements and self.elements[-1].tag == "p":
                    self.handle_endtag("p")
            self.push(self.opened(tag, given))

    def lists_since_item(self) -> int:
        """How many lists are open inside the innermost open item; a new item closes the previous one of its list."""
        count = 0
        for element in reversed(self.elements):
            if element.tag in ("ul", "ol", "menu"):
                count += 1
                break
            if element.tag == "li":
                break
        return count

    def opened(self, tag: str, given: Mapping[str, str]) -> _Open:
        names = given.get("class", "").split()
        match tag:
            case "ul" | "menu":
                kinds = {"checkbox": "checkboxList", "collapsible": "collapsibleList"}
                return _Open(tag, next((style for name, style in kinds.items() if name in names), "bulletedList"))
            case "ol":
                return _Open(tag, "numberedList")
            case "li":
                around = next((each.style for each in reversed(self.styled) if each.tag in ("ul", "ol", "menu")), "")
                return _Open(tag, around or "bulletedList")
            case "summary":
                return _Open(tag, "collapsibleList")
            case "blockquote":
                return _Open(tag, "pullQuote" if "pull" in names else "blockQuote")
            case "aside" if "callout" in names:
                look = (
                    (name[5:], page_lines.clean_text(value)) for name, value in given.items() if name[:5] == "data-"
                )
                return _Open(tag, "callout", look=tuple(sorted(pair for pair in look if _LOOK.fullmatch(pair[0]))))
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                return _Open(tag, f"h{min(int(tag[1]), 3)}")
            case "a":
                return _Open(tag, address=page_lines.safe_address(given.get("href", "")))
            case "code" if self.open["pre"]:
                found = _LANGUAGE.search(given.get("class", ""))
                self.language = found[1] if found else ""
            case "table" if not self.open["table"]:
                self.rows, self.header = [], False
            case "tr" if self.open["table"] == 1:
                self.rows.append([])
            case "td" | "th" if self.open["table"] == 1:
                if not self.rows:
                    self.rows.append([])
                self.rows[-1].append("")
                if len(self.rows) == 1:
                    self.header = tag == "th" and (self.header or len(self.rows[0]) == 1)
        return _Open(tag)

    def void(self, tag: str, given: Mapping[str, str]) -> None:
        match tag:
            case "br":
                self.handle_data("\n", broken=True)
            case "hr" if not self.open["table"]:
                self.flush()
                look = (("style", page_lines.clean_text(given["data-style"])),) if "data-style" in given else ()
                self.add(Line("", "divider", look=look))
            case "img":
                self.picture(page_lines.safe_address(given.get("src", "")), given.get("alt", ""))
            case "input" if given.get("type", "").lower() == "checkbox" and self.styled and not self.runs:
                self.checked = "checked" in given

    def picture(self, source: str, alt: str) -> None:
        if not source or self.open["table"] or self.runs or self.image:
            self.handle_data(f" {alt} ", link=source)
        elif not self.open["pre"]:
            self.image = Line("", "image", runs=page_lines.tidy_runs([Run(alt)], broken=False), address=source)

    def push(self, element: _Open) -> None:
        self.elements.append(element)
        self.open[element.tag] += 1
        if mark := _INLINE.get(element.tag):
            self.open[mark] += 1
        if element.style:
            self.styled.append(element)
            self.open[f"style {element.style}"] += 1
        if element.address is not None:
            self.links.append(element.address)

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED and self.open[tag]:
            self.pop_to(tag)
        elif self.dropping or not self.open[tag]:
            return
        else:
            if tag in _BLOCKS and (tag == "pre" or not self.open["pre"]):
                self.flush()
            self.pop_to(tag)

    def pop_to(self, tag: str) -> None:
        while self.elements:
            element = self.elements[-1]
            if element.tag in _BLOCKS and (element.tag == "pre" or not self.open["pre"]):
                self.flush()
            self.elements.pop()
            self.open[element.tag] -= 1
            if mark := _INLINE.get(element.tag):
                self.open[mark] -= 1
            if element.style:
                self.styled.pop()
                self.open[f"style {element.style}"] -= 1
            if element.address is not None:
                self.links.pop()
            if element.tag == "table" and not self.open["table"]:
                self.table()
            if element.tag == tag:
                return

    @property
    def dropping(self) -> bool:
        return bool(self.elements) and self.elements[-1].tag in _DROPPED

    # -------------------------------------------------------------------------------------------------------- text

    def handle_data(self, data: str, broken: bool = False, link: str = "") -> None:
        if self.dropping:
            return
        if self.open["table"]:
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data
            return
        if self.open["pre"]:
            self.code.append(data)
            return
        if self.image is not None and data.strip():
            picture, self.image = self.image, None
            self.runs.append(Run(picture.text, link=picture.address))
        looks = Run(
            data if broken else " ".join(re.split(r"\s", data)),
            self.open["bold"] > 0,
            self.open["italic"] > 0,
            self.open["strike"] > 0,
            self.open["code"] > 0,
            link or (self.links[-1] if self.links else ""),
        )
        if self.runs and replace(self.runs[-1], text="") == replace(looks, text="") and not broken:
            looks = replace(looks, text=self.runs.pop().text + looks.text)
        self.runs.append(looks)

    def flush(self) -> None:
        """Make a line of the gathered text, in the style of the open elements."""
        if self.code:
            text = "".join(self.code)
            self.add(
                Line("", "code", runs=(Run(page_lines.code_text(text.removeprefix("\n"))),), language=self.language)
            )
            self.code, self.language = [], ""
        runs, picture, checked = page_lines.tidy_runs(self.runs), self.image, self.checked
        if picture is not None:
            self.image = None
            self.add(picture)
        if not runs:
            self.runs = []
            return
        self.runs, self.checked = [], None
        inner = self.styled[-1] if self.styled else _Open("")
        match inner.style:
            case "":
                line = Line("", "paragraph", runs=runs)
            case "blockQuote" | "pullQuote" as style:
                depth = self.open["style blockQuote"] + self.open["style pullQuote"]
                line = Line("", style, depth - 1, runs)
            case "callout":
                line = Line("", "callout", runs=runs, look=inner.look)
            case "h1" | "h2" | "h3" as style:
                line = Line("", style, runs=page_lines.tidy_runs(runs, broken=False))
            case _ if inner.used or inner.tag not in ("li", "summary"):
                line = Line("", "paragraph", runs=runs)
            case style:
                inner.used = True
                depth = self.open["ul"] + self.open["ol"] + self.open["menu"] + (inner.tag == "summary")
                if checked is not None or style == "checkboxList":
                    line = Line("", "checkboxList", depth - 1, runs, bool(checked))
                else:
                    line = Line("", style, depth - 1, runs)
        self.add(line)

    def add(self, line: Line) -> None:
        if page_lines.is_visible(line):
            level = min(max(line.level, 0), DEEPEST)
            self.content.lines.append(replace(line, id=self.make_id(), level=level))

    def table(self) -> None:
        rows = [[" ".join(page_lines.clean_text(cell).split()) for cell in row] for row in self.rows if row]
        if rows:
            columns = rows.pop(0) if self.header else []
            self.content.tables.append(even_grid(len(self.content.lines), rows, columns))
        self.rows = []

    def finish(self) -> Content:
        self.close()
        while self.elements:
            self.pop_to(self.elements[-1].tag)
        self.flush()
        return Content(page_lines.settle_lines(self.content.lines), self.content.tables)


def from_html(text: str, make_id: NewId = page_lines.new_line_id) -> Content:
    """The lines and tables of an HTML text. Never raises: unknown tags are dropped, and scripts with their text.

    A table's header row holds the names of its columns.
    """
    reader = _Reader(make_id)
    safe = _DECLARATION.sub("", page_lines.clean_text(text))
    try:
        reader.feed(safe)
        return reader.finish()
    except AssertionError:  # the parser of some Python versions raises it for broken declarations
        return Content(page_lines.settle_lines(_as_text(safe, make_id)))


def _as_text(text: str, make_id: NewId) -> list[Line]:
    shown = unescape(re.sub("<[^<>]*>", " ", text))
    return [Line(make_id(), "paragraph", runs=page_lines.plain_runs(shown))]


# ------------------------------------------------------------ writing

_LIST_TAGS = {
    "bulletedList": "<ul>",
    "checkboxList": '<ul class="checkbox">',
    "collapsibleList": '<ul class="collapsible">',
    "numberedList": "<ol>",
}


def to_html(lines: Iterable[Line]) -> str:
    """HTML that shows these lines, with all text escaped. `from_html` reads the same lines from it."""
    written: list[str] = []
    lists: list[str] = []

    def close(depth: int) -> None:
        while len(lists) > depth:
            written.append(f"</li></{lists.pop()[1:3]}>")

    for line in page_lines.settle_lines(lines):
        if line.style not in LISTS:
            close(0)
            written.append(_html_block(line))
            continue
        tag = _LIST_TAGS[line.style]
        close(line.level + 1)
        if len(lists) == line.level + 1 and lists[-1] != tag:
            close(line.level)
        if len(lists) == line.level + 1:
            written.append("</li>")
        else:
            lists.append(tag)
            written.append(tag)
        box = f'<input type="checkbox"{" checked" * line.checked} disabled>' if line.style == "checkboxList" else ""
        written.append(f"<li>{box}{_html_runs(line.runs)}")
    close(0)
    return "".join(written)


def html_table(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table below its name, as the export of a page shows it. `from_html` reads a table with these columns."""

    def line(cells: Iterable[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{escape(cell, quote=False)}</{tag}>' for cell in cells)}</tr>"

    inside = "".join([line(columns, "th"), *(line(row, "td") for row in rows)])
    return f"<h2>{escape(name, quote=False)}</h2><table>{inside}</table>"


def _html_block(line: Line) -> str:
    match line.style:
        case "divider":
            return f"<hr{_html_look(line)}>"
        case "code":
            language = f' class="language-{escape(line.language)}"' if line.language else ""
            return f"<pre><code{language}>{_edges_kept(escape(line.text, quote=False))}</code></pre>"
        case "image":
            if not line.address:
                return f"<p>{_html_runs(line.runs)}</p>"
            return f'<img src="{escape(line.address)}" alt="{escape(line.text)}">'
        case "callout":
            return f'<aside class="callout"{_html_look(line)}>{_html_runs(line.runs)}</aside>'
        case style if style in HEADINGS:
            return f"<{style}>{_html_runs(line.runs)}</{style}>"
        case style if style in QUOTES:
            kind = ' class="pull"' if style == "pullQuote" else ""
            depth = line.level
            inside = f"<blockquote{kind}>{_html_runs(line.runs)}</blockquote>"
            return "<blockquote>" * depth + inside + "</blockquote>" * depth
    return f"<p>{_html_runs(line.runs)}</p>"


def _edges_kept(text: str) -> str:
    # HTML ignores a line break right after <pre> and right before its end.
    return "\n" * text.startswith("\n") + text + "\n" * text.endswith("\n")


def _html_look(line: Line) -> str:
    return "".join(f' data-{escape(name)}="{escape(value)}"' for name, value in line.look)


def _html_runs(runs: Iterable[Run]) -> str:
    written = []
    for run in runs:
        text = escape(run.text, quote=False).replace("\n", "<br>")
        for tag, on in (("code", run.code), ("em", run.italic), ("strong", run.bold), ("s", run.strike)):
            text = f"<{tag}>{text}</{tag}>" if on else text
        written.append(f'<a href="{escape(run.link)}">{text}</a>' if run.link else text)
    return "".join(written)
