"""The built site's search, asked as a reader asks it: the first page found is the one that answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="the site is built by MkDocs")

from codaform.site.build.search import small_index

ROOT = Path(__file__).parents[1]

QUERIES = {
    "guides/log_an_execution_run": "log time · how do I log my time · timesheet · time tracking · billable hours",
    "guides/create_a_service_blueprint": "service blueprint · add a service · frontstage backstage · customer journey",
    "guides/create_a_workflow": "new workflow · creating workflows · SOP · estimate hours",
    "guides/adapt_a_workflow": "checklist for a client · copy a template · create template · customise a workflow",
    "technical/schemas": "ER diagram · ERD · data model · schemas · foreign keys",
    "technical/sprints": "sprint · move a task to another week · rescheduling · weekly planning · task has no sprint",
    "technical/variance": "variance · estimate vs actual · why is variance blank · plan and reality · wrong estimates",
    "technical/migration": "rollback · migrating old templates · revert migration · drop old table",
    "tutorial": "tutorial · getting started",
    "your_own_doc": "new project · make my own doc · test my formulas",
    "deploy": "deploying · publish to Coda · API token · undo a deploy · export my data · lock file"
    " · anonymise rows · who changed my doc",
    "mirror": "sync Postgres · connect a database",
    "ci": "github actions",
    "local_coda": "run locally · mock server",
    "agents": "connect Claude · MCP server · ChatGPT",
    "editor": "VS Code · autocomplete · intellisense",
    "spark": "Databricks · big data",
    "know_your_doc": "find unused columns · what depends on a column · compare two versions",
    "conformance": "does it work like Coda",
    "lint": "turn off a warning",
    "playground": "try a formula",
    "reference/doc/tables/engagements": "engagement",
    "reference/functions/aggregates": "count rows · sum a column · max of a list",
    "reference/functions/dates": "end of month",
    "reference/functions/durations": "difference between dates · days in between",
    "reference/functions/filters-and-loops": "filter rows · sort a list",
    "reference/functions/formatting": "format date",
    "reference/functions/lists": "unique values · first item of a list",
    "reference/functions/logic": "if statement · IfBlank · nested if · switch case",
    "reference/functions/parts-of-dates": "week number",
    "reference/functions/regular-expressions": "regex",
    "reference/functions/rounding": "round a number",
    "reference/functions/tables-and-rows": "lookup",
    "reference/functions/text": "concatenate text · split text · uppercase",
    "reference/performance": "how fast",
    "reference/rules": "error messages",
    "reference/rules/CF209": "circular reference",
}
"""By the page that answers, what makers type."""


def test_an_index_is_small_and_lacks_no_word() -> None:
    long = " ".join(f"<li>word{number % 200} of a <code>list</code></li>" for number in range(400))
    entries = [{"location": "a.html", "title": "A", "text": text} for text in ("<p>Ein <code>Café</code>.</p>", long)]
    made = small_index(json.dumps({"config": {}, "docs": entries}))
    short, once = (entry["text"] for entry in json.loads(made)["docs"])
    assert short == "Ein Café."
    assert sorted(once.split()) == sorted({f"word{number}" for number in range(200)} | {"of", "a", "list"})
    assert "Café" in made


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_right_page_comes_first(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    for name in ("docs", "formulas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    command = [sys.executable, "-m", "codaform", "docs", "build", "formulas"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=500, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    wanted = {query.strip(): page for page, queries in QUERIES.items() for query in queries.split("·")}
    assert len(wanted) >= 40
    asked = subprocess.run(
        [node, str(ROOT / "tests/site_search.mjs"), str(tmp_path / "site")],
        input="\n".join(wanted),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    first = [found[0].partition(".html")[0] if found else "" for found in json.loads(asked.stdout)]
    index = json.loads((tmp_path / "site/search/search_index.json").read_text("utf-8"))["docs"]
    assert not [entry["location"] for entry in index if "erDiagram" in entry["text"] and "/doc/" in entry["location"]]
    wrong = {query: page for query, page in zip(wanted, first, strict=True) if page != wanted[query]}
    assert wrong == {}
