"""What changed between two states of a doc: parts, formulas and values, from git and from a snapshot."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.coda.snapshot.records import RemoteColumn, RemoteDoc, RemoteRow, RemoteTable, Snapshot, snapshot_to_json
from codaform.deploy.ids import Ids
from codaform.deploy.lock import LockEntry, write_lock
from codaform.project.files import CannotRead
from codaform.project.git_revision import folder_at
from codaform.source import Source
from codaform.syntax.parser import parse
from codaform.syntax.tree_diff import changed_parts
from projects import DOC, replace, write

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: state, type: select, options: [Open, Done]}
  - {name: double, type: number, formula: double.coda}
  - {name: large, type: checkbox, formula: "thisRow.double > 5"}
  - {name: gone, type: text}
views:
  - {name: Open ones, filter: 'thisRow.state = "Open"'}
"""
FILES = {
    "doc.yml": DOC + "formulas: [{name: sum, type: number, formula: tasks.double.Sum()}]\n",
    "tasks/table.yml": TABLE,
    "tasks/double.coda": "thisRow.hours * 2\n",
    "tasks/rows.csv": "name,hours,state\na,1,Open\nb,2,Open\nc,3,Done\n",
}


def git(root: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *settings, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project below the top of a repository, committed once."""
    folder = write(tmp_path / "repository" / "formulas", FILES)
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-q", "-m", "first")
    return folder


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["diff", *arguments, "--project", str(root)], catch_exceptions=False)


def test_a_changed_formula_shows_its_parts_and_the_values_that_moved(root: Path) -> None:
    (root / "tasks" / "double.coda").write_text("thisRow.hours\n  * 3\n", "utf-8")
    assert run(root, "HEAD").stdout.splitlines() == [
        "formula changed: tasks.double",
        "  - 2",
        "  + 3",
        "values moved: tasks.double, in 3 of 3 rows",
        "  a: 2 → 3",
        "  b: 4 → 6",
        "  c: 6 → 9",
        "values moved: tasks.large, in 1 of 3 rows",
        "  b: false → true",
        "values moved: sum, in 1 of 1 row",
        "  12 → 18",
    ]


def test_a_formula_in_another_layout_is_the_same(root: Path) -> None:
    (root / "tasks" / "double.coda").write_text("thisRow.hours\n\n  *   2\n", "utf-8")
    result = run(root, "HEAD", "--exit-code")
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_renaming_is_one_and_its_values_stay(root: Path) -> None:
    assert CliRunner().invoke(program, ["rename", "tasks.hours", "effort", str(root), "--apply"]).exit_code == 0
    data = json.loads(run(root, "HEAD", "--format", "json").stdout)
    (change,) = data["changes"]
    assert (change["kind"], change["guessed"]) == ("RenameColumn", True)
    assert (data["formulas"], data["values"]) == ([], [])


def test_the_lock_files_tell_a_renaming_for_sure(root: Path) -> None:
    ids = Ids("dAbCDeFGHij", {"tasks": "grid-1"}, {("tasks", "hours"): "c-1"})
    write_lock(root, {"production": LockEntry(ids)})
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "locked")
    for name in ("effort", "time"):
        known = "hours" if name == "effort" else "effort"
        assert CliRunner().invoke(program, ["rename", f"tasks.{known}", name, str(root), "--apply"]).exit_code == 0
    (change,) = json.loads(run(root, "HEAD", "--format", "json").stdout)["changes"]
    assert (change["text"], change["guessed"]) == ("rename column tasks.hours to time", False)


def test_parts_that_come_and_go_and_change_their_type(root: Path) -> None:
    file = root / "tasks" / "table.yml"
    replace(file, "  - {name: gone, type: text}\n", "  - {name: due, type: date, about: When.}\n")
    replace(file, "{name: state, type: select, options: [Open, Done]}", "{name: state, type: text}")
    found = json.loads(run(root, "HEAD", "--format", "json").stdout)["changes"]
    assert {change["kind"]: change["subject"] for change in found} == {
        "AddColumn": "tasks.due",
        "DropColumn": "tasks.gone",
        "SetFormat": "tasks.state",
    }


def everything(folder: Path) -> dict[Path, bytes]:
    """All files of a folder, git's own among them."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_working_tree_and_the_index_stay_as_they_are(root: Path) -> None:
    (root / "tasks" / "double.coda").write_text("thisRow.hours * 4\n", "utf-8")
    (root / "new.txt").write_text("new", "utf-8")
    (root.parent / ".gitattributes").write_text("* export-ignore\n*.coda filter=evil\n", "utf-8")
    git(root, "config", "filter.evil.smudge", "touch smudged")
    before = {path: path.read_bytes() for path in root.parent.rglob("*") if path.is_file()}
    assert "+ 4" in run(root, "HEAD").stdout
    after = {
        path: path.read_bytes() for path in root.parent.rglob("*") if path.is_file() and ".codaform" not in path.parts
    }
    assert {path: data for path, data in before.items() if ".codaform" not in path.parts} == after


def test_links_are_left_out_of_a_revision(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", "utf-8")
    (root / "link.txt").symlink_to(tmp_path / "secret")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "a link")
    with folder_at(root, "HEAD") as folder:
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(FILES)


@pytest.mark.parametrize("revision", ["no-such", "--output=x", "-h", "HEAD; touch x", "HEAD^{tree}", ""])
def test_what_is_no_revision_is_refused_in_one_line(root: Path, revision: str) -> None:
    with pytest.raises(CannotRead, match="is no revision"), folder_at(root, revision):
        pass
    assert sorted(path.name for path in root.iterdir() if path.name[0] != ".") == ["doc.yml", "tasks"]


def test_a_snapshot_is_compared_without_its_values(root: Path) -> None:
    columns = (
        RemoteColumn("c-1", "name", {"type": "text"}, display=True),
        RemoteColumn("c-2", "hours", {"type": "number"}),
        RemoteColumn("c-3", "double", {"type": "number"}, "thisRow.hours * 5", calculated=True),
    )
    rows = {"grid-1": (RemoteRow("i-1", "a", {"c-1": "```a```", "c-2": 1, "c-3": 5}),)}
    tables = (RemoteTable("grid-1", "tasks", "", columns=columns),)
    saved = Snapshot(RemoteDoc("dSmall12345", "Small"), "2025-12-10T09:00:00+00:00", tables=tables, rows=rows)
    file = root.parent / "backup.json"
    file.write_text(snapshot_to_json(saved), "utf-8")
    data = json.loads(run(root, str(file), "--format", "json").stdout)
    assert [(one["name"], one["parts"]) for one in data["formulas"]] == [("double", [{"before": "5", "after": "2"}])]
    assert data["values"] is None
    assert {"AddColumn", "AddView", "AddFormula"} <= {change["kind"] for change in data["changes"]}


# ------------------------------------------------------------ trees


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("a + b", "a + b", []),
        ("a + b * 2", "a + b * 3", [("2", "3")]),
        ("If(a, 1, 2)", "If(a, 1, 2 + x)", [("2", "2 + x")]),
        ("F(a, b)", "F(a, x, b)", [("", "x")]),
        ("F(a, b, c)", "F(a, c)", [("b", "")]),
        ("List(a, b)", "List(b, a)", [("a", "b"), ("b", "a")]),
        ("tasks.Filter(x > 1).Count()", "tasks.Filter(x > 2).Count()", [("1", "2")]),
        ("tasks.Filter(x).Sum()", "tasks.Filter(x).Max()", [("tasks.Filter(x).Sum()", "tasks.Filter(x).Max()")]),
        ("a AND b", "a OR b", [("a AND b", "a OR b")]),
        ("x.a.c", "x.b.c", [("x.a", "x.b")]),
    ],
)
def test_the_smallest_parts_that_differ(before: str, after: str, parts: list[tuple[str, str]]) -> None:
    old, new = parse(Source("", before))[0], parse(Source("", after))[0]
    assert old is not None
    assert new is not None
    found = changed_parts(old, new)
    texts = [
        (
            before[one.before.start : one.before.end] if one.before else "",
            after[one.after.start : one.after.end] if one.after else "",
        )
        for one in found
    ]
    assert texts == parts


@pytest.mark.parametrize("words", ["diff HEAD", "history log tasks.hours", "history init"])
def test_a_folder_in_no_repository_is_told_what_would_help(tmp_path: Path, words: str) -> None:
    environment = "environments:\n  production: {doc: abcdefghij}\n"
    folder = write(tmp_path, {**FILES, "doc.yml": FILES["doc.yml"] + environment})
    done = CliRunner().invoke(program, [*words.split(), "--project", str(folder)])
    assert (done.exit_code, done.stderr) == (
        2,
        f"codaform: {folder} is in no git repository: `git init` and a commit begin its history\n",
    )
