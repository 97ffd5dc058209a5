"""What can go wrong at the door to Coda, in words that never hold a token."""

from __future__ import annotations


class Failure(Exception):
    """Something that was asked of Coda could not be had; the text says what and why in one line."""


class CannotReach(Failure):
    """No answer came: no connection, or one that broke.

    uncertain: Whether the call may have been carried out all the same.
    """

    def __init__(self, message: str, uncertain: bool = False) -> None:
        super().__init__(message)
        self.uncertain = uncertain


class Unreadable(Failure):
    """An answer came that is none: no JSON, or not of the form that was to be expected."""


class Stale(Failure):
    """Coda did not get around to showing its latest state in time."""


class Refused(Failure):
    """Coda refused a call. status: Of HTTP. message: The reason, as Coda words it."""

    def __init__(self, status: int, message: str, what: str = "") -> None:
        super().__init__(f"{what}: {message} ({status})" if what else f"{message} ({status})")
        self.status = status
        self.message = message


class NotAllowed(Refused):
    """401 or 403: the token is no token of this API, or does not reach this far."""


class NotThere(Refused):
    """404: there is nothing of this id or name, as far as the token sees."""


class Gone(Refused):
    """410: a page that was deleted."""


class TooMany(Refused):
    """429, again and again."""


class Broken(Refused):
    """5xx: something between here and Coda's docs is down.

    uncertain: Whether the call may have been carried out all the same.
    """

    def __init__(self, status: int, message: str, what: str = "", uncertain: bool = False) -> None:
        super().__init__(status, message, what)
        self.uncertain = uncertain


def refusal(status: int, message: str, what: str = "") -> Refused:
    """The refusal that goes with a status."""
    match status:
        case 401 | 403:
            return NotAllowed(status, message, what)
        case 404:
            return NotThere(status, message, what)
        case 410:
            return Gone(status, message, what)
        case 429:
            return TooMany(status, message, what)
    return Broken(status, message, what) if status >= 500 else Refused(status, message, what)


class ToolMissing(Failure):
    """The MCP server has no such tool, or not such an argument. Nothing was called.

    tool: Its name. argument: What is missing of it, as `data.columns.formula`; empty where it is the tool itself.
    """

    def __init__(self, tool: str, argument: str = "", said: str = "") -> None:
        lacks = f"its tool {tool} does not take {argument}" if argument else f"it has no tool {tool}"
        super().__init__(f"the MCP server is not the one that codaform knows: {said or lacks}")
        self.tool = tool
        self.argument = argument


class ToolFailed(Failure):
    """A tool was called and says that it failed. tool: Its name. message: The reason, as the server words it."""

    def __init__(self, tool: str, message: str) -> None:
        super().__init__(f"{tool}: {message}")
        self.tool = tool
        self.message = message
