"""Helpers for tests of calls to Coda: a local Coda, and tokens that must never be visible."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from codaform.coda.door.pace import Pace, Patience
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.server.access import Limits, Token, Tokens
from codaform.server.faults import Faults, faulty
from codaform.server.rest.endpoint import endpoint
from codaform.server.start import open_workspace, serving
from codaform.server.workspace import Timing, Workspace

CANARY = "canary-7f3a9b2e-never-to-be-seen"
"""The token of the tests: a text that contains it has revealed a token."""

SWIFT = Patience(attempts=8, first=0.005, most=0.05)

FORMULAS = Path(__file__).parents[1] / "formulas"


@dataclass(frozen=True, slots=True)
class Behind:
    """A local Coda and its parts."""

    url: str
    doc: str
    workspace: Workspace
    faults: Faults
    limits: Limits
    tokens: Tokens

    def rest(self, secret: Secret | None = None, pace: Pace | None = None) -> Rest:
        """The REST API of it."""
        return Rest(secret or Secret(CANARY), self.url, pace or Pace({}, SWIFT), timeout=5)

    def finish(self) -> None:
        """Have every read show what was accepted, from another thread than the server's."""
        self.workspace.turns.take()
        try:
            self.workspace.finish()
        finally:
            self.workspace.turns.give()


@contextmanager
def coda(start: Path | None = None, timing: Timing | None = None) -> Iterator[Behind]:
    """A local Coda whose REST token is the canary; it makes changes at once."""
    workspace = open_workspace(start, None, timing or Timing(0.0))
    faults, limits, tokens = Faults(), Limits(), Tokens()
    tokens.add(Token("door", "rest"), CANARY)
    try:
        with serving(faulty(endpoint(workspace, tokens, limits), faults)) as url:
            yield Behind(url, workspace.docs()[-1].record.id, workspace, faults, limits, tokens)
    finally:
        workspace.store.close()


Answer = tuple[int, Mapping[str, str], bytes]


@contextmanager
def scripted(answer: Callable[[str, str, Mapping[str, str], bytes], Answer | None]) -> Iterator[tuple[str, list[str]]]:
    """A server that answers with a function, and the calls that it received.

    answer: Of method, path with query, headers and body; None closes the connection without a word.
    """
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            calls.append(f"{self.command} {self.path}")
            said = answer(self.command, self.path, dict(self.headers), body)
            if said is None:
                self.close_connection = True
                return
            status, headers, content = said
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Ignore clients that do not wait for their answer."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", calls
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def everything_said(error: BaseException) -> str:
    """The text of an exception with its causes, contexts and the local variables of every frame."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = io.StringIO()
    text.write("".join(whole.format()))
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        found = waiting.pop()
        if found is None or found in seen:
            continue
        seen.append(found)
        text.write(f"{found!r} {found!s} {found.args!r} {vars(found)!r}")
        waiting += [found.__cause__, found.__context__]
    return text.getvalue()


@contextmanager
def logged() -> Iterator[list[str]]:
    """All log records of a block, with every detail."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record) + repr(record.args))

    root = logging.getLogger()
    keeper, level = Keeper(), root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(keeper)


class At:
    """A clock that moves only while a caller waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def json_answer(body: bytes, status: int = 200) -> Answer:
    """An answer in JSON."""
    return status, {"Content-Type": "application/json"}, body
