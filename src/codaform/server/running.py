"""Serving an application on loopback: until it is interrupted, or beside other work."""

from __future__ import annotations

import asyncio
import errno
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from codaform.server.faults import CONNECTION
from codaform.server.waiting import ending

HOST = "127.0.0.1"
"""The one address that is ever served on: a local Coda is for the machine that it runs on."""


_SHORT_OF = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_SECONDS_BETWEEN = 60.0
"""How often the same shortage is told."""

_log = logging.getLogger(__name__)


class CannotServe(Exception):
    """Why nothing could be served, in one line."""


class _Droppable(HttpToolsProtocol):
    """HTTP over a connection that requests know, so that faults can drop it."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        app = self.app

        async def with_connection(scope: Any, receive: Any, send: Any) -> None:
            scope[CONNECTION] = transport
            await app(scope, receive, send)

        self.app = with_connection


class _Server(uvicorn.Server):
    """A server that an interrupt ends at once: nobody's slow reading, half a request or long formula holds it up."""

    _told = float("-inf")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        ending.set()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: Any = None) -> None:
        asyncio.get_running_loop().set_exception_handler(self._tell)
        await super().startup(sockets)

    def _tell(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Tell what the loop met; a shortage of the machine in a line, for the loop tries again by itself."""
        problem = context.get("exception")
        if self.should_exit:
            return
        if not isinstance(problem, OSError) or problem.errno not in _SHORT_OF:
            loop.default_exception_handler(context)
        elif time.monotonic() - self._told > _SECONDS_BETWEEN:
            self._told = time.monotonic()
            _log.error("No more connections can be taken now (%s); new ones wait until others end.", problem.strerror)


def _server(app: ASGIApp, port: int) -> uvicorn.Server:
    # Errors alone: what is no HTTP is answered with 400, and uvicorn's advice on WebSockets would lead astray.
    config = uvicorn.Config(
        app,
        HOST,
        port,
        http=_Droppable,
        ws="none",
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=0,
    )
    return _Server(config)


def serve(app: ASGIApp, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted. Raises CannotServe where the port is taken.

    port: 0 for any that is free. ready: Told the address as soon as it answers.
    """
    ending.clear()
    with _bound(port) as socket:
        ready(f"http://{HOST}:{socket.getsockname()[1]}")
        _server(app, port).run(sockets=[socket])


@contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Serve in a thread of its own; gives the address, and ends with the block. Raises CannotServe."""
    with _bound(port) as socket:
        server = _server(app, port)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise CannotServe("the local Coda did not start")
                time.sleep(0.005)
            yield f"http://{HOST}:{socket.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def _bound(port: int) -> Iterator[Any]:
    import socket

    # Only where the protocol is named does asyncio send small replies at once; else each one waits 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
        except OSError as error:
            raise CannotServe(f"port {port} cannot be served: {error.strerror or error}") from None
        bound.listen(128)
        yield bound
