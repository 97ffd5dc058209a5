"""How much work a plan for a large doc is, as figures of one run; nothing here asserts a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import process_time

from benchmarks.large import COLUMNS, TABLES, large_project
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import open_tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.deploy.kinds.routes import Capabilities
from codaform.deploy.planning.plan import PlanOptions, plan
from codaform.project.session import Session
from codaform.testing import local_coda_for


def test_plan_of_a_large_doc(benchmark, figure, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """100 tables of 30 columns: from empty, unchanged, and with a formula changed in each table."""
    folder = large_project(tmp_path / "large")
    other = large_project(tmp_path / "changed", changed=True)
    with local_coda_for(folder) as coda:
        rest = Rest(Secret(coda.token), coda.url)
        with open_tools(Secret(coda.mcp_token), coda.url) as tools:
            sent, before = rest.requests_sent, process_time()
            snapshot = fetch_snapshot(rest, tools, coda.doc_id)
            reading, calls = process_time() - before, rest.requests_sent - sent
            options = PlanOptions(Capabilities(True, tools))
            empty = replace(snapshot, tables=(), views=(), formulas=())

            def figures(name: str, project: Path, there) -> None:  # type: ignore[no-untyped-def]
                session = Session.open(project)
                started = process_time()
                found = plan("local", there, session, options=options)
                spent = process_time() - started
                figure(f"plan, {TABLES} × {COLUMNS}, {name}: {len(found.steps)} steps, {spent:.2f} s of CPU")

            figures("from empty", folder, empty)
            figures("nothing to do", folder, snapshot)
            benchmark.pedantic(lambda: figures("a formula changed in each table", other, snapshot), rounds=1)
        rest.close()
    figure(f"read, {TABLES} × {COLUMNS}, with MCP: {calls} calls by REST, {reading:.2f} s of CPU with the server's")
