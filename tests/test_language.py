"""docs/language.md: its formulas compute, and each promise is held by a case, a test, or a truth as sure as it says.

The table of recorded truths is made from tests/coda: `pytest tests/test_language.py --update-cases` rewrites it.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from codaform.model.notation import notate
from codaform.model.schema import COLUMN_TYPES
from codaform.model.types import describe
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source
from example_doc import DOC, example_workbook

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "language.md"
TEXT = PAGE.read_text("utf-8")
BEGIN, END = "<!-- truths: begin -->\n", "<!-- truths: end -->"
PROSE = TEXT.partition(BEGIN)[0]

PAIRS = re.findall(r"^```coda([^\n]*)\n(.*?)\n```\n\n```value\n(.*?)\n```$", TEXT, re.MULTILINE | re.DOTALL)
TRUTHS: list[dict[str, Any]] = [
    truth for path in sorted((TESTS / "coda").glob("*.yml")) for truth in yaml.safe_load(path.read_text("utf-8"))
]
CERTAINTIES = {"known": "known", "seen": "known", "inferred": "inferred", "assumed": "assumed"}
"""How sure a promise is, and how sure the truths are that hold it."""


def rows(*, header: str) -> list[list[str]]:
    """The cells of all tables on the page whose header has this column."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", PROSE, re.MULTILINE):
        head, _, *lines = [[cell.strip() for cell in line.strip(" |").split(" | ")] for line in table.splitlines()]
        if header in head:
            found.extend(lines)
    return found


PROMISES = rows(header="Held by")
PLACES = {"row": "the row", "kind": "a column of type"}
"""Where the formula of a truth stands, in words."""
each_promise = pytest.mark.parametrize("promise", [pytest.param(row, id=row[0][:60]) for row in PROMISES])


def held_by(promise: list[str]) -> list[tuple[str, str]]:
    """What holds a promise: the file of a case and its title, `truth` and its text, or the file and name of a test."""
    found = []
    for item in promise[-1].split("<br>"):
        match = re.fullmatch(r"`([\w/]+)` (.+)", item)
        assert match, f"this names no case and no truth: {item}"
        found.append((match[1], match[2]))
    return found


@pytest.mark.parametrize(("info", "formula", "value"), PAIRS)
def test_formulas_compute(info: str, formula: str, value: str) -> None:
    zone = re.search(r"\w+/\w+", info)
    doc = replace(DOC, time_zone=zone[0]) if zone else DOC
    in_row = "row" in info
    place = FormulaSite("test", "Tasks", "shown") if in_row else FormulaSite("named", "", "shown")
    bound, said = bind_site(doc, place, Source("page", formula), None)
    assert [finding.message for finding in said if finding.rule.severity == "error"] == []
    book = example_workbook(doc)
    assert notate(book.evaluate(bound, book.rows("Tasks")[0] if in_row else None), book) == value


def test_formulas_have_their_values() -> None:
    assert len(PAIRS) == len(re.findall(r"^```coda", TEXT, re.MULTILINE)) > 0


@each_promise
def test_promise_is_told_whole_and_held(promise: list[str]) -> None:
    assert all(promise)
    (said,) = (cell for cell in promise if cell in CERTAINTIES)
    for where, title in held_by(promise):
        if where == "truth":
            truth = next((truth for truth in TRUTHS if truth["truth"] == title), None)
            assert truth is not None, f"no truth is told as: {title}"
            assert truth["certainty"] == CERTAINTIES[said], f"the truth is {truth['certainty']}: {title}"
        elif where.startswith("test_"):
            assert f"\ndef {title}(" in (TESTS / f"{where}.py").read_text("utf-8"), f"{where} has no test {title}"
        else:
            path = TESTS / "cases" / f"{where}.md"
            assert path.is_file(), f"there is no {path.relative_to(TESTS.parent)}"
            assert f"\n## {title}\n" in path.read_text("utf-8"), f"{where} has no section {title}"


def test_every_truth_is_a_promise() -> None:
    told = {title for promise in PROMISES for where, title in held_by(promise) if where == "truth"}
    assert [truth["truth"] for truth in TRUTHS if truth["truth"] not in told] == []


@pytest.mark.parametrize("number", range(1, 16))
def test_every_open_question_is_answered(number: int) -> None:
    answers = [row for row in PROMISES if row[0].startswith(f"Q{number}:")]
    assert len(answers) == 1
    decided = {truth["truth"] for truth in TRUTHS if truth.get("question") == f"Q{number}"}
    assert {title for _, title in held_by(answers[0])} <= decided


def test_every_column_type_is_told() -> None:
    told = {name: kind for row in rows(header="A formula reads") for name, kind in ((n, row[1]) for n in words(row[0]))}
    assert told == {name: describe(kind) for name, kind in COLUMN_TYPES.items()}


def words(cell: str) -> list[str]:
    """The words of a cell that are written as code."""
    return re.findall(r"`(\w+)`", cell)


def test_truths_are_up_to_date(request: pytest.FixtureRequest) -> None:
    head, _, rest = TEXT.partition(BEGIN)
    _, _, tail = rest.partition(END)
    page = head + BEGIN + truths_table() + END + tail
    if request.config.getoption("--update-cases"):
        PAGE.write_text(page, "utf-8")
    else:
        assert page == TEXT, "rewrite it: pytest tests/test_language.py --update-cases"


def truths_table() -> str:
    """All truths as a table, in the order of their files."""
    lines = ["", "| Truth | Formula | Result | How sure | Source |", "| --- | --- | --- | --- | --- |"]
    for truth in TRUTHS:
        formula = code(truth["formula"]) + "".join(
            f"<br>in {PLACES.get(key, f'a doc with {key}')} {_setting(value)}"
            for key, value in truth.get("given", {}).items()
        )
        cells = (plain(truth["truth"]), formula, code(truth["result"]), truth["certainty"], plain(truth["source"]))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", ""])


def _setting(value: object) -> str:
    """The value of a setting as doc.yml has it."""
    return ", ".join(f"{name}: {said}" for name, said in value.items()) if isinstance(value, dict) else str(value)


def plain(text: str) -> str:
    """A text that stands for itself in a cell."""
    return re.sub(r"([\\`*_{}\[\]|])", r"\\\1", html.escape(text, quote=False))


def code(text: str) -> str:
    """A formula in a cell: as HTML where Markdown's own code would end early or break the table."""
    if "`" in text or "|" in text or "\\" in text:
        marks = {sign: f"&#{ord(sign)};" for sign in "\\`|*_[]"}
        return "<code>" + "".join(marks.get(sign, sign) for sign in html.escape(text)) + "</code>"
    return f"`{text}`"
