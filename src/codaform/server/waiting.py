"""How long a call waits for what formulas give: some seconds, and not at all once the server shall end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from codaform.model.budget import OutOfTime, watch

MOST_SECONDS = 3.0
"""How long a call that reads may compute; others wait meanwhile. What was computed by then is kept: asked again, it
goes on from there."""

TOO_SLOW = f"The doc's formulas take longer than {MOST_SECONDS:g} s. What they gave by now is kept; ask again."

ending = threading.Event()
"""Set when the server shall end: nothing that only reads is computed any more."""


@contextmanager
def waiting(seconds: float | None = None) -> Iterator[None]:
    """Compute for a while at most; the block raises OutOfTime then."""
    until = time.monotonic() + (MOST_SECONDS if seconds is None else seconds)

    def look() -> None:
        if ending.is_set() or time.monotonic() > until:
            raise OutOfTime

    token = watch.set(look)
    try:
        yield
    finally:
        watch.reset(token)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Compute to the end: a change that is begun is not left half done."""
    token = watch.set(None)
    try:
        yield
    finally:
        watch.reset(token)
