"""The file with what a real Coda answered: for people to read and to share, without anything of an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from codaform.conformance.questions import Unasked
from codaform.files import read_file_text, write_file
from codaform.project.files import CannotRead
from codaform.project.locate import base_of, reason

VERSION = 1
"""The version of the file's form."""

Outcome = Literal["agrees", "differs", "unanswered"]

CODA, LOCAL_CODA = "Coda", "the local Coda"
"""Who can answer."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of a question.

    coda, codaform: Both values as text; of a question without an answer, why. change: Where codaform says it, if it
    differs.
    """

    question: str
    about: str
    formula: str
    outcome: Outcome
    coda: str
    codaform: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of all questions.

    date: On which the run began. service: Who answered. product: The version of Coda, if it is known. codaform: The
    version of codaform.
    """

    date: str
    service: str
    product: str
    codaform: str
    judgements: tuple[Judgement, ...]
    unasked: tuple[Unasked, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """The number of questions with this outcome."""
        return sum(one.outcome == outcome for one in self.judgements)

    @property
    def summary(self) -> str:
        """All of it in one line."""
        asked = len(self.judgements) - self.count("unanswered")
        told = f"{self.count('agrees')} of {asked} answers agree"
        left = self.count("unanswered") + len(self.unasked)
        return f"{told}; {left} could not be asked" if left else told


def result_text(result: Result) -> str:
    """A result as YAML."""
    import yaml

    answers = [
        {
            "question": one.question,
            "about": one.about,
            "formula": one.formula,
            "outcome": one.outcome,
            "coda": one.coda,
            "codaform": one.codaform,
            **({"change": one.change} if one.change else {}),
        }
        for one in result.judgements
    ]
    unasked = [{"question": one.name, "about": one.about, "why": one.why} for one in result.unasked]
    told = {
        "conformance": VERSION,
        "date": result.date,
        "service": result.service,
        "product": result.product,
        "codaform": result.codaform,
        "answers": answers,
        "unasked": unasked,
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120)


def write_result(path: Path, result: Result) -> None:
    """Write a result whole or not at all, with its folder. Raises CannotRead."""
    try:
        write_file(path, result_text(result), base_of(path))
    except OSError as error:
        raise CannotRead(f"{path} cannot be written: {reason(error)}") from None


def read_result(path: Path) -> Result:
    """The result in a file. Raises CannotRead."""
    import yaml

    try:
        told = yaml.safe_load(read_file_text(path))
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        raise CannotRead(f"{path} is no result of codaform conformance: it is not a text in UTF-8") from None
    except yaml.YAMLError:
        raise CannotRead(f"{path} is no result of codaform conformance: it is no YAML") from None
    if not isinstance(told, dict) or told.get("conformance") != VERSION:
        raise CannotRead(f"{path} is no result of codaform conformance: it does not begin with conformance: {VERSION}")
    answers, unasked = told.get("answers"), told.get("unasked", [])
    if (
        not _texts(told, ("date", "service", "product", "codaform"))
        or not isinstance(answers, list)
        or not isinstance(unasked, list)
    ):
        raise CannotRead(f"{path} lacks its date, who answered, the product, codaform's version or the answers")
    return Result(
        told["date"],
        told["service"],
        told["product"],
        told["codaform"],
        tuple(_judgement(one, number, path) for number, one in enumerate(answers, 1)),
        tuple(_unasked(one, number, path) for number, one in enumerate(unasked, 1)),
    )


def _judgement(told: Any, number: int, path: Path) -> Judgement:
    names = ("question", "about", "formula", "outcome", "coda", "codaform")
    if (
        not _texts(told, names)
        or told["outcome"] not in get_args(Outcome)
        or not isinstance(told.get("change", ""), str)
    ):
        raise CannotRead(f"{path}: answer {number} lacks one of {', '.join(names)}, or it is no text")
    question, about, formula, outcome, coda, ours = (told[name] for name in names)
    return Judgement(question, about, formula, outcome, coda, ours, told.get("change", ""))


def _unasked(told: Any, number: int, path: Path) -> Unasked:
    names = ("question", "about", "why")
    if not _texts(told, names):
        raise CannotRead(f"{path}: entry {number} of the questions not asked lacks one of {', '.join(names)}")
    return Unasked(told["question"], told["about"], told["why"])


def _texts(told: Any, names: Sequence[str]) -> bool:
    return isinstance(told, dict) and all(isinstance(told.get(name), str) for name in names)
