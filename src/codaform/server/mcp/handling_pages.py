"""What the tools for pages and for what stands on them do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codaform.coda.page.edits import NoSuchElement, apply_operation
from codaform.coda.page.lines import Line
from codaform.coda.page.markdown import to_markdown
from codaform.coda.wire import ids
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, PageRecord
from codaform.server.mcp.addresses import page_addresses, parsed
from codaform.server.mcp.caller import Caller
from codaform.server.mcp.describing import control_shape, formula_shape, page_shape, table_shape
from codaform.server.mcp.endpoint import Refused
from codaform.server.mcp.handling_navigation import user

_SAID = {"title": "name", "subtitle": "subtitle", "icon": "iconName"}
"""What the tools say of a page, and what the REST API calls it."""

_KEPT = (
    "coverPhoto",
    "pageWidth",
    "position",
    "showAuthor",
    "showCoverPhoto",
    "showIcon",
    "showLastEdited",
    "showSubtitle",
)
"""What is kept and changes nothing else; of `position` one author reports that it does nothing in Coda either."""

USUAL_BLOCKS = 100


def create(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Add a page to a doc, or below another."""
    doc, address = caller.whole_doc(arguments["uri"])
    parent = caller.page_of(doc, address).id if address.steps else ""
    id = ids.new("page")
    caller.do(doc, "add page", {"id": id, "page": _fields(arguments), "parent": parent})
    caller.do(doc, "arrange page", {"page": id, "settings": _settings(arguments)})
    return page_addresses(next(page for page in doc.record.pages if page.id == id))


def describe(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Tell what a page is."""
    doc, page = caller.page(arguments["uri"])
    looks = {name: page.settings[name] for name in _KEPT if name in page.settings and name != "position"}
    return {**page_shape(doc, page, user(caller)), **looks}


def update(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Change a page, or move it below another."""
    doc, page = caller.page(arguments["uri"])
    given = arguments["updateFields"]
    parent: str | None = None
    if "parentPageUri" in given:
        to = given["parentPageUri"]
        parent = caller.page_of(doc, parsed(to, doc.record.id)).id if to else ""
        if parent and _lies_below(doc, parent, page):
            raise Refused("A page cannot lie below itself.")
    caller.do(doc, "update page", {"page": page.id, "fields": _fields(given)})
    caller.do(doc, "arrange page", {"page": page.id, "settings": _settings(given), "parent": parent})
    return page_shape(doc, page, user(caller))


def _lies_below(doc: LocalDoc, id: str, page: PageRecord) -> bool:
    pages = {known.id: known for known in doc.record.pages}
    seen: set[str] = set()
    while id in pages and id not in seen:
        if id == page.id:
            return True
        seen.add(id)
        id = pages[id].parent
    return False


def delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Delete a page; the pages below it go with it only if so asked, else they move up."""
    doc, page = caller.page(arguments["uri"])
    children = bool(arguments.get("shouldDeleteChildren"))
    if len(doc.record.pages) == 1 or (children and all(_lies_below(doc, each.id, page) for each in doc.record.pages)):
        raise Refused("A doc cannot be left without a page.")
    addresses = page_addresses(page)
    caller.do(doc, "delete page", {"page": page.id, "children": children})
    return {**addresses, "deleted": True}


def _fields(given: Mapping[str, Json]) -> dict[str, Json]:
    return {_SAID[name]: given[name] for name in _SAID if name in given}


def _settings(given: Mapping[str, Json]) -> dict[str, Json]:
    return {name: given[name] for name in _KEPT if name in given}


# ------------------------------------------------------------ content


def read_content(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Read what stands on a page."""
    doc, page = caller.page(arguments["uri"])
    wanted = arguments["contentTypesToInclude"]
    shape: dict[str, Json] = dict(page_addresses(page))
    if "markdown" in wanted:
        shape |= _markdown(page, arguments)
    if "tables" in wanted:
        tables = [table_shape(doc, table, None) for table in doc.record.tables if table.page == page.id]
        views = [(table, view) for table in doc.record.tables for view in table.views if view.page == page.id]
        shape["tables"] = [*tables, *(table_shape(doc, table, view) for table, view in views)]
    if "formulas" in wanted:
        shape["formulas"] = [formula_shape(doc, known) for known in doc.record.formulas if known.page == page.id]
    if "controls" in wanted:
        shape["controls"] = [control_shape(doc, known) for known in doc.record.controls if known.page == page.id]
    if "comments" in wanted:
        shape["commentThreads"] = []
    return shape


def _markdown(page: PageRecord, arguments: Mapping[str, Json]) -> dict[str, Json]:
    lines: Sequence[Line] = page.lines
    terms = [term.casefold() for term in arguments.get("markdownSearchTerms", ())]
    if terms:
        lines = [line for line in lines if any(term in line.text.casefold() for term in terms)]
    offset, limit = arguments.get("markdownBlockOffset", 0), arguments.get("markdownBlockLimit", USUAL_BLOCKS)
    part, longest = lines[offset : offset + limit], arguments.get("markdownBlockContentLimit")
    if arguments.get("markdownIncludeAnnotations") or longest is not None:
        texts = [_cut(to_markdown([line]).strip("\n"), longest) for line in part]
        if arguments.get("markdownIncludeAnnotations"):
            # How Coda marks them is not known.
            texts = [f"<!-- {line.id} -->\n{text}" for line, text in zip(part, texts, strict=True)]
        content = "\n\n".join(texts)
    else:
        content = to_markdown(part)
    return {"content": content, "totalBlocks": len(lines), "hasMoreBlocks": offset + len(part) < len(lines)}


def _cut(text: str, longest: int | None) -> str:
    return text if longest is None or len(text) <= longest else text[:longest] + "…"


def modify_content(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Carry out operations on a page's text; all of them, or none."""
    doc, page = caller.page(arguments["uri"])
    if page.kind != "canvas":
        raise Refused(f"The page {page.name} holds no text.")
    operations = arguments["operations"]
    lines: Sequence[Line] = page.lines
    for number, operation in enumerate(operations, 1):
        try:
            lines = apply_operation(lines, operation).lines
        except (NoSuchElement, ValueError) as problem:
            raise Refused(f"Operation {number}: {problem}.") from None
    before = {line.id for line in page.lines}
    caller.do(doc, "modify content", {"page": page.id, "operations": operations})
    new = [line.id for line in page.lines if line.id not in before]
    return {**page_addresses(page), "operations": len(operations), "newElementIds": new}
