"""Asking a local Coda in a process of its own that ends itself, without a word, at one of its moments."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import Tools, open_tools
from codaform.coda.door.transport import Transport
from codaform.conformance.interview import Record, interview, probe_folder, record_of
from codaform.conformance.judging import judgements
from codaform.conformance.probe import Probe
from codaform.conformance.questions import Questions
from codaform.conformance.results import Result, write_result
from codaform.project.truths import read_truths
from door import SWIFT
from killed_deploy import Moments

NAMES = ("Round", "Weekday", "find-on-a-table-gives-the-number-of-the-row", "names-of-withname-nest-and-hide-columns")


def run(root: Path, url: str, token: str, mcp_token: str, fatal: int, told: Path) -> None:
    """Ask some questions, write the answers, and die at a moment: before or after an answer is kept, or a call to Coda.

    fatal: Which moment, from 1; 0 for none. told: Where the count of moments is written.
    """
    moments = Moments(fatal)
    Record.add = moments.around(Record.add)  # type: ignore[method-assign]
    Transport.call = moments.around(Transport.call)  # type: ignore[method-assign]
    Tools.call = moments.around(Tools.call)  # type: ignore[method-assign]
    questions = Questions(read_truths(Path(__file__).parent / "coda"))
    asked = questions.named(NAMES)
    rest = Rest(Secret(token), url, Pace({}, SWIFT), timeout=20)
    with open_tools(Secret(mcp_token), url, Pace({}, SWIFT), timeout=20) as tools, record_of(root, "staging") as record:
        probe = Probe(rest, tools, probe_folder(root, "staging"), [one for one in asked if one.column], 20.0)
        interview(asked, probe, record, date(2026, 11, 28), "abc", facts=True)
        found = judgements(asked, questions, record)
        write_result(root / "answers.yml", Result(record.begun, "Coda", "", "0.1.0", tuple(found)))
    told.write_text(str(moments.passed), "utf-8")


if __name__ == "__main__":
    folder, url, token, mcp_token, fatal, told = sys.argv[1:]
    run(Path(folder), url, token, mcp_token, int(fatal), Path(told))
