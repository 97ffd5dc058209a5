"""`codaform watch` checks and runs only the parts that a save touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import IO

import pytest

from codaform.files import open_to_read
from codaform.project import check_cache, fingerprints
from codaform.project.files import CannotRead
from codaform.project.watched import SavedFiles, WatchedProject, WatchedState
from projects import TASKS, copy_of_founder_hq, replace, with_tasks

TABLE = (
    TASKS
    + """\
  - {name: treble, type: number, formula: treble.coda}
  - {name: more, type: number, formula: thisRow.double + 1, tests: [not_null]}
  - {name: state, type: text, tests: [unique]}
  - {name: go, type: button, action: 'thisRow.ModifyRows(tasks.hours, 7)'}
"""
)

FILES = {
    "tasks/table.yml": TABLE,
    "tasks/treble.coda": "thisRow.hours * 3\n",
    "tasks/rows.csv": "name,hours\nPlan,2\n",
    "tasks/double.cases.yml": "- case: twice\n  given: {tasks: [{name: Plan, hours: 2}]}\n  expect: {Plan: 4}\n",
    "tasks/treble.cases.yml": "- case: thrice\n  given: {tasks: [{name: Plan, hours: 2}]}\n  expect: {Plan: 6}\n",
    "tasks/more.cases.yml": "- case: more\n  given: {tasks: [{name: Plan, hours: 2}]}\n  expect: {Plan: 5}\n",
    "scenarios/pressed.yml": (
        "scenario: Pressed\nsteps:\n  - add: {tasks: [{name: A, hours: 1}]}\n    press: {tasks: {go: [A]}}\n"
        "    expect: {tasks: {A: {treble: 21}}}\n"
    ),
}

ALL = {"twice", "thrice", "more", "Pressed", "tasks.more not_null", "tasks.state unique"}


def names(state: WatchedState) -> set[str]:
    """The tests that were run."""
    return {one.name for one in state.ran}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the project."""
    return with_tasks(tmp_path / "project", FILES)


@pytest.fixture
def watched(folder: Path) -> WatchedProject:
    """A project that was looked at once."""
    made = WatchedProject(folder, "")
    first = made.look()
    assert names(first) == ALL
    assert [one.name for one in first.ran if not one.passed] == []
    return made


def test_without_a_change_nothing_is_run(watched: WatchedProject, folder: Path) -> None:
    assert names(watched.look()) == set()
    (folder / "tasks/table.yml").write_text(TABLE + "\n# a comment\n")
    (folder / "tasks/double.coda").touch()
    assert names(watched.look()) == set()


@pytest.mark.parametrize(
    ("file", "before", "after", "touched"),
    [
        ("tasks/double.coda", "* 2", "* 2 + 0", {"twice", "more", "tasks.more not_null"}),
        ("tasks/treble.coda", "* 3", "* 3 + 0", {"thrice", "Pressed"}),
        ("tasks/table.yml", "thisRow.double + 1", "1 + thisRow.double", {"more", "tasks.more not_null"}),
        ("tasks/table.yml", "hours, 7)", "hours, 3 + 4)", {"Pressed"}),
        ("tasks/table.yml", "tests: [unique]", "tests: [not_null]", {"tasks.state not_null"}),
        ("tasks/table.yml", "name: hours, type: number", "name: hours, type: number, default: 5", ALL),
        ("tasks/rows.csv", "Plan,2", "Plan,3", {"tasks.more not_null", "tasks.state unique"}),
        ("tasks/more.cases.yml", "hours: 2", "hours: 2.0", {"more"}),
        ("tasks/more.cases.yml", "- case: more", "# why\n- case: more", set()),
        ("scenarios/pressed.yml", "hours: 1", "hours: 2", {"Pressed"}),
        ("doc.yml", "time_zone: Europe/Berlin", "time_zone: UTC", ALL),
    ],
)
def test_what_reads_the_saved_thing_is_run(
    watched: WatchedProject, folder: Path, file: str, before: str, after: str, touched: set[str]
) -> None:
    replace(folder / file, before, after)
    state = watched.look()
    if "default" not in after:
        assert names(state) == touched
    else:
        assert {"Pressed"} <= names(state) <= touched
    assert state.total == len(ALL)


def test_what_fails_is_run_until_it_passes(watched: WatchedProject, folder: Path) -> None:
    replace(folder / "tasks/treble.coda", "* 3", "* 4")
    assert {one.name for one in watched.look().ran if not one.passed} == {"thrice", "Pressed"}
    replace(folder / "tasks/double.coda", "* 2", "* 2 + 0")
    assert names(watched.look()) == {"twice", "more", "tasks.more not_null", "thrice", "Pressed"}
    replace(folder / "tasks/treble.coda", "* 4", "* 3")
    assert [one.name for one in watched.look().ran if not one.passed] == []
    assert names(watched.look()) == set()


def test_with_errors_nothing_is_run_until_they_are_gone(watched: WatchedProject, folder: Path) -> None:
    replace(folder / "tasks/double.coda", "hours * 2", "hors * 3")
    broken = watched.look()
    assert [one.rule.name for one in broken.errors] == ["unknown-column"]
    assert broken.ran == []
    replace(folder / "tasks/double.coda", "hors * 3", "hours * 3")
    assert {one.name for one in watched.look().ran if not one.passed} == {"twice", "more"}


def test_rows_are_read_again_only_after_they_were_saved(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def opened(path: Path) -> IO[bytes]:
        read.append(path.name)
        return open_to_read(path)

    monkeypatch.setattr(fingerprints, "open_to_read", opened)
    for tick in ("_TICK", "_COARSE_TICK"):
        monkeypatch.setattr(check_cache, tick, -(10**12))  # no file is too new to be known
    watched = WatchedProject(folder, "")
    watched.look()
    assert read == ["rows.csv"]
    (folder / "tasks/treble.coda").write_text("thisRow.hours * 3 + 0\n")
    assert "thrice" in names(watched.look())
    assert read == ["rows.csv"]
    (folder / "tasks/rows.csv").write_text("name,hours\nPlan,3\n")
    assert "tasks.more not_null" in names(watched.look())
    assert read == ["rows.csv"] * 2


def test_a_save_stops_the_tests_and_the_rest_runs_later(folder: Path) -> None:
    watched = WatchedProject(folder, "")
    done: list[object] = []
    first = watched.look(lambda: len(done) == 2, done.append)
    assert first.stopped
    assert len(first.ran) == 2
    assert names(first) | names(watched.look()) == ALL
    assert names(watched.look()) == set()


def test_a_folder_that_is_gone_comes_back(watched: WatchedProject, folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(CannotRead):
        watched.look()
    folder.with_name("elsewhere").rename(folder)
    assert names(watched.look()) == set()


def test_outcomes_of_founder_hq_are_those_of_all_tests(tmp_path: Path) -> None:
    """After edits, what passed and was not run again would pass: a fresh look finds the same failures."""
    folder = copy_of_founder_hq(tmp_path)
    watched = WatchedProject(folder, "")
    total = len(watched.look().ran)
    for file, before, after in (
        ("sprints/end_date.coda", "6", "5"),
        ("tasks/table.yml", "type: select", "type: text"),
    ):
        path = folder / file
        text = path.read_text("utf-8")
        if before not in text:
            continue
        path.write_text(text.replace(before, after, 1), "utf-8")
        state, fresh = watched.look(), WatchedProject(folder, "").look()
        assert [one.name for one in state.ran if not one.passed] == [one.name for one in fresh.ran if not one.passed]
        assert len(state.ran) < total
        path.write_text(text, "utf-8")
        assert [one.name for one in watched.look().ran if not one.passed] == []


# ------------------------------------------------------------ saves


def next_save(saved: SavedFiles, change: list[object]) -> list[str]:
    """The saved files that codaform finds after changes that happen while it waits."""
    found: list[list[str]] = []
    waiting = Thread(target=lambda: found.append(saved.next()))
    waiting.start()
    for one in change:
        assert callable(one)
        one()
        time.sleep(0.03)
    waiting.join(60)
    return found[0]


def test_a_save_in_parts_is_one(folder: Path) -> None:
    path, fresh = folder / "tasks/double.coda", folder / "tasks/.double.coda.swp"
    saved = SavedFiles(folder, pause=0.2)
    assert next_save(saved, [lambda: path.write_text(""), lambda: path.write_text("1"), lambda: path.write_text("12")])
    assert not saved.any()
    by_rename: list[object] = [
        lambda: fresh.write_text("13"),
        lambda: path.rename(folder / "tasks/double.coda~"),
        lambda: fresh.rename(path),
        (folder / "tasks/double.coda~").unlink,
    ]
    assert next_save(saved, by_rename) == ["tasks/double.coda"]


def test_a_removed_folder_is_its_files(folder: Path) -> None:
    saved = SavedFiles(folder, pause=0.05)
    (folder / "empty").mkdir()
    assert next_save(saved, [lambda: shutil.rmtree(folder / "scenarios")]) == ["scenarios/pressed.yml"]


# ------------------------------------------------------------ the command


@pytest.fixture
def process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The command at work."""
    command = [sys.executable, "-m", "codaform", "watch", os.fspath(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True) as started:
        yield started
        started.kill()


def lines_until(process: subprocess.Popen[str], end: str) -> str:
    """The output up to a line with a text."""
    assert process.stdout is not None
    found = ""
    for line in process.stdout:
        found += line
        if end in line:
            return found
    raise AssertionError(found)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="ends by a signal")
def test_the_command_says_what_happens_and_ends_with_0(process: subprocess.Popen[str], folder: Path) -> None:
    assert "9 files, nothing to report; 6 of 6 tests run" in lines_until(process, " s)")
    replace(folder / "tasks/treble.coda", "* 3", "* 4")
    told = lines_until(process, " s)")
    assert told.split("\n")[0].endswith("saved tasks/treble.coda")
    assert "failed case thrice" in told
    assert "2 of 6 tests run: 1 case and 1 scenario failed" in told
    replace(folder / "tasks/treble.coda", "hours", "hors")
    told = lines_until(process, " s)")
    assert "error[unknown-column]" in told
    assert "nothing was run" in told
    folder.rename(folder.with_name("gone"))
    assert "waiting until it is there again" in lines_until(process, "waiting")
    folder.with_name("gone").rename(folder)
    assert "error[unknown-column]" in lines_until(process, " s)")
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "codaform", "watch", os.fspath(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "is no codaform project" in done.stderr
