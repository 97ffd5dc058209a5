"""Changes of pages and of what is written on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count

from codaform.coda.page.edits import NoSuchElement, delete_elements, edit_lines
from codaform.coda.page.html import from_html
from codaform.coda.page.lines import Content
from codaform.coda.page.markdown import from_markdown
from codaform.coda.wire import ids
from codaform.server.commands import page_tables
from codaform.server.commands.dropping import drop_table
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, PageRecord

FIELDS = {"name": "name", "subtitle": "subtitle", "iconName": "icon", "imageUrl": "image", "isHidden": "hidden"}
"""What the API can change of a page, and where the page keeps it."""


def add(doc: LocalDoc, id: str, page: Mapping[str, Json], parent: str = "") -> None:
    """Add a page; an unknown parent is no parent.

    page: Members as the API has them, `pageContent` among them.
    """
    above = finding.page(doc.record, parent) if parent else None
    record = PageRecord(id, "Untitled page", doc.now, doc.now, parent=above.id if above is not None else "")
    _set(record, page)
    content = page.get("pageContent") or {}
    record.kind = content.get("type", "canvas")
    doc.record.pages.append(record)
    doc.rebuilt = True
    if record.kind == "canvas" and content:
        written = read(content["canvasContent"], line_ids(doc, record))
        record.lines = written.lines
        page_tables.add(doc, record.id, written.tables)
    elif content:
        record.settings["content"] = content


def update(doc: LocalDoc, page: str, fields: Mapping[str, Json]) -> None:
    """Change a page: members as the API has them, `contentUpdate` among them."""
    record = finding.page(doc.record, page)
    if record is None:
        return
    if fields.get("isHidden") and _stands_alone(doc, record):
        fields = {**fields, "isHidden": False}
    _set(record, fields)
    record.updated = doc.now
    doc.rebuilt = True
    content = fields.get("contentUpdate")
    if content:
        new = read(content["canvasContent"], line_ids(doc, record))
        try:
            record.lines = edit_lines(record.lines, content["insertionMode"], content.get("elementId"), new.lines)
        except NoSuchElement:
            return  # the element went before the change came to it
        page_tables.add(doc, record.id, new.tables)


def delete(doc: LocalDoc, page: str, children: bool = True) -> None:
    """Delete a page with what lies on it: its tables too, and the pages below it; or these move up."""
    record = finding.page(doc.record, page)
    if record is None:
        return
    gone = {record.id}
    if children:
        below = -1
        while below != len(gone):  # a page may stand before its parent
            below = len(gone)
            gone.update(other.id for other in doc.record.pages if other.parent in gone)
    else:
        for other in doc.record.pages:
            other.parent = record.parent if other.parent == record.id else other.parent
    doc.record.deleted += [other.id for other in doc.record.pages if other.id in gone]
    doc.record.pages = [other for other in doc.record.pages if other.id not in gone]
    for table in [table for table in doc.record.tables if table.page in gone]:
        drop_table(doc, table.id)
    for table in doc.record.tables:
        table.views = [view for view in table.views if view.page not in gone]
    doc.record.formulas = [known for known in doc.record.formulas if known.page not in gone]
    doc.record.controls = [known for known in doc.record.controls if known.page not in gone]
    doc.rebuild()


def delete_content(doc: LocalDoc, page: str, elements: Sequence[str] = ()) -> None:
    """Delete elements of a page, or everything that is written on it."""
    record = finding.page(doc.record, page)
    if record is not None:
        record.lines = delete_elements(record.lines, list(elements)) if elements else []
        record.updated = doc.now
        doc.rebuilt = True


def read(canvas: Mapping[str, Json], make_id: Callable[[], str]) -> Content:
    """What is written in a piece of content, `{format: html | markdown, content: …}`; each line gets a new id."""
    reader = from_html if canvas["format"] == "html" else from_markdown
    return reader(canvas["content"], make_id)


def line_ids(doc: LocalDoc, page: PageRecord) -> Callable[[], str]:
    """What makes ids of new lines of a page: the same ones wherever the same change is applied."""
    taken = {line.id for line in page.lines}
    seed = (doc.record.id, page.id, str(doc.record.version))
    made = (ids.stable("line", *seed, str(number)) for number in count())
    return lambda: next(id for id in made if id not in taken)


def _stands_alone(doc: LocalDoc, page: PageRecord) -> bool:
    """Whether a page is the only one at the top that is shown: Coda does not hide that one."""
    return not page.parent and all(other is page or other.parent or other.hidden for other in doc.record.pages)


def _set(record: PageRecord, fields: Mapping[str, Json]) -> None:
    for name, attribute in FIELDS.items():
        if fields.get(name) is not None and (name != "name" or fields[name]):
            setattr(record, attribute, fields[name])
