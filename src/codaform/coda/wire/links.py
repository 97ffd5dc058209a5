"""Links for a browser: written as Coda writes them in replies, and read in every form that was seen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

HOST = "https://coda.io"
"""The host of browser links; the local Coda never calls it."""

HOSTS = ("coda.io", "docs.superhuman.com")
"""The hosts of Coda's browser links: both lead to the same docs."""

_SHORT = 6
"""How many of the last characters of a page's id stand in its link."""

_ROW = re.compile(r"_ru?(i-.+)")


def doc_link(doc: str) -> str:
    """The link of a doc, by its id."""
    return f"{HOST}/d/_d{doc}"


def page_link(doc: str, page: str) -> str:
    """The link of a page."""
    return f"{doc_link(doc)}/_su{page[-_SHORT:]}"


def table_link(doc: str, table: str) -> str:
    """The link of a table or a view."""
    return f"{doc_link(doc)}#_tu{table}"


def row_link(doc: str, table: str, row: str) -> str:
    """The link of a row."""
    return f"{table_link(doc, table)}/_ru{row}"


@dataclass(frozen=True, slots=True)
class BrowserLink:
    """The parts of a link as they are written: a name may stand before each id, and ids may be shortened.

    doc: The step of the doc. steps: The steps after it. fragment: The part after the `#`.
    """

    host: str
    doc: str
    steps: tuple[str, ...]
    fragment: str

    def pick_doc(self, docs: Iterable[str]) -> str | None:
        """The id of the doc among known ids: only these show where a name ends, as both have the same letters."""
        return next((id for id in docs if self.doc == id or self.doc.endswith(f"_d{id}")), None)

    @property
    def names_page(self) -> bool:
        """Whether it leads to a page."""
        return bool(self.steps)

    def pick_page(self, pages: Iterable[str]) -> str | None:
        """The id of the page among known ids."""
        step = self.steps[0] if self.steps else ""
        ends = ((id, (f"_su{id[-_SHORT:]}", f"_su{id.removeprefix('canvas-')}")) for id in pages)
        return next((id for id, end in ends if step.endswith(end)), None)

    @property
    def names_table(self) -> bool:
        """Whether it leads to a table or a row."""
        return bool(self._table)

    def pick_table(self, tables: Iterable[str]) -> str | None:
        """The id of the table or view among known ids. Before 2026, links named the id after `_t`, or after nothing."""
        name = self._table
        ends = ((id, (f"_tu{id}", f"_tu{id[-_SHORT:]}", f"_t{id.partition('-')[2]}")) for id in tables)
        return next((id for id, end in ends if name == id or name.endswith(end)), None)

    @property
    def row(self) -> str | None:
        """The id of the row, if it leads to one; an empty text for a row without an id."""
        _, bar, row = re.sub(r"&.*", "", self.fragment).partition("/")
        found = _ROW.search(row)
        return (found[1] if found else "") if bar else None

    @property
    def _table(self) -> str:
        return re.sub(r"&.*", "", self.fragment).partition("/")[0]


def read_link(text: str) -> BrowserLink:
    """The parts of a link to a doc or a thing in it. Raises ValueError for any other address."""
    link = urlsplit(text)
    steps = [unquote(step) for step in link.path.split("/") if step]
    if link.scheme not in ("http", "https") or len(steps) < 2 or steps[0] != "d":
        raise ValueError(f"{text} leads to no doc")
    return BrowserLink(link.hostname or "", steps[1], tuple(steps[2:]), link.fragment)
