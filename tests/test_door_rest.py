"""The REST API: its calls, repeated calls, and failures."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from itertools import count, islice
from pathlib import Path
from threading import Event, Timer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from codaform.coda.door.failures import (
    CannotReach,
    Failure,
    NotAllowed,
    NotFound,
    PageDeleted,
    Refused,
    ServerDown,
    StaleDoc,
    TooManyCalls,
    Unreadable,
)
from codaform.coda.door.pace import LIMITS, Pace, Patience, limit_of
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.transport import is_repeatable
from codaform.coda.wire import ids
from codaform.server.access import CODA_LIMITS, Token
from codaform.server.workspace import Timing
from door import CANARY, FORMULAS, SWIFT, Answer, At, Behind, coda, everything_said, json_answer, logged, scripted

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def founder_hq() -> Iterator[Behind]:
    """Founder HQ in a local Coda."""
    with coda(FORMULAS) as behind:
        yield behind


@pytest.fixture
def hq(founder_hq: Behind) -> Iterator[Behind]:
    """Founder HQ without the faults of an earlier test."""
    founder_hq.faults.clear()
    founder_hq.limits.limits = {}
    yield founder_hq
    founder_hq.faults.clear()
    founder_hq.limits.limits = {}


def table_of(behind: Behind, name: str) -> str:
    """The id of a table."""
    return next(table.id for table in behind.workspace.live(behind.doc).record.tables if table.name == name)


def column_of(behind: Behind, table: str, name: str) -> str:
    """The id of a column."""
    tables = behind.workspace.live(behind.doc).record.tables
    return next(
        column.id for known in tables if known.name == table for column in known.columns if column.column.name == name
    )


def added(behind: Behind, name: str) -> list[dict[str, Any]]:
    """The body for new rows of sprints."""
    return [{"cells": [{"column": column_of(behind, "sprints", "sprint_id"), "value": name}]}]


def rows_named(behind: Behind, name: str) -> int:
    """How many sprints have this name."""
    live = behind.workspace.live(behind.doc)
    column = column_of(behind, "sprints", "sprint_id")
    return sum(row.entered.get(column) == name for row in live.rows[table_of(behind, "sprints")].values())


# ------------------------------------------------------------ reading


def test_every_read_finds_its_thing(hq: Behind) -> None:
    rest = hq.rest()
    assert rest.who()["tokenName"] == "door"
    assert [doc["id"] for doc in rest.docs()] == [hq.doc]
    name = rest.doc(hq.doc)["name"]
    assert name == "Founder HQ"
    tables = rest.tables(hq.doc)
    assert len([table for table in tables if table["tableType"] == "table"]) == 12
    tasks = table_of(hq, "tasks")
    assert rest.table(hq.doc, tasks)["name"] == "tasks"
    assert rest.table(hq.doc, "tasks")["id"] == tasks
    assert "sprint" in [column["name"] for column in rest.columns(hq.doc, tasks)]
    rows = list(rest.rows(hq.doc, tasks))
    assert rows
    assert rest.row(hq.doc, tasks, str(rows[0]["id"]))["values"] == rows[0]["values"]
    pages = rest.pages(hq.doc)
    assert rest.page(hq.doc, str(pages[0]["id"]))["name"] == pages[0]["name"]
    assert rest.page_lines(hq.doc, str(pages[0]["id"])) == []
    formulas = rest.formulas(hq.doc)
    assert {formula["name"] for formula in formulas} == {"recent_days", "unscheduled_tasks"}
    assert rest.formula(hq.doc, str(formulas[0]["id"]))["value"] is not None
    assert rest.controls(hq.doc) == []


def test_a_long_list_comes_whole_and_in_order(hq: Behind) -> None:
    rest = hq.rest()
    columns = rest.columns(hq.doc, "tasks")
    rows = list(rest.rows(hq.doc, "tasks"))
    small = list(rest._list(f"/docs/{hq.doc}/tables/tasks/columns", {}, 3))
    assert small == columns
    assert [row["id"] for row in rest._list(f"/docs/{hq.doc}/tables/tasks/rows", {}, 2)] == [row["id"] for row in rows]


@pytest.mark.parametrize("name", ["", ".", "..", "...", " "])
def test_a_name_that_would_change_the_address_is_refused(hq: Behind, name: str) -> None:
    with pytest.raises(NotFound):
        hq.rest().doc(name)
    with pytest.raises(NotFound):
        hq.rest().row(hq.doc, "tasks", name)


@pytest.mark.parametrize("name", ["a/b", "../whoami", "a?b=c", "a#b", "a%2Fb", "é ✓", "whoami\r\nX: y"])
def test_a_name_stays_one_part_of_the_address(hq: Behind, name: str) -> None:
    with pytest.raises(NotFound) as caught:
        hq.rest().table(hq.doc, name)
    assert "table" in str(caught.value)


# ------------------------------------------------------------ writing and waiting


def test_an_accepted_row_is_done_when_it_is_confirmed() -> None:
    with coda(FORMULAS, Timing(0.4)) as behind:
        rest = behind.rest()
        accepted = rest.upsert_rows(behind.doc, "sprints", added(behind, "2031-W01"))
        assert accepted.request is not None
        assert accepted.reply["addedRowIds"]
        assert not rest.state(accepted.request).completed
        assert rest.finish(accepted.request, 5)
        assert rows_named(behind, "2031-W01") == 1


def test_finish_waits_for_a_request_that_is_unknown_at_first() -> None:
    with coda(FORMULAS, Timing(0.6, unknown=0.4)) as behind:
        rest = behind.rest()
        request = rest.upsert_rows(behind.doc, "sprints", added(behind, "2031-W02")).request or ""
        assert not rest.state(request).known
        assert rest.finish(request, 5)


def test_a_stuck_request_is_accepted_and_not_confirmed() -> None:
    with coda(FORMULAS, Timing(0.0, stuck=True)) as behind:
        rest = behind.rest()
        request = rest.upsert_rows(behind.doc, "sprints", added(behind, "2031-W03")).request or ""
        assert rest.finish(request, 0.1) is False
        assert rows_named(behind, "2031-W03") == 0


def test_an_unknown_request_is_not_confirmed(hq: Behind) -> None:
    assert hq.rest().finish("mutate:00000000-0000-4000-8000-000000000000", 0.05) is False


def test_fresh_reads_wait_for_accepted_changes() -> None:
    with coda(FORMULAS, Timing(0.0, staleness=600)) as behind:
        rest = behind.rest()
        before = len(list(rest.rows(behind.doc, "sprints")))
        rest.upsert_rows(behind.doc, "sprints", added(behind, "2031-W04"))
        assert len(list(rest.rows(behind.doc, "sprints"))) == before
        shown = Timer(0.2, behind.finish)
        shown.start()
        assert len(list(rest.fresh(60).rows(behind.doc, "sprints"))) == before + 1
        shown.join()


def test_fresh_reads_do_not_wait_forever() -> None:
    with coda(FORMULAS, Timing(60.0)) as behind:
        rest = behind.rest()
        rest.upsert_rows(behind.doc, "sprints", added(behind, "2031-W05"))
        with pytest.raises(StaleDoc, match="did not catch up"):
            rest.fresh(0.05).tables(behind.doc)


def test_a_deleted_page_is_gone() -> None:
    with coda(FORMULAS) as behind:
        rest = behind.rest()
        page = str(rest.create_page(behind.doc, {"name": "Notes"}).reply["id"])
        rest.update_page(behind.doc, page, {"name": "More notes"})
        assert rest.page(behind.doc, page)["name"] == "More notes"
        rest.delete_page(behind.doc, page)
        with pytest.raises(PageDeleted):
            rest.page(behind.doc, page)


def test_docs_are_made_changed_and_deleted() -> None:
    with coda() as behind:
        rest = behind.rest()
        doc = str(rest.create_doc("Second", timezone="Europe/Paris").reply["id"])
        rest.update_doc(doc, title="Renamed")
        assert rest.doc(doc)["name"] == "Renamed"
        rest.delete_doc(doc)
        with pytest.raises(NotFound):
            rest.doc(doc)


def test_rows_are_changed_and_deleted() -> None:
    with coda(FORMULAS) as behind:
        rest = behind.rest()
        column = column_of(behind, "sprints", "sprint_id")
        told = rest.upsert_rows(behind.doc, "sprints", added(behind, "2031-W06")).reply
        row = str(told["addedRowIds"][0])  # type: ignore[index]
        rest.update_row(behind.doc, "sprints", row, [{"column": column, "value": "2031-W07"}])
        assert rows_named(behind, "2031-W07") == 1
        rest.delete_rows(behind.doc, "sprints", [row])
        assert rows_named(behind, "2031-W07") == 0


# ------------------------------------------------------------ faults


def test_a_list_survives_a_burst_of_refusals(hq: Behind) -> None:
    whole = hq.rest().columns(hq.doc, "tasks")
    hq.faults.add(status=429, skip=2, times=4)
    rest = hq.rest()
    assert list(rest._list(f"/docs/{hq.doc}/tables/tasks/columns", {}, 3)) == whole
    assert hq.faults.met() == [4]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_survives_a_short_outage_of_the_gateway(hq: Behind, status: int) -> None:
    hq.faults.add(status=status, times=2)
    assert hq.rest().doc(hq.doc)["name"] == "Founder HQ"
    assert hq.faults.met() == [2]


def test_a_gateway_that_stays_down_is_reported(hq: Behind) -> None:
    hq.faults.add(status=502)
    with pytest.raises(ServerDown) as caught:
        hq.rest().doc(hq.doc)
    assert str(caught.value) == f"GET /docs/{hq.doc}: Bad Gateway (502)"
    assert not caught.value.uncertain
    assert hq.faults.met() == [SWIFT.attempts]


def test_endless_refusals_are_reported(hq: Behind) -> None:
    hq.faults.add(status=429)
    with pytest.raises(TooManyCalls):
        hq.rest().tables(hq.doc)


def test_a_list_whose_second_page_fails_gives_no_items(hq: Behind) -> None:
    hq.faults.add(status=500, skip=1)
    columns = hq.rest()._list(f"/docs/{hq.doc}/tables/tasks/columns", {}, 3)
    assert len(list(islice(columns, 3))) == 3
    with pytest.raises(ServerDown):
        next(columns)


@pytest.mark.parametrize("after", [False, True])
def test_a_read_is_repeated_after_a_broken_connection(hq: Behind, after: bool) -> None:
    hq.faults.add(drop=True, after=after, times=3)
    assert hq.rest().doc(hq.doc)["id"] == hq.doc
    assert hq.faults.met() == [3]


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 502}, {"status": 504}])
@pytest.mark.parametrize("after", [False, True])
def test_new_rows_without_a_key_are_never_sent_twice(hq: Behind, fault: dict[str, Any], after: bool) -> None:
    name = f"2032-{after}-{fault}"
    hq.faults.add(**fault, after=after, method="POST")
    with pytest.raises((CannotReach, ServerDown)) as caught:
        hq.rest().upsert_rows(hq.doc, "sprints", added(hq, name))
    assert isinstance(caught.value, CannotReach | ServerDown)
    assert caught.value.uncertain
    assert hq.faults.met() == [1]
    assert rows_named(hq, name) == int(after)


@pytest.mark.parametrize("after", [False, True])
def test_rows_with_a_key_are_sent_until_an_answer_comes(hq: Behind, after: bool) -> None:
    name = f"2033-{after}"
    hq.faults.add(drop=True, after=after, method="POST", times=3)
    key = column_of(hq, "sprints", "sprint_id")
    hq.rest().upsert_rows(hq.doc, "sprints", added(hq, name), [key])
    assert rows_named(hq, name) == 1


@pytest.mark.parametrize("after", [False, True])
def test_rows_with_ids_of_ours_are_sent_until_an_answer_comes(hq: Behind, after: bool) -> None:
    name = f"2036-{after}"
    hq.faults.add(status=502, after=after, method="POST", times=3)
    id = ids.new("row")
    told = hq.rest().upsert_rows(hq.doc, "sprints", added(hq, name), ids=[id]).reply
    assert told["addedRowIds"] == [id]
    assert rows_named(hq, name) == 1


def test_refused_rows_are_sent_again_since_nothing_was_done(hq: Behind) -> None:
    hq.faults.add(status=429, method="POST", times=3)
    hq.rest().upsert_rows(hq.doc, "sprints", added(hq, "2034-W01"))
    assert rows_named(hq, "2034-W01") == 1


def test_a_deletion_that_was_done_before_its_answer_got_lost_is_done() -> None:
    with coda() as behind:
        rest = behind.rest()
        doc = str(rest.create_doc("Short-lived").reply["id"])
        behind.faults.add(drop=True, after=True, method="DELETE", times=1)
        assert rest.delete_doc(doc).reply == {}
        with pytest.raises(NotFound):
            rest.delete_doc(doc)


def test_a_table_too_wide_for_a_page_is_read_in_smaller_ones(hq: Behind) -> None:
    rows = list(hq.rest().rows(hq.doc, "tasks"))
    hq.faults.add(status=504, path=f"/apis/v1/docs/{hq.doc}/tables/tasks/rows", times=3)
    again = list(hq.rest().rows(hq.doc, "tasks"))
    assert [row["id"] for row in again] == [row["id"] for row in rows]
    assert hq.faults.met() == [3]


def test_many_workers_stay_within_the_limits(hq: Behind) -> None:
    from concurrent.futures import ThreadPoolExecutor

    hq.limits.limits = {"read": (20, 0.2)}
    rest = hq.rest(pace=Pace({"read": (20, 0.5)}, SWIFT))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: rest.doc(hq.doc)["id"], range(60)))
    assert found == [hq.doc] * 60
    # A busy machine may send some calls late; without a pace there would be hundreds of refusals.
    assert rest.requests_sent <= 70


# ------------------------------------------------------------ faulty servers


def script(*bodies: object) -> Any:
    """A server that returns these pages in turn, and then always the last one."""
    left = list(bodies)

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return json_answer(json.dumps(left.pop(0) if len(left) > 1 else left[0]).encode())

    return answer


def test_the_next_page_is_asked_for_here_wherever_its_link_leads() -> None:
    with scripted(script({})) as (elsewhere, stolen):
        first = {"items": [{"id": "a"}], "nextPageToken": "p2", "nextPageLink": f"{elsewhere}/x?pageToken=p2"}
        second = {"items": [{"id": "b"}], "nextPageLink": f"{elsewhere}/x?pageToken=p3"}
        with scripted(script(first, second, {"items": [{"id": "c"}]})) as (url, calls):
            rest = Rest(Secret(CANARY), url)
            assert [table["id"] for table in rest.tables("AbCDeFGHij")] == ["a", "b", "c"]
            assert [parse_qs(urlsplit(call.split()[1]).query) for call in calls] == [
                {"limit": ["500"]},
                {"pageToken": ["p2"]},
                {"pageToken": ["p3"]},
            ]
        assert stolen == []


@pytest.mark.parametrize(
    "page",
    [
        {"items": [{"id": "a"}], "nextPageToken": "again"},
        {"items": [], "nextPageToken": "again"},
    ],
)
def test_a_list_that_goes_round_in_circles_ends(page: object) -> None:
    with scripted(script(page)) as (url, calls):
        with pytest.raises(Unreadable, match="does not come to an end"):
            Rest(Secret(CANARY), url).tables("AbCDeFGHij")
        assert len(calls) == 2


def test_a_list_with_ever_new_tokens_and_nothing_new_ends() -> None:
    count = iter(range(10**6))

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return json_answer(json.dumps({"items": [{"id": "a"}], "nextPageToken": f"t{next(count)}"}).encode())

    with scripted(answer) as (url, calls):
        with pytest.raises(Unreadable, match="does not come to an end"):
            Rest(Secret(CANARY), url).tables("AbCDeFGHij")
        assert len(calls) == 4


@pytest.mark.parametrize(
    "page", [{}, {"items": None}, {"items": {}}, {"items": [1]}, {"items": [], "nextPageLink": "x"}]
)
def test_an_invalid_page_is_reported(page: object) -> None:
    with scripted(script(page)) as (url, _), pytest.raises(Unreadable):
        Rest(Secret(CANARY), url).tables("AbCDeFGHij")


@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"", b"[]", b"null", b"\xff", b'{"a":', b"[" * 100_000])
def test_an_answer_that_is_not_json_is_reported(body: bytes) -> None:
    def answer(method: str, path: str, headers: Mapping[str, str], _: bytes) -> Answer:
        return 200, {"Content-Type": "text/html; charset=utf-8"}, body

    with scripted(answer) as (url, _), pytest.raises(Unreadable) as caught:
        Rest(Secret(CANARY), url).doc("AbCDeFGHij")
    assert "\n" not in str(caught.value)


def packed(size: int) -> bytes:
    """A compressed JSON text of this size in bytes."""
    return gzip.compress(b'{"id": "' + b" " * size + b'"}', 6)


@pytest.mark.parametrize("kind", ["told", "plain", "packed", "twice packed", "endless"])
def test_an_answer_that_is_too_large_is_reported(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 1_000_000
    monkeypatch.setattr("codaform.coda.door.transport.MOST_BYTES", most)

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        match kind:
            case "told":
                return 200, {"Content-Length": str(10**15)}, b"{}"
            case "plain":
                return json_answer(b'{"id": "' + b" " * 2 * most + b'"}')
            case "packed":
                return 200, {"Content-Encoding": "gzip"}, packed(50 * most)
            case "twice packed":
                return 200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(packed(50 * most))
        return 200, {"Transfer-Encoding": "chunked", "Content-Length": ""}, b"100000\r\n" + b" " * 0x100000 + b"\r\n"

    with scripted(answer) as (url, calls), pytest.raises(CannotReach, match="answers with more than") as caught:
        Rest(Secret(CANARY), url, Pace({}, Patience(1, 0.001, 0.001))).doc("AbCDeFGHij")
    assert "\n" not in str(caught.value)
    assert len(calls) == 1


def test_an_answer_byte_by_byte_ends_at_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timeout of the connection never ends it: each byte comes in time."""
    monkeypatch.setattr("codaform.coda.door.transport.CONNECT", 0.2)
    more = Event()

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        more.wait(60)
        return None

    with scripted(answer) as (url, _):
        try:
            with pytest.raises(CannotReach, match="did not answer in time"):
                Rest(Secret(CANARY), url, Pace({}, Patience(1, 0.001, 0.001)), timeout=0.2).doc("AbCDeFGHij")
        finally:
            more.set()


def test_a_list_of_ever_new_pages_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codaform.coda.door.rest._MOST_PAGES", 50)
    numbers = count()

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        number = next(numbers)
        items = [{"id": f"grid-{number}", "name": "t"}]
        return json_answer(json.dumps({"items": items, "nextPageToken": f"t{number}"}).encode())

    with scripted(answer) as (url, calls), pytest.raises(Unreadable, match="does not come to an end"):
        Rest(Secret(CANARY), url).tables("AbCDeFGHij")
    assert len(calls) == 51


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_to_another_host_is_not_followed(status: int, method: str) -> None:
    with scripted(script({"id": "x"})) as (elsewhere, stolen):

        def answer(_: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
            return status, {"Location": f"{elsewhere}/apis/v1/docs/x"}, b""

        with scripted(answer) as (url, calls):
            rest = Rest(Secret(CANARY), url)
            with pytest.raises(Refused, match="where the token is not sent"):
                rest.call("GET", "/docs/x") if method == "GET" else rest.create_doc("x")
            assert len(calls) == 1
        assert stolen == []


def test_a_redirect_within_the_host_is_followed_a_few_times() -> None:
    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if path.endswith("/"):
            return json_answer(b'{"id": "AbCDeFGHij"}')
        return 308, {"Location": f"{path}/"}, b""

    with scripted(answer) as (url, _):
        assert Rest(Secret(CANARY), url).doc("AbCDeFGHij")["id"] == "AbCDeFGHij"

    def endless(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return 302, {"Location": f"{path}x"}, b""

    with scripted(endless) as (url, calls):
        with pytest.raises(Refused):
            Rest(Secret(CANARY), url).doc("AbCDeFGHij")
        assert len(calls) == 3


def test_an_unreachable_server_is_reported() -> None:
    with scripted(script({})) as (url, _):
        pass
    rest = Rest(Secret(CANARY), url, Pace({}, Patience(2, 0.001, 0.001)))
    with pytest.raises(CannotReach, match="could not be reached") as caught:
        rest.create_doc("x")
    assert not caught.value.uncertain


def test_a_server_that_does_not_answer_in_time_is_reported() -> None:
    import time

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        time.sleep(0.3)
        return json_answer(b"{}")

    with scripted(answer) as (url, calls):
        rest = Rest(Secret(CANARY), url, Pace({}, Patience(2, 0.001, 0.001)), timeout=0.05)
        with pytest.raises(CannotReach, match="did not answer in time") as caught:
            rest.create_doc("x")
        assert caught.value.uncertain
        assert len(calls) == 1


@pytest.mark.parametrize(
    "host",
    ["http://coda.io", "http://192.0.2.1", "ftp://coda.io", "coda.io", "", "https://", "http://[", "https://a:b"],
)
def test_a_token_is_never_sent_in_clear_text(host: str) -> None:
    with pytest.raises(ValueError, match=r"clear text|no address"):
        Rest(Secret(CANARY), host)


def test_cookies_are_not_kept() -> None:
    seen: list[str | None] = []

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        seen.append(headers.get("Cookie"))
        return 200, {"Content-Type": "application/json", "Set-Cookie": "who=me"}, b'{"id": "x"}'

    with scripted(answer) as (url, _):
        rest = Rest(Secret(CANARY), url)
        rest.doc("x")
        rest.doc("x")
    assert seen == [None, None]


def test_a_netrc_file_does_not_take_the_tokens_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ada password else\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    seen: list[str | None] = []

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        seen.append(headers.get("Authorization"))
        return json_answer(b'{"id": "x"}')

    with scripted(answer) as (url, _):
        Rest(Secret(CANARY), url).doc("x")
    assert seen == [f"Bearer {CANARY}"]


def test_importing_codaio_reads_no_env_file(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    import codaio

    # A copy of codaio with a file above it, as in a venv within another project.
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "codaio").symlink_to(Path(codaio.__file__).parent)
    (folder / "copied").mkdir()
    for source in Path(codaio.__file__).parent.glob("*.py"):
        (folder / "copied" / source.name).write_text(source.read_text("utf-8"), "utf-8")
    (folder / "codaio").unlink()
    (folder / "copied").rename(folder / "codaio")
    (tmp_path / ".env").write_text("CODA_API_ENDPOINT=https://evil.example/v1\nCODA_API_TOKEN=theirs\nX='", "utf-8")
    code = (
        "import os, codaform.coda.door.transport as t, codaio;"
        "assert codaio.__file__.startswith(os.environ['HERE']), codaio.__file__;"
        "from codaform.coda.door.tokens import Secret;"
        "print(t.Transport(Secret('x')).href, 'CODA_API_TOKEN' in os.environ)"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "HERE": str(folder),
        "CODA_API_ENDPOINT": "https://evil.example",
    }
    environment.pop("CODA_API_TOKEN", None)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["https://coda.io/apis/v1", "False"], done.stderr


# ------------------------------------------------------------ permissions


def test_the_wrong_token_is_reported(hq: Behind) -> None:
    with pytest.raises(NotAllowed) as caught:
        hq.rest(Secret("some-other-token")).tables(hq.doc)
    assert caught.value.status == 401


def test_a_token_that_only_reads_cannot_write(hq: Behind) -> None:
    secret = Secret(hq.tokens.add(Token("reader", "rest", writes=False)))
    rest = hq.rest(secret)
    assert rest.tables(hq.doc)
    with pytest.raises(NotAllowed) as caught:
        rest.upsert_rows(hq.doc, "sprints", added(hq, "2035-W01"))
    assert caught.value.status == 403
    assert rows_named(hq, "2035-W01") == 0


def echo(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
    """A server that repeats the request in every part of its answers."""
    told = f"you said {headers.get('Authorization')} and {body.decode()}"
    if "drop" in path:
        return None
    if "html" in path:
        return 500, {"Content-Type": "text/html"}, f"<h1>{told}</h1>".encode()
    if "away" in path:
        return 302, {"Location": f"http://127.0.0.2/{CANARY}?token={CANARY}"}, b""
    if "text" in path:
        return 200, {"Content-Type": "text/plain"}, told.encode()
    return json_answer(json.dumps({"message": told, "statusCode": 400}).encode(), int(path[-3:]))


@pytest.mark.parametrize("doc", ["drop", "html", "away", "text", "400", "401", "403", "404", "410", "429", "500"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_the_token_is_never_visible(doc: str, method: Any) -> None:
    with logged() as lines, scripted(echo) as (url, calls):
        rest = Rest(Secret(CANARY), url, Pace({}, Patience(2, 0.001, 0.001)))
        with pytest.raises(Failure) as caught:
            rest.call(method, f"/docs/{doc}")
        shown = everything_said(caught.value) + repr(rest) + repr(rest._coda) + str(vars(rest._coda)) + repr(vars(rest))
    assert calls
    assert lines
    assert CANARY not in shown
    assert CANARY not in "".join(lines)


# ------------------------------------------------------------ the limit of a call


def test_the_local_coda_has_the_same_limits() -> None:
    assert dict(LIMITS) == dict(CODA_LIMITS)


def test_calls_count_as_the_local_coda_counts_them() -> None:
    from codaform.server.rest.operations import OPERATIONS

    for operation in OPERATIONS:
        path = operation.path.replace("{", "").replace("}", "")
        method: Any = operation.method
        assert limit_of(method, path) == operation.bucket, operation.path


@pytest.mark.parametrize(
    ("method", "path", "body", "again"),
    [
        ("GET", "/docs", None, True),
        ("DELETE", "/docs/d/tables/t/rows", {"rowIds": ["i-1"]}, True),
        ("PATCH", "/docs/d", {"title": "x"}, True),
        ("PUT", "/docs/d/tables/t/rows/r", {"row": {"cells": []}}, True),
        ("PUT", "/docs/d/pages/p", {"name": "x"}, True),
        ("PUT", "/docs/d/pages/p", {"contentUpdate": {"insertionMode": "replace"}}, True),
        ("PUT", "/docs/d/pages/p", {"contentUpdate": {"insertionMode": "append"}}, False),
        ("PUT", "/docs/d/pages/p", {"contentUpdate": {}}, False),
        ("POST", "/docs/d/tables/t/rows", {"rows": [], "keyColumns": ["c"]}, True),
        ("POST", "/docs/d/tables/t/rows", {"rows": [], "rowIds": ["i-1"]}, True),
        ("POST", "/docs/d/tables/t/rows", {"rows": [], "keyColumns": []}, False),
        ("POST", "/docs/d/tables/t/rows/r/buttons/c", {}, False),
        ("POST", "/docs/d/tables/t/rows/r/buttons/c", {"keyColumns": ["c"]}, False),
        ("POST", "/docs", {"title": "x"}, False),
        ("POST", "/docs/d/pages", {"name": "x"}, False),
        ("POST", "/docs/d/pages/p/export", {"outputFormat": "html"}, True),
    ],
)
def test_what_may_be_sent_twice(method: Any, path: str, body: Any, again: bool) -> None:
    assert is_repeatable(method, path, body) is again


# ------------------------------------------------------------ the pace


def test_the_pace_keeps_each_window() -> None:
    clock = At()
    pace = Pace({"write": (3, 6.0)}, seconds=clock, sleep=clock.sleep)
    sent = [pace.wait("write") for _ in range(10)]
    for start in sent:
        assert sum(start <= moment < start + 6.0 for moment in sent) <= 3
    assert sent[-1] == 118.0
    assert pace.wait("read") == clock.now


def test_a_refusal_pauses_all_workers_and_longer_each_time() -> None:
    clock = At()
    pace = Pace({}, Patience(8, 1.0, 8.0), seconds=clock, sleep=clock.sleep)
    pauses = []
    for _ in range(6):
        sent = pace.wait("read")
        pace.refused(sent)
        pace.refused(sent - 1)  # it was under way when Coda refused the other
        pauses.append(pace.left())
    for pause, usual in zip(pauses, [1, 2, 4, 8, 8, 8], strict=True):
        assert 0.75 * usual <= pause <= 1.25 * usual
    pace.passed(pace.wait("write"))
    pace.refused(pace.wait("read"))
    assert pace.left() <= 1.25


def test_an_answer_may_ask_for_a_longer_pause_up_to_a_limit() -> None:
    clock = At()
    pace = Pace({}, Patience(8, 1.0, 8.0), seconds=clock, sleep=clock.sleep)
    pace.refused(pace.wait("read"), 30.0)
    assert pace.left() == 30.0
    pace.refused(pace.wait("read"), 86_400.0)
    assert pace.left() == 80.0
