"""What the tools to find one's way do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from codaform.coda.wire.cells import cell_to_rest, sent_text
from codaform.model.values import Row
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, PageRecord, TableRecord, ViewRecord
from codaform.server.mcp.addresses import doc_uri, page_addresses, page_uri, parsed, table_uri
from codaform.server.mcp.caller import Caller
from codaform.server.mcp.endpoint import Refused
from codaform.server.mcp.guides import GUIDES
from codaform.server.rest.account import HOSTS, WORKSPACE, address_of
from codaform.server.rest.docs import FOLDER
from codaform.server.rest.references import page_link

USUAL_HITS = 5


def user(caller: Caller) -> dict[str, Json]:
    """Whose token it is, as replies name people."""
    person = caller.workspace.user
    return {"userId": 1, "name": person.name, "email": address_of(person)}


def whoami(caller: Caller, arguments: dict[str, Any]) -> Json:  # noqa: ARG001
    """Tell whose token it is."""
    return {**user(caller), "workspaceId": WORKSPACE, "tokenName": caller.token.name}


def guide(caller: Caller, arguments: dict[str, Any]) -> Json:  # noqa: ARG001
    """Give advice on topics."""
    asked = arguments["topic"]
    topics = asked if isinstance(asked, list) else [asked]
    names = [topic["topic"] if isinstance(topic, dict) else topic for topic in topics]
    return {"guides": [{"topic": name, "guide": GUIDES[name]} for name in dict.fromkeys(names)]}


# ------------------------------------------------------------ searching


def search(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Look for pages, rows and folders that hold some words."""
    words = arguments["query"].casefold().split()
    types = arguments.get("types") or ["page", "tableRow", "folder"]
    docs = [caller.doc(arguments["docUri"])[0]] if arguments.get("docUri") else _open_docs(caller)
    if arguments.get("folder"):
        docs = [doc for doc in docs if (doc.record.folder or FOLDER) == arguments["folder"]]
    start, limit = _start(arguments.get("cursor")), arguments.get("limit", USUAL_HITS)
    hits: list[dict[str, Json]] = []
    if not caller.token.scoped and not arguments.get("docUri"):
        hits += [{"type": "folder", "name": "My docs", "folderId": FOLDER}]
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
        raise Refused("The cursor is none that a search gave.")
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


def match_names(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Find pages, people, tables and views by their names."""
    doc, _ = caller.whole_doc(arguments["uri"])
    lookups = arguments["lookups"]
    return {"results": [{**lookup, "matches": list(_matches(caller, doc, lookup))} for lookup in lookups]}


def _matches(caller: Caller, doc: LocalDoc, lookup: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """What goes by a name, in any case of letters; who is looked for may also be known by the e-mail address."""
    wanted = lookup["name"].casefold()
    page = caller.page_of(doc, parsed(lookup["pageUri"], doc.record.id)) if lookup.get("pageUri") else None
    base = caller.table_of(doc, parsed(lookup["tableUri"], doc.record.id))[0] if lookup.get("tableUri") else None
    match lookup["type"]:
        case "page":
            for known in doc.record.pages:
                if known.name.casefold() == wanted and (page is None or known.parent == page.id):
                    yield {"name": known.name, **page_addresses(known)}
        case "person":
            who = user(caller)
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


def convert_url(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Turn a browser's link into an address, or an address into a link."""
    if arguments["action"] == "encode":
        if not arguments.get("uri"):
            raise Refused("uri is missing: the address to turn into a link.")
        return {"url": _link(caller, arguments["uri"])}
    if not arguments.get("url"):
        raise Refused("url is missing: the link to turn into an address.")
    return _address(caller, arguments["url"], arguments.get("scope", "auto"))


def _link(caller: Caller, uri: str) -> str:
    doc, address = caller.doc(uri)
    if "tables" in address.steps:
        table, view = caller.table_of(doc, address)
        link = f"{doc.link}#{(view or table).id}"
        return f"{link}/_r{address.steps['rows']}" if "rows" in address.steps else link
    return page_link(doc, caller.page_of(doc, address)) if address.steps else doc.link


def _address(caller: Caller, url: str, scope: str) -> Json:
    try:
        link = urlsplit(url)
        host = link.hostname
    except ValueError:
        raise Refused("The URL is not valid.") from None
    steps = [unquote(step) for step in link.path.split("/") if step]
    known = [doc.record.id for doc in _open_docs(caller)]
    id = next((id for id in known if len(steps) > 1 and steps[1].endswith(f"_d{id}")), None)
    if host not in HOSTS or steps[:1] != ["d"] or id is None:
        raise Refused("The URL leads to no doc that is here.")
    doc, _ = caller.doc(f"coda://docs/{id}")
    whole = f"{doc_uri(doc.record)}#{quote(doc.record.name, safe=' ').replace(' ', '-')}"
    reply: dict[str, Json] = {"uri": whole, "docUri": whole}
    if scope == "document":
        return reply
    page = _linked_page(doc, steps[2]) if len(steps) > 2 else None
    if page is not None:
        addresses = page_addresses(page)
        reply |= {**addresses, "uri": f"{doc_uri(doc.record)}/{addresses['pageUri']}"}
    table_id, _, row_id = re.sub(r"&.*", "", link.fragment).partition("/_r")
    if table_id and scope != "page":
        _, table, view = caller.table(f"{doc_uri(doc.record)}/tables/{table_id}")
        uri = table_uri(view or table)
        reply |= {"tableUri": uri, "uri": f"{doc_uri(doc.record)}/{uri}"}
        if row_id and scope not in ("table", "view"):
            if doc.row_of_id(table, row_id) is None:
                raise Refused(f"There is no row {row_id[:200]} in {table.name}.")
            reply |= {"rowUri": f"{uri}/rows/{row_id}", "uri": f"{doc_uri(doc.record)}/{uri}/rows/{row_id}"}
    return reply


def _linked_page(doc: LocalDoc, step: str) -> PageRecord:
    for page in doc.record.pages:
        if step.endswith(f"_su{page.id.removeprefix('canvas-')}"):
            return page
    raise Refused("The URL leads to no page that is here.")
