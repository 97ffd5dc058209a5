"""Asking a real Coda, question by question, so that a run that was killed goes on where it ended."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

from codaform.coda.door.failures import CannotReach, Refused, ServerDown, ToolFailed, ToolMissing, TooManyCalls
from codaform.coda.wire.json_data import Json, read_json
from codaform.conformance.probe import BUTTON, NAME, VIEW, Probe
from codaform.conformance.questions import Question
from codaform.conformance.service_facts import askable, name_of_fact
from codaform.conformance.service_reads import Service
from codaform.deploy.applying.line_file import append_line, opened_alone, whole_lines
from codaform.files import make_folders
from codaform.project.files import CannotRead
from codaform.project.own_folder import NAME as OWN
from codaform.project.own_folder import own_folder

ROWS_ANSWER, VIEW_ANSWER, BUTTON_ANSWER = "rows of the doc", "view", "button"
"""The names of three more answers: the display text of each row, the rows of the view, and a cell after its button was
pressed."""

PRESSED = "Plan"
"""The row whose button is pressed, after everything else: it is done before, and open afterwards."""

Progress = Callable[[int, int], None]


@dataclass
class Record:
    """The lines of a run: how its doc is called, which it is, and each answer as Coda gave it.

    answers: By question `{"value": …}`, `{"cell": …}`, `{"error": text}`, or `{"missing": why it could not be asked}`;
    of a fact `{"seen": what was seen instead}`, empty where it holds.
    """

    path: Path
    file: IO[bytes]
    title: str = ""
    doc: str = ""
    begun: str = ""
    answers: dict[str, Mapping[str, Json]] = field(default_factory=dict)

    def add(self, **entry: Any) -> None:
        """Add a line; it is on the disk afterwards."""
        append_line(self.file, json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        self.take(entry)

    def take(self, entry: Mapping[str, Any]) -> None:
        """Take a line in."""
        self.title = entry.get("title", self.title)
        self.begun = entry.get("begun", self.begun)
        self.doc = entry.get("doc", self.doc)
        if "question" in entry:
            self.answers[entry["question"]] = entry["answer"]

    def forget(self) -> None:
        """Forget all: the next run makes another doc."""
        self.file.truncate(0)
        self.title = self.doc = self.begun = ""
        self.answers.clear()


@contextmanager
def record_of(root: Path, environment: str) -> Iterator[Record]:
    """The record of an environment's run, closed to other runs. Raises CannotRead."""
    path = root / OWN / f"conformance-{environment}.jsonl"
    file = opened_alone(path, root)
    if file is None:
        raise CannotRead(f"another run is at work on {environment}")
    with closing(file):
        record = Record(path, file)
        for number, line in enumerate(whole_lines(file), 1):
            try:
                entry: Any = read_json(line)
            except ValueError:
                entry = None
            if not _is_sound(entry):
                raise CannotRead(f"line {number} of {path} is damaged; delete the file, and a run makes another doc")
            record.take(entry)
        yield record


def _is_sound(entry: Any) -> bool:
    """Whether an entry has the right types: the JSON in a file may be anything."""
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(name, ""), str) for name in ("title", "doc", "begun")
    ):
        return False
    return "question" not in entry or (isinstance(entry["question"], str) and isinstance(entry.get("answer"), dict))


def probe_folder(root: Path, environment: str) -> Path:
    """The folder for the files of the doc for questions, made if it is missing. Raises OSError."""
    folder = root / OWN / f"conformance-{environment}"
    own_folder(root)
    make_folders(folder, root)
    return folder


def interview(
    questions: Sequence[Question],
    probe: Probe,
    record: Record,
    today: date,
    token: str,
    progress: Progress = lambda *_: None,
    patience: float = 30.0,
    facts: bool = False,
) -> None:
    """Make the doc where it is not there yet, and ask what was not answered. Raises Failure and CannotRead.

    facts: Whether to look at the facts about the service, too. token: A few letters that make the name of the doc one
    that no other has. patience: For how many seconds the doc may compute without its rows.
    """
    if not record.title:
        record.add(title=f"{NAME} {today} {token} (may be deleted)", begun=str(today))
    if not record.doc:
        record.add(doc=probe.find(record.title) or probe.make(record.title))
    open_ = [one for one in questions if one.name not in record.answers]
    besides = [name for name in (ROWS_ANSWER, VIEW_ANSWER, BUTTON_ANSWER) if name not in record.answers]
    looks = [(fact, look) for fact, look in askable() if facts and name_of_fact(fact) not in record.answers]
    if not open_ and not besides and not looks:
        probe.doc, probe.title = record.doc, record.title
        return
    probe.fill(record.doc, record.title)
    _wait_until_ready(probe, patience)
    done, total = len(questions) - len(open_), len(questions)
    in_columns = [one for one in open_ if one.column]
    if in_columns:
        cells = probe.cells()
        for question in in_columns:
            missing = _undone(probe, question.column)
            cell = cells.get(question.row, {}).get(question.column)
            record.add(question=question.name, answer={"missing": missing} if missing else {"cell": cell})
            done += 1
            progress(done, total)
    for question in open_:
        if question.column:
            continue
        try:
            answer: dict[str, Json] = {"value": probe.execute(question.formula)}
        except ToolFailed as refused:
            answer = {"error": refused.message}
        record.add(question=question.name, answer=answer)
        done += 1
        progress(done, total)
    if ROWS_ANSWER in besides:
        record.add(question=ROWS_ANSWER, answer={"value": dict(probe.row_names())})
    if VIEW_ANSWER in besides:
        record.add(question=VIEW_ANSWER, answer=_unless_missing(probe, VIEW, lambda: list(probe.in_view())))
    if BUTTON_ANSWER in besides:
        record.add(question=BUTTON_ANSWER, answer=_unless_missing(probe, BUTTON, lambda: probe.press(PRESSED)))
    # Last, since most of them write into the doc: a run that goes on has the other answers by then.
    for fact, look in looks:
        record.add(question=name_of_fact(fact), answer=_look(probe, look))


def _unless_missing(probe: Probe, name: str, ask: Callable[[], Json]) -> dict[str, Json]:
    missing = _undone(probe, name)
    return {"missing": missing} if missing else {"value": ask()}


def _look(probe: Probe, look: Callable[[Service], str]) -> dict[str, Json]:
    try:
        seen = look(probe.service())
    except (TooManyCalls, ServerDown):
        raise  # that says nothing of the fact: the run goes on later
    except (Refused, ToolFailed) as refused:
        seen = str(refused)
    except ToolMissing as missing:
        return {"missing": str(missing)}
    return {"seen": seen.replace(probe.doc, "…")}


def _undone(probe: Probe, name: str) -> str:
    """Why the doc did not get a thing; empty if it did."""
    return next((one for one in probe.undone if re.search(rf"\b{re.escape(name)}\b(?! \d)", one)), "")


def _wait_until_ready(probe: Probe, patience: float) -> None:
    """Wait until the doc computes with its rows: right after a write a formula may still see the old rows."""
    ends = time.monotonic() + patience
    while not probe.is_ready():
        if time.monotonic() > ends:
            raise CannotReach("the doc was made, and Coda does not compute with its rows yet; run it again")
        time.sleep(0.5)
