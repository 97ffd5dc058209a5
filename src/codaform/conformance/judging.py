"""Whether an answer is the one that codaform gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from codaform.coda.wire.json_data import Json
from codaform.coda.wire.rich import read_shown
from codaform.coda.wire.texts import InvalidValue
from codaform.conformance.interview import BUTTON_ANSWER, PRESSED, ROWS_ANSWER, VIEW_ANSWER, Record
from codaform.conformance.probe import BUTTON, VIEW, probe_doc
from codaform.conformance.questions import TABLE, Question, Questions, notated
from codaform.conformance.results import Judgement, Outcome
from codaform.conformance.service_facts import askable, name_of_fact
from codaform.deploy.comparing.agreement import agree
from codaform.deploy.comparing.expressions import told_value
from codaform.evaluation.workbook import Workbook
from codaform.library.example_doc import DOC, ROWS
from codaform.model.schema import Column
from codaform.model.values import UNTOLD, Error

_ID = re.compile(r"\b(grid|c|i|table|canvas|section|view|f|ctrl)-[\w-]{6,}")
_MOST = 200


def judgements(asked: Sequence[Question], questions: Questions, record: Record) -> list[Judgement]:
    """The judgement on each question, on the view and the button, and on the facts that were looked at."""
    names = record.answers.get(ROWS_ANSWER, {}).get("value")
    rows = names if isinstance(names, dict) else {}
    found = [judgement(one, record.answers.get(one.name), rows, questions.book) for one in asked]
    deploy = "src/codaform/deploy"
    kept = [row["Name"] for row in ROWS[TABLE] if row["Status"] == "Open"]
    about = "A view shows the rows that its filter keeps."
    found.append(_besides(record, VIEW_ANSWER, about, VIEW, kept, questions.book, deploy))
    about = "A button changes its row when it is pressed."
    found.append(_besides(record, BUTTON_ANSWER, about, f"{BUTTON} of {PRESSED}", "Open", questions.book, deploy))
    for fact, _ in askable():
        answer = record.answers.get(name_of_fact(fact), {})
        seen = answer.get("seen")
        if "missing" in answer:
            why = _short(str(answer["missing"]))
            found.append(Judgement(name_of_fact(fact), fact.text, "", "unanswered", why, "as told"))
        elif isinstance(seen, str):
            outcome: Outcome = "differs" if seen else "agrees"
            said = _short(_ID.sub("…", seen)) or "as told"
            change = f"src/codaform/server/facts.py, {fact.number}" if seen else ""
            found.append(Judgement(name_of_fact(fact), fact.text, "", outcome, said, "as told", change))
    return found


def judgement(
    question: Question, answer: Mapping[str, Json] | None, rows: Mapping[str, Json], book: Workbook
) -> Judgement:
    """The judgement on a question.

    answer: As the record has it; None if there is none. rows: What each row displays, by its id.
    """
    ours = notated(question.ours, book)
    if answer is None or "missing" in answer:
        why = _short(str(answer["missing"])) if answer is not None else ""
        return Judgement(question.name, question.about, question.formula, "unanswered", why, ours)
    theirs = _theirs(question, answer, rows)
    same = agree(question.ours, theirs, book)
    change = "" if same else question.change
    outcome: Outcome = "agrees" if same else "differs"
    return Judgement(question.name, question.about, question.formula, outcome, _harmless(theirs, book), ours, change)


def _theirs(question: Question, answer: Mapping[str, Json], rows: Mapping[str, Json]) -> object:
    if "error" in answer:
        return Error(UNTOLD, str(answer["error"]))
    assert question.bound is not None, "what is asked was understood"
    if "cell" in answer:
        column = probe_doc([question]).tables[TABLE].columns[question.column]
        try:
            return read_shown(answer["cell"], column, ZoneInfo(DOC.time_zone), lambda row, _: rows.get(row))
        except InvalidValue as problem:
            return str(problem)
    return told_value(answer.get("value"), question.bound.type, ZoneInfo(DOC.time_zone))


def _besides(
    record: Record, name: str, about: str, formula: str, ours: object, book: Workbook, change: str
) -> Judgement:
    answer = record.answers.get(name)
    if answer is None or "missing" in answer:
        why = "" if answer is None else str(answer["missing"])
        return Judgement(name, about, formula, "unanswered", _short(why), notated(ours, book))
    theirs = read_shown(answer.get("value"), Column("", "other"), ZoneInfo(DOC.time_zone), lambda *_: None)
    same = agree(ours, theirs, book)
    outcome: Outcome = "agrees" if same else "differs"
    return Judgement(
        name, about, formula, outcome, _harmless(theirs, book), notated(ours, book), "" if same else change
    )


def _harmless(value: object, book: Workbook) -> str:
    """Coda's value as text, without what belongs to the account: no id."""
    return _short(_ID.sub("…", notated(value, book)))


def _short(text: str) -> str:
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"
