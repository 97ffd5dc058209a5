"""The screen of `watch`: what was saved, what is wrong, which tests fail, how long it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from codaform.cli.output.findings import put_findings
from codaform.cli.output.outcomes import FORMATS, tally
from codaform.cli.terminal import drawn, painted, put, say
from codaform.diagnostics.render.text import summary
from codaform.project.files import CannotRead
from codaform.project.watched import SavedFiles, WatchedProject, WatchedState
from codaform.text import harmless

_MOST_NAMED = 3
"""How many of the saved files are named."""


def watch(root: Path, label: str) -> None:
    """Look at a project, and again after each save, until a KeyboardInterrupt."""
    saved = SavedFiles(root)
    watched = WatchedProject(root, label)
    names: Sequence[str] = ()
    while True:
        started = time.monotonic()
        if names:
            _put_title(root, names)
        try:
            state = watched.look(saved.any)
        except CannotRead as error:
            if not names:
                raise
            say(f"{error}; waiting until it is there again")
        else:
            _put_state(state, time.monotonic() - started)
        names = saved.next()


def _put_title(root: Path, names: Sequence[str]) -> None:
    """Clear a terminal, and say what was saved."""
    if drawn(sys.stdout):
        click.clear()
    gone = [name for name in names if not (root / name).exists()]
    there = [name for name in names if name not in gone]
    parts = [f"{verb} {_named(some)}" for verb, some in (("saved", there), ("removed", gone)) if some]
    put(painted(f"{time.strftime('%H:%M:%S')} {', '.join(parts)}", sys.stdout, bold=True))


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return harmless(", ".join(names[:_MOST_NAMED]) + more)


def _put_state(state: WatchedState, seconds: float) -> None:
    put_findings(state.findings)
    if report := FORMATS["text"](state.ran):
        put(report)
    told = [summary(state.findings, len(state.project.files))]
    if state.errors:
        told.append("nothing was run")
    elif state.stopped:
        told.append("another save came")
    elif state.ran:
        told.append(f"{len(state.ran)} of {state.total} tests run: {tally(state.ran)}")
    else:
        told.append("no test reads what was saved" if state.total else "there is nothing to test")
    say(f"{'; '.join(told)} ({seconds:.2f} s)")
