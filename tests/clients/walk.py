"""The way every client is driven through a doc, and what it must have seen when it comes back.

docs → tables → columns → rows → upsert with a key (one row it finds, one that is new) → rows → delete the new one
→ rows.
A client reports what *it* read, through its own objects; the comparison is made here, the same for all.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

SECONDS = 60
"""How long one client may take for the whole way."""


@dataclass(frozen=True, slots=True)
class Brief:
    """The configuration of a client: host, token, and the table and columns that it works on.

    key, text, number: Names of writable columns. known: A key that a row has. new: A key that none has.
    """

    api: str
    token: str
    doc: str
    table: str = "tasks"
    key: str = "task_id"
    text: str = "name"
    number: str = "estimated_hours"
    known: str = "T-001"
    new: str = "T-900"

    def rows(self) -> list[dict[str, object]]:
        """The two rows that are written, by names of columns."""
        return [
            {self.key: self.known, self.text: "Changed from outside", self.number: 7.5},
            {self.key: self.new, self.text: "Added from outside", self.number: 2},
        ]


@dataclass(frozen=True, slots=True)
class Report:
    """The observations of a client; rows are [key, text, number], in the order of the reply."""

    docs: Sequence[str]
    tables: Sequence[str]
    columns: Sequence[str]
    before: Sequence[Sequence[object]]
    between: Sequence[Sequence[object]]
    after: Sequence[Sequence[object]]


def drive(command: Sequence[str], brief: Brief, environment: Mapping[str, str]) -> Report:
    """Run a driver as a process of its own; the brief is its last argument, the report its last line.

    No setting of this machine that could send requests elsewhere is handed on. Raises AssertionError with all that the
    driver said when it does not end well.
    """
    run = subprocess.run(
        [*command, json.dumps(asdict(brief))],
        env={**plain_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    return Report(**json.loads(run.stdout.strip().splitlines()[-1]))


def plain_environment() -> dict[str, str]:
    """The environment that clients get: enough to run, no proxies, no tokens."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def judge(report: Report, brief: Brief) -> None:
    """Hold what a client saw against what the brief must lead to. Raises AssertionError."""
    assert brief.doc in report.docs
    assert brief.table in report.tables
    assert {brief.key, brief.text, brief.number} <= set(report.columns)

    before = _by_key(report.before)
    assert brief.known in before
    assert brief.new not in before

    changed, added = ([row[brief.text], row[brief.number]] for row in brief.rows())
    assert _by_key(report.between) == {**before, brief.known: changed, brief.new: added}
    assert _by_key(report.after) == {**before, brief.known: changed}


def _by_key(rows: Sequence[Sequence[object]]) -> dict[object, list[object]]:
    found = {row[0]: list(row[1:]) for row in rows}
    assert len(found) == len(rows), "a key stands twice"
    return found
