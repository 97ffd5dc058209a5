"""Generated files, cut and mixed up: each is reported in one line, never as an exception.

`CODAFORM_MUTATED` is how many texts of each kind are tried (150). The files that people write are mixed up in
tests/test_bad_input.py.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from codaform.coda.snapshot.records import InvalidSnapshot
from codaform.coda.snapshot.records import snapshot_from_json as snapshot_from
from codaform.deploy.applying.journal import journal_of, journal_path
from codaform.deploy.lock import BadLock, lock_from, read_lock
from codaform.deploy.planning.plan_file import BadPlan
from codaform.deploy.planning.plan_file import from_json as plan_from
from codaform.project.files import CannotRead

COUNT = int(os.environ.get("CODAFORM_MUTATED", "150"))

LOCK = """# what is known
local:
  doc: abc
  tables:
    tasks: grid-1
  columns:
    tasks:
      "name ": c-1
  confirmed:
    formula:
      tasks:
        double: {remote: 0123, ours: "4567"}
"""
JOURNAL = (
    '{"state": "started", "keys": [], "said": "f", "ids": {}, "at": "2025-12-08"}\n'
    '{"state": "begun", "keys": ["add table jobs"], "said": "", "ids": {}, "at": ""}\n'
    '{"state": "done", "keys": ["add table jobs"], "said": "", "ids": {"table jobs": "grid-1"}, "at": ""}\n'
)
SAVED = '{"codaform": "snapshot of a doc", "form": 1, "sum": "x", "snapshot": {"doc": {"id": "a"}, "rows": [1.5]}}'
PIECES = (
    *(
        "{",
        "}",
        "[",
        "]",
        '"',
        ":",
        ",",
        "\n",
        "null",
        "true",
        "NaN",
        "-1e999",
        "9" * 5_000,
        "\\ud800",
        "\\",
        "- ",
        "&a ",
    ),
    *(
        "&a ",
        "*a",
        "  ",
        "\t",
        "|",
        "#",
        "<<<<<<< x\n",
        "\ufeff",
        "\0",
        "é",
        "[" * 3_000,
        '{"a": null}\n',
        "[]\n",
        "1\n",
    ),
)


def mutated(text: str, chance: random.Random) -> str:
    """The text after one to four edits."""
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(text) + 1), chance.choice((0, 0, 1, 3, 20))
        piece = chance.choice((chance.choice(PIECES), "", text[at : at + 30]))
        text = text[:at] + piece + text[at + length :]
    return text


@pytest.mark.parametrize(
    ("read", "text", "problem"),
    [(lock_from, LOCK, BadLock), (snapshot_from, SAVED, InvalidSnapshot), (plan_from, SAVED, BadPlan)],
    ids=["lock", "snapshot", "plan"],
)
def test_a_mixed_up_text_is_told_in_one_line(
    read: Callable[[str], object], text: str, problem: type[Exception]
) -> None:
    chance = random.Random(15)
    said: list[str] = []
    for _ in range(COUNT):
        try:
            read(mutated(text, chance))
        except problem as told:
            said.append(str(told))
    assert [line for line in said if "\n" in line] == []
    assert said


def test_a_mixed_up_journal_is_told_in_one_line(tmp_path: Path) -> None:
    chance = random.Random(15)
    said: list[str] = []
    with journal_of(tmp_path, "local"):
        path = journal_path(tmp_path, "local")
    for _ in range(COUNT):
        path.write_bytes(mutated(JOURNAL, chance).encode("utf-8", "surrogatepass"))
        try:
            with journal_of(tmp_path, "local") as journal:
                journal.open_keys()
                journal.unfinished()
                journal.made()
        except CannotRead as told:
            said.append(str(told))
    assert [line for line in said if "\n" in line] == []
    assert said


def test_a_lock_that_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "doc.lock.yml")
    with pytest.raises(CannotRead, match="it is no file"):
        read_lock(tmp_path)
