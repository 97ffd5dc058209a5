"""Starting a local Coda: the workspace that it serves, and the server on loopback."""

from __future__ import annotations

import asyncio
import errno
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from ssl import SSLContext
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from codaform.model.schema import Doc
from codaform.model.values import Person
from codaform.project.locate import reason
from codaform.project.project import Project
from codaform.project.session import Session
from codaform.server.access import Limits, Token
from codaform.server.app import LocalCoda, application
from codaform.server.doc.records import DocRecord, Rows
from codaform.server.faults import CONNECTION, Faults
from codaform.server.storage.seeding import BadSnapshot, empty_doc, from_project, from_snapshot
from codaform.server.storage.store import CannotOpen, Store
from codaform.server.turns import ending
from codaform.server.workspace import Timing, Workspace

SOMEBODY = Person("Local Maker", "maker@localhost.example")
"""The user of a doc without one."""


def open_workspace(start: Path | None, file: Path | None = None, timing: Timing | None = None) -> Workspace:
    """The workspace, with at least one doc.

    start: A project's folder or a snapshot, for a file without docs.
    Raises CannotOpen, and CannotRead for a folder that is no project.
    """
    session = Session.open(start) if start is not None and not start.is_file() else None
    project = session.project if session is not None else None
    store = Store(file)
    try:
        workspace = Workspace(store, (project.user if project is not None else None) or SOMEBODY, timing)
    except CannotOpen:
        store.close()
        raise
    if session is not None and session.project.clock:
        workspace.clock = session.now
    untitled = empty_doc("Untitled", datetime.now(UTC))  # once, for the same ids in every seed

    if session is not None:
        workspace.people = cache(lambda: people_of(session))

    def seed() -> list[tuple[DocRecord, Rows]]:
        if session is not None:
            return [from_project(session.book, workspace.now)]
        docs = _snapshot(start) if start is not None else []
        return docs or [(deepcopy(untitled), {})]

    workspace.seed = seed
    try:
        workspace.fill()
    except CannotOpen:
        workspace.store.close()
        raise
    return workspace


def open_project(project: Project, file: Path, timing: Timing | None = None) -> Workspace:
    """The workspace of a project's environment `local`: a doc in a file, empty at first.

    At every opening, the doc takes its settings from doc.yml: name, description, time zone, first day of the week,
    and so do the clock and the user. Raises CannotOpen.
    """
    store = Store(file)
    try:
        workspace = Workspace(store, project.user or SOMEBODY, timing)
        if project.clock:
            workspace.clock = Session(project).now
        workspace.people = cache(lambda: people_of(Session(project)))
        workspace.seed = lambda: [(empty_doc(project.doc.name, workspace.now), {})]
        workspace.fill()
        if not project.lost:
            _adopt_settings(workspace, project.doc)
    except CannotOpen:
        store.close()
        raise
    return workspace


def people_of(session: Session) -> tuple[Person, ...]:
    """The people in the entered cells of a project's rows."""
    found: dict[Person, None] = {}
    for table in session.book.doc.tables.values():
        columns = [name for name, column in table.columns.items() if column.kind == "person" and not column.computed]
        for row in session.book.rows(table.name) if columns else ():
            for value in (session.book.value(row, name) for name in columns):
                people = value if isinstance(value, list) else [value]
                found |= dict.fromkeys(person for person in people if isinstance(person, Person))
    return tuple(found)


def _adopt_settings(workspace: Workspace, wanted: Doc) -> None:
    """Give the oldest doc the settings of a project's doc."""
    doc = workspace.live(workspace.docs()[-1].record.id)
    record = doc.record
    names = ("name", "about", "time_zone", "first_day_of_week", "assume")
    if any(getattr(record, name) != getattr(wanted, name) for name in names):
        for name in names:
            setattr(record, name, getattr(wanted, name))
        doc.rebuild()
        workspace.store.save(doc)


def _snapshot(path: Path) -> list[tuple[DocRecord, Rows]]:
    try:
        return from_snapshot(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise CannotOpen(f"{path} cannot be used: it is no text in UTF-8") from None
    except OSError as error:
        raise CannotOpen(f"{path} cannot be used: {reason(error)}") from None
    except BadSnapshot as error:
        raise CannotOpen(f"{path} cannot be used: {error}") from None


_HOST = "127.0.0.1"
"""The only address to serve on: a local Coda is for its own machine."""


@dataclass(frozen=True, slots=True)
class RunningCoda:
    """A local Coda that answers.

    url: Its address, where the page is. token, mcp_token: The secrets that open its two APIs. doc_id: The first doc.
    parts: Its parts, for tests that reach inside.
    """

    url: str
    token: str
    mcp_token: str
    doc_id: str
    parts: LocalCoda

    @property
    def api(self) -> str:
        """The address of the REST API."""
        return f"{self.url}/apis/v1"

    @property
    def mcp(self) -> str:
        """The address of the MCP server."""
        return f"{self.url}/apis/mcp"

    @property
    def faults(self) -> Faults:
        """The faults that it has on purpose."""
        return self.parts.faults

    @property
    def limits(self) -> Limits:
        """Its rate limits; none at first."""
        return self.parts.limits

    @property
    def timing(self) -> Timing:
        """How long writes take, and how stale reads are."""
        return self.parts.workspace.timing

    def set_clock(self, now: datetime | None) -> None:
        """Stop its clock at a moment, or let it run again."""
        self.parts.workspace.clock = now

    def finish(self) -> None:
        """Apply everything that it accepted; every read shows it from now on."""
        turns = self.parts.workspace.turns
        turns.take()
        try:
            self.parts.workspace.finish()
        finally:
            turns.give()


# ------------------------------------------------------------ serving


_SHORT_OF = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_SECONDS_BETWEEN = 60.0
"""The time between two log lines about the same shortage."""

_log = logging.getLogger(__name__)


class CannotServe(Exception):
    """The reason that the server cannot start, in one line."""


class _Droppable(HttpToolsProtocol):
    """HTTP whose requests have their connection in the scope, so that faults can drop it."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        app = self.app

        async def with_connection(scope: Any, receive: Any, send: Any) -> None:
            scope[CONNECTION] = transport
            await app(scope, receive, send)

        self.app = with_connection


class _Server(uvicorn.Server):
    """A server that ends at once on an interrupt, despite slow readers, half requests and long formulas."""

    _last_logged = float("-inf")
    _loop: asyncio.AbstractEventLoop | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        ending.set()
        super().handle_exit(sig, frame)

    def end(self) -> None:
        """End it from another thread, at once; uvicorn looks whether it has to end ten times a second."""
        self.should_exit = True
        if self._loop is not None:  # else it never started
            with suppress(RuntimeError):  # its loop is closed: it has ended by itself
                self._loop.call_soon_threadsafe(self._asked_to_end.set)

    async def startup(self, sockets: Any = None) -> None:
        self._loop, self._asked_to_end = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._log_problem)
        await super().startup(sockets)

    async def main_loop(self) -> None:
        looking, asked = asyncio.create_task(super().main_loop()), asyncio.create_task(self._asked_to_end.wait())
        done, waiting = await asyncio.wait({looking, asked}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        for task in done:
            task.result()

    async def shutdown(self, sockets: Any = None) -> None:
        await asyncio.sleep(0)  # so that the task of a request that has its reply is gone
        if self.server_state.tasks:
            await super().shutdown(sockets)
            return
        # uvicorn would wait for a tenth of a second, though no request runs.
        for closed in (*self.servers, *(sockets or ())):
            closed.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self.lifespan.shutdown()

    def _log_problem(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log a problem of the loop; a shortage of the machine in one line, since the loop tries again."""
        problem = context.get("exception")
        if self.should_exit:
            return
        if not isinstance(problem, OSError) or problem.errno not in _SHORT_OF:
            loop.default_exception_handler(context)
        elif time.monotonic() - self._last_logged > _SECONDS_BETWEEN:
            self._last_logged = time.monotonic()
            _log.error("No more connections can be taken now (%s); new ones wait until others end.", problem.strerror)


def _server(app: ASGIApp, port: int, tls: SSLContext | None = None) -> _Server:
    # Errors alone: bad HTTP gets a 400, and uvicorn's advice on WebSockets would mislead.
    config = uvicorn.Config(
        app,
        _HOST,
        port,
        http=_Droppable,
        ws="none",
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=0,
    )
    config.load()
    config.ssl = tls
    return _Server(config)


def serve_until_interrupted(
    parts: LocalCoda,
    port: int,
    name: str,
    ready: Callable[[RunningCoda], None],
    tokens: tuple[str, str] = ("", ""),
    tls: SSLContext | None = None,
) -> None:
    """Serve a local Coda until an interrupt. Raises CannotServe if the port is taken.

    port: 0 for any free one. name: The name of its tokens. ready: Called once it answers.
    tokens: The secrets of its tokens for REST and MCP; an empty text makes a new one. tls: For HTTPS.
    """
    ending.clear()
    with _bound(port) as socket:
        ready(_running(parts, parts.public_url or _url(socket, tls), name, *tokens))
        _server(application(parts), port, tls).run(sockets=[socket])


@contextmanager
def running_coda(workspace: Workspace, name: str = "codaform", tls: SSLContext | None = None) -> Iterator[RunningCoda]:
    """Serve a workspace beside other work, on a free port; the end of the block closes it. Raises CannotServe.

    name: The name of its tokens. tls: For HTTPS.
    """
    parts = LocalCoda(workspace)
    try:
        with serving(application(parts), tls=tls) as url:
            yield _running(parts, url, name)
    finally:
        workspace.close()


def _running(parts: LocalCoda, url: str, name: str, token: str = "", mcp_token: str = "") -> RunningCoda:
    token, mcp_token = parts.tokens.add(Token(name, "rest"), token), parts.tokens.add(Token(name, "mcp"), mcp_token)
    docs = parts.workspace.docs()
    return RunningCoda(url, token, mcp_token, docs[-1].record.id if docs else "", parts)


@contextmanager
def serving(app: ASGIApp, port: int = 0, tls: SSLContext | None = None) -> Iterator[str]:
    """Serve an application in a thread until the end of the block; gives its address. Raises CannotServe."""
    with _bound(port) as socket:
        server = _server(app, port, tls)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise CannotServe("the local Coda did not start")
                time.sleep(0.005)
            yield _url(socket, tls)
        finally:
            server.end()
            thread.join(10)


def _url(socket: Any, tls: SSLContext | None) -> str:
    return f"{'https' if tls is not None else 'http'}://{_HOST}:{socket.getsockname()[1]}"


@contextmanager
def _bound(port: int) -> Iterator[Any]:
    import socket

    # asyncio sends small replies at once only with a named protocol; otherwise each waits 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((_HOST, port))
        except OSError as error:
            raise CannotServe(f"port {port} cannot be served: {error.strerror or error}") from None
        bound.listen(128)
        yield bound
