"""The resident process of a project: checks the project, which it keeps read, and formulas on stdin.

`check --daemon` starts it and asks it, on a socket that only the user can reach. It looks at the state of every
file before each answer, holds no token, and ends after some idle minutes.
"""

from __future__ import annotations

import fcntl
import json
import os
import socketserver
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

from codaform import __version__
from codaform.cli.output.findings import fix_notes
from codaform.cli.resident_client import MOST_BYTES
from codaform.cli.select import check_at
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.formats import FORMATS, Report
from codaform.diagnostics.render.text import as_text, summary
from codaform.project.check import check_project
from codaform.project.check_cache import current_program_state
from codaform.project.files import CannotRead, text_of_stdin
from codaform.project.memory import Memory

IDLE = 600.0
"""Seconds without a question until the process ends."""

_SLOW = 10.0
"""Seconds that a client may take to send its question."""

_MOST_ABOUT = 10_000


class ResidentProject:
    """A project that is kept read from one question to the next."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._memory: Memory | None = None
        self._label = ""
        self._program = current_program_state()
        self._turn = Lock()

    def answer(self, about: dict[str, Any], text: bytes) -> dict[str, Any]:
        """The findings of a formula, or of the project, as the client writes them.

        about: `label` for the project: its name in the names of files. The answer is `stale` if codaform has changed.
        """
        with self._turn:
            if current_program_state() != self._program:
                return {"stale": True}
            try:
                if "label" in about:
                    found, checked = self._check(about["label"])
                    notes = fix_notes(found) if about["format"] == "text" else []
                else:
                    source = text_of_stdin(text)
                    project = self._read(self._label).project
                    found, checked = check_at(source, project, about["table"], about["column"]), [source.name]
                    notes = []
            except CannotRead as error:
                return {"refused": str(error)}
        if about["format"] != "text":
            report = FORMATS[about["format"]](Report(found, checked, __version__))
        else:
            report = as_text(found, about["color"]) + "\n" if found else ""
        severities = sorted({one.rule.severity for one in found})
        return {"report": report, "notes": [summary(found, len(checked)), *notes], "severities": severities}

    def _read(self, label: str) -> Memory:
        """The project as its files are now. label: Its name in the names of files."""
        known = self._memory if label == self._label else None
        self._label = label
        self._memory = Memory(self._root, label) if known is None else known.again()
        return self._memory

    def _check(self, label: str) -> tuple[list[Diagnostic], list[str]]:
        memory = self._read(label)
        names = set(memory.project.files)
        return [one for one in check_project(memory.project, memory) if one.source.name in names], sorted(names)


class _Question(socketserver.StreamRequestHandler):
    """One question on a connection: a line of JSON, and the text. The answer is a line of JSON."""

    timeout = _SLOW
    server: _Server

    def handle(self) -> None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            about = json.loads(self.rfile.readline(_MOST_ABOUT))
            text = self.rfile.read(MOST_BYTES + 1)
            reply = {"ended": True} if "end" in about else self.server.project.answer(about, text)
            self.wfile.write(json.dumps(reply).encode() + b"\n")
            self.wfile.flush()
            if "ended" in reply or "stale" in reply:
                self.server.end()


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, place: Path, project: ResidentProject, idle: float) -> None:
        self.project = project
        self.timeout = idle
        self._place = place
        fresh = place.with_suffix(f".{os.getpid()}")
        super().__init__(os.fspath(fresh), _Question)
        fresh.rename(place)  # a socket under this name is one that listens, or listened

    def handle_timeout(self) -> None:
        """Nobody asked for long."""
        self.end()

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that went away."""

    def end(self) -> NoReturn:
        """End the process."""
        with suppress(OSError):
            self._place.unlink()
        os._exit(0)


def serve(place: Path, root: Path, idle: float = IDLE) -> None:
    """Answer on a socket until no question comes for `idle` seconds; return at once if another process does so."""
    os.umask(0o077)
    held = os.open(place.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return
    os.ftruncate(held, 0)
    server = _Server(place, ResidentProject(root), idle)
    os.write(held, b"%d\n" % os.getpid())  # for who looks after processes
    os.write(1, b"ready\n")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while True:
        server.handle_request()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), *map(float, sys.argv[3:]))
