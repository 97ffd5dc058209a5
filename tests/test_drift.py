"""Drift: changes made to a doc by hand since the last confirmation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import open_tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.deploy.comparing.drift import Drift, drift, sentences
from codaform.deploy.lock import Confirmed, LockEntry, remote_hash, write_lock
from codaform.deploy.remote.schema import RemoteSchema, remote_schema
from codaform.semantics.renaming import Renaming, renamed
from codaform.server.commands.names import rename
from codaform.server.doc import finding
from codaform.testing import RunningCoda, local_coda_for
from projects import FORMULAS, write

pytestmark = pytest.mark.slow

TASKS = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number, default: hours.coda}
  - {name: double, type: number, formula: double.coda}
  - {name: others, type: number, formula: others.coda}
  - {name: add, type: button, label: Add, action: add.coda, disable_if: closed.coda}
views:
  - {name: Long, filter: long.coda}
"""

FILES = {
    "tasks/table.yml": TASKS,
    "tasks/hours.coda": "3\n",
    "tasks/double.coda": "// twice\nthisRow.hours * 2\n",
    "tasks/others.coda": "tasks.Filter(hours > thisRow.hours).Count() + total\n",
    "tasks/add.coda": "AddRow(tasks, tasks.hours, thisRow.double)\n",
    "tasks/closed.coda": "thisRow.hours > 10\n",
    "tasks/long.coda": "thisRow.double > 2\n",
    "total.coda": "tasks.hours.Sum()\n",
}
DOC = "doc: Small\ntime_zone: Europe/Berlin\nformulas:\n  - {name: total, type: number, formula: total.coda}\n"


def confirmed(seen: RemoteSchema, doc: str) -> LockEntry:
    """What the lock remembers after everything of a doc was confirmed."""
    texts = {place: Confirmed(remote_hash(text), "") for place, text in seen.returned.items()}
    return LockEntry(replace(seen.ids, doc=doc), texts)


class Doc:
    """A doc in a local Coda that was confirmed, and hands that change it."""

    def __init__(self, coda: RunningCoda) -> None:
        self.coda = coda
        self.entry = confirmed(self.seen(), coda.doc_id)

    def seen(self, mcp: bool = True) -> RemoteSchema:
        """It as it is."""
        rest = Rest(Secret(self.coda.token), self.coda.url)
        try:
            if not mcp:
                return remote_schema(fetch_snapshot(rest, None, self.coda.doc_id))
            with open_tools(Secret(self.coda.mcp_token), self.coda.url) as tools:
                return remote_schema(fetch_snapshot(rest, tools, self.coda.doc_id))
        finally:
            rest.close()

    def drift(self, mcp: bool = True) -> Drift:
        """What it has drifted."""
        return drift(self.seen(mcp), self.entry)

    def id(self, column: str) -> str:
        return self.entry.ids.columns["tasks", column]

    def do(self, change: str, **arguments: Any) -> None:
        self.coda.parts.workspace.do(self.coda.doc_id, change, arguments)

    def rename(self, renaming: Renaming) -> None:
        doc = self.coda.parts.workspace.live(self.coda.doc_id)
        if renaming.kind == "table":  # which no API does
            after = renamed(doc.schema(), doc.program, renaming)
            for table, changed in zip(doc.record.tables, after.tables.values(), strict=True):
                table.name = changed.name
                for column, new in zip(table.columns, changed.columns.values(), strict=True):
                    column.column = new
                for view, shown in zip(table.views, changed.views, strict=True):
                    view.view = shown
            for formula in doc.record.formulas:
                formula.formula = after.formulas[formula.formula.name]
        else:
            rename(doc, renaming)
        doc.rebuild()


@pytest.fixture
def doc(tmp_path: Path) -> Iterator[Doc]:
    with local_coda_for(write(tmp_path, FILES, DOC)) as coda:
        yield Doc(coda)


def test_what_nobody_touched_has_not_drifted(doc: Doc) -> None:
    roles = {place.role for place in doc.entry.confirmed}
    assert roles == {"formula", "default", "action", "disable_if", "filter", "named"}
    assert doc.drift() == Drift()


def test_by_rest_alone_it_says_what_it_cannot_tell(doc: Doc) -> None:
    assert doc.drift(mcp=False) == Drift(
        (),
        (
            "filter of view Long: REST does not tell its text, MCP does",
            "named formula total: REST does not tell its text, MCP does",
        ),
    )


def test_a_changed_formula_is_found(doc: Doc) -> None:
    doc.do(
        "update columns",
        table=doc.entry.ids.tables["tasks"],
        columns=[{"id": doc.id("double"), "formula": "hours * 3"}],
    )
    assert sentences(doc.drift()) == ["formula of column tasks.double was changed"]


def test_so_is_a_comment(doc: Doc) -> None:
    text = "// thrice\nhours * 2"
    doc.do("update columns", table=doc.entry.ids.tables["tasks"], columns=[{"id": doc.id("double"), "formula": text}])
    assert sentences(doc.drift()) == ["formula of column tasks.double was changed"]


def test_a_formula_that_is_gone_and_one_that_came_are_found(doc: Doc) -> None:
    columns = [{"id": doc.id("double"), "formula": ""}, {"id": doc.id("hours"), "formula": "4"}]
    doc.do("update columns", table=doc.entry.ids.tables["tasks"], columns=columns)
    assert sentences(doc.drift()) == [
        "default of column tasks.hours was removed",
        "formula of column tasks.double was removed",
        "formula of column tasks.hours was never confirmed: deploy or verify does",
    ]


def test_columns_that_come_and_go_are_found(doc: Doc) -> None:
    table = doc.entry.ids.tables["tasks"]
    doc.do("add columns", table=table, columns=[{"id": "c-new1234567", "name": "note"}])
    doc.do("delete columns", table=table, columns=[doc.id("add")])
    assert sentences(doc.drift()) == ["column tasks.add was removed", "column tasks.note was added"]


@pytest.mark.parametrize(
    ("renaming", "said"),
    [
        (Renaming("column", "hours", "Spent time", "tasks"), "column tasks.hours is called Spent time now"),
        (Renaming("table", "tasks", "To do"), "table tasks is called To do now"),
        (Renaming("view", "Long", "Longer"), "view Long is called Longer now"),
        (Renaming("formula", "total", "Sum of all"), "named formula total is called Sum of all now"),
    ],
)
def test_a_rename_is_a_rename_and_changes_no_formula(renaming: Renaming, said: str, doc: Doc) -> None:
    doc.rename(renaming)
    assert sentences(doc.drift()) == [said]


def test_a_formula_that_was_changed_and_whose_column_was_renamed_was_changed(doc: Doc) -> None:
    doc.rename(Renaming("column", "hours", "Spent time", "tasks"))
    formula = {"id": doc.id("double"), "formula": "[Spent time] * 3"}
    doc.do("update columns", table=doc.entry.ids.tables["tasks"], columns=[formula])
    assert sentences(doc.drift()) == [
        "column tasks.hours is called Spent time now",
        "formula of column tasks.double was changed",
    ]


def test_two_columns_that_swapped_names_are_two_renames(doc: Doc) -> None:
    for before, after in (("double", "swap"), ("others", "double"), ("swap", "others")):
        doc.rename(Renaming("column", before, after, "tasks"))
    assert sentences(doc.drift()) == [
        "column tasks.double is called others now",
        "column tasks.others is called double now",
    ]


def test_views_and_tables_that_come_and_go_are_found(doc: Doc) -> None:
    table = doc.entry.ids.tables["tasks"]
    owner = finding.table(doc.coda.parts.workspace.live(doc.coda.doc_id).record, table)
    assert owner is not None
    doc.do("delete view", view=doc.entry.ids.views["Long"])
    doc.do("add view", id="table-new1234567", table=table, page=owner.page, settings={"name": "Short"})
    doc.do("add table", id="grid-new1234567", page=owner.page, name="People", columns=[{"id": "c-p", "name": "who"}])
    assert sentences(doc.drift()) == ["table People was added", "view Long was removed", "view Short was added"]
    doc.do("delete table", table=table)
    assert "table tasks was removed" in sentences(doc.drift())
    assert not any("tasks." in said for said in sentences(doc.drift()))


def test_founder_hq_has_not_drifted_from_itself() -> None:
    with local_coda_for(FORMULAS) as coda:
        found = Doc(coda)
        assert len(found.entry.ids.tables) == 12
        assert found.drift() == Drift()
        for column in ("name", "project"):
            found.rename(Renaming("column", column, f"The {column}", "tasks"))
        assert [one.kind for one in found.drift().found] == ["renamed", "renamed"]


# ---------------------------------------------------------------- the command


def command(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["drift", *arguments])


@pytest.fixture
def project(doc: Doc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose staging is the doc, with a lock and a token."""
    environments = f"environments:\n  staging: {{doc: {doc.coda.doc_id}, host: '{doc.coda.url}'}}\n"
    (tmp_path / "doc.yml").write_text(DOC + environments, "utf-8")
    write_lock(tmp_path, {"staging": doc.entry})
    monkeypatch.setenv("CODA_API_TOKEN", doc.coda.token)
    monkeypatch.setenv("CODA_MCP_TOKEN", doc.coda.mcp_token)
    return tmp_path


def test_the_command_exits_with_one_where_there_is_drift(doc: Doc, project: Path) -> None:
    done = command("--to", "staging", str(project), "--via", "mcp")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "staging is as it was confirmed\n")
    doc.rename(Renaming("column", "hours", "Spent time", "tasks"))
    done = command("--to", "staging", str(project))
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0] == "column tasks.hours is called Spent time now"
    assert done.stderr == "1 thing is not as confirmed in staging\n"
    told = json.loads(command("--to", "staging", str(project), "--format", "json", "--via", "mcp").stdout)
    assert told == {
        "version": 1,
        "environment": "staging",
        "doc": doc.coda.doc_id,
        "drift": [{"kind": "renamed", "what": "column", "name": "tasks.hours", "now": "Spent time"}],
        "unknown": [],
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda _: {}, "doc.lock.yml remembers nothing of staging"),
        (
            lambda entry: {"staging": replace(entry, ids=replace(entry.ids, doc="OtherDoc12"))},
            "remembers the doc OtherDoc12 of staging",
        ),
    ],
)
def test_without_a_memory_it_cannot_run(change: Any, said: str, doc: Doc, project: Path) -> None:
    write_lock(project, change(doc.entry))
    done = command("--to", "staging", str(project))
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_bad_input_is_one_line(doc: Doc, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(*arguments: str) -> str:
        done = command("--to", *arguments, str(project))
        assert done.exit_code == 2
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""
        assert "internal error" not in done.stderr
        assert doc.coda.token not in done.stderr
        return done.stderr

    assert "there is no environment stagin; did you mean staging?" in said("stagin")
    monkeypatch.setenv("CODA_API_TOKEN", doc.coda.mcp_token)
    assert "the token was refused" in said("staging")
    monkeypatch.delenv("CODA_API_TOKEN")
    assert "set CODA_API_TOKEN_STAGING" in said("staging")
    monkeypatch.setenv("CODA_API_TOKEN", doc.coda.token)
    write_lock(project, {"staging": doc.entry})
    doc.coda.parts.workspace.remove(doc.coda.doc_id)
    assert f"there is no doc {doc.coda.doc_id}" in said("staging")
