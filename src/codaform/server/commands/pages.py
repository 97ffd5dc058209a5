"""Commands for pages and their text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count

from codaform.coda.page.edits import NoSuchElement, apply_operation, delete_elements, edit_lines
from codaform.coda.page.html import from_html
from codaform.coda.page.lines import Content, Grid, empty_line
from codaform.coda.page.markdown import from_markdown
from codaform.coda.wire import ids
from codaform.model.schema import Column
from codaform.server.commands.names import free, numbered, taken
from codaform.server.commands.tables import drop_table
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, Json, PageRecord, RowRecord, TableRecord


def _add_tables(doc: LocalDoc, page: str, grids: Sequence[Grid]) -> None:
    """Add the tables in a page's text to the doc, after its other tables. Their ids depend on the doc and its version.

    Coda does so too, with `Table 1`, `Table 2` … as names and text in all columns; that was seen once in the real
    service and is documented nowhere. page: The id of their page.
    """
    for place, grid in enumerate(grids):
        seed = (doc.record.id, page, str(doc.record.version), str(place))
        table = TableRecord(ids.stable("table", *seed), numbered("Table", taken(doc.record)), page, doc.now, doc.now)
        table.columns = [
            ColumnRecord(ids.stable("column", *seed, str(number)), Column(name, "text"))
            for number, name in enumerate(_distinct(grid.columns))
        ]
        doc.record.tables.append(table)
        doc.rows[table.id] = {
            number: RowRecord(
                ids.stable("row", *seed, str(number)),
                number,
                doc.now,
                doc.now,
                {column.id: text for column, text in zip(table.columns, cells, strict=True) if text},
                version=doc.record.version,
            )
            for number, cells in enumerate(grid.rows, 1)
        }
        doc.touched.update((table.id, number) for number in doc.rows[table.id])
    if grids:
        doc.rebuild()


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """The names, each distinct from those before it: a second `Name` is `Name 2`."""
    others: set[str] = set()
    for name in names:
        distinct = free(name, others)
        others.add(distinct.casefold())
        yield distinct


_FIELDS = {"name": "name", "subtitle": "subtitle", "iconName": "icon", "imageUrl": "image", "isHidden": "hidden"}
"""The members of a page that the API can change, and the attributes that keep them."""


def add(doc: LocalDoc, id: str, page: Mapping[str, Json], parent: str = "") -> None:
    """Add a page; with an unknown parent, at the top.

    page: Members in the API's form, with `pageContent`.
    """
    above = finding.page(doc.record, parent) if parent else None
    record = PageRecord(id, "Untitled page", doc.now, doc.now, parent=above.id if above is not None else "")
    _set(record, page)
    content = page.get("pageContent") or {}
    record.kind = content.get("type", "canvas")
    doc.record.pages.append(record)
    doc.rebuilt = True
    if record.kind == "canvas" and content:
        written = _read(content["canvasContent"], line_ids(doc, record))
        record.lines = written.lines
        _add_tables(doc, record.id, written.tables)
    elif content:
        record.settings["content"] = content


def update(doc: LocalDoc, page: str, fields: Mapping[str, Json]) -> None:
    """Change a page. fields: Members in the API's form, with `contentUpdate`."""
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
        new = _read(content["canvasContent"], line_ids(doc, record))
        if content["insertionMode"] == "replace" and not content.get("elementId"):
            _destroy(doc, record)
        try:
            record.lines = edit_lines(record.lines, content["insertionMode"], content.get("elementId"), new.lines)
        except NoSuchElement:
            return  # the element is gone by now
        _add_tables(doc, record.id, new.tables)


def _destroy(doc: LocalDoc, page: PageRecord) -> None:
    """Remove the things on a page whose text is replaced or deleted. In the real service a table was seen to go.

    Assumed: views, formulas and controls go too, as they are elements of the same text.
    """
    for table in [table for table in doc.record.tables if table.page == page.id]:
        drop_table(doc, table.id)
    _remove_elements(doc, {page.id})
    doc.rebuild()


def _remove_elements(doc: LocalDoc, pages: Collection[str]) -> None:
    """Remove the views, formulas and controls on pages."""
    for table in doc.record.tables:
        table.views = [view for view in table.views if view.page not in pages]
    doc.record.formulas = [known for known in doc.record.formulas if known.page not in pages]
    doc.record.controls = [known for known in doc.record.controls if known.page not in pages]


def delete(doc: LocalDoc, page: str, children: bool = True) -> None:
    """Delete a page with its text, views, formulas and controls. Its tables stay, on no page, as in the real service.

    children: Delete the pages below it too, instead of moving them up.
    """
    record = finding.page(doc.record, page)
    if record is None:
        return
    gone = {record.id}
    if children:
        below = -1
        while below != len(gone):  # a page may come before its parent
            below = len(gone)
            gone.update(other.id for other in doc.record.pages if other.parent in gone)
    else:
        for other in doc.record.pages:
            other.parent = record.parent if other.parent == record.id else other.parent
    doc.record.deleted += [other.id for other in doc.record.pages if other.id in gone]
    doc.record.pages = [other for other in doc.record.pages if other.id not in gone]
    for table in doc.record.tables:
        table.page = "" if table.page in gone else table.page
    _remove_elements(doc, gone)
    doc.rebuild()


def delete_content(doc: LocalDoc, page: str, elements: Sequence[str] = ()) -> None:
    """Delete elements of a page, or its whole text, of which the first line stays, empty.

    Assumed: with the whole text, the page's tables go, as when it is replaced.
    """
    record = finding.page(doc.record, page)
    if record is not None and elements:
        record.lines = delete_elements(record.lines, list(elements))
    elif record is not None:
        record.lines = [empty_line(line) for line in record.lines[:1]]
        _destroy(doc, record)
    if record is not None:
        record.updated = doc.now
        doc.rebuilt = True


def _read(canvas: Mapping[str, Json], make_id: Callable[[], str]) -> Content:
    """The lines of a piece of content, `{format: html | markdown, content: …}`, each with a new id."""
    reader = from_html if canvas["format"] == "html" else from_markdown
    return reader(canvas["content"], make_id)


def line_ids(doc: LocalDoc, page: PageRecord) -> Callable[[], str]:
    """A maker of ids for new lines of a page; the same command makes the same ids on every copy of the doc."""
    taken = {line.id for line in page.lines}
    seed = (doc.record.id, page.id, str(doc.record.version))
    made = (ids.stable("line", *seed, str(number)) for number in count())
    return lambda: next(id for id in made if id not in taken)


def _stands_alone(doc: LocalDoc, page: PageRecord) -> bool:
    """Whether a page is the only visible one at the top, which Coda does not hide."""
    return not page.parent and all(other is page or other.parent or other.hidden for other in doc.record.pages)


def _set(record: PageRecord, fields: Mapping[str, Json]) -> None:
    for name, attribute in _FIELDS.items():
        if fields.get(name) is not None and (name != "name" or fields[name]):
            setattr(record, attribute, fields[name])


def modify(doc: LocalDoc, page: str, operations: Sequence[Mapping[str, Json]]) -> None:
    """Carry out operations on a page's text in order; skip an operation if its element is gone.

    operations: In the form of the tool `content_modify`.
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
        _add_tables(doc, record.id, content.tables)
    record.updated = doc.now
    doc.rebuilt = True


def arrange(doc: LocalDoc, page: str, settings: Mapping[str, Json], parent: str | None = None) -> None:
    """Change the looks of a page and its place in the tree.

    settings: The tools' members for looks: width, cover, visible parts. parent: The id of the page to move it below; an
    empty text means the top, None no move. A move below itself is skipped.
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
