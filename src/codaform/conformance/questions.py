"""The questions to a real Coda: every recorded truth, and every example of a function."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from codaform.deploy.comparing.suspects import nodes
from codaform.evaluation.example_book import example_workbook
from codaform.evaluation.workbook import Workbook
from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.example_doc import DOC
from codaform.library.function import Function
from codaform.model.conversion import to_text
from codaform.model.kinds import kind_of
from codaform.model.notation import notate
from codaform.model.schema import Column, Doc
from codaform.model.values import Error, Row
from codaform.project.truths import Truth
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, Program, bind_doc, bind_site
from codaform.source import Source

TABLE = "Tasks"
"""The table of the examples whose rows have the formulas."""

_ROW = "Plan"
"""The row of a formula that is in a column, and in which row does not matter."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question. name: By which people choose it. about: The truth, or the function. change: Where codaform says it.

    row, kind, many, to: Where the formula stands: in which row of Tasks, in a column of which type; empty on a page.
    column: The column that has the formula then. bound, ours: The formula as codaform understands it, and the value it
    gives.
    """

    name: str
    about: str
    formula: str
    change: str
    certainty: str
    row: str = ""
    kind: str = ""
    many: bool = False
    to: str = ""
    column: str = ""
    bound: Bound | None = None
    ours: object = None


@dataclass(frozen=True, slots=True)
class Unasked:
    """A question that cannot be asked, and why."""

    name: str
    about: str
    why: str


class Questions:
    """All questions. asked, unasked: In the order of the truths, then of the functions' subjects."""

    def __init__(self, truths: Sequence[Truth]) -> None:
        self.asked: list[Question] = []
        self.unasked: list[Unasked] = []
        self._names: set[str] = set()
        for truth in truths:
            self._truth(truth)
        for subject, module in SUBJECTS.items():
            for function in declared(module):
                self._function(subject, function)

    @cached_property
    def book(self) -> Workbook:
        """The doc that the questions are about, as codaform computes it."""
        return example_workbook()

    @property
    def columns(self) -> list[Question]:
        """The questions with a formula in a column."""
        return [question for question in self.asked if question.column]

    def named(self, names: Sequence[str]) -> list[Question]:
        """The questions of some names: their own, or a function's, whose examples are meant."""
        wanted = {name.casefold() for name in names}
        return [one for one in self.asked if {one.name.casefold(), one.about.casefold()} & wanted]

    # ------------------------------------------------------------ making them

    def _truth(self, truth: Truth) -> None:
        name, given = self._free(_slug(truth.truth)), truth.given
        place = f"{truth.path.parent.name}/{truth.path.name}:{truth.line}"
        question = Question(name, truth.truth, truth.formula, place, truth.certainty)
        settings = [setting for setting in given if setting not in ("row", "kind")]
        if settings:
            why = f"it needs a doc with another {settings[0].replace('_', ' ')}, and there is one doc for all questions"
            self.unasked.append(Unasked(name, truth.truth, why))
            return
        if given.get("kind") == "button":
            self.unasked.append(Unasked(name, truth.truth, "no API reads what the action of a button gives"))
            return
        if given:
            question = replace(question, row=given.get("row", _ROW), kind=given.get("kind", "other"))
            question = replace(question, column=f"Asked {len(self.columns) + 1}")
            if "kind" not in given:
                bound, _ = understood(question)
                kind, many, to = kind_of(bound.type)
                question = replace(question, kind=kind, many=many, to=to)
        self._add(question)

    def _function(self, subject: str, function: Function) -> None:
        examples = function.examples
        name = function.operator or function.name
        for number, example in enumerate(examples, 1):
            own = self._free(f"{name} {number}")
            place = f"src/codaform/library/{Path(SUBJECTS[subject].__file__ or '').name}, {function.rowwise.__name__}"
            question = Question(own, name, example.formula, place, function.certainty)
            if function.action:
                self.unasked.append(Unasked(own, name, "an action changes the doc, and no API returns what it gives"))
                continue
            self._add(question)

    def _add(self, question: Question) -> None:
        bound, refused = understood(question)
        why = refused or _why_not(bound)
        if why:
            self.unasked.append(Unasked(question.name, question.about, why))
            return
        if question.column:
            book = example_workbook(with_columns([question]))
            row = book.find(question.row, TABLE)
            assert isinstance(row, Row), "the examples have the row"
            ours = _told(book.value(row, question.column), book)
        else:
            ours = _told(self.book.evaluate(bound), self.book)
        self.asked.append(replace(question, bound=bound, ours=ours))

    def _free(self, name: str) -> str:
        """A name that no question has."""
        free, number = name, 1
        while free in self._names:
            number += 1
            free = f"{name} ({number})"
        self._names.add(free)
        return free


def understood(question: Question, doc: Doc = DOC) -> tuple[Bound, str]:
    """The formula of a question as understood, and why it is none; empty where it is."""
    source = Source("question", question.formula)
    if question.column:
        program, found = bind_doc(with_columns([question], doc))
        bound, said = _of(program, question), [*found]
    else:
        bound, told = bind_site(doc, FormulaSite("named", "", ""), source, None)
        said = [*told]
    refused = next((one.message for one in said if one.rule.severity == "error"), "")
    return bound, f"codaform refuses it: {refused}" if refused else ""


def with_columns(questions: Sequence[Question], doc: Doc = DOC) -> Doc:
    """The doc of the examples with a column for each question with a formula in a column."""
    tasks = doc.tables[TABLE]
    made = {
        one.column: Column(
            one.column, one.kind, many=one.many, to=one.to, formula=Source(one.column, _own(one)), about=one.about
        )
        for one in questions
        if one.column
    }
    return replace(doc, tables={**doc.tables, TABLE: replace(tasks, columns={**tasks.columns, **made})})


def _own(question: Question) -> str:
    """The formula of a column; one that reads itself calls its column Shown."""
    return re.sub(r"\bShown\b", f"[{question.column}]", question.formula)


def notated(value: object, book: Workbook) -> str:
    """A value as a report says it."""
    return f"an error: {value.message}" if isinstance(value, Error) and value.message else notate(value, book)


def _of(program: Program, question: Question) -> Bound:
    return program.formulas[FormulaSite("formula", TABLE, question.column)]


def _why_not(bound: Bound) -> str:
    """Why the answer to a formula would say nothing; empty where it would."""
    for node in nodes(bound.body):
        match node:
            case ir.Call(function) if function.volatile:
                return f"{function.name} gives another value each time, or to each person"
            case ir.Call(function) if function.action:
                return "an action changes the doc"
            case ir.Named():
                return "no API makes the slider that it reads"
    return ""


def _told(value: object, book: Workbook) -> object:
    """A value as a tool can tell it: rows by what they show."""
    match value:
        case Row():
            return to_text(book.display(value), book) or ""
        case list():
            return [_told(item, book) for item in value]
        case dict():
            return {name: _told(item, book) for name, item in value.items()}
    return value


def _slug(sentence: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", sentence.casefold()).strip("-")
