"""The way by which a change is made in Coda, and why by no better one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Way = Literal["rest", "mcp", "hand", "unsupported"]
"""The REST API, the tools of the MCP server, a person in Coda, or none."""


class Offered(Protocol):
    """The tools that a server lists."""

    def has(self, tool: str, *arguments: str) -> bool:
        """Whether there is a tool that takes these arguments; inner ones are named as `data.columns.formula`."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The APIs of a deploy. mcp: Whether the user chose MCP. tools: Those that its server offers; None without it."""

    mcp: bool = False
    tools: Offered | None = None


REST_ALONE = Capabilities()


@dataclass(frozen=True, slots=True)
class Route:
    """A way, and why it is this one."""

    way: Way
    why: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The tool that makes a change, and the arguments that it has to take."""

    tool: str
    arguments: tuple[str, ...] = ("uri",)

    def route(self, capabilities: Capabilities) -> Route:
        """The tool, or a person where it cannot be used. REST has no operation that changes a schema."""
        if not capabilities.mcp or capabilities.tools is None:
            return Route("hand", f"REST changes no schema; with --via mcp, {self.tool} does it")
        if not capabilities.tools.has(self.tool):
            return Route("hand", f"the MCP server has no tool {self.tool}")
        for argument in self.arguments:
            if not capabilities.tools.has(self.tool, argument):
                return Route("hand", f"the MCP server's {self.tool} does not take {argument}")
        return Route("mcp", f"{self.tool} does it; REST changes no schema")
