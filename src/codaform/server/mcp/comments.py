"""The tools for comments: known, so that their schemas can be looked up, and not served."""

from __future__ import annotations

from codaform.server.mcp.places import URI
from codaform.server.mcp.schema import Schema, either, exactly, record, some_text, text
from codaform.server.mcp.tool import Tool, adds, changes


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

TOOLS = (
    Tool("comment_add", "Starts a thread of comments, or adds a reply or a reaction to one.", _ADD, adds(), False),
    Tool("comment_delete", "Deletes a reply or a whole thread.", _DELETE, changes(), False),
    Tool("comment_resolve", "Closes a thread of comments, or opens it again.", _RESOLVE, adds(), False),
)
