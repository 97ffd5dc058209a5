"""Asking a Coda what a recording asked, and comparing what both answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote, unquote

from codaform.coda.recording.exchanges import Exchange
from codaform.coda.recording.shapes import ShapeDifference, differences, form, shape_of
from codaform.coda.wire.json_data import Json

Ask = Callable[[Exchange], tuple[int, Json]]
"""Sends a request and gives the status and the JSON of the reply; of a tool the status 200, or 0 where it failed."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """An exchange, asked once more. status: Of the reply here. found: The differences in shape; of the status, too."""

    exchange: Exchange
    status: int
    found: tuple[ShapeDifference, ...]

    @property
    def lines(self) -> list[str]:
        """The differences, a line each."""
        return [f"{self.exchange.where}, {self.exchange}: {one}" for one in self.found]


def replayed(exchanges: Sequence[Exchange], ask: Ask, known: Mapping[str, str]) -> Iterator[Replayed]:
    """Ask each request in order, with the ids that the Coda here has for the same things.

    known: Ids of the recording, and those here. More are learned from replies: what stands at the same place of both
    is the same thing, items of lists by their names.
    """
    ids = dict(known)
    for exchange in exchanges:
        asked = _with_ids(exchange, ids)
        status, reply = ask(asked)
        found: list[ShapeDifference] = []
        if status != exchange.status:
            found.append(ShapeDifference("status", str(exchange.status), str(status)))
        elif exchange.reply is not None:
            _learn(exchange.reply, reply, ids)
            found += differences(shape_of(exchange.reply), shape_of(reply))
        yield Replayed(exchange, status, tuple(found))


def first_ids(exchanges: Sequence[Exchange], kind: str = "docs") -> list[str]:
    """The ids of things of a kind that paths and addresses of MCP name, in the order in which they occur."""
    found: dict[str, None] = {}
    for exchange in exchanges:
        parts = exchange.path.strip("/").split("/")
        uri = str(exchange.body.get("uri", "")) if exchange.tool and isinstance(exchange.body, dict) else ""
        parts += uri.removeprefix("coda://").split("/")
        for before, part in pairwise(parts):
            if before == kind and part:
                found[unquote(part)] = None
    return [*found]


def _with_ids(exchange: Exchange, ids: Mapping[str, str]) -> Exchange:
    path = "/".join(quote(ids.get(unquote(part), unquote(part)), safe="") for part in exchange.path.split("/"))
    query = tuple((name, _text(value, ids)) for name, value in exchange.query)
    body = _json(exchange.body, ids)
    return Exchange(exchange.where, exchange.method, path, query, body, exchange.tool, exchange.status, exchange.reply)


def _text(text: str, ids: Mapping[str, str]) -> str:
    """A text with the ids in it; whole ones, and those in the addresses of MCP and in queries such as `c-abc:"x"`."""
    if text in ids:
        return ids[text]
    if not ("/" in text or ":" in text):
        return text
    for theirs in sorted(ids, key=len, reverse=True):
        if len(theirs) > 4 and theirs in text:
            text = text.replace(theirs, ids[theirs])
    return text


def _json(value: Json, ids: Mapping[str, str]) -> Json:
    match value:
        case dict():
            return {_text(name, ids): _json(inner, ids) for name, inner in value.items()}
        case list():
            return [_json(inner, ids) for inner in value]
        case str():
            return _text(value, ids)
    return value


def _learn(theirs: Json, ours: Json, ids: dict[str, str]) -> None:
    match theirs, ours:
        case dict(), dict():
            for name in ("id", "rowId", "tableId", "requestId"):
                one, other = theirs.get(name), ours.get(name)
                if isinstance(one, str) and isinstance(other, str) and one:
                    ids.setdefault(one, other)
            for name, inner in theirs.items():
                if name in ours:
                    _learn(inner, ours[name], ids)
                elif form(name) == "an id" and name in ids and ids[name] in ours:
                    _learn(inner, ours[ids[name]], ids)
        case list(), list():
            by_name = {one["name"]: one for one in ours if isinstance(one, dict) and isinstance(one.get("name"), str)}
            for at, one in enumerate(theirs):
                named = by_name.get(one.get("name")) if isinstance(one, dict) else None
                if named is not None:
                    _learn(one, named, ids)
                elif at < len(ours):
                    _learn(one, ours[at], ids)
