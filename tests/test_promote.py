"""Promoting: what one doc has verified, and no more, goes to another doc without changes by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.deploy.lock import read_lock
from codaform.semantics.renaming import Renaming
from codaform.server.access import Token
from codaform.server.commands.names import rename
from codaform.testing import RunningCoda, local_coda_for
from projects import replace, write

pytestmark = pytest.mark.slow

TASKS = """\
table: tasks
columns:
  - {name: name, type: text, display: true, about: The work to do.}
  - {name: hours, type: number}
  - {name: parent, type: relation, to: tasks}
  - {name: double, type: number, formula: double.coda}
  - {name: more, type: number, formula: more.coda}
views:
  - {name: Long, filter: long.coda}
"""

FILES = {
    "tasks/table.yml": TASKS,
    "tasks/double.coda": "// twice\nthisRow.hours * 2\n",
    "tasks/more.coda": "tasks.Filter(CurrentValue.hours > thisRow.hours).Count()\n",
    "tasks/long.coda": "thisRow.hours > 1\n",
    "tasks/rows.csv": "name,hours\nPlan,2\n",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with two environments, and the docs behind them."""

    folder: Path
    staging: RunningCoda
    production: RunningCoda

    def run(self, command: str, *arguments: str) -> Result:
        """A command on the folder, with the tools."""
        return CliRunner().invoke(program, [command, *arguments, str(self.folder), "--via", "mcp"])

    def promote(self, *arguments: str) -> Result:
        return self.run("promote", "--from", "staging", "--to", "production", *arguments)

    def deployed(self) -> None:
        done = self.run("deploy", "--to", "staging", "--apply")
        assert done.exit_code == 0, done.output

    def edit(self, file: str, old: str, new: str) -> None:
        replace(self.folder / file, old, new)


def doc_of(coda: RunningCoda) -> Any:
    return coda.parts.workspace.live(coda.doc_id)


def formulas(coda: RunningCoda) -> dict[str, str]:
    """The formulas that a doc has, as they come back."""
    table = next(table for table in doc_of(coda).record.tables if table.name == "tasks")
    columns = [column.column for column in table.columns]
    doc = doc_of(coda)
    return {column.name: doc.returned(column.formula.text, "tasks") for column in columns if column.formula is not None}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with local_coda_for() as staging, local_coda_for() as production:
        text = "doc: Small\ntime_zone: Europe/Berlin\nenvironments:\n" + "".join(
            f"  {name}: {{doc: {coda.doc_id}, host: '{coda.url}'}}\n"
            for name, coda in (("staging", staging), ("production", production))
        )
        for name, coda in (("STAGING", staging), ("PRODUCTION", production)):
            monkeypatch.setenv(f"CODA_API_TOKEN_{name}", coda.token)
            monkeypatch.setenv(f"CODA_MCP_TOKEN_{name}", coda.mcp_token)
        made = Place(write(tmp_path, FILES, text), staging, production)
        made.deployed()
        yield made


def test_it_is_dry_until_it_is_told_to_apply(place: Place) -> None:
    done = place.promote()
    assert done.exit_code == 0, done.output
    assert "tasks" in done.stdout
    assert "nothing was written; --apply carries it out" in done.stderr
    assert doc_of(place.production).record.tables == []
    assert "production" not in read_lock(place.folder)


def test_production_becomes_what_staging_is(place: Place) -> None:
    done = place.promote("--apply", "--allow-loss")
    assert done.exit_code == 0, done.output
    assert formulas(place.production) == formulas(place.staging)
    lock = read_lock(place.folder)
    assert lock["production"].doc == place.production.doc_id
    assert lock["production"].confirmed.keys() == lock["staging"].confirmed.keys()
    again = json.loads(place.promote("--format", "json").stdout)
    assert again["steps"] == []
    assert place.run("drift", "--to", "production").exit_code == 0


def test_edits_that_staging_has_not_verified_are_left_out_and_told(place: Place) -> None:
    place.edit("tasks/double.coda", "* 2", "* 3")
    place.edit(
        "tasks/table.yml", "about: The work to do.}", "about: Something else.}\n  - {name: late, type: checkbox}"
    )
    done = place.promote("--apply")
    assert done.exit_code == 0, done.output
    for said in ("add column tasks.late", "set formula of tasks.double", "describe tasks.name"):
        assert f"left out, as staging has not verified it: {said}" in done.stderr
    assert formulas(place.production)["double"].endswith("hours * 2")
    assert formulas(place.production) == formulas(place.staging)
    columns = [column.column for column in doc_of(place.production).record.tables[0].columns]
    assert [column.name for column in columns] == ["name", "hours", "parent", "double", "more"]
    assert columns[0].about == "The work to do."


def test_where_what_came_back_leaves_open_what_was_confirmed_nothing_is_guessed(place: Place) -> None:
    """Coda gives back `hours > hours` for both texts; only the hash of the first is remembered."""
    place.edit("tasks/more.coda", "CurrentValue.hours > thisRow.hours", "thisRow.hours > CurrentValue.hours")
    done = place.promote("--apply")
    assert done.exit_code == 2
    assert done.stderr == (
        "codaform: formula of column tasks.more is not as staging confirmed it, and what came back leaves open what "
        "was confirmed: both sides read hours: the left one of the item, the right one of this row\n"
    )
    assert doc_of(place.production).record.tables == []


def test_once_staging_has_verified_it_an_edit_goes_on(place: Place) -> None:
    assert place.promote("--apply").exit_code == 0
    place.edit("tasks/double.coda", "* 2", "* 3")
    assert json.loads(place.promote("--format", "json").stdout)["steps"] == []
    place.deployed()
    done = place.promote("--apply", "--allow-loss")
    assert done.exit_code == 0, done.output
    assert formulas(place.production)["double"].endswith("hours * 3")


@pytest.mark.parametrize("where", ["staging", "production"])
def test_nothing_is_promoted_where_somebody_changed_a_doc(where: str, place: Place) -> None:
    assert place.promote("--apply").exit_code == 0
    coda: RunningCoda = getattr(place, where)
    doc = doc_of(coda)
    rename(doc, Renaming("column", "hours", "Spent", "tasks"))
    doc.rebuild()
    before = (place.folder / "doc.lock.yml").read_text("utf-8")
    done = place.promote("--apply", "--allow-loss")
    assert done.exit_code == 2
    assert done.stderr == (
        f"codaform: {where} differs from its confirmed state: column tasks.hours is called Spent now\n"
    )
    assert (place.folder / "doc.lock.yml").read_text("utf-8") == before


def test_a_doc_of_which_nothing_is_remembered_is_not_touched(place: Place) -> None:
    done = place.run("promote", "--from", "production", "--to", "staging", "--apply")
    assert done.exit_code == 2
    assert "doc.lock.yml remembers nothing of production" in done.stderr
    place.production.parts.workspace.do(
        place.production.doc_id,
        "add table",
        {"id": "grid-abc1234567", "page": doc_of(place.production).record.pages[0].id, "name": "x", "columns": []},
    )
    done = place.promote("--apply")
    assert done.exit_code == 2
    assert "production has 1 tables, and doc.lock.yml has no entry for it" in done.stderr


def test_what_cannot_be_promoted_is_one_line(place: Place) -> None:
    for arguments, said in (
        (("staging", "staging"), "cannot be promoted to itself"),
        (("stagin", "production"), "did you mean staging"),
        (("staging", "prod"), "there is no environment prod"),
        (("local", "production"), "remembers nothing of local"),
    ):
        done = place.run("promote", "--from", arguments[0], "--to", arguments[1])
        assert done.exit_code == 2, done.output
        assert len(done.stderr.splitlines()) == 1
        assert said in done.stderr


def test_by_rest_alone_an_edited_filter_cannot_be_told_from_the_confirmed_one(place: Place) -> None:
    place.edit("tasks/long.coda", "> 1", "> 2")
    done = CliRunner().invoke(program, ["promote", "--from", "staging", "--to", "production", str(place.folder)])
    assert done.exit_code == 2
    assert "filter of view Long is not as staging confirmed it" in done.stderr
    assert "--via mcp reads them" in done.stderr


def test_a_token_that_only_reads_gets_nothing_half_done(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = place.production.parts.tokens
    monkeypatch.setenv("CODA_MCP_TOKEN_PRODUCTION", tokens.add(Token("reader", "mcp", writes=False)))
    done = place.promote("--apply")
    assert done.exit_code != 0
    assert "internal error" not in done.output
    assert doc_of(place.production).record.tables == []
    monkeypatch.setenv("CODA_MCP_TOKEN_PRODUCTION", place.production.mcp_token)
    done = place.promote("--apply")
    assert done.exit_code == 0, done.output
    assert formulas(place.production) == formulas(place.staging)
