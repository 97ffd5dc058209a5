"""A doc's history in git: the nightly pipeline, and the life of a formula."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.deploy.copying.nightly import nightly_pull
from codaform.deploy.ids import Ids
from codaform.deploy.lock import LockEntry, write_lock
from codaform.project.files import CannotRead
from projects import DOC, git, write

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: double, type: number, formula: double.coda}
"""
ENVIRONMENT = "environments: {production: {doc: dAbCDeFGHij}}\n"
FILES = {"doc.yml": DOC + ENVIRONMENT, "tasks/table.yml": TABLE, "tasks/double.coda": "thisRow.hours * 2\n"}


def commit(root: Path, message: str, files: dict[str, str]) -> None:
    """Write files of the project and commit them."""
    write(root, files, FILES["doc.yml"])
    git(root, "add", "-A", ".")
    git(root, "commit", "-q", "-m", message)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project below the top of a repository; a column was written, changed twice and renamed."""
    folder = write(tmp_path / "repository" / "formulas", FILES)
    git(folder.parent, "init", "-q")
    commit(folder, "Begin", {})
    commit(folder, "Three times", {"tasks/double.coda": "thisRow.hours * 3\n"})
    commit(folder, "A row", {"tasks/rows.csv": "name,hours\na,1\n"})
    commit(folder, "Laid out", {"tasks/double.coda": "thisRow.hours   *   3\n"})
    commit(folder, "Guarded", {"tasks/double.coda": "If(thisRow.hours > 1, thisRow.hours * 3, 0)\n"})
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program, [str(each) for each in arguments])


def life(root: Path, part: str) -> list[tuple[str, str]]:
    """The subjects of the commits, with the formulas."""
    result = run("history", "log", part, "--project", root, "--format", "json")
    assert result.exit_code == 0, result.output
    return [(one["subject"], " ".join(one["formula"].split())) for one in json.loads(result.stdout)]


def test_the_life_of_a_formula_has_the_commits_that_changed_it(root: Path) -> None:
    assert life(root, "tasks.double") == [
        ("Guarded", "If(thisRow.hours > 1, thisRow.hours * 3, 0)"),
        ("Three times", "thisRow.hours * 3"),
        ("Begin", "thisRow.hours * 2"),
    ]
    told = run("history", "log", "tasks.double", "--project", root).stdout.splitlines()
    assert [line.split("  ")[-1] for line in told if line[0] != " "] == [
        "Ada: Guarded",
        "Ada: Three times",
        "Ada: Begin",
    ]
    assert told[4:6] == ["  - 2", "  + 3"]


@pytest.mark.parametrize("locked", [True, False])
def test_a_renamed_column_is_followed(root: Path, locked: bool) -> None:
    def lock(name: str) -> None:
        if locked:
            columns = {("tasks", "name"): "c-n", ("tasks", "hours"): "c-h", ("tasks", name): "c-d"}
            write_lock(root, {"production": LockEntry(Ids("dAbCDeFGHij", {"tasks": "grid-1"}, columns))})

    lock("double")
    commit(root, "Locked", {"about.txt": "1"})
    lock("triple")
    files = {"tasks/table.yml": TABLE.replace("double", "triple")}
    shutil.move(root / "tasks" / "double.coda", root / "tasks" / "triple.coda")
    commit(root, "Renamed", files)
    assert [subject for subject, _ in life(root, "tasks.triple")] == ["Guarded", "Three times", "Begin"]
    assert "Ada: Guarded (as tasks.double)" in run("history", "log", "tasks.triple", "--project", root).stdout


def test_a_formula_that_came_late_begins_there(root: Path) -> None:
    more = "  - {name: large, type: checkbox, formula: 'thisRow.double > 5'}\n"
    commit(root, "Large ones", {"tasks/table.yml": TABLE + more})
    assert life(root, "tasks.large") == [("Large ones", "thisRow.double > 5")]


def test_what_has_no_history_is_said(root: Path, tmp_path: Path) -> None:
    assert "no commit has this formula" in run("history", "log", "tasks.hours", "--project", root).output
    write(tmp_path / "alone", FILES)
    result = run("history", "log", "tasks.double", "--project", tmp_path / "alone")
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    result = run("history", "log", "tasks.dubble", "--project", root)
    assert result.exit_code == 2
    assert "double" in result.output


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_the_pipeline_is_written_once_and_never_over_another(root: Path, forge: str) -> None:
    first = run("history", "init", "--project", root, "--forge", forge)
    assert first.exit_code == 0, first.output
    path = Path(first.stdout.splitlines()[0])
    assert path.is_relative_to(root.parent)
    assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict)
    assert run("history", "init", "--project", root, "--forge", forge).exit_code == 0
    path.write_text("mine: 1\n", "utf-8")
    second = run("history", "init", "--project", root, "--forge", forge)
    assert second.exit_code == 2
    assert path.read_text("utf-8") == "mine: 1\n"


def test_an_unknown_environment_is_refused(root: Path) -> None:
    assert run("history", "init", "--project", root, "--to", "stage").exit_code == 2


@pytest.mark.parametrize("folder", ["a${{ b }}", "a;b", "a$(b)", "a\nb"])
def test_a_folder_that_says_something_in_a_pipeline_is_refused(folder: str) -> None:
    with pytest.raises(CannotRead, match="cannot name the folder"):
        nightly_pull("github", "production", folder)


def test_a_night_commits_what_changed_and_nothing_else(root: Path, tmp_path: Path) -> None:
    """The commands of the workflow, with a stand-in for codaform: it changes a formula at the first pull."""
    steps = yaml.safe_load(nightly_pull("github", "production", "formulas").text)["jobs"]["pull"]["steps"]
    commands = steps[-1]["run"].replace("git push", "")
    tools = write(
        tmp_path / "tools",
        {
            "codaform": (
                '#!/bin/sh\n[ "$1" = pull ] && echo "thisRow.hours * 4" > formulas/tasks/double.coda\n'
                '[ "$1" = diff ] && echo "formula changed: tasks.double"\nexit 0\n'
            )
        },
    )
    (tools / "codaform").chmod(0o755)
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    for _ in range(2):
        subprocess.run(["bash", "-e", "-c", commands], cwd=root.parent, env=environment, check=True)
    assert git(root, "log", "--format=%s", "-3").splitlines() == ["The doc changed in Coda", "Guarded", "Laid out"]
    assert git(root, "log", "--format=%b", "-1") == "formula changed: tasks.double"
    assert git(root, "status", "--porcelain") == ""
