"""The tools for comments: start threads, reply, react, resolve, delete. The form of threads in replies is assumed."""

from __future__ import annotations

from typing import Any

from codaform.coda.wire import ids
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import CommentRecord, Json, ThreadRecord
from codaform.server.mcp.arguments import URI
from codaform.server.mcp.caller import Address, Caller, ToolRefused, parse_address
from codaform.server.mcp.describing import thread_shape
from codaform.server.mcp.schema import Schema, either, exactly, record, some_text, text
from codaform.server.mcp.tool import adds, changes, tool


def _action(name: str, required: tuple[str, ...], **members: Schema) -> Schema:
    return record({"action": exactly(name)} | members, required=required)


def _reaction(name: str) -> Schema:
    return _action(
        name,
        ("action", "threadUri", "commentUri", "reaction"),
        threadUri=text(),
        commentUri=text(),
        reaction=some_text(),
    )


def _input(*actions: Schema) -> Schema:
    return record({"uri": URI, "data": either(*actions)}, required=("uri", "data"))


_ADD = _input(
    _action("add_reply", ("content", "action", "threadUri"), threadUri=text(), content=some_text()),
    _action(
        "add_to_page",
        ("content", "action", "pageUri", "elementId"),
        pageUri=text(),
        elementId=some_text(),
        text=text(),
        content=some_text(),
    ),
    _action(
        "add_to_row",
        ("content", "action", "tableUri", "rowId"),
        tableUri=text(),
        rowId=some_text(),
        content=some_text(),
    ),
    _reaction("add_reaction"),
    _reaction("remove_reaction"),
)

_DELETE = _input(
    _action("delete_reply", ("action", "threadUri", "commentUri"), threadUri=text(), commentUri=text()),
    _action("delete_thread", ("action", "threadUri"), threadUri=text()),
)

_RESOLVE = _input(
    _action("resolve", ("action", "threadUri"), threadUri=text()),
    _action("reopen", ("action", "threadUri"), threadUri=text()),
)


@tool(_ADD, adds())
def comment_add(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Starts a thread of comments, or adds a reply or a reaction to one."""
    doc, _ = caller.whole_doc(arguments["uri"])
    data = arguments["data"]
    match data["action"]:
        case "add_to_page" | "add_to_row":
            place = _page_place(caller, doc, data) if data["action"] == "add_to_page" else _row_place(caller, doc, data)
            id = ids.new("thread")
            change = {"id": id, "comment": ids.new("comment"), "content": data["content"], "place": place}
            caller.do(doc, "start thread", change)
        case "add_reply":
            id = _thread(doc, data).id
            caller.do(doc, "reply", {"thread": id, "id": ids.new("comment"), "content": data["content"]})
        case action:
            thread, comment = _comment(doc, data)
            id, on = thread.id, action == "add_reaction"
            change = {"thread": id, "comment": comment.id, "reaction": data["reaction"], "on": on}
            caller.do(doc, "react", change)
    return thread_shape(_find(doc, id), caller.user)


def _page_place(caller: Caller, doc: LocalDoc, data: dict[str, Any]) -> dict[str, str]:
    page = caller.page_of(doc, parse_address(data["pageUri"], doc.record.id))
    line = next((line for line in page.lines if line.id == data["elementId"]), None)
    if line is None:
        raise ToolRefused(f"The page {page.name} has no element {data['elementId'][:200]}.")
    if data.get("text") and data["text"] not in line.text:
        raise ToolRefused(f"The element {line.id} does not contain the text {data['text'][:60]!r}.")
    return {"page": page.id, "element": line.id, "text": data.get("text", "")}


def _row_place(caller: Caller, doc: LocalDoc, data: dict[str, Any]) -> dict[str, str]:
    table, _ = caller.table_of(doc, parse_address(data["tableUri"], doc.record.id))
    row = doc.row_of_id(table, data["rowId"])
    if row is None:
        raise ToolRefused(f"There is no row {data['rowId'][:200]} in {table.name}.")
    return {"table": table.id, "row": row.id}


@tool(_DELETE, changes())
def comment_delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Deletes a reply or a whole thread."""
    doc, _ = caller.whole_doc(arguments["uri"])
    data = arguments["data"]
    if data["action"] == "delete_thread":
        caller.do(doc, "delete comments", {"thread": _thread(doc, data).id})
        return {"threadUri": data["threadUri"], "deleted": True}
    thread, comment = _comment(doc, data)
    caller.do(doc, "delete comments", {"thread": thread.id, "comment": comment.id})
    return {"threadUri": data["threadUri"], "commentUri": data["commentUri"], "deleted": True}


@tool(_RESOLVE, adds())
def comment_resolve(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Closes a thread of comments, or opens it again."""
    doc, _ = caller.whole_doc(arguments["uri"])
    thread = _thread(doc, arguments["data"])
    caller.do(doc, "resolve thread", {"thread": thread.id, "on": arguments["data"]["action"] == "resolve"})
    return thread_shape(_find(doc, thread.id), caller.user)


def _thread(doc: LocalDoc, data: dict[str, Any]) -> ThreadRecord:
    return _find(doc, _address(doc, data["threadUri"]).steps.get("threads", ""))


def _find(doc: LocalDoc, id: str) -> ThreadRecord:
    found = next((thread for thread in doc.record.threads if thread.id == id), None)
    if found is None:
        raise ToolRefused(f"There is no thread of comments {id[:200]} in the doc {doc.record.id}.")
    return found


def _comment(doc: LocalDoc, data: dict[str, Any]) -> tuple[ThreadRecord, CommentRecord]:
    thread, id = _thread(doc, data), _address(doc, data["commentUri"]).steps.get("comments", "")
    found = next((comment for comment in thread.comments if comment.id == id), None)
    if found is None:
        raise ToolRefused(f"There is no comment {id[:200]} in the thread {thread.id}.")
    return thread, found


def _address(doc: LocalDoc, uri: str) -> Address:
    return parse_address(uri, doc.record.id)
