r"""A load of requests on a local Coda: some clients, each with one connection, and how many answers came how fast.

    python tests/load/generator.py --api http://127.0.0.1:PORT/apis/v1 --token TOKEN --doc DOC \
        --table tasks --key task_id --text name

It takes little of the processor's time itself, since the server is measured on the same machine: plain streams, no
parsing of what is not needed. It sends to the loopback interface only, and it stops by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
import urllib.parse
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_SECONDS = 60.0
MOST_REQUESTS = 200_000


@dataclass(frozen=True, slots=True)
class Place:
    """What the load is put on. keys: What stands in the key column of the rows; rows: Some of their ids."""

    api: str
    token: str
    doc: str
    table: str
    key: str
    text: str
    keys: Sequence[str]
    rows: Sequence[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """The outcome of one kind of request. times: Seconds of every answer, in growing order; refused: By status."""

    name: str
    seconds: float
    times: Sequence[float]
    refused: dict[int, int]

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.times) / self.seconds

    def share(self, part: float) -> float:
        """The milliseconds within which a part of the answers came; 0 when none came."""
        return self.times[min(len(self.times) - 1, int(len(self.times) * part))] * 1000 if self.times else 0.0

    def line(self) -> str:
        """The figures as one line."""
        errors = ", ".join(f"{count} times {status}" for status, count in sorted(self.refused.items())) or "no errors"
        middle, late = self.share(0.5), self.share(0.99)
        return f"{self.name}: {self.rate:,.0f} a second, p50 {middle:.1f} ms, p99 {late:.1f} ms, {errors}"


class Connection:
    """One open connection to the API."""

    def __init__(self, place: Place) -> None:
        parts = urllib.parse.urlsplit(place.api)
        if parts.hostname not in LOOPBACK:
            raise ValueError(f"a load is put on this machine only, not on {parts.hostname}")
        self._address = (parts.hostname, parts.port or 80)
        self._prefix = parts.path
        self._head = f"Host: {parts.netloc}\r\nAuthorization: Bearer {place.token}\r\n"

    async def open(self) -> None:
        """Connect. Raises OSError."""
        self._reader, self._writer = await asyncio.open_connection(*self._address)

    async def ask(self, method: str, target: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of an answer. Raises OSError or EOFError when the connection ends before it."""
        length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._writer.write(f"{method} {self._prefix}{target} HTTP/1.1\r\n{self._head}{length}\r\n".encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        size = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return int(head[9:12]), await self._reader.readexactly(int(size))

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


Request = tuple[str, str, bytes]


def one_row(place: Place, _client: int) -> Callable[[], Request]:
    """Reads of one row, any of those known."""
    root = _table(place)
    return lambda: ("GET", f"{root}/rows/{random.choice(place.rows)}", b"")


def page_of_rows(place: Place, _client: int) -> Callable[[], Request]:
    """Reads of the first 25 rows."""
    root = _table(place)
    return lambda: ("GET", f"{root}/rows?limit=25", b"")


def upsert(place: Place, client: int) -> Callable[[], Request]:
    """Upserts by key: nine of ten find their row, the tenth is new. No two clients make the same new key."""
    root = _table(place)
    count = 0

    def make() -> Request:
        nonlocal count
        count += 1
        key = random.choice(place.keys) if count % 10 else f"new {client} {count} {time.time_ns()}"
        cells = [{"column": place.key, "value": key}, {"column": place.text, "value": f"{client}.{count}"}]
        return "POST", f"{root}/rows", json.dumps({"rows": [{"cells": cells}], "keyColumns": [place.key]}).encode()

    return make


KINDS: dict[str, Callable[[Place, int], Callable[[], Request]]] = {
    "row": one_row,
    "page": page_of_rows,
    "upsert": upsert,
}
NAMES = {"row": "reads of one row", "page": "reads of 25 rows", "upsert": "upserts with a key"}


def measure(kind: str, place: Place, clients: int, seconds: float) -> Measured:
    """Put a load on a place, and wait until all that was accepted is done.

    kind: A name of KINDS. The time until the last accepted write is done counts in: what is not done was not served.
    Raises ValueError for a place that is not on this machine, and OSError or EOFError when a connection breaks.
    """
    return asyncio.run(_measure(kind, place, clients, min(seconds, MOST_SECONDS)))


async def _measure(kind: str, place: Place, clients: int, seconds: float) -> Measured:
    times: list[float] = []
    refused: dict[int, int] = {}

    async def client(number: int) -> None:
        make = KINDS[kind](place, number)
        connection = Connection(place)
        await connection.open()
        last = b""
        while (began := time.perf_counter()) < end and len(times) < MOST_REQUESTS:
            status, body = await connection.ask(*make())
            if status < 300:
                times.append(time.perf_counter() - began)
                last = body
            else:
                refused[status] = refused.get(status, 0) + 1
        if kind == "upsert" and last:
            await _done(connection, json.loads(last)["requestId"])
        connection.close()

    start = time.perf_counter()
    end = start + seconds
    await _together([client(number) for number in range(clients)])
    return Measured(NAMES[kind], time.perf_counter() - start, sorted(times), refused)


async def _done(connection: Connection, request: str) -> None:
    """Wait until a write is reported complete. Raises TimeoutError after a minute."""
    end = time.perf_counter() + MOST_SECONDS
    while time.perf_counter() < end:
        status, body = await connection.ask("GET", f"/mutationStatus/{request}")
        if status == 200 and json.loads(body)["completed"]:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{request} was not done within {MOST_SECONDS:.0f} seconds")


async def _together(clients: Sequence[Awaitable[None]]) -> None:
    await asyncio.gather(*clients)


def look(api: str, token: str, doc: str, table: str, key: str, text: str, most: int = 500) -> Place:
    """Learn some ids and keys of a table's rows, to put the load on. Raises ValueError when there are none."""
    bare = Place(api, token, doc, table, key, text, (), ())

    async def ask() -> Place:
        connection = Connection(bare)
        await connection.open()
        status, body = await connection.ask("GET", f"{_table(bare)}/rows?useColumnNames=true&limit={most}")
        connection.close()
        items = json.loads(body).get("items") or []
        if status != 200 or not items:
            raise ValueError(f"no rows to put a load on: {status} {body[:200]!r}")
        keys = tuple(row["values"][key] for row in items)
        return Place(api, token, doc, table, key, text, keys, tuple(row["id"] for row in items))

    return asyncio.run(ask())


def _table(place: Place) -> str:
    return f"/docs/{place.doc}/tables/{urllib.parse.quote(place.table, safe='')}"


def main(arguments: Sequence[str]) -> None:
    """Measure every kind, one after the other, and write a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name in ("api", "token", "doc", "table", "key", "text"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", action="store_true", help="figures for a program instead of for a person")
    given = parser.parse_args(arguments)
    place = look(given.api, given.token, given.doc, given.table, given.key, given.text)
    for kind in KINDS:
        seen = measure(kind, place, given.clients, given.seconds)
        figures = {
            "kind": kind,
            "rate": seen.rate,
            "p50": seen.share(0.5),
            "p99": seen.share(0.99),
            "answers": len(seen.times),
            "refused": seen.refused,
        }
        sys.stdout.write((json.dumps(figures) if given.json else seen.line()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
