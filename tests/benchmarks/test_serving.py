"""How many requests a second the local Coda answers, as figures of one run; nothing here asserts a time."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from load.served import load, many_rows, serve

ROWS = 10_000
SECONDS = 4
NAMES = {"row": "reads of one row", "page": "reads of 25 rows", "upsert": "upserts with a key (done, too)"}


def test_serve_a_load(benchmark, figure, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Four clients on a table of 10,000 rows that is kept in a file."""
    with serve(many_rows(tmp_path / "project", ROWS), "--file", tmp_path / "coda.db") as served:
        request = urllib.request.Request(f"{served.api}/docs", headers={"Authorization": f"Bearer {served.token}"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            doc = json.load(reply)["items"][0]["id"]
        run = benchmark.pedantic(lambda: load(served, doc, ["--json", "--seconds", str(SECONDS)]), rounds=1)
    assert run.returncode == 0, run.stderr
    for line in run.stdout.splitlines():
        seen = json.loads(line)
        assert seen["refused"] == {}
        figure(
            f"served, 4 clients, {ROWS:,} rows: {seen['rate']:,.0f} {NAMES[seen['kind']]} a second, "
            f"p50 {seen['p50']:.1f} ms, p99 {seen['p99']:.1f} ms"
        )
