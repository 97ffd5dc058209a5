"""Replies with more in them than is documented, as a newer version of Coda sends them."""

from __future__ import annotations

import json
from typing import Any

from starlette.types import Message, Send

MEMBER = "addedLater"
"""What every object of a grown reply has beside what is documented."""


def growing(send: Send) -> Send:
    """Sends a reply; one in JSON has a member more in itself and in each thing that it tells of, but not in cells."""
    start: Message = {}
    parts: list[bytes] = []

    async def grown(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
        if not _is_json(start):
            await send(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                body = json.dumps(_grown(json.loads(b"".join(parts)), outermost=True), ensure_ascii=False).encode()
                headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
                await send({**start, "headers": [*headers, (b"content-length", b"%d" % len(body))]})
                await send({"type": "http.response.body", "body": body})

    return grown


def _is_json(start: Message) -> bool:
    kinds = [value for name, value in start.get("headers", ()) if name.lower() == b"content-type"]
    return any(kind.startswith(b"application/json") for kind in kinds)


def _grown(told: Any, outermost: bool = False) -> Any:
    match told:
        case dict():
            # The cells of a row are no members of Coda's: their names are those of columns.
            inner = {name: value if name == "values" else _grown(value) for name, value in told.items()}
            return {**inner, MEMBER: {"since": "later"}} if outermost or "href" in told else inner
        case list():
            return [_grown(item) for item in told]
    return told
