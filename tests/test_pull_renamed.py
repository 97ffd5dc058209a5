"""A pull renames in the whole folder what was renamed in Coda, and the folder stays sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.deploy.ids import Ids
from codaform.deploy.lock import LockEntry, read_lock, write_lock
from codaform.semantics.renaming import Renaming
from codaform.server.commands.names import rename
from codaform.testing import RunningCoda, local_coda_for
from projects import replace, write
from test_rename import FILES, complaints, contents
from test_rename import rename as rename_in_folder

pytestmark = pytest.mark.slow

SETTINGS: Mapping[str, str] = {
    "doc.yml": """\
doc: Shop   # a comment
clock: 2025-12-10T09:00:00
environments:
  staging: {doc: ID, host: 'URL'}
  production: {doc: dAbCDeFGHij}
formulas:
  - {name: limit, type: number, formula: limit.coda}
  - {name: best, type: relation, to: tasks, formula: best.coda}
controls:
  - {name: least, type: slider, value: 0}
  - {name: Focus, type: relation, to: tasks, choices: focus_choices.coda}
  - {name: reset, type: button, action: reset.coda}
"""
}


@pytest.fixture
def coda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCoda]:
    """A doc that the project was pulled from, so that its lock knows the ids."""
    root = write(tmp_path / "p", FILES)
    with local_coda_for(root) as found:
        monkeypatch.setenv("CODA_API_TOKEN", found.token)
        monkeypatch.setenv("CODA_MCP_TOKEN", found.mcp_token)
        monkeypatch.chdir(tmp_path)
        write(root, {"doc.yml": SETTINGS["doc.yml"].replace("ID", found.doc_id).replace("URL", found.url)})
        pull()
        columns = {("tasks", "hours"): "c-1", ("tasks", "halve"): "c-2", ("people", "owned"): "c-3"}
        production = LockEntry(Ids("dAbCDeFGHij", {"tasks": "grid-1"}, columns))
        write_lock(root, {**read_lock(root), "production": production})
        assert complaints(root) == []
        yield found


def pull(*options: str) -> Result:
    done = CliRunner().invoke(program, ["pull", "staging", "p", "--via", "mcp", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def rename_in_coda(coda: RunningCoda, *renamings: Renaming) -> None:
    """The changes of a person in Coda."""
    doc = coda.parts.workspace.live(coda.doc_id)
    for renaming in renamings:
        rename(doc, renaming)
        doc.rebuild()


HOURS = Renaming("column", "hours", "time: spent", "tasks")
TASKS = Renaming("table", "tasks", "All jobs")
OTHERS = (
    Renaming("view", "Long ones", "Big"),
    Renaming("formula", "limit", "Most"),
    Renaming("control", "least", "At least"),
    Renaming("column", "halve", "Share", "tasks"),
    Renaming("column", "owned", "of them", "people"),
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("renamings", "rows"),
    [((HOURS,), ()), ((TASKS,), ("--rows",)), (OTHERS, ()), ((*OTHERS, HOURS, TASKS), ("--rows",))],
    ids=["column", "table", "others", "all"],
)
def test_a_pull_is_what_the_renaming_by_hand_is(
    coda: RunningCoda, tmp_path: Path, renamings: tuple[Renaming, ...], rows: tuple[str, ...]
) -> None:
    root, by_hand = tmp_path / "p", tmp_path / "by hand"
    copytree(root, by_hand)
    for renaming in renamings:
        rename_in_folder(by_hand, renaming)
    rename_in_coda(coda, *renamings)
    dry = pull("--dry-run", *rows)
    assert complaints(root) == []
    done = pull(*rows)
    assert done.stdout == dry.stdout
    assert complaints(root) == []
    pulled, renamed = contents(root), contents(by_hand)
    pulled.pop("doc.besides.yml", None)  # what a folder has no words for is kept by a pull alone
    assert pulled.keys() == renamed.keys()
    for name in ("doc.lock.yml", *(["tasks/rows.csv", "All jobs/rows.csv", "people/rows.csv"] if rows else [])):
        pulled.pop(name, None), renamed.pop(name, None)
    assert pulled == renamed
    assert ", 0 changed" in pull(*rows).output
    # The other environment's doc still has the old names, and its ids are known by the new ones.
    assert read_lock(root)["production"].ids.columns == read_lock(by_hand)["production"].ids.columns


def test_names_that_change_places(coda: RunningCoda, tmp_path: Path) -> None:
    rename_in_coda(
        coda,
        Renaming("column", "owner_name", "for a moment", "tasks"),
        Renaming("column", "name", "owner_name", "tasks"),
        Renaming("column", "for a moment", "name", "tasks"),
    )
    pull("--rows")
    assert complaints(tmp_path / "p") == []
    assert (tmp_path / "p/tasks/rows.csv").read_text().startswith("owner_name,hours,owner,name\n")


def test_what_the_folder_cannot_follow_is_said_and_the_rest_comes_in(coda: RunningCoda, tmp_path: Path) -> None:
    rename_in_coda(coda, Renaming("column", "hours", "a, b", "tasks"), Renaming("column", "owned", "mine", "people"))
    done = pull("--rows")
    assert "hours is a, b in Coda: p/documents/guide.md cannot write the name a, b" in done.stderr
    assert {one.partition(":")[0] for one in complaints(tmp_path / "p")} == {"documents/guide.md"}
    assert "reverse: owner" in (tmp_path / "p/people/table.yml").read_text()


def test_a_name_that_something_new_in_the_folder_has(coda: RunningCoda, tmp_path: Path) -> None:
    root = tmp_path / "p"
    replace(root / "people/table.yml", "columns:\n", "columns:\n  - {name: later, type: text}\n")
    rename_in_coda(coda, Renaming("column", "owned", "later", "people"))
    done = pull()
    assert "owned is later in Coda: later is a column of people already" in done.stderr
