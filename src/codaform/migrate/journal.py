"""The journal of a migration at a place: what was written, and what stood there before, on the disk at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from codaform.deploy.applying.line_file import append_line, entries, line_file, opened_alone
from codaform.migrate.place import Loaded
from codaform.model.schema import Column, value_type
from codaform.model.types import TEXT, ListOf
from codaform.model.values import EvaluationError, Row
from codaform.project.cell_texts import cell_text
from codaform.project.cells import BadCell, read_cell
from codaform.project.files import CannotRead
from codaform.project.migrations.canonical import canonical
from codaform.project.migrations.taking import Base, WrittenRow

VERSION = 1
"""The version of the form of entries."""


class JournalRow:
    """A row of a batch. label: By which people name it. name: By which the place finds it; empty for a new one.
    cells: By column the value before as `kept` gives it, and before and after in canonical form."""

    __slots__ = ("cells", "label", "name", "new", "sure", "table")

    def __init__(self, table: str, row: Mapping[str, Any], sure: bool) -> None:
        self.table = table
        self.label: str = row["label"]
        self.name: str = row["name"]
        self.new: bool = row["new"]
        self.cells: dict[str, tuple[Any, Any, Any]] = {name: tuple(cell) for name, cell in row["cells"].items()}
        self.sure = sure


class MigrationJournal:
    """The entries of a migration at a place, each on the disk once it was added.

    `begun`, `done` and `undone` are of a phase; `created` has the parts that it made. `batch` has rows with their
    cells before and after; `written` says that the batch of this number was confirmed. `mark` has the text that a mark
    replaced, `cutover` the rows of that moment.
    """

    def __init__(self, path: Path, file: IO[bytes], entries: list[dict[str, Any]]) -> None:
        self.path = path
        self.entries = entries
        self._file = file

    def close(self) -> None:
        """Let other runs in."""
        self._file.close()

    def add(self, state: str, phase: int, **fields: object) -> None:
        """Add an entry."""
        entry = {"state": state, "phase": phase, "at": datetime.now(UTC).isoformat(timespec="seconds"), **fields}
        append_line(self._file, json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        self.entries.append(entry)

    # ------------------------------------------------------------ what it says

    def of(self, phase: int) -> Iterator[dict[str, Any]]:
        """The entries of a phase since it was last taken back."""
        found = [entry for entry in self.entries if entry["phase"] == phase]
        last = max((at for at, entry in enumerate(found) if entry["state"] == "undone"), default=-1)
        return iter(found[last + 1 :])

    def last(self, state: str, phase: int) -> dict[str, Any] | None:
        """The last entry of a state."""
        return next((entry for entry in reversed([*self.of(phase)]) if entry["state"] == state), None)

    def is_done(self, phase: int) -> bool:
        """Whether a phase ended, and was not taken back."""
        return self.last("done", phase) is not None

    def is_begun(self, phase: int) -> bool:
        """Whether a phase began, and was not taken back."""
        return self.last("begun", phase) is not None

    def rows(self, phase: int) -> Iterator[JournalRow]:
        """The rows that a phase wrote, in order; whether each writing is known to have ended."""
        entries = [*self.of(phase)]
        sure = {entry["batch"] for entry in entries if entry["state"] == "written"}
        for entry in entries:
            if entry["state"] == "batch":
                for row in entry["rows"]:
                    yield JournalRow(entry["table"], row, entry["batch"] in sure)

    def unsure(self, phase: int) -> list[int]:
        """The batches of a phase of which nobody has seen yet that they were written."""
        entries = [*self.of(phase)]
        sure = {entry["batch"] for entry in entries if entry["state"] == "written"}
        return [entry["batch"] for entry in entries if entry["state"] == "batch" and entry["batch"] not in sure]

    def marks(self, phase: int) -> Iterator[dict[str, Any]]:
        """The tables that a phase said to be old."""
        return (entry for entry in self.of(phase) if entry["state"] == "mark")

    def created(self, phase: int) -> list[str]:
        """The tables and columns that a phase made."""
        return [str(part) for entry in self.of(phase) if entry["state"] == "created" for part in entry["parts"]]

    def base(self, phases: Sequence[int]) -> Base:
        """What was written, in canonical form."""
        found: dict[tuple[str, str], WrittenRow] = {}
        for phase in phases:
            for row in self.rows(phase):
                key = row.table, row.label
                before = found.get(key)
                cells: dict[str, tuple[object, ...]] = dict(before.cells) if before is not None else {}
                for name, (_, was, now) in row.cells.items():
                    cells[name] = (now,) if row.sure else (*cells.get(name, ()), was, now)
                found[key] = WrittenRow(cells, row.sure or (before is not None and before.sure))
        return found

    @property
    def next_batch(self) -> int:
        """The number of the next batch."""
        return 1 + max((entry["batch"] for entry in self.entries if "batch" in entry), default=0)


def kept(value: object, column: Column, loaded: Loaded) -> object:
    """A value as JSON from which `restored` makes the same value again."""
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    if items and all(isinstance(item, Row) for item in items):
        return {"rows": [loaded.name(item) for item in items if isinstance(item, Row)]}
    if _is_text(column):
        return value
    return {"cell": cell_text(value, column, loaded.book.zone, loaded.labels.of)}


def restored(told: Any, column: Column, loaded: Loaded) -> object:
    """The value that `kept` told. Raises BadCell where there is no such value any more."""
    if not isinstance(told, dict):
        return told
    if "rows" in told:
        rows = [loaded.row(column.to, name) for name in told["rows"]]
        if None in rows:
            raise BadCell(f"a row of {column.to} that it led to is gone")
        return rows if column.many else rows[0]
    try:
        return read_cell(told["cell"], column, loaded.book.zone)
    except EvaluationError as fault:
        raise BadCell(fault.message) from None


def _is_text(column: Column) -> bool:
    kind = value_type(column)
    return (kind.item if isinstance(kind, ListOf) else kind) == TEXT


def told_cells(row: Row, cells: Mapping[str, object], before: Mapping[str, object], loaded: Loaded) -> dict[str, Any]:
    """Cells for a `batch`. cells: The new values. before: The old ones."""
    columns = loaded.book.doc.tables[row.table].columns
    label = loaded.labels.of
    return {
        name: [kept(before.get(name), columns[name], loaded), canonical(before.get(name), label), canonical(new, label)]
        for name, new in cells.items()
    }


# ------------------------------------------------------------ as a file


def journal_path(root: Path, migration: str, place: str) -> Path:
    """The path of the journal of a migration at a place."""
    return line_file(root, f"migration-{migration}-{place}")


@contextmanager
def journal_of(root: Path, migration: str, place: str) -> Iterator[MigrationJournal]:
    """The journal, closed to every other run meanwhile. Raises CannotRead if another run has it, or it is damaged."""
    path = journal_path(root, migration, place)
    file = opened_alone(path, root)
    if file is None:
        raise CannotRead(f"another run of {migration} in {place} is under way; this one has to wait for it")
    with closing(file):
        advice = "look at the doc and its backup before you delete the file"
        yield MigrationJournal(path, file, entries(file, path, _entry, advice))


def _entry(told: Any) -> dict[str, Any]:
    if not _is_sound(told):
        raise ValueError
    return cast("dict[str, Any]", told)


def _is_sound(entry: Any) -> bool:
    """Whether an entry has the right types: the JSON in a file may be anything."""
    if not (isinstance(entry, dict) and isinstance(entry.get("state"), str) and isinstance(entry.get("phase"), int)):
        return False
    if entry["state"] in ("batch", "written") and not isinstance(entry.get("batch"), int):
        return False
    if entry["state"] == "batch":
        rows = entry.get("rows")
        return (
            isinstance(entry.get("table"), str)
            and isinstance(rows, list)
            and all(
                isinstance(row, dict)
                and isinstance(row.get("label"), str)
                and isinstance(row.get("name"), str)
                and isinstance(row.get("new"), bool)
                and isinstance(row.get("cells"), dict)
                and all(isinstance(cell, list) and len(cell) == 3 for cell in row["cells"].values())
                for row in rows
            )
        )
    if entry["state"] == "created":
        return isinstance(entry.get("parts"), list)
    if entry["state"] == "done":
        return isinstance(entry.get("moment"), str) and isinstance(entry.get("inputs"), str)
    if entry["state"] == "mark":
        return all(isinstance(entry.get(name), str) for name in ("table", "text", "before"))
    if entry["state"] == "cutover":
        rows = entry.get("rows")
        return isinstance(rows, dict) and all(
            isinstance(of, dict) and all(isinstance(mark, str) for mark in of.values()) for of in rows.values()
        )
    return True
