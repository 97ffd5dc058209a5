"""Pictures of a doc's tables on its pages, each with its Mermaid source to be opened below it."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import partial

from markupsafe import Markup

from codaform.markup.filling import fill
from codaform.model.schema import Doc
from codaform.pictures.cards import relations_of
from codaform.pictures.mermaid import mermaid, mermaid_around
from codaform.pictures.relations import MOST_NEIGHBOURS, neighbourhood, relations
from codaform.site import markdown
from codaform.site.tables import blocks
from codaform.site.tables.places import table_path

_WIDE = 1000
"""A picture of the whole doc that is wider than this takes the place of the table of contents too."""

_MOST_COLUMNS = 300
"""With more columns than this, the picture of the whole doc shows those alone that relate tables."""

_LABEL = re.compile(r'<svg [^>]*?\baria-label="([^"]*)"')
_WIDTH = re.compile(r'<svg [^>]*?\bwidth="([0-9.]+)"')


def doc_diagram(doc: Doc, page: str) -> Markup:
    """All tables with their relations; nothing for a doc without tables."""
    if not doc.tables:
        return Markup("")
    many = sum(len(table.columns) for table in doc.tables.values()) > _MOST_COLUMNS
    svg = relations(doc, partial(_address, doc, page), detail="relations" if many else "all", styled=False)
    return framed_picture(svg, mermaid(_related(doc) if many else doc), _WIDE)


def table_diagram(doc: Doc, page: str, table: str) -> Markup:
    """A table with those that are related to it."""
    svg = neighbourhood(doc, table, partial(_address, doc, page), styled=False)
    picture = framed_picture(svg, mermaid_around(doc, table))
    left_out = count_neighbours(doc, table) - MOST_NEIGHBOURS
    if left_out <= 0:
        return picture
    said = f"{blocks.count(left_out, 'related table')} more: the picture is limited to {MOST_NEIGHBOURS}."
    return fill("{}\n\n{}", picture, blocks.paragraph(said, "coda-small"))


def count_neighbours(doc: Doc, table: str) -> int:
    """How many other tables a table is related to."""
    ends = {name for one in relations_of(doc) if table in (one.table, one.to) for name in (one.table, one.to)}
    return len(ends - {table})


def _related(doc: Doc) -> Doc:
    """The doc with those columns alone that relate tables."""
    tables = {
        name: replace(table, columns={key: one for key, one in table.columns.items() if one.kind == "relation"})
        for name, table in doc.tables.items()
    }
    return replace(doc, tables=tables)


def _address(doc: Doc, page: str, table: str) -> str:
    return blocks.address(page, table_path(doc, table))


def framed_picture(svg: str, source: str, most: float = math.inf) -> Markup:
    """A picture in a frame that knows its width, so that it shrinks as long as it can be read; its source below it.

    most: A wider one takes the place of the table of contents.
    """
    width = _WIDTH.search(svg)
    wide = float(width[1]) if width is not None else 0
    framed = fill(
        '<div class="coda-fitted{}" style="--coda-wide:{}px">{}</div>',
        " coda-wide" if wide > most else "",
        f"{wide:g}",
        Markup(svg.strip()),
    )
    fence = markdown.block(source.rstrip("\n"), "mermaid")
    inside = "\n".join(f"    {line}" if line.strip() else "" for line in fence.split("\n"))
    named = _LABEL.search(svg)
    picture = blocks.scrolled(framed, "coda-diagram", f"Picture: {Markup(named[1]).unescape()}" if named else "Picture")
    return fill('{}\n\n??? note "The same as Mermaid"\n\n{}', picture, Markup(inside))
