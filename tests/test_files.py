"""Writing files: through no link, never outside the project, whole or not at all; every command keeps to it."""

from __future__ import annotations

import ast
import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.files import (
    UnsafePath,
    check_tree,
    create_file,
    open_file,
    read_file,
    read_file_text,
    read_plain,
    remove_file,
    stage_file,
    write_file,
)
from codaform.project.own_folder import own_folder
from codaform.server.storage.store import CannotOpen, Store
from projects import TASKS, with_tasks

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "codaform"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="making a link takes a privilege there")

Run = Callable[..., Result]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A private folder of the user, with a file that must not be touched."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious").write_text("precious\n", "utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with two tables, in a checkout."""
    (tmp_path / "checkout" / ".git").mkdir(parents=True)
    table = TASKS.replace("type: number}", "type: number, default: one.coda}")  # no API writes one: there is a sheet
    return with_tasks(tmp_path / "checkout" / "formulas", {"tasks/table.yml": table, "tasks/one.coda": "1\n"})


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(root.parent)

    def call(*words: object) -> Result:
        return CliRunner().invoke(program, [str(word) for word in words])

    return call


def untouched(outside: Path) -> bool:
    return [path.name for path in outside.iterdir()] == ["precious"] and (
        outside / "precious"
    ).read_bytes() == b"precious\n"


# ------------------------------------------------------------ the functions


@pytest.mark.parametrize("at", ["file", "folder", "deep", "nowhere"])
@pytest.mark.parametrize("writing", [write_file, stage_file, create_file, open_file, remove_file])
def test_nothing_is_written_through_a_link(writing: Callable[..., object], at: str, root: Path, outside: Path) -> None:
    path = root / "a" / "b" / "precious"
    path.parent.mkdir(parents=True)
    match at:
        case "file":
            path.symlink_to(outside / "precious")
        case "nowhere":
            path.symlink_to(outside / "new")
        case "folder":
            path.parent.rmdir()
            path.parent.symlink_to(outside, target_is_directory=True)
        case "deep":
            shutil.rmtree(root / "a")
            (outside / "b").mkdir()
            (root / "a").symlink_to(outside, target_is_directory=True)
    arguments = (path, root) if writing in (open_file, remove_file) else (path, "new", root)
    with pytest.raises(OSError, match=r"link|exists"):
        writing(*arguments)
    shutil.rmtree(outside / "b", ignore_errors=True)
    assert untouched(outside)


@pytest.mark.parametrize("way", ["../x", "a/../../x", "/tmp/x"])
def test_nothing_is_written_outside_the_folder(root: Path, way: str) -> None:
    with pytest.raises(UnsafePath, match="outside"):
        write_file(root / way, "x", root)


def test_the_folder_itself_may_be_reached_by_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "short").symlink_to(root, target_is_directory=True)
    write_file(tmp_path / "short" / "new" / "x", "x", tmp_path / "short")
    assert (root / "new" / "x").read_bytes() == b"x"


def test_a_failed_write_leaves_the_old_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "kept"
    write_file(path, "before", root, 0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = sorted(root.iterdir())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("codaform.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_file(path, "after", root)
    monkeypatch.undo()
    assert path.read_text("utf-8") == "before"
    assert sorted(root.iterdir()) == before
    write_file(path, "after", root)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_for_another_program_holds_no_link(root: Path, outside: Path) -> None:
    (root / "site" / "deep").mkdir(parents=True)
    check_tree(root / "site", root)
    (root / "site" / "deep" / "link").symlink_to(outside)
    with pytest.raises(UnsafePath):
        check_tree(root / "site", root)


def test_the_folder_of_the_machine_is_passed_over_by_git(root: Path) -> None:
    ignored = own_folder(root) / ".gitignore"
    ignored.unlink()
    own_folder(root)
    assert ignored.read_text("utf-8") == "*\n"


# ------------------------------------------------------------ the commands

PLANTED = {
    # what is a link, and the command that would write there
    "formulas/tasks/double.coda": ("fmt", "formulas"),
    "formulas/tasks": ("fmt", "formulas"),
    "formulas/.codaform": ("plan", "formulas"),
    "formulas/.codaform/local.sqlite": ("plan", "formulas"),
    "formulas/.codaform/local.sqlite-wal": ("plan", "formulas"),
    "formulas/.codaform/journal-local.jsonl": ("deploy", "formulas", "--apply"),
    "formulas/.codaform/paste-sheet-local.md": ("deploy", "formulas", "--apply"),
    "formulas/.codaform/backups": ("backup", "--to", "local"),
    "formulas/.codaform/local.lock.yml": ("deploy", "formulas", "--apply"),
    "formulas/.codaform-undo": ("rename", "tasks.hours", "time", "formulas", "--apply"),
    "kept.plan": ("plan", "formulas", "--out", "kept.plan"),
    "kept.json": ("backup", "--to", "local", "--out", "kept.json"),
    "docs": ("docs", "build", "formulas", "--pages"),
    "docs/reference": ("docs", "build", "formulas", "--pages"),
    "docs/assets/codaform": ("docs", "build", "formulas", "--pages"),
    "mkdocs.yml": ("docs", "build", "formulas", "--pages"),
    "site": ("docs", "build", "formulas"),
    "site/assets": ("docs", "build", "formulas"),
    "new": ("init", "new/formulas"),
}


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED)
def test_no_command_writes_through_a_planted_link(planted: str, run: Run, root: Path, outside: Path) -> None:
    link = root.parent / planted
    if planted == "formulas/tasks/double.coda":
        link.unlink()
        (outside / "precious").write_text("1   +   1\n", "utf-8")
    elif planted == "formulas/tasks":
        shutil.rmtree(link)
        (outside / "precious.coda").write_text("1   +   1\n", "utf-8")
    link.parent.mkdir(parents=True, exist_ok=True)
    is_file = "." in Path(planted).name and planted != "formulas/.codaform"
    aim = "precious" if planted.endswith((".coda", ".jsonl", ".sqlite-wal")) else "new"
    link.symlink_to(outside / aim if is_file else outside, target_is_directory=not is_file)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    result = run(*PLANTED[planted])
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == before, result.output
    assert "internal error" not in result.output
    assert link.is_symlink()
    if planted != "formulas/tasks":  # a folder that is a link is not walked through
        assert result.exit_code in (1, 2), result.output
        assert "link" in result.output


@pytest.mark.slow
def test_a_pulled_doc_does_not_follow_links(run: Run, root: Path, outside: Path) -> None:
    assert run("deploy", "formulas", "--apply", "--rows").exit_code in (0, 1)
    rows = root / "tasks" / "rows.csv"
    rows.unlink(missing_ok=True)
    rows.symlink_to(outside / "precious")
    result = run("pull", "--to", "local", "formulas", "--rows")
    assert result.exit_code == 2, result.output
    assert "link" in result.output
    assert untouched(outside)


def test_a_file_of_the_machine_is_not_read_into_the_project(run: Run, root: Path, outside: Path) -> None:
    """A finding shows an excerpt; a link must not make it one of a file that a pull request cannot see."""
    (outside / "precious").write_text("name,secret\nx,hunter2\n", "utf-8")
    for name in ("rows.csv", "double.coda", "double.cases.yml"):
        path = root / "tasks" / name
        path.unlink(missing_ok=True)
        path.symlink_to(outside / "precious")
    result = run("check", "formulas")
    assert result.exit_code == 1
    assert "hunter2" not in result.output
    assert result.output.count("leads out of the project") >= 2


def test_a_store_is_no_link_and_only_its_owner_reads_it(tmp_path: Path, outside: Path) -> None:
    path = tmp_path / "kept.sqlite"
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    path.symlink_to(outside / "new")
    with pytest.raises(CannotOpen, match="link"):
        Store(path)
    assert untouched(outside)


# ------------------------------------------------------------ the code

WRITING = {"write_text", "write_bytes", "touch", "mkdir", "makedirs", "symlink_to", "mkstemp", "copyfile", "copytree"}

ELSEWHERE = {
    "files.py": "the functions themselves",
    "project/user_cache.py": "the user's cache",
    "project/written_files.py": "a second name for the old files in a folder of its own, until the new ones are there",
    "site/build/writing.py": "a temporary folder",
    "bench/workload.py": "a project in a temporary folder",
    "cli/performance_page.py": "a generated page of the checkout, for those who work on it",
    "cli/reference_pages.py": "the generated pages of the checkout, for those who work on it",
    "server/reference.py": "the same",
    "site/reference/pages.py": "the same",
    "syntax/table_maker.py": "the same: the tables of the grammar",
    "cli/resident_client.py": "a folder of the user's, outside of projects, for sockets",
    "server/turns.py": "no file: a call takes note of what it looks at",
    "server/workspace.py": "the same",
    "server/certificates.py": "a certificate of one run, in a folder of the system for temporary files",
}
"""Where something else than codaform.files writes files, and what for."""


@pytest.mark.slow
def test_files_are_written_by_one_module() -> None:
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                modes = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                opens = name == "open" and any(set(mode) & set("wax+") and len(mode) <= 3 for mode in modes)
                if name in WRITING or opens:
                    found.add(path.relative_to(SOURCE).as_posix())
    assert found == ELSEWHERE.keys()
    assert callable(os.path.islink)  # the platform knows links


@pytest.mark.parametrize("command", ["fmt", "check"])
@pytest.mark.parametrize("name", ["aside.coda", "doc.yml"])
def test_no_file_that_is_read_by_itself_shows_what_lies_outside(tmp_path: Path, command: str, name: str) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "doc.yml").write_text("doc: D\n")
    (tmp_path / "secret").write_text("formulas: [{name: a, formula: 'precious precious'}]\n")
    (root / name).unlink(missing_ok=True)
    (root / name).symlink_to(tmp_path / "secret")
    done = CliRunner().invoke(program, [command, str(root / name)])
    assert "precious" not in done.output
    assert done.exit_code in (1, 2)


# ------------------------------------------------------------ reading


@pytest.mark.parametrize(
    ("lay", "said"),
    [
        (lambda docs, out: docs.symlink_to(out), "docs: it is a link that leads"),
        (lambda docs, out: (docs / "page.md").symlink_to(out / "precious"), "docs/page.md: it is a link that leads"),
        (lambda docs, out: (docs / "deep" / "a.txt").symlink_to(out / "precious"), "docs/deep/a.txt: it is a link"),
        (lambda docs, out: (docs / "folder").symlink_to(out), "docs/folder: it is a link that leads"),
        (lambda docs, _: (docs / "folder").symlink_to(docs), "docs/folder: it is a link to a folder that holds it"),
        (lambda docs, _: (docs / "page.md").symlink_to("nowhere"), "docs/page.md: no such file"),
        (lambda docs, _: (docs / "page.md").symlink_to("page.md"), "docs/page.md: "),
        (lambda docs, _: os.mkfifo(docs / "pipe"), "docs/pipe: it is no file"),
    ],
)
@pytest.mark.parametrize("words", [("docs", "check"), ("docs", "build"), ("docs", "build", "--pages")])
def test_a_site_reads_nothing_from_outside(
    words: tuple[str, ...], lay: Callable[[Path, Path], object], said: str, root: Path, outside: Path, run: Run
) -> None:
    docs = root.parent / "docs"
    if "docs: " not in said:
        (docs / "deep").mkdir(parents=True)
    lay(docs, outside)
    done = run(*words, root.name)
    assert done.exit_code == 2, done.output
    assert said in done.output.lower()
    assert len(done.output.splitlines()) == 1
    assert untouched(outside)


@pytest.mark.parametrize("to", ["/", "../outside", "..", "docs/../.."])
def test_a_site_takes_no_folder_from_outside(to: str, root: Path, outside: Path, run: Run) -> None:
    (root / "mkdocs.yml").write_text(f"site_name: X\ndocs_dir: {to}\n", "utf-8")
    done = run("docs", "build", "--pages", root)
    assert done.exit_code == 2
    assert "leads out of" in done.output


def test_links_within_a_project_are_read(root: Path, run: Run) -> None:
    docs = root.parent / "docs"
    docs.mkdir()
    (docs / "tasks").symlink_to(root / "tasks")
    (docs / ".#page.md").symlink_to("somebody@machine")
    done = run("docs", "build", "--pages", root.name)
    assert done.exit_code == 0, done.output


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no such pipes")
@pytest.mark.parametrize(
    "words",
    [
        "restore PIPE --to local",
        "deploy --to local --plan PIPE",
        "parity PIPE",
        "serve --port 0 --file PIPE",
        "serve --port 0 --faults PIPE",
        "fmt PIPE.coda",
        "check PIPE.coda",
    ],
)
def test_a_pipe_is_refused_before_it_is_read(tmp_path: Path, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(with_tasks(tmp_path))
    for name in ("pipe", "pipe.coda"):
        os.mkfifo(tmp_path / name)
    done = CliRunner().invoke(program, words.replace("PIPE", "pipe").split())
    assert done.exit_code in ((1, 2) if words.startswith(("check", "fmt")) else (2,)), done.output
    assert "no file" in done.output


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no such pipes")
def test_only_files_are_read_and_appended_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a\r\n")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to pipe").symlink_to(tmp_path / "pipe")
    assert read_file(tmp_path / "link") == b"a\r\n"
    assert read_file_text(tmp_path / "link") == "a\n"
    for path in (tmp_path / "pipe", tmp_path / "to pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError, match=r"no file|directory"):
            read_file(path)
    with pytest.raises(OSError, match="no file"):
        open_file(tmp_path / "pipe", tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no such pipes")
def test_a_plain_file_is_no_link_and_no_pipe(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a\r\n")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "itself").symlink_to("itself")
    os.mkfifo(tmp_path / "pipe")
    found = {path.name: read_plain(str(path), most=3) for path in tmp_path.iterdir()}
    none = dict.fromkeys(("link", "itself", "pipe"))
    assert found == {"file": b"a\r\n", "empty": b"", **none}
    for other in (tmp_path / "missing", tmp_path, Path("/dev/zero")):
        assert read_plain(str(other), most=3) is None
    assert read_plain(str(tmp_path / "file"), most=2) is None
