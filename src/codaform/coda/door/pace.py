"""The pace of calls to Coda: they keep within its limits, and all workers pause together when it refuses a call."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

LimitKind = Literal["read", "write", "content", "docs"]
"""The kinds of calls that have a rate limit: reads, writes, writes of page content, lists of docs."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

LIMITS: Mapping[str, tuple[int, float]] = {
    "read": (100, 6.0),
    "write": (10, 6.0),
    "content": (3, 10.0),
    "docs": (4, 6.0),
}
"""How many calls Coda accepts in how many seconds; for page content, the smaller of the two numbers that it states."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to send a call, and how long to wait between attempts, in seconds.

    attempts: The maximum. first: The first pause; each further pause is twice as long, up to `most`.
    """

    attempts: int = 8
    first: float = 0.5
    most: float = 12.0


LOCAL_PATIENCE = Patience(attempts=8, first=0.01, most=0.2)
"""For a server on this machine, which has no limits and is never busy for long."""


class Pace:
    """Lets calls pass as fast as the limits allow; all workers share it.

    limits: By kind, how many calls in how many seconds; other kinds have no limit. seconds, sleep: The clock and the
    sleep function; tests pass their own. `sent` counts the calls that passed.
    """

    def __init__(
        self,
        limits: Mapping[str, tuple[int, float]] = LIMITS,
        patience: Patience = Patience(),
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.patience = patience
        self.seconds = seconds
        self.sleep = sleep
        self.sent = 0
        self._limits = limits
        self._calls: dict[str, deque[float]] = {}
        self._paused_until = 0.0
        self._paused_at = 0.0
        self._refusals = 0
        self._lock = threading.Lock()

    def wait(self, kind: str) -> float:
        """Wait until a call of this kind may be sent; returns that moment, by the clock `seconds`."""
        while True:
            with self._lock:
                now = self.seconds()
                due = max(self._paused_until, self._free_at(kind, now))
                if due <= now:
                    self.sent += 1
                    if kind in self._limits:
                        self._calls.setdefault(kind, deque()).append(now)
                    return now
            self.sleep(due - now)

    def refused(self, sent: float, wished: float = 0.0) -> None:
        """Note that Coda refused a call or was down: all workers pause, longer with each refusal in a row.

        sent: When the refused call was sent. wished: How many seconds the answer asks to wait.
        """
        with self._lock:
            # Coda refuses calls that are under way at the same time together; they count as one refusal.
            if sent < self._paused_at:
                return
            pause = min(self.patience.first * 2**self._refusals, self.patience.most)
            now = self.seconds()
            self._refusals += 1
            self._paused_at = now
            # Jitter keeps several runs from calling again at the same moment.
            self._paused_until = now + max(pause * random.uniform(0.75, 1.25), min(wished, 10 * self.patience.most))

    def pauses(self, most: float = 5.0) -> Iterator[float]:
        """Endless pauses in seconds for polling something slow; they grow up to `most`."""
        pause = self.patience.first
        while True:
            yield pause
            pause = min(pause * 2, most, self.patience.most)

    def left(self) -> float:
        """How many seconds of the pause are left."""
        with self._lock:
            return max(self._paused_until - self.seconds(), 0.0)

    def passed(self, sent: float) -> None:
        """Note that Coda answered a call: the refusals before it are over."""
        with self._lock:
            if sent >= self._paused_at:
                self._refusals = 0

    def _free_at(self, kind: str, now: float) -> float:
        if kind not in self._limits:
            return now
        most, window = self._limits[kind]
        calls = self._calls.setdefault(kind, deque())
        while calls and calls[0] <= now - window:
            calls.popleft()
        return calls[0] + window if len(calls) >= most else now


_PAGE = re.compile(r"/docs/[^/]+/pages(/.*)?")
_EXPORT = re.compile(r"/docs/[^/]+/pages/[^/]+/export")


def limit_of(method: Method, path: str) -> LimitKind:
    """The limit that a call counts against. Every change of a page counts as a change of its content, since Coda does
    not say which of these calls it counts that way."""
    if method == "GET":
        return "docs" if path == "/docs" else "read"
    if _EXPORT.fullmatch(path):
        return "read"  # six in two seconds were seen to pass
    return "content" if _PAGE.fullmatch(path) else "write"
