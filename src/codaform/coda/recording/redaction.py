"""A recording without what is private: its members, types and forms stay, its texts, numbers and ids do not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, unquote

from codaform.coda.recording.exchanges import Exchange
from codaform.coda.recording.shapes import form
from codaform.coda.wire.json_data import Json

_MEMBER = re.compile(r"@?[A-Za-z][A-Za-z0-9_]*")
"""Names of members that the API gives; others are of a doc."""

_PLAIN = re.compile(
    r"@type|@context|(table|column|content|parent|resource|access|coda)?[tT]ype|(value|content|output)?[fF]ormat|sortBy"
    r"|layout|role|access|kind|status|style|lineLevel|direction|mode|action|limit|visibleOnly|useColumnNames"
)
"""The members whose texts are words of the API, not of a doc."""

_WORDS = re.compile(
    r"docs|pages|tables|views|columns|rows|formulas|controls|folders|permissions|acl|metadata|settings|whoami|content"
    r"|export|buttons|mutationStatus|resolveBrowserLink|categories|analytics|packs|summary|domains|workspaces|users"
    r"|roles|automations|publish|hooks|import|apis|v1"
)
"""The words of paths."""


class Redaction:
    """Replaces what is private by something of the same form; the same thing by the same one, through all exchanges."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def exchange(self, one: Exchange) -> Exchange:
        """An exchange without private texts."""
        path = "/".join(
            part if not part or _WORDS.fullmatch(unquote(part)) else quote(self.text(unquote(part)), safe="")
            for part in one.path.split("/")
        )
        query = tuple((name, value if _PLAIN.fullmatch(name) else self.text(value)) for name, value in one.query)
        return replace(one, path=path, query=query, body=self.json(one.body), reply=self.json(one.reply))

    def json(self, value: Json, member: str = "") -> Json:
        """A value without private texts and numbers. member: Under which name it is."""
        match value:
            case dict():
                inside = member == "values"  # of a row, by columns, which may be given by their names
                return {self._member(name, inside): self.json(inner, name) for name, inner in value.items()}
            case list():
                return [self.json(inner, member) for inner in value]
            case str():
                return value if _PLAIN.fullmatch(member) else self.text(value)
            case None | bool():
                return value
            case int():
                return 1 if value else 0
            case float():
                return 1.5 if value % 1 else float(bool(value))

    def text(self, text: str) -> str:
        """A text of the same form and nearly of the same length, which says nothing."""
        if text not in self._given:
            self._given[text] = self._made(text, len(self._given) + 1)
        return self._given[text]

    def _made(self, text: str, number: int) -> str:
        kind = form(text)
        match kind:
            case "an empty text":
                return ""
            case "a moment in milliseconds, in UTC":
                return "2026-01-02T03:04:05.678Z"
            case "a moment":
                return "2026-01-02T03:04:05" + ("Z" if text.endswith("Z") else "")
            case "an address of a person":
                return f"person{number}@example.com"
            case "an address":
                return f"https://example.com/{number}"
            case "an address of MCP":
                return "coda://" + "/".join(self._part(part) for part in text.removeprefix("coda://").split("/"))
            case "a text in a fence":
                return f"```text {number}```"
            case "an id":
                return f"{text.partition('-')[0]}-Redacted{number:04d}"
        return f"text {number}" + "x" * max(0, min(len(text), 40) - len(f"text {number}"))

    def _part(self, part: str) -> str:
        return part if _WORDS.fullmatch(part) else self.text(part)

    def _member(self, name: str, private: bool) -> str:
        return self.text(name) if private or form(name) == "an id" or not _MEMBER.fullmatch(name) else name


def as_line(one: Exchange) -> Mapping[str, Json]:
    """An exchange as a JSON line of a recording has it."""
    if one.tool:
        outcome: dict[str, Json] = {"result": one.reply} if one.status else {"error": one.reply}
        return {"tool": one.tool, "arguments": one.body, **outcome}
    return {
        "method": one.method,
        "path": one.path,
        "query": dict(one.query),
        "body": one.body,
        "status": one.status,
        "reply": one.reply,
    }
