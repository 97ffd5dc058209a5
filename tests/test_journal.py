"""The journal of a deploy: what it says is on the disk, and it does not grow beyond what a resume needs."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from codaform.cli.program import program
from codaform.deploy.applying.journal import Journal, State, journal_of, journal_path
from codaform.project.files import CannotRead
from deploy_projects import FILES
from projects import write


def said(journal: Journal) -> tuple[object, ...]:
    """All questions of a run to a journal."""
    return sorted(journal.open_keys()), journal.made(), journal.unfinished(), journal.holder


def a_run(journal: Journal, seed: int) -> None:
    """A run that may come to its end, and may not."""
    chance = random.Random(seed)
    journal.write("started", said=f"rest:{seed}")
    for number in range(chance.randrange(6)):
        key = f"add table {chance.randrange(8)}"
        journal.write("begun", [key, f"add column {number}"])
        state: State = chance.choice(["done", "found", "failed", "unsure"])
        if chance.random() < 0.8:
            journal.write(state, [key], ids={f"table {number}": f"grid-{seed}-{number}"} if state == "done" else None)
    if chance.random() < 0.4:
        journal.write("finished")


@pytest.mark.parametrize("seed", range(40))
def test_what_a_resume_needs_stays(tmp_path: Path, seed: int) -> None:
    with journal_of(tmp_path, "staging") as journal:
        for number in range(seed % 4):
            a_run(journal, seed * 10 + number)
        before = said(journal)
        journal.compact()
        assert said(journal) == before
        assert len(journal.entries) <= 4
        journal.write("started", said="rest:next")
        assert journal.open_keys(this_run=True) == []
        now = said(journal)
    with journal_of(tmp_path, "staging") as journal:
        assert said(journal) == now


def test_a_crash_at_any_moment_of_it_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Crash(BaseException):
        pass

    for fatal in count(1):
        root = tmp_path / str(fatal)
        root.mkdir()
        with journal_of(root, "staging") as journal:
            for number in range(3):
                a_run(journal, 7 + number)
            before = said(journal)
        crashed = False
        with monkeypatch.context() as patch:
            moments = count(1)

            def around(real: Callable[..., object], moments: Iterator[int], fatal: int) -> Callable[..., object]:
                def dying(*arguments: object, **named: object) -> object:
                    if next(moments) == fatal:
                        raise Crash
                    return real(*arguments, **named)

                return dying

            for owner, name in ((os, "fsync"), (Path, "replace"), (os, "open")):
                patch.setattr(owner, name, around(getattr(owner, name), moments, fatal))
            try:
                with journal_of(root, "staging") as journal:
                    journal.compact()
            except Crash:
                crashed = True
        with journal_of(root, "staging") as journal:
            assert said(journal) == before, f"crashed at {fatal}"
        if not crashed:
            break
    assert fatal > 4


def test_a_second_run_is_kept_out_while_and_after_it_is_made_shorter(tmp_path: Path) -> None:
    with journal_of(tmp_path, "staging") as journal:
        journal.write("started")
        journal.write("finished")
        old = journal_path(tmp_path, "staging").stat().st_ino
        journal.compact()
        assert journal_path(tmp_path, "staging").stat().st_ino != old
        with pytest.raises(CannotRead, match="another deploy to staging is under way"), journal_of(tmp_path, "staging"):
            pass
        journal.write("started", said="rest:1")
    with journal_of(tmp_path, "staging") as journal:
        assert journal.unfinished() == "rest:1"
    assert not list(tmp_path.rglob("*.new"))


@pytest.mark.slow
def test_many_deploys_leave_no_more_than_one(tmp_path: Path) -> None:
    """And one that has nothing to write leaves nothing, no backup either."""
    root = write(tmp_path / "workshop", FILES)
    backups = root / ".codaform/backups"
    sizes: list[int] = []
    for hours in (2, 3, 4):
        (root / "jobs/double.coda").write_text(f"thisRow.hours * {hours}\n", "utf-8")
        for rows in (["--rows"], ["--rows"]):
            kept = len([*backups.glob("*")])
            done = CliRunner().invoke(program, ["deploy", "--apply", *rows, str(root)])
            assert done.exit_code == 0, done.output
        assert len([*backups.glob("*")]) == kept, "nothing was written the last time"
        assert "backup:" not in done.stderr
        sizes.append(journal_path(root, "local").stat().st_size)
    assert max(sizes[1:]) <= sizes[1], sizes
