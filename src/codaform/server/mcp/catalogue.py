"""All tools of the MCP server by name, and variants of the list as in another version of the vendor's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from codaform.server.mcp import comments, content, controls, documents, navigation, pages, tables, views
from codaform.server.mcp.tool import Tool

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for subject in (navigation, documents, pages, content, tables, views, controls, comments)
    for tool in vars(subject).values()
    if isinstance(tool, Tool)
}


def served() -> list[Tool]:
    """The tools, as a client sees them."""
    return [*TOOLS.values()]


def variants(tools: Iterable[Tool], renamed: Mapping[str, str], without: Mapping[str, Collection[str]]) -> list[Tool]:
    """The same tools with some renamed and some arguments missing, for tests of clients.

    renamed: The new names by the present ones. without: The missing arguments at any depth, by a tool's present name.
    Raises KeyError for an unknown tool, and ValueError for an unknown argument or a name that is taken.
    """
    known = {tool.name: tool for tool in tools}
    for name in (*renamed, *without):
        if name not in known:
            raise KeyError(name)
    changed = [
        replace(
            tool,
            name=renamed.get(name, name),
            input=_without(tool, without[name]) if name in without else tool.input,
        )
        for name, tool in known.items()
    ]
    names = [tool.name for tool in changed]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two tools of one name: {', '.join(twice)}")
    return changed


def _without(tool: Tool, arguments: Collection[str]) -> dict[str, Any]:
    shrunk = deepcopy(tool.input)
    removed: set[str] = set()
    _remove(shrunk, frozenset(arguments), removed)
    if never := sorted(set(arguments) - removed):
        raise ValueError(f"{tool.name} has no argument {', '.join(never)}")
    return shrunk


def _remove(schema: object, arguments: frozenset[str], removed: set[str]) -> None:
    """Remove members from every record within a schema, in place."""
    if isinstance(schema, list):
        for part in schema:
            _remove(part, arguments, removed)
    if not isinstance(schema, dict):
        return
    members = schema.get("properties", {})
    for name in arguments & members.keys():
        del members[name]
        removed.add(name)
    if "required" in schema:
        schema["required"] = [name for name in schema["required"] if name not in arguments]
        if not schema["required"]:
            del schema["required"]
    # The keys of `properties` are names of arguments: a member called "required" or "properties" is no keyword.
    for part in members.values():
        _remove(part, arguments, removed)
    for keyword in ("items", "anyOf", "additionalProperties"):
        _remove(schema.get(keyword), arguments, removed)
