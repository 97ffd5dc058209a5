"""Changes of what stands on a page and of where it lies, as the MCP tools ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codaform.coda.page.edits import NoSuchElement, apply_operation
from codaform.server.commands import page_tables
from codaform.server.commands.pages import line_ids
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json


def modify(doc: LocalDoc, page: str, operations: Sequence[Mapping[str, Json]]) -> None:
    """Carry out operations on a page's text, one after the other; one whose element is gone by now is passed over.

    operations: Of `content_modify`, in its words.
    """
    record = finding.page(doc.record, page)
    if record is None:
        return
    for operation in operations:
        try:
            content = apply_operation(record.lines, operation, line_ids(doc, record))
        except (NoSuchElement, ValueError):
            continue
        record.lines = content.lines
        page_tables.add(doc, record.id, content.tables)
    record.updated = doc.now
    doc.rebuilt = True


def arrange(doc: LocalDoc, page: str, settings: Mapping[str, Json], parent: str | None = None) -> None:
    """Change what a page looks like and where it lies.

    settings: Members of the tools that change nothing else here: width, cover, what is shown. parent: The page that it
    lies below from now on; an empty text is the top, None where it is. Below itself no page can lie.
    """
    record = finding.page(doc.record, page)
    if record is None:
        return
    record.settings.update(settings)
    above = finding.page(doc.record, parent) if parent else None
    if parent is not None and (above is not None or not parent):
        pages = {known.id: known for known in doc.record.pages}
        over, seen = above, set[str]()
        while over is not None and over is not record and over.id not in seen:
            seen.add(over.id)
            over = pages.get(over.parent)
        if over is not record:
            record.parent = above.id if above is not None else ""
    record.updated = doc.now
    doc.rebuilt = True
