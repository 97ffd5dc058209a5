"""Killed in the middle of a load, the server has kept every write that it reported complete."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from load.served import Served, many_rows, serve

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

CLIENTS = 4
ROUNDS = 3
ROWS = 200
MOST_WRITES = 400
"""How many writes a client sends in a round at most."""


class Writer(threading.Thread):
    """A client that upserts one row after another and records each outcome.

    complete: Values by key, of writes that were reported complete. sent: Every value that a key may have come to.
    """

    def __init__(self, served: Served, doc: str, number: int, turn: int) -> None:
        super().__init__(daemon=True)
        self.complete: dict[str, str] = {}
        self.sent: dict[str, set[str]] = {}
        self._served, self._doc, self._number, self._round = served, doc, number, turn

    def run(self) -> None:
        """Write until the server is gone."""
        chosen = random.Random(f"{self._round} {self._number}")
        for count in range(MOST_WRITES):
            # Keys of its own: rows that are there for three of four writes, new ones for the fourth.
            new = f"N-{self._round}-{self._number}-{count}"
            key = new if count % 4 == 0 else f"T-{chosen.randrange(self._number, ROWS, CLIENTS)}"
            value = f"{self._round}.{self._number}.{count}"
            cells = [{"column": "task_id", "value": key}, {"column": "name", "value": value}]
            body = {"rows": [{"cells": cells}], "keyColumns": ["task_id"]}
            self.sent.setdefault(key, set()).add(value)
            try:
                accepted = ask(self._served, "POST", f"/docs/{self._doc}/tables/tasks/rows", body)
                while not ask(self._served, "GET", f"/mutationStatus/{accepted['requestId']}")["completed"]:
                    time.sleep(0.005)
            except (OSError, http.client.HTTPException):
                return
            self.complete[key] = value


def ask(served: Served, method: str, target: str, body: object = None) -> Any:
    """The JSON of an answer. Raises OSError or HTTPException when none comes, AssertionError for a refusal."""
    host, _, path = served.api.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {served.token}", "Content-Type": "application/json"}
        connection.request(method, f"/{path}{target}", None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    assert answer.status < 300, content
    return json.loads(content)


def stored(served: Served, doc: str) -> dict[str, str]:
    """The names of all rows, by key; no key stands twice."""
    found: dict[str, str] = {}
    target = f"/docs/{doc}/tables/tasks/rows?useColumnNames=true&limit=200"
    while True:
        page = ask(served, "GET", target)
        for row in page["items"]:
            assert row["values"]["task_id"] not in found
            found[row["values"]["task_id"]] = row["values"]["name"]
        if not page.get("nextPageToken"):
            return found
        target = f"/docs/{doc}/tables/tasks/rows?pageToken={page['nextPageToken']}"


def test_what_was_reported_complete_is_there_after_kill_9(tmp_path: Path) -> None:
    """Several rounds on the same file: write with four clients, kill, start again, compare."""
    folder, file = many_rows(tmp_path / "project", ROWS), tmp_path / "coda.db"
    expected: dict[str, str] = {f"T-{number}": f"Task {number}" for number in range(ROWS)}
    completed = 0
    for turn in range(ROUNDS):
        with serve(folder, "--file", file) as served:
            (doc,) = [one["id"] for one in ask(served, "GET", "/docs")["items"]]
            assert stored(served, doc) == expected
            writers = [Writer(served, doc, number, turn) for number in range(CLIENTS)]
            for writer in writers:
                writer.start()
            end = time.monotonic() + 20
            while min(len(writer.complete) for writer in writers) < 8 * (turn + 1) and time.monotonic() < end:
                time.sleep(0.01)
            served.kill()
            for writer in writers:
                writer.join(20)
        with serve(folder, "--file", file) as served:
            _settled(served, doc)
            found = stored(served, doc)
        for writer in writers:
            completed += len(writer.complete)
            assert len(writer.complete) >= 8, "too few writes were completed to say anything"
            for key, value in writer.complete.items():
                # A later write to the same key may have been accepted and done too, though nobody was told.
                later = {sent for sent in writer.sent[key] if int(sent.split(".")[2]) >= int(value.split(".")[2])}
                assert found.get(key) in later, f"{key} was reported complete as {value} and is {found.get(key)}"
        sent = {key: values for writer in writers for key, values in writer.sent.items()}
        assert set(found) <= set(expected) | set(sent)
        untouched = set(expected) - set(sent)
        assert {key: found[key] for key in untouched} == {key: expected[key] for key in untouched}
        expected = found
    assert completed >= CLIENTS * 8 * ROUNDS


def _settled(served: Served, doc: str) -> None:
    """Wait until what was accepted before the kill is applied: the doc is up to date for those who insist on it."""
    host, _, path = served.api.removeprefix("http://").partition("/")
    headers = {"Authorization": f"Bearer {served.token}", "X-Coda-Doc-Version": "latest"}
    end = time.monotonic() + 20
    while time.monotonic() < end:
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", f"/{path}/docs/{doc}/tables/tasks/rows?limit=1", headers=headers)
        status = connection.getresponse().status
        connection.close()
        if status == 200:
            return
        time.sleep(0.05)
    raise AssertionError("the doc never came up to date")
