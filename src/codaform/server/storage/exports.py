"""Exports of pages: each is done a moment after its start, and its links expire soon."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

LINK_SECONDS = 300.0
"""The lifetime of a link to an export, about that of Coda's."""

KEPT = 200
"""The most exports and the most links to keep; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Export:
    """A page as text.

    error: The reason of a failure, or empty. ready: The time when it is done, by the clock of `Exports`.
    """

    id: str
    doc: str
    page: str
    format: Literal["html", "markdown"]
    text: str
    error: str
    ready: float


class Exports:
    """The exports of a local Coda; they end with the process.

    seconds: A clock that only runs forward.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._begun: OrderedDict[str, Export] = OrderedDict()
        self._links: OrderedDict[str, tuple[Export, float]] = OrderedDict()

    def begin(
        self, doc: str, page: str, format_: Literal["html", "markdown"], text: str, error: str, delay: float
    ) -> Export:
        """Begin an export that is done after a delay in seconds, which may be infinite."""
        export = Export(secrets.token_urlsafe(12), doc, page, format_, text, error, self._seconds() + delay)
        self._begun[export.id] = export
        if len(self._begun) > KEPT:
            self._begun.popitem(last=False)
        return export

    def find(self, id: str) -> Export | None:
        """The export with an id."""
        return self._begun.get(id)

    def done(self, export: Export) -> bool:
        """Whether an export is done by now."""
        return export.ready <= self._seconds()

    def link(self, export: Export) -> str:
        """A new key for an export, valid for a while."""
        key = secrets.token_urlsafe(24)
        self._links[key] = (export, self._seconds() + LINK_SECONDS)
        if len(self._links) > KEPT:
            self._links.popitem(last=False)
        return key

    def linked(self, key: str) -> Export | None:
        """The export of a key; None for an unknown or expired key."""
        export, end = self._links.get(key, (None, 0.0))
        return export if self._seconds() < end else None
