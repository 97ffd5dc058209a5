"""Calls wait for formulas some seconds; others are answered meanwhile; what is computed by then is kept."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sse_starlette.sse import AppStatus

from codaform.evaluation.workbook import Workbook
from codaform.model import budget
from codaform.model.budget import OutOfTime, look_up
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Error, Person
from codaform.semantics.program import bind_doc
from codaform.server import start, turns
from codaform.server.access import Limits, Token, Tokens
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.rest.endpoint import ROOT, endpoint
from codaform.server.storage.seeding import from_project
from codaform.server.storage.store import Store
from codaform.server.turns import run_in_turn
from codaform.server.workspace import Timing, Workspace
from codaform.source import Source

SLOW = "Sequence(1, 60000).FormulaMap(CurrentValue + 1).Count()"
PUSHED = f"ModifyRows(thisRow, t.name, Concatenate({SLOW}))"


@pytest.fixture
def workspace() -> Workspace:
    column = Column("much", "number", formula=Source("much", SLOW))
    button = Column("go", "button", action=Source("go", PUSHED))
    columns = {"name": Column("name", "text"), "much": column, "go": button}
    book = Workbook(bind_doc(Doc("D", {"t": Table("t", columns), "u": Table("u", {"x": Column("x", "text")})}))[0])
    for name in "abc":
        book.add("t", {"name": name})
    workspace = Workspace(Store(), Person("Ada"), Timing(delay=0))
    workspace.clock = book.now
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
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # sse_starlette listens to every server's interrupt, and would end the streams of later tests.
    monkeypatch.setattr(AppStatus, "should_exit", False)
    yield
    turns.ending.clear()


def doc_of(workspace: Workspace) -> LocalDoc:
    return workspace.docs()[0]


def much(workspace: Workspace, id: int = 1) -> object:
    doc = workspace.live(doc_of(workspace).record.id)
    return doc.book.read(next(row for row in doc.book.rows("t") if row.id == id), "much")


def test_a_read_that_takes_too_long_is_told_so_and_goes_on_later(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/docs/{doc_of(workspace).record.id}/tables/t/rows"
    monkeypatch.setattr(turns, "MOST_SECONDS", -1.0)
    monkeypatch.setattr(turns, "AT_ONCE", -1.0)
    status, told = get(workspace, path)
    assert (status, told["message"]) == (503, turns.TOO_SLOW)
    monkeypatch.setattr(turns, "MOST_SECONDS", 60.0)
    status, rows = get(workspace, path)
    assert status == 200
    assert len(rows["items"]) == 3


# ------------------------------------------------------------ others come between


class Slow:
    """Work that goes on computing until another call has had its turn.

    entered: Set when it computes. go_on: Set by the test; until then it looks up again and again.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self.work = work
        self.times = 0
        self.entered, self.go_on = Event(), Event()

    def __call__(self) -> object:
        self.times += 1
        done = self.work()
        self.entered.set()
        while not self.go_on.is_set():
            look_up()
            time.sleep(0)  # as a computation would, let other threads run
        return done


def between(workspace: Workspace, slow: Slow, *, writes: bool, then: Callable[[], Awaitable[Any]]) -> tuple[Any, Any]:
    """What slow work gives, and what comes of something else in the middle of it."""

    async def both() -> tuple[Any, Any]:
        running = asyncio.ensure_future(run_in_turn(workspace.turns, slow, writes=writes))
        while not slow.entered.is_set():
            await asyncio.sleep(0)
        try:
            other = await then()
        finally:
            slow.go_on.set()
        return await running, other

    return asyncio.run(both())


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns.Turns, "take_at_once", lambda _: False)
    monkeypatch.setattr(turns, "MOST_SECONDS", 100.0)
    monkeypatch.setattr(turns, "MOST_SECONDS_A_CHANGE", 100.0)


@pytest.mark.usefixtures("patient")
def test_another_reads_the_same_doc_in_the_middle_of_a_read(workspace: Workspace) -> None:
    slow = Slow(lambda: much(workspace))
    found = between(
        workspace, slow, writes=False, then=lambda: run_in_turn(workspace.turns, lambda: much(workspace, 2))
    )
    assert found == (60_000.0, 60_000.0)
    assert slow.times == 1


@pytest.mark.usefixtures("patient")
def test_a_read_begins_anew_where_somebody_wrote_in_the_middle_of_it(workspace: Workspace) -> None:
    doc = doc_of(workspace).record.id
    table = doc_of(workspace).record.tables[0]
    row = next(iter(workspace.live(doc).rows[table.id].values()))

    def name() -> object:
        return workspace.live(doc).value(table, row, table.columns[0])

    def write() -> object:
        return workspace.do(doc, "update row", {"table": table.id, "row": row.id, "cells": {table.columns[0].id: "z"}})

    slow = Slow(name)
    found, _ = between(workspace, slow, writes=False, then=lambda: run_in_turn(workspace.turns, write, writes=True))
    assert found == "z"
    assert slow.times == 2


@pytest.mark.usefixtures("patient")
def test_other_docs_are_read_in_the_middle_of_a_change_and_its_own_doc_is_not(workspace: Workspace) -> None:
    first = doc_of(workspace)
    other = workspace.add(*from_project(Workbook(bind_doc(Doc("other", {}))[0]), workspace.now)).record.id
    seen: list[str] = []

    def change() -> None:
        workspace.live(first.record.id)
        seen.append("begun")

    slow = Slow(change)

    async def ask() -> tuple[str, list[str]]:
        own = asyncio.ensure_future(
            run_in_turn(workspace.turns, lambda: seen.append(workspace.reading(first.record.id).record.name))
        )
        name = await run_in_turn(workspace.turns, lambda: workspace.reading(other).record.name)
        listed = await run_in_turn(workspace.turns, lambda: [doc.record.name for doc in workspace.docs()])
        assert not own.done()
        seen.append("changed")
        slow.go_on.set()
        await own
        return name, listed

    _, told = between(workspace, slow, writes=True, then=ask)
    assert told == ("other", ["other", "D"])
    assert seen == ["begun", "changed", "D"]


@pytest.mark.usefixtures("patient")
def test_changes_come_in_the_order_of_their_calls(workspace: Workspace) -> None:
    done: list[int] = []

    async def all_of_them() -> None:
        calls = [run_in_turn(workspace.turns, partial(done.append, at), writes=True) for at in range(50)]
        await asyncio.gather(*calls)

    asyncio.run(all_of_them())
    assert done == list(range(50))


def renamed(workspace: Workspace, name: str) -> str:
    """The id of an accepted request that gives the first row another name."""
    doc = doc_of(workspace).record
    cells = {doc.tables[0].columns[0].id: name}
    row = next(iter(workspace.live(doc.id).rows[doc.tables[0].id].values())).id
    return workspace.accept(doc.id, "update row", {"table": doc.tables[0].id, "row": row, "cells": cells})


def test_a_write_is_accepted_without_a_thread_and_never_before_earlier_ones(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.timing = Timing(delay=60)
    handed = [0]
    put = turns._threads.put_in_order
    monkeypatch.setattr(turns._threads, "put_in_order", lambda *job: (handed.__setitem__(0, handed[0] + 1), put(*job)))

    async def accepted(name: str) -> str:
        return await run_in_turn(workspace.turns, lambda: renamed(workspace, name), writes=True, accepts=True)

    asyncio.run(accepted("x"))
    assert handed == [0]

    go_on = Event()

    def earlier() -> str:
        assert go_on.wait(60)
        return renamed(workspace, "y")

    async def both() -> None:
        calls = asyncio.gather(run_in_turn(workspace.turns, earlier, writes=True), accepted("z"))
        while handed != [2]:
            await asyncio.sleep(0)
        go_on.set()
        await calls

    asyncio.run(both())
    workspace.finish()
    assert doc_of(workspace).book.value(doc_of(workspace).book.rows("t")[0], "name") == "z"


def test_a_write_that_is_done_at_once_is_accepted_once(workspace: Workspace) -> None:
    before = workspace.store._db.execute("select count(*) from requests").fetchone()[0]

    async def accepted() -> str:
        return await run_in_turn(workspace.turns, lambda: renamed(workspace, "x"), writes=True, accepts=True)

    assert workspace.state(asyncio.run(accepted())) == (True, None)
    assert workspace.store._db.execute("select count(*) from requests").fetchone()[0] == before + 1


def test_writes_that_are_due_together_are_saved_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, saved = [0.0], [0]
    workspace.timing, workspace.seconds = Timing(delay=1), lambda: clock[0]
    save = workspace.store.save
    monkeypatch.setattr(workspace.store, "save", lambda *one: (saved.__setitem__(0, saved[0] + 1), save(*one)))
    requests = []
    for clock[0], name in ((0.0, "x"), (0.005, "y"), (0.5, "z")):
        requests.append(renamed(workspace, name))
    clock[0] = 1.0
    assert [workspace.store.state(one) for one in requests] == [(False, None)] * 3
    assert workspace.state(requests[0]) == (True, None)
    assert [workspace.state(one) for one in requests] == [(True, None), (True, None), (False, None)]
    assert saved == [1]
    assert doc_of(workspace).book.value(doc_of(workspace).book.rows("t")[0], "name") == "y"


def test_what_is_being_computed_does_not_look_like_a_circle_to_others() -> None:
    doc = Doc("D", {"t": Table("t", {"much": Column("much", "number", formula=Source("much", SLOW))})})
    book = Workbook(bind_doc(doc)[0])
    row = book.add("t", {})
    between: list[object] = []

    def look(_: int) -> None:
        if not between:
            between.append("now")
            aside = book.set_aside()
            assert not book.at_work
            between.append(book.value(row, "much"))
            book.take_up(aside)
            assert book.at_work

    token = budget.watch.set(look)
    try:
        assert book.value(row, "much") == 60_000
    finally:
        budget.watch.reset(token)
    assert between == ["now", 60_000]
    assert not book.at_work


def test_a_long_list_is_gone_through_with_looks() -> None:
    doc = Doc("D", {"t": Table("t", {"much": Column("much", "number", formula=Source("much", SLOW))})})
    book = Workbook(bind_doc(doc)[0])
    row, looks = book.add("t", {}), [0]

    def look(_: int) -> None:
        looks[0] += 1

    token = budget.watch.set(look)
    try:
        assert not isinstance(book.value(row, "much"), Error)
    finally:
        budget.watch.reset(token)
    assert looks[0] > 50


# ------------------------------------------------------------ ending


def test_an_interrupt_ends_what_is_being_computed(workspace: Workspace) -> None:
    server = start._server(lambda *_: None, 0)  # type: ignore[arg-type]
    call = turns.PendingCall(workspace.turns, time.monotonic() + 60)

    def work() -> None:
        doc = doc_of(workspace)
        server.handle_exit(signal.SIGINT, None)
        doc.book.read(doc.book.rows("t")[0], "much")

    with pytest.raises(OutOfTime):
        call.run_in_turn(work)
    assert server.should_exit
    assert server.config.timeout_graceful_shutdown == 0


@pytest.mark.parametrize("why", ["ending", "too long"])
def test_a_change_that_is_broken_off(tmp_path: Path, workspace: Workspace, why: str, monkeypatch: Any) -> None:
    space = Workspace(Store(tmp_path / "f.sqlite"), Person("Ada"), Timing(delay=60))
    first = doc_of(workspace)
    doc = space.add(first.record, first.rows).record
    table = doc.tables[0]
    button = next(column.id for column in table.columns if column.column.name == "go")
    row = next(iter(space.live(doc.id).rows[table.id].values()))
    request = space.accept(doc.id, "push button", {"table": table.id, "row": row.id, "button": button})
    if why == "ending":
        turns.ending.set()
        with pytest.raises(OutOfTime):
            space.finish()
        turns.ending.clear()
        assert space.store.state(request) == (False, None)
        space.store.close()
        again = Workspace(Store(tmp_path / "f.sqlite"), Person("Ada"))
        again.finish()
        assert again.live(doc.id).book.value(again.live(doc.id).book.rows("t")[0], "name") == "60000"
        assert again.store.state(request) == (True, None)
    else:
        monkeypatch.setattr(turns, "MOST_SECONDS_A_CHANGE", -1.0)
        space.finish()
        assert space.store.state(request) == (True, turns.TOO_SLOW_A_CHANGE)
        assert space.live(doc.id).book.value(space.live(doc.id).book.rows("t")[0], "name") == "a"


def test_a_shortage_is_told_in_one_line_and_once(caplog: pytest.LogCaptureFixture) -> None:
    server = start._server(lambda *_: None, 0)  # type: ignore[arg-type]
    loop = asyncio.new_event_loop()
    try:
        for _ in range(100):
            server._log_problem(loop, {"message": "", "exception": OSError(24, "Too many open files")})
    finally:
        loop.close()
    (record,) = caplog.records
    assert record.exc_info is None
    assert "Too many open files" in record.getMessage()


SECONDS_TO_END = 10.0
"""Far more than it takes, for a busy machine; what would hold it up holds it up for good."""


@pytest.mark.faults
@pytest.mark.parametrize("short", [False, True], ids=["held up", "out of descriptors"])
def test_ctrl_c_ends_a_server_at_once(tmp_path: Path, short: bool) -> None:
    long = "Sequence(1, 900000).FormulaMap(CurrentValue + thisRow.n).Count()"
    (tmp_path / "doc.yml").write_text("doc: Slow\n")
    (tmp_path / "t").mkdir()
    (tmp_path / "t/table.yml").write_text(
        "table: t\ncolumns:\n  - {name: name, type: text, display: true, key: true}\n  - {name: n, type: number}\n"
        f'  - {{name: much, type: number, formula: "{long}"}}\n  - {{name: go, type: button, action: go.coda}}\n'
    )
    (tmp_path / "t/go.coda").write_text(f"ModifyRows(thisRow, t.n, t.FormulaMap({long}).Sum())\n")
    (tmp_path / "t/rows.csv").write_text("name,n\n" + "".join(f"r{n},{n}\n" for n in range(60)))
    environment = {**os.environ, "CODAFORM_TOKEN": "tok"}
    few = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))) if short else None
    process = subprocess.Popen(
        [sys.executable, "-m", "codaform", "serve", str(tmp_path), "--port", "0", "--delay", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=few,
    )  # fmt: skip
    sockets: list[socket.socket] = []
    try:
        assert process.stdout is not None
        told = "".join(process.stdout.readline() for _ in range(3))
        doc = re.search(r"Slow  (\S+)", told)[1]  # type: ignore[index]
        port = int(re.search(r"127\.0\.0\.1:(\d+)", told)[1])  # type: ignore[index]
        head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer tok\r\n"
        rows = f"/apis/v1/docs/{doc}/tables/t/rows"
        half = f"GET {rows} HTTP/1.1\r\nHo"
        requests = [
            half,
            f"POST {rows} HTTP/1.1\r\n{head}Content-Length: 100\r\n\r\nabc",
            f"GET {rows} HTTP/1.1\r\n{head}\r\n",
            f"POST {rows}/r1/buttons/go HTTP/1.1\r\n{head}Content-Length: 2\r\n\r\n{{}}",
        ]
        for request in [half] * 60 if short else requests:
            sockets.append(socket.create_connection(("127.0.0.1", port), 10))
            sockets[-1].sendall(request.encode())
        if short:
            assert "Too many open files" in _line_with(process, "No more connections")
        else:  # it answers others all the same
            sockets.append(socket.create_connection(("127.0.0.1", port), 30))
            sockets[-1].sendall(f"GET /apis/v1/whoami HTTP/1.1\r\n{head}\r\n".encode())
            assert sockets[-1].recv(100).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS_TO_END)
        assert process.returncode == 130
        assert "Traceback" not in errors
        assert time.monotonic() - begun < SECONDS_TO_END
    finally:
        process.kill()
        for connection in sockets:
            connection.close()


def _line_with(process: subprocess.Popen[str], text: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return line
    raise AssertionError("it was not told")
