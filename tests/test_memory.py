"""The memory of a project: commands find the same with it as without, and read no files of other users."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.formats import FORMATS, Report
from codaform.project import check_cache, memory, rows_file, user_cache
from codaform.project.check import check_project
from codaform.project.memory import Memory
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.semantics import program
from codaform.semantics.program import FormulaSite
from mutations import mutated, whole_project
from projects import DOUBLE, TASKS, replace, with_tasks

TICK = 0.02
"""Seconds until a file is trusted to have other times after another change."""

ALL = ["double", "inline", "late"]
LATE = "thisRow.parent.double > thisRow.double\n"
TABLE = (
    TASKS
    + """\
  - {name: late, type: checkbox, formula: late.coda}
  - {name: inline, type: number, formula: thisRow.hours * 3}
"""
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the user."""
    monkeypatch.setattr(user_cache, "user_cache_path", lambda _name: tmp_path / "cache" / "codaform")
    monkeypatch.setattr(check_cache, "_TICK", TICK * 1_000_000_000)
    return tmp_path / "cache" / "codaform" / "projects"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with two formulas in files and one in YAML."""
    return with_tasks(tmp_path / "project", {"tasks/table.yml": TABLE, "tasks/late.coda": LATE})


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the formulas that are understood."""
    names: list[str] = []
    bind_site = program.bind_site

    def noted(doc, place: FormulaSite, source, expected):  # type: ignore[no-untyped-def]
        names.append(place.name)
        return bind_site(doc, place, source, expected)

    monkeypatch.setattr(program, "bind_site", noted)
    return names


def checked(folder: Path) -> list[Diagnostic]:
    """The findings with what is remembered, which are those without, to the last byte of each format."""
    fresh = check_project(read_project(folder, "project"))
    time.sleep(1.2 * TICK)
    found, names = recalled(folder)
    again, _ = recalled(folder)
    assert repr(found) == repr(fresh) == repr(again)
    assert names == read_project(folder, "project").files
    for write in FORMATS.values():
        assert write(Report(found, ["a"], "1")) == write(Report(fresh, ["a"], "1"))
    return fresh


def recalled(folder: Path) -> tuple[list[Diagnostic], tuple[str, ...]]:
    """The findings of a check with what is remembered, and the files that it read."""
    remembered = Memory(folder, "project")
    return check_project(remembered.project, remembered), remembered.project.files


def rules(found: list[Diagnostic]) -> list[tuple[str, str]]:
    """The rule and the file of each finding."""
    return [(one.rule.name, one.source.name) for one in found]


def understood(folder: Path, bound: list[str]) -> list[str]:
    """The formulas that a check with what is remembered understands."""
    bound.clear()
    recalled(folder)
    return sorted(set(bound))


# ------------------------------------------------------------ edits


def test_only_an_edited_formula_is_understood_again(folder: Path, bound: list[str]) -> None:
    assert checked(folder) == []
    assert understood(folder, bound) == []
    replace(folder / "tasks/double.coda", "hours", "hour")
    assert understood(folder, bound) == ["double"]
    assert rules(checked(folder)) == [("unknown-column", "project/tasks/double.coda")]
    replace(folder / "tasks/double.coda", "hour", "hours")
    assert checked(folder) == []


def test_the_type_of_a_column_that_others_read(folder: Path) -> None:
    assert checked(folder) == []
    replace(folder / "tasks/table.yml", "name: hours, type: number", "name: hours, type: person")
    assert rules(checked(folder))[0] == ("wrong-type", "project/tasks/double.coda")


def test_a_renamed_table(folder: Path) -> None:
    (folder / "tasks/late.coda").write_text("tasks.Count() > 2\n")
    assert checked(folder) == []
    (folder / "tasks").rename(folder / "jobs")
    text = (folder / "jobs/table.yml").read_text()
    (folder / "jobs/table.yml").write_text(text.replace("tasks", "jobs"))
    assert rules(checked(folder)) == [("unknown-name", "project/jobs/late.coda")]


def test_a_new_name_that_hides_another(folder: Path) -> None:
    (folder / "tasks/late.coda").write_text("tasks.Count() > 2\n")
    assert checked(folder) == []
    replace(folder / "tasks/table.yml", "name: inline", "name: tasks")
    assert rules(checked(folder)) == [("whole-column", "project/tasks/late.coda")]


def test_a_removed_file(folder: Path) -> None:
    assert checked(folder) == []
    (folder / "tasks/double.coda").unlink()
    assert ("missing-file", "project/tasks/table.yml") in rules(checked(folder))
    (folder / "tasks/double.coda").write_text(DOUBLE)
    assert checked(folder) == []


def test_a_circle_that_an_edit_closes(folder: Path) -> None:
    assert checked(folder) == []
    (folder / "tasks/double.coda").write_text("If(thisRow.late, 1, 2)\n")
    assert rules(checked(folder)) == [("circular", "project/tasks/double.coda")]


def test_after_an_edited_formula_no_other_file_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace(folder / "tasks/table.yml", "hours, type: number", "hours, type: number, tests: [odd.coda]")
    replace(folder / "tasks/table.yml", "tests: [odd.coda]", "tests: [{formula: odd.coda}]")
    (folder / "tasks/odd.coda").write_text("thisRow.hours.IsOdd()\n")
    assert checked(folder) == []
    (folder / "tasks/double.coda").write_text("thisRow.hour\n")
    (folder / "tasks/odd.coda").write_text("thisRow.our.IsOdd()\n")
    fresh = check_project(read_project(folder, "project"))

    def refused(*_: object) -> None:
        raise AssertionError("the project is read again")

    monkeypatch.setattr(memory, "read_project", refused)
    monkeypatch.setattr(rows_file, "read_rows", refused)
    assert repr(recalled(folder)[0]) == repr(fresh)
    assert len(fresh) == 2


@pytest.mark.parametrize("rests", [0.0, 2 * TICK])
def test_a_text_of_the_same_size_at_the_same_time(rests: float, folder: Path) -> None:
    path = folder / "tasks/double.coda"
    times = (0, 1_700_000_000_000_000_000)
    for text in ("thisRow.hours * 2\n", "thisRow.hxurs * 2\n", "thisRow.hours * 3\n"):
        path.write_text(text)
        os.utime(path, ns=times)
        time.sleep(rests)
        fresh = check_project(read_project(folder, "project"))
        assert repr(recalled(folder)[0]) == repr(fresh)
        assert len(fresh) == ("hxurs" in text)


@pytest.mark.parametrize("name", ["doc.yml", "tasks/table.yml", "tasks/rows.csv", "tasks/double.cases.yml"])
def test_any_other_file_of_the_same_size(name: str, folder: Path) -> None:
    (folder / "tasks/rows.csv").write_text("name,hours\na,3\n")
    (folder / "tasks/double.cases.yml").write_text("- {case: one, given: {tasks: []}, expect: {}}\n")
    before = checked(folder)
    text = (folder / name).read_text()
    (folder / name).write_text(text[:-5] + ("x\n}{," if "x" not in text[-5:] else "")[:5])
    assert repr(checked(folder)) != repr(before)


def test_files_that_come_go_and_are_called_otherwise(folder: Path) -> None:
    assert checked(folder) == []
    (folder / "tasks/spare.coda").write_text("1\n")
    assert rules(checked(folder)) == [("unused-file", "project/tasks/spare.coda")]
    (folder / "tasks/spare.coda").write_text("2\n")
    assert rules(checked(folder)) == [("unused-file", "project/tasks/spare.coda")]
    (folder / "tasks/spare.coda").rename(folder / "tasks/spare.md")
    assert checked(folder) == []
    (folder / "documents/deep/er").mkdir(parents=True)
    (folder / "documents/deep/er/guide.markdown").write_text("A guide.\n")
    assert rules(checked(folder)) == [("misnamed-file", "project/documents/deep/er/guide.markdown")]
    (folder / "documents/deep/er/guide.markdown").unlink()
    assert checked(folder) == []


@pytest.mark.parametrize("name", ["tasks/migrations", "tasks/schema", "scenarios/migrations", "schema/more"])
def test_files_in_folders_that_are_not_read(name: str, folder: Path) -> None:
    (folder / "scenarios").mkdir()
    (folder / "schema").mkdir()
    (folder / "schema/table.yml").write_text("table: schema\ncolumns: [{name: a, type: text}]\n")
    (folder / name).mkdir()
    assert checked(folder) == []
    (folder / name / "more.yml").write_text("")
    assert rules(checked(folder)) == [("unused-file", f"project/{name}")]


def test_a_table_file_of_another_name_whose_views_may_be_meant(folder: Path) -> None:
    replace(folder / "doc.yml", "doc: ", "formulas: [{name: n, type: number, formula: Some.Count()}]\ndoc: ")
    (folder / "jobs").mkdir()
    jobs = folder / "jobs/table.yml.txt"
    jobs.write_text("table: jobs\ncolumns: []\nviews: [{name: Some}]\n")
    assert rules(checked(folder)) == [("misnamed-file", "project/jobs/table.yml.txt")]
    jobs.write_text("table: jobs\ncolumns: []\nviews: [{name: Same}]\n")
    assert rules(checked(folder)) == [
        ("misnamed-file", "project/jobs/table.yml.txt"),
        ("unknown-name", "project/doc.yml"),
    ]


def test_a_file_that_is_no_text_any_more(folder: Path) -> None:
    assert checked(folder) == []
    (folder / "tasks/double.coda").write_bytes(b"thisRow.hours * 2 \xff\n")
    assert rules(checked(folder)) == [("bad-encoding", "project/tasks/double.coda")]
    (folder / "tasks/double.coda").write_text(DOUBLE)
    assert checked(folder) == []


def test_links_that_lead_elsewhere(folder: Path, tmp_path: Path) -> None:
    (folder / "more").mkdir()
    for name, text in (("a", "thisRow.hours * 2\n"), ("b", "thisRow.hxurs * 2\n")):
        (folder / "more" / name).write_text(text)
        (tmp_path / name).write_text(text)
    link = folder / "tasks/double.coda"
    expected = {"../more/a": 0, "../more/b": 1, "../../a": 1, str(tmp_path / "b"): 1, "../more/nothing": 1}
    for target, count in expected.items():
        link.unlink()
        link.symlink_to(target)
        assert len(checked(folder)) == count, target
        # What a link leads to is changed at its own place.
    link.unlink()
    link.symlink_to("../more/a")
    assert checked(folder) == []
    (folder / "more/a").write_text("thisRow.hxurs * 2\n")
    assert rules(checked(folder)) == [("unknown-column", "project/tasks/double.coda")]


def test_the_same_formulas_under_another_path(folder: Path, tmp_path: Path) -> None:
    replace(folder / "tasks/double.coda", "hours", "hour")
    assert len(checked(folder)) == 1
    shutil.copytree(folder, tmp_path / "other")
    assert repr(checked(tmp_path / "other")) == repr(checked(folder))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_findings_are_the_same_after_any_edits(seed: int, tmp_path: Path) -> None:
    """A project of every kind of file, changed by slips one after the other."""
    chance = random.Random(seed)
    files = dict(whole_project())
    for _ in range(8):
        folder = tmp_path / "project"
        shutil.rmtree(folder, ignore_errors=True)
        changed = mutated(files, chance)
        if "doc.yml" not in changed:
            continue
        for name, content in changed.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        checked(folder)
        files = changed if chance.random() < 0.5 else files


# ------------------------------------------------------------ what is not trusted


def only_file(cache: Path) -> Path:
    """The file of the one project."""
    (path,) = cache.iterdir()
    return path


def signed(data: bytes) -> bytes:
    """Data with its checksum."""
    return hashlib.sha256(data).digest() + data


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken",
    [
        lambda data: data[:-1],
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
        lambda _: b"",
        lambda _: signed(b"\x80\x04K\x01."),
        lambda _: signed(b"[]"),
        lambda _: signed(b"\xff\xfe"),
        lambda _: signed(pickle.dumps("no project", protocol=5)),
        lambda data: signed(data[32:].replace(b"codaform.project.memory", b"codaform.project.reader")),
        lambda data: signed(data[32:-40]),
    ],
)
def test_a_broken_file_is_as_good_as_none(
    broken: Callable[[bytes], bytes], folder: Path, cache: Path, bound: list[str]
) -> None:
    assert checked(folder) == []
    path = only_file(cache)
    path.write_bytes(broken(path.read_bytes()))
    assert understood(folder, bound) == ALL
    assert checked(folder) == []


def test_a_file_of_another_version_is_not_read(
    folder: Path, cache: Path, bound: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checked(folder) == []
    monkeypatch.setattr(memory, "program_state", lambda: "another codaform")
    assert understood(folder, bound) == ALL
    assert len([*cache.iterdir()]) == 2


@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
def test_a_folder_that_others_may_write_to_is_not_used(mode: int, folder: Path, cache: Path, bound: list[str]) -> None:
    assert checked(folder) == []
    cache.chmod(mode)
    assert understood(folder, bound) == understood(folder, bound) == ALL


def test_a_folder_that_is_a_link_is_not_used(folder: Path, cache: Path, tmp_path: Path, bound: list[str]) -> None:
    assert checked(folder) == []
    cache.rename(tmp_path / "elsewhere")
    cache.symlink_to(tmp_path / "elsewhere")
    before = {path: path.read_bytes() for path in (tmp_path / "elsewhere").iterdir()}
    assert understood(folder, bound) == ALL
    assert {path: path.read_bytes() for path in (tmp_path / "elsewhere").iterdir()} == before


def test_what_belongs_to_somebody_else_is_not_used(
    folder: Path, cache: Path, bound: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checked(folder) == []
    before = only_file(cache).read_bytes()
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    assert understood(folder, bound) == ALL
    assert only_file(cache).read_bytes() == before


def test_a_file_that_is_a_link_or_writable_for_others_is_not_read(
    folder: Path, cache: Path, tmp_path: Path, bound: list[str]
) -> None:
    assert checked(folder) == []
    path = only_file(cache)
    path.chmod(0o666)
    assert understood(folder, bound) == ALL
    assert understood(folder, bound) == []
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert understood(folder, bound) == ALL


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(folder: Path, cache: Path) -> None:
    cache.parent.parent.mkdir()
    cache.parent.write_text("a file where the folder should be")
    assert checked(folder) == []
    assert check_cache.was_clean("0" * 64) is None
    check_cache.remember_clean("0" * 64, 3)
    assert cache.parent.is_file()


def test_the_folder_and_the_files_are_the_users_alone(folder: Path, cache: Path) -> None:
    assert checked(folder) == []
    assert (cache.stat().st_mode & 0o777, only_file(cache).stat().st_mode & 0o777) == (0o700, 0o600)


def test_the_oldest_files_go_first(cache: Path) -> None:
    for number in range(5):
        user_cache.write("projects", f"f{number}", b"x", 3)
        os.utime(cache / f"f{number}", ns=(number, number))
    user_cache.write("projects", "last", b"x", 3)
    assert sorted(path.name for path in cache.iterdir()) == ["f3", "f4", "last"]


@pytest.mark.slow
@pytest.mark.parametrize("state", ["none", "warm", "broken", "read-only", "no folder"])
def test_a_command_says_the_same_whatever_is_kept(state: str, folder: Path, tmp_path: Path) -> None:
    replace(folder / "tasks/double.coda", "hours", "hour")
    (folder / "tasks/rows.csv").write_text("name,hours\na,3\n")
    kept = tmp_path / "kept"
    call = [sys.executable, "-m", "codaform"]

    def told(*words: str, cache: Path = kept) -> tuple[str, str, int]:
        environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
        ran = subprocess.run([*call, *words], env=environment, cwd=folder, capture_output=True, text=True, check=False)
        return ran.stdout, ran.stderr, ran.returncode

    words = (["check"], ["check", "--format", "json"], ["eval", "--column", "tasks.inline", "--row", "a"])
    expected = [told(*each, cache=tmp_path / "other") for each in words]
    if state != "none":
        told("check")
    places = [*kept.rglob("*")]
    for path in (place for place in places if place.is_file() and state == "broken"):
        path.write_bytes(b"\0" * 99)
    for path in (place for place in places if place.is_dir() and state == "read-only"):
        path.chmod(0o500)
    if state == "no folder":
        shutil.rmtree(kept)
        kept.write_text("")
    assert [told(*each) for each in words] == expected
    assert [code for _, _, code in expected] == [1, 1, 0]
    for path in (place for place in places if place.is_dir() and state == "read-only"):
        path.chmod(0o700)


@pytest.mark.slow
def test_several_processes_at_once(folder: Path, tmp_path: Path) -> None:
    replace(folder / "tasks/double.coda", "hours", "hour")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "shared")}
    call = [sys.executable, "-m", "codaform", "check", str(folder)]
    running = [
        subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)
    ]
    told = {(*one.communicate(), one.returncode) for one in running}
    assert len(told) == 1
    assert {code for _, _, code in told} == {1}
    files = [*(tmp_path / "shared" / "codaform" / "projects").iterdir()]
    assert len(files) == 1
    data = files[0].read_bytes()
    assert signed(data[32:]) == data


# ------------------------------------------------------------ a session


def test_a_cell_is_computed_without_understanding_the_doc(folder: Path, bound: list[str]) -> None:
    (folder / "tasks/rows.csv").write_text("name,hours\na,3\n")
    assert checked(folder) == []
    bound.clear()
    session = Session.recalled(Memory(folder, "project"))
    row = session.row("tasks", "a")
    assert session.book.value(row, "double") == 6
    assert sorted(set(bound)) == ["double"]


def test_a_change_reaches_the_same_cells_with_what_is_remembered(folder: Path) -> None:
    (folder / "tasks/rows.csv").write_text("name,hours,parent\na,3,b\nb,1,\n")
    assert checked(folder) == []
    session = Session.recalled(Memory(folder, "project"))
    assert session.needs == Session(read_project(folder, "project")).needs
    row = session.row("tasks", "a")
    assert session.book.value(row, "late") is False
    session.book.change(session.row("tasks", "b"), {"hours": 9})
    assert session.book.value(row, "late") is True
