"""The progress of work, drawn on stderr where that is a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from codaform.cli.terminal import drawn, rich_console


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on stderr that disappears at the end; gives a function that takes the number of finished steps.

    total: None if it is unknown: then the bar only shows that work goes on.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    drawing = Progress(*parts, console=rich_console(stderr=True), transient=True)
    with drawing:
        task = drawing.add_task(what, total=total)
        yield lambda done: drawing.update(task, completed=done)


@contextmanager
def patient_progress(what: str, total: int | None, patience: float) -> Iterator[Callable[[int], None]]:
    """The same, but only on a terminal, not in CI, and for work that takes longer than some seconds."""
    if not drawn(sys.stderr) or os.environ.get("CI"):
        yield lambda _done: None
        return
    with ExitStack() as stack:
        started = time.monotonic()
        advance: Callable[[int], None] | None = None

        def on_step(done: int) -> None:
            nonlocal advance
            if advance is None and time.monotonic() - started > patience:
                advance = stack.enter_context(progress(what, total))
            if advance is not None:
                advance(done)

        yield on_step


@contextmanager
def stderr_progress(what: str, total: int | None) -> Iterator[Callable[[int], None] | None]:
    """The same, or None if stderr is no terminal."""
    if not drawn(sys.stderr):
        yield None
        return
    with progress(what, total) as on_step:
        yield on_step
