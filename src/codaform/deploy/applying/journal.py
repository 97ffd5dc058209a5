"""What a deploy was about to do and what came of it, written down before and after, so that a killed run can go on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal, get_args

from codaform.coda.json_reading import read_json
from codaform.files import open_file
from codaform.project.files import CannotRead
from codaform.project.own_folder import NAME, own_folder
from codaform.project.root import reason

State = Literal["started", "begun", "done", "found", "failed", "unsure", "finished"]
"""Of an entry: a run began, for the plan of this fingerprint; about to be written to Coda; written and seen there; seen
there without being written by this run; refused; nobody knows; the run came to its end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. keys: Which steps it is about, by their titles. said: What there is to say. ids: What was made."""

    state: State
    keys: Sequence[str]
    said: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    at: str = ""


class Journal:
    """The journal of an environment. Made by `journal_of`, which keeps others out as long as it is open.

    An entry is on the disk when `write` comes back.
    """

    def __init__(self, path: Path, file: IO[bytes], entries: list[Entry]) -> None:
        self.path = path
        self.entries = entries
        self._file = file

    def write(
        self, state: State, keys: Sequence[str] = (), said: str = "", ids: Mapping[str, str] | None = None
    ) -> None:
        """Add an entry."""
        entry = Entry(state, [*keys], said, dict(ids or {}), datetime.now(UTC).isoformat(timespec="milliseconds"))
        self._file.write(json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.entries.append(entry)

    def open_keys(self, this_run: bool = False) -> list[str]:
        """The steps that were begun and of which nobody knows how they ended, since a run came to its end.

        this_run: Only those that were begun since the last start.
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
        """The fingerprint of the plan whose run did not come to its end; empty where every run did."""
        last = next((entry for entry in reversed(self.entries) if entry.state in ("started", "finished")), None)
        return last.said if last is not None and last.state == "started" else ""

    def made(self) -> dict[str, str]:
        """What runs have made since the last one that finished: ids by what they are, as `table jobs`."""
        found: dict[str, str] = {}
        for entry in self.entries:
            if entry.state == "finished":
                found.clear()
            found |= entry.ids
        return found


def journal_path(root: Path, environment: str) -> Path:
    """Where the journal of an environment lies."""
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in environment)
    return root / NAME / f"journal-{safe}.jsonl"


@contextmanager
def journal_of(root: Path, environment: str) -> Iterator[Journal]:
    """The journal of an environment, closed to every other run meanwhile.

    A last line that a crash cut off is dropped. Raises CannotRead: where another run has it open, or a line is damaged.
    """
    path = journal_path(root, environment)
    try:
        own_folder(root)
        file = open_file(path, root)
    except OSError as error:
        raise CannotRead(f"{path} cannot be written: {reason(error)}") from None
    with file:
        if not _alone(file):
            raise CannotRead(f"another deploy to {environment} is under way; this one has to wait for it")
        yield Journal(path, file, _entries(file, path))


def _alone(file: IO[bytes]) -> bool:
    """Whether nobody else has the file open so; the system lets go of it with the process, also of a killed one."""
    try:
        import fcntl
    except ImportError:  # Windows, where an appended line is whole or not there and a second run is the user's to avoid
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _entries(file: IO[bytes], path: Path) -> list[Entry]:
    file.seek(0)
    content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        file.truncate(len(whole))
    found: list[Entry] = []
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            told: Any = read_json(line)
            entry = Entry(**told)
            if not _is_sound(entry):
                raise ValueError
        except (ValueError, TypeError):
            raise CannotRead(
                f"line {number} of {path} is damaged; once the doc was looked at, delete the file"
            ) from None
        found.append(entry)
    return found


def _is_sound(entry: Entry) -> bool:
    """Whether an entry that was read holds what one holds: any JSON may stand in a file."""
    if not isinstance(entry.keys, list) or not isinstance(entry.ids, dict):
        return False
    texts = [entry.said, entry.at, *entry.keys, *entry.ids, *entry.ids.values()]
    return entry.state in get_args(State) and all(isinstance(text, str) for text in texts)
