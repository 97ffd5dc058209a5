"""What a server answers, read within limits of size and time: a host may be wrong, broken or hostile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import requests

MOST_BYTES = 64 * 1024 * 1024
"""The size of an answer at most, as it comes and when it is unpacked; Coda's own limits are far below."""

_CHUNK = 64 * 1024

T = TypeVar("T")


class TooLarge(Exception):
    """An answer is larger than MOST_BYTES."""


class TooSlow(Exception):
    """An answer was not complete in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was read. It shows nothing, as it may repeat a token. headers: By their names, in any case."""

    status: int
    reason: str = field(repr=False)
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    redirects: bool


def read(reply: requests.Response) -> Answer:
    """Read an answer that was asked for as a stream, and let its connection go. Raises TooLarge, and what requests
    raises for a connection that breaks."""
    try:
        size = reply.headers.get("Content-Length", "")
        if size.isascii() and size.isdigit() and int(size[:20]) > MOST_BYTES:
            raise TooLarge
        parts: list[bytes] = []
        taken = 0
        for part in reply.iter_content(_CHUNK):
            parts.append(part)
            taken += len(part)
            if taken > MOST_BYTES or reply.raw.tell() > MOST_BYTES:
                raise TooLarge
    except BaseException:
        reply.close()
        raise
    reason, url = reply.reason or "", reply.url or ""
    return Answer(reply.status_code, reason, url, reply.headers, b"".join(parts), reply.is_redirect)


def within(seconds: float, ask: Callable[[], T]) -> T:
    """What a function gives, if it comes back in time; what it raises is raised here. Raises TooSlow.

    A limit of a connection counts from byte to byte, so that a server which sends one now and then meets none. The call
    runs in a thread of its own, which is left behind where it does not come back.
    """
    result: list[T] = []
    problem: list[BaseException] = []

    def run() -> None:
        try:
            result.append(ask())
        except BaseException as error:
            problem.append(error)

    thread = threading.Thread(target=run, daemon=True, name="codaform answer")
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TooSlow
    if problem:
        raise problem.pop()
    return result.pop()
