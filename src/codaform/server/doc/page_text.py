"""A page as its export shows it: its lines, and below them its tables with their cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from codaform.coda.page.html import html_table, to_html
from codaform.coda.page.markdown import markdown_table, to_markdown
from codaform.coda.wire.cells import cell_to_rest, sent_text
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import PageRecord, TableRecord, ViewRecord

_Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def exported(doc: LocalDoc, page: PageRecord, format_: Literal["html", "markdown"]) -> str:
    """The export of a page. Assumed: that its tables and views follow its text, in the doc's order."""
    tables = list(_tables(doc, page))
    if format_ == "html":
        return to_html(page.lines) + "".join(html_table(*table) for table in tables)
    parts = [to_markdown(page.lines, escaped=False), *(markdown_table(*table) for table in tables)]
    return "\n".join(part for part in parts if part)


def _tables(doc: LocalDoc, page: PageRecord) -> Iterator[_Table]:
    """The name, the columns and the cells of each table and view on a page."""
    for table in doc.record.tables:
        owners: list[TableRecord | ViewRecord] = [table, *table.views]
        for owner in owners:
            if owner.page == page.id:
                name = owner.view.name if isinstance(owner, ViewRecord) else owner.name
                cells = [
                    [
                        sent_text(cell_to_rest(doc.value(table, row, column), column.column, "simple", doc))
                        for column in table.columns
                    ]
                    for row in doc.shown(owner)
                ]
                yield name, [column.column.name for column in table.columns], cells
