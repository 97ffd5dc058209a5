"""How much work a plan for a large doc is, as figures of one run; nothing here asserts a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import process_time

from codaform.coda.reading import read
from codaform.coda.rest import Rest
from codaform.coda.tokens import Secret
from codaform.coda.tools import open_tools
from codaform.deploy.planning.plan import Wishes, plan
from codaform.deploy.planning.routes import Capabilities
from codaform.project.session import Session
from codaform.testing import local_coda_for

TABLES, COLUMNS = 100, 30


def large_project(folder: Path, changed: bool = False) -> Path:
    """Tables that lead to each other, a third of whose columns are computed; a tenth of these otherwise if changed."""
    folder.mkdir()
    (folder / "doc.yml").write_text("doc: Large\ntime_zone: Europe/Berlin\n")
    for number in range(TABLES):
        table = folder / f"t{number}"
        table.mkdir()
        lines = [f"table: t{number}", "columns:", "  - {name: name, type: text, display: true}"]
        lines.append(f"  - {{name: link, type: relation, to: t{(number + 1) % TABLES}}}")
        for column in range(COLUMNS - 2):
            if column % 3:
                lines.append(f"  - {{name: c{column}, type: number}}")
                continue
            lines.append(f"  - {{name: c{column}, type: number, formula: c{column}.coda}}")
            factor = 3 if changed and column == 0 else 2
            read_from = f"thisRow.c{column + 1}" if column % 2 else f"t{(number + 1) % TABLES}"
            text = (
                f"{read_from} * {factor}"
                if column % 2
                else (f"{read_from}.Filter(CurrentValue.c{column + 1} > thisRow.c{column + 1}).Count() * {factor}")
            )
            (table / f"c{column}.coda").write_text(text + "\n")
        (table / "table.yml").write_text("\n".join(lines) + "\n")
        (table / "rows.csv").write_text("name,c1,c2,c4\none,1,2,3\ntwo,4,5,6\n")
    return folder


def test_plan_of_a_large_doc(benchmark, figure, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """100 tables of 30 columns: from empty, unchanged, and with a formula changed in each table."""
    folder = large_project(tmp_path / "large")
    other = large_project(tmp_path / "changed", changed=True)
    with local_coda_for(folder) as coda:
        rest = Rest(Secret(coda.token), coda.url)
        with open_tools(Secret(coda.mcp_token), coda.url) as tools:
            sent, before = rest.requests_sent, process_time()
            snapshot = read(rest, tools, coda.doc_id)
            reading, calls = process_time() - before, rest.requests_sent - sent
            wishes = Wishes(Capabilities(True, tools))
            empty = replace(snapshot, tables=(), views=(), formulas=())

            def figures(name: str, project: Path, there) -> None:  # type: ignore[no-untyped-def]
                session = Session.open(project)
                started = process_time()
                found = plan("local", there, session, wishes=wishes)
                spent = process_time() - started
                figure(f"plan, {TABLES} × {COLUMNS}, {name}: {len(found.steps)} steps, {spent:.2f} s of CPU")

            figures("from empty", folder, empty)
            figures("nothing to do", folder, snapshot)
            benchmark.pedantic(lambda: figures("a formula changed in each table", other, snapshot), rounds=1)
        rest.close()
    figure(f"read, {TABLES} × {COLUMNS}, with MCP: {calls} calls by REST, {reading:.2f} s of CPU with the server's")
