"""The tools to find one's way: who am I, search, names, addresses, guides."""

from __future__ import annotations

from codaform.server.mcp.places import URI
from codaform.server.mcp.schema import choice, either, listed, record, some_text, text, whole
from codaform.server.mcp.tool import Tool, reads

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

TOOLS = (
    Tool("whoami", "Tells whose token this is.", record({}), reads()),
    Tool(
        "tool_guide",
        "Gives advice on how the tools of one topic, or of several, are used.",
        record({"topic": either(_GUIDE, listed(_GUIDE, least=1, most=10))}, required=("topic",)),
        reads(),
    ),
    Tool(
        "search",
        "Looks for docs, pages, rows and folders that hold some words.",
        record(
            {
                "query": text(),
                "types": listed(choice("folder", "page", "tableRow")),
                "docUri": text(),
                "folder": some_text(),
                "workspaceId": some_text(),
                "ownerUserId": whole(1),
                "limit": whole(1, 10, default=5),
                "cursor": some_text(),
            },
            required=("query",),
        ),
        reads(),
    ),
    Tool(
        "name_match",
        "Finds pages, people, tables and views of a doc by their names.",
        record({"uri": URI, "lookups": listed(_LOOKUP, least=1, most=20)}, required=("uri", "lookups")),
        reads(outside=True),
    ),
    Tool(
        "url_convert",
        "Turns the address of a browser into one that tools take, or the other way.",
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
    ),
)
