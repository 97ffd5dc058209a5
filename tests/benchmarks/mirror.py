"""Measures the mirror: the variance of all workflows through the view and by hand, and the requests of a pull.

    .venv/bin/python tests/benchmarks/mirror.py [RUNS WORKFLOWS CHANGED]

It starts a PostgreSQL server of its own, or takes the one that CODAFORM_TEST_POSTGRES names.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parents[1]))

from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.deploy.comparing.agreement import agree
from codaform.deploy.ids import Ids
from codaform.deploy.remote.schema import remote_schema
from codaform.evaluation.workbook import Workbook
from codaform.mirror import setup
from codaform.mirror.database import connected
from codaform.mirror.layout import stored_doc
from codaform.mirror.pull import Puller
from codaform.model.values import Row
from codaform.project.session import Session
from codaform.semantics.program import program_of
from codaform.testing import local_coda_for
from door import SWIFT
from postgres_server import server
from projects import write

say = sys.stdout.write

FOUNDER_HQ = Path(__file__).parents[2] / "formulas"

VIEW = "SELECT count(*), sum(variance_pct) FROM bench.workflows_computed WHERE abs(variance_pct) > 20"

BY_HAND = """
SELECT count(*), sum(variance_pct) FROM (
  SELECT (r.hours - w.estimated_hours) / w.estimated_hours * 100 AS variance_pct
  FROM bench.workflows AS w
  JOIN (
    SELECT workflow, avg(extract(epoch FROM ended_at - started_at) / 3600) AS hours
    FROM bench.execution_runs
    WHERE started_at >= ((now() AT TIME ZONE 'Europe/Berlin')::date - 90)::timestamp AT TIME ZONE 'Europe/Berlin'
      AND started_at <= now() AND ended_at IS NOT NULL
    GROUP BY workflow
  ) AS r ON r.workflow = w."row"
  WHERE w.estimated_hours <> 0
) AS v WHERE abs(variance_pct) > 20
"""


def fill(connection: Any, runs: int, workflows: int) -> None:
    """Workflows of which some have no estimate, and runs of the last 120 days, of which some still go on."""
    connection.execute(
        "INSERT INTO bench.workflows (row, row_id, workflow_id, name, estimated_hours) "
        "SELECT i, 'i-w' || i, 'WF-' || i, 'Workflow ' || i, CASE WHEN i %% 10 > 0 THEN 1 + i %% 8 END "
        "FROM generate_series(1, %s) AS i",
        (workflows,),
    )
    connection.execute(
        "INSERT INTO bench.execution_runs (row, row_id, run_id, workflow, started_at, ended_at) "
        "SELECT i, 'i-r' || i, 'RUN-' || i, 1 + (i::bigint * 7919) %% %s, s, "
        "CASE WHEN i %% 20 > 0 THEN s + (15 + (i::bigint * 31) %% 600) * INTERVAL '1 minute' END FROM "
        "(SELECT i, now() - (i::bigint * 104729) %% 172800 * INTERVAL '1 minute' AS s "
        "FROM generate_series(1, %s) AS i) AS x",
        (workflows, runs),
    )
    connection.execute("ANALYZE bench.workflows")
    connection.execute("ANALYZE bench.execution_runs")
    connection.commit()


def fastest(connection: Any, query: str, times: int = 7) -> float:
    """The least seconds of some runs of a query."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        connection.execute(query.encode()).fetchall()
        found.append(time.perf_counter() - start)
        connection.rollback()
    return min(found)


def compared(connection: Any, session: Session, sample: int) -> tuple[int, int]:
    """How many workflows were compared with the row-wise engine, and how many differ."""
    doc = stored_doc(session.project.doc)
    zone = ZoneInfo(doc.time_zone)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    ((now, count),) = connection.execute("SELECT now(), (SELECT count(*) FROM bench.workflows)").fetchall()
    chosen = Random(1).sample(range(1, count + 1), sample)
    book = Workbook(program_of(doc), now.astimezone(zone))
    for row, hours in connection.execute(
        "SELECT row, estimated_hours FROM bench.workflows WHERE row = ANY(%s) ORDER BY 1", (chosen,)
    ).fetchall():
        book.add("workflows", {"estimated_hours": hours}, defaults=False, id=row)
    for row, workflow, start, end in connection.execute(
        "SELECT row, workflow, started_at, ended_at FROM bench.execution_runs WHERE workflow = ANY(%s) ORDER BY 1",
        (chosen,),
    ).fetchall():
        values = {"started_at": start.astimezone(zone), "ended_at": end and end.astimezone(zone)}
        book.add("execution_runs", {"workflow": Row("workflows", workflow), **values}, defaults=False, id=row)
    names = ("variance_pct", "avg_actual_hours", "execution_runs_count")
    differ = 0
    for row, *found in connection.execute(
        f"SELECT row, {', '.join(names)} FROM bench.workflows_computed WHERE row = ANY(%s)".encode(), (chosen,)
    ).fetchall():
        pairs = zip(names, found, strict=True)
        differ += not all(agree(value, book.value(Row("workflows", row), name), book) for name, value in pairs)
    connection.rollback()
    return len(chosen), differ


def pulled(connection: Any, changed: int) -> tuple[int, int, float]:
    """The requests of a pull of so many changed rows, the least that the size of a page allows, and the seconds."""
    columns = "  - {name: name, type: text, key: true}\n  - {name: hours, type: number}\n"
    with tempfile.TemporaryDirectory() as place:
        folder = write(Path(place), {"jobs/table.yml": f"table: jobs\ncolumns:\n{columns}"})
        with local_coda_for(folder) as coda:
            coda.set_clock(None)
            rest = Rest(Secret(coda.token), coda.url, Pace({}, SWIFT))
            doc = Session.open(folder).project.doc
            ids = remote_schema(fetch_snapshot(rest, None, coda.doc_id)).ids
            setup.apply(connection, setup.planned(connection, doc, "pulled", ids))
            marker = setup.current(connection, doc, "pulled", ids)
            puller = Puller(connection, rest, doc, marker, coda.doc_id)
            puller.begin(marker, "bench")
            list(puller.pull())
            rows: list[Any] = [
                {"cells": [{"column": ids.columns["jobs", "name"], "value": f"job {number}"}]}
                for number in range(changed)
            ]
            for start in range(0, changed, 2_000):
                rest.upsert_rows(coda.doc_id, ids.tables["jobs"], rows[start : start + 2_000], ids=())
            coda.finish()
            before, began = rest.requests_sent, time.perf_counter()
            puller.begin(marker, "bench")
            (table,) = puller.pull()
            assert table.changed == changed
            return rest.requests_sent - before, -(-changed // 500), time.perf_counter() - began


def main(runs: int = 1_000_000, workflows: int = 50_000, changed: int = 100_000) -> None:
    """Print the figures."""
    os.environ.setdefault("CODAFORM_POSTGRES", server())
    session = Session.open(FOUNDER_HQ)
    with connected() as connection:
        for name in ("bench", "bench_steps", "pulled", "pulled_steps"):
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())
        setup.apply(connection, setup.planned(connection, session.project.doc, "bench", Ids()))
        fill(connection, runs, workflows)
        connection.execute("SET jit = off")
        connection.commit()
        view, hand = fastest(connection, VIEW), fastest(connection, BY_HAND)
        say(f"variance of {workflows:,} workflows over {runs:,} runs: {view:.2f} s, by hand {hand:.2f} s, ")
        say(f"{view / hand:.2f} times as long\n")
        count, differ = compared(connection, session, min(500, workflows))
        say(f"compared with the row-wise engine: {count} workflows, {differ} differ\n")
        requests, least, seconds = pulled(connection, changed)
        say(
            f"pull of {changed:,} changed rows: {requests} requests, at least {least}, {requests / least:.2f} times as "
        )
        say(f"many; {timedelta(seconds=round(seconds))} with a local Coda\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
