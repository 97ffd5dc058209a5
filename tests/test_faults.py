"""Faults on demand and the control endpoints: what goes wrong, for whom, and what a client sees of it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import small_docs
from codaform.server import control
from codaform.server.access import CODA_LIMITS, Limits, Token, Tokens
from codaform.server.faults import BadFault, Dropped, Faults, InjectedFault, faulty
from codaform.server.rest.endpoint import endpoint
from codaform.server.start import serving
from codaform.server.storage.seeding import from_snapshot
from codaform.server.storage.store import Store
from codaform.server.workspace import Timing, Workspace, injected_timing
from small_docs import Clock, cells, shown, table

PATH = "/apis/v1/jobs"


@dataclass
class Place:
    """A small application that reads and writes jobs, with its faults, on a port of its own."""

    workspace: Workspace
    doc: str
    faults: Faults
    tokens: Tokens = field(default_factory=Tokens)
    limits: Limits = field(default_factory=Limits)
    url: str = ""

    def ask(
        self,
        method: str,
        path: str = PATH,
        body: object = None,
        text: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and body of a reply, JSON where it is JSON. A new connection each time."""
        reply, content = self.reply(method, path, body, text, headers or {})
        is_json = (reply.headers["content-type"] or "").startswith("application/json")
        return reply.status, json.loads(content) if is_json else content.decode()

    def reply(
        self,
        method: str,
        path: str = PATH,
        body: object = None,
        text: bytes | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """A reply with its headers, and its body as it came."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request(method, path, json.dumps(body).encode() if text is None else text, dict(headers))
            reply = connection.getresponse()
            return reply, reply.read()
        finally:
            connection.close()

    def titles(self) -> list[object]:
        """The titles of the jobs as they are, seen from inside."""
        return shown(self.workspace.live(self.doc), "jobs", "title")


def application(place: Place) -> Starlette:
    """Jobs at `/apis/v1/jobs`, read with GET and added with POST; and the control endpoints."""

    async def jobs(request: Request) -> JSONResponse:
        live = place.workspace.live(place.doc)
        if request.method == "GET":
            return JSONResponse(shown(place.workspace.reading(place.doc), "jobs", "title"))
        title = (await request.json())["title"]
        rows = {"rows": [cells(live, "jobs", title=title)], "row_ids": [f"i-{title}"]}
        accepted = place.workspace.accept(place.doc, "upsert rows", {"table": table(live, "jobs").id, **rows})
        return JSONResponse({"requestId": accepted}, 202)

    async def state(request: Request) -> JSONResponse:
        known = place.workspace.state(request.path_params["id"])
        return JSONResponse({"completed": known[0]} if known else {}, 200 if known else 404)

    endpoints = control.routes(place.workspace, place.tokens, place.limits, place.faults)
    served = [Route(PATH, jobs, methods=["GET", "POST"]), Route("/apis/v1/mutationStatus/{id}", state)]
    return Starlette(routes=[*served, *endpoints])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The application, served; writes take no time."""
    with served(tmp_path) as place:
        yield place


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The application, served once for requests that change nothing."""
    with served(tmp_path_factory.mktemp("untouched")) as place:
        yield place


@contextlib.contextmanager
def served(tmp_path: Path) -> Iterator[Place]:
    workspace, doc = small_docs.workspace(tmp_path, Timing(delay=0), store=Store(tmp_path / "kept.sqlite"))
    workspace.seconds = time.monotonic
    workspace.seed = lambda: [small_docs.seed(tmp_path)]
    place = Place(workspace, doc, Faults())
    app = application(place)
    with serving(faulty(app, place.faults)) as url:
        place.url = url
        yield place
    workspace.store.close()


FIRST = ["first", "second", "third"]


# ------------------------------------------------------------ refusals


def test_without_faults_nothing_goes_wrong(place: Place) -> None:
    assert place.ask("GET") == (200, FIRST)
    assert place.ask("POST", body={"title": "fourth"})[0] == 202
    assert place.ask("GET") == (200, [*FIRST, "fourth"])


def test_a_burst_of_429_says_nothing_of_when_to_come_again(place: Place) -> None:
    place.faults.add(status=429, times=3)
    phrase = "Too Many Requests"
    for _ in range(3):
        reply, content = place.reply("GET")
        assert (reply.status, json.loads(content)) == (
            429,
            {"statusCode": 429, "statusMessage": phrase, "message": phrase},
        )
        assert not {name.lower() for name in reply.headers} & {"retry-after", "x-ratelimit-limit"}
    assert place.ask("GET") == (200, FIRST)
    assert place.faults.met() == [3]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_gateway_answers_with_html(place: Place, status: int) -> None:
    place.faults.add(status=status, method="POST")
    reply, content = place.reply("POST", body={"title": "lost"})
    assert reply.status == status
    assert (reply.headers["content-type"] or "").startswith("text/html")
    assert f"<h1>{status} ".encode() in content
    assert place.titles() == FIRST
    assert place.ask("GET") == (200, FIRST), "only POST was asked for"


def test_a_refusal_may_come_after_the_write_took_effect(place: Place) -> None:
    place.faults.add(status=504, after=True, method="POST", times=1)
    assert place.ask("POST", body={"title": "fourth"})[0] == 504
    assert place.titles() == [*FIRST, "fourth"]


def test_a_fault_may_wait_for_a_later_call(place: Place) -> None:
    place.faults.add(status=429, path=PATH, skip=2, times=1)
    assert [place.ask("GET")[0] for _ in range(5)] == [200, 200, 429, 200, 200]
    assert place.ask("GET", "/apis/v1/mutationStatus/x")[0] == 404


def test_the_first_fault_that_ends_a_call_is_the_only_one_that_sees_it() -> None:
    faults = Faults()
    faults.set({"faults": [{"slow": 1, "delay": 2}, {"status": 500, "times": 1}, {"status": 429, "times": 1}]})
    met = [faults.meet("GET", "/") for _ in range(3)]
    assert [each.ends.status if each.ends else None for each in met] == [500, 429, None]
    assert {each.slow for each in met} == {1.0}
    assert [dict(each.timing) for each in met] == [{"delay": 2.0}] * 3
    assert faults.met() == [3, 1, 1]


def test_a_fault_may_meet_so_many_calls_in_each_span_of_time() -> None:
    clock = Clock()
    faults = Faults(clock)
    faults.add(status=429, times=2, window=10)
    hits = []
    for _ in range(8):
        hits.append(faults.meet("GET", "/").ends is not None)
        clock.at += 3
    # At 0 and 3; again when the first of them is more than ten seconds ago, and so on.
    assert hits == [True, True, False, False, True, True, False, False]


def test_chance_is_the_same_each_time() -> None:
    def hits(seed: int, **more: object) -> list[bool]:
        faults = Faults()
        faults.add(status=500, chance=0.2, seed=seed, **more)
        return [faults.meet("GET", "/").ends is not None for _ in range(500)]

    assert hits(1) == hits(1)
    assert hits(1) != hits(2)
    assert 60 < sum(hits(1)) < 140
    assert hits(1, times=5) == [hit and sum(hits(1)[: at + 1]) <= 5 for at, hit in enumerate(hits(1))]


# ------------------------------------------------------------ connections


def test_a_connection_dropped_before_the_write(place: Place) -> None:
    place.faults.add(drop=True, method="POST", times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        place.ask("POST", body={"title": "fourth"})
    assert place.titles() == FIRST
    assert place.ask("POST", body={"title": "fourth"})[0] == 202


def test_a_connection_dropped_after_the_write(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.faults.add(drop=True, after=True, method="POST", times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        place.ask("POST", body={"title": "fourth"})
    assert place.titles() == [*FIRST, "fourth"]
    assert place.ask("GET") == (200, [*FIRST, "fourth"]), "the server is as well as before"
    assert caplog.records == [], "what was asked for is no trouble for the log"


def test_not_one_byte_comes_over_a_dropped_connection(place: Place) -> None:
    place.faults.add(drop=True, times=1, skip=1)
    host, port = "127.0.0.1", urlsplit(place.url).port
    with socket.create_connection((host, port), timeout=10) as connection:
        request = f"GET {PATH} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        connection.sendall(request)
        received = b""
        while not received.endswith(b'"third"]'):
            received += connection.recv(65536)
        assert received.startswith(b"HTTP/1.1 200")
        connection.sendall(request)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(65536) == b""


def test_a_large_body_is_dropped_too(place: Place) -> None:
    place.faults.add(drop=True, times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        place.ask("POST", text=b"x" * 3_000_000)
    assert place.ask("GET") == (200, FIRST)


def test_a_client_in_the_same_process_gets_an_exception(place: Place) -> None:
    place.faults.add(drop=True, after=True)
    said: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b'{"title": "fourth"}', "more_body": False}

    async def send(message: object) -> None:
        said.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": [], "query_string": b"", "root_path": ""}
    with pytest.raises(Dropped):
        asyncio.run(faulty(application(place), place.faults)(scope, receive, send))  # type: ignore[arg-type]
    assert said == []
    assert place.titles() == [*FIRST, "fourth"]


# ------------------------------------------------------------ the API


def test_too_many_requests_in_the_middle_of_paging(place: Place) -> None:
    """The pages of a list go on where they were, once the burst is over."""
    token = place.tokens.add(Token("tests", "rest"))
    rows = f"/apis/v1/docs/{place.doc}/tables/jobs/rows"
    with serving(faulty(endpoint(place.workspace, place.tokens, place.limits), place.faults)) as place.url:
        place.faults.add(status=429, method="GET", path=rows, skip=1, times=2)
        address: str | None = f"{rows}?limit=1"
        statuses, found = [], []
        while address is not None:
            status, body = place.ask("GET", address, headers={"Authorization": f"Bearer {token}"})
            statuses.append(status)
            if status == 200:
                found += [row["name"] for row in body["items"]]
                address = (
                    body.get("nextPageLink") and urlsplit(body["nextPageLink"])._replace(scheme="", netloc="").geturl()
                )
    assert statuses == [200, 429, 429, 200, 200]
    assert found == FIRST


# ------------------------------------------------------------ time


@pytest.mark.slow
def test_a_slow_reply(place: Place) -> None:
    place.faults.add(slow=0.3, times=1)
    began = time.monotonic()
    assert place.ask("GET") == (200, FIRST)
    assert time.monotonic() - began >= 0.3
    place.faults.add(slow=5, method="POST", times=1)
    with contextlib.closing(http.client.HTTPConnection(urlsplit(place.url).netloc, timeout=0.3)) as connection:
        connection.request("POST", PATH, b'{"title": "fourth"}')
        with pytest.raises(TimeoutError):
            connection.getresponse()
    assert place.titles() == [*FIRST, "fourth"], "the write was in time, only its reply was not"
    assert place.ask("GET") == (200, [*FIRST, "fourth"])


def test_slow_and_then_refused(place: Place) -> None:
    place.faults.add(slow=0.2, status=504, method="POST", times=1)
    began = time.monotonic()
    assert place.ask("POST", body={"title": "fourth"})[0] == 504
    assert time.monotonic() - began >= 0.2
    assert place.titles() == FIRST


def test_one_write_is_never_done(place: Place) -> None:
    place.faults.add(stuck=True, method="POST", skip=1, times=1)
    requests = [place.ask("POST", body={"title": title})[1]["requestId"] for title in ("a", "b", "c")]
    states = [place.ask("GET", f"/apis/v1/mutationStatus/{request}")[1] for request in requests]
    assert states == [{"completed": True}, {"completed": False}, {"completed": True}]
    assert place.titles() == [*FIRST, "a", "c"]


def test_one_write_takes_longer_and_is_seen_later(place: Place) -> None:
    place.workspace.seconds = clock = Clock()
    place.faults.add(delay=50, times=1, method="POST")
    place.faults.add(staleness=50, times=1, skip=1, method="POST")
    for title in ("slow", "unseen"):
        place.ask("POST", body={"title": title})
    assert place.titles() == FIRST
    clock.at += 51
    assert place.titles() == [*FIRST, "slow", "unseen"]
    assert place.ask("GET") == (200, [*FIRST, "slow"])
    clock.at += 50
    assert place.ask("GET") == (200, [*FIRST, "slow", "unseen"])


def test_injected_timing_ends_with_its_call() -> None:
    faults, seen = Faults(), []
    faults.add(stuck=True, times=1)

    async def app(*_: object) -> None:
        seen.append(dict(injected_timing.get()))

    async def calls() -> None:
        for _ in range(2):
            await faulty(app, faults)({"type": "http", "method": "GET", "path": "/"}, None, None)  # type: ignore[arg-type]
            seen.append(dict(injected_timing.get()))

    asyncio.run(calls())
    assert seen == [{"stuck": True}, {}, {}, {}]


def test_the_state_of_a_write_is_unknown_at_first(place: Place) -> None:
    place.faults.add(unknown=0.3, method="POST")
    request = place.ask("POST", body={"title": "fourth"})[1]["requestId"]
    assert place.ask("GET", f"/apis/v1/mutationStatus/{request}")[0] == 404
    time.sleep(0.4)
    assert place.ask("GET", f"/apis/v1/mutationStatus/{request}") == (200, {"completed": True})


# ------------------------------------------------------------ what faults can be


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ([], "object"),
        (None, "object"),
        ({"fault": []}, "fault: "),
        ({"faults": {}}, "faults: "),
        ({"faults": [{}], "renamed": {"table_create": ""}}, "renamed.table_create: "),
        ({"faults": [{"status": 200}]}, "faults.0.status: "),
        ({"faults": [{"status": "429"}]}, "faults.0.status: "),
        ({"faults": [{"status": True}]}, "faults.0.status: "),
        ({"faults": [{}, {"slow": -1}]}, "faults.1.slow: "),
        ({"faults": [{"slow": float("nan")}]}, "faults.0.slow: "),
        ({"faults": [{"times": 1.5}]}, "faults.0.times: "),
        ({"faults": [{"chance": 2}]}, "faults.0.chance: "),
        ({"faults": [{"window": 0}]}, "faults.0.window: "),
        ({"faults": [{"drop": True, "status": 500}]}, "faults.0: a dropped connection"),
        ({"faults": [{"window": 5}]}, "faults.0: "),
        ({"faults": [{"status": 500}] * 101}, "faults: "),
        ({"without": {"table_create": "columns"}}, "without.table_create: "),
    ],
)
def test_what_is_no_fault(wanted: object, why: str) -> None:
    faults = Faults()
    faults.add(status=429)
    with pytest.raises(BadFault) as problem:
        faults.set(wanted)
    assert why in str(problem.value)
    assert faults.wanted()["faults"] == [{"status": 429}], "nothing has changed"


def test_faults_are_told_as_they_were_asked_for() -> None:
    faults = Faults()
    assert not faults
    wanted: dict[str, Any] = {
        "faults": [{"status": 504, "after": True, "method": "POST", "times": 0}, {"stuck": False, "slow": 1.5}],
        "renamed": {"table_create": "create_table"},
        "without": {"table_create": ["columns"]},
        "selects": True,
    }
    faults.set(wanted)
    assert faults
    assert faults.wanted() == wanted
    assert (faults.renamed, faults.without) == (wanted["renamed"], wanted["without"])
    faults.add(drop=True)
    assert faults.wanted()["faults"] == [*wanted["faults"], {"drop": True}]
    faults.clear()
    assert faults.wanted() == {"faults": [], "renamed": {}, "without": {}, "selects": False}


def test_a_fault_that_is_added_leaves_the_others_at_their_count() -> None:
    faults = Faults()
    faults.add(status=429, times=2)
    assert faults.meet("GET", "/").ends == InjectedFault(status=429, times=2)
    faults.add(status=500, method="POST")
    assert faults.meet("GET", "/").ends is not None
    assert faults.meet("GET", "/").ends is None


# ------------------------------------------------------------ control


def test_control_tells_what_is_set(place: Place) -> None:
    status, told = place.ask("GET", "/control")
    assert status == 200
    assert told.keys() == {
        "docs", "file", "clock", "now", "timing", "limits", "faults", "renamed", "without", "selects", "met"
    }  # fmt: skip
    assert told["docs"] == [{"id": place.doc, "name": "Small", "version": 0, "pending": False}]
    assert told["clock"] == small_docs.NOW.isoformat()
    assert told["timing"] == {"delay": 0, "staleness": 0, "unknown": 0, "stuck": False}
    assert told["limits"] is None
    assert (told["faults"], told["met"]) == ([], [])


def test_control_sets_and_clears_faults(place: Place) -> None:
    wanted = {"faults": [{"status": 503, "path": "/apis/", "times": 1}], "renamed": {"a": "b"}}
    status, told = place.ask("PUT", "/control/faults", wanted)
    assert status == 200
    assert told["faults"] == wanted["faults"]
    assert place.ask("GET")[0] == 503
    assert place.ask("GET", "/control")[1]["met"] == [1]
    assert place.faults.renamed == {"a": "b"}
    assert place.ask("DELETE", "/control/faults")[1]["faults"] == []
    assert place.faults.renamed == {}


def test_control_sets_the_timing(place: Place) -> None:
    timing = place.ask("PUT", "/control/timing", {"delay": 100, "unknown": 0.5})[1]["timing"]
    assert timing == {"delay": 100, "staleness": 0, "unknown": 0.5, "stuck": False}
    place.ask("POST", body={"title": "fourth"})
    assert place.titles() == FIRST
    assert place.ask("GET", "/control")[1]["docs"][0]["pending"] is True
    assert place.ask("POST", "/control/finish")[1]["docs"][0]["pending"] is False
    assert place.titles() == [*FIRST, "fourth"]
    assert place.ask("PUT", "/control/timing", {"stuck": True})[1]["timing"]["stuck"] is True
    assert place.ask("PUT", "/control/timing", {"stuck": False})[1]["timing"]["delay"] == 100


@pytest.mark.parametrize(
    ("wanted", "moment"),
    [
        ("2025-12-12T09:00:00Z", "2025-12-12T09:00:00+00:00"),
        ("2025-12-12T09:00", "2025-12-12T09:00:00+01:00"),
        ("2025-07-01", "2025-07-01T00:00:00+02:00"),
        (None, None),
    ],
)
def test_control_sets_the_clock(place: Place, wanted: str | None, moment: str | None) -> None:
    status, told = place.ask("PUT", "/control/clock", wanted)
    assert (status, told["clock"]) == (200, moment)
    assert place.workspace.live(place.doc).now == place.workspace.now.replace(microsecond=0) or moment is None


def test_control_sets_the_limits(place: Place) -> None:
    assert place.ask("PUT", "/control/limits", "coda")[1]["limits"] == {
        kind: list(n) for kind, n in CODA_LIMITS.items()
    }
    assert place.limits.admits("docs")
    assert place.ask("PUT", "/control/limits", {"docs": [0, 6]})[1]["limits"] == {"docs": [0, 6]}
    assert not place.limits.admits("docs")
    assert place.limits.admits("read")
    assert place.ask("PUT", "/control/limits", None)[1]["limits"] is None
    assert place.limits.admits("docs")


def test_control_makes_tokens(place: Place) -> None:
    status, made = place.ask("POST", "/control/tokens", {"api": "rest", "doc": place.doc, "writes": False})
    assert status == 201
    token = place.tokens.find(f"Bearer {made['token']}", "rest")
    assert token is not None
    assert (token.doc, token.table, token.reads, token.writes, token.scoped) == (place.doc, "", True, False, True)
    assert place.tokens.find(f"Bearer {made['token']}", "mcp") is None
    wide = place.ask("POST", "/control/tokens", {"api": "mcp", "name": "wide"})[1]["token"]
    assert place.tokens.find(f"Bearer {wide}", "mcp") is not None
    assert wide != made["token"]


def test_control_gives_a_snapshot(place: Place) -> None:
    place.ask("POST", body={"title": "fourth"})
    reply, content = place.reply("GET", "/control/snapshot")
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    ((record, rows),) = from_snapshot(content.decode())
    assert record.id == place.doc
    assert len(rows[record.tables[0].id]) == 4


@pytest.mark.slow
def test_control_restarts_with_the_file(place: Place) -> None:
    place.ask("POST", body={"title": "fourth"})
    place.ask("PUT", "/control/timing", {"delay": 100})
    waits = place.ask("POST", body={"title": "fifth"})[1]["requestId"]
    before = place.workspace.live(place.doc)
    assert place.ask("POST", "/control/restart")[0] == 200
    assert place.workspace.live(place.doc) is not before
    assert place.titles() == [*FIRST, "fourth", "fifth"]
    assert place.ask("GET", f"/apis/v1/mutationStatus/{waits}") == (200, {"completed": True})


def test_control_resets_to_the_start(place: Place) -> None:
    start = place.ask("GET", "/control")[1]
    token = place.ask("POST", "/control/tokens", {"api": "rest"})[1]["token"]
    place.ask("POST", body={"title": "fourth"})
    place.ask("PUT", "/control/faults", {"faults": [{"status": 500, "path": "/apis"}], "renamed": {"a": "b"}})
    place.ask("PUT", "/control/timing", {"staleness": 100, "stuck": True})
    place.ask("PUT", "/control/limits", "coda")
    place.ask("PUT", "/control/clock", None)
    assert place.ask("GET", "/control")[1] != start
    assert place.ask("POST", "/control/reset") == (200, start)
    assert place.ask("GET") == (200, FIRST)
    assert place.tokens.find(f"Bearer {token}", "rest") is not None
    assert place.ask("POST", "/control/restart")[1] == start, "the file holds the start too"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/control/faults", b'{"faults": [{"status": 1}]}'),
        ("PUT", "/control/faults", b"{"),
        ("PUT", "/control/faults", b""),
        ("PUT", "/control/faults", b"[" * 100_000),
        ("PUT", "/control/faults", b'{"faults": [{"slow": Infinity}]}'),
        ("PUT", "/control/faults", b'{"renamed": {"a": "\\ud800"}}'),
        ("PUT", "/control/faults", b"\xff\xfe"),
        ("PUT", "/control/timing", b'{"delay": -1}'),
        ("PUT", "/control/timing", b'{"delays": 1}'),
        ("PUT", "/control/timing", b"null"),
        ("PUT", "/control/timing", b'{"delay": NaN}'),
        ("PUT", "/control/timing", b'{"stuck": 1}'),
        ("PUT", "/control/clock", b'"tomorrow"'),
        ("PUT", "/control/clock", b"2025"),
        ("PUT", "/control/clock", b'"0001-01-01"'),
        ("PUT", "/control/clock", b'"9999-12-31T23:59"'),
        ("PUT", "/control/clock", b"true"),
        ("PUT", "/control/clock", b""),
        ("PUT", "/control/limits", b'"mine"'),
        ("PUT", "/control/limits", b'{"read": 5}'),
        ("PUT", "/control/limits", b'{"read": [5]}'),
        ("PUT", "/control/limits", b'{"read": [5, 0]}'),
        ("PUT", "/control/limits", b'{"reads": [5, 6]}'),
        ("POST", "/control/tokens", b"{}"),
        ("POST", "/control/tokens", b'{"api": "soap"}'),
        ("POST", "/control/tokens", b'{"api": "rest", "writes": "no"}'),
        ("POST", "/control/tokens", b'{"api": "rest", "secret": "mine"}'),
        ("PUT", "/control/faults", b" " * 1_000_001),
    ],
)
def test_control_refuses_what_it_cannot_read(untouched: Place, method: str, path: str, body: bytes) -> None:
    before = untouched.ask("GET", "/control")[1]
    status, refusal = untouched.ask(method, path, text=body)
    assert status == 400
    assert (refusal["statusCode"], refusal["statusMessage"]) == (400, "Bad Request")
    assert refusal["message"]
    assert untouched.ask("GET", "/control")[1] == before
