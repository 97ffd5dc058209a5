"""Messages over a pair of streams: JSON-RPC in the framing of the Language Server Protocol."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from threading import Lock
from typing import IO, Any

MOST_BYTES = 100_000_000
"""The longest message that is read. The files that codaform reads whole have a fifth of that at most."""

_LONGEST_LINE = 10_000

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
NOT_INITIALIZED, REQUEST_FAILED, REQUEST_CANCELLED = -32002, -32803, -32800

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadyJson:
    """A result that is JSON already, and needs no converter."""

    content: Message


class BadMessage(Exception):
    """Bytes that are no message; the stream goes on behind them."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def read_message(stream: IO[bytes]) -> Message | None:
    """The next message, None at the end of the stream. Raises BadMessage for one that is none."""
    length = -1
    seen = False
    while True:
        line = stream.readline(_LONGEST_LINE)
        if not line:
            return None
        if not line.strip():
            if seen:
                break
            continue
        seen = True
        found = re.fullmatch(rb"(?i)content-length:[ \t]*(\d{1,15})[ \t]*\r?\n", line)
        if found is not None:
            length = int(found[1])
    if length < 0:
        raise BadMessage(PARSE_ERROR, "a message has no Content-Length")
    if length > MOST_BYTES:
        left = length
        while left > 0 and (part := stream.read(min(left, 1 << 20))):
            left -= len(part)
        raise BadMessage(INVALID_REQUEST, f"a message has {length:,} bytes; {MOST_BYTES:,} is the most that is read")
    data = stream.read(length)
    if len(data) < length:
        return None
    try:
        message = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadMessage(PARSE_ERROR, f"a message is not JSON: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("method", ""), str):
        raise BadMessage(INVALID_REQUEST, "a message is no request, no notification and no response")
    return message


class MessageWriter:
    """Writes messages, one at a time."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = Lock()

    def write(self, message: Message) -> None:
        """Write a message. Raises OSError after the reader has closed."""
        # Lone halves of letters, which JSON can spell, are escaped: they have no UTF-8.
        text = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False, separators=(",", ":"))
        data = text.encode("utf-8", "surrogatepass" if text.isascii() else "backslashreplace")
        with self._lock:
            self._stream.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
            self._stream.flush()
