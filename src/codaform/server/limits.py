"""Coda's rate limits, for whoever wants to meet them here already."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

CODA: Mapping[str, tuple[int, float]] = {
    "read": (100, 6.0),
    "write": (10, 6.0),
    "content": (3, 10.0),
    "docs": (4, 6.0),
}
"""How many calls Coda takes in so many seconds, by kind; for page content the smaller of the two numbers it states."""


class Limits:
    """Counts calls. limits: By kind, how many in how many seconds; a kind that is left out has no limit."""

    def __init__(
        self, limits: Mapping[str, tuple[int, float]] | None = None, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits or {}
        self._seconds = seconds
        self._calls: dict[str, deque[float]] = {}

    def admits(self, kind: str) -> bool:
        """Take note of a call; False where it is one too many, which then does not count."""
        if kind not in self.limits:
            return True
        most, window = self.limits[kind]
        calls, now = self._calls.setdefault(kind, deque()), self._seconds()
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= most:
            return False
        calls.append(now)
        return True
