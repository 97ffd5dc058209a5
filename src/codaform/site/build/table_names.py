"""The tables of Markdown on a built page: their names, for readers who hear them, and where names in cells break."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import Any

from markupsafe import escape

_PARTS = re.compile(
    r"<h[1-6]\b[^>]*>(?P<heading>.*?)</h[1-6]>|<table>(?P<table>.*?)</table>|<svg\b.*?</svg>|<pre\b.*?</pre>", re.DOTALL
)
_PERMALINK = re.compile(r'<a class="headerlink".*?</a>', re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_NAME = re.compile(r"(?<=<code>)\w+(?:[_.]\w+)+(?=</code>)")


class TableNames:
    """A plugin of MkDocs that names each table of Markdown after the heading above it."""

    def on_post_page(self, output: str, *, page: Any, **_: Any) -> str:
        """Name the tables of a page."""
        return named_tables(output, str(page.title or ""))


def named_tables(html: str, title: str) -> str:
    """The HTML of a page whose tables without attributes have a label. title: Of the page, for tables above headings.

    A second table below one heading is called `Heading, table 2`. A name such as `tasks.due_date` in a cell may break
    behind its marks, so that a narrow page shows whole words.
    """
    heading = title
    counts: Counter[str] = Counter()

    def part(found: re.Match[str]) -> str:
        nonlocal heading
        if found["heading"] is not None:
            heading = " ".join(unescape(_TAG.sub("", _PERMALINK.sub("", found["heading"]))).split())
        if found["table"] is None:
            return found[0]
        counts[heading] += 1
        name = heading if counts[heading] == 1 else f"{heading}, table {counts[heading]}"
        inside = _NAME.sub(lambda code: re.sub(r"([_.])", r"\1<wbr>", code[0]), found["table"])
        return f'<table aria-label="{escape(name)}">{inside}</table>'

    return _PARTS.sub(part, html)
