"""What a deploy was about to do and what came of it, written down before and after, so that a killed run can go on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Literal, get_args

from codaform.coda.wire.json_data import read_json
from codaform.files import open_file, stage_file
from codaform.project.files import CannotRead
from codaform.project.own_folder import NAME, own_folder
from codaform.project.root import reason

State = Literal["named", "started", "begun", "done", "found", "failed", "unsure", "finished"]
"""Of an entry: what the journal is known by; a run began, for the plan of this fingerprint; about to be written to
Coda; written and seen there; seen there without being written by this run; refused; nobody knows; the run came to its
end."""


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
        self._old: list[IO[bytes]] = []

    def close(self) -> None:
        """Let others in."""
        for file in (self._file, *self._old):
            file.close()

    def write(
        self, state: State, keys: Sequence[str] = (), said: str = "", ids: Mapping[str, str] | None = None
    ) -> None:
        """Add an entry."""
        entry = Entry(state, [*keys], said, dict(ids or {}), datetime.now(UTC).isoformat(timespec="milliseconds"))
        self._file.write(_line(entry))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.entries.append(entry)

    @property
    def holder(self) -> str:
        """What stands for this folder on this machine, wherever it says that it is at work. A copy of the folder, with
        its journal, is another."""
        name = next((entry.said for entry in self.entries if entry.state == "named"), "")
        if not name:
            name = secrets.token_hex(8)
            self.write("named", said=name)
        place = f"{name} {platform.node()} {uuid.getnode()} {self.path.resolve()}"
        # Where runs of one folder do not keep each other out, each stands for itself.
        return hashlib.sha256((place if LOCKS else f"{place} {secrets.token_hex(8)}").encode()).hexdigest()[:12]

    def compact(self) -> None:
        """Forget what no run needs any more: everything before the end of the last one that came to its end, and of
        what was done since all but the ids that it made. The file is there whole at every moment."""
        kept = [entry for entry in self.entries if entry.state == "named"][:1]
        open_keys, made, unfinished = self.open_keys(), self.made(), self.unfinished()
        if open_keys:
            kept.append(Entry("begun", open_keys))
        if made:
            kept.append(Entry("found", [], ids=made))
        if unfinished:
            kept.append(Entry("started", [], unfinished))
        if len(kept) >= len(self.entries):
            return
        root = self.path.parent.parent
        try:
            beside = stage_file(self.path, b"".join(map(_line, kept)), root)
        except OSError:
            return  # as it was, it serves as well
        with ExitStack() as undone:
            undone.callback(beside.unlink, missing_ok=True)
            try:
                file = undone.enter_context(open_file(beside, root))
                _alone(file)
                beside.replace(self.path)
            except OSError:
                return
            undone.pop_all()
        # The one that was replaced stays closed to others for as long as this run lasts.
        self._old.append(self._file)
        self._file, self.entries = file, kept

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
    file = _opened(path, root)
    if file is None:
        raise CannotRead(f"another deploy to {environment} is under way; this one has to wait for it")
    with closing(file):
        journal = Journal(path, file, _entries(file, path))
        with closing(journal):
            yield journal


def _opened(path: Path, root: Path) -> IO[bytes] | None:
    """The file of a journal, closed to others; None where another run has it open. Raises CannotRead."""
    while True:
        try:
            own_folder(root)
            file = open_file(path, root)
        except OSError as error:
            raise CannotRead(f"{path} cannot be written: {reason(error)}") from None
        if not _alone(file):
            file.close()
            return None
        # Another run may just have put a shorter one in its place.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()


LOCKS = find_spec("fcntl") is not None
"""Whether the system keeps a second run out. On Windows an appended line is whole or not there, and a second run is the
user's to avoid."""


def _alone(file: IO[bytes]) -> bool:
    """Whether nobody else has the file open so; the system lets go of it with the process, also of a killed one."""
    if not LOCKS:
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _line(entry: Entry) -> bytes:
    return json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


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
