"""Documents as pages of a doc in Coda: the same rendering as on the site, in the Markdown that a canvas takes.

A canvas takes no HTML, no tabs and none of codaform's pictures, and a table in its Markdown would become a table of the
doc. So tables become lists, tabs become headings, and a picture becomes its description.
"""

from __future__ import annotations

import posixpath
import re
from html import unescape
from html.parser import HTMLParser

from markupsafe import Markup

from codaform.project.locate import CannotRead
from codaform.project.session import Session
from codaform.site.guides.reading import FOLDER, find_documents
from codaform.site.guides.rendering import render_document
from codaform.site.markdown import code, inline_html
from codaform.source import position

_FENCE = re.compile(r" *(`{3,}|~{3,})(.*)")
_HEADED = re.compile(r'(?:===!?|\?\?\?\+?|!!!)(?: [\w -]+)?(?: "(.*)")?\s*')
_HTML_BLOCK = re.compile(r"<(?:p|div|details|ul|ol|dl|table|svg|h[1-6]|!--)\b", re.IGNORECASE)
_TABLE_LINE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_CELL_END = re.compile(r"(?<!\\)\|")
_ATTRIBUTES = re.compile(r"\{[:.#][^{}]*\}")
_NEIGHBOURS = re.compile(r'(</(?:span|a)>) (<(?:span|a) class="(?:pill|chip))')
_HEADING = re.compile(r"(#{1,6} .*?)(?:\s*\{[^{}]*\})?\s*")
_CODE = re.compile(r"((?<![`\\])(`+)(?!`).*?(?<!`)\2(?!`))", re.DOTALL)
_LINK = re.compile(r"(!?)\[((?:[^\[\]\\]|\\.|\[[^\]]*\])*)\]\(([^()\s]*)\)")
_OUTSIDE = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-z][^<>]*>|<!--.*?-->", re.IGNORECASE)

_SIGNS = frozenset("\\`*_[]<>#|~{}")
"""The letters that are Markdown wherever they are in a line."""

_BLOCKS = frozenset({"p", "div", "details", "ul", "ol", "dl", "table", "thead", "tbody"})
_MARKS = {"em": "*", "i": "*", "strong": "**", "b": "**"}
_VOID = frozenset({"br", "img", "input", "hr", "wbr", "source"})


def document_pages(session: Session) -> dict[str, str]:
    """The text of each document of a project as Markdown for a canvas, by the title of its page.

    Raises CannotRead where there is no document, where two have the same title, or where one says something false.
    """
    found: dict[str, str] = {}
    for source, path in find_documents(session.project):
        rendered = render_document(session, source, path)
        for problem in rendered.problems:
            place = position(problem.source, problem.span.start)
            raise CannotRead(
                f"{source.name}:{place.line}: {problem.message}; no page was written. "
                "codaform docs check lists everything that is false in documents"
            )
        title = rendered.page.title
        if title in found:
            raise CannotRead(f"{source.name}: another document has the title {title} too")
        found[title] = canvas_markdown(rendered.page.text, title)
    if not found:
        raise CannotRead(f"{session.project.root / FOLDER} has no documents: --pages writes them as pages")
    return found


def canvas_markdown(text: str, title: str = "") -> str:
    """The Markdown of a page of the site as Markdown for a canvas. title: Left out where it is the first heading."""
    blocks = _blocks(text.split("\n"))
    if blocks and blocks[0] == f"# {title}":
        del blocks[0]
    joined = ""
    for before, block in zip(["", *blocks], blocks, strict=False):
        tight = _is_item(before) and _is_item(block)
        joined += block if not joined else f"\n{block}" if tight else f"\n\n{block}"
    return f"{joined}\n"


def _is_item(block: str) -> bool:
    return block.lstrip(" ").startswith("- ") and "\n" not in block


def _blocks(lines: list[str]) -> list[str]:
    """The blocks of a page, each written for a canvas."""
    found: list[str] = []
    prose: list[str] = []

    def end_prose() -> None:
        if len(prose) > 1 and "|" in prose[0] and _TABLE_LINE.fullmatch(prose[1]):
            heads, *rows = [[_inline(cell) for cell in _cells(line)] for line in (prose[0], *prose[2:])]
            found.extend(_item(heads, row) for row in rows)
        elif prose:
            found.append(_inline("\n".join(prose)))
        prose.clear()

    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if fence := _FENCE.match(line):
            end_prose()
            until = next((n for n in range(at, len(lines)) if _closes(lines[n], fence[1])), len(lines))
            found.append("\n".join(lines[at - 1 : until + 1]))
            at = until + 1
        elif headed := _HEADED.fullmatch(line):
            end_prose()
            until = next((n for n in range(at, len(lines)) if lines[n].strip() and lines[n][:4].strip()), len(lines))
            inside = _blocks([inner[4:] for inner in lines[at:until]])
            at = until
            if not (len(inside) == 1 and inside[0].startswith("```mermaid")):
                found += [f"**{headed[1]}**", *inside] if headed[1] else inside
        elif not prose and _HTML_BLOCK.match(line):
            end_prose()
            found += _html_blocks(line)
        elif heading := _HEADING.fullmatch(line):
            end_prose()
            found.append(_inline(heading[1]))
        elif line.strip():
            prose.append(line)
        else:
            end_prose()
    end_prose()
    return [block for block in found if block.strip()]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL_END.split(line.strip().removeprefix("|").removesuffix("|"))]


def _item(heads: list[str], cells: list[str]) -> str:
    """A row of a table as an item: the first cell, then each other cell with the heading of its column."""
    first, *others = cells or [""]
    named = zip([*heads[1:], *[""] * len(others)], others, strict=False)
    said = "; ".join(f"{head}: {cell}" if head else cell for head, cell in named if cell)
    return f"- {first or '(blank)'}{' — ' if said else ''}{said}"


def _closes(line: str, marks: str) -> bool:
    line = line.strip()
    return len(line) >= len(marks) and set(line) == {marks[0]}


def _inline(text: str) -> str:
    """Prose with its code kept, its HTML as Markdown, and links to pages of the site as their texts."""
    parts = _CODE.split(_links(text))
    # The pattern has two groups: prose, code, the marks of the code, prose, …
    return "".join(
        part if number % 3 == 1 else _inline_html(part) for number, part in enumerate(parts) if number % 3 != 2
    )


def _links(text: str) -> str:
    def written(link: re.Match[str]) -> str:
        if _OUTSIDE.match(link[3]):
            return link[0]
        return link[2] or posixpath.basename(link[3])

    return _ATTRIBUTES.sub("", _LINK.sub(written, text))


def _inline_html(text: str) -> str:
    return _read(_NEIGHBOURS.sub(r"\1, \2", text), written=True)[0] if _MARKUP.search(text) or "&#" in text else text


def _html_blocks(line: str) -> list[str]:
    return _read(inline_html(Markup(_NEIGHBOURS.sub(r"\1, \2", line))), written=False)


def _read(text: str, written: bool) -> list[str]:
    reader = _Reader(written)
    reader.feed(text)
    reader.close()
    return reader.ended()


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in _SIGNS else letter for letter in text)


class _Reader(HTMLParser):
    """Reads HTML as blocks of Markdown. written: Whether the text between tags is Markdown of one block."""

    def __init__(self, written: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.written = written
        self.blocks: list[str] = []
        self.text = ""
        self.before = ""
        """What the next block begins with: the mark of a list item."""
        self.depth = 0
        self.open: list[str] = []
        self.left_out = 0
        """The number of open tags from the one on whose content is not shown; 0 for none."""
        self.code: str | None = None
        self.links: list[tuple[str, str]] = []
        self.heads: list[str] = []
        self.cells: list[str] = []
        self.picture: list[str] = []

    def ended(self) -> list[str]:
        """All blocks; the text of one block without its end for text that is Markdown."""
        if self.written:
            return [self.text]
        self._end_block()
        return self.blocks

    def _end_block(self, look: str = "{}") -> None:
        if self.written:
            return
        text = " ".join(self.text.split())
        self.text = ""
        if text:
            self.blocks.append(self.before + look.format(text))
            self.before = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self.open.append(tag)
        if self.left_out:
            if tag in ("title", "desc") and len(self.open) == self.left_out + 1:
                self.picture.append("")
            return
        label = named.get("aria-label", "") if named.get("role") == "img" else ""
        if tag == "svg" or label or named.get("aria-hidden") == "true":
            self.text += label
            self.left_out = len(self.open)
            self.picture = []
        elif tag == "code":
            self.code = ""
        elif tag == "a":
            self.links.append((named.get("href", ""), self.text))
            self.text = ""
        elif tag in _MARKS:
            self.text += _MARKS[tag]
        elif tag == "br":
            self.text += " "
        elif tag in _BLOCKS:
            self._end_block()
            self.depth += tag in ("ul", "ol")
        elif tag == "li":
            self._end_block()
            self.before = f"{'  ' * (self.depth - 1)}- "
        elif tag == "tr":
            self.cells = []
        elif tag in ("td", "th", "dt"):
            self.text = ""

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open:
            return
        while self.open.pop() != tag:
            pass
        if self.left_out:
            if len(self.open) < self.left_out:
                self.left_out = 0
                if tag == "svg":
                    said = ". ".join(one.strip().rstrip(".") for one in self.picture)
                    self.text += f"Picture: {_escaped(said)}."
                    self._end_block("*{}*")
            return
        if tag == "code":
            self.text += code(unescape(self.code or ""))
            self.code = None
        elif tag == "a" and self.links:
            address, before = self.links.pop()
            self.text = before + (f"[{self.text}]({address})" if _OUTSIDE.match(address) else self.text)
        elif tag in _MARKS:
            self.text += _MARKS[tag]
        elif tag == "summary":
            self._end_block("**{}**")
        elif tag in _BLOCKS or tag in ("li", "dd"):
            self._end_block()
            self.before = "" if tag == "li" else self.before
            self.depth -= tag in ("ul", "ol")
        elif tag == "dt":
            self.before, self.text = f"- {self.text.strip()}: ", ""
        elif tag in ("td", "th"):
            self.cells.append(" ".join(self.text.split()))
            self.text = ""
        elif tag == "tr":
            if "thead" in self.open:
                self.heads = self.cells
            else:
                self.blocks.append(_item(self.heads, self.cells))

    def handle_data(self, data: str) -> None:
        if self.left_out:
            if self.open[-1:] in (["title"], ["desc"]) and len(self.open) == self.left_out + 1:
                self.picture[-1] += data
        elif self.code is not None:
            self.code += data
        else:
            self.text += data

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        letter = " " if name == "10" else unescape(f"&#{name};")
        self.handle_data(letter if self.left_out or self.code is not None else _escaped(letter))
