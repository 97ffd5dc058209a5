"""A tool of the MCP server, declared in one place: its name, its arguments, its hints for clients, and its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from codaform.server.doc.records import Json
from codaform.server.mcp.caller import Caller
from codaform.server.mcp.schema import Schema

Handler = Callable[[Caller, dict[str, Any]], Json]
"""Carries a tool out: takes arguments that fit the schema, returns the result as JSON, raises Refused."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as clients see it, and the function that carries it out.

    about: Its work in a sentence, for the model that reads the list. input: The JSON Schema of its arguments.
    annotations: The four hints of MCP, by their names there. handler: It carries the tool out.
    """

    name: str
    about: str
    input: Schema
    annotations: Mapping[str, bool]
    handler: Handler

    @property
    def writes(self) -> bool:
        """Whether it may change a doc."""
        return not self.annotations["readOnlyHint"]


def tool(input: Schema, annotations: Mapping[str, bool]) -> Callable[[Handler], Tool]:
    """Declare the tool that a function carries out.

    The function's name is the tool's name, and its docstring is the description that clients read.
    input: The JSON Schema of the arguments. annotations: `reads()`, `adds()` or `changes()`.
    """

    def declare(handler: Handler) -> Tool:
        return Tool(handler.__name__, " ".join((handler.__doc__ or "").split()), input, annotations, handler)

    return declare


def reads(*, outside: bool = False) -> dict[str, bool]:
    """The hints of a tool that changes nothing. outside: It looks beyond the docs it is given."""
    return _hints(read_only=True, destructive=False, outside=outside)


def adds() -> dict[str, bool]:
    """The hints of a tool that adds and takes nothing away."""
    return _hints(read_only=False, destructive=False, outside=False)


def changes(*, outside: bool = False) -> dict[str, bool]:
    """The hints of a tool that may lose something. outside: It fetches from the web."""
    return _hints(read_only=False, destructive=True, outside=outside)


def _hints(*, read_only: bool, destructive: bool, outside: bool) -> dict[str, bool]:
    # The vendor calls no tool idempotent, not even those that read.
    return {
        "readOnlyHint": read_only,
        "destructiveHint": destructive,
        "idempotentHint": False,
        "openWorldHint": outside,
    }
