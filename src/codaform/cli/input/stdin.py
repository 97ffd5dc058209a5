"""The text on stdin."""

from __future__ import annotations

import sys

from codaform.project.files import MAX_BYTES, CannotRead
from codaform.source import Source


def read_stdin() -> Source:
    """The text on stdin. Raises CannotRead."""
    data = sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin is not None else b""
    if len(data) > MAX_BYTES:
        raise CannotRead(f"the text on stdin has more than {MAX_BYTES:,} bytes")
    try:
        return Source("<stdin>", data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise CannotRead("the text on stdin is not UTF-8") from None
