"""Failures of calls to Coda; their texts never contain a token."""

from __future__ import annotations


class Failure(Exception):
    """A call to Coda failed; the text says which call and why in one line."""


class CannotReach(Failure):
    """No answer came: there was no connection, or it broke.

    uncertain: Whether Coda may have carried out the call.
    """

    def __init__(self, message: str, uncertain: bool = False) -> None:
        super().__init__(message)
        self.uncertain = uncertain


class Unreadable(Failure):
    """An answer is not JSON, or does not have the expected form."""


class StaleDoc(Failure):
    """Coda did not show the doc's latest state in time."""


class Refused(Failure):
    """Coda refused a call. status: The HTTP status. message: The reason in Coda's words."""

    def __init__(self, status: int, message: str, what: str = "") -> None:
        super().__init__(f"{what}: {message} ({status})" if what else f"{message} ({status})")
        self.status = status
        self.message = message


class NotAllowed(Refused):
    """401 or 403: the token is not valid for this API, or lacks the permission."""


class NotFound(Refused):
    """404: nothing that the token can see has this id or name."""


class PageDeleted(Refused):
    """410: the page was deleted."""


class TooManyCalls(Refused):
    """429 after every attempt: too many calls."""


class ServerDown(Refused):
    """5xx: Coda, or a server in front of it, is down.

    uncertain: Whether Coda may have carried out the call.
    """

    def __init__(self, status: int, message: str, what: str = "", uncertain: bool = False) -> None:
        super().__init__(status, message, what)
        self.uncertain = uncertain


def refusal(status: int, message: str, what: str = "") -> Refused:
    """The refusal for an HTTP status."""
    match status:
        case 401 | 403:
            return NotAllowed(status, message, what)
        case 404:
            return NotFound(status, message, what)
        case 410:
            return PageDeleted(status, message, what)
        case 429:
            return TooManyCalls(status, message, what)
    return ServerDown(status, message, what) if status >= 500 else Refused(status, message, what)


class ToolMissing(Failure):
    """The MCP server lacks a tool, or an argument of a tool. Nothing was called.

    tool: Its name. argument: The missing argument, such as `data.columns.formula`; empty if the tool is missing.
    """

    def __init__(self, tool: str, argument: str = "", reason: str = "") -> None:
        lacks = f"its tool {tool} does not take {argument}" if argument else f"it has no tool {tool}"
        super().__init__(f"the MCP server is not as codaform expects it: {reason or lacks}")
        self.tool = tool
        self.argument = argument


class ToolFailed(Failure):
    """A tool was called and reported a failure. tool: Its name. message: The reason in the server's words."""

    def __init__(self, tool: str, message: str) -> None:
        super().__init__(f"{tool}: {message}")
        self.tool = tool
        self.message = message
