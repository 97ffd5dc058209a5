"""The parts of `conformance`: what it would ask, and asking."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from codaform import __version__
from codaform.cli.connect import connect
from codaform.cli.names import pick
from codaform.cli.progress import patient_progress
from codaform.cli.select import open_project
from codaform.cli.terminal import counted, put, say
from codaform.coda.door.hosts import is_loopback
from codaform.conformance.interview import interview, probe_folder, record_of
from codaform.conformance.judging import judgements
from codaform.conformance.probe import BUTTON, NAME, VIEW, Probe, probe_doc
from codaform.conformance.questions import Question, Questions
from codaform.conformance.results import CODA, LOCAL_CODA, Result, write_result
from codaform.conformance.service_facts import name_of_fact, unaskable, written
from codaform.deploy.environments import LOCAL
from codaform.project.files import CannotRead
from codaform.project.locate import reason
from codaform.project.truths import read_truths, truths_folder

_SECONDS = 1.0
"""The estimate for a formula that a real Coda computes; the tool has no published limit."""


def rehearse(environment: str, only: Sequence[str], facts: bool) -> None:
    """Say what would be made and asked."""
    questions = Questions(read_truths(truths_folder()))
    asked = _chosen(questions, only)
    doc = probe_doc([one for one in asked if one.column])
    put(f"{environment} would get a doc named {NAME} and the date, and lose it at the end:")
    for table in doc.tables.values():
        names = ", ".join(column for column in table.columns)
        put(f"  table {table.name}: {names}")
    put(f"  view {VIEW}, button {BUTTON}, and the rows of the examples")
    executed = sum(not one.column for one in asked)
    put(f"asked: {counted(executed, 'formula')} on a page, {counted(len(asked) - executed, 'formula')} in columns")
    if facts:
        put("written into that doc, on pages and in tables of their own, after everything else:")
        for fact in written():
            put(f"  {name_of_fact(fact)}: {fact.text}")
        for left in unaskable():
            put(f"not asked: {left.name}, since {left.why}")
    if not only:
        put(f"not asked: {counted(len(questions.unasked), 'formula')} that give another value each time, or that act")
    if environment != LOCAL:
        put(f"it takes about {max(1, round(executed * _SECONDS / 60))} min")
    say("nothing was written; --apply asks")


def asked(
    project: Path | None,
    environment: str,
    mcp: bool,
    only: Sequence[str],
    facts: bool,
    keep: bool,
    out: Path | None,
    product: str,
) -> Result:
    """Ask, write the file of answers, and remove the doc; gives the answers. Raises CannotRead."""
    opened = open_project(project)
    questions = Questions(read_truths(truths_folder()))
    chosen = _chosen(questions, only)
    with connect(opened, environment, mcp) as connection, record_of(opened.root, environment) as record:
        if connection.tools is None:
            raise CannotRead("formulas are computed by the tools of MCP alone: --via mcp uses them")
        if record.answers:
            say(f"goes on with {counted(len(record.answers), 'answer')} of a run that was stopped")
        try:
            folder = probe_folder(opened.root, environment)
        except OSError as error:
            raise CannotRead(f"the folder of the project cannot be written: {reason(error)}") from None
        probe = Probe(connection.rest, connection.tools, folder, [one for one in chosen if one.column], 120.0)
        today = datetime.now(UTC).date()
        with patient_progress("asking Coda", len(chosen), 2.0) as step:
            interview(chosen, probe, record, today, secrets.token_hex(3), lambda done, _: step(done), facts=facts)
        unasked = () if only else (*questions.unasked, *(unaskable() if facts else ()))
        # An environment of doc.yml may have a local Coda as its host, too.
        service = LOCAL_CODA if is_loopback(connection.rest.host) else CODA
        found = Result(
            record.begun, service, product, __version__, tuple(judgements(chosen, questions, record)), unasked
        )
        path = out or Path("conformance") / f"{record.begun}.yml"
        write_result(path, found)
        say(f"answers: {path}")
        if keep:
            say(f"kept: {record.title}")
        else:
            probe.remove()
        record.forget()
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _chosen(questions: Questions, only: Sequence[str]) -> list[Question]:
    """The questions of some names; without names all. Raises CannotRead with the nearest name."""
    if not only:
        return questions.asked
    for name in only:
        if not questions.named([name]):
            known = dict.fromkeys([*(one.name for one in questions.asked), *(one.about for one in questions.asked)])
            pick("question", name, known, several=True)
    return questions.named(only)
