"""The documents of Founder HQ: nothing in them is false, and what they give to paste leads to the rows they show."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from codaform.coda.page.markdown import from_markdown
from codaform.model.notation import notate
from codaform.model.values import Person
from codaform.project import loading
from codaform.project.session import Session
from codaform.server.doc import finding
from codaform.site.guides.canvas import canvas_markdown
from codaform.site.guides.reading import find_documents
from codaform.site.guides.rendering import RenderedDocument, render_document
from codaform.site.guides.run import PasteBlock, ShownRows
from codaform.testing import RunningCoda, local_coda_for
from projects import FORMULAS
from tool_calls import Tools

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SESSION = Session.open(FORMULAS)
SOURCES = {path: source for source, path in find_documents(SESSION.project)}
PASTED = [
    path
    for path, source in SOURCES.items()
    if re.search(r"^```\{(?:add|change|remove|press)\}", source.text, re.MULTILINE)
]


@cache
def rendered(path: str) -> RenderedDocument:
    return render_document(SESSION, SOURCES[path], path)


def test_there_are_four_guides_a_tutorial_and_four_explanations() -> None:
    assert sorted(SOURCES) == [
        "guides/adapt_a_workflow.md",
        "guides/create_a_service_blueprint.md",
        "guides/create_a_workflow.md",
        "guides/log_an_execution_run.md",
        "technical/migration.md",
        "technical/schemas.md",
        "technical/sprints.md",
        "technical/variance.md",
        "tutorial.md",
    ]


@pytest.mark.parametrize("path", SOURCES)
def test_nothing_in_a_document_is_false(path: str) -> None:
    assert [f"{one.span.start}: {one.message}" for one in rendered(path).problems] == []
    assert bool(rendered(path).blocks) == (path in PASTED)


@pytest.mark.slow
@pytest.mark.parametrize("path", SOURCES)
def test_a_document_can_be_a_page_in_coda(path: str) -> None:
    page = rendered(path).page
    text = canvas_markdown(page.text, page.title)
    content = from_markdown(text)
    assert content.tables == []  # they would become tables of the doc
    prose = "\n".join(line.text for line in content.lines if line.style != "code")
    assert not re.search(r"</?(span|div|p|a|table|svg|details)\b|\{[a-z]+\}`|```|^(===|\?\?\?) ", prose, re.MULTILINE)
    assert re.findall("^#+ ", text, re.MULTILINE) == re.findall("^#+ ", page.text, re.MULTILINE)[1:]


@pytest.mark.parametrize("path", [path for path in SOURCES if path.startswith("guides/")])
def test_a_guide_says_what_a_reader_asks(path: str) -> None:
    headings = re.findall("^## (.+)$", rendered(path).page.text, re.MULTILINE)
    assert headings == ["Before you start", "Steps", "What you should see", "Undo", "Problems"]
    assert {block.kind for block in rendered(path).blocks} == {"csv", "api", "mcp"}


DEMANDS = {
    "a blueprint's five layers, examples": ("guides/create_a_service_blueprint.md", "1. Draft the five layers"),
    "a workflow's steps": ("guides/create_a_workflow.md", "1. List the steps"),
    "a workflow's estimate": ("guides/create_a_workflow.md", "2. Estimate the hours of one run"),
    "a workflow's automation status": ("guides/create_a_workflow.md", "3. Choose the automation status"),
    "changes for a context": ("guides/adapt_a_workflow.md", "2. Decide what to change for the context"),
    "manual entry of a run": ("guides/log_an_execution_run.md", "By hand"),
    "automatic creation of a run, button": ("guides/log_an_execution_run.md", "From a button"),
    "automatic creation of a run, agent": ("guides/log_an_execution_run.md", "By a program"),
    "automatic creation of a run, automation": ("guides/log_an_execution_run.md", "By an automation in Coda"),
    "the table hierarchy": ("technical/schemas.md", "The four levels of a pattern"),
    "table schemas": ("technical/schemas.md", "All tables"),
    "two template tables, names, one fact once": ("technical/schemas.md", "Decisions"),
    "the sprint formula": ("technical/sprints.md", "The formula"),
    "start and end of a sprint": ("technical/sprints.md", "The days of a sprint"),
    "a reschedule": ("technical/sprints.md", "A new date moves the task"),
    "500 tasks": ("technical/sprints.md", "What it costs"),
    "the variance formula": ("technical/variance.md", "The formulas"),
    "3, 4, 5, 6, 5 hours against 4": ("technical/variance.md", "The design's example"),
    "blank without an estimate or a run": ("technical/variance.md", "When it is blank"),
    "90 days": ("technical/variance.md", "The window moves"),
    "variance of a run against its task": ("technical/variance.md", "A run against its task"),
    "50 workflows": ("technical/variance.md", "What it costs"),
    "variance as a formula": ("technical/variance.md", "Why a formula and not an agent"),
    "runs in Coda and PostgreSQL": ("technical/variance.md", "Why both stores"),
    "the doubts that doc.yml silences": ("technical/variance.md", "What Coda may do otherwise"),
    "the migration's rows, nothing lost": ("technical/migration.md", "Decide the open rows"),
    "phases 1 to 4, the subset": ("technical/migration.md", "Run the phases"),
    "rollback": ("technical/migration.md", "Go back"),
    "known issues in the rollback procedure": ("technical/migration.md", "Known issues of a rollback"),
    "30 days": ("technical/migration.md", "Drop what is old"),
}
"""Where each demand of the design on the documents is met: a page and a heading in it."""


@pytest.mark.parametrize("demand", DEMANDS)
def test_a_demand_of_the_design_has_its_place(demand: str) -> None:
    path, heading = DEMANDS[demand]
    assert heading in re.findall("^##+ (.+)$", rendered(path).page.text, re.MULTILINE)


MOST_WORDS = 24_860
"""55 % of the words that the documents' pages had when half of them could go, pictures and calls included."""


def test_the_documents_stay_short() -> None:
    assert sum(len((DOCS / path).read_text("utf-8").split()) for path in SOURCES) <= MOST_WORDS


def test_calls_are_explained_once_and_only_where_they_are_shown() -> None:
    for path in PASTED:
        text = rendered(path).page.text
        shown = path.startswith("guides/")
        assert text.count("`CODA_API` is") == text.count("Replace each name in angle brackets") == shown, path
        assert ('=== "API"' in text) == shown, path


@pytest.mark.parametrize("path", sorted([*DOCS.glob("*.md"), *DOCS.glob("[gt]*/*.md"), ROOT / "README.md"]), ids=str)
def test_a_page_declares_the_environments_that_it_names(path: Path) -> None:
    text = path.read_text("utf-8")
    named = set(re.findall(r"^(?:\$ |  *- run: )?codaform .*--(?:to|from|live) (\w+)", text, re.MULTILINE)) - {"local"}
    assert [name for name in sorted(named) if f"{name}: {{doc: " not in text] == []


# ------------------------------------------------------------ what is pasted


def project_of(path: str, folder: Path) -> Path:
    """The project that a document's reader starts from: Founder HQ, without rows where the document starts empty."""
    shutil.copytree(FORMULAS, folder)
    if re.search(r"^start: *empty", SOURCES[path].text, re.MULTILINE):
        for rows in folder.glob("*/rows.csv"):
            rows.unlink()
    return folder


class Reader:
    """A person who pastes blocks into a local Coda."""

    def __init__(self, coda: RunningCoda) -> None:
        self.coda = coda
        self.tools = Tools(coda)
        coda.parts.workspace.people = lambda: [Person("Sven Brandt")]  # a person has to be in the doc already

    @property
    def doc(self) -> Any:
        return self.coda.parts.workspace.reading(self.coda.doc_id)

    def paste(self, block: PasteBlock) -> None:
        self.coda.set_clock(block.clock)
        match block.kind:
            case "api":
                self.shell(block.text)
            case "mcp":
                call = json.loads(block.text)
                self.tools(call["name"], **self.with_ids(call["arguments"]))
            case "csv":
                self.type_in(block)
        self.coda.finish()

    def shell(self, text: str) -> None:
        curl = shutil.which("curl")
        if curl is None or shutil.which("bash") is None:
            pytest.skip("curl and bash are not both installed")
        environment = {
            "PATH": os.environ["PATH"],
            "CODA_API": self.coda.api,
            "CODA_API_TOKEN": self.coda.token,
            "DOC": self.coda.doc_id,
        }
        run = subprocess.run(
            ["bash", "-euc", text], env=environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr

    def with_ids(self, given: Any) -> Any:
        """The arguments with an id in the place of each name between angle brackets."""
        match given:
            case dict():
                return {key: self.with_ids(value) for key, value in given.items()}
            case list():
                return [self.with_ids(value) for value in given]
            case str() if found := re.fullmatch(r"<(.+)>", given):
                return self.id_of(found[1])
        return given

    def id_of(self, named: str) -> str:
        doc = self.doc
        table, _, name = named.partition(" / ")
        owner = finding.table(doc.record, table)
        assert owner is not None
        if not name:
            return f"coda://docs/{self.coda.doc_id}/tables/{owner.id}"
        column = finding.column(owner, name)
        if column is not None:
            return str(column.id)
        row = loading.find_row(doc.book, table, name)
        assert row is not None, named
        return str(doc.row_id(row))

    def type_in(self, block: PasteBlock) -> None:
        """The lines of a CSV block, each as a row."""
        header, *lines = csv.reader(io.StringIO(block.text))
        for line in lines:
            cells = [{"column": name, "value": text} for name, text in zip(header, line, strict=True)]
            body = json.dumps({"rows": [{"cells": cells}]})
            self.shell(
                f'curl --fail-with-body -sS -X POST "$CODA_API/docs/$DOC/tables/{block.table}/rows" '
                f"-H \"Authorization: Bearer $CODA_API_TOKEN\" -H 'Content-Type: application/json' "
                f"--data-binary @- <<'JSON'\n{body}\nJSON"
            )

    def see(self, shown: ShownRows) -> None:
        """Compare what the doc shows with what the document says is seen."""
        self.coda.set_clock(shown.clock)
        self.coda.finish()
        book = self.doc.book
        rows = [loading.find_row(book, shown.table, display) for display in shown.rows]
        found = tuple(
            tuple(notate(book.value(row, name), book) for name in shown.columns) for row in rows if row is not None
        )
        assert found == shown.cells


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["api", "mcp", "csv"])
@pytest.mark.parametrize("path", PASTED)
def test_what_is_pasted_leads_to_what_is_seen(path: str, kind: str, tmp_path: Path) -> None:
    document = rendered(path)
    with local_coda_for(project_of(path, tmp_path / "project")) as coda:
        reader = Reader(coda)
        steps = sorted({block.step for block in document.blocks})
        for step in [0, *steps]:
            blocks: dict[str, Any] = {block.kind: block for block in document.blocks if block.step == step}
            if blocks:
                reader.paste(blocks.get(kind) or blocks["api"])
            for shown in document.shown:
                if shown.step == step:
                    reader.see(shown)
        compare_ends(document, reader)


def compare_ends(rendered: RenderedDocument, reader: Reader) -> None:
    """Every table holds the same rows with the same values at the end, computed ones included."""
    reader.coda.set_clock(rendered.book.now)
    reader.coda.finish()
    book = reader.doc.book
    for table in rendered.book.doc.tables.values():
        names = [column.name for column in table.columns.values() if column.kind != "button"]
        ours, theirs = (
            [[notate(one.value(row, name), one) for name in names] for row in one.rows(table.name)]
            for one in (rendered.book, book)
        )
        assert theirs == ours, table.name
