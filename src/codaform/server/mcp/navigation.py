"""The tools that find things: whose token it is, advice, search, names, addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from codaform.coda.wire.cells import cell_to_rest, sent_text
from codaform.coda.wire.links import HOSTS, page_link, read_link, row_link, table_link
from codaform.model.values import Row
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, TableRecord, ViewRecord
from codaform.server.mcp.arguments import URI
from codaform.server.mcp.caller import Caller, ToolRefused, doc_uri, page_addresses, page_uri, parse_address, table_uri
from codaform.server.mcp.schema import choice, either, integer, listed, record, some_text, text
from codaform.server.mcp.tool import reads, tool
from codaform.server.rest.account import WORKSPACE
from codaform.server.storage.folders import MY_DOCS

_TOPIC = choice("comment", "content", "document", "formula", "getting_started", "navigation", "page", "table")

_WITH_PARTS = record(
    {"topic": _TOPIC, "subTopics": either(text(), listed(text(), least=1, most=10))}, required=("topic",)
)

_GUIDE = either(_TOPIC, _WITH_PARTS)

_LOOKUP = record(
    {
        "type": choice("page", "person", "table", "view"),
        "name": some_text(256),
        "pageUri": text(),
        "tableUri": text(),
    },
    required=("type", "name"),
)

_GUIDES = {
    "getting_started": (
        "This is a local Coda: it shows what codaform does, and proves nothing about Coda itself. Every address begins "
        "with coda://docs/ or superhuman://docs/ and the id of a doc. document_outline lists the pages of a doc, "
        "content_read shows the content of a page. Addresses in replies begin within the doc; put the doc's first."
    ),
    "navigation": (
        "search looks for words in all docs. name_match finds pages, people, tables and views of one doc by name. "
        "url_convert turns a browser's link into an address, and back."
    ),
    "document": (
        "document_create makes a doc with one empty page. document_manage lets people in, by their e-mail, group, "
        "domain or workspace, and takes that back. content_duplicate copies a doc, or a page within one."
    ),
    "page": (
        "page_create adds a page to a doc or below another page. page_update changes title and looks, and moves the "
        "page; nothing hides one. A page has two ids, section-… and canvas-…; either is taken."
    ),
    "content": (
        "content_read gives a page's text as Markdown, part by part, with the ids of its elements on request. "
        "content_modify carries out up to ten operations, all or none. A table in Markdown becomes a "
        "table of the doc whose columns hold text."
    ),
    "table": (
        "Make tables with plain columns first, then relations between them, then select options, then formulas in the "
        "order in which they read each other, then views. After each write look at `error` of the columns: a formula "
        "that cannot be computed is taken all the same. A check column of a new table arrives as a select of true and "
        "false; changing it to a check column ticks every row. Relations take ids of rows, selects take options "
        "in their exact spelling; computed columns and buttons take nothing."
    ),
    "formula": (
        "formula_execute computes a formula as on a page and writes nothing. control_manage puts formulas "
        "and buttons on a page; a formula there is known by its name everywhere in the doc. Columns of a row are "
        "written thisRow.Name, of an item CurrentValue.Name; both come back without the part before the point."
    ),
    "comment": (
        "comment_add starts a thread on an element of a page or on a row, replies to one, and reacts to a comment. "
        "comment_resolve closes a thread, comment_delete deletes a reply or a thread. content_read and table_rows_read "
        "list threads on request."
    ),
}
"""The advice on each topic."""

_USUAL_HITS = 5


@tool(record({}), reads())
def whoami(caller: Caller, arguments: dict[str, Any]) -> Json:  # noqa: ARG001
    """Tells whose token this is."""
    return {**caller.user, "workspaceId": WORKSPACE, "tokenName": caller.token.name}


@tool(record({"topic": either(_GUIDE, listed(_GUIDE, least=1, most=10))}, required=("topic",)), reads())
def tool_guide(caller: Caller, arguments: dict[str, Any]) -> Json:  # noqa: ARG001
    """Gives advice on how the tools of one topic, or of several, are used."""
    asked = arguments["topic"]
    topics = asked if isinstance(asked, list) else [asked]
    names = [topic["topic"] if isinstance(topic, dict) else topic for topic in topics]
    return {"guides": [{"topic": name, "guide": _GUIDES[name]} for name in dict.fromkeys(names)]}


# ------------------------------------------------------------ searching


@tool(
    record(
        {
            "query": text(),
            "types": listed(choice("folder", "page", "tableRow")),
            "docUri": text(),
            "folder": some_text(),
            "workspaceId": some_text(),
            "ownerUserId": integer(1),
            "limit": integer(1, 10, default=5),
            "cursor": some_text(),
        },
        required=("query",),
    ),
    reads(),
)
def search(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Finds docs, pages, rows and folders that contain some words."""
    words = arguments["query"].casefold().split()
    types = arguments.get("types") or ["page", "tableRow", "folder"]
    docs = [caller.doc(arguments["docUri"])[0]] if arguments.get("docUri") else _open_docs(caller)
    if arguments.get("folder"):
        docs = [doc for doc in docs if (doc.record.folder or MY_DOCS) == arguments["folder"]]
    start, limit = _start(arguments.get("cursor")), arguments.get("limit", _USUAL_HITS)
    hits: list[dict[str, Json]] = []
    if not caller.token.scoped and not arguments.get("docUri"):
        folders = caller.workspace.folders.all()
        hits += [{"type": "folder", "name": folder.name, "folderId": folder.id} for folder in folders]
    for doc in docs:
        hits += _hits(caller, doc, types)
    found = [hit for hit in hits if hit["type"] in types and all(word in _text(hit) for word in words)]
    part = [{name: value for name, value in hit.items() if name != "text"} for hit in found[start : start + limit]]
    reply: dict[str, Json] = {"results": part, "totalResults": len(found)}
    return reply | ({"cursor": str(start + limit)} if start + limit < len(found) else {})


def _open_docs(caller: Caller) -> list[LocalDoc]:
    found = [caller.workspace.live(doc.record.id) for doc in caller.workspace.docs()]
    return [doc for doc in found if caller.token.doc in ("", doc.record.id)]


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()) or len(cursor) > 9:
        raise ToolRefused("The cursor is none that a search gave.")
    return int(cursor)


def _text(hit: Mapping[str, Json]) -> str:
    return f"{hit['name']} {hit.get('text', '')}".casefold()


def _hits(caller: Caller, doc: LocalDoc, types: list[str]) -> Iterator[dict[str, Json]]:
    about = {"docUri": doc_uri(doc.record), "docName": doc.record.name}
    if "page" in types and not caller.token.table:
        for page in doc.record.pages:
            text = f"{page.subtitle} {' '.join(line.text for line in page.lines)}"
            yield {"type": "page", "name": page.name, **page_addresses(page), **about, "text": text}
    if "tableRow" in types:
        for table in doc.record.tables:
            if caller.token.table in ("", table.id):
                for row in doc.rows[table.id].values():
                    uri, name = f"{table_uri(table)}/rows/{row.id}", doc.display(Row(table.name, row.number))
                    cells = (
                        cell_to_rest(doc.value(table, row, column), column.column, "simple", doc)
                        for column in table.columns
                        if not column.column.computed
                    )
                    text = " ".join(sent_text(cell) for cell in cells)
                    yield {"type": "tableRow", "name": name, "rowId": row.id, "rowUri": uri, **about, "text": text}


@tool(
    record({"uri": URI, "lookups": listed(_LOOKUP, least=1, most=20)}, required=("uri", "lookups")), reads(outside=True)
)
def name_match(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Finds pages, people, tables and views of a doc by their names."""
    doc, _ = caller.whole_doc(arguments["uri"])
    lookups = arguments["lookups"]
    return {"results": [{**lookup, "matches": list(_matches(caller, doc, lookup))} for lookup in lookups]}


def _matches(caller: Caller, doc: LocalDoc, lookup: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The things with a name, in any case of letters; people also by their e-mail address."""
    wanted = lookup["name"].casefold()
    page = caller.page_of(doc, parse_address(lookup["pageUri"], doc.record.id)) if lookup.get("pageUri") else None
    base = caller.table_of(doc, parse_address(lookup["tableUri"], doc.record.id))[0] if lookup.get("tableUri") else None
    match lookup["type"]:
        case "page":
            for known in doc.record.pages:
                if known.name.casefold() == wanted and (page is None or known.parent == page.id):
                    yield {"name": known.name, **page_addresses(known)}
        case "person":
            who = caller.user
            if wanted in (str(who["name"]).casefold(), str(who["email"]).casefold()):
                yield who
        case "table" | "view" as kind:
            for table in doc.record.tables:
                things: list[TableRecord | ViewRecord] = [table] if kind == "table" else [*table.views]
                for thing in things:
                    name = thing.view.name if isinstance(thing, ViewRecord) else thing.name
                    here = page is None or thing.page == page.id
                    if name.casefold() == wanted and here and (base is None or base is table):
                        yield {"name": name, "tableUri": table_uri(thing), "pageUri": page_uri(thing.page)}


# ------------------------------------------------------------ addresses


@tool(
    record(
        {
            "action": choice("encode", "decode"),
            "url": text(),
            "uri": text(),
            "scope": choice("auto", "document", "page", "row", "table", "view"),
        },
        required=("action",),
    ),
    reads(),
)
def url_convert(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Turns the address of a browser into one that tools take, or the other way."""
    if arguments["action"] == "encode":
        if not arguments.get("uri"):
            raise ToolRefused("uri is missing: the address to turn into a link.")
        return {"url": _link(caller, arguments["uri"])}
    if not arguments.get("url"):
        raise ToolRefused("url is missing: the link to turn into an address.")
    return _address(caller, arguments["url"], arguments.get("scope", "auto"))


def _link(caller: Caller, uri: str) -> str:
    doc, address = caller.doc(uri)
    if "tables" in address.steps:
        table, view = caller.table_of(doc, address)
        here = (doc.record.id, (view or table).id)
        return row_link(*here, address.steps["rows"]) if "rows" in address.steps else table_link(*here)
    return page_link(doc.record.id, caller.page_of(doc, address).id) if address.steps else doc.link


def _address(caller: Caller, url: str, scope: str) -> Json:
    try:
        link = read_link(url)
    except ValueError:
        raise ToolRefused("The URL leads to no doc.") from None
    id = link.pick_doc([doc.record.id for doc in _open_docs(caller)])
    if link.host not in HOSTS or id is None:
        raise ToolRefused("The URL leads to no doc that is here.")
    doc, _ = caller.doc(f"coda://docs/{id}")
    whole = f"{doc_uri(doc.record)}#{quote(doc.record.name, safe=' ').replace(' ', '-')}"
    reply: dict[str, Json] = {"uri": whole, "docUri": whole}
    if scope == "document":
        return reply
    if link.names_page:
        page = next((page for page in doc.record.pages if page.id == link.pick_page([page.id])), None)
        if page is None:
            raise ToolRefused("The URL leads to no page that is here.")
        addresses = page_addresses(page)
        reply |= {**addresses, "uri": f"{doc_uri(doc.record)}/{addresses['pageUri']}"}
    if link.names_table and scope != "page":
        known = [id for table in doc.record.tables for id in (table.id, *(view.id for view in table.views))]
        table_id, row_id = link.pick_table(known) or link.fragment[:200], link.row
        _, table, view = caller.table(f"{doc_uri(doc.record)}/tables/{table_id}")
        uri = table_uri(view or table)
        reply |= {"tableUri": uri, "uri": f"{doc_uri(doc.record)}/{uri}"}
        if row_id is not None and scope not in ("table", "view"):
            if doc.row_of_id(table, row_id) is None:
                raise ToolRefused(f"There is no row {row_id[:200]} in {table.name}.")
            reply |= {"rowUri": f"{uri}/rows/{row_id}", "uri": f"{doc_uri(doc.record)}/{uri}/rows/{row_id}"}
    return reply
