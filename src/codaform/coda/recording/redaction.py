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
    r"@type|@context|(table|column|page|content|parent|resource|access|coda)?[tT]ype|(value|content|output)?[fF]ormat|sortBy"
    r"|layout|role|access|kind|status|style|lineLevel|direction|mode|action"
)
"""The members whose texts are words of the API, not of a doc, outside of cells."""

_ONE_WORD = re.compile(r"@?[A-Za-z][\w+./:-]*")

_PATHS = """
    whoami resolveBrowserLink categories mutationStatus/* domains/provider/* folders/*
    docs/*/publish docs/*/acl/metadata docs/*/acl/permissions/* docs/*/acl/principals/search docs/*/acl/settings
    docs/*/pages/*/content docs/*/pages/*/export/* docs/*/tables/*/columns/* docs/*/tables/*/rows/*/buttons/*
    docs/*/formulas/* docs/*/controls/* docs/*/domains/* docs/*/hooks/automation/*
    workspaces/*/users/role workspaces/*/roles packs/*/listing packs/listings
    analytics/docs/*/pages analytics/docs/summary analytics/packs/*/formulas analytics/packs/summary analytics/updated
"""
"""The paths of the API: words, and a star for what a doc or a person has there."""

_KINDS = re.compile(r"docs|pages|canvases|tables|views|rows|columns|formulas|controls|threads|comments")
"""The words of MCP's addresses, each before an id."""

_QUERY = re.compile(
    r"true|false|\d{1,4}|simple|simpleWithArrays|rich|natural|createdAt|updatedAt|name|title|date|asc|desc|ascending"
    r"|descending|cumulative|daily|plainText|(table|view)(,(table|view))?"
)
"""The values of a query that are words of the API."""

_BY_COLUMN = frozenset({"values", "cells", "rows", "seriesColors"})
"""The members that hold cells; where they are objects, by columns, which may be given by their names."""

_CELLS = _BY_COLUMN | {"value", "updateCells", "defaultValue"}
"""The members inside of which everything is of the doc but the words of cells."""

_CELL_MEMBERS = re.compile(
    r"@context|@type|additionalType|amount|author|canvasUri|cells|children|column(Id)?|commentThreads|commentUri"
    r"|comments|content|createdAt|currency|elementId|email|epoch|height|identifier|input|name|objectId|reactions?"
    r"|resolved|root|row(Id|NumberOrId)?|status|table(Id|Uri|Url)|targetTableId|text|threadUri|type|updateCells|url"
    r"|userId|users|values?|width"
)
"""The members of the API inside of cells, and of rows that hold them."""

_CELL_WORDS = {
    "@context": re.compile(r"http://schema\.org/"),
    "@type": re.compile(r"ImageObject|MonetaryAmount|Person|StructuredValue|WebPage"),
    "additionalType": re.compile(r"row"),
    "type": re.compile(r"ref|urlref|dt|canvas|slate|Root|Default"),
}
"""The texts of the API inside of cells, by their members."""

_Words = dict[str, "_Words"]


def _words_of_paths() -> _Words:
    """Which words may be where in a path, word by word from its beginning."""
    first: _Words = {}
    for path in _PATHS.split():
        here = first
        for word in path.split("/"):
            here = here.setdefault(word, {})
    return first


class Redaction:
    """Replaces what is private by something of the same form; the same thing by the same one, through all exchanges."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._paths = _words_of_paths()

    def exchange(self, one: Exchange) -> Exchange:
        """An exchange without private texts."""
        query = tuple(
            (self._member(name), value if name != "query" and _QUERY.fullmatch(value) else self.text(value))
            for name, value in one.query
        )
        # What sets off an automation is an object of its user's own making.
        body = self._cell(one.body) if "/hooks/" in one.path else self.json(one.body)
        return replace(one, path=self._path(one.path), query=query, body=body, reply=self.json(one.reply))

    def json(self, value: Json, member: str = "") -> Json:
        """A value without private texts and numbers. member: Under which name it is."""
        if member in _CELLS:
            return self._by_column(value) if member in _BY_COLUMN and isinstance(value, dict) else self._cell(value)
        match value:
            case dict():
                return {self._member(name): self.json(inner, name) for name, inner in value.items()}
            case list():
                return [self.json(inner, member) for inner in value]
            case str():
                return value if _PLAIN.fullmatch(member) and _ONE_WORD.fullmatch(value) else self.text(value)
            case None | bool():
                return value
            case int():
                return 1 if value else 0
            case float():
                return 1.5 if value % 1 else float(bool(value))

    def _by_column(self, value: dict[str, Json]) -> Json:
        return {self.text(name): self._cell(inner) for name, inner in value.items()}

    def _cell(self, value: Json, member: str = "") -> Json:
        """A value inside of cells, where an object may be of the doc: only the words of cells stay."""
        match value:
            case dict():
                if member in _BY_COLUMN:
                    return self._by_column(value)
                return {
                    name if _CELL_MEMBERS.fullmatch(name) else self.text(name): self._cell(inner, name)
                    for name, inner in value.items()
                }
            case list():
                return [self._cell(inner) for inner in value]
            case str():
                known = _CELL_WORDS.get(member)
                return value if known is not None and known.fullmatch(value) else self.text(value)
            case None:
                return None
            case bool():
                return True
        return 1

    def _path(self, path: str) -> str:
        """A path whose words stay where the API has them: a table may be called `users`, a row `settings`."""
        here, parts = self._paths, path.split("/")
        for place, part in enumerate(parts):
            if not part:
                continue
            if part in here:
                here = here[part]
            else:
                parts[place] = quote(self.text(unquote(part)), safe="")
                here = here.get("*", {})
        return "/".join(parts)

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
                scheme, _, steps = text.partition("://")
                parts = enumerate(steps.split("/"))
                return f"{scheme}://" + "/".join(self._step(part, place) for place, part in parts)
            case "a text in a fence":
                return f"```text {number}```"
            case "an id":
                return f"{text.partition('-')[0]}-Redacted{number:04d}"
        return f"text {number}" + "x" * max(0, min(len(text), 40) - len(f"text {number}"))

    def _step(self, step: str, place: int) -> str:
        """A step of an address of MCP: after each kind comes what a doc has."""
        return step if not step or (place % 2 == 0 and _KINDS.fullmatch(step)) else self.text(step)

    def _member(self, name: str) -> str:
        return self.text(name) if form(name) == "an id" or not _MEMBER.fullmatch(name) else name


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
