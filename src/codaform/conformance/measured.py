"""Notes the answers of a real Coda with the truths that they confirm or contradict."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from codaform.conformance.results import CODA, Judgement, Result
from codaform.files import write_file
from codaform.project.files import CannotRead
from codaform.project.locate import reason
from codaform.project.truths import MEASURED, Measured, Truth, functions_file, measured_functions, read_truths

_SAID = re.compile(rf", {MEASURED}: \{{[^{{}}]*\}}(?=\}}$)")


def take_in(result: Result, folder: Path) -> list[Path]:
    """Write into a folder of truths what was measured; gives the files that changed. Raises CannotRead.

    A truth gets a `measured` on its line. Functions, whose examples were asked, are in a file of their own.
    """
    if result.service != CODA:
        raise CannotRead(f"{result.service} gave these answers: it is codaform itself, so nothing was measured")
    try:
        truths = read_truths(folder)
    except OSError as error:
        raise CannotRead(f"{folder} cannot be read: {reason(error)}") from None
    if not truths:
        raise CannotRead(f"{folder} has no truths about Coda; in a checkout of codaform they are in tests/coda")
    answers: dict[str, list[Judgement]] = {}
    for one in result.judgements:
        if one.outcome != "unanswered":
            answers.setdefault(one.about, []).append(one)
    files = _truth_files(truths, answers, result.date)
    told = {truth.truth for truth in truths}
    functions = {**measured_functions(folder)}
    for name, found in answers.items():
        if name not in told and all(one.question.startswith(f"{name} ") for one in found):
            functions[name] = _measured(found, result.date)
    if functions:
        lines = [f"{_key(name)}: {{{_members(one)}}}\n" for name, one in sorted(functions.items())]
        files[functions_file(folder)] = "".join(lines)
    changed: list[Path] = []
    for path, text in files.items():
        try:
            if not path.is_file() or path.read_text("utf-8") != text:
                write_file(path, text, folder)
                changed.append(path)
        except OSError as error:
            raise CannotRead(f"{path} cannot be written: {reason(error)}") from None
    return changed


def _truth_files(truths: Sequence[Truth], answers: Mapping[str, Sequence[Judgement]], date: str) -> dict[Path, str]:
    """The files of truths with what was measured. A truth whose formula changed since was not measured."""
    files: dict[Path, str] = {}
    for truth in truths:
        found = [one for one in answers.get(truth.truth, ()) if one.formula == truth.formula]
        if not found:
            continue
        text = files.get(truth.path) or truth.path.read_text("utf-8")
        lines = text.split("\n")
        line = lines[truth.line - 1]
        if not (line.startswith("- {") and line.endswith("}")):
            raise CannotRead(
                f"line {truth.line} of {truth.path} does not hold a whole truth, so nothing is added to it"
            )
        lines[truth.line - 1] = f"{_SAID.sub('', line)[:-1]}, {MEASURED}: {{{_members(_measured(found, date))}}}}}"
        files[truth.path] = "\n".join(lines)
    return files


def _measured(found: Sequence[Judgement], date: str) -> Measured:
    agree = sum(one.outcome == "agrees" for one in found)
    return Measured(date, agree, len(found) - agree)


def _members(one: Measured) -> str:
    return f'date: "{one.date}", agree: {one.agree}, differ: {one.differ}'


def _key(name: str) -> str:
    """A name as a key of YAML."""
    return name if re.fullmatch(r"[A-Za-z]\w*", name) and name.lower() not in ("true", "false") else f'"{name}"'
