"""What a tool of the MCP server is: its name, what it takes, and what a client may expect of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codaform.server.mcp.schema import Schema


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as clients see it.

    about: What it does, for the model that reads the list. input: The JSON Schema of its arguments.
    annotations: The four hints of MCP, by their names there.
    served: Whether the local Coda carries it out; a tool that it knows and does not serve is not listed.
    """

    name: str
    about: str
    input: Schema
    annotations: Mapping[str, bool]
    served: bool = True


def reads(*, outside: bool = False) -> dict[str, bool]:
    """The hints of a tool that changes nothing. outside: It looks beyond the docs it is given."""
    return _hints(read_only=True, destructive=False, outside=outside)


def adds() -> dict[str, bool]:
    """The hints of a tool that adds and takes nothing away."""
    return _hints(read_only=False, destructive=False, outside=False)


def changes(*, outside: bool = False) -> dict[str, bool]:
    """The hints of a tool after which something may be lost. outside: It fetches from the web."""
    return _hints(read_only=False, destructive=True, outside=outside)


def _hints(*, read_only: bool, destructive: bool, outside: bool) -> dict[str, bool]:
    # The vendor calls no tool idempotent, not even those that read.
    return {
        "readOnlyHint": read_only,
        "destructiveHint": destructive,
        "idempotentHint": False,
        "openWorldHint": outside,
    }
