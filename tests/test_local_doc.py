"""The environment `local`: the doc of doc.yml, kept in each copy of a project by itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.deploy.lock import read_lock
from codaform.project.reader import read_project
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.start import open_project
from projects import with_tasks

pytestmark = pytest.mark.slow

DOC = """\
doc: Small
about: The work to do.
time_zone: Asia/Tokyo
first_day_of_week: monday
clock: 2025-12-10T09:00:00
user: {name: Ada Ruiz, email: ada@example.com}
"""


def local(root: Path) -> Iterator[LocalDoc]:
    workspace = open_project(read_project(root, ""), root / ".codaform/local.sqlite")
    try:
        yield workspace.live(workspace.docs()[-1].record.id)
    finally:
        workspace.store.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, [*arguments], catch_exceptions=False)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = with_tasks(tmp_path / "p", {"doc.yml": DOC, "tasks/rows.csv": "name,hours\none,1\n"})
    (folder / ".codaform").mkdir()
    monkeypatch.chdir(folder)
    return folder


def settings(doc: LocalDoc) -> tuple[str, str, str, int]:
    return doc.record.name, doc.record.about, doc.record.time_zone, doc.record.first_day_of_week


def test_it_has_the_settings_of_doc_yml_at_every_opening(root: Path) -> None:
    for doc in local(root):
        assert settings(doc) == ("Small", "The work to do.", "Asia/Tokyo", 1)
        assert doc.now == datetime(2025, 12, 10, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
        assert doc.user.name == "Ada Ruiz"
        assert doc.book.zone == ZoneInfo("Asia/Tokyo")
        first = doc.record.id
    (root / "doc.yml").write_text("doc: Renamed\nfirst_day_of_week: saturday\n")
    for doc in local(root):
        assert doc.record.id == first
        assert settings(doc) == ("Renamed", "", "UTC", 6)
        assert abs(doc.now - datetime.now(UTC)).total_seconds() < 600
        assert doc.book.zone == ZoneInfo("UTC")
    (root / "doc.yml").write_text("doc: [")  # what cannot be read says nothing of the doc
    for doc in local(root):
        assert settings(doc) == ("Renamed", "", "UTC", 6)


def test_its_ids_stay_out_of_the_shared_lock(root: Path, tmp_path: Path) -> None:
    shared = root / "doc.lock.yml"
    text = "# ours\nstaging:\n  doc: dAbCDeFGHij\n"
    shared.write_text(text)
    assert "Small" in run("plan").stdout
    done = run("deploy", "--apply", "--rows")
    assert done.exit_code == 0, done.output
    assert shared.read_text() == text
    assert {*read_lock(root)} == {"staging", "local"}
    assert read_lock(root)["local"].ids.tables.keys() == {"tasks"}
    assert run("drift", "--to", "local").exit_code == 0
    # Another person's copy of the folder, with a local Coda of its own.
    clone = tmp_path / "clone"
    shutil.copytree(root, clone, ignore=shutil.ignore_patterns(".codaform"))
    before = {path: path.read_bytes() for path in clone.rglob("*") if path.is_file()}
    for arguments in (
        ("drift", "--to", "local", str(clone)),
        ("plan", str(clone)),
        ("deploy", str(clone), "--apply", "--rows"),
        ("drift", "--to", "local", str(clone)),
    ):
        done = run(*arguments)
        assert done.exit_code == 0, done.output
    after = {path for path in clone.rglob("*") if path.is_file() and ".codaform" not in path.parts}
    assert after == before.keys()
    assert all(path.read_bytes() == content for path, content in before.items())


def test_ids_that_an_older_lock_has_of_it_are_used_where_they_are_right_and_go_with_the_next_change(
    root: Path,
) -> None:
    assert run("deploy", "--apply").exit_code == 0
    own = root / ".codaform/local.lock.yml"
    (root / "doc.lock.yml").write_text(own.read_text())
    kept = read_lock(root)
    own.unlink()
    assert read_lock(root) == kept
    assert run("drift", "--to", "local").exit_code == 0
    other = kept["local"].doc.translate(str.maketrans("abc", "bca")) + "x"
    (root / "doc.lock.yml").write_text((root / "doc.lock.yml").read_text().replace(kept["local"].doc, other))
    for arguments in (("plan",), ("deploy", "--apply"), ("drift", "--to", "local")):
        done = run(*arguments)
        assert done.exit_code == 0, done.output


def test_a_pull_of_it_writes_no_shared_lock(root: Path) -> None:
    assert run("deploy", "--apply").exit_code == 0
    (root / ".codaform/local.lock.yml").unlink()
    done = run("pull", "--to", "local", ".")
    assert done.exit_code == 0, done.output
    assert not (root / "doc.lock.yml").exists()
    assert {*read_lock(root)} == {"local"}


@pytest.mark.parametrize(
    "arguments", [("plan",), ("deploy",), ("backup", "--to", "local"), ("pull", "--to", "local", ".")]
)
def test_what_is_kept_beside_it_is_always_ignored(root: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    assert (root / ".codaform/.gitignore").read_text() == "*\n"
