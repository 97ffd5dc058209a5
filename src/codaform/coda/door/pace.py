"""How fast Coda may be asked: calls counted against its limits, and one pause for all workers when it says no."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["read", "write", "content", "docs"]
"""What a rate limit is set for: reads, writes, writes of page content, lists of docs."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

LIMITS: Mapping[str, tuple[int, float]] = {
    "read": (100, 6.0),
    "write": (10, 6.0),
    "content": (3, 10.0),
    "docs": (4, 6.0),
}
"""How many calls Coda takes in so many seconds; of the two numbers that it states for page content, the smaller."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is sent, and how long is waited in between, in seconds.

    attempts: At most so often. first: The first pause; each further one is twice as long, up to `most`.
    """

    attempts: int = 8
    first: float = 0.5
    most: float = 12.0


AT_HOME = Patience(attempts=8, first=0.01, most=0.2)
"""For a server on the same machine, which has no limits and is never busy for long."""


class Pace:
    """Lets calls pass as fast as the limits allow; shared by all workers.

    limits: By kind, how many calls in how many seconds; a kind that is left out has none. seconds, sleep: The clock
    and the waiting; tests give their own. `sent` counts the calls that passed.
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
        """Wait until a call of this kind may be sent; gives the moment, by the clock of `seconds`."""
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
        """Coda said that it was too much, or was down: all workers pause, longer with each time in a row.

        sent: When the call was sent that was refused. wished: How many seconds the answer asks to wait.
        """
        with self._lock:
            # Calls that were under way together are refused together; that is one refusal and not many.
            if sent < self._paused_at:
                return
            pause = min(self.patience.first * 2**self._refusals, self.patience.most)
            now = self.seconds()
            self._refusals += 1
            self._paused_at = now
            # Jitter, so that several runs at a time do not come back at the same moment.
            self._paused_until = now + max(pause * random.uniform(0.75, 1.25), min(wished, 10 * self.patience.most))

    def pauses(self, most: float = 5.0) -> Iterator[float]:
        """Seconds between looks at something that takes its time: growing up to `most`, and then without an end."""
        pause = self.patience.first
        while True:
            yield pause
            pause = min(pause * 2, most, self.patience.most)

    def left(self) -> float:
        """How many seconds the pause still lasts."""
        with self._lock:
            return max(self._paused_until - self.seconds(), 0.0)

    def passed(self, sent: float) -> None:
        """A call was answered: what was refused before it is over."""
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


def kind_of(method: Method, path: str) -> Kind:
    """Which limit a call counts against. Everything that changes a page does as if it changed its content, since
    Coda does not say which of these calls it counts so."""
    if method == "GET":
        return "docs" if path == "/docs" else "read"
    if _EXPORT.fullmatch(path):
        return "read"  # six in two seconds were seen to pass
    return "content" if _PAGE.fullmatch(path) else "write"
