"""A call that reads waits for formulas some seconds, then it is told so; what is computed by then is kept."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from codaform.evaluation.workbook import Workbook
from codaform.model.budget import OutOfTime
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Person
from codaform.semantics.program import understand
from codaform.server import running, waiting
from codaform.server.limits import Limits
from codaform.server.rest.endpoint import ROOT, endpoint
from codaform.server.storage.seeding import from_project
from codaform.server.storage.store import Store
from codaform.server.tokens import Token, Tokens
from codaform.server.workspace import Timing, Workspace
from codaform.source import Source

SLOW = "Sequence(1, 60000).FormulaMap(CurrentValue + 1).Count()"


@pytest.fixture
def workspace() -> Workspace:
    column = Column("much", "number", formula=Source("much", SLOW))
    book = Workbook(understand(Doc("D", {"t": Table("t", {"name": Column("name", "text"), "much": column})}))[0])
    for name in "abc":
        book.add("t", {"name": name})
    workspace = Workspace(Store(), Person("Ada"), Timing(delay=0))
    workspace.add(*from_project(book, book.now))
    return workspace


def get(workspace: Workspace, path: str) -> tuple[int, Any]:
    """The status and the body of a call of the REST API, without a network between."""
    tokens = Tokens()
    app = endpoint(workspace, tokens, Limits())
    secret = tokens.add(Token("t", "rest"))
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": ROOT + path, "raw_path": (ROOT + path).encode(), "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {secret}".encode())], "scheme": "http",
        "server": ("127.0.0.1", 80),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    waiting.ending.clear()


def test_a_read_that_takes_too_long_is_told_so_and_goes_on_later(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (doc,) = workspace.docs()
    path = f"/docs/{doc.record.id}/tables/t/rows"
    monkeypatch.setattr(waiting, "MOST_SECONDS", 0.0)
    status, told = get(workspace, path)
    assert (status, told["message"]) == (503, waiting.TOO_SLOW)
    assert get(workspace, "/docs")[0] == 200
    monkeypatch.setattr(waiting, "MOST_SECONDS", 60.0)
    status, rows = get(workspace, path)
    assert status == 200
    assert len(rows["items"]) == 3


def test_a_change_is_not_left_half_done(workspace: Workspace) -> None:
    (doc,) = workspace.docs()
    row = doc.book.rows("t")[0]
    with waiting.waiting(0.0):
        with waiting.undisturbed():
            assert doc.book.read(row, "much") == 60_000
        with pytest.raises(OutOfTime):
            doc.book.read(doc.book.rows("t")[1], "much")


def test_an_interrupt_ends_what_is_being_computed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    server = running._server(lambda *_: None, 0)  # type: ignore[arg-type, return-value]
    (doc,) = workspace.docs()
    with waiting.waiting(60.0):
        server.handle_exit(signal.SIGINT, None)
        with pytest.raises(OutOfTime):
            doc.book.read(doc.book.rows("t")[0], "much")
    assert server.should_exit
    assert server.config.timeout_graceful_shutdown == 0
