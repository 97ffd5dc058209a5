"""The journal of a deploy: each step before and after it is made, so that the next run can continue a killed one."""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal, get_args

from codaform.deploy.applying.line_file import LOCKS, append_line, entries, line_file, lock, opened_alone
from codaform.files import open_file, stage_file
from codaform.project.files import CannotRead

State = Literal["named", "started", "begun", "done", "found", "failed", "unsure", "finished"]
"""The states of an entry: the journal got its mark; a run began, for the plan of this fingerprint; a step is about to
be written; it was written and seen; it was seen, but this run did not write it; Coda refused it; its outcome is
unknown; the run ended."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line. keys: The titles of its steps. said: A note. ids: The ids of things that were made."""

    state: State
    keys: Sequence[str]
    said: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    at: str = ""


class Journal:
    """The journal of an environment. `journal_of` makes it, and keeps other runs out while it is open.

    An entry is on the disk once `write` returns.
    """

    def __init__(self, path: Path, file: IO[bytes], entries: list[JournalEntry]) -> None:
        self.path = path
        self.entries = entries
        self._file = file
        self._old: list[IO[bytes]] = []

    def close(self) -> None:
        """Let other runs in."""
        for file in (self._file, *self._old):
            file.close()

    def write(
        self, state: State, keys: Sequence[str] = (), said: str = "", ids: Mapping[str, str] | None = None
    ) -> None:
        """Add an entry."""
        entry = JournalEntry(
            state, [*keys], said, dict(ids or {}), datetime.now(UTC).isoformat(timespec="milliseconds")
        )
        append_line(self._file, _line(entry))
        self.entries.append(entry)

    @property
    def holder(self) -> str:
        """The mark of this folder on this machine. A copy of the folder, with its journal, has another mark."""
        name = next((entry.said for entry in self.entries if entry.state == "named"), "")
        if not name:
            name = secrets.token_hex(8)
            self.write("named", said=name)
        place = f"{name} {platform.node()} {uuid.getnode()} {self.path.resolve()}"
        # If runs of one folder do not keep each other out, each has a mark of its own.
        return hashlib.sha256((place if LOCKS else f"{place} {secrets.token_hex(8)}").encode()).hexdigest()[:12]

    def compact(self) -> None:
        """Drop the entries that no run needs: all before the end of the last finished run, and later ones but for the
        ids that were made. The file is complete at every moment."""
        kept = [entry for entry in self.entries if entry.state == "named"][:1]
        open_keys, made, unfinished = self.open_keys(), self.made(), self.unfinished()
        if open_keys:
            kept.append(JournalEntry("begun", open_keys))
        if made:
            kept.append(JournalEntry("found", [], ids=made))
        if unfinished:
            kept.append(JournalEntry("started", [], unfinished))
        if len(kept) >= len(self.entries):
            return
        root = self.path.parent.parent
        try:
            beside = stage_file(self.path, b"".join(map(_line, kept)), root)
        except OSError:
            return  # the long file serves as well
        with ExitStack() as undone:
            undone.callback(beside.unlink, missing_ok=True)
            try:
                file = undone.enter_context(open_file(beside, root))
                lock(file)
                beside.replace(self.path)
            except OSError:
                return
            undone.pop_all()
        # The old file stays closed to other runs until this one ends.
        self._old.append(self._file)
        self._file, self.entries = file, kept

    def open_keys(self, this_run: bool = False) -> list[str]:
        """The steps with an unknown outcome since the last finished run.

        this_run: Only those that began since the last start.
        """
        found: dict[str, None] = {}
        for entry in self.entries:
            match entry.state:
                case "started" if this_run:
                    found.clear()
                case "begun":
                    found |= dict.fromkeys(entry.keys)
                case "finished":
                    found.clear()
                case "unsure" | "started":
                    pass
                case _:
                    for key in entry.keys:
                        found.pop(key, None)
        return list(found)

    def unfinished(self) -> str:
        """The fingerprint of the plan whose run did not finish; empty if every run did."""
        last = next((entry for entry in reversed(self.entries) if entry.state in ("started", "finished")), None)
        return last.said if last is not None and last.state == "started" else ""

    def made(self) -> dict[str, str]:
        """The ids that were made since the last finished run, by what they are, as `table jobs`."""
        found: dict[str, str] = {}
        for entry in self.entries:
            if entry.state == "finished":
                found.clear()
            found |= entry.ids
        return found


def journal_path(root: Path, environment: str) -> Path:
    """The path of the journal of an environment."""
    return line_file(root, f"journal-{environment}")


@contextmanager
def journal_of(root: Path, environment: str) -> Iterator[Journal]:
    """The journal of an environment, closed to every other run meanwhile.

    A last line that a crash cut off is dropped. Raises CannotRead if another run has it open, or a line is damaged.
    """
    path = journal_path(root, environment)
    file = opened_alone(path, root)
    if file is None:
        raise CannotRead(f"another deploy to {environment} is under way; this one has to wait for it")
    with closing(file):
        journal = Journal(path, file, entries(file, path, _entry, "once the doc was looked at, delete the file"))
        with closing(journal):
            yield journal


def _line(entry: JournalEntry) -> bytes:
    return json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _entry(told: Any) -> JournalEntry:
    entry = JournalEntry(**told)
    if not _is_sound(entry):
        raise ValueError
    return entry


def _is_sound(entry: JournalEntry) -> bool:
    """Whether an entry has the right types: the JSON in a file may be anything."""
    if not isinstance(entry.keys, list) or not isinstance(entry.ids, dict):
        return False
    texts = [entry.said, entry.at, *entry.keys, *entry.ids, *entry.ids.values()]
    return entry.state in get_args(State) and all(isinstance(text, str) for text in texts)
