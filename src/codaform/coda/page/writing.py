"""The lines of a canvas as Markdown and as HTML, in which nobody's text becomes markup."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Sequence
from html import escape

from codaform.coda.page import lines as page_lines
from codaform.coda.page.lines import HEADINGS, LISTS, QUOTES, Line, Run
from codaform.coda.page.markdown import from_markdown

# ---------------------------------------------------------------------------------------------------------- Markdown

_READ_AS = {"pullQuote": "blockQuote", "collapsibleList": "bulletedList"}
"""What Markdown has no words for, and what is read instead."""

_AT_START = re.compile(r"^([#>+\-=~|:]|\d+(?=[.)]))", re.MULTILINE)
_WITHIN = re.compile(r"([\\`*_\[\]<])|(&(?=#?\w+;))|(!(?=$))|(~(?=~))")
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")

_Spelling = Callable[[str], str]


def to_markdown(lines: Iterable[Line]) -> str:
    """Markdown that reads as these lines: `to_markdown(from_markdown(text).lines)` is a fixpoint.

    Lost are what Markdown cannot say: pull quotes, what is collapsible, colours and icons of callouts.
    """
    blocks: list[str] = []
    in_list = False
    numbers: list[int] = []
    indents: list[int] = []
    for line in page_lines.settled(lines):
        if line.style not in LISTS:
            in_list, numbers, indents = False, [], []
            if block := _block(line):
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
        item = _indented(_checked(line, _item(marker)), len(pad))
        if in_list:
            blocks[-1] += f"\n{pad}{item}"
        else:
            blocks.append(f"{pad}{item}")
        in_list = True
    return "\n\n".join(blocks) + ("\n" if blocks else "")


def _block(line: Line) -> str:
    match line.style:
        case "divider":
            return "---"
        case "code":
            longest = max((len(ticks) for ticks in re.findall("`+", line.text)), default=0)
            fence = "`" * max(3, longest + 1)
            return f"{fence}{line.language}\n{line.text}\n{fence}"
        case "image":
            if line.address and "\n" not in line.text:
                return _checked(line, lambda text: f"![{text}]({line.address})")
            return _checked(Line("", "paragraph", runs=line.runs), str)
        case "callout":
            style = dict(line.look).get("style", "Callout")
            return _checked(line, lambda text: _quoted(f"[!{style}]\n{text}", 1))
        case style if style in HEADINGS:
            return _checked(line, lambda text: f"{'#' * int(style[1])} {text}")
        case style if style in QUOTES:
            return _checked(line, lambda text: _quoted(text, line.level + 1))
    return _checked(line, str)


def _item(marker: str) -> _Spelling:
    return lambda text: _indented(f"{marker} {text}", len(marker) + 1)


def _indented(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width)


def _quoted(text: str, depth: int) -> str:
    return "\n".join("> " * depth + row for row in text.split("\n"))


def _checked(line: Line, block: Callable[[str], str]) -> str:
    """The plainest spelling of a line that reads as the line.

    Where emphasis begins and ends depends on its neighbours in a dozen ways; so it is written and read back, and
    written more carefully when something else was read. The last spelling has no looks and every sign escaped.
    """
    box = ("[x] " if line.checked else "[ ] ") if line.style == "checkboxList" else ""
    wanted = _READ_AS.get(line.style, line.style)
    spellings: tuple[_Spelling, ...] = (_as_it_is, _careful, _spelled_out)
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
    """Signs that mean something nearly everywhere are escaped."""
    inside = _WITHIN.sub(r"\\\g<0>", text)
    return _AT_START.sub(lambda found: "\\" + found[0] if not found[0].isdigit() else found[0] + "\\", inside)


def _spelled_out(text: str) -> str:
    """Every sign is escaped, and a letter beside emphasis is spelled as an entity, which counts as punctuation."""
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


# -------------------------------------------------------------------------------------------------------------- HTML

_LIST_TAGS = {
    "bulletedList": "<ul>",
    "checkboxList": '<ul class="checkbox">',
    "collapsibleList": '<ul class="collapsible">',
    "numberedList": "<ol>",
}


def to_html(lines: Iterable[Line]) -> str:
    """HTML that shows these lines: only tags written here, all text escaped. `from_html` reads the same lines."""
    written: list[str] = []
    lists: list[str] = []

    def close(depth: int) -> None:
        while len(lists) > depth:
            written.append(f"</li></{lists.pop()[1:3]}>")

    for line in page_lines.settled(lines):
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
    # A line break right behind <pre>, and one right before its end, is not part of its text.
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
